"""Why a file's name matters to somebody else, who would not find the file under the name that the recorder gives."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Sequence
from itertools import islice

from codemods.edits import Leave
from codemods.fixes.save_entity.shape import Shape
from codemods.proofs.effects import is_logging
from codemods.proofs.module_facts import ModuleFacts
from codemods.proofs.name_uses import may_overwrite
from codemods.proofs.own_value import holder_of, own_value
from codemods.proofs.places import shown
from codemods.proofs.statement_order import function_of, is_inside, place_of
from lint_plugin.analysis import Analysis
from lint_plugin.facts import Mention, NumberedRead, NumberedWrite
from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.nodes import walk
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.paths.calls.writes import Write
from lint_plugin.paths.values.file_names import FileName
from lint_plugin.project.numbered_writes import makes_recorder, name_as_text

_SHOWN = 3


def name_risks(facts: ModuleFacts, write: Write, shape: Shape, name: FileName) -> Iterator[str]:
    """Every reason of that kind.

    Raises:
        Leave: Somebody builds a computed name again to find the file by its number.
    """
    analysis = facts.analysis
    _require_own(analysis, write, name)
    readers = facts.readers(name.pattern())
    lines = [node.lineno for node in facts.names.spelled(write, name)]
    mentions, writes = _elsewhere(facts, write, name)
    if name.number == "computed" and (lines or readers or mentions) and not _is_own_counter(name):
        place = f"line {lines[0]}" if lines else _place(analysis, (readers or mentions)[0])
        raise Leave(f"{place} makes the name again from the number, which the recorder gives itself")
    if readers:
        yield f"the file is {_done(readers)} at {_shown([_place(analysis, read) for read in readers])}"
    said = {read.line for read in readers if read.path == analysis.path}
    places = [f"line {line}" for line in dict.fromkeys(lines) if line not in said]
    known = {(os.path.realpath(read.path), read.line) for read in readers}
    places += [_place(analysis, m) for m in mentions if (os.path.realpath(m.path), m.line) not in known]
    if places:
        yield f"the name is spelled again at {_shown(places)}, and the recorder gives another one"
    others = (other for other in facts.names.other_writes(write, name) if may_overwrite(analysis.flow, write, other))
    # No more than are shown: a thousand writes of one name would be a million pairs.
    lines = sorted({other.call.lineno for other in islice(others, _SHOWN + 1)})
    where = [f"line {line}" for line in lines] + [_place(analysis, other) for other in writes]
    if where:
        done = "writes" if len(where) == 1 else "write"
        yield f"{_shown(where)} {done} a file of the same name as well: there was one file, and there will be an entity for each"
    yield from _other_run(facts, write, name)
    yield from _number_read(analysis, shape, name)
    yield from _beginning_read(facts, write, shape, name)
    begun = [f"line {node.lineno}" for node in facts.names.begun(write, name) if node.lineno not in said]
    begun += [_place(analysis, m) for m in facts.names.begun_elsewhere(name) if _place(analysis, m) not in places]
    if begun:
        yield f"the beginning of the name with its number is spelled again at {_shown(list(dict.fromkeys(begun)))}"


def _require_own(analysis: Analysis, write: Write, name: FileName) -> None:
    """Make sure that no other file of the project reads a variable to find the file."""
    for definition in (*write.path.chain, *name.chain):
        if definition.scope.kind != "module" or definition.kind == "import" or analysis.facts is None:
            continue
        taken = analysis.facts.imported_from(os.path.realpath(analysis.path))
        if definition.name in taken or ("*" in taken and not definition.name.startswith("_")):
            raise Leave(f"another file takes `{definition.name}` from this one, and may look for the file by it")


def _other_run(facts: ModuleFacts, write: Write, name: FileName) -> Iterator[str]:
    """A write into another run that takes its name from the variable which will hold this run's name."""
    analysis = facts.analysis
    for other in facts.names.writes_beside(write, name):
        first, second = write.path.recorder, other.path.recorder
        differ = first is not None and second is not None and ast.dump(first) != ast.dump(second)
        again = analysis.file_name(other.path) if differ else None
        shared = set(name.chain) & set(() if again is None else again.chain)
        if shared and place_of(write.call) < place_of(other.call):
            held = min(definition.name for definition in shared)
            yield f"line {other.call.lineno} writes into another run under `{held}`, where the number may be taken"
            return


def _elsewhere(facts: ModuleFacts, write: Write, name: FileName) -> tuple[list[Mention], list[NumberedWrite]]:
    """The places in other files that spell the name, and those that write it for a recorder which they are given."""
    analysis, found = facts.analysis, facts.names.mentions(name)
    if not found or analysis.facts is None:
        return [], []
    by_place = {(os.path.realpath(other.path), other.line): other for other in analysis.facts.writes}
    writes = {mention: by_place.get((os.path.realpath(mention.path), mention.line)) for mention in found}
    recorder = write.path.recorder
    given = recorder is None or not makes_recorder(analysis.flow, recorder)
    return (
        [mention for mention, other in writes.items() if other is None],
        [other for other in writes.values() if other is not None and given and other.given],
    )


def _place(analysis: Analysis, found: Mention | NumberedRead | NumberedWrite) -> str:
    """A line, and its file as seen from the file at hand where it is another."""
    here, there = os.path.realpath(analysis.path), os.path.realpath(found.path)
    return f"line {found.line}" if here == there else shown(f"{found.path}:{found.line}")


def _done(readers: Sequence[NumberedRead]) -> str:
    return "looked up under its old name" if all(read.seen for read in readers) else "named by its old name"


def _shown(places: list[str]) -> str:
    return ", ".join(places[:_SHOWN]) + (" and more" if len(places) > _SHOWN else "")


def _is_own_counter(name: FileName) -> bool:
    """Whether the number is made from the recorder's own counter."""
    nodes = [node for hole in name.number_holes for node in walk(hole.node)]
    return any(isinstance(node, ast.Attribute) and node.attr == "sequence_number" for node in nodes)


def _number_read(analysis: Analysis, shape: Shape, name: FileName) -> Iterator[str]:
    """A number that is handed on after the write means something to somebody."""
    flow = analysis.flow
    function = function_of(flow, shape.statement)
    for use in (n for hole in name.number_holes for n in walk(hole.node) if isinstance(n, ast.Name)):
        above = flow.parent(use)
        if isinstance(above, ast.Attribute) and above.attr == "sequence_number":
            continue  # the recorder may go where it likes
        what = "from which the name's number is read" if isinstance(above, ast.Attribute) else "the name's number"
        for definition in flow.bound(use):
            line = _handed_on(flow, definition, shape.statement, function)
            if line:
                yield f"`{definition.name}`, {what}, is handed on at line {line}; the recorder counts for itself"
                return


def _beginning_read(facts: ModuleFacts, write: Write, shape: Shape, name: FileName) -> Iterator[str]:
    """A variable for the beginning of the name, with its number, that something else reads as well; a number taken out of it."""
    analysis, flow = facts.analysis, facts.flow
    holders = {shape.statement, *map(holder_of, (*write.path.chain, *name.chain))}
    whole = name_as_text(name)
    for definition in name.chain:
        value = own_value(definition)
        read = None if value is None else analysis.pieces.read(value)
        text = "" if read is None else name_as_text(analysis.pieces.file_name(*read))
        if text and text != whole and whole.startswith(text):
            lines = [use.lineno for use in flow.uses(definition) if not is_inside(flow, use, holders)]
            if lines:
                yield f"`{definition.name}`, the beginning of the name with its number, is read at line {lines[0]} as well"
                return
        for use in _read_again(facts, definition) if text == whole else ():
            if _takes_number(flow, use):
                yield f"line {use.lineno} takes the number out of `{use.id}`, and the recorder gives another one"
                return


def _read_again(facts: ModuleFacts, definition: Definition) -> Iterator[ast.Name]:
    """The uses of a variable, and of those that are set to it."""
    for use in facts.flow.uses(definition):
        yield use
        match facts.flow.parent(use):
            case ast.Assign(targets=[ast.Name() as alias]) if (made := facts.bound_by(alias)) is not None:
                yield from facts.flow.uses(made)


def _takes_number(flow: Flow, use: ast.Name) -> bool:
    """Whether a name's use goes on with its number: `name[:2]`, `name.split("_")[0]`, `int(name...)`."""
    node: ast.AST = use
    above = flow.parent(node)
    while isinstance(above, (ast.Attribute, ast.Subscript, ast.Call)):
        match above:
            case ast.Subscript(slice=ast.Slice(lower=None, upper=ast.Constant(), step=None)) if node is use:
                return True
            case ast.Subscript(value=ast.Call(args=[ast.Constant(value="_" | "-"), *_]), slice=ast.Constant(value=0)):
                return True
            case ast.Call(func=function) if function is not node:
                return dotted_name(flow, function) == "builtins.int"
        node, above = above, flow.parent(above)
    return False


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
