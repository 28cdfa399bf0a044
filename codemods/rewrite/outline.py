"""A module without the bodies that a question about its names cannot be about: less to parse and to follow.

A function's body is a flow of its own. To the names outside it matters only by a few words (`global`, `eval`, an import of
everything) and by reading them. So for a question about some names, each body that spells neither can be left out: the answer
is the same. So can the body of a class that runs straight through: what it binds are attributes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from codemods.rewrite.splice import Splice
from codemods.rewrite.statements import Statements
from lint_plugin.source.text import SourceError, SourceText

Function = ast.FunctionDef | ast.AsyncFunctionDef
Holder = Function | ast.ClassDef

# A body of these alone always runs to its end.
_STRAIGHT = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Assign, ast.AnnAssign, ast.Expr, ast.Pass)
_WORD = re.compile(rb"\w+")
# By these a body binds, or reads unseen, what is not its own; `import` for the one of everything.
_REACHING_OUT = frozenset(b"global nonlocal globals locals vars dir eval exec import".split())
# All bytes but line ends become blanks: lines and columns stay.
_BLANKS = bytes(byte if byte in b"\r\n" else 0x20 for byte in range(256))


def words(text: bytes) -> frozenset[bytes]:
    """The words of a text, keywords, numbers and those in strings and comments too."""
    return frozenset(_WORD.findall(text))


class _Part(NamedTuple):
    """A function or class, with the span of its body; `is_whole` where the body can be left out in one piece."""

    start: int
    body: tuple[int, int]
    is_whole: bool
    inner: list[_Part]


class Outline:
    """The functions and classes of one text that a rewrite leaves as they are.

    Attributes:
        touched: The spans of the functions that it does not.
    """

    __slots__ = ("_parts", "_source", "_splice", "_statements", "touched")

    def __init__(self, statements: Statements, splice: Splice) -> None:
        self._statements = statements
        self._source = statements.source
        self._splice = splice
        self.touched: list[tuple[int, int]] = []
        self._parts = self._parts_of(statements.tree.body)

    def _parts_of(self, block: list[ast.stmt]) -> list[_Part]:
        parts: list[_Part] = []
        for statement in block:
            if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            start, end = self._statements.span(statement)
            body = self._statements.start(statement.body[0]), end
            is_touched = self._splice.touches(start - 1, end + 1)
            if isinstance(statement, ast.ClassDef):
                is_whole = not is_touched and all(isinstance(inner, _STRAIGHT) for inner in statement.body)
                parts.append(_Part(start, body, is_whole, self._parts_of(statement.body)))
            elif is_touched:
                self.touched.append((start, end))
            else:
                parts.append(_Part(start, body, True, []))
        return parts

    def _without_say(self, names: frozenset[bytes]) -> Iterator[_Part]:
        """What can do without its body, in order of the source."""
        pending = self._parts[::-1]
        while pending:
            part = pending.pop()
            if part.is_whole and _is_closed(self._source.u8[slice(*part.body)], names):
                yield part
            else:
                pending += part.inner[::-1]

    def parse(self, new: SourceText, names: frozenset[bytes]) -> ast.Module:
        """The tree of the rewritten text with `()` for the bodies that have no say about `names`; every other node stands
        where the text has it.

        Raises:
            SourceError: It is not valid Python.
        """
        pieces: list[bytes] = []
        position = 0
        for part in self._without_say(names):
            start, end = part.body
            moved = self._splice.moved_start(start)
            if moved is None or end - start < 2:
                continue
            moved_end = moved + end - start
            pieces += (new.u8[position:moved], b"(", new.u8[moved + 1 : moved_end - 1].translate(_BLANKS), b")")
            position = moved_end
        pieces.append(new.u8[position:])
        try:
            return ast.parse(b"".join(pieces))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise SourceError("cannot be parsed") from error

    def shortened(self, new: Statements, names: frozenset[bytes]) -> ast.Module:
        """The tree of the rewritten text with `pass` for those bodies. All nodes are those of the whole tree, but for what
        loses its body, and the classes and the module around it."""
        left_out = {self._splice.moved_start(part.start) for part in self._without_say(names)}
        return ast.Module(_without(new, new.tree.body, left_out), new.tree.type_ignores)


def _is_closed(body: bytes, names: frozenset[bytes]) -> bool:
    """Whether a body is all its own and spells none of `names`."""
    # Beyond ASCII one name has many spellings.
    if not body.isascii():
        return False
    spelled = _WORD.findall(body)
    return _REACHING_OUT.isdisjoint(spelled) and names.isdisjoint(spelled)


def _without(new: Statements, block: list[ast.stmt], left_out: Collection[int | None]) -> list[ast.stmt]:
    shorter: list[ast.stmt] = []
    for statement in block:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if new.start(statement) in left_out:
                statement = _copied(statement, [ast.copy_location(ast.Pass(), statement.body[0])])
            elif isinstance(statement, ast.ClassDef):
                statement = _copied(statement, _without(new, statement.body, left_out))
        shorter.append(statement)
    return shorter


def _copied(statement: Holder, body: list[ast.stmt]) -> ast.stmt:
    copied = type(statement)(**vars(statement))
    copied.body = body
    return copied
