"""What is done with a path below a run folder, as the rules about numbered names ask it."""

from __future__ import annotations

import ast

import pytest

from lint_plugin.config.settings import Config
from lint_plugin.finder import analyse
from lint_plugin.paths.calls.uses import READ, REMOVED, TOLD, UNSEEN, WRITTEN
from lint_plugin.source.text import SourceText

HEAD = """\
import asyncio, os, shutil, subprocess, threading
from recorder import LivePipelineRecorder
async def f(recorder: LivePipelineRecorder, log, other, mode):
"""
# P is the path.
USES = {
    "opened": ("open(P)", {READ}),
    "opened by name": ("open(file=P)", {READ}),
    "opened to write": ("open(P, 'w')", {WRITTEN}),
    "its own open": ("P.open()", {READ}),
    "its own open to write": ("P.open('wb')", {WRITTEN}),
    "opened in a mode that is not known": ("open(P, mode)", {UNSEEN}),
    "written": ("P.write_bytes(b'')", {WRITTEN}),
    "renamed": ("P.rename(other)", {WRITTEN}),
    "read": ("P.read_bytes()", {READ}),
    "read elsewhere": ("await asyncio.to_thread(P.read_bytes)", {READ}),
    "removed": ("P.unlink()", {REMOVED}),
    "removed by a function": ("os.remove(P)", {REMOVED}),
    "compared": ("other == P", {READ}),
    "copied from": ("shutil.copyfile(P, other)", {READ}),
    "copied to": ("shutil.copyfile(other, P)", {WRITTEN}),
    "read by a command": ("subprocess.run(['cat', P])", {READ}),
    "told": ("log.info(P)", {TOLD}),
    "told as text": ('print(f"{P} is there")', {TOLD}),
    "only its name": ("P.name", {TOLD}),
    "a text of it": ("open(str(P))", {READ}),
    "by a name": ("x = P\n    open(x)\n    os.remove(x)", {READ, REMOVED}),
    "by a name in an expression": ("(x := P).exists()\n    os.remove(x)", {READ, REMOVED}),
    "kept in an object": ("other.path = P", {UNSEEN}),
    "returned": ("return P", {UNSEEN}),
    "given to something": ("other(P)", {UNSEEN}),
    "given to something by name": ("other(x=P)", {UNSEEN}),
    "an unknown method": ("P.frobnicate()", {UNSEEN}),
    "nothing": ("P", set()),
}


@pytest.mark.parametrize(("code", "expected"), USES.values(), ids=USES)
def test_uses(code: str, expected: set[str]) -> None:
    text = HEAD + "    " + code.replace("P", "(recorder.run_folder / '03_input.txt')", 1) + "\n"
    analysis = analyse(SourceText(text.encode()), Config(), "a.py")
    path = next(node for node in analysis.flow.nodes() if isinstance(node, ast.BinOp))
    assert analysis.uses.uses(path) == expected
