"""Carrying edits out on a file: on slices of its text, each as small as can be, or on a tree that LibCST has parsed already."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods.edits import Edit
from codemods.rewrite.cutting import Cut, Cutter
from codemods.rewrite.placed import Insertion, Located, Placed
from lint_plugin.source.text import SourceText

if TYPE_CHECKING:
    import libcst as cst


_CANNOT_PARSE = "LibCST cannot parse this code"
_READS_DIFFERENTLY = "LibCST reads this code differently"


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
    try:
        with _libcst("LibCST, which rewrites it, cannot be loaded ({error})"):
            import codemods.rewrite.transformer  # noqa: F401 - it loads LibCST: only where something is rewritten
    except LibcstError as error:
        return Printed(source, tuple((edit, str(error)) for edit in edits))
    work = Placed(source, tree, edits)
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
        work = Placed(source, tree, edits)
        located = [work.at(edit, 0) for edit in work.located]
        insertions = [work.insertion(one, place, 0) for one, place in work.imports]
        with _libcst(_CANNOT_PARSE):
            from codemods.rewrite.transformer import transformed

            new = transformed(self.trees[source.raw], located, insertions)
        if new is None:
            raise LibcstError(_READS_DIFFERENTLY)
        self.trees[new.bytes] = new
        return Printed(SourceText(new.bytes))


class LibcstError(Exception):
    """LibCST does not come to the right text; the message says why."""


@contextmanager
def _libcst(problem: str) -> Iterator[None]:
    """Around all that LibCST does: it raises what it likes (TypeError, RecursionError, its own), and where it is only half
    installed anything. What it was to do is left, and nothing else is lost."""
    try:
        yield
    except Exception as error:  # noqa: B902
        raise LibcstError(problem.format(error=f"{type(error).__name__}: {error}")) from error


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
    with _libcst(_CANNOT_PARSE):
        import libcst as cst

        from codemods.rewrite.transformer import transformed

        config: cst.PartialParserConfig = cst.PartialParserConfig(default_newline=newline)
        module = cst.parse_module(whole, config)
        result = transformed(module, edits, insertions)
        new = None if result is None or module.code != whole else result.code
    if new is None or not new.startswith(cut.above) or not new.endswith(cut.below):
        raise LibcstError(_READS_DIFFERENTLY)
    new = new[len(cut.above) : len(new) - len(cut.below)]
    new = new if ends else new.removesuffix(newline)
    return new.replace("\n", "\r") if lone else new
