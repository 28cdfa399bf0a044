"""LPR101: a file for the run folder that is numbered by hand."""

from __future__ import annotations

from collections.abc import Iterator

from lint_plugin.analysis import Analysis, Site
from lint_plugin.finding import SAFE
from lint_plugin.paths.calls.uses import READ, REMOVED, UNSEEN, WRITTEN
from lint_plugin.rules.base import Example, Rule
from lint_plugin.rules.hardcoded_sequence_lookup import entity_text, has_lookup

_HEADER = "from pipeline_recorder import LivePipelineRecorder\n\n\n"


class HardcodedSequencePrefix(Rule):
    code = "LPR101"
    name = "hardcoded-sequence-prefix"
    summary = "a hand-numbered name for a new file in the run folder"
    why = """\
`save_entity()` gives every file of a run the next number. A name with its own number (`07_output_audio.mp3`) collides
with that sequence as soon as a step is added or left out: it overwrites an entity, or sorts where it does not belong.
"""
    fix_safety = """\
Nothing is done about the name alone. It goes when the write that it belongs to (LPR201, LPR202) becomes a
`save_entity()` call, and has that fix's level.
"""
    message = "the name is numbered by hand; `{save}()` gives the next number"
    fix = "save it with the recorder"
    unseen = (
        "the name is numbered by hand, and what is done with the file is not seen here: "
        "`{save}()` gives the next number to a new one"
    )
    unseen_lookup = ", `get_entity_path({entity!r})` finds one that is there"
    bad = (
        Example(
            _HEADER
            + "def keep(recorder: LivePipelineRecorder, text: str) -> None:\n"
            + '    path = recorder.run_folder / "03_prompt.txt"\n'
            + '    path.write_text(text, encoding="utf-8")\n',
            ((5, 34, "LPR101"), (6, 5, "LPR202")),
            SAFE,
            _HEADER
            + "def keep(recorder: LivePipelineRecorder, text: str) -> None:\n"
            + '    recorder.save_entity(entity_type="prompt", content=text)\n',
        ),
    )
    good = (
        Example(
            _HEADER
            + "def keep(recorder: LivePipelineRecorder, text: str) -> str:\n"
            + "    return recorder.save_entity('prompt', text)\n",
        ),
        Example('LORAS = ["40_style", "50_detail"]\n', note="A number in a name is nothing by itself."),
    )

    @classmethod
    def sites(cls, analysis: Analysis) -> Iterator[Site]:
        seen = set()
        message = cls.message.format(save=analysis.config.save_method)
        for write in analysis.writes:
            for literal in analysis.numbered_literals(write.path):
                if literal not in seen:
                    seen.add(literal)
                    yield analysis.site(cls.code, literal, message, write)
        for one in analysis.numbered:
            if one.uses & {READ, REMOVED} or one.name.literal is None:
                continue
            message = cls.unseen + (cls.unseen_lookup if has_lookup(analysis) else "")
            if WRITTEN in one.uses and UNSEEN not in one.uses:
                message = cls.message  # on one of several branches
            message = message.format(save=analysis.config.save_method, entity=entity_text(one.name))
            yield analysis.site(cls.code, one.name.literal, message)
