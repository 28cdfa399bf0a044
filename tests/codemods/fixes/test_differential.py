"""Rewritten programs are run before and after: they must return, log and store the same, but for the numbers in file names.

Random programs put the write into every kind of surrounding: loops, handlers, closures, variables that are bound again on the
way. Whatever the fixer calls safe (and what it does on `--unsafe`, as far as a program can show it) has to behave as before.
`RECORDER_STRESS=1` runs many thousands of them.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import random
import re
import shutil
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pyflakes.api import check
from pyflakes.reporter import Reporter

from codemods.run.file_work import process_file
from codemods.run.options import Options
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.flow.reaching import UNBOUND, Flow
from recorder import LivePipelineRecorder

pytestmark = pytest.mark.slow


STRESS = os.environ.get("RECORDER_STRESS") == "1"
BATCHES = 400 if STRESS else 6
PER_BATCH = 50
MODULE = "plain_pipeline_recorder"
PROGRAM = "<program>"
MOST_LINES = 10_000
NUMBER = re.compile(r"\b\d{2,3}_")


class PlainRecorder:
    """The audited recorder: bytes are stored as .png unless the metadata names a format, and metadata has to be JSON.

    `run_dir` is there so that old code runs as well.
    """

    def __init__(self, folder: Path) -> None:
        self.run_folder = folder
        self.sequence_number = 0
        self.metadata: dict[str, list[object]] = {"entities": []}

    @property
    def run_dir(self) -> Path:
        return self.run_folder

    def save_entity(self, entity_type: str, content: object, metadata: dict[str, object] | None = None) -> str:
        data = metadata or {}
        if isinstance(content, bytes):
            raw, extension = content, data.get("format", "png")
        elif isinstance(content, (dict, list)):
            raw, extension = json.dumps(content).encode(), "json"
        else:
            raw, extension = str(content).encode(), "txt"
        name = f"{self.sequence_number + 1:02d}_{entity_type}.{extension}"
        (self.run_folder / name).write_bytes(raw)
        self.sequence_number += 1
        self.metadata["entities"].append({"type": entity_type, "filename": name, "metadata": json.loads(json.dumps(data))})
        return name


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType(MODULE)
    module.LivePipelineRecorder = PlainRecorder  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, MODULE, module)


class Box:
    """An object whose attribute a call can change."""

    def __init__(self, recorder: PlainRecorder, other: PlainRecorder) -> None:
        self.kind = "boxed"
        self.recorder = recorder
        self._other = other

    def change(self) -> None:
        self.kind += "x"
        self.recorder, self._other = self._other, self.recorder


@dataclass(frozen=True)
class Outcome:
    """What a run shows, with numbers taken out of the names."""

    result: str
    log: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...]
    sources: tuple[str, ...]
    read_unbound: bool = field(compare=False)  # whether a variable was read that had no value, caught or not


class EndlessError(BaseException):
    """A program has run more lines than any that ends."""


@contextlib.contextmanager
def limited() -> Iterator[set[type]]:
    """Ends programs that would never end; the types of the errors that were raised meanwhile."""
    left = MOST_LINES
    raised: set[type] = set()

    def count(frame: types.FrameType, event: str, argument: Any) -> Callable[..., object] | None:
        nonlocal left
        if frame.f_code.co_filename != PROGRAM:
            return None
        if event == "exception":
            raised.add(argument[0])
        left -= 1
        if left < 0:
            raise EndlessError
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        yield raised
    finally:
        sys.settrace(before)


def run(code: str, folder: Path, missing: bool) -> Outcome:
    """Run `program()` of a source text in a fresh folder, with its sources there or missing."""
    shutil.rmtree(folder, ignore_errors=True)
    sources = folder / "sources"
    sources.mkdir(parents=True)
    paths = [str(sources / name) for name in ("one.mp3", "two.mp3", "three.mp3", "four.mp3")]
    if not missing:
        for index, path in enumerate(paths):
            Path(path).write_bytes(b"content %d" % index)
    recorders = []
    for name in ("run", "other"):
        (folder / name).mkdir()
        recorders.append(PlainRecorder(folder / name))
    log: list[object] = []
    box = Box(*recorders)
    namespace: dict[str, object] = {"__name__": "program"}
    raised: set[type] = set()
    try:
        exec(compile(code, PROGRAM, "exec"), namespace)
        with limited() as raised:
            result = namespace["program"](recorders[0], recorders[1], paths[0], paths, "audio", log, box, 0)  # type: ignore[operator]
        shown = repr(result)
    except (Exception, EndlessError) as error:
        shown = type(error).__name__

    def plain(text: object) -> str:
        return NUMBER.sub("NN_", str(text).replace(str(folder), "<folder>"))

    files: dict[str, bytes] = {}
    for recorder in recorders:
        for path in sorted(recorder.run_folder.iterdir()):
            # Entities add up where a file was overwritten; the last one counts.
            files[plain(path)] = path.read_bytes()
    return Outcome(
        plain(shown),
        tuple(plain(f"{type(line).__name__}:{line}") for line in log),
        tuple(sorted(files.items())),
        tuple(sorted(os.listdir(sources))),
        any(issubclass(error, NameError) for error in raised),
    )


def reads_unbound(code: str) -> bool:
    """Whether a program reads one of its variables where it certainly has no value: then it proves nothing."""
    flow = Flow(ast.parse(code))
    uses = (use for name in ("name", "dest", "saved", "kind") for use in flow.names(name))
    return any(flow.reach(use) == {UNBOUND} for use in uses)


def complaints(code: str) -> list[str]:
    """pyflakes' messages without their places."""
    out = io.StringIO()
    check(code, "m.py", Reporter(out, out))
    return sorted(re.sub(r"^m\.py:\d+:\d+:? |line \d+", "", line) for line in out.getvalue().splitlines())


def fixed(code: str, unsafe: bool, **config: object) -> tuple[str, bool]:
    """The rewritten text, and whether a write was rewritten."""
    # LPR301 is left out there: that a str becomes a Path is what makes it unsafe.
    select = ("LPR001", "LPR2") if unsafe else ()
    result = process_file(code.encode(), "m.py", Config(config), Facts(), Options(unsafe=unsafe, select=select))
    assert not result.errors
    new = code if result.new is None else result.new.decode()
    return new, any(finding.fixed and finding.code in ("LPR201", "LPR202") for finding in result.findings)


def require_same(code: str, folder: Path, unsafe: bool, with_unused: bool = False, **config: object) -> bool:
    """Rewrite, run both, compare; whether a write was rewritten.

    `with_unused` where a variable that is left may have nothing but bindings that no rewrite was about.
    """
    new, rewritten = fixed(code, unsafe, **config)
    if new == code or reads_unbound(code):
        return False
    shown = f"--- unsafe={unsafe}\n{code}\n--- became\n{new}"
    assert fixed(new, unsafe, **config)[0] == new, f"a second run changes it again\n{shown}"
    outcomes = {missing: run(code, folder, missing) for missing in (False, True)}
    if any(outcome.result == "EndlessError" for outcome in outcomes.values()):
        return False  # what it has done when it is stopped proves nothing
    if any(outcome.read_unbound for outcome in outcomes.values()):
        return False  # evaluation of names moves to the write, and such an error with it
    known = complaints(code)
    new_complaints = [line for line in complaints(new) if line not in known]
    if with_unused:
        new_complaints = [line for line in new_complaints if not line.endswith("is assigned to but never used")]
    assert not new_complaints, f"{new_complaints}\n{shown}"
    for missing, before in outcomes.items():
        after = run(new, folder, missing)
        assert after == before, f"missing={missing}\n{before}\n{after}\n{shown}"
    return rewritten


# -- random programs -------------------------------------------------------------------------------------------------------------

HEADER = """\
import os
import shutil
from contextlib import suppress
from pathlib import Path
from shutil import copy2 as cp

from plain_pipeline_recorder import LivePipelineRecorder


def program(recorder: LivePipelineRecorder, other: LivePipelineRecorder, src: str, srcs: list, kind: str, log, box, n: int):
"""
FOOTER = "\n\nKEPT = (os, shutil, suppress, Path, cp)\n"
LINES = tuple[str, ...]
Tree = list["str | tuple[list[tuple[str, Tree]]]"]

PREFIXES = ["07_", "107_"]
BODIES = [
    "out{i}", "out{i}_{{kind}}", "{{kind}}_out{i}", "out{i}_{{n}}", "out{i}_{{box.kind}}", "out{i}_{{kind!r}}", "out{i}_{{n:03d}}",
]  # fmt: skip
EXTENSIONS = [".mp3", ".{{ext}}", ".mp3", ".wav"]
NOISE = [
    'kind = "video"', "kind = kind.upper()", 'ext = "ogg"', "recorder = other", "rec = other", "src = srcs[-1]", "n = n + 1",
    'if n:\n    kind = "late"', 'for kind in ("x", "y"):\n    pass', "box.change()", 'log.append("noise")', "log.append(kind)",
    "log.append([kind for kind in (1, 2)])", "log.append((kind := kind + 'w'))", "del kind", "print(end='')", "name = 'other'",
    "saved = 'early'", "box.kind = 'set'", "change()", "log.append(str(recorder.run_folder.name))", "pass",
    'try:\n    kind = "tried"\nexcept Exception:\n    log.append("never")', "log.append((lambda: kind)())",
    "if not n:\n    ext = 'flac'",
    "if n:\n    return log", "if n > 5:\n    raise ValueError(kind)", "src = Path(src)", "dest = None",
    "log.append(locals().get('kind'))",
    "log.append(sorted(vars()))", "global gone\ngone = 1", "assert kind", "with suppress(Exception):\n    kind = next(iter('k'))",
    "def later():\n    return kind\nlog.append(later())", "kind, ext = 'pair', 'mp4'", "kind += '+'", "*_, kind = 'abc'",
]  # fmt: skip
USES = [
    "log.append(name)", "saved = name", "log.append(f'saved {name}')", "log.append(str(dest))",
    "log.append(os.path.basename(dest))",
    "saved = name\nlog.append(saved)", "saved: str = name", "a = b = name\nlog.append((a, b))",
    "log.append([name for _ in (1, 2)])",
    "log.append([name + saved for saved in ('1', '2')])", "saved = name\nsaved = saved.upper()\nlog.append(name)", "return name",
    "while name and not n:\n    n += 1\n    saved = 'inner'", "log.append(Path(dest).exists())",
    "log.append(type(dest).__name__)",
    "log.append('between')\nsaved = name", "log.append(saved)\nsaved = name",
    "def shows():\n    return saved\nsaved = name\nlog.append(shows())",
    "saved = name\nif n:\n    log.append(name)\nelse:\n    log.append(saved)", "(saved, _) = (name, 1)",
    "log.append(name and saved)",
    "saved = name\nlog.append((saved := 'w-') + name)", "del name", "name += '!'\nlog.append(name)", "risky(n)\nsaved = name",
    "log.append(len(open(dest, 'rb').read()))", "saved = str(name)", "box.saved = name\nlog.append(box.saved)",
]  # fmt: skip
HANDLERS = [
    "log.append(type(error).__name__)", "saved = None", "log.append(name)", "log.append(kind)", "log.append(saved)", "raise", "n = 9",
]  # fmt: skip
WRAPPERS = "if ifelse for forkind while whiletrue try tryelse finally suppress inner match with nested".split()


class Program:
    """One random program."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0

    def pick(self, choices: list[str]) -> str:
        return self.random.choice(choices)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def text(self) -> str:
        body: Tree = ['saved = "none"', 'ext = "mp3"', "rec = recorder"]
        body += [start for start in ("name = None", "dest = None") if self.chance(0.2)]
        body += ["def change():\n    nonlocal kind, rec\n    kind, rec = kind + 'c', other"] if self.chance(0.1) else []
        body += ["def risky(n):\n    if n == 0:\n        raise OSError"] if self.chance(0.2) else []
        for _ in range(1 if self.chance(0.75) else 2):
            body += self.block()
        body.append("return saved")
        return HEADER + self.lines(body, 1) + FOOTER

    def lines(self, tree: Tree, depth: int) -> str:
        indent = "    " * depth
        out = ""
        for node in tree:
            if isinstance(node, str):
                out += "".join(f"{indent}{line}\n" for line in node.split("\n"))
                continue
            for header, inner in node[0]:
                out += "".join(f"{indent}{line}\n" for line in header.split("\n"))
                out += self.lines(inner or ["pass"], depth + 1)
        return out

    # A block: the name, the path, the write and what reads them; noise in between; some of it inside compound statements.

    def block(self) -> Tree:
        self.count += 1
        steps: Tree = []
        name = self.name()
        if self.chance(0.7):
            steps.append(f"name = {name}")
            name = "name"
        path = self.path(name)
        if self.chance(0.6):
            steps.append(f"dest = {path}")
            path = "dest"
        steps.append(self.write(path))
        steps += [self.pick(USES) for _ in range(self.random.choice([0, 1, 1, 2, 3]))]
        for _ in range(self.random.choice([0, 0, 1, 1, 2, 3])):
            steps.insert(self.random.randint(0, len(steps)), self.pick(NOISE))
        for _ in range(self.random.choice([0, 1, 1, 2, 3])):
            steps = self.wrapped(steps)
        return steps

    def name(self) -> str:
        body = self.pick(BODIES).format(i=self.count)
        whole = self.pick(PREFIXES) + body + self.pick(EXTENSIONS).format()
        form = self.random.randrange(6)
        if "{" not in whole:
            return repr(whole)
        if "!" in whole or ":" in whole or form < 3:
            return f'f"{whole}"'
        holes = re.findall(r"{([^}]*)}", whole)
        if form == 3:
            return repr(re.sub(r"{[^}]*}", "{}", whole)) + f".format({', '.join(holes)})"
        if form == 4:
            return repr(re.sub(r"{[^}]*}", "%s", whole)) + f" % ({', '.join(holes)},)"
        parts = re.split(r"{([^}]*)}", whole)
        texts = [f"str({part})" if index % 2 else repr(part) for index, part in enumerate(parts) if part]
        return " + ".join(texts)

    def path(self, name: str) -> str:
        folder = self.pick(["recorder", "recorder", "rec", "box.recorder", "other"]) + self.pick([".run_folder", ".run_dir"])
        forms = [
            "os.path.join({folder}, {name})", "{folder} / ({name})", "{folder}.joinpath({name})", "Path({folder}, {name})",
            "str({folder}) + '/' + ({name})", "str({folder} / ({name}))", "os.path.join(str({folder}), {name})",
        ]  # fmt: skip
        return self.pick(forms).format(folder=folder, name=name)

    def write(self, path: str) -> str:
        source = self.pick(["src", "src", "src", "srcs[0]", "Path(src)", "srcs.pop()", "str(src)"])
        forms = [
            "shutil.copy2({source}, {path})", "shutil.copy({source}, {path})", "shutil.copyfile({source}, {path})",
            "cp({source}, {path})", "shutil.copy2(src={source}, dst={path})", "shutil.copy2({source}, {path})",
            "shutil.move({source}, {path})", "os.replace({source}, {path})",
            "Path({path}).write_bytes(b'data')", "Path({path}).write_bytes(Path({source}).read_bytes())",
            "with open({path}, 'wb') as out:\n    out.write(b'data')", "open({path}, 'wb').write(kind.encode())",
            "shutil.copy2({source},\n             {path})  # kept",
        ]  # fmt: skip
        return self.pick(forms).format(source=source, path=path)

    def wrapped(self, steps: Tree) -> Tree:
        start = self.random.randint(0, len(steps) - 1)
        end = self.random.randint(start + 1, len(steps))
        inner, kind = steps[start:end], self.pick(WRAPPERS)
        handler = ["except Exception as error:", [self.pick(HANDLERS) for _ in range(self.random.choice([1, 1, 2]))]]
        match kind:
            case "if":
                parts = [("if not n:", inner)]
            case "ifelse":
                parts = [("if n:", [self.pick(NOISE)]), ("else:", inner)]
            case "for":
                parts = [(f"for {self.pick(['src', 's', 'kind'])} in list(srcs)[:2]:", inner)]
            case "forkind":
                parts = [("for n, kind in enumerate(('p', 'q')):", inner)]
            case "while":
                parts = [("while n < 2:", ["n += 1", *inner])]
            case "whiletrue":
                parts = [("while True:", [*inner, "n += 1", "if n > 1:\n    break"])]
            case "try":
                parts = [("try:", inner), tuple(handler)]
            case "tryelse":
                parts = [("try:", inner), tuple(handler), ("else:", [self.pick(USES)])]
            case "finally":
                parts = [("try:", inner), ("finally:", [self.pick([*USES, *NOISE])])]
            case "suppress":
                parts = [("with suppress(Exception):", inner)]
            case "inner":
                parts = [("def inner():", inner)]
            case "match":
                parts = [("match kind:\n    case '':\n        pass\n    case _ as matched:", [("if", inner)])]
                parts = [("match kind:", [([("case '':", ["pass"]), ("case _:", inner)],)])]
            case "with":
                parts = [("with open(os.devnull) as nothing:", inner)]
            case _:
                parts = [("if not n:", [([("try:", inner), tuple(handler)],)])]
        after: Tree = ["inner()"] if kind == "inner" else []
        return [*steps[:start], (parts,), *after, *steps[end:]]


# Many of the programs leave a file open, as such code does.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_programs_behave_as_before(batch: int, tmp_path: Path) -> None:
    rewritten = 0
    with contextlib.redirect_stdout(io.StringIO()), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        for index in range(PER_BATCH):
            code = Program(batch * PER_BATCH + index).text()
            for unsafe in (False, True):
                rewritten += require_same(code, tmp_path / "work", unsafe)
    assert rewritten >= PER_BATCH // 6, "too few programs were rewritten to prove anything"


# -- the shipped recorder, which finds the format from the bytes -----------------------------------------------------------------

MEDIA = Path(__file__).parents[2] / "data" / "media"
NAMES = [
    ('"07_output_audio.mp3"', "mpeg1-id3.mp3"), ('f"07_output_{kind}.{ext}"', "mp42.mp4"),
    ('f"07_output_{kind}{ending}"', "clip.webm"),
    ('f"07_output{os.path.splitext(src)[1]}"', "picture.bmp"), ('f"07_{kind}{Path(src).suffix}"', "files.zip"),
    ('"07_notes.tar.gz"', "files.zip"), ('f"07_output_{kind}.{ext}"', "clip.mov"),
]  # fmt: skip
SHIPPED = """\
import os
import shutil
from pathlib import Path

from recorder import LivePipelineRecorder


def program(recorder: LivePipelineRecorder, src: str, kind: str, log):
    if kind == "audio":
        ext = "mp3"
    else:
        ext = "mp4"
    ending = os.path.splitext(src)[1]
    name = {name}
    saved = None
    try:
        shutil.copy2(src, os.path.join(recorder.run_folder, name))
        saved = name
        log.append(name)
    except Exception as error:
        log.append(type(error).__name__)
    return saved, ending


KEPT = (os, shutil, Path)
"""


@pytest.mark.parametrize(("name", "media"), NAMES)
def test_the_shipped_recorder_stores_the_same_bytes(name: str, media: str, tmp_path: Path) -> None:
    before = SHIPPED.format(name=name)
    after, rewritten = fixed(before, unsafe="splitext" in name or "suffix" in name or "ending" in name)
    assert rewritten and "shutil.copy2" not in after
    source = tmp_path / media
    shutil.copy(MEDIA / media, source)
    stored = []
    for kind, text in (("before", before), ("after", after)):
        recorder = LivePipelineRecorder(run_id=kind, base_path=tmp_path)
        namespace: dict[str, object] = {"__name__": "program"}
        exec(compile(text, "<program>", "exec"), namespace)
        log: list[str] = []
        saved, ending = namespace["program"](recorder, str(source), "video", log)  # type: ignore[operator]
        assert log == [saved] and ending == source.suffix
        stored.append((saved, (recorder.run_folder / saved).read_bytes()))
        if kind == "after":
            assert [entity["filename"] for entity in recorder.metadata["entities"]] == [saved]
    (old_name, old_bytes), (new_name, new_bytes) = stored
    assert new_bytes == old_bytes == source.read_bytes()
    stem = NUMBER.sub("", old_name).rpartition(".")[0]
    # Where the bytes tell another format than the name did, the name follows the bytes.
    assert NUMBER.sub("", new_name) == stem + source.suffix


TEXTS = """\
from recorder import LivePipelineRecorder


def program(recorder: LivePipelineRecorder, text: str):
    (recorder.run_folder / "07_notes.{extension}").write_text(text, encoding="utf-8")
"""


@pytest.mark.parametrize("extension", ["md", "csv", "json", "yaml", "log", "gz", "pdf", "txt"])
@pytest.mark.parametrize("text", ["", "# \u00e9\n\ta,b\r\n", '{"a": 1}', "%PDF-1.4", "<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_the_shipped_recorder_stores_the_same_text(extension: str, text: str, tmp_path: Path) -> None:
    before = TEXTS.format(extension=extension)
    after, rewritten = fixed(before, unsafe=False)
    assert rewritten and "write_text" not in after
    recorder = LivePipelineRecorder(run_id="r", base_path=tmp_path)
    namespace: dict[str, object] = {"__name__": "program"}
    exec(compile(after, "<program>", "exec"), namespace)
    namespace["program"](recorder, text)  # type: ignore[operator]
    assert (recorder.run_folder / f"01_notes.{extension}").read_bytes() == text.encode()
