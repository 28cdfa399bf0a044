"""What is to be done about each finding of one module: its level, the reason, the plan."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from codemods.edits import Decision
from codemods.fixes import join as join_fix
from codemods.fixes import rename as rename_fix
from codemods.proofs.module_facts import ModuleFacts
from codemods.proofs.name_uses import may_overwrite
from lint_plugin.analysis import Analysis, Site
from lint_plugin.finding import LEFT, SAFE, UNSAFE, WRITES
from lint_plugin.paths.calls.writes import Write
from lint_plugin.rules import BY_CODE


def decide(analysis: Analysis, sites: Sequence[Site]) -> list[Decision]:
    """One decision for each site, in their order."""
    planner = _Planner(analysis)
    return [planner.decide(site) for site in sites]


class _Planner:
    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._writes: dict[ast.Call, Decision] = {}
        self._facts = ModuleFacts(analysis)

    def decide(self, site: Site) -> Decision:
        """The decision about one site."""
        if site.code == "LPR001":
            return rename_fix.decide(self._facts, site)
        if site.code in WRITES:
            assert site.write is not None
            return self._write(site.write)
        if BY_CODE[site.code].left:
            return Decision(LEFT, BY_CODE[site.code].left)
        if site.code == "LPR301":
            own = join_fix.decide(self._facts, site)
            if own.level == SAFE or site.write is None:
                return own
            block = self._with_block(site, own)  # the join goes with a write that is saved
            return block if own.level == LEFT or block.level == SAFE else own
        return self._with_block(site, None)

    def _write(self, write: Write) -> Decision:
        """All writes of a name in one function become entities, or none does."""
        decision = self._alone(write)
        name = self._analysis.file_name(write.path)
        if decision.level != UNSAFE or name is None:
            return decision
        for other in self._facts.names.writes_beside(write, name):
            if self._alone(other).plan is None and may_overwrite(self._analysis.flow, write, other):
                line = other.call.lineno
                return Decision(
                    LEFT, f"line {line} writes a file of the same name and is left, so it would write over the entity"
                )
        return decision

    def _alone(self, write: Write) -> Decision:
        known = self._writes.get(write.call)
        if known is None:
            from codemods.fixes.save_entity import fix as block_fix  # with all that it needs, half of the engine

            code = "LPR201" if write.sink.kind in ("copy", "move", "link") else "LPR202"
            known = self._writes[write.call] = block_fix.decide(self._facts, write, code)
        return known

    def _with_block(self, site: Site, own: Decision | None) -> Decision:
        """A finding that goes with the write that it belongs to."""
        if site.write is None:
            return Decision(LEFT, "what is done with the file is not seen here, so nothing can be put in its place")
        block = self._write(site.write)
        if block.plan is None:
            line = site.write.call.lineno
            return own or Decision(LEFT, f"it goes with the write at line {line}, which is left: {block.reason}")
        if site.code == "LPR401" and block.plan.passes_format:
            return Decision(LEFT, "the recorder does not find the extension itself: its value is passed on as the format")
        return Decision(block.level, block.reason)
