"""The statements of Python as flow events, in the order in which they are evaluated."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from lint_plugin.flow import program as code
from lint_plugin.flow.expressions import parameters
from lint_plugin.flow.program import Program, Start
from lint_plugin.flow.scopes import Context, Definition, Op

if TYPE_CHECKING:
    from typing import Any

_EVALUATES_ANNOTATIONS = sys.version_info < (3, 14)


def _function(program: Program, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    program.adopt(node)
    outer = program.context
    typed, type_items = _type_parameters(program, node)
    inner = program.open_scope(node, "function", inline=False, parent=typed.scope)
    arguments = node.args
    items: list[object] = [*node.decorator_list, *parameters(program, arguments, inner), *type_items]
    every = [
        *arguments.posonlyargs,
        *arguments.args,
        arguments.vararg,
        *arguments.kwonlyargs,
        arguments.kwarg,
    ]
    for arg in every:
        if arg is not None:
            program.adopt(arg)
            items += program.annotation(arg.annotation, typed, evaluated=_EVALUATES_ANNOTATIONS)
    items += program.annotation(node.returns, typed, evaluated=_EVALUATES_ANNOTATIONS)
    program.push([*items, inner.unit, outer, program.define(node.name, "def", node), inner, *node.body, outer])


def _type_parameters(program: Program, node: ast.AST) -> tuple[Context, list[object]]:
    """The context that sees a node's type parameters (3.12+), and what to push to define them."""
    type_params: list[Any] = getattr(node, "type_params", [])
    outer = program.context
    if not type_params:
        return outer, []
    context = program.open_scope(node, "type", inline=True)
    items: list[object] = [context]
    for parameter in type_params:
        program.adopt(parameter)
        items.append(program.define(parameter.name, "type", parameter, scope=context.scope))
        for late in (getattr(parameter, "bound", None), getattr(parameter, "default_value", None)):
            if late is not None:
                program.context = context
                items += program.late(late)
                program.context = outer
    return context, [*items, outer]


def _class(program: Program, node: ast.ClassDef) -> None:
    program.adopt(node)
    outer = program.context
    typed, type_items = _type_parameters(program, node)
    inner = program.open_scope(node, "class", inline=True, parent=typed.scope)
    items: list[object] = [
        *node.decorator_list,
        *type_items,
        typed,
        *node.bases,
        *node.keywords,
        inner,
        *node.body,
    ]
    program.push([*items, outer, program.define(node.name, "class", node)])


def _type_alias(program: Program, node: Any) -> None:
    program.adopt(node)
    outer = program.context
    typed, type_items = _type_parameters(program, node)
    program.push(
        [
            *type_items,
            *program.late(node.value, typed),
            *program.targets(node.name, "type", None, node),
            outer,
        ]
    )


def _assign(program: Program, node: ast.Assign) -> None:
    program.adopt(node)
    bound = [item for target in node.targets for item in program.targets(target, "assign", node.value, node)]
    program.push([node.value, *bound])


def _annotated(program: Program, node: ast.AnnAssign) -> None:
    program.adopt(node)
    context = program.context
    items: list[object] = []
    if node.value is not None:
        items = [node.value, *program.targets(node.target, "assign", node.value, node)]
    elif isinstance(node.target, ast.Name):
        program.contexts[node.target] = context
        if node.simple and node.target.id not in context.scope.globals | context.scope.nonlocals:
            context.scope.declare(node.target.id)
    else:
        items = [node.target]
    local = context.scope.kind in ("function", "lambda")
    evaluated = not local and _EVALUATES_ANNOTATIONS
    program.push([*items, *program.annotation(node.annotation, context, evaluated=evaluated)])


def _augmented(program: Program, node: ast.AugAssign) -> None:
    program.adopt(node)
    if isinstance(node.target, ast.Name):
        program.use(node.target)
        program.push([node.value, program.define(node.target.id, "aug", node.target, node.value)])
    else:
        program.push([node.target, node.value])


def _delete(program: Program, node: ast.Delete) -> None:
    program.adopt(node)
    items: list[object] = []
    todo = list(reversed(node.targets))
    while todo:
        target = todo.pop()
        if isinstance(target, ast.Name):
            items += [target, program.define(target.id, "del", target)]
        elif isinstance(target, (ast.Tuple, ast.List)):
            program.adopt(target)
            todo.extend(reversed(target.elts))
        else:
            items.append(target)
    program.push(items)


def _import(program: Program, node: ast.Import) -> None:
    program.adopt(node)
    program.push(program.define(alias.asname or alias.name.partition(".")[0], "import", alias) for alias in node.names)


def _import_from(program: Program, node: ast.ImportFrom) -> None:
    program.adopt(node)
    if node.module == "__future__" and any(alias.name == "annotations" for alias in node.names):
        program.late_annotations = True
    definitions = [program.define(alias.asname or alias.name, "import", alias) for alias in node.names]
    for definition in definitions:
        if definition.name == "*":
            program.context.scope.open = True
            program.stars.append(definition)
    program.push(definitions)


def _global(program: Program, node: ast.Global) -> None:
    scope = program.context.scope
    if scope.kind != "module":
        scope.globals.update(node.names)
        for name in node.names:
            program.module.declare(name)


def _nonlocal(program: Program, node: ast.Nonlocal) -> None:
    if program.context.scope.kind != "module":
        program.context.scope.nonlocals.update(node.names)


def _if(program: Program, node: ast.If) -> None:
    """An if with all its elifs, which `ast` nests, as one chain."""
    items: list[object] = []
    end = Op(code.CHAIN_END, True)
    at = node
    begin = True
    while True:
        program.adopt(at)
        items.append(at.test)
        if begin:
            items.append(Op(code.CHAIN))
            begin = False
        items += [Op(code.ARM), *at.body, Op(code.ARM_END)]
        if len(at.orelse) == 1 and isinstance(at.orelse[0], ast.If):
            at = at.orelse[0]
            items.append(Start(at))
            continue
        if at.orelse:
            items += [Op(code.ARM), *at.orelse, Op(code.ARM_END)]
            end.flag = False
        break
    program.push([*items, end])


def _match(program: Program, node: Any) -> None:
    program.adopt(node)
    items: list[object] = [node.subject, Op(code.CHAIN)]
    end = Op(code.CHAIN_END, True)
    for case in node.cases:
        program.adopt(case)
        items += [Op(code.CASE), *_pattern(program, case.pattern, node.subject)]
        if case.guard is not None:
            items.append(case.guard)
        items += [Op(code.ARM), *case.body, Op(code.ARM_END), Op(code.CASE_END, case.guard is not None)]
        if case.guard is None and _irrefutable(case.pattern):
            end.flag = False
    program.push([*items, end])


def _pattern(program: Program, pattern: ast.pattern, subject: ast.expr) -> list[object]:
    """The values that a pattern evaluates, then its captures: bound once the whole of it has matched."""
    values: list[object] = []
    captures: dict[str, list[Definition]] = {}
    todo: list[ast.AST] = [pattern]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.expr):
            values.append(node)
            continue
        program.adopt(node)
        name = getattr(node, "name", None) or getattr(node, "rest", None)
        if isinstance(name, str):
            captures.setdefault(name, []).append(program.define(name, "match", node, subject))
        todo.extend(reversed([child for child in ast.iter_child_nodes(node)]))
    items: list[object] = [*values]
    for same in captures.values():
        if len(same) == 1:
            items += same
        else:  # alternatives, `A(x) | B(x)`, of which one has matched
            arms = [item for capture in same for item in (Op(code.ARM), capture, Op(code.ARM_END))]
            items += [Op(code.CHAIN), *arms, Op(code.CHAIN_END)]
    return items


def _irrefutable(pattern: ast.pattern) -> bool:
    while True:
        if isinstance(pattern, ast.MatchAs):
            if pattern.pattern is None:
                return True
            pattern = pattern.pattern
        elif isinstance(pattern, ast.MatchOr):
            pattern = pattern.patterns[-1]
        else:
            return False


def _while(program: Program, node: ast.While) -> None:
    program.adopt(node)
    forever = isinstance(node.test, ast.Constant) and bool(node.test.value)
    end = Op(code.LOOP_END)
    begin = [Op(code.LOOP, end=end), node.test, Op(code.BODY)]
    program.push([*begin, *node.body, Op(code.BODY_END, forever), *node.orelse, end])


def _for(program: Program, node: ast.For | ast.AsyncFor) -> None:
    program.adopt(node)
    end = Op(code.LOOP_END)
    begin = [
        node.iter,
        Op(code.LOOP, end=end),
        Op(code.BODY),
        *program.targets(node.target, "for", node.iter, node),
    ]
    program.push([*begin, *node.body, Op(code.BODY_END), *node.orelse, end])


def _with(program: Program, node: ast.With | ast.AsyncWith) -> None:
    program.adopt(node)
    items: list[object] = []
    names: list[str] = []
    known = isinstance(node, ast.With)
    for index, item in enumerate(node.items):
        program.adopt(item)
        call = item.context_expr
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "open":
            names.append("open")
        else:
            known = False
        bound: list[object] = []
        if item.optional_vars is not None:
            bound = program.targets(item.optional_vars, "with", item.context_expr, item)
        items.append(item.context_expr)
        if index:
            items += bound
        else:
            # Binding a plain name cannot fail; anything else runs under the context manager already.
            enter = Op(code.WITH)
            items += [*bound, enter] if isinstance(item.optional_vars, ast.Name) else [enter, *bound]
    program.push([*items, *node.body, Op(code.WITH_END, names=tuple(names) if known else None)])


def _try(program: Program, node: Any) -> None:
    program.adopt(node)
    items: list[object] = [
        Op(code.TRY, bool(node.finalbody)),
        *node.body,
        Op(code.TRY_BODY_END),
        *node.orelse,
    ]
    star = type(node).__name__ == "TryStar"
    if node.handlers:
        items.append(Op(code.HANDLERS))
        if not star:
            items.append(Op(code.CHAIN))
        for handler in node.handlers:
            program.adopt(handler)
            if star:
                items += [Op(code.STAR_HANDLER)]
            if handler.type is not None:
                items.append(handler.type)
            items += [Op(code.CHAIN), Op(code.ARM)] if star else [Op(code.ARM)]
            if handler.name:
                items.append(program.define(handler.name, "except", handler, handler.type))
                # However the handler is left, its name is unbound, as if by a `finally`.
                end = Op(code.FINALLY_END)
                unbind = program.define(handler.name, "del", handler)
                items += [
                    Op(code.TRY, True),
                    *handler.body,
                    Op(code.TRY_JOIN),
                    Op(code.FINALLY, end=end),
                    unbind,
                    end,
                ]
            else:
                items += handler.body
            items.append(Op(code.ARM_END))
            if star:
                items.append(Op(code.CHAIN_END, True))
        if not star:
            items.append(Op(code.CHAIN_END))
    items.append(Op(code.TRY_JOIN))
    if node.finalbody:
        end = Op(code.FINALLY_END)
        items += [Op(code.FINALLY, end=end), *node.finalbody, end]
    program.push(items)


def _return(program: Program, node: ast.Return) -> None:
    program.adopt(node)
    program.push([*([node.value] if node.value is not None else []), Op(code.DEAD)])


def _raise(program: Program, node: ast.Raise) -> None:
    program.adopt(node)
    program.push([*(part for part in (node.exc, node.cause) if part is not None), Op(code.DEAD)])


def _assert(program: Program, node: ast.Assert) -> None:
    program.adopt(node)
    if node.msg is None:
        program.push([node.test])
    else:
        ops = [Op(code.CHAIN), Op(code.ARM), Op(code.DEAD), Op(code.ARM_END), Op(code.CHAIN_END, True)]
        program.push([node.test, ops[0], ops[1], node.msg, *ops[2:]])


def _break(program: Program, node: ast.AST) -> None:
    program.push([Op(code.BREAK)])


def _continue(program: Program, node: ast.AST) -> None:
    program.push([Op(code.CONTINUE)])


def _generic(program: Program, node: ast.AST) -> None:
    program.push(program.adopt(node))


STATEMENTS: dict[type[ast.AST], Callable[[Program, Any], None]] = {
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Delete: _delete,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Global: _global,
    ast.Nonlocal: _nonlocal,
    ast.If: _if,
    ast.Match: _match,
    ast.While: _while,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Expr: _generic,
    ast.Pass: _generic,
}
if hasattr(ast, "TypeAlias"):
    STATEMENTS[ast.TypeAlias] = _type_alias
