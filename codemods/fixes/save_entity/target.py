"""Where a write goes, proved: one recorder, one file directly in its run folder, a numbered name taken apart."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemods.edits import Leave
from codemods.fixes.save_entity import entity_type as entity
from codemods.proofs.effects import reads_only
from codemods.proofs.missing_attribute import require_missing
from codemods.proofs.module_facts import ModuleFacts
from codemods.proofs.own_value import is_plain, own_value
from codemods.proofs.stand_ins import require_no_stand_in
from codemods.proofs.value_types import constant_texts
from lint_plugin.analysis import Analysis
from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.nodes import last_name, walk
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.flow.set_once import value_set_once
from lint_plugin.paths.calls.writes import Write
from lint_plugin.paths.values.file_names import FileName, Hole, Literal
from lint_plugin.paths.values.functions import imported_function
from lint_plugin.paths.values.path_value import PathValue

_JOINING = frozenset({"os", "posixpath", "ntpath", "pathlib"})  # their functions make a path of those that they are given


@dataclass(frozen=True, slots=True)
class Target:
    """The write's path and name, all proved."""

    path: PathValue
    recorder: ast.expr
    name: FileName

    def holes(self) -> Iterator[Hole]:
        """The expressions of the name that the rewrite repeats."""
        for piece in (*self.name.body, *self.name.extension):
            if isinstance(piece, Hole):
                yield piece


def target_of(facts: ModuleFacts, write: Write) -> Target:
    """The target of one write.

    Raises:
        Leave: A fact about it is not proved.
    """
    analysis, path = facts.analysis, write.path
    if write.elsewhere:
        raise Leave(f"{write.elsewhere}: let a function give the content back, and save that")
    if path.given:
        raise Leave(f"no recorder is known here, only the folder ({path.given}): hand the recorder over")
    if path.recorder is None:
        line = write.call.lineno
        raise Leave(f"there is no recorder at line {line}, only the folder of all runs: get the run's recorder first")
    if analysis.evidence.of(path.recorder).own:
        raise Leave(f"`self` is a recorder at line {write.call.lineno}, and saving may be what calls this method")
    if path.may:
        raise Leave(_why_uncertain(analysis, write))
    for holder in (write.call, *_values(path.chain)):
        if any(isinstance(node, ast.NamedExpr) for node in walk(holder)):
            raise Leave(f"line {holder.lineno} binds a name inside the expression: assign it on a line of its own")
    _require_plain(path.chain)
    if not path.parts:
        raise Leave(
            f"line {write.call.lineno} gives no name, so it is the source's own: give the entity a type and save the content"
        )
    if len(path.parts) > 1:
        raise Leave(f"line {write.target.lineno} names a sub-folder of the run: entities lie in the run folder itself")
    if not _is_plain(path.recorder):
        raise Leave(f"the recorder is an expression (`{ast.unparse(path.recorder)}`), evaluated twice: give it a name first")
    if path.attribute is not None and path.attribute.attr not in analysis.config.folder_attributes:
        require_missing(facts, path.attribute)
    require_no_stand_in(analysis, path.recorder)
    name = analysis.file_name(path)
    _require_number(name, analysis, write.target.lineno)
    assert name is not None
    if name.attribute is not None and name.literal is not None:
        spelled, line = ast.unparse(name.attribute), name.literal.lineno
        raise Leave(f"the name is `{spelled}`, from line {line}, which a subclass or another place may set anew")
    if not name.extension and write.function == "shutil.make_archive":
        advice = write.sink.advice(analysis.config.save_method)
        raise Leave(f"`{ast.unparse(write.call.func)}` adds the extension itself: {advice}")
    if not name.extension:
        raise Leave(f"the name at line {write.target.lineno} has no extension that is known: write one")
    entity.check_entity_type(name)
    _require_plain(name.chain)
    target = Target(path, path.recorder, name)
    for hole in (*name.number_holes, *target.holes()):
        if not reads_only(analysis.flow, hole.node):
            raise Leave(f"`{ast.unparse(hole.node)}` in the name may do something: give its value a name first")
    return target


def _values(chain: Sequence[Definition]) -> list[ast.expr]:
    return [value for value in map(own_value, chain) if value is not None]


def _require_plain(chain: Sequence[Definition]) -> None:
    for definition in chain:
        if not is_plain(definition):
            where = f"`{definition.name}` is bound at line {definition.statement.lineno}"
            raise Leave(f"{where} by more than a plain assignment: write `{definition.name} = ...`")


def _why_uncertain(analysis: Analysis, write: Write) -> str:
    """Why a path may be another one."""
    divided = [d.node for d in write.path.chain if d.kind == "aug"]
    for node in (inner for value in (write.target, *_values(write.path.chain), *divided) for inner in walk(value)):
        if isinstance(node, ast.Name) and len(analysis.flow.reach(node)) > 1:
            lines = sorted({d.statement.lineno for d in analysis.flow.bound(node)})
            if len(lines) == 1:
                return f"`{node.id}` may be unbound at line {node.lineno}: it is set at line {lines[0]}, on some branches only"
            return f"`{node.id}` at line {node.lineno} may hold different values, from lines {', '.join(map(str, lines))}"
        if isinstance(node, (ast.IfExp, ast.BoolOp)):
            return f"`{ast.unparse(node)}` at line {node.lineno} is one of several values"
        path = analysis.paths.of(node) if isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)) else None
        if path is not None and path.may and (reason := _computed(analysis, node, path)) is not None:
            return reason
    return f"the path at line {write.target.lineno} may be another one: build it where it is written"


def _computed(analysis: Analysis, node: ast.AST, path: PathValue) -> str | None:
    """Why a path that comes from an attribute, a call or a container may be another one; None for other expressions."""
    match node:
        case ast.Attribute():
            value = value_set_once(analysis.flow, node)
            if value is None or analysis.paths.of(value) is None:
                where = f"`{ast.unparse(node)}` is set elsewhere, so its value at line {node.lineno} is not known for certain"
                return f"{where}: build the path where it is written"
            where = f"`{ast.unparse(node)}` is set at line {value.lineno} from `{ast.unparse(value)}`"
            return f"{where}, and not from a recorder that line {node.lineno} has: begin the path with that recorder's folder"
        case ast.Subscript():
            return f"`{ast.unparse(node)}` at line {node.lineno} may have been set anew: give the path a name of its own"
        case ast.Call(func=ast.Name(id="getattr"), args=[recorder, ast.Constant(value=str(name)), *_]):
            return f"line {node.lineno} asks for the folder by `getattr`: write `{ast.unparse(recorder)}.{name}`"
        case ast.Call(func=function):
            returned = any(part.node is node for part in path.parts)
            elsewhere = (
                imported_function(analysis.flow, node) is not None
                and (dotted_name(analysis.flow, function) or "").partition(".")[0] not in _JOINING
            )
            if returned or elsewhere or analysis.paths.function_of(function) is not None:
                return f"the path comes from `{last_name(function)}()` at line {node.lineno}: build it where it is written"
    return None


def _require_number(name: FileName | None, analysis: Analysis, line: int) -> None:
    if name is None:
        raise Leave(f"how line {line} makes the file's name is not understood: write it as an f-string")
    if name.number:
        return
    if any(isinstance(piece, Literal) and ("/" in piece.text or "\\" in piece.text) for piece in name.pieces):
        raise Leave(f"line {name.pieces[0].node.lineno} names a sub-folder of the run: entities lie in the run folder itself")
    first = name.pieces[0]
    if isinstance(first, Hole) and any(text.isdigit() for text in constant_texts(analysis.flow, first) or ()):
        raise Leave(f"the number in front at line {line}, `{ast.unparse(first.node)}`, has several values: write one for each")
    if isinstance(first, Hole) and isinstance(first.node, ast.Name) and len(name.pieces) == 1:
        _require_known_name(analysis.flow, first.node)
    raise Leave("the name has no number in front: others may read the file under this fixed name")


def _require_known_name(flow: Flow, node: ast.Name) -> None:
    """Say why it is not known what a variable for the file's name holds, where that is so."""
    name, values = node.id, flow.bound(node)
    if len(values) > 1:
        lines = ", ".join(str(line) for line in sorted({d.statement.lineno for d in values}))
        raise Leave(f"`{name}` may hold different names, from lines {lines}: build the name where the file is written")
    if not values:
        raise Leave(f"what `{name}` holds is not known: build the name where the file is written")
    if values[0].name == "*":
        line = values[0].statement.lineno
        raise Leave(f"`{name}` may come from the import of everything at line {line}: build the name where the file is written")
    if values[0].kind == "param":
        raise Leave(f"`{name}` is a parameter: build the name where the file is written")
    _require_plain(values)
    if len(flow.reach(node)) > 1:
        where = f"`{name}` is set at line {values[0].statement.lineno}"
        others = "in the module, where others may set it as well"
        why = others if values[0].scope is flow.module else "on some branches only"
        raise Leave(f"{where}, {why}: build the name where the file is written")
    value = own_value(values[0])
    if value is not None and not isinstance(value, ast.Constant):
        raise Leave(f"what line {value.lineno} gives `{name}` is not known: write the name as an f-string")


def _is_plain(node: ast.expr) -> bool:
    """A name, or attributes of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)
