"""LPR001: an attribute that the recorder class does not define."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator

from lint_plugin.analysis import Analysis, Site
from lint_plugin.facts import STRONG, WEAK
from lint_plugin.finding import SAFE, UNSAFE
from lint_plugin.flow.nodes import last_name
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

Attributes that are configured as renamed (`renamed-attributes`) are flagged on everything that is a recorder; where only
its name says so, not if another class of the project has such an attribute. Where the class itself is found (below
`source-roots`, next to the file that imports it, or in this distribution), every other attribute that it does not define
is flagged too, with the nearest real name.
"""
    fix_safety = """\
A configured rename is **safe** when an annotation, a constructor or an imported factory proves that the object is a
recorder, and **unsafe** when only its name suggests it. It is **left** where the attribute may exist after all: it is
stored, deleted, called or guarded by `hasattr`, `getattr` or `except AttributeError`, or a class in sight defines it.
"""
    message = "recorders have no attribute `{attribute}`{hint}"
    fix = "use the attribute that recorders have"
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
        for node in analysis.attributes_to_judge:
            evidence = analysis.evidence.of(node.value)
            if not evidence.is_recorder:
                continue
            known = analysis.evidence.class_of(evidence)
            if known is not None and node.attr in known.attributes:
                continue
            if evidence.level == WEAK and analysis.evidence.other_class_has(node.attr):
                continue
            if node.attr in renamed:
                new = renamed[node.attr]
                if known is None or known.open or new in known.attributes:
                    yield cls._site(analysis, node, f"; use `{new}`")
                    continue
            if known is None or known.open or evidence.level != STRONG or not isinstance(node.ctx, ast.Load):
                continue
            if not _may_be_there(analysis, node):
                near = difflib.get_close_matches(node.attr, sorted(known.attributes), 1)
                yield cls._site(analysis, node, f"; did you mean `{near[0]}`?" if near else "")

    @classmethod
    def _site(cls, analysis: Analysis, node: ast.Attribute, hint: str) -> Site:
        return analysis.site(cls.code, node, cls.message.format(attribute=node.attr, hint=hint))


def _may_be_there(analysis: Analysis, node: ast.Attribute) -> bool:
    """Whether an attribute that the class does not define may be there all the same, or the code reckons with that."""
    if node.attr.startswith("__") and node.attr.endswith("__"):
        return True  # Python's own
    if node.attr in analysis.stored_on_recorders:
        return True
    if analysis.facts is not None and analysis.facts.stores.get(node.attr) is not None:
        return True
    this = ast.dump(node.value)
    for call in analysis.calls:
        match call:
            case ast.Call(func=ast.Name(id="isinstance"), args=[asked, _]) if ast.dump(asked) == this:
                if analysis.flow.scope_of(asked) is analysis.flow.scope_of(node):
                    return True  # of a subclass, which may have more
            case ast.Call(func=ast.Name(id="hasattr" | "getattr"), args=[asked, ast.Constant(value=name), *_]):
                if name == node.attr and ast.dump(asked) == this:
                    return True
    return _is_handled(analysis, node)


def _is_handled(analysis: Analysis, node: ast.Attribute) -> bool:
    """Whether `except AttributeError` or `suppress(AttributeError)` stands around."""
    below: ast.AST = node
    above = analysis.flow.parent(node)
    while above is not None:
        caught: list[ast.expr | None] = []
        if isinstance(above, (ast.Try, ast.TryStar)) and below in above.body:
            caught = [handler.type for handler in above.handlers]
        elif isinstance(above, (ast.With, ast.AsyncWith)) and below in above.body:
            contexts = (item.context_expr for item in above.items)
            caught = [argument for call in contexts if isinstance(call, ast.Call) for argument in call.args]
        for one in caught:
            if one is not None and any(last_name(part) == "AttributeError" for part in _parts(one)):
                return True
        below, above = above, analysis.flow.parent(above)
    return False


def _parts(caught: ast.expr) -> list[ast.expr]:
    return caught.elts if isinstance(caught, ast.Tuple) else [caught]
