"""LPR301: os.path.join where the recorder gives a Path."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_plugin.analysis import Analysis, Site
from lint_plugin.finding import SAFE
from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.nodes import last_name
from lint_plugin.paths.calls.writes import Write
from lint_plugin.paths.values.run_paths import JOIN_FUNCTIONS
from lint_plugin.rules.base import Example, Rule

_CODE = """\
import os

from recorder import LivePipelineRecorder


def index(recorder: LivePipelineRecorder) -> str:
    with open({path}) as f:
        return f.read() + os.linesep
"""


class OsPathJoinOnRunFolder(Rule):
    code = "LPR301"
    name = "os-path-join-on-run-folder"
    summary = "`os.path.join` on the recorder's Path"
    why = """\
`run_folder` is a `Path`; `os.path.join` turns it into a `str`. Code that mixes the two ends in `str` has no attribute
`exists`, or in a `TypeError` on the next `/`.
"""
    fix_safety = """\
`os.path.join(recorder.run_folder, name)` becomes `recorder.run_folder / name`. **Safe** where every use of the result accepts a
Path (`open`, `shutil`, `os`, `Path`), **left** where one needs a `str` (a string method, `+`), **unsafe** otherwise.
"""
    message = "`os.path.join` on the recorder's Path; write `{folder} / ...`"
    fix = "join with /"
    bad = (
        Example(
            _CODE.format(path='os.path.join(recorder.run_folder, "metadata.json")'),
            ((7, 15, "LPR301"),),
            SAFE,
            _CODE.format(path='recorder.run_folder / "metadata.json"'),
        ),
    )
    good = (Example(_CODE.format(path='recorder.run_folder / "metadata.json"')),)

    @classmethod
    def sites(cls, analysis: Analysis) -> Iterator[Site]:
        by_call: dict[ast.expr, Write] = {}
        for write in analysis.writes:
            for node in join_calls(write, analysis):
                by_call.setdefault(node, write)
        for call in analysis.calls:
            if last_name(call.func) != "join" and not isinstance(call.func, ast.Name):
                continue
            if not call.args or dotted_name(analysis.flow, call.func) not in JOIN_FUNCTIONS:
                continue
            folder = analysis.paths.of(call.args[0])
            if folder is None or folder.attribute is None or not folder.is_path or folder.evidence.own:
                continue
            if analysis.has_text_folder(folder):
                continue
            folder_text = ast.unparse(call.args[0])
            attribute = folder.attribute.attr
            renamed = analysis.config.renamed_attributes.get(attribute, attribute)
            message = cls.message.format(folder=folder_text.replace(f".{attribute}", f".{renamed}"))
            yield analysis.site(cls.code, call, message, by_call.get(call))


def join_calls(write: Write, analysis: Analysis) -> Iterator[ast.expr]:
    """The expressions that a write's target was built by: itself, and the values of the names on the way."""
    yield write.target
    for definition in write.path.chain:
        if definition.value is not None:
            yield definition.value
