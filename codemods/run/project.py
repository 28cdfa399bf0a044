"""The facts of the projects that the files of a run belong to, gathered by the processes that work on the files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from codemods.run.mentions import naming_writers, with_mentions
from codemods.run.processes import Processes, Task
from codemods.run.stand_ins import find_stand_ins
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.project.gathering import Gathering, Notes
from lint_plugin.project.project_files import holding, project_files, project_roots
from lint_plugin.source.prefilter import Prefilter

Key = tuple[str, tuple[str, ...]]  # the configuration file, and the project's roots


class Steps(Protocol):
    """What is told how far it is."""

    def expect(self, files: int) -> None:
        """So many files more are to be read."""

    def done(self, files: int) -> None:
        """So many have been read."""


class Projects:
    """Gathers each project's facts once."""

    def __init__(
        self,
        hits: Sequence[str],
        scanned: Sequence[str],
        candidates: Sequence[str],
        processes: Processes,
        steps: Steps,
    ) -> None:
        """Take down what the run has found.

        Args:
            hits: The files that the run works on.
            scanned: The folders, absolute and without links, in which it has looked at every file.
            candidates: The files in them that may hold a token.
            processes: Do the work.
            steps: Counts it.
        """
        self._hits = hits
        self._scanned = tuple(os.path.join(folder, "") for folder in scanned)
        self._candidates = candidates
        self._processes = processes
        self._steps = steps
        self._facts: dict[Key, Facts] = {}
        self._roots: dict[tuple[str, str], tuple[str, ...]] = {}

    def _roots_of(self, task: Task) -> tuple[str, ...]:
        key = task.config.path, "" if task.config.path else os.path.dirname(task.path)
        if key not in self._roots:
            self._roots[key] = project_roots(task.config, task.path)
        return self._roots[key]

    def known(self, task: Task) -> Facts | None:
        """The facts for a file, if they have been gathered."""
        return self._facts.get((task.config.path, self._roots_of(task)))

    def at_hand(self, task: Task) -> bool:
        """Whether the run has looked at the file's whole project, so that it need not be searched for the facts."""
        return self._are_scanned(self._roots_of(task))

    def gather(self, task: Task) -> None:
        """Gather the facts for a file."""
        roots = self._roots_of(task)
        files = self._files(task.config, roots)
        self._steps.expect(len(files))
        facts = _gather(task.config, files, roots, self._processes, self._steps)
        searched = roots or self._scanned
        tests = {*files, *(naming_writers(searched) if facts.writes else ())}
        facts = replace(facts, stand_ins=find_stand_ins(task.config.all_folder_attributes(), sorted(tests)))
        self._facts[task.config.path, roots] = with_mentions(facts, searched)

    def _are_scanned(self, roots: Sequence[str]) -> bool:
        return all(os.path.join(root, "").startswith(self._scanned) for root in roots)

    def _files(self, config: Config, roots: Sequence[str]) -> list[str]:
        """The files of a project that hold a token."""
        if not roots:  # nothing is known but what was named
            return list(self._hits)
        if not self._are_scanned(roots):
            return project_files(config, roots)
        inside = tuple(os.path.join(root, "") for root in roots)
        below = [path for path in self._candidates if os.path.realpath(path).startswith(inside)]
        return holding(below, Prefilter(config))


def _gather(config: Config, files: Sequence[str], roots: Sequence[str], processes: Processes, steps: Steps) -> Facts:
    """Several processes read a part of the files each; taken up in their order, the parts come to the same facts."""
    size = max(1, -(-len(files) // (2 * processes.jobs)))
    parts = [tuple(files[start : start + size]) for start in range(0, len(files), size)]
    read = partial(_notes, config, roots)
    found: dict[tuple[str, ...], Notes | Exception] = {}
    for part, notes in processes.results(read, parts):
        found[part] = notes
        steps.done(len(part))
    # A file that kills its process adds nothing to the facts; that of the others is not to be lost.
    single = [(path,) for part, notes in found.items() if isinstance(notes, Exception) and len(part) > 1 for path in part]
    found.update(processes.results(read, single))
    whole = Gathering(config, roots)
    for part in parts:
        for notes in (found[part], *(found[path,] for path in part if (path,) in found and len(part) > 1)):
            if not isinstance(notes, Exception):
                whole.take(notes)
    return whole.facts()


def _notes(config: Config, roots: Sequence[str], files: Sequence[str]) -> Notes:
    gathering = Gathering(config, roots)
    for path in files:
        gathering.add(path)
    return gathering.notes()
