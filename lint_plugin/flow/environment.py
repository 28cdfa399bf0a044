"""What each variable may hold at one point: the definitions that it may have been bound by last, UNBOUND among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lint_plugin.flow.scopes import UNBOUND, Definition, Variable

Environment = dict[Variable, frozenset[Definition]]  # a variable that is missing is unbound
Made = dict[Variable, set[Definition]]  # definitions that have been made meanwhile, UNBOUND for a deletion

NEVER_BOUND = frozenset((UNBOUND,))


def join(outcomes: Sequence[Environment | None]) -> Environment | None:
    """What holds after any of these outcomes; None is one that does not come here, or is there none that does."""
    live = [outcome for outcome in outcomes if outcome is not None]
    if len(live) < 2:
        return live[0] if live else None
    joined = dict(live[0])
    grown: Made = {}
    for outcome in live[1:]:
        # Of a function's thousand variables a branch binds one or two: the others are passed over at once.
        for variable in [variable for variable, reached in outcome.items() if joined.get(variable) is not reached]:
            known = joined.setdefault(variable, NEVER_BOUND)
            grown.setdefault(variable, set(known)).update(outcome[variable])
        if len(joined) > len(outcome):
            for variable in joined.keys() - outcome.keys():
                grown.setdefault(variable, set(joined[variable])).add(UNBOUND)
    for variable, all_reached in grown.items():
        if len(all_reached) > len(joined[variable]):
            joined[variable] = frozenset(all_reached)
    return joined


def at_any_time(before: Environment, made: Mapping[Variable, set[Definition]]) -> Environment:
    """What may hold at any point of something that began with `before` and has made these definitions since."""
    found = dict(before)
    for variable, definitions in made.items():
        found[variable] = found.get(variable, NEVER_BOUND) | definitions
    return found
