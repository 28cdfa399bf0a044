"""What functions of other modules do with a path that they are given: which they write, and below which they return one.

A file without a token is read here, and here alone: when a call hands a path to one of its functions.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lint_plugin.analysis import Analysis
from lint_plugin.config.settings import Config
from lint_plugin.facts import HandedWrite, ReturnedPath
from lint_plugin.flow.reaching import Flow
from lint_plugin.paths.calls.path_helpers import PathHelpers
from lint_plugin.paths.calls.writer_table import FOLDER
from lint_plugin.paths.values.handed_folders import Function, parameter_key
from lint_plugin.project.handed import Imported, Key, handings
from lint_plugin.recorders.classes.lookup import ClassLookup
from lint_plugin.recorders.classes.returned import keeps_result, own_values
from lint_plugin.recorders.project import Silent
from lint_plugin.source.text import SourceError, SourceText

_ROUNDS = 3  # functions of the module that hand the folder on
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class _Given(Silent):
    """A project in which some parameters are given a run folder, and of which nothing else is known."""

    keys: frozenset[Key]

    def given_folder(self, key: Key) -> str | None:
        return "a call" if key in self.keys else None

    def hands_folders_to(self, path: str) -> bool:
        return True


class HelperReader:
    """Reads such functions while the project's facts are gathered.

    Args:
        config: The project's configuration.
        lookup: Finds the modules.
        analysis: Gives the analysis of a file that holds a token, None for others.
        shown: What a file is called in messages.
    """

    def __init__(
        self, config: Config, lookup: ClassLookup, analysis: Callable[[str], Analysis | None], shown: Callable[[str], str]
    ) -> None:
        self._config = config
        self._lookup = lookup
        self._analysis = analysis
        self._shown = shown
        self._sources: dict[str, SourceText | None] = {}

    def writes(self, folder: str, origin: str) -> tuple[HandedWrite, ...]:
        """What the function that the files of a folder import by a dotted name writes of what it is given."""
        found = self._function(folder, origin)
        if found is None:
            return ()
        path, name = found
        known = self._analysis(path)
        analysis = self._with(path, frozenset()) if known is None else known
        function = None if analysis is None else _named(analysis.tree, name)
        if analysis is None or function is None:
            return ()
        helpers = PathHelpers(analysis.calls, analysis.flow, analysis.targets)
        written = [
            HandedWrite(
                one.parameter,
                one.position,
                one.sink.kind,
                one.sink.instead,
                f"{self._shown(path)}:{one.line}",
                folder=one.sink.folder,
            )
            for one in helpers.written_by(function)
        ]
        # In a file with a token, what is written below a folder is found where it is written.
        return (*written, *(self._below(path, name) if known is None else ()))

    def returned(self, folder: str, origin: str, handed: bool) -> ReturnedPath | None:
        """The path below a run folder that such a function returns; `handed` where a call gives it a path."""
        found = self._function(folder, origin)
        if found is None:
            return None
        path, name = found
        known = self._analysis(path)
        function = None if known is None else _named(known.tree, name)
        if known is not None and function is not None and (answer := self._returns(known, function, "", -1)) is not None:
            return answer
        for key, position in self._parameters(path, name) if handed else ():
            analysis = self._with(path, frozenset((key,)))
            function = None if analysis is None else _named(analysis.tree, name)
            if analysis is not None and function is not None:
                answer = self._returns(analysis, function, key[2], position)
                if answer is not None:
                    return answer
        return None

    def _returns(self, analysis: Analysis, function: Function, parameter: str, position: int) -> ReturnedPath | None:
        if isinstance(function, ast.AsyncFunctionDef) or not keeps_result(function):
            return None
        values = own_values(function)
        path = None if len(values) != 1 or values[0] is None else analysis.paths.of(values[0])
        if path is None or not path.below_run or path.evidence.own or bool(path.given) != bool(parameter):
            return None
        assert values[0] is not None
        place = f"{self._shown(analysis.path)}:{values[0].lineno}"
        return ReturnedPath(parameter, position, bool(path.parts), path.is_path, place)

    def _function(self, folder: str, origin: str) -> tuple[str, str] | None:
        """File and name of the function behind a dotted name."""
        place = self._lookup.definition(origin, os.path.join(folder, "__init__.py"))
        if place is None or isinstance(place.node, ast.ClassDef):
            return None
        return place.path, place.node.name

    def _parameters(self, path: str, name: str) -> Iterator[tuple[Key, int]]:
        """The parameters of a function of a module, each with its position."""
        tree = self._lookup.tree(path)
        function = None if tree is None else _named(tree, name)
        if function is not None:
            given = [*function.args.posonlyargs, *function.args.args]
            yield from (((path, name, argument.arg), position) for position, argument in enumerate(given))
            yield from (((path, name, argument.arg), -1) for argument in function.args.kwonlyargs)

    def _below(self, path: str, name: str) -> Iterator[HandedWrite]:
        """What a function of a file without a token writes below a folder that it is given, the first write of each."""
        for key, position in self._parameters(path, name):
            analysis = self._handed_on(path, frozenset((key,)))
            files = [] if analysis is None else [write for write in analysis.writes if write.sink.kind != FOLDER]
            for write in files[:1]:
                place = f"{self._shown(path)}:{write.call.lineno}"
                yield HandedWrite(key[2], position, write.sink.kind, write.sink.instead, place, below=True)

    def _handed_on(self, path: str, keys: frozenset[Key]) -> Analysis | None:
        """A module, its parameters `keys` given a folder, and those that it is handed on to."""
        analysis = self._with(path, keys)
        for _ in range(_ROUNDS):
            if analysis is None:
                break
            own = (one.target for one in handings(analysis, "") if one.source is None and not isinstance(one.target, Imported))
            more = set(own)
            if more <= keys:
                break
            keys |= more
            analysis = self._with(path, keys)
        return analysis

    def _with(self, path: str, keys: frozenset[Key]) -> Analysis | None:
        """A module whose parameters `keys` are given a run folder."""
        if path not in self._sources:
            try:
                with open(path, "rb") as file:
                    self._sources[path] = SourceText(file.read())
            except (OSError, SourceError):
                self._sources[path] = None
        source, tree = self._sources[path], self._lookup.tree(path)
        if source is None or tree is None:
            return None
        try:
            return Analysis(source, tree, self._config, path, flow=Flow(tree), project=_Given(keys))
        except RecursionError:
            return None


def _named(tree: ast.Module, name: str) -> Function | None:
    """The function of a module with a name; None where there are two."""
    found = [node for node in tree.body if isinstance(node, _FUNCTIONS) and node.name == name]
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
