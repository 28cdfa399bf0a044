"""What annotations say of a value: classes, aliases, type variables, containers, also in quotes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_plugin.facts import NO, STRONG, UNKNOWN, WEAK, Evidence
from lint_plugin.flow.callee import dotted_name, imported_name
from lint_plugin.flow.nodes import last_name
from lint_plugin.flow.reaching import Definition
from lint_plugin.recorders.questions.finder import Finder
from lint_plugin.recorders.questions.injected import DEPENDENCIES

_NO, _UNKNOWN, _WEAK = Evidence(NO), Evidence(UNKNOWN), Evidence(WEAK)
_UNTYPED = frozenset({"", "Any", "object"})
_ALIASES = 8  # aliases of aliases that are followed

# Subscripts that say what one of their arguments says.
_TRANSPARENT = frozenset({"Optional", "Annotated", "Final", "ClassVar", "Union", "Required", "NotRequired", "ReadOnly", "Mapped"})
_SEQUENCES = frozenset({
    "list", "set", "frozenset", "deque", "List", "Set", "FrozenSet", "Deque", "Sequence", "MutableSequence", "Collection",
    "Iterable", "Iterator", "Generator", "AbstractSet", "MutableSet", "AsyncIterable", "AsyncIterator", "AsyncGenerator",
    "ValuesView", "WeakSet",
})  # fmt: skip
_MAPPINGS = frozenset({
    "dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "DefaultDict", "OrderedDict", "ChainMap", "WeakValueDictionary",
})  # fmt: skip
# What gives its value when it is awaited, entered or asked: position of the value among the arguments.
_HOLDERS = {
    "Awaitable": 0, "Future": 0, "Task": 0, "Coroutine": -1, "ContextVar": 0, "Queue": 0, "ContextManager": 0,
    "AbstractContextManager": 0, "AsyncContextManager": 0, "AbstractAsyncContextManager": 0,
}  # fmt: skip


class Annotations:
    """The annotations of the module that `finder` judges."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._depth = 0

    def of(self, node: ast.expr) -> Evidence:
        """What an annotation says of the annotated name; `unknown` for `Any`, `object` and type variables.

        A tuple stands for any of its classes, as the second argument of `isinstance`.
        """
        options = [option for option in _options(node) if option is not None]
        return self._finder.combined([self._one(option) for option in options], named=False)

    def alias_of(self, value: ast.expr) -> Evidence | None:
        """What `X` says as an annotation after `X = value`; None where the value is no type."""
        match value:
            case ast.Call(func=function, args=[_, *given], keywords=keywords) if last_name(function) in ("TypeVar", "NewType"):
                bounds = [keyword.value for keyword in keywords if keyword.arg == "bound"]
                found = bounds or given
                return self.of(ast.Tuple(found, ast.Load())) if found else None
            case ast.Name() | ast.Attribute() | ast.Subscript() | ast.BinOp(op=ast.BitOr()) | ast.Constant(value=str()):
                if self._depth >= _ALIASES:
                    return None
                self._depth += 1
                try:
                    said = self.of(value)
                finally:
                    self._depth -= 1
                return said if said.says_something else None
        return None

    def _one(self, node: ast.expr) -> Evidence:
        if isinstance(node, ast.Call):  # `Annotated[Any, Depends(current)]`
            return self._finder.of(node) if self._is_attached(node) else _UNKNOWN
        if isinstance(node, ast.Subscript):
            held = self._subscript(node)
            return self._one(node.value) if held is None else held
        name = last_name(node)
        if name == "Self":
            owner = self._finder.enclosing_class(node)
            return _UNKNOWN if owner is None else self._finder.instance_of(owner)
        if name in _UNTYPED:
            return _UNKNOWN
        return self._named(node, name)

    def _subscript(self, node: ast.Subscript) -> Evidence | None:
        """What a container or callable holds; None where it is neither."""
        outer = last_name(node.value)
        given = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if not given:
            return None
        if outer in ("tuple", "Tuple"):
            if isinstance(given[-1], ast.Constant) and given[-1].value is ...:
                return self._holding(given[0])
            parts = tuple(self.of(one) for one in given)
            return Evidence(NO, parts=parts) if any(part.says_something for part in parts) else _NO
        if outer in _SEQUENCES:
            return self._holding(given[0])
        if outer in _MAPPINGS:
            return self._holding(given[-1], mapping=True)
        if outer in _HOLDERS:
            return self._holding(given[_HOLDERS[outer]], mapping=True)
        if outer == "Callable":
            result = self.of(given[-1])
            return Evidence(NO, result=result) if result.says_something else _NO
        if outer in ("type", "Type"):
            made = self.of(given[0])
            return Evidence(NO, result=made, meaning=made) if made.says_something else _NO
        return None

    def _holding(self, node: ast.expr, mapping: bool = False) -> Evidence:
        items = self.of(node)
        return Evidence(NO, items=items, mapping=mapping) if items.says_something else _NO

    def _named(self, node: ast.expr, name: str) -> Evidence:
        """A class, alias or type variable by its name."""
        target = self._target(node)
        final = name if target is None else target.rpartition(".")[2]
        if final in self._finder.config.recorder_classes:
            if target is None:
                return Evidence(STRONG, self._import_of(final)) if final not in self._finder.classes else self._own(final)
            return self._finder.configured_gives(target)
        if name in self._finder.classes and target is None:
            return self._own(name)
        if target is not None:
            known = self._finder.named(target)
            return _NO if known is None or known.meaning is None else known.meaning
        return self._alias(node)

    def _own(self, name: str) -> Evidence:
        return self._finder.instance_of(self._finder.classes[name])

    def _target(self, node: ast.expr) -> str | None:
        """The dotted name that a type's name stands for by the imports; None where it is of this module or a builtin."""
        if self._is_attached(node):
            target = dotted_name(self._finder.flow, node)
        else:
            target = self._target_in_quotes(node)
        return None if target is None or target.startswith("builtins.") else target

    def _target_in_quotes(self, node: ast.expr) -> str | None:
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        found = {imported_name(d) for d in self._definitions(node) if d.kind == "import"}
        root = found.pop() if len(found) == 1 else None
        return None if root is None else ".".join([root, *parts])

    def _is_attached(self, node: ast.expr) -> bool:
        """Whether a node belongs to the module's tree (one in a string annotation does not)."""
        return self._finder.flow.parent(node) is not None

    def _definitions(self, node: ast.Name) -> tuple[Definition, ...]:
        flow = self._finder.flow
        scope = flow.scope_of(node) if self._is_attached(node) else self._finder.module
        return flow.definitions(scope, node.id)

    def _alias(self, node: ast.expr) -> Evidence:
        """What `X = ...`, `X: TypeAlias = ...`, `type X = ...`, `TypeVar("X", bound=...)` or `[X: ...]` says."""
        if not isinstance(node, ast.Name):
            return _NO
        definitions = self._definitions(node)
        said = [self._defined(definition) for definition in definitions]
        if not said or any(one is None for one in said):
            return _UNKNOWN if any(map(_is_type_variable, definitions)) else _NO
        return self._finder.combined([one for one in said if one is not None], named=False)

    def _defined(self, definition: Definition) -> Evidence | None:
        if definition.kind == "assign" and definition.value is not None:
            return self.alias_of(definition.value)
        if definition.kind == "type":
            bound = getattr(definition.node, "bound", None) or getattr(definition.statement, "value", None)
            return None if bound is None else self.alias_of(bound)
        return None

    def _import_of(self, name: str) -> str:
        """Origin of a class that a quoted annotation names: the module-level import of that name, if there is one."""
        for definition in self._finder.flow.definitions(self._finder.module, name):
            statement = definition.statement
            if isinstance(statement, ast.ImportFrom) and statement.module:
                return "." * statement.level + f"{statement.module}.{name}"
        return name


def _is_type_variable(definition: Definition) -> bool:
    made = definition.value
    return definition.kind == "type" or (isinstance(made, ast.Call) and last_name(made.func) == "TypeVar")


def _options(node: ast.expr) -> Iterator[ast.expr | None]:
    """The classes that an annotation allows; None stands for `None`."""
    match node:
        case ast.Constant(value=None):
            yield None
        case ast.Constant(value=str(text)):
            try:
                yield from _options(ast.parse(text.strip(), mode="eval").body)
            except (SyntaxError, ValueError):
                yield node
        case ast.BinOp(op=ast.BitOr()):
            yield from _options(node.left)
            yield from _options(node.right)
        case ast.Tuple(elts=classes):
            for one in classes:
                yield from _options(one)
        case ast.Subscript(value=outer, slice=inner) if last_name(outer) in _TRANSPARENT:
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            given: list[ast.expr] = [
                part for part in parts[1:] if isinstance(part, ast.Call) and last_name(part.func) in DEPENDENCIES
            ]
            if given and last_name(parts[0]) in _UNTYPED:
                parts = given
            for part in parts if last_name(outer) == "Union" else parts[:1]:
                yield from _options(part)
        case _:
            yield node
