"""LPR103: an entity type that is looked up, and that nothing in the project ever saves."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator

from lint_plugin.analysis import Analysis, Site
from lint_plugin.facts import STRONG
from lint_plugin.rules.base import Example, Rule

LOOKUP = "get_entity_path"
_OF_ITSELF = "error"  # the recorder saves one whenever a run, a download or a save fails

_CODE = """\
from recorder import LivePipelineRecorder


def keep(recorder: LivePipelineRecorder, data: bytes) -> None:
    recorder.save_entity("output_image", data)


def find(recorder: LivePipelineRecorder) -> object:
    return recorder.get_entity_path("{entity}")
"""


class EntityTypeNeverSaved(Rule):
    code = "LPR103"
    name = "entity-type-never-saved"
    summary = "an entity type that is looked up and never saved"
    why = """\
`get_entity_path()` of a type that nothing saves is always `None`: a misspelled type looks like a run in which the step did not
happen. All saves of the project are looked at: the save method, `save_from_filesystem`, `save_error`, `save_prompt_id` and the
downloads. As soon as the type of one of them is computed, or none is found, nothing is said; nor of `error`, which the recorder
saves of itself when something fails.
"""
    fix_safety = """\
Always **left**: whether the look-up or the save has the right name only a person knows. The message names the nearest type.
"""
    message = "nothing in the project saves an entity of type `{entity}`{hint}"
    left = "whether the look-up or the save has the right name only a person knows: give both the same type"
    bad = (Example(_CODE.format(entity="output_imgae"), ((9, 37, "LPR103"),)),)
    good = (
        Example(_CODE.format(entity="output_image")),
        Example(
            _CODE.format(entity="output_audio").replace('"output_image", data', 'f"output_{len(data)}", data'),
            note="The saved type is computed.",
        ),
    )

    @classmethod
    def sites(cls, analysis: Analysis) -> Iterator[Site]:
        looked_up = list(lookups(analysis))
        saved = analysis.saved_types if looked_up else None
        if not saved:
            return
        for literal, entity in looked_up:
            if entity != _OF_ITSELF and not any(
                entity == one or (one.endswith("*") and entity.startswith(one[:-1])) for one in saved
            ):
                yield analysis.site(cls.code, literal, cls.message.format(entity=entity, hint=_hint(entity, saved)))


def lookups(analysis: Analysis) -> Iterator[tuple[ast.expr, str]]:
    """Every constant type that is looked up on what is proved to be a recorder."""
    for call in analysis.calls:
        if not isinstance(call.func, ast.Attribute) or call.func.attr != LOOKUP:
            continue
        given = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "entity_type"), None)
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            evidence = analysis.evidence.of(call.func.value)
            if evidence.level == STRONG and not evidence.own:
                yield given, given.value


def _hint(entity: str, saved: frozenset[str]) -> str:
    near = difflib.get_close_matches(entity, sorted(saved), 1)
    return f"; did you mean `{near[0]}`?" if near else ""
