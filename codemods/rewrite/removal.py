"""What becomes of the comments and blank lines around statements that are taken out of a block.

A trailing comment goes with its statement. The comment directly above goes too, unless it is longer than one line, is there for a
tool or as a reminder, opens a block of which something stays, or heads a group of imports of which some stay. A comment beyond
a blank line stays. Where two gaps of blank lines meet the longer one stays; none stays at the start of a block.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import libcst as cst

# For a tool, or a note that somebody wants to find again.
_LASTING = re.compile(
    r"#[#:!\s]*(noqa|nosec|pylint|flake8|ruff|mypy|pyright|isort|fmt|yapf|pragma|region|endregion)\b"
    r"|#\s*type:|#\s*%%|\A#!|coding[:=]|\b(TODO|FIXME|XXX|HACK|licen[cs]ed?|copyright|SPDX\S*)\b",
    re.IGNORECASE,
)

Line = cst.EmptyLine
Whole = cst.SimpleStatementLine | cst.BaseCompoundStatement


@dataclass(slots=True)
class Outcome:
    """What becomes of one statement of a block.

    Attributes:
        old: The statement, with what was changed inside it.
        statements: What stands in its place: itself, others, or none.
        is_changed: Whether that is more than what was changed inside it.
        inserted_before, inserted_after: Imports that come in beside it.
        gap: Blank lines that an inserted import needs: behind it where it stands before, else in front of it.
        moved_lines: Lines that stood above and come between what is inserted and the statement.
    """

    old: Whole
    statements: list[cst.BaseStatement]
    is_changed: bool = False
    inserted_before: list[cst.SimpleStatementLine] = field(default_factory=list)
    inserted_after: list[cst.SimpleStatementLine] = field(default_factory=list)
    gap: int = 0
    moved_lines: list[Line] = field(default_factory=list)

    def insert(self, module: str, after: bool, gap: int) -> None:
        """Let an import come in beside the statement."""
        self.is_changed = True
        self.gap = gap
        name = cst.ImportAlias(cst.Name(module))
        (self.inserted_after if after else self.inserted_before).append(cst.SimpleStatementLine([cst.Import([name])]))


def remaining(outcomes: Sequence[Outcome]) -> bool:
    """Whether something is left of a block."""
    return any(one.statements or one.inserted_before or one.inserted_after for one in outcomes)


def with_removals(
    outcomes: Sequence[Outcome], header: Sequence[Line], footer: Sequence[Line]
) -> tuple[list[cst.BaseStatement], list[Line]]:
    """The new body of a block and the lines at its end.

    Args:
        outcomes: What becomes of its statements.
        header: The lines above the first one that are not its own (at the top of a file).
        footer: The lines below the last one that belong to the block.
    """
    body: list[cst.BaseStatement] = []
    above: list[Line] = []  # lines that stay of what was taken out since the last statement
    removed = False  # whether something was
    leads = False
    for number, outcome in enumerate(outcomes):
        lines = list(outcome.old.leading_lines)
        stays = bool(outcome.statements or outcome.inserted_before or outcome.inserted_after)
        if not stays:
            lines = _kept(outcomes, number, lines)
        if removed:
            lines = _joined(above, lines, header if not body else None, stays, leads)
        elif not stays and not body:
            leads = bool(lines) and lines[-1].comment is not None
        above, removed = ([], False) if stays else (lines, True)
        if stays:
            body += _placed(outcome, lines)
    if not removed:
        return body, list(footer)
    if any(line.comment is not None for line in footer):
        return body, _joined(above, list(footer), header if not body else None, False, False)
    while above and _is_blank(above[-1]):
        above.pop()
    return body, [*above, *footer]


def _placed(outcome: Outcome, lines: list[Line]) -> list[cst.BaseStatement]:
    """A statement and what is inserted beside it, with the lines above them."""
    body: list[cst.BaseStatement] = []
    for inserted in outcome.inserted_before:
        body.append(inserted.with_changes(leading_lines=lines))
        lines = list(outcome.moved_lines)
        blank = sum(1 for _ in _leading_blanks(lines))
        lines = [*[Line(indent=False)] * max(outcome.gap - blank, 0), *lines]
    for number, statement in enumerate(outcome.statements):
        assert isinstance(statement, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
        if number == 0:
            own = statement.leading_lines[len(outcome.old.leading_lines) :]
            statement = statement.with_changes(leading_lines=[*lines, *own])
        body.append(statement)
    for inserted in outcome.inserted_after:
        body.append(inserted.with_changes(leading_lines=[Line(indent=False)] * outcome.gap))
    return body


def _kept(outcomes: Sequence[Outcome], number: int, lines: list[Line]) -> list[Line]:
    """The lines above a statement that goes, without the comment that goes with it."""
    own = len(lines)
    while own and _is_own_comment(lines[own - 1]):
        own -= 1
    comments = lines[own:]
    if len(comments) != 1 or _LASTING.search(comments[0].comment.value if comments[0].comment else ""):
        return lines
    opens = all(not one.statements for one in outcomes[:number]) and not any(line.comment for line in lines[:own])
    if opens and number == 0 and remaining(outcomes):
        return lines
    return lines if _heads_imports(outcomes, number) else lines[:own]


def _heads_imports(outcomes: Sequence[Outcome], number: int) -> bool:
    """Whether imports that stay follow directly on an import that goes."""
    if not _is_import(outcomes[number].old):
        return False
    for follower in outcomes[number + 1 :]:
        if not _is_import(follower.old) or follower.old.leading_lines:
            return False
        if follower.statements:
            return True
    return False


def _is_import(statement: Whole) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[0], (cst.Import, cst.ImportFrom))


def _joined(above: list[Line], below: list[Line], start: Sequence[Line] | None, stays: bool, leads: bool) -> list[Line]:
    """Lines that meet where a statement was taken out.

    Args:
        above, below: The lines on both sides.
        start: What stands above all where the statement was the block's first one, else None.
        stays: Whether a statement stands below.
        leads: Whether the block begins with a comment directly above a statement that was taken out.
    """
    gap = list(_leading_blanks(below))
    rest = below[len(gap) :]
    upper = list(_leading_blanks(above[::-1]))
    kept = above[: len(above) - len(upper)]
    if not kept and start is not None:
        upper_start = list(_leading_blanks(list(start)[::-1]))
        if not start or (not upper_start and not rest and stays):
            return rest
        return [*gap[: max(len(gap) - len(upper_start), 0)], *rest]
    if leads and all(line.comment is not None for line in kept) and not rest and stays:
        return kept  # comments that open the block go with what follows
    return [*kept, *(gap if len(gap) >= len(upper) else upper), *rest]


def _leading_blanks(lines: Sequence[Line]) -> list[Line]:
    blanks: list[Line] = []
    for line in lines:
        if not _is_blank(line):
            break
        blanks.append(line)
    return blanks


def _is_blank(line: Line) -> bool:
    return line.comment is None and not line.whitespace.value.strip(" \t")


def _is_own_comment(line: Line) -> bool:
    """Whether a line is a comment at the statement's own indentation."""
    return line.comment is not None and line.indent and not line.whitespace.value
