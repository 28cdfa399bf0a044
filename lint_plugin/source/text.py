"""The text of one Python file, and the way between its bytes, its characters and the positions of `ast`.

`ast` gives lines and columns that count UTF-8 bytes of the decoded text. Everything here therefore works on `u8`, that
text in UTF-8 without its BOM, whatever encoding the file has; `encode_back` returns to the file's own bytes.
"""

from __future__ import annotations

import ast
import bisect
import codecs
import io
import itertools
import tokenize
import warnings


class SourceError(Exception):
    """A file that cannot be read as Python: wrong encoding, syntax error, nesting beyond the parser.

    Attributes:
        line: The line that is to blame, from 1, or 0.
        message: What is wrong.
    """

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class SourceText:
    """One file's text.

    Attributes:
        raw: The file's bytes as read.
        encoding: Its encoding by PEP 263 (`utf-8` where nothing says otherwise; never `utf-8-sig`).
        bom: Whether it starts with a UTF-8 byte order mark.
        u8: Its text as UTF-8, without the BOM, line ends as they are.
        line_starts: Offset in `u8` of each line's first byte.
        newline: The line end that most lines have.
    """

    __slots__ = ("raw", "encoding", "bom", "u8", "line_starts", "newline")

    def __init__(self, raw: bytes) -> None:
        """Decode `raw`.

        Raises:
            SourceError: The encoding is unknown or the bytes are not valid in it.
        """
        self.raw = raw
        self.bom = raw.startswith(codecs.BOM_UTF8)
        first = _first_lines(raw)
        # PEP 263 knows no other word for it.
        self.encoding = self._declared(first) if b"coding" in first else "utf-8"
        body = raw[len(codecs.BOM_UTF8) :] if self.bom else raw
        if self.encoding == "utf-8":
            _require_utf8(body)
        try:
            self.u8 = body if self.encoding == "utf-8" else body.decode(self.encoding).encode("utf-8")
        except UnicodeError as error:
            line = body.count(b"\n", 0, getattr(error, "start", 0)) + 1
            raise SourceError(f"is not valid {self.encoding}: {error}", line) from error
        self._index()

    def _declared(self, first: bytes) -> str:
        """The encoding that the file's first lines name."""
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(first).readline)
        except SyntaxError as error:
            _require_utf8(self.raw)  # says where, when it is only that
            said = "its coding line contradicts its byte order mark" if self.bom else error.msg
            raise SourceError(f"cannot be decoded: {said}", 1) from error
        return "utf-8" if encoding == "utf-8-sig" else encoding

    def _index(self) -> None:
        # For bytes these are the line ends of the tokenizer; str.splitlines() also splits at \f, \v, \x1c-\x1e, \x85
        # and U+2028.
        self.line_starts = [0, *itertools.accumulate(map(len, self.u8.splitlines(keepends=True)))]
        if len(self.line_starts) > 1 and not self.u8.endswith((b"\n", b"\r")):
            self.line_starts.pop()
        windows = self.u8.count(b"\r\n")
        unix, old_mac = self.u8.count(b"\n") - windows, self.u8.count(b"\r") - windows
        self.newline = "\n"
        if windows > unix and windows >= old_mac:
            self.newline = "\r\n"
        elif old_mac > unix:
            self.newline = "\r"

    @classmethod
    def from_text(cls, text: str) -> SourceText:
        """A text that is decoded already; an encoding that it names is not looked at."""
        source = cls(b"")
        source.u8 = source.raw = text.encode("utf-8", "surrogatepass")
        source._index()
        return source

    def parse(self) -> ast.Module:
        """Parse the file with the running Python.

        Raises:
            SourceError: It is not valid Python here, or nested too deeply for the parser.
        """
        version = "the Python version that the project targets"
        null = self.raw.find(b"\0")
        if null >= 0:
            raise SourceError("cannot be parsed: it holds a null byte", self.raw.count(b"\n", 0, null) + 1)
        try:
            return parsed_module(self.raw)
        except SyntaxError as error:
            raise SourceError(f"cannot be parsed: {error.msg}; if it is valid, run under {version}", error.lineno or 0) from error
        except (RecursionError, MemoryError) as error:
            raise SourceError("cannot be parsed: nested too deeply for the parser", 0) from error

    def offset(self, line: int, column: int) -> int:
        """Offset in `u8` of a position of `ast` (line from 1, column in UTF-8 bytes from 0)."""
        return self.line_starts[line - 1] + column

    def span(
        self, node: ast.expr | ast.stmt | ast.arg | ast.keyword | ast.alias | ast.excepthandler | ast.pattern
    ) -> tuple[int, int]:
        """Start and end offset of a node in `u8`."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)

    def slice(self, node: ast.expr | ast.stmt) -> str:
        """The source text of a node."""
        start, end = self.span(node)
        return self.u8[start:end].decode("utf-8")

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset in `u8`, both from 1, the column in characters."""
        line = bisect.bisect_right(self.line_starts, offset)
        start = self.line_starts[line - 1]
        return line, len(self.u8[start:offset].decode("utf-8", "replace")) + 1

    def line_bounds(self, line: int) -> tuple[int, int]:
        """Offsets of a line's first byte and of the byte after its line end."""
        end = self.line_starts[line] if line < len(self.line_starts) else len(self.u8)
        return self.line_starts[line - 1], end

    def line_text(self, line: int) -> str:
        """One line without its line end."""
        start, end = self.line_bounds(line)
        return self.u8[start:end].rstrip(b"\r\n").decode("utf-8")

    def margin(self, line: int) -> str:
        """The white space in front of a line."""
        text = self.line_text(line)
        return text[: len(text) - len(text.lstrip(" \t\f"))]

    def encode_back(self, u8: bytes) -> bytes:
        """Bytes of a changed text in the file's own encoding, with its BOM.

        Raises:
            UnicodeEncodeError: A character of `u8` does not exist in the file's encoding.
        """
        body = u8 if self.encoding == "utf-8" else u8.decode("utf-8").encode(self.encoding)
        return codecs.BOM_UTF8 + body if self.bom else body


def nested_too_deeply(tree: ast.Module) -> SourceError:
    """What to say of a file whose analysis has met a RecursionError, with the line of what is nested most deeply."""
    deepest, line = 0, 0
    todo: list[tuple[ast.AST, int, int]] = [(tree, 0, 0)]
    while todo:
        node, depth, above = todo.pop()
        at = getattr(node, "lineno", above)
        if depth > deepest:
            deepest, line = depth, at
        todo.extend((child, depth + 1, at) for child in ast.iter_child_nodes(node))
    return SourceError("is nested too deeply to be analysed", line)


def parsed_module(code: bytes | str) -> ast.Module:
    """The tree of a module, without warnings: what the file's own code deserves (an invalid escape) is no news of ours.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: As of `ast.parse`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(code)


def parsed_expression(code: str) -> ast.expr:
    """The tree of an expression, in the same way."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(code, mode="eval").body


def _first_lines(raw: bytes) -> bytes:
    """The two lines that may name the encoding; the tokenizer knows lone CRs, `detect_encoding` does not."""
    return b"".join(line + b"\n" for line in raw.splitlines()[:2])


def _require_utf8(body: bytes) -> None:
    """Raise a SourceError that names the line of the first byte that is not UTF-8."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = len(body[: error.start + 1].splitlines())
        message = f"is not valid utf-8 (byte 0x{body[error.start]:02x}); name its encoding in the first line"
        raise SourceError(message, line) from error
