"""What passes through the pipeline."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol


class Kind(enum.Enum):
    IMAGE = "image"
    AUDIO = "audio"
    TEXT = "text"


class Size(NamedTuple):
    width: int
    height: int


@dataclass(slots=True)
class Item:
    """One thing to work on."""

    number: int
    kind: Kind
    data: bytes = b""
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def suffix(self) -> str:
        return {Kind.IMAGE: ".png", Kind.AUDIO: ".mp3", Kind.TEXT: ".txt"}[self.kind]


@dataclass(slots=True)
class Saved:
    """An item, and the file in the run folder that it went to."""

    item: Item
    path: Path
    size: Size | None = None


class Sink(Protocol):
    async def put(self, item: Item) -> Saved: ...
