"""The calls that remove a file or folder below a run folder."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lint_plugin.flow.nodes import last_name
from lint_plugin.flow.reaching import Flow
from lint_plugin.paths.calls.called import command_words
from lint_plugin.paths.calls.targets import TargetFinder
from lint_plugin.paths.calls.use_table import REMOVE_COMMANDS, REMOVE_METHODS, REMOVERS
from lint_plugin.paths.calls.writer_table import RUNNERS
from lint_plugin.paths.calls.writes import Write, spelling
from lint_plugin.paths.values.path_value import PathValue
from lint_plugin.paths.values.run_paths import PathReader

_LAST_NAMES = frozenset(name.rpartition(".")[2] for name in (*REMOVERS, *RUNNERS)) | REMOVE_METHODS


@dataclass(frozen=True, slots=True)
class Removal:
    """One call that removes something below a run folder, or the run folder itself."""

    call: ast.Call
    path: PathValue


def removals(
    calls: list[ast.Call], flow: Flow, paths: PathReader, finder: TargetFinder, writes: Sequence[Write]
) -> Iterator[Removal]:
    """Every removal below a run folder that is not of a file which the same function has written itself."""
    made = {(flow.scope_of(write.call), tuple(spelling(write.path))) for write in writes}
    for call in calls:
        for target in _targets(call, flow, finder):
            path = paths.of(target)
            if path is None or not path.below_run or path.evidence.own:
                continue
            if isinstance(flow.parent(target), ast.Attribute) and not path.is_path:
                continue  # text has no such method
            if (flow.scope_of(call), tuple(spelling(path))) not in made:
                yield Removal(call, path)
                break


def _targets(call: ast.Call, flow: Flow, finder: TargetFinder) -> Iterator[ast.expr]:
    """What a call removes, wherever that lies."""
    found = finder.called(call)
    if found.last not in _LAST_NAMES:
        return
    if found.name in REMOVERS:
        target = found.argument(0, REMOVERS[found.name])
        if target is not None:
            yield target
    elif found.name in RUNNERS:
        words = command_words(flow, found, RUNNERS[found.name])
        match words[:1]:
            case [ast.Constant(value=str(command))] if os.path.basename(command) in REMOVE_COMMANDS:
                yield from words[1:]
    elif found.name is None and last_name(found.function) in REMOVE_METHODS:
        target = found.argument(-1, "")
        if target is not None:
            yield target
