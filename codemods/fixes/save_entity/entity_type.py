"""The entity type and the format that a hand-written file name amounts to, as source text."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from codemods.edits import Leave
from codemods.fixes.source_text import code_of
from codemods.proofs.value_types import constant_texts
from lint_plugin.flow.reaching import Flow
from lint_plugin.paths.file_names import FileName, Hole, Literal, Piece
from lint_plugin.source.text import SourceText

# What the shipped recorder refuses as a format, for a page that is opened in a browser would run it.
REFUSED = frozenset(
    "bat cmd com dll exe hta htm html jar js mjs msi ps1 scr sh shtml svg svgz vbs wasm xht xhtml xml xsl".split()
)
# Of these, the recorder finds the extension whatever program made the file; each with its kind.
_FOUND_FOR_CERTAIN = {
    **dict.fromkeys(("mp3", "wav", "flac"), "audio"),
    **dict.fromkeys(("mp4", "webm"), "video"),
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "webp"), "image"),
    "pdf": "document",
}
# Words of an entity type that say which kind of file it is.
_KIND_WORDS = {
    **dict.fromkeys(("audio", "music", "sound", "speech", "voice", "song"), "audio"),
    **dict.fromkeys(("video", "movie", "clip", "film"), "video"),
    **dict.fromkeys(("image", "picture", "photo", "frame", "thumbnail", "mask"), "image"),
    **dict.fromkeys(("3d", "mesh", "model"), "3d"),
}
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
            raise Leave(f"line {piece.node.lineno} names a sub-folder of the run: entities lie in the run folder itself")
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


def is_entity_type(text: str) -> bool:
    """Whether a text can stand at the front of an entity type whatever follows."""
    return re.match(r"[A-Za-z0-9_][\w-]{0,63}\Z", text) is not None


def finds_extension(flow: Flow, name: FileName, text: str, test: ast.expr | None = None) -> bool:
    """Whether the shipped recorder is certain to find an extension from such bytes, under this name's entity type.

    Args:
        flow: The module's flow.
        name: The name.
        text: The extension.
        test: The condition under which the name has it (`media_type == "audio"`), if there is one.
    """
    if text == "bin":
        return True  # what it writes when it finds nothing
    kind = _FOUND_FOR_CERTAIN.get(text)
    if kind is None:
        return False
    words: set[str] = set()
    for piece in name.body:
        if isinstance(piece, Literal):
            words.update(re.split(r"[^a-z0-9]+", piece.text.lower()))
            continue
        values = constant_texts(flow, piece)
        if test is not None and isinstance(test, ast.Compare):
            inner = [node.value for node in ast.walk(test) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
            values = inner if ast.dump(test.left) == ast.dump(piece.node) else values
        elif values is None and test is None:
            return False  # it may name any kind
        words.update(word for value in values or () for word in re.split(r"[^a-z0-9]+", value.lower()))
    named = {_KIND_WORDS[word] for word in words if word in _KIND_WORDS}
    return not named or named == {kind}


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
