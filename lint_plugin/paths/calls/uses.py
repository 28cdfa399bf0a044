"""What is done with a path that the module spells: read, written, removed, only told, or not to be seen from here."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_plugin.flow.reaching import Flow
from lint_plugin.paths.calls.called import Called, command_words
from lint_plugin.paths.calls.targets import TargetFinder, writes_in
from lint_plugin.paths.calls.use_table import (
    READ_METHODS,
    READ_PREFIXES,
    READERS,
    REMOVE_METHODS,
    REMOVERS,
    SPOKEN,
    SPOKEN_METHODS,
)
from lint_plugin.paths.calls.writer_table import FUNCTIONS, OPEN, OWN_METHODS, RUNNERS, TARGET_METHODS, Sink
from lint_plugin.paths.values.run_paths import PathReader

READ = "read"
WRITTEN = "written"
REMOVED = "removed"
TOLD = "told"  # its text is shown to a person, or only its name is asked for
UNSEEN = "unseen"  # handed to something that is not known

_NAME_PARTS = frozenset({"name", "stem", "suffix", "suffixes", "parts", "parent", "parents", "relative_to"})


class UseReader:
    """Follows the paths of one module to what is done with them."""

    def __init__(self, flow: Flow, paths: PathReader, targets: TargetFinder) -> None:
        self._flow = flow
        self._paths = paths
        self._targets = targets

    def uses(self, path: ast.expr) -> set[str]:
        """Everything that is done with a path; empty where nothing is."""
        found: set[str] = set()
        seen: set[ast.expr] = set()
        todo = [path]
        while todo:
            node = todo.pop()
            if node in seen:
                continue
            seen.add(node)
            for step in self._steps(node):
                if isinstance(step, str):
                    found.add(step)
                else:
                    todo.append(step)
        return found

    def _steps(self, node: ast.expr) -> Iterator[str | ast.expr]:
        """What is done with the value of an expression, and the expressions that have it, or a path made of it, next."""
        parent = self._flow.parent(node)
        match parent:
            case ast.Call():
                yield from self._argument(parent, node)
            case ast.Attribute():
                yield from self._attribute(parent)
            case ast.Compare():
                yield READ
            case ast.keyword():
                call = self._flow.parent(parent)
                if isinstance(call, ast.Call):
                    yield from self._argument(call, node)
            case ast.Assign() | ast.AnnAssign() | ast.NamedExpr():
                yield from self._assigned(parent)
                if isinstance(parent, ast.NamedExpr):
                    yield parent
            case ast.Return() | ast.Yield() | ast.Subscript() | ast.Dict():
                yield UNSEEN
            case ast.FormattedValue() | ast.JoinedStr():
                whole = parent if isinstance(parent, ast.JoinedStr) else self._flow.parent(parent)
                if isinstance(whole, ast.JoinedStr):
                    yield whole
            case ast.If() | ast.While() | ast.Expr() | ast.Assert():
                return
            case ast.expr():  # a longer path, a list, a conditional: what is done with that
                yield parent
            case _:
                yield UNSEEN

    def _assigned(self, statement: ast.Assign | ast.AnnAssign | ast.NamedExpr) -> Iterator[str | ast.expr]:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            definition = self._flow.defined_by(target)
            if definition is None:
                yield UNSEEN  # a field, an item: others may read it
            else:
                yield from self._flow.uses(definition)

    def _attribute(self, node: ast.Attribute) -> Iterator[str | ast.expr]:
        call = self._flow.parent(node)
        if not isinstance(call, ast.Call) or call.func is not node:
            # A method that is handed on: `asyncio.to_thread(path.write_bytes, data)`.
            passed = isinstance(call, ast.Call) and node in call.args
            yield from self._method(node.attr, call, node) if passed and isinstance(call, ast.Call) else (TOLD,)
            return
        yield from self._method(node.attr, call, node)

    def _method(self, method: str, call: ast.Call, node: ast.Attribute) -> Iterator[str | ast.expr]:
        sink = OWN_METHODS.get(method)
        if method in REMOVE_METHODS:
            yield REMOVED
        elif sink is not None and sink.kind == OPEN:
            yield self._opened(self._targets.called(call), sink)
        elif sink is not None or method in ("rename", "replace"):
            yield WRITTEN
        elif method in READ_METHODS:
            yield READ
        elif self._paths.of(call) is not None:
            yield call
        else:
            yield TOLD if method in _NAME_PARTS else UNSEEN

    def _argument(self, call: ast.Call, node: ast.expr) -> Iterator[str | ast.expr]:
        if self._paths.of(call) is not None:  # str(path), os.path.join(path, ..)
            yield call
            return
        found = self._targets.called(call)
        if any(target.target is node for target in self._targets.of(call)):
            yield WRITTEN
        elif found.name in FUNCTIONS or (found.name is None and found.last in TARGET_METHODS):
            yield self._source(found, node)
        elif found.name in RUNNERS:
            command = command_words(self._flow, found, RUNNERS[found.name or ""])
            yield WRITTEN if any(self._targets.of(call)) and command and command[-1] is node else READ
        elif found.name in REMOVERS:
            yield REMOVED
        elif found.name in READERS or found.last.startswith(READ_PREFIXES):
            yield READ
        elif found.name in SPOKEN or (isinstance(found.function, ast.Attribute) and found.last in SPOKEN_METHODS):
            yield TOLD
        else:
            yield UNSEEN

    def _source(self, found: Called, node: ast.expr) -> str:
        """What a writer does with an argument that it does not write."""
        sink = FUNCTIONS.get(found.name or "") or TARGET_METHODS.get(found.last)
        if sink is None:
            return UNSEEN
        if sink.kind == OPEN and found.argument(sink.target, sink.target_keyword) is node:
            return self._opened(found, sink)
        return READ if found.argument(sink.source, sink.source_keyword) is node else UNSEEN

    def _opened(self, found: Called, sink: Sink) -> str:
        modes, _ = self._targets.modes(found, sink)
        if not modes:
            return UNSEEN
        write = [writes_in(mode, sink) for mode in modes]
        return WRITTEN if all(write) else UNSEEN if any(write) else READ
