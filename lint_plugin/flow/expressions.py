"""The expressions that are more than the sum of their parts: own scopes, and parts that may not run."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lint_plugin.flow import program as code
from lint_plugin.flow.program import Close, Program
from lint_plugin.flow.scopes import Context, Op

if TYPE_CHECKING:
    from typing import Any

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def _lambda(program: Program, node: ast.Lambda) -> None:
    program.adopt(node)
    context = program.open_scope(node, "lambda", inline=False)
    program.push([*parameters(program, node.args, context), context.unit, context, node.body, program.context])


def parameters(program: Program, arguments: ast.arguments, context: Context) -> list[object]:
    """Define the parameters in the function's `context`; what to push are their defaults."""
    program.adopt(arguments)
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    for extra in (arguments.vararg, arguments.kwarg):
        if extra is not None:
            every.append(extra)
    for arg in every:
        definition = program.define(arg.arg, "param", arg, scope=context.scope)
        context.unit.events.append(definition)
        context.unit.definitions.append(definition)
    return [*arguments.defaults, *(default for default in arguments.kw_defaults if default is not None)]


def _comprehension(program: Program, node: Comprehension) -> None:
    program.adopt(node)
    outer = program.context
    context = program.open_scope(node, "comprehension", inline=not isinstance(node, ast.GeneratorExp))
    ops: list[Op] = []

    def op(code: int, flag: bool = False, end: Op | None = None) -> Op:
        ops.append(Op(code, flag, end))
        return ops[-1]

    first: list[object] = [node.generators[0].iter]
    if context.unit is not outer.unit:
        first.append(context.unit)
    first.append(context)
    closing: list[object] = []
    program.context = context
    for index, generator in enumerate(node.generators):
        program.adopt(generator)
        if index:
            first.append(generator.iter)
        end = op(code.LOOP_END)
        first += [
            op(code.LOOP, end=end),
            op(code.BODY),
            *program.targets(generator.target, "comp", generator.iter, generator),
        ]
        closing += [end, op(code.BODY_END)]
        for condition in generator.ifs:
            first += [condition, op(code.CHAIN), op(code.ARM)]
            closing += [op(code.CHAIN_END, True), op(code.ARM_END)]
    program.context = outer
    elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    # Several loops in one comprehension may carry a target around; a single one cannot.
    shaped = [] if len(node.generators) > 1 else [Close(ops, program.walruses)]
    program.push([*first, *elements, *reversed(closing), *shaped, outer])


def _named(program: Program, node: ast.NamedExpr) -> None:
    program.adopt(node)
    program.walruses += 1
    program.push([node.value, *program.targets(node.target, "walrus", node.value, node)])


def _bool(program: Program, node: ast.BoolOp) -> None:
    program.adopt(node)
    _stepwise(program, node.values[0], node.values[1:])


def _compare(program: Program, node: ast.Compare) -> None:
    program.adopt(node)
    if len(node.comparators) == 1:
        program.stack += [node.comparators[0], node.left]
    else:
        _stepwise(program, node.left, node.comparators, always=1)


def _stepwise(program: Program, first: ast.expr, rest: Sequence[ast.expr], always: int = 0) -> None:
    """Operands of which each may be the last one that is evaluated."""
    begin, end = Op(code.CHAIN), Op(code.CHAIN_END, True)
    ops = [begin, end]
    items: list[object] = [first, *rest[:always], begin]
    for operand in rest[always:]:
        leave = Op(code.ARM_EMPTY)
        ops.append(leave)
        items += [leave, operand]
    program.push([*items, end, Close(ops, program.walruses)])


def _if_expression(program: Program, node: ast.IfExp) -> None:
    program.adopt(node)
    ops = [Op(code.CHAIN), Op(code.ARM), Op(code.ARM_END), Op(code.CHAIN_END, True)]
    close = Close(ops, program.walruses)
    program.push([node.test, ops[0], ops[1], node.body, ops[2], node.orelse, ops[3], close])


def _dict(program: Program, node: ast.Dict) -> None:
    program.adopt(node)
    program.push(part for pair in zip(node.keys, node.values) for part in pair if part is not None)


EXPRESSIONS: dict[type[ast.AST], Callable[[Program, Any], None]] = {
    ast.Lambda: _lambda,
    ast.NamedExpr: _named,
    ast.BoolOp: _bool,
    ast.Compare: _compare,
    ast.IfExp: _if_expression,
    ast.Dict: _dict,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.GeneratorExp: _comprehension,
}
