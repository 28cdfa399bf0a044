"""Who else uses the name of a file that a rewrite would leave to the recorder: in the same module, in the project.

A name is searched as a pattern: its constant parts as they are, each expression its proved values, else anything but a slash, a
quote or a space. Comments and docstrings do not count.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from codemods.proofs.own_value import own_value
from codemods.proofs.statement_order import excludes, function_of, place_of
from codemods.proofs.value_types import constant_texts
from lint_plugin.analysis import Analysis
from lint_plugin.facts import HOLE, Mention
from lint_plugin.flow.nodes import walk
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.paths.calls.writes import Write
from lint_plugin.paths.values.file_names import FileName, Literal, Piece
from lint_plugin.project.numbered_writes import makes_recorder, name_as_text

PYTHON = (".py", ".pyi", ".pyw")  # files whose strings are read as Python
_NUMERAL = "\1"  # stands for an expression that is printed as a number
_ANYTHING = r"[^/\\'\"`\s]+"
_NUMBER = rf"(?:\d+|{HOLE}|{_NUMERAL}|[${{%][^/\\'\"`\s]*?[}}ds])"
# What tells one name from others: a word in it, or its number.
_SAYS_WHICH = re.compile(rf"[^\W\d_]{{3,}}|(?:^|[/\\])(?:\d{{2,}}|{_NUMERAL})[_-]")
_PERCENT = re.compile(r"%[-#0 +]*\d*(?:\.\d+)?[sdrifxg]|%\(\w+\)[-#0 +]*\d*[sdrifxg]")
_FIELD = re.compile(r"\{[^{}]*\}")
_NUMBER_FIELD = re.compile(r":.*[\dd]\}\Z")
_NUMBERED = re.compile(rf"(\d+|{HOLE})([_-].*)", re.DOTALL)
# One digit of a number, as it is or in a glob or a regular expression that picks it.
_DIGIT = r"(?:\d|\[\^?[\d-]+\]|\\d(?:\{\d\})?|\?|\.)"
_BEGINNING = re.compile(
    rf"\^?\(?({_DIGIT}{{2,}}|\\d\{{\d\}}|{_NUMERAL})\)?([_-][^/\\\s.*?+|$()\[\]{{}}]*)?([*\\?+|$()\[{{][^/\s]*)?"
)
# The same in a text that is no Python: what follows cannot belong to a constant name.
_BEGUN_IN_TEXT = re.compile(r"""(?<![\w.-])(\d{2,}[_-][\w-]*)(?=[\"'`*${%<\[(\\?]|\.[*${%<\[(\"'`\\])""")
# In such a text a name behind an expression for its number: `${n}_output.mp3`, `%02d_output.mp3`, `n + "_output.mp3"`.
_BEHIND_NUMBER = re.compile(r"""(?:[}>)\]%]|%\d*[dsu]|[+.&|]\s*[\"'`])([_-][^\W_]{3,}(?:[\w-]|\.(?=\w))*)(?:\.(?=\W))?(.?)""")
_NUMBER_FIRST = re.compile(rf"(?:\d{{2,}}|[{HOLE}{_NUMERAL}])[_-]")
_OPENING = tuple("\"'`*$%{<[(")
_GIVEN_NUMBERS = [f"{number:02d}" for number in range(1, 40)]
_LONG_NUMBERS = [f"{number:0{width}d}" for width in (3, 4) for number in (0, 1, 12)]


def name_pattern(flow: Flow, name: FileName) -> str:
    """The regular expression that a name's values match."""
    return "".join(_piece_pattern(flow, name, piece) for piece in name.pieces)


def search_pattern(flow: Flow, name: FileName) -> re.Pattern[str]:
    """Finds a name in a text, as a whole."""
    return re.compile(rf"(?:^|[/\\'\"`\s(=,:]){name_pattern(flow, name)}(?:$|[/\\'\"`\s),;:?#&!]|\.(?!\w))")


def _piece_pattern(flow: Flow, name: FileName, piece: Piece) -> str:
    if isinstance(piece, Literal):
        return re.escape(piece.text)
    if piece in name.number_holes:
        return _NUMBER
    values = constant_texts(flow, piece)
    return rf"(?:{HOLE}|{'|'.join(map(re.escape, values))})" if values else _ANYTHING


@dataclass(frozen=True, slots=True)
class _Spelling:
    """A string of the module that may be, or hold, a file's name.

    Attributes:
        node: The string.
        text: Its text, with `HOLE` for each expression.
        general: What it may come to as a file's name; None where it has no expression, or says too little of the name.
    """

    node: ast.expr
    text: str
    general: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class _Matches:
    """The strings of the module that spell one name, in source order: those of no write, and those of writes, by function."""

    strings: list[ast.expr]
    writes: dict[ast.AST, list[tuple[ast.expr, Write]]]


class NameUses:
    """The strings of one module, to be asked for the names of its writes."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._flow = analysis.flow
        self._own: dict[ast.Call, frozenset[ast.AST]] = {}
        # Many writes of one file may spell the same name: what matches it is looked for once.
        self._matches: dict[tuple[str, str], _Matches] = {}

    def spelled(self, write: Write, name: FileName) -> Iterator[ast.expr]:
        """The strings that spell a write's name and belong to no write; in source order."""
        own = self.own_nodes(write, name)
        return (node for node in self._matching(name).strings if node not in own)

    def begun(self, write: Write, name: FileName) -> Iterator[ast.expr]:
        """The strings that are the beginning of a write's name with its number (`"04_"`, `f"{n:02d}_*"`), in source order."""
        as_text, own = name_as_text(name), self.own_nodes(write, name)
        for spelling in self._beginnings:
            if spelling.node not in own and spelling.node not in self._writes_by_node and _begins(spelling.text, as_text):
                yield spelling.node

    def other_writes(self, write: Write, name: FileName) -> Iterator[Write]:
        """The other writes that make a file of the same name."""
        for function in self._matching(name).writes:
            yield from self._writes_in(function, write, name)
        for others in self._through_same(write, name):
            yield from (other for other in others if other is not write)

    def writes_beside(self, write: Write, name: FileName) -> Iterator[Write]:
        """Those among them that stand in the same function."""
        function = function_of(self._flow, write.call)
        yield from self._writes_in(function, write, name)
        for others in self._through_same(write, name):
            yield from (o for o in others if o is not write and function_of(self._flow, o.call) is function)

    def _writes_in(self, function: ast.AST, write: Write, name: FileName) -> Iterator[Write]:
        own = self.own_nodes(write, name)
        return (other for node, other in self._matching(name).writes.get(function, ()) if node not in own)

    def _through_same(self, write: Write, name: FileName) -> Iterator[list[Write]]:
        as_text = name_as_text(name)
        yield from (self._through[definition].get(as_text, []) for definition in name.chain)
        yield from (self._to_same_path.get(definition, []) for definition in write.path.chain)

    def mentions(self, name: FileName) -> list[Mention]:
        """The places in the project's other files that spell a name.

        Raises:
            NotSearched: They have to be looked for first.
        """
        pattern, as_text = search_pattern(self._flow, name), name_as_text(name)
        return [
            mention
            for mention in self._elsewhere
            if pattern.search(mention.text)
            or (_is_general(mention.text, as_text) if mention.path.endswith(PYTHON) else _is_numbered_in(mention.text, as_text))
        ]

    def begun_elsewhere(self, name: FileName) -> list[Mention]:
        """The places there that are the beginning of a name with its number."""
        as_text = name_as_text(name)
        return [mention for mention in self._elsewhere if any(_begins(text, as_text) for text in _beginnings_in(mention))]

    @cached_property
    def _elsewhere(self) -> list[Mention]:
        facts, own = self._analysis.facts, os.path.realpath(self._analysis.path)
        mentions = () if facts is None else facts.mentioned()
        return [mention for mention in mentions if os.path.realpath(mention.path) != own]

    @cached_property
    def _through(self) -> dict[Definition, dict[str, list[Write]]]:
        """The writes whose names are read through a definition, by these names."""
        found: dict[Definition, dict[str, list[Write]]] = {}
        for write, name in self._named_writes:
            for definition in name.chain:
                found.setdefault(definition, {}).setdefault(name_as_text(name), []).append(write)
        return found

    @cached_property
    def _to_same_path(self) -> dict[Definition, list[Write]]:
        """The writes to a file whose whole path a definition is, or may be where several reach the write, by definition."""
        found: dict[Definition, list[Write]] = {}
        for write in self._analysis.writes:
            for definition in write.path.chain:
                path = self._analysis.paths.bound_to(definition)
                if path is not None and len(path.parts) == len(write.path.parts):
                    found.setdefault(definition, []).append(write)
        return found

    @cached_property
    def _named_writes(self) -> list[tuple[Write, FileName]]:
        found = ((write, self._analysis.file_name(write.path)) for write in self._analysis.writes)
        return [(write, name) for write, name in found if name is not None]

    def _matching(self, name: FileName) -> _Matches:
        pattern, as_text = search_pattern(self._flow, name), name_as_text(name)
        found = self._matches.get((pattern.pattern, as_text))
        if found is None:
            found = self._matches[pattern.pattern, as_text] = _Matches([], {})
            numbered = as_text.replace(HOLE, "0")
            for spelling in self._strings:
                if pattern.search(spelling.text) or (spelling.general is not None and spelling.general.fullmatch(numbered)):
                    write = self._writes_by_node.get(spelling.node)
                    if write is None:
                        found.strings.append(spelling.node)
                    else:
                        found.writes.setdefault(function_of(self._flow, write.call), []).append((spelling.node, write))
        return found

    def own_nodes(self, write: Write, name: FileName) -> frozenset[ast.AST]:
        """The nodes that a write's own target and name are made of."""
        known = self._own.get(write.call)
        if known is None:
            values = [value for d in (*write.path.chain, *name.chain) if (value := own_value(d)) is not None]
            known = self._own[write.call] = frozenset(node for value in (write.target, *values) for node in walk(value))
        return known

    @cached_property
    def _writes_by_node(self) -> dict[ast.AST, Write]:
        """The strings that the targets of writes are made of."""
        found: dict[ast.AST, Write] = {}
        for write, name in self._named_writes:
            for node in self.own_nodes(write, name):
                if isinstance(node, (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Call)):
                    found.setdefault(node, write)
        return found

    @cached_property
    def _beginnings(self) -> list[_Spelling]:
        """The strings that may be the beginning of a name, or a pattern for it."""
        return [spelling for spelling in self._strings if is_beginning(spelling.text)]

    @cached_property
    def _strings(self) -> list[_Spelling]:
        found = [_Spelling(node, text, _general_pattern(text)) for node, text in spelled_in(self._analysis.tree)]
        return sorted(found, key=lambda spelling: place_of(spelling.node))


def spelled_in(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    """The outermost strings of a module with their texts, `HOLE` for each expression in them; docstrings are left out."""
    inside: set[ast.AST] = set()
    for node in walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inside.add(node.value)
        if node in inside or not isinstance(node, (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Call)):
            continue
        text = _text_of(node, inside)
        if text is not None and any(character.isalnum() or character == _NUMERAL for character in text):
            yield node, text


def _general_pattern(text: str) -> re.Pattern[str] | None:
    """What a string with expressions in it may come to where it is a file's name; None where it says too little of it."""
    part = re.split(r"[/\\]", text)[-1]
    if not (HOLE in part or _NUMERAL in part) or _SAYS_WHICH.search(part.rpartition(".")[0]) is None:
        return None
    kinds = {HOLE: _ANYTHING, _NUMERAL: r"\d+"}
    return re.compile("".join(kinds.get(character) or re.escape(character) for character in part))


def _is_general(text: str, name: str) -> bool:
    """Whether a string with expressions in it may come to a name that is constant where it is not."""
    pattern = _general_pattern(text)
    return pattern is not None and pattern.fullmatch(name.replace(HOLE, "0")) is not None


def _beginnings_in(mention: Mention) -> list[str]:
    """What a place in another file may say of the beginning of a name: a string of Python, or words of another language."""
    return [mention.text] if mention.path.endswith(PYTHON) else _BEGUN_IN_TEXT.findall(mention.text)


def _is_numbered_in(text: str, name: str) -> bool:
    """Whether a text that is no Python holds a name, or its beginning up to an expression, behind a number that is computed."""
    whole = _NUMBERED.fullmatch(name)
    if whole is None:
        return False
    return any(
        rest == whole[2] or (whole[2].startswith(rest) and after in _OPENING) for rest, after in _BEHIND_NUMBER.findall(text)
    )


def may_be_numbered(text: str) -> bool:
    """Whether a string may be a numbered name, or the beginning of one, or a pattern for it."""
    return _NUMBER_FIRST.match(text.rpartition("/")[2]) is not None or is_beginning(text)


def is_beginning(text: str) -> bool:
    """Whether a string may be the beginning of a numbered name, or a pattern for it."""
    return _beginning_in(text) is not None


def _beginning_in(text: str) -> re.Match[str] | None:
    return _BEGINNING.fullmatch(text.rpartition("/")[2])


def _begins(text: str, name: str) -> bool:
    """Whether a string is the beginning of a name with its number, or a pattern that picks names by their numbers."""
    found, whole = _beginning_in(text), _NUMBERED.fullmatch(name)
    if found is None or whole is None:
        return False
    number, rest, pattern = found[1], (found[2] or "").replace(_NUMERAL, HOLE), found[3]
    if not rest and not pattern and number != whole[1]:
        return False  # any number
    if not (number == _NUMERAL or (HOLE in whole[1] and number.isdigit()) or _picks(number, whole[1])):
        return False
    constant, own = rest.partition(HOLE)[0], whole[2].partition(HOLE)[0]
    return rest != whole[2] and (own.startswith(constant) or (HOLE in whole[2] and constant.startswith(own)))


def _picks(pattern: str, number: str) -> bool:
    """Whether a pattern of digits fits a name's number, and not every number that the recorder may give."""
    expression = re.compile(pattern.replace("?", r"\d").replace("[^", "[^_"))
    numbers = [*_GIVEN_NUMBERS, *_LONG_NUMBERS] if number == HOLE else [number]
    return any(map(expression.fullmatch, numbers)) and not all(map(expression.fullmatch, _GIVEN_NUMBERS))


def _text_of(node: ast.AST, read: set[ast.AST]) -> str | None:
    """The text of a string expression with `HOLE` for each expression in it; None for anything else.

    The parts of it that are read as text are added to `read`.
    """
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=bytes(raw)):
            return raw.decode("latin-1")
        case ast.JoinedStr(values=values):
            read.update(values)
            return "".join(str(v.value) if isinstance(v, ast.Constant) else _field_text(v, read) for v in values)
        case ast.BinOp(left=ast.Constant(value=str(text)) as left, op=ast.Mod()):
            read.add(left)
            return _PERCENT.sub(lambda field: _NUMERAL if field[0][-1] == "d" else HOLE, text)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            sides = [(side, _text_of(side, read)) for side in (left, right)]
            read.update(side for side, text in sides if text is not None)
            return None if sides[0][1] is sides[1][1] is None else "".join(HOLE if text is None else text for _, text in sides)
        case ast.Call(func=ast.Attribute(value=template, attr="format" | "zfill" | "join" as method) as function):
            found = _method_text(node, template, method)
            read.update(() if found is None else (function, template))
            return found
    return None


def _method_text(call: ast.Call, template: ast.expr, method: str) -> str | None:
    """The same of `"...".format(...)`, `number.zfill(2)` and `"_".join([...])`."""
    if method == "zfill":
        return _NUMERAL
    match template, call.args:
        case ast.Constant(value=str(text)), _ if method == "format":
            return _FIELD.sub(lambda field: _NUMERAL if _NUMBER_FIELD.search(field[0]) else HOLE, text)
        case ast.Constant(value=str(text)), [ast.List(elts=parts) | ast.Tuple(elts=parts)] if method == "join":
            return text.join(HOLE if (part := _text_of(one, set())) is None else part for one in parts)
    return None


def _field_text(field: ast.expr, read: set[ast.AST]) -> str:
    """The text of a field of an f-string: of a string that stands in it, else a hole."""
    assert isinstance(field, ast.FormattedValue)
    if field.format_spec is None:
        inner = _text_of(field.value, read)
        if inner is not None:
            read.add(field.value)
        return HOLE if inner is None else inner
    read.update(walk(field.format_spec))
    return _NUMERAL if re.search(r"(?:\d|d)['\"]\Z", ast.unparse(field.format_spec)) else HOLE


def may_overwrite(flow: Flow, write: Write, other: Write) -> bool:
    """Whether two writes of the same name may both run, for one run: not in different arms, nor with two recorders."""
    first, second = write.path.recorder, other.path.recorder
    if function_of(flow, write.call) is not function_of(flow, other.call):
        return not any(recorder is not None and makes_recorder(flow, recorder) for recorder in (first, second))
    differ = first is not None and second is not None and ast.dump(first) != ast.dump(second)
    return not differ and not excludes(flow, write.call, other.call)
