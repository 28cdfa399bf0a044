"""LPR202: a file written below the run folder without the recorder."""

from __future__ import annotations

from collections.abc import Iterator

from lint_plugin.analysis import Analysis, Site
from lint_plugin.finding import LEFT, SAFE
from lint_plugin.paths.calls.writer_table import FOLDER, OPEN, WRITE
from lint_plugin.rules.base import Example, Rule

_HEADER = "from recorder import LivePipelineRecorder\n\n\n"


class BypassedStorageWrite(Rule):
    code = "LPR202"
    name = "bypassed-storage-write"
    summary = "a file written below the run folder without the recorder"
    why = """\
What is written straight into the run folder is not in the index, has no number, and is half there for anyone who reads the
folder meanwhile. `save_entity()` takes text, bytes, JSON data, a path or an open stream, and writes it whole or not at all.
"""
    fix_safety = """\
`write_bytes` of bytes, `write_text` in UTF-8 to a `.txt` (with the shipped recorder to others as well), and an `open(...)`
with one `write` of either become `save_entity(...)` where the name is numbered and every fact is proved (**safe**). Content
that may be a `bytearray`, text written without an encoding (the system's is used, the recorder's is UTF-8), and `json.dump` of
a dict are **unsafe**: the stored bytes may differ. Everything else is **left**: names without a number (others may read them),
append mode, several writes on one handle, and libraries that want a path; those take an in-memory buffer, whose bytes go to
`save_entity()`.
"""
    message = "a {thing} below the run folder past the recorder; {advice}"
    fix = "save it with the recorder"
    bad = (
        Example(
            _HEADER
            + "def keep(recorder: LivePipelineRecorder, text: str) -> None:\n"
            + '    with open(recorder.run_folder / "02_prompt.txt", "w", encoding="utf-8") as f:\n'
            + "        f.write(text)\n",
            ((5, 10, "LPR202"), (5, 37, "LPR101")),
            SAFE,
            _HEADER
            + "def keep(recorder: LivePipelineRecorder, text: str) -> None:\n"
            + '    recorder.save_entity(entity_type="prompt", content=text)\n',
        ),
        Example(
            _HEADER
            + "def keep(recorder: LivePipelineRecorder, image) -> None:\n"
            + '    image.save(recorder.run_folder / "04_output_image.png")\n',
            ((5, 5, "LPR202"), (5, 38, "LPR101")),
            LEFT,
            note="Save to an `io.BytesIO` and give its bytes to `save_entity()`.",
        ),
    )
    good = (
        Example(
            _HEADER
            + "def prompt(recorder: LivePipelineRecorder) -> str:\n"
            + '    with open(recorder.run_folder / "metadata.json") as f:\n'
            + "        return f.read()\n",
        ),
    )

    @classmethod
    def sites(cls, analysis: Analysis) -> Iterator[Site]:
        save = analysis.config.save_method
        for write in analysis.writes:
            if write.sink.kind in (WRITE, OPEN, FOLDER):
                thing = "folder is made" if write.sink.kind == FOLDER else "file is written"
                message = cls.message.format(thing=thing, advice=write.sink.advice(save))
                yield analysis.site(cls.code, write.call, message, write)
