"""Functions that write the path that they are given: of the module itself, and of others as the project's facts know them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lint_plugin.flow.callee import dotted_name, sole
from lint_plugin.flow.functions import FUNCTIONS, Function, positional, self_of
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.paths.calls.called import Called
from lint_plugin.paths.calls.targets import Target, TargetFinder
from lint_plugin.paths.calls.writer_table import INTO, OPEN, OWN_METHODS, WRITE, Sink
from lint_plugin.paths.values.functions import CONSTRUCTOR
from lint_plugin.paths.values.run_paths import PathReader

_PLAIN = ("save", "to_", "write_", "sink_")  # how methods begin that say by their name that they write
_ROUNDS = 3  # helpers that call helpers
_SAME_PATH = frozenset({"pathlib.Path", "builtins.str", "os.fspath", "os.path.abspath"})


@dataclass(frozen=True, slots=True)
class Written:
    """A parameter that a function writes: its position, how, and the line that does it."""

    parameter: str
    position: int
    sink: Sink
    line: int


class PathHelpers:
    """Which functions of one module write a parameter of theirs, found when a call is first asked about."""

    def __init__(self, calls: list[ast.Call], flow: Flow, finder: TargetFinder, paths: PathReader) -> None:
        self._calls = calls
        self._flow = flow
        self._finder = finder
        self._paths = paths

    def of(self, call: ast.Call) -> Iterator[Target]:
        """What a call of such a function writes."""
        found = self._finder.called(call)
        function = self._function(found)
        if function is not None:
            yield from (one for one in self._targets(found, function, self._written) if not _is_said_there(one, self._paths))

    @cached_property
    def _written(self) -> dict[Function, list[Written]]:
        known: dict[Function, list[Written]] = {}
        for _ in range(_ROUNDS):
            before = sum(map(len, known.values()))
            for call in self._calls:
                for target in self._all(call, known):
                    self._note(target, known)
            if sum(map(len, known.values())) == before:
                break
        return known

    def _all(self, call: ast.Call, known: dict[Function, list[Written]]) -> Iterator[Target]:
        for target in self._finder.of(call):
            # `x.replace(parameter)` may be one of text; `x.savefig(parameter)` writes it, where that turns out to be a path.
            method = target.function.removeprefix(".")
            if method == target.function or method in OWN_METHODS or method.startswith(_PLAIN):
                yield target
        found = self._finder.called(call)
        function = self._function(found)
        if function is not None:
            yield from self._targets(found, function, known)

    def _note(self, target: Target, known: dict[Function, list[Written]]) -> None:
        parameter = self._parameter(target.target)
        function = None if parameter is None else parameter.statement
        if parameter is None or not isinstance(function, FUNCTIONS):
            return
        given = positional(function)
        position = given.index(parameter.node) if parameter.node in given else -1
        written = known.setdefault(function, [])
        if all(one.parameter != parameter.name for one in written):
            sink = Sink(target.sink.kind, None, folder=target.sink.folder, instead=target.sink.instead)
            written.append(Written(parameter.name, position, sink, target.called.call.lineno))

    def _parameter(self, node: ast.expr) -> Definition | None:
        """The parameter that an expression is, also as `Path(parameter)`."""
        for _ in range(_ROUNDS):
            if isinstance(node, ast.Call) and len(node.args) == 1 and dotted_name(self._flow, node.func) in _SAME_PATH:
                node = node.args[0]
            if not isinstance(node, ast.Name):
                return None
            definition = sole(self._flow, node)
            if definition is None or definition.kind == "param":
                return definition
            if definition.kind != "assign" or definition.value is None:
                return None
            node = definition.value
        return None

    def _function(self, found: Called) -> Function | None:
        """The function or method of this module that a call calls; what an object keeps is written by its methods."""
        function = self._paths.function_of(found.function)
        return None if function is None or function.name == CONSTRUCTOR else function

    def _targets(self, found: Called, function: Function, known: dict[Function, list[Written]]) -> Iterator[Target]:
        bound = isinstance(found.function, ast.Attribute) and isinstance(self._flow.parent(function), ast.ClassDef)
        skipped = 1 if bound and self_of(function) is not None else 0
        for written in known.get(function, ()):
            position = written.position - skipped
            target = found.argument(position if position >= 0 else None, written.parameter)
            if target is not None:
                why = f"`{function.name}()` writes it, at line {written.line}"
                yield Target(found, function.name, written.sink, target, "", why)


def _is_said_there(target: Target, paths: PathReader) -> bool:
    """Whether the function puts files into a folder that it is given: then the finding stands at the line that does."""
    return target.sink.folder == INTO and paths.is_folder(target.target)


def imported_helpers(call: ast.Call, finder: TargetFinder, paths: PathReader) -> Iterator[Target]:
    """What a call of another module's function, or of a method of a class there, writes of the paths that it is handed."""
    found = finder.called(call)
    project = paths.project
    given = (*(value for value in found.args if value is not None), *found.keywords.values())
    if not any(paths.of(value) is not None for value in given):
        return  # so that the other module is not asked about
    for written in (one for home, name in homes(found, paths) for one in project.written_by(home, name)):
        target = found.argument(written.position if written.position >= 0 else None, written.parameter)
        if target is not None:
            kind = WRITE if written.below and written.kind == OPEN else written.kind
            sink = Sink(kind, None, folder=INTO if written.below else written.folder, instead=written.instead)
            why = f"`{found.last}()` writes {'below it' if written.below else 'it'}, at {written.place}"
            one = Target(found, found.last, sink, target, "", why, elsewhere=why)
            if written.below or not _is_said_there(one, paths):
                yield one


def homes(found: Called, paths: PathReader) -> Iterator[tuple[str, str]]:
    """Where the project's facts look a called function up: the importing folder and its dotted name, or a class and a method."""
    if found.name is not None and not found.name.startswith("builtins."):
        yield paths.folder, found.name
    elif isinstance(found.function, ast.Attribute):
        yield from ((owner, found.function.attr) for owner in paths.classes_elsewhere(found.function.value))
