"""Unified diffs of bytes, which `git apply` and `patch -p1` take: newlines, encodings and a missing last newline kept."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from lint_plugin.reports import plain_path

_CONTEXT = 3


def unified_diff(path: str, old: bytes, new: bytes) -> bytes:
    """The diff of one file.

    Args:
        path: The file; named from the current folder when it lies below it.
        old: Its bytes.
        new: What they would become.
    """
    left, right = list(io.BytesIO(old)), list(io.BytesIO(new))  # as patch counts lines: only a line feed ends one
    parts = [b"--- " + _label("a/", path), b"+++ " + _label("b/", path)]
    for hunk in SequenceMatcher(None, left, right).get_grouped_opcodes(_CONTEXT):
        first, last = hunk[0], hunk[-1]
        parts.append(b"@@ -%s +%s @@\n" % (_span(first[1], last[2]), _span(first[3], last[4])))
        for tag, i1, i2, j1, j2 in hunk:
            if tag == "equal":
                parts.extend(_marked(b" ", left[i1:i2]))
            else:
                parts.extend(_marked(b"-", left[i1:i2]))
                parts.extend(_marked(b"+", right[j1:j2]))
    return b"".join(parts)


def _marked(mark: bytes, lines: Sequence[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield mark + line if line.endswith(b"\n") else mark + line + b"\n\\ No newline at end of file\n"


def _span(start: int, end: int) -> bytes:
    length = end - start
    if length == 1:
        return b"%d" % (start + 1)
    return b"%d,%d" % (start if length == 0 else start + 1, length)


def _label(prefix: str, path: str) -> bytes:
    """A file name as git writes it: quoted when it holds control characters, with a tab after it when it holds a space."""
    name = os.fsencode(prefix + plain_path(path).lstrip("/"))
    if any(byte < 0x20 or byte in b'\x7f"\\' for byte in name):
        quoted = b"".join(
            b"\\" + bytes((byte,)) if byte in b'"\\' else b"\\%03o" % byte if byte < 0x20 or byte == 0x7F else bytes((byte,))
            for byte in name
        )
        return b'"' + quoted + b'"\n'
    return name + (b"\t\n" if b" " in name else b"\n")
