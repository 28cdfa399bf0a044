"""A clean-up changes nothing that a program does: random functions run before and after, and log the same."""

from __future__ import annotations

import ast
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemods.edits import Argument, Call, Candidate, Code, FixPlan, ReplaceExpression, Span
from codemods.rewrite.apply import apply
from lint_plugin.flow.reaching import Flow
from lint_plugin.source.text import SourceText

pytestmark = pytest.mark.slow


LEN = Call(Code("len"), (Argument(Code("src")),))
NAMES = ("a", "b", "c", "string")
EXAMPLES = 3000 if os.environ.get("RECORDER_STRESS") else 80


class Stop(Exception):
    """Raised by a program on its own account."""


class Writer:
    """Writes a function over a few names; all of them are bound at its start."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.lines = ["import string as outer", "def f(src):"]
        self.lines += ["    import string", "    a = 'a'", "    b = a + 'b'", "    c = f'{b}{string.digits}'"]
        self.number = 0

    def name(self) -> str:
        return self.draw(st.sampled_from(NAMES))

    def text(self) -> str:
        name = self.draw(st.sampled_from(NAMES[:3]))
        forms = ["'{n}'", "{n}", "{n} + {m}", "f'{n}{{{m}}}'", "str({n})", "{n}.upper()", "string.digits", "note({n})"]
        return self.draw(st.sampled_from(forms)).format(n=name, m=self.draw(st.sampled_from(NAMES[:3])))

    def block(self, depth: int, loop: bool = False) -> None:
        margin = "    " * depth
        for _ in range(self.draw(st.integers(1, 4))):
            self.number += 1
            forms = ["set", "set", "set", "set", "log", "store", "import", "annotated", "raise", "aug"]
            forms += ["break"] * loop + ["if", "chain", "for", "try", "closure", "nonlocal"] * (depth < 4)
            form = self.draw(st.sampled_from(forms))
            target = self.draw(st.sampled_from(NAMES[:3]))
            simple = {
                "set": f"{target} = {self.text()}",
                "annotated": f"{target}: outer.Template = {self.text()}",
                "aug": f"{target} += 'x'",
                "log": f"log({self.number}, {self.name()})",
                "store": f"store({self.name()}, {self.name()})",
                "import": self.draw(st.sampled_from(["import string", "import string, sys", "import os, string"])),
                "raise": f"stop({self.number})",
                "break": self.draw(st.sampled_from(["break", "continue"])),
            }
            if form in simple:
                self.lines.append(margin + simple[form])
                continue
            headers = {
                "if": [f"if flag({self.number}):", "else:"],
                "chain": [f"if {target} == 'a':", f"elif {target} != 'b':", "else:"],
                "for": [f"for {target} in ('x', 'y'):"],
                "try": ["try:", "except Stop:", "finally:"],
                "closure": [f"def g{self.number}():"],
                "nonlocal": [f"def g{self.number}():"],
            }[form]
            for header in headers:
                self.lines.append(margin + header)
                if form == "closure":
                    self.lines.append(f"{margin}    log({self.number}, {self.name()})")
                elif form == "nonlocal":
                    self.lines.append(f"{margin}    nonlocal {target}\n{margin}    {target} = 'n'")
                else:
                    self.block(depth + 1, form == "for" or (loop and header != "finally:"))
            if form in ("closure", "nonlocal"):
                self.lines.append(f"{margin}g{self.number}()")


@st.composite
def programs(draw: st.DrawFn) -> str:
    writer = Writer(draw)
    writer.block(1)
    return "\n".join(writer.lines) + "\n    store(a, b, c, string)\n"


def cleaned(text: str) -> str:
    """The program with every `store(...)` replaced, and what that leaves dead removed."""
    source = SourceText(text.encode())
    tree = source.parse()
    flow = Flow(tree)
    plans = []
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "store":
            start, end = source.span(call)
            candidates = [
                Candidate(definition.name, source.span(definition.statement)[0])
                for name in ast.walk(call)
                if isinstance(name, ast.Name)
                for definition in flow.reach(name)
                if definition.kind in ("assign", "import")
            ]
            plans.append(FixPlan("LPR201", start, "safe", (ReplaceExpression(Span(start, end), LEN),), tuple(candidates)))
    applied = apply(source, plans, tree=tree, flow=flow)
    assert not applied.refused, applied.refused[0][1]
    return applied.source.u8.decode()


def behaviour(text: str) -> list[object]:
    """What a program logs, notes and ends with."""
    log: list[object] = []

    def note(value: str) -> str:
        log.append(("note", value))
        return value

    def stop(number: int) -> None:
        if number % 3 == 0:
            raise Stop

    names: dict[str, object] = {
        "flag": lambda number: number % 2 == 0,
        "log": lambda *values: log.append(values),
        "note": note,
        "stop": stop,
        "store": lambda *values: None,
        "Stop": Stop,
    }
    exec(compile(text, "program", "exec"), names)
    function = names["f"]
    assert callable(function)
    try:
        function("src")
    except Stop:
        log.append("stopped")
    return log


@settings(deadline=None, max_examples=EXAMPLES)
@given(programs())
def test_programs_behave_as_before(text: str) -> None:
    assert behaviour(cleaned(text)) == behaviour(text)


def test_the_programs_hold_what_dies() -> None:
    """Otherwise the test above would prove nothing."""
    text = "def f(src):\n    import string\n    a = string.digits\n    store(a)\n"
    assert cleaned(text) == "def f(src):\n    len(src)\n"
