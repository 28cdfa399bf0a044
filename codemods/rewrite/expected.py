"""What new code has to be parsed as: described code as nodes of `ast`, to hold against what LibCST has printed."""

from __future__ import annotations

import ast

from codemods.edits import (
    Assign,
    Call,
    Code,
    Division,
    Evaluate,
    Expression,
    Field,
    Mapping,
    ReadFile,
    Statement,
    Template,
    Text,
)
from lint_plugin.source.text import parsed_expression


def expected_statement(statement: Statement) -> ast.stmt:
    """The statement that a description stands for."""
    match statement:
        case Assign(target=target, value=value):
            return ast.Assign([ast.Name(target, ast.Store())], expected_expression(value))
        case Evaluate(value=value):
            return ast.Expr(expected_expression(value))
        case ReadFile(path=path, handle=handle, data=data):
            opened = ast.Call(ast.Name("open", ast.Load()), [expected_expression(path), ast.Constant("rb")], [])
            read = ast.Call(ast.Attribute(ast.Name(handle, ast.Load()), "read", ast.Load()), [], [])
            item = ast.withitem(opened, ast.Name(handle, ast.Store()))
            return ast.With([item], [ast.Assign([ast.Name(data, ast.Store())], read)])


def expected_expression(value: Expression) -> ast.expr:
    """The expression that a description stands for."""
    match value:
        case Code(text=text):
            return parsed_expression(f"({text}\n)")
        case Text(value=text):
            return ast.Constant(text)
        case Template():
            return _template(value)
        case Call(function=function, arguments=arguments):
            positional = [expected_expression(one.value) for one in arguments if not one.keyword]
            keywords = [ast.keyword(one.keyword, expected_expression(one.value)) for one in arguments if one.keyword]
            return ast.Call(expected_expression(function), positional, keywords)
        case Mapping(items=items):
            keys: list[ast.expr | None] = [ast.Constant(key) for key, _ in items]
            return ast.Dict(keys, [expected_expression(item) for _, item in items])
        case Division(operands=operands):
            divided = expected_expression(operands[0])
            for operand in operands[1:]:
                divided = ast.BinOp(divided, ast.Div(), expected_expression(operand))
            return divided


def _template(template: Template) -> ast.JoinedStr:
    parts: list[ast.expr] = []
    for part in template.parts:
        if isinstance(part, Field):
            conversion = ord(part.conversion) if part.conversion else -1
            spec = ast.JoinedStr([ast.Constant(part.spec)]) if part.spec else None
            parts.append(ast.FormattedValue(expected_expression(part.code), conversion, spec))
        elif part.value:
            if parts and isinstance(parts[-1], ast.Constant):
                parts[-1] = ast.Constant(f"{parts[-1].value!s}{part.value}")
            else:
                parts.append(ast.Constant(part.value))
    return ast.JoinedStr(parts)
