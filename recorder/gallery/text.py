"""Text in the page: everything escaped, previews cut at a line, JSON in colours."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass

from recorder.runs.entity import Entity
from recorder.runs.files import read_file

LINES = 40
"""Lines of a text that are shown."""
CHARACTERS = 4_000
"""Characters of a text that are shown."""
_LARGEST_JSON = 200_000  # bytes that are read to be set out anew; a larger one is shown as it is

_TOKEN = re.compile(
    r'(?P<k>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<s>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<c>\b(?:true|false|null)\b)|(?P<n>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
)


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of a text.

    Attributes:
        shown: It, as HTML.
        cut: Whether there is more.
        length: How many characters are shown.
    """

    shown: str
    cut: bool
    length: int


def escape(value: object) -> str:
    """Anything as escaped text that UTF-8 can hold."""
    return html.escape(str(value).encode("utf-8", "replace").decode("utf-8"))


def text_preview(entity: Entity) -> Preview:
    """The beginning of a text.

    Raises:
        OSError: The file cannot be read.
    """
    content = read_file(entity.path, 4 * CHARACTERS + 4)
    text, cut = _beginning(content.decode("utf-8", "replace"))
    return Preview(escape(text), cut, len(text))


def json_preview(entity: Entity) -> Preview:
    """The beginning of a JSON file, set out and in colours; one that is damaged or very large as it is.

    Raises:
        OSError: The file cannot be read.
    """
    content = read_file(entity.path, _LARGEST_JSON + 1)
    text = content.decode("utf-8", "replace")
    if len(content) <= _LARGEST_JSON:
        try:
            text = set_out(json.loads(content))
        except (ValueError, RecursionError):
            pass
    text, cut = _beginning(text)
    return Preview(coloured(text), cut, len(text))


def error_preview(entity: Entity) -> tuple[str, Preview | None]:
    """What an error entity says in a line, as HTML, and its traceback as text if it says more; without one all of it as JSON.

    Raises:
        OSError: The file cannot be read.
    """
    try:
        content = json.loads(read_file(entity.path, _LARGEST_JSON))
        details = content.get("details")
        said = ": ".join(str(content[key]) for key in ("error_type", "message") if content.get(key))
    except (ValueError, AttributeError, RecursionError):
        return "", json_preview(entity)
    line = f'<p class="failure">{escape(said[:CHARACTERS])}</p>' if said else ""
    if isinstance(details, dict) and isinstance(traceback := details.get("traceback"), str):
        text, cut = _beginning(traceback.rstrip("\n"))
        if text == said:
            return line, None
        return line, Preview(escape(text), cut, len(text))
    return line, json_preview(entity)


def value_preview(value: object) -> Preview:
    """The beginning of a value, as JSON in colours."""
    text, cut = _beginning(set_out(value))
    return Preview(coloured(text), cut, len(text))


def set_out(value: object) -> str:
    """A value as JSON for people."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def coloured(text: str) -> str:
    """JSON as HTML, its keys, strings, numbers and constants marked."""
    parts, end = [], 0
    for match in _TOKEN.finditer(text):
        parts.append(escape(text[end : match.start()]))
        parts.append(f'<span class="{match.lastgroup}">{escape(match.group())}</span>')
        end = match.end()
    return "".join(parts) + escape(text[end:])


def _beginning(text: str) -> tuple[str, bool]:
    """As much of a text as is shown, cut behind a line where there is one, and whether there is more."""
    lines = text[: CHARACTERS + 1].split("\n", LINES)
    kept = "\n".join(lines[:LINES])
    if len(kept) > CHARACTERS:
        whole_lines = kept[:CHARACTERS].rpartition("\n")[0]
        kept = whole_lines if len(whole_lines) > CHARACTERS // 2 else kept[:CHARACTERS]
    return kept, len(kept) < len(text.rstrip("\n"))
