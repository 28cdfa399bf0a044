"""LPR003: the recorder's own state changed from outside."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_plugin.analysis import Analysis, Site
from lint_plugin.facts import STRONG
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.rules.base import Example, Rule

_STATE = frozenset({"metadata", "sequence_number"})
_CHANGES = frozenset({
    "append", "extend", "insert", "update", "setdefault", "pop", "popitem", "clear", "remove", "sort", "reverse",
})  # fmt: skip
_VIEWS = frozenset({"get", "values", "items"})

_CODE = """\
from recorder import LivePipelineRecorder


def note(recorder: LivePipelineRecorder, model: str) -> None:
    {line}
"""


class RecorderStateChanged(Rule):
    code = "LPR003"
    name = "recorder-state-changed"
    summary = "the recorder's index, counter or private parts changed from outside"
    why = """\
The index (`metadata`) and the counter (`sequence_number`) are the recorder's own: it writes them whole, under a lock, and
gives a read-only view. What other code puts there is lost, refused, or written at a moment when the files are not there
yet; a counter that was moved makes two files of one number. Private methods (`_save_metadata`) may be gone with the next
version.
"""
    fix_safety = """\
Always **left**. What belongs to one file goes into `metadata=` of `save_entity()`; what belongs to the run is an entity of
its own (`save_entity("models_used", {...})`).
"""
    message = "{what} is changed from outside the recorder; {hint}"
    left = "where the value should go instead only a person knows: into `metadata=` of a save, or an entity of its own"
    bad = (
        Example(_CODE.format(line='recorder.metadata["models_used"] = model'), ((5, 5, "LPR003"),)),
        Example(_CODE.format(line='recorder.metadata["entities"].append({"filename": model})'), ((5, 5, "LPR003"),)),
        Example(_CODE.format(line="recorder.sequence_number += 1"), ((5, 5, "LPR003"),)),
        Example(_CODE.format(line='recorder._tell({"model": model})'), ((5, 5, "LPR003"),)),
    )
    good = (
        Example(_CODE.format(line='recorder.save_entity("models_used", {"model": model})')),
        Example(_CODE.format(line='print(recorder.metadata["entities"], recorder.sequence_number)'), note="Reading is free."),
        Example(_CODE.format(line='dict(recorder.metadata)["model"] = model'), note="A copy is the caller's own."),
    )

    @classmethod
    def sites(cls, analysis: Analysis) -> Iterator[Site]:
        if any(analysis.evidence.own.is_recorder_class(node) for node in analysis.evidence.classes.values()):
            return  # the module that defines the class
        save = analysis.config.save_method
        seen = set()
        for owner, attribute, changed in _touched(analysis):
            private = attribute.startswith("_") and not attribute.endswith("__")
            if changed in seen or not (private or attribute in _STATE):
                continue
            evidence = analysis.evidence.of(owner)
            if not evidence.is_recorder or evidence.own:
                continue
            if evidence.level != STRONG and (private or not analysis.uses_recorders):
                continue
            seen.add(changed)
            what, hint = f"`{ast.unparse(owner)}.{attribute}`", _hint(attribute, private, save)
            message = f"{what} is the recorder's own; {hint}" if private else cls.message.format(what=what, hint=hint)
            yield analysis.site(cls.code, changed, message)


def _touched(analysis: Analysis) -> Iterator[tuple[ast.expr, str, ast.expr]]:
    """Owner and name of each attribute that is changed, or that is private and used, with what does so."""
    for node in analysis.attributes:
        if node.attr.startswith("_") or node.attr in _STATE:
            uses = _private_use if node.attr.startswith("_") else _changes
            yield from ((node.value, node.attr, changed) for changed in uses(analysis.flow, node))
    for call in analysis.calls:
        match call:
            case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[owner, ast.Constant(value=str(name)), *_]):
                yield owner, name, call


def _hint(attribute: str, private: bool, save: str) -> str:
    if private:
        return "use what the class offers to others"
    if attribute == "sequence_number":
        return f"`{save}()` counts itself"
    return f"give what belongs to a file to `{save}()` as metadata, or save it as an entity of its own"


def _private_use(flow: Flow, node: ast.Attribute) -> Iterator[ast.expr]:
    """A call of a private method, or of a method of a private part; a store to a private name, or into its part."""
    at: ast.expr = node
    while True:
        if isinstance(at, (ast.Attribute, ast.Subscript)) and not isinstance(at.ctx, ast.Load):
            yield at
            return
        parent = flow.parent(at)
        if isinstance(parent, ast.Call) and parent.func is at:
            if at is node or not (isinstance(at, ast.Attribute) and at.attr in _VIEWS | {"copy", "keys"}):
                yield parent
            return
        if not isinstance(parent, (ast.Attribute, ast.Subscript)) or parent.value is not at:
            return
        at = parent


def _changes(flow: Flow, node: ast.expr) -> Iterator[ast.expr]:
    """What changes a part of the state that an expression is, also through variables: the stored target, or the call."""
    followed: set[ast.expr] = set()
    todo = [node]
    while todo:
        start = todo.pop()
        if start in followed:
            continue
        followed.add(start)
        at, changed = _outermost(flow, start)
        if changed:
            yield at
        else:
            todo += [use for definition in _bound_to(flow, at) for use in flow.uses(definition)]


def _outermost(flow: Flow, at: ast.expr) -> tuple[ast.expr, bool]:
    """The largest expression that is a part of the same state, and whether it is what changes it."""
    while True:
        if isinstance(at, (ast.Attribute, ast.Subscript)) and not isinstance(at.ctx, ast.Load):
            return at, True
        parent = flow.parent(at)
        if isinstance(parent, ast.Subscript) and parent.value is at:
            at = parent
            continue
        call = flow.parent(parent) if isinstance(parent, ast.Attribute) else None
        if not isinstance(parent, ast.Attribute) or not isinstance(call, ast.Call) or call.func is not parent:
            return at, False
        if parent.attr in _CHANGES:
            return call, True
        if parent.attr not in _VIEWS:
            return at, False
        at = call


def _bound_to(flow: Flow, value: ast.expr) -> Iterator[Definition]:
    """The variables that hold a value, or its items one after the other."""
    parent = flow.parent(value)
    if isinstance(parent, ast.Assign) and parent.value is value:
        targets = parent.targets
    elif isinstance(parent, (ast.For, ast.AsyncFor)) and parent.iter is value:
        targets = [parent.target]
    else:
        return
    yield from filter(None, map(flow.defined_by, targets))
