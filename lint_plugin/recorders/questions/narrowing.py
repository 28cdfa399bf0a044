"""Where a test says what class a name has: `isinstance`, `assert isinstance`, `case Class():`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from lint_plugin.flow.functions import SCOPES
from lint_plugin.flow.reaching import Flow

_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)


class Narrowing:
    """The tests of one module."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    @cached_property
    def _tested(self) -> frozenset[str]:
        """What is tested anywhere in the module, as `ast.dump` has it: nothing else is worth looking for."""
        found = set()
        for node in self._flow.nodes():
            match node:
                case ast.Call(func=ast.Name(id="isinstance"), args=[asked, _]):
                    found.add(ast.dump(asked))
                case ast.Match(subject=subject):
                    found.add(ast.dump(subject))
        return frozenset(found)

    def class_of(self, node: ast.Name | ast.Attribute) -> ast.expr | None:
        """The class, or tuple of classes, that the nearest test says `node` is an instance of; None where none does."""
        if not self._tested or not isinstance(node.ctx, ast.Load) or ast.dump(node) not in self._tested:
            return None
        for asked, cls in self._tests_around(node):
            if ast.dump(asked) == ast.dump(node) and self._is_same_variable(asked, node):
                return cls
        return None

    def _is_same_variable(self, first: ast.expr, second: ast.expr) -> bool:
        """Whether nothing was bound to the name between."""
        while isinstance(first, ast.Attribute) and isinstance(second, ast.Attribute):
            first, second = first.value, second.value
        if not isinstance(first, ast.Name) or not isinstance(second, ast.Name):
            return False
        return self._flow.reach(first) == self._flow.reach(second)

    def _tests_around(self, node: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
        """`(what is tested, class)` of every test that holds where `node` is evaluated, the nearest first."""
        below: ast.AST = node
        above = self._flow.parent(node)
        while above is not None and not isinstance(below, SCOPES):
            match above:
                case ast.If(test=test, body=body) | ast.While(test=test, body=body) if below in body:
                    yield from _said(test)
                case ast.IfExp(test=test, body=body) if below is body:
                    yield from _said(test)
                case ast.BoolOp(op=ast.And(), values=values) if below in values:
                    for value in values[: values.index(below)]:
                        yield from _said(value)
                case ast.match_case(pattern=pattern):
                    match self._flow.parent(above):
                        case ast.Match(subject=subject):
                            yield from _matched(subject, pattern)
            for block in (getattr(above, name, None) for name in ("body", "orelse", "finalbody")):
                if isinstance(block, list) and below in block:
                    for statement in reversed(block[: block.index(below)]):
                        yield from _said_before(statement)
            below, above = above, self._flow.parent(above)


def _said(test: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is so when a test is true."""
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            for value in values:
                yield from _said(value)
        case ast.Call(func=ast.Name(id="isinstance"), args=[asked, cls]):
            yield asked, cls


def _said_before(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is so after a statement: `assert isinstance(x, C)`, `if not isinstance(x, C): return`."""
    match statement:
        case ast.Assert(test=test):
            yield from _said(test)
        case ast.If(test=ast.UnaryOp(op=ast.Not(), operand=test), body=[*_, last], orelse=[]) if isinstance(last, _LEAVING):
            yield from _said(test)


def _matched(subject: ast.expr, pattern: ast.pattern) -> Iterator[tuple[ast.expr, ast.expr]]:
    match pattern:
        case ast.MatchClass(cls=cls) | ast.MatchAs(pattern=ast.MatchClass(cls=cls)):
            yield subject, cls
