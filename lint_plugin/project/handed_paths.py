"""What functions of other modules do with a path that they are given: which they write, and below which they return one.

A file without a token is read here, and here alone: when a call hands a path to one of its functions, or to an object of
one of its classes.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lint_plugin.analysis import Analysis
from lint_plugin.config.settings import Config
from lint_plugin.facts import GivenPath, HandedWrite, Project, ReturnedPath
from lint_plugin.flow.functions import FUNCTIONS, Function, keeps_result, method_of, positional, self_of
from lint_plugin.flow.reaching import Flow
from lint_plugin.paths.calls.writer_table import FOLDER
from lint_plugin.paths.values.functions import CONSTRUCTOR, fields_of, may_hold_folder, parameter_key
from lint_plugin.paths.values.kept_paths import returned_path
from lint_plugin.project.handed import Key, given_folders, handings, lineage
from lint_plugin.recorders.classes.lookup import ClassLookup
from lint_plugin.source.text import SourceError, SourceText

_HERE = "the call that is asked about"
_ROUNDS = 3  # functions of the module that hand the folder on

Given = Mapping[Key, GivenPath]


@dataclass(frozen=True, slots=True)
class _Callee:
    """A function, method or constructor of the project.

    Attributes:
        path: Its file.
        name: Its qualified name; `Class.__init__` for a class, also where that has only fields.
        parameters: What it can be given, without `self`: (key, position), -1 where it can only be given by name.
        function: Its `def`; None for a class without a constructor of its own.
    """

    path: str
    name: str
    parameters: tuple[tuple[Key, int], ...]
    function: Function | None


class HelperReader:
    """Reads such functions while the project's facts are gathered.

    Args:
        config: The project's configuration.
        lookup: Finds the modules.
        analysis: Gives the analysis of a file that holds a token, None for others.
        view: Gives the project as a file sees it, some of whose parameters are given paths.
        shown: What a file is called in messages.
    """

    def __init__(
        self,
        config: Config,
        lookup: ClassLookup,
        analysis: Callable[[str], Analysis | None],
        view: Callable[[str, Given], Project],
        shown: Callable[[str], str],
    ) -> None:
        self._config = config
        self._lookup = lookup
        self._analysis = analysis
        self._view = view
        self._shown = shown
        self._last: tuple[str, tuple[SourceText, Flow] | None] = ("", None)  # the file that was read last

    def writes(self, home: str, name: str) -> tuple[HandedWrite, ...]:
        """What a function writes of what it is given: that which the files of a folder import, or a method of a class."""
        callee = self._callee(home, name)
        if callee is None:
            return ()
        # In a file with a token, what is written below a folder is found where it is written; so is what an object keeps.
        token = self._analysis(callee.path) is not None
        if token and callee.name.endswith(CONSTRUCTOR):
            return ()
        found: list[HandedWrite] = []
        for key, position in callee.parameters:
            found += self._written(key, position, GivenPath(_HERE, deeper=True))
            found += () if token else self._written(key, position, GivenPath(_HERE))
        return tuple(found)

    def _written(self, key: Key, position: int, given: GivenPath) -> Iterator[HandedWrite]:
        """The first thing that is written of a path that a parameter is given, or below a folder."""
        analysis = self._handed_on(key, given)
        for write in () if analysis is None else analysis.writes:
            if _HERE not in write.path.given or write.sink.kind == FOLDER:
                continue
            if not given.deeper or len(write.path.parts) == 1:
                place = write.elsewhere.rpartition(" ")[2] or f"{self._shown(key[0])}:{write.call.lineno}"
                sink = write.sink
                yield HandedWrite(key[2], position, sink.kind, sink.instead, place, not given.deeper, sink.folder)
                return

    def returned(self, folder: str, origin: str, handed: bool) -> ReturnedPath | None:
        """The path below a run folder that such a function returns; `handed` where a call gives it a path."""
        callee = self._callee(folder, origin)
        if callee is None or callee.function is None:
            return None
        known = self._analysis(callee.path)
        function = None if known is None else _named(known.tree, callee.name)
        if known is not None and function is not None and (answer := self._returns(known, function, "", -1)) is not None:
            return answer
        for key, position in callee.parameters if handed else ():
            analysis = self.with_given(callee.path, {key: GivenPath(_HERE)})
            function = None if analysis is None else _named(analysis.tree, callee.name)
            if analysis is not None and function is not None:
                answer = self._returns(analysis, function, key[2], position)
                if answer is not None:
                    return answer
        return None

    def _returns(self, analysis: Analysis, function: Function, parameter: str, position: int) -> ReturnedPath | None:
        if isinstance(function, ast.AsyncFunctionDef) or not keeps_result(function):
            return None
        found = returned_path(function, analysis.paths.of)
        if found is None or not found[0].below_run or found[0].evidence.own or (_HERE in found[0].given) != bool(parameter):
            return None
        path, value = found
        last = path.parts[-1].node if path.parts else None
        named = positional(function)
        at = next((i for i, one in enumerate(named) if isinstance(last, ast.Name) and one.arg == last.id), -1)
        name = (named[at].arg, at) if at >= 0 else None
        place = f"{self._shown(analysis.path)}:{value.lineno}"
        return ReturnedPath(parameter, position, len(path.parts), path.is_path, place, name)

    def _callee(self, home: str, name: str) -> _Callee | None:
        """The function behind a dotted name that the files of a folder import, or the method of a class."""
        if "." not in name:
            path, _, owner = home.rpartition(":")
            return self._method(path, owner, name)
        importer = os.path.join(home, "__init__.py")
        place = self._lookup.definition(name, importer)
        if place is None:  # `Store.dump(path)`
            owner, _, method = name.rpartition(".")
            place = self._lookup.definition(owner, importer) if "." in owner else None
            found = isinstance(place and place.node, ast.ClassDef)
            return self._method(place.path, place.node.name, method) if found and place is not None else None
        if isinstance(place.node, ast.ClassDef):
            return self._method(place.path, place.node.name, CONSTRUCTOR)
        if _named(place.tree, place.node.name) is None:
            return None
        return _Callee(place.path, place.node.name, _parameters(place.path, place.node.name, place.node), place.node)

    def _method(self, path: str, owner: str, method: str) -> _Callee | None:
        tree = self._lookup.tree(path)
        node = None if tree is None else next((n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == owner), None)
        if tree is None or node is None:
            return None
        bases = lineage(node, tree)
        for base in bases:
            function = method_of(base, method)
            if function is not None:
                name = f"{base.name}.{method}"
                return _Callee(path, name, _parameters(path, name, function), function)
        if method != CONSTRUCTOR:
            return None
        fields = enumerate(fields_of(bases).items())
        keys = tuple(((path, f"{base}.{CONSTRUCTOR}", field), position) for position, (field, base) in fields)
        return _Callee(path, f"{owner}.{CONSTRUCTOR}", keys, None)

    def _handed_on(self, key: Key, path: GivenPath) -> Analysis | None:
        """A module, one of its parameters given a path, and so those that it is handed on to."""
        given = {key: path}
        analysis = self.with_given(key[0], given)
        for _ in range(_ROUNDS):
            if analysis is None:
                break
            more = given_folders((one for one in handings(analysis, _HERE) if one.source is None), self._lookup)
            if more.keys() <= given.keys():
                break
            given = {**more, **given}
            analysis = self.with_given(key[0], given)
        return analysis

    def with_given(self, path: str, given: Given) -> Analysis | None:
        """A module, some of whose parameters are given paths."""
        if path != self._last[0]:
            self._last = path, self._read(path)
        read = self._last[1]
        if read is None:
            return None
        source, flow = read
        try:
            return Analysis(source, flow.tree, self._config, path, flow=flow, project=self._view(path, given))
        except RecursionError:
            return None

    def _read(self, path: str) -> tuple[SourceText, Flow] | None:
        known = self._analysis(path)
        if known is not None:
            return known.source, known.flow
        tree = self._lookup.tree(path)
        try:
            with open(path, "rb") as file:
                return None if tree is None else (SourceText(file.read()), Flow(tree))
        except (OSError, SourceError, RecursionError):
            return None


def _parameters(path: str, name: str, function: Function) -> tuple[tuple[Key, int], ...]:
    """The parameters of a function that may be given a path, each with its position behind `self`."""
    bound = "." in name and self_of(function) is not None
    placed = [
        *((one, at) for at, one in enumerate(positional(function)[bound:])),
        *((one, -1) for one in function.args.kwonlyargs),
    ]
    return tuple(((path, name, argument.arg), at) for argument, at in placed if may_hold_folder(argument))


def _named(tree: ast.Module, name: str) -> Function | None:
    """The function of a module, or of a class of it, with a qualified name; None where there are two."""
    body = tree.body
    for owner in name.split(".")[:-1]:
        body = [one for node in body if isinstance(node, ast.ClassDef) and node.name == owner for one in node.body]
    found = [node for node in body if isinstance(node, FUNCTIONS) and node.name == name.rpartition(".")[2]]
    return found[0] if len(found) == 1 else None


def handed_parameters(analysis: Analysis, value: ast.expr, depth: int = 2) -> Iterator[Key]:
    """The parameters of the function around it that an argument is made of."""
    path = os.path.abspath(analysis.path)
    for name in ast.walk(value):
        if not isinstance(name, ast.Name) or not isinstance(name.ctx, ast.Load):
            continue
        for definition in analysis.flow.bound(name):
            key = parameter_key(analysis.flow, path, definition)
            if key is not None:
                yield key
            elif definition.kind == "assign" and definition.value is not None and depth:
                yield from handed_parameters(analysis, definition.value, depth - 1)
