"""New code as LibCST nodes, written as the file around it is: its quotes, its indentation, long calls an argument a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import libcst as cst

from codemods.edits import (
    Argument,
    Assign,
    Call,
    Code,
    Division,
    Evaluate,
    Expression,
    Field,
    Mapping,
    ReadFile,
    Statement,
    Template,
    Text,
)
from codemods.rewrite.style import Style
from lint_plugin.source.text import parsed_expression

WIDTH = 79
_TAB = 8
_EMPTY = cst.Module([])
# Operands of a division that need no parentheses.
_TIGHT = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.BaseString, cst.Integer, cst.Float)
_LOOSE = (cst.Yield, cst.NamedExpr)
_LOOSE_IN_BRACES = (cst.Lambda, cst.IfExp, cst.NamedExpr)


class Builder:
    """Builds nodes in one style."""

    def __init__(self, style: Style) -> None:
        self._style = style

    # -- statements ----------------------------------------------------------------------------------------------------------

    def statements(
        self, statements: Sequence[Statement], comments: Sequence[str], trailing: cst.TrailingWhitespace
    ) -> list[cst.SimpleStatementLine | cst.With]:
        """The nodes of some statements, with comments on lines of their own above them and a line end behind the last one."""
        comment = trailing.comment
        after = len(trailing.whitespace.value) + len(comment.value) if comment is not None else 0
        last = len(statements) - 1
        built = [self._statement(one, after if number == last else 0) for number, one in enumerate(statements)]
        lines = [cst.EmptyLine(comment=cst.Comment(comment)) for comment in comments]
        built[0] = built[0].with_changes(leading_lines=lines)
        if isinstance(built[-1], cst.SimpleStatementLine):
            built[-1] = built[-1].with_changes(trailing_whitespace=trailing)
        return built

    def _statement(self, statement: Statement, after: int) -> cst.SimpleStatementLine | cst.With:
        if isinstance(statement, ReadFile):
            return self._read_file(statement)
        line = self._line(statement, False)
        margin = self._style.margin
        text = _EMPTY.code_for_node(line.body[0])
        if isinstance(statement.value, Call) and ("\n" in text or _width(margin + text) + after > WIDTH):
            return self._line(statement, True)
        return line

    def _line(self, statement: Assign | Evaluate, spread: bool) -> cst.SimpleStatementLine:
        value: cst.BaseExpression
        if spread and isinstance(statement.value, Call):
            value = self._spread_call(statement.value)
        else:
            value = self._enclosed(statement.value, self._style.margin)
        if isinstance(statement, Evaluate):
            return cst.SimpleStatementLine([cst.Expr(value)])
        return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(statement.target))], value)])

    def _read_file(self, statement: ReadFile) -> cst.With:
        arguments = (Argument(statement.path), Argument(Text("rb")))
        opened = self.expression(Call(Code("open"), arguments), self._style.margin)
        item = cst.WithItem(opened, cst.AsName(cst.Name(statement.handle)))
        read = cst.Assign([cst.AssignTarget(cst.Name(statement.data))], cst.parse_expression(f"{statement.handle}.read()"))
        return cst.With([item], cst.IndentedBlock([cst.SimpleStatementLine([read])], indent=self._style.step))

    # -- expressions ---------------------------------------------------------------------------------------------------------

    def expression(self, value: Expression, margin: str) -> cst.BaseExpression:
        """One expression; the further lines of code taken over are indented as for a first line at `margin`."""
        match value:
            case Code():
                return self._code(value, margin)
            case Text():
                return cst.SimpleString(self._literal(value.value))
            case Template():
                return self._template(value)
            case Call():
                function = self._code(value.function, margin)
                return cst.Call(function, [self._argument(one, margin) for one in value.arguments])
            case Mapping():
                elements = [self._element(key, item, margin) for key, item in value.items]
                return cst.Dict(elements)
            case Division():
                return self._division(value, margin)

    def _argument(self, argument: Argument, margin: str) -> cst.Arg:
        value = self._enclosed(argument.value, margin)
        if isinstance(value, _LOOSE) and not value.lpar:
            value = _in_parentheses(value)
        if not argument.keyword:
            return cst.Arg(value)
        return cst.Arg(value, cst.Name(argument.keyword), cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")))

    def _enclosed(self, value: Expression, margin: str) -> cst.BaseExpression:
        """An expression in parentheses where a line break in it stands in none."""
        node = self.expression(value, margin)
        if not isinstance(value, Code) or _stands_alone(node):
            return node
        inner = margin + self._style.step
        return self._code(value, inner).with_changes(
            lpar=[cst.LeftParen(whitespace_after=_new_line(inner))], rpar=[cst.RightParen(whitespace_before=_new_line(margin))]
        )

    def _element(self, key: str, item: Expression, margin: str) -> cst.DictElement:
        return cst.DictElement(self.expression(Text(key), margin), self._enclosed(item, margin))

    def _spread_call(self, call: Call) -> cst.Call:
        """A call with one argument a line; a dict that is too long for its line has one item a line."""
        margin = self._style.margin
        inner = margin + self._style.step
        arguments = []
        for number, argument in enumerate(call.arguments, 1):
            node = self._argument(argument, inner)
            text = _EMPTY.code_for_node(node)
            if isinstance(argument.value, Mapping) and ("\n" in text or _width(f"{inner}{text},") > WIDTH):
                node = node.with_changes(value=self._spread_mapping(argument.value, inner))
            behind = margin if number == len(call.arguments) else inner
            arguments.append(node.with_changes(comma=cst.Comma(whitespace_after=_new_line(behind))))
        return cst.Call(self._code(call.function, margin), arguments, whitespace_before_args=_new_line(inner))

    def _spread_mapping(self, mapping: Mapping, margin: str) -> cst.Dict:
        inner = margin + self._style.step
        elements = []
        for number, (key, item) in enumerate(mapping.items, 1):
            last = number == len(mapping.items)
            comma = cst.Comma(whitespace_after=cst.SimpleWhitespace("") if last else _new_line(inner))
            elements.append(self._element(key, item, inner).with_changes(comma=comma))
        return cst.Dict(
            elements,
            lbrace=cst.LeftCurlyBrace(whitespace_after=_new_line(inner)),
            rbrace=cst.RightCurlyBrace(whitespace_before=_new_line(margin)),
        )

    def _division(self, division: Division, margin: str) -> cst.BaseExpression:
        operands = [self._operand(one, margin) for one in division.operands]
        value: cst.BaseExpression = operands[0]
        for operand in operands[1:]:
            value = cst.BinaryOperation(value, cst.Divide(), operand)
        needs = division.parenthesised or "\n" in _EMPTY.code_for_node(value)
        return _in_parentheses(value) if needs else value

    def _operand(self, value: Expression, margin: str) -> cst.BaseExpression:
        node = self.expression(value, margin)
        tight = isinstance(node, _TIGHT) and not (isinstance(node, cst.ConcatenatedString) and "\n" in _EMPTY.code_for_node(node))
        return node if tight or node.lpar else _in_parentheses(node)

    def _code(self, code: Code, margin: str) -> cst.BaseExpression:
        text = code.text.replace("\r\n", "\n").replace("\r", "\n")
        if "\n" not in text:
            return _without_parentheses(cst.parse_expression(f"({text})"))
        text = code.text if self._style.newline == "\r\n" else text
        config: cst.PartialParserConfig = cst.PartialParserConfig(default_newline=self._style.newline)
        parsed = cst.parse_expression(f"({text}{self._style.newline})", config)
        moved = _without_parentheses(parsed).visit(_Reindented(code.margin, margin))
        assert isinstance(moved, cst.BaseExpression)
        return moved

    def in_place(self, value: Expression, old: cst.BaseExpression, column: int) -> cst.BaseExpression:
        """An expression in the place of another one at a column, whose parentheses it keeps. A division in the place of a call
        over several lines goes on one where that fits, else on one an operand."""
        new = self.expression(value, self._style.margin)
        text = _EMPTY.code_for_node(new)
        if isinstance(value, Division) and "\n" not in text and "\n" in _EMPTY.code_for_node(old):
            if column + len(text) > WIDTH:
                new = self._spread_division(value)
        if old.lpar:
            new = new.with_changes(lpar=new.lpar[1:], rpar=new.rpar[:-1]) if new.lpar and new.rpar else new
        return new.with_changes(lpar=[*old.lpar, *new.lpar], rpar=[*new.rpar, *old.rpar])

    def _spread_division(self, division: Division) -> cst.BaseExpression:
        inner = self._style.margin + self._style.step
        value: cst.BaseExpression = self._operand(division.operands[0], inner)
        for operand in division.operands[1:]:
            slash = cst.Divide(whitespace_before=_new_line(inner))
            value = cst.BinaryOperation(value, slash, self._operand(operand, inner))
        return value.with_changes(
            lpar=[cst.LeftParen(whitespace_after=_new_line(inner))],
            rpar=[cst.RightParen(whitespace_before=_new_line(self._style.margin))],
        )

    # -- strings -------------------------------------------------------------------------------------------------------------

    def _literal(self, text: str) -> str:
        quote, other = self._style.quote, _other(self._style.quote)
        if quote in text and other not in text:
            quote = other
        return quote + self._escaped(text, quote) + quote

    def _escaped(self, text: str, quote: str) -> str:
        """The inside of a literal; characters that the file's encoding has not are written in ASCII."""
        try:
            text.encode(self._style.encoding)
            spelled = repr
        except UnicodeEncodeError:
            spelled = ascii
        return "".join(
            letter if letter == _other(quote) else f"\\{quote}" if letter == quote else spelled(letter)[1:-1] for letter in text
        )

    def _template(self, template: Template) -> cst.FormattedString:
        """An f-string that Python 3.11 reads: no quote of its own inside the braces."""
        fields = [part for part in template.parts if isinstance(part, Field)]
        quote = _other(_other(self._style.quote))
        built = {field: self._field(field, quote) for field in fields}
        if any(quote in _EMPTY.code_for_node(node) for node in built.values()):
            quote = _other(quote)
            built = {field: self._field(field, quote) for field in fields}
        parts: list[cst.BaseFormattedStringContent] = []
        for part in template.parts:
            if isinstance(part, Field):
                parts.append(built[part].deep_clone())
            else:
                text = self._escaped(part.value, quote).replace("{", "{{").replace("}", "}}")
                parts.append(cst.FormattedStringText(text))
        return cst.FormattedString(parts, start=f"f{quote}", end=quote)

    def _field(self, field: Field, quote: str) -> cst.FormattedStringExpression:
        node = self._code(field.code, "").visit(_Requoted(quote))
        assert isinstance(node, cst.BaseExpression)
        if isinstance(node, _LOOSE_IN_BRACES) and not node.lpar:
            node = _in_parentheses(node)
        spec = [cst.FormattedStringText(field.spec)] if field.spec else None
        # `{{` would be the character.
        space = cst.SimpleWhitespace(" " if _EMPTY.code_for_node(node).startswith("{") else "")
        return cst.FormattedStringExpression(node, field.conversion or None, spec, space, space)


class _Requoted(cst.CSTTransformer):
    """Writes the plain strings of a field with the other quotes than the f-string around them."""

    def __init__(self, outer: str) -> None:
        super().__init__()
        self._outer = outer

    def leave_SimpleString(self, original_node: cst.SimpleString, updated_node: cst.SimpleString) -> cst.BaseExpression:
        other = _other(self._outer)
        prefix, inside = updated_node.prefix, updated_node.raw_value
        if updated_node.quote != self._outer or other in inside or "\\" in inside:
            return updated_node
        return updated_node.with_changes(value=f"{prefix}{other}{inside}{other}")


class _Reindented(cst.CSTTransformer):
    """Moves the lines of an expression from one margin to another; the text of strings stays."""

    def __init__(self, old: str, new: str) -> None:
        super().__init__()
        self._old = old
        self._new = new

    def leave_ParenthesizedWhitespace(
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        return updated_node.with_changes(indent=False, last_line=self._moved(updated_node.last_line))

    def leave_EmptyLine(self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine) -> cst.EmptyLine:
        if updated_node.comment is None:
            return updated_node.with_changes(indent=False)
        return updated_node.with_changes(indent=False, whitespace=self._moved(updated_node.whitespace))

    def _moved(self, space: cst.SimpleWhitespace) -> cst.SimpleWhitespace:
        if not space.value.startswith(self._old):
            return space
        return space.with_changes(value=self._new + space.value[len(self._old) :])


def _stands_alone(node: cst.BaseExpression) -> bool:
    """Whether all line breaks of an expression stand in parentheses of its own."""
    text = _EMPTY.code_for_node(node)
    if "\n" not in text and "\r" not in text:
        return True
    try:
        parsed_expression(text)
    except SyntaxError:
        return False
    return True


def _without_parentheses(node: cst.BaseExpression) -> cst.BaseExpression:
    return node.with_changes(lpar=node.lpar[1:], rpar=node.rpar[:-1])


def _in_parentheses(node: cst.BaseExpression) -> cst.BaseExpression:
    return node.with_changes(lpar=[cst.LeftParen(), *node.lpar], rpar=[*node.rpar, cst.RightParen()])


def _new_line(margin: str) -> cst.ParenthesizedWhitespace:
    return cst.ParenthesizedWhitespace(indent=False, last_line=cst.SimpleWhitespace(margin))


def _other(quote: str) -> Literal["'", '"']:
    return '"' if quote == "'" else "'"


def _width(text: str) -> int:
    return len(text.rstrip("\n").expandtabs(_TAB))
