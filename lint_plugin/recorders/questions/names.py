"""What names and attributes are: the questions that are asked of them."""

from __future__ import annotations

import ast

from lint_plugin.facts import NO, UNKNOWN, WEAK, Evidence
from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.nodes import is_none
from lint_plugin.flow.reaching import Flow
from lint_plugin.recorders.questions.finder import Finder

_NO, _UNKNOWN, _WEAK = Evidence(NO), Evidence(UNKNOWN), Evidence(WEAK)


def is_narrowed(finder: Finder, node: ast.Name | ast.Attribute) -> Evidence | None:
    """After `isinstance(x, LivePipelineRecorder)`, or in `case LivePipelineRecorder():`."""
    asked = finder.narrowing.class_of(node)
    found = None if asked is None else finder.annotation(asked)
    return found if found is not None and (found.is_recorder or found.instance) else None


def is_bound(finder: Finder, name: ast.Name) -> Evidence | None:
    return finder.bound(finder.flow.reach(name), finder.suggests(name.id))


def is_from_everything(finder: Finder, name: ast.Name) -> Evidence | None:
    """A name that only `from module import *` may bind."""
    reached = finder.flow.reach(name)
    if not any(definition.name == "*" for definition in reached):
        return None
    target = dotted_name(finder.flow, name)
    return None if target is None or target.startswith("builtins.") else finder.named(target)


def is_free(finder: Finder, name: ast.Name) -> Evidence | None:
    """A name that nothing binds, or only None."""
    scope = finder.flow.resolve(finder.flow.scope_of(name), name.id)
    return _WEAK if finder.suggests(name.id) and scope is None else _UNKNOWN


def is_of_module(finder: Finder, node: ast.Attribute) -> Evidence | None:
    """`deps.current` of an imported module."""
    target = dotted_name(finder.flow, node)
    return None if target is None or target.startswith("builtins.") else finder.named(target)


def is_member(finder: Finder, node: ast.Attribute) -> Evidence | None:
    """`finder.recorder`, `worker.inner.rec`: what the class says of the attribute."""
    return finder.member(finder.of(node.value), node.attr)


def is_type(finder: Finder, node: ast.Attribute) -> Evidence | None:
    """`recorder.__class__`."""
    return finder.type_of(node.value) if node.attr == "__class__" else None


def is_stored_here(finder: Finder, node: ast.Attribute) -> Evidence | None:
    """`app.recorder = AudioRecorder()`, `g.rec = get_recorder()`: what one place stores there, another may read."""
    holder = shared_holder(finder.flow, node.value)
    values = [
        value
        for base, _, value in finder.stores.by_attribute.get(node.attr, ())
        if _same_holder(finder, holder, base, node.value)
    ]
    found = [finder.of(value) for value in values if value is not None and not is_none(value)]
    if holder:
        found += filter(None, (finder.project.shared(f"{holder}.{node.attr}"),))
    if any(one.level == NO for one in found):
        return _NO
    return _WEAK if found and all(one.is_recorder for one in found) else None


def _same_holder(finder: Finder, holder: str, base: ast.expr, value: ast.expr) -> bool:
    return shared_holder(finder.flow, base) == holder if holder else ast.dump(base) == ast.dump(value)


def shared_holder(flow: Flow, node: ast.expr) -> str:
    """An object that code all over a project keeps things in: Flask's `g`, the `state` of an application; "" for others."""
    if isinstance(node, ast.Attribute) and node.attr == "state":
        return "state"
    name = dotted_name(flow, node)
    return name if name == "flask.g" else ""


def is_called_like_one(finder: Finder, node: ast.Attribute) -> Evidence | None:
    return _WEAK if finder.suggests(node.attr) else None
