"""What can still be read of a metadata.json that was torn in the middle: its whole members and entries."""

from __future__ import annotations

import json
import logging
import os
import re
from pathlib import Path
from typing import Any

from recorder.runs.files import BROKEN_PREFIX
from recorder.storage.index import RunIndex
from recorder.storage.paths import read_regular
from recorder.storage.snapshot import SNAPSHOT_NAME

logger = logging.getLogger(__name__)

_DECODER = json.JSONDecoder(parse_constant=str)
_BETWEEN = re.compile(r"[\s,:]*")
_ENTITIES = "entities"


def read_torn_object(content: bytes) -> dict[str, Any]:
    """The members of a JSON object up to where it breaks off; of `entities`, the entries that are whole."""
    text = content.decode("utf-8", "replace")
    found: dict[str, Any] = {}
    position = text.find("{") + 1
    while position:
        try:
            key, position = _DECODER.raw_decode(text, _skip(text, position))
            position = _skip(text, position)
            if not isinstance(key, str):
                break
            if key == _ENTITIES and text.startswith("[", position):
                found[key], position = _whole_elements(text, position + 1)
            else:
                value, position = _DECODER.raw_decode(text, position)
                if position == len(text):  # a number may go on behind the tear
                    break
                found[key] = value
        except (ValueError, RecursionError):
            break
    return found


def _whole_elements(text: str, position: int) -> tuple[list[Any], int]:
    elements: list[Any] = []
    while True:
        position = _skip(text, position)
        if text.startswith("]", position):
            return elements, position + 1
        try:
            element, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            return elements, len(text)
        elements.append(element)


def _skip(text: str, position: int) -> int:
    match = _BETWEEN.match(text, position)
    assert match is not None
    return match.end()


def remembered(folder: Path) -> RunIndex:
    """What every metadata.json of a run says, broken ones too: its own and those that were put aside."""
    index = RunIndex()
    for name in sorted(os.listdir(folder)):
        if name != SNAPSHOT_NAME and not name.startswith(BROKEN_PREFIX):
            continue
        try:
            document = read_torn_object(read_regular(folder / name))
            index.load_snapshot(json.dumps(document).encode())
        except (OSError, ValueError, TypeError, RecursionError) as error:
            logger.warning("%s: %s", folder / name, error)
    return index
