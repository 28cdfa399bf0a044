"""How a reason names a place in another file."""

from __future__ import annotations

import os


def shown(place: str) -> str:
    """A place (`path:line`) as the run names it: from the current folder, or as the folder that was given."""
    return place if os.path.isabs(place) else os.path.relpath(place)
