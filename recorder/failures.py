"""What a failure says of itself, in the words that a run keeps."""

from __future__ import annotations

from traceback import TracebackException
from typing import Any

LONGEST_TEXT = 10_000
"""Characters of a repr or a traceback that are kept."""


def told(error: BaseException | str) -> tuple[str, str, dict[str, Any] | None]:
    """Type, message and details of a failure; of an exception its traceback. One that cannot say anything raises nothing here."""
    if not isinstance(error, BaseException):
        return "Failed", str(error), None
    report = TracebackException.from_exception(error)
    _, _, message = list(report.format_exception_only())[-1].partition(": ")
    return type(error).__name__, message.rstrip("\n"), {"traceback": "".join(report.format())[-LONGEST_TEXT:]}
