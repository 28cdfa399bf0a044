"""The lines of a journal: one JSON object each, made here and read here.

    {"format": 1, "run": {"run_id": "run_42", ...}}            the first line; later ones without "format" add to it
    {"size": 5, "sha256": "2cf2...", "entity": {"sequence": 1, "type": "input", "filename": "01_input.txt", ...}}
    {"state": {"stage": 2, "step": "safety"}}                  "finished" and "error" stand in it once the run is over
    {"tags": ["best"]}                                         the run's tags, all of them

A line counts as what it says once it is parsed, and only that form is written on. Other keys and other kinds of lines belong
to a newer version: they are kept as they are.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

from recorder.storage.json_values import dump, plain, quoted

FORMAT = 1
"""The version of the journal. A later one means that a writer of this version would do harm."""

_NUMBER = re.compile(r"(\d{1,6})_")
_OWN_KEYS = frozenset({"size", "sha256", "entity"})


def number_of(filename: str) -> int:
    """The sequence number that a file name starts with, 0 if none.

    Seven digits and more are a date or an id, no number.
    """
    match = _NUMBER.match(filename)
    return int(match.group(1)) if match else 0


def group_of(filename: str) -> str:
    """The group of an indexed file; "" for the run itself."""
    return filename.rpartition("/")[0]


class Record(NamedTuple):
    """One entity as it stands in the journal.

    A named tuple, because one is made at every save and those are cheap.
    """

    sequence: int
    entity_type: str
    filename: str
    json: bytes
    """The entity {sequence, type, filename, timestamp, metadata} as it goes into metadata.json."""
    size: int | None
    """Bytes that were saved; None in runs of an old version."""
    sha256: str | None = None
    """Of the content, in hexadecimal; None where checksums were off."""
    more: Mapping[str, Any] | None = None
    """What a newer version says of it beside the entity."""


class Fact(NamedTuple):
    """Any other line: what it is about (`run`, `state`, `tags`, or "" for what this version does not know)."""

    kind: str
    value: Any
    line: bytes
    format: int | None = None
    old_layout: bool = False


def new_record(
    sequence: int, entity_type: str, filename: str, metadata: str, size: int, sha256: str | None = None, timestamp: str = ""
) -> Record:
    """The record of an entity saved now; `metadata` is JSON already."""
    line = (
        f'{{"sequence": {sequence}, "type": {quoted(entity_type)}, "filename": {quoted(filename)}, '
        f'"timestamp": "{timestamp or now()}", "metadata": {metadata}}}'
    )
    return Record(sequence, entity_type, filename, line.encode(), size, sha256)


def now() -> str:
    """The time as it is stored: UTC with its zone, in microseconds."""
    seconds, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
    return f"{_second(seconds)}.{microseconds:06d}+00:00"


@lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    # Several times faster than datetime.isoformat, which a small save would feel.
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def entity_line(record: Record) -> bytes:
    """The journal line of an entity."""
    if record.more is None and record.size is not None:  # every save; the rest are old and newer versions
        digest = "" if record.sha256 is None else f'"sha256": "{record.sha256}", '
        return b'{"size": %d, %b"entity": %b}\n' % (record.size, digest.encode(), record.json)
    beside = {"size": record.size, "sha256": record.sha256, **(record.more or {})}
    known = {key: value for key, value in beside.items() if value is not None}
    return b'%b"entity": %b}\n' % (dump(known)[:-1] + b", " if known else b"{", record.json)


def run_line(info: Mapping[str, Any], *, first: bool = False, old_layout: bool = False) -> bytes:
    """The journal line that says what the run is; the first one says the format as well."""
    head = {"format": FORMAT, **({"layout": "final"} if old_layout else {})} if first else {}
    return dump({**head, "run": dict(info)}) + b"\n"


def state_line(state: Mapping[str, Any]) -> bytes:
    """The journal line of a change of state."""
    return b'{"state": %b}\n' % dump(plain(dict(state), "state"))


def tags_line(tags: Sequence[str]) -> bytes:
    """The journal line that gives the run its tags, all of them."""
    return b'{"tags": %b}\n' % dump(plain(list(tags), "tags"))


def read_line(line: bytes) -> Record | Fact:
    """What a line of a journal says.

    Raises:
        ValueError: the line is damaged: no JSON object that can be written again, or one without what its kind needs.
        RecursionError: the same, nested too deeply.
    """
    value = _decode(line.decode("utf-8"))
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    if "entity" in value:
        return _record(value)
    kind = next((kind for kind in _CHECKS if kind in value), "")
    if kind and not _CHECKS[kind](value[kind]):
        raise ValueError(f"not what a line of the kind {kind!r} holds")
    version = value.get("format")
    known = isinstance(version, int)
    return Fact(
        kind, value.get(kind), dump(value) + b"\n", version if known else None, kind == "run" and value.get("layout") == "final"
    )


def _record(value: dict[str, Any]) -> Record:
    entity, size, sha256 = value["entity"], value.get("size"), value.get("sha256")
    if not isinstance(entity, dict):
        raise ValueError("the entity is no object")
    entity.setdefault("timestamp", None)
    entity.setdefault("metadata", {})
    sequence, entity_type, filename = entity.get("sequence"), entity.get("type"), entity.get("filename")
    if not (
        type(sequence) is int
        and isinstance(entity_type, str)
        and isinstance(filename, str)
        and isinstance(entity["timestamp"], str | None)
        and isinstance(entity["metadata"], dict)
        and (size is None or type(size) is int)
        and isinstance(sha256, str | None)
    ):
        raise ValueError("not what an entity holds")
    more = None if value.keys() <= _OWN_KEYS else {key: value[key] for key in value.keys() - _OWN_KEYS}
    if more:
        dump(more)
    return Record(sequence, entity_type, filename, dump(entity), size, sha256, more)


_CHECKS = {
    "run": lambda value: isinstance(value, dict),
    "state": lambda value: isinstance(value, dict) and "stage" in value and "step" in value,
    "tags": lambda value: isinstance(value, list) and all(isinstance(tag, str) for tag in value),
}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_decode = json.JSONDecoder(parse_constant=_refuse).decode
