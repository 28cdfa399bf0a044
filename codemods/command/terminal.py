"""What depends on the terminal: how text gets to a stream, whether it may be coloured, and how an error is said."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TextIO

from lint_plugin.reports.text import escaped


class StreamError(Exception):
    """A standard stream cannot be used: it is closed, or the disk behind it is full, say. The text says why."""


def open_missing_outputs() -> None:
    """Give a process that was started without standard output or standard error (`>&-`) ones that lead nowhere.

    They also take the numbers that a file of the project would get, into which output would then go.
    """
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")


def read_input() -> bytes:
    """All of standard input.

    Raises:
        StreamError: It is closed or cannot be read.
    """
    if sys.stdin is None:
        raise StreamError("cannot read standard input: it is closed")
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise StreamError(f"cannot read standard input: {error.strerror}") from error


def write_bytes(stream: TextIO, content: bytes) -> None:
    """Write bytes to a text stream, after all that was written to it before.

    Raises:
        BrokenPipeError: Its reader has gone.
        StreamError: It cannot be written for another reason.
    """
    try:
        stream.buffer.write(content)
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StreamError(f"cannot write the output: {error.strerror}") from error


def writer(stream: TextIO) -> Callable[[str], None]:
    """A function that writes text to a stream in its encoding and never fails on a character it lacks."""
    encoding = stream.encoding or "utf-8"

    def write(text: str) -> None:
        write_bytes(stream, text.encode(encoding, "backslashreplace"))

    return write


def uses_colour(stream: TextIO, when: str = "auto") -> bool:
    """Whether to colour what goes to a stream: `always`, `never`, or where it is a terminal whose user wants it so (see
    no-color.org)."""
    if when != "auto":
        return when == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def error_line(path: str, line: int, message: str) -> str:
    """`path:line: error: message`, safe for a terminal."""
    place = f"{path}:{line}" if line else path
    return f"{escaped(place)}: error: {escaped(message)}\n"


def coloured(diff: bytes) -> str:
    """A unified diff for a terminal: colours, and control characters escaped."""
    shades = {"+": "32", "-": "31", "@": "36"}
    lines = []
    for line in diff.decode("utf-8", "backslashreplace").split("\n")[:-1]:
        text = "\t".join(escaped(part) for part in line.split("\t"))
        shade = "1" if line.startswith(("--- ", "+++ ")) else shades.get(line[:1], "")
        lines.append(f"\x1b[{shade}m{text}\x1b[0m\n" if shade else f"{text}\n")
    return "".join(lines)
