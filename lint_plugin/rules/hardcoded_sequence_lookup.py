"""LPR102: an entity looked up by a number that was written into the code."""

from __future__ import annotations

from collections.abc import Iterator

from lint_plugin.analysis import Analysis, Site
from lint_plugin.paths.calls.uses import READ
from lint_plugin.paths.values.file_names import FileName, Literal
from lint_plugin.rules.base import Example, Rule

_HEADER = "from pipeline_recorder import LivePipelineRecorder\n\n\n"


class HardcodedSequenceLookup(Rule):
    code = "LPR102"
    name = "hardcoded-sequence-lookup"
    summary = "an entity looked up by its number"
    why = """\
The number of an entity is the order in which it happened to be saved. Code that opens `03_input.txt` breaks, or reads
something else, when a step before it is added, left out or retried. The recorder knows where an entity of a type lies:
`recorder.get_entity_path("input")`, which is `None` when none was saved.
"""
    fix_safety = """\
Always **left**: `get_entity_path()` may return `None`, and what should happen then only a person knows.
"""
    message = "an entity is looked up by its number; use `get_entity_path({entity!r})`, which is None when there is none"
    left = "there may be no such entity, and what should happen then only a person knows: ask for its path, and handle None"
    other = "an entity is looked up by its number, which changes with what is saved before it; look it up by its type"
    bad = (
        Example(
            _HEADER
            + "def prompt(recorder: LivePipelineRecorder) -> str:\n"
            + '    return (recorder.run_folder / "03_input.txt").read_text()\n',
            ((5, 35, "LPR102"),),
        ),
    )
    good = (
        Example(
            _HEADER
            + "def prompt(recorder: LivePipelineRecorder) -> str:\n"
            + '    path = recorder.get_entity_path("input")\n'
            + '    return "" if path is None else path.read_text()\n',
        ),
        Example(
            _HEADER
            + "def index(recorder: LivePipelineRecorder) -> str:\n"
            + '    return (recorder.run_folder / "metadata.json").read_text()\n',
            note="The index has a fixed name.",
        ),
    )

    @classmethod
    def sites(cls, analysis: Analysis) -> Iterator[Site]:
        for one in analysis.numbered:
            if READ in one.uses and one.name.number == "constant" and one.name.literal is not None:
                message = cls.message if has_lookup(analysis) else cls.other
                yield analysis.site(cls.code, one.name.literal, message.format(entity=entity_text(one.name)))


def has_lookup(analysis: Analysis) -> bool:
    """Whether recorders have `get_entity_path`: one that saves by another method than ours looks up by another, too."""
    return analysis.config.save_method == "save_entity"


def entity_text(name: FileName) -> str:
    """The entity type for the message, with `...` for what is not constant."""
    text = "".join(piece.text if isinstance(piece, Literal) else "..." for piece in name.body)
    return text.strip("*") or "..."
