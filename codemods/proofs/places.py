"""How a reason names a place in another file."""

from __future__ import annotations

import os


def seen_from(path: str, place: str) -> str:
    """A place (`path:line`) as it is seen from a file."""
    return os.path.relpath(os.path.realpath(place), os.path.dirname(os.path.realpath(path)))
