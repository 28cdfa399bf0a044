"""The shape of a rule: everything that is said about it anywhere is said here once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lint_plugin.finding import LEFT

if TYPE_CHECKING:
    from typing import ClassVar

    from lint_plugin.analysis import Analysis, Site


@dataclass(frozen=True, slots=True)
class Example:
    """A piece of code and the exact set of findings in it.

    Attributes:
        source: The code; a whole module.
        findings: `(line, column, code)` of every finding of any rule, in order; empty for good code.
        level: The level that this rule's findings in it have.
        fixed: What `recorder-fix` makes of it (`recorder-fix --unsafe` where the level is unsafe); "" when unchanged.
        config: Keys of `[tool.recorder]` that the example needs.
        note: One line for the reader, above the code.
    """

    source: str
    findings: tuple[tuple[int, int, str], ...] = ()
    level: str = LEFT
    fixed: str = ""
    config: Mapping[str, object] = field(default_factory=dict)
    note: str = ""


class Rule(ABC):
    """One rule. Subclasses set the attributes below.

    Attributes:
        code: `LPRnnn`.
        name: Its name in kebab case.
        summary: What it flags, one line, no full stop.
        why: Why that is bad; Markdown paragraphs.
        fix_safety: What `recorder-fix` does about it and when that is safe, unsafe or left; Markdown.
        message: Template of the finding's message, for `str.format`.
        fix: What its fix does, as an editor offers it; "" where nothing is ever fixed.
        left: Why nothing is ever fixed, in plain words; "" where something may be. One of these two is set.
        bad: Examples that have findings.
        good: Examples that have none.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    summary: ClassVar[str]
    why: ClassVar[str]
    fix_safety: ClassVar[str]
    message: ClassVar[str]
    fix: ClassVar[str] = ""
    left: ClassVar[str] = ""
    bad: ClassVar[tuple[Example, ...]]
    good: ClassVar[tuple[Example, ...]]

    @classmethod
    @abstractmethod
    def sites(cls, analysis: Analysis) -> Iterator[Site]:
        """Every place in one module that this rule flags."""
