"""The values of variables over the time of a flow's run, and what a value stands for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from lint_plugin.scopes import UNBOUND, Definition, Phi, Value, Variable


def value_at(variable: Variable, time: int) -> Value:
    """What a variable held at a time of its unit's clock."""
    index = bisect_right(variable.times, time)
    return variable.values[index - 1] if index else UNBOUND


def values_at(variable: Variable, times: list[int]) -> list[Value]:
    """The values that a variable held at some of these ascending times, at a cost of the fewer of changes and times."""
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
    """The Definitions that a value stands for, and the steps taken; `stop` counts as one of them and is not entered."""
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
