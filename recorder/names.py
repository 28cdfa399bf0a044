"""Which names a run, an entity and a group may have, and where a run folder lies.

Nothing here touches the disk but `find_by_date`.
"""

from __future__ import annotations

import os
import re
import string
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

MAX_NAME_BYTES = 200
"""Longest run id, entity type or group in bytes: file systems allow 255, number and extension need room."""

_SEPARATORS = re.compile(r"[/\\\x00-\x1f\x7f]")
_RESERVED_ON_WINDOWS = re.compile(r'[<>:"|?*]')
_INDEX_FILES = ("metadata.json", "entities.jsonl")
ANY_DATE = "0000-00-00"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_STANDARD_KEYS = ("run_id", "date", "user_id", "config_name")


def check_name(what: str, name: object) -> str:
    """`name` if it is safe as one component of a path.

    Raises:
        ValueError: it is empty, not a str, too long, starts with a dot, or holds a separator or a control
            character; the message starts with `what`.
    """
    if not isinstance(name, str):
        raise ValueError(f"{what} must be a str, not {type(name).__name__}")
    if (problem := _problem(name)) is not None:
        raise ValueError(f"{what} {problem}: {name[:MAX_NAME_BYTES]!r}")
    return name


def check_group(name: object) -> str:
    """`name` if a group may be called that: safe as a name, and none that the run's own files have.

    Raises:
        ValueError: it is not; nothing was written.
    """
    group = check_name("group", name)
    if group.casefold().startswith(_INDEX_FILES):
        raise ValueError(f"group must not have the name of a file of the index: {group!r}")
    return group


@lru_cache(maxsize=256)
def _problem(name: str) -> str | None:
    if not name or name != name.strip():
        return "must not be empty or start or end with white space"
    if name.startswith(".") or name.endswith("."):
        return "must not start or end with a dot"
    if _SEPARATORS.search(name) or (os.name == "nt" and _RESERVED_ON_WINDOWS.search(name)):
        return "must not hold a path separator or a control character"
    try:
        encoded = name.encode("utf-8")
    except UnicodeEncodeError:
        return "is not valid Unicode"
    return f"is longer than {MAX_NAME_BYTES} bytes" if len(encoded) > MAX_NAME_BYTES else None


def template_values(
    run_id: str, user_id: str, config_name: str | None, path_values: Mapping[str, object] | None
) -> dict[str, object]:
    """What a path template can name. `date` is today in UTC unless `path_values` gives it.

    Raises:
        ValueError: `path_values` redefines run_id, user_id or config_name.
        TypeError: `path_values` is no mapping.
    """
    if path_values is not None and not isinstance(path_values, Mapping):
        raise TypeError(f"path_values must be a dict, not {path_values!r}")
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    values: dict[str, object] = {"run_id": run_id, "date": today, "user_id": user_id, "config_name": config_name}
    for key, value in (path_values or {}).items():
        if key in _STANDARD_KEYS and key != "date":
            raise ValueError(f"path_values must not redefine {key!r}")
        values[key] = value
    return values


def fill_template(template: str, values: Mapping[str, object]) -> list[str]:
    """The components of the run folder below the base folder, each of them a safe name.

    Raises:
        ValueError: the template is absolute, leaves the base folder, has no {run_id}, names an unknown key or
            uses more than a plain {key}; or a value is not a safe name.
        TypeError: the template is no str.
    """
    if not isinstance(template, str):
        raise TypeError(f"path_template must be a str, not {template!r}")
    parts: list[str] = []
    named: set[str] = set()
    try:
        parsed = list(string.Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"path_template {template!r}: {error}") from None
    for literal, key, spec, conversion in parsed:
        parts.append(literal)
        if key is None:
            continue
        if spec or conversion:
            raise ValueError(f"path_template {template!r}: only a plain {{{key}}} is allowed")
        if key not in values:
            known = ", ".join(values)
            raise ValueError(f"path_template {template!r}: unknown key {key!r}; known are {known}")
        value = values[key]
        if value is None:
            raise ValueError(f"path_template {template!r} needs {key}, which is None")
        named.add(key)
        parts.append(check_name(key, str(value)))
    if "run_id" not in named:
        raise ValueError(f"path_template {template!r} must name {{run_id}}: two runs must not share a folder")
    what = f"path_template {template!r}: a component"
    return [check_name(what, component) for component in "".join(parts).split("/")]


def locate(
    base: Path, template: str, run_id: str, user_id: str, config_name: str | None, path_values: Mapping[str, object] | None
) -> Path:
    """The run folder. A run that began on an earlier day is found where it is: it goes on after midnight.

    Raises:
        ValueError, TypeError: as `template_values` and `fill_template`.
    """
    values = template_values(run_id, user_id, config_name, path_values)
    folder = base.joinpath(*fill_template(template, values))
    if "{date}" not in template or "date" in (path_values or {}) or folder.exists():
        return folder
    earlier = find_by_date(base, fill_template(template, {**values, "date": ANY_DATE}))
    return earlier or folder


def find_by_date(base: Path, components: list[str]) -> Path | None:
    """The latest existing folder that `components` names when ANY_DATE stands for any date."""
    found = [base]
    for component in components:
        if ANY_DATE not in component:
            found = [folder / component for folder in found]
            continue
        pattern = re.compile(re.escape(component).replace(re.escape(ANY_DATE), _DATE.pattern))
        found = [
            folder / name for folder in found if folder.is_dir() for name in sorted(os.listdir(folder)) if pattern.fullmatch(name)
        ]
    existing = [folder for folder in found if folder.is_dir()]
    return existing[-1] if existing else None
