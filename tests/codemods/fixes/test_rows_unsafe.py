"""Rewrites that are unsafe: made with `--unsafe`, and why only then. Rows sorted by reason (names and numbers in it apart)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fix_rows import Row

ROWS = [
    Row(
        "join declared as text",
        'path: str = os.path.join(recorder.run_folder, "a.json")',
        "unsafe",
        code="LPR301",
        reason="`path` is declared as `str` at line 9",
        after='path: str = recorder.run_folder / "a.json"',
    ),
    Row(
        "added text that may be an enum's member",
        'shutil.copy2(src, recorder.run_folder / ("07_" + kind + ".mp3"))',
        "unsafe",
        code="LPR201",
        after="SAVE recorder f'{kind}' FROM src AS 'mp3', src",
        signature="def program(recorder: LivePipelineRecorder, src: str, kind):",
        reason="`kind` is not proved to be a plain str: others (an enum's member) print differently in an f-string; the entity type begins with `kind`, which may be empty or another text that the recorder refuses",
    ),
    Row(
        "added str",
        'shutil.copy2(src, recorder.run_folder / ("07_" + kind + ".mp3"))',
        "unsafe",
        code="LPR201",
        after="SAVE recorder f'{kind}' FROM src AS 'mp3', src",
        reason="`kind` is not proved to be a plain str: others (an enum's member) print differently in an f-string; the entity type begins with `kind`, which may be empty or another text that the recorder refuses",
    ),
    Row(
        "%d with what may be a float",
        'shutil.copy2(src, recorder.run_folder / ("07_x%d_%s.mp3" % (kind, "y")))',
        "unsafe",
        code="LPR201",
        after="SAVE recorder f'x{kind:d}_y' FROM src AS 'mp3', src",
        signature="def program(recorder: LivePipelineRecorder, src: str, kind):",
        reason="`kind` is not proved to be an int: `%d` takes a float, an f-string does not",
    ),
    Row(
        "path logged afterwards",
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
    Row(
        "str folder",
        """\
dest = recorder.run_folder + "/07_x.mp3"
shutil.copy2(src, dest)
print(dest)""",
        "unsafe",
        code="LPR201",
        after="""\
saved_name = SAVE recorder 'x' FROM src AS 'mp3', src
dest = os.path.join(recorder.run_folder, saved_name)
print(dest)""",
        config={"folder-type": "str"},
        reason="`dest` is used at line 11: it is set again from the name that the recorder gives",
    ),
    Row(
        "path opened again",
        """\
dest = recorder.run_folder / "07_x.mp3"
shutil.copy2(src, dest)
with open(dest, "rb") as opened:
    return opened.read()""",
        "unsafe",
        code="LPR201",
        after="""\
saved_name = SAVE recorder 'x' FROM src AS 'mp3', src
dest = recorder.run_folder / saved_name
with open(dest, "rb") as opened:
    return opened.read()""",
        reason="`dest` is used at line 11: it is set again from the name that the recorder gives",
    ),
    Row(
        "name and path used",
        """\
name = "07_x.mp3"
dest = recorder.run_folder / name
shutil.copy2(src, dest)
saved = name
return saved, dest""",
        "unsafe",
        code="LPR201",
        after="""\
saved = SAVE recorder 'x' FROM src AS 'mp3', src
dest = recorder.run_folder / saved
return saved, dest""",
        reason="`dest` is used at line 13: it is set again from the name that the recorder gives",
    ),
    Row(
        "path through two names",
        """\
base = recorder.run_folder
dest = base / "07_x.mp3"
other = dest
shutil.copy2(src, other)
return other""",
        "unsafe",
        code="LPR201",
        after="""\
saved_name = SAVE recorder 'x' FROM src AS 'mp3', src
other = recorder.run_folder / saved_name
return other""",
        reason="`other` is used at line 13: it is set again from the name that the recorder gives",
    ),
    Row(
        "helper method",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "unsafe",
        code="LPR201",
        reason="`save_from_filesystem()` logs errors and returns None instead of raising them",
        after="recorder.save_from_filesystem(src, 'x', {'format': 'mp3', 'filesystem_path': src})",
        config={"helper-method": "save_from_filesystem"},
    ),
    Row(
        "%s",
        'shutil.copy2(src, recorder.run_folder / ("07_%s.mp3" % kind))',
        "unsafe",
        code="LPR201",
        after="SAVE recorder f'{kind}' FROM src AS 'mp3', src",
        reason="`kind` may be a tuple, which `%` takes apart; the entity type begins with `kind`, which may be empty or another text that the recorder refuses",
    ),
    Row(
        "% with what may be a tuple",
        'shutil.copy2(src, recorder.run_folder / ("07_%s.mp3" % kind))',
        "unsafe",
        code="LPR201",
        after="SAVE recorder f'{kind}' FROM src AS 'mp3', src",
        signature="def program(recorder: LivePipelineRecorder, src: str, kind):",
        reason="`kind` may be a tuple, which `%` takes apart; the entity type begins with `kind`, which may be empty or another text that the recorder refuses",
    ),
    Row(
        "join that may end in a slash, taken apart",
        "path = os.path.join(recorder.run_folder, kind)\nos.makedirs(os.path.dirname(path), exist_ok=True)",
        "unsafe",
        code="LPR301",
        reason="`kind` may be empty or end in a slash, which a Path has not: `os.path.dirname` would give another part",
        after="path = recorder.run_folder / kind\nos.makedirs(os.path.dirname(path), exist_ok=True)",
    ),
    Row(
        "suppress(OSError)",
        """\
from contextlib import suppress
with suppress(OSError):
    shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "unsafe",
        code="LPR201",
        reason="`suppress(OSError)` at line 10 may not catch what `save_entity()` raises",
        after="""\
from contextlib import suppress
with suppress(OSError):
    SAVE recorder 'x' FROM src AS 'mp3', src""",
    ),
    Row(
        "join in an expression that binds tighter than a slash",
        'return os.path.join(recorder.run_folder, "a.txt") in src',
        "unsafe",
        code="LPR301",
        reason="line 9 passes it on, where a str may be expected",
        after='return (recorder.run_folder / "a.txt") in src',
    ),
    Row(
        "join that a closure reads",
        'path = os.path.join(recorder.run_folder, "a.json")\nreturn lambda: path',
        "unsafe",
        code="LPR301",
        reason="line 10 passes it on, where a str may be expected",
        after='path = recorder.run_folder / "a.json"\nreturn lambda: path',
    ),
    Row(
        "join for an unknown function",
        'return src(os.path.join(recorder.run_folder, "metadata.json"))',
        "unsafe",
        code="LPR301",
        reason="line 9 passes it to `src`, which may expect a str",
        after='return src(recorder.run_folder / "metadata.json")',
    ),
    Row(
        "the name taken over for another run",
        """\
other = LivePipelineRecorder("other")
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
shutil.copy2(src, other.run_folder / name)""",
        "unsafe",
        code="LPR201",
        reason="line 12 writes into another run under `name`, where the number may be taken",
        after="""\
other = LivePipelineRecorder("other")
name = SAVE recorder 'x' FROM src AS 'mp3', src
shutil.copy2(src, other.run_folder / name)""",
    ),
    Row(
        "write_text, encoding of the system",
        '(recorder.run_folder / "07_x.txt").write_text(src)',
        "unsafe",
        code="LPR202",
        reason="no encoding is given, so the system's is used; the recorder writes text as UTF-8",
        after="recorder.save_entity(entity_type='x', content=src)",
    ),
    Row(
        "rename, weak",
        "return recorder.run_dir",
        "unsafe",
        code="LPR001",
        reason="only its name says that the object is a recorder",
        after="return recorder.run_folder",
        signature="def program(recorder):",
    ),
    Row(
        "parameter without annotation",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "unsafe",
        code="LPR201",
        reason="only its name says that the object is a recorder",
        after="SAVE recorder 'x' FROM src AS 'mp3', str(src)",
        signature="def program(recorder, src):",
    ),
    Row(
        "bytearray",
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
    Row(
        "awaited content",
        """\
with open(recorder.run_folder / "07_x.bin", "wb") as out:
    out.write(await src.read())""",
        "unsafe",
        code="LPR202",
        after="""\
recorder.save_entity(
    entity_type='x',
    content=bytes(await src.read()),
    metadata={'format': 'bin'}
)""",
        signature="async def program(recorder: LivePipelineRecorder, src):",
        reason="the content is not proved to be bytes; it is converted with `bytes()`",
    ),
    Row(
        "comprehension in the name",
        'shutil.copy2(src, recorder.run_folder / f"07_{[k for k in kind][0]}.mp3")',
        "unsafe",
        code="LPR201",
        reason="the entity type begins with `[k for k in kind][0]`, which may be empty or another text that the recorder refuses",
        after="SAVE recorder f'{[k for k in kind][0]}' FROM src AS 'mp3', src",
    ),
    Row(
        "kind may be None",
        """\
kind = None
shutil.copy2(src, recorder.run_folder / f"07_{kind}.mp3")""",
        "unsafe",
        code="LPR201",
        after="""\
kind = None
SAVE recorder f'{kind}' FROM src AS 'mp3', src""",
        reason="the entity type begins with `kind`, which may be empty or another text that the recorder refuses",
    ),
    Row(
        "format()",
        """\
name = "07_{}_{}.mp3".format(kind, 1)
shutil.copy2(src, recorder.run_folder / name)""",
        "unsafe",
        code="LPR201",
        after="SAVE recorder f'{kind}_{1}' FROM src AS 'mp3', src",
        reason="the entity type begins with `kind`, which may be empty or another text that the recorder refuses",
    ),
    Row(
        "attribute in the name, log in between",
        """\
name = f"07_{src.kind}.mp3"
logger.info("copying")
shutil.copy2(src.path, recorder.run_folder / name)""",
        "unsafe",
        code="LPR201",
        after="""\
logger.info("copying")
SAVE recorder f'{src.kind}' FROM src.path AS 'mp3', str(src.path)""",
        reason="the entity type begins with `src.kind`, which may be empty or another text that the recorder refuses",
    ),
    Row(
        "name made in the enclosing function",
        """\
name = f"07_{kind}.mp3"
def save():
    shutil.copy2(src, recorder.run_folder / name)
return save""",
        "unsafe",
        code="LPR201",
        after="""\
def save():
    SAVE recorder f'{kind}' FROM src AS 'mp3', src
return save""",
        reason="the entity type begins with `kind`, which may be empty or another text that the recorder refuses",
    ),
    Row(
        "spec with a quote",
        'shutil.copy2(src, recorder.run_folder / f"07_{kind:\'>9}.mp3")',
        "unsafe",
        code="LPR201",
        after="SAVE recorder f\"{kind:'>9}\" FROM src AS 'mp3', src",
        reason="the entity type begins with `kind`, which may be empty or another text that the recorder refuses",
    ),
    Row(
        "quotes in an expression",
        "shutil.copy2(src, recorder.run_folder / f'07_{src[\"a\"]}.mp3')",
        "unsafe",
        code="LPR201",
        after="SAVE recorder f\"{src['a']}\" FROM src AS 'mp3', src",
        reason="the entity type begins with `src['a']`, which may be empty or another text that the recorder refuses",
    ),
    Row(
        "conversion and spec",
        'shutil.copy2(src, recorder.run_folder / f"07_{kind!r:>9}.mp3")',
        "unsafe",
        code="LPR201",
        after="SAVE recorder f'{kind!r:>9}' FROM src AS 'mp3', src",
        reason="the entity type begins with `kind`, which may be empty or another text that the recorder refuses",
    ),
    Row(
        "display in the name",
        'shutil.copy2(src, recorder.run_folder / f"07_{ {1: kind}[1] }.mp3")',
        "unsafe",
        code="LPR201",
        after="SAVE recorder f'{ {1: kind}[1] }' FROM src AS 'mp3', src",
        reason="the entity type begins with `{1: kind}[1]`, which may be empty or another text that the recorder refuses",
    ),
    Row(
        "loop that varies inside a loop",
        """\
for _ in range(2):
    for item in src:
        shutil.copy2(item, recorder.run_folder / f"07_{item}.mp3")""",
        "unsafe",
        code="LPR201",
        after="""\
for _ in range(2):
    for item in src:
        SAVE recorder f'{item}' FROM item AS 'mp3', str(item)""",
        reason="the entity type begins with `item`, which may be empty or another text that the recorder refuses; the loop at line 9 may write the same name each time: one file becomes one entity for each round",
    ),
    Row(
        "loop inside a loop that varies",
        """\
for item in src:
    for _ in range(2):
        shutil.copy2(item, recorder.run_folder / f"07_{item}.mp3")""",
        "unsafe",
        code="LPR201",
        after="""\
for item in src:
    for _ in range(2):
        SAVE recorder f'{item}' FROM item AS 'mp3', str(item)""",
        reason="the entity type begins with `item`, which may be empty or another text that the recorder refuses; the loop at line 10 may write the same name each time: one file becomes one entity for each round",
    ),
    Row(
        "extension by suffix",
        """\
source = Path(src)
shutil.copy2(source, recorder.run_folder / f"07_x{source.suffix}")""",
        "unsafe",
        code="LPR201",
        after="""\
source = Path(src)
with open(source, 'rb') as f:
    file_data = f.read()
recorder.save_entity(
    entity_type='x',
    content=file_data,
    metadata={
        'format': source.suffix.lstrip('.'),
        'filesystem_path': str(source)
    }
)""",
        reason="the extension is computed: it may be empty, or another one that the recorder refuses",
    ),
    Row(
        "extension by splitext",
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
    Row(
        "splitext in the name",
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
    Row(
        "name read elsewhere in the file",
        """\
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
return (recorder.run_folder / "07_x.mp3").read_bytes()""",
        "unsafe",
        code="LPR201",
        reason="the file is looked up under its old name at line 10",
        after="""\
SAVE recorder 'x' FROM src AS 'mp3', src
return (recorder.run_folder / "07_x.mp3").read_bytes()""",
    ),
    Row(
        "join whose error is read",
        'try:\n    shutil.copystat(src, os.path.join(recorder.run_folder, "a.json"))\nexcept OSError as error:\n    return error',
        "unsafe",
        code="LPR301",
        reason="the handler at line 11 reads the error of `shutil.copystat`, which would hold a Path",
        after='try:\n    shutil.copystat(src, recorder.run_folder / "a.json")\nexcept OSError as error:\n    return error',
    ),
    Row(
        "handler for OSError",
        """\
try:
    shutil.copy2(src, recorder.run_folder / "07_x.mp3")
except OSError:
    print("failed")""",
        "unsafe",
        code="LPR201",
        reason="`except OSError` at line 11 may not catch what `save_entity()` raises",
        after="""\
try:
    SAVE recorder 'x' FROM src AS 'mp3', src
except OSError:
    print("failed")""",
    ),
    Row(
        "handler for OSError in except*",
        """\
try:
    shutil.copy2(src, recorder.run_folder / "07_x.mp3")
except* OSError:
    print("failed")""",
        "unsafe",
        code="LPR201",
        reason="`except OSError` at line 11 may not catch what `save_entity()` raises",
        after="""\
try:
    SAVE recorder 'x' FROM src AS 'mp3', src
except* OSError:
    print("failed")""",
    ),
    Row(
        "narrow handler",
        """\
try:
    shutil.copy2(src, recorder.run_folder / "07_x.mp3")
except (OSError, shutil.SameFileError):
    pass""",
        "unsafe",
        code="LPR201",
        reason="`except (OSError, shutil.SameFileError)` at line 11 may not catch what `save_entity()` raises",
        after="""\
try:
    SAVE recorder 'x' FROM src AS 'mp3', src
except (OSError, shutil.SameFileError):
    pass""",
    ),
    Row(
        "constant name in a loop",
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
    Row(
        "json.dump of a dict",
        """\
import json
with open(recorder.run_folder / "07_x.json", "w") as out:
    json.dump({"kind": kind}, out, indent=2)""",
        "unsafe",
        code="LPR202",
        reason="the recorder chooses the JSON layout (indentation, non-ASCII characters) itself",
        after="recorder.save_entity(entity_type='x', content={\"kind\": kind})",
    ),
    Row(
        "entities lie in another folder",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "unsafe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
        config={"output-folder-attribute": "final_folder"},
        reason="the recorder saves into `final_folder`, not into `run_folder`",
    ),
    Row(
        "os.rename",
        'os.rename(src, recorder.run_folder / "07_x.mp3")',
        "unsafe",
        code="LPR201",
        reason="the source is removed after it was saved, which is not one step as a move is, and a folder cannot be saved",
        after="""\
SAVE recorder 'x' FROM src AS 'mp3', src
os.remove(src)""",
    ),
    Row(
        "os.replace",
        'os.replace(src, recorder.run_folder / "07_x.mp3")',
        "unsafe",
        code="LPR201",
        reason="the source is removed after it was saved, which is not one step as a move is, and a folder cannot be saved",
        after="""\
SAVE recorder 'x' FROM src AS 'mp3', src
os.remove(src)""",
    ),
    Row(
        "Path.rename",
        """\
source = Path(src)
source.rename(recorder.run_folder / "07_x.mp3")""",
        "unsafe",
        code="LPR201",
        reason="the source is removed after it was saved, which is not one step as a move is, and a folder cannot be saved",
        after="""\
source = Path(src)
SAVE recorder 'x' FROM source AS 'mp3', str(source)
os.remove(source)""",
    ),
    Row(
        "move",
        'shutil.move(src, recorder.run_folder / "07_x.mp3")',
        "unsafe",
        code="LPR201",
        reason="the source is removed after it was saved, which is not one step as a move is, and a folder cannot be saved",
        after="""\
SAVE recorder 'x' FROM src AS 'mp3', src
os.remove(src)""",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_unsafe(row: Row, holds: Callable[[Row], None]) -> None:
    holds(row)
