"""Whether an attribute is really missing on recorders: something in the project may store, define or ask for it."""

from __future__ import annotations

import ast

from codemods.edits import Leave
from codemods.proofs.module_facts import ModuleFacts
from codemods.proofs.places import shown
from codemods.proofs.stand_ins import require_no_stand_in
from lint_plugin.analysis import Analysis
from lint_plugin.flow.nodes import last_name

# What is told as a context manager that an error may, or has to, come.
_EXPECTING = frozenset({"suppress", "raises", "assertRaises", "assertRaisesRegex"})


def require_missing(facts: ModuleFacts, node: ast.Attribute) -> None:
    """Make sure that nothing hints at the attribute being there after all.

    Raises:
        Leave: Something does.
    """
    analysis, attribute = facts.analysis, node.attr
    if isinstance(node.ctx, ast.Store):
        raise Leave(f"`{attribute}` is assigned here, so the attribute may exist")
    if isinstance(node.ctx, ast.Del):
        raise Leave(f"`{attribute}` is deleted here, so the attribute may exist")
    parent = analysis.flow.parent(node)
    if isinstance(parent, ast.Call) and parent.func is node:
        raise Leave(f"`{attribute}` is called here, so it may be a method")
    if attribute in analysis.stored_on_recorders:
        raise Leave(f"`{attribute}` is assigned on a recorder in this file, so the attribute may exist")
    if attribute in facts.defined:
        raise Leave(f"the class at line {facts.defined[attribute]} defines `{attribute}`, so the attribute may exist")
    store = None if analysis.facts is None else analysis.facts.stores.get(attribute)
    if store is not None:
        raise Leave(f"`{attribute}` is given to a recorder at {shown(store)}, so the attribute may exist")
    if attribute in facts.guards:
        raise Leave(
            f"line {facts.guards[attribute]} asks for, patches or sets `{attribute}` by its name, so the attribute may exist"
        )
    require_no_stand_in(analysis, node.value)
    _require_unhandled(analysis, node)


def _require_unhandled(analysis: Analysis, node: ast.Attribute) -> None:
    """Make sure that the code does not count on the attribute's absence."""
    below: ast.AST = node
    above = analysis.flow.parent(node)
    while above is not None:
        if isinstance(above, (ast.Try, ast.TryStar)) and below in above.body:
            for handler in above.handlers:
                if _names_attribute_error(handler.type):
                    raise Leave(f"line {handler.lineno} handles the missing attribute")
        if isinstance(above, (ast.With, ast.AsyncWith)) and below in above.body:
            for item in above.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and last_name(call.func) in _EXPECTING:
                    if any(_names_attribute_error(argument) for argument in call.args):
                        raise Leave(f"line {above.lineno} counts on the missing attribute")
        below, above = above, analysis.flow.parent(above)


def _names_attribute_error(caught: ast.expr | None) -> bool:
    parts = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(part is not None and last_name(part) == "AttributeError" for part in parts)
