"""Walks the statements of a unit as Python executes them, and notes what each use of a name may read.

Environments are copied where the ways part and joined where they meet; a loop is walked until nothing new comes round, a
`finally` once for each way in. An exception may come from anywhere, so that a handler begins with what held before its
`try`, or any definition made in it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lint_plugin.flow.bindings import Bindings, all_arguments, late_parts
from lint_plugin.flow.environment import Environment, Made, at_any_time, join
from lint_plugin.flow.expressions import Evaluation
from lint_plugin.flow.scopes import Definition, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

# In a `finally` in a `finally` in a `finally` the ways in are no longer told apart: there would be four times as many each time.
_WAYS = 3


class Walk(Evaluation):
    """One walk over one unit.

    Attributes:
        before: What held before each statement that was to be watched.
    """

    def __init__(self, unit: Unit, bindings: Bindings, watched: Callable[[ast.stmt], bool] | None = None) -> None:
        super().__init__(unit, bindings)
        self.before: dict[ast.stmt, Environment] = {}
        self.statements = 0
        self._watched = watched
        self._walk(unit.node)

    def _walk(self, node: ast.AST) -> None:
        if self.unit.late:
            self.expression(node)
        elif isinstance(node, ast.Module):
            self.block(node.body)
        elif isinstance(node, ast.GeneratorExp):
            self.generators(node)
        else:
            assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            for argument in all_arguments(node.args):
                self.define(self.bindings.bound[argument])
            if isinstance(node, ast.Lambda):
                self.expression(node.body)
            else:
                self.block(node.body)

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Walk statements one after the other; what cannot be reached is left out."""
        for statement in statements:
            if self.env is None:
                return
            self._enter(statement)
            walk = _WALK.get(type(statement))
            if walk is None:
                self.expression(statement)
            else:
                walk(self, statement)

    def _enter(self, statement: ast.stmt) -> None:
        self.statements += 1
        if self._watched is not None and self._watched(statement):
            before = join([self.before.get(statement), self.branch()])
            assert before is not None
            self.before[statement] = before

    # ---- definitions

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.expressions([*node.decorator_list, *node.args.defaults, *node.args.kw_defaults])
        self._type_parameters(node)
        for argument in all_arguments(node.args):
            self._annotation(argument.annotation)
        self._annotation(node.returns)
        self.create(self.bindings.opened_units[node])
        self.define(self.bindings.bound[node])

    def _annotation(self, node: ast.expr | None) -> None:
        if node in self.bindings.late:
            self.create(self.bindings.late[node])
        elif node is not None:
            self.expression(node)

    def _type_parameters(self, node: ast.AST) -> None:
        for parameter in getattr(node, "type_params", ()):
            self.define(self.bindings.bound[parameter])
            for late in late_parts(parameter):
                self.create(self.bindings.late[late])

    def _class(self, node: ast.ClassDef) -> None:
        self.expressions(node.decorator_list)
        self._type_parameters(node)
        self.expressions([*node.bases, *node.keywords])
        variables = self.bindings.scopes[node].variables.values()
        self.forget(variables)
        self.block(node.body)
        if self.env is not None:  # a `return` in a class is nothing that Python accepts, but the parser does
            self.forget(variables)
            self.define(self.bindings.bound[node])

    def _type_alias(self, node: Any) -> None:
        self._type_parameters(node)
        self.create(self.bindings.late[node.value])
        self.expression(node.name)

    # ---- assignments

    def _assign(self, node: ast.Assign) -> None:
        self.expression(node.value)
        self.expressions(node.targets)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.expressions((node.value, node.target))
        elif not isinstance(node.target, ast.Name):
            self.expression(node.target)
        self._annotation(node.annotation)

    def _augmented(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.use(node.target)
            self.expression(node.value)
            self.define(self.bindings.bound[node.target])
        else:
            self.expressions((node.target, node.value))

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self.define(self.bindings.bound[alias])

    # ---- leaving

    def _return(self, node: ast.Return) -> None:
        self.expressions((node.value,))
        self.env = None

    def _raise(self, node: ast.Raise) -> None:
        self.expressions((node.exc, node.cause))
        self.env = None

    def _assert(self, node: ast.Assert) -> None:
        self.expression(node.test)
        if node.msg is not None:
            passed = self.branch()
            self.expression(node.msg)
            self.env = passed

    def _break(self, node: ast.Break) -> None:
        self.breaks.append(self.now())
        self.env = None

    def _continue(self, node: ast.Continue) -> None:
        self.continues.append(self.now())
        self.env = None

    # ---- branches

    def _if(self, node: ast.If) -> None:
        outcomes: list[Environment | None] = []
        while True:
            self.expression(node.test)
            otherwise = self.branch()
            self.block(node.body)
            outcomes.append(self.env)
            self.env = otherwise
            match node.orelse:
                case [ast.If() as elif_]:  # a long chain is nested deeply in the tree
                    node = elif_
                    self._enter(node)
                case _:
                    break
        self.block(node.orelse)
        self.env = join([*outcomes, self.env])

    def _match(self, node: ast.Match) -> None:
        self.expression(node.subject)
        outcomes: list[Environment | None] = []
        for case in node.cases:
            otherwise: Environment | None = self.branch()
            self._pattern(case.pattern)
            if case.guard is not None:
                self.expression(case.guard)
                otherwise = join([otherwise, self.branch()])  # the captures of a case whose guard fails stay
            elif _matches_anything(case.pattern):
                otherwise = None
            self.block(case.body)
            outcomes.append(self.env)
            self.env = otherwise
            if otherwise is None:
                break
        self.env = join([*outcomes, self.env])

    def _pattern(self, pattern: ast.pattern) -> None:
        """The values that a pattern compares with, then its captures: bound once the whole of it has matched."""
        captures: dict[str, list[Definition]] = {}
        for node in ast.walk(pattern):
            if node in self.bindings.bound:
                definition = self.bindings.bound[node]
                captures.setdefault(definition.name, []).append(definition)
            elif isinstance(node, ast.expr) and isinstance(self.bindings.parents[node], ast.pattern):
                self.expression(node)
        for alternatives in captures.values():
            outcomes: list[Environment | None] = []
            before = self.now()
            for definition in alternatives:  # one of `A(x) | B(x)` has matched
                self.env = dict(before) if len(alternatives) > 1 else before
                self.define(definition)
                outcomes.append(self.env)
            self.env = join(outcomes)

    # ---- loops

    def _while(self, node: ast.While) -> None:
        forever = isinstance(node.test, ast.Constant) and bool(node.test.value)

        def once() -> Environment | None:
            self.expression(node.test)
            left = None if forever else self.branch()
            self.block(node.body)
            return left

        self._loop(node, once)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self.expression(node.iter)

        def once() -> Environment:
            left = self.branch()
            self.expression(node.target)
            self.block(node.body)
            return left

        self._loop(node, once)

    def _loop(self, node: ast.While | ast.For | ast.AsyncFor, once: Callable[[], Environment | None]) -> None:
        self.env, breaks = self.rounds(node, once)
        self.block(node.orelse)
        self.env = join([self.env, *breaks])

    # ---- exceptions

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        first, *others = node.items
        self.expression(first.context_expr)
        if isinstance(first.optional_vars, ast.Name):  # binding a plain name cannot fail
            self.expression(first.optional_vars)
        before = self.branch()
        with self._making() as made:
            if first.optional_vars is not None and not isinstance(first.optional_vars, ast.Name):
                self.expression(first.optional_vars)
            for item in others:
                self.expressions((item.context_expr, item.optional_vars))
            self.block(node.body)
        if not self._lets_exceptions_pass(node):
            self.env = at_any_time(before, made)

    def _lets_exceptions_pass(self, node: ast.With | ast.AsyncWith) -> bool:
        """Whether all context managers are files that the builtin `open` makes: any other may swallow an exception."""
        if not isinstance(node, ast.With) or self.bindings.stars:
            return False
        for item in node.items:
            match item.context_expr:
                case ast.Call(func=ast.Name(id="open") as name) if self.bindings.contexts[name].scope.lookup("open") is None:
                    continue
            return False
        return True

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        if not node.finalbody:
            self._handled(node)
            return
        before = self.branch()
        outer = self.breaks, self.continues
        self.breaks, self.continues = [], []
        with self._making() as made:
            self._handled(node)
        ended, breaks, continues = self.env, join(self.breaks), join(self.continues)
        self.breaks, self.continues = outer
        # With an exception, or by a `return`: what comes after it is not in this unit, or in a handler around it.
        anyhow = self._finally(node.finalbody, "exception", at_any_time(before, made))
        told_apart = len(self._ways) < _WAYS
        for way, entry, onward in (("break", breaks, self.breaks), ("continue", continues, self.continues)):
            if entry is not None:
                left = self._finally(node.finalbody, way, entry) if told_apart else anyhow
                if left is not None:
                    onward.append(dict(left))
        if ended is not None:
            self.env = self._finally(node.finalbody, "end", ended) if told_apart else anyhow
        else:
            self.env = None

    def _finally(self, body: Sequence[ast.stmt], way: str, entry: Environment) -> Environment | None:
        """What holds after a `finally` that was entered in one way."""
        self._ways += (way,)
        self.env = dict(entry)
        self.block(body)
        self._ways = self._ways[:-1]
        return self.env

    def _handled(self, node: ast.Try | ast.TryStar) -> None:
        """The body of a `try`, its `else`, and its handlers."""
        before = self.branch()
        with self._making() as made:
            self.block(node.body)
        self.block(node.orelse)
        ended = self.env
        if node.handlers:
            self.env = at_any_time(before, made)
            handle = self._star_handlers if isinstance(node, ast.TryStar) else self._handlers
            self.env = join([ended, handle(node.handlers)])

    def _handlers(self, handlers: Sequence[ast.ExceptHandler]) -> Environment | None:
        outcomes: list[Environment | None] = []
        for handler in handlers:
            self.expressions((handler.type,))
            otherwise = self.branch()
            self._handler(handler)
            outcomes.append(self.env)
            self.env = otherwise
        return join(outcomes)

    def _star_handlers(self, handlers: Sequence[ast.ExceptHandler]) -> Environment | None:
        """Each of them may run, after others that have run or have been left by an exception."""
        entry = self.now()
        outcome: Environment | None = entry
        for handler in handlers:
            self.env = entry
            self.expressions((handler.type,))
            skipped = self.branch()
            with self._making() as made:
                self._handler(handler)
            outcome = join([skipped, self.env])
            assert outcome is not None
            entry = at_any_time(outcome, made)
        return outcome

    def _handler(self, handler: ast.ExceptHandler) -> None:
        if not handler.name:
            self.block(handler.body)
            return
        outer = self.breaks, self.continues
        self.breaks, self.continues = [], []
        self.define(self.bindings.bound[handler])
        self.block(handler.body)
        # However it is left, its name is unbound then.
        unbind, ended = self.bindings.unbound[handler], self.env
        for left, onward in ((self.breaks, outer[0]), (self.continues, outer[1])):
            for environment in left:
                self.env = environment
                self.define(unbind)
                onward.append(environment)
        self.breaks, self.continues = outer
        self.env = ended
        self.define(unbind)

    @contextmanager
    def _making(self) -> Iterator[Made]:
        """Collects the definitions that are made meanwhile."""
        outer, self._made = self._made, {}
        yield self._made
        made, self._made = self._made, outer
        if outer is not None:
            for variable, definitions in made.items():
                outer.setdefault(variable, set()).update(definitions)


def _matches_anything(pattern: ast.pattern) -> bool:
    while True:
        if isinstance(pattern, ast.MatchAs):
            if pattern.pattern is None:
                return True
            pattern = pattern.pattern
        elif isinstance(pattern, ast.MatchOr):
            pattern = pattern.patterns[-1]
        else:
            return False


_WALK: dict[type[ast.AST], Callable[[Walk, Any], None]] = {
    ast.FunctionDef: Walk._function,
    ast.AsyncFunctionDef: Walk._function,
    ast.ClassDef: Walk._class,
    ast.Assign: Walk._assign,
    ast.AnnAssign: Walk._annotated,
    ast.AugAssign: Walk._augmented,
    ast.Import: Walk._import,
    ast.ImportFrom: Walk._import,
    ast.Return: Walk._return,
    ast.Raise: Walk._raise,
    ast.Assert: Walk._assert,
    ast.Break: Walk._break,
    ast.Continue: Walk._continue,
    ast.If: Walk._if,
    ast.Match: Walk._match,
    ast.While: Walk._while,
    ast.For: Walk._for,
    ast.AsyncFor: Walk._for,
    ast.With: Walk._with,
    ast.AsyncWith: Walk._with,
    ast.Try: Walk._try,
    ast.TryStar: Walk._try,
    ast.Global: lambda walk, node: None,
    ast.Nonlocal: lambda walk, node: None,
}
if hasattr(ast, "TypeAlias"):
    _WALK[ast.TypeAlias] = Walk._type_alias
