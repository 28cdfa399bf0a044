"""The entity type and the format that a hand-written file name amounts to, as described code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codemods.edits import Argument, Call, Code, Expression, Field, Leave, Template, Text
from codemods.fixes.source_text import code_of, is_multi_line
from lint_plugin.paths.file_names import FileName, Hole, Literal, Piece
from lint_plugin.source.text import SourceText

# What the shipped recorder recognises by the bytes; other constant extensions are passed on as well.
DETECTED = frozenset(
    "aac apng avi avif bmp flac gif glb ico jpeg jpg jxl m4a mid mkv mov mp3 mp4 mpg oga ogg ogv opus pdf png ts tif tiff "
    "wav webm webp zip".split()
)
# What the shipped recorder refuses as a format, for a page that is opened in a browser would run it.
REFUSED = frozenset(
    "bat cmd com dll exe hta htm html jar js mjs msi ps1 scr sh shtml svg svgz vbs wasm xht xhtml xml xsl".split()
)
_BAD_ENDS = frozenset(". \t\u00a0")


def constant_text(pieces: Sequence[Piece]) -> str | None:
    """The text of pieces without an expression, else None."""
    if any(isinstance(piece, Hole) for piece in pieces):
        return None
    return "".join(piece.text for piece in pieces if isinstance(piece, Literal))


def check_entity_type(name: FileName) -> None:
    """Make sure that what stands between number and extension can be an entity type.

    Raises:
        Leave: It is empty or holds a separator.
    """
    if not name.body:
        raise Leave("the name has nothing between its number and its extension")
    for piece in name.body:
        if isinstance(piece, Literal) and ("/" in piece.text or "\\" in piece.text):
            raise Leave("the file lies in a sub-folder of the run")
    text = constant_text(name.body)
    if text is not None and not text.strip("._- "):
        raise Leave("the name has nothing between its number and its extension")
    first, last = name.body[0], name.body[-1]
    starts = isinstance(first, Literal) and first.text[:1] in _BAD_ENDS
    ends = isinstance(last, Literal) and last.text[-1:] in _BAD_ENDS
    if starts or ends or any(not piece.text.isprintable() for piece in name.body if isinstance(piece, Literal)):
        raise Leave("no recorder takes an entity type that starts or ends with a dot or a space, or holds a control character")


def text_of(source: SourceText, pieces: Sequence[Piece]) -> Text | Template:
    """Pieces of a name as a string literal or an f-string.

    Raises:
        Leave: Python 3.11 has no f-string that says it (both quotes, a backslash or a line end inside the braces).
    """
    text = constant_text(pieces)
    if text is not None:
        return Text(text)
    parts: list[Text | Field] = []
    written = ""
    for piece in pieces:
        if isinstance(piece, Literal):
            parts.append(Text(piece.text))
            continue
        code = code_of(source, piece.node)
        parts.append(Field(code, piece.conversion, piece.spec))
        written += code.text + piece.spec
    if "\\" in written or "\n" in written or "\r" in written or "#" in written:
        raise Leave("the name's expressions cannot be repeated inside an f-string")
    if "'" in written and '"' in written:
        raise Leave("the name's expressions use both kinds of quotes")
    return Template(tuple(parts))


def is_format(text: str) -> bool:
    """Whether a recorder takes a text as a format."""
    return re.match(r"[a-z0-9]{1,10}\Z", text) is not None


def format_of(source: SourceText, name: FileName) -> Expression:
    """The extension as the expression for `metadata["format"]`, without its dot.

    Raises:
        Leave: It cannot be written on one line.
    """
    text = constant_text(name.extension)
    if text is not None:
        return Text(text)
    only = name.extension[0]
    if len(name.extension) == 1 and isinstance(only, Hole) and only.plain:
        code = code_of(source, only.node)
        if is_multi_line(code):
            raise Leave("the extension's expression runs over several lines")
        return Call(Code(f"{code.text}.lstrip"), (Argument(Text(".")),)) if name.dotted_extension else code
    return text_of(source, name.extension)
