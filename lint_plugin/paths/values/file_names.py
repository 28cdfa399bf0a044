"""File names taken apart: literal text and expressions in order, through f-strings, `+`, `%` and `.format`.

From the pieces follow the hand-written number at the front, the extension at the end, and the entity type between.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lint_plugin.flow.callee import dotted_name, sole
from lint_plugin.flow.nodes import last_name
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.recorders.evidence import EvidenceFinder
from lint_plugin.recorders.questions.bindings import target_path

_PERCENT = r"%(?:(?P<escape>%)|(?P<zero>0\d+)?(?P<kind>[sd]))"
_CONSTANT_PREFIX = re.compile(r"\d{2,3}_")
_NUMBER_SPECS = frozenset({"02d", "03d", "02", "03", "0>2", "0>3"})
_EXTENSION = 10  # characters that an extension has at most
_CONVERSIONS = {-1: "", 115: "s", 114: "r", 97: "a"}
_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Literal:
    """Fixed text.

    Attributes:
        text: The text.
        node: The string literal that holds its beginning.
        joints: Where the text goes on in another string literal: offset and literal.
        attribute: The attribute of a class that the text was read through, which another place may set, or None.
    """

    text: str
    node: ast.expr
    joints: tuple[tuple[int, ast.expr], ...] = ()
    attribute: ast.Attribute | None = None

    def part(self, start: int, end: int) -> Literal:
        """A slice of the text, with the literal that holds its beginning."""
        node = next((node for offset, node in reversed(self.joints) if offset <= start), self.node)
        joints = tuple((offset - start, node) for offset, node in self.joints if start < offset < end)
        return Literal(self.text[start:end], node, joints, self.attribute)

    def joined(self, other: Literal) -> Literal:
        """This text and another's behind it."""
        length = len(self.text)
        joints = (*self.joints, (length, other.node), *((length + offset, node) for offset, node in other.joints))
        return Literal(self.text + other.text, self.node, joints, self.attribute or other.attribute)


@dataclass(frozen=True, slots=True)
class Hole:
    """An expression whose text is filled in, with its conversion (`r`, `s`, `a` or "") and format spec."""

    node: ast.expr
    conversion: str = ""
    spec: str = ""

    @property
    def plain(self) -> bool:
        """Whether its text is that of the expression itself."""
        return not self.conversion and not self.spec


Piece = Literal | Hole


@dataclass(frozen=True, slots=True)
class FileName:
    """A file name in its parts.

    Attributes:
        pieces: All of it.
        number: `constant`, `computed` or "" for the number at the front.
        number_holes: The expressions that a computed number is made of.
        body: The pieces between number and extension; the entity type.
        extension: The pieces of the extension, without its dot; empty when it is not known.
        dotted_extension: The extension is an expression that holds its own dot (`splitext(..)[1]`, `.suffix`).
        chain: The definitions whose values the name was read through, outermost first.
        literal: The string literal with the number at the front, or the first literal.
    """

    pieces: tuple[Piece, ...]
    number: str
    number_holes: tuple[Hole, ...]
    body: tuple[Piece, ...]
    extension: tuple[Piece, ...]
    dotted_extension: bool
    chain: tuple[Definition, ...]
    literal: ast.expr | None

    @property
    def attribute(self) -> ast.Attribute | None:
        """The attribute of a class that a part of it was read through, or None."""
        return next((p.attribute for p in self.pieces if isinstance(p, Literal) and p.attribute is not None), None)

    def pattern(self) -> str:
        """A glob that every value of the name matches."""
        return "".join(re.sub(r"([*?[])", r"[\1]", piece.text) if isinstance(piece, Literal) else "*" for piece in self.pieces)


class PieceReader:
    """Takes the names of one module apart; `evidence` knows its classes, for the constants in them."""

    def __init__(self, flow: Flow, evidence: EvidenceFinder) -> None:
        self._flow = flow
        self._evidence = evidence

    def read(self, expression: ast.expr) -> tuple[tuple[Piece, ...], tuple[Definition, ...]] | None:
        """The pieces of a string expression and the definitions they were read through; None when not understood."""
        chain: list[Definition] = []
        pieces = self._read(expression, chain, 0)
        return None if pieces is None else (tuple(_merged(pieces)), tuple(chain))

    def _read(self, node: ast.expr, chain: list[Definition], depth: int) -> list[Piece] | None:
        if depth > _DEPTH:
            return None
        match node:
            case ast.Constant(value=str(text)):
                return [Literal(text, node)]
            case ast.JoinedStr():
                return self._joined(node, chain, depth)
            case ast.BinOp(op=ast.Add()):
                return self._added(node, chain, depth)
            case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str())):
                return self._percent(node, chain, depth)
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format")):
                return self._format(node, chain, depth)
            case ast.Call(func=function, args=[only], keywords=[]) if dotted_name(self._flow, function) == "builtins.str":
                return self._read(only, chain, depth + 1)
            case ast.Name():
                return self._name(node, chain, depth)
            case ast.NamedExpr():
                return self._read(node.value, chain, depth + 1)
            case ast.Attribute():
                return self._attribute(node, depth)
            case ast.Subscript() | ast.Call() | ast.IfExp():
                return [Hole(node)]
        return None

    def _constant(self, node: ast.Attribute) -> ast.expr | None:
        """The one value that a class of this module has under an attribute (`self.NAME`, `Keeper.NAME`), or None."""
        owner = self._evidence.owner(node.value)
        if owner is None and isinstance(node.value, ast.Name):
            defined = sole(self._flow, node.value)
            owner = defined.node if defined is not None and isinstance(defined.node, ast.ClassDef) else None
        values = [] if owner is None else self._evidence.own.stored_values(owner, node.attr)
        return values[0] if len(values) == 1 else None

    def _attribute(self, node: ast.Attribute, depth: int) -> list[Piece]:
        """`self.NAME`, where its class gives it one value: the findings stand at that; nothing is rewritten by it."""
        value = self._constant(node)
        if not isinstance(value, (ast.Constant, ast.JoinedStr)) or not _is_name_text(value):
            return [Hole(node)]
        inner = self._read(value, [], depth + 1)
        if inner is None:
            return [Hole(node)]
        return [replace(piece, attribute=node) if isinstance(piece, Literal) else Hole(node) for piece in inner]

    def _name(self, node: ast.Name, chain: list[Definition], depth: int) -> list[Piece]:
        definition = sole(self._flow, node)
        value = None if definition is None else assigned_value(self._flow, definition)
        if definition is None or value is None or not _is_name_text(value):
            return [Hole(node)]
        inner_chain: list[Definition] = [definition]
        inner = self._read(value, inner_chain, depth + 1)
        if inner is None or (len(inner) == 1 and isinstance(inner[0], Hole)):
            return [Hole(node)]
        chain.extend(inner_chain)
        return inner

    def _added(self, node: ast.BinOp, chain: list[Definition], depth: int) -> list[Piece] | None:
        """Operands of a chain of `+`, which is text only when one of them is."""
        operands: list[ast.expr] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
            operands.append(left.right)
            left = left.left
        pieces: list[Piece] = []
        for operand in [left, *reversed(operands)]:
            part = self._read(operand, chain, depth + 1)
            if part is None:
                return None
            pieces.extend(part)
        return pieces if any(isinstance(piece, Literal) for piece in pieces) else None

    def _joined(self, node: ast.JoinedStr, chain: list[Definition], depth: int) -> list[Piece] | None:
        pieces: list[Piece] = []
        for value in node.values:
            if isinstance(value, ast.Constant):
                pieces.append(Literal(str(value.value), node))
                continue
            assert isinstance(value, ast.FormattedValue)
            spec = _constant_spec(value.format_spec)
            if spec is None:
                return None
            conversion = _CONVERSIONS.get(value.conversion, "")
            plain = not spec and not conversion
            inner = self._read(value.value, chain, depth + 1) if plain else None
            pieces.extend(inner if inner is not None else [Hole(value.value, conversion, spec)])
        return pieces

    def _percent(self, node: ast.BinOp, chain: list[Definition], depth: int) -> list[Piece] | None:
        assert isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)
        template = node.left.value
        arguments = list(node.right.elts) if isinstance(node.right, ast.Tuple) else [node.right]
        if any(isinstance(argument, (ast.Starred, ast.Dict)) for argument in arguments):
            return None
        pieces: list[Piece] = []
        at = 0
        for match in re.finditer(_PERCENT, template):
            pieces.append(Literal(template[at : match.start()], node.left))
            at = match.end()
            if match["escape"]:
                pieces.append(Literal("%", node.left))
                continue
            if not arguments:
                return None
            argument = arguments.pop(0)
            if match["kind"] == "d":
                pieces.append(Hole(argument, "", f"{match['zero'] or ''}d"))
            else:
                inner = self._read(argument, chain, depth + 1)
                pieces.extend(inner if inner is not None else [Hole(argument)])
        rest = template[at:]
        unread = "%" in "".join(piece.text for piece in pieces if isinstance(piece, Literal) and piece.text != "%")
        if arguments or unread or "%" in rest:
            return None
        return [*pieces, Literal(rest, node.left)]

    def _format(self, node: ast.Call, chain: list[Definition], depth: int) -> list[Piece] | None:
        assert isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Constant)
        template = str(node.func.value.value)
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        if None in named or any(isinstance(argument, ast.Starred) for argument in node.args):
            return None
        pieces: list[Piece] = []
        automatic = 0
        try:
            fields = list(string.Formatter().parse(template))
        except ValueError:
            return None
        for text, field, spec, conversion in fields:
            pieces.append(Literal(text, node.func.value))
            if field is None:
                continue
            if field == "":
                field, automatic = str(automatic), automatic + 1
            if field.isdigit():
                argument = node.args[int(field)] if int(field) < len(node.args) else None
            else:
                argument = named.get(field)
            if argument is None or (spec and "{" in spec):
                return None
            inner = self._read(argument, chain, depth + 1) if not spec and not conversion else None
            pieces.extend(inner if inner is not None else [Hole(argument, conversion or "", spec or "")])
        return pieces

    # -- the parts of a file name ----------------------------------------------------------------------------------------

    def file_name(self, pieces: Sequence[Piece], chain: tuple[Definition, ...]) -> FileName:
        """Number, entity type and extension of a name."""
        rest = list(pieces)
        number, holes, literal = "", [], None
        if rest and isinstance(rest[0], Literal):
            literal = rest[0].node
            prefix = _CONSTANT_PREFIX.match(rest[0].text)
            if prefix:
                number = "constant"
                rest[0] = rest[0].part(prefix.end(), len(rest[0].text))
        elif len(rest) > 1 and isinstance(rest[0], Hole) and isinstance(rest[1], Literal):
            literal = rest[1].node
            if is_number_hole(rest[0]) and rest[1].text.startswith("_"):
                number, holes = "computed", [rest[0]]
                rest = [rest[1].part(1, len(rest[1].text)), *rest[2:]]
        rest = [piece for piece in rest if not (isinstance(piece, Literal) and not piece.text)]
        body, extension, dotted = self._split_extension(rest)
        return FileName(tuple(pieces), number, tuple(holes), body, extension, dotted, chain, literal)

    def _split_extension(self, rest: list[Piece]) -> tuple[tuple[Piece, ...], tuple[Piece, ...], bool]:
        if rest and isinstance(rest[-1], Hole) and rest[-1].plain and self.holds_dot(rest[-1].node):
            return tuple(rest[:-1]), (rest[-1],), True
        for index in range(len(rest) - 1, -1, -1):
            piece = rest[index]
            if isinstance(piece, Literal) and "." in piece.text:
                dot = piece.text.rindex(".")
                before, after = piece.part(0, dot), piece.part(dot + 1, len(piece.text))
                tail = ([after] if after.text else []) + rest[index + 1 :]
                head = rest[:index] + ([before] if before.text else [])
                if tail and all(isinstance(p, Hole) or _is_extension(p.text) for p in tail):
                    return tuple(head), tuple(tail), False
                break
        return tuple(rest), (), False

    def holds_dot(self, node: ast.expr, depth: int = 0) -> bool:
        """Whether an expression is an extension with its dot: `splitext(x)[1]`, `x.suffix`, a name for constants like '.mp3'."""
        match node:
            case ast.Attribute(attr="suffix"):
                return True
            case ast.Subscript(value=ast.Call(func=function), slice=index):
                last = isinstance(index, ast.Constant) and index.value == 1
                negative = isinstance(index, ast.UnaryOp) and ast.unparse(index) == "-1"
                return (last or negative) and last_name(function) == "splitext"
            case ast.Call(func=ast.Attribute(value=inner, attr="lower"), args=[], keywords=[]):
                return self.holds_dot(inner, depth + 1)
            case ast.Constant(value=str(text)):
                return depth > 0 and text.startswith(".")
            case ast.Name() if depth < _DEPTH:
                reached = self._flow.bound(node)
                return bool(reached) and all(self._definition_holds_dot(d, depth) for d in reached)
        return False

    def _definition_holds_dot(self, definition: Definition, depth: int) -> bool:
        if definition.kind == "assign" and definition.value is not None:
            return self.holds_dot(definition.value, depth + 1)
        statement = definition.statement
        if definition.kind == "unpack" and isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            target = statement.targets[0]
            second = isinstance(target, ast.Tuple) and len(target.elts) == 2 and target.elts[1] is definition.node
            return second and last_name(statement.value.func) == "splitext"
        return False


def _is_extension(text: str) -> bool:
    return text.isascii() and text.isalnum() and len(text) <= _EXTENSION


def assigned_value(flow: Flow, definition: Definition) -> ast.expr | None:
    """The expression that a definition binds to its name: by itself, or as a part of a tuple; None where that is not known."""
    value = definition.value
    if definition.kind in ("assign", "walrus"):
        return value
    path = target_path(flow, definition) if definition.kind == "unpack" else None
    for index in path or ():
        if not isinstance(value, (ast.Tuple, ast.List)) or index >= len(value.elts):
            return None
        if any(isinstance(item, ast.Starred) for item in value.elts[: index + 1]):
            return None
        value = value.elts[index]
    return None if path is None or isinstance(value, ast.Tuple) else value


def is_number_hole(hole: Hole) -> bool:
    """Whether a piece prints a zero-padded number (`{n:02d}`, `str(n).zfill(2)`)."""
    if hole.spec in _NUMBER_SPECS:
        return True
    match hole.node:
        case ast.Call(func=ast.Attribute(attr="zfill"), args=[ast.Constant(value=int(width))]):
            return hole.plain and width in (2, 3)
    return False


def _is_name_text(value: ast.expr) -> bool:
    """Whether reading through a variable with this value says more than its name does.

    A plain word (`media_type = 'audio'`) stays a name, so that what is emitted reads like the source; a number (`"07"`) does not.
    """
    match value:
        case ast.Constant(value=str(text)):
            return "." in text.lstrip(".") or "/" in text or _CONSTANT_PREFIX.match(f"{text}_") is not None
        case ast.JoinedStr() | ast.BinOp():
            return True
        case ast.Call(func=ast.Attribute(attr="format", value=ast.Constant())):
            return True
        case ast.Call(func=ast.Name(id="str")) | ast.Name():
            return True
    return False


def _constant_spec(spec: ast.expr | None) -> str | None:
    """The text of a format spec, None when it has expressions of its own."""
    if spec is None:
        return ""
    assert isinstance(spec, ast.JoinedStr)
    if not all(isinstance(value, ast.Constant) for value in spec.values):
        return None
    return "".join(str(value.value) for value in spec.values if isinstance(value, ast.Constant))


def _merged(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Adjacent literals as one, empty ones left out."""
    pending: Literal | None = None
    for piece in pieces:
        if isinstance(piece, Literal):
            pending = piece if pending is None else pending.joined(piece)
            continue
        if pending is not None and pending.text:
            yield pending
        pending = None
        yield piece
    if pending is not None and pending.text:
        yield pending
