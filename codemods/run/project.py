"""The facts of the projects that the files of a run belong to, gathered by the processes that work on the files."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Protocol

from codemods.run.importers import by_file, imports_in, module_name
from codemods.run.mentions import mention_patterns, mentions_in
from codemods.run.processes import Processes, Task
from codemods.run.stand_ins import find_stand_ins, is_test
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.project.gathering import Gathering, Notes, numbered_writes_in
from lint_plugin.project.listing import Listing, list_files, may_hold
from lint_plugin.project.project_files import holding, project_folders, project_roots
from lint_plugin.source.prefilter import Prefilter

Key = tuple[str, tuple[str, ...]]  # the configuration file, and the project's roots


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a run has looked at.

    Attributes:
        hits: The files that it works on.
        listing: The files in the folders that were named, and beside them in their projects.
        candidates: Those in the named folders that may hold a token.
    """

    hits: Sequence[str]
    listing: Listing = field(default_factory=Listing)
    candidates: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Project:
    """One project: what its facts were gathered from, and they.

    Attributes:
        python: Its Python files, those beside the source roots as well.
        texts: Its other code, templates and data.
        facts: What is known so far.
    """

    python: Sequence[str]
    texts: Sequence[str]
    facts: Facts


class Steps(Protocol):
    """What is told how far it is."""

    def expect(self, files: int) -> None:
        """So many files more are to be read."""

    def done(self, files: int) -> None:
        """So many have been read."""


class Projects:
    """Gathers each project's facts once."""

    def __init__(self, scanned: Scanned, processes: Processes, steps: Steps) -> None:
        """Take down what the run has found.

        Args:
            scanned: What the run has looked at.
            processes: Do the work.
            steps: Counts it.
        """
        self._scanned = scanned
        self._processes = processes
        self._steps = steps
        self._projects: dict[Key, _Project] = {}
        self._roots: dict[tuple[str, str], tuple[str, ...]] = {}

    def _key(self, task: Task) -> Key:
        place = task.config.path, "" if task.config.path else os.path.dirname(task.path)
        if place not in self._roots:
            self._roots[place] = project_roots(task.config, task.path)
        return task.config.path, self._roots[place]

    def known(self, task: Task) -> Facts | None:
        """The facts for a file, if they have been gathered."""
        project = self._projects.get(self._key(task))
        return None if project is None else project.facts

    def at_hand(self, task: Task) -> bool:
        """Whether the run has looked at the file's whole project, so that it need not be searched for the facts."""
        listing = self._scanned.listing
        return not listing.beside and all(_lies_in(root, listing.folders) for root in self._key(task)[1])

    def provide(self, task: Task, needs: str) -> None:
        """Find out what a file's work needs to know of the project, as `FileResult.needs` has it, unless it is known."""
        key = self._key(task)
        project = self._projects.get(key)
        if project is None:
            self._projects[key] = self._gathered(task, key[1])
        elif getattr(project.facts, needs, None) is not None:
            return  # another file has asked
        elif needs == "stand_ins":
            self._projects[key] = self._with_stand_ins(project, task.config)
        elif needs == "mentions":
            self._projects[key] = self._with_mentions(project, task, key[1])
        else:
            self._projects[key] = self._with_imports(project, task.path)

    def _gathered(self, task: Task, roots: Sequence[str]) -> _Project:
        config, prefilter, listing = task.config, Prefilter(task.config), self._scanned.listing
        folders = project_folders(config, task.path)
        if all(_lies_in(folder, listing.folders) for folder in folders):
            unsearched = _holding(prefilter.words(), _below(roots, listing.beside), self._processes)
            candidates = [*_below(roots, self._scanned.candidates), *unsearched]
        else:
            listing = list_files([os.path.relpath(folder) for folder in folders])  # places are named from the current folder
            candidates = [*_below(roots, listing.holding(prefilter.words()))]
        # Without roots nothing is known but what was named.
        files = holding(candidates, prefilter) if roots else list(self._scanned.hits)
        python = [*listing.files, *listing.beside]
        facts = _gather(config, files, roots, self._processes, self._steps, _below(roots, python))
        return _Project(_below(folders, python), _below(folders, listing.texts), facts)

    def _with_stand_ins(self, project: _Project, config: Config) -> _Project:
        """The doubles in the project's tests."""
        search = partial(find_stand_ins, config.all_folder_attributes())
        found = self._processes.in_parts(search, [path for path in project.python if is_test(path)])
        return replace(project, facts=replace(project.facts, stand_ins=tuple(chain.from_iterable(found))))

    def _with_mentions(self, project: _Project, task: Task, roots: Sequence[str]) -> _Project:
        """What the project's other files say about the numbered files that it writes."""
        inside = tuple(os.path.join(root, "") for root in roots)
        beside = [path for path in {task.path, *self._scanned.hits} if not os.path.realpath(path).startswith(inside)]
        writes = [*project.facts.writes, *(numbered_writes_in(beside, task.config, roots) if inside else ())]
        search = partial(mentions_in, mention_patterns(writes))
        found = chain.from_iterable(self._processes.in_parts(search, [*project.python, *project.texts]))
        mentions = tuple(sorted(found, key=lambda mention: (mention.path, mention.line, mention.text)))
        return replace(project, facts=replace(project.facts, mentions=mentions))

    def _with_imports(self, project: _Project, path: str) -> _Project:
        """What the project's files import from the one at a path, and from the others that the run works on."""
        modules = {os.path.realpath(one): module_name(one) for one in (path, *self._scanned.hits)}
        search = partial(imports_in, sorted(set(modules.values())))
        found = self._processes.in_parts(search, project.python)
        return replace(project, facts=replace(project.facts, imports=by_file(modules, chain.from_iterable(found))))


def _lies_in(path: str, folders: Iterable[str]) -> bool:
    return os.path.join(path, "").startswith(tuple(os.path.join(folder, "") for folder in folders))


def _below(folders: Sequence[str], paths: Sequence[str]) -> Sequence[str]:
    """Those of some paths that lie below some folders; without folders all."""
    known: dict[str, bool] = {}
    found = []
    for path in paths if folders else ():
        above = os.path.dirname(path)
        if above not in known:
            known[above] = _lies_in(os.path.realpath(above), folders)
        if known[above]:
            found.append(path)
    return found if folders else paths


def _gather(
    config: Config, files: Sequence[str], roots: Sequence[str], processes: Processes, steps: Steps, python: Sequence[str]
) -> Facts:
    """Several processes read a part of the files each; taken up in their order, the parts come to the same facts."""

    def search(words: Collection[str]) -> Iterable[str]:
        return _holding(words, python, processes)

    steps.expect(len(files))
    whole = Gathering(config, roots)
    for notes in processes.in_parts(partial(_notes, config, roots), files, steps.done):
        whole.take(notes)
    return whole.facts(search)


def _notes(config: Config, roots: Sequence[str], files: Sequence[str]) -> Notes:
    gathering = Gathering(config, roots)
    for path in files:
        gathering.add(path)
    return gathering.notes()


def _holding(words: Collection[str], paths: Sequence[str], processes: Processes) -> Iterable[str]:
    found = processes.in_parts(partial(_that_hold, [word.encode() for word in words]), paths)
    return chain.from_iterable(found)


def _that_hold(words: Sequence[bytes], paths: Sequence[str]) -> list[str]:
    return [path for path in paths if may_hold(path, words)]
