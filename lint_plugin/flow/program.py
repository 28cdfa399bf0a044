"""One walk over a module: parents, scopes, definitions, and each unit's program of flow events.

The walk keeps its own stack, so that no depth of nesting that the parser accepts is too deep for it. What
lies on the stack is either a node to visit, or something to put into the program once all before it has been
visited.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from lint_plugin.flow.scopes import Context, Definition, Op, Scope, Unit

if TYPE_CHECKING:
    from typing import Any

    from lint_plugin.flow.scopes import Kind, ScopeKind

# The codes of Op; what each does is in flow_run, as the method of that name.
(
    NOP,
    DEAD,
    CHAIN,
    ARM,
    ARM_END,
    ARM_EMPTY,
    CHAIN_END,
    CASE,
    CASE_END,
    LOOP,
    BODY,
    BODY_END,
    LOOP_END,
    BREAK,
    CONTINUE,
    WITH,
    WITH_END,
    TRY,
    TRY_BODY_END,
    HANDLERS,
    STAR_HANDLER,
    TRY_JOIN,
    FINALLY,
    FINALLY_END,
) = range(24)

_DYNAMIC = frozenset({"locals", "vars", "dir", "eval", "exec", "globals"})
# Operators and contexts, and the fields that never hold a node, whatever the class.
_NOT_WALKED = frozenset({"ctx", "op", "ops", "type_ignores"}) | frozenset(
    {"arg", "asname", "attr", "conversion", "id", "is_async", "kind", "level", "module", "simple", "type_comment"}
)
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}  # of each type of node, those that may hold nodes


class Close:
    """Ends an expression whose parts may not run: without a walrus in it, its Ops have nothing to do."""

    __slots__ = ("ops", "walruses")

    def __init__(self, ops: Sequence[Op], walruses: int) -> None:
        self.ops = ops
        self.walruses = walruses


class Start:
    """The start of a statement."""

    __slots__ = ("statement",)

    def __init__(self, statement: ast.stmt) -> None:
        self.statement = statement


# What lies on the stack beside nodes.
_PLACED = frozenset({Definition, Op, Context, Unit, Start, Close})


class Program:
    """What the walk finds.

    Attributes:
        parents: The parent of each node (not of operators and contexts).
        contexts: Where each Name and each statement is evaluated.
        scopes: The scope that a node opens.
        type_scopes: The scope of a node's type parameters (3.12+).
        names: The uses of each name, in order of the walk.
        annotations: Every annotation with the scope it is evaluated in.
        definitions: All definitions.
        visited: How many nodes the walk has visited.
    """

    def __init__(self, tree: ast.Module, visitors: Mapping[type[ast.AST], Callable[[Program, Any], None]]) -> None:
        self.parents: dict[ast.AST, ast.AST] = {}
        self.contexts: dict[ast.AST, Context] = {}
        self.scopes: dict[ast.AST, Scope] = {}
        self.type_scopes: dict[ast.AST, Scope] = {}
        self.names: dict[str, list[ast.Name]] = {}
        self.annotations: list[tuple[ast.expr, Scope]] = []
        self.definitions: list[Definition] = []
        self.stars: list[Definition] = []
        self.units: list[Unit] = []
        self.visited = 0
        self.late_annotations = False
        self.walruses = 0
        self.stack: list[object] = []
        unit = self.new_unit(None)
        self.module = Scope(tree, None, "module", unit)
        self.scopes[tree] = self.module
        self.context = Context(self.module, unit)
        self.push(self.adopt(tree))
        self._walk(visitors)
        self._bind()

    def _walk(self, visitors: Mapping[type[ast.AST], Callable[[Program, Any], None]]) -> None:
        stack, place, use, adopt = self.stack, self._place, self.use, self.adopt
        visited = 0
        while stack:
            item: Any = stack.pop()
            cls = item.__class__
            if cls in _PLACED:
                place(item)
                continue
            visited += 1
            if cls is ast.Constant:
                continue
            if cls is ast.Name:
                use(item)
                continue
            visitor = visitors.get(cls)
            if visitor is None:
                stack.extend(reversed(adopt(item)))
                continue
            if isinstance(item, ast.stmt):
                place(Start(item))
            visitor(self, item)
        self.visited = visited

    def _place(self, item: object) -> None:
        """Put into the program what is not a node."""
        unit = self.context.unit
        if isinstance(item, Definition):
            unit.events.append(item)
            unit.definitions.append(item)
        elif isinstance(item, Op):
            item.at = len(unit.definitions)
            item.context = self.context
            unit.events.append(item)
        elif isinstance(item, Context):
            self.context = item
        elif isinstance(item, Unit):
            unit.events.append(item)
        elif isinstance(item, Start):
            self.contexts[item.statement] = self.context
            unit.events.append(item.statement)
        elif isinstance(item, Close) and item.walruses == self.walruses:
            for op in item.ops:
                op.code = NOP

    def close(self) -> None:
        """Break the circles of scopes, variables, their values, and units."""
        for scope in (*self.scopes.values(), *self.type_scopes.values()):
            scope.close()
        for unit in self.units:
            unit.events.clear()
            unit.definitions.clear()

    # ---- what the visitors use

    def push(self, items: Iterable[object]) -> None:
        """Have `items` done next, in this order."""
        self.stack.extend(reversed(list(items)))

    def adopt(self, node: ast.AST) -> list[ast.AST]:
        """Note `node` as the parent of its children, operators and contexts left out; return them in order."""
        fields = _FIELDS.get(node.__class__)
        if fields is None:
            fields = tuple(name for name in node._fields if name not in _NOT_WALKED)
            _FIELDS[node.__class__] = fields
        parents = self.parents
        children: list[ast.AST] = []
        for name in fields:
            child = getattr(node, name, None)
            if child.__class__ is list:
                for element in child:
                    if isinstance(element, ast.AST):
                        parents[element] = node
                        children.append(element)
            elif isinstance(child, ast.AST):
                parents[child] = node
                children.append(child)
        return children

    def use(self, node: ast.Name) -> None:
        """Note a use of a name (a Load, a Del, or the target of an augmented assignment)."""
        name = node.id
        context = self.contexts[node] = self.context
        context.unit.events.append(node)
        uses = self.names.get(name)
        if uses is None:
            uses = self.names[name] = []
        uses.append(node)
        if name in _DYNAMIC:
            self._mark_dynamic(node, context.scope)

    def new_unit(self, parent: Unit | None) -> Unit:
        unit = Unit(parent)
        self.units.append(unit)
        return unit

    def open_scope(self, node: ast.AST, kind: ScopeKind, *, inline: bool, parent: Scope | None = None) -> Context:
        """The context of the scope that `node` opens; `inline` where it runs as part of the unit around."""
        unit = self.context.unit if inline else self.new_unit(self.context.unit)
        scope = Scope(node, parent or self.context.scope, kind, unit)
        (self.type_scopes if kind == "type" else self.scopes)[node] = scope
        return Context(scope, unit)

    def late(self, node: ast.expr, context: Context | None = None) -> list[object]:
        """What to push for an expression that is evaluated later than where it stands, if ever."""
        back = self.context
        inner = Context((context or back).scope, self.new_unit(back.unit))
        return [inner.unit, inner, node, back]

    def annotation(self, node: ast.expr | None, context: Context, *, evaluated: bool = True) -> list[object]:
        """What to push for an annotation; names in it are looked up in `context`."""
        if node is None:
            return []
        self.annotations.append((node, context.scope))
        if self.late_annotations or not evaluated:
            return self.late(node, context)
        return [context, node, self.context]

    def define(
        self, name: str, kind: Kind, node: ast.AST, value: ast.expr | None = None, scope: Scope | None = None
    ) -> Definition:
        """A definition, to be pushed where it happens."""
        statement = node
        parents = self.parents
        while not isinstance(statement, ast.stmt):
            statement = parents[statement]
        definition = Definition(name, kind, statement, value, node, scope or self.context.scope)
        self.definitions.append(definition)
        return definition

    def targets(self, target: ast.expr, kind: Kind, value: ast.expr | None, parent: ast.AST) -> list[object]:
        """What to push for an assignment's target, from left to right."""
        self.parents[target] = parent
        if isinstance(target, ast.Name):
            self.contexts[target] = self.context
            return [self.define(target.id, kind, target, value)]
        inner: Kind = "unpack" if kind == "assign" else kind
        out: list[object] = []
        todo = [target]
        while todo:
            node = todo.pop()
            if isinstance(node, ast.Name):
                self.contexts[node] = self.context
                out.append(self.define(node.id, inner, node, value))
            elif isinstance(node, (ast.Tuple, ast.List)):
                self.adopt(node)
                todo.extend(reversed(node.elts))
            elif isinstance(node, ast.Starred):
                self.adopt(node)
                todo.append(node.value)
            else:
                out.append(node)
        return out

    def _mark_dynamic(self, node: ast.Name, scope: Scope) -> None:
        parent = self.parents[node]
        name = node.id
        if name in ("vars", "dir") and isinstance(parent, ast.Call) and parent.func is node and (parent.args or parent.keywords):
            return
        if name in ("eval", "exec", "globals"):
            self.module.dynamic = True
        if name == "globals":
            return
        at: Scope | None = scope
        while at is not None:
            at.dynamic = True
            if at.kind not in ("comprehension", "type"):
                break
            at = at.parent

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
        owner: dict[Definition, Unit] = {d: unit for unit in self.units for d in unit.definitions}
        for definition in self.definitions:
            variable = definition.scope.variables[definition.name]
            if owner.get(definition) is not variable.unit:
                variable.foreign.append(definition)
