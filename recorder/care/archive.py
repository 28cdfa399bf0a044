"""Archives of runs: what the export and the import have in common."""

from __future__ import annotations

from pathlib import Path

from recorder.storage.paths import leads_outside

_DEEPEST = 3  # run/group/file
_ENDINGS = (".zip", ".tar.gz", ".tgz")


class ArchiveError(ValueError):
    """An archive that cannot be written or taken in; the message says which part and why. Nothing was changed."""


def is_zip(archive: Path) -> bool:
    """Whether it is to be a .zip; else it is a compressed tar.

    Raises:
        ArchiveError: The name ends with neither.
    """
    if not archive.name.lower().endswith(_ENDINGS):
        raise ArchiveError(f"{archive.name}: an archive is a file that ends with .zip or .tar.gz")
    return archive.name.lower().endswith(".zip")


def is_member(name: str) -> bool:
    """Whether a file of a run may be called that in an archive: `run/file` or `run/group/file`, nothing hidden."""
    parts = name.split("/")
    return not leads_outside(name) and 2 <= len(parts) <= _DEEPEST and not any(p.startswith(".") or not p for p in parts)
