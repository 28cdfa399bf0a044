"""LPR001: an attribute that the recorder class does not define."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator

from lint_plugin.analysis import Analysis, Site
from lint_plugin.evidence import STRONG
from lint_plugin.finding import SAFE, UNSAFE
from lint_plugin.rules.base import Example, Rule

_ANNOTATED = """\
from pipeline_recorder import LivePipelineRecorder


def exists(recorder: LivePipelineRecorder) -> bool:
    return recorder.{attribute}.exists()
"""


class UnknownRecorderAttribute(Rule):
    code = "LPR001"
    name = "unknown-recorder-attribute"
    summary = "an attribute that recorders do not have"
    why = """\
Reading an attribute that the class does not define raises `AttributeError`, and only when that line runs: in the audit
that this project began with, three uses of `recorder.run_dir` crashed routes that no test had ever reached. The folder of a
run is `recorder.run_folder`.

Attributes that are configured as renamed (`renamed-attributes`) are flagged on everything that is a recorder. Where the
class itself is found (below `source-roots`, or next to the file that imports it), every other attribute that it does not
define is flagged too, with the nearest real name.
"""
    fix_safety = """\
A configured rename is **safe** when an annotation, a constructor or an imported factory proves that the object is a
recorder, and **unsafe** when only its name suggests it. It is **left** where the attribute may exist after all: it is
stored, deleted, called or guarded by `hasattr`, `getattr` or `except AttributeError`, or a class in sight defines it.
"""
    message = "recorders have no attribute `{attribute}`{hint}"
    bad = (
        Example(
            _ANNOTATED.format(attribute="run_dir"),
            ((5, 12, "LPR001"),),
            SAFE,
            _ANNOTATED.format(attribute="run_folder"),
        ),
        Example(
            "def exists(recorder):\n    return recorder.run_dir.exists()\n",
            ((2, 12, "LPR001"),),
            UNSAFE,
            "def exists(recorder):\n    return recorder.run_folder.exists()\n",
            note="Only the parameter's name says that this is a recorder.",
        ),
    )
    good = (
        Example(_ANNOTATED.format(attribute="run_folder")),
        Example(
            "from audio import AudioRecorder\n\n\ndef folder(recorder: AudioRecorder):\n    return recorder.run_dir\n",
            note="Another class.",
        ),
    )

    @classmethod
    def sites(cls, analysis: Analysis) -> Iterator[Site]:
        renamed = analysis.config.renamed_attributes
        for node in analysis.attributes:
            evidence = analysis.evidence.of(node.value)
            if not evidence.is_recorder:
                continue
            known = analysis.known_class(evidence)
            if known is not None and node.attr in known.attributes:
                continue
            if node.attr in renamed:
                new = renamed[node.attr]
                if known is None or known.open or new in known.attributes:
                    yield cls._site(analysis, node, f"; use `{new}`")
                    continue
            if known is None or known.open or evidence.level != STRONG or not isinstance(node.ctx, ast.Load):
                continue
            if node.attr not in analysis.stored_on_recorders:
                near = difflib.get_close_matches(node.attr, sorted(known.attributes), 1)
                yield cls._site(analysis, node, f"; did you mean `{near[0]}`?" if near else "")

    @classmethod
    def _site(cls, analysis: Analysis, node: ast.Attribute, hint: str) -> Site:
        return analysis.site(cls.code, node, cls.message.format(attribute=node.attr, hint=hint))
