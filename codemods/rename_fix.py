"""The rename fix (LPR001): `recorder.run_dir` becomes `recorder.run_folder`."""

from __future__ import annotations

import ast

from codemods.decision import Decision, Leave
from codemods.plan import Edit, FixPlan
from lint_plugin.analysis import Analysis, Site
from lint_plugin.callee import last_name
from lint_plugin.evidence import WEAK
from lint_plugin.finding import SAFE, UNSAFE

RANK = 2


def decide(analysis: Analysis, site: Site) -> Decision:
    """The decision about one unknown attribute."""
    node = site.node
    assert isinstance(node, ast.Attribute)
    new = analysis.config.renamed_attributes.get(node.attr)
    if new is None:
        return Leave("no rename is configured for it").decision()
    try:
        _require_missing(analysis, node)
        edit = _edit(analysis, node, new)
    except Leave as leave:
        return leave.decision()
    weak = analysis.evidence.of(node.value).level == WEAK
    plan = FixPlan(site.code, site.start, UNSAFE if weak else SAFE, (edit,), rank=RANK)
    return Decision(plan.level, "only its name says that the object is a recorder" if weak else "", plan)


def _require_missing(analysis: Analysis, node: ast.Attribute) -> None:
    """Make sure that nothing hints at the attribute being there after all.

    Raises:
        Leave: Something does.
    """
    attribute = node.attr
    if isinstance(node.ctx, ast.Store):
        raise Leave(f"`{attribute}` is assigned here, so the attribute may exist")
    if isinstance(node.ctx, ast.Del):
        raise Leave(f"`{attribute}` is deleted here, so the attribute may exist")
    parent = analysis.flow.parent(node)
    if isinstance(parent, ast.Call) and parent.func is node:
        raise Leave(f"`{attribute}` is called here, so it may be a method")
    if attribute in analysis.stored_on_recorders:
        raise Leave(f"`{attribute}` is assigned on a recorder in this file, so the attribute may exist")
    store = None if analysis.facts is None else analysis.facts.stores.get(attribute)
    if store is not None:
        raise Leave(f"`{attribute}` is assigned on a recorder at {store}, so the attribute may exist")
    guard = _guards(analysis).get(attribute)
    if guard is not None:
        raise Leave(f"line {guard} asks whether the recorder has `{attribute}`, so the attribute may exist")
    definer = _definer(analysis, attribute)
    if definer is not None:
        raise Leave(f"the class at line {definer} defines `{attribute}`, so the attribute may exist")
    below: ast.AST = node
    above = analysis.flow.parent(node)
    while above is not None:
        if isinstance(above, ast.Try) and below in above.body:
            for handler in above.handlers:
                if _catches_attribute_error(handler.type):
                    raise Leave(f"line {handler.lineno} handles the missing attribute")
        below, above = above, analysis.flow.parent(above)


def _guards(analysis: Analysis) -> dict[str, int]:
    """Attribute names that the module asks for by string on a recorder -> line."""
    found: dict[str, int] = {}
    for call in analysis.calls:
        match call:
            case ast.Call(func=function, args=[_, ast.Constant(value=str(name)), *_]) if (
                last_name(function) in ("hasattr", "getattr", "setattr", "delattr")
            ):
                found.setdefault(name, call.lineno)
    return found


def _definer(analysis: Analysis, attribute: str) -> int | None:
    """The line of a class of this module that derives from the recorder and defines the attribute."""
    for node in analysis.tree.body:
        if isinstance(node, ast.ClassDef) and analysis.evidence.is_recorder_class(node):
            for inner in ast.walk(node):
                match inner:
                    case ast.FunctionDef(name=name) | ast.Name(id=name, ctx=ast.Store()) if name == attribute:
                        return node.lineno
                    case ast.Attribute(attr=name, ctx=ast.Store()) if name == attribute:
                        return node.lineno
    return None


def _catches_attribute_error(caught: ast.expr | None) -> bool:
    parts = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(part is not None and last_name(part) == "AttributeError" for part in parts)


def _edit(analysis: Analysis, node: ast.Attribute, new: str) -> Edit:
    """Replace the name at the attribute's end.

    Raises:
        Leave: The bytes there are not the name (nested multi-line f-strings, other spellings of it).
    """
    _, end = analysis.source.span(node)
    old = node.attr.encode("utf-8")
    if analysis.source.u8[end - len(old) : end] != old:
        raise Leave("the attribute's place cannot be told for certain here")
    return Edit(end - len(old), end, new.encode("utf-8"))
