"""Uses of names inside strings: string annotations, forward references, `__all__`, doctests, `getattr` of a module."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from lint_plugin.flow.bindings import Bindings
from lint_plugin.flow.nodes import last_name
from lint_plugin.flow.scopes import Scope

_IDENTIFIER = r"[^\W\d]\w*"
_DOCTEST_LINE = r"(?m)^[ \t]*(?:>>>|\.\.\.)[ \t](.*)$"
# Calls whose string arguments are types.
_TYPE_CALLS = frozenset({"cast", "TypeVar", "NewType", "ForwardRef", "NamedTuple", "TypedDict"})
# Calls that reach a variable of a module by its name: `getattr(sys.modules[__name__], "shutil")`, `patch("app.shutil")`.
_CALLS_BY_NAME = frozenset({"getattr", "hasattr", "setattr", "delattr", "attrgetter", "patch", "object"})


class HiddenUses:
    """The strings of a module that name its variables."""

    def __init__(self, tree: ast.Module, bindings: Bindings, scope_of: Callable[[ast.AST], Scope]) -> None:
        self._found: dict[tuple[str, Scope], list[ast.Constant]] = {}
        self._scope_of = scope_of
        for name, constant, scope in bindings.spelled:
            self._add(name, constant, scope)
        for annotation, scope in bindings.annotations:
            self._annotation(annotation, scope)
        for node in ast.walk(tree):
            self._node(node)

    def of(self, name: str, scope: Scope) -> tuple[ast.AST, ...]:
        """The strings that mean `name` as bound in `scope`."""
        found = {id(node): node for node in self._found.get((name, scope), ())}
        return tuple(sorted(found.values(), key=lambda node: (node.lineno, node.col_offset)))

    def _add(self, text: str, node: ast.Constant, scope: Scope) -> None:
        for name in set(re.findall(_IDENTIFIER, text)):
            variable = scope.lookup(name)
            if variable is not None:
                self._found.setdefault((name, variable.scope), []).append(node)

    def _strings(self, node: ast.AST, scope: Scope) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                self._add(inner.value, inner, scope)

    def _annotation(self, annotation: ast.expr, scope: Scope) -> None:
        """Strings in an annotation are code, except for the values of a Literal."""
        todo: list[ast.AST] = [annotation]
        while todo:
            node = todo.pop()
            if isinstance(node, ast.Subscript) and last_name(node.value) == "Literal":
                continue
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                self._add(node.value, node, scope)
            todo.extend(ast.iter_child_nodes(node))

    def _node(self, node: ast.AST) -> None:
        if isinstance(node, ast.Subscript):
            if isinstance(node.value, (ast.Name, ast.Attribute)) and last_name(node.value)[:1].isupper():
                self._annotation(node, self._scope_of(node))
        elif isinstance(node, ast.Call):
            if last_name(node.func) in _TYPE_CALLS:
                for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                    self._strings(argument, self._scope_of(node))
            elif last_name(node.func) in _CALLS_BY_NAME:
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        self._add(argument.value, argument, self._scope_of(node).module)
            elif isinstance(node.func, ast.Attribute) and last_name(node.func.value) == "__all__":
                self._strings(node, self._scope_of(node).module)
        elif isinstance(node, ast.Assign):
            if any(last_name(target) == "__all__" for target in node.targets):
                self._strings(node.value, self._scope_of(node).module)
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            if last_name(node.target) == "__all__" and node.value is not None:
                self._strings(node.value, self._scope_of(node).module)
        elif isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            self._doctest(node)

    def _doctest(self, node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            code = "\n".join(re.findall(_DOCTEST_LINE, first.value.value))
            if code:
                self._add(code, first.value, self._scope_of(node).module)
