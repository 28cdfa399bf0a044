"""The block fix (LPR201, LPR202): a write below the run folder becomes a `save_entity()` call.

Every fact that the rewrite needs is proved here or the code is left, each with a reason for the reader.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from codemods.edits import Decision, Leave
from codemods.fixes.save_entity.emit import Emission
from codemods.fixes.save_entity.metadata import metadata_of
from codemods.fixes.save_entity.old_name import require_goes
from codemods.fixes.save_entity.risks import risks_of
from codemods.fixes.save_entity.save_method import require_save_method
from codemods.fixes.save_entity.shape import FILE, Shape, shape_of, wants_path
from codemods.fixes.save_entity.target import Target, target_of
from codemods.fixes.save_entity.uses import uses_of
from codemods.proofs.effects import reads_only
from codemods.proofs.module_facts import ModuleFacts
from codemods.proofs.same_value import is_steady, require_same_value
from codemods.proofs.statement_order import function_of, place_of
from lint_plugin.finding import SAFE, UNSAFE
from lint_plugin.flow.nodes import last_name, walk
from lint_plugin.paths.calls.writer_table import FOLDER
from lint_plugin.paths.calls.writes import Write
from lint_plugin.paths.values.file_names import Hole


def decide(facts: ModuleFacts, write: Write, code: str) -> Decision:
    """The decision about one write, for the rule `code`.

    Raises:
        NotSearched: The rewrite can be made, and the project's other files are to be searched for the name first.
    """
    try:
        return _rewritten(facts, write, code)
    except Leave as leave:
        return leave.decision()


def _rewritten(facts: ModuleFacts, write: Write, code: str) -> Decision:
    analysis = facts.analysis
    if write.sink.kind == FOLDER:
        raise wants_path(analysis, write)
    target = target_of(facts, write)
    shape = shape_of(analysis, write)
    _require_plain_scope(facts, write, shape)
    uses = uses_of(facts, write, shape, target)
    require_goes(analysis, shape, target, uses)
    _require_same_values(facts, shape, target)
    require_save_method(analysis, shape, target, uses)
    metadata, format_risk = metadata_of(analysis, shape, target)
    plan = Emission(facts, shape, target, uses, metadata).plan(code, analysis.source.span(write.call)[0])
    risks = list(risks_of(facts, write, shape, target, uses, format_risk))
    level = UNSAFE if risks else SAFE
    return Decision(level, "; ".join(risks), replace(plan, level=level))


def _require_plain_scope(facts: ModuleFacts, write: Write, shape: Shape) -> None:
    """Make sure that the function around a write hides nothing, does not run while the recorder saves, and does not count."""
    flow, statement, method = facts.flow, shape.statement, facts.analysis.config.save_method
    scope = flow.scope_of(statement)
    if scope.dynamic:
        raise Leave(f"line {facts.unseen_line(scope)} may read any name of the function unseen (`locals()`, `eval`)")
    if scope.kind == "class":
        raise Leave("it stands in a class body, where every name becomes an attribute: move it into a function")
    if any(isinstance(node, ast.NamedExpr) for node in walk(statement)):
        raise Leave(f"line {statement.lineno} binds a name inside the expression: assign it on a line of its own")
    function = function_of(flow, statement)
    name = getattr(function, "name", "")
    if name in facts.within_save:
        if name == method:
            raise Leave(f"it stands in `{method}()` itself, which the rewrite would call again, without end")
        raise Leave(f"`{name}()` runs while `{method}()` saves ({facts.within_save[name]}), and would call it again, without end")
    called = last_name(write.call.func)
    if called in facts.patched:
        raise Leave(f"line {facts.patched[called]} patches `{called}`, which the rewrite would no longer call")
    line = facts.function(function).sequence_line
    if line:
        raise Leave(f"line {line} counts or indexes the file by hand, which `{method}()` does as well")


def _require_same_values(facts: ModuleFacts, shape: Shape, target: Target) -> None:
    """Make sure that recorder and name are at the write what they were where they were written, whatever the content calls."""
    flow, content = facts.flow, shape.content
    holes = [hole.node for hole in target.holes()]
    for node in (target.recorder, *holes):
        require_same_value(facts, node, shape.statement)
    if reads_only(flow, content):
        return
    # What is called for the content runs before the format is read, and before all that stood in earlier statements.
    late = [target.recorder, *holes] if shape.kind == FILE else []
    late = [n for n in late if flow.statement_of(n) is not shape.statement or place_of(n) < place_of(content)]
    late += [hole.node for hole in target.name.extension if isinstance(hole, Hole)]
    for node in late:
        if not is_steady(facts, node, shape.statement):
            where = f"`{ast.unparse(content)}` at line {content.lineno}"
            raise Leave(f"{where} may change `{ast.unparse(node)}`, which would be read after it")
