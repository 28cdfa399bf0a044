"""The attributes that a recorder class really has, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecorderClass:
    """What one class defines; `open` when it may have more attributes than these."""

    attributes: frozenset[str]
    open: bool
    methods: Mapping[str, tuple[str, ...]]


def read_recorder_class(node: ast.ClassDef, resolve: Callable[[ast.expr], ast.ClassDef | None]) -> RecorderClass:
    """Read a class; `resolve` finds the class that a base expression names."""
    found = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
    methods = {
        f.name: tuple(a.arg for a in (*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs))[1:]
        for f in node.body
        if isinstance(f, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    return RecorderClass(frozenset(found | methods.keys() | set(dir(object))), "__getattr__" in methods or bool(node.bases), methods)


def read_factory(function: ast.FunctionDef, classes: Sequence[str]) -> frozenset[str]:
    """Attributes that a factory sets on the instance that it returns."""
    return frozenset()
