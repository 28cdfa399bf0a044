"""Facts about runs in words for people, the same in the command and in the gallery."""

from __future__ import annotations

from datetime import timedelta
from typing import Any


def size_text(number: float) -> str:
    """A number of bytes: "834 B", "1.5 KB"."""
    if number < 1000:
        return f"{number:.0f} B"
    for unit in ("KB", "MB", "GB"):
        number /= 1000
        if number < 1000:
            return f"{number:.1f} {unit}"
    return f"{number / 1000:.1f} TB"


def length_text(length: timedelta | float) -> str:
    """A length of time, which a number gives in seconds: "3.2 s", "4:05", "1:02:03"."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def state_words(state: dict[str, Any]) -> list[str]:
    """Where a run stands: the step, then the stage and the progress where they tell something: "safety", "stage 2", "3/6"."""
    words = [str(state["step"])]
    if state["stage"] not in (0, "", None):
        words.append(f"stage {state['stage']}")
    if "/" in str(state["progress"]):  # else it is the number of types, which says nothing of how far the run is
        words.append(str(state["progress"]))
    return words
