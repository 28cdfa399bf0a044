"""The components of a path below a run folder."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from lint_plugin.flow.chains import last_name
from lint_plugin.paths.file_names import Hole, Literal, Piece


@dataclass(frozen=True, slots=True)
class Part:
    """One component below the run folder: an expression, or the pieces of a text after a slash."""

    node: ast.expr | None
    pieces: tuple[Piece, ...] | None = None


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
