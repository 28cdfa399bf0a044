"""Who else reads the file name and the path of a write, and which variable takes the name that the recorder gives."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace

from codemods.edits import Leave
from codemods.fixes.save_entity.shape import Shape
from codemods.fixes.save_entity.target import Target
from codemods.fixes.source_text import is_printed
from codemods.proofs.module_facts import ModuleFacts
from codemods.proofs.name_uses import name_pattern
from codemods.proofs.own_value import holder_of, own_value
from codemods.proofs.rebinding import is_bound_anew
from codemods.proofs.statement_order import ancestors, block_of, follows_in_block, function_of, is_inside
from lint_plugin.analysis import Analysis
from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.nodes import walk
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.paths.calls.writes import Write
from lint_plugin.paths.values.file_names import FileName
from lint_plugin.paths.values.path_value import PathValue

_TIMES_AND_MODES = frozenset({
    "os.stat", "os.utime", "os.chmod", "os.chown", "os.path.getmtime", "os.path.getctime", "os.path.getatime",
    "shutil.copystat", "shutil.copymode", "os.lstat",
})  # fmt: skip
_TIME_METHODS = frozenset({"stat", "chmod", "lstat", "touch"})
_CATCHING = (ast.Try, ast.TryStar, ast.With, ast.AsyncWith)
# Past these, an assignment cannot be moved up.
_LEAVING = (
    ast.Return,
    ast.Raise,
    ast.Try,
    ast.Yield,
    ast.Await,
    ast.Break,
    ast.Continue,
    ast.FunctionDef,
    ast.Lambda,
    ast.AsyncFunctionDef,
)


@dataclass(frozen=True, slots=True)
class Uses:
    """What happens to the name and the path of a write after it.

    Attributes:
        target: The variable that takes `save_entity()`'s result; "" when nothing reads it.
        renamed: Uses of the file name that read `target` instead.
        dropped_alias: The statement `target = name` that the call's own assignment replaces.
        path_name: A path variable that is read later and has to be set again; "" when there is none.
        path_is_path: Whether that variable holds a `Path`.
        path_line: Where it is read first.
    """

    target: str = ""
    renamed: tuple[ast.Name, ...] = ()
    dropped_alias: ast.Assign | None = None
    path_name: str = ""
    path_is_path: bool = True
    path_line: int = 0


def uses_of(facts: ModuleFacts, write: Write, shape: Shape, target: Target) -> Uses:
    """Find every use of the name and path that is not part of the write itself.

    Raises:
        Leave: One of them reads the old value where there is no entity yet, or hides what it reads.
    """
    analysis, flow, statement, path, name = facts.analysis, facts.flow, shape.statement, target.path, target.name
    chain = list(dict.fromkeys([*path.chain, *name.chain]))
    roles = {definition: _role(analysis, definition, path, name) for definition in chain}
    for definition in chain:
        if roles[definition] != "part":
            _require_not_in_content(flow, definition, shape.content)
    _require_content_without_name(facts, write, shape.content, name)
    holders = {statement, *map(holder_of, chain)}
    read: dict[str, list[tuple[Definition, list[ast.Name]]]] = {"name": [], "path": [], "part": []}
    for definition in chain:
        _require_in_sight(facts, definition)
        outside = [use for use in flow.uses(definition) if not is_inside(flow, use, holders)]
        if roles[definition] != "part" and outside:
            _require_after_success(flow, definition, outside, statement)
            read[roles[definition]].append((definition, outside))
    for readings in (read["path"], read["name"]):
        if len(readings) > 1:
            (one, [first, *_]), (other, [second, *_]), *_ = readings
            lines = f"both `{one.name}` (line {first.lineno}) and `{other.name}` (line {second.lineno})"
            raise Leave(f"{lines} are read after the write: read one of them")
    found = Uses()
    if read["path"]:
        ((definition, outside),) = read["path"]
        if write.function == "shutil.copy2":
            _require_times_unread(flow, outside)
        value = analysis.paths.bound_to(definition)
        is_path = value is not None and value.is_path
        first_line = min(use.lineno for use in outside)
        found = replace(found, path_name=definition.name, path_is_path=is_path, path_line=first_line)
    if read["name"]:
        ((definition, outside),) = read["name"]
        alias = _alias(facts, definition, outside, statement)
        if alias is None:
            return replace(found, target=definition.name)
        dropped, variable = alias
        renamed = tuple(use for use in outside if use is not dropped.value)
        return replace(found, target=variable, renamed=renamed, dropped_alias=dropped)
    return found


def _require_not_in_content(flow: Flow, definition: Definition, content: ast.expr) -> None:
    """Make sure that what is written does not hold the name or the path, which the entity has not yet."""
    inside = set(walk(content))
    for use in flow.uses(definition):
        if use in inside:
            raise Leave(f"`{definition.name}` is read at line {use.lineno} for what is written, before the entity has a name")


def _require_content_without_name(facts: ModuleFacts, write: Write, content: ast.expr, name: FileName) -> None:
    """The same for a path or a name that is spelled out once more."""
    analysis = facts.analysis
    inside = dict.fromkeys(walk(content))  # in order
    for node in facts.names.spelled(write, name):
        if node in inside:
            raise Leave(f"the name is spelled again at line {node.lineno} for what is written, before the entity has a name")
    for inner in inside:
        path = analysis.paths.of(inner) if isinstance(inner, ast.expr) else None
        other = None if path is None else analysis.file_name(path)
        if other is not None and name_pattern(analysis.flow, other) == name_pattern(analysis.flow, name):
            line = getattr(inner, "lineno", content.lineno)
            raise Leave(f"the file is read at line {line} for what is written, before the entity exists")


def _require_in_sight(facts: ModuleFacts, definition: Definition) -> None:
    """Make sure that a variable is set on its own, and that all that reads it is seen."""
    name, statement = definition.name, definition.statement
    if definition.kind == "walrus":
        raise Leave(f"`{name}` is bound inside an expression at line {statement.lineno}: assign it on a line of its own")
    if isinstance(statement, ast.Assign) and len(statement.targets) > 1:
        raise Leave(f"line {statement.lineno} gives `{name}` and another variable one value: part them")
    if definition.scope.dynamic:
        line = facts.unseen_line(definition.scope)
        raise Leave(f"line {line} may read `{name}` unseen (`locals()`, `eval`)")
    for spelled in facts.flow.spelled_uses(definition):
        raise Leave(f"`{name}` is looked up by its name at line {spelled.lineno} (`locals()`)")
    line = facts.unreached_line(definition)
    if line:  # without its definitions the name would mean another there
        raise Leave(f"`{name}` is read at line {line}, in code that is never reached")


def _role(analysis: Analysis, definition: Definition, path: PathValue, name: FileName) -> str:
    """What a variable on the way is: the whole file `name`, the whole `path`, or a `part` of either."""
    value_path = analysis.paths.bound_to(definition)
    if value_path is not None:
        return "path" if len(value_path.parts) == len(path.parts) else "part"
    value = own_value(definition)
    read = None if value is None else analysis.pieces.read(value)
    if read is None:
        return "part"
    return "name" if _texts(read[0]) == _texts(name.pieces) else "part"


def _texts(pieces: Iterable[object]) -> list[object]:
    return [getattr(piece, "text", None) or getattr(piece, "node", None) for piece in pieces]


def _require_after_success(flow: Flow, definition: Definition, outside: list[ast.Name], statement: ast.stmt) -> None:
    """Make sure that a variable is read in the write's own function only, and there only once the write has succeeded."""
    function = function_of(flow, statement)
    for use in outside:
        where = f"`{definition.name}` is read at line {use.lineno}"
        if not isinstance(use.ctx, ast.Load):
            raise Leave(f"`{definition.name}` is changed or deleted at line {use.lineno}: use another variable there")
        if definition.scope.node is not function:
            raise Leave(f"{where}, and belongs to another function: build the name where the file is written")
        if flow.is_closure_use(use) or function_of(flow, use) is not function:
            raise Leave(f"{where}, in another function: give that function the name that is returned")
        if isinstance(function, ast.Module):
            raise Leave(f"{where}; it belongs to the module, where others may read it as well: move the code into a function")
        if not follows_in_block(flow, use, statement) and not is_bound_anew(flow, definition, use, statement):
            early = (use.lineno, use.col_offset) < (statement.lineno, statement.col_offset)
            if early:
                raise Leave(f"{where}, before the write has succeeded: read it afterwards")
            failed = f"where the write at line {statement.lineno} may have failed"
            raise Leave(f"{where}, {failed}: read it where that has succeeded, or let the handler leave")


def _require_times_unread(flow: Flow, uses: list[ast.Name]) -> None:
    """Make sure that nothing asks for the times and the mode that `copy2` has copied."""
    for use in uses:
        parent = flow.parent(use)
        called = isinstance(parent, ast.Call) and use in parent.args and dotted_name(flow, parent.func) in _TIMES_AND_MODES
        if called or (isinstance(parent, ast.Attribute) and parent.attr in _TIME_METHODS):
            raise Leave(f"line {use.lineno} reads or sets the copy's time or mode, which an entity does not keep")


def _alias(
    facts: ModuleFacts, definition: Definition, uses: list[ast.Name], statement: ast.stmt
) -> tuple[ast.Assign, str] | None:
    """The first statement `alias = name` after the write that the call's own assignment may replace, and its variable."""
    flow = facts.flow
    block, index = block_of(flow, statement)
    if any(flow.reach(use) != {definition} or not follows_in_block(flow, use, statement) for use in uses):
        return None  # elsewhere the name may hold another value
    for value in uses:
        match later := flow.parent(value):
            case ast.Assign(targets=[ast.Name() as target]) if flow.parent(later) is flow.parent(statement):
                others = [use for use in uses if use is not value]
                skipped = block[index + 1 : block_of(flow, later)[1]]
                if _may_stand_for(facts, later, target, others, skipped):
                    return later, target.id
    return None


def _may_stand_for(
    facts: ModuleFacts, statement: ast.Assign, target: ast.Name, others: list[ast.Name], skipped: list[ast.stmt]
) -> bool:
    """Whether the call itself may assign an alias, past the `skipped` statements, and every other use of the name read it."""
    flow, made = facts.flow, facts.bound_by(target)
    if made is None or made.scope is not flow.scope_of(target):
        return False  # declared global or nonlocal
    if skipped and any(isinstance(above, _CATCHING) for above in ancestors(flow, statement)):
        return False  # one of them may raise, and the alias's old value be read afterwards
    for node in (inner for between in skipped for inner in walk(between)):
        if isinstance(node, _LEAVING) or (isinstance(node, ast.Name) and node.id == target.id):
            return False
    if skipped and any(flow.is_closure_use(use) for use in flow.uses(made)):
        return False
    return all(_may_read(flow, use, made) for use in others)


def _may_read(flow: Flow, use: ast.Name, alias: Definition) -> bool:
    """Whether the alias may be read in a use's place: there it has just that one value and is what the name means."""
    statement = flow.statement_of(use)
    if is_printed(flow, use):
        return False
    if isinstance(statement, ast.While) or flow.reach_at(statement, alias.name) != {alias}:
        return False  # a loop's test is read again after its body
    if flow.resolve(flow.scope_of(use), alias.name) is not alias.scope:
        return False  # a comprehension's own variable
    return not any(isinstance(node, ast.NamedExpr) and node.target.id == alias.name for node in walk(statement))
