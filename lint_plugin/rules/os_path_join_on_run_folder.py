"""LPR301 os-path-join-on-run-folder."""

from __future__ import annotations

from lint_plugin.rules.base import Rule


class OsPathJoinOnRunFolder(Rule):
    code = "LPR301"
    name = "os-path-join-on-run-folder"
    summary = "`os.path.join` on the recorder's Path"
    why = ""
    fix_safety = ""
    message = ""
    bad = ()
    good = ()
