"""What one file's work needs to know of the rest of the project, gathered once and passed on as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from os.path import realpath

_WILD = frozenset("*?[")
_SHIPPED_MODULE = "recorder"

STRONG = "strong"  # an annotation, a constructor, a factory imported from a recorder module
WEAK = "weak"  # a name that suggests one
NO = "no"  # proof of the opposite
UNKNOWN = "unknown"  # nothing is known


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the value of one expression: whether it is a recorder, or leads to one.

    Attributes:
        level: `strong`, `weak`, `no` or `unknown`: whether it is a recorder.
        origin: Dotted name of the class or factory that proves it, as the file imports it; "" where that is not one.
        own: The expression is `self` inside the recorder class itself.
        instance: The project's class that it is an instance of, as `path:Name`; "" where that is not known.
        items: What a container's items are: the values of a mapping.
        mapping: It is a mapping: iterating over it gives keys.
        parts: What a tuple of fixed length holds.
        result: What a call of it gives; for a class, its instances.
        meaning: What it says as an annotation; for a class, its instances.
    """

    level: str
    origin: str = ""
    own: bool = False
    instance: str = ""
    items: Evidence | None = None
    mapping: bool = False
    parts: tuple[Evidence, ...] = ()
    result: Evidence | None = None
    meaning: Evidence | None = None

    @property
    def is_recorder(self) -> bool:
        """Whether findings may be based on it."""
        return self.level in (STRONG, WEAK)

    @property
    def shipped(self) -> bool:
        """Whether the class or factory is imported from the package that this project ships."""
        return self.level == STRONG and self.origin.rpartition(".")[0] == _SHIPPED_MODULE

    @property
    def says_something(self) -> bool:
        """Whether it says more than that nothing is known, or that something is no recorder."""
        return self.is_recorder or any((self.instance, self.items, self.parts, self.result, self.meaning))

    @property
    def held(self) -> Evidence:
        """What awaiting or entering it gives: a recorder itself, or what a coroutine or context manager holds."""
        return self.items if self.items is not None and self.mapping and not self.is_recorder else self

    def part(self, index: int) -> Evidence:
        """What a tuple or list holds at a place."""
        if self.parts:
            return self.parts[index] if -len(self.parts) <= index < len(self.parts) else Evidence(UNKNOWN)
        return (None if self.mapping else self.items) or Evidence(UNKNOWN)


@dataclass(frozen=True, slots=True)
class Signature:
    """How a function or method may be called, without `self`.

    Attributes:
        positional: The parameters that can be given by position, in order.
        names: The parameters that can be given by name.
        required: The parameters that a call has to give, positional-only ones included.
        open: It may take others: `*args`, `**kwargs`, or a decorator that is not known.
        types: The annotations of its parameters, as they are written; those without one are left out.
        result: The annotation of what it returns, as it is written; "None" where it has none and returns nothing; else "".
        runs: Calling it runs it: it is no `async def`, generator or context manager.
    """

    positional: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    open: bool = False
    types: Mapping[str, str] = field(default_factory=dict)
    result: str = ""
    runs: bool = True


@dataclass(frozen=True, slots=True)
class KnownClass:
    """What instances of one class have, its bases included, as their source says.

    Attributes:
        name: The class's name.
        attributes: Every attribute that is found, those of `object` included.
        open: It may have others (`__getattr__`, a base that was not found), or two classes go by the same name.
        methods: Method name -> how it is called; `__init__` among them. Properties are left out.
        path: The file that defines it.
        texts: Attributes that the class says are `str`.
        factory: How the function is called that the class was found through; None for the class itself.
    """

    name: str
    attributes: frozenset[str]
    open: bool
    methods: Mapping[str, Signature]
    path: str = ""
    texts: frozenset[str] = frozenset()
    factory: Signature | None = None


@dataclass(frozen=True, slots=True)
class NumberedRead:
    """A place that names an entity by its number: the glob its name matches, file and line, and whether it is seen to read it."""

    pattern: str
    path: str
    line: int
    seen: bool = True


HOLE = "\0"  # stands for an expression in the text of a name


@dataclass(frozen=True, slots=True)
class NumberedWrite:
    """A place that writes a file under a numbered name.

    Attributes:
        text: The name, with `HOLE` for each expression in it.
        path, line: Where the name is spelled.
        given: The recorder is handed in, so that other functions may write to the same run.
    """

    text: str
    path: str
    line: int
    given: bool


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in code, a template or data that may spell the name of a written file: its text, file and line."""

    text: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class GivenPath:
    """A run folder, or a path below one, that a parameter is given.

    Attributes:
        place: The call that gives it (`path:line`).
        deeper: It lies below the run folder, and is not the folder itself.
    """

    place: str
    deeper: bool = False


@dataclass(frozen=True, slots=True)
class HandedWrite:
    """What a function of another module writes when it is handed a path.

    Attributes:
        parameter: The parameter that takes the path.
        position: Its position; -1 where it can only be given by name.
        kind, instead: How it writes, and what to do instead, as `lint_plugin.paths.calls.writer_table.Sink` has them.
        place: The line that writes (`path:line`).
        below: It writes a file below the folder that it is given, not the path itself.
        folder: What it does with a folder in place of a file, as `Sink` has it.
    """

    parameter: str
    position: int
    kind: str
    instead: str
    place: str
    below: bool = False
    folder: str = ""


@dataclass(frozen=True, slots=True)
class ReturnedPath:
    """The path below a run folder that a function of another module returns.

    Attributes:
        parameter: The parameter that it lies below; "" where the function has a recorder of its own.
        position: That parameter's position; -1 where it can only be given by name.
        deeper: How many components it has below that folder; 0 where it is the folder itself.
        is_path: It is a `Path`, else a `str`.
        place: The `return` (`path:line`).
        name: The parameter that is its last component, with its position; None where that is something else.
    """

    parameter: str
    position: int
    deeper: int
    is_path: bool
    place: str
    name: tuple[str, int] | None = None


class NotSearched(Exception):
    """Something is asked for which every file of the project has to be searched first; `what` is a field of `Facts`."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class StandIn:
    """A double in a test that has an attribute by which code finds a run's folder, or stands for a function that writes.

    Attributes:
        names: The attributes that it is given.
        place: Where (`path:line`).
        patches: It is something real of which only these attributes are replaced.
        modules: The last names of the modules that the test imports or names.
    """

    names: frozenset[str]
    place: str
    patches: bool
    modules: frozenset[str] = frozenset()


class Project:
    """What a module asks about the other files of its project; of one that is not known, the answers say nothing.

    `Facts` know the answers; while these are gathered, what reads the files gives them.
    """

    __slots__ = ()

    def named(self, folder: str, origin: str) -> Evidence | None:
        """What an imported name is, by the folder of the file that imports it."""
        return None

    def member(self, instance: str, attribute: str) -> Evidence | None:
        """What an attribute of a class's instances is."""
        return None

    def shared(self, key: str) -> Evidence | None:
        """What the project stores under an attribute of an object that all of its code shares (`flask.g.recorder`)."""
        return None

    def class_of(self, origin: str) -> KnownClass | None:
        """The recorder class behind a name as `Evidence.origin` gives it."""
        return None

    def other_class_with(self, attribute: str) -> str | None:
        """Where another class than the recorder has an attribute that recorders lack."""
        return None

    def knows_classes(self) -> bool:
        """Whether the project imports or defines a configured class or factory."""
        return False

    def given_folder(self, key: tuple[str, str, str]) -> GivenPath | None:
        """The run folder that a call gives a parameter."""
        return None

    def hands_folders_to(self, path: str) -> bool:
        """Whether a function of a file is given a run folder."""
        return False

    def written_by(self, home: str, name: str) -> tuple[HandedWrite, ...]:
        """What a function of another file writes of the paths that it is given: by the folder of the file that imports it and
        the dotted name, or, of a method, by the class as `Evidence.instance` names it and the method's name."""
        return ()

    def returned_by(self, folder: str, origin: str, handed: bool) -> ReturnedPath | None:
        """The path below a run folder that an imported function returns; `handed` where a call gives it a path."""
        return None

    def path_of(self, instance: str, attribute: str) -> ReturnedPath | None:
        """The path below a run folder that an attribute of a class's instances is, or a method of theirs returns."""
        return None

    def returns_paths(self) -> bool:
        """Whether any function returns such a path to another module."""
        return False


@dataclass(frozen=True, slots=True)
class Facts(Project):
    """The project's facts.

    Attributes:
        classes: Dotted name as some file imports it (`my_app.services.pipeline_recorder.LivePipelineRecorder`) -> the class.
        stores: Attributes that are assigned on a recorder somewhere -> where (`path:line`).
        reads: Places that look numbered entities up.
        names: (folder of the importing file, dotted name as it imports it) -> what that name is, where it leads to a
            recorder. The folder is "" for files outside the source roots.
        folders: The folders that files with a token lie in.
        members: (class as `Evidence.instance` names it, attribute) -> what the attribute is.
        writes: Places that write a file under a numbered name.
        mentions: Places that may spell one of these names. None: not searched; the fixer asks for it where it is needed.
        imports: File (absolute) -> names that other files import from it; `*` for all of them. None: not searched.
        callbacks: Functions that are given to a recorder as `on_saved` -> where (`path:line`).
        stand_ins: Doubles of recorders, and of functions that write, in the project's tests. None: not searched.
        given: (file, qualified name of a function, parameter) -> the run folder that a call gives it. The fields of a class
            without a constructor of its own are parameters of its `__init__`.
        handed: (folder, dotted name) as in `names`, or (class as `Evidence.instance` names it, method) -> what that function
            writes of the paths that it is given.
        returned: (folder, dotted name) -> the path below a run folder that it returns.
        member_paths: (class as `Evidence.instance` names it, attribute) -> the path below a run folder that it is, or returns.
        others: Attributes that classes other than recorders have -> where (`path:line`), of those that recorders lack.
        saved: Every entity type that the project saves, `output_*` for downloads of any medium; None where one is not known.
        shipped: Dotted name -> the class of this distribution, for files outside the source roots; empty where `classes` has it.
        shared_state: What the project stores in objects that all of its code shares (`flask.g.recorder`), where all stores agree.
        own_recorder: The source roots hold a `recorder.py` or `recorder/` of the project's own.
    """

    classes: Mapping[str, KnownClass] = field(default_factory=dict)
    stores: Mapping[str, str] = field(default_factory=dict)
    reads: tuple[NumberedRead, ...] = ()
    own_recorder: bool = False
    shipped: Mapping[str, KnownClass] = field(default_factory=dict)
    names: Mapping[tuple[str, str], Evidence] = field(default_factory=dict)
    folders: frozenset[str] = frozenset()
    members: Mapping[tuple[str, str], Evidence] = field(default_factory=dict)
    given: Mapping[tuple[str, str, str], GivenPath] = field(default_factory=dict)
    handed: Mapping[tuple[str, str], tuple[HandedWrite, ...]] = field(default_factory=dict)
    returned: Mapping[tuple[str, str], ReturnedPath] = field(default_factory=dict)
    member_paths: Mapping[tuple[str, str], ReturnedPath] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)
    saved: frozenset[str] | None = frozenset()
    shared_state: Mapping[str, Evidence] = field(default_factory=dict)
    writes: tuple[NumberedWrite, ...] = ()
    mentions: tuple[Mention, ...] | None = ()
    imports: Mapping[str, tuple[str, ...]] | None = field(default_factory=dict)
    callbacks: Mapping[str, str] = field(default_factory=dict)
    stand_ins: tuple[StandIn, ...] | None = ()

    def class_of(self, origin: str) -> KnownClass | None:
        return self.classes.get(origin) or self.shipped.get(origin)

    def only_class(self) -> KnownClass | None:
        """The recorder class of the project, where it has just one."""
        found = {(known.path, known.name): known for known in self.classes.values()}
        return next(iter(found.values())) if len(found) == 1 else None

    def named(self, folder: str, origin: str) -> Evidence | None:
        # Files outside the source roots see what an import means to others.
        return self.names.get((folder if folder in self.folders else "", origin))

    def member(self, instance: str, attribute: str) -> Evidence | None:
        return self.members.get((instance, attribute))

    def shared(self, key: str) -> Evidence | None:
        return self.shared_state.get(key)

    def given_folder(self, key: tuple[str, str, str]) -> GivenPath | None:
        return self.given.get(key)

    def hands_folders_to(self, path: str) -> bool:
        return any(file == path for file, _, _ in self.given)

    def written_by(self, home: str, name: str) -> tuple[HandedWrite, ...]:
        return self.handed.get((home, name), ())

    def returned_by(self, folder: str, origin: str, handed: bool) -> ReturnedPath | None:
        found = self.returned.get((folder, origin))
        return None if found is None or (found.parameter and not handed) else found

    def path_of(self, instance: str, attribute: str) -> ReturnedPath | None:
        return self.member_paths.get((instance, attribute))

    def returns_paths(self) -> bool:
        return bool(self.returned or self.member_paths)

    def other_class_with(self, attribute: str) -> str | None:
        return self.others.get(attribute)

    def mentioned(self) -> tuple[Mention, ...]:
        """The places that may spell the name of a numbered write.

        Raises:
            NotSearched: They were not looked for yet.
        """
        if self.mentions is None:
            raise NotSearched("mentions")
        return self.mentions

    def imported_from(self, path: str) -> tuple[str, ...]:
        """The names that other files import from a file (absolute, without links); `*` for all of them.

        Raises:
            NotSearched: They were not looked for yet.
        """
        if self.imports is None:
            raise NotSearched("imports")
        return self.imports.get(path, ())

    def stand_in(self, has: frozenset[str], lacks: str, *, whole: bool) -> StandIn | None:
        """The first double that has one of some attributes and lacks another; `whole`: which is no recorder beyond these.

        Raises:
            NotSearched: They were not looked for yet.
        """
        return next((s for s in self._doubles() if has & s.names and lacks not in s.names and not (whole and s.patches)), None)

    def patch_of(self, function: str, module: str) -> StandIn | None:
        """The first test of a module that puts something else in the place of a function.

        Raises:
            NotSearched: They were not looked for yet.
        """
        return next((s for s in self._doubles() if s.patches and function in s.names and module in s.modules), None)

    def _doubles(self) -> tuple[StandIn, ...]:
        if self.stand_ins is None:
            raise NotSearched("stand_ins")
        return self.stand_ins

    def readers(self, pattern: str, path: str) -> list[NumberedRead]:
        """Places outside the file `path` that look a file up whose name a glob matches."""
        matching = [read for read in self.reads if read.path != path and may_match(read, pattern)]
        own = realpath(path) if matching else ""
        return [read for read in matching if realpath(read.path) != own]

    def knows_classes(self) -> bool:
        return bool(self.classes)


def may_match(read: NumberedRead, pattern: str) -> bool:
    """Whether what a place looks up may be a file whose name a glob matches."""
    wild = not _WILD.isdisjoint(pattern)
    return fnmatchcase(pattern, read.pattern) or (wild and fnmatchcase(read.pattern, pattern))
