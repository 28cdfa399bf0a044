"""Why a block fix that is possible is not safe: what a careful reader would want to be asked about."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import translate

from codemods.block_shape import BYTES, JSON, Shape
from codemods.block_uses import Uses
from codemods.places import ancestors, is_inside, loops_around
from lint_plugin.analysis import Analysis
from lint_plugin.callee import dotted_name, last_name
from lint_plugin.evidence import WEAK
from lint_plugin.facts import NumberedRead
from lint_plugin.paths import PathValue
from lint_plugin.pieces import FileName, Hole
from lint_plugin.rules.hardcoded_sequence_lookup import HardcodedSequenceLookup
from lint_plugin.sinks import Write

_BROAD = frozenset({"Exception", "BaseException"})
_SHOWN = 3


def risks_of(
    analysis: Analysis, write: Write, shape: Shape, path: PathValue, name: FileName, uses: Uses, format_risk: str
) -> Iterator[str]:
    """Every reason why the rewrite of one write is unsafe; none when it is safe."""
    if path.evidence.level == WEAK:
        yield "only its name says that the object is a recorder"
    if shape.removes_source:
        yield "the source is removed after it was saved, which is not one step as a move is, and a folder cannot be saved"
    if shape.kind == JSON:
        yield "the recorder chooses the JSON layout (indentation, non-ASCII characters) itself"
    if shape.kind == BYTES and not shape.proven:
        yield "the content is not proved to be bytes; it is converted with `bytes()`"
    if format_risk:
        yield format_risk
    if analysis.config.helper_method:
        yield f"`{analysis.config.helper_method}()` logs errors and returns None instead of raising them"
    yield from _handlers(analysis, shape.statement)
    yield from _loops(analysis, shape.statement, name)
    if uses.path_name:
        yield f"`{uses.path_name}` is used at line {uses.path_line}: it is set again from the name that the recorder gives"
    yield from _readers(analysis, name)


def _handlers(analysis: Analysis, statement: ast.stmt) -> Iterator[str]:
    """Handlers around the write that are made for what the old call raises."""
    flow = analysis.flow
    below: ast.AST = statement
    for above in ancestors(flow, statement):
        if isinstance(above, ast.Try) and below in above.body and above.handlers:
            narrow = [h for h in above.handlers if not _is_broad(h.type)]
            if narrow:
                caught = ast.unparse(narrow[0].type) if narrow[0].type is not None else ""
                yield f"the handler for `{caught}` at line {narrow[0].lineno} may not catch what `save_entity()` raises"
                return
            return  # everything is caught here
        if isinstance(above, (ast.With, ast.AsyncWith)) and above is not statement:
            for item in above.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and dotted_name(flow, call.func) == "contextlib.suppress":
                    if not any(_is_broad(argument) for argument in call.args):
                        yield f"`{ast.unparse(call)}` may not catch what `save_entity()` raises"
                        return
        below = above


def _is_broad(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    if isinstance(caught, ast.Tuple):
        return any(last_name(part) in _BROAD for part in caught.elts)
    return last_name(caught) in _BROAD


def _loops(analysis: Analysis, statement: ast.stmt, name: FileName) -> Iterator[str]:
    """A fixed name in a loop was overwritten each time; entities add up."""
    loops = loops_around(analysis.flow, statement)
    if not loops:
        return
    holders: set[ast.stmt] = {loops[0]}
    for piece in name.pieces:
        if not isinstance(piece, Hole):
            continue
        for node in ast.walk(piece.node):
            if isinstance(node, ast.Call):
                return
            if isinstance(node, ast.Attribute) and node.attr == "sequence_number":
                return
            if isinstance(node, ast.Name):
                for definition in analysis.flow.reach(node):
                    if definition.kind != "unbound" and is_inside(analysis.flow, definition.node, holders):
                        return
    yield f"the loop at line {loops[0].lineno} writes the same name each time: one file becomes one entity for each round"


def _readers(analysis: Analysis, name: FileName) -> Iterator[str]:
    """Places that look the file up under its old name."""
    reads = [] if analysis.facts is None else [r for r in analysis.facts.reads if not _same_file(r, analysis.path)]
    written = {
        n.literal for w in analysis.writes if (n := analysis.file_name(w.path)) is not None and n.literal is not None
    }
    for node, other in HardcodedSequenceLookup.lookups(analysis):
        if other.literal not in written:
            reads.append(NumberedRead(other.pattern(), analysis.path, node.lineno))
    found = [read for read in reads if overlap(name.pattern(), read.pattern)]
    if found:
        places = ", ".join(f"{read.path}:{read.line}" for read in found[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        yield f"the file is looked up under its old name at {places}{more}"


def _same_file(read: NumberedRead, path: str) -> bool:
    return read.path == path


def overlap(first: str, second: str) -> bool:
    """Whether two globs can match the same name; sure for one without wildcards, by their own text otherwise."""
    return re.match(translate(first), second) is not None or re.match(translate(second), first) is not None
