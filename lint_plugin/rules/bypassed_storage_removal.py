"""LPR203: a file removed below the run folder, or the run folder itself, without the recorder."""

from __future__ import annotations

from collections.abc import Iterator

from lint_plugin.analysis import Analysis, Site
from lint_plugin.rules.base import Example, Rule

_CODE = """\
import shutil

from recorder import LivePipelineRecorder


def drop(recorder: LivePipelineRecorder, entity: dict) -> None:
    {line}
"""


class BypassedStorageRemoval(Rule):
    code = "LPR203"
    name = "bypassed-storage-removal"
    summary = "a file or folder removed below the run folder, or the run folder itself"
    why = """\
The index goes on naming a file that is removed behind the recorder's back: whoever follows it finds nothing. With the run
folder the run and its index are gone, and a recorder that is still open writes into nothing.

A file that the same function has written itself is its own, and may be removed by it.
"""
    fix_safety = """\
Always **left**: a run is a record, and what should be kept of it only a person knows. `recorder prune` removes whole runs.
"""
    message = "{what} is removed past the recorder; {consequence}"
    left = "what should be kept of a run only a person knows: keep its files, or let `recorder prune` remove whole runs"
    bad = (
        Example(_CODE.format(line='(recorder.run_folder / entity["filename"]).unlink()'), ((7, 5, "LPR203"),)),
        Example(_CODE.format(line="shutil.rmtree(recorder.run_folder)"), ((7, 5, "LPR203"),)),
    )
    good = (
        Example(_CODE.format(line='shutil.rmtree(entity["cache"])'), note="Another folder."),
        Example(
            _CODE.format(
                line='recorder.save_entity("retracted", {"filename": entity["filename"]})',
            ),
            note="A run is a record: what no longer holds can be said in it.",
        ),
    )

    @classmethod
    def sites(cls, analysis: Analysis) -> Iterator[Site]:
        for removal in analysis.removals:
            if removal.path.parts:
                what, consequence = "a file below the run folder", "its index may go on naming it"
            else:
                what, consequence = "the run folder", "the run and its index are gone"
            yield analysis.site(cls.code, removal.call, cls.message.format(what=what, consequence=consequence))
