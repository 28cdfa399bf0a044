"""The tags of a run: short names that people give it to find it again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recorder.storage.run_storage import RunStorage

_LONGEST = 100


def check_tag(name: str) -> str:
    """The name if it can be a tag.

    Raises:
        ValueError: It is empty or too long, or holds white space or what cannot be printed.
    """
    if not name or len(name) > _LONGEST or not name.isprintable() or any(character.isspace() for character in name):
        raise ValueError(f"a tag has 1 to {_LONGEST} characters and no white space: {name!r}")
    return name


def change_tags(folder: Path, names: Sequence[str], removed: Sequence[str] = ()) -> list[str]:
    """Give a run tags and take others away; returns all that it has now.

    Raises:
        ValueError: A name cannot be a tag.
        OSError: The run cannot be written to. Nothing was changed.
    """
    named = list(map(check_tag, names))
    storage = RunStorage(folder, {"run_id": folder.name})
    try:
        return storage.change_tags(lambda tags: [tag for tag in dict.fromkeys([*tags, *named]) if tag not in removed])
    finally:
        storage.close()
