"""Gathers a project's facts from the files below its source roots."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from lint_plugin.analysis import Analysis
from lint_plugin.config.settings import Config
from lint_plugin.facts import (
    NO,
    STRONG,
    WEAK,
    Evidence,
    Facts,
    HandedWrite,
    KnownClass,
    NumberedRead,
    NumberedWrite,
    ReturnedPath,
)
from lint_plugin.flow.nodes import is_none
from lint_plugin.paths.calls.path_helpers import homes
from lint_plugin.paths.values.functions import CONSTRUCTOR
from lint_plugin.project.handed import Handing, Key, given_folders, handings
from lint_plugin.project.handed_paths import Given, handed_parameters
from lint_plugin.project.listing import list_files
from lint_plugin.project.numbered_reads import numbered_reads
from lint_plugin.project.numbered_writes import numbered_writes
from lint_plugin.project.project_files import project_files
from lint_plugin.project.reader import ProjectReader
from lint_plugin.recorders.callbacks import given_callbacks, named_in
from lint_plugin.recorders.questions.names import shared_holder
from lint_plugin.recorders.saved_types import save_words, saved_in
from lint_plugin.rules.entity_type_never_saved import lookups


@dataclass(slots=True)
class Notes:
    """What is taken up from some of a project's files, as plain data that one process can hand to another.

    The fields are those of `Facts`, but for:

    Attributes:
        classes: Dotted names with the classes behind them; two classes may go by the same relative name.
        looked_up: A type is looked up, so that it matters which are saved.
        shared: What is stored in shared objects: name, level of the evidence.
        handings: What calls hand over.
        asks: Functions, as `Facts.handed` names them, that may be handed what some parameters are given.
        members_asked: Attributes of classes of other files, and the file that reads them: (class, attribute, file).
    """

    classes: list[tuple[str, KnownClass]] = field(default_factory=list)
    stores: dict[str, str] = field(default_factory=dict)
    reads: list[NumberedRead] = field(default_factory=list)
    writes: list[NumberedWrite] = field(default_factory=list)
    own_recorder: bool = False
    looked_up: bool = False
    names: dict[tuple[str, str], Evidence] = field(default_factory=dict)
    members: dict[tuple[str, str], Evidence] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    others: dict[str, str] = field(default_factory=dict)
    shared: list[tuple[str, str]] = field(default_factory=list)
    handings: list[Handing] = field(default_factory=list)
    asks: list[tuple[str, str, tuple[Key, ...]]] = field(default_factory=list)
    members_asked: list[tuple[str, str, str]] = field(default_factory=list)
    handed: dict[tuple[str, str], tuple[HandedWrite, ...]] = field(default_factory=dict)
    returned: dict[tuple[str, str], ReturnedPath] = field(default_factory=dict)
    member_paths: dict[tuple[str, str], ReturnedPath] = field(default_factory=dict)
    callbacks: dict[str, str] = field(default_factory=dict)

    def take(self, later: Notes) -> None:
        """Take up what was noted from files that come after these: of two answers the first stands."""
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(later, one.name)
            if isinstance(mine, dict):
                setattr(self, one.name, theirs | mine)
            elif isinstance(mine, list):
                mine.extend(theirs)
            else:
                setattr(self, one.name, mine | theirs)  # sets, and what is true of one file


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

    What one process has noted another can take up: in the order of the files the facts come out the same.
    """

    def __init__(self, config: Config, roots: Sequence[str]) -> None:
        self._config = config
        self._roots = roots
        self._reader = ProjectReader(config, roots)
        self._notes = Notes()
        self._folders: dict[str, bool] = {}  # whether a folder holds a module `recorder`
        self._notes.own_recorder = any(map(self._holds_recorder, roots))

    def _holds_recorder(self, folder: str) -> bool:
        """Whether `import recorder` in a folder means something of the project's own."""
        if folder not in self._folders:
            module, package = os.path.join(folder, "recorder.py"), os.path.join(folder, "recorder")
            self._folders[folder] = os.path.isfile(module) or os.path.isdir(package)
        return self._folders[folder]

    def add(self, path: str) -> None:
        """Take up what one file says."""
        self._notes.own_recorder |= self._holds_recorder(os.path.dirname(path))
        analysis = self._reader.analysis(os.path.abspath(path))
        if analysis is None:
            return
        try:
            self._read(analysis, path)
        except RecursionError:
            return

    def take(self, later: Notes) -> None:
        """Take up what was noted from files that come after those so far."""
        self._notes.take(later)

    def notes(self) -> Notes:
        """All that was taken up."""
        reader, notes = self._reader, self._notes
        notes.names |= reader.names
        notes.members |= reader.members
        notes.handed |= {key: writes for key, writes in reader.handed.items() if writes}
        notes.returned |= {key: path for key, path in reader.returned.items() if path is not None}
        notes.member_paths |= {key: path for key, path in reader.member_paths.items() if path is not None}
        return notes

    def _read(self, analysis: Analysis, path: str) -> None:
        notes, folder = self._notes, os.path.dirname(os.path.abspath(path))
        self._note_definitions(analysis.tree, path)
        notes.folders.add(folder)
        for origin in _origins(analysis):
            self._note_class(origin, self._reader.lookup.find(origin, path))
        for value in given_callbacks(analysis.flow.nodes()) if b"on_saved" in analysis.source.u8 else ():
            for name in named_in(value):
                notes.callbacks.setdefault(name, f"{path}:{value.lineno}")
        for attribute, line in analysis.stored_on_recorders.items():
            notes.stores.setdefault(attribute, f"{path}:{line}")
        for attribute in self._config.renamed_attributes:
            if line := analysis.evidence.own.other_with(attribute):
                notes.others.setdefault(attribute, f"{path}:{line}")
            if line := analysis.evidence.own.recorder_with(attribute):
                notes.stores.setdefault(attribute, f"{path}:{line}")
        notes.shared += _stored_in_shared_objects(analysis)
        notes.reads += numbered_reads(analysis)
        notes.writes += numbered_writes(analysis, path)
        notes.looked_up = notes.looked_up or any(lookups(analysis))
        notes.handings += handings(analysis, self._reader.shown(path))
        self._ask_helpers(analysis, folder)
        self._ask_classes(analysis)

    def _ask_helpers(self, analysis: Analysis, folder: str) -> None:
        """Ask what functions of other modules write of the paths that they are given, and which paths they return."""
        for call in analysis.calls:
            found = analysis.targets.called(call)
            given = [*(value for value in found.args if value is not None), *found.keywords.values()]
            handed = any(analysis.paths.of(value) is not None for value in given)
            for home, name in homes(found, analysis.paths):
                if "." in name:
                    self._reader.returned_by(home, name, handed)
                if handed:
                    self._reader.written_by(home, name)
                elif keys := {key for value in given for key in handed_parameters(analysis, value)}:
                    self._notes.asks.append((home, name, tuple(sorted(keys))))

    def _ask_classes(self, analysis: Analysis) -> None:
        """Ask which paths the attributes and methods of classes of other modules give."""
        for node in analysis.attributes:
            if isinstance(node.ctx, ast.Load):
                for instance in analysis.evidence.classes_elsewhere(node.value):
                    if self._reader.path_of(instance, node.attr) is None:
                        self._notes.members_asked.append((instance, node.attr, os.path.abspath(analysis.path)))

    def _look_again(self, given: Given) -> Given:
        """Follow what objects keep of the paths that they are made with, into the files that read it there and hand it on."""
        kept = {path for path, name, _ in given if name.endswith(CONSTRUCTOR)}
        files = {path for path in kept if self._reader.analysis(path) is not None}
        for instance, attribute, reader in self._notes.members_asked:
            if instance.rpartition(":")[0] in kept and self._reader.keeps_path(instance, attribute, given):
                files.add(reader)
        for path in sorted(files):
            analysis = self._reader.with_given(path, given)
            if analysis is not None:
                self._notes.handings += handings(analysis, self._reader.shown(path))
                self._ask_helpers(analysis, os.path.dirname(path))
        return given_folders(self._notes.handings, self._reader.lookup) if files else given

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
        if found is not None and (origin, found) not in self._notes.classes:
            self._notes.classes.append((origin, found))

    def facts(self, holding: Callable[[Collection[str]], Iterable[str]]) -> Facts:
        """All that was taken up; `holding` gives the project's files that hold one of some names."""
        classes = _merged(self._notes.classes)
        given = self._look_again(given_folders(self._notes.handings, self._reader.lookup))
        # Functions that are handed on what turned out to be a run folder are asked late.
        names = self._config.folder_names if classes else ()
        for home, name, keys in self._notes.asks:
            if any(key in given or key[2] in names for key in keys):
                self._reader.written_by(home, name)
                if "." in name:
                    self._reader.returned_by(home, name, handed=True)
        notes = self.notes()
        return Facts(
            classes=classes,
            stores=notes.stores,
            reads=tuple(notes.reads),
            writes=tuple(notes.writes),
            own_recorder=notes.own_recorder,
            shipped=self._shipped(classes),
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
            callbacks=notes.callbacks,
            stand_ins=None,
        )

    def _shipped(self, classes: Mapping[str, KnownClass]) -> dict[str, KnownClass]:
        """The class of this distribution, where files outside of `source-roots` may use it as well."""
        if self._notes.own_recorder or "source-roots" not in self._config.given:
            return {}
        names = (f"recorder.{name}" for name in (*self._config.recorder_classes, *self._config.recorder_factories))
        found = ((name, self._reader.lookup.find(name, os.path.join(root, "x.py"))) for name in names for root in self._roots[:1])
        return {name: known for name, known in found if known is not None and name not in classes}

    def _saved(self, holding: Callable[[Collection[str]], Iterable[str]]) -> frozenset[str] | None:
        """The types that the project saves; which files do so is asked only where one is looked up."""
        if not self._notes.looked_up:
            return frozenset()
        if not self._roots:
            return None  # what else belongs to the project is not known
        return saved_in(holding(save_words(self._config)), self._config)


def numbered_writes_in(files: Iterable[str], config: Config, roots: Sequence[str]) -> Iterator[NumberedWrite]:
    """The numbered writes of some files, of which nothing else is asked."""
    reader = ProjectReader(config, roots)
    for path in files:
        analysis = reader.analysis(os.path.abspath(path))
        try:
            yield from () if analysis is None else numbered_writes(analysis, path)
        except RecursionError:
            continue  # said where the file is worked on


def _origins(analysis: Analysis) -> list[str]:
    """The classes of other files, by dotted names, of what is surely a recorder in a file; each once."""
    found: dict[str, None] = {}
    for node in (*(attribute.value for attribute in analysis.attributes), *analysis.calls):
        evidence = analysis.evidence.of(node)
        if evidence.level == STRONG and evidence.origin and evidence.origin not in analysis.evidence.classes:
            found[evidence.origin] = None
    return list(found)


def _merged(noted: Iterable[tuple[str, KnownClass]]) -> dict[str, KnownClass]:
    """The classes by their dotted names."""
    classes: dict[str, KnownClass] = {}
    for origin, found in noted:
        known = classes.get(origin)
        if known is not None and known != found:
            # Two classes go by the same relative name: what either has may be there.
            found = replace(known, attributes=known.attributes | found.attributes, open=True)
        classes[origin] = found
    return classes


def _stored_in_shared_objects(analysis: Analysis) -> Iterator[tuple[str, str]]:
    """`(name, level of the evidence)` of what a file stores in Flask's `g` and in an application's `state`."""
    for attribute, stores in analysis.evidence.stores.by_attribute.items():
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
