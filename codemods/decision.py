"""What is decided about one finding: its level, the reason, and the plan of its fix."""

from __future__ import annotations

from dataclasses import dataclass

from codemods.edits import FixPlan
from lint_plugin.finding import LEFT


@dataclass(frozen=True, slots=True)
class Decision:
    """The level of one finding, why, and what would be done."""

    level: str
    reason: str = ""
    plan: FixPlan | None = None


class Leave(Exception):
    """A fact that a rewrite needs is not proved; the reason is for the reader, in plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def decision(self) -> Decision:
        """The decision that says so."""
        return Decision(LEFT, self.reason)
