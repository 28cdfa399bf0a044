"""What a call writes, wherever that lies: the function by the tables, its target, the mode."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lint_plugin.flow.callee import BUILTINS, sole
from lint_plugin.flow.functions import default_of
from lint_plugin.flow.nodes import last_name
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.paths.calls.called import Called, called, command_words
from lint_plugin.paths.calls.writer_table import (
    COMMANDS,
    COPY,
    FUNCTIONS,
    INTO,
    MOVE,
    OPEN,
    OWN_METHODS,
    RUNNERS,
    TARGET_METHODS,
    TEMPORARY,
    WRITE,
    Sink,
)

_LAST_NAMES = frozenset(name.rpartition(".")[2] for name in (*FUNCTIONS, *RUNNERS))
_METHODS = frozenset(OWN_METHODS) | frozenset(TARGET_METHODS)
_COPYFILEOBJ = "shutil.copyfileobj"
_MODES = 3  # values of a mode that are followed


@dataclass(frozen=True, slots=True)
class Target:
    """What one call writes.

    Attributes:
        called: The function that writes, with its arguments.
        function: Dotted name of the function, `.method`, or a command's name.
        sink: How it writes.
        target: The target's expression.
        mode: The open mode as the call says it, "" where it does not.
        detour: Why the call is not plainly one of the function, as a sentence; "" where it is.
        opened: Where the target is a handle, the path that it was opened for.
        elsewhere: Where another module writes it, which line does, as a sentence.
    """

    called: Called
    function: str
    sink: Sink
    target: ast.expr
    mode: str = ""
    detour: str = ""
    opened: ast.expr | None = None
    elsewhere: str = ""

    @property
    def source(self) -> ast.expr | None:
        """The source or content expression, None where the call has none."""
        return None if self.sink.source is None else self.called.argument(self.sink.source, self.sink.source_keyword)


class TargetFinder:
    """Reads the calls of one module.

    Args:
        flow: The module's flow.
        writers: The project's own writers, as the configuration names them.
        module: The file's own name without suffix.
    """

    def __init__(self, flow: Flow, writers: Mapping[str, int | str], module: str) -> None:
        self._flow = flow
        self._writers = {name: (name.rpartition(".")[2], place) for name, place in writers.items()}
        self._own = frozenset(last for last, _ in self._writers.values())
        self._module = module
        self._called: dict[ast.Call, Called] = {}

    def called(self, call: ast.Call) -> Called:
        """What a call calls."""
        found = self._called.get(call)
        if found is None:
            found = self._called[call] = called(self._flow, call)
        return found

    def of(self, call: ast.Call) -> Iterator[Target]:
        """What a call may write: several only where the configuration does not say which argument it is."""
        found = self.called(call)
        if found.last in self._own:
            yield from self._configured(found)
        method = isinstance(found.function, ast.Attribute) and found.name not in FUNCTIONS
        if method and last_name(found.function) in _METHODS:
            yield from self._method(found)
        elif found.name is not None and found.last in _LAST_NAMES:
            yield from self._function(found, found.name)

    def _method(self, found: Called) -> Iterator[Target]:
        last = last_name(found.function)
        sink = OWN_METHODS.get(last) or TARGET_METHODS[last]
        # `copy.copy(x)` and `dataclasses.replace(x)` are functions as well, and move no file.
        if sink.kind in (COPY, MOVE) and found.name is not None:
            return
        if last == "replace" and len(found.args) != 1:
            return  # str.replace takes two
        target = found.argument(sink.target, sink.target_keyword)
        if target is not None:
            yield from self._opened(found, "." + last, sink, target)

    def _function(self, found: Called, name: str) -> Iterator[Target]:
        if name in RUNNERS:
            yield from self._command(found, RUNNERS[name])
        elif name == _COPYFILEOBJ:
            handle = found.argument(1, "fdst")
            opened = None if handle is None else opened_call(self._flow, handle)
            for inner in () if opened is None else self.of(opened):
                detour = found.detour or inner.detour
                yield Target(found, name, FUNCTIONS[name], inner.called.call, inner.mode, detour, inner.target)
        elif name in FUNCTIONS:
            sink = FUNCTIONS[name]
            target = found.argument(sink.target, sink.target_keyword)
            if target is not None:
                yield from self._opened(found, name, sink, target)

    def _opened(self, found: Called, function: str, sink: Sink, target: ast.expr) -> Iterator[Target]:
        """The target, unless it is opened in a mode that does not write, or may not."""
        if sink.kind != OPEN:
            yield Target(found, function, sink, target, "", found.detour)
            return
        modes, plain = self.modes(found, sink)
        if modes and all(writes_in(mode, sink) for mode in modes):
            detour = found.detour or ("" if plain else "its mode is not written in the call itself")
            yield Target(found, function, sink, target, modes[0], detour)

    def modes(self, found: Called, sink: Sink) -> tuple[list[str], bool]:
        """The modes that a call may open its file in, none where one is not known, and whether the call says it itself."""
        given = found.argument(sink.mode, sink.mode_keyword)
        if given is None:
            return [sink.default_mode], True
        if sink.mode_keyword == "flags":
            flags = [last_name(node) for node in self._flags(given) if isinstance(node, (ast.Attribute, ast.Name))]
            return [" ".join(flags)] if any(flag.startswith("O_") for flag in flags) else [], True
        texts = self._texts(given, _MODES)
        return texts or [], isinstance(given, ast.Constant)

    def _flags(self, given: ast.expr) -> Iterator[ast.AST]:
        """The nodes of `os.O_WRONLY | os.O_CREAT`, also behind a name."""
        definition = sole(self._flow, given) if isinstance(given, ast.Name) else None
        value = None if definition is None or definition.kind != "assign" else definition.value
        return ast.walk(given if value is None else value)

    def _texts(self, node: ast.expr, depth: int) -> list[str] | None:
        """Every text that an expression may be, None where one is not known."""
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.IfExp(body=first, orelse=second):
                both = [self._texts(first, depth), self._texts(second, depth)]
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                starts, ends = self._texts(left, depth), self._texts(right, depth)
                return None if starts is None or ends is None else [start + end for start in starts for end in ends]
            case ast.Name() if depth:
                both = [self._defined(definition, depth) for definition in self._flow.bound(node)]
            case _:
                return None
        return None if None in both else [text for texts in both if texts is not None for text in texts]

    def _defined(self, definition: Definition, depth: int) -> list[str] | None:
        value = definition.value
        if definition.kind == "param":
            value = default_of(self._flow.parent(definition.node), definition.node)
        elif definition.kind not in ("assign", "walrus"):
            return None
        return None if value is None else self._texts(value, depth - 1)

    def _command(self, found: Called, how: str) -> Iterator[Target]:
        words = command_words(self._flow, found, how)
        first = words[0] if words else None
        if not isinstance(first, ast.Constant) or not isinstance(first.value, str) or len(words) < 2:
            return
        command = os.path.basename(first.value)
        kind, option = COMMANDS.get(command, ("", ""))
        if not kind:
            return
        target: ast.expr | None = words[-1]
        if option:
            given = [isinstance(word, ast.Constant) and word.value == option for word in words[:-1]]
            target = words[given.index(True) + 1] if True in given else None
        if target is not None:
            sink = Sink(kind, None, folder=INTO, instead=TEMPORARY) if kind == WRITE else Sink(kind, None, folder=INTO)
            yield Target(found, command, sink, target, "", f"the command `{command}` does it")

    def _configured(self, found: Called) -> Iterator[Target]:
        for name, (last, place) in self._writers.items():
            if found.last != last or not self._is(found, name):
                continue
            if isinstance(place, int):
                given = found.args[place] if place < len(found.args) else None
                targets = [*found.keywords.values()] if given is None else [given]
            else:
                by_name = found.keywords.get(place)
                targets = [argument for argument in found.args if argument is not None] if by_name is None else [by_name]
            called_as = ast.unparse(found.function)
            for target in targets:
                yield Target(found, name, Sink(WRITE, None), target, "", f"`{called_as}` is a writer by the configuration")
            return

    def _is(self, found: Called, name: str) -> bool:
        """Whether a call may be that of a function with a configured name."""
        parent = name.rpartition(".")[0]
        if not parent:
            return True
        if found.name is not None:
            bare = found.name.removeprefix(BUILTINS).lstrip(".")
            return f".{name}".endswith(f".{bare}")
        if isinstance(found.function, ast.Name):
            return parent.rpartition(".")[2] == self._module
        return parent.rpartition(".")[2][:1].isupper()  # a method


def writes_in(mode: str, sink: Sink) -> bool:
    """Whether an open mode writes."""
    if sink.mode_keyword == "flags":
        return bool(sink.modes & set(mode.split()))
    return bool(sink.modes & set(re.split("[:|]", mode)[0]))


def opened_call(flow: Flow, handle: ast.expr) -> ast.Call | None:
    """The call that opened a file handle, where there is just one."""
    if isinstance(handle, ast.Call):
        return handle
    if isinstance(handle, ast.Name):
        reached = flow.bound(handle)
        if len(reached) == 1 and isinstance(reached[0].value, ast.Call):
            return reached[0].value
    return None
