"""Checks after every rewrite, second half: no name is missing, and every name that stayed means what it meant."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from codemods.rewrite.verify import Comparison, VerificationError, Version
from lint_plugin.flow.reaching import Definition, Flow

_KNOWN = frozenset(dir(builtins)) | {
    "__file__",
    "__path__",
    "__builtins__",
    "__annotations__",
    "__class__",
    "WindowsError",
}


def verify_names(before: Version, after: Version, comparison: Comparison) -> None:
    """Compare what names may read, before and after.

    Raises:
        VerificationError: A name would be undefined or unbound, or mean something else.
    """
    if comparison.read:
        _new_code_is_bound(before, after, comparison)
    spelled = {name for name in comparison.bound if name.encode() in after.source.u8}
    if spelled:
        _kept_are_unchanged(before, after, comparison, spelled)


def _new_code_is_bound(before: Version, after: Version, comparison: Comparison) -> None:
    suspects = [(name, problem) for name in comparison.read if (problem := _problem(after.flow(), name))]
    if not suspects:
        return
    names = {name.id for name, _ in suspects}
    # Of each function on its own: another one may well have a variable of the same name that is in order.
    known: dict[tuple[str, ...], set[str]] = {}
    for name in comparison.was_read:
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


def _kept_are_unchanged(before: Version, after: Version, comparison: Comparison, spelled: set[str]) -> None:
    came = set(comparison.read)
    for name in _names(after.flow(), spelled):
        if name in came:
            continue
        old_name = comparison.old_of(name)
        if not isinstance(old_name, ast.Name) or old_name.id != name.id:
            raise VerificationError(f"`{name.id}` on line {name.lineno} would mean something else")
        # What went and what came are alike: a definition that nothing of the other text stands for.
        meant = {None if d.kind == "unbound" else comparison.new_of(_node(d)) or _CHANGED for d in before.flow().reach(old_name)}
        means = {None if d.kind == "unbound" else _kept(comparison, _node(d)) for d in after.flow().reach(name)}
        if meant != means:
            raise VerificationError(f"`{name.id}` on line {old_name.lineno} would mean something else")


_CHANGED = ast.Pass()


def _kept(comparison: Comparison, new: ast.AST) -> ast.AST:
    return _CHANGED if comparison.old_of(new) is None else new


def _names(flow: Flow, names: set[str]) -> Iterator[ast.Name]:
    for identifier in sorted(names):
        yield from flow.names(identifier)


def _node(definition: Definition) -> ast.AST:
    """The node that stands for a definition."""
    node = definition.node
    return node if hasattr(node, "lineno") else definition.statement
