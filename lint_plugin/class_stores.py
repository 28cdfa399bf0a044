"""What a class stores under its own attributes, as far as its text says."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_plugin.callee import last_name


def class_stores(owner: ast.ClassDef) -> Iterator[tuple[str, ast.expr | None, ast.expr | None]]:
    """`(attribute, annotation, value)` of every store that a class makes to its own attributes."""
    for statement in owner.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, statement.annotation, statement.value
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield name, None, statement.value
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if any(last_name(d) in ("property", "cached_property") for d in statement.decorator_list):
                    if statement.returns is not None:
                        yield statement.name, statement.returns, None
                    else:
                        returned = (node.value for node in ast.walk(statement) if isinstance(node, ast.Return))
                        yield from ((statement.name, None, value) for value in returned)
                first = [*statement.args.posonlyargs, *statement.args.args][:1]
                if first:
                    yield from _method_stores(statement, first[0].arg)


def _method_stores(
    method: ast.FunctionDef | ast.AsyncFunctionDef, me: str
) -> Iterator[tuple[str, ast.expr | None, ast.expr | None]]:
    for node in ast.walk(method):
        match node:
            case ast.AnnAssign(target=ast.Attribute(value=ast.Name(id=owner), attr=name)) if owner == me:
                yield name, node.annotation, node.value
            case ast.Assign():
                for target in node.targets:
                    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                        if target.value.id == me:
                            yield target.attr, None, node.value
                    elif isinstance(target, (ast.Tuple, ast.List)):
                        for part in target.elts:
                            if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
                                if part.value.id == me:
                                    yield part.attr, None, None
