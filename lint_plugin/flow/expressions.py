"""Evaluates expressions as Python does, for what they bind and read: parts in their order, some of them perhaps not."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from lint_plugin.flow.bindings import Bindings, Comprehension
from lint_plugin.flow.environment import NEVER_BOUND, Environment, Made, join
from lint_plugin.flow.nodes import children
from lint_plugin.flow.scopes import UNBOUND, Definition, Unit, Variable

if TYPE_CHECKING:
    from typing import Any

_NOTHING: frozenset[Definition] = frozenset()
# What is evaluated first of an expression, and may be a long chain: `a.b(c)[d] + e`.
_FIRST = {ast.Attribute: "value", ast.Call: "func", ast.Subscript: "value", ast.BinOp: "left"}


class Evaluation:
    """The state of a walk over one unit, and its expressions.

    Attributes:
        env: What the variables hold now; None where the code cannot be reached.
        read: What each use of a name that is reached may see; nothing for those of other units' variables.
        fallback: What the module's variable holds at a use of a class's, which Python falls back to.
        maybe_unbound: The variables of this unit that may be unbound when it creates another unit.
    """

    def __init__(self, unit: Unit, bindings: Bindings) -> None:
        self.unit = unit
        self.bindings = bindings
        self.env: Environment | None = {}
        self.read: dict[ast.Name, frozenset[Definition]] = {}
        self.fallback: dict[ast.Name, frozenset[Definition]] = {}
        self.maybe_unbound: dict[Unit, set[Variable]] = {}
        self.breaks: list[Environment] = []  # what holds at each `break` out of the loop that is being walked
        self.continues: list[Environment] = []
        self._made: Made | None = None  # the definitions since the innermost place where an exception may be caught
        self._heads: dict[tuple[ast.AST, tuple[str, ...]], Environment] = {}
        self._ways: tuple[str, ...] = ()  # how the `finally` clauses were entered that are being walked

    # ---- names

    def now(self) -> Environment:
        """What holds now, of code that is reached."""
        assert self.env is not None
        return self.env

    def branch(self) -> Environment:
        """What holds now, for something else to go on with as well."""
        return dict(self.now())

    def define(self, definition: Definition) -> None:
        """Bind, or unbind, a variable of this unit."""
        if definition.name == "*":
            self._define_everything(definition)
            return
        variable = definition.scope.variables[definition.name]
        if variable.unit is not self.unit:
            return
        if definition.kind == "del":
            self._put(variable, NEVER_BOUND, UNBOUND)
        elif variable.has_submodules and isinstance(definition.statement, ast.Import) and _has_no_other_name(definition):
            # `import a.c` after `import a.b` does not undo it: reads of `a` may rely on both.
            earlier = (one for one in self.now().get(variable, ()) if one.imports_submodule)
            self._put(variable, frozenset((definition, *earlier)), definition)
        else:
            self._put(variable, frozenset((definition,)), definition)

    def _put(self, variable: Variable, reached: frozenset[Definition], made: Definition) -> None:
        if self.env is not None:
            self.env[variable] = reached
        if self._made is not None:
            self._made.setdefault(variable, set()).add(made)

    def _define_everything(self, star: Definition) -> None:
        for variable in self.bindings.module.variables.values():
            if variable.unit is self.unit:
                self._put(variable, self.now().get(variable, NEVER_BOUND) | {star}, star)

    def use(self, name: ast.Name) -> None:
        """Note what a use of a name sees."""
        variable = self.bindings.contexts[name].scope.lookup(name.id)
        if variable is None or variable.unit is not self.unit:
            self.read[name] = _NOTHING
            return
        env = self.now()
        _note(self.read, name, env.get(variable, NEVER_BOUND))
        if variable.scope.kind == "class":
            outer = self.bindings.module.variables.get(name.id)
            if outer is not None and outer.unit is self.unit:
                _note(self.fallback, name, env.get(outer, NEVER_BOUND))

    def create(self, unit: Unit) -> None:
        """Note what a function, a lambda or the like may find unbound if it is called at once."""
        env = self.now()
        free = (variable for variable in self.bindings.free_variables[unit] if variable.unit is self.unit)
        unbound = {variable for variable in free if UNBOUND in env.get(variable, NEVER_BOUND)}
        self.maybe_unbound[unit] = self.maybe_unbound.get(unit, set()) | unbound

    # ---- expressions

    def expression(self, node: ast.AST) -> None:
        """Evaluate an expression, or bind a target."""
        cls = node.__class__
        if cls is ast.Constant:
            return
        evaluate = _EVALUATE.get(cls)
        if evaluate is not None:
            evaluate(self, node)
            return
        for part in children(node):
            self.expression(part)

    def expressions(self, nodes: Iterable[ast.AST | None]) -> None:
        """Evaluate one after the other."""
        for node in nodes:
            if node is not None:
                self.expression(node)

    def _name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.use(node)
            return
        if isinstance(node.ctx, ast.Del):
            self.use(node)
        self.define(self.bindings.bound[node])

    def _chain(self, node: ast.expr) -> None:
        """What stands at the left end is evaluated first, however long the chain."""
        links = []
        while (first := _FIRST.get(type(node))) is not None:
            links.append(node)
            node = getattr(node, first)
        self.expression(node)
        for link in reversed(links):
            if isinstance(link, ast.Call):
                self.expressions(link.args)
                self.expressions(keyword.value for keyword in link.keywords)
            elif isinstance(link, ast.Subscript):
                self.expression(link.slice)
            elif isinstance(link, ast.BinOp):
                self.expression(link.right)

    def _named(self, node: ast.NamedExpr) -> None:
        self.expression(node.value)
        self.expression(node.target)

    def _dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values):
            self.expressions((key, value))

    def _bool(self, node: ast.BoolOp) -> None:
        self._perhaps(node.values, certain=1)

    def _compare(self, node: ast.Compare) -> None:
        self._perhaps([node.left, *node.comparators], certain=2)

    def _perhaps(self, operands: Sequence[ast.expr], certain: int) -> None:
        """Operands of which each after the `certain` ones may not be evaluated."""
        self.expressions(operands[:certain])
        if not self.unit.has_walrus:
            self.expressions(operands[certain:])
            return
        outcomes: list[Environment | None] = []
        for operand in operands[certain:]:
            outcomes.append(self.branch())
            self.expression(operand)
        self.env = join([*outcomes, self.env])

    def _if_expression(self, node: ast.IfExp) -> None:
        outcomes: list[Environment | None] = []
        orelse: ast.expr = node
        while isinstance(orelse, ast.IfExp):
            self.expression(orelse.test)
            if self.unit.has_walrus:
                otherwise = self.branch()
                self.expression(orelse.body)
                outcomes.append(self.env)
                self.env = otherwise
            else:
                self.expression(orelse.body)
            orelse = orelse.orelse
        self.expression(orelse)
        self.env = join([*outcomes, self.env])

    def _lambda(self, node: ast.Lambda) -> None:
        self.expressions(node.args.defaults)
        self.expressions(node.args.kw_defaults)
        self.create(self.bindings.opened_units[node])

    def _comprehension(self, node: Comprehension) -> None:
        self.expression(node.generators[0].iter)
        if isinstance(node, ast.GeneratorExp):
            self.create(self.bindings.opened_units[node])
        else:
            variables = self.bindings.scopes[node].variables.values()
            self.forget(variables)
            self.generators(node)
            self.forget(variables)

    def forget(self, variables: Iterable[Variable]) -> None:
        """Have variables unbound whose scope begins, or has ended."""
        env = self.now()
        for variable in variables:
            env.pop(variable, None)

    def generators(self, node: Comprehension, index: int = 0) -> None:
        """The loops of a comprehension from one on, and what they make; the first iterable has been evaluated."""
        if index == len(node.generators):
            self.expressions((node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,))
            return
        generator = node.generators[index]
        if index:
            self.expression(generator.iter)

        def once() -> Environment:
            left = self.branch()
            self.expression(generator.target)
            skipped: list[Environment | None] = []
            for condition in generator.ifs:
                self.expression(condition)
                skipped.append(self.branch())
            self.generators(node, index + 1)
            self.env = join([*skipped, self.env])
            return left

        self.env, _ = self.rounds(generator, once)

    def rounds(self, loop: ast.AST, once: Callable[[], Environment | None]) -> tuple[Environment | None, list[Environment]]:
        """Walk a loop until nothing new comes round.

        Args:
            loop: The loop.
            once: Walks one round, and returns what holds where the loop is left in front of it.

        Returns:
            What holds where the loop has ended, and where it is left by each `break`.
        """
        outer = self.breaks, self.continues
        # In a loop around this one, each visit begins with more than the one before: with what came round there, too.
        key, outermost = (loop, self._ways), not self._heads
        head = join([self.env, self._heads.get(key)])
        while True:
            assert head is not None
            self._heads[key] = head
            self.env = dict(head)
            self.breaks, self.continues = [], []
            left = once()
            again = join([head, self.env, *self.continues])
            if again == head:
                break
            head = again
        if outermost:
            self._heads.clear()  # a thousand loops of a function would each keep all its variables
        breaks = self.breaks
        self.breaks, self.continues = outer
        return left, breaks


def _note(seen: dict[ast.Name, frozenset[Definition]], name: ast.Name, reached: frozenset[Definition]) -> None:
    """Add what a use sees this time to what it has seen in earlier rounds."""
    known = seen.get(name)
    seen[name] = reached if known is None or known <= reached else known | reached


def _has_no_other_name(definition: Definition) -> bool:
    alias = definition.alias
    return alias is not None and alias.asname in (None, alias.name)


_EVALUATE: dict[type[ast.AST], Callable[[Evaluation, Any], None]] = {
    ast.Name: Evaluation._name,
    ast.Attribute: Evaluation._chain,
    ast.Call: Evaluation._chain,
    ast.Subscript: Evaluation._chain,
    ast.BinOp: Evaluation._chain,
    ast.NamedExpr: Evaluation._named,
    ast.Dict: Evaluation._dict,
    ast.BoolOp: Evaluation._bool,
    ast.Compare: Evaluation._compare,
    ast.IfExp: Evaluation._if_expression,
    ast.Lambda: Evaluation._lambda,
    ast.ListComp: Evaluation._comprehension,
    ast.SetComp: Evaluation._comprehension,
    ast.DictComp: Evaluation._comprehension,
    ast.GeneratorExp: Evaluation._comprehension,
}
