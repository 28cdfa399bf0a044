"""The entity type and the format that a hand-written file name amounts to, as described code."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from codemods.edits import Argument, Call, Code, Expression, Field, Leave, Template, Text
from codemods.fixes.source_text import code_of, is_multi_line
from codemods.proofs.value_types import constant_texts
from lint_plugin.flow.reaching import Flow
from lint_plugin.paths.values.file_names import FileName, Hole, Literal, Piece
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
_LONGEST = 200  # bytes, as UTF-8
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
    if len("".join(piece.text for piece in name.body if isinstance(piece, Literal)).encode("utf-8", "replace")) > _LONGEST:
        raise Leave(f"no recorder takes an entity type of more than {_LONGEST} bytes: shorten the name")
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
    where = f"the expressions of the name at line {pieces[0].node.lineno} hold"
    advice = "give their values names first"
    if "\\" in written or "\n" in written or "\r" in written or "#" in written:
        raise Leave(f"{where} a backslash, a comment or a line break, which an f-string cannot repeat: {advice}")
    if "'" in written and '"' in written:
        raise Leave(f"{where} both kinds of quotes, which an f-string cannot repeat: {advice}")
    return Template(tuple(parts))


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
            raise Leave(f"the extension at line {only.node.lineno} runs over several lines: give its value a name first")
        return Call(Code(f"{code.text}.lstrip"), (Argument(Text(".")),)) if name.dotted_extension else code
    return text_of(source, name.extension)
