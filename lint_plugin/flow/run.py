"""Runs a unit's program once, and notes the value of each variable wherever it is read.

A value is a Definition or a Phi, a meeting of values. Nothing is copied at a branch: `layers` note the old
values of what a branch changes, which is put back at its end, and only what has changed meets afterwards. A
loop's head is a Phi for each variable that the loop binds, completed at its end, so that each statement is
run once however deep it lies. Handlers see the values before the `try` and every definition made in it. Each
change is kept with its time, so that a variable can be asked about at any statement, and `break` needs to
note no more than its time.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from lint_plugin.flow import program as code
from lint_plugin.flow.scopes import Context, Definition, Op, Phi, Unit, Value, Variable
from lint_plugin.flow.state import Layer, State, meet, reached, value_at, values_at


class _Frame:
    """What a construct that is being run needs at its end."""

    __slots__ = (
        "dead",
        "arms",
        "depth",
        "variables",
        "phis",
        "breaks",
        "continues",
        "start",
        "body_end",
        "time",
        "catches",
        "entry",
        "normal",
        "normal_dead",
        "loop",
    )

    def __init__(self, dead: bool) -> None:
        self.dead = dead
        self.arms: list[Layer] = []
        self.depth = 0
        self.variables: list[Variable] = []
        self.phis: dict[Variable, Phi] = {}
        self.breaks: list[int] = []
        self.continues: list[int] = []
        self.start = 0
        self.body_end = 0
        self.time = 0
        self.catches = False
        self.entry: dict[Variable, Phi] = {}
        self.normal: Layer = {}
        self.normal_dead = False
        self.loop = False


class Run(State):
    """One run of one unit.

    Attributes:
        read: The value at each Name read; Names in unreachable code are missing.
        fallback: For a class variable's read, the module variable's value that Python falls back to.
        others: The reachable uses of other units' variables and of unknown names.
        times: The clock at the start of each reachable statement.
    """

    def __init__(self, unit: Unit, contexts: dict[ast.AST, Context], module: dict[str, Variable], stars: bool) -> None:
        super().__init__(unit, module)
        self.contexts = contexts
        self.stars = stars
        self.read: dict[ast.Name, Value] = {}
        self.fallback: dict[ast.Name, Value] = {}
        self.others: set[ast.Name] = set()
        self.times: dict[ast.stmt, int] = {}
        self.frames: list[_Frame] = []

    def run(self) -> None:
        """Run it all."""
        unit, contexts, read = self.unit, self.contexts, self.read
        self.work += len(unit.events)
        for event in unit.events:
            cls = event.__class__
            if cls is ast.Name:
                assert isinstance(event, ast.Name)
                if self.dead:
                    continue
                scope = contexts[event].scope
                variable = scope.lookup(event.id)
                if variable is not None and variable.unit is unit:
                    read[event] = variable.value
                    if variable.scope.kind == "class":
                        outer = self.module.get(event.id)
                        if outer is not None and outer.unit is unit:
                            self.fallback[event] = outer.value
                else:
                    self.others.add(event)
            elif cls is Definition:
                assert isinstance(event, Definition)
                if not self.dead:
                    self._define(event)
            elif cls is Op:
                assert isinstance(event, Op)
                if event.code:
                    _STEPS[event.code](self, event)
            elif cls is Unit:
                assert isinstance(event, Unit)
                event.created = None if self.dead else self.clock
            elif not self.dead:
                assert isinstance(event, ast.stmt)
                self.times[event] = self.clock
        unit.done = True

    # ---- branches

    def dead_end(self, op: Op) -> None:
        self.dead = True

    def chain(self, op: Op) -> None:
        frame = _Frame(self.dead)
        frame.depth = len(self.layers)
        self.frames.append(frame)
        self.layers.append({})

    def arm(self, op: Op) -> None:
        self.frames[-1].dead = self.dead
        self.layers.append({})

    def arm_end(self, op: Op) -> None:
        frame = self.frames[-1]
        if not self.dead:
            frame.arms.append(self._now(frame.depth))
        self._undo(self.layers.pop())
        self.dead = frame.dead

    def arm_empty(self, op: Op) -> None:
        if not self.dead:
            self.frames[-1].arms.append(self._now(self.frames[-1].depth))

    def chain_end(self, op: Op) -> None:
        frame = self.frames.pop()
        if op.flag and not self.dead:
            frame.arms.append(self._now(frame.depth))
        self._undo(self.layers.pop())
        self._meet_arms(frame.arms)

    def case(self, op: Op) -> None:
        self.layers.append({})

    def case_end(self, op: Op) -> None:
        layer = self.layers.pop()
        for variable, old in layer.items():
            if op.flag:  # the guard has failed after the captures were bound
                new = variable.value
                self._put(variable, old)
                self._set(variable, meet([old, new]))
            else:
                self._put(variable, old)

    # ---- loops

    def loop(self, op: Op) -> None:
        frame = _Frame(self.dead)
        frame.loop = True
        self.frames.append(frame)
        frame.variables = self._bound_between(op)
        if not self.dead:
            for variable in frame.variables:
                phi = frame.phis[variable] = Phi([variable.value])
                self._set(variable, phi)

    def body(self, op: Op) -> None:
        self.frames[-1].dead = self.dead
        self.layers.append({})

    def body_end(self, op: Op) -> None:
        frame = self.frames[-1]
        for variable, phi in frame.phis.items():
            if not self.dead:
                phi.operands.append(variable.value)
            if frame.continues:
                more = values_at(variable, frame.continues)
                self.work += len(more)
                phi.operands += more
        self._undo(self.layers.pop())
        self.dead = frame.dead or op.flag
        frame.loop = False  # a `break` in the `else` belongs to a loop further out

    def loop_end(self, op: Op) -> None:
        frame = self.frames.pop()
        if not frame.breaks:
            return
        for variable in frame.variables:
            values = values_at(variable, frame.breaks)
            self.work += len(values)
            if not self.dead:
                values.append(variable.value)
            self._set(variable, meet(values))
        self.dead = False

    def leave(self, op: Op) -> None:
        """`break` and `continue`: to the loop, or to a `finally` on the way."""
        if not self.dead:
            self._leave(op.code == code.BREAK)
        self.dead = True

    def _leave(self, is_break: bool) -> None:
        for frame in reversed(self.frames):
            self.work += 1
            if frame.loop or frame.catches:
                (frame.breaks if is_break else frame.continues).append(self.clock)
                return

    # ---- exceptions

    def with_(self, op: Op) -> None:
        frame = _Frame(self.dead)
        frame.start, frame.time = len(self.executed), self.clock
        self.frames.append(frame)

    def with_end(self, op: Op) -> None:
        frame = self.frames.pop()
        assert op.context is not None
        scope = op.context.scope
        if op.names is not None and not self.stars and all(scope.lookup(name) is None for name in op.names):
            return
        if not frame.dead:  # the context manager may have swallowed an exception anywhere in the body
            self._any_of(frame, len(self.executed))
            self.dead = False

    def _any_of(self, frame: _Frame, end: int) -> None:
        """Each variable holds what it held at the frame's start, or anything bound since."""
        for variable, made in self._made_since(frame.start, end).items():
            self._set(variable, meet([value_at(variable, frame.time), *made]))

    def try_(self, op: Op) -> None:
        frame = _Frame(self.dead)
        frame.start, frame.time, frame.catches = len(self.executed), self.clock, op.flag
        self.frames.append(frame)
        self.layers.append({})

    def try_body_end(self, op: Op) -> None:
        self.frames[-1].body_end = len(self.executed)

    def handlers(self, op: Op) -> None:
        frame = self.frames[-1]
        if not self.dead:
            frame.arms.append(self._now(len(self.layers) - 1))
        layer = self.layers[-1]
        self._undo(layer)
        layer.clear()
        self.dead = frame.dead
        if not self.dead:
            self._any_of(frame, frame.body_end)

    def star_handler(self, op: Op) -> None:
        """An `except*` runs after others that may have run, or have been left by an exception."""
        frame = self.frames[-1]
        self.dead = frame.dead
        if not self.dead:
            for variable, made in self._made_since(frame.body_end).items():
                self._set(variable, meet([variable.value, *made]))

    def try_join(self, op: Op) -> None:
        frame = self.frames[-1]
        if not self.dead:
            frame.arms.append(self._now(len(self.layers) - 1))
        self._undo(self.layers.pop())
        self._meet_arms(frame.arms)
        if not frame.catches:
            self.frames.pop()

    def finally_(self, op: Op) -> None:
        frame = self.frames[-1]
        frame.catches = False
        frame.normal_dead = self.dead
        self.dead = frame.dead
        if not frame.dead:
            made = self._made_since(frame.start)
            for variable in dict.fromkeys([*made, *self._bound_between(op)]):
                frame.normal[variable] = variable.value
                phi = Phi([value_at(variable, frame.time), *made.get(variable, [])])
                frame.entry[variable] = phi
                self._set(variable, phi)
        self.layers.append({})

    def finally_end(self, op: Op) -> None:
        frame = self.frames.pop()
        layer = self.layers.pop()
        changed = {variable: variable.value for variable in layer}
        self._undo(layer)
        if self.dead:
            return
        for is_break, times in ((True, frame.breaks), (False, frame.continues)):
            if times:
                at = {variable: meet(values_at(variable, times)) for variable in frame.entry}
                self._after_finally(frame, at, changed)
                self._leave(is_break)
        self._after_finally(frame, frame.normal, changed)
        self.dead = frame.normal_dead

    def _after_finally(self, frame: _Frame, before: Layer, changed: Layer) -> None:
        """Go on with the values `before` the finally as the finally has changed them."""
        for variable, value in before.items():
            if variable in changed:
                leaves, steps = reached(changed[variable], stop=frame.entry[variable])
                self.work += steps
                passes = frame.entry[variable] in leaves
                after: list[Value] = [leaf for leaf in leaves if leaf is not frame.entry[variable]]
                value = meet([*after, value] if passes else after)
            self._set(variable, value)


_STEPS: dict[int, Callable[[Run, Op], None]] = {
    code.DEAD: Run.dead_end,
    code.CHAIN: Run.chain,
    code.ARM: Run.arm,
    code.ARM_END: Run.arm_end,
    code.ARM_EMPTY: Run.arm_empty,
    code.CHAIN_END: Run.chain_end,
    code.CASE: Run.case,
    code.CASE_END: Run.case_end,
    code.LOOP: Run.loop,
    code.BODY: Run.body,
    code.BODY_END: Run.body_end,
    code.LOOP_END: Run.loop_end,
    code.BREAK: Run.leave,
    code.CONTINUE: Run.leave,
    code.WITH: Run.with_,
    code.WITH_END: Run.with_end,
    code.TRY: Run.try_,
    code.TRY_BODY_END: Run.try_body_end,
    code.HANDLERS: Run.handlers,
    code.STAR_HANDLER: Run.star_handler,
    code.TRY_JOIN: Run.try_join,
    code.FINALLY: Run.finally_,
    code.FINALLY_END: Run.finally_end,
}
