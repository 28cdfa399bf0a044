"""One entity of a run, to read."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recorder.runs.files import find_file, read_file
from recorder.storage.lines import group_of


@dataclass(frozen=True, slots=True)
class Entity:
    """One saved file of a run, with what the index says of it.

    Attributes:
        folder: The run folder.
        record: The entry as it stands in the index: sequence, type, filename, timestamp, metadata. To change it, copy it.
        size: Its size in bytes when it was saved; None where the index does not say.
        sha256: The SHA-256 of its bytes when it was saved, in hexadecimal; None where the index does not say.
    """

    folder: Path
    record: dict[str, Any]
    size: int | None
    sha256: str | None

    def __repr__(self) -> str:
        return f"<Entity {self.filename!r} of {str(self.folder)!r}>"

    @property
    def sequence(self) -> int:
        """Its number in the run or in its group."""
        number: int = self.record["sequence"]
        return number

    @property
    def type(self) -> str:
        """Its type, such as "input" or "output_image"."""
        kind: str = self.record["type"]
        return kind

    @property
    def filename(self) -> str:
        """Its file as the index calls it: "03_safety.txt", or "steps/001_sketch.png" in a group."""
        name: str = self.record["filename"]
        return name

    @property
    def group(self) -> str:
        """The group that it was saved in; "" for the run itself."""
        return group_of(self.filename)

    @property
    def timestamp(self) -> str | None:
        """When it was saved, as stored: ISO 8601 in UTC; old runs may have no zone or no time at all."""
        time = self.record.get("timestamp")
        return None if time is None else str(time)

    @property
    def metadata(self) -> dict[str, Any]:
        """The metadata that it was saved with."""
        metadata = self.record.get("metadata")
        return metadata if isinstance(metadata, dict) else {}

    @property
    def path(self) -> Path:
        """Where its file is, or where it ought to be if it is missing.

        Raises:
            OSError: What the index names leads out of the run folder, or is a link, a folder, a pipe or a device.
        """
        return self.folder / (find_file(self.folder, self.filename) or self.filename)

    def place(self) -> str | None:
        """Where its file is, relative to the run folder; None where there is no such plain file in the run."""
        try:
            return find_file(self.folder, self.filename)
        except OSError:
            return None

    def stat(self) -> os.stat_result | None:
        """The status of its file as it is now; None where there is no such plain file in the run."""
        place = self.place()
        try:
            return None if place is None else os.lstat(self.folder / place)
        except FileNotFoundError:
            return None

    def read_bytes(self) -> bytes:
        """The content of its file.

        Raises:
            OSError: The file is missing, lies outside of the run, or is no plain file; the error names it.
        """
        return read_file(self.path)

    def read_text(self) -> str:
        """The content of its file as text in UTF-8.

        Raises:
            OSError: As `read_bytes`.
            UnicodeDecodeError: It is no UTF-8.
        """
        return self.read_bytes().decode("utf-8")

    def json(self) -> Any:
        """The content of its file, read as JSON.

        Raises:
            OSError: As `read_bytes`.
            ValueError: It is no JSON; `json.JSONDecodeError` says where.
        """
        return json.loads(self.read_bytes())
