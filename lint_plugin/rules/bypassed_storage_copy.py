"""LPR201 bypassed-storage-copy."""

from __future__ import annotations

from lint_plugin.rules.base import Rule


class BypassedStorageCopy(Rule):
    code = "LPR201"
    name = "bypassed-storage-copy"
    summary = "a copy, move, rename or link into the run folder"
    why = ""
    fix_safety = ""
    message = ""
    bad = ()
    good = ()
