"""What is left as it is, and why. Rows sorted by reason (names and numbers in it apart); last, what is no finding at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fix_rows import Row

ROWS = [
    Row(
        "archive",
        'shutil.make_archive(recorder.run_folder / "07_x", "zip", src)',
        "left",
        code="LPR202",
        reason="`shutil.make_archive` adds the extension itself: let it write to a temporary file and give that file's bytes to `save_entity()`",
    ),
    Row(
        "name made in the enclosing function's loop",
        """\
for item in src:
    name = f"07_{item}.mp3"
    def save():
        shutil.copy2(src, recorder.run_folder / name)
    save()""",
        "left",
        code="LPR201",
        reason="`item` at line 10 is evaluated in another function and may have changed: build the name where the file is written",
    ),
    Row(
        "list as JSON",
        """\
import json
with open(recorder.run_folder / "07_x.json", "w") as out:
    json.dump([1], out)""",
        "left",
        code="LPR202",
        reason="`[1]` at line 11 is not proved to be a dict: annotate it, or make it where it is saved",
    ),
    Row(
        "source that may change what the name reads",
        """\
name = f"07_{src.kind}.mp3"
shutil.copy2(src.fetch(), recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`src.fetch()` at line 10 may change `src.kind`, which would be read after it",
    ),
    Row(
        "content that may change the extension",
        '(recorder.run_folder / f"07_x.{src.kind}").write_bytes(src.fetch().encode())',
        "left",
        code="LPR202",
        reason="`src.fetch().encode()` at line 9 may change `src.kind`, which would be read after it",
    ),
    Row(
        "path of a dict",
        'out = {"p": recorder.run_folder / "07_x.mp3"}\nshutil.copy2(src, out["p"])',
        "left",
        code="LPR201",
        reason="`out['p']` at line 10 may have been set anew: give the path a name of its own",
    ),
    Row(
        "path on one branch only",
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
    Row(
        "name made of an item before the try",
        """\
name = f"07_output_{src['kind']}.mp3"
try:
    shutil.copy2(src, recorder.run_folder / name)
except Exception:
    return None
return name""",
        "left",
        code="LPR201",
        reason="what `name` is made of at line 9 may raise, and would be made elsewhere or not at all:"
        " read its items into variables first",
    ),
    Row(
        "a writer that a thread calls",
        """\
import threading
threading.Thread(target=shutil.copy2, args=(src, recorder.run_folder / "07_x.mp3")).start()""",
        "left",
        code="LPR201",
        reason="`threading.Thread` calls `shutil.copy2`; only a plain call is rewritten",
    ),
    Row(
        "copyfileobj",
        'shutil.copyfileobj(src, open(recorder.run_folder / "07_x.mp3", "wb"))',
        "left",
        code="LPR201",
        reason="`shutil.copyfileobj` copies from a stream: read it and give its bytes to `save_entity()`",
    ),
    Row(
        "copytree",
        'shutil.copytree(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="`shutil.copytree` has no entity equivalent; save each file with `save_entity()`",
    ),
    Row(
        "helper method and a move",
        'shutil.move(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="`save_from_filesystem` hides errors, and the source must not be removed after one",
        config={"helper-method": "save_from_filesystem"},
    ),
    Row(
        "impure name",
        """\
name = f"07_{kind.pop()}.mp3"
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`kind.pop()` in the name may do something: give its value a name first",
    ),
    Row(
        "default of a parameter",
        "shutil.copy2(src, recorder.run_folder / name)",
        "left",
        code="LPR201",
        reason="`name` is a parameter: build the name where the file is written",
        signature='def program(recorder: LivePipelineRecorder, src, name="07_x.mp3"):',
    ),
    Row(
        "a writer by another name",
        """\
put = shutil.copy2
put(src, recorder.run_folder / "07_x.mp3")""",
        "left",
        code="LPR201",
        reason="`put` is another name for `shutil.copy2`, from line 9; only a plain call is rewritten",
    ),
    Row(
        "attribute is stored",
        """\
recorder.run_dir = src
shutil.copy2(src, recorder.run_dir / "07_x.mp3")""",
        "left",
        code="LPR201",
        reason="`run_dir` is assigned on a recorder at line 9, so the attribute may exist: rename it there as well",
    ),
    Row(
        "part of the name bound again",
        """\
name = f"07_{kind}.mp3"
kind = kind.upper()
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`kind` is bound again at line 10, before the file is saved: use another variable there",
    ),
    Row(
        "recorder bound again",
        """\
dest = recorder.run_folder / "07_x.mp3"
recorder = LivePipelineRecorder(3)
shutil.copy2(src, dest)""",
        "left",
        code="LPR201",
        reason="`recorder` is bound again at line 10, before the file is saved: use another variable there",
    ),
    Row(
        "extension bound again",
        """\
ext = "mp3"
name = f"07_x.{ext}"
ext = "mp4"
shutil.copy2(src, recorder.run_folder / name)
print(ext)""",
        "left",
        code="LPR201",
        reason="`ext` is bound again at line 11, before the file is saved: use another variable there",
    ),
    Row(
        "part of the name bound again at the end of a loop",
        """\
name = f"07_{kind}.mp3"
for item in src:
    shutil.copy2(item, recorder.run_folder / name)
    kind = item""",
        "left",
        code="LPR201",
        reason="`kind` is bound again at line 12, before the file is saved: use another variable there",
    ),
    Row(
        "part of the name bound again in its own statement",
        """\
name, kind = f"07_{kind}.mp3", "late"
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`kind` is bound again at line 9, before the file is saved: use another variable there",
    ),
    Row(
        "unpacked by a call",
        """\
name, dest = src.place("07_x.mp3"), recorder.run_folder
dest, name = recorder.run_folder, *src
shutil.copy2(src, dest / "07_x.mp3")""",
        "left",
        code="LPR201",
        reason="`dest` is bound at line 10 by more than a plain assignment: write `dest = ...`",
    ),
    Row(
        "name added to",
        """\
name = "07_x"
name += ".mp3"
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`name` is bound at line 10 by more than a plain assignment: write `name = ...`",
    ),
    Row(
        "rename, called",
        "return recorder.run_dir()",
        "left",
        code="LPR001",
        reason="`run_dir` is called at line 9, so it may be a method: rename it by hand",
    ),
    Row(
        "del",
        """\
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
del name""",
        "left",
        code="LPR201",
        reason="`name` is changed or deleted at line 11: use another variable there",
    ),
    Row(
        "rename, deleted",
        "del recorder.run_dir",
        "left",
        code="LPR001",
        reason="`run_dir` is deleted at line 9, so the attribute may exist: rename it there as well",
    ),
    Row(
        "exists() guard",
        """\
dest = recorder.run_folder / "07_x.mp3"
if not dest.exists():
    shutil.copy2(src, dest)""",
        "left",
        code="LPR201",
        reason="`dest` is read at line 10, before the write has succeeded: read it afterwards",
    ),
    Row(
        "name read in a nested function",
        """\
name = "07_x.mp3"
def shown():
    return name
shutil.copy2(src, recorder.run_folder / name)
return shown""",
        "left",
        code="LPR201",
        reason="`name` is read at line 11, in another function: give that function the name that is returned",
    ),
    Row(
        "name read in code that cannot run",
        """\
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
return kind
print(name)""",
        "left",
        code="LPR201",
        reason="`name` is read at line 12, in code that is never reached",
    ),
    Row(
        "name in an except log",
        """\
name = "07_x.mp3"
try:
    shutil.copy2(src, recorder.run_folder / name)
except Exception:
    print(name)""",
        "left",
        code="LPR201",
        reason="`name` is read at line 13, where the write at line 11 may have failed: read it where that has succeeded, or let the handler leave",
    ),
    Row(
        "name used after the enclosing if",
        """\
name = "07_x.mp3"
if src:
    shutil.copy2(src, recorder.run_folder / name)
print(name)""",
        "left",
        code="LPR201",
        reason="`name` is read at line 12, where the write at line 11 may have failed: read it where that has succeeded, or let the handler leave",
    ),
    Row(
        "suppress around name and copy",
        """\
from contextlib import suppress
name = "07_x.mp3"
with suppress(OSError):
    name = "08_y.mp3"
    shutil.copy2(src, recorder.run_folder / name)
return name""",
        "left",
        code="LPR201",
        reason="`name` is read at line 14, where the write at line 13 may have failed: read it where that has succeeded, or let the handler leave",
    ),
    Row(
        "global name",
        """\
global name
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`name` is set at line 10, in the module, where others may set it as well: build the name where the file is written",
    ),
    Row(
        "attribute in the name, call in between",
        """\
name = f"07_{src.kind}.mp3"
src.advance()
shutil.copy2(src.path, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`src.kind` may change at line 10, before the file is saved: keep its value in a variable",
    ),
    Row(
        "self.recorder bound by a call",
        """\
dest = self.recorder.run_folder / "07_x.mp3"
self.reset()
shutil.copy2(src, dest)""",
        "left",
        code="LPR201",
        reason="`self.recorder` may change at line 10, before the file is saved: keep its value in a variable",
        signature="def program(self, src):",
    ),
    Row(
        "nonlocal part of the name",
        """\
def change():
    nonlocal kind
    kind = "late"
name = f"07_{kind}.mp3"
change()
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`kind` may change at line 13, before the file is saved: keep its value in a variable",
    ),
    Row(
        "module variable bound twice",
        """\
name = f"07_{KIND}.mp3"
src.advance()
shutil.copy2(src.path, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`KIND` may change at line 14, before the file is saved: keep its value in a variable",
        signature="""\
KIND = "a"
KIND += "b"


def program(recorder: LivePipelineRecorder, src):""",
    ),
    Row(
        "module variable set by another function",
        """\
name = f"07_{KIND}.mp3"
change()
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`KIND` may change at line 18, before the file is saved: keep its value in a variable",
        signature="""\
KIND = "a"


def change():
    global KIND
    KIND = "b"


def program(recorder: LivePipelineRecorder, src):""",
    ),
    Row(
        "name bound again in the loop",
        '''\
name = "07_x.mp3"
for item in src:
    shutil.copy2(item, recorder.run_folder / name)
    name = "08_y.mp3"''',
        "left",
        code="LPR201",
        reason="`name` may hold different names, from lines 9, 12: build the name where the file is written",
    ),
    Row(
        "save method of a subclass takes other parameters",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="`Mine.save_entity` takes other parameters (kind, data): set `save-parameters`",
        signature="""\
class Mine(LivePipelineRecorder):
    def save_entity(self, kind, data):
        pass


def program(recorder: Mine, src: str):""",
    ),
    Row(
        "a helper of the module",
        """\
def put(path, text):
    path.write_text(text)
put(recorder.run_folder / "07_x.txt", src)""",
        "left",
        code="LPR202",
        reason="`put()` writes it, at line 10; only a plain call is rewritten",
    ),
    Row(
        "imwrite",
        """\
import cv2
cv2.imwrite(str(recorder.run_folder / "07_x.png"), src)""",
        "left",
        code="LPR202",
        reason="`cv2.imwrite` writes to the path itself: give the bytes of `cv2.imencode()` to `save_entity()`",
    ),
    Row(
        "save(path)",
        'src.save(recorder.run_folder / "07_x.png")',
        "left",
        code="LPR202",
        reason="`src.save` writes to the path itself: let it write to an `io.BytesIO` and give its bytes to `save_entity()`",
    ),
    Row(
        "torch.save",
        """\
import torch
torch.save(src, recorder.run_folder / "07_x.pt")""",
        "left",
        code="LPR202",
        reason="`torch.save` writes to the path itself: let it write to an `io.BytesIO` and give its bytes to `save_entity()`",
    ),
    Row(
        "urlretrieve",
        """\
import urllib.request
urllib.request.urlretrieve(src, recorder.run_folder / "07_x.mp3")""",
        "left",
        code="LPR202",
        reason="`urllib.request.urlretrieve` writes to the path itself: save with `save_entity()` what was downloaded",
    ),
    Row(
        "open is something else",
        """\
from gzip import open
shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "left",
        code="LPR201",
        reason="`open`, bound at line 9, means something else here, and the rewrite needs it: give that another name",
    ),
    Row(
        "str is something else",
        """\
str = repr
shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "left",
        code="LPR201",
        reason="`str`, bound at line 9, means something else here, and the rewrite needs it: give that another name",
        signature="def program(recorder: LivePipelineRecorder, src):",
    ),
    Row(
        "os is something else",
        """\
os = kind
shutil.move(src, recorder.run_folder / "07_x.mp3")
return os""",
        "left",
        code="LPR201",
        reason="`os`, bound at line 9, means something else here, and the rewrite needs it: give that another name",
    ),
    Row(
        "join with a comment inside",
        'return os.listdir(os.path.join(\n    recorder.run_folder,  # here\n    "cache",\n))',
        "left",
        code="LPR301",
        reason="a comment stands between its arguments at line 9: put it above",
    ),
    Row(
        "a folder that is made",
        '(recorder.run_folder / "07_frames").mkdir()',
        "left",
        code="LPR202",
        reason="a folder is no entity: save the files with `save_entity()`",
    ),
    Row(
        "symlink",
        'os.symlink(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="a link has no entity equivalent: the recorder stores the bytes; save the file that it points to",
    ),
    Row(
        "link",
        'os.link(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="a link has no entity equivalent: the recorder stores the bytes; save the file that it points to",
    ),
    Row(
        "%*d",
        'shutil.copy2(src, recorder.run_folder / ("07_%*d.mp3" % (3, 4)))',
        "left",
        code="LPR201",
        reason="how line 9 makes the file's name is not understood: write it as an f-string",
    ),
    Row(
        "%(k)s",
        'shutil.copy2(src, recorder.run_folder / ("07_%(k)s.mp3" % {"k": kind}))',
        "left",
        code="LPR201",
        reason="how line 9 makes the file's name is not understood: write it as an f-string",
    ),
    Row(
        "format with an item",
        'shutil.copy2(src, recorder.run_folder / "07_{x[a]}.mp3".format(x=src))',
        "left",
        code="LPR201",
        reason="how line 9 makes the file's name is not understood: write it as an f-string",
    ),
    Row(
        "class body",
        """\
class Saved:
    shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "left",
        code="LPR201",
        reason="it stands in a class body, where every name becomes an attribute: move it into a function",
    ),
    Row(
        "a mode in a variable",
        """\
mode = "w"
with open(recorder.run_folder / "07_x.txt", mode) as out:
    out.write(src)""",
        "left",
        code="LPR202",
        reason="its mode is not written in the call itself; only a plain call is rewritten",
    ),
    Row(
        "append mode",
        """\
with open(recorder.run_folder / "07_x.txt", "a", encoding="utf-8") as out:
    out.write(src)""",
        "left",
        code="LPR202",
        reason="line 9 appends: an entity is saved whole, once, with all that belongs to it",
    ),
    Row(
        "write_text, other encoding",
        '(recorder.run_folder / "07_x.txt").write_text(src, "latin-1")',
        "left",
        code="LPR202",
        reason="line 9 asks for another encoding than UTF-8, in which the recorder writes text: save bytes",
    ),
    Row(
        "folder by getattr",
        'shutil.copy2(src, getattr(recorder, "run_folder") / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="line 9 asks for the folder by `getattr`: write `recorder.run_folder`",
    ),
    Row(
        "attribute is asked for",
        """\
if hasattr(recorder, "run_dir"):
    shutil.copy2(src, recorder.run_dir / "07_x.mp3")""",
        "left",
        code="LPR201",
        reason="line 9 asks for, patches or sets `run_dir` by its name, so the attribute may exist: rename it there as well",
    ),
    Row(
        "walrus in the path",
        """\
shutil.copy2(src, (dest := recorder.run_folder / "07_x.mp3"))
return dest""",
        "left",
        code="LPR201",
        reason="line 9 binds a name inside the expression: assign it on a line of its own",
    ),
    Row(
        "test that counts on the missing attribute",
        "with src.assertRaises(AttributeError):\n    print(recorder.run_dir)",
        "left",
        code="LPR001",
        reason="line 9 handles the missing attribute: drop that handler, then rename",
    ),
    Row(
        "rename, ignored",
        """\
from contextlib import suppress
with suppress(AttributeError):
    return recorder.run_dir""",
        "left",
        code="LPR001",
        reason="line 10 handles the missing attribute: drop that handler, then rename",
    ),
    Row(
        "number counted by hand",
        """\
recorder.sequence_number += 1
shutil.copy2(src, recorder.run_folder / f"{recorder.sequence_number:02d}_x.mp3")""",
        "left",
        code="LPR201",
        reason="line 9 counts or indexes the file by hand, which `save_entity()` does as well",
    ),
    Row(
        "entry made by hand",
        """\
shutil.copy2(src, recorder.run_folder / "07_x.mp3")
recorder.metadata["entities"].append({"filename": "07_x.mp3"})""",
        "left",
        code="LPR201",
        reason="line 10 counts or indexes the file by hand, which `save_entity()` does as well",
    ),
    Row(
        "two writes",
        """\
with open(recorder.run_folder / "07_x.txt", "w", encoding="utf-8") as out:
    out.write(src)
    out.write(kind)""",
        "left",
        code="LPR202",
        reason="line 10 does not write all with one call: collect it first, then write it once",
    ),
    Row(
        "json.dump with default",
        """\
import json
with open(recorder.run_folder / "07_x.json", "w") as out:
    json.dump({"kind": kind}, out, default=str)""",
        "left",
        code="LPR202",
        reason="line 11 gives `json.dump` `default`, which an entity has not: leave it out",
    ),
    Row(
        "one name for two variables",
        'name = again = "07_x.mp3"\nshutil.copy2(src, recorder.run_folder / name)\nreturn again',
        "left",
        code="LPR201",
        reason="line 9 gives `name` and another variable one value: part them",
    ),
    Row(
        "write_text, newline",
        '(recorder.run_folder / "07_x.txt").write_text(src, encoding="utf-8", newline="")',
        "left",
        code="LPR202",
        reason="line 9 gives `newline`, which an entity has not: leave it out",
    ),
    Row(
        "options of open",
        """\
with open(recorder.run_folder / "07_x.txt", "w", encoding="utf-8", errors="replace") as out:
    out.write(src)""",
        "left",
        code="LPR202",
        reason="line 9 gives `errors`, which an entity has not: leave it out",
    ),
    Row(
        "join of unclear arguments",
        "return open(os.path.join(recorder.run_folder, *src))",
        "left",
        code="LPR301",
        reason="line 9 gives its arguments by `*` or by name: give them plainly",
    ),
    Row(
        "the folder itself",
        "shutil.copy2(src, recorder.run_folder)",
        "left",
        code="LPR201",
        reason="line 9 gives no name, so it is the source's own: give the entity a type and save the content",
    ),
    Row(
        "follow_symlinks",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3", follow_symlinks=False)',
        "left",
        code="LPR201",
        reason="line 9 gives the copy `follow_symlinks`, which an entity has not: leave it out",
    ),
    Row(
        "rename, handled",
        """\
try:
    return recorder.run_dir
except AttributeError:
    return None""",
        "left",
        code="LPR001",
        reason="line 11 handles the missing attribute: drop that handler, then rename",
    ),
    Row(
        "name set beside another statement",
        """\
name = "07_x.mp3"; kind = kind.lower()
shutil.copy2(src, recorder.run_folder / name)
return name""",
        "left",
        code="LPR201",
        reason="line 9 holds other code as well: give it a line of its own",
    ),
    Row(
        "one-line suite",
        'if src: shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="line 9 holds other code as well: give it a line of its own",
    ),
    Row(
        "between semicolons",
        'print(1); shutil.copy2(src, recorder.run_folder / "07_x.mp3"); print(2)',
        "left",
        code="LPR201",
        reason="line 9 holds other code as well: give it a line of its own",
    ),
    Row(
        "suite after a backslash",
        """\
if src: \\
    shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "left",
        code="LPR201",
        reason="line 10 holds other code as well: give it a line of its own",
    ),
    Row(
        "writelines",
        """\
with open(recorder.run_folder / "07_x.txt", "w", encoding="utf-8") as out:
    out.writelines(src)""",
        "left",
        code="LPR202",
        reason="line 10 is no plain `file.write(content)`: give all that is written as one argument",
    ),
    Row(
        "join of nothing",
        "return open(os.path.join(recorder.run_folder))",
        "left",
        code="LPR301",
        reason="line 9 joins nothing: take the folder itself",
    ),
    Row(
        "locals()",
        """\
name = "07_x.mp3"
shutil.copy2(src, recorder.run_folder / name)
return locals()""",
        "left",
        code="LPR201",
        reason="line 11 may read any name of the function unseen (`locals()`, `eval`)",
    ),
    Row(
        "sub-folder",
        'shutil.copy2(src, recorder.run_folder / "final" / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="line 9 names a sub-folder of the run: entities lie in the run folder itself",
    ),
    Row(
        "sub-folder in the name",
        'shutil.copy2(src, recorder.run_folder / "final/07_x.mp3")',
        "left",
        code="LPR201",
        reason="line 9 names a sub-folder of the run: entities lie in the run folder itself",
    ),
    Row(
        "attribute printed with its code",
        'return f"{recorder.run_dir=}"',
        "left",
        code="LPR001",
        reason="line 9 prints the code itself (`=` in an f-string): print the value alone",
    ),
    Row(
        "join printed with its code",
        'return f"{os.path.join(recorder.run_folder, kind) = }"',
        "left",
        code="LPR301",
        reason="line 9 prints the code itself (`=` in an f-string): print the value alone",
    ),
    Row(
        "copy2, time read afterwards",
        """\
dest = recorder.run_folder / "07_x.mp3"
shutil.copy2(src, dest)
print(os.path.getmtime(dest))""",
        "left",
        code="LPR201",
        reason="line 11 reads or sets the copy's time or mode, which an entity does not keep",
    ),
    Row(
        "copy2, mode set afterwards",
        """\
dest = recorder.run_folder / "07_x.mp3"
shutil.copy2(src, dest)
dest.chmod(0o600)""",
        "left",
        code="LPR201",
        reason="line 11 reads or sets the copy's time or mode, which an entity does not keep",
    ),
    Row(
        "move inside the run folder",
        'os.rename(recorder.run_folder / "01_a.mp3", recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="line 9 renames a file of the run folder: save its content at once instead",
    ),
    Row(
        "join used as text",
        'return os.path.join(recorder.run_folder, "metadata.json").upper()',
        "left",
        code="LPR301",
        reason="line 9 uses it as a string, which a Path is not",
    ),
    Row(
        "returned",
        'return shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="line 9 uses what the copy returns: call it on a line of its own",
    ),
    Row(
        "assigned",
        """\
out = shutil.copy2(src, recorder.run_folder / "07_x.mp3")
return out""",
        "left",
        code="LPR201",
        reason="line 9 uses what the copy returns: call it on a line of its own",
    ),
    Row(
        "lambda",
        'return lambda: shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="line 9 uses what the copy returns: call it on a line of its own",
    ),
    Row(
        "comprehension",
        'return [shutil.copy2(s, recorder.run_folder / f"07_{s}.mp3") for s in src]',
        "left",
        code="LPR201",
        reason="line 9 uses what the copy returns: call it on a line of its own",
    ),
    Row(
        "one path, two writes",
        """\
dest = recorder.run_folder / "07_x.mp3"
shutil.copy2(src, dest)
shutil.copy2(kind, dest)""",
        "left",
        code="LPR201",
        reason="line 11 writes a file of the same name and is left, so it would write over the entity",
    ),
    Row(
        "exclusive mode",
        """\
with open(recorder.run_folder / "07_x.txt", "x", encoding="utf-8") as out:
    out.write(src)""",
        "left",
        code="LPR202",
        reason="mode 'x' at line 9 does more than write a new file: 'w' and 'wb' are rewritten",
    ),
    Row(
        "entity type with a dot at its end",
        'shutil.copy2(src, recorder.run_folder / "07_x..mp3")',
        "left",
        code="LPR201",
        reason="no recorder takes an entity type that starts or ends with a dot or a space, or holds a control character",
    ),
    Row(
        "control character in the name",
        'shutil.copy2(src, recorder.run_folder / f"07_a\\tb_{kind}.mp3")',
        "left",
        code="LPR201",
        reason="no recorder takes an entity type that starts or ends with a dot or a space, or holds a control character",
    ),
    Row(
        "two things opened at once",
        """\
with open(src, "rb") as given, open(recorder.run_folder / "07_x.bin", "wb") as out:
    out.write(given.read())""",
        "left",
        code="LPR202",
        reason="the `with` at line 9 opens several things: open the file in one of its own",
    ),
    Row(
        "keywords from a mapping",
        'shutil.copy2(**src, dst=recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="the arguments of `shutil.copy2` at line 9 cannot be told apart: give source and target plainly",
    ),
    Row(
        "join with an empty part",
        'return open(os.path.join(recorder.run_folder, ""))',
        "left",
        code="LPR301",
        reason="the empty part at line 9 gives a slash at the end, which a Path has not",
    ),
    Row(
        "both quotes in the expressions",
        'shutil.copy2(src, recorder.run_folder / f"""07_{src["a"]}_{src[\'b\']}.mp3""")',
        "left",
        code="LPR201",
        reason="the expressions of the name at line 9 hold both kinds of quotes, which an f-string cannot repeat: give their values names first",
    ),
    Row(
        "handle used again",
        """\
with open(recorder.run_folder / "07_x.txt", "w", encoding="utf-8") as out:
    out.write(src)
print(out.name)""",
        "left",
        code="LPR202",
        reason="the handle `out` is used again at line 11",
    ),
    Row(
        "star import",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="the import of everything at line 8 may change what `open` means",
        signature="""\
from os.path import *


def program(recorder: LivePipelineRecorder, src: str):""",
    ),
    Row(
        "no extension",
        'shutil.copy2(src, recorder.run_folder / "07_x")',
        "left",
        code="LPR201",
        reason="the name at line 9 has no extension that is known: write one",
    ),
    Row(
        "join whose copy's result is used",
        'return shutil.copy2(src, os.path.join(recorder.run_folder, "metadata.json"))',
        "left",
        code="LPR201",
        reason="the name has no number in front: others may read the file under this fixed name",
        after='return shutil.copy2(src, recorder.run_folder / "metadata.json")',
    ),
    Row(
        "basename",
        "shutil.copy2(src, recorder.run_folder / os.path.basename(src))",
        "left",
        code="LPR201",
        reason="the name has no number in front: others may read the file under this fixed name",
    ),
    Row(
        "fixed name",
        '(recorder.run_folder / "chat_history.json").write_text(src, encoding="utf-8")',
        "left",
        code="LPR202",
        reason="the name has no number in front: others may read the file under this fixed name",
    ),
    Row(
        "entity type that is empty",
        'shutil.copy2(src, recorder.run_folder / "07_.mp3")',
        "left",
        code="LPR201",
        reason="the name has nothing between its number and its extension",
    ),
    Row(
        "a constant of a class",
        """\
class Keeper:
    NAME = "07_x.mp3"
    def keep(self, recorder: LivePipelineRecorder) -> None:
        shutil.copy2(src, recorder.run_folder / self.NAME)""",
        "left",
        code="LPR201",
        reason="the name is `self.NAME`, from line 10, which a subclass or another place may set anew",
    ),
    Row(
        "a constant of a class, by the class",
        """\
class Keeper:
    NAME = f"07_{kind}.mp3"
shutil.copy2(src, recorder.run_folder / Keeper.NAME)""",
        "left",
        code="LPR201",
        reason="the name is `Keeper.NAME`, from line 10, which a subclass or another place may set anew",
    ),
    Row(
        "path of a function",
        'def where(): return recorder.run_folder / "07_x.mp3"\nshutil.copy2(src, where())',
        "left",
        code="LPR201",
        reason="the path comes from `where()` at line 10: build it where it is written",
    ),
    Row(
        "recorder without a format",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="the recorder does not find the extension itself, and takes none: `format-key` is empty in the configuration",
        config={"format-key": ""},
    ),
    Row(
        "recorder from a call",
        'shutil.copy2(src, get_recorder(src).run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="the recorder is an expression (`get_recorder(src)`), evaluated twice: give it a name first",
    ),
    Row(
        "write_text, other extension",
        '(recorder.run_folder / "07_x.md").write_text(src, encoding="utf-8")',
        "left",
        code="LPR202",
        reason="the recorder stores text as .txt, whatever the name says: save its bytes to keep the extension",
    ),
    Row(
        "extension that a browser runs",
        'shutil.copy2(src, recorder.run_folder / "07_x.html")',
        "left",
        code="LPR201",
        reason="the recorder takes no html files, which a browser would run: save it as text, or keep it elsewhere",
    ),
    Row(
        "join with a slash at the end",
        'return open(os.path.join(recorder.run_folder, "cache/"))',
        "left",
        code="LPR301",
        reason="the slash at the end of `'cache/'` at line 9 would be lost",
    ),
    Row(
        "mode not known",
        """\
with open(recorder.run_folder / "07_x.txt", kind) as out:
    out.write(src)""",
        "left",
        code="LPR101",
        reason="what is done with the file is not seen here, so nothing can be put in its place",
    ),
    Row(
        "path without an assignment",
        """\
for dest in (recorder.run_folder / "07_x.mp3",):
    shutil.copy2(src, dest)""",
        "left",
        code="LPR101",
        reason="what is done with the file is not seen here, so nothing can be put in its place",
    ),
    Row(
        "conditional name",
        """\
name = "07_x.mp3" if kind else "07_y.mp3"
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="what line 9 gives `name` is not known: write the name as an f-string",
    ),
    Row(
        "another class",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "none",
        signature="def program(recorder: AudioRecorder, src):",
    ),
    Row(
        "another constructor",
        """\
recorder = VideoWriter()
shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "none",
        signature="def program(src):",
    ),
    Row(
        "recorder bound again at the end of an inner loop",
        """\
rec = recorder
while src:
    dest = rec.run_folder / "07_x.mp3"
    while kind:
        shutil.copy2(src, dest)
        rec = kind.pop()""",
        "none",
        signature="def program(recorder: LivePipelineRecorder, src: str, kind: list):",
    ),
    Row(
        "code that cannot run",
        """\
return kind
shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "none",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_left(row: Row, holds: Callable[[Row], None]) -> None:
    holds(row)
