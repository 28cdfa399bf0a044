"""Whether somebody has written into a metadata.json past the recorder."""

from __future__ import annotations

import json

from recorder.storage.index import RunIndex
from recorder.storage.journal import split_lines

_MISSING = object()


def is_edited(shown: bytes, journal: bytes) -> bool:
    """Whether a metadata.json says what its run has never said; one that is merely behind the journal is not edited.

    Args:
        shown: the content of metadata.json.
        journal: the content of entities.jsonl.
    """
    try:
        document = json.loads(shown)
        entities = document.pop("entities")
        count = len(entities)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return True
    index = RunIndex()
    for line in split_lines(journal)[0]:
        index.apply(line)
        # An older version's metadata.json may lack a key.
        if len(index) == count and all(index.summary().get(key, _MISSING) == value for key, value in document.items()):
            return bool([record.entity for record in index.records] != entities)
        if len(index) > count:
            break
    return True
