"""Rewrites that are safe: made without a question, and mean the same. Rows sorted by code."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fix_rows import Row

ROWS = [
    Row(
        "number in a variable",
        'number = "07"\nshutil.copy2(src, recorder.run_folder / f"{number}_x.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    Row(
        "name printed with its code",
        """\
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
saved = name
print(f"{name=}")
return saved""",
        "safe",
        code="LPR201",
        after="""\
name = SAVE recorder 'x' FROM src AS 'mp3', src
saved = name
print(f"{name=}")
return saved""",
    ),
    Row(
        "rename",
        "return recorder.run_dir",
        "safe",
        code="LPR001",
        after="return recorder.run_folder",
    ),
    Row(
        "name made of an item, which may be missing",
        """\
name = f"07_output_{src['kind']}.mp3"
shutil.copy2(src, recorder.run_folder / name)
return name""",
        "safe",
        code="LPR201",
        after="""\
name = SAVE recorder f"output_{src['kind']}" FROM src AS 'mp3', src
return name""",
    ),
    Row(
        "extension passed on",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    Row(
        "copy",
        'shutil.copy(src, recorder.run_folder / "07_x.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    Row(
        "copyfile",
        'shutil.copyfile(src, recorder.run_folder / "07_x.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    Row(
        "handler for Exception",
        """\
try:
    shutil.copy2(src, recorder.run_folder / "07_x.mp3")
except Exception:
    print("failed")""",
        "safe",
        code="LPR201",
        after="""\
try:
    SAVE recorder 'x' FROM src AS 'mp3', src
except Exception:
    print("failed")""",
    ),
    Row(
        "bare handler",
        """\
try:
    shutil.copy2(src, recorder.run_folder / "07_x.mp3")
except:
    raise SystemExit""",
        "safe",
        code="LPR201",
        after="""\
try:
    SAVE recorder 'x' FROM src AS 'mp3', src
except:
    raise SystemExit""",
    ),
    Row(
        "extension by chain, passed on",
        """\
if kind == "audio":
    ext = "mp3"
else:
    ext = "mp4"
shutil.copy2(src, recorder.run_folder / f"07_x.{ext}")""",
        "safe",
        code="LPR201",
        after="""\
if kind == "audio":
    ext = "mp3"
else:
    ext = "mp4"
SAVE recorder 'x' FROM src AS ext, src""",
    ),
    Row(
        "extension by chain, detected",
        """\
if kind == "audio":
    ext = "mp3"
else:
    ext = "mp4"
shutil.copy2(src, recorder.run_folder / f"07_x.{ext}")""",
        "safe",
        code="LPR201",
        after="""\
with open(src, 'rb') as f:
    file_data = f.read()
recorder.save_entity(
    entity_type='x',
    content=file_data,
    metadata={'filesystem_path': src}
)""",
        config={"detects-format": "true"},
    ),
    Row(
        "recorder may be another object",
        """\
if kind:
    recorder = None
dest = recorder.run_folder / "07_x.mp3"
shutil.copy2(src, dest)""",
        "safe",
        code="LPR201",
        after="""\
if kind:
    recorder = None
SAVE recorder 'x' FROM src AS 'mp3', src""",
        signature="def program(recorder: LivePipelineRecorder | None, src: str, kind):",
    ),
    Row(
        "async function",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
        signature="async def program(recorder: LivePipelineRecorder, src: str):",
    ),
    Row(
        "folder attribute that does not exist, in the call itself",
        'shutil.copy2(src, recorder.run_dir / f"07_output_{kind}.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder f'output_{kind}' FROM src AS 'mp3', src",
    ),
    Row(
        "f-string path with an f-string name",
        """\
name = f"07_output_{kind}.mp3"
shutil.copy2(src, f"{recorder.run_dir}/{name}")""",
        "safe",
        code="LPR201",
        after="SAVE recorder f'output_{kind}' FROM src AS 'mp3', src",
    ),
    Row(
        "joinpath",
        'shutil.copy2(src, recorder.run_folder.joinpath("07_x.mp3"))',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    Row(
        "str()",
        'shutil.copy2(src, str(recorder.run_folder / "07_x.mp3"))',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    Row(
        "Path()",
        'shutil.copy2(src, Path(recorder.run_folder, "07_x.mp3"))',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    Row(
        "str() + name",
        """\
name = "07_x.mp3"
shutil.copy2(src, str(recorder.run_folder) + "/" + name)""",
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    Row(
        "finally logs the result",
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
    Row(
        "name with the loop variable",
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
    Row(
        "next number by hand",
        'shutil.copy2(src, recorder.run_folder / f"{recorder.sequence_number + 1:02d}_x.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    Row(
        "local import of two",
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
    Row(
        "local import used in another branch",
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
    Row(
        "local import used elsewhere",
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
    Row(
        "names are taken",
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
    Row(
        "aliases of recorder and folder",
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
    Row(
        "two blocks, same names",
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
    Row(
        "keywords",
        'shutil.copy2(dst=recorder.run_folder / "07_x.mp3", src=src)',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    Row(
        "source that can be read once",
        'shutil.copy2(next(src), recorder.run_folder / "07_x.mp3")',
        "safe",
        code="LPR201",
        after="""\
source_path = next(src)
SAVE recorder 'x' FROM source_path AS 'mp3', str(source_path)""",
    ),
    Row(
        "two dots",
        'shutil.copy2(src, recorder.run_folder / "07_output_data.tar.gz")',
        "safe",
        code="LPR201",
        after="SAVE recorder 'output_data.tar' FROM src AS 'gz', src",
    ),
    Row(
        "alias bound again",
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
    Row(
        "old value of the alias is read",
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
    Row(
        "two aliases at once",
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
    Row(
        "source is a Path",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', str(src)",
        signature="def program(recorder: LivePipelineRecorder, src: Path):",
    ),
    Row(
        "try/else uses the name",
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
    Row(
        "body emptied by the clean-up",
        """\
if kind == "audio":
    import shutil
shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    Row(
        "nothing is left of a branch",
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
    Row(
        "noqa on the import",
        """\
import shutil  # noqa
shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "safe",
        code="LPR201",
        after="""\
import shutil  # noqa
SAVE recorder 'x' FROM src AS 'mp3', src""",
    ),
    Row(
        "alias behind a call that may raise",
        """\
saved = None
name = "07_x.mp3"
try:
    shutil.copy2(src, recorder.run_folder / name)
    print(kind)
    saved = name
except Exception:
    pass
return saved""",
        "safe",
        code="LPR201",
        after="""\
saved = None
try:
    name = SAVE recorder 'x' FROM src AS 'mp3', src
    print(kind)
    saved = name
except Exception:
    pass
return saved""",
    ),
    Row(
        "alias shadowed in a comprehension",
        """\
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
saved = name
return [name for saved in src], saved""",
        "safe",
        code="LPR201",
        after="""\
name = SAVE recorder 'x' FROM src AS 'mp3', src
saved = name
return [name for saved in src], saved""",
    ),
    Row(
        "alias bound again inside a while loop",
        """\
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
saved = name
while name:
    saved = None""",
        "safe",
        code="LPR201",
        after="""\
name = SAVE recorder 'x' FROM src AS 'mp3', src
saved = name
while name:
    saved = None""",
    ),
    Row(
        "%d with an int",
        """\
for i, item in enumerate(src):
    shutil.copy2(item, recorder.run_folder / ("07_x%d_%s.mp3" % (i, "y")))""",
        "safe",
        code="LPR201",
        after="""\
for i, item in enumerate(src):
    SAVE recorder f'x{i:d}_y' FROM item AS 'mp3', str(item)""",
    ),
    Row(
        "braces",
        'shutil.copy2(src, recorder.run_folder / f"07_{{x}}_{kind}.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder f'{{x}}_{kind}' FROM src AS 'mp3', src",
    ),
    Row(
        "conditional expression in the name",
        """\
name = f"07_{'a' if kind else 'b'}.mp3"
shutil.copy2(src, recorder.run_folder / name)""",
        "safe",
        code="LPR201",
        after="SAVE recorder f\"{('a' if kind else 'b')}\" FROM src AS 'mp3', src",
    ),
    Row(
        "annotated names",
        """\
name: str = "07_x.mp3"
dest: Path = recorder.run_folder / name
shutil.copy2(src, dest)""",
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    Row(
        "name bound before",
        """\
dest = None
name = None
if kind:
    name = "07_x.mp3"
    dest = recorder.run_folder / name
    shutil.copy2(src, dest)""",
        "safe",
        code="LPR201",
        after="""\
if kind:
    SAVE recorder 'x' FROM src AS 'mp3', src""",
    ),
    Row(
        "generator",
        """\
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
yield src""",
        "safe",
        code="LPR201",
        after="""\
SAVE recorder 'x' FROM src AS 'mp3', src
yield src""",
    ),
    Row(
        "match",
        """\
match kind:
    case "audio":
        shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "safe",
        code="LPR201",
        after="""\
match kind:
    case "audio":
        SAVE recorder 'x' FROM src AS 'mp3', src""",
    ),
    Row(
        "comments inside the call",
        """\
shutil.copy2(
    src,  # the source
    recorder.run_folder / "07_x.mp3",
)  # the end""",
        "safe",
        code="LPR201",
        after="""\
# the source
with open(src, 'rb') as f:
    file_data = f.read()
recorder.save_entity(
    entity_type='x',
    content=file_data,
    metadata={'format': 'mp3', 'filesystem_path': src}
)  # the end""",
    ),
    Row(
        "other parameters",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "safe",
        code="LPR201",
        after="""\
with open(src, 'rb') as f:
    file_data = f.read()
recorder.add(
    kind='x',
    data=file_data,
    extra={'format': 'mp3', 'filesystem_path': src}
)""",
        config={"save-parameters": ("kind", "data", "extra"), "save-method": "add"},
    ),
    Row(
        "metadata template",
        """\
seed = 3
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
return seed""",
        "safe",
        code="LPR201",
        after="""\
seed = 3
with open(src, 'rb') as f:
    file_data = f.read()
recorder.save_entity(
    entity_type='x',
    content=file_data,
    metadata={
        'format': 'mp3',
        'seed': seed,
        'backend': 'comfyui',
        'filesystem_path': src
    }
)
return seed""",
        config={"metadata": {"seed": "seed", "file": "name", "config": "config_name", "backend": "'comfyui'"}},
    ),
    Row(
        "two recorders",
        """\
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
shutil.copy2(src, other.run_folder / "07_x.mp3")""",
        "safe",
        code="LPR201",
        after="""\
SAVE recorder 'x' FROM src AS 'mp3', src
SAVE other 'x' FROM src AS 'mp3', src""",
        signature="def program(recorder: LivePipelineRecorder, other: LivePipelineRecorder, src: str):",
    ),
    Row(
        "source over several lines",
        """\
shutil.copy2((
    src
    + ".mp3"
), recorder.run_folder / "07_x.mp3")""",
        "safe",
        code="LPR201",
        after="""\
source_path = (src
    + ".mp3")
SAVE recorder 'x' FROM source_path AS 'mp3', str(source_path)""",
    ),
    Row(
        "yielded source",
        'shutil.copy2((yield), recorder.run_folder / "07_x.mp3")',
        "safe",
        code="LPR201",
        after="""\
source_path = (yield)
SAVE recorder 'x' FROM source_path AS 'mp3', str(source_path)""",
    ),
    Row(
        "statement in parentheses",
        '(shutil.copy2(src, recorder.run_folder / "07_x.mp3"))',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    Row(
        "f-string in an f-string",
        "shutil.copy2(src, recorder.run_folder / f\"07_{f'a{kind}'}.mp3\")",
        "safe",
        code="LPR201",
        after="SAVE recorder f'a{kind}' FROM src AS 'mp3', src",
    ),
    Row(
        "characters beyond ASCII",
        'shutil.copy2(src, recorder.run_folder / f"07_größe_{kind}.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder f'größe_{kind}' FROM src AS 'mp3', src",
    ),
    Row(
        "module variable bound once",
        """\
name = f"07_{KIND}.mp3"
src.advance()
shutil.copy2(src.path, recorder.run_folder / name)""",
        "safe",
        code="LPR201",
        after="""\
src.advance()
SAVE recorder KIND FROM src.path AS 'mp3', str(src.path)""",
        signature="""\
KIND = "a"


def program(recorder: LivePipelineRecorder, src):""",
    ),
    Row(
        "alias set to None where the write failed",
        """\
name = "07_x.mp3"
try:
    shutil.copy2(src, recorder.run_folder / name)
    saved = name
except Exception:
    saved = None
return saved""",
        "safe",
        code="LPR201",
        after="""\
try:
    saved = SAVE recorder 'x' FROM src AS 'mp3', src
except Exception:
    saved = None
return saved""",
    ),
    Row(
        "name used in a later loop",
        """\
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
for item in src:
    print(name, item)""",
        "safe",
        code="LPR201",
        after="""\
name = SAVE recorder 'x' FROM src AS 'mp3', src
for item in src:
    print(name, item)""",
    ),
    Row(
        "alias that is global",
        """\
global saved
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
saved = name""",
        "safe",
        code="LPR201",
        after="""\
global saved
name = SAVE recorder 'x' FROM src AS 'mp3', src
saved = name""",
    ),
    Row(
        "name bound again behind its alias",
        """\
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
saved = name
if kind:
    name = "other"
print(name, saved)""",
        "safe",
        code="LPR201",
        after="""\
name = SAVE recorder 'x' FROM src AS 'mp3', src
saved = name
if kind:
    name = "other"
print(name, saved)""",
    ),
    Row(
        "write_bytes of bytes",
        '(recorder.run_folder / "07_x.bin").write_bytes(src.encode())',
        "safe",
        code="LPR202",
        after="""\
recorder.save_entity(
    entity_type='x',
    content=src.encode(),
    metadata={'format': 'bin'}
)""",
    ),
    Row(
        "open and write bytes",
        """\
with open(recorder.run_folder / "07_x.bin", "wb") as out:
    out.write(b"data")""",
        "safe",
        code="LPR202",
        after="recorder.save_entity(entity_type='x', content=b\"data\", metadata={'format': 'bin'})",
    ),
    Row(
        "write_text, UTF-8",
        '(recorder.run_folder / "07_x.txt").write_text(src, encoding="utf-8")',
        "safe",
        code="LPR202",
        after="recorder.save_entity(entity_type='x', content=src)",
    ),
    Row(
        "write_text, ASCII",
        '(recorder.run_folder / "07_x.txt").write_text("done")',
        "safe",
        code="LPR202",
        after="recorder.save_entity(entity_type='x', content=\"done\")",
    ),
    Row(
        "open and write text",
        """\
with open(recorder.run_folder / "07_x.txt", "w", encoding="utf-8") as out:
    out.write(src)""",
        "safe",
        code="LPR202",
        after="recorder.save_entity(entity_type='x', content=src)",
    ),
    Row(
        "content over several lines",
        """\
(recorder.run_folder / "07_x.txt").write_text(
    "a"  # first
    "b"
)""",
        "safe",
        code="LPR202",
        after="""\
recorder.save_entity(
    entity_type='x',
    content=("a"  # first
    "b")
)""",
    ),
    Row(
        "one thing opened in another",
        """\
with open(src, "rb") as given:
    with open(recorder.run_folder / "07_x.bin", "wb") as out:
        out.write(given.read())""",
        "safe",
        code="LPR202",
        after="""\
with open(src, "rb") as given:
    recorder.save_entity(
        entity_type='x',
        content=given.read(),
        metadata={'format': 'bin'}
    )""",
    ),
    Row(
        "join for a function that takes paths",
        """\
with open(os.path.join(recorder.run_folder, "metadata.json")) as f:
    return f.read()""",
        "safe",
        code="LPR301",
        after="""\
with open(recorder.run_folder / "metadata.json") as f:
    return f.read()""",
    ),
    Row(
        "join with an argument that binds looser than a slash",
        'os.remove(os.path.join(recorder.run_folder, kind or "metadata.json"))',
        "safe",
        code="LPR301",
        after='os.remove(recorder.run_folder / (kind or "metadata.json"))',
    ),
    Row(
        "join whose error is caught unread",
        'try:\n    shutil.copystat(src, os.path.join(recorder.run_folder, "a.json"))\nexcept OSError:\n    return None',
        "safe",
        code="LPR301",
        reason="",
        after='try:\n    shutil.copystat(src, recorder.run_folder / "a.json")\nexcept OSError:\n    return None',
    ),
    Row(
        "text with an extension of its own, for a recorder that takes it",
        '(recorder.run_folder / "07_x.md").write_text("# a", encoding="utf-8")',
        "safe",
        code="LPR202",
        after="recorder.save_entity(entity_type='x', content=\"# a\", metadata={'format': 'md'})",
        config={"detects-format": "true"},
    ),
    Row(
        "attribute of what a mapping holds",
        "for one in by_id.values():\n    yield one.run_dir",
        "safe",
        code="LPR001",
        after="for one in by_id.values():\n    yield one.run_folder",
        signature="def program(by_id: dict[str, LivePipelineRecorder]):",
    ),
    Row(
        "attribute of what a mapping holds, in a comprehension",
        "return [one.run_dir for one in by_id.values()]",
        "safe",
        code="LPR001",
        after="return [one.run_folder for one in by_id.values()]",
        signature="def program(by_id: dict[str, LivePipelineRecorder]):",
    ),
    Row(
        "attribute of what another object holds",
        "return Job(r).recorder.run_dir",
        "safe",
        code="LPR001",
        after="return Job(r).recorder.run_folder",
        signature="class Job:\n    def __init__(self, r: LivePipelineRecorder) -> None:\n        self.recorder = r\n\n\n"
        "def program(r: LivePipelineRecorder):",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_safe(row: Row, holds: Callable[[Row], None]) -> None:
    holds(row)
