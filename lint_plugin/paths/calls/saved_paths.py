"""Files that are written below a run folder and then given to the save method: the recorder has them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cached_property

from lint_plugin.config.settings import Config
from lint_plugin.flow.reaching import Flow
from lint_plugin.flow.scopes import Scope
from lint_plugin.paths.calls.writes import Write, spelling
from lint_plugin.paths.values.run_paths import PathReader
from lint_plugin.recorders.evidence import EvidenceFinder


class SavedPaths:
    """Knows the calls of one module that save something with a recorder."""

    def __init__(
        self, calls: Sequence[ast.Call], flow: Flow, paths: PathReader, evidence: EvidenceFinder, config: Config
    ) -> None:
        self._flow = flow
        self._paths = paths
        methods = {config.save_method, config.helper_method, "save_from_filesystem"} - {""}
        self._saves = {
            call
            for call in calls
            if isinstance(call.func, ast.Attribute) and call.func.attr in methods and evidence.of(call.func.value).is_recorder
        }

    def has(self, write: Write) -> bool:
        """Whether the file is given to the save method after it was written, by its path or by what is read from it."""
        if not self._saves:
            return False
        seen: set[ast.AST] = set()
        uses = (use for definition in write.path.chain for use in self._flow.uses(definition))
        if any(self._reaches_save(use, write.call.lineno, seen) for use in uses):
            return True
        spelled = self._spelled.get((self._flow.scope_of(write.call), tuple(spelling(write.path))), 0)
        return spelled > write.call.lineno

    @cached_property
    def _spelled(self) -> dict[tuple[Scope, tuple[str, ...]], int]:
        """The last line at which a function names a path in a save."""
        found: dict[tuple[Scope, tuple[str, ...]], int] = {}
        for call in self._saves:
            for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
                for node in ast.walk(argument):
                    path = self._paths.of(node) if isinstance(node, (ast.BinOp, ast.Call, ast.JoinedStr)) else None
                    if path is not None and path.parts:
                        key = self._flow.scope_of(call), tuple(spelling(path))
                        found[key] = max(call.lineno, found.get(key, 0))
        return found

    def _reaches_save(self, use: ast.Name, after: int, seen: set[ast.AST]) -> bool:
        """Whether a name, or what is made of it, becomes an argument of a save below a line."""
        todo = [use]
        while todo:
            node = todo.pop()
            if node in seen:
                continue
            seen.add(node)
            below: ast.AST = node
            above = self._flow.parent(node)
            while above is not None and not isinstance(above, (ast.stmt, ast.withitem)):
                if above in self._saves and isinstance(above, ast.Call) and below is not above.func:
                    if above.lineno > after:
                        return True
                    break
                below, above = above, self._flow.parent(above)
            target: ast.expr | None = None
            if isinstance(above, ast.withitem):
                target = above.optional_vars
            elif isinstance(above, ast.Assign) and len(above.targets) == 1:
                target = above.targets[0]
            definition = None if target is None else self._flow.defined_by(target)
            if target is not None and definition is not None and target.lineno > after:
                todo += self._flow.uses(definition)
        return False
