"""LPR401 duplicated-extension-logic."""

from __future__ import annotations

from lint_plugin.rules.base import Rule


class DuplicatedExtensionLogic(Rule):
    code = "LPR401"
    name = "duplicated-extension-logic"
    summary = "an if-chain that picks the extension of a file for the run folder"
    why = ""
    fix_safety = ""
    message = ""
    bad = ()
    good = ()
