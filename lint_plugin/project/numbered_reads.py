"""The places of one module that look a numbered file up, or may."""

from __future__ import annotations

from collections.abc import Iterator

from lint_plugin.analysis import Analysis
from lint_plugin.facts import NumberedRead
from lint_plugin.paths.calls.uses import READ


def numbered_reads(analysis: Analysis) -> Iterator[NumberedRead]:
    """Every place that names a numbered file and is not seen to write it."""
    for one in analysis.numbered:
        if one.name.number == "constant":
            yield NumberedRead(one.name.pattern(), analysis.path, one.node.lineno, READ in one.uses)
