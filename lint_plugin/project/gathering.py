"""Gathers a project's facts from the files below its source roots."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lint_plugin.analysis import Analysis
from lint_plugin.config.settings import Config
from lint_plugin.facts import Evidence, Facts, GivenPath, HandedWrite, KnownClass, NumberedRead, NumberedWrite, ReturnedPath
from lint_plugin.paths.calls.path_helpers import homes
from lint_plugin.paths.values.handed_folders import CONSTRUCTOR
from lint_plugin.project.handed import Handing, Key, given_folders, handings
from lint_plugin.project.handed_paths import handed_parameters
from lint_plugin.project.listing import list_files
from lint_plugin.project.numbered_reads import numbered_reads
from lint_plugin.project.numbered_writes import numbered_writes
from lint_plugin.project.project_files import project_files
from lint_plugin.project.reader import ProjectReader
from lint_plugin.recorders.callbacks import given_callbacks, named_in
from lint_plugin.recorders.classes.own_classes import is_none
from lint_plugin.recorders.evidence import NO, STRONG, WEAK
from lint_plugin.recorders.questions.names import shared_holder
from lint_plugin.recorders.saved_types import save_words, saved_in
from lint_plugin.rules.entity_type_never_saved import lookups


@dataclass(frozen=True, slots=True)
class Notes:
    """What was taken up from some of a project's files, as plain data; the fields are those of `Facts`."""

    classes: list[tuple[str, KnownClass]]
    stores: dict[str, str]
    reads: list[NumberedRead]
    writes: list[NumberedWrite]
    own_recorder: bool
    looked_up: bool
    names: dict[tuple[str, str], Evidence]
    members: dict[tuple[str, str], Evidence]
    folders: set[str]
    others: dict[str, str]
    shared: list[tuple[str, str]]
    handings: list[Handing]
    asks: list[tuple[str, str, tuple[Key, ...]]]
    members_asked: dict[tuple[str, str], set[str]]
    handed: dict[tuple[str, str], tuple[HandedWrite, ...]]
    returned: dict[tuple[str, str], ReturnedPath]
    member_paths: dict[tuple[str, str], ReturnedPath]
    callbacks: dict[str, str]


def gather(config: Config, candidates: Iterable[str] | None, roots: Sequence[str]) -> Facts:
    """Gather the facts of one project.

    Args:
        config: Its configuration.
        candidates: The files below its source roots that hold a token; None to look for them here.
        roots: Its source roots, absolute.

    Files that cannot be read or parsed add nothing: they are reported where they are worked on.
    """
    gathering = Gathering(config, roots)
    listing = list_files(roots, warn=_say_nothing)
    for path in project_files(config, listing) if candidates is None else candidates:
        gathering.add(path)
    return gathering.facts(listing.holding)


def _say_nothing(line: str) -> None:
    """Where git cannot be asked, a walk does; whoever reports files says so."""


class Gathering:
    """The facts of one project, file by file.

    `notes` and `take` hand what one process has gathered to another: in the order of the files the facts come out the same.
    """

    def __init__(self, config: Config, roots: Sequence[str]) -> None:
        self._config = config
        self._roots = roots
        self._reader = ProjectReader(config, roots)
        self._classes: dict[str, KnownClass] = {}
        self._noted: list[tuple[str, KnownClass]] = []
        self._stores: dict[str, str] = {}
        self._reads: list[NumberedRead] = []
        self._looked_up = False  # whether a type is looked up, so that it matters which are saved
        self._writes: list[NumberedWrite] = []
        self._names: dict[tuple[str, str], Evidence] = {}
        self._members: dict[tuple[str, str], Evidence] = {}
        self._others: dict[str, str] = {}
        self._shared: list[tuple[str, str]] = []  # what is stored in shared objects: name, level of the evidence
        self._callbacks: dict[str, str] = {}
        self._gathered: set[str] = set()  # folders
        self._handings: list[Handing] = []
        self._members_asked: dict[tuple[str, str], set[str]] = {}  # attributes of classes of other files, and who reads them
        self._asks: list[tuple[str, str, tuple[Key, ...]]] = []  # functions that may be handed what a parameter is given
        self._handed: dict[tuple[str, str], tuple[HandedWrite, ...]] = {}
        self._returned: dict[tuple[str, str], ReturnedPath] = {}
        self._member_paths: dict[tuple[str, str], ReturnedPath] = {}
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
        analysis = self._reader.analysis(os.path.abspath(path))
        if analysis is None:
            return
        try:
            self._read(analysis, path)
        except RecursionError:
            return

    def _read(self, analysis: Analysis, path: str) -> None:
        self._note_definitions(analysis.tree, path)
        self._gathered.add(os.path.dirname(os.path.abspath(path)))
        noted = set()
        for node in (*(attribute.value for attribute in analysis.attributes), *analysis.calls):
            evidence = analysis.evidence.of(node)
            origin = evidence.origin if evidence.level == STRONG else ""
            if origin and origin not in noted and origin not in analysis.evidence.classes:
                noted.add(origin)
                self._note_class(origin, self._reader.lookup.find(origin, path))
        for value in given_callbacks(analysis.flow.nodes()) if b"on_saved" in analysis.source.u8 else ():
            for name in named_in(value):
                self._callbacks.setdefault(name, f"{path}:{value.lineno}")
        for attribute, line in analysis.stored_on_recorders.items():
            self._stores.setdefault(attribute, f"{path}:{line}")
        for attribute in self._config.renamed_attributes:
            if line := analysis.evidence.own.other_with(attribute):
                self._others.setdefault(attribute, f"{path}:{line}")
            if line := analysis.evidence.own.recorder_with(attribute):
                self._stores.setdefault(attribute, f"{path}:{line}")
        self._shared += _stored_in_shared_objects(analysis)
        self._reads += numbered_reads(analysis)
        self._looked_up = self._looked_up or any(lookups(analysis))
        self._handings += handings(analysis, self._reader.shown(path))
        self._writes += numbered_writes(analysis, path)
        self._ask_helpers(analysis, os.path.dirname(os.path.abspath(path)))
        self._ask_classes(analysis)

    def _ask_helpers(self, analysis: Analysis, folder: str) -> None:
        """Ask what functions of other modules write of the paths that they are given, and which paths they return."""
        for call in analysis.calls:
            found = analysis.targets.called(call)
            given = [*(value for value in found.args if value is not None), *found.keywords.values()]
            handed = any(analysis.paths.of(value) is not None for value in given)
            keys = () if handed else sorted({key for value in given for key in handed_parameters(analysis, value)})
            for home, name in homes(found, analysis.paths):
                if home == folder:
                    self._reader.returned_by(home, name, handed)
                if handed:
                    self._reader.written_by(home, name)
                elif keys:
                    self._asks.append((home, name, tuple(keys)))

    def _ask_classes(self, analysis: Analysis) -> None:
        """Ask which paths the attributes and methods of classes of other modules give."""
        for node in analysis.attributes:
            if isinstance(node.ctx, ast.Load):
                for instance in analysis.evidence.classes_elsewhere(node.value):
                    if self._reader.path_of(instance, node.attr) is None:
                        self._members_asked.setdefault((instance, node.attr), set()).add(os.path.abspath(analysis.path))

    def _look_again(self, given: Mapping[Key, GivenPath]) -> Mapping[Key, GivenPath]:
        """Follow what objects keep of the paths that they are made with, into the files that read it there and hand it on."""
        kept = {path for path, name, _ in given if name.endswith(CONSTRUCTOR)}
        files = {path for path in kept if self._reader.analysis(path) is not None}
        for (instance, attribute), readers in self._members_asked.items():
            if instance.rpartition(":")[0] in kept and self._reader.keeps_path(instance, attribute, given):
                files |= readers
        for path in sorted(files):
            analysis = self._reader.with_given(path, given)
            if analysis is not None:
                self._handings += handings(analysis, self._reader.shown(path))
                self._ask_helpers(analysis, os.path.dirname(path))
        return given_folders(self._handings, self._reader.lookup) if files else given

    def _ask_late(self, given: Mapping[Key, GivenPath]) -> None:
        """Ask the same where a parameter is handed on that turned out to be given a run folder."""
        names = self._config.folder_names if self._classes else ()
        for home, name, keys in self._asks:
            if any(key in given or key[2] in names for key in keys):
                self._reader.written_by(home, name)
                if "." in name:
                    self._reader.returned_by(home, name, handed=True)

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
                    found = self._reader.lookup.defined(name, path, tree)
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
        return Notes(
            classes=self._noted,
            stores=self._stores,
            reads=self._reads,
            writes=self._writes,
            own_recorder=self._own_recorder,
            looked_up=self._looked_up,
            names={**self._names, **self._reader.names},
            members={**self._members, **self._reader.members},
            folders=self._gathered,
            others=self._others,
            shared=self._shared,
            handings=self._handings,
            asks=self._asks,
            members_asked=self._members_asked,
            handed={**self._handed, **{key: writes for key, writes in self._reader.handed.items() if writes}},
            returned={**self._returned, **{key: path for key, path in self._reader.returned.items() if path is not None}},
            callbacks=self._callbacks,
            member_paths={**self._member_paths, **{key: p for key, p in self._reader.member_paths.items() if p is not None}},
        )

    def take(self, notes: Notes) -> None:
        """Take up what was gathered from files that come after those so far."""
        for origin, found in notes.classes:
            self._note_class(origin, found)
        for attribute, place in notes.stores.items():
            self._stores.setdefault(attribute, place)
        for attribute, place in notes.others.items():
            self._others.setdefault(attribute, place)
        self._reads += notes.reads
        self._writes += notes.writes
        self._looked_up = self._looked_up or notes.looked_up
        self._own_recorder = self._own_recorder or notes.own_recorder
        self._names.update(notes.names)
        self._members.update(notes.members)
        self._gathered |= notes.folders
        self._shared += notes.shared
        self._handings += notes.handings
        self._asks += notes.asks
        for asked, files in notes.members_asked.items():
            self._members_asked.setdefault(asked, set()).update(files)
        self._handed.update(notes.handed)
        self._returned.update(notes.returned)
        self._member_paths.update(notes.member_paths)
        self._callbacks = {**notes.callbacks, **self._callbacks}

    def facts(self, holding: Callable[[Collection[str]], Iterable[str]]) -> Facts:
        """All that was taken up; `holding` gives the project's files that hold one of some names."""
        given = self._look_again(given_folders(self._handings, self._reader.lookup))
        self._ask_late(given)
        notes = self.notes()
        return Facts(
            classes=self._classes,
            stores=notes.stores,
            reads=tuple(notes.reads),
            writes=tuple(notes.writes),
            own_recorder=notes.own_recorder,
            shipped=self._shipped(),
            names={**_from_outside(notes.names), **notes.names},
            folders=frozenset(notes.folders),
            members=notes.members,
            others=notes.others,
            handed=notes.handed,
            returned=notes.returned,
            member_paths=notes.member_paths,
            given=given,
            saved=self._saved(holding),
            shared_state=_shared_state(notes.shared),
            mentions=None,
            imports=None,
            callbacks=self._callbacks,
            stand_ins=None,
        )

    def _shipped(self) -> dict[str, KnownClass]:
        """The class of this distribution, where files outside of `source-roots` may use it as well."""
        if self._own_recorder or "source-roots" not in self._config.given:
            return {}
        names = (f"recorder.{name}" for name in (*self._config.recorder_classes, *self._config.recorder_factories))
        found = ((name, self._reader.lookup.find(name, os.path.join(root, "x.py"))) for name in names for root in self._roots[:1])
        return {name: known for name, known in found if known is not None and name not in self._classes}

    def _saved(self, holding: Callable[[Collection[str]], Iterable[str]]) -> frozenset[str] | None:
        """The types that the project saves; which files do so is asked only where one is looked up."""
        if not self._looked_up:
            return frozenset()
        if not self._roots:
            return None  # what else belongs to the project is not known
        return saved_in(holding(save_words(self._config)), self._config)


def _stored_in_shared_objects(analysis: Analysis) -> Iterator[tuple[str, str]]:
    """`(name, level of the evidence)` of what a file stores in Flask's `g` and in an application's `state`."""
    for attribute, stores in analysis.evidence.own.stores.by_attribute.items():
        for base, _, value in stores:
            holder = shared_holder(analysis.flow, base)
            if holder and value is not None and not is_none(value):
                yield f"{holder}.{attribute}", analysis.evidence.of(value).level


def _shared_state(stored: Iterable[tuple[str, str]]) -> dict[str, Evidence]:
    """What such an attribute is: a name's worth of evidence where every store gives it a recorder, none where one does not."""
    levels: dict[str, set[str]] = {}
    for name, level in stored:
        levels.setdefault(name, set()).add(level)
    weak = {name: Evidence(WEAK) for name, found in levels.items() if found <= {STRONG, WEAK}}
    return weak | {name: Evidence(NO) for name, found in levels.items() if NO in found}


def _from_outside(names: Mapping[tuple[str, str], Evidence]) -> dict[tuple[str, str], Evidence]:
    """What imports mean to files outside the source roots: what they mean to all files inside, where those agree."""
    found: dict[str, set[Evidence]] = {}
    for (_, origin), evidence in names.items():
        if not origin.startswith("."):
            found.setdefault(origin, set()).add(evidence)
    return {("", origin): one.pop() for origin, one in found.items() if len(one) == 1}
