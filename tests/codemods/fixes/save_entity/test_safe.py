"""What *safe* means, kind by kind: programs are rewritten by default and run before and after on the shipped recorder.

Each kind has its plain case and variants: another function, another spelling, another library. What is not safe must stay as it
is, with a reason that names what stands in the way; what is safe must return, read back and store the same, but for the numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from before_and_after import MP3, observed

from lint_plugin.finding import FileResult

HEADER = """\
import array
import enum
import io
import json
import os
import queue
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from unittest import mock

from recorder import LivePipelineRecorder

"""
FOOTER = "\nKEPT = (array, enum, io, json, os, queue, shutil, Path, SimpleNamespace, cast, mock)\n"
R = "recorder: LivePipelineRecorder"
MEDIA = Path(__file__).parents[3] / "data" / "media"

SOURCES = {
    ".csv": b"a,b\n1,2\n",
    ".webm": (MEDIA / "clip.webm").read_bytes(),
    "video.mp4": (MEDIA / "mp42.mp4").read_bytes(),
    'ext = "mp4"\n    else:\n        ext = "png"': (MEDIA / "mp42.mp4").read_bytes(),
}

Case = tuple[str, str, str, str]  # name, functions (`keep` is called), level, part of the reason

READ_FOR_CONTENT: list[Case] = [
    (
        "path read in the content",
        f"""\
def keep({R}, source, text):
    path = recorder.run_folder / "03_log.txt"
    path.write_text((path.read_text() if path.exists() else "") + text, encoding="utf-8")
""",
        "left",
        "`path` is read at line 17 for what is written",
    ),
    (
        "the same path spelled out",
        f"""\
def keep({R}, source, text):
    (recorder.run_folder / "03_log.txt").write_text(
        ((recorder.run_folder / "03_log.txt").read_text() if text == "more" else "") + text, encoding="utf-8"
    )
""",
        "left",
        "for what is written",
    ),
    (
        "name in the content",
        f"""\
def keep({R}, source, text):
    name = "03_note.txt"
    (recorder.run_folder / name).write_text(json.dumps({{"file": name, "text": text}}), encoding="utf-8")
""",
        "left",
        "`name` is read at line 17 for what is written",
    ),
    (
        "name in the bytes that are written to a handle",
        f"""\
def keep({R}, source, text):
    name = "03_note.bin"
    with open(recorder.run_folder / name, "wb") as file:
        file.write(name.encode())
""",
        "left",
        "`name` is read at line 18 for what is written",
    ),
    (
        "name spelled again in the content",
        f"""\
def keep({R}, source, text):
    (recorder.run_folder / "03_note.txt").write_text("this is 03_note.txt", encoding="utf-8")
""",
        "left",
        "spelled again at line 16 for what is written",
    ),
]
NAME_AS_TEXT: list[Case] = [
    (
        "joined from its parts",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "07_output_audio.mp3")
    return "_".join(["07", "output", "audio.mp3"])
""",
        "unsafe",
        "the name is spelled again at line 17",
    ),
    (
        "joined from its parts, one of which is computed",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / f"07_output_{{text}}.mp3")
    return "_".join(("07", "output", text + ".mp3"))
""",
        "unsafe",
        "the name is spelled again at line 17",
    ),
    (
        "returned as text",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "07_output_audio.mp3")
    return "07_output_audio.mp3"
""",
        "unsafe",
        "the name is spelled again at line 17",
    ),
    (
        "an equal f-string",
        f"""\
def keep({R}, source, text):
    found = []
    shutil.copy2(source, recorder.run_folder / f"08_output_{{text}}.mp3")
    found.append(f"08_output_{{text}}.mp3")
    return found
""",
        "unsafe",
        "the name is spelled again at line 18",
    ),
    (
        "looked for in another function",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "07_output_audio.mp3")
    return is_audio({{"filename": sorted(recorder.run_folder.glob("*.mp3"))[-1].name}})


def is_audio(entity):
    return entity["filename"] == "07_output_audio.mp3"
""",
        "unsafe",
        "the name is spelled again at line 21",
    ),
    (
        "made by % where the kind is another",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "07_output_audio.mp3")
    return "07_output_%s.mp3" % text
""",
        "unsafe",
        "the name is spelled again at line 17",
    ),
    (
        "in a URL",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "07_output_audio.mp3")
    return f"/runs/{{recorder.run_id}}/07_output_audio.mp3"
""",
        "unsafe",
        "the name is spelled again at line 17",
    ),
    (
        "docstrings and comments do not count",
        f"""\
def keep({R}, source, text):
    '''Writes 07_output_audio.mp3.'''
    # 07_output_audio.mp3 is the sound
    shutil.copy2(source, recorder.run_folder / "07_output_audio.mp3")
""",
        "safe",
        "",
    ),
    (
        "another name",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "07_output_audio.mp3")
    return "17_output_audio.mp3", "07_output_audio.mp3.bak", "x07_output_audio.mp3"
""",
        "safe",
        "",
    ),
]
NUMBERS: list[Case] = [
    (
        "listed without a separator",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "04_output_audio.mp3")
    return len(list(recorder.run_folder.glob("04*")))
""",
        "unsafe",
        "the beginning of the name with its number is spelled again at line 17",
    ),
    (
        "listed by some numbers",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "04_output_audio.mp3")
    return len(list(recorder.run_folder.glob("0[3-5]_*.mp3")))
""",
        "unsafe",
        "the beginning of the name with its number is spelled again at line 17",
    ),
    (
        "listed by one digit",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "04_output_audio.mp3")
    return len(list(recorder.run_folder.glob("?4_output_*")))
""",
        "unsafe",
        "the beginning of the name with its number is spelled again at line 17",
    ),
    (
        "compared by its first characters",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "04_output_audio.mp3")
    return len(list((p for p in recorder.run_folder.iterdir() if p.name[:2] == "04")))
""",
        "unsafe",
        "the beginning of the name with its number is spelled again at line 17",
    ),
    (
        "matched with its number and no separator",
        f"""\
def keep({R}, source, text):
    import re
    shutil.copy2(source, recorder.run_folder / "04_output_audio.mp3")
    return len(list((p for p in recorder.run_folder.iterdir() if re.match(r"04\\D", p.name))))
""",
        "unsafe",
        "the beginning of the name with its number is spelled again at line 18",
    ),
    (
        "matched by some numbers",
        f"""\
def keep({R}, source, text):
    import re
    shutil.copy2(source, recorder.run_folder / "04_output_audio.mp3")
    return len(list((p for p in recorder.run_folder.iterdir() if re.match(r"0[4-6]_", p.name))))
""",
        "unsafe",
        "the beginning of the name with its number is spelled again at line 18",
    ),
    (
        "listed as bytes",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "04_output_audio.mp3")
    return len(list((n for n in os.listdir(os.fsencode(recorder.run_folder)) if n.startswith(b"04_"))))
""",
        "unsafe",
        "the beginning of the name with its number is spelled again at line 17",
    ),
    (
        "listed below the folder as text",
        f"""\
def keep({R}, source, text):
    import glob
    shutil.copy2(source, recorder.run_folder / "04_output_audio.mp3")
    return len(list(glob.glob(f"{{recorder.run_folder}}/04*")))
""",
        "unsafe",
        "the beginning of the name with its number is spelled again at line 18",
    ),
    (
        "three digits counted on",
        f"""\
def keep({R}, source, text):
    import re
    for number in range(2):
        shutil.copy2(source, recorder.run_folder / f"{{number:03d}}_output_audio.mp3")
    return len([path for path in recorder.run_folder.iterdir() if re.match(r"\\d{{3}}_", path.name)])
""",
        "unsafe",
        "the beginning of the name with its number is spelled again at line 19",
    ),
    (
        "any number listed",
        f"""\
def keep({R}, source, text):
    import re
    shutil.copy2(source, recorder.run_folder / "04_output_audio.mp3")
    dates = "2024-01-05", "04:30", "04/2024", "10_output", "04_input", "0.4-beta"
    return len([path for path in recorder.run_folder.iterdir() if re.match(r"\\d\\d_", path.name)]), dates[1]
""",
        "safe",
        "",
    ),
    (
        "the beginning of the name is returned",
        f"""\
def keep({R}, source, text):
    stem = f"08_output_{{text}}"
    shutil.copy2(source, recorder.run_folder / f"{{stem}}.mp3")
    return stem
""",
        "unsafe",
        "`stem`, the beginning of the name with its number, is read at line 18 as well",
    ),
    (
        "a file beside it has the same beginning",
        f"""\
def keep({R}, source, text):
    stem = "08_output_audio"
    shutil.copy2(source, recorder.run_folder / f"{{stem}}.mp3")
    (recorder.run_folder / f"{{stem}}.json").write_text("{{}}", encoding="utf-8")
""",
        "unsafe",
        "`stem`, the beginning of the name with its number, is read at line 18 as well",
    ),
    (
        "listed by its number",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "04_output_audio.mp3")
    return len([path for path in recorder.run_folder.iterdir() if path.name.startswith("04_")])
""",
        "unsafe",
        "the beginning of the name with its number is spelled again at line 17",
    ),
    (
        "searched by its number and its extension",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "04_output_audio.mp3")
    return len(list(recorder.run_folder.glob("04_*.mp3")))
""",
        "unsafe",
        "the beginning of the name with its number is spelled again at line 17",
    ),
    (
        "matched by a regular expression",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "04_output_audio.mp3")
    return [path for path in recorder.run_folder.iterdir() if text.match(r"^04_output_audio\\.mp3$", path.name)]
""",
        "unsafe",
        "the beginning of the name with its number is spelled again at line 17",
    ),
    (
        "read back by a computed number, with the extension put on",
        f"""\
def keep({R}, source, text):
    save(recorder, 4, b"frame")
    return exists(recorder, 4)


def save({R}, i: int, frame: bytes):
    (recorder.run_folder / f"{{i:03d}}_frame.png").write_bytes(frame)


def exists({R}, step: int):
    stem = f"{{step:03d}}_frame"
    return (recorder.run_folder / stem).with_suffix(".png").exists()
""",
        "unsafe",
        "the beginning of the name with its number is spelled again at line 25",
    ),
    (
        "the beginnings of other names",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "04_output_audio.mp3")
    return "05_", "04_outro", "04_*.py/x", "104_", f"{{text}}_output"
""",
        "safe",
        "",
    ),
    (
        "read back by its number",
        f"""\
def keep({R}, source, text):
    save(recorder, 4, b"frame")
    return (recorder.run_folder / f"{{4:03d}}_frame.png").read_bytes()


def save({R}, i: int, frame: bytes):
    (recorder.run_folder / f"{{i:03d}}_frame.png").write_bytes(frame)
""",
        "left",
        "makes the name again from the number",
    ),
    (
        "read back in a loop",
        f"""\
def keep({R}, source, text):
    for i in range(3):
        (recorder.run_folder / f"{{i:02d}}_frame.png").write_bytes(b"%d" % i)
    return [(recorder.run_folder / f"{{j:02d}}_frame.png").read_bytes() for j in range(3)]
""",
        "left",
        "makes the name again from the number",
    ),
    (
        "the recorder with the number is handed on",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / f"{{recorder.sequence_number + 1:02d}}_output_audio.mp3")
    return recorder
""",
        "safe",
        "",
    ),
    (
        "an object with the number is handed on",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / f"{{text.index:02d}}_output_audio.mp3")
    return text.index
""",
        "unsafe",
        "`text`, from which the name's number is read, is handed on at line 17",
    ),
    (
        "handed on",
        f"""\
def keep({R}, source, text):
    number = 5
    shutil.copy2(source, recorder.run_folder / f"{{number:02d}}_output_audio.mp3")
    return {{"sequence": number}}
""",
        "unsafe",
        "`number`, the name's number, is handed on at line 18",
    ),
    (
        "handed on by a call",
        f"""\
def keep({R}, source, text):
    seen = []
    for number, item in enumerate([source]):
        shutil.copy2(item, recorder.run_folder / f"{{number:02d}}_output_audio.mp3")
        seen.append(number)
    return seen
""",
        "unsafe",
        "is handed on at line 19",
    ),
    (
        "only counted",
        f"""\
def keep({R}, source, text):
    number = 5
    shutil.copy2(source, recorder.run_folder / f"{{number:02d}}_output_audio.mp3")
    number += 1
    shutil.copy2(source, recorder.run_folder / f"{{number:02d}}_output_speech.mp3")
    print(number)
""",
        "safe",
        "",
    ),
]
WRITTEN_TWICE: list[Case] = [
    (
        "draft, then final",
        f"""\
def keep({R}, source, text):
    (recorder.run_folder / "05_report.txt").write_text("draft", encoding="utf-8")
    (recorder.run_folder / "05_report.txt").write_text("final", encoding="utf-8")
""",
        "unsafe",
        "writes a file of the same name as well",
    ),
    (
        "through one variable, one of them left",
        f"""\
def keep({R}, source, text):
    name = "07_output_audio.mp3"
    shutil.copy2(source, recorder.run_folder / name)
    if text:
        shutil.copy2(source, recorder.run_folder / name)
    return name
""",
        "left",
        "line 19 writes a file of the same name and is left",
    ),
    (
        "in another function",
        f"""\
def keep({R}, source, text):
    (recorder.run_folder / "05_report.txt").write_text("draft", encoding="utf-8")
    final(recorder)


def final({R}):
    with open(recorder.run_folder / "05_report.txt", "w", encoding="utf-8") as file:
        file.write("final")
""",
        "unsafe",
        "writes a file of the same name as well",
    ),
    (
        "in a handler",
        f"""\
def keep({R}, source, text):
    try:
        (recorder.run_folder / "05_report.txt").write_text(text, encoding="utf-8")
    except Exception:
        (recorder.run_folder / "05_report.txt").write_text(str(text), encoding="utf-8")
""",
        "unsafe",
        "writes a file of the same name as well",
    ),
    (
        "in two arms, of which one runs",
        f"""\
def keep({R}, source, text):
    if source:
        shutil.copy2(source, recorder.run_folder / "07_output_audio.mp3")
    else:
        shutil.copyfile(text, recorder.run_folder / "07_output_audio.mp3")
""",
        "safe",
        "",
    ),
]
EXTENSIONS: list[Case] = [
    (
        "suffix",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / f"07_subtitles{{Path(source).suffix}}")
""",
        "unsafe",
        "the extension is computed",
    ),
    (
        "parameter",
        f"""\
def keep({R}, source, text):
    store(recorder, source, "csv")


def store({R}, source, ext):
    shutil.copy2(source, recorder.run_folder / f"08_table.{{ext}}")
""",
        "unsafe",
        "the extension is computed",
    ),
    (
        "dict",
        f"""\
def keep({R}, source, text):
    endings = {{"x": "csv"}}
    shutil.copy2(source, recorder.run_folder / f"08_table.{{endings.get('x', '')}}")
""",
        "unsafe",
        "the extension is computed",
    ),
    (
        "one without a signature",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "08_table.csv")
""",
        "safe",
        "",
    ),
    (
        "a container of another kind",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "08_output_audio.webm")
""",
        "safe",
        "",
    ),
    (
        "placeholder bytes",
        f"""\
def keep({R}, source, text):
    (recorder.run_folder / "08_output_image.png").write_bytes(b"no picture yet")
""",
        "safe",
        "",
    ),
    (
        "a chain that picks another kind",
        f"""\
def keep({R}, source, text):
    kind = "audio"
    if kind == "audio":
        ext = "mp4"
    else:
        ext = "png"
    shutil.copy2(source, recorder.run_folder / f"08_output_{{kind}}.{{ext}}")
""",
        "safe",
        "",
    ),
    (
        "the seed's chain",
        f"""\
def keep({R}, source, text, media_type="audio"):
    if media_type == "audio":
        ext = "mp3"
    elif media_type == "video":
        ext = "mp4"
    else:
        ext = "bin"
    shutil.copy2(source, recorder.run_folder / f"07_output_{{media_type}}.{{ext}}")
""",
        "safe",
        "",
    ),
]
TYPES: list[Case] = [
    (
        "encode() of an unknown object",
        f"""\
class Model:
    def encode(self, text):
        return array.array("f", [1.0])


def keep({R}, source, text, model=Model()):
    with open(recorder.run_folder / "03_vector.bin", "wb") as file:
        file.write(model.encode(text))
""",
        "unsafe",
        "not proved to be bytes",
    ),
    (
        "getvalue() of an unknown object",
        f"""\
def keep({R}, source, text, buffer=io.BytesIO(b"x")):
    (recorder.run_folder / "03_vector.bin").write_bytes(buffer.getvalue())
""",
        "unsafe",
        "not proved to be bytes",
    ),
    (
        "text that may be anything",
        f"""\
def keep({R}, source, text):
    try:
        (recorder.run_folder / "03_prompt.txt").write_text({{"a": 1}}.get("a"), encoding="utf-8")
    except TypeError:
        return "no text"
""",
        "unsafe",
        "is not proved to be a str",
    ),
    (
        "get() of a queue",
        f"""\
def keep({R}, source, text):
    kinds = queue.Queue()
    kinds.put("one")
    kinds.put("two")
    shutil.copy2(source, recorder.run_folder / f"07_output_{{kinds.get(timeout=1)}}.mp3")
    return kinds.qsize()
""",
        "left",
        "may do something",
    ),
    (
        "a str Enum, added",
        f"""\
class Kind(str, enum.Enum):
    SPEECH = "speech"


def keep({R}, source, text, kind: str = Kind.SPEECH):
    shutil.copy2(source, recorder.run_folder / ("07_output_" + kind + ".mp3"))
""",
        "unsafe",
        "`kind` is not proved to be a plain str",
    ),
    (
        "a str Enum, by %",
        f"""\
class Kind(str, enum.Enum):
    SPEECH = "speech"


def keep({R}, source, text, kind: str = Kind.SPEECH):
    shutil.copy2(source, recorder.run_folder / ("07_output_%s.%s" % (kind, "mp3")))
""",
        "unsafe",
        "`kind` is not proved to be a plain str",
    ),
    (
        "a str Enum, by str()",
        f"""\
class Kind(str, enum.Enum):
    SPEECH = "speech"


def keep({R}, source, text, kind: str = Kind.SPEECH):
    shutil.copy2(source, recorder.run_folder / ("07_output_" + str(kind) + ".mp3"))
""",
        "unsafe",
        "`str(kind)` may print otherwise",
    ),
    (
        "bytes by a function in sight",
        f"""\
def picture(text: str) -> bytes:
    return text.encode()


def keep({R}, source, text):
    (recorder.run_folder / "03_vector.dat").write_bytes(picture(text))
""",
        "safe",
        "",
    ),
    (
        "bytes by an annotation, text by a literal's method",
        f"""\
def keep({R}, source, text, data: bytes = b"x"):
    (recorder.run_folder / "03_vector.dat").write_bytes(data)
    (recorder.run_folder / "04_note.txt").write_text("A".lower(), encoding="utf-8")
""",
        "safe",
        "",
    ),
]
REFUSED: list[Case] = [
    (
        "a title",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / f"07_{{text}}.mp3")
""",
        "unsafe",
        "the entity type begins with `text`",
    ),
    (
        "an attribute",
        f"""\
def keep({R}, source, text, song=SimpleNamespace(title="")):
    shutil.copy2(source, recorder.run_folder / f"07_{{song.title}}_x.mp3")
""",
        "unsafe",
        "the entity type begins with `song.title`",
    ),
    (
        "by format()",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / "07_{{}}.mp3".format(text))
""",
        "unsafe",
        "the entity type begins with `text`",
    ),
    (
        "behind constant text",
        f"""\
def keep({R}, source, text):
    shutil.copy2(source, recorder.run_folder / f"07_output_{{text}}.mp3")
""",
        "safe",
        "",
    ),
    (
        "proved constants",
        f"""\
def keep({R}, source, text):
    for kind in ("speech", "song"):
        shutil.copy2(source, recorder.run_folder / f"07_{{kind}}.mp3")
""",
        "safe",
        "",
    ),
]
ORDER: list[Case] = [
    (
        "target first",
        f"""\
class Keeper:
    kind = "audio"

    def take(self, source):
        self.kind = "speech"
        return source

    def keep(self, {R}, source):
        shutil.copy2(dst=recorder.run_folder / f"08_output_{{self.kind}}.mp3", src=self.take(source))


def keep({R}, source, text):
    Keeper().keep(recorder, source)
""",
        "left",
        "`self.take(source)` at line 23 may change `self.kind`",
    ),
    (
        "target first, both steady",
        f"""\
def keep({R}, source, text):
    shutil.copyfile(dst=recorder.run_folder / f"08_output_{{text}}.mp3", src=source)
""",
        "safe",
        "",
    ),
]
DOUBLES: list[Case] = [
    (
        "the function is patched",
        f"""\
def keep({R}, source, text):
    with mock.patch.object(shutil, "copy2") as copy:
        shutil.copy2(source, recorder.run_folder / "07_output_audio.mp3")
        return copy.call_count
""",
        "left",
        "line 16 patches `copy2`",
    ),
    (
        "the function is patched by its name",
        f"""\
def keep({R}, source, text):
    with mock.patch("shutil.copyfile") as copy:
        shutil.copyfile(source, recorder.run_folder / "07_output_audio.mp3")
        return copy.call_count
""",
        "left",
        "line 16 patches `copyfile`",
    ),
    (
        "cast of a stand-in",
        f"""\
def keep({R}, source, text):
    recorder = cast(LivePipelineRecorder, SimpleNamespace(run_folder=recorder.run_folder))
    shutil.copy2(source, recorder.run_folder / "07_output_audio.mp3")
""",
        "left",
        "line 16 makes it as `SimpleNamespace(...)`",
    ),
]
WITHIN_SAVE: list[Case] = [
    (
        "a callback in a lambda",
        """\
def keep(recorder: LivePipelineRecorder, source, text):
    def saved():
        shutil.copy2(source, recorder.run_folder / "98_output_audio.mp3")

    with LivePipelineRecorder("inner", base_path=recorder.run_folder.parent, on_saved=lambda entity: saved()) as inner:
        inner.save_entity("x", b"data")
""",
        "left",
        "`saved()` runs while `save_entity()` saves (line 19)",
    ),
    (
        "a callback among options",
        """\
def keep(recorder: LivePipelineRecorder, source, text):
    def saved(entity):
        shutil.copy2(source, recorder.run_folder / "98_output_audio.mp3")

    options = {"on_saved": saved}
    with LivePipelineRecorder("inner", base_path=recorder.run_folder.parent, **options) as inner:
        inner.save_entity("x", b"data")
""",
        "left",
        "`saved()` runs while `save_entity()` saves (line 19)",
    ),
    (
        "a callback set by its name",
        """\
def keep(recorder: LivePipelineRecorder, source, text):
    def saved(entity):
        shutil.copy2(source, recorder.run_folder / "98_output_audio.mp3")

    setattr(recorder, "on_saved", saved)
""",
        "left",
        "`saved()` runs while `save_entity()` saves (line 19)",
    ),
    (
        "an override",
        """\
class Mine(LivePipelineRecorder):
    def save_entity(self, entity_type, content, metadata=None):
        keep_copy(self, content)
        return super().save_entity(entity_type, content, metadata)


def keep_copy(recorder: LivePipelineRecorder, content: bytes):
    (recorder.run_folder / "99_copy.dat").write_bytes(content)


def keep(recorder: LivePipelineRecorder, source, text):
    with Mine("inner", base_path=recorder.run_folder.parent) as mine:
        return mine.save_entity("x", b"data")
""",
        "left",
        "`keep_copy()` runs while `save_entity()` saves (line 17)",
    ),
    (
        "a callback",
        """\
def keep(recorder: LivePipelineRecorder, source, text):
    def saved(entity):
        shutil.copy2(source, recorder.run_folder / "98_output_audio.mp3")

    with LivePipelineRecorder("inner", base_path=recorder.run_folder.parent, on_saved=saved) as inner:
        inner.save_entity("x", b"data")
""",
        "left",
        "`saved()` runs while `save_entity()` saves (line 19)",
    ),
    (
        "what a callback calls",
        """\
def keep(recorder: LivePipelineRecorder, source, text):
    recorder.on_saved = lambda entity: None
    recorder.on_saved = saved
    recorder.on_saved = None


def saved(entity):
    copy(None, "")


def copy(recorder: LivePipelineRecorder, source):
    if recorder:
        shutil.copy2(source, recorder.run_folder / "98_output_audio.mp3")
""",
        "left",
        "`copy()` runs while `save_entity()` saves (line 22)",
    ),
]
AFTERWARDS: list[Case] = [
    (
        "handlers leave",
        f"""\
def keep({R}, source, text):
    filename = "07_output_video.mp4"
    try:
        shutil.copy2(source, recorder.run_folder / filename)
    except Exception:
        return None
    return filename
""",
        "safe",
        "",
    ),
    (
        "in else",
        f"""\
def keep({R}, source, text):
    filename = "07_output_video.mp4"
    try:
        shutil.copy2(source, recorder.run_folder / filename)
    except Exception:
        return None
    else:
        return filename
""",
        "safe",
        "",
    ),
    (
        "set in a branch",
        f"""\
def keep({R}, source, text):
    name = None
    if text:
        name = "09_output_video.mp4"
        shutil.copy2(source, recorder.run_folder / name)
    return name
""",
        "safe",
        "",
    ),
    (
        "raised anew",
        f"""\
def keep({R}, source, text):
    filename = "07_output_video.mp4"
    try:
        shutil.copy2(source, recorder.run_folder / filename)
    except Exception:
        print("failed")
        raise
    return {{"file": filename}}
""",
        "safe",
        "",
    ),
    (
        "a handler that goes on",
        f"""\
def keep({R}, source, text):
    filename = "07_output_video.mp4"
    try:
        shutil.copy2(source, recorder.run_folder / filename)
    except Exception:
        print("failed")
    return filename
""",
        "left",
        "`filename` is read at line 21, where the write at line 18 may have failed: read it where that has succeeded, or let the handler leave",
    ),
    (
        "a handler that goes on for one of two errors",
        f"""\
def keep({R}, source, text):
    filename = "07_output_video.mp4"
    try:
        shutil.copy2(source, recorder.run_folder / filename)
    except OSError:
        pass
    except Exception:
        return None
    return filename
""",
        "left",
        "`filename` is read at line 23, where the write at line 18 may have failed: read it where that has succeeded, or let the handler leave",
    ),
]
KINDS = {
    "read for the content": READ_FOR_CONTENT,
    "name as text": NAME_AS_TEXT,
    "number": NUMBERS,
    "written twice": WRITTEN_TWICE,
    "extension": EXTENSIONS,
    "type": TYPES,
    "refused": REFUSED,
    "order": ORDER,
    "double": DOUBLES,
    "within a save": WITHIN_SAVE,
    "afterwards": AFTERWARDS,
}
ROWS = [pytest.param(*case[1:], id=f"{kind}: {case[0]}") for kind, cases in KINDS.items() for case in cases]


@pytest.mark.parametrize(("functions", "level", "reason"), ROWS)
def test_safe(functions: str, level: str, reason: str, tmp_path: Path, engine: Callable[..., FileResult]) -> None:
    code = HEADER + functions + FOOTER
    checked = engine(code.encode(), mode="check")
    writes = [f for f in checked.findings if f.code in ("LPR201", "LPR202")]
    first = next((f for f in writes if f.level == level), writes[0])
    assert (first.level, reason in first.reason) == (level, True), [(f.level, f.reason) for f in writes]
    new = engine(code.encode()).new
    if level != "safe":
        assert all(f.level != "safe" for f in writes)
    assert (new is None) == (level != "safe")
    if new is not None:
        data = next((data for ending, data in SOURCES.items() if ending in code), MP3)
        assert observed(new.decode(), data, tmp_path / "after") == observed(code, data, tmp_path / "before")
