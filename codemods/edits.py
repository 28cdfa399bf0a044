"""What a fix wants done to one file, as plain data: edits by byte offset, and what they may leave dead."""

from __future__ import annotations

from lint_plugin.record import Record


class Edit(Record):
    """Replace the bytes `start:end` (offsets in `SourceText.u8`) by `text`; `delete_statement` marks a statement that goes
    with its line, its trailing comment and the comments that belong to it."""

    __slots__ = ("start", "end", "text", "delete_statement")

    def __init__(self, start: int, end: int, text: bytes = b"", delete_statement: bool = False) -> None:
        self.start = start
        self.end = end
        self.text = text
        self.delete_statement = delete_statement


class Candidate(Record):
    """A definition that the edits may have left without a reader: an assignment, or one alias of an import.

    Attributes:
        name: The bound name.
        start: Offset of its statement in the source before the edits.
    """

    __slots__ = ("name", "start")

    def __init__(self, name: str, start: int) -> None:
        self.name = name
        self.start = start


class FixPlan(Record):
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

    __slots__ = ("code", "start", "level", "edits", "candidates", "introduced", "needs_import", "rank")

    def __init__(
        self,
        code: str,
        start: int,
        level: str,
        edits: tuple[Edit, ...],
        candidates: tuple[Candidate, ...] = (),
        introduced: frozenset[str] = frozenset(),
        needs_import: str = "",
        rank: int = 0,
    ) -> None:
        self.code = code
        self.start = start
        self.level = level
        self.edits = edits
        self.candidates = candidates
        self.introduced = introduced
        self.needs_import = needs_import
        self.rank = rank
