"""Archives."""

from __future__ import annotations

import tarfile


def unpack(path, target) -> None:
    with tarfile.open(path) as archive:
        archive.extractall(target, filter="data")
