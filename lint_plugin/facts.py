"""What one file's work needs to know of the rest of the project, gathered once and passed on as plain data."""

from __future__ import annotations

from collections.abc import Mapping

from lint_plugin.record import Record


class KnownClass(Record):
    """The recorder class as its source defines it.

    Attributes:
        name: The class's name.
        attributes: Every attribute that its instances have.
        open: It may have others (`__getattr__`, a base that was not found).
        methods: Method name -> names of its parameters without `self`.
        path: The file that defines it.
        required: Method name -> the parameters that a call has to pass.
    """

    __slots__ = ("name", "attributes", "open", "methods", "path", "required")

    def __init__(
        self,
        name: str,
        attributes: frozenset[str],
        open: bool,
        methods: Mapping[str, tuple[str, ...]],
        path: str = "",
        required: Mapping[str, tuple[str, ...]] = {},
    ) -> None:
        self.name = name
        self.attributes = attributes
        self.open = open
        self.methods = methods
        self.path = path
        self.required = required


class NumberedRead(Record):
    """A place that looks an entity up by its number: the glob its name matches, file and line."""

    __slots__ = ("pattern", "path", "line")

    def __init__(self, pattern: str, path: str, line: int) -> None:
        self.pattern = pattern
        self.path = path
        self.line = line


class Facts(Record):
    """The project's facts.

    Attributes:
        classes: Dotted name as some file imports it (`my_app.services.pipeline_recorder.LivePipelineRecorder`) -> the class.
        stores: Attributes that are assigned on a recorder somewhere -> where (`path:line`).
        reads: Places that look numbered entities up.
        own_recorder: The source roots hold a `recorder.py` or `recorder/` of the project's own.
    """

    __slots__ = ("classes", "stores", "reads", "own_recorder")

    def __init__(
        self,
        classes: Mapping[str, KnownClass] = {},
        stores: Mapping[str, str] = {},
        reads: tuple[NumberedRead, ...] = (),
        own_recorder: bool = False,
    ) -> None:
        self.classes = classes
        self.stores = stores
        self.reads = reads
        self.own_recorder = own_recorder

    def class_of(self, origin: str) -> KnownClass | None:
        """The class behind a name as `Evidence.origin` gives it, or None."""
        return self.classes.get(origin)
