"""Checks after every rewrite, second half: no name is missing, and every name that stayed means what it
meant."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from codemods.rewrite.splice import Splice
from codemods.rewrite.verify import Touched, VerificationError, Version
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.source.text import SourceText

_KNOWN = frozenset(dir(builtins)) | {
    "__file__",
    "__path__",
    "__builtins__",
    "__annotations__",
    "__class__",
    "WindowsError",
}
_UNBOUND = -1
_CHANGED = -2


def verify_names(before: Version, after: Version, splice: Splice, touched: Touched) -> None:
    """Compare what names may read, before and after.

    Raises:
        VerificationError: A name would be undefined or unbound, or mean something else.
    """
    if touched.read:
        _emitted_are_bound(before, after, touched)
    bound = {name for name in touched.bound if name.encode() in after.source.u8}
    if bound:
        _kept_are_unchanged(before, after, splice, bound)


def _emitted_are_bound(before: Version, after: Version, touched: Touched) -> None:
    suspects = [(name, problem) for name in touched.read if (problem := _problem(after.flow(), name))]
    if not suspects:
        return
    names = {name.id for name, _ in suspects}
    # Of each function on its own: another one may well have a variable of the same name that is in order.
    known: dict[tuple[str, ...], set[str]] = {}
    for name in touched.was_read:
        if name.id in names:
            known.setdefault(_place(before.flow(), name), set()).add(_problem(before.flow(), name))
    for name, problem in suspects:
        if known.get(_place(after.flow(), name), set()).isdisjoint((problem, "undefined")):
            raise VerificationError(f"`{name.id}` would be {problem} in the rewritten code")


def _place(flow: Flow, name: ast.Name) -> tuple[str, ...]:
    """A name and the names of the functions and classes around it."""
    place = [name.id]
    scope = flow.scope_of(name)
    while scope.parent is not None:
        place.append(getattr(scope.node, "name", scope.kind))
        scope = scope.parent
    return tuple(place)


def _problem(flow: Flow, name: ast.Name) -> str:
    """`undefined`, `unbound on some path`, or "" for a name in order."""
    reached = flow.reach(name)
    if not any(definition.kind == "unbound" for definition in reached):
        return ""
    if flow.resolve(flow.scope_of(name), name.id) is not None:
        return "unbound on some path"
    return "" if len(reached) > 1 or name.id in _KNOWN else "undefined"


def _kept_are_unchanged(before: Version, after: Version, splice: Splice, bound: set[str]) -> None:
    old_names = dict(_reads(before, bound))
    for offset, name in _reads(after, bound):
        if splice.is_new(offset, offset + 1):
            continue
        old_name = old_names.get(splice.moved_back(offset, offset + 1)[0])
        if old_name is None or old_name.id != name.id:
            raise VerificationError(f"`{name.id}` on line {name.lineno} of the result is of unknown origin")
        meant = {
            _UNBOUND if d.kind == "unbound" else _moved(splice, _offset(before.source, d)) for d in before.flow().reach(old_name)
        }
        means = {
            _UNBOUND if d.kind == "unbound" else _new_or_kept(splice, _offset(after.source, d)) for d in after.flow().reach(name)
        }
        if meant != means:
            raise VerificationError(f"`{name.id}` on line {old_name.lineno} would mean something else")


def _reads(version: Version, names: set[str]) -> Iterator[tuple[int, ast.Name]]:
    for identifier in names:
        for name in version.flow().names(identifier):
            yield version.source.offset(name.lineno, name.col_offset), name


def _offset(source: SourceText, definition: Definition) -> int:
    node = definition.node
    if not hasattr(node, "lineno"):
        node = definition.statement
    assert isinstance(node, (ast.expr, ast.stmt, ast.arg, ast.alias, ast.excepthandler, ast.pattern))
    return source.offset(node.lineno, node.col_offset)


def _moved(splice: Splice, offset: int) -> int:
    moved = splice.moved_start(offset)
    return _CHANGED if moved is None else moved


def _new_or_kept(splice: Splice, offset: int) -> int:
    return _CHANGED if splice.is_new(offset, offset + 1) else offset
