"""What a path below a run folder is made of: its components, and the steps in which it is made."""

from __future__ import annotations

import ast
from collections.abc import Container, Sequence
from dataclasses import dataclass

from lint_plugin.flow.callee import dotted_name, sole
from lint_plugin.flow.nodes import last_name
from lint_plugin.flow.reaching import Flow
from lint_plugin.paths.values.file_names import Hole, Literal, Piece


@dataclass(frozen=True, slots=True)
class Part:
    """One component below the run folder: an expression, or the pieces of a text after a slash."""

    node: ast.expr | None
    pieces: tuple[Piece, ...] | None = None


UNSEEN = Part(None, ())  # of which only is known that there is one


def components(part: Part) -> Sequence[Part]:
    """A constant that is a path of its own (`"final/07_x.mp3"`), in its components."""
    match part.node:
        case ast.Constant(value=str(text)) if "/" in text and not text.startswith("/"):
            return split_at_slashes([Literal("/" + text, part.node)]) or [part]
    return [part]


def split_at_slashes(pieces: Sequence[Piece]) -> list[Part] | None:
    """The components of a text that continues a folder; it has to go on with a slash (or end there)."""
    if not pieces:
        return []
    first = pieces[0]
    separated = isinstance(first, Literal) and first.text[:1] in ("/", "\\")
    if not separated and not (isinstance(first, Hole) and last_name(first.node) in ("sep", "altsep")):
        return None
    components: list[list[Piece]] = [[]]
    for piece in pieces:
        if isinstance(piece, Hole):
            if last_name(piece.node) in ("sep", "altsep"):
                components.append([])
            else:
                components[-1].append(piece)
            continue
        start = 0
        for index, text in enumerate(piece.text.replace("\\", "/").split("/")):
            if index:
                components.append([])
            if text:
                components[-1].append(piece.part(start, start + len(text)))
            start += len(text) + 1
    return [Part(None, tuple(component)) for component in components if component]


def steps_to(flow: Flow, path: ast.expr, known: Container[ast.expr]) -> list[ast.expr]:
    """The paths that a path is made from, each from the one in front of it, up to one that is known; the path itself last.

    For what is asked of each in turn, in a loop: `path = path / "a"` may stand there more often than Python's stack is deep.
    """
    found: dict[ast.expr, None] = {}  # in order; definitions may go round in a circle
    step: ast.expr | None = path
    while step is not None and step not in known and step not in found:
        found[step] = None
        step = _made_from(flow, step)
    return list(found)[::-1]


def _made_from(flow: Flow, node: ast.expr) -> ast.expr | None:
    """The path that a path is made from, where only one comes into question."""
    match node:
        case ast.BinOp(op=ast.Div(), left=inner) | ast.NamedExpr(value=inner):
            return inner
        case ast.Call(func=function, args=[first, *_]) if dotted_name(flow, function) is not None:
            return first
        case ast.Call(func=ast.Attribute(value=inner)):
            return inner
        case ast.Name():
            definition = sole(flow, node)
            match None if definition is None else definition.statement:
                case ast.AugAssign(op=ast.Div(), target=ast.Name() as before):
                    return before
            return None if definition is None or definition.kind not in ("assign", "walrus") else definition.value
    return None
