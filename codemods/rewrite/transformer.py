"""The transformer that carries edits out: it finds their nodes by position and puts new ones in their places."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from codemods.edits import (
    LocatedEdit,
    RemoveImportAliases,
    RemoveStatement,
    RemoveTupleParts,
    RenameAttribute,
    RenameName,
    ReplaceExpression,
    ReplaceStatement,
)
from codemods.rewrite.building import Builder
from codemods.rewrite.placed import Insertion, Located
from codemods.rewrite.removal import Outcome, remaining, with_removals
from codemods.rewrite.style import Style

AnyEdit = TypeVar("AnyEdit", bound=LocatedEdit)


def transformed(module: cst.Module, edits: Sequence[Located], insertions: Sequence[Insertion]) -> cst.Module | None:
    """The module with all edits carried out; None where LibCST has no node, or another one, at the place of one of them."""
    transformer = EditTransformer(edits, insertions)
    new = MetadataWrapper(module, unsafe_skip_copy=True).visit(transformer)
    return None if transformer.pending else new


class EditTransformer(cst.CSTTransformer):
    """Carries edits out on a module.

    Attributes:
        pending: How many edits and insertions have not met their node yet.
    """

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, edits: Sequence[Located], insertions: Sequence[Insertion]) -> None:
        super().__init__()
        self._nodes = {
            (one.start, one.end): one for one in edits if not isinstance(one.edit, (ReplaceStatement, RemoveStatement))
        }
        self._statements = {one.start: one for one in edits if isinstance(one.edit, (ReplaceStatement, RemoveStatement))}
        self._insertions = {line: one for one in insertions for line in one.lines}
        self.pending = len(edits) + len(insertions)

    def _at(self, node: cst.CSTNode, kind: type[AnyEdit]) -> tuple[AnyEdit, Located] | None:
        """The edit of one kind that names this node, and its place; it is pending no more."""
        found = self.get_metadata(PositionProvider, node)
        located = self._nodes.get(((found.start.line, found.start.column), (found.end.line, found.end.column)))
        if located is None or not isinstance(located.edit, kind):
            return None
        self.pending -= 1
        return located.edit, located

    # -- expressions ---------------------------------------------------------------------------------------------------------

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        if (found := self._at(original_node, RenameAttribute)) is None:
            return updated_node
        return updated_node.with_changes(attr=updated_node.attr.with_changes(value=found[0].name))

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        if (found := self._at(original_node, RenameName)) is None:
            return updated_node
        return updated_node.with_changes(value=found[0].name)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        if (found := self._at(original_node, ReplaceExpression)) is None:
            return updated_node
        edit, located = found
        return Builder(located.style).in_place(edit.value, updated_node, located.start[1])

    # -- tuple assignments ---------------------------------------------------------------------------------------------------

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.Assign:
        if (found := self._at(original_node, RemoveTupleParts)) is None:
            return updated_node
        target, value = updated_node.targets[0].target, updated_node.value
        assert isinstance(target, (cst.Tuple, cst.List)) and isinstance(value, cst.Tuple)
        names = [element.value.value if isinstance(element.value, cst.Name) else "" for element in target.elements]
        kept = [index for index, name in enumerate(names) if name not in found[0].names]
        new = updated_node.targets[0].with_changes(target=_with_elements(target, kept))
        return updated_node.with_changes(targets=[new], value=_with_elements(value, kept))

    # -- imports -------------------------------------------------------------------------------------------------------------

    def leave_Import(self, original_node: cst.Import, updated_node: cst.Import) -> cst.Import:
        if (found := self._at(original_node, RemoveImportAliases)) is None:
            return updated_node
        return updated_node.with_changes(names=_without(updated_node.names, found[0].names))

    def leave_ImportFrom(self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom) -> cst.ImportFrom:
        if (found := self._at(original_node, RemoveImportAliases)) is None:
            return updated_node
        assert not isinstance(updated_node.names, cst.ImportStar)
        kept = _without(updated_node.names, found[0].names)
        closing = updated_node.rpar
        if closing is not None and kept[-1].comma is cst.MaybeSentinel.DEFAULT:
            kept[-1], closing = _with_comment(kept[-1], updated_node.names, closing)
        return updated_node.with_changes(names=kept, rpar=closing)

    # -- statements ----------------------------------------------------------------------------------------------------------

    def leave_IndentedBlock(self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock) -> cst.BaseSuite:
        outcomes = self._outcomes(original_node.body, updated_node.body)
        if outcomes is None:
            return updated_node
        body, footer = with_removals(outcomes, [], updated_node.footer)
        if not remaining(outcomes):
            kept = [line for line in footer[: len(footer) - len(updated_node.footer)] if line.comment is not None]
            body, footer = [cst.SimpleStatementLine([cst.Pass()], kept)], list(updated_node.footer)
        return updated_node.with_changes(body=body, footer=footer)

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        header = list(updated_node.header)
        outcomes = self._outcomes(original_node.body, updated_node.body)
        if outcomes is None:
            return updated_node
        first = outcomes[0]
        if first.inserted_before and first.gap:
            # The import comes below the comments that the file begins with; the rest belongs to the code below.
            own = next((number for number, line in enumerate(header) if line.comment is None), len(header))
            first.moved_lines = header[own:]
            header = header[:own]
        body, footer = with_removals(outcomes, header, updated_node.footer)
        return updated_node.with_changes(header=header, body=body, footer=footer)

    def _outcomes(self, original: Sequence[cst.BaseStatement], updated: Sequence[cst.BaseStatement]) -> list[Outcome] | None:
        """What becomes of each statement of a block; None where nothing does."""
        outcomes = [self._outcome(old, new) for old, new in zip(original, updated, strict=True)]
        return outcomes if any(one.is_changed for one in outcomes) else None

    def _outcome(self, old: cst.BaseStatement, new: cst.BaseStatement) -> Outcome:
        assert isinstance(new, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
        place = self.get_metadata(PositionProvider, old).start
        outcome = Outcome(new, [new])
        located = self._statements.get((place.line, place.column))
        if located is not None:
            self.pending -= 1
            outcome.is_changed = True
            if isinstance(located.edit, ReplaceStatement):
                outcome.statements = _replacement(new, located.edit, located.style)
            else:
                outcome.statements = []
        insertion = self._insertions.get(place.line)
        if insertion is not None:
            self.pending -= 1
            outcome.insert(insertion.module, insertion.after, insertion.gap)
        return outcome


def _replacement(
    old: cst.SimpleStatementLine | cst.BaseCompoundStatement, edit: ReplaceStatement, style: Style
) -> list[cst.BaseStatement]:
    """New statements for an old one. Its comments come above them, but for the last one at its end and those in code that is
    taken over."""
    bare = old.with_changes(leading_lines=[])
    found = _comments_in(bare)
    trailing = _trailing(bare)
    if trailing.comment is not None and found and found[-1] == trailing.comment.value:
        found.pop()
    else:
        trailing = trailing.with_changes(comment=None, whitespace=cst.SimpleWhitespace(""))
    builder = Builder(style)
    for taken_over in (comment for node in builder.statements(edit.statements, (), trailing) for comment in _comments_in(node)):
        if taken_over in found:
            found.remove(taken_over)
    built = builder.statements(edit.statements, [*edit.comments, *found], trailing)
    above = built[0]
    built[0] = above.with_changes(leading_lines=[*old.leading_lines, *above.leading_lines])
    return [*built]


class _Comments(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def visit_Comment(self, node: cst.Comment) -> None:
        self.found.append(node.value)


def _comments_in(node: cst.CSTNode) -> list[str]:
    visitor = _Comments()
    node.visit(visitor)
    return visitor.found


def _trailing(node: cst.CSTNode) -> cst.TrailingWhitespace:
    """What stands behind the last statement in a statement, on its line."""
    match node:
        case cst.SimpleStatementLine() | cst.SimpleStatementSuite():
            return node.trailing_whitespace
        case cst.IndentedBlock():
            return _trailing(node.body[-1])
        case cst.With():
            return _trailing(node.body)
    return cst.TrailingWhitespace()


def _with_elements(node: cst.Tuple | cst.List, kept: Sequence[int]) -> cst.BaseExpression:
    """Some of the elements of a tuple or list; a single one stands for itself."""
    elements = [node.elements[index] for index in kept]
    if len(elements) == 1:
        return elements[0].value
    last = node.elements[-1]
    assert isinstance(last, cst.Element)
    elements[-1] = elements[-1].with_changes(comma=last.comma)
    return node.with_changes(elements=elements)


def _without(aliases: Sequence[cst.ImportAlias], names: Collection[str]) -> list[cst.ImportAlias]:
    """The aliases of an import that bind none of these names; the new last one ends like the old last one."""
    kept = [alias for alias in aliases if _bound(alias) not in names]
    if kept and kept[-1] is not aliases[-1]:
        kept[-1] = kept[-1].with_changes(comma=aliases[-1].comma)
    return kept


def _with_comment(
    last: cst.ImportAlias, aliases: Sequence[cst.ImportAlias], closing: cst.RightParen
) -> tuple[cst.ImportAlias, cst.RightParen]:
    """The new last alias of an import in parentheses, with the comment that stood behind its comma, and what closes them."""
    comma = next(alias.comma for alias in aliases if alias.name is last.name)
    behind, end = comma.whitespace_after if isinstance(comma, cst.Comma) else None, closing.whitespace_before
    if not isinstance(comma, cst.Comma) or not isinstance(behind, cst.ParenthesizedWhitespace):
        return last, closing
    if behind.first_line.comment is None:
        return last, closing
    if isinstance(end, cst.ParenthesizedWhitespace):
        behind = behind.with_changes(indent=end.indent, last_line=end.last_line)
    new = last.with_changes(comma=comma.with_changes(whitespace_after=behind))
    return new, closing.with_changes(whitespace_before=cst.SimpleWhitespace(""))


def _bound(alias: cst.ImportAlias) -> str:
    return alias.evaluated_alias or alias.evaluated_name.partition(".")[0]
