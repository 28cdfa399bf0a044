"""A module without the function bodies that a question about its names cannot be about: less to parse and to follow.

A body is a flow of its own. To the names outside it matters only by a few words (`global`, `eval`, an import of everything)
and by reading them. So for a question about some names, each body that spells neither can be left out: the answer is the same.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from codemods.splice import Splice
from codemods.statements import Statements
from lint_plugin.source import SourceError, SourceText

Function = ast.FunctionDef | ast.AsyncFunctionDef

_WORD = re.compile(rb"\w+")
# By these a body binds, or reads unseen, what is not its own; `import` for the one of everything.
_REACHING_OUT = frozenset(b"global nonlocal globals locals vars dir eval exec import".split())
# All bytes but line ends become blanks: lines and columns stay.
_BLANKS = bytes(byte if byte in b"\r\n" else 0x20 for byte in range(256))


def words(text: bytes) -> frozenset[bytes]:
    """The words of a text, keywords, numbers and those in strings and comments too."""
    return frozenset(_WORD.findall(text))


class Outline:
    """The functions of one text that a rewrite leaves as they are.

    Attributes:
        touched: The spans of the other functions.
    """

    __slots__ = ("_bodies", "_source", "_splice", "touched")

    def __init__(self, statements: Statements, splice: Splice) -> None:
        self._source = statements.source
        self._splice = splice
        self._bodies: dict[int, tuple[int, int]] = {}  # start of the function -> span of its body
        self.touched: list[tuple[int, int]] = []
        for function in _functions(statements.tree):
            start, end = statements.span(function)
            if splice.touches(start - 1, end + 1):
                self.touched.append((start, end))
            else:
                self._bodies[start] = statements.start(function.body[0]), end

    def parse(self, new: SourceText, names: frozenset[bytes]) -> ast.Module:
        """The tree of the rewritten text with `()` for the bodies that can be left out of a question about `names`; every
        other node stands where the text has it.

        Raises:
            SourceError: It is not valid Python.
        """
        parts: list[bytes] = []
        position = 0
        for start, end in sorted(self._bodies.values()):
            if end - start < 2 or not _is_closed(self._source.u8[start:end], names):
                continue
            moved = self._splice.moved_start(start)
            assert moved is not None
            moved_end = moved + end - start
            parts += (new.u8[position:moved], b"(", new.u8[moved + 1 : moved_end - 1].translate(_BLANKS), b")")
            position = moved_end
        parts.append(new.u8[position:])
        try:
            return ast.parse(b"".join(parts))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise SourceError("cannot be parsed") from error

    def shortened(self, new: Statements, names: frozenset[bytes]) -> ast.Module:
        """The tree of the rewritten text with `pass` for those bodies. All nodes are those of the whole tree, but for the
        functions that lose their bodies, and the classes and the module around these."""
        closed = {
            self._splice.moved_start(start)
            for start, body in self._bodies.items()
            if _is_closed(self._source.u8[slice(*body)], names)
        }
        left_out = {id(function) for function in _functions(new.tree) if new.start(function) in closed}
        return ast.Module(_without(new.tree.body, left_out), new.tree.type_ignores)


def _functions(tree: ast.Module) -> Iterator[Function]:
    """The functions of a module and of its classes; not those inside a function or another statement."""
    pending: list[list[ast.stmt]] = [tree.body]
    while pending:
        for statement in pending.pop():
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield statement
            elif isinstance(statement, ast.ClassDef):
                pending.append(statement.body)


def _is_closed(body: bytes, names: frozenset[bytes]) -> bool:
    """Whether a function's body is all its own and spells none of `names`."""
    # Beyond ASCII one name has many spellings.
    if not body.isascii():
        return False
    spelled = _WORD.findall(body)
    return _REACHING_OUT.isdisjoint(spelled) and names.isdisjoint(spelled)


def _without(block: list[ast.stmt], left_out: Collection[int]) -> list[ast.stmt]:
    shorter: list[ast.stmt] = []
    for statement in block:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and id(statement) in left_out:
            statement = _copied(statement, [ast.copy_location(ast.Pass(), statement.body[0])])
        elif isinstance(statement, ast.ClassDef):
            statement = _copied(statement, _without(statement.body, left_out))
        shorter.append(statement)
    return shorter


def _copied(statement: Function | ast.ClassDef, body: list[ast.stmt]) -> ast.stmt:
    copied = type(statement)(**vars(statement))
    copied.body = body
    return copied
