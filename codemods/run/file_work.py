"""The work on one file: a pure function of its bytes, its name, the configuration and the project's facts."""

from __future__ import annotations

import ast
import os
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import TYPE_CHECKING

from codemods.edits import Decision, ReplaceExpression
from codemods.fixes.planner import decide
from codemods.run.options import Options
from lint_plugin.analysis import Analysis, Site
from lint_plugin.config.selection import Selection
from lint_plugin.config.settings import Config
from lint_plugin.facts import NotSearched
from lint_plugin.finder import analyse, find, finding_of, is_silenced, seen
from lint_plugin.finding import LEFT, SAFE, UNSAFE, FileError, FileResult, Finding
from lint_plugin.rules import BY_CODE
from lint_plugin.source.noqa import NoqaMap
from lint_plugin.source.text import SourceError, SourceText, nested_too_deeply

if TYPE_CHECKING:
    from codemods.rewrite.apply import Applied
    from codemods.rewrite.printing import Printer
    from lint_plugin.facts import Facts

# One rewrite may make room for another; more rounds than this mean that two of them undo each other.
_MAX_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class _Item:
    """One site with what was decided about it.

    Attributes:
        site: The site, in the text as it is now.
        decision: What is to be done about it.
        wanted: Whether it is looked for.
        first: The finding as it stands in the file on disk; None where a rewrite has brought it about.
    """

    site: Site
    decision: Decision
    wanted: bool
    first: Finding | None

    def left(self, reason: str) -> _Item:
        first = None if self.first is None else replace(self.first, level=LEFT, reason=reason)
        return _Item(self.site, Decision(LEFT, reason), self.wanted, first)


_UNDECIDED = Decision(LEFT, "")  # of a finding that nobody asks for

# A finding as it now stands, and as it stands in the file on disk; None where it is not in that.
_Left = tuple[Finding, Finding | None]


def process_file(
    raw: bytes, path: str, config: Config, facts: Facts | None, options: Options, printer: Printer | None = None
) -> FileResult:
    """Find what is in one file and, in mode `fix`, rewrite what can be proved.

    Args:
        raw: The file's bytes.
        path: Its name, for the findings and the recorder's module patterns.
        config: What holds for it.
        facts: The project's facts; where they are needed and missing, the result says so and nothing else.
        options: What the run was asked for.
        printer: Carries edits out; by default on slices of the file's text.
    """
    try:
        analysis = analyse(SourceText(raw), config, path, facts)
    except SourceError as error:
        return _unusable(path, raw, error)
    try:
        return _FileWork(path, config, analysis.facts, options, printer).run(analysis)
    except NotSearched as missing:
        return FileResult(path, old=raw, needs=missing.what)
    except SourceError as error:
        return _unusable(path, raw, error)
    except RecursionError:
        return _unusable(path, raw, nested_too_deeply(analysis.tree))


def _unusable(path: str, raw: bytes, error: SourceError) -> FileResult:
    return FileResult(path, errors=(FileError(path, error.line, error.message),), old=raw)


class _FileWork:
    def __init__(
        self,
        path: str,
        config: Config,
        facts: Facts | None,
        options: Options,
        printer: Printer | None,
    ) -> None:
        self.path = path
        self.config = config
        self.facts = facts
        self.options = options
        self.printer = printer
        self.selection = Selection(config, path, options.select, options.ignore)

    def run(self, analysis: Analysis) -> FileResult:
        source, raw = analysis.source, analysis.source.raw
        if self.facts is None and analysis.needs_facts:
            return FileResult(self.path, old=raw, needs="facts")
        sites = find(analysis)
        noqa = NoqaMap(source)
        unused = tuple(_unused_noqa(analysis, noqa, sites)) if self.options.unused_noqa else ()
        recorders, folders = seen(analysis)
        result = FileResult(self.path, old=raw, unused_noqa=unused, recorders=recorders, folders=folders)
        if not sites:
            return result
        items = self._items(analysis, sites, noqa)
        if self.options.mode == "check":
            return replace(result, findings=tuple(finding for finding, _ in _left(analysis, items)))
        fixed, left, new = self._fix(analysis, items)
        result = replace(result, findings=_sorted((*fixed, *(now for now, _ in left))))
        if new.raw == raw:
            return result
        return replace(result, new=new.raw, unwritten=_sorted((*fixed, *(before for _, before in left if before is not None))))

    def _items(self, analysis: Analysis, sites: Sequence[Site], noqa: NoqaMap) -> list[_Item]:
        """Decisions, with `# noqa` and selection taken into account."""
        silenced = is_silenced(analysis, sites, noqa)
        wanted = [self.selection.wants(site.code) and not silent for site, silent in zip(sites, silenced, strict=True)]
        decisions = iter(decide(analysis, list(compress(sites, wanted))))
        items = []
        for site, is_wanted in zip(sites, wanted, strict=True):
            decision = next(decisions) if is_wanted else _UNDECIDED
            first = finding_of(analysis, site, decision.level, decision.reason)
            items.append(_Item(site, decision, is_wanted, first))
        return _respect_noqa(analysis, items, noqa)

    def _chosen(self, items: Sequence[_Item]) -> list[_Item]:
        """The items whose own plan is to be carried out."""
        levels = (SAFE, UNSAFE) if self.options.unsafe else (SAFE,)
        chosen = [
            item
            for item in items
            if item.wanted
            and item.decision.level in levels
            and item.decision.plan is not None
            and item.decision.plan.code == item.site.code
        ]
        if self.options.only is not None:
            asked = [item.decision.plan for item in items if (item.site.code, item.site.start) == self.options.only]
            return [item for item in chosen if item.decision.plan in asked]
        # A rename inside an expression that is rewritten has its turn in the next round.
        replaced = sorted(
            (edit.span.start, edit.span.end)
            for item in chosen
            if item.decision.plan is not None
            for edit in item.decision.plan.edits
            if isinstance(edit, ReplaceExpression)
        )
        return [item for item in chosen if item.site.code != "LPR001" or not _is_within(item.site.start, replaced)]

    def _fix(self, analysis: Analysis, items: list[_Item]) -> tuple[list[Finding], list[_Left], SourceText]:
        """What was fixed, what is left, and the new text."""
        before, fixed = (analysis, items), list[Finding]()
        for _ in range(_MAX_ROUNDS):
            chosen = self._chosen(items)
            if not chosen or (fixed and self.options.only is not None):
                return fixed, _left(analysis, items), analysis.source
            applied, refused = _apply(analysis, chosen, self.printer)
            done = {(plan.code, plan.start) for plan in applied.done}
            gone = applied.removed
            remaining = []
            for item in items:
                key = (item.site.code, item.site.start)
                if key in done or _is_within(item.site.start, gone):
                    if item.wanted:
                        finding = item.first or finding_of(analysis, item.site, item.decision.level, item.decision.reason)
                        fixed.append(replace(finding, fixed=True))
                else:
                    remaining.append(_left_if_refused(analysis, item, refused))
            items = remaining
            if done:
                analysis = analyse(applied.source, self.config, self.path, self.facts, applied.tree, applied.flow)
                items = self._carried_over(analysis, items)
        if not self._chosen(items):
            return fixed, _left(analysis, items), analysis.source
        analysis, items = before
        unstable = [item.left("the rewrites of this file do not come to an end") for item in items]
        return [], _left(analysis, unstable), analysis.source

    def _carried_over(self, analysis: Analysis, before: Sequence[_Item]) -> list[_Item]:
        """The findings of the rewritten text; what was refused in the old one stays refused."""
        sites = find(analysis)
        items = self._items(analysis, sites, NoqaMap(analysis.source)) if sites else []
        if [item.site.code for item in items] != [item.site.code for item in before]:
            waiting = list(before)
            return [replace(item, first=_taken(item, waiting)) for item in items]
        known = [replace(new, first=old.first) for new, old in zip(items, before, strict=True)]
        return [
            new.left(old.decision.reason) if old.decision.level == LEFT else new for new, old in zip(known, before, strict=True)
        ]


def _taken(item: _Item, waiting: list[_Item]) -> Finding | None:
    """Where a finding stood before: that of the next one of its kind, which is taken out."""
    for number, old in enumerate(waiting):
        if (old.site.code, old.site.message) == (item.site.code, item.site.message):
            return waiting.pop(number).first
    return None


def _left_if_refused(analysis: Analysis, item: _Item, refused: dict[tuple[str, int], str]) -> _Item:
    """An item whose own plan was refused, or that of the write which it goes with, as left."""
    reason = refused.get((item.site.code, item.site.start))
    write = item.site.write
    if reason is None and write is not None and item.decision.plan is None:
        start = analysis.source.span(write.call)[0]
        reason = refused.get(("LPR201", start), refused.get(("LPR202", start)))
        if reason is not None:
            reason = f"it goes with the write at line {write.call.lineno}, which is left: {reason}"
    return item if reason is None else item.left(reason)


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: (finding.line, finding.column, finding.code)))


def _left(analysis: Analysis, items: Iterable[_Item]) -> list[_Left]:
    """The findings that are not fixed."""
    wanted = (item for item in items if item.wanted)
    return [(finding_of(analysis, item.site, item.decision.level, item.decision.reason), item.first) for item in wanted]


def _apply(analysis: Analysis, chosen: Sequence[_Item], printer: Printer | None) -> tuple[Applied, dict[tuple[str, int], str]]:
    """Carry out the chosen plans; those that cannot be come back with the reason."""
    from codemods.rewrite.apply import apply
    from codemods.rewrite.printing import print_slices

    facts = analysis.facts
    plans = [item.decision.plan for item in chosen if item.decision.plan is not None]
    applied = apply(
        analysis.source,
        plans,
        path=analysis.path,
        imported=tuple if facts is None else lambda: facts.imported_from(os.path.realpath(analysis.path)),
        tree=analysis.tree,
        flow=analysis.flow,
        printer=printer or print_slices,
    )
    return applied, {(plan.code, plan.start): why for plan, why in applied.refused}


def _is_within(offset: int, ranges: Sequence[tuple[int, int]]) -> bool:
    index = bisect_right(ranges, (offset, sys.maxsize)) - 1
    return index >= 0 and ranges[index][0] <= offset < ranges[index][1]


# -- noqa ----------------------------------------------------------------------------------------------------------------


def _respect_noqa(analysis: Analysis, items: list[_Item], noqa: NoqaMap) -> list[_Item]:
    """Leave each block that would remove a line whose `# noqa` names one of our codes."""
    lines = [line for line, codes in noqa.lines_with_codes() if any(code in BY_CODE for code in codes)]
    if not lines:
        return items
    marked: dict[ast.Call, int] = {}
    for item in items:
        write = item.site.write
        if write is None:
            continue
        nodes = [item.site.node, analysis.flow.statement_of(write.call)]
        nodes += [definition.statement for definition in write.path.chain]
        name = analysis.file_name(write.path)
        nodes += [] if name is None else [definition.statement for definition in name.chain]
        for node in nodes:
            index = bisect_left(lines, node.lineno)
            if index < len(lines) and lines[index] <= (node.end_lineno or node.lineno):
                marked.setdefault(write.call, lines[index])
    return [
        item.left(f"line {marked[item.site.write.call]} has a `# noqa` for it")
        if item.site.write is not None and item.site.write.call in marked
        else item
        for item in items
    ]


def _unused_noqa(analysis: Analysis, noqa: NoqaMap, sites: Sequence[Site]) -> Iterator[tuple[int, str]]:
    """Our codes in `# noqa` comments that silence nothing."""
    used: set[tuple[tuple[int, int], str]] = set()
    for site in sites:
        used.add((noqa.logical_range(analysis.source.position(site.start)[0]), site.code))
    for line, codes in noqa.lines_with_codes():
        for code in codes:
            if code in BY_CODE and (noqa.logical_range(line), code) not in used:
                yield line, code
