"""Paths that are kept somewhere and read back from there: in attributes of objects, in dicts and lists."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace

from lint_plugin.facts import WEAK, Evidence
from lint_plugin.flow.callee import sole
from lint_plugin.flow.functions import method_of, own_values
from lint_plugin.flow.nodes import is_none
from lint_plugin.flow.reaching import Flow
from lint_plugin.flow.set_once import is_set_once, value_set_once
from lint_plugin.paths.values.functions import CONSTRUCTOR, fields_of
from lint_plugin.paths.values.path_parts import UNSEEN
from lint_plugin.paths.values.path_value import PathValue, given_path
from lint_plugin.recorders.evidence import EvidenceFinder

Read = Callable[[ast.expr], PathValue | None]


def returned_path(function: ast.FunctionDef, read: Read) -> tuple[PathValue, ast.expr] | None:
    """The path below a run folder that a function returns, with the first expression that is it, where all of them are one."""
    values = [value for value in own_values(function) if value is not None and not is_none(value)]
    paths = [read(value) for value in values]
    return None if not values or paths[0] is None or None in paths else (paths[0], values[0])


class KeptPaths:
    """The keeping places of one module; `read` gives the path that an expression is."""

    def __init__(self, flow: Flow, evidence: EvidenceFinder, read: Read) -> None:
        self._flow = flow
        self._evidence = evidence
        self._read = read
        self._fields: dict[str, PathValue] | None = None
        self._owners: dict[str, set[ast.ClassDef]] = {}

    def attribute(self, owner: ast.ClassDef, node: ast.Attribute) -> PathValue | None:
        """`self.folder` of a class of this module: what it stores there, or what its property returns."""
        found = self._set_once(node)
        if found is None:
            member = self.member(owner, node.attr)
            found = None if member is None else member[0]
        return found

    def member(self, owner: ast.ClassDef, attribute: str) -> tuple[PathValue, int] | None:
        """The path that an attribute of a class is, or a method of it returns, with the line that says so."""
        stored = self._stored(owner, attribute) or self._given(owner, attribute)
        if stored is not None:
            return stored
        for base in self._evidence.stores.lineage(owner):
            method = method_of(base, attribute)
            if method is not None:
                return self._returned(method) if isinstance(method, ast.FunctionDef) else None
        return None

    def _given(self, owner: ast.ClassDef, field: str) -> tuple[PathValue, int] | None:
        """A field that a call of the class gives a path."""
        home = fields_of(self._evidence.stores.lineage(owner)).get(field)
        key = self._evidence.path, f"{home}.{CONSTRUCTOR}", field
        found = None if home is None else self._evidence.project.given_folder(key)
        return None if found is None else (given_path(field, found, is_path=True), owner.lineno)

    def _returned(self, function: ast.FunctionDef) -> tuple[PathValue, int] | None:
        found = returned_path(function, self._read)
        return None if found is None else (replace(found[0], may=True, chain=()), found[1].lineno)

    def elsewhere(self, node: ast.Attribute) -> PathValue | None:
        """`job.scratch`, `job.log_path()`: of a class of another module."""
        project = self._evidence.project
        for instance in self._evidence.classes_elsewhere(node.value):
            found = project.path_of(instance, node.attr)
            if found is not None:
                said = f"`{ast.unparse(node)}` is {'a path below a' if found.deeper else 'a'} run folder, by {found.place}"
                parts = (UNSEEN,) * found.deeper
                return PathValue(None, None, parts, found.is_path, (), True, Evidence(WEAK), given=said)
        return None

    def _set_once(self, node: ast.Attribute) -> PathValue | None:
        """`self.folder` that is set once, in `__init__`, below the folder of a recorder that is set once as well."""
        value = value_set_once(self._flow, node)
        path = None if value is None else self._read(value)
        if path is None or path.may or path.chain or path.recorder is None:
            return None
        return path if is_set_once(self._flow, path.recorder) else None

    def _stored(self, owner: ast.ClassDef, attribute: str) -> tuple[PathValue, int] | None:
        """`self.folder` where all that the class stores there lies below a run folder."""
        values = self._evidence.own.stored_values(owner, attribute)
        paths = [None if value is None else self._read(value) for value in values]
        first = paths[0] if paths else None
        if first is None or values[0] is None or any(path is None for path in paths):
            return None
        # When a method runs, and after which store, is not known.
        return replace(first, may=True, chain=()), values[0].lineno

    def item(self, holder: ast.Name, key: object) -> PathValue | None:
        """`out["path"]` of a dict, `outs[0]` of a list, by what is written there or stored later."""
        found = next((path for path in map(self._read, self._values(holder, key)) if path is not None), None)
        return None if found is None else replace(found, may=True)

    def _values(self, holder: ast.Name, key: object) -> Iterator[ast.expr]:
        definition = sole(self._flow, holder)
        if definition is None:
            return
        match definition.value:
            case ast.Dict(keys=keys, values=values):
                yield from (v for k, v in zip(keys, values, strict=True) if isinstance(k, ast.Constant) and k.value == key)
            case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
                yield from (keyword.value for keyword in keywords if keyword.arg == key)
            case ast.List(elts=items) | ast.Tuple(elts=items) if isinstance(key, int) and -len(items) <= key < len(items):
                yield items[key]
        for use in self._flow.uses(definition):
            place = self._flow.parent(use)
            store = None if place is None else self._flow.parent(place)
            match place, store:
                case ast.Subscript(value=held, slice=ast.Constant(value=one), ctx=ast.Store()), ast.Assign(value=value):
                    if held is use and one == key:
                        yield value

    def field(self, name: str) -> PathValue | None:
        """A field that a class of this module is constructed with a run folder for (`Run(folder=ROOT / run_id)`)."""
        if self._fields is None:
            self._fields = {}
            for call in self._flow.nodes():
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in self._evidence.classes:
                    self._note_fields(call, self._evidence.classes[call.func.id], self._fields)
        return self._fields.get(name)

    def field_owners(self, name: str) -> set[ast.ClassDef]:
        """The classes whose field `name` is given a run folder."""
        self.field(name)
        return self._owners.get(name, set())

    def _note_fields(self, call: ast.Call, made: ast.ClassDef, known: dict[str, PathValue]) -> None:
        fields = [s.target.id for s in made.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)]
        for field, argument in (*zip(fields, call.args, strict=False), *((k.arg, k.value) for k in call.keywords)):
            value = self._read(argument) if field in fields else None
            if field is not None and value is not None:
                known[field] = replace(value, may=True)
                self._owners.setdefault(field, set()).add(made)
