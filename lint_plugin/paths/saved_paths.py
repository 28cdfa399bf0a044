"""Files that are written below a run folder and then given to the save method: the recorder has them."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lint_plugin.config.settings import Config
from lint_plugin.flow.reaching import Flow
from lint_plugin.paths.run_paths import PathReader
from lint_plugin.paths.writes import Write, spelling
from lint_plugin.recorders.evidence import EvidenceFinder

_NAMES = 3  # variables between the path and the call


class SavedPaths:
    """Knows the calls of one module that save something with a recorder."""

    def __init__(
        self, calls: Sequence[ast.Call], flow: Flow, paths: PathReader, evidence: EvidenceFinder, config: Config
    ) -> None:
        self._flow = flow
        self._paths = paths
        methods = {config.save_method, config.helper_method, "save_from_filesystem"} - {""}
        self._saves = {
            call: call.func.value
            for call in calls
            if isinstance(call.func, ast.Attribute) and call.func.attr in methods and evidence.of(call.func.value).is_recorder
        }

    def has(self, write: Write) -> bool:
        """Whether the file is given to the save method after it was written, by its path or by what is read from it."""
        if not self._saves:
            return False
        for definition in write.path.chain:
            for use in self._flow.uses(definition):
                if self._reaches_save(use, write.call.lineno, _NAMES):
                    return True
        return self._is_spelled_in_a_save(write)

    def _reaches_save(self, node: ast.AST, after: int, depth: int) -> bool:
        below, above = node, self._flow.parent(node)
        while above is not None and not isinstance(above, (ast.stmt, ast.withitem)):
            if isinstance(above, ast.Call) and above in self._saves and below is not above.func:
                return above.lineno > after
            below, above = above, self._flow.parent(above)
        target: ast.expr | None = None
        if isinstance(above, ast.withitem):
            target = above.optional_vars
        elif isinstance(above, ast.Assign) and len(above.targets) == 1:
            target = above.targets[0]
        if not isinstance(target, ast.Name) or not depth or target.lineno <= after:
            return False
        scope = self._flow.scope_of(target)
        bound = (d for d in self._flow.definitions(scope, target.id) if d.node is target)
        return any(self._reaches_save(use, after, depth - 1) for d in bound for use in self._flow.uses(d))

    def _is_spelled_in_a_save(self, write: Write) -> bool:
        """Whether a save further down in the function names the same path anew."""
        scope = self._flow.scope_of(write.call)
        wanted = spelling(write.path)
        for call in self._saves:
            if call.lineno <= write.call.lineno or self._flow.scope_of(call) is not scope:
                continue
            for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
                for node in ast.walk(argument):
                    path = self._paths.of(node) if isinstance(node, (ast.BinOp, ast.Call, ast.JoinedStr)) else None
                    if path is not None and path.parts and spelling(path) == wanted:
                        return True
        return False
