"""Writing files, for plugins; knows nothing of runs."""

from __future__ import annotations

import csv
import json
import os
from typing import Any, Iterable


def write_json(path: os.PathLike[str] | str, value: Any) -> None:
    with open(path, "w", encoding="utf-8") as handle:
        json.dump(value, handle, indent=1)


def write_rows(folder: Any, name: str, rows: Iterable[Iterable[Any]]) -> None:
    with open(os.path.join(folder, name), "w", newline="") as handle:
        csv.writer(handle).writerows(rows)


class Atomic:
    """Writes a file beside its place and then moves it there."""

    def __init__(self, suffix: str = ".part") -> None:
        self.suffix = suffix

    def write(self, path: Any, data: bytes) -> None:
        beside = str(path) + self.suffix
        with open(beside, "wb") as handle:
            handle.write(data)
        os.replace(beside, path)

    @classmethod
    def text(cls, path: Any, text: str) -> None:
        cls().write(path, text.encode())
