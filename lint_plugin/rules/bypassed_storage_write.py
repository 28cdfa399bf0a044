"""LPR202 bypassed-storage-write."""

from __future__ import annotations

from lint_plugin.rules.base import Rule


class BypassedStorageWrite(Rule):
    code = "LPR202"
    name = "bypassed-storage-write"
    summary = "a file written below the run folder without the recorder"
    why = ""
    fix_safety = ""
    message = ""
    bad = ()
    good = ()
