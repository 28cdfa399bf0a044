"""Which rewrites are safe, which unsafe, what is left, and the reason: the table of levels, row by row."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Row = tuple[tuple[str, str, str], dict[str, object]]


def row(name: str, before: str, level: str, **more: object) -> Row:
    """One case: its name, a function's body, the level of what is found; see `Case` in conftest for the rest."""
    return (name, before, level), more


ROWS = [
    row(
        "extension passed on",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    row(
        "copy",
        'shutil.copy(src, recorder.run_folder / "07_x.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    row(
        "copyfile",
        'shutil.copyfile(src, recorder.run_folder / "07_x.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    row(
        "copy2, time read afterwards",
        """\
dest = recorder.run_folder / "07_x.mp3"
shutil.copy2(src, dest)
print(os.path.getmtime(dest))""",
        "left",
        code="LPR201",
        reason="line 11 reads or sets the copy's time or mode, which an entity does not keep",
    ),
    row(
        "copy2, mode set afterwards",
        """\
dest = recorder.run_folder / "07_x.mp3"
shutil.copy2(src, dest)
dest.chmod(0o600)""",
        "left",
        code="LPR201",
        reason="line 11 reads or sets the copy's time or mode, which an entity does not keep",
    ),
    row(
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
    row(
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
    row(
        "handler for OSError",
        """\
try:
    shutil.copy2(src, recorder.run_folder / "07_x.mp3")
except OSError:
    print("failed")""",
        "unsafe",
        code="LPR201",
        reason="the handler for `OSError` at line 11 may not catch what `save_entity()` raises",
        after="""\
try:
    SAVE recorder 'x' FROM src AS 'mp3', src
except OSError:
    print("failed")""",
    ),
    row(
        "handler for OSError in except*",
        """\
try:
    shutil.copy2(src, recorder.run_folder / "07_x.mp3")
except* OSError:
    print("failed")""",
        "unsafe",
        code="LPR201",
        reason="the handler for `OSError` at line 11 may not catch what `save_entity()` raises",
        after="""\
try:
    SAVE recorder 'x' FROM src AS 'mp3', src
except* OSError:
    print("failed")""",
    ),
    row(
        "suppress(OSError)",
        """\
from contextlib import suppress
with suppress(OSError):
    shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "unsafe",
        code="LPR201",
        reason="`suppress(OSError)` may not catch what `save_entity()` raises",
        after="""\
from contextlib import suppress
with suppress(OSError):
    SAVE recorder 'x' FROM src AS 'mp3', src""",
    ),
    row(
        "os.rename",
        'os.rename(src, recorder.run_folder / "07_x.mp3")',
        "unsafe",
        code="LPR201",
        reason="the source is removed after it was saved, which is not one step as a move is, and a folder cannot be saved",
        after="""\
SAVE recorder 'x' FROM src AS 'mp3', src
os.remove(src)""",
    ),
    row(
        "os.replace",
        'os.replace(src, recorder.run_folder / "07_x.mp3")',
        "unsafe",
        code="LPR201",
        reason="the source is removed after it was saved, which is not one step as a move is, and a folder cannot be saved",
        after="""\
SAVE recorder 'x' FROM src AS 'mp3', src
os.remove(src)""",
    ),
    row(
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
    row(
        "path of a dict",
        'out = {"p": recorder.run_folder / "07_x.mp3"}\nshutil.copy2(src, out["p"])',
        "left",
        code="LPR201",
        reason="`out['p']` at line 10 may have been set anew: give the path a name of its own",
    ),
    row(
        "path of a function",
        'def where(): return recorder.run_folder / "07_x.mp3"\nshutil.copy2(src, where())',
        "left",
        code="LPR201",
        reason="the path comes from `where()` at line 10: build it where it is written",
    ),
    row(
        "folder by getattr",
        'shutil.copy2(src, getattr(recorder, "run_folder") / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="line 9 asks for the folder by `getattr`: write `recorder.run_folder`",
    ),
    row(
        "archive",
        'shutil.make_archive(recorder.run_folder / "07_x", "zip", src)',
        "left",
        code="LPR202",
        reason="`shutil.make_archive` adds the extension itself: let it write to a temporary file and give that file's bytes to `save_entity()`",
    ),
    row(
        "copyfileobj",
        'shutil.copyfileobj(src, open(recorder.run_folder / "07_x.mp3", "wb"))',
        "left",
        code="LPR201",
        reason="`shutil.copyfileobj` copies from a stream: read it and give its bytes to `save_entity()`",
    ),
    row(
        "symlink",
        'os.symlink(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="a link has no entity equivalent: the recorder stores the bytes; save the file that it points to",
    ),
    row(
        "link",
        'os.link(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="a link has no entity equivalent: the recorder stores the bytes; save the file that it points to",
    ),
    row(
        "copytree",
        'shutil.copytree(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="`shutil.copytree` has no entity equivalent; save each file with `save_entity()`",
    ),
    row(
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
    row(
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
    row(
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
    row(
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
    row(
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
    row(
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
    row(
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
    row(
        "impure name",
        """\
name = f"07_{kind.pop()}.mp3"
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`kind.pop()` in the name may do something: give its value a name first",
    ),
    row(
        "global name",
        """\
global name
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="whether `name` is a name with a number in front is not known",
    ),
    row(
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
    row(
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
    row(
        "open and write bytes",
        """\
with open(recorder.run_folder / "07_x.bin", "wb") as out:
    out.write(b"data")""",
        "safe",
        code="LPR202",
        after="recorder.save_entity(entity_type='x', content=b\"data\", metadata={'format': 'bin'})",
    ),
    row(
        "write_text, UTF-8",
        '(recorder.run_folder / "07_x.txt").write_text(src, encoding="utf-8")',
        "safe",
        code="LPR202",
        after="recorder.save_entity(entity_type='x', content=src)",
    ),
    row(
        "write_text, encoding of the system",
        '(recorder.run_folder / "07_x.txt").write_text(src)',
        "unsafe",
        code="LPR202",
        reason="no encoding is given, so the system's is used; the recorder writes text as UTF-8",
        after="recorder.save_entity(entity_type='x', content=src)",
    ),
    row(
        "write_text, ASCII",
        '(recorder.run_folder / "07_x.txt").write_text("done")',
        "safe",
        code="LPR202",
        after="recorder.save_entity(entity_type='x', content=\"done\")",
    ),
    row(
        "write_text, other encoding",
        '(recorder.run_folder / "07_x.txt").write_text(src, "latin-1")',
        "left",
        code="LPR202",
        reason="line 9 asks for another encoding than UTF-8, in which the recorder writes text: save bytes",
    ),
    row(
        "write_text, newline",
        '(recorder.run_folder / "07_x.txt").write_text(src, encoding="utf-8", newline="")',
        "left",
        code="LPR202",
        reason="line 9 gives `newline`, which an entity has not: leave it out",
    ),
    row(
        "write_text, other extension",
        '(recorder.run_folder / "07_x.md").write_text(src, encoding="utf-8")',
        "left",
        code="LPR202",
        reason="the recorder stores text as .txt, whatever the name says",
    ),
    row(
        "open and write text",
        """\
with open(recorder.run_folder / "07_x.txt", "w", encoding="utf-8") as out:
    out.write(src)""",
        "safe",
        code="LPR202",
        after="recorder.save_entity(entity_type='x', content=src)",
    ),
    row(
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
    row(
        "json.dump with default",
        """\
import json
with open(recorder.run_folder / "07_x.json", "w") as out:
    json.dump({"kind": kind}, out, default=str)""",
        "left",
        code="LPR202",
        reason="line 11 gives `json.dump` `default`, which an entity has not: leave it out",
    ),
    row(
        "append mode",
        """\
with open(recorder.run_folder / "07_x.txt", "a", encoding="utf-8") as out:
    out.write(src)""",
        "left",
        code="LPR202",
        reason="line 9 appends: an entity is saved whole, once, with all that belongs to it",
    ),
    row(
        "two writes",
        """\
with open(recorder.run_folder / "07_x.txt", "w", encoding="utf-8") as out:
    out.write(src)
    out.write(kind)""",
        "left",
        code="LPR202",
        reason="line 10 does not write all with one call: collect it first, then write it once",
    ),
    row(
        "save(path)",
        'src.save(recorder.run_folder / "07_x.png")',
        "left",
        code="LPR202",
        reason="`src.save` wants a path: let it write to an `io.BytesIO` and give its bytes to `save_entity()`",
    ),
    row(
        "imwrite",
        """\
import cv2
cv2.imwrite(str(recorder.run_folder / "07_x.png"), src)""",
        "left",
        code="LPR202",
        reason="`cv2.imwrite` wants a path: give the bytes of `cv2.imencode()` to `save_entity()`",
    ),
    row(
        "torch.save",
        """\
import torch
torch.save(src, recorder.run_folder / "07_x.pt")""",
        "left",
        code="LPR202",
        reason="`torch.save` wants a path: let it write to an `io.BytesIO` and give its bytes to `save_entity()`",
    ),
    row(
        "urlretrieve",
        """\
import urllib.request
urllib.request.urlretrieve(src, recorder.run_folder / "07_x.mp3")""",
        "left",
        code="LPR202",
        reason="`urllib.request.urlretrieve` wants a path: save with `save_entity()` what was downloaded",
    ),
    row(
        "helper method",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "unsafe",
        code="LPR201",
        reason="`save_from_filesystem()` logs errors and returns None instead of raising them",
        after="recorder.save_from_filesystem(src, 'x', {'format': 'mp3', 'filesystem_path': src})",
        config={"helper-method": "save_from_filesystem"},
    ),
    row(
        "helper method and a move",
        'shutil.move(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="`save_from_filesystem` hides errors, and the source must not be removed after one",
        config={"helper-method": "save_from_filesystem"},
    ),
    row(
        "async function",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
        signature="async def program(recorder: LivePipelineRecorder, src: str):",
    ),
    row(
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
    row(
        "join with an argument that binds looser than a slash",
        'os.remove(os.path.join(recorder.run_folder, kind or "metadata.json"))',
        "safe",
        code="LPR301",
        after='os.remove(recorder.run_folder / (kind or "metadata.json"))',
    ),
    row(
        "join in an expression that binds tighter than a slash",
        'return os.path.join(recorder.run_folder, "a.txt") in src',
        "unsafe",
        code="LPR301",
        reason="line 9 passes it on, where a str may be expected",
        after='return (recorder.run_folder / "a.txt") in src',
    ),
    row(
        "join for an unknown function",
        'return src(os.path.join(recorder.run_folder, "metadata.json"))',
        "unsafe",
        code="LPR301",
        reason="line 9 passes it to `src`, which may expect a str",
        after='return src(recorder.run_folder / "metadata.json")',
    ),
    row(
        "join used as text",
        'return os.path.join(recorder.run_folder, "metadata.json").upper()',
        "left",
        code="LPR301",
        reason="line 9 uses it as a string",
    ),
    row(
        "join of unclear arguments",
        "return open(os.path.join(recorder.run_folder, *src))",
        "left",
        code="LPR301",
        reason="line 9 gives its arguments by `*` or by name: give them plainly",
    ),
    row(
        "join of nothing",
        "return open(os.path.join(recorder.run_folder))",
        "left",
        code="LPR301",
        reason="line 9 joins nothing: take the folder itself",
    ),
    row(
        "join with an empty part",
        'return open(os.path.join(recorder.run_folder, ""))',
        "left",
        code="LPR301",
        reason="the empty part at line 9 gives a slash at the end, which a Path has not",
    ),
    row(
        "join with a slash at the end",
        'return open(os.path.join(recorder.run_folder, "cache/"))',
        "left",
        code="LPR301",
        reason="the slash at the end of `'cache/'` at line 9 would be lost",
    ),
    row(
        "join with a comment inside",
        'return os.listdir(os.path.join(\n    recorder.run_folder,  # here\n    "cache",\n))',
        "left",
        code="LPR301",
        reason="a comment stands between its arguments at line 9: put it above",
    ),
    row(
        "join declared as text",
        'path: str = os.path.join(recorder.run_folder, "a.json")',
        "unsafe",
        code="LPR301",
        reason="`path` is declared as `str` at line 9",
        after='path: str = recorder.run_folder / "a.json"',
    ),
    row(
        "join that a closure reads",
        'path = os.path.join(recorder.run_folder, "a.json")\nreturn lambda: path',
        "unsafe",
        code="LPR301",
        reason="line 10 passes it on, where a str may be expected",
        after='path = recorder.run_folder / "a.json"\nreturn lambda: path',
    ),
    row(
        "join whose error is read",
        'try:\n    shutil.copystat(src, os.path.join(recorder.run_folder, "a.json"))\nexcept OSError as error:\n    return error',
        "unsafe",
        code="LPR301",
        reason="the handler at line 11 reads the error of `shutil.copystat`, which would hold a Path",
        after='try:\n    shutil.copystat(src, recorder.run_folder / "a.json")\nexcept OSError as error:\n    return error',
    ),
    row(
        "join whose error is caught unread",
        'try:\n    shutil.copystat(src, os.path.join(recorder.run_folder, "a.json"))\nexcept OSError:\n    return None',
        "safe",
        code="LPR301",
        reason="",
        after='try:\n    shutil.copystat(src, recorder.run_folder / "a.json")\nexcept OSError:\n    return None',
    ),
    row(
        "join whose copy's result is used",
        'return shutil.copy2(src, os.path.join(recorder.run_folder, "metadata.json"))',
        "left",
        code="LPR201",
        reason="the name has no number in front: others may read the file under this fixed name",
        after='return shutil.copy2(src, recorder.run_folder / "metadata.json")',
    ),
    row(
        "rename",
        "return recorder.run_dir",
        "safe",
        code="LPR001",
        after="return recorder.run_folder",
    ),
    row(
        "rename, weak",
        "return recorder.run_dir",
        "unsafe",
        code="LPR001",
        reason="only its name says that the object is a recorder",
        after="return recorder.run_folder",
        signature="def program(recorder):",
    ),
    row(
        "rename, called",
        "return recorder.run_dir()",
        "left",
        code="LPR001",
        reason="`run_dir` is called here, so it may be a method",
    ),
    row(
        "rename, handled",
        """\
try:
    return recorder.run_dir
except AttributeError:
    return None""",
        "left",
        code="LPR001",
        reason="line 11 handles the missing attribute",
    ),
    row(
        "rename, ignored",
        """\
from contextlib import suppress
with suppress(AttributeError):
    return recorder.run_dir""",
        "left",
        code="LPR001",
        reason="line 10 ignores the missing attribute",
    ),
    row(
        "rename, deleted",
        "del recorder.run_dir",
        "left",
        code="LPR001",
        reason="`run_dir` is deleted here, so the attribute may exist",
    ),
]


@pytest.mark.parametrize("case", ROWS, ids=[given[0] for given, _ in ROWS])
def test_level(case: Row, holds: Callable[..., None]) -> None:
    given, more = case
    holds(*given, **more)
