"""What goes with a statement that is taken out: its comments, its blank lines, and nothing else.

In the tables `x`-statements (`x1 = 1`, `import x`, `if x: ...`) are taken out.
"""

from __future__ import annotations

import ast
import os
import re

import libcst as cst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemods.edits import FixPlan, RemoveStatement, Span
from codemods.rewrite.apply import apply
from codemods.rewrite.printing import TreePrinter, print_slices
from codemods.rewrite.statements import Place, Statements, blocks
from lint_plugin.source.text import SourceText

EXAMPLES = 4000 if os.environ.get("RECORDER_STRESS") else 80


def doomed_places(statements: Statements) -> list[Place]:
    """The statements that a table's `x` marks."""
    found: list[Place] = []

    def visit(owner: ast.AST) -> None:
        for _, _, block in blocks(owner):
            for statement in block:
                text = ast.unparse(statement)
                if re.match(r"x\d* =|import x|from x|if x\b", text):
                    place = statements.innermost(statements.start(statement))
                    assert place is not None
                    found.append(place)
                else:
                    visit(statement)

    visit(statements.tree)
    return found


def without(text: str) -> str:
    source = SourceText(text.encode())
    statements = Statements(source, source.parse())
    edits = [RemoveStatement(Span(*statements.span(place.statement))) for place in doomed_places(statements)]
    printed = print_slices(source, statements.tree, edits)
    assert printed.failed == ()
    ast.parse(printed.source.raw)
    return printed.source.u8.decode()


def without_in_tree(text: str) -> str | None:
    """The same on a tree that LibCST has parsed; None where its own round trip is not lossless."""
    module = cst.parse_module(text.encode())
    if module.bytes != text.encode():
        return None
    source = SourceText(text.encode())
    statements = Statements(source, source.parse())
    edits = [RemoveStatement(Span(*statements.span(place.statement))) for place in doomed_places(statements)]
    printed = TreePrinter(module)(source, statements.tree, edits)
    assert printed.failed == ()
    return printed.source.u8.decode()


COMMENTS = {
    "trailing comment goes": ("a = 1\nx1 = 1  # gone\nb = 2\n", "a = 1\nb = 2\n"),
    "the comment directly above goes": ("a = 1\n# gone\nx1 = 1\nb = 2\n", "a = 1\nb = 2\n"),
    "a longer comment stays": ("a = 1\n# kept\n# kept too\nx1 = 1\nb = 2\n", "a = 1\n# kept\n# kept too\nb = 2\n"),
    "a longer comment that opens a function stays": (
        "def f():\n    # kept\n    # kept too\n    x1 = 1\n\n    b = 2\n",
        "def f():\n    # kept\n    # kept too\n    b = 2\n",
    ),
    "comment beyond a blank line stays": ("a = 1\n# kept\n\nx1 = 1\nb = 2\n", "a = 1\n# kept\n\nb = 2\n"),
    "comment below stays": ("a = 1\nx1 = 1\n# kept\nb = 2\n", "a = 1\n# kept\nb = 2\n"),
    "comment of the block before stays": (
        "if a:\n    b = 1\n    # kept\nx1 = 1\nb = 2\n",
        "if a:\n    b = 1\n    # kept\nb = 2\n",
    ),
    "string that looks like a comment": (
        'a = """\n# text """\nx1 = 1\nb = 2\n',
        'a = """\n# text """\nb = 2\n',
    ),
    "default that looks like a comment": (
        'def f(a="""\n    # text """):\n    x1 = 1\n    b = 2\n',
        'def f(a="""\n    # text """):\n    b = 2\n',
    ),
    "with-item that looks like a comment": (
        'with a("""\n    # text """):\n    x1 = 1\n    b = 2\n',
        'with a("""\n    # text """):\n    b = 2\n',
    ),
    "handler that looks like a comment": (
        'try:\n    b = 1\nexcept a("""\n    # text """):\n    x1 = 1\n    b = 2\n',
        'try:\n    b = 1\nexcept a("""\n    # text """):\n    b = 2\n',
    ),
    "case that looks like a comment": (
        'match a:\n    case """\n        # text """:\n        x1 = 1\n        b = 2\n',
        'match a:\n    case """\n        # text """:\n        b = 2\n',
    ),
    "else below a string": (
        'if a:\n    b = """\n    # text """\nelse:\n    # kept\n    x1 = 1\n    b = 2\n',
        'if a:\n    b = """\n    # text """\nelse:\n    # kept\n    b = 2\n',
    ),
    "comments inside an if-chain go": (
        "a = 1\nif x:\n    # gone\n    c = 1  # gone\n# gone\nelse:\n    c = 2\n    # gone\n    d = 3\nb = 2\n",
        "a = 1\nb = 2\n",
    ),
    "comments inside a call go": (
        "a = 1\nx1 = f(  # gone\n    # gone\n    1,\n)  # gone\nb = 2\n",
        "a = 1\nb = 2\n",
    ),
    "last line without a line end": (
        "def f():\n    a = 1\n    # gone\n    x1 = 1  # gone",
        "def f():\n    a = 1",
    ),
}

LASTING = [
    "# noqa: E501",
    "#noqa",
    "# type: ignore",
    "# pylint: disable=all",
    "# fmt: off",
    "# TODO: tidy",
    "# a FIXME for later",
    "# XXX",
    "# pragma: no cover",
    "# mypy: ignore-errors",
    "# ruff: noqa",
    "# isort: split",
    "# flake8: noqa",
    "# region names",
    "# %% cell",
    "# Copyright 2024 Somebody",
    "# SPDX-License-Identifier: MIT",
]

IMPORTS = {
    "opening a block that stays": (
        "if a:\n    # about the block\n    import x\n    b = 1\n",
        "if a:\n    # about the block\n    b = 1\n",
    ),
    "opening a block behind a blank line": (
        "if a:\n\n    # about the block\n    import x\n    b = 1\n",
        "if a:\n\n    # about the block\n    b = 1\n",
    ),
    "the seed's two imports": (
        "if a:\n    # about the block\n    import x\n    import x2\n\n    b = 1\n",
        "if a:\n    # about the block\n    b = 1\n",
    ),
    "the seed's two imports above a comment": (
        "if a:\n    # about the block\n    import x\n    import x2\n\n    # about b\n    b = 1\n",
        "if a:\n    # about the block\n\n    # about b\n    b = 1\n",
    ),
    "opening a block that is emptied": (
        "if a:\n    # gone\n    import x\nb = 1\n",
        "if a:\n    pass\nb = 1\n",
    ),
    "heading a group of which one stays": (
        "a = 1\n# system\nimport x\nimport os\n\n# own\nimport my\n",
        "a = 1\n# system\nimport os\n\n# own\nimport my\n",
    ),
    "heading a group that goes": (
        "a = 1\n\n# system\nimport x\nimport x2\n\n# own\nimport my\n",
        "a = 1\n\n# own\nimport my\n",
    ),
    "in the middle of a block": ("a = 1\n# gone\nimport x\nb = 1\n", "a = 1\nb = 1\n"),
    "opening an else that stays": (
        "if a:\n    b = 1\nelse:\n    # about the block\n    import x\n\n    b = 1\n",
        "if a:\n    b = 1\nelse:\n    # about the block\n    b = 1\n",
    ),
    "the file's first lines": (
        "#!/usr/bin/python\n# licence\nimport x\nb = 1\n",
        "#!/usr/bin/python\n# licence\nb = 1\n",
    ),
    "for an assignment too": ("if a:\n    # about it\n    x1 = 1\n    b = 1\n", "if a:\n    # about it\n    b = 1\n"),
}

BLANK_LINES = {
    "first in a block": ("if a:\n    x1 = 1\n\n    b = 1\n", "if a:\n    b = 1\n"),
    "first in a block, blank line above": ("if a:\n\n    x1 = 1\n\n    b = 1\n", "if a:\n    b = 1\n"),
    "first in an else": (
        "if a:\n    b = 1\nelse:\n    x1 = 1\n\n    b = 1\n",
        "if a:\n    b = 1\nelse:\n    b = 1\n",
    ),
    "first in a finally": (
        "try:\n    b = 1\nfinally:\n\n    x1 = 1\n    b = 1\n",
        "try:\n    b = 1\nfinally:\n    b = 1\n",
    ),
    "first in a handler": (
        "try:\n    b = 1\nexcept E :\n    x1 = 1\n\n    b = 1\n",
        "try:\n    b = 1\nexcept E :\n    b = 1\n",
    ),
    "first under a header of several lines": (
        "def f(\n    a,  # one\n    # two\n):\n    x1 = 1\n\n    b = 1\n",
        "def f(\n    a,  # one\n    # two\n):\n    b = 1\n",
    ),
    "first in the file": ("x1 = 1\n\n\nb = 1\n", "b = 1\n"),
    "behind a docstring": (
        'def f():\n    """Doc."""\n\n    x1 = 1\n\n    b = 1\n',
        'def f():\n    """Doc."""\n\n    b = 1\n',
    ),
    "between statements": ("a = 1\nx1 = 1\nb = 1\n", "a = 1\nb = 1\n"),
    "a group of its own": ("a = 1\n\nx1 = 1\n\nb = 1\n", "a = 1\n\nb = 1\n"),
    "opening a group": ("a = 1\n\nx1 = 1\nb = 1\n", "a = 1\n\nb = 1\n"),
    "closing a group": ("a = 1\nx1 = 1\n\nb = 1\n", "a = 1\n\nb = 1\n"),
    "two groups": ("a = 1\nx1 = 1\n\n\nx2 = 1\nb = 1\n", "a = 1\n\n\nb = 1\n"),
    "two blank lines above, one below": ("a = 1\n\n\nx1 = 1\n\nb = 1\n", "a = 1\n\n\nb = 1\n"),
    "last in a function": (
        "def f():\n    a = 1\n\n    x1 = 1\n\n\ndef g():\n    b = 1\n",
        "def f():\n    a = 1\n\n\ndef g():\n    b = 1\n",
    ),
    "last before else": (
        "if a:\n    b = 1\n\n    x1 = 1\nelse:\n    c = 1\n",
        "if a:\n    b = 1\nelse:\n    c = 1\n",
    ),
    "last before a comment of the block": (
        "if a:\n    b = 1\n\n    x1 = 1\n    # kept\nc = 1\n",
        "if a:\n    b = 1\n\n    # kept\nc = 1\n",
    ),
    "last in the file": ("def f():\n    a = 1\n\n    x1 = 1\n", "def f():\n    a = 1\n"),
    "blank lines with spaces": ("a = 1\n  \t\nx1 = 1\n \nb = 1\n", "a = 1\n \nb = 1\n"),
    "a form feed is no blank line": ("a = 1\n\f\nx1 = 1\nb = 1\n", "a = 1\n\f\nb = 1\n"),
    "behind a continued line": ("a = 1 \\\n\nx1 = 1\n", "a = 1 \\\n\n"),
}

EMPTIED = {
    "an if": ("if a:\n    x1 = 1  # gone\nb = 1\n", "if a:\n    pass\nb = 1\n"),
    "an if with several": ("if a:\n\n    x1 = 1\n\n    x2 = 1\n\nb = 1\n", "if a:\n    pass\n\nb = 1\n"),
    "an else": ("if a:\n    b = 1\nelse:\n    # gone\n    x1 = 1\n", "if a:\n    b = 1\nelse:\n    pass\n"),
    "a handler": ("try:\n    a()\nexcept E:\n    x1 = 1\n", "try:\n    a()\nexcept E:\n    pass\n"),
    "a finally": ("try:\n    a()\nfinally:\n    x1 = 1\n", "try:\n    a()\nfinally:\n    pass\n"),
    "a case": ("match a:\n    case 1:\n        x1 = 1\n", "match a:\n    case 1:\n        pass\n"),
    "tabs": ("if a:\n\tx1 = 1\nb = 1\n", "if a:\n\tpass\nb = 1\n"),
    "at the end of the file": ("if a:\n    x1 = 1", "if a:\n    pass"),
    "with a note that lasts": (
        "if a:\n    # TODO: more\n    x1 = 1\n",
        "if a:\n    # TODO: more\n    pass\n",
    ),
    "two statements apart by a note": (
        "if a:\n    x1 = 1\n    # TODO: more\n    x2 = 1\n",
        "if a:\n    # TODO: more\n    pass\n",
    ),
}


def cases(*tables: dict[str, tuple[str, str]]) -> pytest.MarkDecorator:
    rows = [pytest.param(*row, id=name.replace(" ", "-")) for table in tables for name, row in table.items()]
    return pytest.mark.parametrize(("before", "after"), rows)


@cases(COMMENTS, IMPORTS, BLANK_LINES, EMPTIED)
def test_removal(before: str, after: str) -> None:
    assert without(before) == after
    assert without_in_tree(before) in (after, None)


@cases(COMMENTS, IMPORTS, BLANK_LINES, EMPTIED)
@pytest.mark.parametrize("newline", ["\r\n", "\r"], ids=["crlf", "cr"])
def test_removal_whatever_the_line_ends(before: str, after: str, newline: str) -> None:
    assert without(before.replace("\n", newline)) == after.replace("\n", newline)


@pytest.mark.parametrize("comment", LASTING)
def test_comments_for_tools_and_reminders_stay(comment: str) -> None:
    assert without(f"a = 1\n{comment}\nx1 = 1\nb = 1\n") == f"a = 1\n{comment}\nb = 1\n"


@pytest.mark.parametrize(
    "text",
    [
        "x1 = 1; b = 1\n",
        "b = 1; x1 = 1\n",
        "x1 = 1;\n",
        "if a: x1 = 1\n",
        "if a: \\\n  x1 = 1\n",
        "x1 = 1 \\\n\nb = 1\n",
        "\\\nx1 = 1\n",
    ],
)
def test_a_statement_that_shares_its_line_is_not_taken_out(text: str) -> None:
    source = SourceText(text.encode())
    statements = Statements(source, source.parse())
    (place,) = doomed_places(statements)
    plan = FixPlan("P", 0, "safe", (RemoveStatement(Span(*statements.span(place.statement))),))
    applied = apply(source, [plan], tree=statements.tree)
    assert applied.source.raw == source.raw
    assert "shares its line with another one" in applied.refused[0][1]


# -- any program ---------------------------------------------------------------------------------------------


class Writer:
    """Writes a random program; every comment is `#N`, with N told apart by what is to become of it."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.lines: list[str] = []
        self.kept: set[str] = set()
        self.number = 0
        self.unit = draw(st.sampled_from(["    ", "\t", " "]))

    def fresh(self) -> int:
        self.number += 1
        return self.number

    def blanks(self) -> None:
        for _ in range(self.draw(st.sampled_from([0, 0, 0, 1, 2]))):
            self.lines.append(self.draw(st.sampled_from(["", "", " ", "\t"])))

    def comment(self, margin: str) -> str:
        comment = f"# c{self.fresh()}"
        self.lines.append(margin + comment)
        return comment

    def block(self, depth: int) -> None:
        margin = self.unit * depth
        for _ in range(self.draw(st.integers(1, 4))):
            self.blanks()
            if self.draw(st.integers(0, 3)) == 0:
                self.kept.add(self.comment(margin))
                self.lines.append("")
            own = [self.comment(margin) for _ in range(self.draw(st.sampled_from([0, 0, 1, 2])))]
            if not self.statement(depth, margin):
                self.kept.update(own)
        if self.draw(st.integers(0, 4)) == 0:
            self.kept.add(self.comment(margin))

    def statement(self, depth: int, margin: str) -> bool:
        """One statement; whether it is one that goes."""
        number = self.fresh()
        forms = ["go", "go", "go-long", "stay", "string", "shared"]
        if depth < 3:
            forms += ["if", "else", "try", "def", "gone-if", "class"]
        form = self.draw(st.sampled_from(forms))
        trailing = f"  # c{self.fresh()}" if self.draw(st.booleans()) else ""
        comment = {trailing.strip()} - {""}
        goes = form in ("go", "go-long", "gone-if")
        if not goes:
            self.kept |= comment
        if form == "go":
            self.lines.append(f"{margin}x{number} = {number}{trailing}")
        elif form == "go-long":
            self.lines += [
                f"{margin}x{number} = (  # c{self.fresh()}",
                f"# c{self.fresh()}",
                f"'''\n#''' ){trailing}",
            ]
        elif form == "stay":
            self.lines.append(f"{margin}y{number} = 'ä\f'{trailing}")
        elif form == "string":
            self.lines += [f"{margin}y{number} = '''", f"{margin}# text{number}", f"# text '''{trailing}"]
        elif form == "shared":
            self.lines.append(f"{margin}y{number} = 1; z = 2{trailing}")
        elif form == "gone-if":
            self.lines += [f"{margin}if x:{trailing}", f"{margin}{self.unit}y = 1", f"{margin}else:"]
            self.lines.append(f"{margin}{self.unit}y = 2  # c{self.fresh()}")
        else:
            self.compound(form, depth, margin, number, trailing)
        return goes

    def compound(self, form: str, depth: int, margin: str, number: int, trailing: str) -> None:
        headers = {
            "if": [f"if y{number}:"],
            "else": [f"if y{number}:", "elif z:", "else:"],
            "try": ["try:", "except E :", "else:", "finally:"],
            "def": [f"def y{number}(a, b='''\n# text''',\n):"],
            "class": [f"@a\nclass y{number}:".replace("\n", "\n" + margin)],
        }[form]
        for header in headers:
            self.lines.append(f"{margin}{header}{trailing}")
            trailing = ""
            self.block(depth + 1)


@st.composite
def programs(draw: st.DrawFn) -> tuple[str, frozenset[str]]:
    writer = Writer(draw)
    writer.block(0)
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = newline.join(line.replace("\n", newline) for line in writer.lines) + draw(st.sampled_from(["", newline]))
    return text, frozenset(writer.kept)


class Expected(ast.NodeTransformer):
    """The tree that is to be left."""

    def __init__(self, gone: set[ast.stmt]) -> None:
        self.gone = gone

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for _, _, block in list(blocks(node)):
            block[:] = [s for s in block if s not in self.gone] or ([] if isinstance(node, ast.Module) else [ast.Pass()])
        return super().generic_visit(node)


def longest_gap(text: str) -> int:
    gap = longest = 0
    for line in re.split(r"\r\n|\r|\n", text.rstrip()) if text.strip() else ():
        gap = 0 if line.strip(" \t") else gap + 1
        longest = max(longest, gap)
    return longest


@settings(deadline=None, max_examples=EXAMPLES)
@given(programs())
def test_removal_in_any_program(program: tuple[str, frozenset[str]]) -> None:
    text, kept_comments = program
    source = SourceText(text.encode())
    statements = Statements(source, source.parse())
    places = doomed_places(statements)
    new = without(text)
    found = {match for match in re.findall(r"# c\d+", new)}
    assert kept_comments <= found
    assert longest_gap(new) <= longest_gap(text)
    expected = Expected({place.statement for place in places}).visit(statements.tree)
    assert ast.dump(ast.parse(new)) == ast.dump(expected)
    gone = {line.strip() for line in text.splitlines()} - {line.strip() for line in new.splitlines()}
    removed = {source.line_text(n).strip() for p in places for n in range(p.statement.lineno, (p.statement.end_lineno or 0) + 1)}
    assert all(not line or line in removed or line.startswith("#") for line in gone)
