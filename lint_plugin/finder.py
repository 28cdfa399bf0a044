"""All rules on one module, and the findings they come to."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lint_plugin.analysis import Analysis, Site
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finding import LEFT, WRITES, Finding
from lint_plugin.flow.reaching import Flow
from lint_plugin.rules import BY_CODE, RULES
from lint_plugin.source.noqa import NoqaMap
from lint_plugin.source.text import SourceText, nested_too_deeply


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
        write=-1 if site.write is None else source.span(site.write.call)[0],
    )


def is_silenced(analysis: Analysis, sites: Sequence[Site], noqa: NoqaMap) -> list[bool]:
    """Of each site whether a `# noqa` silences it: one of its own, or one for the write that it belongs to."""

    def has_own(site: Site) -> bool:
        return noqa.silences(analysis.source.position(site.start)[0], site.code)

    silenced = {site.write.call for site in sites if site.write is not None and site.code in WRITES and has_own(site)}
    return [(site.write is not None and site.write.call in silenced) or has_own(site) for site in sites]


def seen(analysis: Analysis) -> tuple[int, int]:
    """How much of a module was recognised: recorders, each once in a function, and places that read a run's folder."""
    names = analysis.config.all_folder_attributes()
    recorders: set[tuple[int, str]] = set()
    folders = 0
    for node in analysis.attributes:
        if analysis.evidence.of(node.value).is_recorder:
            recorders.add((id(analysis.flow.scope_of(node)), ast.unparse(node.value)))
            folders += node.attr in names
    return len(recorders), folders
