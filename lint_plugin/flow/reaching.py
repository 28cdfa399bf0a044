"""Reaching definitions: which assignments a name may read, within one module.

The answers err on one side only: a definition that a read can see is always in the set. What is precise:
branches, loops, exceptions, `del`, and code that cannot be reached (its reads have empty sets). What is not
followed: conditions (an `if` may go both ways; only `while True` is known), calls of closures (a name read in
a function, lambda or generator expression from a scope around it sees every definition of that name), and
names bound from outside the module.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from lint_plugin.flow.bindings import Bindings
from lint_plugin.flow.environment import NEVER_BOUND, Environment
from lint_plugin.flow.hidden_uses import HiddenUses
from lint_plugin.flow.scopes import UNBOUND, Context, Definition, Scope, Unit, Variable
from lint_plugin.flow.statements import Walk

__all__ = ["UNBOUND", "Definition", "Flow", "Scope"]

_NOTHING: frozenset[Definition] = frozenset()
# A unit with more statements times variables is walked once for each statement that `reach_at` is asked about.
_KEPT = 500_000


class Flow:
    """The data flow of one module.

    One walk collects scopes and definitions; a function is walked when it is first asked about. Nodes that are passed in
    must be nodes of `tree`.

    Attributes:
        tree: The module.
        module: Its scope.

    Raises:
        RecursionError: By what asks about names, when the code is nested too deeply.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self._bindings = Bindings(tree)
        self.module = self._bindings.module
        self._walks: dict[Unit, Walk] = {}
        self._before: dict[ast.stmt, Environment | None] = {}
        self._reach: dict[ast.Name, frozenset[Definition]] = {}
        self._every: dict[Variable, tuple[frozenset[Definition], frozenset[Definition]]] = {}
        self._uses: dict[Variable, dict[Definition, list[ast.Name]]] = {}
        self._meanings: dict[str, dict[Variable, list[ast.Name]]] = {}
        self._hidden: HiddenUses | None = None
        self.dotted: dict[ast.expr, str | None] = {}  # what `lint_plugin.flow.callee` has found; nearly every question asks it

    # ---- places

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node around `node`; None for the module."""
        return self._bindings.parents.get(node)

    def nodes(self) -> Iterable[ast.AST]:
        """Every node below the module, without operators and contexts; a node comes after the one around it."""
        return self._bindings.parents.keys()

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that holds `node`, or is it."""
        while not isinstance(node, ast.stmt):
            node = self._bindings.parents[node]
        return node

    def scope_of(self, node: ast.AST) -> Scope:
        """The scope that evaluates `node`: decorators, defaults, bases and a comprehension's first iterable
        belong to the scope around what they stand in, and so does a `def` or `class` statement itself."""
        context = self._bindings.contexts.get(node)
        if context is not None:
            return context.scope
        bindings = self._bindings
        inner: ast.AST | None = None
        while (parent := bindings.parents.get(node)) is not None:
            scope = bindings.scopes.get(parent)
            if scope is not None and _inside(parent, node, inner):
                return scope
            context = bindings.contexts.get(parent)
            if context is not None and (scope is None or isinstance(parent, ast.Name)):
                return context.scope
            inner, node = node, parent
        return self.module

    def scopes(self) -> Iterator[Scope]:
        """Every scope of the module, itself first."""
        yield from self._bindings.scopes.values()
        yield from self._bindings.type_scopes.values()

    def all_definitions(self) -> Iterator[Definition]:
        """Every definition of the module, each once: `del` and star imports too. In no particular order."""
        yield from self._bindings.definitions

    def names(self, name: str) -> tuple[ast.Name, ...]:
        """Every use of that name, whatever it means there: Load, Del, targets of augmented assignments."""
        return tuple(self._bindings.names.get(name, ()))

    # ---- names

    def defined_by(self, node: ast.AST) -> Definition | None:
        """The definition that a node spells: the target of an assignment, a parameter; None for other nodes."""
        return self._bindings.bound.get(node)

    def definitions(self, scope: Scope, name: str) -> tuple[Definition, ...]:
        """Every definition of the variable that `name` means in `scope`, those made through `global` and
        `nonlocal` in other scopes included, in order of the source."""
        variable = scope.lookup(name)
        return () if variable is None else tuple(sorted(variable.definitions, key=_place))

    def resolve(self, scope: Scope, name: str) -> Scope | None:
        """The scope where `name` is bound when `scope` reads it; None for builtins and names nobody binds."""
        variable = scope.lookup(name)
        return None if variable is None else variable.scope

    def reach(self, name: ast.Name) -> frozenset[Definition]:
        """The definitions that a use of a name may see: of a Load, a Del, or the target of an augmented
        assignment.

        UNBOUND is among them when the name may be unbound there; a name that the module does not bind (a
        builtin, a typo) has UNBOUND alone, together with the star imports that may have bound it. The set is
        empty in code that cannot be reached, and for a name that is only stored.
        """
        found = self._reach.get(name)
        if found is None:
            context = self._bindings.contexts.get(name)
            if context is None or not self._is_use(name):
                found = _NOTHING
            else:
                found = self._find(name, context)
            self._reach[name] = found
        return found

    def bound(self, name: ast.Name) -> list[Definition]:
        """The same without UNBOUND, in order of the source: for what takes the first of them, or tells a reader of one."""
        return sorted((definition for definition in self.reach(name) if definition.kind != "unbound"), key=_place)

    def reach_at(self, statement: ast.stmt, name: str) -> frozenset[Definition]:
        """What `reach` would say of a use of `name` immediately before `statement`, in its scope."""
        context = self._bindings.contexts[statement]
        before = self._held_before(statement, context.unit)
        if before is None:
            return _NOTHING
        variable = context.scope.lookup(name)
        if variable is None:
            return self._unknown()
        if variable.unit is not context.unit:
            self._watch_closures(variable)
            return self._anywhere(variable, context.unit)
        fallback: frozenset[Definition] | None = None
        if variable.scope.kind == "class":
            outer = self.module.variables.get(name)
            if outer is not None and outer.unit is context.unit:
                fallback = before.get(outer, NEVER_BOUND)
        return self._complete(variable, before.get(variable, NEVER_BOUND), fallback)

    def is_closure_use(self, name: ast.Name) -> bool:
        """Whether a use reads a variable of a scope around its own at some later time: from a function, a
        lambda, a generator expression, or a late annotation. Other comprehensions and class bodies run where
        they stand.
        """
        context = self._bindings.contexts.get(name)
        if context is None:
            return False
        variable = context.scope.lookup(name.id)
        return variable is not None and variable.unit is not context.unit

    def uses(self, definition: Definition) -> tuple[ast.Name, ...]:
        """Every use that may read `definition` (closures too), in source order; see `hidden_uses` too."""
        variable = definition.scope.variables[definition.name]
        index = self._uses.get(variable)
        if index is None:
            index = self._uses[variable] = self._index(variable)
        return tuple(index.get(definition, ()))

    def hidden_uses(self, definition: Definition) -> tuple[ast.AST, ...]:
        """The string constants that name `definition`'s variable, whichever of its definitions they may mean:
        string annotations, forward references, entries of `__all__`, and doctests. In order of the source."""
        if self._hidden is None:
            self._hidden = HiddenUses(self.tree, self._bindings, self.scope_of)
        return self._hidden.of(definition.name, definition.scope)

    def spelled_uses(self, definition: Definition) -> tuple[ast.Constant, ...]:
        """The constants that name `definition`'s variable in `"x" in locals()`, `locals()["x"]` and the like; they are
        among the `hidden_uses` too."""
        return tuple(
            constant
            for name, constant, scope in self._bindings.spelled
            if name == definition.name and self.resolve(scope, name) is definition.scope
        )

    @property
    def spelled_names(self) -> frozenset[str]:
        """Every name that is asked for in this way, bound or not."""
        return frozenset(name for name, _, _ in self._bindings.spelled)

    # ---- how

    def _is_use(self, name: ast.Name) -> bool:
        if not isinstance(name.ctx, ast.Store):
            return True
        parent = self._bindings.parents.get(name)
        return isinstance(parent, ast.AugAssign) and parent.target is name

    def _walk(self, unit: Unit) -> Walk:
        walk = self._walks.get(unit)
        if walk is None:
            walk = self._walks[unit] = Walk(unit, self._bindings)
        return walk

    def _held_before(self, statement: ast.stmt, unit: Unit) -> Environment | None:
        """What the unit's variables hold before a statement; None where it is not reached."""
        if statement not in self._before:
            size = self._walk(unit).statements * len(self._bindings.contexts[statement].scope.variables)
            watched = (lambda at: at is statement) if size > _KEPT else (lambda at: True)
            self._before.update(Walk(unit, self._bindings, watched).before)
            self._before.setdefault(statement, None)
        return self._before[statement]

    def _watch_closures(self, variable: Variable) -> None:
        """See to it that every unit that is created by the variable's own is known to find it bound or not."""
        free = self._bindings.free_variables
        created = [unit for unit in self._bindings.units if unit.parent is variable.unit]
        if any(variable not in free[unit] for unit in created):
            for unit in created:
                free[unit].add(variable)
            self._walks.pop(variable.unit, None)

    def _find(self, name: ast.Name, context: Context) -> frozenset[Definition]:
        walk = self._walk(context.unit)
        reached = walk.read.get(name)
        if reached is None:
            return _NOTHING
        variable = context.scope.lookup(name.id)
        if variable is None:
            return self._unknown()
        if variable.unit is not context.unit:
            return self._anywhere(variable, context.unit)
        if isinstance(name.ctx, ast.Del):
            return self._with_foreign(variable, reached)
        return self._complete(variable, reached, walk.fallback.get(name))

    def _unknown(self) -> frozenset[Definition]:
        return frozenset([UNBOUND, *self._bindings.stars])

    def _complete(
        self, variable: Variable, reached: frozenset[Definition], fallback: frozenset[Definition] | None
    ) -> frozenset[Definition]:
        """Add to what the walk has found what may have happened outside it."""
        found = self._with_foreign(variable, reached)
        if variable.scope.kind == "class" and UNBOUND in found:
            # A class body reads the module's variable when its own is unbound.
            outer = self.module.variables.get(variable.name)
            if outer is None:
                found |= self._unknown()
            elif fallback is None:
                found = (found - {UNBOUND}) | self._anywhere(outer, variable.unit)
            else:
                found = (found - {UNBOUND}) | self._complete(outer, fallback, None)
        return found

    def _with_foreign(self, variable: Variable, reached: frozenset[Definition]) -> frozenset[Definition]:
        if not variable.foreign:
            return reached
        return reached | {UNBOUND if other.kind == "del" else other for other in variable.foreign}

    def _anywhere(self, variable: Variable, reader: Unit) -> frozenset[Definition]:
        """What a closure may see: every definition, and UNBOUND when the variable may not be bound yet when
        the closure is made, or may be deleted."""
        every = self._every.get(variable)
        if every is None:
            found = {UNBOUND if definition.kind == "del" else definition for definition in variable.definitions}
            if variable.scope.kind == "module":
                found.update(self._bindings.stars)
            bound = frozenset(found)
            every = self._every[variable] = (bound, bound | {UNBOUND})
        unit: Unit | None = reader
        while unit is not None and unit.parent is not variable.unit:
            unit = unit.parent
        early = unit is not None and variable in self._walk(variable.unit).maybe_unbound.get(unit, ())
        return every[early]

    def _index(self, variable: Variable) -> dict[Definition, list[ast.Name]]:
        index: dict[Definition, list[ast.Name]] = {}
        for name in self._meaning(variable.name).get(variable, ()):
            for definition in self.reach(name):
                index.setdefault(definition, []).append(name)
        return index

    def _meaning(self, text: str) -> dict[Variable, list[ast.Name]]:
        """The uses of a name by the variable that they may read, in source order: sorted once for all variables
        of that name, of which every function may have one."""
        found = self._meanings.get(text)
        if found is None:
            found = self._meanings[text] = {}
            outer = self.module.variables.get(text)
            for name in sorted(self._bindings.names.get(text, ()), key=_position):
                meant = self._bindings.contexts[name].scope.lookup(text)
                if meant is not None:
                    found.setdefault(meant, []).append(name)
                    if meant.scope.kind == "class" and outer is not None:
                        # A class body reads the module's variable when its own is unbound.
                        found.setdefault(outer, []).append(name)
        return found


def _position(name: ast.Name) -> tuple[int, int]:
    return (name.lineno, name.col_offset)


def _place(definition: Definition) -> tuple[int, int]:
    node = definition.node
    return (getattr(node, "lineno", definition.statement.lineno), getattr(node, "col_offset", 0))


def _inside(opener: ast.AST, child: ast.AST, grandchild: ast.AST | None) -> bool:
    """Whether a child of a node that opens a scope is evaluated in that scope."""
    if isinstance(opener, ast.Lambda):
        return child is opener.body
    if isinstance(opener, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        return not (child is opener.generators[0] and grandchild is opener.generators[0].iter)
    return isinstance(child, ast.stmt)
