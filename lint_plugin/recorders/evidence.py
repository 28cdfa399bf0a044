"""Whether an expression is a recorder, and how sure that is.

`strong` is proof within the file: an annotation, a constructor, a factory that is imported from a recorder module.
`weak` is a name that suggests one. `no` is proof of the opposite, `unknown` the absence of anything.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lint_plugin.config.settings import Config
from lint_plugin.flow.callee import dotted_name, last_name
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.recorders.class_stores import ClassStores

STRONG = "strong"
WEAK = "weak"
NO = "no"
UNKNOWN = "unknown"

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DISPLAYS = (
    ast.List, ast.Dict, ast.Set, ast.Tuple, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp,
    ast.JoinedStr, ast.Lambda, ast.Compare, ast.BinOp, ast.UnaryOp,
)  # fmt: skip
_SHIPPED_MODULE = "recorder"
_TRANSPARENT = frozenset({"Optional", "Annotated", "Final", "ClassVar", "Union"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about one expression.

    Attributes:
        level: `strong`, `weak`, `no` or `unknown`.
        origin: Dotted name of the class or factory that proves it, as the file imports it; "" where that is not one.
        own: The expression is `self` inside the recorder class itself.
    """

    level: str
    origin: str = ""
    own: bool = False

    @property
    def is_recorder(self) -> bool:
        """Whether findings may be based on it."""
        return self.level in (STRONG, WEAK)

    @property
    def shipped(self) -> bool:
        """Whether the class or factory is imported from the package that this project ships."""
        return self.level == STRONG and self.origin.rpartition(".")[0] == _SHIPPED_MODULE


_WEAK, _NO, _UNKNOWN = Evidence(WEAK), Evidence(NO), Evidence(UNKNOWN)


class EvidenceFinder:
    """Judges the expressions of one module.

    Attributes:
        classes: The module's classes by name.
    """

    def __init__(self, tree: ast.Module, flow: Flow, config: Config, module_name: str = "") -> None:
        """`module_name` is the file's own name without suffix, to know the recorder's own module by."""
        self._flow = flow
        self._module = flow.scope_of(tree)
        self._config = config
        self._in_recorder_module = self._is_recorder_module(module_name)
        self._names = frozenset(config.recorder_names)
        self._memo: dict[ast.expr, Evidence] = {}
        self.classes = {node.name: node for node in flow.nodes() if isinstance(node, ast.ClassDef)}
        self._functions = {node.name: node for node in tree.body if isinstance(node, _FUNCTIONS)}
        self._stores = ClassStores(flow)

    def of(self, expression: ast.expr) -> Evidence:
        """The evidence for an expression."""
        known = self._memo.get(expression)
        if known is None:
            self._memo[expression] = _UNKNOWN  # what a cycle of definitions sees
            known = self._memo[expression] = self._judge(expression)
        return known

    def is_recorder_class(self, node: ast.ClassDef, depth: int = 8) -> bool:
        """Whether a class of this module is a configured one, or derives from one."""
        if node.name in self._config.recorder_classes:
            return True
        for base in node.bases:
            name = last_name(base)
            if name in self._config.recorder_classes:
                return True
            parent = self.classes.get(name)
            if parent is not None and parent is not node and depth and self.is_recorder_class(parent, depth - 1):
                return True
        return False

    def local_class(self, name: str) -> ast.ClassDef | None:
        """The class of this module with that name."""
        return self.classes.get(name)

    def enclosing_class(self, node: ast.AST) -> ast.ClassDef | None:
        """The class whose method holds `node`, through nested functions."""
        above = self._flow.parent(node)
        while above is not None and not isinstance(above, ast.ClassDef):
            above = self._flow.parent(above)
        return above

    # -- expressions ---------------------------------------------------------------------------------------------------

    def _judge(self, expression: ast.expr) -> Evidence:
        match expression:
            case ast.Name():
                return self._name(expression)
            case ast.Attribute():
                return self._attribute(expression)
            case ast.Call():
                return self._call(expression)
            case ast.Await() | ast.NamedExpr() | ast.Starred():
                return self.of(expression.value)
            case ast.IfExp():
                return self._combine([self.of(expression.body), self.of(expression.orelse)], named=False)
            case ast.BoolOp():
                return self._combine([self.of(value) for value in expression.values], named=False)
            case ast.Constant():
                return _UNKNOWN if expression.value is None else _NO
        return _NO if isinstance(expression, _DISPLAYS) else _UNKNOWN

    def _suggests(self, name: str) -> bool:
        return name.lstrip("_") in self._names

    def _combine(self, parts: Iterable[Evidence], named: bool) -> Evidence:
        """All outcomes together: one `no` decides, one `unknown` leaves only the name to speak."""
        found = list(parts)
        levels = {part.level for part in found}
        if NO in levels:
            return _NO
        if not found or UNKNOWN in levels:
            return _WEAK if named and found else _UNKNOWN
        if levels == {STRONG}:
            origins = {part.origin for part in found}
            return Evidence(STRONG, origins.pop() if len(origins) == 1 else "", any(part.own for part in found))
        return _WEAK

    def _name(self, name: ast.Name) -> Evidence:
        named = self._suggests(name.id)
        reached = [d for d in self._flow.reach(name) if d.kind != "unbound" and not _is_none(d)]
        if reached:
            return self._combine([self._definition(definition) for definition in reached], named)
        scope = self._flow.resolve(self._flow.scope_of(name), name.id)
        return _WEAK if named and scope is None else _UNKNOWN

    def _definition(self, definition: Definition) -> Evidence:
        statement, value = definition.statement, definition.value
        if definition.kind == "param":
            return self._parameter(definition)
        if definition.kind in ("import", "def", "class", "except"):
            return _NO
        if isinstance(statement, ast.AnnAssign):
            annotated = self.annotation(statement.annotation)
            if annotated.level != UNKNOWN:
                return annotated
        if definition.kind in ("assign", "walrus") and value is not None:
            return self.of(value)
        if definition.kind == "with" and value is not None:
            return self.of(value)
        return _WEAK if self._suggests(definition.name) else _UNKNOWN

    def _parameter(self, definition: Definition) -> Evidence:
        node = definition.node
        if isinstance(node, ast.arg):
            if node.annotation is not None:
                annotated = self.annotation(node.annotation)
                if annotated.level != UNKNOWN:
                    return annotated
            elif self._is_self(node):
                owner = self.enclosing_class(node)
                if owner is not None:
                    return Evidence(STRONG, owner.name, own=True) if self.is_recorder_class(owner) else _NO
        return _WEAK if self._suggests(definition.name) else _UNKNOWN

    def _is_self(self, argument: ast.arg) -> bool:
        function = self._flow.parent(self._flow.parent(argument) or argument)
        if not isinstance(function, _FUNCTIONS) or not isinstance(self._flow.parent(function), ast.ClassDef):
            return False
        first = [*function.args.posonlyargs, *function.args.args][:1]
        static = any(last_name(decorator) == "staticmethod" for decorator in function.decorator_list)
        return first == [argument] and not static

    # -- calls -----------------------------------------------------------------------------------------------------------

    def _call(self, call: ast.Call) -> Evidence:
        last = last_name(call.func)
        if last == "cast" and call.args:
            return self.annotation(call.args[0])
        target = dotted_name(self._flow, call.func)
        if last_name(call.func) in (*self._config.recorder_classes, *self._config.recorder_factories):
            return self._configured(call.func, target, last)
        if target is not None and not target.startswith("builtins."):
            final = target.rpartition(".")[2]
            if final in (*self._config.recorder_classes, *self._config.recorder_factories):
                return self._configured(call.func, target, final)
        if isinstance(call.func, ast.Name):
            local = self.classes.get(last)
            if local is not None and target is None:
                return Evidence(STRONG, last) if self.is_recorder_class(local) else _NO
            function = self._functions.get(last)
            if function is not None and function.returns is not None:
                return self.annotation(function.returns)
        if target is not None and target.startswith("builtins.") and last in _BUILTIN_VALUES:
            return _NO
        if last[:1].isupper() or last.lstrip("_")[:1].isupper():
            return _NO
        return _WEAK if any(last == name or last.endswith("_" + name) for name in self._names) else _UNKNOWN

    def _configured(self, function: ast.expr, target: str | None, last: str) -> Evidence:
        """A call of something that bears the name of a configured class or factory."""
        if target is not None and self._is_recorder_module(target.rpartition(".")[0]):
            return Evidence(STRONG, target)
        if target is None and isinstance(function, ast.Name):
            if last in self.classes:
                return Evidence(STRONG, last)
            local = self._functions.get(last)
            if local is not None:
                if local.returns is not None:
                    returned = self.annotation(local.returns)
                    if returned.level != UNKNOWN:
                        return returned
                return Evidence(STRONG, last) if self._in_recorder_module else _WEAK
        return _WEAK

    def _is_recorder_module(self, module: str) -> bool:
        bare = module.lstrip(".")
        return bool(bare) and any(fnmatchcase(bare, pattern) for pattern in self._config.recorder_modules)

    # -- annotations -----------------------------------------------------------------------------------------------------

    def annotation(self, node: ast.expr) -> Evidence:
        """What an annotation says of the annotated name; `unknown` for `Any`, `object` and type variables."""
        options = [option for option in _options(node) if option is not None]
        return self._combine([self._annotated(option) for option in options], named=False)

    def _annotated(self, node: ast.expr) -> Evidence:
        name = last_name(node)
        if not name or name in ("Any", "object", "T", "Self"):
            return _UNKNOWN
        target = dotted_name(self._flow, node) if _is_attached(self._flow, node) else None
        final = name if target is None else target.rpartition(".")[2]
        if final in self._config.recorder_classes:
            if target is not None and not target.startswith("builtins."):
                module = target.rpartition(".")[0]
                return Evidence(STRONG, target) if self._is_recorder_module(module) else _WEAK
            return Evidence(STRONG, self._import_of(final))
        local = self.classes.get(name)
        if local is not None and self.is_recorder_class(local):
            return Evidence(STRONG, name)
        return _NO

    def _import_of(self, name: str) -> str:
        """Origin of a class that a quoted annotation names: the module-level import of that name, if there is one."""
        for definition in self._flow.definitions(self._module, name):
            statement = definition.statement
            if isinstance(statement, ast.ImportFrom) and statement.module:
                return "." * statement.level + f"{statement.module}.{name}"
        return name

    # -- attributes ------------------------------------------------------------------------------------------------------

    def _attribute(self, node: ast.Attribute) -> Evidence:
        named = self._suggests(node.attr)
        owner = self.owner(node.value)
        if owner is not None:
            stores = [store for base in self._lineage(owner) for store in self._attribute_stores(base, node.attr)]
            if stores:
                return self._combine(stores, named)
        if not named:
            return _UNKNOWN
        # `app.recorder = AudioRecorder()`: what one place stores there, another may read.
        for base, _, value in self._stores.by_attribute.get(node.attr, ()):
            if value is not None and not _is_none_literal(value) and ast.dump(base) == ast.dump(node.value):
                if self.of(value).level == NO:
                    return _NO
        return _WEAK

    def owner(self, value: ast.expr) -> ast.ClassDef | None:
        """The class of this module that an expression is an instance of: `self`, an annotated or constructed name."""
        if not isinstance(value, ast.Name):
            return None
        reached = [d for d in self._flow.reach(value) if d.kind != "unbound" and not _is_none(d)]
        if len(reached) != 1:
            return None
        argument = reached[0].node
        if isinstance(argument, ast.arg):
            if self._is_self(argument):
                return self.enclosing_class(value)
            options = [] if argument.annotation is None else [o for o in _options(argument.annotation) if o is not None]
            return self.classes.get(last_name(options[0])) if len(options) == 1 else None
        made = reached[0].value
        if reached[0].kind == "assign" and isinstance(made, ast.Call) and dotted_name(self._flow, made.func) is None:
            return self.classes.get(last_name(made.func)) if isinstance(made.func, ast.Name) else None
        return None

    def stored_values(self, owner: ast.ClassDef, attribute: str) -> list[ast.expr | None]:
        """What a class and its bases in this module store under one of its attributes; None for an unknown value."""
        stores = (store for base in self._lineage(owner) for store in self._stores.of(base, attribute))
        return [value for _, value in stores if not _is_none_literal(value)]

    def _lineage(self, owner: ast.ClassDef) -> list[ast.ClassDef]:
        """A class and its bases as far as this module has them."""
        found = [owner]
        for at in found:
            bases = (self.classes.get(last_name(base)) for base in at.bases)
            found += [base for base in bases if base is not None and base not in found]
        return found

    def _attribute_stores(self, owner: ast.ClassDef, attribute: str) -> list[Evidence]:
        """The evidence of every value and annotation that a class gives one of its attributes."""
        found = []
        for annotation, value in self._stores.of(owner, attribute):
            if _is_none_literal(value) and annotation is None:
                continue
            evidence = _UNKNOWN if annotation is None else self.annotation(annotation)
            if evidence.level == UNKNOWN and value is not None:
                evidence = self.of(value)
            found.append(evidence)
        return found


_BUILTIN_VALUES = frozenset({"open", "dict", "list", "set", "tuple", "str", "bytes", "int", "float", "bool"})


def _is_none(definition: Definition) -> bool:
    value = definition.value
    plain = isinstance(value, ast.Constant) and value.value is None
    return plain and definition.kind == "assign" and not isinstance(definition.statement, ast.AnnAssign)


def _is_none_literal(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _is_attached(flow: Flow, node: ast.expr) -> bool:
    """Whether a node belongs to the module's tree (a parsed string annotation does not)."""
    return flow.parent(node) is not None


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
        case ast.Subscript(value=outer, slice=inner) if last_name(outer) in _TRANSPARENT:
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            for part in parts[:1] if last_name(outer) == "Annotated" else parts:
                yield from _options(part)
        case ast.Subscript(value=outer):
            yield outer
        case _:
            yield node
