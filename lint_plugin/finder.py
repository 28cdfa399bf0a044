"""All rules on one module, and the findings they come to."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from lint_plugin.analysis import Analysis, Site
from lint_plugin.config.settings import Config
from lint_plugin.finding import LEFT, Finding
from lint_plugin.flow.reaching import Flow
from lint_plugin.rules import BY_CODE, RULES
from lint_plugin.source.text import SourceText, nested_too_deeply

if TYPE_CHECKING:
    from lint_plugin.facts import Facts


def analyse(
    source: SourceText,
    config: Config,
    path: str,
    facts: Facts | None = None,
    tree: ast.Module | None = None,
    flow: Flow | None = None,
) -> Analysis:
    """Prepare the analysis of one file; its tree, and that tree's flow, can be given where they are there already.

    Raises:
        SourceError: The file cannot be parsed, or is nested too deeply to be analysed.
    """
    return Analysis(source, source.parse() if tree is None else tree, config, path, facts, flow)


def find(analysis: Analysis) -> list[Site]:
    """Every site that a rule flags, in order of position and code.

    Raises:
        SourceError: The file is nested too deeply to be analysed.
    """
    try:
        sites = [site for rule in RULES for site in rule.sites(analysis)]
    except RecursionError as error:
        raise nested_too_deeply(analysis.tree) from error
    return sorted(sites, key=lambda site: (site.start, site.code))


def finding_of(analysis: Analysis, site: Site, level: str = LEFT, reason: str = "") -> Finding:
    """A site as plain data."""
    source = analysis.source
    line, column = source.position(site.start)
    end_line, end_column = source.position(site.end)
    return Finding(
        path=analysis.path,
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        code=site.code,
        name=BY_CODE[site.code].name,
        message=site.message,
        level=level,
        reason=reason,
        start=site.start,
        end=site.end,
    )
