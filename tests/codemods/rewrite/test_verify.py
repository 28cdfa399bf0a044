"""A rewrite that would do anything beside what its plan says is refused, with the reason."""

from __future__ import annotations

import ast
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemods.edits import Edit, FixPlan
from codemods.rewrite.apply import apply
from codemods.rewrite.splice import Change, splice
from codemods.rewrite.verify import VerificationError, Version, comments, verify_text
from lint_plugin.config.settings import Config
from lint_plugin.source.text import SourceText

EXAMPLES = 4000 if os.environ.get("RECORDER_STRESS") else 80


def replaced(before: str, old: str, new: str) -> str:
    """The text after the one edit `old` -> `new`, or why it was refused."""
    source = SourceText(before.encode())
    start = source.u8.index(old.encode())
    edit = Edit(start, start + len(old.encode()), new.encode())
    applied = apply(source, [FixPlan("LPR201", start, "safe", (edit,))], Config())
    return applied.refused[0][1] if applied.refused else applied.source.u8.decode()


# text, what is replaced, by what, why that is refused
BAD = {
    "makes the statement before longer": (
        "b = 1\nf(a)\n",
        "\nf(a)",
        " + 2",
        "the statement on line 1 would end elsewhere",
    ),
    "makes the expression before longer": (
        "f(a , b)\n",
        " ,",
        ".x,",
        "line 1 would change outside the rewrite",
    ),
    "a keyword": ("f(a=1)\n", "a", "b", "line 1 would change outside the rewrite"),
    "an assignment": ("f(a)\n", "(a)", " = a", "the statement on line 1 would become another one"),
    "no Python": ("a = 1\n", "1", "(", "the rewritten file would not be valid Python"),
    "binds tighter than it did": ("f(join(a, b) ** 2)\n", "join(a, b)", "a / b", "line 1 would"),
    "binds looser than it did": ("x = not f(a)\n", "f(a)", "a, b", "line 1 would"),
    "more arguments": ("f(a)\n", "a", "1, 2", "line 1 would have other parts"),
    "fewer arguments": ("f(a, b)\n", "a, b", "1", "line 1 would have other parts"),
    "another statement": (
        "a = f(b)\n",
        "a = f(",
        "f(",
        "line 1 of the result would hold a statement of unknown origin",
    ),
    "swallows the next line": ("a = b\nc = d  # '''\n", "b", "'''", "line 1 would be read in another way"),
    "swallows the next line whole": (
        "f(a)\nc = d  # '''\n",
        "f(a)",
        "'''",
        "line 1 of the result would hold",
    ),
    "takes the else": (
        "if a:\n    f(1)\nelse:\n    f(2)\n",
        "f(1)",
        "f(1)\nif a:\n    f(3)",
        "the statement on line 4 would be lost",
    ),
    "takes a line into a block": (
        "f(1)\nif a:\n    f(2)\n",
        "if a:",
        "while a:",
        "line 2 of the result would hold",
    ),
    "another header": (
        "if (a):\n    f(2)\n",
        "(a)",
        "(a):\n    f(1)\nif (a)",
        "the statement on line 2 would be lost",
    ),
    "another operator": ("x = a + b\n", " + b", " - b", "line 1 would be read in another way"),
    "a chained comparison": ("x = a < b\n", "a", "a < 1", "line 1 would have other parts"),
    "loses a comment": (
        "f(  # why\n    a)\n",
        "f(  # why\n    a)",
        "f(1)",
        "the comment `# why` would be lost",
    ),
    "loses one of two comments": (
        "f(  # why\n    a,  # why\n)\n",
        "f(  # why\n    a,  # why\n)",
        "f()  # why",
        "the comment `# why` would be lost",
    ),
    "undefined": ("def f(a):\n    g(a)\n", "g(a)", "len(b)", "`b` would be undefined"),
    "undefined in a name": ("def f(a):\n    g(1, a)\n", " a)", " b)", "`b` would be undefined"),
    "undefined in a part of a name": (
        "def f(a, ab):\n    g(ab)\n",
        "b)\n",
        "c)\n",
        "`ac` would be undefined",
    ),
    "unbound where it was bound": (
        "def f(a, b):\n    g(b)\n",
        "g(b)",
        "del b\n    print(b)",
        "`b` would be unbound on some path",
    ),
    "undefined in an f-string": ("def f(a):\n    g(f'{a}')\n", "{a}", "{b}", "`b` would be undefined"),
    "unbound": ("def f(a):\n    g(a)\n    b = 1\n", "g(a)", "len(b)", "`b` would be unbound on some path"),
    "unbound on one path": (
        "def f(a):\n    if a:\n        b = 1\n    g(a)\n",
        "g(a)",
        "len(b)",
        "`b` would be unbound on some path",
    ),
    "a local of its own, too late": (
        "def f(a):\n    g(a)\n",
        "g(a)",
        "len(b)\n    b = 1",
        "`b` would be unbound",
    ),
    "a binding that is still read is gone": (
        "def f(a):\n    b = a\n    return b\n",
        "b = a",
        "len(a)",
        "`b` on line 3 would mean something else",
    ),
    "one of two bindings is gone": (
        "def f(a, b):\n    if a:\n        b = a\n    return b\n",
        "b = a",
        "len(a)",
        "`b` on line 4 would mean something else",
    ),
    "a binding that a closure reads is gone": (
        "def f(a):\n    b = a\n    return lambda: b\n",
        "b = a",
        "len(a)",
        "`b` on line 3 would mean something else",
    ),
    "a parameter that is still read is gone": (
        "def f(a):\n    g(a)\n",
        "(a)",
        "(b)",
        "`a` on line 2 would mean something else",
    ),
    "another global": (
        "def f():\n    global a\n    a = 1\n",
        "l a",
        "l b",
        "line 2 would change outside the rewrite",
    ),
    "a nonlocal without its name": (
        "def f(a):\n    b = a\n    def g():\n        nonlocal b\n",
        "b = a",
        "len(a)",
        "a `global` or `nonlocal` would no longer be valid",
    ),
    "a global behind its use": (
        "def f(a):\n    g(a)\n    global b\n",
        "g(a)",
        "b = len(a)",
        "a `global` or `nonlocal` would no longer be valid",
    ),
    "an import that is still read is gone": (
        "import os\nprint(os)\n",
        "import os",
        "pass",
        "`os` on line 2 would mean something else",
    ),
    "one name of an import that is still read is gone": (
        "import os, sys\nprint(os)\n",
        "os, sys",
        "sys",
        "`os` on line 2 would mean something else",
    ),
    "a name of its own hides another": (
        "def f(a, b):\n    g(a)\n    return b\n",
        "g(a)",
        "b = len(a)",
        "`b` on line 3 would mean something else",
    ),
    "a name of its own hides the module's": (
        "b = 1\ndef f(a):\n    print(b)\n    g(a)\n",
        "g(a)",
        "b = len(a)",
        "`b` on line 3 would mean something else",
    ),
    "hides on the next turn": (
        "def f(a):\n    b = 1\n    for i in a:\n        print(b)\n        g(a)\n",
        "g(a)",
        "b = len(a)",
        "`b` on line 4 would mean something else",
    ),
}

GOOD = {
    "a global": ("def f(a):\n    global b\n    b = 1\n    g(a)\n", "g(a)", "len(a)"),
    "a global that was wrong before": ("def f(a):\n    b = 1\n    global b\n    g(a)\n", "g(a)", "b = len(a)"),
    "a rename": ("f(recorder.run_dir.x)\n", "run_dir", "run_folder"),
    "a rename over lines": ("f(recorder  # why\n  .run_dir)\n", "run_dir", "run_folder"),
    "a rename in an f-string": ("f(f'a{recorder.run_dir}b')\n", "run_dir", "run_folder"),
    "a rename in a decorator": ("@f(recorder.run_dir)\ndef g(): pass\n", "run_dir", "run_folder"),
    "a rename in a default": ("def g(a=recorder.run_dir): pass\n", "run_dir", "run_folder"),
    "a rename in a header": ("with recorder.run_dir as a:\n    b = 1  # why\n", "run_dir", "run_folder"),
    "a rename in a comprehension": ("[i for i in recorder.run_dir if i]\n", "run_dir", "run_folder"),
    "a rename in an elif": (
        "if a:\n    b\nelif recorder.run_dir:\n    c\nelse:\n    d\n",
        "run_dir",
        "run_folder",
    ),
    "a rename in a match": (
        "match recorder.run_dir:\n    case [a, *b]:\n        c\n",
        "run_dir",
        "run_folder",
    ),
    "a rename in a handler": (
        "try:\n    a\nexcept E as e :\n    recorder.run_dir\n",
        "run_dir",
        "run_folder",
    ),
    "an expression": ("f(join(a, b))\n", "join(a, b)", "a / b"),
    "parts of an f-string": ("def f(a, b):\n    g(f'x {a} y')\n", "{a}", "{b}"),
    "its comment is kept": ("f(  # why\n    a)\n", "f(  # why\n    a)", "# why\nf(1)"),
    "a hash that is no comment": ("f('#1')\n", "'#1'", "'2'"),
    "several statements": (
        "def f(a):\n    g(a)\n",
        "g(a)",
        "with open(a) as b:\n        c = b.read()\n    print(c)",
    ),
    "an undefined name was there before": ("f(a)\n", "f(a)", "print(a, a)"),
    "an unbound name was there before": (
        "def f(a):\n    if a:\n        b = 1\n    g(b)\n",
        "g(b)",
        "print(b)",
    ),
    "a binding is replaced by one": ("def f(a):\n    b = a\n    return b\n", "b = a", "b = len(a)"),
    "a name of its own that others use elsewhere": (
        "def f(a):\n    g(a)\ndef h(b):\n    return b\n",
        "g(a)",
        "b = len(a)",
    ),
    "a name that a star import may bind": ("from os import *\ng(a)\n", "g(a)", "print(sep)"),
    "a docstring": ('"""Old."""\nf(a)\n', '"""Old."""', '"""New."""'),
}


@pytest.mark.parametrize(("text", "old", "new", "reason"), BAD.values(), ids=[key.replace(" ", "-") for key in BAD])
def test_refused(text: str, old: str, new: str, reason: str) -> None:
    assert replaced(text, old, new).startswith(reason)


@pytest.mark.parametrize(("text", "old", "new"), GOOD.values(), ids=[key.replace(" ", "-") for key in GOOD])
def test_accepted(text: str, old: str, new: str) -> None:
    assert replaced(text, old, new) == text.replace(old, new, 1)


def version(text: str | bytes) -> Version:
    source = SourceText(text if isinstance(text, bytes) else text.encode())
    return Version(source, source.parse())


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ("a = 9\nb = 2\nc = 4\n", "text outside the rewrite would change"),
        ("a = 9\nb = 2\nc = 3\nd = 4\n", "text outside the rewrite would change"),
        ("a = 9\nb = 2", "text outside the rewrite would change"),
        (b"\xef\xbb\xbfa = 9\nb = 2\nc = 3\n", "the file's encoding would change"),
        ("#coding: latin-1\n", "the file's encoding would change"),
    ],
)
def test_what_no_change_announced_is_noticed(after: str | bytes, reason: str) -> None:
    before = version("a = 1\nb = 2\nc = 3\n")
    _, moves = splice(before.source.u8, [Change(4, 5, b"9")])
    verify_text(before, version("a = 9\nb = 2\nc = 3\n"), moves, [])
    with pytest.raises(VerificationError, match=reason):
        verify_text(before, version(after), moves, [])


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_comments_are_found_where_they_stand(newline: str) -> None:
    text = "if ä:  # eins\n\t# zwei\n    #drei\n    b = '''# no\n# no''' # vier\nelse:\n    c = 1  # fünf"
    source = SourceText(text.replace("\n", newline).encode())
    found = comments(source, 1, 6)
    assert [comment.decode() for _, comment in found] == ["# eins", "# zwei", "#drei", "# vier"]
    assert all(source.u8.startswith(comment, offset) for offset, comment in found)


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
    new = f"{data.draw(st.sampled_from(NAMES))} = 1"
    old = lines[number].strip()
    source = SourceText(text.encode())
    start = source.line_starts[number] + len(lines[number]) - len(old)
    plan = FixPlan("LPR201", start, "safe", (Edit(start, start + len(old), new.encode()),))
    applied = apply(source, [plan], Config())

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
