"""The findings of one file in a flake8 run; imported only when a file holds a token."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from functools import cache

from lint_plugin.analysis import Analysis
from lint_plugin.config.baseline import Baseline, BaselineError, load_configured
from lint_plugin.config.reading import BAD_CONFIGURATION
from lint_plugin.config.selection import Selection
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finder import analyse, find, is_silenced
from lint_plugin.project.gathering import gather
from lint_plugin.project.project_files import project_roots
from lint_plugin.source.noqa import NoqaMap
from lint_plugin.source.text import SourceError, SourceText

FactsCache = dict[tuple[str, tuple[str, ...]], Facts]


def findings(
    tree: ast.Module, filename: str, raw: bytes, config: Config, use_noqa: bool, known_facts: FactsCache
) -> Iterator[tuple[int, int, str]]:
    """Line (from 1), column (from 0, in characters) and text of each finding.

    Args:
        tree: The file's tree, as flake8 parsed it.
        filename: Its name; flake8's own for standard input is `stdin`.
        raw: Its text as UTF-8.
        config: What holds for it.
        use_noqa: Whether `# noqa` comments count.
        known_facts: The facts gathered so far in this process.
    """
    source = SourceText.from_text(raw.decode("utf-8", "surrogatepass"))
    try:
        analysis = analyse(source, config, filename, None, tree)
        if analysis.needs_facts:
            analysis = analyse(source, config, filename, _facts(analysis, known_facts), tree, analysis.flow)
        sites = find(analysis)
    except SourceError as error:
        print(f"{filename}:{error.line}: recorder-toolkit: {error.message}", file=sys.stderr)
        return
    selection = Selection(config, filename)
    silenced = is_silenced(analysis, sites, NoqaMap(source)) if use_noqa and sites else [False] * len(sites)
    wanted = [site for site, is_silent in zip(sites, silenced, strict=True) if selection.wants(site.code) and not is_silent]
    known = None
    if wanted and config.baseline:
        try:
            known = _baseline(config).anew()
        except BaselineError as error:
            yield 1, 0, f"{BAD_CONFIGURATION} {error.place}: {error.message}"
    for site in wanted:
        line, column = source.position(site.start)
        if known is None or not known.holds(known.key(filename, site.code, source.line_text(line))):
            yield line, column - 1, f"{site.code} {site.message}"


@cache
def _baseline(config: Config) -> Baseline:
    return load_configured(config)


def _facts(analysis: Analysis, known: FactsCache) -> Facts:
    config, path = analysis.config, os.path.abspath(analysis.path)
    roots = project_roots(config, path)
    key = config.path, roots or (os.path.dirname(path),)
    if key not in known:
        known[key] = gather(config, None if roots else [path], roots)
    return known[key]
