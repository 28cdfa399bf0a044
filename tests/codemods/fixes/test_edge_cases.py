"""The edge cases of the rewrite, numbered: those of a function's body as a table, whole files below."""

from __future__ import annotations

import subprocess
import sysconfig
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from lint_plugin.finding import FileResult

Row = tuple[tuple[str, str, str], dict[str, object]]


def row(name: str, before: str, level: str, **more: object) -> Row:
    """One case: its name, a function's body, the level of what is found; see `Case` in conftest for the rest."""
    return (name, before, level), more


ROWS = [
    row(
        "05 folder attribute that does not exist, in the call itself",
        'shutil.copy2(src, recorder.run_dir / f"07_output_{kind}.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder f'output_{kind}' FROM src AS 'mp3', src",
    ),
    row(
        "06 f-string path with an f-string name",
        """\
name = f"07_output_{kind}.mp3"
shutil.copy2(src, f"{recorder.run_dir}/{name}")""",
        "safe",
        code="LPR201",
        after="SAVE recorder f'output_{kind}' FROM src AS 'mp3', src",
    ),
    row(
        "07 joinpath",
        'shutil.copy2(src, recorder.run_folder.joinpath("07_x.mp3"))',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    row(
        "07 str()",
        'shutil.copy2(src, str(recorder.run_folder / "07_x.mp3"))',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    row(
        "07 Path()",
        'shutil.copy2(src, Path(recorder.run_folder, "07_x.mp3"))',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    row(
        "07 str() + name",
        """\
name = "07_x.mp3"
shutil.copy2(src, str(recorder.run_folder) + "/" + name)""",
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    row(
        "08 move",
        'shutil.move(src, recorder.run_folder / "07_x.mp3")',
        "unsafe",
        code="LPR201",
        reason="the source is removed after it was saved, which is not one step as a move is, and a folder cannot be saved",
        after="""\
SAVE recorder 'x' FROM src AS 'mp3', src
os.remove(src)""",
    ),
    row(
        "09 returned",
        'return shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="line 9 uses what the copy returns: call it on a line of its own",
    ),
    row(
        "09 assigned",
        """\
out = shutil.copy2(src, recorder.run_folder / "07_x.mp3")
return out""",
        "left",
        code="LPR201",
        reason="line 9 uses what the copy returns: call it on a line of its own",
    ),
    row(
        "09 lambda",
        'return lambda: shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="line 9 uses what the copy returns: call it on a line of its own",
    ),
    row(
        "10 path logged afterwards",
        """\
dest = str(recorder.run_folder / "07_x.mp3")
shutil.copy2(src, dest)
print(dest)""",
        "unsafe",
        code="LPR201",
        reason="`dest` is used at line 11: it is set again from the name that the recorder gives",
        after="""\
saved_name = SAVE recorder 'x' FROM src AS 'mp3', src
dest = str(recorder.run_folder / saved_name)
print(dest)""",
    ),
    row(
        "11 exists() guard",
        """\
dest = recorder.run_folder / "07_x.mp3"
if not dest.exists():
    shutil.copy2(src, dest)""",
        "left",
        code="LPR201",
        reason="`dest` is read at line 10, before the write has succeeded",
    ),
    row(
        "12 extension by splitext",
        """\
ext = os.path.splitext(src)[1]
name = f"07_x{ext}"
shutil.copy2(src, recorder.run_folder / name)""",
        "unsafe",
        code="LPR201",
        after="""\
ext = os.path.splitext(src)[1]
SAVE recorder 'x' FROM src AS ext.lstrip('.'), src""",
        reason="the extension is computed: it may be empty, or another one that the recorder refuses",
    ),
    row(
        "13 splitext in the name",
        """\
name = f"07_x{os.path.splitext(src)[1]}"
shutil.copy2(src, recorder.run_folder / name)""",
        "unsafe",
        code="LPR201",
        after="""\
with open(src, 'rb') as f:
    file_data = f.read()
recorder.save_entity(
    entity_type='x',
    content=file_data,
    metadata={
        'format': os.path.splitext(src)[1].lstrip('.'),
        'filesystem_path': src
    }
)""",
        reason="the extension is computed: it may be empty, or another one that the recorder refuses",
    ),
    row(
        "14 name in an except log",
        """\
name = "07_x.mp3"
try:
    shutil.copy2(src, recorder.run_folder / name)
except Exception:
    print(name)""",
        "left",
        code="LPR201",
        reason="`name` is read at line 13, where the write at line 11 may have failed",
    ),
    row(
        "15 finally logs the result",
        """\
name = "07_x.mp3"
saved = None
try:
    shutil.copy2(src, recorder.run_folder / name)
    saved = name
finally:
    print(saved)""",
        "safe",
        code="LPR201",
        after="""\
saved = None
try:
    saved = SAVE recorder 'x' FROM src AS 'mp3', src
finally:
    print(saved)""",
    ),
    row(
        "16 narrow handler",
        """\
try:
    shutil.copy2(src, recorder.run_folder / "07_x.mp3")
except (OSError, shutil.SameFileError):
    pass""",
        "unsafe",
        code="LPR201",
        reason="the handler for `(OSError, shutil.SameFileError)` at line 11 may not catch what `save_entity()` raises",
        after="""\
try:
    SAVE recorder 'x' FROM src AS 'mp3', src
except (OSError, shutil.SameFileError):
    pass""",
    ),
    row(
        "17 constant name in a loop",
        """\
for item in src:
    shutil.copy2(item, recorder.run_folder / "07_x.mp3")""",
        "unsafe",
        code="LPR201",
        reason="the loop at line 9 may write the same name each time: one file becomes one entity for each round",
        after="""\
for item in src:
    SAVE recorder 'x' FROM item AS 'mp3', str(item)""",
    ),
    row(
        "18 name with the loop variable",
        """\
for i, item in enumerate(src):
    name = f"{i:02d}_x.mp3"
    shutil.copy2(item, recorder.run_folder / name)
    print(i)""",
        "safe",
        code="LPR201",
        after="""\
for i, item in enumerate(src):
    SAVE recorder 'x' FROM item AS 'mp3', str(item)
    print(i)""",
    ),
    row(
        "19 format()",
        """\
name = "07_{}_{}.mp3".format(kind, 1)
shutil.copy2(src, recorder.run_folder / name)""",
        "unsafe",
        code="LPR201",
        after="SAVE recorder f'{kind}_{1}' FROM src AS 'mp3', src",
        reason="the entity type begins with `kind`, which may be empty or another text that the recorder refuses",
    ),
    row(
        "19 %s",
        'shutil.copy2(src, recorder.run_folder / ("07_%s.mp3" % kind))',
        "unsafe",
        code="LPR201",
        after="SAVE recorder f'{kind}' FROM src AS 'mp3', src",
        reason="`kind` may be a tuple, which `%` takes apart; the entity type begins with `kind`, which may be empty or another text that the recorder refuses",
    ),
    row(
        "19 %*d",
        'shutil.copy2(src, recorder.run_folder / ("07_%*d.mp3" % (3, 4)))',
        "left",
        code="LPR201",
        reason="how the file's name is made is not understood: write it as an f-string",
    ),
    row(
        "19 %(k)s",
        'shutil.copy2(src, recorder.run_folder / ("07_%(k)s.mp3" % {"k": kind}))',
        "left",
        code="LPR201",
        reason="how the file's name is made is not understood: write it as an f-string",
    ),
    row(
        "19 format with an item",
        'shutil.copy2(src, recorder.run_folder / "07_{x[a]}.mp3".format(x=src))',
        "left",
        code="LPR201",
        reason="how the file's name is made is not understood: write it as an f-string",
    ),
    row(
        "20 next number by hand",
        'shutil.copy2(src, recorder.run_folder / f"{recorder.sequence_number + 1:02d}_x.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    row(
        "21 number counted by hand",
        """\
recorder.sequence_number += 1
shutil.copy2(src, recorder.run_folder / f"{recorder.sequence_number:02d}_x.mp3")""",
        "left",
        code="LPR201",
        reason="line 9 counts or indexes the file by hand, which `save_entity()` does as well",
    ),
    row(
        "22 entry made by hand",
        """\
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
recorder.metadata["entities"].append({"filename": "07_x.mp3"})""",
        "left",
        code="LPR201",
        reason="line 10 counts or indexes the file by hand, which `save_entity()` does as well",
    ),
    row(
        "23 local import of two",
        """\
import os, shutil
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
return os.sep""",
        "safe",
        code="LPR201",
        after="""\
import os
SAVE recorder 'x' FROM src AS 'mp3', src
return os.sep""",
    ),
    row(
        "24 local import used in another branch",
        """\
import os
import shutil
if src:
    shutil.copy2(src, os.path.join(recorder.run_folder, "07_x.mp3"))
else:
    os.remove(src)""",
        "safe",
        code="LPR201",
        after="""\
import os
if src:
    SAVE recorder 'x' FROM src AS 'mp3', src
else:
    os.remove(src)""",
    ),
    row(
        "25 local import used elsewhere",
        """\
import shutil
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
shutil.rmtree(src)""",
        "safe",
        code="LPR201",
        after="""\
import shutil
SAVE recorder 'x' FROM src AS 'mp3', src
shutil.rmtree(src)""",
    ),
    row(
        "28 basename",
        "shutil.copy2(src, recorder.run_folder / os.path.basename(src))",
        "left",
        code="LPR201",
        reason="the name has no number in front: others may read the file under this fixed name",
    ),
    row(
        "28 fixed name",
        '(recorder.run_folder / "chat_history.json").write_text(src, encoding="utf-8")',
        "left",
        code="LPR202",
        reason="the name has no number in front: others may read the file under this fixed name",
    ),
    row(
        "29 the folder itself",
        "shutil.copy2(src, recorder.run_folder)",
        "left",
        code="LPR201",
        reason="line 9 gives no name, so it is the source's own: give the entity a type and save the content",
    ),
    row(
        "29 sub-folder",
        'shutil.copy2(src, recorder.run_folder / "final" / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="line 9 names a sub-folder of the run: entities lie in the run folder itself",
    ),
    row(
        "29 sub-folder in the name",
        'shutil.copy2(src, recorder.run_folder / "final/07_x.mp3")',
        "left",
        code="LPR201",
        reason="line 9 names a sub-folder of the run: entities lie in the run folder itself",
    ),
    row(
        "30 names are taken",
        """\
f = file_data = 3
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
print(f, file_data)""",
        "safe",
        code="LPR201",
        after="""\
f = file_data = 3
with open(src, 'rb') as fh:
    entity_data = fh.read()
recorder.save_entity(
    entity_type='x',
    content=entity_data,
    metadata={'format': 'mp3', 'filesystem_path': src}
)
print(f, file_data)""",
    ),
    row(
        "31 path on one branch only",
        """\
if kind:
    dest = recorder.run_folder / "07_x.mp3"
else:
    dest = Path("x.mp3")
shutil.copy2(src, dest)""",
        "left",
        code="LPR201",
        reason="`dest` at line 13 may hold different values, from lines 10, 12",
    ),
    row(
        "32 aliases of recorder and folder",
        """\
r = recorder
d = r.run_folder
shutil.copy2(src, d / "07_x.mp3")""",
        "safe",
        code="LPR201",
        after="""\
r = recorder
SAVE r 'x' FROM src AS 'mp3', src""",
    ),
    row(
        "33 two blocks, same names",
        """\
name = "07_x.mp3"
dest = os.path.join(recorder.run_folder, name)
shutil.copy2(src, dest)
name = "08_y.mp4"
dest = os.path.join(recorder.run_folder, name)
shutil.copy2(kind, dest)""",
        "safe",
        code="LPR201",
        after="""\
SAVE recorder 'x' FROM src AS 'mp3', src
SAVE recorder 'y' FROM kind AS 'mp4', kind""",
    ),
    row(
        "34 one-line suite",
        'if src: shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="line 9 holds other code as well: give it a line of its own",
    ),
    row(
        "34 between semicolons",
        'print(1); shutil.copy2(src, recorder.run_folder / "07_x.mp3"); print(2)',
        "left",
        code="LPR201",
        reason="line 9 holds other code as well: give it a line of its own",
    ),
    row(
        "34 suite after a backslash",
        """\
if src: \\
    shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "left",
        code="LPR201",
        reason="line 10 holds other code as well: give it a line of its own",
    ),
    row(
        "35 name read in a nested function",
        """\
name = "07_x.mp3"
def shown():
    return name
shutil.copy2(src, recorder.run_folder / name)
return shown""",
        "left",
        code="LPR201",
        reason="`name` is read at line 11, in another function",
    ),
    row(
        "36 walrus in the path",
        """\
shutil.copy2(src, (dest := recorder.run_folder / "07_x.mp3"))
return dest""",
        "left",
        code="LPR201",
        reason="line 9 binds a name inside the expression: assign it on a line of its own",
    ),
    row(
        "37 parameter without annotation",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "unsafe",
        code="LPR201",
        reason="only its name says that the object is a recorder",
        after="SAVE recorder 'x' FROM src AS 'mp3', str(src)",
        signature="def program(recorder, src):",
    ),
    row(
        "38 another class",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "none",
        signature="def program(recorder: AudioRecorder, src):",
    ),
    row(
        "38 another constructor",
        """\
recorder = VideoWriter()
shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "none",
        signature="def program(src):",
    ),
    row(
        "41 follow_symlinks",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3", follow_symlinks=False)',
        "left",
        code="LPR201",
        reason="line 9 gives the copy `follow_symlinks`, which an entity has not: leave it out",
    ),
    row(
        "42 keywords",
        'shutil.copy2(dst=recorder.run_folder / "07_x.mp3", src=src)',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    row(
        "43 source that can be read once",
        'shutil.copy2(next(src), recorder.run_folder / "07_x.mp3")',
        "safe",
        code="LPR201",
        after="""\
source_path = next(src)
SAVE recorder 'x' FROM source_path AS 'mp3', str(source_path)""",
    ),
    row(
        "44 name bound again in the loop",
        '''\
name = "07_x.mp3"
for item in src:
    shutil.copy2(item, recorder.run_folder / name)
    name = "08_y.mp3"''',
        "left",
        code="LPR201",
        reason="`name` may hold different names, from lines 9, 12",
    ),
    row(
        "46 name used after the enclosing if",
        """\
name = "07_x.mp3"
if src:
    shutil.copy2(src, recorder.run_folder / name)
print(name)""",
        "left",
        code="LPR201",
        reason="`name` is read at line 12, where the write at line 11 may have failed",
    ),
    row(
        "47 two dots",
        'shutil.copy2(src, recorder.run_folder / "07_output_data.tar.gz")',
        "safe",
        code="LPR201",
        after="SAVE recorder 'output_data.tar' FROM src AS 'gz', src",
    ),
    row(
        "48 part of the name bound again",
        """\
name = f"07_{kind}.mp3"
kind = kind.upper()
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`kind` is bound again at line 10, before the file is saved",
    ),
    row(
        "49 recorder bound again",
        """\
dest = recorder.run_folder / "07_x.mp3"
recorder = LivePipelineRecorder(3)
shutil.copy2(src, dest)""",
        "left",
        code="LPR201",
        reason="`recorder` is bound again at line 10, before the file is saved",
    ),
    row(
        "50 extension bound again",
        """\
ext = "mp3"
name = f"07_x.{ext}"
ext = "mp4"
shutil.copy2(src, recorder.run_folder / name)
print(ext)""",
        "left",
        code="LPR201",
        reason="`ext` is bound again at line 11, before the file is saved",
    ),
    row(
        "51 alias bound again",
        """\
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
saved = name
saved = saved.upper()
print(name, saved)""",
        "safe",
        code="LPR201",
        after="""\
name = SAVE recorder 'x' FROM src AS 'mp3', src
saved = name
saved = saved.upper()
print(name, saved)""",
    ),
    row(
        "52 old value of the alias is read",
        """\
saved = "old"
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
print(saved)
saved = name
print(name, saved)""",
        "safe",
        code="LPR201",
        after="""\
saved = "old"
name = SAVE recorder 'x' FROM src AS 'mp3', src
print(saved)
saved = name
print(name, saved)""",
    ),
    row(
        "53 two aliases at once",
        """\
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
a = b = name
return a, b""",
        "safe",
        code="LPR201",
        after="""\
name = SAVE recorder 'x' FROM src AS 'mp3', src
a = b = name
return a, b""",
    ),
    row(
        "54 locals()",
        """\
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
return locals()""",
        "left",
        code="LPR201",
        reason="line 11 may read any name of the function unseen (`locals()`, `eval`)",
    ),
    row(
        "55 del",
        """\
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
del name""",
        "left",
        code="LPR201",
        reason="`name` is changed or deleted at line 11",
    ),
    row(
        "56 source is a Path",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', str(src)",
        signature="def program(recorder: LivePipelineRecorder, src: Path):",
    ),
    row(
        "57 try/else uses the name",
        """\
name = "07_x.mp3"
try:
    shutil.copy2(src, recorder.run_folder / name)
except Exception:
    pass
else:
    print(name)""",
        "safe",
        code="LPR201",
        after="""\
try:
    name = SAVE recorder 'x' FROM src AS 'mp3', src
except Exception:
    pass
else:
    print(name)""",
    ),
    row(
        "58 attribute is stored",
        """\
recorder.run_dir = src
shutil.copy2(src, recorder.run_dir / "07_x.mp3")""",
        "left",
        code="LPR201",
        reason="`run_dir` is assigned on a recorder in this file, so the attribute may exist",
    ),
    row(
        "58 attribute is asked for",
        """\
if hasattr(recorder, "run_dir"):
    shutil.copy2(src, recorder.run_dir / "07_x.mp3")""",
        "left",
        code="LPR201",
        reason="line 9 asks for, patches or sets `run_dir` by its name, so the attribute may exist",
    ),
    row(
        "64 body emptied by the clean-up",
        """\
if kind == "audio":
    import shutil
shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    row(
        "64 nothing is left of a branch",
        """\
name = "07_x.mp3"
if kind:
    shutil.copy2(src, recorder.run_folder / name)""",
        "safe",
        code="LPR201",
        after="""\
if kind:
    SAVE recorder 'x' FROM src AS 'mp3', src""",
    ),
    row(
        "65 noqa on the import",
        """\
import shutil  # noqa
shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "safe",
        code="LPR201",
        after="""\
import shutil  # noqa
SAVE recorder 'x' FROM src AS 'mp3', src""",
    ),
    row(
        "68 bytearray",
        '(recorder.run_folder / "07_x.bin").write_bytes(bytearray(3))',
        "unsafe",
        code="LPR202",
        reason="the content is not proved to be bytes; it is converted with `bytes()`",
        after="""\
recorder.save_entity(
    entity_type='x',
    content=bytes(bytearray(3)),
    metadata={'format': 'bin'}
)""",
    ),
    row(
        "69 list as JSON",
        """\
import json
with open(recorder.run_folder / "07_x.json", "w") as out:
    json.dump([1], out)""",
        "left",
        code="LPR202",
        reason="`[1]` at line 11 is not proved to be a dict: annotate it, or make it where it is saved",
    ),
    row(
        "72 suppress around name and copy",
        """\
from contextlib import suppress
name = "07_x.mp3"
with suppress(OSError):
    name = "08_y.mp3"
    shutil.copy2(src, recorder.run_folder / name)
return name""",
        "left",
        code="LPR201",
        reason="`name` is read at line 14, where the write at line 13 may have failed",
    ),
]


@pytest.mark.parametrize("case", ROWS, ids=[given[0] for given, _ in ROWS])
def test_edge_case(case: Row, holds: Callable[..., None]) -> None:
    given, more = case
    holds(*given, **more)


# -- whole files -----------------------------------------------------------------------------------------------------------------

# The block of the seed's analysis, section 3, in a function; its file names no recorder class before the annotation.
SEED = """\
import logging
from typing import Any

from my_app.services.pipeline_recorder import LivePipelineRecorder

logger = logging.getLogger(__name__)


def execute(recorder: LivePipelineRecorder, output_value: str, output_result: Any, media_type: str, seed: int) -> str | None:
    saved_filename = None
    if output_value == 'swarmui_generated':
        saved_filename = "other"
    elif output_value == 'workflow_generated':
        filesystem_path = output_result.metadata.get('filesystem_path')
        if filesystem_path:
            # Direct filesystem copy (for audio/video)
            import shutil
            import os

            # Determine output filename based on media type
            if media_type == 'audio':
                ext = 'mp3'
            elif media_type == 'video':
                ext = 'mp4'
            else:
                ext = 'bin'

            output_filename = f"07_output_{media_type}.{ext}"
            dest_path = os.path.join(recorder.run_dir, output_filename)

            try:
                shutil.copy2(filesystem_path, dest_path)
                saved_filename = output_filename
                logger.info(f"Copied {media_type} from filesystem: {output_filename}")
            except Exception as e:
                logger.error(f"Failed to copy {media_type} file: {e}")
                saved_filename = None
        else:
            logger.warning("No filesystem_path in metadata for workflow_generated")
            saved_filename = None
    return saved_filename
"""
SEED_START = SEED[: SEED.index("            import shutil\n")]
SEED_END = SEED[SEED.index("            except Exception as e:") :]
CHAIN = SEED[SEED.index("            # Determine output") : SEED.index("            output_filename =")]
SEED_FIXED = """\
            try:
                with open(filesystem_path, 'rb') as f:
                    file_data = f.read()
                saved_filename = recorder.save_entity(
                    entity_type=f'output_{{media_type}}',
                    content=file_data,
                    metadata={metadata},
                )
                logger.info(f"Copied {{media_type}} from filesystem: {{saved_filename}}")
"""


def test_01_the_seeds_block_keeps_its_chain_where_the_format_is_not_detected(
    engine: Callable[..., FileResult], sound: Callable[..., None]
) -> None:
    result = engine(SEED.encode(), metadata={"seed": "seed"})
    assert result.new is not None
    step = " " * 20
    items = ("'format': ext", "'seed': seed", "'filesystem_path': str(filesystem_path)")
    metadata = "{\n" + "".join(f"{step}    {item},\n" for item in items) + f"{step}}}"
    assert result.new.decode() == f"{SEED_START}\n{CHAIN}{SEED_FIXED.format(metadata=metadata)}{SEED_END}"
    assert [f.code for f in result.findings] == ["LPR101", "LPR301", "LPR001", "LPR201"]
    assert all(f.fixed for f in result.findings)
    chain = next(f for f in engine(SEED.encode(), mode="check").findings if f.code == "LPR401")
    assert (chain.level, chain.reason.partition(":")[0]) == ("left", "the recorder does not find the extension itself")
    sound(SEED.encode(), result.new, False, {"metadata": {"seed": "seed"}})


@pytest.mark.parametrize("number", ["02", "03"])
def test_the_seeds_block_loses_its_chain_where_the_format_is_detected(
    number: str, engine: Callable[..., FileResult], sound: Callable[..., None]
) -> None:
    config = {"detects-format": "true"} if number == "02" else {}
    module = "my_app.services.pipeline_recorder" if number == "02" else "recorder"
    before = SEED.replace("my_app.services.pipeline_recorder", module)
    result = engine(before.encode(), **config)
    assert result.new is not None
    expected = SEED_START + SEED_FIXED.format(metadata="{'filesystem_path': str(filesystem_path)}") + SEED_END
    assert result.new.decode() == expected.replace("my_app.services.pipeline_recorder", module)
    assert all(finding.fixed for finding in result.findings)
    sound(before.encode(), result.new, False, config)


COPY = 'shutil.copy2(src, recorder.run_folder / "07_x.mp3")'
ANNOTATED = "def program(recorder: LivePipelineRecorder, src: str):\n"
IMPORT = "from pipeline_recorder import LivePipelineRecorder\n"
BLOCK = """\
with open(src, "rb") as f:
    file_data = f.read()
recorder.save_entity(
    entity_type="x",
    content=file_data,
    metadata={"format": "mp3", "filesystem_path": src},
)
"""


def indented(text: str, step: str = "    ") -> str:
    return textwrap.indent(text.replace("    ", step), step)


def program(copy: str, imports: str = "import shutil\n", step: str = "    ") -> str:
    return f"{imports}{IMPORT}\n\n{ANNOTATED}{step}{copy}\n"


FIXED = f"{IMPORT}\n\n{ANNOTATED}{indented(BLOCK)}"
FILES = [
    ("23 unused module import goes", program(COPY), FIXED),
    ("25 import used elsewhere stays", program(COPY) + "\n\nx = shutil.which\n", f"import shutil\n{FIXED}\n\nx = shutil.which\n"),
    ("26 from-import", program('cp(src, recorder.run_folder / "07_x.mp3")', "from shutil import copy2 as cp\n"), FIXED),
    (
        "27 guarded import stays",
        program(COPY, "try:\n    import shutil\nexcept ImportError:\n    shutil = None\n"),
        "try:\n    import shutil\nexcept ImportError:\n    shutil = None\n" + FIXED,
    ),
    (
        "39 tabs, several lines, a triple-quoted string above",
        program(
            'text = """\n  a\n\t\tb"""\n\tshutil.copy2(\n\t\tsrc,\n'
            '\t\trecorder.run_folder\n\t\t/ "07_x.mp3",\n\t)\n\treturn text',
            step="\t",
        ),
        f'{IMPORT}\n\n{ANNOTATED}\ttext = """\n  a\n\t\tb"""\n{indented(BLOCK, chr(9))}\treturn text\n',
    ),
    ("40 CRLF", program(COPY).replace("\n", "\r\n"), FIXED.replace("\n", "\r\n")),
    ("45 module constant", 'N = "07_x.mp3"\n' + program(COPY.replace('"07_x.mp3"', "N")), 'N = "07_x.mp3"\n' + FIXED),
    ("61 byte order mark", "\ufeff" + program(COPY), "\ufeff" + FIXED),
    ("61 form feeds", program(COPY, "\f\nimport shutil\n").replace("def", "\fdef"), ("\f\n" + FIXED).replace("def", "\fdef")),
    ("61 lone CR", program(COPY).replace("\n", "\r"), FIXED.replace("\n", "\r")),
    (
        "61 what LibCST does not keep",
        program(COPY) + "\n\ntry:\n    pass\nexcept OSError :\n    pass\nx = 1 \\\n\n",
        FIXED + "\n\ntry:\n    pass\nexcept OSError :\n    pass\nx = 1 \\\n\n",
    ),
    ("no final newline", program(COPY).rstrip("\n"), FIXED.rstrip("\n")),
    (
        "63 attribute on its own line",
        program("return (recorder  # c\n      .run_dir)", ""),
        program("return (recorder  # c\n      .run_folder)", ""),
    ),
    (
        "04 two reads of the attribute",
        program('if recorder.run_dir.exists():\n        return recorder.run_dir / "metadata.json"', ""),
        program('if recorder.run_folder.exists():\n        return recorder.run_folder / "metadata.json"', ""),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [case[1:] for case in FILES], ids=[case[0] for case in FILES])
def test_whole_files(before: str, after: str, engine: Callable[..., FileResult], sound: Callable[..., None]) -> None:
    result = engine(before.encode())
    assert result.new is not None
    assert result.new.decode() == after
    assert all(finding.level == "safe" for finding in result.findings)
    sound(before.encode(), result.new, False, {})


def test_62_latin_1_stays_latin_1(engine: Callable[..., FileResult]) -> None:
    before = f"# -*- coding: latin-1 -*-\nimport shutil\n{IMPORT}\n\n{ANNOTATED}"
    before += f"    # über\n    {COPY}  # größer\n    return 'ä'\n"
    after = before.replace("import shutil\n", "").replace("    " + COPY, indented(BLOCK).rstrip("\n"))
    assert engine(before.encode("latin-1")).new == after.encode("latin-1")


def test_62_text_that_the_encoding_does_not_have_is_escaped(engine: Callable[..., FileResult]) -> None:
    before = f"# -*- coding: latin-1 -*-\n{program(COPY.replace('07_x', '07_' + chr(92) + 'u0444x'))}"
    after = ("# -*- coding: latin-1 -*-\n" + FIXED).replace('"x"', '"\\u0444x"')
    assert engine(before.encode("latin-1")).new == after.encode("latin-1")


def left(result: FileResult) -> list[tuple[str, int, str, str]]:
    return [(f.code, f.line, f.level, f.reason) for f in result.findings if not f.fixed]


def test_59_a_place_that_is_not_certain_is_left(engine: Callable[..., FileResult]) -> None:
    # Python 3.11 places what stands inside nested f-strings over several lines wrongly; later versions do not.
    text = program("return f'''{\n        f\"\"\"\n{recorder.run_dir!r:>{len(src)}}\"\"\"}'''", "")
    result = engine(text.encode())
    assert [f.code for f in result.findings] == ["LPR001"]
    assert (result.new or text.encode()).replace(b"run_folder", b"run_dir") == text.encode()


def test_60_other_spellings_of_the_attribute_are_left(engine: Callable[..., FileResult]) -> None:
    text = program("return recorder.\uff52un_dir, recorder.run_dir", "")
    result = engine(text.encode())
    assert left(result) == [("LPR001", 5, "left", "the attribute's place cannot be told for certain here")]
    assert result.new == text.replace("recorder.run_dir", "recorder.run_folder").encode()


def test_66_the_recorders_own_body(engine: Callable[..., FileResult]) -> None:
    text = "import shutil\n\n\nclass LivePipelineRecorder:\n    run_folder = None\n\n"
    text += f"    def keep(self, src):\n        {COPY.replace('recorder', 'self')}\n"
    assert engine(text.encode()).findings == ()


def test_67_a_factory_that_is_an_attribute_is_weak(engine: Callable[..., FileResult]) -> None:
    text = "import shutil\n\nfrom qlib.workflow import R\n\n\ndef keep(src):\n    rec = R.get_recorder()\n"
    text += f"    {COPY.replace('recorder.', 'rec.')}\n"
    reason = "only its name says that the object is a recorder"
    assert {(f.level, f.reason) for f in engine(text.encode()).findings} == {("unsafe", reason)}


BROKEN = [
    (b"x = recorder.run_dir\nif\n", 2, "invalid syntax"),
    (b"x = recorder.run_dir\0\n", 1, "null byte"),
    ("x = recorder.run_dir\n".encode("utf-16"), 1, "not valid utf-8"),
    (b"x = recorder.run_dir\ny = " + b"(" * 2000 + b")" * 2000, 2, "too many nested parentheses"),
    (b"x = recorder.run_dir" + b".a" * 60_000 + b"\n", 0, "nested too deeply"),
    (b"x = recorder.run_dir\ny = " + b"a ** " * 900 + b"recorder.run_dir\n", 2, "nested too deeply to be analysed"),
    (b"# coding: no-such\nx = recorder.run_dir\n", 1, "unknown encoding"),
]


@pytest.mark.parametrize(("raw", "line", "message"), BROKEN)
def test_71_what_cannot_be_parsed_is_reported(raw: bytes, line: int, message: str, engine: Callable[..., FileResult]) -> None:
    result = engine(raw)
    assert result.new is None and result.findings == ()
    assert [error.line for error in result.errors] == [line]
    assert message in result.errors[0].message


COMMAND = [
    ("safe", program(COPY), (), 0, FIXED, ""),
    ("unsafe", program(COPY.replace("copy2", "move")), ("--unsafe",), 0, None, ""),
    ("left", program("return " + COPY), (), 1, None, "uses what the copy returns"),
    ("error", "x = recorder.run_dir\nif\n", (), 2, None, "invalid syntax"),
]


@pytest.mark.parametrize(("text", "options", "code", "after", "said"), [c[1:] for c in COMMAND], ids=[c[0] for c in COMMAND])
def test_the_installed_command(
    text: str, options: tuple[str, ...], code: int, after: str | None, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "m.py"
    path.write_text(text, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.recorder]\ndetects-format = false\n", encoding="utf-8")
    command = [Path(sysconfig.get_path("scripts")) / "recorder-fix", *options, str(path)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert said in ran.stdout + ran.stderr
    if after is not None:
        assert path.read_text(encoding="utf-8") == after
    assert (path.read_text(encoding="utf-8") == text) == (code > 0)
