"""The rename fix (LPR001): `recorder.run_dir` becomes `recorder.run_folder`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.edits import Decision, FixPlan, Leave, RenameAttribute, Span
from codemods.fixes.source_text import require_not_printed
from codemods.proofs.missing_attribute import require_missing
from codemods.proofs.module_facts import ModuleFacts
from codemods.proofs.places import shown
from lint_plugin.analysis import Analysis, Site
from lint_plugin.facts import WEAK
from lint_plugin.finding import SAFE, UNSAFE

RANK = 2


def decide(facts: ModuleFacts, site: Site) -> Decision:
    """The decision about one unknown attribute."""
    analysis, node = facts.analysis, site.node
    assert isinstance(node, ast.Attribute)
    new = analysis.config.renamed_attributes.get(node.attr)
    if new is None:
        return Leave(f"no rename of `{node.attr}` is configured: add it to `renamed-attributes`, or correct the name").decision()
    try:
        require_missing(facts, node)
        require_not_printed(analysis.flow, node)
        edit = _edit(analysis, node, new)
    except Leave as leave:
        return leave.decision()
    reasons = list(_doubts(analysis, node, new))
    plan = FixPlan(site.code, site.start, UNSAFE if reasons else SAFE, (edit,), rank=RANK)
    return Decision(plan.level, "; ".join(reasons), plan)


def _doubts(analysis: Analysis, node: ast.Attribute, new: str) -> Iterator[str]:
    """Why the attribute may be there all the same, or the new one not."""
    if analysis.evidence.of(node.value).level == WEAK:
        yield "only its name says that the object is a recorder"
    double = None if analysis.facts is None else analysis.facts.stand_in(frozenset({node.attr}), new, whole=False)
    if double is not None:
        yield f"the double at {shown(double.place)} has `{node.attr}` and not `{new}`: change both"


def _edit(analysis: Analysis, node: ast.Attribute, new: str) -> RenameAttribute:
    """Rename the attribute.

    Raises:
        Leave: The text at its end is not the name (nested multi-line f-strings, other spellings of it).
    """
    span = Span(*analysis.source.span(node))
    if not analysis.source.u8[span.start : span.end].endswith(node.attr.encode("utf-8")):
        raise Leave(f"the place of `{node.attr}` at line {node.lineno} cannot be told for certain: rename it by hand")
    return RenameAttribute(span, new)
