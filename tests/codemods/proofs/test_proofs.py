"""What has to be proved before a write is rewritten: values that stay the same, names and text that mean the same."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

import pytest

from codemods.fixes.planner import decide
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finder import analyse, find
from lint_plugin.source.text import SourceText

Row = tuple[tuple[str, str, str], dict[str, object]]


def row(name: str, before: str, level: str, **more: object) -> Row:
    """One case: its name, a function's body, the level of what is found; see `Case` in conftest for the rest."""
    return (name, before, level), more


ROWS = [
    row(
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
    row(
        "part of the name bound again at the end of a loop",
        """\
name = f"07_{kind}.mp3"
for item in src:
    shutil.copy2(item, recorder.run_folder / name)
    kind = item""",
        "left",
        code="LPR201",
        reason="`kind` is bound again at line 12, before the file is saved",
    ),
    row(
        "attribute in the name, call in between",
        """\
name = f"07_{src.kind}.mp3"
src.advance()
shutil.copy2(src.path, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`src.kind` may change at line 10, before the file is saved",
    ),
    row(
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
    row(
        "source that may change what the name reads",
        """\
name = f"07_{src.kind}.mp3"
shutil.copy2(src.fetch(), recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`src.fetch()` at line 10 may change `src.kind`, which would be read after it",
    ),
    row(
        "content that may change the extension",
        '(recorder.run_folder / f"07_x.{src.kind}").write_bytes(src.fetch().encode())',
        "left",
        code="LPR202",
        reason="`src.fetch().encode()` at line 9 may change `src.kind`, which would be read after it",
    ),
    row(
        "self.recorder bound by a call",
        """\
dest = self.recorder.run_folder / "07_x.mp3"
self.reset()
shutil.copy2(src, dest)""",
        "left",
        code="LPR201",
        reason="`self.recorder` may change at line 10, before the file is saved",
        signature="def program(self, src):",
    ),
    row(
        "name made in the enclosing function's loop",
        """\
for item in src:
    name = f"07_{item}.mp3"
    def save():
        shutil.copy2(src, recorder.run_folder / name)
    save()""",
        "left",
        code="LPR201",
        reason="`item` at line 10 is evaluated in another function and may have changed",
    ),
    row(
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
    row(
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
        reason="`kind` may change at line 13, before the file is saved",
    ),
    row(
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
    row(
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
    row(
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
    row(
        "open is something else",
        """\
from gzip import open
shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "left",
        code="LPR201",
        reason="`open` means something else here",
    ),
    row(
        "str is something else",
        """\
str = repr
shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "left",
        code="LPR201",
        reason="`str` means something else here",
        signature="def program(recorder: LivePipelineRecorder, src):",
    ),
    row(
        "os is something else",
        """\
os = kind
shutil.move(src, recorder.run_folder / "07_x.mp3")
return os""",
        "left",
        code="LPR201",
        reason="`os` means something else here",
    ),
    row(
        "added text that may be an enum's member",
        'shutil.copy2(src, recorder.run_folder / ("07_" + kind + ".mp3"))',
        "unsafe",
        code="LPR201",
        after="SAVE recorder f'{kind}' FROM src AS 'mp3', src",
        signature="def program(recorder: LivePipelineRecorder, src: str, kind):",
        reason="`kind` is not proved to be a plain str: others (an enum's member) print differently in an f-string; the entity type begins with `kind`, which may be empty or another text that the recorder refuses",
    ),
    row(
        "added str",
        'shutil.copy2(src, recorder.run_folder / ("07_" + kind + ".mp3"))',
        "unsafe",
        code="LPR201",
        after="SAVE recorder f'{kind}' FROM src AS 'mp3', src",
        reason="`kind` is not proved to be a plain str: others (an enum's member) print differently in an f-string; the entity type begins with `kind`, which may be empty or another text that the recorder refuses",
    ),
    row(
        "% with what may be a tuple",
        'shutil.copy2(src, recorder.run_folder / ("07_%s.mp3" % kind))',
        "unsafe",
        code="LPR201",
        after="SAVE recorder f'{kind}' FROM src AS 'mp3', src",
        signature="def program(recorder: LivePipelineRecorder, src: str, kind):",
        reason="`kind` may be a tuple, which `%` takes apart; the entity type begins with `kind`, which may be empty or another text that the recorder refuses",
    ),
    row(
        "%d with what may be a float",
        'shutil.copy2(src, recorder.run_folder / ("07_x%d_%s.mp3" % (kind, "y")))',
        "unsafe",
        code="LPR201",
        after="SAVE recorder f'x{kind:d}_y' FROM src AS 'mp3', src",
        signature="def program(recorder: LivePipelineRecorder, src: str, kind):",
        reason="`kind` is not proved to be an int: `%d` takes a float, an f-string does not",
    ),
    row(
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
    row(
        "spec with a quote",
        'shutil.copy2(src, recorder.run_folder / f"07_{kind:\'>9}.mp3")',
        "unsafe",
        code="LPR201",
        after="SAVE recorder f\"{kind:'>9}\" FROM src AS 'mp3', src",
        reason="the entity type begins with `kind`, which may be empty or another text that the recorder refuses",
    ),
    row(
        "both quotes in the expressions",
        'shutil.copy2(src, recorder.run_folder / f"""07_{src["a"]}_{src[\'b\']}.mp3""")',
        "left",
        code="LPR201",
        reason="the name's expressions use both kinds of quotes",
    ),
    row(
        "quotes in an expression",
        "shutil.copy2(src, recorder.run_folder / f'07_{src[\"a\"]}.mp3')",
        "unsafe",
        code="LPR201",
        after="SAVE recorder f\"{src['a']}\" FROM src AS 'mp3', src",
        reason="the entity type begins with `src['a']`, which may be empty or another text that the recorder refuses",
    ),
    row(
        "conversion and spec",
        'shutil.copy2(src, recorder.run_folder / f"07_{kind!r:>9}.mp3")',
        "unsafe",
        code="LPR201",
        after="SAVE recorder f'{kind!r:>9}' FROM src AS 'mp3', src",
        reason="the entity type begins with `kind`, which may be empty or another text that the recorder refuses",
    ),
    row(
        "braces",
        'shutil.copy2(src, recorder.run_folder / f"07_{{x}}_{kind}.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder f'{{x}}_{kind}' FROM src AS 'mp3', src",
    ),
    row(
        "conditional expression in the name",
        """\
name = f"07_{'a' if kind else 'b'}.mp3"
shutil.copy2(src, recorder.run_folder / name)""",
        "safe",
        code="LPR201",
        after="SAVE recorder f\"{('a' if kind else 'b')}\" FROM src AS 'mp3', src",
    ),
    row(
        "conditional name",
        """\
name = "07_x.mp3" if kind else "07_y.mp3"
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="whether `name` is a name with a number in front is not known",
    ),
    row(
        "name added to",
        """\
name = "07_x"
name += ".mp3"
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="whether `name` is a name with a number in front is not known",
    ),
    row(
        "annotated names",
        """\
name: str = "07_x.mp3"
dest: Path = recorder.run_folder / name
shutil.copy2(src, dest)""",
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    row(
        "unpacked names",
        """\
name, dest = "07_x.mp3", recorder.run_folder
shutil.copy2(src, dest / name)""",
        "left",
        code="LPR201",
        reason="`dest` is bound at line 9 by more than a plain assignment: write `dest = ...`",
    ),
    row(
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
    row(
        "one path, two writes",
        """\
dest = recorder.run_folder / "07_x.mp3"
shutil.copy2(src, dest)
shutil.copy2(kind, dest)""",
        "left",
        code="LPR201",
        reason="line 11 writes a file of the same name and is left, so it would write over the entity",
    ),
    row(
        "entity type with a dot at its end",
        'shutil.copy2(src, recorder.run_folder / "07_x..mp3")',
        "left",
        code="LPR201",
        reason="no recorder takes an entity type that starts or ends with a dot or a space, or holds a control character",
    ),
    row(
        "entity type that is empty",
        'shutil.copy2(src, recorder.run_folder / "07_.mp3")',
        "left",
        code="LPR201",
        reason="the name has nothing between its number and its extension",
    ),
    row(
        "no extension",
        'shutil.copy2(src, recorder.run_folder / "07_x")',
        "left",
        code="LPR201",
        reason="the name at line 9 has no extension that is known: write one",
    ),
    row(
        "extension that a browser runs",
        'shutil.copy2(src, recorder.run_folder / "07_x.html")',
        "left",
        code="LPR201",
        reason="the recorder takes no html files: a browser would run them",
    ),
    row(
        "move inside the run folder",
        'os.rename(recorder.run_folder / "01_a.mp3", recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="line 9 renames a file of the run folder: save its content at once instead",
    ),
    row(
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
    row(
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
    row(
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
    row(
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
    row(
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
    row(
        "handle used again",
        """\
with open(recorder.run_folder / "07_x.txt", "w", encoding="utf-8") as out:
    out.write(src)
print(out.name)""",
        "left",
        code="LPR202",
        reason="the handle `out` is used again at line 11",
    ),
    row(
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
    row(
        "a constant of a class, by the class",
        """\
class Keeper:
    NAME = f"07_{kind}.mp3"
shutil.copy2(src, recorder.run_folder / Keeper.NAME)""",
        "left",
        code="LPR201",
        reason="the name is `Keeper.NAME`, from line 10, which a subclass or another place may set anew",
    ),
    row(
        "a writer by another name",
        """\
put = shutil.copy2
put(src, recorder.run_folder / "07_x.mp3")""",
        "left",
        code="LPR201",
        reason="`put` is another name for `shutil.copy2`, from line 9; only a plain call is rewritten",
    ),
    row(
        "a writer that a thread calls",
        """\
import threading
threading.Thread(target=shutil.copy2, args=(src, recorder.run_folder / "07_x.mp3")).start()""",
        "left",
        code="LPR201",
        reason="`threading.Thread` calls `shutil.copy2`; only a plain call is rewritten",
    ),
    row(
        "a mode in a variable",
        """\
mode = "w"
with open(recorder.run_folder / "07_x.txt", mode) as out:
    out.write(src)""",
        "left",
        code="LPR202",
        reason="its mode is not written in the call itself; only a plain call is rewritten",
    ),
    row(
        "a helper of the module",
        """\
def put(path, text):
    path.write_text(text)
put(recorder.run_folder / "07_x.txt", src)""",
        "left",
        code="LPR202",
        reason="`put()` writes it, at line 10; only a plain call is rewritten",
    ),
    row(
        "a folder that is made",
        '(recorder.run_folder / "07_frames").mkdir()',
        "left",
        code="LPR202",
        reason="the name at line 9 has no extension that is known: write one",
    ),
    row(
        "mode not known",
        """\
with open(recorder.run_folder / "07_x.txt", kind) as out:
    out.write(src)""",
        "left",
        code="LPR101",
        reason="what is done with the file is not seen here, so nothing can be put in its place",
    ),
    row(
        "recorder without a format",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="the recorder does not find the extension itself, and takes none (`format-key` is empty)",
        config={"format-key": ""},
    ),
    row(
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
    row(
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
    row(
        "entities lie in another folder",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "unsafe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
        config={"output-folder-attribute": "final_folder"},
        reason="the recorder saves into `final_folder`, not into `run_folder`",
    ),
    row(
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
    row(
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
    row(
        "recorder from a call",
        'shutil.copy2(src, get_recorder(src).run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="the recorder is an expression (`get_recorder(src)`), evaluated twice: give it a name first",
    ),
    row(
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
    row(
        "keywords from a mapping",
        'shutil.copy2(**src, dst=recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="the arguments of `shutil.copy2` at line 9 cannot be told apart: give source and target plainly",
    ),
    row(
        "yielded source",
        'shutil.copy2((yield), recorder.run_folder / "07_x.mp3")',
        "safe",
        code="LPR201",
        after="""\
source_path = (yield)
SAVE recorder 'x' FROM source_path AS 'mp3', str(source_path)""",
    ),
    row(
        "statement in parentheses",
        '(shutil.copy2(src, recorder.run_folder / "07_x.mp3"))',
        "safe",
        code="LPR201",
        after="SAVE recorder 'x' FROM src AS 'mp3', src",
    ),
    row(
        "f-string in an f-string",
        "shutil.copy2(src, recorder.run_folder / f\"07_{f'a{kind}'}.mp3\")",
        "safe",
        code="LPR201",
        after="SAVE recorder f'a{kind}' FROM src AS 'mp3', src",
    ),
    row(
        "display in the name",
        'shutil.copy2(src, recorder.run_folder / f"07_{ {1: kind}[1] }.mp3")',
        "unsafe",
        code="LPR201",
        after="SAVE recorder f'{ {1: kind}[1] }' FROM src AS 'mp3', src",
        reason="the entity type begins with `{1: kind}[1]`, which may be empty or another text that the recorder refuses",
    ),
    row(
        "characters beyond ASCII",
        'shutil.copy2(src, recorder.run_folder / f"07_größe_{kind}.mp3")',
        "safe",
        code="LPR201",
        after="SAVE recorder f'größe_{kind}' FROM src AS 'mp3', src",
    ),
    row(
        "control character in the name",
        'shutil.copy2(src, recorder.run_folder / f"07_a\\tb_{kind}.mp3")',
        "left",
        code="LPR201",
        reason="no recorder takes an entity type that starts or ends with a dot or a space, or holds a control character",
    ),
    row(
        "default of a parameter",
        "shutil.copy2(src, recorder.run_folder / name)",
        "left",
        code="LPR201",
        reason="whether `name` is a name with a number in front is not known",
        signature='def program(recorder: LivePipelineRecorder, src, name="07_x.mp3"):',
    ),
    row(
        "comprehension",
        'return [shutil.copy2(s, recorder.run_folder / f"07_{s}.mp3") for s in src]',
        "left",
        code="LPR201",
        reason="line 9 uses what the copy returns: call it on a line of its own",
    ),
    row(
        "options of open",
        """\
with open(recorder.run_folder / "07_x.txt", "w", encoding="utf-8", errors="replace") as out:
    out.write(src)""",
        "left",
        code="LPR202",
        reason="line 9 gives `errors`, which an entity has not: leave it out",
    ),
    row(
        "writelines",
        """\
with open(recorder.run_folder / "07_x.txt", "w", encoding="utf-8") as out:
    out.writelines(src)""",
        "left",
        code="LPR202",
        reason="line 10 is no plain `file.write(content)` or `json.dump(content, file)`",
    ),
    row(
        "exclusive mode",
        """\
with open(recorder.run_folder / "07_x.txt", "x", encoding="utf-8") as out:
    out.write(src)""",
        "left",
        code="LPR202",
        reason="mode 'x' at line 9 does more than write a new file: 'w' and 'wb' are rewritten",
    ),
    row(
        "two things opened at once",
        """\
with open(src, "rb") as given, open(recorder.run_folder / "07_x.bin", "wb") as out:
    out.write(given.read())""",
        "left",
        code="LPR202",
        reason="the `with` at line 9 opens several things: open the file in one of its own",
    ),
    row(
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
    row(
        "code that cannot run",
        """\
return kind
shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "none",
    ),
    row(
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
    row(
        "class body",
        """\
class Saved:
    shutil.copy2(src, recorder.run_folder / "07_x.mp3")""",
        "left",
        code="LPR201",
        reason="it stands in a class body, where every name becomes an attribute: move it into a function",
    ),
    row(
        "star import",
        'shutil.copy2(src, recorder.run_folder / "07_x.mp3")',
        "left",
        code="LPR201",
        reason="the import of everything at line 8 may change what `open` means",
        signature="""\
from os.path import *


def program(recorder: LivePipelineRecorder, src: str):""",
    ),
    row(
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
    row(
        "path without an assignment",
        """\
for dest in (recorder.run_folder / "07_x.mp3",):
    shutil.copy2(src, dest)""",
        "left",
        code="LPR101",
        reason="what is done with the file is not seen here, so nothing can be put in its place",
    ),
    row(
        "module variable bound twice",
        """\
name = f"07_{KIND}.mp3"
src.advance()
shutil.copy2(src.path, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`KIND` may change at line 14, before the file is saved",
        signature="""\
KIND = "a"
KIND += "b"


def program(recorder: LivePipelineRecorder, src):""",
    ),
    row(
        "module variable bound once",
        """\
name = f"07_{KIND}.mp3"
src.advance()
shutil.copy2(src.path, recorder.run_folder / name)""",
        "safe",
        code="LPR201",
        after="""\
src.advance()
SAVE recorder f'{KIND}' FROM src.path AS 'mp3', str(src.path)""",
        signature="""\
KIND = "a"


def program(recorder: LivePipelineRecorder, src):""",
    ),
    row(
        "module variable set by another function",
        """\
name = f"07_{KIND}.mp3"
change()
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`KIND` may change at line 18, before the file is saved",
        signature="""\
KIND = "a"


def change():
    global KIND
    KIND = "b"


def program(recorder: LivePipelineRecorder, src):""",
    ),
    row(
        "part of the name bound again in its own statement",
        """\
name, kind = f"07_{kind}.mp3", "late"
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`name` is bound at line 9 by more than a plain assignment",
    ),
    row(
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
    row(
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
    row(
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
    row(
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
    row(
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
    row(
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
    row(
        "comprehension in the name",
        """\
name = f"07_{[k for k in kind][0]}.mp3"
shutil.copy2(src, recorder.run_folder / name)""",
        "left",
        code="LPR201",
        reason="`k` may be rebound between line 9 and line 10",
    ),
    row(
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
]


@pytest.mark.parametrize("case", ROWS, ids=[given[0] for given, _ in ROWS])
def test_proof(case: Row, holds: Callable[..., None]) -> None:
    given, more = case
    holds(*given, **more)


def calls_to_decide(blocks: int) -> int:
    """How many calls the decisions about so many blocks in one function take."""
    body = "".join(
        f'    if src:\n        name = f"07_o{i}_{{kind}}.mp3"\n        dest = os.path.join(recorder.run_dir, name)\n'
        "        try:\n            shutil.copy2(src, dest)\n            saved = name\n"
        "        except Exception:\n            saved = None\n"
        "    print(saved)\n"
        for i in range(blocks)
    )
    text = "import os, shutil\nfrom pipeline_recorder import LivePipelineRecorder\n\n\n"
    text += f"def program(recorder: LivePipelineRecorder, src: str, kind: str):\n{body}"
    analysis = analyse(SourceText(text.encode()), Config(), "m.py", Facts())
    sites = find(analysis)
    count = 0
    re.purge()  # what an earlier run has compiled

    def count_call(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(count_call)
    try:
        decisions = decide(analysis, sites)
    finally:
        sys.setprofile(None)
    assert {decision.level for decision in decisions} == {"safe"} and len(decisions) == 4 * blocks
    return count


def test_the_work_grows_with_the_number_of_findings_only() -> None:
    calls_to_decide(1)  # imports what is imported when first needed
    assert calls_to_decide(200) < 5 * calls_to_decide(50)
