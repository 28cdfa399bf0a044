"""The index of one run in memory: from journal lines or an old metadata.json to a new one."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from recorder.storage.json_values import check_depth, dump, dump_text
from recorder.storage.lines import (
    DEEPEST_LINE,
    FORMAT,
    Fact,
    Record,
    entity_line,
    group_of,
    number_of,
    read_line,
    run_line,
    state_line,
    tags_line,
)

DEFAULT_OUTPUTS = ("input", "translation", "safety", "interception", "safety_pre_output", "output_image")
"""What the pipeline produces that the class was first described for; to be given as `expected_outputs`, which is empty else."""

INITIAL_STATE = {"stage": 0, "step": "initialized"}
ERROR_TYPE = "error"
OLD_FINAL_FOLDER = "final"
"""Where runs of an old version moved their files to; these keep the numbers that they have in the run itself."""

_SEPARATOR = b",\n    "
_COMPUTED = ("current_state", "entities", "tags", "started", "finished", "duration", "error")
"""Keys of metadata.json that are not the run's own info."""


class RunIndex:
    """Everything known about one run.

    Attributes:
        info: what the run says of itself: run_id, config_name, user_id, ...
        state: stage and step; once the run is over also `finished` (a time), after a failure `error` {type, message}.
        tags: the run's tags.
        records: the entities, in order.
        highest: the highest number in use, by group.
        damaged_lines: how many lines or entries could not be read.
        facts: all lines that are no entities, as they will be written again.
        format: the version that the journal says, 0 where there is none.
        old_layout: files in `final/` count as the run's own.
    """

    def __init__(self) -> None:
        self.info: dict[str, Any] = {}
        self.state: dict[str, Any] = dict(INITIAL_STATE)
        self.tags: list[str] = []
        self.records: list[Record] = []
        self.highest: dict[str, int] = {}
        self.damaged_lines = 0
        self.facts: list[bytes] = []
        self.format = 0
        self.old_layout = True
        self._json = bytearray()  # of the first records, as far as somebody has asked for it
        self._in_json = 0
        self._completed: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self.records)

    @property
    def is_newer(self) -> bool:
        """Whether a later version wrote the journal, so that this one must not write to it."""
        return self.format > FORMAT

    def add(self, record: Record, entity: bytes | None = None) -> None:
        """Append an entity; `entity` is its JSON, where that has been made already."""
        if entity is not None:
            self._entities_json()
            self._append_json(entity)
        self.records.append(record)
        kind = record.entity["type"]
        if kind != ERROR_TYPE:
            self._completed.setdefault(kind)
        self.count_up(self.group_of(record.filename), record.entity["sequence"])

    def _entities_json(self) -> bytearray:
        """The entities as JSON, one a line. They are made once: `strict` writes them at every save."""
        for record in self.records[self._in_json :]:
            self._append_json(dump(record.entity))
        return self._json

    def _append_json(self, entity: bytes) -> None:
        if self._json:
            self._json += _SEPARATOR
        self._json += entity
        self._in_json += 1

    def group_of(self, filename: str) -> str:
        """The group whose counter an indexed file belongs to."""
        group = group_of(filename)
        return "" if self.old_layout and group == OLD_FINAL_FOLDER else group

    def count_up(self, group: str, number: int) -> None:
        """Never hand out `number` or a smaller one in `group` again."""
        if number > self.highest.get(group, 0):
            self.highest[group] = number

    def apply(self, line: bytes) -> bool:
        """Take in one line of a journal. False: it is damaged; nothing of it counts."""
        try:
            said = read_line(line)
        except (ValueError, RecursionError):
            self.damaged_lines += 1
            return False
        if isinstance(said, Record):
            self.add(said)
        else:
            self._take(said)
        return True

    def _take(self, fact: Fact) -> None:
        self.facts.append(fact.line)
        if fact.format is not None:
            self.format = max(self.format, fact.format)
            self.old_layout = fact.old_layout
        if fact.kind == "run":
            self.info.update((key, value) for key, value in fact.value.items() if key not in _COMPUTED)
        elif fact.kind == "state":
            self.state = fact.value
        elif fact.kind == "tags":
            self.tags = fact.value

    def load_snapshot(self, content: bytes) -> None:
        """Take in a metadata.json, of this version or an old one: `schema` for `config_name`, keys missing.

        Raises:
            ValueError: it is not a JSON object with a list of entities, or an empty one.
        """
        try:
            document = _decode_loosely(content.decode("utf-8-sig", "surrogatepass"))
        except RecursionError:
            raise ValueError("nested too deeply") from None
        entities = document.get("entities", []) if isinstance(document, dict) else None
        if not isinstance(entities, list):
            raise ValueError("no JSON object with a list of entities")
        state = document.get("current_state")
        if isinstance(state, dict):
            self.state = {key: state.get(key, default) for key, default in INITIAL_STATE.items()}
            self.state |= {key: document[key] for key in ("finished", "error") if key in document}
        tags = document.get("tags", [])
        self.tags = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
        self.info.update((key, value) for key, value in document.items() if key not in _COMPUTED)
        if self.info.get("config_name") is None and "schema" in self.info:
            self.info["config_name"] = self.info["schema"]
        records = [record for value in entities if (record := old_record(value)) is not None]
        self.damaged_lines += len(entities) - len(records)
        for record in self._by_number(records):
            self.add(record)

    def _by_number(self, records: list[Record]) -> Iterator[Record]:
        """Each group's records in the order of their numbers: some old runs have them in that of their names, 100 before 11."""
        groups: dict[str, list[Record]] = {}
        for record in records:
            groups.setdefault(self.group_of(record.filename), []).append(record)
        in_order = {group: iter(sorted(some, key=lambda record: record.entity["sequence"])) for group, some in groups.items()}
        return (next(in_order[self.group_of(record.filename)]) for record in records)

    def lines(self, records: Iterable[Record] | None = None) -> Iterator[bytes]:
        """The journal that says all that this index holds, with other records in place of its own where they are given."""
        if self.facts:
            yield from self.facts  # the first line of the old journal stays the first
        else:
            yield run_line(self.info, first=True, old_layout=self.old_layout)
        yield from map(entity_line, self.records if records is None else records)
        if self.facts:
            yield run_line(self.info)
        yield state_line(self.state)
        if self.tags:
            yield tags_line(self.tags)

    def entities(self) -> list[dict[str, Any]]:
        """All entities as fresh dicts {sequence, type, filename, timestamp, metadata}."""
        entities: list[dict[str, Any]] = json.loads(b"[%b]" % bytes(self._entities_json()))
        return entities

    @property
    def expected(self) -> list[str]:
        """The expected entity types, in order."""
        expected = self.info.get("expected_outputs")
        return [str(item) for item in expected] if isinstance(expected, list) else []

    def current_state(self) -> dict[str, Any]:
        """Stage, step and progress: "3/6", how many of the expected types are there, or "3" where none are expected."""
        expected = self.expected
        done = sum(item in self._completed for item in expected)
        progress = f"{done}/{len(expected)}" if expected else str(len(self._completed))
        return {"stage": self.state["stage"], "step": self.state["step"], "progress": progress}

    def names_of(self, entity_type: str) -> list[str]:
        """The file names of the entities of a type, in order."""
        return [record.filename for record in self.records if record.entity["type"] == entity_type]

    def completed(self) -> list[str]:
        """Entity types there is at least one file of, in the order of the first; errors are no output."""
        return list(self._completed)

    def summary(self) -> dict[str, Any]:
        """What metadata.json says before its entities: info, then what the run has come to."""
        started = self.info.get("timestamp")
        summary = {**self.info, "current_state": self.current_state(), "started": started}
        for key in ("finished", "error"):
            if key in self.state:
                summary[key] = self.state[key]
        if (duration := _seconds(started, self.state.get("finished"))) is not None:
            summary["duration"] = duration
        if self.tags:
            summary["tags"] = list(self.tags)
        return summary

    def snapshot(self) -> bytes:
        """The content of metadata.json."""
        # Line by line: json.dumps with an indent is pure Python, and `strict` does this at every save.
        head = "".join(f"  {dump_text(key)}: {dump_text(value)},\n" for key, value in self.summary().items())
        if not self.records:
            return f'{{\n{head}  "entities": []\n}}\n'.encode()
        return b"".join((b"{\n", head.encode(), b'  "entities": [\n    ', self._entities_json(), b"\n  ]\n}\n"))

    def says(self, shown: bytes) -> bool:
        """Whether a metadata.json says what this index does, in whatever layout."""
        try:
            document = json.loads(shown)
        except (ValueError, RecursionError):
            return False
        return bool(document == {**self.summary(), "entities": [record.entity for record in self.records]})


def old_record(value: object) -> Record | None:
    """An entry of an old index, completed from its file name; None if it names no file at all."""
    if not isinstance(value, dict) or not isinstance(value.get("filename"), str) or not value["filename"]:
        return None
    filename = value["filename"]
    name = filename.rpartition("/")[2]
    sequence, entity_type, timestamp = value.get("sequence"), value.get("type"), value.get("timestamp")
    number = number_of(name)
    stem = name.rpartition(".")[0]
    complete = {
        "sequence": sequence if type(sequence) is int else number,
        "type": entity_type if isinstance(entity_type, str) else stem.partition("_")[2] if number else stem,
        "filename": filename,
        "timestamp": timestamp if isinstance(timestamp, str) else None,
        "metadata": value["metadata"] if isinstance(value.get("metadata"), dict) else {},
    }
    complete.update((key, item) for key, item in value.items() if key not in complete)
    try:
        check_depth(complete, DEEPEST_LINE)
    except ValueError:
        return None
    return Record(complete)


def _seconds(start: object, end: object) -> float | None:
    """From one stored time to another; None where one is missing or none of ours."""
    try:
        return round((datetime.fromisoformat(str(end)) - datetime.fromisoformat(str(start))).total_seconds(), 3)
    except (ValueError, TypeError):  # TypeError: one with a zone and one without
        return None


def _finite(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


_decode_loosely = json.JSONDecoder(parse_constant=str, parse_float=_finite).decode
"""Old runs may hold NaN and the like, which are not JSON: they become text."""
