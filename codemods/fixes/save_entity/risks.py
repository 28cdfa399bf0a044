"""Why a block fix that is possible is not safe: what a careful reader would want to be asked about."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator

from codemods.fixes.save_entity.entity_type import is_entity_type
from codemods.fixes.save_entity.name_risks import name_risks
from codemods.fixes.save_entity.shape import BYTES, JSON, TEXT, Shape
from codemods.fixes.save_entity.target import Target
from codemods.fixes.save_entity.uses import Uses
from codemods.proofs.module_facts import ModuleFacts
from codemods.proofs.own_value import own_value
from codemods.proofs.places import shown
from codemods.proofs.statement_order import errors_handled_around, function_of, is_inside, loops_around
from codemods.proofs.value_types import INT, PLAIN_TEXT, constant_texts, type_of
from lint_plugin.analysis import Analysis
from lint_plugin.facts import WEAK
from lint_plugin.flow.nodes import last_name, walk
from lint_plugin.flow.reaching import Flow
from lint_plugin.paths.calls.writes import Write
from lint_plugin.paths.values.file_names import FileName, Hole

_BROAD = frozenset({"Exception", "BaseException"})


def risks_of(facts: ModuleFacts, write: Write, shape: Shape, target: Target, uses: Uses, format_risk: str) -> Iterator[str]:
    """Every reason why the rewrite of one write is unsafe; none when it is safe."""
    analysis = facts.analysis
    path, name = target.path, target.name
    if path.evidence.level == WEAK:
        yield "only its name says that the object is a recorder"
    yield from _folder(analysis, target)
    if shape.removes_source:
        yield "the source is removed after it was saved, which is not one step as a move is, and a folder cannot be saved"
    if shape.kind == JSON:
        yield "the recorder chooses the JSON layout (indentation, non-ASCII characters) itself"
    if shape.kind == BYTES and not shape.proven:
        yield "the content is not proved to be bytes; it is converted with `bytes()`"
    if shape.kind == TEXT and not shape.proven:
        yield f"`{ast.unparse(shape.content)}` is not proved to be a str: writing others raises, the recorder stores them"
    for risk in (shape.risk, format_risk):
        if risk:
            yield risk
    yield from _spelling(analysis, write, target)
    yield from _refused(analysis, name)
    if analysis.config.helper_method:
        yield f"`{analysis.config.helper_method}()` logs errors and returns None instead of raising them"
    yield from _handlers(facts.flow, shape.statement)
    yield from _loops(analysis, shape.statement, name)
    if uses.path_name:
        yield f"`{uses.path_name}` is used at line {uses.path_line}: it is set again from the name that the recorder gives"
    saves = analysis.config.helper_method or analysis.config.save_method
    double = (
        None if analysis.facts is None else analysis.facts.stand_in(analysis.config.all_folder_attributes(), saves, whole=True)
    )
    if double is not None:
        yield f"the double at {shown(double.place)} has no `{saves}`, which the code would call in that test"
    yield from _patched(analysis, write)
    yield from name_risks(facts, write, shape, name)


def _patched(analysis: Analysis, write: Write) -> Iterator[str]:
    """A test of the module may count on the function that is called today."""
    called, stem = last_name(write.call.func), os.path.splitext(os.path.basename(analysis.path))[0]
    patch = None if analysis.facts is None else analysis.facts.patch_of(called, stem)
    if patch is not None:
        yield f"the test at {shown(patch.place)} patches `{called}`, which the code would no longer call"


def _folder(analysis: Analysis, target: Target) -> Iterator[str]:
    """The recorder saves into one folder; the write may have chosen another."""
    attribute = target.path.attribute
    if attribute is not None:
        chosen = analysis.config.renamed_attributes.get(attribute.attr, attribute.attr)
        if chosen != analysis.config.output_folder_attribute:
            yield f"the recorder saves into `{analysis.config.output_folder_attribute}`, not into `{chosen}`"


def _spelling(analysis: Analysis, write: Write, target: Target) -> Iterator[str]:
    """Text made by `+` or `%` may be spelled otherwise by the f-string that is emitted."""
    flow = analysis.flow
    holes = {hole.node for hole in target.holes()}
    values = [value for d in (*target.path.chain, *target.name.chain) if (value := own_value(d)) is not None]
    for node in (inner for value in (write.target, *values) for inner in walk(value)):
        match node:
            case ast.BinOp(op=ast.Add()):
                added = next(
                    (side for side in (node.left, node.right) if side in holes and type_of(flow, side) != PLAIN_TEXT), None
                )
                if added is not None:
                    why = "others (an enum's member) print differently in an f-string"
                    yield f"`{ast.unparse(added)}` is not proved to be a plain str: {why}"
                    return
            case ast.Call(func=ast.Name(id="str"), args=[only]) if only in holes and not _prints_alike(flow, only):
                yield f"`str({ast.unparse(only)})` may print otherwise than in an f-string: it is not proved to be a plain str"
                return
            case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str()), right=right):
                reason = _percent_doubt(flow, right, holes, target)
                if reason:
                    yield reason
                    return


def _percent_doubt(flow: Flow, right: ast.expr, holes: set[ast.expr], target: Target) -> str:
    if not isinstance(right, ast.Tuple):
        if right in holes and not _prints_alike(flow, right):
            return f"`{ast.unparse(right)}` may be a tuple, which `%` takes apart"
        return ""
    for hole in target.holes():
        if hole.spec.endswith("d") and hole.node in right.elts and type_of(flow, hole.node) != INT:
            return f"`{ast.unparse(hole.node)}` is not proved to be an int: `%d` takes a float, an f-string does not"
        if not hole.spec and hole.node in right.elts and not _prints_alike(flow, hole.node):
            why = "others (an enum's member) print differently in an f-string"
            return f"`{ast.unparse(hole.node)}` is not proved to be a plain str: {why}"
    return ""


def _prints_alike(flow: Flow, node: ast.expr) -> bool:
    """Whether `str()` and an f-string give the same text for a value."""
    return type_of(flow, node) in (PLAIN_TEXT, INT)


def _refused(analysis: Analysis, name: FileName) -> Iterator[str]:
    """An entity type that begins with an expression may be one that the recorder refuses."""
    first = name.body[0]
    if isinstance(first, Hole) and type_of(analysis.flow, first.node) != INT:
        values = constant_texts(analysis.flow, first) if first.plain else None
        if values is None or not all(is_entity_type(value) for value in values):
            shown = ast.unparse(first.node)
            yield f"the entity type begins with `{shown}`, which may be empty or another text that the recorder refuses"


def _handlers(flow: Flow, statement: ast.stmt) -> Iterator[str]:
    """A handler around the write that is made for what the old call raises; one that catches everything may stay."""
    function = function_of(flow, statement)
    for handler, caught in errors_handled_around(flow, statement):
        if function_of(flow, handler) is not function or any(part is None or last_name(part) in _BROAD for part in caught):
            return
        text = ast.unparse(handler) if isinstance(handler, ast.expr) else f"except {ast.unparse(handler.type or handler)}"
        yield f"`{text}` at line {handler.lineno} may not catch what `save_entity()` raises"
        return


def _loops(analysis: Analysis, statement: ast.stmt, name: FileName) -> Iterator[str]:
    """A fixed name in a loop was overwritten each time; entities add up."""
    nodes = [node for piece in name.pieces if isinstance(piece, Hole) for node in walk(piece.node)]
    if any(isinstance(node, ast.Attribute) and node.attr == "sequence_number" for node in nodes):
        return
    definitions = {
        definition
        for node in nodes
        if isinstance(node, ast.Name)
        for definition in analysis.flow.reach(node)
        if definition.kind != "unbound"
    }
    for loop in loops_around(analysis.flow, statement):
        varying = {definition for definition in definitions if is_inside(analysis.flow, definition.node, {loop})}
        definitions -= varying  # an inner loop's variable goes through the same values in each round of the outer one
        if not varying:
            yield f"the loop at line {loop.lineno} may write the same name each time: one file becomes one entity for each round"
            return
