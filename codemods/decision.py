"""What is decided about one finding: its level, the reason, and the plan of its fix."""

from __future__ import annotations

from codemods.edits import FixPlan
from lint_plugin.finding import LEFT
from lint_plugin.record import Record


class Decision(Record):
    """The level of one finding, why, and what would be done."""

    __slots__ = ("level", "reason", "plan")

    def __init__(self, level: str, reason: str = "", plan: FixPlan | None = None) -> None:
        self.level = level
        self.reason = reason
        self.plan = plan


class Leave(Exception):
    """A fact that a rewrite needs is not proved; the reason is for the reader, in plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def decision(self) -> Decision:
        """The decision that says so."""
        return Decision(LEFT, self.reason)
