"""Where results can go; no sink knows what a run is."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from model import Item, Saved


async def write_text(path: Path, text: str) -> None:
    await asyncio.to_thread(path.write_text, text, "utf-8")


def append_line(path: str | os.PathLike[str], line: str) -> None:
    with open(path, "a") as handle:
        handle.write(line + "\n")


class FolderSink:
    """Writes each item as a file of a folder."""

    def __init__(self, folder: Path, prefix: str = "item") -> None:
        self.folder = folder
        self.prefix = prefix

    async def put(self, item: Item) -> Saved:
        path = self.folder / f"{self.prefix}_{item.number}{item.suffix}"
        await asyncio.to_thread(path.write_bytes, item.data)
        return Saved(item, path)


class LineSink:
    """Writes one line for each item into a file."""

    def __init__(self, path: Any) -> None:
        self._handle = open(path, "a")

    async def put(self, item: Item) -> Saved:
        self._handle.write(item.data.decode() + "\n")
        return Saved(item, Path(self._handle.name))

    def close(self) -> None:
        self._handle.close()
