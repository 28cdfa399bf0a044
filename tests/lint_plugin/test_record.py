"""Records: compared, hashed, shown and copied by their fields."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import pkgutil

import pytest

import codemods
import lint_plugin
from lint_plugin.finding import FileError, FileResult, Finding
from lint_plugin.record import Record

ERROR = FileError("a.py", 3, "wrong")
FINDING = Finding("a.py", 1, 2, 3, 4, "LPR001", "name", "message", fixed=True)
RESULT = FileResult("a.py", (FINDING,), (ERROR,), b"old", b"new")
SAMPLES = [ERROR, FINDING, RESULT]


class Point(Record):
    __slots__ = ("x", "y")

    def __init__(self, x: int, y: int = 0) -> None:
        self.x = x
        self.y = y


class Size(Record):
    __slots__ = ("width", "height")

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height


def records() -> list[type[Record]]:
    """Every record of the packages."""
    found: dict[type[Record], None] = {}
    for package in (codemods, lint_plugin):
        for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if info.name.endswith("__main__") or info.name == "codemods.run.dask_executor":
                continue
            for value in vars(importlib.import_module(info.name)).values():
                if isinstance(value, type) and issubclass(value, Record) and value is not Record:
                    found[value] = None
    return list(found)


@pytest.mark.parametrize("record", records(), ids=lambda record: record.__name__)
def test_a_record_holds_what_it_is_made_of(record: type[Record]) -> None:
    names = tuple(inspect.signature(record).parameters)
    made = record(**{name: f"the {name}" for name in names})
    assert record.__slots__ == names
    assert made.values() == tuple(f"the {name}" for name in names)
    assert not hasattr(made, "__dict__")


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (Point(1, 2), Point(1, 2), True),
        (Point(1), Point(1, 0), True),
        (Point(1, 2), Point(1, 3), False),
        (Point(1, 2), Point(2, 2), False),
        (Point(1, 2), (1, 2), False),
        (Point(1, 2), None, False),
        (Point(1, 2), Size(1, 2), False),
        (FINDING, FINDING.replace(line=2), False),
    ],
)
def test_equal_are_records_of_one_class_with_equal_fields(left: object, right: object, equal: bool) -> None:
    assert (left == right) is equal
    assert (right == left) is equal
    assert (left != right) is not equal
    assert len({left, right}) == (1 if equal else 2)


def test_a_record_is_shown_with_its_fields() -> None:
    assert repr(Point(1, 2)) == "Point(x=1, y=2)"
    assert repr(ERROR) == "FileError(path='a.py', line=3, message='wrong')"


def test_replacing_leaves_the_record_itself_alone() -> None:
    assert ERROR.replace(line=4) == FileError("a.py", 4, "wrong")
    assert ERROR.line == 3
    with pytest.raises(TypeError, match="'row'"):
        ERROR.replace(row=4)


@pytest.mark.parametrize("record", SAMPLES, ids=lambda record: type(record).__name__)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_records_can_be_sent_to_another_process(record: Record, protocol: int) -> None:
    sent = pickle.loads(pickle.dumps(record, protocol))
    assert type(sent) is type(record)
    assert sent == record == copy.deepcopy(record)


def test_defaults_that_are_shared_stay_empty() -> None:
    shared = [
        parameter.default
        for record in records()
        for parameter in inspect.signature(record).parameters.values()
        if isinstance(parameter.default, dict)
    ]
    assert shared and not any(shared)
