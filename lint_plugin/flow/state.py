"""The variables of a unit while its flow is computed: what each holds and has held at any time."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterable

from lint_plugin.flow.scopes import UNBOUND, Definition, Op, Phi, Unit, Value, Variable

Layer = dict[Variable, Value]


def value_at(variable: Variable, time: int) -> Value:
    """What a variable held at a time of its unit's clock."""
    index = bisect_right(variable.times, time)
    return variable.values[index - 1] if index else UNBOUND


def values_at(variable: Variable, times: list[int]) -> list[Value]:
    """The values that a variable held at some of these ascending times."""
    low = bisect_right(variable.times, times[0])
    high = bisect_right(variable.times, times[-1])
    if high - low >= len(times):
        return [value_at(variable, time) for time in times]
    found = []
    for index in range(low, high + 1):
        since = variable.times[index - 1] if index else -1
        until = variable.times[index] if index < len(variable.times) else times[-1] + 1
        # Is there a time in [since, until)?
        if bisect_right(times, until - 1) > bisect_right(times, since - 1):
            found.append(variable.values[index - 1] if index else UNBOUND)
    return found


def meet(values: Iterable[Value]) -> Value:
    """One value for several."""
    distinct = list({id(value): value for value in values}.values())
    return distinct[0] if len(distinct) == 1 else Phi(distinct)


def reached(value: Value, stop: Phi | None = None) -> tuple[list[Definition | Phi], int]:
    """The Definitions that a value stands for, and the steps taken; `stop` is one of them and not entered."""
    seen: set[int] = {id(value)}
    found: list[Definition | Phi] = []
    todo: list[Value] = [value]
    while todo:
        at = todo.pop()
        if isinstance(at, Definition) or at is stop:
            found.append(at)
            continue
        operands: Iterable[Value] = at.operands if at.reached is None or stop is not None else at.reached
        for operand in operands:
            if id(operand) not in seen:
                seen.add(id(operand))
                todo.append(operand)
    return found, len(seen)


class State:
    """Values that change, with layers to put back what a branch has changed.

    Attributes:
        clock: Counts the changes.
        dead: Whether what comes next cannot be reached.
        layers: For each branch that is being run, the old values of what it has changed.
        executed: Every definition made so far, in order.
        work: Elementary steps taken.
    """

    def __init__(self, unit: Unit, module: dict[str, Variable]) -> None:
        self.unit = unit
        self.module = module
        self.clock = 0
        self.dead = False
        self.layers: list[Layer] = [{}]
        self.executed: list[tuple[Variable, Definition]] = []
        self.work = 0
        self._has_submodules: dict[Variable, bool] = {}

    def _define(self, definition: Definition) -> None:
        if definition.name == "*":
            for variable in list(self.module.values()):
                if variable.unit is self.unit:
                    self.executed.append((variable, definition))
                    self._set(variable, definition if variable.name == "*" else meet([variable.value, definition]))
            return
        variable = definition.scope.variables[definition.name]
        if variable.unit is not self.unit:
            return
        if definition.kind == "del":
            self.executed.append((variable, UNBOUND))
            self._set(variable, UNBOUND)
            return
        self.executed.append((variable, definition))
        value: Value = definition
        if definition.kind == "import" and isinstance(definition.statement, ast.Import):
            value = self._import(definition, variable.value)
        self._set(variable, value)

    def _import(self, definition: Definition, before: Value) -> Value:
        """`import a.c` after `import a.b` does not undo it: reads of `a` may rely on both."""
        alias = definition.alias
        if alias is None or (alias.asname is not None and alias.asname != alias.name):
            return definition
        # Without a submodule in sight the last import alone is read; most names are like that.
        variable = definition.scope.variables[definition.name]
        if variable not in self._has_submodules:
            self._has_submodules[variable] = any(map(_imports_submodule, variable.definitions))
        if not self._has_submodules[variable]:
            return definition
        if isinstance(before, Phi) and before.imports_of:
            earlier: list[Value] = [before]
        else:
            leaves, steps = reached(before)
            self.work += steps
            earlier = [leaf for leaf in leaves if isinstance(leaf, Definition) and _imports_submodule(leaf)]
        return Phi([*earlier, definition], imports_of=definition.name) if earlier else definition

    def _set(self, variable: Variable, value: Value) -> None:
        layer = self.layers[-1]
        if variable not in layer:
            layer[variable] = variable.value
        self._put(variable, value)

    def _put(self, variable: Variable, value: Value) -> None:
        self.work += 1
        self.clock += 1
        variable.value = value
        variable.times.append(self.clock)
        variable.values.append(value)

    def _undo(self, layer: Layer) -> None:
        for variable, value in layer.items():
            self._put(variable, value)

    def _now(self, depth: int) -> Layer:
        """The present values of what has changed since the layer at `depth` began."""
        found = {variable: variable.value for layer in self.layers[depth:] for variable in layer}
        self.work += len(found)
        return found

    def _meet_arms(self, arms: list[Layer]) -> None:
        """Continue with what any of these outcomes of a branch may leave; dead when there is none."""
        self.dead = not arms
        if len(arms) == 1:
            for variable, value in arms[0].items():
                self._set(variable, value)
            return
        found: dict[Variable, list[Value]] = {}
        for arm in arms:
            for variable, value in arm.items():
                found.setdefault(variable, []).append(value)
        for variable, values in found.items():
            self.work += len(values)
            if len(values) < len(arms):
                values.append(variable.value)
            self._set(variable, meet(values))

    def _made_since(self, start: int, end: int | None = None) -> dict[Variable, list[Value]]:
        """The definitions made since `executed` had `start` entries, by variable."""
        found: dict[Variable, list[Value]] = {}
        made = self.executed[start:end]
        self.work += len(made)
        for variable, definition in made:
            found.setdefault(variable, []).append(definition)
        return found

    def _bound_between(self, begin: Op) -> list[Variable]:
        """The unit's own variables that are bound between an Op and its end."""
        assert begin.end is not None
        found: dict[Variable, None] = {}
        made = self.unit.definitions[begin.at : begin.end.at]
        self.work += len(made)
        for definition in made:
            if definition.name == "*":
                found.update(dict.fromkeys(v for v in self.module.values() if v.unit is self.unit))
            else:
                variable = definition.scope.variables[definition.name]
                if variable.unit is self.unit:
                    found[variable] = None
        return list(found)


def _imports_submodule(definition: Definition) -> bool:
    """Whether a definition is `import a.b`, which binds `a` and more than that."""
    alias = definition.alias
    plain = isinstance(definition.statement, ast.Import) and alias is not None and alias.asname is None
    return plain and alias is not None and "." in alias.name
