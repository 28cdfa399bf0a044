"""How much work the flow does, without a clock."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest


@pytest.fixture
def calls() -> Callable[[Callable[[], object]], int]:
    """Counts the calls that something makes, of functions in Python and in C."""

    def count(do: Callable[[], object]) -> int:
        made = 0

        def note(frame: FrameType, event: str, argument: Any) -> None:
            nonlocal made
            made += event in ("call", "c_call")

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            do()
        finally:
            sys.setprofile(before)
        return made

    return count
