"""Who else reads the file name and the path of a write, and which variable takes the name that the recorder gives."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.edits import Leave
from codemods.fixes.save_entity.shape import Shape
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
from lint_plugin.paths.values.run_paths import PathValue

_TIMES_AND_MODES = frozenset({
    "os.stat", "os.utime", "os.chmod", "os.chown", "os.path.getmtime", "os.path.getctime", "os.path.getatime",
    "shutil.copystat", "shutil.copymode", "os.lstat",
})  # fmt: skip
_TIME_METHODS = frozenset({"stat", "chmod", "lstat", "touch"})


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

    __slots__ = ("target", "renamed", "dropped_alias", "path_name", "path_is_path", "path_line")

    def __init__(self) -> None:
        self.target = ""
        self.renamed: list[ast.Name] = []
        self.dropped_alias: ast.Assign | None = None
        self.path_name = ""
        self.path_is_path = True
        self.path_line = 0


def uses_of(analysis: Analysis, facts: ModuleFacts, write: Write, shape: Shape, path: PathValue, name: FileName) -> Uses:
    """Find every use of the name and path that is not part of the write itself.

    Args:
        analysis, facts: The module.
        write: The write.
        shape: Its statement and content.
        path: Where it writes.
        name: The file's name.

    Raises:
        Leave: One of them reads the old value where there is no entity yet, or hides what it reads.
    """
    flow = analysis.flow
    statement, keeps_times = shape.statement, write.function == "shutil.copy2"
    chain = list(dict.fromkeys([*path.chain, *name.chain]))
    for definition in chain:
        if _role(analysis, definition, path, name) != "part":
            _require_not_in_content(flow, definition, shape.content)
    _require_content_without_name(analysis, facts, write, shape.content, name)
    holders = {statement, *map(holder_of, chain)}
    found = Uses()
    names: list[tuple[Definition, list[ast.Name]]] = []
    for definition in chain:
        if definition.kind == "walrus":
            line = definition.statement.lineno
            raise Leave(f"`{definition.name}` is bound inside an expression at line {line}: assign it on a line of its own")
        if isinstance(definition.statement, ast.Assign) and len(definition.statement.targets) > 1:
            raise Leave(f"line {definition.statement.lineno} gives `{definition.name}` and another variable one value: part them")
        if definition.scope.dynamic:
            line = facts.unseen_line(definition.scope)
            raise Leave(f"line {line} may read `{definition.name}` unseen (`locals()`, `eval`)")
        for spelled in flow.spelled_uses(definition):
            raise Leave(f"`{definition.name}` is looked up by its name at line {spelled.lineno} (`locals()`)")
        _require_reached(facts, definition)
        outside = [use for use in flow.uses(definition) if not is_inside(flow, use, holders)]
        role = _role(analysis, definition, path, name)
        if role == "part" or not outside:
            continue
        _require_after_success(analysis, definition, outside, statement)
        if role == "name":
            names.append((definition, outside))
        else:
            _note_path_use(analysis, found, definition, outside, keeps_times)
    if len(names) > 1:
        raise _both_read(*((definition.name, outside[0].lineno) for definition, outside in names[:2]))
    if names:
        _choose_target(analysis, facts, found, names[0][0], names[0][1], statement)
    return found


def _both_read(first: tuple[str, int], second: tuple[str, int]) -> Leave:
    (one, line), (other, other_line) = first, second
    return Leave(f"both `{one}` (line {line}) and `{other}` (line {other_line}) are read after the write: read one of them")


def _require_not_in_content(flow: Flow, definition: Definition, content: ast.expr) -> None:
    """Make sure that what is written does not hold the name or the path, which the entity has not yet."""
    inside = set(walk(content))
    for use in flow.uses(definition):
        if use in inside:
            raise Leave(f"`{definition.name}` is read at line {use.lineno} for what is written, before the entity has a name")


def _require_content_without_name(
    analysis: Analysis, facts: ModuleFacts, write: Write, content: ast.expr, name: FileName
) -> None:
    """The same for a path or a name that is spelled out once more."""
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


def _require_reached(facts: ModuleFacts, definition: Definition) -> None:
    """Make sure that no code that cannot run names the variable: without its definitions the name would mean another there."""
    line = facts.unreached_line(definition)
    if line:
        raise Leave(f"`{definition.name}` is read at line {line}, in code that is never reached")


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


def _require_after_success(analysis: Analysis, definition: Definition, outside: list[ast.Name], statement: ast.stmt) -> None:
    flow = analysis.flow
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


def _note_path_use(analysis: Analysis, found: Uses, definition: Definition, outside: list[ast.Name], keeps_times: bool) -> None:
    flow = analysis.flow
    for use in outside:
        parent = flow.parent(use)
        if isinstance(parent, ast.Call) and use in parent.args and dotted_name(flow, parent.func) in _TIMES_AND_MODES:
            if keeps_times:
                raise Leave(f"line {use.lineno} reads or sets the copy's time or mode, which an entity does not keep")
        if isinstance(parent, ast.Attribute) and parent.attr in _TIME_METHODS and keeps_times:
            raise Leave(f"line {use.lineno} reads or sets the copy's time or mode, which an entity does not keep")
    if found.path_name:
        raise _both_read((found.path_name, found.path_line), (definition.name, outside[0].lineno))
    value_path = analysis.paths.bound_to(definition)
    found.path_name = definition.name
    found.path_is_path = value_path is not None and value_path.is_path
    found.path_line = min(use.lineno for use in outside)


def _choose_target(
    analysis: Analysis, facts: ModuleFacts, found: Uses, definition: Definition, outside: list[ast.Name], statement: ast.stmt
) -> None:
    """The alias of the name where the rules allow it, else the name itself."""
    flow = analysis.flow
    block, index = block_of(flow, statement)
    if any(flow.reach(use) != {definition} or not follows_in_block(flow, use, statement) for use in outside):
        found.target = definition.name  # elsewhere it may hold another value
        return
    for value in outside:
        later = flow.parent(value)
        match later:
            case ast.Assign(targets=[ast.Name(id=alias) as target]) if flow.parent(later) is flow.parent(statement):
                others = [use for use in outside if use is not value]
                last = block_of(flow, later)[1]
                if _may_stand_for(analysis, facts, later, target, others, block[index + 1 : last]):
                    found.target, found.dropped_alias, found.renamed = alias, later, others
                    return
    found.target = definition.name


def _may_stand_for(
    analysis: Analysis,
    facts: ModuleFacts,
    statement: ast.Assign,
    target: ast.Name,
    others: list[ast.Name],
    skipped: list[ast.stmt],
) -> bool:
    """Whether the call itself may assign an alias, past the `skipped` statements, and every other use of the name read it."""
    flow = analysis.flow
    scope = flow.scope_of(target)
    made = facts.bound_by(target)
    if made is None or made.scope is not scope:
        return False  # declared global or nonlocal
    catching = (ast.Try, ast.TryStar, ast.With, ast.AsyncWith)
    if skipped and any(isinstance(above, catching) for above in ancestors(flow, statement)):
        return False  # one of them may raise, and the alias's old value be read afterwards
    for between in skipped:
        for node in walk(between):
            if isinstance(node, (ast.Return, ast.Raise, ast.Try, ast.Yield, ast.Await, ast.Break, ast.Continue)):
                return False
            if isinstance(node, ast.Name) and node.id == target.id:
                return False
            if isinstance(node, (ast.FunctionDef, ast.Lambda, ast.AsyncFunctionDef)):
                return False
    if skipped and any(flow.is_closure_use(use) for use in flow.uses(made)):
        return False
    return all(_may_read(flow, use, made) for use in others)


def _may_read(flow: Flow, use: ast.Name, alias: Definition) -> bool:
    """Whether the alias may be read in a use's place: there it has just that one value and is what the name means."""
    statement = flow.statement_of(use)
    if isinstance(statement, ast.While) or flow.reach_at(statement, alias.name) != {alias}:
        return False  # a loop's test is read again after its body
    if flow.resolve(flow.scope_of(use), alias.name) is not alias.scope:
        return False  # a comprehension's own variable
    return not any(isinstance(node, ast.NamedExpr) and node.target.id == alias.name for node in walk(statement))
