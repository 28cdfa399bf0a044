"""Looks through a project's tests for doubles of recorders, which may lack what rewritten code asks them for."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator, Set

from codemods.proofs.stand_ins import DOUBLES, attributes_given, is_named_as_double
from codemods.run.mentions import files_holding
from lint_plugin.facts import StandIn
from lint_plugin.flow.nodes import bound_names, last_name
from lint_plugin.source.text import parsed_module

WRITERS = frozenset("copy copy2 copyfile copyfileobj move rename replace write_bytes write_text open dump".split())
_FOLDERS_OF_TESTS = frozenset({"tests", "test", "testing"})


def find_stand_ins(attributes: Set[str], paths: Iterable[str]) -> list[StandIn]:
    """The doubles in some tests that have one of the attributes by which code finds a run's folder, or patch what writes."""
    found: list[StandIn] = []
    written = [f"{name}{quote}" for name in sorted(WRITERS) for quote in "'\""]
    for path, raw in files_holding([*sorted(attributes), *written], paths):
        try:
            tree = parsed_module(raw.decode("utf-8", "replace"))
        except (SyntaxError, ValueError, RecursionError):
            continue  # said where the file is worked on
        modules = frozenset(_modules_named(tree))
        for node, names in _doubles(tree):
            patches = isinstance(node, ast.Call) and last_name(node.func) not in DOUBLES
            if attributes & names or (patches and WRITERS & names):
                found.append(StandIn(frozenset(names), f"{path}:{node.lineno}", patches, modules))
    return found


def is_test(path: str) -> bool:
    """Whether a file is a test by its name or its folder's."""
    folder, name = os.path.split(path)
    stem = os.path.splitext(name)[0]
    named = stem == "conftest" or stem.startswith("test_") or stem.endswith("_test")
    return named or not _FOLDERS_OF_TESTS.isdisjoint(folder.replace(os.sep, "/").split("/"))


def _modules_named(tree: ast.Module) -> Iterator[str]:
    """The last names of the modules that a test imports, and the parts of the names that it patches."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name.rpartition(".")[2] for alias in names)
            case ast.ImportFrom(module=module, names=names):
                yield (module or "").rpartition(".")[2]
                yield from (alias.name for alias in names)
            case ast.Call(args=[ast.Constant(value=str(text)), *_]) if last_name(node.func) == "patch":
                yield from text.split(".")


def _doubles(tree: ast.Module) -> Iterator[tuple[ast.Call | ast.ClassDef, set[str]]]:
    """Each double with the attributes that it is given."""
    stored: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
            stored.setdefault(node.value.id, set()).add(node.attr)
    for node in ast.walk(tree):
        match node:
            case ast.Call():
                yield node, set(attributes_given(node))
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if last_name(call.func) in DOUBLES:
                yield call, {*attributes_given(call), *stored.get(name, ())}
            case ast.ClassDef(name=name, bases=bases) if is_named_as_double(name) or not (bases or name.startswith("Test")):
                yield node, set(_defined(node))


def _defined(node: ast.ClassDef) -> Iterator[str]:
    """The attributes that a class gives its instances."""
    for statement in node.body:
        inner = [statement] if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) else ast.walk(statement)
        yield from (name for part in inner for name in bound_names(part))
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
            yield part.attr
