"""Whether an attribute is really missing on recorders: something in the project may store, define or ask for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.edits import Leave
from codemods.proofs.module_facts import ModuleFacts
from codemods.proofs.places import shown
from codemods.proofs.stand_ins import require_no_stand_in
from codemods.proofs.statement_order import errors_handled_around
from lint_plugin.flow.nodes import last_name


def require_missing(facts: ModuleFacts, node: ast.Attribute) -> None:
    """Make sure that nothing hints at the attribute being there after all.

    Raises:
        Leave: Something does.
    """
    analysis, attribute = facts.analysis, node.attr
    parent = analysis.flow.parent(node)
    if isinstance(parent, ast.Call) and parent.func is node:
        raise Leave(f"`{attribute}` is called at line {node.lineno}, so it may be a method: rename it by hand")
    there = next(_signs(facts, node), "")
    if there:
        raise Leave(f"{there}, so the attribute may exist: rename it there as well")
    require_no_stand_in(analysis, node.value)
    for handler, caught in errors_handled_around(analysis.flow, node):
        if any(part is not None and last_name(part) == "AttributeError" for part in caught):
            raise Leave(f"line {handler.lineno} handles the missing attribute: drop that handler, then rename")


def _signs(facts: ModuleFacts, node: ast.Attribute) -> Iterator[str]:
    """What says that recorders have the attribute after all."""
    analysis, attribute = facts.analysis, node.attr
    if not isinstance(node.ctx, ast.Load):
        yield f"`{attribute}` is {'assigned' if isinstance(node.ctx, ast.Store) else 'deleted'} at line {node.lineno}"
    if attribute in analysis.stored_on_recorders:
        yield f"`{attribute}` is assigned on a recorder at line {analysis.stored_on_recorders[attribute]}"
    if attribute in facts.defined:
        yield f"the class at line {facts.defined[attribute]} defines `{attribute}`"
    store = None if analysis.facts is None else analysis.facts.stores.get(attribute)
    if store is not None:
        yield f"`{attribute}` is given to a recorder at {shown(store)}"
    if attribute in facts.guards:
        yield f"line {facts.guards[attribute]} asks for, patches or sets `{attribute}` by its name"
