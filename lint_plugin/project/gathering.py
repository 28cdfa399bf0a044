"""Gathers a project's facts from the files below its source roots."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace

from lint_plugin.analysis import Analysis
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts, KnownClass, NumberedRead, NumberedWrite
from lint_plugin.project.listing import list_files
from lint_plugin.project.numbered_reads import numbered_reads
from lint_plugin.project.numbered_writes import numbered_writes
from lint_plugin.project.project_files import project_files
from lint_plugin.recorders.class_lookup import ClassLookup
from lint_plugin.recorders.evidence import STRONG
from lint_plugin.recorders.saved_types import save_words, saved_in
from lint_plugin.rules.entity_type_never_saved import lookups
from lint_plugin.source.text import SourceError, SourceText

Notes = tuple[list[tuple[str, KnownClass]], dict[str, str], list[NumberedRead], list[NumberedWrite], bool, bool]


def gather(config: Config, candidates: Iterable[str] | None, roots: Sequence[str]) -> Facts:
    """Gather the facts of one project.

    Args:
        config: Its configuration.
        candidates: The files below its source roots that hold a token; None to look for them here.
        roots: Its source roots, absolute.

    Files that cannot be read or parsed add nothing: they are reported where they are worked on.
    """
    gathering = Gathering(config, roots)
    for path in project_files(config, roots, _say_nothing) if candidates is None else candidates:
        gathering.add(path)
    return gathering.facts()


def _say_nothing(line: str) -> None:
    """Where git cannot be asked, a walk does; whoever reports files says so."""


class Gathering:
    """The facts of one project, file by file.

    `notes` and `take` hand what one process has gathered to another: in the order of the files the facts come out the same.
    """

    def __init__(self, config: Config, roots: Sequence[str]) -> None:
        self._config = config
        self._roots = roots
        self._lookup = ClassLookup(config, roots)
        self._classes: dict[str, KnownClass] = {}
        self._noted: list[tuple[str, KnownClass]] = []
        self._stores: dict[str, str] = {}
        self._reads: list[NumberedRead] = []
        self._looked_up = False  # whether a type is looked up, so that it matters which are saved
        self._writes: list[NumberedWrite] = []
        self._folders: dict[str, bool] = {}  # whether a folder holds a module `recorder`
        self._own_recorder = any(map(self._holds_recorder, roots))

    def expect(self, paths: Iterable[str]) -> None:
        """Look beside the files that are to come: whether the project has a recorder of its own is asked of every file."""
        for path in paths:
            if self._holds_recorder(os.path.dirname(path)):
                self._own_recorder = True

    def _holds_recorder(self, folder: str) -> bool:
        """Whether `import recorder` in a folder means something of the project's own."""
        known = self._folders.get(folder)
        if known is None:
            module, package = os.path.join(folder, "recorder.py"), os.path.join(folder, "recorder")
            known = self._folders[folder] = os.path.isfile(module) or os.path.isdir(package)
        return known

    def add(self, path: str) -> None:
        """Take up what one file says."""
        self.expect((path,))
        try:
            with open(path, "rb") as file:
                source = SourceText(file.read())
            self._read(Analysis(source, source.parse(), self._config, path), path)
        except (OSError, SourceError, RecursionError):
            return

    def _read(self, analysis: Analysis, path: str) -> None:
        self._note_definitions(analysis.tree, path)
        noted = set()
        for node in analysis.attributes:
            evidence = analysis.evidence.of(node.value)
            origin = evidence.origin if evidence.level == STRONG else ""
            if origin and origin not in noted and analysis.evidence.local_class(origin) is None:
                noted.add(origin)
                self._note_class(origin, self._lookup.find(origin, path))
        for attribute, line in analysis.stored_on_recorders.items():
            self._stores.setdefault(attribute, f"{path}:{line}")
        self._reads += numbered_reads(analysis)
        self._looked_up = self._looked_up or any(lookups(analysis))
        self._writes += numbered_writes(analysis, path)

    def _note_definitions(self, tree: ast.Module, path: str) -> None:
        """Note the classes and factories of a module under the names by which files outside the roots import them."""
        wanted = {*self._config.recorder_classes, *self._config.recorder_factories}
        names: set[str] = set()
        for node in tree.body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                names.add(node.name)
            elif isinstance(node, ast.ImportFrom):
                names.update(alias.asname or alias.name for alias in node.names)
        for root in self._roots if names & wanted else ():
            file = os.path.relpath(os.path.realpath(path), os.path.realpath(root))
            module = os.path.splitext(file)[0].removesuffix(f"{os.sep}__init__")
            if not module.startswith(os.pardir):
                for name in sorted(names & wanted):
                    found = self._lookup.defined(name, path, tree)
                    self._note_class(f"{module.replace(os.sep, '.')}.{name}", found)

    def _note_class(self, origin: str, found: KnownClass | None) -> None:
        known = self._classes.get(origin)
        if found is None or known == found:
            return
        self._noted.append((origin, found))
        if known is not None:
            # Two classes go by the same relative name: what either has may be there.
            found = replace(known, attributes=known.attributes | found.attributes, open=True)
        self._classes[origin] = found

    def notes(self) -> Notes:
        """All that was taken up, as plain data."""
        return self._noted, self._stores, self._reads, self._writes, self._own_recorder, self._looked_up

    def take(self, notes: Notes) -> None:
        """Take up what was gathered from files that come after those so far."""
        classes, stores, reads, writes, own_recorder, looked_up = notes
        for origin, found in classes:
            self._note_class(origin, found)
        for attribute, place in stores.items():
            self._stores.setdefault(attribute, place)
        self._reads += reads
        self._writes += writes
        self._own_recorder = self._own_recorder or own_recorder
        self._looked_up = self._looked_up or looked_up

    def facts(self) -> Facts:
        """All that was taken up."""
        return Facts(
            self._classes, self._stores, tuple(self._reads), self._own_recorder, writes=tuple(self._writes), saved=self._saved()
        )

    def _saved(self) -> frozenset[str] | None:
        """The types that the project saves; which files do so is asked only where one is looked up."""
        if not self._looked_up:
            return frozenset()
        if not self._roots:
            return None  # what else belongs to the project is not known
        return saved_in(list_files(self._roots, warn=_say_nothing).holding(save_words(self._config)), self._config)
