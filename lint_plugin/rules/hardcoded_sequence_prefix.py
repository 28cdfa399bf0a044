"""LPR101 hardcoded-sequence-prefix."""

from __future__ import annotations

from lint_plugin.rules.base import Rule


class HardcodedSequencePrefix(Rule):
    code = "LPR101"
    name = "hardcoded-sequence-prefix"
    summary = "a hand-numbered name for a new file in the run folder"
    why = ""
    fix_safety = ""
    message = ""
    bad = ()
    good = ()
