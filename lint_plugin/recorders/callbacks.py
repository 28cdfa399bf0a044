"""Which functions run while a recorder saves, because it was given them as `on_saved`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator


def given_callbacks(nodes: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """The values that some nodes give to a recorder as its callback: by keyword, attribute, `setattr` or in a dict."""
    for node in nodes:
        match node:
            case (
                ast.keyword(arg="on_saved", value=value)
                | ast.Assign(targets=[ast.Attribute(attr="on_saved")], value=value)
                | ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value="on_saved"), value])
            ):
                yield value
            case ast.Dict(keys=keys, values=values):
                yield from (v for k, v in zip(keys, values) if isinstance(k, ast.Constant) and k.value == "on_saved")
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value="on_saved"))], value=value):
                yield value


def named_in(value: ast.expr) -> Iterator[str]:
    """The functions that a callback may run: every name in it, for it may be a `lambda` or a `partial`."""
    for node in ast.walk(value):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
