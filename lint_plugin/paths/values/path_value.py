"""What is known of an expression that leads below a run folder."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from lint_plugin.facts import WEAK, Evidence, GivenPath
from lint_plugin.flow.reaching import Definition
from lint_plugin.paths.values.path_parts import UNSEEN, Part


@dataclass(frozen=True, slots=True)
class PathValue:
    """What is known about a path expression that leads below a run folder.

    Attributes:
        recorder: The recorder's expression, None for a path below a run root.
        attribute: The folder attribute's node, None below a run root.
        parts: The components below the run folder, in order.
        is_path: It is a `Path` (else a `str`).
        chain: The definitions that it was read through.
        may: It may be something else as well: several definitions reach it.
        evidence: How sure it is that the recorder is one.
        to_root: Components that are still missing before a run folder is reached (below a run root).
        given: Where it is a parameter or a mere name: what says that it holds a run folder, as a sentence.
    """

    recorder: ast.expr | None
    attribute: ast.Attribute | None
    parts: tuple[Part, ...]
    is_path: bool
    chain: tuple[Definition, ...]
    may: bool
    evidence: Evidence
    to_root: int = 0
    given: str = ""

    @property
    def below_run(self) -> bool:
        """Whether it is a run folder or something in one."""
        return self.to_root == 0


def given_path(name: str, given: GivenPath, is_path: bool) -> PathValue:
    """What a parameter or field of a name is by a call that gives it a run folder, or a path below one."""
    said = f"`{name}` is {'a path below a' if given.deeper else 'a'} run folder in the call at {given.place}"
    return PathValue(None, None, (UNSEEN,) if given.deeper else (), is_path, (), True, Evidence(WEAK), given=said)
