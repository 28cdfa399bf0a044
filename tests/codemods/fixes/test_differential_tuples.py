"""The random programs of `test_differential`, with names and paths bound by tuple assignments and by `/=`.

`RECORDER_STRESS=1` runs many thousands of them.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from pathlib import Path

import pytest
from test_differential import PER_BATCH, Program, Tree, require_same, stand_in

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures(stand_in.__name__)]

BATCHES = 200 if os.environ.get("RECORDER_STRESS") == "1" else 4
# What stands beside the name or the path. Always text: where making the content fails, `open()` has left an empty file.
BESIDE = [
    "kind", "str(n)", "'beside'", "saved", "box.kind", "kind.upper()", "srcs[0]", "box.change()", "str(n := n + 1)", "ext",
]  # fmt: skip
AT_ONCE = [
    "{first}, {name} = {beside}, {value}",
    "{name}, {first} = {value}, {beside}",
    "({name}, {first}) = ({value}, {beside})",
    "[{name}, {first}] = {value}, {beside}",
    "{name}, {first} = (\n    {value},\n    {beside},\n)",
    "{name}, {first} = ({value},  # beside\n    {beside})",
    "{name}, {first}, third = {value}, {beside}, n",
    "{name}, ({first}, third) = {value}, ({beside}, n)",
    "{name}, *{first} = {value}, {beside}",
    "{name}, box.kind = {value}, {beside}",
]
TOGETHER = re.compile(r"^ +[(\[]?(?:name|dest), | /= ", re.MULTILINE)
FIRST = ["beside", "kind", "ext", "rec", "other_name", "saved"]


class TupleProgram(Program):
    """One random program whose names and paths are bound in other ways than by plain assignments."""

    def block(self) -> Tree:
        return self.respelled(super().block())

    def respelled(self, tree: Tree) -> Tree:
        steps: Tree = []
        for node in tree:
            if isinstance(node, str):
                steps += self.statement(node)
            else:
                steps.append(([(header, self.respelled(inner)) for header, inner in node[0]],))
        return steps

    def statement(self, text: str) -> list[str]:
        name, separator, value = text.partition(" = ")
        if not separator or name not in ("name", "dest") or "\n" in text or self.chance(0.3):
            return [text]
        folder, slash, step = value.partition(" / ")
        if slash and re.fullmatch(r"[\w.]+", folder) and self.chance(0.5):
            between = [self.pick(["log.append(str(dest.name))", "kind = kind + 'b'", "pass"])] if self.chance(0.2) else []
            return [f"{name} = {folder}", *between, f"{name} /= {step}"]
        return [self.pick(AT_ONCE).format(name=name, value=value, first=self.pick(FIRST), beside=self.pick(BESIDE))]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("batch", range(BATCHES))
def test_programs_with_tuple_assignments_behave_as_before(batch: int, tmp_path: Path) -> None:
    rewritten = []
    with contextlib.redirect_stdout(io.StringIO()), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        for seed in range(batch * PER_BATCH, (batch + 1) * PER_BATCH):
            code = TupleProgram(seed).text()
            rewritten += [code for unsafe in (False, True) if require_same(code, tmp_path / "work", unsafe, with_unused=True)]
    together = [code for code in rewritten if TOGETHER.search(code)]
    assert len(together) >= PER_BATCH // 10, "too few programs were rewritten to prove anything"
