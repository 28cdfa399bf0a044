"""A finding: one place that goes around the recorder, as plain data that any report can print."""

from __future__ import annotations

from dataclasses import dataclass

SAFE = "safe"
UNSAFE = "unsafe"
LEFT = "left"
# The codes of the writes themselves; what is wrong with a write's name, path or extension belongs to one of these.
WRITES = ("LPR201", "LPR202")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding in one file.

    Attributes:
        path: The file as it was named on the command line or found below a folder; `-` is standard input.
        line, column: Where it starts; both count from 1, columns in characters.
        end_line, end_column: Where it ends, exclusive.
        code, name: The rule (`LPR201`, `bypassed-storage-copy`).
        message: What is wrong, in one sentence.
        level: `safe`, `unsafe` or `left`.
        reason: Why it is unsafe or left, in plain words; empty when safe.
        start, end: The same span as byte offsets in the UTF-8 form of the file without its BOM.
        fixed: Whether this run has rewritten it.
        write: Where the write begins that it belongs to, as `start`; -1 where it belongs to none.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    code: str
    name: str
    message: str
    level: str = LEFT
    reason: str = ""
    start: int = 0
    end: int = 0
    fixed: bool = False
    write: int = -1


@dataclass(frozen=True, slots=True)
class FileError:
    """Something that went wrong with one file, or with a path or key that was named.

    Attributes:
        path: The file, or what was named.
        line: The line it happened on, from 1; 0 where no line can be named.
        message: What happened and what to do about it.
    """

    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class FileResult:
    """What the work on one file came to.

    Attributes:
        path: The file.
        findings: Every finding that selection, noqa and per-file ignores let through, in order of position. Those
            with `fixed` stand where they stood in `old`; the others where they stand in the file as it now is
            (in `new` when there is one and it is to be written, in `old` otherwise).
        errors: What went wrong; a file with an error is never rewritten.
        old: The bytes that were read.
        new: The bytes to write, or None when nothing changes.
        unwritten: The findings as they stand in `old`, for when `new` is not written; those that it would fix are marked.
        needs: What has to be known of the project first: its `facts`, or the part of them of that name; nothing else is set.
        recorders: Different expressions that were recognised as a recorder, each counted once a function.
        folders: Places that read a folder of a recorder's run.
        unused_noqa: Lines with a `# noqa` that names one of our codes and silences nothing, with those codes.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    errors: tuple[FileError, ...] = ()
    old: bytes = b""
    new: bytes | None = None
    unwritten: tuple[Finding, ...] = ()
    needs: str = ""
    unused_noqa: tuple[tuple[int, str], ...] = ()
    recorders: int = 0
    folders: int = 0
