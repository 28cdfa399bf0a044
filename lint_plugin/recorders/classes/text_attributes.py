"""The attributes of a class that are text: where a folder is a `str`, a joined path must not become a `Path`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from lint_plugin.flow.functions import Function, is_property, positional
from lint_plugin.flow.nodes import last_name

# Functions that return text when they are given a path as text.
_TEXT_FUNCTIONS = frozenset({"str", "join", "fspath", "abspath", "realpath", "normpath", "as_posix", "expanduser", "mkdtemp"})


def text_attributes(classes: Iterable[ast.ClassDef]) -> frozenset[str]:
    """The attributes that some statement of these classes says are `str`, and none says are something else."""
    said: dict[str, set[bool]] = {}
    for owner in classes:
        for name, text in _statements(owner):
            said.setdefault(name, set()).add(text)
    return frozenset(name for name, texts in said.items() if texts == {True})


def _statements(owner: ast.ClassDef) -> Iterator[tuple[str, bool]]:
    """`(attribute, whether it is text)` for every store and annotation of one class."""
    for statement in owner.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, _is_str(statement.annotation)
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield name, _is_text(statement.value, frozenset())
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if is_property(statement):
                    yield statement.name, _is_str(statement.returns)
                else:
                    yield from _method_stores(statement)


def _method_stores(function: Function) -> Iterator[tuple[str, bool]]:
    every = [*positional(function), *function.args.kwonlyargs]
    texts = frozenset(argument.arg for argument in every if _is_str(argument.annotation))
    this = every[0].arg if every else ""
    for node in ast.walk(function):
        match node:
            case ast.AnnAssign(target=ast.Attribute(value=ast.Name(id=owner), attr=name)) if owner == this:
                yield name, _is_str(node.annotation)
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=owner), attr=name)]) if owner == this:
                yield name, _is_text(node.value, texts)


def _is_str(annotation: ast.expr | None) -> bool:
    match annotation:
        case ast.Name(id="str") | ast.Constant(value="str"):
            return True
    return False


def _is_text(value: ast.expr, texts: frozenset[str]) -> bool:
    match value:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.Name(id=name):
            return name in texts
        case ast.Call(func=function):
            return last_name(function) in _TEXT_FUNCTIONS
        case ast.BinOp(op=ast.Add() | ast.Mod(), left=left, right=right):
            return _is_text(left, texts) or (isinstance(value.op, ast.Add) and _is_text(right, texts))
    return False
