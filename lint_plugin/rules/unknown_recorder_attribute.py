"""LPR001 unknown-recorder-attribute."""

from __future__ import annotations

from lint_plugin.rules.base import Rule


class UnknownRecorderAttribute(Rule):
    code = "LPR001"
    name = "unknown-recorder-attribute"
    summary = "an attribute that recorders do not have"
    why = ""
    fix_safety = ""
    message = ""
    bad = ()
    good = ()
