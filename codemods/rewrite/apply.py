"""Carrying fixes out on one file: overlaps settled, edits made, dead code cleaned up, the result verified.

Everything is done for all plans of a file at once. Only when the result does not hold are the plans taken
apart to find the one that is to blame; it is refused and the others are carried out without it.
"""

from __future__ import annotations

import ast
import bisect
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from codemods.edits import Candidate, Edit, FixPlan
from codemods.rewrite.cleanup import Cleanup
from codemods.rewrite.comments import SharedLineError, deletions, stands_alone
from codemods.rewrite.import_insertion import NameTakenError, import_change, is_bound
from codemods.rewrite.liveness import PartialTextError
from codemods.rewrite.outline import Outline, words
from codemods.rewrite.splice import Change, OverlapError, Splice, splice
from codemods.rewrite.statements import Statements
from codemods.rewrite.verify import Touched, VerificationError, Version, verify_text
from codemods.rewrite.verify_names import verify_names
from lint_plugin.config.settings import Config
from lint_plugin.flow.reaching import Flow
from lint_plugin.source.text import SourceError, SourceText

_WORD = re.compile(r"\w+")
# After so many failures in one file the rest is refused unseen: each costs a pass over the file.
_MAX_FAILURES = 60


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of the plans of one file.

    Attributes:
        source: The new text; the old one when nothing was done.
        tree: Its tree.
        flow: Its flow where it was computed, else None.
        done: The plans that are in it, and those that another plan's rewrite made needless.
        refused: The others, each with the reason in plain words.
        removed: Byte ranges of the original `u8` that were replaced or removed, in order.
    """

    source: SourceText
    tree: ast.Module
    flow: Flow | None
    done: tuple[FixPlan, ...]
    refused: tuple[tuple[FixPlan, str], ...]
    removed: tuple[tuple[int, int], ...]


def apply(
    source: SourceText,
    plans: Sequence[FixPlan],
    config: Config,
    *,
    path: str = "",
    kept: Collection[str] = (),
    tree: ast.Module | None = None,
    flow: Flow | None = None,
    reuses_flow: Callable[[SourceText], bool] | None = None,
) -> Applied:
    """Carry out `plans` on `source`.

    Args:
        source: The text that the plans' offsets count in.
        plans: In any order.
        config: The project's settings.
        path: The file's name; imports of an `__init__.py` are never cleaned up.
        kept: Names that other files import from this one, `*` for all; its imports of them stay.
        tree, flow: The text's tree and flow where the caller has them.
        reuses_flow: Whether the caller will ask for the flow of a new text: where not, only a part of it is made.

    Raises:
        SourceError: `source` cannot be parsed.
    """
    before = Version(source, source.parse() if tree is None else tree, flow)
    return _Session(before, path, reuses_flow, kept).run(plans)


class _RefusedError(Exception):
    """These plans cannot be carried out together; the message says why."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which plans are carried out, after overlaps are settled."""

    chosen: tuple[FixPlan, ...]
    swallowed: tuple[FixPlan, ...]
    refused: tuple[tuple[FixPlan, str], ...]


@dataclass(frozen=True, slots=True)
class _Result:
    choice: _Choice
    version: Version
    splice: Splice


class _Session:
    """The work on one file."""

    def __init__(
        self, before: Version, path: str, reuses_flow: Callable[[SourceText], bool] | None, kept: Collection[str] = ()
    ) -> None:
        self._before = before
        self._path = path
        self._kept = kept
        self._reuses_flow = reuses_flow
        self._statements = Statements(before.source, before.tree)
        self._failures = 0

    def run(self, plans: Sequence[FixPlan]) -> Applied:
        refused: list[tuple[FixPlan, str]] = []
        usable: list[FixPlan] = []
        for plan in sorted(plans, key=lambda plan: (plan.rank, plan.start)):
            reason = self._objection(plan)
            if reason:
                refused.append((plan, reason))
            else:
                usable.append(plan)
        result = self._largest(usable, refused)
        if result is None:
            before = self._before
            return Applied(before.source, before.tree, before.known_flow, (), tuple(refused), ())
        choice, version = result.choice, result.version
        done = sorted((*choice.chosen, *choice.swallowed), key=lambda plan: (plan.start, plan.rank))
        removed = tuple((region.start, region.end) for region in result.splice.regions if region.end > region.start)
        refused += choice.refused
        return Applied(version.source, version.tree, version.known_flow, tuple(done), tuple(refused), removed)

    # -- one plan --------------------------------------------------------------------------------------------

    def _objection(self, plan: FixPlan) -> str:
        """Why a plan cannot be carried out whatever the others do, or ""."""
        size, position = len(self._before.source.u8), 0
        for edit in plan.edits:
            if not position <= edit.start <= edit.end <= size:
                return "its edits do not fit the file"
            position = edit.end
            if edit.delete_statement:
                place = self._statements.at(edit.start)
                if place is None or self._statements.span(place.statement)[1] != edit.end:
                    return "the statement to remove was not found"
                if not stands_alone(self._before.source, place.statement):
                    line = self._before.source.position(edit.start)[0]
                    return f"the statement on line {line} shares its line with another one"
        if plan.needs_import:
            try:
                is_bound(self._statements, self._before.flow(), plan.start, plan.needs_import)
            except NameTakenError as error:
                return str(error)
        return ""

    # -- all plans -------------------------------------------------------------------------------------------

    def _largest(self, plans: list[FixPlan], refused: list[tuple[FixPlan, str]]) -> _Result | None:
        """The result of all plans, or of as many as go together; the others are added to `refused`."""
        good: list[FixPlan] = []
        result: _Result | None = None
        pending = [plans] if plans else []
        while pending:
            part = pending.pop()
            if self._failures >= _MAX_FAILURES:
                refused.extend((plan, "too many other rewrites of this file do not hold") for plan in part)
                continue
            try:
                result = self._attempt([*good, *part])
                good += part
            except _RefusedError as error:
                self._failures += 1
                if len(part) == 1:
                    refused.append((part[0], str(error)))
                else:
                    middle = len(part) // 2
                    pending += [part[middle:], part[:middle]]
        return result

    def _attempt(self, plans: list[FixPlan]) -> _Result:
        choice = settle_overlaps(plans)
        try:
            changes = self._changes(choice.chosen)
            first, moves = _spliced(self._before.source, changes)
            source, moves = self._cleaned(choice.chosen, first, moves)
            version = Version(source, source.parse())
            edits = [edit for plan in choice.chosen for edit in plan.edits]
            touched = verify_text(self._before, version, moves, edits)
            shorter = self._shortened(version, moves, touched)
            verify_names(self._before, shorter, moves, touched)
            if shorter is not version:
                shorter.flow().close()
        except SourceError as error:
            raise _RefusedError("the rewritten file would not be valid Python") from error
        except (OverlapError, SharedLineError, VerificationError) as error:
            raise _RefusedError(str(error)) from error
        except UnicodeEncodeError as error:
            letter = error.object[error.start : error.end]
            raise _RefusedError(f"the file's encoding {error.encoding} has no {letter!r}") from error
        except RecursionError as error:
            raise _RefusedError("the code is nested too deeply to be verified") from error
        except IndexError as error:
            # Python 3.11 gives wrong positions in nested f-strings over several lines.
            raise _RefusedError("positions in an f-string are unreliable") from error
        return _Result(choice, version, moves)

    def _changes(self, plans: Sequence[FixPlan]) -> list[Change]:
        changes: list[Change] = []
        doomed = []
        for edit in (edit for plan in plans for edit in plan.edits):
            if edit.delete_statement:
                place = self._statements.at(edit.start)
                assert place is not None
                doomed.append(place)
            else:
                changes.append(Change(edit.start, edit.end, edit.text))
        changes += deletions(self._statements, doomed)
        for module in sorted({plan.needs_import for plan in plans if plan.needs_import}):
            needing = [plan for plan in plans if plan.needs_import == module]
            if not all(is_bound(self._statements, self._before.flow(), plan.start, module) for plan in needing):
                changes.append(import_change(self._before.source, self._before.tree, module))
        return changes

    def _cleaned(self, plans: Sequence[FixPlan], first: SourceText, moves: Splice) -> tuple[SourceText, Splice]:
        """Phase two: the cleaned text, and the splice from the original one to it."""
        candidates = [
            Candidate(candidate.name, moved)
            for plan in plans
            for candidate in plan.candidates
            if (moved := moves.moved_start(candidate.start)) is not None
        ]
        if not candidates:
            return first, moves
        changes = self._dead(candidates, first, moves)
        if not changes:
            return first, moves
        cleaned, further = _spliced(first, changes)
        return cleaned, moves.then(further)

    def _dead(self, candidates: Sequence[Candidate], first: SourceText, moves: Splice) -> list[Change]:
        """The changes to the first new text that take out what died."""
        old, new = self._before.source.u8, first.u8
        read = {
            word for region in moves.regions for word in _WORD.findall(old[region.start : region.end].decode("utf-8", "replace"))
        }
        if first.encoding == "utf-8":
            outline = Outline(self._statements, moves)
            near = b" ".join(
                [old[start:end] for start, end in outline.touched]
                + [old[region.start : region.end] for region in moves.regions]
                + [new[region.new_start : region.new_end] for region in moves.regions]
            )
            asked = words(near).intersection(map(str.encode, self._imported()))
            known = frozenset(map(bytes.decode, asked))
            try:
                return self._dead_in(first, outline.parse(first, asked), candidates, read, known)
            except PartialTextError:
                pass
        return self._dead_in(first, first.parse(), candidates, read, None)

    def _dead_in(
        self,
        first: SourceText,
        tree: ast.Module,
        candidates: Sequence[Candidate],
        read: set[str],
        known: frozenset[str] | None,
    ) -> list[Change]:
        flow = Flow(tree)
        try:
            return Cleanup(first, tree, flow, self._path, read, known, self._kept).changes(candidates)
        finally:
            flow.close()

    def _imported(self) -> set[str]:
        """The names that the old text imports at module level."""
        flow = self._before.flow()
        return {one.name for one in flow.all_definitions() if one.kind == "import" and one.scope is flow.module}

    def _shortened(self, version: Version, moves: Splice, touched: Touched) -> Version:
        """A version with as much of its tree as the names need that the rewrite has touched."""
        if self._reuses_flow is not None and self._reuses_flow(version.source):
            return version
        statements = Statements(version.source, version.tree)
        names = frozenset(name.encode() for name in touched.bound)
        shorter = Version(version.source, Outline(self._statements, moves).shortened(statements, names))
        flow = shorter.flow()
        return version if any(flow.parent(name) is None for name in touched.read) else shorter


def _spliced(source: SourceText, changes: Iterable[Change]) -> tuple[SourceText, Splice]:
    u8, moves = splice(source.u8, changes)
    return SourceText(source.encode_back(u8)), moves


def settle_overlaps(plans: Sequence[FixPlan]) -> _Choice:
    """Decide between plans whose edits overlap: the lower rank wins, then the one that stands first.

    A plan whose overlapping edits lie wholly inside the winner's is swallowed: what it was to change is gone.
    One that overlaps in part is refused.
    """
    taken: list[tuple[int, int]] = []  # sorted, not overlapping
    chosen: list[FixPlan] = []
    swallowed: list[FixPlan] = []
    refused: list[tuple[FixPlan, str]] = []
    for plan in sorted(plans, key=lambda plan: (plan.rank, plan.start)):
        overlaps = [_overlap(taken, edit) for edit in plan.edits]
        if all(overlap == "inside" for overlap in overlaps):
            swallowed.append(plan)
        elif any(overlaps):
            refused.append((plan, "another rewrite changes the same code"))
        else:
            chosen.append(plan)
            for edit in plan.edits:
                bisect.insort(taken, (edit.start, edit.end))
    return _Choice(tuple(chosen), tuple(swallowed), tuple(refused))


def _overlap(taken: list[tuple[int, int]], edit: Edit) -> str:
    """`inside` when an accepted edit holds all of `edit`, `partly` when they share bytes, else ""."""
    index = bisect.bisect_right(taken, (edit.start, edit.end)) - 1
    for start, end in taken[max(index, 0) : index + 2]:
        if start <= edit.start and edit.end <= end and start < end and (edit.start < edit.end or start < edit.start < end):
            return "inside"
        if start < edit.end and edit.start < end:
            return "partly"
    return ""
