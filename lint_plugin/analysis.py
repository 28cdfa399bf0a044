"""One module with all that the rules ask about it: tree, flow, evidence, paths, writes, their file names."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lint_plugin.config.settings import Config
from lint_plugin.facts import Project
from lint_plugin.flow.reaching import Flow
from lint_plugin.paths.calls.removals import Removal, removals
from lint_plugin.paths.calls.saved_paths import SavedPaths
from lint_plugin.paths.calls.targets import TargetFinder
from lint_plugin.paths.calls.uses import READ, UseReader
from lint_plugin.paths.calls.writes import Write, writes
from lint_plugin.paths.values.file_names import FileName, Hole, PieceReader
from lint_plugin.paths.values.path_parts import Part
from lint_plugin.paths.values.path_value import PathValue
from lint_plugin.paths.values.possible_names import possible_strings
from lint_plugin.paths.values.run_paths import PathReader
from lint_plugin.recorders.evidence import EvidenceFinder
from lint_plugin.recorders.saved_types import saved_types
from lint_plugin.source.text import SourceText

if TYPE_CHECKING:
    from lint_plugin.facts import Facts


@dataclass(frozen=True, slots=True)
class Site:
    """One place that a rule flags, with the nodes that a fix starts from.

    Attributes:
        code: The rule's code.
        node: The flagged node.
        start, end: Its span, offsets in `SourceText.u8`.
        message: What is wrong.
        write: The write that it belongs to, for all rules but LPR001 and LPR102.
    """

    code: str
    node: ast.expr | ast.stmt
    start: int
    end: int
    message: str
    write: Write | None = None


@dataclass(frozen=True, slots=True)
class Numbered:
    """A numbered name below a run folder that is not seen to be written.

    Attributes:
        node: The path's expression.
        name: The name.
        uses: What is done with the path (`lint_plugin.paths.calls.uses`).
    """

    node: ast.expr
    name: FileName
    uses: frozenset[str]


class Analysis:
    """One module, analysed as far as anyone asks."""

    def __init__(
        self,
        source: SourceText,
        tree: ast.Module,
        config: Config,
        path: str,
        facts: Facts | None = None,
        flow: Flow | None = None,
        project: Project | None = None,
    ) -> None:
        """`project` answers for other files while the facts are gathered; `facts` do afterwards."""
        self.source = source
        self.tree = tree
        self.config = config
        self.path = path
        self.facts = facts
        self.flow = Flow(tree) if flow is None else flow
        self.evidence = EvidenceFinder(tree, self.flow, config, path, facts if project is None else project)
        self.pieces = PieceReader(self.flow, self.evidence)
        self.paths = PathReader(self.flow, config, self.evidence, self.pieces)
        self.targets = TargetFinder(self.flow, config.writers, os.path.splitext(os.path.basename(path))[0])
        self.calls: list[ast.Call] = []
        self.attributes: list[ast.Attribute] = []
        self.paths_written: list[ast.expr] = []
        for node in self.flow.nodes():
            if isinstance(node, ast.Call):
                self.calls.append(node)
            elif isinstance(node, ast.Attribute):
                self.attributes.append(node)
            elif isinstance(node, (ast.JoinedStr, ast.BinOp)):
                self.paths_written.append(node)

    @cached_property
    def all_writes(self) -> list[Write]:
        """Every write below a run folder, in source order."""
        found = writes(self.calls, self.flow, self.paths, self.targets) if self.paths.possible else ()
        return sorted(found, key=lambda write: (write.call.lineno, write.call.col_offset))

    @cached_property
    def writes(self) -> list[Write]:
        """Those of them that go past the recorder: what is then given to the save method does not."""
        saved = SavedPaths(self.calls, self.flow, self.paths, self.evidence, self.config) if self.all_writes else None
        return [write for write in self.all_writes if saved is None or not saved.has(write)]

    @cached_property
    def stored_on_recorders(self) -> dict[str, int]:
        """Attributes that this module stores or deletes on a recorder or its class, with a line; such a one may exist."""
        found: dict[str, int] = {}
        for node in self.attributes:
            if not isinstance(node.ctx, ast.Load) and self._may_be_recorder(node.value):
                found.setdefault(node.attr, node.lineno)
        for call in self.calls:
            match call:
                case ast.Call(func=ast.Name(id="setattr"), args=[stored, ast.Constant(value=str(name)), _]):
                    if self._may_be_recorder(stored):
                        found.setdefault(name, call.lineno)
        return found

    def _may_be_recorder(self, node: ast.expr) -> bool:
        """Whether an expression is a recorder of someone else's, or the class of recorders."""
        evidence = self.evidence.of(node)
        return (evidence.is_recorder and not evidence.own) or self.evidence.annotation(node).is_recorder

    @cached_property
    def _can_prove(self) -> bool:
        """Whether the file names a recorder class or factory at all."""
        names = (*self.config.recorder_classes, *self.config.recorder_factories)
        return any(name.rpartition(".")[2].encode() in self.source.u8 for name in names)

    @cached_property
    def attributes_to_judge(self) -> list[ast.Attribute]:
        """The attributes that a recorder may lack: all of them where one may be proved, else the renamed ones."""
        renamed = self.config.renamed_attributes
        proved = self._can_prove or (self.facts is not None and self.facts.knows_classes())
        return [node for node in self.attributes if proved or node.attr in renamed]

    @cached_property
    def needs_facts(self) -> bool:
        """Whether other files of the project may say something about this one."""
        config = self.config
        folders = {*config.all_folder_attributes(), config.output_folder_attribute} - {""}
        # In a comment or docstring as well: a function of such a file may be handed a folder under any name.
        if self._can_prove or any(name.encode() in self.source.u8 for name in folders - set(config.renamed_attributes)):
            return True
        named = frozenset((*config.folder_names, *config.run_roots, *config.renamed_attributes))
        if any(self.evidence.of(node.value).is_recorder for node in self.attributes):
            return True
        return any(
            (isinstance(node, ast.arg) and node.arg in named) or (isinstance(node, ast.Name) and node.id in named)
            for node in self.flow.nodes()
        )

    @cached_property
    def uses_recorders(self) -> bool:
        """Whether the project imports or defines a configured class or factory: then a mere name may mean a recorder."""
        if self.facts is not None and self.facts.knows_classes():
            return True
        names = {*self.config.recorder_classes, *self.config.recorder_factories}
        return any(
            definition.kind in ("import", "class", "def") and definition.name in names
            for definition in self.flow.all_definitions()
        )

    @cached_property
    def removals(self) -> list[Removal]:
        """Every removal below a run folder, in source order."""
        return list(removals(self.calls, self.flow, self.paths, self.targets, self.all_writes)) if self.paths.possible else []

    @cached_property
    def saved_types(self) -> frozenset[str] | None:
        """Every entity type that the project saves, None where one is not known or the project is not."""
        known = None if self.facts is None else self.facts.saved
        own = saved_types(self.tree, self.config)
        return None if known is None or own is None else known | own

    @cached_property
    def uses(self) -> UseReader:
        """What is done with the paths of this module."""
        return UseReader(self.flow, self.paths, self.targets)

    @cached_property
    def numbered(self) -> list[Numbered]:
        """Every numbered name below a run folder that no write found here is given to, in order; each literal once."""
        written = {name.literal for write in self.all_writes if (name := self.file_name(write.path)) is not None}
        uses: dict[ast.expr, set[str]] = {}
        first: dict[ast.expr, tuple[ast.expr, FileName]] = {}
        for node, path in self.path_expressions():
            name = None if path.evidence.own else self.file_name(path)
            if name is None or not name.number or name.literal is None or name.literal in written:
                continue
            uses.setdefault(name.literal, set()).update(self.uses.uses(node))
            first.setdefault(name.literal, (node, name))
        for call in self.calls:
            match call:
                case ast.Call(func=ast.Attribute(value=folder, attr="glob" | "rglob"), args=[pattern, *_]):
                    base = self.paths.of(folder)
                    name = (
                        self.part_name(Part(pattern)) if base is not None and base.below_run and not base.evidence.own else None
                    )
                    if name is not None and name.number and name.literal is not None:
                        uses.setdefault(name.literal, set()).add(READ)
                        first.setdefault(name.literal, (call, name))
        return [Numbered(*first[literal], frozenset(done)) for literal, done in uses.items()]

    def has_text_folder(self, path: PathValue) -> bool:
        """Whether the recorder's class in sight says that the folder a path begins with is a `str`."""
        if path.attribute is None:
            return False
        known = self.evidence.class_of(path.evidence)
        attribute = self.config.renamed_attributes.get(path.attribute.attr, path.attribute.attr)
        return known is not None and attribute in known.texts

    def part_name(self, part: Part) -> FileName | None:
        """One component of a path as a file name."""
        if part.pieces is not None:
            return self.pieces.file_name(part.pieces, ())
        assert part.node is not None
        read = self.pieces.read(part.node)
        return None if read is None else self.pieces.file_name(*read)

    def file_name(self, path: PathValue) -> FileName | None:
        """The name of the file that a path leads to: its last component."""
        return self.part_name(path.parts[-1]) if path.parts else None

    def numbered_literals(self, path: PathValue) -> list[ast.expr]:
        """The strings that give the file that a path leads to a number by hand: several where its name may be one of several."""
        name = self.file_name(path)
        if name is not None and name.number:
            return [] if name.literal is None else [name.literal]
        first = () if name is None else name.pieces[:1]
        possible = (string for piece in first if isinstance(piece, Hole) for string in possible_strings(self.flow, piece.node))
        read = ((literal, self.pieces.read(literal)) for literal in possible)
        return [literal for literal, found in read if found is not None and self.pieces.file_name(*found).number]

    def path_expressions(self) -> Iterator[tuple[ast.expr, PathValue]]:
        """Every expression that builds a path below a run folder."""
        # Inner ones first: what is asked about a long chain of calls then never goes deep.
        for node in (*reversed(self.paths_written), *reversed(self.calls)) if self.paths.possible else ():
            path = self.paths.of(node)
            if path is not None and path.below_run and path.parts:
                yield node, path

    def site(self, code: str, node: ast.expr | ast.stmt, message: str, write: Write | None = None) -> Site:
        """A site that spans a node."""
        start, end = self.source.span(node)
        said = () if write is None else (write.elsewhere, write.path.given)
        for sentence in filter(None, said):
            message = f"{message} ({sentence})"
        return Site(code, node, start, end, message, write)
