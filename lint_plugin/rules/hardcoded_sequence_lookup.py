"""LPR102 hardcoded-sequence-lookup."""

from __future__ import annotations

from lint_plugin.rules.base import Rule


class HardcodedSequenceLookup(Rule):
    code = "LPR102"
    name = "hardcoded-sequence-lookup"
    summary = "an entity looked up by its number"
    why = ""
    fix_safety = ""
    message = ""
    bad = ()
    good = ()
