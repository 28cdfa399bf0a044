"""Scopes, variables and definitions: which name is bound where, by Python's own scoping rules."""

from __future__ import annotations

import ast
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

    @property
    def imports_submodule(self) -> bool:
        """Whether it is `import a.b`, which binds `a` and more than that."""
        alias = self.alias if isinstance(self.statement, ast.Import) else None
        return alias is not None and alias.asname is None and "." in alias.name

    def __repr__(self) -> str:
        if self.kind == "unbound":
            return "UNBOUND"
        return f"<{self.kind} {self.name} line {getattr(self.node, 'lineno', self.statement.lineno)}>"


class Unit:
    """What runs as one flow: a module, function, lambda, generator expression, or an annotation that is evaluated late.

    Class bodies and the other comprehensions run where they stand and belong to the unit around them.

    Attributes:
        node: What runs.
        parent: The unit that creates this one; None for the module.
        late: Whether `node` is an expression that is evaluated later than where it stands, if ever.
        has_walrus: Whether expressions of it bind names.
    """

    __slots__ = ("node", "parent", "late", "has_walrus")

    def __init__(self, node: ast.AST, parent: Unit | None, late: bool = False) -> None:
        self.node = node
        self.parent = parent
        self.late = late
        self.has_walrus = False


class Variable:
    """A name in one scope.

    Attributes:
        unit: The unit in which its scope runs.
        definitions: All its definitions.
        has_submodules: Whether one of them is `import a.b`.
        foreign: Those made outside its unit (through global, nonlocal, or a walrus in a generator expression), which may
            happen at any time.
    """

    __slots__ = ("name", "scope", "unit", "definitions", "foreign", "has_submodules")

    def __init__(self, name: str, scope: Scope) -> None:
        self.name = name
        self.scope = scope
        self.unit = scope.unit
        self.definitions: list[Definition] = []
        self.foreign: list[Definition] = []
        self.has_submodules = False


class Scope:
    """A scope.

    Attributes:
        node: Module, FunctionDef, AsyncFunctionDef, Lambda, ClassDef, or a comprehension.
        parent: The scope around it; None for the module.
        kind: What it is. `type` is the scope of type parameters (3.12+).
        variables: What is bound in it.
        globals: Names that it declares `global`.
        nonlocals: Names that it declares `nonlocal`.
        dynamic: Whether its names may be read or bound unseen, see `dynamic.py`.
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
            variable = self.variables[name] = Variable(name, self)
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


_NOWHERE = ast.Module([], [])
UNBOUND: Definition = Definition(
    "", "unbound", ast.Pass(lineno=0), None, ast.Pass(), Scope(_NOWHERE, None, "module", Unit(_NOWHERE, None))
)


class Context:
    """Where code is evaluated: its names are looked up in `scope`, and it runs as part of `unit`.

    Attributes:
        used: The names that are used there.
    """

    __slots__ = ("scope", "unit", "used")

    def __init__(self, scope: Scope, unit: Unit) -> None:
        self.scope = scope
        self.unit = unit
        self.used: set[str] = set()
