"""The same file gets the same answer each time, also where one of several values has to be taken first."""

from __future__ import annotations

from codemods.run.file_work import process_file
from codemods.run.options import Options
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finding import FileResult

HEADER = """\
import shutil
from pathlib import Path

from recorder import LivePipelineRecorder


def keep(recorder: LivePipelineRecorder, src: str, late: bool):
"""
SEVERAL_PATHS = """\
    dest = recorder.run_folder / "07_first.mp3"
    shutil.copy2(src, dest)
    if late:
        dest = recorder.run_folder / "08_second.mp3"
    Path(dest).write_bytes(b"data")
"""


def fixed(body: str, unsafe: bool) -> FileResult:
    return process_file((HEADER + body).encode(), "m.py", Config(), Facts(), Options(unsafe=unsafe))


def test_a_path_with_several_values_is_always_read_in_the_same_way() -> None:
    seen = set()
    kept = []
    for number in range(40):
        kept.append([object() for _ in range(97 * number)])  # so that the next tree's nodes lie elsewhere in memory
        seen.add(fixed(SEVERAL_PATHS, unsafe=True))
    assert len(seen) == 1


def test_a_copy_to_a_path_that_a_write_which_is_left_may_have_too_is_left() -> None:
    for first, second in (("07_first.mp3", "08_second.mp3"), ("08_second.mp3", "07_first.mp3")):
        body = SEVERAL_PATHS.replace("07_first.mp3", "\0").replace("08_second.mp3", second).replace("\0", first)
        result = fixed(body, unsafe=True)
        assert result.new is None
        reason = next(finding.reason for finding in result.findings if finding.code == "LPR201")
        assert reason == "line 12 writes a file of the same name and is left, so it would write over the entity"
