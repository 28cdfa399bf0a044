"""What a fix decides about one finding and what it wants done, as plain data: the one word between `fixes/` and `rewrite/`.

An edit names a node of the file by its `Span`; new code is described, not written: quotes, indentation and line breaks are
those of the file and are chosen when the edit is carried out.
"""

from __future__ import annotations

from dataclasses import dataclass

from lint_plugin.finding import LEFT

# -- new code ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Code:
    """An expression as it is written already: taken over from the file, or a few words of our own.

    Attributes:
        text: Its source text, without parentheses around it; it may run over several lines.
        margin: White space at the start of the line that it begins on, by which further lines are indented anew.
    """

    text: str
    margin: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A string literal."""

    value: str


@dataclass(frozen=True, slots=True)
class Field:
    """A replacement field of a `Template`: `{code!conversion:spec}`."""

    code: Code
    conversion: str = ""
    spec: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """An f-string."""

    parts: tuple[Text | Field, ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a `Call`, by position where `keyword` is empty."""

    value: Expression
    keyword: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A call: on one line, or an argument a line where it is long."""

    function: Code
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """A dict literal with text for keys."""

    items: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Division:
    """`a / b / c`, in parentheses where its place needs them."""

    operands: tuple[Expression, ...]
    parenthesised: bool = False


Expression = Code | Text | Template | Call | Mapping | Division


@dataclass(frozen=True, slots=True)
class Assign:
    """The statement `target = value`."""

    target: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Evaluate:
    """The statement that an expression is."""

    value: Expression


@dataclass(frozen=True, slots=True)
class ReadFile:
    """The statement `with open(path, 'rb') as handle: data = handle.read()`."""

    path: Expression
    handle: str
    data: str


Statement = Assign | Evaluate | ReadFile

# -- edits -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Where one whole node of `ast` stands: the bytes `start:end` of `SourceText.u8`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RenameAttribute:
    """Give the attribute at `span` (`recorder.run_dir`, the whole expression) another name."""

    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class RenameName:
    """Read another variable at `span`."""

    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class ReplaceExpression:
    """Put another expression in the place of a call."""

    span: Span
    value: Expression


@dataclass(frozen=True, slots=True)
class ReplaceStatement:
    """Put statements in the place of one that has its lines to itself; its comments stay, above them.

    Attributes:
        span: The statement.
        statements: What comes in its place, at least one.
        comments: Own lines above them, each with its `#`.
    """

    span: Span
    statements: tuple[Statement, ...]
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoveStatement:
    """Take out a statement that has its lines to itself, with the comment and the blank lines that are its own."""

    span: Span


@dataclass(frozen=True, slots=True)
class RemoveImportAliases:
    """Take the parts that bind `names`, some but not all of them, out of the import at `span`."""

    span: Span
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class AddImport:
    """Import a module beside the file's other imports."""

    module: str


@dataclass(frozen=True, slots=True)
class RemoveTupleParts:
    """Take `names`, some but not all of those that `a, b = x, y` at `span` binds, out of it, each with its value."""

    span: Span
    names: frozenset[str]


Removal = RemoveStatement | RemoveImportAliases | RemoveTupleParts
LocatedEdit = RenameAttribute | RenameName | ReplaceExpression | ReplaceStatement | Removal
Edit = LocatedEdit | AddImport

# -- decisions ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """A definition that the edits may have left without a reader: an assignment, or one alias of an import.

    Attributes:
        name: The bound name.
        start: Offset of its statement in the source before the edits.
        again: The edits read its items again in its block, so that one which is missing is missed there.
    """

    name: str
    start: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class FixPlan:
    """One fix.

    Attributes:
        code: The rule that offers it; it is applied when that code is selected.
        start: Offset of the finding that it belongs to, its identity within the file.
        level: `safe` or `unsafe`.
        edits: What is done, no edit inside another.
        candidates: What may be cleaned up afterwards.
        rank: Where two plans overlap, the lower rank wins (a block fix swallows the rename inside it).
        passes_format: It passes the file's extension on to the recorder.
    """

    code: str
    start: int
    level: str
    edits: tuple[Edit, ...]
    candidates: tuple[Candidate, ...] = ()
    rank: int = 0
    passes_format: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The level of one finding, why, and what would be done."""

    level: str
    reason: str = ""
    plan: FixPlan | None = None


class Leave(Exception):
    """A fact that a rewrite needs is not proved; the reason is for the reader, in plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def decision(self) -> Decision:
        """The decision that says so."""
        return Decision(LEFT, self.reason)
