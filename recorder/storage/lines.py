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
import math
import re
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

from recorder.storage.json_values import DEEPEST, check_depth, dump, plain

FORMAT = 1
"""The version of the journal. A later one means that a writer of this version would do harm."""

_NUMBER = re.compile(r"(\d{1,6})_")
DEEPEST_LINE = DEEPEST + 3
"""The metadata lie in the entity, and that in the line."""


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

    A named tuple, because one is made for every line and those are cheap.
    """

    entity: dict[str, Any]
    """{sequence, type, filename, timestamp, metadata} as it goes into metadata.json. Nobody changes it: it is not copied."""
    size: int | None = None
    """Bytes that were saved; None in runs of an old version."""
    sha256: str | None = None
    """Of the content, in hexadecimal; None where checksums were off."""
    more: Mapping[str, Any] | None = None
    """What a newer version says of it beside the entity."""

    @property
    def filename(self) -> str:
        """Its file, relative to the run folder."""
        name: str = self.entity["filename"]
        return name


class Fact(NamedTuple):
    """Any other line: what it is about (`run`, `state`, `tags`, or "" for what this version does not know)."""

    kind: str
    value: Any
    line: bytes
    format: int | None = None
    old_layout: bool = False


def now() -> str:
    """The time as it is stored: UTC with its zone, in microseconds."""
    seconds, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
    return f"{_second(seconds)}.{microseconds:06d}+00:00"


@lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    # Several times faster than datetime.isoformat, which a small save would feel.
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def entity_line(record: Record, entity: bytes | None = None) -> bytes:
    """The journal line of an entity; `entity` is its JSON, where that has been made already."""
    entity = entity or dump(record.entity)
    if record.more is None and record.size is not None:  # every save; the rest are old and newer versions
        digest = "" if record.sha256 is None else f'"sha256": "{record.sha256}", '
        return b'{"size": %d, %b"entity": %b}\n' % (record.size, digest.encode(), entity)
    beside = {"size": record.size, "sha256": record.sha256, **(record.more or {})}
    known = {key: value for key, value in beside.items() if value is not None}
    return b'%b"entity": %b}\n' % (dump(known)[:-1] + b", " if known else b"{", entity)


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
    text = line.decode("utf-8").strip()
    value, end = _decode(text)
    if end != len(text) or not isinstance(value, dict):
        raise ValueError("not one JSON object")
    if line.count(b"{") + line.count(b"[") > DEEPEST:
        check_depth(value, DEEPEST_LINE)
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
    entity, size, sha256 = value.pop("entity"), value.pop("size", None), value.pop("sha256", None)
    if not isinstance(entity, dict):
        raise ValueError("the entity is no object")
    if not (
        type(entity.get("sequence")) is int
        and isinstance(entity.get("type"), str)
        and isinstance(entity.get("filename"), str)
        and isinstance(entity.setdefault("timestamp", None), str | None)
        and isinstance(entity.setdefault("metadata", {}), dict)
        and (size is None or type(size) is int)
        and isinstance(sha256, str | None)
    ):
        raise ValueError("not what an entity holds")
    return Record(entity, size, sha256, value or None)


_CHECKS = {
    "run": lambda value: isinstance(value, dict),
    "state": lambda value: isinstance(value, dict) and "stage" in value and "step" in value,
    "tags": lambda value: isinstance(value, list) and all(isinstance(tag, str) for tag in value),
}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _refuse(text)
    return number


_decode = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite).raw_decode
