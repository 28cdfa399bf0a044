"""Names and paths that are bound by `path /= name` or by a tuple assignment: what becomes of the statement, and that it runs.

Each function is called before and after on the shipped recorder; what it returns and stores has to be the same.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from before_and_after import MP3, observed

from lint_plugin.finding import FileResult

FILE = """\
import shutil
from pathlib import Path

from recorder import LivePipelineRecorder


class Box:
    kind = "boxed"

    def take(self):
        self.kind = "taken"
        return self.kind


BOX = Box()


def keep(recorder: LivePipelineRecorder, source: str, text: str):
{body}

KEPT = (shutil, Path)
"""
SAVED = """\
    with open(source, "rb") as f:
        file_data = f.read()
    {target}recorder.save_entity(
        entity_type={type},
        content=file_data,
        metadata={{"filesystem_path": source}},
    )
"""


def saved(target: str = "", entity_type: str = '"audio"') -> str:
    return SAVED.format(target=target, type=entity_type)


REWRITTEN = [
    (
        "divided in place",
        """\
    path = recorder.run_folder
    path /= "07_audio.mp3"
    shutil.copy2(source, path)
""",
        saved(),
    ),
    (
        "divided in place, and read afterwards",
        """\
    path = recorder.run_folder
    name = "07_audio.mp3"
    path /= name
    shutil.copy2(source, path)
    return name
""",
        saved("name = ") + "    return name\n",
    ),
    (
        "the folder is read as well",
        """\
    path = recorder.run_folder
    print(path.name)
    path /= "07_audio.mp3"
    shutil.copy2(source, path)
""",
        "    path = recorder.run_folder\n    print(path.name)\n" + saved(),
    ),
    (
        "folder and name",
        """\
    folder, name = recorder.run_folder, "07_audio.mp3"
    shutil.copy2(source, folder / name)
    return name
""",
        saved("name = ") + "    return name\n",
    ),
    (
        "folder and name, the folder is read afterwards",
        """\
    folder, name = recorder.run_folder, "07_audio.mp3"
    shutil.copy2(source, folder / name)
    return folder.name
""",
        "    folder = recorder.run_folder\n" + saved() + "    return folder.name\n",
    ),
    (
        "one of three",
        """\
    first, name, last = text, "07_audio.mp3", text.upper()
    shutil.copy2(source, recorder.run_folder / name)
    return first, last
""",
        "    first, last = text, text.upper()\n" + saved() + "    return first, last\n",
    ),
    (
        "a call beside it stays",
        """\
    path, taken = recorder.run_folder / "07_audio.mp3", BOX.take()
    shutil.copy2(source, path)
    return taken
""",
        "    taken = BOX.take()\n" + saved() + "    return taken\n",
    ),
    (
        "in brackets, over several lines",
        """\
    (
        path,
        label,
    ) = (
        recorder.run_folder / "07_audio.mp3",
        text,
    )
    shutil.copy2(source, path)
    return label
""",
        "    label = text\n" + saved() + "    return label\n",
    ),
    (
        "one of three, over several lines",
        """\
    label, path, again = (
        text,
        recorder.run_folder / "07_audio.mp3",
        text.upper(),
    )
    shutil.copy2(source, path)
    return label, again
""",
        "    label, again = (\n        text,\n        text.upper(),\n    )\n" + saved() + "    return label, again\n",
    ),
    (
        "a comment inside keeps the whole",
        """\
    path, label = (
        recorder.run_folder / "07_audio.mp3",
        text,  # for the log
    )
    shutil.copy2(source, path)
    return label
""",
        """\
    path, label = (
        recorder.run_folder / "07_audio.mp3",
        text,  # for the log
    )
"""
        + saved()
        + "    return label\n",
    ),
    (
        "exchanged",
        """\
    other = text
    text, name = other, "07_audio.mp3"
    shutil.copy2(source, recorder.run_folder / name)
    return text
""",
        "    other = text\n    text = other\n" + saved() + "    return text\n",
    ),
    (
        "printed beside it",
        """\
    kind, name = "speech", "07_audio.mp3"
    print(name)
    name = f"07_audio_{kind}.mp3"
    shutil.copy2(source, recorder.run_folder / name)
""",
        '    kind, name = "speech", "07_audio.mp3"\n    print(name)\n' + saved(entity_type='f"audio_{kind}"'),
    ),
]
LEFT = [
    (
        "the part of a tuple that is behind it changes what it reads",
        """\
    name, taken = f"07_{BOX.kind}.mp3", BOX.take()
    shutil.copy2(source, recorder.run_folder / name)
""",
        "`BOX.kind` may change at line 19, before the file is saved: keep its value in a variable",
    ),
    (
        "an attribute is bound beside it",
        """\
    name, BOX.kind = f"07_{BOX.kind}.mp3", "new"
    shutil.copy2(source, recorder.run_folder / name)
""",
        "`name` is bound at line 19 by more than a plain assignment: write `name = ...`",
    ),
    (
        "the rest of a list is bound beside it",
        """\
    name, *rest = "07_audio.mp3", text
    shutil.copy2(source, recorder.run_folder / name)
""",
        "`name` is bound at line 19 by more than a plain assignment: write `name = ...`",
    ),
    (
        "divided again in a loop",
        """\
    path = recorder.run_folder
    for step in ("07_audio.mp3",):
        path /= step
        shutil.copy2(source, path)
""",
        "`path` at line 21 may hold different values, from lines 19, 21",
    ),
    (
        "read between",
        """\
    path = recorder.run_folder
    path /= "07_audio.mp3"
    print(path.exists())
    shutil.copy2(source, path)
""",
        "`path` is read at line 21, before the write has succeeded: read it afterwards",
    ),
]


@pytest.mark.parametrize(("body", "expected"), [row[1:] for row in REWRITTEN], ids=[row[0] for row in REWRITTEN])
def test_rewritten(body: str, expected: str, tmp_path: Path, engine: Callable[..., FileResult]) -> None:
    before = FILE.format(body=body)
    result = engine(before.encode())
    assert result.new is not None, [finding.reason for finding in result.findings]
    after = result.new.decode()
    assert after == FILE.format(body=expected)
    assert observed(after, MP3, tmp_path / "after") == observed(before, MP3, tmp_path / "before")
    assert engine(result.new).new is None


@pytest.mark.parametrize(("body", "reason"), [row[1:] for row in LEFT], ids=[row[0] for row in LEFT])
def test_left(body: str, reason: str, engine: Callable[..., FileResult]) -> None:
    result = engine(FILE.format(body=body).encode(), unsafe=True)
    assert result.new is None
    assert next(finding.reason for finding in result.findings if finding.code == "LPR201") == reason
