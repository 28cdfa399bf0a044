"""Who binds which name where: one walk over a module, which knows Python's scopes and nothing of the order of things."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from lint_plugin.flow import dynamic
from lint_plugin.flow.nodes import children, name_bound_by
from lint_plugin.flow.scopes import Context, Definition, Scope, Unit, Variable

if TYPE_CHECKING:
    from typing import Any

    from lint_plugin.flow.scopes import Kind, ScopeKind

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_Next = list[tuple[ast.AST, Context]]  # nodes to visit, each with where it is evaluated

_EVALUATES_ANNOTATIONS = sys.version_info < (3, 14)


class Bindings:
    """The scopes, definitions and uses of a module.

    Attributes:
        module: The module's scope.
        parents: The parent of each node (not of operators and contexts).
        contexts: Where each Name and each statement is evaluated.
        scopes: The scope that a node opens.
        type_scopes: The scope of a node's type parameters (3.12+).
        units: All units, each after the one that creates it.
        opened_units: The unit that a function, lambda or generator expression is.
        late: The unit of an expression that is evaluated later than where it stands.
        names: The uses of each name.
        definitions: All definitions.
        bound: The definition that a node spells.
        unbound: The end of the handler that has bound a name, which is a definition of kind `del`.
        stars: The imports of everything.
        annotations: Every annotation with the scope in which it is evaluated.
        spelled: The names in `"x" in locals()` and the like, with their constants, and the scope whose `x` is meant.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.parents: dict[ast.AST, ast.AST] = {}
        self.contexts: dict[ast.AST, Context] = {}
        self.scopes: dict[ast.AST, Scope] = {}
        self.type_scopes: dict[ast.AST, Scope] = {}
        self.opened_units: dict[ast.AST, Unit] = {}
        self.late: dict[ast.AST, Unit] = {}
        self.names: dict[str, list[ast.Name]] = {}
        self.definitions: list[Definition] = []
        self.bound: dict[ast.AST, Definition] = {}
        self.unbound: dict[ast.AST, Definition] = {}
        self.stars: list[Definition] = []
        self.annotations: list[tuple[ast.expr, Scope]] = []
        self.spelled: list[tuple[str, ast.Constant, Scope]] = []
        self._made_in: dict[Definition, Unit] = {}
        self._late_annotations = False
        unit = Unit(tree, None)
        self.units = [unit]
        self.module = self.scopes[tree] = Scope(tree, None, "module", unit)
        self._contexts = [Context(self.module, unit)]
        self._visit_all(tree)
        self._bind()

    def _visit_all(self, tree: ast.Module) -> None:
        # With a stack of its own, so that no nesting is too deep for it.
        todo: _Next = [(tree, self._contexts[0])]
        while todo:
            node, context = todo.pop()
            cls = node.__class__
            if cls is ast.Constant:
                continue
            if isinstance(node, ast.stmt):
                self.contexts[node] = context
            visit = _VISITORS.get(cls)
            following = self._each(self._adopt(node), context) if visit is None else visit(self, node, context)
            todo.extend(reversed(following))

    def _bind(self) -> None:
        """Give each definition its scope and variable, once all declarations are known."""
        for definition in self.definitions:
            scope = definition.scope
            if definition.kind == "walrus":
                while scope.kind == "comprehension" and scope.parent is not None:
                    scope = scope.parent
                definition.scope = scope
            if definition.name not in scope.nonlocals:
                definition.scope = scope.binding_scope(definition.name)
                definition.scope.declare(definition.name)
        for definition in self.definitions:
            scope = definition.scope
            if definition.name in scope.nonlocals:
                definition.scope = scope.binding_scope(definition.name)
                if definition.scope is scope:  # nothing to bind around it, but for the `__class__` of methods
                    scope.nonlocals.discard(definition.name)
            variable = definition.scope.declare(definition.name)
            variable.definitions.append(definition)
            variable.has_submodules |= definition.imports_submodule
        for definition in self.definitions:
            variable = definition.scope.variables[definition.name]
            if self._made_in[definition] is not variable.unit:
                variable.foreign.append(definition)

    @cached_property
    def free_variables(self) -> dict[Unit, set[Variable]]:
        """The variables of units around it that each unit uses, or what is created in it."""
        found: dict[Unit, set[Variable]] = {unit: set() for unit in self.units}
        for context in self._contexts:
            for name in context.used:
                variable = context.scope.lookup(name)
                if variable is not None and variable.scope.kind == "class" and variable.unit is context.unit:
                    variable = self.module.variables.get(name)  # which a class body reads when its own is unbound
                if variable is not None and variable.unit is not context.unit:
                    found[context.unit].add(variable)
        for unit in reversed(self.units):
            if unit.parent is not None:
                found[unit.parent].update(variable for variable in found[unit] if variable.unit is not unit.parent)
        return found

    # ---- what the visitors use

    @staticmethod
    def _each(nodes: Iterable[ast.AST | None], context: Context) -> _Next:
        return [(node, context) for node in nodes if node is not None]

    def _adopt(self, node: ast.AST) -> list[ast.AST]:
        """Note `node` as the parent of its children; return them."""
        found = children(node)
        parents = self.parents
        for child in found:
            parents[child] = node
        return found

    def _define(self, name: str, kind: Kind, node: ast.AST, context: Context, value: ast.expr | None = None) -> Definition:
        statement = node
        while not isinstance(statement, ast.stmt):
            statement = self.parents[statement]
        definition = self.bound[node] = Definition(name, kind, statement, value, node, context.scope)
        self.definitions.append(definition)
        self._made_in[definition] = context.unit
        return definition

    def _targets(self, target: ast.expr, kind: Kind, value: ast.expr | None, context: Context) -> _Next:
        """Define the names in an assignment's target; what else it evaluates is to be visited."""
        inner: Kind = "unpack" if kind == "assign" and not isinstance(target, ast.Name) else kind
        following: _Next = []
        todo = [target]
        while todo:
            node = todo.pop()
            if isinstance(node, ast.Name):
                self.contexts[node] = context
                self._define(node.id, inner, node, context, value)
            elif isinstance(node, (ast.Tuple, ast.List)):
                self._adopt(node)
                todo.extend(reversed(node.elts))
            elif isinstance(node, ast.Starred):
                self._adopt(node)
                todo.append(node.value)
            else:
                following.append((node, context))
        return following

    def _open(self, node: ast.AST, kind: ScopeKind, outer: Context, parent: Scope | None = None) -> Context:
        """The context in the scope that `node` opens."""
        unit = outer.unit
        if kind in ("function", "lambda") or isinstance(node, ast.GeneratorExp):
            unit = self.opened_units[node] = Unit(node, outer.unit)
            self.units.append(unit)
        scope = Scope(node, parent or outer.scope, kind, unit)
        (self.type_scopes if kind == "type" else self.scopes)[node] = scope
        context = Context(scope, unit)
        self._contexts.append(context)
        return context

    def _later(self, node: ast.expr, context: Context) -> _Next:
        """Visit an expression that is evaluated later than where it stands, if ever."""
        unit = self.late[node] = Unit(node, context.unit, late=True)
        self.units.append(unit)
        later = Context(context.scope, unit)
        self._contexts.append(later)
        return [(node, later)]

    def _annotation(self, node: ast.expr | None, context: Context, *, evaluated: bool = _EVALUATES_ANNOTATIONS) -> _Next:
        if node is None:
            return []
        self.annotations.append((node, context.scope))
        return [(node, context)] if evaluated and not self._late_annotations else self._later(node, context)

    def _use(self, node: ast.Name, context: Context) -> None:
        name = node.id
        self.contexts[node] = context
        context.used.add(name)
        uses = self.names.get(name)
        if uses is None:
            uses = self.names[name] = []
        uses.append(node)
        if name in dynamic.NAMES and not dynamic.is_about_something_else(node, self.parents):
            key = dynamic.name_spelled_out(node, self.parents)
            if key is not None and isinstance(key.value, str):
                self.spelled.append((key.value, key, self.module if name == "globals" else context.scope))
            else:
                dynamic.mark(context.scope, name)

    # ---- expressions

    def _name(self, node: ast.Name, context: Context) -> _Next:
        self._use(node, context)
        if isinstance(node.ctx, ast.Del):
            self._define(node.id, "del", node, context)
        return []

    def _attribute(self, node: ast.Attribute, context: Context) -> _Next:
        self.parents[node.value] = node
        if node.attr in dynamic.ATTRIBUTES:
            dynamic.mark(context.scope, node.attr)
        return [(node.value, context)]

    def _named(self, node: ast.NamedExpr, context: Context) -> _Next:
        self._adopt(node)
        context.unit.has_walrus = True
        return [(node.value, context), *self._targets(node.target, "walrus", node.value, context)]

    def _lambda(self, node: ast.Lambda, outer: Context) -> _Next:
        self._adopt(node)
        inner = self._open(node, "lambda", outer)
        return [*self._parameters(node.args, outer, inner), (node.body, inner)]

    def _parameters(self, arguments: ast.arguments, outer: Context, inner: Context) -> _Next:
        """Define the parameters; their defaults are to be visited."""
        self._adopt(arguments)
        for argument in all_arguments(arguments):
            self._adopt(argument)
            self._define(argument.arg, "param", argument, inner)
        return self._each([*arguments.defaults, *arguments.kw_defaults], outer)

    def _comprehension(self, node: Comprehension, outer: Context) -> _Next:
        elements = self._adopt(node)[: -len(node.generators)]
        inner = self._open(node, "comprehension", outer)
        following: _Next = []
        for index, generator in enumerate(node.generators):
            self._adopt(generator)
            following.append((generator.iter, inner if index else outer))
            following += self._targets(generator.target, "comp", generator.iter, inner)
            following += self._each(generator.ifs, inner)
        return following + self._each(elements, inner)

    # ---- statements that open scopes

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, outer: Context) -> _Next:
        self._adopt(node)
        self._define(node.name, "def", node, outer)
        typed, type_parts = self._type_parameters(node, outer)
        inner = self._open(node, "function", outer, parent=typed.scope)
        following = self._each(node.decorator_list, outer) + self._parameters(node.args, outer, inner) + type_parts
        for argument in all_arguments(node.args):
            following += self._annotation(argument.annotation, typed)
        following += self._annotation(node.returns, typed)
        return following + self._each(node.body, inner)

    def _type_parameters(self, node: ast.AST, outer: Context) -> tuple[Context, _Next]:
        """The context that sees a node's type parameters (3.12+), and what is to be visited of them."""
        parameters: list[Any] = getattr(node, "type_params", [])
        if not parameters:
            return outer, []
        context = self._open(node, "type", outer)
        following: _Next = []
        for parameter in parameters:
            self._adopt(parameter)
            self._define(parameter.name, "type", parameter, context)
            for late in late_parts(parameter):
                following += self._later(late, context)
        return context, following

    def _class(self, node: ast.ClassDef, outer: Context) -> _Next:
        self._adopt(node)
        self._define(node.name, "class", node, outer)
        typed, type_parts = self._type_parameters(node, outer)
        inner = self._open(node, "class", outer, parent=typed.scope)
        bases = self._each([*node.bases, *node.keywords], typed)
        return self._each(node.decorator_list, outer) + type_parts + bases + self._each(node.body, inner)

    def _type_alias(self, node: Any, outer: Context) -> _Next:
        self._adopt(node)
        typed, type_parts = self._type_parameters(node, outer)
        return type_parts + self._later(node.value, typed) + self._targets(node.name, "type", None, outer)

    # ---- statements that bind

    def _assign(self, node: ast.Assign, context: Context) -> _Next:
        self._adopt(node)
        targets = [part for target in node.targets for part in self._targets(target, "assign", node.value, context)]
        return [(node.value, context), *targets]

    def _annotated(self, node: ast.AnnAssign, context: Context) -> _Next:
        self._adopt(node)
        following = self._each([node.value], context)
        if node.value is not None:
            following += self._targets(node.target, "assign", node.value, context)
        elif isinstance(node.target, ast.Name):
            self.contexts[node.target] = context
            if node.simple and node.target.id not in context.scope.globals | context.scope.nonlocals:
                context.scope.declare(node.target.id)
        else:
            following.append((node.target, context))
        evaluated = _EVALUATES_ANNOTATIONS and context.scope.kind not in ("function", "lambda")
        return following + self._annotation(node.annotation, context, evaluated=evaluated)

    def _augmented(self, node: ast.AugAssign, context: Context) -> _Next:
        self._adopt(node)
        if not isinstance(node.target, ast.Name):
            return [(node.target, context), (node.value, context)]
        self._use(node.target, context)
        self._define(node.target.id, "aug", node.target, context, node.value)
        return [(node.value, context)]

    def _for(self, node: ast.For | ast.AsyncFor, context: Context) -> _Next:
        self._adopt(node)
        targets = self._targets(node.target, "for", node.iter, context)
        return [(node.iter, context), *targets, *self._each([*node.body, *node.orelse], context)]

    def _with_item(self, node: ast.withitem, context: Context) -> _Next:
        self._adopt(node)
        following: _Next = [(node.context_expr, context)]
        if node.optional_vars is not None:
            following += self._targets(node.optional_vars, "with", node.context_expr, context)
        return following

    def _handler(self, node: ast.ExceptHandler, context: Context) -> _Next:
        following = self._each(self._adopt(node), context)
        if node.name:
            self.unbound[node] = self._define(node.name, "del", node, context)
            self._define(node.name, "except", node, context, node.type)
        return following

    def _capture(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping, context: Context) -> _Next:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name is not None:
            definition = self._define(name, "match", node, context)
            assert isinstance(definition.statement, ast.Match)
            definition.value = definition.statement.subject
        return self._each(self._adopt(node), context)

    def _import(self, node: ast.Import | ast.ImportFrom, context: Context) -> _Next:
        self._adopt(node)
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            self._late_annotations |= any(alias.name == "annotations" for alias in node.names)
        for alias in node.names:
            definition = self._define(name_bound_by(alias), "import", alias, context)
            if definition.name == "*":
                context.scope.open = True
                self.stars.append(definition)
        return []

    def _global(self, node: ast.Global, context: Context) -> _Next:
        if context.scope.kind != "module":
            context.scope.globals.update(node.names)
            for name in node.names:
                self.module.declare(name)
        return []

    def _nonlocal(self, node: ast.Nonlocal, context: Context) -> _Next:
        if context.scope.kind != "module":
            context.scope.nonlocals.update(node.names)
        return []


def all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    """Every parameter, in order of the source."""
    every = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return [argument for argument in every if argument is not None]


def late_parts(parameter: ast.AST) -> list[ast.expr]:
    """What of a type parameter (3.12+) is evaluated when asked for: its bound and its default."""
    parts = (getattr(parameter, "bound", None), getattr(parameter, "default_value", None))
    return [part for part in parts if part is not None]


_VISITORS: dict[type[ast.AST], Callable[[Bindings, Any, Context], _Next]] = {
    ast.Name: Bindings._name,
    ast.Attribute: Bindings._attribute,
    ast.NamedExpr: Bindings._named,
    ast.Lambda: Bindings._lambda,
    ast.ListComp: Bindings._comprehension,
    ast.SetComp: Bindings._comprehension,
    ast.DictComp: Bindings._comprehension,
    ast.GeneratorExp: Bindings._comprehension,
    ast.FunctionDef: Bindings._function,
    ast.AsyncFunctionDef: Bindings._function,
    ast.ClassDef: Bindings._class,
    ast.Assign: Bindings._assign,
    ast.AnnAssign: Bindings._annotated,
    ast.AugAssign: Bindings._augmented,
    ast.For: Bindings._for,
    ast.AsyncFor: Bindings._for,
    ast.withitem: Bindings._with_item,
    ast.ExceptHandler: Bindings._handler,
    ast.MatchAs: Bindings._capture,
    ast.MatchStar: Bindings._capture,
    ast.MatchMapping: Bindings._capture,
    ast.Import: Bindings._import,
    ast.ImportFrom: Bindings._import,
    ast.Global: Bindings._global,
    ast.Nonlocal: Bindings._nonlocal,
}
if hasattr(ast, "TypeAlias"):
    _VISITORS[ast.TypeAlias] = Bindings._type_alias
