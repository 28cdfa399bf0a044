"""A rewrite that would do anything beside what its edits say is refused, with the reason."""

from __future__ import annotations

import ast
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_reasons import written_reasons

from codemods.edits import (
    Argument,
    Assign,
    Call,
    Code,
    Division,
    Edit,
    Evaluate,
    FixPlan,
    ReadFile,
    RemoveImportAliases,
    RemoveStatement,
    RemoveTupleParts,
    RenameAttribute,
    RenameName,
    ReplaceExpression,
    ReplaceStatement,
    Span,
    Statement,
)
from codemods.rewrite.apply import apply
from codemods.rewrite.printing import Printed, print_slices
from lint_plugin.source.text import SourceText

EXAMPLES = 4000 if os.environ.get("RECORDER_STRESS") else 80


def place(text: str, old: str) -> Span:
    start = len(text[: text.index(old)].encode())
    return Span(start, start + len(old.encode()))


def done(text: str, *edits: Edit) -> str:
    """The text after the edits, or why they were refused."""
    applied = apply(SourceText(text.encode()), [FixPlan("LPR201", 0, "safe", edits)])
    return applied.refused[0][1] if applied.refused else applied.source.u8.decode()


def replaced(text: str, old: str, *statements: Statement) -> str:
    """The same for the statement `old` that becomes others, or goes where there are none."""
    where = place(text, old)
    return done(text, ReplaceStatement(where, statements) if statements else RemoveStatement(where))


ONE = Evaluate(Code("1"))
B_IS_ONE = Assign("b", Code("1"))
READS_B = Evaluate(Code("len(b)"))
Row = tuple[str, str, tuple[Statement, ...], str]

# text, the statement that goes, what comes in its place, why that is refused
BAD: dict[str, Row] = {
    "undefined": ("def f(a):\n    g(a)\n", "g(a)", (READS_B,), "`b` would be undefined"),
    "unbound": (
        "def f(a):\n    g(a)\n    b = 1\n",
        "g(a)",
        (READS_B,),
        "`b` would be unbound on some path in the rewritten code",
    ),
    "unbound on one path": (
        "def f(a):\n    if a:\n        b = 1\n    g(a)\n",
        "g(a)",
        (READS_B,),
        "`b` would be unbound on some path",
    ),
    "a local of its own, too late": ("def f(a):\n    g(a)\n", "g(a)", (READS_B, B_IS_ONE), "`b` would be unbound"),
    "a binding that is still read is gone": (
        "def f(a):\n    b = a\n    return b\n",
        "b = a",
        (ONE,),
        "`b` on line 3 would mean something else",
    ),
    "a binding that is still read is taken out": (
        "def f(a):\n    b = a\n    return b\n",
        "b = a",
        (),
        "`b` on line 3 would mean something else",
    ),
    "one of two bindings is gone": (
        "def f(a, b):\n    if a:\n        b = a\n    return b\n",
        "b = a",
        (ONE,),
        "`b` on line 4 would mean something else",
    ),
    "a binding that a closure reads is gone": (
        "def f(a):\n    b = a\n    return lambda: b\n",
        "b = a",
        (ONE,),
        "`b` on line 3 would mean something else",
    ),
    "a nonlocal without its name": (
        "def f(a):\n    b = a\n    def g():\n        nonlocal b\n",
        "b = a",
        (ONE,),
        "a `global` or `nonlocal` would no longer be valid",
    ),
    "a global behind its use": (
        "def f(a):\n    g(a)\n    global b\n",
        "g(a)",
        (B_IS_ONE,),
        "a `global` or `nonlocal` would no longer be valid",
    ),
    "an import that is still read is gone": ("import os\nprint(os)\n", "import os", (), "`os` on line 2 would mean"),
    "a name of its own hides another": (
        "def f(a, b):\n    g(a)\n    return b\n",
        "g(a)",
        (B_IS_ONE,),
        "`b` on line 3 would mean something else",
    ),
    "a name of its own hides the module's": (
        "b = 1\ndef f(a):\n    print(b)\n    g(a)\n",
        "g(a)",
        (B_IS_ONE,),
        "`b` on line 3 would mean something else",
    ),
    "hides on the next turn": (
        "def f(a):\n    b = 1\n    for i in a:\n        print(b)\n        g(a)\n",
        "g(a)",
        (B_IS_ONE,),
        "`b` on line 4 would mean something else",
    ),
}

# text, the statement that goes, what comes in its place, how that is written
GOOD: dict[str, Row] = {
    "a global that was wrong before": ("def f(a):\n    b = 1\n    global b\n    g(a)\n", "g(a)", (B_IS_ONE,), "b = 1"),
    "a comment in it is kept": ("f(  # why\n    a)\n", "f(  # why\n    a)", (ONE,), "# why\n1"),
    "the comment behind it is kept": ("f(a)  # why\n", "f(a)", (ONE,), "1"),
    "comments in code taken over are not kept twice": (
        "f(  # one\n    g(  # two\n    ))\n",
        "f(  # one\n    g(  # two\n    ))",
        (Evaluate(Code("g(  # two\n    )", "    ")),),
        "# one\ng(  # two\n)",
    ),
    "several statements": (
        "def f(a):\n    g(a)\n",
        "g(a)",
        (ReadFile(Code("a"), "b", "c"), Evaluate(Code("print(c)"))),
        'with open(a, "rb") as b:\n        c = b.read()\n    print(c)',
    ),
    "an undefined name was there before": ("f(a)\n", "f(a)", (Evaluate(Code("print(a, a)")),), "print(a, a)"),
    "an unbound name was there before": (
        "def f(a):\n    if a:\n        b = 1\n    g(b)\n",
        "g(b)",
        (Evaluate(Code("print(b)")),),
        "print(b)",
    ),
    "a binding is replaced by one": (
        "def f(a):\n    b = a\n    return b\n",
        "b = a",
        (Assign("b", Code("len(a)")),),
        "b = len(a)",
    ),
    "a name of its own that others use elsewhere": (
        "def f(a):\n    g(a)\ndef h(b):\n    return b\n",
        "g(a)",
        (B_IS_ONE,),
        "b = 1",
    ),
    "a name that a star import may bind": ("from os import *\ng(a)\n", "g(a)", (Evaluate(Code("print(sep)")),), "print(sep)"),
}


@pytest.mark.parametrize(("text", "old", "new", "reason"), BAD.values(), ids=[key.replace(" ", "-") for key in BAD])
def test_refused(text: str, old: str, new: tuple[Statement, ...], reason: str) -> None:
    assert replaced(text, old, *new).startswith(reason)


@pytest.mark.parametrize(("text", "old", "new", "after"), GOOD.values(), ids=[key.replace(" ", "-") for key in GOOD])
def test_accepted(text: str, old: str, new: tuple[Statement, ...], after: str) -> None:
    assert replaced(text, old, *new) == text.replace(old, after, 1)


RENAMES = {
    "an attribute of it": "f(recorder.run_dir.x)\n",
    "over lines": "f(recorder  # why\n  .run_dir)\n",
    "in parentheses": "f((recorder).run_dir, (recorder.run_dir))\n",
    "in an f-string": "f(f'a{recorder.run_dir}b')\n",
    "in a decorator": "@f(recorder.run_dir)\ndef g(): pass\n",
    "in a decorator, the body on lines": "@f(recorder.run_dir)\nclass G:\n    # about b\n    b = 1\n",
    "in a default": "def g(a=recorder.run_dir): pass\n",
    "in a header": "with recorder.run_dir as a:\n    b = 1  # why\n",
    "in a header over lines": "if a:\n    while (  # why\n        recorder.run_dir\n    ):  # end\n\n        # b\n        b = 1\n",
    "in a comprehension": "[i for i in recorder.run_dir if i]\n",
    "in an elif": "if a:\n    b\nelif recorder.run_dir:\n    c\nelse:\n    d\n",
    "in an indented elif": "def f():\n  if a:\n    b\n  elif recorder.run_dir:\n    c\n",
    "in an elif on one line": "if a: b\nelif c: d = recorder.run_dir\nelse: d\n",
    "in an elif behind an else if": "if a:\n    b\nelse:\n    if recorder.run_dir:\n        c\n",
    "in a match": "match recorder.run_dir:\n    case [a, *b]:\n        c\n",
    "in a case": "match a:\n    case [a, *b] if recorder.run_dir:\n        c\n    case _:\n        d\n",
    "in a pattern": "def f():\n    match a:\n        case recorder.run_dir:\n            c\n",
    "in a handler": "try:\n    a\nexcept E as e :\n    recorder.run_dir\n",
    "in a handler's type": "try:\n    a\nexcept recorder.run_dir as e:\n    b\nfinally:\n    c\n",
    "on a line with others": "a; b = recorder.run_dir; c\n",
    "behind a colon": "def f():\n    if a: recorder.run_dir; b\n    else: c\n",
    "behind a continued line": "if a: \\\n  recorder.run_dir\n",
    "in a class": "class A(recorder.run_dir):\n    '''Doc.'''\n\n    b: int = 1\n",
    "in a lambda": "f(lambda: recorder.run_dir)\n",
    "twice in one statement": "f(recorder.run_dir, g(recorder.run_dir))\n",
    "in a header and in its body": "with recorder.run_dir:\n    f(recorder.run_dir)\n    with recorder.run_dir: a\n",
    "among letters beyond ASCII": "f('ä€😀', recorder.run_dir)\n",
    "awaited": "async def f():\n    async with recorder.run_dir as a:\n        await recorder.run_dir\n",
    "with a tab": "if a:\n\tb = 1\n\tif recorder.run_dir:\n\t\tc = 1\n",
}


@pytest.mark.parametrize("text", RENAMES.values(), ids=[key.replace(" ", "-") for key in RENAMES])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_a_rename_changes_the_name_alone(text: str, newline: str) -> None:
    text = text.replace("\n", newline)
    source = SourceText(text.encode())
    nodes = [node for node in ast.walk(source.parse()) if isinstance(node, ast.Attribute) and node.attr == "run_dir"]
    edits = [RenameAttribute(Span(*source.span(node)), "run_folder") for node in nodes]
    assert done(text, *edits) == text.replace("run_dir", "run_folder")


def test_an_expression_keeps_its_parentheses_and_binds_as_it_did() -> None:
    def division(text: str, parenthesised: bool = False) -> str:
        return done(text, ReplaceExpression(place(text, "join(a, b)"), Division((Code("a"), Code("b")), parenthesised)))

    assert division("f((join(a, b)))\n") == "f((a / b))\n"
    assert division("f(join(a, b) ** 2)\n", True) == "f((a / b) ** 2)\n"
    assert division("f((join(a, b)) ** 2)\n", True) == "f((a / b) ** 2)\n"
    assert "would" in division("f(join(a, b) ** 2)\n")  # `a / b ** 2` is another thing


@pytest.mark.parametrize(
    ("text", "names", "after"),
    [
        ("import os, sys\nprint(sys)\n", {"os"}, "import sys\nprint(sys)\n"),
        ("import os, sys\nprint(os)\n", {"os"}, "`os` on line 2 would mean something else"),
        ("from a import (\n    b,  # b\n    c,\n)\nc\n", {"b"}, "from a import (\n    c,\n)\nc\n"),
        ("from a import (\n    b,\n    c\n)\nb\n", {"c"}, "from a import (\n    b\n)\nb\n"),
        ("from a import b as c, d as e, f\ne\n", {"c", "f"}, "from a import d as e\ne\n"),
        ("import a.b, c.d as e\nprint(e)\n", {"a"}, "import c.d as e\nprint(e)\n"),
    ],
)
def test_names_of_an_import(text: str, names: set[str], after: str) -> None:
    span = Span(*SourceText(text.encode()).span(ast.parse(text).body[0]))
    assert done(text, RemoveImportAliases(span, frozenset(names))) == after


def test_a_variable_is_read_in_the_place_of_another() -> None:
    text = "def f(a, b):\n    g(f'x {a} y')\n"
    braces = place(text, "{a}")
    name = Span(braces.start + 1, braces.end - 1)
    assert done(text, RenameName(name, "b")) == text.replace("{a}", "{b}")
    assert "`c` would be undefined" in done(text, RenameName(name, "c"))


# -- a printer that does something else --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ("a = 9\nb = 2\nc = 3\n", ""),
        ("a = 9\nb = 2\nc = 3\nd = 4\n", "line 1 would become other code than was asked for"),
        ("a = 9\nb = 2\n", "line 3 would become other code than was asked for"),
        ("a = 9\nb()\nc = 3\n", "line 2 would become other code than was asked for"),
        ("a = 9\nb = 2 + 2\nc = 3\n", "line 2 would become other code than was asked for"),
        ("a = 9\nb = 2\nc = 4\n", "line 3 would become other code than was asked for"),
        ("a = 8\nb = 2\nc = 3\n", "line 1 would become other code than was asked for"),
        ("a = f(9)\nb = 2\nc = 3\n", "line 1 would become other code than was asked for"),
        ("z = 9\nb = 2\nc = 3\n", "line 1 would become other code than was asked for"),
        ("a = 9\nb = 2\nc = (\n", "the rewritten file would not be valid Python"),
        ("#coding: latin-1\na = 9\nb = 2\nc = 3\n", "the file's encoding would change"),
    ],
)
def test_what_no_edit_announced_is_noticed(after: str, reason: str) -> None:
    def printer(source: SourceText, tree: ast.Module, edits: Sequence[Edit]) -> Printed:
        return Printed(SourceText(after.encode()))

    text = "a = f(b)\nb = 2\nc = 3\n"
    plan = FixPlan("P", 0, "safe", (ReplaceExpression(place(text, "f(b)"), Code("9")),))
    applied = apply(SourceText(text.encode()), [plan], printer=printer)
    assert [why for _, why in applied.refused] == ([reason] if reason else [])
    assert applied.source.u8.decode() == (text if reason else after)


def test_other_new_code_than_was_asked_for_is_noticed() -> None:
    def printer(source: SourceText, tree: ast.Module, edits: Sequence[Edit]) -> Printed:
        good = print_slices(source, tree, edits)
        return Printed(SourceText(good.source.raw.replace(b"print(1)", b"print(2)")))

    edit = ReplaceStatement(Span(0, 4), (Evaluate(Call(Code("print"), (Argument(Code("1")),))),))
    applied = apply(SourceText(b"f(a)\n"), [FixPlan("P", 0, "safe", (edit,))], printer=printer)
    assert [why for _, why in applied.refused] == ["line 1 would become other code than was asked for"]


@pytest.mark.parametrize("after", ["a, b, c = 1, 2, 3\n", "a, c, d = 1, 3, 4\n", "a, c = 1, 4\n", "a = 1\n", "a, b = 1, 3\n"])
def test_other_parts_of_a_tuple_than_were_asked_for_are_noticed(after: str) -> None:
    def printer(source: SourceText, tree: ast.Module, edits: Sequence[Edit]) -> Printed:
        return Printed(SourceText(after.encode()))

    text = "a, b, c = 1, 2, 3\n"
    plan = FixPlan("P", 0, "safe", (RemoveTupleParts(place(text, text.strip()), frozenset({"b"})),))
    assert not apply(SourceText(text.encode()), [plan], printer=printer).done
    assert apply(SourceText(text.encode()), [plan]).source.u8 == b"a, c = 1, 3\n"


NAMES = ("a", "b", "c")


@st.composite
def functions(draw: st.DrawFn) -> str:
    """A function of assignments, reads and branches over three names."""
    lines: list[str] = []

    def block(depth: int) -> None:
        margin = "    " * depth
        for _ in range(draw(st.integers(1, 3))):
            form = draw(st.sampled_from(["assign", "assign", "read", "if", "for", "try"]))
            name, other = draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES))
            if form == "assign":
                lines.append(f"{margin}{name} = {other}")
            elif form == "read" or depth > 3:
                lines.append(f"{margin}print({name}, {other})")
            else:
                headers = {
                    "if": ["if p:", "else:"],
                    "for": [f"for {name} in p:"],
                    "try": ["try:", "except E:"],
                }[form]
                for header in headers:
                    lines.append(margin + header)
                    block(depth + 1)

    lines.append("def f(p):")
    block(1)
    return "\n".join(lines) + "\n"


@settings(deadline=None, max_examples=EXAMPLES)
@given(functions(), st.data())
def test_what_is_accepted_changes_no_other_reading(text: str, data: st.DataObject) -> None:
    """One line becomes an assignment: accepted only if every other read still sees what it saw."""
    from lint_plugin.flow.reaching import Flow

    lines = text.split("\n")
    simple = [number for number, line in enumerate(lines) if "=" in line or "print" in line]
    number = data.draw(st.sampled_from(simple))
    name = data.draw(st.sampled_from(NAMES))
    new = f"{name} = 1"
    old = lines[number].strip()
    source = SourceText(text.encode())
    start = source.line_starts[number] + len(lines[number]) - len(old)
    edit = ReplaceStatement(Span(start, start + len(old)), (Assign(name, Code("1")),))
    applied = apply(source, [FixPlan("LPR201", start, "safe", (edit,))])

    def readings(module: ast.Module) -> dict[tuple[int, int, str], set[int]]:
        flow = Flow(module)
        return {
            (name.lineno, name.col_offset, name.id): {
                0 if d.kind == "unbound" else getattr(d.node, "lineno", 0) for d in flow.reach(name)
            }
            for name in ast.walk(module)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load) and name.lineno != number + 1
        }

    after = "\n".join([*lines[:number], lines[number].replace(old, new), *lines[number + 1 :]])
    same = readings(ast.parse(text)) == readings(ast.parse(after))
    assert bool(applied.done) == same
    assert applied.source.u8 == (after if same else text).encode()


def test_every_refusal_is_shown() -> None:
    shown = Path(__file__).read_text(encoding="utf-8")
    written = written_reasons("rewrite/verify*.py")
    assert [place for place, pattern in written if pattern.search(shown) is None] == []
