"""How a reason names a place in another file."""

from __future__ import annotations

import os

from lint_plugin.config.reading import shown as from_here


def shown(place: str) -> str:
    """A place (`path:line`) from the current folder; a whole path stays whole where it lies outside that folder."""
    return from_here(place) if os.path.isabs(place) else os.path.relpath(place)
