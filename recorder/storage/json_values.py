"""Values that JSON can hold: converted where the meaning is plain, refused by name where it is not."""

from __future__ import annotations

import json
import math
import sys
from datetime import date, datetime, time
from enum import Enum
from pathlib import PurePath
from typing import Any

quoted = json.encoder.encode_basestring
"""A str as JSON. It must be one that UTF-8 can hold."""

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False).encode
_encode_ascii = json.JSONEncoder(allow_nan=False, check_circular=False).encode


def plain(value: object, where: str) -> Any:
    """A copy of `value` made of dict, list, str, int, float, bool and None alone.

    Path becomes str, datetime/date/time the ISO format, an Enum its value, a NumPy scalar the Python number,
    a tuple a list.

    Raises:
        TypeError: a value or key has no such form (bytes, a set, NaN, a key that is not a str, a cycle);
            `where` and the keys below it are named.
    """
    try:
        return _plain(value, where)
    except RecursionError:
        raise TypeError(f"{where} is nested too deeply or contains itself") from None


def _plain(value: object, where: str) -> Any:
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if isinstance(value, Enum):
        return _plain(value.value, where)
    if isinstance(value, dict):
        result = {}
        for key, item in value.items():
            if isinstance(key, Enum):
                key = key.value
            if not isinstance(key, str):
                raise TypeError(f"{where} has the key {key!r}; JSON keys are str, not {type(key).__name__}")
            result[str.__str__(key)] = _plain(item, f"{where}[{key!r}]")
        return result
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
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
        return _plain(number if not isinstance(number, numpy.generic) else str(number), where)
    raise TypeError(f"{where} is of type {kind.__name__}, which JSON cannot hold")


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
