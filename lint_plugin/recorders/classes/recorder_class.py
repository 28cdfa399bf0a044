"""The attributes that a recorder class really has, read from its source.

Everything that adds an attribute in plain sight is found; where something may add others (`__getattr__`, a
base that is not found, a decorator that is not known, `setattr` with a computed name) the class is *open*:
what is found is not all.
"""

from __future__ import annotations

import ast
import builtins
import enum
from collections.abc import Callable, Iterable, Iterator, Sequence

from lint_plugin.facts import KnownClass, Signature
from lint_plugin.flow.bindings import Bindings
from lint_plugin.flow.functions import FUNCTIONS, Function, decorator_names, positional
from lint_plugin.flow.nodes import last_name
from lint_plugin.flow.scopes import Definition
from lint_plugin.recorders.classes.signatures import method_signature
from lint_plugin.recorders.classes.text_attributes import text_attributes

Resolve = Callable[[ast.expr, ast.ClassDef], ast.ClassDef | None]

_DATACLASS = frozenset({"__dataclass_fields__", "__dataclass_params__", "__match_args__"})
_NAMED_TUPLE = frozenset(dir(tuple)) | {"_asdict", "_field_defaults", "_fields", "_make", "_replace"}
_ENUM = frozenset(dir(enum.Flag)) | {"name", "value", "_name_", "_value_"}
# Bases from the standard library that are no class statement to read, by their last name.
_KNOWN_BASES: dict[str, frozenset[str]] = {
    "ABC": frozenset({"_abc_impl"}),
    "Generic": frozenset({"__class_getitem__", "__orig_bases__", "__orig_class__", "__parameters__"}),
    "Protocol": frozenset({"__class_getitem__", "__parameters__", "_is_protocol"}),
    "NamedTuple": _NAMED_TUPLE,
    "TypedDict": frozenset(dir(dict)),
    **dict.fromkeys(("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"), _ENUM),
}
# Class decorators that add nothing, or what is named here.
_KNOWN_DECORATORS: dict[str, frozenset[str]] = {
    "dataclass": _DATACLASS,
    "total_ordering": frozenset(),
    "final": frozenset(),
    "runtime_checkable": frozenset(),
    "unique": frozenset(),
    "deprecated": frozenset({"__deprecated__"}),
    "override": frozenset(),
}
_KNOWN_METACLASSES = frozenset({"type", "ABCMeta", "EnumMeta", "EnumType"})
_CLASS_METHODS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})


class _Found:
    """What has been read so far."""

    __slots__ = ("attributes", "open", "methods")

    def __init__(self, attributes: Iterable[str] = ()) -> None:
        self.attributes = set(attributes)
        self.open = False
        self.methods: dict[str, Signature] = {}


def read_class(node: ast.ClassDef, resolve: Resolve, path: str = "") -> KnownClass:
    """Read a class and its bases.

    Args:
        node: The class statement.
        resolve: Finds the class statement that a base expression of a class statement names; None when it is not found.
        path: The file that it stands in.
    """
    found = _Found(dir(object))
    lineage = _lineage(node, resolve, found)
    for base in lineage:
        _read_body(base, found)
    return KnownClass(node.name, frozenset(found.attributes), found.open, found.methods, path, text_attributes(lineage))


def read_factories(tree: ast.Module, classes: Sequence[str], factories: Sequence[str] = ()) -> tuple[frozenset[str], bool]:
    """The attributes that a module adds to recorders outside their class, and whether it may add others.

    They are added in any function and at its top level: on instances that are made there by calling one of `classes`
    or `factories`, and on the class (`LivePipelineRecorder.extra = 1`).
    """
    makers = frozenset([*classes, *factories])
    found = _read_maker(tree, makers)
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            part = _read_maker(node, makers)
            found.attributes |= part.attributes
            found.open = found.open or part.open
    return frozenset(found.attributes), found.open


# ---- bases, decorators, metaclass


def _lineage(node: ast.ClassDef, resolve: Resolve, found: _Found) -> list[ast.ClassDef]:
    """The class and all its bases that are found, each after its own bases."""
    lineage: list[ast.ClassDef] = []
    seen: set[ast.ClassDef] = set()
    todo: list[tuple[ast.ClassDef, bool]] = [(node, False)]
    while todo:
        at, done = todo.pop()
        if done:
            lineage.append(at)
        elif at not in seen:
            seen.add(at)
            todo.append((at, True))
            todo += [(base, False) for base in _bases(at, resolve, found)]
            _read_header(at, found)
    return lineage


def _bases(node: ast.ClassDef, resolve: Resolve, found: _Found) -> Iterator[ast.ClassDef]:
    for base in node.bases:
        resolved = resolve(base, node)
        if resolved is None and isinstance(base, ast.Subscript):
            base = base.value
            resolved = resolve(base, node)
        if resolved is not None:
            yield resolved
        else:
            _known_base(base, found)


def _read_header(node: ast.ClassDef, found: _Found) -> None:
    for keyword in node.keywords:
        if keyword.arg != "metaclass" or last_name(keyword.value) not in _KNOWN_METACLASSES:
            found.open = True
    for name in decorator_names(node):
        found.attributes |= _KNOWN_DECORATORS.get(name, frozenset())
        found.open = found.open or name not in _KNOWN_DECORATORS


def _known_base(base: ast.expr, found: _Found) -> None:
    name = last_name(base)
    builtin = getattr(builtins, name, None) if isinstance(base, ast.Name) else None
    if name in _KNOWN_BASES:
        found.attributes |= _KNOWN_BASES[name]
    elif isinstance(builtin, type):
        found.attributes.update(dir(builtin))
    else:
        found.open = True


# ---- the class body


def _read_body(node: ast.ClassDef, found: _Found) -> None:
    bindings = Bindings(ast.Module([node], []))
    scope = bindings.scopes[node]
    found.attributes |= scope.variables.keys()
    for definition in bindings.definitions:
        if definition.scope is not scope:
            continue
        if isinstance(definition.node, FUNCTIONS):
            _read_def(definition.node, found)
            _read_method(definition.node, node.name, found)
        elif definition.kind == "assign":
            _read_assignment(definition, found)
        if definition.name in ("__getattr__", "__getattribute__") and not _only_raises(definition.statement):
            found.open = True


def _read_def(method: Function, found: _Found) -> None:
    signature = method_signature(method)
    if signature is None:
        found.methods.pop(method.name, None)
    else:
        found.methods[method.name] = signature


def _only_raises(statement: ast.stmt) -> bool:
    """Whether a function ends in `raise` and never returns: a `__getattr__` like that only words the error."""
    if not isinstance(statement, ast.FunctionDef) or not isinstance(statement.body[-1], ast.Raise):
        return False
    return not any(isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom)) for node in ast.walk(statement))


def _read_assignment(definition: Definition, found: _Found) -> None:
    """`__slots__`, and other names for methods."""
    value = definition.value
    if definition.name == "__slots__" and value is not None:
        slots = _constant_names(value)
        found.attributes |= slots or set()
        found.open = found.open or slots is None
    if isinstance(value, ast.Name) and value.id in found.methods:
        found.methods[definition.name] = found.methods[value.id]


def _constant_names(value: ast.expr) -> set[str] | None:
    """The strings that `__slots__` lists; None when one is computed."""
    if isinstance(value, ast.Constant):
        return {value.value} if isinstance(value.value, str) else None
    if isinstance(value, ast.Dict):
        elements: Sequence[ast.expr | None] = value.keys
    elif isinstance(value, (ast.Tuple, ast.List, ast.Set)):
        elements = value.elts
    else:
        return None
    names: set[str] = set()
    for element in elements:
        if not (isinstance(element, ast.Constant) and isinstance(element.value, str)):
            return None
        names.add(element.value)
    return names


# ---- what functions store


def _read_method(function: Function, class_name: str, found: _Found) -> None:
    """Stores to `self`, and to instances that the method itself makes."""
    decorators = decorator_names(function)
    first = [argument.arg for argument in positional(function)[:1]]
    on_class = "classmethod" in decorators or function.name in _CLASS_METHODS
    selves = set() if "staticmethod" in decorators else set(first)
    makers = {class_name, "__new__", *(first if on_class else ())}
    _read_stores(function, selves, frozenset(makers), found)


def _read_maker(code: Function | ast.Module, makers: frozenset[str]) -> _Found:
    found = _Found()
    _read_stores(code, set(makers), makers, found)
    return found


def _read_stores(code: Function | ast.Module, selves: set[str], makers: frozenset[str], found: _Found) -> None:
    """Note what is stored on the names of `selves`, on other names for them, and on what `makers` return."""
    selves |= _instances(code, selves, makers)
    forwards = isinstance(code, FUNCTIONS) and code.name == "__setattr__"
    todo: list[tuple[ast.AST, frozenset[str]]] = [(child, frozenset(selves)) for child in ast.iter_child_nodes(code)]
    while todo:
        node, names = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            if isinstance(code, ast.Module) and not isinstance(node, ast.Lambda):
                continue  # each function is read by itself
            names -= {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}
        elif isinstance(node, ast.Attribute) and _is_self(node.value, names):
            if isinstance(node.ctx, ast.Store):
                found.attributes.add(node.attr)
        elif isinstance(node, ast.Call) and not forwards:
            _read_call(node, names, found)
        if _writes_dict(node, names):
            found.open = True
        todo.extend((child, names) for child in ast.iter_child_nodes(node))


def _instances(code: ast.AST, selves: set[str], makers: frozenset[str]) -> set[str]:
    """The names that are bound to one of `selves`, or to what a call of `makers` returns."""
    names: set[str] = set()
    todo: list[ast.AST] = list(ast.iter_child_nodes(code))
    while todo:
        node = todo.pop()
        if isinstance(code, ast.Module) and isinstance(node, FUNCTIONS):
            continue
        todo.extend(ast.iter_child_nodes(node))
        if isinstance(node, ast.withitem):
            targets, value = [node.optional_vars], node.context_expr
        elif isinstance(node, ast.Assign):
            targets, value = [*node.targets], node.value
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        made = isinstance(value, ast.Call) and last_name(value.func) in makers
        if made or (isinstance(value, ast.Name) and value.id in selves):
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def _is_self(node: ast.expr, names: frozenset[str]) -> bool:
    """`self`, `type(self)` or `self.__class__`."""
    if isinstance(node, ast.Call) and last_name(node.func) == "type" and len(node.args) == 1:
        node = node.args[0]
    elif isinstance(node, ast.Attribute) and node.attr == "__class__":
        node = node.value
    return isinstance(node, ast.Name) and node.id in names


def _read_call(node: ast.Call, names: frozenset[str], found: _Found) -> None:
    """`setattr(self, name, value)` and `object.__setattr__(self, name, value)`."""
    called = last_name(node.func)
    if called not in ("setattr", "__setattr__"):
        return
    arguments = node.args
    bound = isinstance(node.func, ast.Attribute) and (_is_self(node.func.value, names) or _is_super(node.func.value))
    if not bound:
        if not arguments or not _is_self(arguments[0], names):
            return
        arguments = arguments[1:]
    name = arguments[0] if arguments else None
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        found.attributes.add(name.value)
    else:
        found.open = True


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) == "super"


def _writes_dict(node: ast.AST, names: frozenset[str]) -> bool:
    """`self.__dict__ = ...`, `self.__dict__[name] = ...`, `vars(self).update(...)`: adds unknown names."""

    def is_dict(inner: ast.AST) -> bool:
        if isinstance(inner, ast.Call):
            return last_name(inner.func) == "vars" and bool(inner.args) and _is_self(inner.args[0], names)
        return isinstance(inner, ast.Attribute) and inner.attr == "__dict__" and _is_self(inner.value, names)

    if isinstance(node, ast.Attribute):
        return (isinstance(node.ctx, ast.Store) and is_dict(node)) or (
            node.attr in ("update", "setdefault") and is_dict(node.value)
        )
    if isinstance(node, ast.AugAssign):
        return is_dict(node.target)
    return isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and is_dict(node.value)
