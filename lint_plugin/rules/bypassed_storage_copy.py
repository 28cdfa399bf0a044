"""LPR201: a file copied, moved, renamed or linked into the run folder."""

from __future__ import annotations

from collections.abc import Iterator

from lint_plugin.analysis import Analysis, Site
from lint_plugin.finding import SAFE
from lint_plugin.paths.calls.writer_table import COPY, LINK, MOVE
from lint_plugin.rules.base import Example, Rule

_VERBS = {COPY: "copied", MOVE: "moved", LINK: "linked"}

_BEFORE = """\
import shutil

from recorder import LivePipelineRecorder


def keep(recorder: LivePipelineRecorder, source: str) -> None:
    shutil.copy2(source, recorder.run_folder / "07_output_audio.mp3")
"""
_AFTER = """\
from recorder import LivePipelineRecorder


def keep(recorder: LivePipelineRecorder, source: str) -> None:
    with open(source, "rb") as f:
        file_data = f.read()
    recorder.save_entity(
        entity_type="output_audio",
        content=file_data,
        metadata={"filesystem_path": source},
    )
"""


class BypassedStorageCopy(Rule):
    code = "LPR201"
    name = "bypassed-storage-copy"
    summary = "a copy, move, rename or link into the run folder"
    why = """\
A file that is copied into the run folder past the recorder has no entry in the index and no number of the sequence:
whoever reads the run through `metadata.json` or `get_status()` never learns of it, and the next `save_entity()` may choose
the same number. `save_entity()` takes bytes of any kind.
"""
    fix_safety = """\
A copy to a numbered name becomes `with open(...)` and `save_entity(...)`, and what that leaves unused goes: the name, the path,
local imports, the chain that picked the extension. It is **safe** when every fact that it needs is proved: which recorder, one
exact path, a name that is used only after the copy has succeeded, values that cannot have changed in between. A move or a
rename, a fixed name in a loop, a path that is used later or a handler for narrow exceptions make it **unsafe**. Everything
else is **left**, with the reason.
"""
    message = "a file is {verb} into the run folder past the recorder; {advice}"
    fix = "save it with the recorder"
    bad = (Example(_BEFORE, ((7, 5, "LPR201"), (7, 48, "LPR101")), SAFE, _AFTER),)
    good = (
        Example(
            "import shutil\n\nfrom recorder import LivePipelineRecorder\n\n\n"
            "def publish(recorder: LivePipelineRecorder, target: str) -> None:\n"
            '    shutil.copy2(recorder.run_folder / "metadata.json", target)\n',
            note="Copying out of the run folder is nobody's business.",
        ),
    )

    @classmethod
    def sites(cls, analysis: Analysis) -> Iterator[Site]:
        for write in analysis.writes:
            if write.sink.kind in _VERBS:
                message = cls.message.format(verb=_VERBS[write.sink.kind], advice=write.sink.advice(analysis.config.save_method))
                yield analysis.site(cls.code, write.call, message, write)
