"""The entity type and the format that a hand-written file name amounts to, as source text."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from codemods.edits import Leave
from codemods.fixes.source_text import code_of
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


def entity_type_source(source: SourceText, name: FileName) -> str:
    """The entity type as a literal or an f-string.

    Raises:
        Leave: Python 3.11 has no f-string that says it (both quotes, a backslash or a line end inside the braces).
    """
    return string_source(source, name.body)


def string_source(source: SourceText, pieces: Sequence[Piece]) -> str:
    """Pieces as one string expression; see `entity_type_source`."""
    text = constant_text(pieces)
    if text is not None:
        return _spelled(source, text)
    holes = {piece: code_of(source, piece.node) for piece in pieces if isinstance(piece, Hole)}
    written = "".join(code + piece.spec for piece, code in holes.items())
    if "\\" in written or "\n" in written or "\r" in written or "#" in written:
        raise Leave("the name's expressions cannot be repeated inside an f-string")
    quote = '"' if "'" in written else "'"
    if quote in written:
        raise Leave("the name's expressions use both kinds of quotes")
    parts = []
    for piece in pieces:
        if isinstance(piece, Literal):
            parts.append(_escaped(_spelled(source, piece.text), quote))
            continue
        code = holes[piece]
        if isinstance(piece.node, (ast.Lambda, ast.IfExp, ast.NamedExpr)) or code.startswith("{"):
            code = f"({code})"
        conversion = f"!{piece.conversion}" if piece.conversion else ""
        spec = f":{piece.spec}" if piece.spec else ""
        parts.append(f"{{{code}{conversion}{spec}}}")
    return f"f{quote}{''.join(parts)}{quote}"


def _spelled(source: SourceText, text: str) -> str:
    """A literal for a text, in ASCII where the file's encoding has not all of its characters."""
    try:
        text.encode(source.encoding)
    except UnicodeEncodeError:
        return ascii(text)
    return repr(text)


def _escaped(literal: str, quote: str) -> str:
    """The inside of a string literal, for an f-string with these quotes."""
    body = literal[1:-1]
    if literal[0] == '"':
        body = body.replace('"', '\\"') if quote == '"' else body.replace("'", "\\'")
    elif quote == '"':
        body = body.replace("\\'", "'").replace('"', '\\"')
    return body.replace("{", "{{").replace("}", "}}")


def is_format(text: str) -> bool:
    """Whether a recorder takes a text as a format."""
    return re.match(r"[a-z0-9]{1,10}\Z", text) is not None


def format_source(source: SourceText, name: FileName) -> str:
    """The extension as the expression for `metadata["format"]`, without its dot.

    Raises:
        Leave: It cannot be written on one line.
    """
    text = constant_text(name.extension)
    if text is not None:
        return repr(text)
    only = name.extension[0]
    if len(name.extension) == 1 and isinstance(only, Hole) and only.plain:
        code = code_of(source, only.node)
        if "\n" in code or "\r" in code:
            raise Leave("the extension's expression runs over several lines")
        return f"{code}.lstrip('.')" if name.dotted_extension else code
    return string_source(source, name.extension)
