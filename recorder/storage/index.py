"""The index of one run in memory: from journal lines or an old metadata.json to a new one."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from recorder.storage.json_values import dump, dump_text, plain, quoted

DEFAULT_OUTPUTS = ("input", "translation", "safety", "interception", "safety_pre_output", "output_image")
"""The entity types a run is expected to produce, in order, unless the recorder is told otherwise."""

INITIAL_STATE = {"stage": 0, "step": "initialized"}
ERROR_TYPE = "error"

_NUMBER = re.compile(r"(\d{1,6})_")
_ENTITY_MARK = b'"entity": '
_OWN_LINE = (b'{"size": ', b'{"entity": ')
_SEPARATOR = b",\n    "


def number_of(filename: str) -> int:
    """The sequence number that a file name starts with, 0 if none.

    Seven digits and more are a date or an id, no number.
    """
    match = _NUMBER.match(filename)
    return int(match.group(1)) if match else 0


def group_of(filename: str) -> str:
    """The group of an indexed file; "" for the run itself, to which the `final/` of old runs belongs too."""
    group, _, _ = filename.rpartition("/")
    return "" if group == "final" else group


class Record(NamedTuple):
    """One entity as it stands in the journal.

    A named tuple, because one is made at every save and those are cheap.
    """

    sequence: int
    entity_type: str
    filename: str
    json: bytes
    size: int | None


def new_record(sequence: int, entity_type: str, filename: str, metadata: str, size: int) -> Record:
    """The record of an entity saved now; `metadata` is JSON already."""
    line = (
        f'{{"sequence": {sequence}, "type": {quoted(entity_type)}, "filename": {quoted(filename)}, '
        f'"timestamp": "{now()}", "metadata": {metadata}}}'
    )
    return Record(sequence, entity_type, filename, line.encode(), size)


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
    return (
        b'{"size": %d, "entity": %s}\n' % (record.size, record.json)
        if record.size is not None
        else (b'{"entity": %s}\n' % record.json)
    )


def old_record(value: object) -> Record | None:
    """An entry of an old index, completed from its file name; None if it names no file at all."""
    if not isinstance(value, dict) or not isinstance(value.get("filename"), str) or not value["filename"]:
        return None
    filename = value["filename"]
    stem = filename.rpartition("/")[2].rpartition(".")[0]
    sequence, entity_type = value.get("sequence"), value.get("type")
    complete = {
        "sequence": sequence if isinstance(sequence, int) else number_of(filename.rpartition("/")[2]),
        "type": entity_type if isinstance(entity_type, str) else _NUMBER.sub("", stem, count=1),
        "filename": filename,
        "timestamp": value.get("timestamp"),
        "metadata": value["metadata"] if isinstance(value.get("metadata"), dict) else {},
    }
    complete.update((key, item) for key, item in value.items() if key not in complete)
    return Record(complete["sequence"], complete["type"], filename, dump(complete), None)


class RunIndex:
    """Everything known about one run.

    Entities are kept as serialised bytes; what is handed out is always a fresh copy.
    """

    def __init__(self) -> None:
        self.info: dict[str, Any] = {}
        self.state: dict[str, Any] = dict(INITIAL_STATE)
        self.types: list[str] = []
        self.filenames: list[str] = []
        self.sizes: list[int | None] = []
        self.highest: dict[str, int] = {}
        self.damaged_lines = 0
        self._body = bytearray()
        self._completed: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self.types)

    def add(self, record: Record) -> None:
        """Append an entity."""
        if self._body:
            self._body += _SEPARATOR
        self._body += record.json
        self.types.append(record.entity_type)
        self.filenames.append(record.filename)
        self.sizes.append(record.size)
        if record.entity_type != ERROR_TYPE:
            self._completed.setdefault(record.entity_type)
        group = group_of(record.filename) if "/" in record.filename else ""
        if record.sequence > self.highest.get(group, 0):
            self.highest[group] = record.sequence

    def count_up(self, group: str, number: int) -> None:
        """Never hand out `number` or a smaller one in `group` again."""
        if number > self.highest.get(group, 0):
            self.highest[group] = number

    def apply(self, line: bytes) -> bool:
        """Take in one complete journal line. False if it cannot be read, which is counted."""
        try:
            value = json.loads(line)
            known = self._apply(value, line)
        except (ValueError, KeyError, TypeError, RecursionError):
            known = False
        self.damaged_lines += not known
        return known

    def _apply(self, value: Any, line: bytes) -> bool:
        if "entity" in value:
            entity = value["entity"]
            sequence, entity_type, filename = entity["sequence"], entity["type"], entity["filename"]
            if not (isinstance(sequence, int) and isinstance(entity_type, str) and isinstance(filename, str)):
                return False
            size = value.get("size")
            # Our own lines end with the record as it goes into metadata.json; others are serialised again.
            own = line.startswith(_OWN_LINE) and list(value) in (["size", "entity"], ["entity"])
            raw = line[line.index(_ENTITY_MARK) + len(_ENTITY_MARK) :].rstrip()[:-1] if own else dump(entity)
            self.add(Record(sequence, entity_type, filename, raw, size if isinstance(size, int) else None))
        elif "state" in value:
            self.state = {key: value["state"][key] for key in ("stage", "step")}
        elif "run" in value:
            self.info.update(value["run"])
        else:
            return False
        return True

    def load_snapshot(self, content: bytes) -> None:
        """Take in a metadata.json, of this version or an old one: `schema` for `config_name`, keys missing.

        Raises:
            ValueError: it is not a JSON object with a list of entities, or an empty one.
        """
        document = json.loads(content, parse_constant=str)  # old runs may hold NaN, which is not JSON
        entities = document.get("entities", []) if isinstance(document, dict) else None
        if not isinstance(entities, list):
            raise ValueError("no JSON object with a list of entities")
        state = document.pop("current_state", None)
        if isinstance(state, dict):
            self.state = {key: state.get(key, default) for key, default in INITIAL_STATE.items()}
        document.pop("entities", None)
        self.info.update(document)
        if self.info.get("config_name") is None and "schema" in self.info:
            self.info["config_name"] = self.info["schema"]
        for value in entities:
            if (record := old_record(value)) is None:
                self.damaged_lines += 1
            else:
                self.add(record)

    def lines(self) -> Iterable[bytes]:
        """The journal that says all that this index holds."""
        yield run_line(self.info)
        for record in self.records():
            yield entity_line(record)
        yield state_line(self.state)

    def records(self) -> list[Record]:
        """All entities, in order."""
        return [
            Record(entity["sequence"], entity["type"], entity["filename"], dump(entity), size)
            for entity, size in zip(self.entities(), self.sizes, strict=True)
        ]

    def entities(self) -> list[dict[str, Any]]:
        """All entities as fresh dicts {sequence, type, filename, timestamp, metadata}."""
        entities: list[dict[str, Any]] = json.loads(b"[%b]" % bytes(self._body))
        return entities

    @property
    def expected(self) -> list[str]:
        """The expected entity types, in order."""
        expected = self.info.get("expected_outputs")
        return [str(item) for item in expected] if isinstance(expected, list) else list(DEFAULT_OUTPUTS)

    def current_state(self) -> dict[str, Any]:
        """Stage, step and progress such as "3/6": how many of the expected types are there."""
        expected = self.expected
        done = sum(item in self._completed for item in expected)
        return {**self.state, "progress": f"{done}/{len(expected)}"}

    def completed(self) -> list[str]:
        """Entity types there is at least one file of, in the order of the first; errors are no output."""
        return list(self._completed)

    def snapshot(self) -> bytes:
        """The content of metadata.json."""
        # Line by line: json.dumps with an indent is pure Python, and `strict` does this at every save.
        values = {**self.info, "current_state": self.current_state()}
        head = "".join(f"  {dump_text(key)}: {dump_text(value)},\n" for key, value in values.items())
        if not self._body:
            return f'{{\n{head}  "entities": []\n}}\n'.encode()
        return b"".join((b"{\n", head.encode(), b'  "entities": [\n    ', self._body, b"\n  ]\n}\n"))


def run_line(info: Mapping[str, Any]) -> bytes:
    """The journal line that says what the run is."""
    return b'{"run": %b}\n' % dump(dict(info))


def state_line(state: Mapping[str, Any]) -> bytes:
    """The journal line of a change of state."""
    return b'{"state": %b}\n' % dump(plain(dict(state), "state"))
