"""Which functions of a project are given a run folder: by calls in its files, and on through other functions."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lint_plugin.analysis import Analysis
from lint_plugin.flow.callee import sole
from lint_plugin.paths.handed_folders import (
    Function,
    arguments_of,
    called_function,
    imported_function,
    is_folder,
    method_of,
    parameter_key,
    qualified_name,
)  # fmt: skip
from lint_plugin.recorders.class_lookup import ClassLookup

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Handing:
    """A call that gives a parameter a run folder, or a parameter of the function around it.

    Attributes:
        target: The parameter that is given something: file, qualified name of the function, name.
        place: The call, as `path:line`.
        source: The parameter that is handed on; None where the argument is a run folder.
    """

    target: Key
    place: str
    source: Key | None = None


def handings(analysis: Analysis, lookup: ClassLookup, place: str) -> Iterator[Handing]:
    """What the calls of one file hand over; `place` is what the file is called in messages."""
    path = os.path.abspath(analysis.path)
    for call in analysis.calls:
        if not (call.args or call.keywords):
            continue
        found = _function(analysis, lookup, call, path)
        if found is None:
            continue
        file, name, function = found
        for parameter, value in arguments_of(call, function, isinstance(call.func, ast.Attribute) and "." in name):
            target = file, name, parameter
            if is_folder(analysis.paths, value):
                yield Handing(target, f"{place}:{call.lineno}")
            elif isinstance(value, ast.Name) and (definition := sole(analysis.flow, value)) is not None:
                source = parameter_key(analysis.flow, path, definition)
                if source is not None:
                    yield Handing(target, f"{place}:{call.lineno}", source)


def _function(analysis: Analysis, lookup: ClassLookup, call: ast.Call, path: str) -> tuple[str, str, Function] | None:
    """File, qualified name and `def` of the function of the project that a call runs."""
    own = called_function(analysis.flow, analysis.evidence, call)
    if own is not None:
        return path, qualified_name(analysis.flow, own), own
    target = imported_function(analysis.flow, call)
    place = None if target is None else lookup.definition(target, path)
    if place is not None:
        node = place.node
        return (
            _method(place.path, node.name, "__init__", lookup)
            if isinstance(node, ast.ClassDef)
            else (place.path, node.name, node)
        )
    if isinstance(call.func, ast.Attribute):
        for instance in analysis.evidence.classes_elsewhere(call.func.value):
            file, _, name = instance.rpartition(":")
            found = _method(file, name, call.func.attr, lookup)
            if found is not None:
                return found
    return None


def _method(path: str, name: str, method: str, lookup: ClassLookup) -> tuple[str, str, Function] | None:
    """A method of a class of another file, where the class itself defines it."""
    tree = lookup.tree(path)
    owners = [] if tree is None else [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    found = method_of(owners[-1], method) if owners else None
    return None if found is None else (path, f"{name}.{method}", found)


def given_folders(found: Iterable[Handing]) -> dict[Key, str]:
    """The parameters that are given a run folder, each with the first call that does; also on through others."""
    every = list(found)
    given: dict[Key, str] = {}
    for one in every:
        if one.source is None:
            given.setdefault(one.target, one.place)
    before = -1
    while len(given) != before:
        before = len(given)
        for one in every:
            if one.source in given:
                given.setdefault(one.target, one.place)
    return given
