"""Why a file's name matters to somebody else, who would not find the file under the name that the recorder gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.decision import Leave
from codemods.fixes.save_entity.shape import Shape
from codemods.proofs.effects import is_logging
from codemods.proofs.module_facts import ModuleFacts
from codemods.proofs.nodes import walk
from codemods.proofs.statement_order import function_of, is_inside, place_of
from lint_plugin.analysis import Analysis
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.paths.file_names import FileName
from lint_plugin.paths.writes import Write

_SHOWN = 3


def name_risks(analysis: Analysis, facts: ModuleFacts, write: Write, shape: Shape, name: FileName) -> Iterator[str]:
    """Every reason of that kind.

    Raises:
        Leave: Somebody builds a computed name again to find the file by its number.
    """
    readers = facts.readers(name.pattern())
    lines = [node.lineno for node in facts.names.spelled(write, name)]
    if name.number == "computed" and (lines or readers) and not _is_own_counter(name):
        place = f"line {lines[0]}" if lines else f"{readers[0].path}:{readers[0].line}"
        raise Leave(f"{place} makes the name again from the number, which the recorder gives itself")
    if readers:
        yield f"the file is looked up under its old name at {_shown([f'{read.path}:{read.line}' for read in readers])}"
    said = {read.line for read in readers if read.path == analysis.path}
    places = [f"line {line}" for line in dict.fromkeys(lines) if line not in said]
    if places:
        yield f"the name is spelled again at {_shown(places)}, and the recorder gives another one"
    others = [other for other in facts.names.other_writes(write, name) if may_overwrite(analysis.flow, write, other)]
    if others:
        where = _shown([f"line {line}" for line in sorted({other.call.lineno for other in others})])
        yield f"{where} writes a file of the same name as well: there was one file, and there will be an entity for each"
    yield from _number_read(analysis, shape, name)


def _shown(places: list[str]) -> str:
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return ", ".join(places[:_SHOWN]) + more


def _is_own_counter(name: FileName) -> bool:
    """Whether the number is made from the recorder's own counter."""
    nodes = [node for hole in name.number_holes for node in walk(hole.node)]
    return any(isinstance(node, ast.Attribute) and node.attr == "sequence_number" for node in nodes)


def may_overwrite(flow: Flow, write: Write, other: Write) -> bool:
    """Whether two writes of the same name may both run, for one run: not in different arms, nor with two recorders."""
    if function_of(flow, write.call) is not function_of(flow, other.call):
        return True
    first, second = write.path.recorder, other.path.recorder
    differ = first is not None and second is not None and ast.dump(first) != ast.dump(second)
    return not differ and not excludes(flow, write.call, other.call)


def excludes(flow: Flow, first: ast.AST, second: ast.AST) -> bool:
    """Whether two nodes stand in different arms of one `if` or `match`, so that only one of them runs."""
    arms = dict(_arms(flow, first))
    return any(arms.get(branching, arm) != arm for branching, arm in _arms(flow, second))


def _arms(flow: Flow, node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """The branching statements around a node within its function, each with the arm that it stands in."""
    function = function_of(flow, flow.statement_of(node))
    below, above = node, flow.parent(node)
    while above is not None and below is not function:
        if isinstance(above, ast.If):
            yield above, "body" if below in above.body else "orelse" if below in above.orelse else ""
        elif isinstance(above, ast.Match) and isinstance(below, ast.match_case):
            yield above, str(above.cases.index(below))
        elif isinstance(above, (ast.For, ast.AsyncFor, ast.While)):
            return  # another round may take another arm
        below, above = above, flow.parent(above)


def _number_read(analysis: Analysis, shape: Shape, name: FileName) -> Iterator[str]:
    """A number that is handed on after the write means something to somebody."""
    flow = analysis.flow
    function = function_of(flow, shape.statement)
    for use in (n for hole in name.number_holes for n in walk(hole.node) if isinstance(n, ast.Name)):
        for definition in flow.reach(use):
            if definition.kind != "unbound":
                line = _handed_on(flow, definition, shape.statement, function)
                if line:
                    yield f"`{definition.name}`, the number in the name, is handed on at line {line}; the recorder counts for itself"
                    return


def _handed_on(flow: Flow, definition: Definition, statement: ast.stmt, function: ast.AST) -> int:
    for use in flow.uses(definition):
        if not isinstance(use.ctx, ast.Load) or place_of(use) < place_of(statement) or is_inside(flow, use, {statement}):
            continue
        holder = flow.statement_of(use)
        if function_of(flow, holder) is not function or isinstance(holder, ast.AugAssign):
            continue
        match holder:
            case ast.Expr(value=ast.Call() as call) if is_logging(flow, call):
                continue
            case ast.Assign(targets=[ast.Name(id=again)]) if again == definition.name:
                continue  # it is counted up
            case ast.If() | ast.While() | ast.Assert():
                continue
        return use.lineno
    return 0
