"""Reaching definitions: which assignments a name may read, within one module.

The answers err on one side only: a definition that a read can see is always in the set. What is precise:
branches, loops, exceptions, `del`, and code that cannot be reached (its reads have empty sets). What is not
followed: conditions (an `if` may go both ways; only `while True` is known), calls of closures (a name read in
a function, lambda or generator expression from a scope around it sees every definition of that name), and
names bound from outside the module.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Container, Iterable, Iterator

from lint_plugin.flow.expressions import EXPRESSIONS
from lint_plugin.flow.hidden_uses import HiddenUses
from lint_plugin.flow.program import Program
from lint_plugin.flow.run import Run
from lint_plugin.flow.scopes import UNBOUND, Context, Definition, Phi, Scope, Unit, Value, Variable
from lint_plugin.flow.state import reached, value_at
from lint_plugin.flow.statements import STATEMENTS

__all__ = ["UNBOUND", "Definition", "Flow", "Scope"]

_VISITORS = {**STATEMENTS, **EXPRESSIONS}
_NOTHING: frozenset[Definition] = frozenset()


class Flow:
    """The data flow of one module.

    One walk collects scopes and definitions; the flow of a function is computed when it is first asked about.
    Nodes that are passed in must be nodes of `tree`. Nothing raises on a tree that `ast.parse` has made,
    however deep.

    Attributes:
        tree: The module.
        module: Its scope.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self._program = Program(tree, _VISITORS)
        self.module = self._program.module
        self._runs: dict[Unit, Run] = {}
        self._reach: dict[ast.Name, frozenset[Definition]] = {}
        self._every: dict[Variable, tuple[frozenset[Definition], frozenset[Definition]]] = {}
        self._uses: dict[Variable, dict[Definition, list[ast.Name]]] = {}
        self._meanings: dict[str, dict[Variable, list[ast.Name]]] = {}
        self._hidden: HiddenUses | None = None
        self._steps = 0

    @property
    def work(self) -> int:
        """Elementary steps taken so far: nodes visited, events run, changes made, meetings followed."""
        return self._program.visited + self._steps + sum(run.work for run in self._runs.values())

    # ---- places

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node around `node`; None for the module."""
        return self._program.parents.get(node)

    def nodes(self) -> Iterable[ast.AST]:
        """Every node below the module, without operators and contexts; a node comes after the one around it."""
        return self._program.parents.keys()

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that holds `node`, or is it."""
        while not isinstance(node, ast.stmt):
            node = self._program.parents[node]
        return node

    def scope_of(self, node: ast.AST) -> Scope:
        """The scope that evaluates `node`: decorators, defaults, bases and a comprehension's first iterable
        belong to the scope around what they stand in, and so does a `def` or `class` statement itself."""
        context = self._program.contexts.get(node)
        if context is not None:
            return context.scope
        program = self._program
        inner: ast.AST | None = None
        while (parent := program.parents.get(node)) is not None:
            scope = program.scopes.get(parent)
            if scope is not None and _inside(parent, node, inner):
                return scope
            context = program.contexts.get(parent)
            if context is not None and (scope is None or isinstance(parent, ast.Name)):
                return context.scope
            inner, node = node, parent
        return self.module

    def opened_scope(self, node: ast.AST) -> Scope | None:
        """The scope that a function, lambda, class, comprehension or module opens; None for other nodes."""
        return self._program.scopes.get(node)

    def scopes(self) -> Iterator[Scope]:
        """Every scope of the module, itself first."""
        yield from self._program.scopes.values()
        yield from self._program.type_scopes.values()

    def all_definitions(self) -> Iterator[Definition]:
        """Every definition of the module, each once: `del` and star imports too. In no particular order."""
        yield from self._program.definitions

    def names(self, name: str) -> tuple[ast.Name, ...]:
        """Every use of that name, whatever it means there: Load, Del, targets of augmented assignments."""
        return tuple(self._program.names.get(name, ()))

    # ---- names

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
            context = self._program.contexts.get(name)
            if context is None or not self._is_use(name):
                found = _NOTHING
            else:
                found = self._find(name, context)
            self._reach[name] = found
        return found

    def sole(self, name: ast.Name) -> Definition | None:
        """The definition that a use of a name sees where there is only one, which may be UNBOUND.

        The answer of `reach` may be as long as the function; this one is there at the second definition.
        """
        meeting = self._meeting(name)
        if meeting is None or meeting.reached is not None:
            reached = self.reach(name)
            return next(iter(reached)) if len(reached) == 1 else None
        seen: set[Value] = {meeting}
        found: Definition | None = None
        todo = [meeting]
        while todo:
            for operand in todo.pop().operands:
                self._steps += 1
                if operand in seen:
                    continue
                seen.add(operand)
                if isinstance(operand, Phi):
                    todo.append(operand)
                elif found is not None:
                    return None
                else:
                    found = operand
        return found

    def meetings_without(self, name: ast.Name, known: Container[Phi], test: Callable[[Definition], bool]) -> list[Phi] | None:
        """The meetings of values behind a use of a name, where no definition in them passes a test.

        Args:
            name: The use.
            known: Meetings of which that is known, and which are not entered.
            test: Asked of each definition once.

        Returns:
            The meetings; None where a definition passes, and for a use whose definitions do not all come from such a
            meeting: then ask `reach`.
        """
        meeting = self._meeting(name)
        if meeting is None:
            return None
        seen: set[Value] = {meeting}
        met = [] if meeting in known else [meeting]
        for at in met:
            for operand in at.operands:
                self._steps += 1
                if operand in seen:
                    continue
                seen.add(operand)
                if isinstance(operand, Phi):
                    if operand not in known:
                        met.append(operand)
                elif test(operand):
                    return None
        return met

    def _meeting(self, name: ast.Name) -> Phi | None:
        """The meeting of values that a use sees, where nothing from outside the flow is added to it."""
        context = self._program.contexts.get(name)
        if context is None or not isinstance(name.ctx, ast.Load):
            return None
        variable = context.scope.lookup(name.id)
        if variable is None or variable.foreign or variable.scope.kind == "class":
            return None
        value = self._run(context.unit).read.get(name)
        return value if isinstance(value, Phi) else None

    def reach_at(self, statement: ast.stmt, name: str) -> frozenset[Definition]:
        """What `reach` would say of a use of `name` immediately before `statement`, in its scope."""
        context = self._program.contexts[statement]
        run = self._run(context.unit)
        time = run.times.get(statement)
        if time is None:
            return _NOTHING
        variable = context.scope.lookup(name)
        if variable is None:
            return self._unknown()
        if variable.unit is not context.unit:
            return self._anywhere(variable, context.unit)
        fallback: Value | None = None
        if variable.scope.kind == "class":
            outer = self.module.variables.get(name)
            if outer is not None and outer.unit is context.unit:
                fallback = value_at(outer, time)
        return self._complete(variable, value_at(variable, time), fallback)

    def is_closure_use(self, name: ast.Name) -> bool:
        """Whether a use reads a variable of a scope around its own at some later time: from a function, a
        lambda, a generator expression, or a late annotation. Other comprehensions and class bodies run where
        they stand.
        """
        context = self._program.contexts.get(name)
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
            self._hidden = HiddenUses(self.tree, self._program.annotations, self.scope_of)
        return self._hidden.of(definition.name, definition.scope)

    def close(self) -> None:
        """Let go of everything, when nothing more will be asked. What it holds refers to each other in circles, and would
        have to wait for the garbage collector, the tree with it."""
        self._hidden = None
        self._program.close()

    # ---- how

    def _is_use(self, name: ast.Name) -> bool:
        if not isinstance(name.ctx, ast.Store):
            return True
        parent = self._program.parents.get(name)
        return isinstance(parent, ast.AugAssign) and parent.target is name

    def _run(self, unit: Unit) -> Run:
        run = self._runs.get(unit)
        if run is None:
            program = self._program
            run = self._runs[unit] = Run(unit, program.contexts, self.module.variables, bool(program.stars))
            run.run()
        return run

    def _find(self, name: ast.Name, context: Context) -> frozenset[Definition]:
        run = self._run(context.unit)
        variable = context.scope.lookup(name.id)
        if variable is not None and name in run.read:
            if isinstance(name.ctx, ast.Del):
                return self._with_foreign(variable, run.read[name])
            return self._complete(variable, run.read[name], run.fallback.get(name))
        if name not in run.others:
            return _NOTHING
        return self._unknown() if variable is None else self._anywhere(variable, context.unit)

    def _unknown(self) -> frozenset[Definition]:
        return frozenset([UNBOUND, *self._program.stars])

    def _complete(self, variable: Variable, value: Value, fallback: Value | None) -> frozenset[Definition]:
        """Add to a value of the flow what may have happened outside it."""
        found = self._with_foreign(variable, value)
        if variable.scope.kind == "class" and UNBOUND in found:
            # A class body reads the module's variable when its own is unbound.
            outer = self.module.variables.get(variable.name)
            if fallback is not None and outer is not None:
                found = (found - {UNBOUND}) | self._complete(outer, fallback, None)
            elif outer is not None:
                found = (found - {UNBOUND}) | self._anywhere(outer, variable.unit)
            else:
                found |= self._unknown()
        return found

    def _with_foreign(self, variable: Variable, value: Value) -> frozenset[Definition]:
        found = self._reached(value)
        if variable.foreign:
            found |= {UNBOUND if other.kind == "del" else other for other in variable.foreign}
        return found

    def _anywhere(self, variable: Variable, reader: Unit) -> frozenset[Definition]:
        """What a closure may see: every definition, and UNBOUND when the variable may not be bound yet when
        the closure is made, or may be deleted."""
        self._run(variable.unit)
        every = self._every.get(variable)
        if every is None:
            self._steps += len(variable.definitions)
            found = {UNBOUND if definition.kind == "del" else definition for definition in variable.definitions}
            if variable.scope.kind == "module":
                found.update(self._program.stars)
            bound = frozenset(found)
            every = self._every[variable] = (bound, bound | {UNBOUND})
        unit: Unit | None = reader
        while unit is not None and unit.parent is not variable.unit:
            unit = unit.parent
        made = None if unit is None else unit.created
        early = made is not None and UNBOUND in self._reached(value_at(variable, made))
        return every[early]

    def _reached(self, value: Value) -> frozenset[Definition]:
        if isinstance(value, Phi):
            if value.reached is None:
                leaves, steps = reached(value)
                self._steps += steps
                value.reached = frozenset(leaf for leaf in leaves if isinstance(leaf, Definition))
            return value.reached
        return frozenset((value,))

    def _index(self, variable: Variable) -> dict[Definition, list[ast.Name]]:
        index: dict[Definition, list[ast.Name]] = {}
        for name in self._meaning(variable.name).get(variable, ()):
            for definition in self.reach(name):
                self._steps += 1
                index.setdefault(definition, []).append(name)
        return index

    def _meaning(self, text: str) -> dict[Variable, list[ast.Name]]:
        """The uses of a name by the variable that they may read, in source order: sorted once for all variables
        of that name, of which every function may have one."""
        found = self._meanings.get(text)
        if found is None:
            found = self._meanings[text] = {}
            outer = self.module.variables.get(text)
            for name in sorted(self._program.names.get(text, ()), key=_position):
                self._steps += 1
                meant = self._program.contexts[name].scope.lookup(text)
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
