"""Carrying fixes out on one file: overlaps settled, edits made, dead code cleaned up, the result verified.

Everything is done for all plans of a file at once. A plan that LibCST cannot carry out, or that does not hold, is refused and the
others are carried out without it; where it cannot be told which one that is, they are tried one by one.
"""

from __future__ import annotations

import ast
import bisect
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from codemods.edits import (
    AddImport,
    Candidate,
    Edit,
    FixPlan,
    LocatedEdit,
    Removal,
    RemoveStatement,
    RemoveTupleParts,
    RenameAttribute,
    ReplaceStatement,
    Span,
)
from codemods.proofs.own_value import tuple_parts
from codemods.rewrite.cleanup import Cleanup
from codemods.rewrite.printing import LibcstError, Printer, print_slices
from codemods.rewrite.statements import Statements, stands_alone
from codemods.rewrite.verify import Comparison, VerificationError, Version
from codemods.rewrite.verify_names import verify_names
from lint_plugin.flow.reaching import Flow
from lint_plugin.source.text import SourceError, SourceText


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of the plans of one file.

    Attributes:
        source: The new text; the old one when nothing was done.
        tree: Its tree.
        flow: Its flow where it was computed, else None.
        done: The plans that are in it, and those that another plan's rewrite made needless.
        refused: The others, each with the reason in plain words.
        removed: Byte ranges of statements of the original `u8` that were replaced or removed, in order.
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
    *,
    path: str = "",
    imported: Callable[[], Collection[str]] = tuple,
    tree: ast.Module | None = None,
    flow: Flow | None = None,
    printer: Printer = print_slices,
) -> Applied:
    """Carry out `plans` on `source`.

    Args:
        source: The text that the plans' spans count in.
        plans: In any order.
        path: The file's name; imports of an `__init__.py` are never cleaned up.
        imported: Gives the names that other files import from this one, `*` for all; its imports of them stay. Called only
            when an import would go.
        tree, flow: The text's tree and flow where the caller has them.
        printer: Carries edits out on a text.

    Raises:
        SourceError: `source` cannot be parsed.
    """
    before = Version(source, source.parse() if tree is None else tree, flow)
    return _Session(before, path, printer, imported).run(plans)


class _RefusedError(Exception):
    """Plans cannot be carried out together.

    Attributes:
        reason: Why.
        blamed: The plans that are to blame, each with its own reason, where that is known.
    """

    def __init__(self, reason: str, blamed: Sequence[tuple[FixPlan, str]] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.blamed = blamed


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which plans are carried out, after overlaps are settled."""

    chosen: tuple[FixPlan, ...]
    swallowed: tuple[FixPlan, ...]
    refused: tuple[tuple[FixPlan, str], ...]


class _Session:
    """The work on one file."""

    def __init__(self, before: Version, path: str, printer: Printer, imported: Callable[[], Collection[str]]) -> None:
        self._before = before
        self._path = path
        self._printer = printer
        self._imported = imported
        self._statements = Statements(before.source, before.tree)

    def run(self, plans: Sequence[FixPlan]) -> Applied:
        """The result of all plans, or of as many as go together."""
        ordered = sorted(plans, key=lambda plan: (plan.rank, plan.start))
        objections = {id(plan): self._objection(plan) for plan in ordered}
        refused = [(plan, objections[id(plan)]) for plan in ordered if objections[id(plan)]]
        ordered = [plan for plan in ordered if not objections[id(plan)]]
        applied = Applied(self._before.source, self._before.tree, self._before.known_flow, (), (), ())
        while ordered:
            try:
                applied = self._attempt(ordered)
                break
            except _RefusedError as error:
                if not error.blamed:
                    applied = self._one_by_one(ordered, applied, refused)
                    break
                refused += error.blamed
                gone = {id(plan) for plan, _ in error.blamed}
                ordered = [plan for plan in ordered if id(plan) not in gone]
        return replace(applied, refused=(*refused, *applied.refused))

    def _one_by_one(self, plans: Sequence[FixPlan], applied: Applied, refused: list[tuple[FixPlan, str]]) -> Applied:
        """The result of each plan that goes together with those before it; the others are added to `refused`."""
        good: list[FixPlan] = []
        for plan in plans:
            try:
                applied = self._attempt([*good, plan])
                good.append(plan)
            except _RefusedError as error:
                refused.append((plan, error.blamed[0][1] if error.blamed else error.reason))
        return applied

    def _objection(self, plan: FixPlan) -> str:
        """Why a plan cannot be carried out whatever the others do, or ""."""
        for edit in plan.edits:
            place = self._statements.at(edit.span.start) if isinstance(edit, (RemoveStatement, ReplaceStatement)) else None
            if place is not None and not stands_alone(self._before.source, place.statement):
                return f"the statement on line {place.statement.lineno} shares its line with another one"
        return ""

    # -- one attempt ---------------------------------------------------------------------------------------------------------

    def _attempt(self, plans: Sequence[FixPlan]) -> Applied:
        choice = settle_overlaps(plans)
        edits = list(dict.fromkeys(edit for plan in choice.chosen for edit in plan.edits))
        try:
            version = self._carried_out(self._before, edits, choice)
            comparison = Comparison(self._before, version, edits)
            removals = self._dead(choice, version, comparison)
            if removals:
                version = self._carried_out(version, [new for new, _ in removals], choice)
                edits += [old for _, old in removals]
                comparison = Comparison(self._before, version, edits)
            verify_names(self._before, version, comparison)
        except SourceError as error:
            raise _RefusedError("the rewritten file would not be valid Python") from error
        except (VerificationError, LibcstError) as error:
            raise _RefusedError(str(error)) from error
        except UnicodeEncodeError as error:
            letter = error.object[error.start : error.end]
            raise _RefusedError(f"the file's encoding {error.encoding} has no {letter!r}") from error
        except RecursionError as error:
            raise _RefusedError("the code is nested too deeply to be verified") from error
        done = sorted((*choice.chosen, *choice.swallowed), key=lambda plan: (plan.start, plan.rank))
        removed = tuple(sorted(self._removed(edits)))
        return Applied(version.source, version.tree, version.known_flow, tuple(done), choice.refused, removed)

    def _carried_out(self, before: Version, edits: Sequence[Edit], choice: _Choice) -> Version:
        """The text after some edits, yet to be verified."""
        printed = self._printer(before.source, before.tree, edits)
        if printed.failed:
            reasons = dict(printed.failed)
            blamed = [(plan, reasons[edit]) for plan in choice.chosen for edit in plan.edits[::-1] if edit in reasons]
            raise _RefusedError(printed.failed[0][1], list(dict(blamed).items()))
        after = Version(printed.source, printed.source.parse())
        if (before.source.encoding, before.source.bom) != (after.source.encoding, after.source.bom):
            raise VerificationError("the file's encoding would change")
        return after

    def _removed(self, edits: Sequence[Edit]) -> Iterable[tuple[int, int]]:
        """The byte ranges of the original that were replaced or removed."""
        for edit in edits:
            if isinstance(edit, (ReplaceStatement, RemoveStatement)):
                yield edit.span.start, edit.span.end
            elif isinstance(edit, RemoveTupleParts):
                place = self._statements.at(edit.span.start)
                parts = tuple_parts(None if place is None else place.statement)
                yield from (self._before.source.span(value) for name, value in parts if name.id in edit.names)

    def _dead(self, choice: _Choice, first: Version, comparison: Comparison) -> list[tuple[Removal, Removal]]:
        """What the rewrite has left dead: each removal as an edit of the new text, and of the original."""
        candidates = []
        statements = Statements(first.source, first.tree)
        for candidate in (candidate for plan in choice.chosen for candidate in plan.candidates):
            place = self._statements.at(candidate.start)
            new = None if place is None else comparison.new_of(place.statement)
            if isinstance(new, ast.stmt):
                candidates.append(Candidate(candidate.name, statements.start(new), candidate.again))
        if not candidates:
            return []
        read = {name.id for name in comparison.was_read}
        removals = []
        for edit in Cleanup(first.source, first.tree, first.flow(), self._path, read, self._imported).edits(candidates):
            place = statements.at(edit.span.start)
            old = None if place is None else comparison.old_of(place.statement)
            if isinstance(old, ast.stmt):  # new code stays
                removals.append((edit, replace(edit, span=Span(*self._statements.span(old)))))
        return removals


# -- overlaps ----------------------------------------------------------------------------------------------------------------


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
        ranges = [_range(edit) for edit in plan.edits if not isinstance(edit, AddImport)]
        overlaps = [_overlap(taken, *one) for one in ranges]
        if overlaps and all(overlap == "inside" for overlap in overlaps):
            swallowed.append(plan)
        elif any(overlaps):
            refused.append((plan, "another rewrite changes the same code"))
        else:
            chosen.append(plan)
            for one in ranges:
                bisect.insort(taken, one)
    return _Choice(tuple(chosen), tuple(swallowed), tuple(refused))


def _range(edit: LocatedEdit) -> tuple[int, int]:
    """The bytes that an edit is about: of an attribute only its name's end, for one may stand in another."""
    return (edit.span.end - 1 if isinstance(edit, RenameAttribute) else edit.span.start), edit.span.end


def _overlap(taken: list[tuple[int, int]], first: int, last: int) -> str:
    """`inside` when an accepted edit holds all of `first:last`, `partly` when they share bytes, else ""."""
    index = bisect.bisect_right(taken, (first, last)) - 1
    for start, end in taken[max(index, 0) : index + 2]:
        if start <= first and last <= end:
            return "inside"
        if start < last and first < end:
            return "partly"
    return ""
