"""Scopes, variables and definitions: which name is bound where, by Python's own scoping rules."""

from __future__ import annotations

import ast
from collections.abc import KeysView
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal

    Kind = Literal[
        "param",  # a parameter; value None
        "assign",  # `x = value`, `x: T = value`; value the whole right-hand side
        "unpack",  # `x, y = value`; value the whole right-hand side
        "aug",  # `x += value`
        "for",  # a loop's target; value the iterable
        "with",  # `with value as x`
        "except",  # `except E as x`
        "import",  # also `from m import *`, under the name "*"
        "def",
        "class",
        "match",  # a capture; value the subject
        "comp",  # a comprehension's target; value the iterable
        "del",  # `del x`, and the end of the handler that has bound x
        "walrus",
        "type",  # a type parameter, a `type` statement
        "unbound",  # UNBOUND only
    ]
    ScopeKind = Literal["module", "function", "lambda", "class", "comprehension", "type"]


class Definition:
    """One place that binds (or, for `del`, unbinds) a name. Compared by identity.

    Attributes:
        name: The name that is bound; for `import a.b` it is `a`, for a star import `*`.
        kind: How it is bound.
        statement: The innermost statement that holds it: the `def` for a parameter, the `try` for an except-
            name.
        value: The expression that the kind names, or None.
        node: The node that spells the name: Name, arg, alias, FunctionDef, ClassDef, ExceptHandler, a match
            pattern.
        scope: The scope whose variable is bound: the module for a name declared `global`, the enclosing
            function for a walrus in a comprehension.
    """

    __slots__ = ("name", "kind", "statement", "value", "node", "scope")

    def __init__(
        self,
        name: str,
        kind: Kind,
        statement: ast.stmt,
        value: ast.expr | None,
        node: ast.AST,
        scope: Scope,
    ) -> None:
        self.name = name
        self.kind: Kind = kind
        self.statement = statement
        self.value = value
        self.node = node
        self.scope = scope

    @property
    def alias(self) -> ast.alias | None:
        """The one alias of the import statement that binds the name; None for other kinds."""
        return self.node if isinstance(self.node, ast.alias) else None

    def __repr__(self) -> str:
        if self.kind == "unbound":
            return "UNBOUND"
        return f"<{self.kind} {self.name} line {getattr(self.node, 'lineno', self.statement.lineno)}>"


class Phi:
    """Several values that meet; loops make cycles of them."""

    __slots__ = ("operands", "reached", "imports_of")

    def __init__(self, operands: list[Value], imports_of: str = "") -> None:
        self.operands = operands
        self.reached: frozenset[Definition] | None = None
        self.imports_of = imports_of


Value = Definition | Phi


class Unit:
    """What runs as one flow: a module, function, lambda, generator expression, or an annotation that is
    evaluated late.

    Class bodies and the other comprehensions run where they stand and belong to the unit around them.

    Attributes:
        parent: The unit that creates this one; None for the module.
        events: The program: uses (Name), Definitions, statements' starts, created units, and Ops, in order of
            evaluation.
        definitions: The Definitions among the events.
        created: When it is created, on the parent's clock; None in unreachable code or before the parent has
            run.
        done: Whether its flow has been computed.
    """

    __slots__ = ("parent", "events", "definitions", "created", "done")

    def __init__(self, parent: Unit | None) -> None:
        self.parent = parent
        self.events: list[object] = []
        self.definitions: list[Definition] = []
        self.created: int | None = None
        self.done = False


class Variable:
    """A name in one scope, and the values it takes on its unit's clock.

    Attributes:
        foreign: Its definitions made outside its unit (through global, nonlocal, or a walrus in a generator
            expression): these may happen at any time.
        value: What it holds now, while the flow is computed.
        times: When it changed, ascending, with the new `values`.
    """

    __slots__ = ("name", "scope", "unit", "definitions", "foreign", "value", "times", "values")

    def __init__(self, name: str, scope: Scope, unit: Unit) -> None:
        self.name = name
        self.scope = scope
        self.unit = unit
        self.definitions: list[Definition] = []
        self.foreign: list[Definition] = []
        self.value: Value = UNBOUND
        self.times: list[int] = []
        self.values: list[Value] = []


class Scope:
    """A scope.

    Attributes:
        node: Module, FunctionDef, AsyncFunctionDef, Lambda, ClassDef, or a comprehension.
        parent: The scope around it; None for the module.
        kind: What it is. `type` is the scope of type parameters (3.12+).
        variables: What is bound in it.
        globals: Names that it declares `global`.
        nonlocals: Names that it declares `nonlocal`.
        dynamic: Whether its names may be read or bound unseen: `locals()`, `vars()`, `dir()`, `eval`, `exec`.
        open: Whether a star import may bind further names in it.
    """

    __slots__ = (
        "node",
        "parent",
        "kind",
        "unit",
        "variables",
        "globals",
        "nonlocals",
        "dynamic",
        "open",
        "_found",
    )

    def __init__(self, node: ast.AST, parent: Scope | None, kind: ScopeKind, unit: Unit) -> None:
        self.node = node
        self.parent = parent
        self.kind: ScopeKind = kind
        self.unit = unit
        self.variables: dict[str, Variable] = {}
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.dynamic = False
        self.open = False
        self._found: dict[str, Variable | None] = {}

    @property
    def locals(self) -> KeysView[str]:
        """The names bound in this scope."""
        return self.variables.keys()

    @property
    def module(self) -> Scope:
        """The module's scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def declare(self, name: str) -> Variable:
        """The variable of that name in this very scope, made when missing."""
        variable = self.variables.get(name)
        if variable is None:
            variable = self.variables[name] = Variable(name, self, self.unit)
        return variable

    def lookup(self, name: str) -> Variable | None:
        """The variable that `name` means when this scope reads it; None for builtins and unknown names."""
        try:
            return self._found[name]
        except KeyError:
            found = self._found[name] = self._search(name)
            return found

    def binding_scope(self, name: str) -> Scope:
        """The scope whose variable an assignment to `name` in this scope binds."""
        if name in self.globals:
            return self.module
        if name in self.nonlocals and self.parent is not None:
            variable = self.parent.lookup_function(name)
            if variable is not None:
                return variable.scope
        return self

    def lookup_function(self, name: str) -> Variable | None:
        """The variable that `nonlocal name` means, searched from this scope outwards."""
        scope: Scope | None = self
        while scope is not None and scope.kind != "module":
            if scope.kind != "class" and name not in scope.nonlocals and name in scope.variables:
                return scope.variables[name]
            scope = scope.parent
        return None

    def close(self) -> None:
        """Forget the variables, and the loops of their values."""
        for variable in self.variables.values():
            for value in variable.values:
                if isinstance(value, Phi):
                    value.operands.clear()
        self.variables.clear()
        self._found.clear()

    def _search(self, name: str) -> Variable | None:
        scope: Scope | None = self
        sees_class = True  # type parameters' scopes see the class they stand in, functions do not
        while scope is not None:
            if scope.kind != "class" or sees_class:
                if name in scope.globals:
                    return scope.module.variables.get(name)
                if name not in scope.nonlocals and name in scope.variables:
                    return scope.variables[name]
            sees_class = sees_class and scope.kind == "type"
            scope = scope.parent
        return None

    def __repr__(self) -> str:
        return f"<Scope {self.kind} {getattr(self.node, 'name', '')}>"


_NOWHERE = Unit(None)
UNBOUND: Definition = Definition("", "unbound", ast.Pass(), None, ast.Pass(), Scope(ast.Module([], []), None, "module", _NOWHERE))
UNBOUND.statement.lineno = 0


class Context:
    """Where an expression is evaluated: names are looked up in `scope`, and it runs as part of `unit`."""

    __slots__ = ("scope", "unit")

    def __init__(self, scope: Scope, unit: Unit) -> None:
        self.scope = scope
        self.unit = unit


class Op:
    """A step of a unit's program that shapes its flow.

    Attributes:
        code: What to do, one of the constants of `flow_program`.
        flag: Its variant, where it has one.
        end: The Op that ends what this one begins, where the range matters.
        names: Names to look up first: for `with`, the callables that are safe unless the file binds them.
        at: How many Definitions of the unit stand before it.
        context: Where it stands.
    """

    __slots__ = ("code", "flag", "end", "names", "at", "context")

    def __init__(self, code: int, flag: bool = False, end: Op | None = None, names: tuple[str, ...] | None = None) -> None:
        self.code = code
        self.flag = flag
        self.end = end
        self.names = names
        self.at = 0
        self.context: Context | None = None
