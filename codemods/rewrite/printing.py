"""Carrying edits out on a file: on slices of its text, each as small as can be, or on a tree that LibCST has parsed already."""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import libcst as cst

from codemods.edits import AddImport, Edit, LocatedEdit, ReplaceExpression
from codemods.rewrite.cutting import Cut, Cutter
from codemods.rewrite.import_place import ImportPlace, import_place
from codemods.rewrite.statements import Statements, first_line
from codemods.rewrite.style import Style, Styles
from codemods.rewrite.transformer import Insertion, Located, UnlikeError, transformed
from lint_plugin.source.text import SourceText


@dataclass(frozen=True, slots=True)
class Printed:
    """What came of some edits.

    Attributes:
        source: The new text, with all edits but the failed ones.
        failed: Edits that LibCST could not carry out, each with the reason.
    """

    source: SourceText
    failed: tuple[tuple[Edit, str], ...] = ()


Printer = Callable[[SourceText, ast.Module, Sequence[Edit]], Printed]


def print_slices(source: SourceText, tree: ast.Module, edits: Sequence[Edit]) -> Printed:
    """Carry edits out on slices of a text; what stands between them is never printed.

    Raises:
        UnicodeEncodeError: The file's encoding lacks a character of the new code.
    """
    work = _Placed(source, tree, edits)
    failed: list[tuple[Edit, str]] = []
    parts: list[bytes] = []
    position = 0
    for cut in Cutter(work.statements).cuts(work.located, [place.slot for _, place in work.imports]):
        start = source.line_bounds(cut.first)[0] if cut.first <= len(source.line_starts) else len(source.u8)
        end = source.line_bounds(cut.last)[1] if cut.last >= cut.first else start
        inside = work.inside(cut, start, end)
        try:
            new = _print_cut(source.u8[start:end].decode("utf-8"), cut, *work.shifted(inside, cut))
        except LibcstError as error:
            failed += [(edit, str(error)) for edit in inside]
            continue
        parts += (source.u8[position:start], new.encode("utf-8"))
        position = end
    parts.append(source.u8[position:])
    u8 = b"".join(parts)
    if not source.u8.endswith((b"\n", b"\r")):
        u8 = u8.removesuffix(b"\n").removesuffix(b"\r")  # the statement on a last line without an end may have gone
    return Printed(SourceText(source.encode_back(u8)), tuple(failed))


class TreePrinter:
    """Carries edits out on a tree that LibCST has parsed already, and on those that come of it.

    Attributes:
        trees: The tree of every text that was met or made, by its bytes.
    """

    def __init__(self, module: cst.Module) -> None:
        self.trees: dict[bytes, cst.Module] = {module.bytes: module}

    def __call__(self, source: SourceText, tree: ast.Module, edits: Sequence[Edit]) -> Printed:
        """As `print_slices`, on the whole tree.

        Raises:
            LibcstError: LibCST cannot carry one of them out.
        """
        work = _Placed(source, tree, edits)
        located = [work.at(edit, 0) for edit in work.located]
        insertions = [work.insertion(one, place, 0) for one, place in work.imports]
        with _libcst():
            new = transformed(self.trees[source.raw], located, insertions)
        self.trees[new.bytes] = new
        return Printed(SourceText(new.bytes))


class LibcstError(Exception):
    """LibCST does not come to the right text; the message says why."""


@contextmanager
def _libcst() -> Iterator[None]:
    """Around all that LibCST does: it raises what it likes (TypeError, RecursionError, its own), and one finding is left."""
    try:
        yield
    except UnlikeError as error:
        raise LibcstError("LibCST reads this code differently") from error
    except Exception as error:  # noqa: B902
        raise LibcstError("LibCST cannot parse this code") from error


class _Placed:
    """Edits with their places in one text."""

    def __init__(self, source: SourceText, tree: ast.Module, edits: Sequence[Edit]) -> None:
        self.source = source
        self.statements = Statements(source, tree)
        self.located = sorted((edit for edit in edits if not isinstance(edit, AddImport)), key=_start)
        added = {edit.module: edit for edit in edits if isinstance(edit, AddImport)}
        self.imports = [(edit, import_place(tree, edit.module)) for edit in added.values()]
        self._styles = Styles(source, tree)

    def inside(self, cut: Cut, start: int, end: int) -> list[Edit]:
        """The edits whose nodes, or whose places, are in a cut."""
        first, last = bisect_left(self.located, start, key=_start), bisect_right(self.located, end, key=_start)
        found: list[Edit] = [edit for edit in self.located[first:last] if edit.span.end <= end]
        return found + [edit for edit, place in self.imports if place.slot in cut.slots]

    def shifted(self, edits: Sequence[Edit], cut: Cut) -> tuple[list[Located], list[Insertion]]:
        """The same edits as places in a cut's own module."""
        above = cut.above.count("\n")
        shift = above - cut.first + 1
        located = [self.at(edit, shift) for edit in edits if not isinstance(edit, AddImport)]
        insertions = []
        for edit, place in self.imports:
            if edit in edits:
                insertion = self.insertion(edit, place, shift)
                if place.after and place.index < cut.slots.start:
                    # The statement in front is not in the cut; the line above it stands for it.
                    insertion = replace(insertion, lines=(above,))
                insertions.append(insertion)
        return located, insertions

    def at(self, edit: LocatedEdit, shift: int) -> Located:
        """One edit as LibCST sees its place, `shift` lines further down."""
        (line, column), (end_line, end_column) = map(self.source.position, (edit.span.start, edit.span.end))
        return Located(edit, (line + shift, column - 1), (end_line + shift, end_column - 1), self._style(edit, line))

    def _style(self, edit: LocatedEdit, line: int) -> Style:
        place = self.statements.innermost(edit.span.start)
        assert place is not None
        style = self._styles.of(place)
        if not isinstance(edit, ReplaceExpression):
            return style
        return replace(style, margin=self.source.margin(line))

    def insertion(self, edit: AddImport, place: ImportPlace, shift: int) -> Insertion:
        """One new import, as LibCST sees the statement beside which it comes in."""
        statement = self.statements.tree.body[place.index]
        lines = tuple(sorted({first_line(statement) + shift, statement.lineno + shift}))
        return Insertion(edit.module, lines, place.after, place.gap)


def _start(edit: LocatedEdit) -> int:
    return edit.span.start


def _print_cut(text: str, cut: Cut, edits: Sequence[Located], insertions: Sequence[Insertion]) -> str:
    """The lines of a cut with its edits carried out.

    Raises:
        LibcstError: LibCST does not do it.
    """
    # LibCST knows a lone CR as a line end only in places.
    lone = "\r" in text and "\n" not in text
    text = text.replace("\r", "\n") if lone else text
    newline = "\r\n" if "\r\n" in cut.above + cut.below or "\r\n" in text else "\n"
    ends = not text or bool(cut.below) or text.endswith("\n")
    whole = f"{cut.above}{text}{'' if ends else newline}{cut.below}"
    with _libcst():
        config: cst.PartialParserConfig = cst.PartialParserConfig(default_newline=newline)
        module = cst.parse_module(whole, config)
        new = transformed(module, edits, insertions).code
        if module.code != whole or not new.startswith(cut.above) or not new.endswith(cut.below):
            raise UnlikeError
    new = new[len(cut.above) : len(new) - len(cut.below)]
    new = new if ends else new.removesuffix(newline)
    return new.replace("\n", "\r") if lone else new
