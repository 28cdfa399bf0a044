"""What each key of `[tool.recorder]` may hold.

One row per key in `_CHECKS`; each check returns the value as `Config` stores it (lists as tuples, tables as dicts) or
raises `Wrong`.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterable

from lint_plugin.config.settings import DEFAULTS

# The names of lint_plugin.rules, which would bring the whole finder along; a test holds the two together.
RULE_NAMES = {
    "LPR001": "unknown-recorder-attribute",
    "LPR002": "unknown-recorder-argument",
    "LPR003": "recorder-state-changed",
    "LPR101": "hardcoded-sequence-prefix",
    "LPR102": "hardcoded-sequence-lookup",
    "LPR103": "entity-type-never-saved",
    "LPR201": "bypassed-storage-copy",
    "LPR202": "bypassed-storage-write",
    "LPR203": "bypassed-storage-removal",
    "LPR301": "os-path-join-on-run-folder",
    "LPR401": "duplicated-extension-logic",
}
CODES = tuple(RULE_NAMES)


class Wrong(Exception):
    """A value that a key may not have.

    Attributes:
        key: The key.
        item: The part of its value that is to blame, as it is written, or "".
        message: What is wrong, with the key's name.
    """

    def __init__(self, message: str, item: str = "", key: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.item = item
        self.key = key


def check_table(table: object) -> dict[str, object]:
    """The values of a `[tool.recorder]` table, checked.

    Raises:
        Wrong: A key is unknown, or its value has the wrong type or is not possible.
    """
    if not isinstance(table, dict):
        raise Wrong(f"[tool.recorder] must be a table, not {_kind(table)}")
    values: dict[str, object] = {}
    for key, value in table.items():
        if key not in DEFAULTS:
            near = nearest(key, DEFAULTS)
            hint = f"did you mean {near!r}?" if near else f"the keys are {', '.join(DEFAULTS)}"
            raise Wrong(f"unknown key {key!r} in [tool.recorder]; {hint}", key=key)
        try:
            values[key] = _CHECKS[key](value)
        except Wrong as wrong:
            raise Wrong(f"{key!r} in [tool.recorder] {wrong.message}", wrong.item, key) from None
    return values


def nearest(word: str, words: Iterable[str]) -> str:
    """The one of `words` that `word` is most likely a misspelling of, or ""."""
    import difflib

    known = {name.lower(): name for name in words}
    found = difflib.get_close_matches(word.lower().replace("_", "-"), known, 1, 0.6)
    return known[found[0]] if found else ""


def read_code(given: str) -> str:
    """The code, or prefix of codes, that is given in any case, or by a rule's name.

    Raises:
        Wrong: No rule has it.
    """
    if given and any(code.startswith(given.upper()) for code in CODES):
        return given.upper()
    for code, name in RULE_NAMES.items():
        if given.lower() == name:
            return code
    raise Wrong(f"{no_such_rule(given)}, a prefix such as 'LPR2', or a rule's name")


def no_such_rule(given: str) -> str:
    """What to say of a code or name that no rule has, with the rule that may be meant."""
    codes = [code for code in CODES if code[:4] == given[:4].upper()]  # LPR9 is no misspelling of LPR401
    near = nearest(given, [*codes, *RULE_NAMES.values()])
    hint = f"did you mean {near}? " if near else ""
    return f"unknown code {given!r}; {hint}the codes are {', '.join(CODES)}"


def _kind(value: object) -> str:
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "a table"}
    return names.get(type(value), type(value).__name__)


def _quoted(value: object) -> str:
    return str(value) if isinstance(value, str) else ""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Wrong(f"must be a string, not {_kind(value)}")
    return value


def _name(value: object) -> str:
    text = _text(value)
    if not text.isidentifier() or keyword.iskeyword(text):
        raise Wrong(f"must be a Python name, not {text!r}", text)
    return text


def _name_or_none(value: object) -> str:
    return "" if value == "" else _name(value)


def _list_of(check: Callable[[object], str], what: str) -> Callable[[object], tuple[str, ...]]:
    def check_list(value: object) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise Wrong(f"must be a list of {what}, not {_kind(value)}")
        checked = []
        for item in value:
            try:
                checked.append(check(item))
            except Wrong as wrong:
                raise Wrong(f"must be a list of {what}; its item {item!r} {wrong.message}", _quoted(item)) from None
        return tuple(checked)

    return check_list


def _filled(value: object) -> str:
    if not _text(value):
        raise Wrong("must not be empty")
    return _text(value)


def _code(value: object) -> str:
    try:
        return read_code(_text(value))
    except Wrong as wrong:
        raise Wrong(f"is wrong: {wrong.message}", _text(value)) from None


def _detects_format(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value != "auto":
        raise Wrong(f'must be true, false or "auto", not {value!r}', _quoted(value))
    return "auto"


def _one_of(*choices: str) -> Callable[[object], str]:
    def check_choice(value: object) -> str:
        if value not in choices:
            listed = " or ".join(f'"{choice}"' for choice in choices)
            raise Wrong(f"must be {listed}, not {value!r}", _quoted(value))
        return str(value)

    return check_choice


def _one_line(value: object) -> str:
    text = _text(value)
    if not text.isprintable():
        raise Wrong(f"must be one line of text, not {text!r}")
    return text


def _dotted(value: object) -> str:
    text = _text(value)
    if not all(part.isidentifier() and not keyword.iskeyword(part) for part in text.split(".")):
        raise Wrong(f"must be a function's full name like 'my_app.io.dump_json', not {text!r}", text)
    return text


def _position(value: object) -> int | str:
    if isinstance(value, str):
        return _name(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Wrong(f"must be the position of the path, counted from 0, or its parameter's name, not {_kind(value)}")
    if value < 0:
        raise Wrong(f"must be the position of the path, counted from 0, not {value}")
    return value


def _save_parameters(value: object) -> tuple[str, ...]:
    names = _NAMES(value)
    if len(names) != 3 or len(set(names)) != 3:
        raise Wrong("must be three different names: of the type, the content and the metadata parameter")
    return names


def _metadata_value(value: object) -> str:
    text = _text(value)
    if text[:1] in ("'", '"'):
        import ast

        try:
            if isinstance(ast.literal_eval(text), str):
                return text
        except (SyntaxError, ValueError):
            pass
        raise Wrong(f"must be a variable's name or a quoted string like \"'comfyui'\", not {text!r}", text)
    if not text.isidentifier() or keyword.iskeyword(text):
        raise Wrong(f"must be a variable's name or a quoted string like \"'comfyui'\", not {text!r}", text)
    return text


def _table_of(
    check_key: Callable[[object], str], check_value: Callable[[object], object], what: str
) -> Callable[[object], dict[str, object]]:
    def check_table_value(value: object) -> dict[str, object]:
        if not isinstance(value, dict):
            raise Wrong(f"must be a table of {what}, not {_kind(value)}")
        checked: dict[str, object] = {}
        for key, item in value.items():
            try:
                checked[check_key(key)] = check_value(item)
            except Wrong as wrong:
                raise Wrong(f"must be a table of {what}; its entry {key!r} {wrong.message}", wrong.item or key) from None
        return checked

    return check_table_value


def _source_roots(value: object) -> tuple[str, ...]:
    folders = _TEXTS(value)
    if not folders:
        raise Wrong('must name at least one folder, such as "."')
    return folders


_NAMES = _list_of(_name, "names")
_TEXTS = _list_of(_filled, "strings")
_CODES = _list_of(_code, "codes")
_CHECKS: dict[str, Callable[[object], object]] = {
    "recorder-classes": _NAMES,
    "recorder-factories": _NAMES,
    "recorder-modules": _TEXTS,
    "recorder-names": _NAMES,
    "folder-names": _NAMES,
    "folder-attributes": _NAMES,
    "renamed-attributes": _table_of(_name, _name, "names"),
    "save-method": _name,
    "detects-format": _detects_format,
    "format-key": _text,
    "save-parameters": _save_parameters,
    "folder-type": _one_of("path", "str"),
    "output-folder-attribute": _name_or_none,
    "helper-method": _name_or_none,
    "content": _one_of("bytes", "path"),
    "source-key": _text,
    "comment": _one_line,
    "required-arguments": _table_of(_name, _NAMES, "functions and lists of parameters"),
    "writers": _table_of(_dotted, _position, "functions and the place of their path"),
    "select": _CODES,
    "ignore": _CODES,
    "exclude": _TEXTS,
    "per-file-ignores": _table_of(_filled, _CODES, "file patterns and lists of codes"),
    "baseline": _text,
    "metadata": _table_of(_filled, _metadata_value, "metadata keys and values"),
    "run-roots": _NAMES,
    "source-roots": _source_roots,
}
