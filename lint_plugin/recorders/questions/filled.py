"""What is put into a container after it was made: `runs[key] = recorder`, `runs.append(recorder)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from lint_plugin.flow.reaching import Flow
from lint_plugin.recorders.classes.stores import ClassStores

# Methods that put something in: name -> position of it among the arguments.
_PUTTING = {
    "append": 0, "appendleft": 0, "add": 0, "put": 0, "put_nowait": 0, "set": 0, "insert": 1, "setdefault": 1,
}  # fmt: skip


class Filled:
    """The containers of one module."""

    def __init__(self, flow: Flow, stores: ClassStores) -> None:
        self._flow = flow
        self._stores = stores

    def values_of(self, made: ast.expr) -> Iterator[ast.expr]:
        """What is put into the container that an expression makes, by the variable or attribute that it is stored in."""
        statement = self._flow.parent(made)
        match statement:
            case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
                for use in self._uses(target):
                    yield from self._put(use)

    def _uses(self, target: ast.expr) -> Iterator[ast.expr]:
        match target:
            case ast.Name():
                definition = self._flow.defined_by(target)
                yield from () if definition is None else self._flow.uses(definition)
            case ast.Attribute(value=ast.Name() as this, attr=attr):
                owner = self._stores.owner_of(this)
                for node in self._read.get(attr, ()) if owner is not None else ():
                    if isinstance(node.value, ast.Name) and self._stores.owner_of(node.value) is owner:
                        yield node

    @cached_property
    def _read(self) -> dict[str, list[ast.Attribute]]:
        """Every attribute that is read from a plain name, by its own name."""
        found: dict[str, list[ast.Attribute]] = {}
        for node in self._flow.nodes():
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name):
                found.setdefault(node.attr, []).append(node)
        return found

    def _put(self, use: ast.expr) -> Iterator[ast.expr]:
        """What one use of a container puts into it."""
        parent = self._flow.parent(use)
        above = None if parent is None else self._flow.parent(parent)
        match parent, above:
            case ast.Subscript(value=held, ctx=ast.Store()), ast.Assign(value=value) if held is use:
                yield value
            case ast.Attribute(attr="update"), ast.Call(args=[ast.Dict(values=values)]):
                yield from values
            case ast.Attribute(attr="extend"), ast.Call(args=[ast.List(elts=items) | ast.Tuple(elts=items)]):
                yield from items
            case ast.Attribute(attr=attr), ast.Call(args=args) if _PUTTING.get(attr, len(args)) < len(args):
                yield args[_PUTTING[attr]]
