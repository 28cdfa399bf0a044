"""What a fix wants done to one file, as plain data: edits by byte offset, and what they may leave dead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the bytes `start:end` (offsets in `SourceText.u8`) by `text`; `delete_statement` marks a statement that goes
    with its line, its trailing comment and the comments that belong to it."""

    start: int
    end: int
    text: bytes = b""
    delete_statement: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A definition that the edits may have left without a reader: an assignment, or one alias of an import.

    Attributes:
        name: The bound name.
        start: Offset of its statement in the source before the edits.
    """

    name: str
    start: int


@dataclass(frozen=True, slots=True)
class FixPlan:
    """One fix.

    Attributes:
        code: The rule that offers it; it is applied when that code is selected.
        start: Offset of the finding that it belongs to, its identity within the file.
        level: `safe` or `unsafe`.
        edits: In order, not overlapping.
        candidates: What phase two may clean up.
        introduced: Names that the emitted text binds.
        needs_import: Module that the emitted text reads and that may be missing (`os`), or "".
        rank: Where two plans overlap, the lower rank wins (a block fix swallows the rename inside it).
    """

    code: str
    start: int
    level: str
    edits: tuple[Edit, ...]
    candidates: tuple[Candidate, ...] = ()
    introduced: frozenset[str] = frozenset()
    needs_import: str = ""
    rank: int = 0
