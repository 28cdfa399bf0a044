"""What a name is by the statement that binds it: a parameter, an import, a loop, a part of a tuple."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from lint_plugin.facts import NO, STRONG, UNKNOWN, WEAK, Evidence
from lint_plugin.flow.callee import imported_name
from lint_plugin.flow.functions import FUNCTIONS, decorator_names, self_of
from lint_plugin.flow.nodes import is_none, last_name
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.recorders.questions.finder import Finder
from lint_plugin.recorders.questions.injected import injected

_NO, _UNKNOWN, _WEAK = Evidence(NO), Evidence(UNKNOWN), Evidence(WEAK)


class Bindings:
    """The definitions of the module that `finder` judges."""

    def __init__(self, finder: Finder) -> None:
        self._flow = finder.flow
        self._finder = finder

    def bound(self, definitions: Iterable[Definition], named: bool) -> Evidence | None:
        """What a name is by its definitions; None where only None, or nothing, is bound to it."""
        reached = [d for d in definitions if d.kind != "unbound" and not _binds_none(d)]
        return self._finder.combined([self.definition(definition) for definition in reached], named) if reached else None

    def definition(self, definition: Definition) -> Evidence:
        """What one definition binds."""
        statement, value, node = definition.statement, definition.value, definition.node
        if isinstance(statement, ast.AnnAssign) and last_name(statement.annotation) != "TypeAlias":
            annotated = self._finder.annotation(statement.annotation)
            if annotated.level != UNKNOWN:
                return annotated
        match definition.kind:
            case "param":
                return self._parameter(definition)
            case "import":
                return self._import(definition)
            case "def" if isinstance(node, FUNCTIONS):
                return Evidence(NO, result=self._finder.result_of(node))
            case "class" if isinstance(node, ast.ClassDef):
                made = self._finder.instance_of(node)
                return Evidence(NO, result=made, meaning=made)
            case "except" | "def" | "class":
                return _NO
            case "assign" | "walrus" if value is not None:
                return self._assigned(value)
            case "with" if value is not None and isinstance(self._flow.parent(node), ast.withitem):
                return self._finder.entered(value)
            case "unpack" if value is not None:
                return self._part(value, target_path(self._flow, definition))
            case "for" | "comp" if value is not None:
                return self._item(value, target_path(self._flow, definition))
            case "match":
                return self._matched(node)
        return _UNKNOWN

    def _assigned(self, value: ast.expr) -> Evidence:
        found = self._finder.of(value)
        if isinstance(value, (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp, ast.Call)) and found.meaning is None:
            meaning = self._finder.alias(value)
            if meaning is not None:
                return Evidence(NO, result=found.result, meaning=meaning) if found.level != STRONG else found
        return found

    def _import(self, definition: Definition) -> Evidence:
        origin = imported_name(definition)
        if origin is None:
            return _NO
        final = origin.rpartition(".")[2]
        if final in self._finder.config.recorder_classes:
            made = self._finder.configured_gives(origin)
            return Evidence(NO, result=made, meaning=made)
        if final in self._finder.config.recorder_factories:
            return Evidence(NO, result=self._finder.configured_gives(origin))
        return self._finder.named(origin) or _NO

    def _rest(self, annotation: ast.expr | None, mapping: bool) -> Evidence:
        """`*recorders: T` is a tuple of T, `**recorders: T` a mapping to T."""
        items = None if annotation is None else self._finder.annotation(annotation)
        return Evidence(NO, items=items if items is not None and items.says_something else None, mapping=mapping)

    def _parameter(self, definition: Definition) -> Evidence:
        node = definition.node
        if isinstance(node, ast.arg):
            function = self._flow.parent(node)
            if isinstance(function, ast.arguments) and node in (function.vararg, function.kwarg):
                return self._rest(node.annotation, mapping=node is function.kwarg)
            if node.annotation is not None:
                annotated = self._finder.annotation(node.annotation)
                if annotated.level != UNKNOWN:
                    return annotated
            elif self._is_self(node):
                owner = self._finder.enclosing_class(node)
                if owner is not None and self._is_class(node):
                    made = self._finder.instance_of(owner)
                    return Evidence(NO, result=made, meaning=made)
                if owner is not None:
                    return self._finder.instance_of(owner, own=True)
            given = injected(self._finder, node)
            if given is not None:
                return given
        return _WEAK if self._finder.suggests(definition.name) else _UNKNOWN

    def _is_self(self, argument: ast.arg) -> bool:
        function = self._flow.parent(self._flow.parent(argument) or argument)
        if not isinstance(function, FUNCTIONS) or not isinstance(self._flow.parent(function), ast.ClassDef):
            return False
        return self_of(function) is argument

    def _is_class(self, argument: ast.arg) -> bool:
        """Whether the first parameter of a method is the class itself."""
        function = self._flow.parent(self._flow.parent(argument) or argument)
        return isinstance(function, FUNCTIONS) and "classmethod" in decorator_names(function)

    def _part(self, value: ast.expr, path: tuple[int, ...] | None) -> Evidence:
        """One target of `a, b = value`, `path` being its place in nested tuples."""
        for index in path or ():
            if isinstance(value, (ast.Tuple, ast.List)) and not any(isinstance(e, ast.Starred) for e in value.elts):
                if index >= len(value.elts):
                    return _UNKNOWN
                value = value.elts[index]
            else:
                return self._finder.of(value).part(index)
        return _UNKNOWN if path is None else self._finder.of(value)

    def _item(self, iterable: ast.expr, path: tuple[int, ...] | None) -> Evidence:
        """A loop's target: an item of `iterable`, or a part of one at `path`."""
        if path is None:
            return _UNKNOWN
        match iterable:
            case ast.Call(func=ast.Attribute(value=holder, attr="items"), args=[]):
                return (self._finder.of(holder).items or _UNKNOWN) if path == (1,) else _UNKNOWN
            case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]):
                return self._item(inner, path[1:]) if path[:1] == (1,) else _UNKNOWN
            case ast.Call(func=ast.Name(id="zip"), args=given) if path and path[0] < len(given):
                return self._item(given[path[0]], path[1:])
        item = self._finder.iterated(iterable)
        for index in path:
            item = None if item is None else item.part(index)
        return item or _UNKNOWN

    def _matched(self, pattern: ast.AST) -> Evidence:
        """`case LivePipelineRecorder() as recorder`."""
        match pattern:
            case ast.MatchAs(pattern=ast.MatchClass(cls=cls)):
                return self._finder.annotation(cls)
        match self._flow.parent(pattern):
            case ast.MatchClass(cls=cls, kwd_attrs=names, kwd_patterns=patterns) if pattern in patterns:
                # `case Job(recorder=r)`
                return self._finder.member(self._finder.annotation(cls), names[patterns.index(pattern)]) or _UNKNOWN
        return _UNKNOWN


def target_path(flow: Flow, definition: Definition) -> tuple[int, ...] | None:
    """Where in a target like `a, (b, c)` a definition's name stands; () for a plain name, None below a star."""
    path: list[int] = []
    below: ast.AST = definition.node
    above = flow.parent(below)
    while isinstance(above, (ast.Tuple, ast.List, ast.Starred)):
        if isinstance(above, ast.Starred) or any(isinstance(one, ast.Starred) for one in above.elts):
            return None
        path.insert(0, next(index for index, one in enumerate(above.elts) if one is below))
        below, above = above, flow.parent(above)
    return tuple(path)


def _binds_none(definition: Definition) -> bool:
    """Whether a definition is `name = None`."""
    return definition.kind == "assign" and is_none(definition.value) and not isinstance(definition.statement, ast.AnnAssign)
