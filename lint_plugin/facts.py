"""What one file's work needs to know of the rest of the project, gathered once and passed on as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_WILD = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class KnownClass:
    """The recorder class as its source defines it.

    Attributes:
        name: The class's name.
        attributes: Every attribute that its instances have.
        open: It may have others (`__getattr__`, a base that was not found).
        methods: Method name -> names of its parameters without `self`.
        path: The file that defines it.
        required: Method name -> the parameters that a call has to pass.
    """

    name: str
    attributes: frozenset[str]
    open: bool
    methods: Mapping[str, tuple[str, ...]]
    path: str = ""
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NumberedRead:
    """A place that looks an entity up by its number: the glob its name matches, file and line."""

    pattern: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Facts:
    """The project's facts.

    Attributes:
        classes: Dotted name as some file imports it (`my_app.services.pipeline_recorder.LivePipelineRecorder`) -> the class.
        stores: Attributes that are assigned on a recorder somewhere -> where (`path:line`).
        reads: Places that look numbered entities up.
        own_recorder: The source roots hold a `recorder.py` or `recorder/` of the project's own.
    """

    classes: Mapping[str, KnownClass] = field(default_factory=dict)
    stores: Mapping[str, str] = field(default_factory=dict)
    reads: tuple[NumberedRead, ...] = ()
    own_recorder: bool = False

    def class_of(self, origin: str) -> KnownClass | None:
        """The class behind a name as `Evidence.origin` gives it, or None."""
        return self.classes.get(origin)

    def store_of(self, attribute: str) -> str | None:
        """Where an attribute is assigned on a recorder (`path:line`), or None."""
        return self.stores.get(attribute)

    def readers(self, pattern: str, path: str) -> list[NumberedRead]:
        """Places outside the file `path` that look a file up whose name a glob matches."""
        return [read for read in self.reads if read.path != path and may_match(read, pattern)]

    def knows_classes(self) -> bool:
        """Whether the source of any recorder class was found."""
        return bool(self.classes)

    def has_own_recorder(self) -> bool:
        """Whether `import recorder` may mean a module of the project's own."""
        return self.own_recorder


def may_match(read: NumberedRead, pattern: str) -> bool:
    """Whether what a place looks up may be a file whose name a glob matches."""
    from fnmatch import fnmatchcase  # few files need it

    wild = not _WILD.isdisjoint(pattern)
    return fnmatchcase(pattern, read.pattern) or (wild and fnmatchcase(read.pattern, pattern))
