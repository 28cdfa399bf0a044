"""Values that JSON can hold: converted where the meaning is plain, refused by name where it is not."""

from __future__ import annotations

import json
import math
import sys
from datetime import date, datetime, time
from enum import Enum
from pathlib import PurePath
from typing import Any

DEEPEST = 100
"""How deep values may be nested: every reader of JSON takes that."""
_LARGEST = 10**4000  # what Python and others read back

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False).encode
_encode_ascii = json.JSONEncoder(allow_nan=False, check_circular=False).encode


def plain(value: object, where: str) -> Any:
    """A copy of `value` made of dict, list, str, int, float, bool and None alone.

    Path becomes str, datetime/date/time the ISO format, an Enum its value, a NumPy scalar the Python number,
    a tuple a list.

    Raises:
        TypeError: a value or key has no such form (bytes, a set, NaN, a key that is not a str, more than 100 deep);
            `where` and the keys below it are named.
    """
    return _plain(value, where, DEEPEST)


def _plain(value: object, where: str, depth: int) -> Any:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if depth < 0:
        raise TypeError(f"{where[:200]}... is nested more than {DEEPEST} deep, or contains itself")
    if isinstance(value, int) and not -_LARGEST < value < _LARGEST:
        raise TypeError(f"{where} is a number of more than 4,000 digits, which few can read")
    if kind is int:
        return value
    if isinstance(value, Enum):
        return _plain(value.value, where, depth)
    if isinstance(value, dict):
        result = {}
        for key, item in value.items():
            if isinstance(key, Enum):
                key = key.value
            if not isinstance(key, str):
                raise TypeError(f"{where} has the key {key!r}; JSON keys are str, not {type(key).__name__}")
            result[str.__str__(key)] = _plain(item, f"{where}[{key!r}]", depth - 1)
        return result
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{where}[{index}]", depth - 1) for index, item in enumerate(value)]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise TypeError(f"{where} is {value!r}, which JSON cannot hold")
        return float(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    numpy = sys.modules.get("numpy")  # a NumPy scalar cannot exist where NumPy was never imported
    if numpy is not None and isinstance(value, numpy.generic):
        number = value.item()
        return _plain(number if not isinstance(number, numpy.generic) else str(number), where, depth)
    raise TypeError(f"{where} is of type {kind.__name__}, which JSON cannot hold")


def check_depth(value: object, deepest: int) -> None:
    """Refuse what is nested so deep that nobody may be able to write it again.

    Raises:
        ValueError: it is nested more than `deepest` levels deep.
    """
    level = [value]
    for _ in range(deepest + 1):
        inside = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, (dict, list))]
        if not inside:
            return
        level = [item for items in inside for item in items]
    raise ValueError(f"nested more than {deepest} deep")


def dump_text(value: object) -> str:
    """One line of JSON that UTF-8 can hold. `value` has been through `plain`."""
    text = _encode(value)
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:  # lone surrogates, as in undecodable file names, can only be escaped
            return _encode_ascii(value)
    return text


def dump(value: object) -> bytes:
    """`dump_text` as UTF-8."""
    return dump_text(value).encode("utf-8")


def dump_document(value: object) -> bytes:
    """JSON for people to read, indented, as UTF-8. `value` has been through `plain`."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, indent=2).encode("ascii")
