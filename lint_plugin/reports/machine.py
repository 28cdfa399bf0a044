"""The formats that programs read, by name; each is loaded when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lint_plugin.reports.report import Report


def make_report(kind: str, write: Callable[[str], object]) -> Report:
    """A report of one of the `FORMATS` but `text`.

    Raises:
        ValueError: There is no such format.
    """
    if kind == "json":
        from lint_plugin.reports.json import JsonReport

        return JsonReport(write)
    if kind == "github":
        from lint_plugin.reports.github import GithubReport

        return GithubReport(write)
    if kind == "gitlab":
        from lint_plugin.reports.gitlab import GitlabReport

        return GitlabReport(write)
    if kind == "sarif":
        from lint_plugin.reports.sarif import SarifReport

        return SarifReport(write)
    raise ValueError(f"no format {kind!r}")
