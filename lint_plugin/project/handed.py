"""Which functions of a project are given a run folder: by calls in its files, and on through other functions."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile

from lint_plugin.analysis import Analysis
from lint_plugin.facts import GivenPath
from lint_plugin.flow.callee import sole
from lint_plugin.flow.functions import Function, method_of, positional
from lint_plugin.flow.nodes import last_name
from lint_plugin.paths.values.functions import (
    CONSTRUCTOR,
    arguments_of,
    fields_of,
    imported_function,
    parameter_key,
    qualified_name,
)  # fmt: skip
from lint_plugin.recorders.classes.lookup import ClassLookup

Key = tuple[str, str, str]  # file, qualified name of the function, parameter


@dataclass(frozen=True, slots=True)
class Imported:
    """A parameter of a function of another file, which is read when the parameter turns out to be given a run folder.

    Attributes:
        importer: The file that calls the function.
        origin: The function's or class's dotted name, as that file imports it; of a method its own name.
        argument: The argument's position, or the keyword that it is given by.
        owner: The class of whose objects the function is a method, as `Evidence.instance` names it; "" for others.
    """

    importer: str
    origin: str
    argument: int | str
    owner: str = ""

    def resolve(self, lookup: ClassLookup) -> Key | None:
        """The parameter; None where no function of the project has it."""
        path, name, function = self._function(lookup)
        given = self.argument
        if isinstance(function, dict):
            field = given if isinstance(given, str) else next(islice(function, given, None), "")
            return (path, f"{function[field]}.{CONSTRUCTOR}", field) if field in function else None
        if function is None:
            return None
        if isinstance(given, int):
            by_position = positional(function)[1 if "." in name else 0 :]
            if given >= len(by_position):
                return None
            given = by_position[given].arg
        return path, name, given

    def _function(self, lookup: ClassLookup) -> tuple[str, str, Function | dict[str, str] | None]:
        """File, qualified name and `def`; of a class that is called, of its `__init__`, or else its fields."""
        if not self.owner:
            found = lookup.definition(self.origin, self.importer)
            if found is None:
                return "", "", None
            if not isinstance(found.node, ast.ClassDef):
                return found.path, found.node.name, found.node
            own = method_of(found.node, CONSTRUCTOR)
            return found.path, f"{found.node.name}.{CONSTRUCTOR}", own or fields_of(lineage(found.node, found.tree)) or None
        path, _, name = self.owner.rpartition(":")
        tree = lookup.tree(path)
        owners = [] if tree is None else [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
        return path, f"{name}.{self.origin}", method_of(owners[-1], self.origin) if owners else None


@dataclass(frozen=True, slots=True)
class Handing:
    """A call that gives a parameter a run folder, or a parameter of the function around it.

    Attributes:
        target: The parameter that is given something.
        place: The call, as `path:line`.
        source: The parameter that is handed on; None where the argument is a run folder.
        deeper: The argument is a path below a run folder.
        file: It is no folder. Such a one is written where the call stands, unless an object keeps it.
    """

    target: Key | Imported
    place: str
    source: Key | None = None
    deeper: bool = False
    file: bool = False

    def given(self, target: Key, source: GivenPath | None = None) -> GivenPath | None:
        """What a parameter is given by it, the parameter that is handed on being given `source`."""
        kept = target[1].endswith(CONSTRUCTOR)
        deeper = self.deeper or (source is not None and source.deeper)
        return None if self.file and not kept else GivenPath(self.place, deeper and kept)


def handings(analysis: Analysis, place: str) -> Iterator[Handing]:
    """What the calls of one file hand over; `place` is what the file is called in messages."""
    path = os.path.abspath(analysis.path)
    for call in analysis.calls:
        for target, value in _arguments(analysis, path, call):
            given = analysis.paths.of(value)
            if given is not None and analysis.paths.is_below(value):
                yield Handing(target, f"{place}:{call.lineno}", None, bool(given.parts), not analysis.paths.is_folder(value))
            elif isinstance(value, ast.Name) and (definition := sole(analysis.flow, value)) is not None:
                source = parameter_key(analysis.flow, path, definition)
                if source is not None:
                    yield Handing(target, f"{place}:{call.lineno}", source)


def lineage(owner: ast.ClassDef, tree: ast.Module) -> list[ast.ClassDef]:
    """A class of a module and its bases, as far as the module has them."""
    found = [owner]
    by_name = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for one in found:
        bases = (by_name.get(last_name(base)) for base in one.bases)
        found += [base for base in bases if base is not None and base not in found]
    return found


def _arguments(analysis: Analysis, path: str, call: ast.Call) -> Iterator[tuple[Key | Imported, ast.expr]]:
    """The arguments of a call of a function of the project, each with the parameter that it is given to."""
    if not (call.args or call.keywords):
        return
    own = analysis.paths.function_of(call.func)
    if own is not None:
        name = qualified_name(analysis.flow, own)
        for parameter, value in arguments_of(call, own, isinstance(call.func, ast.Attribute) and "." in name):
            yield (path, name, parameter), value
        return
    made = analysis.evidence.made_by(call.func)
    if made is not None:
        fields = fields_of(analysis.evidence.stores.lineage(made))
        for field, value in (*zip(fields, call.args, strict=False), *((one.arg, one.value) for one in call.keywords)):
            if field is not None and field in fields:
                yield (path, f"{fields[field]}.{CONSTRUCTOR}", field), value
        return
    origin, owner = imported_function(analysis.flow, call), ""
    if origin is None:
        classes = analysis.evidence.classes_elsewhere(call.func.value) if isinstance(call.func, ast.Attribute) else []
        if not classes or not isinstance(call.func, ast.Attribute):
            return
        origin, owner = call.func.attr, classes[0]
    for position, value in enumerate(takewhile(lambda value: not isinstance(value, ast.Starred), call.args)):
        yield Imported(path, origin, position, owner), value
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield Imported(path, origin, keyword.arg, owner), keyword.value


def given_folders(found: Iterable[Handing], lookup: ClassLookup) -> dict[Key, GivenPath]:
    """The parameters that are given a run folder, each with the first call that does; also on through others."""
    given: dict[Key, GivenPath] = {}
    waiting = list(found)
    before = -1
    while len(given) != before:
        before = len(given)
        for one in waiting:
            if one.source is None or one.source in given:
                target = one.target.resolve(lookup) if isinstance(one.target, Imported) else one.target
                source = None if one.source is None else given[one.source]
                path = None if target is None else one.given(target, source)
                if target is not None and path is not None:
                    given.setdefault(target, path)
    return given
