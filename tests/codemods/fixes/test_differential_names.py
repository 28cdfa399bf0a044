"""Random programs that use a file's name elsewhere: they read back, pass names on as text, use str Enums, queues, doubles, fixed names
twice, several modules. Whatever is fixed by default has to behave as before, but for the numbers.

`RECORDER_STRESS=1` runs many thousands of them.
"""

from __future__ import annotations

import os
import random
import re
import sys
import types
from pathlib import Path

import pytest

from codemods.run.options import Options
from codemods.run.runner import Run
from lint_plugin.config.reading import Resolver
from recorder import LivePipelineRecorder

pytestmark = pytest.mark.slow

STRESS = os.environ.get("RECORDER_STRESS") == "1"
BATCHES = 400 if STRESS else 6
PER_BATCH = 50
NUMBER = re.compile(r"\b\d{2,3}_")
HEADER = """\
import enum
import json
import os
import queue
import shutil
from pathlib import Path
from types import SimpleNamespace

import other
from recorder import LivePipelineRecorder


class Kind(str, enum.Enum):
    SPEECH = "speech"


class Box:
    kind = "boxed"

    def take(self, value):
        self.kind = "taken"
        return value


"""
FOOTER = "\n\nUSED = (enum, json, os, queue, shutil, Path, SimpleNamespace, other)\n"
READ = "def read(path):\n    return Path(path).read_bytes() if os.path.exists(path) else None\n\n\n"
OTHER = """\
from pathlib import Path


def look(folder, name):
    path = Path(folder) / name
    return path.read_bytes() if path.exists() else None


"""


class Program:
    """One program of two modules, made from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.functions: list[str] = []
        self.elsewhere: list[str] = []
        self.calls: list[str] = []

    def texts(self) -> tuple[str, str]:
        """The program, and the module that it imports."""
        for index in range(self.random.randint(1, 4)):
            self.function(index)
        body = "".join(f"    {call}\n" for call in self.calls)
        main = f"def program(recorder: LivePipelineRecorder, source: str, log: list):\n{body}    return len(log)\n"
        return HEADER + READ + "".join(self.functions) + main + FOOTER, OTHER + "".join(self.elsewhere)

    def function(self, index: int) -> None:
        pick = self.random.choice
        self.kind = pick(["'plain'", "Kind.SPEECH", "kinds.get()", "box.kind"])
        self.ending, content = pick([("mp3", "source"), ("dat", "data"), ("txt", "text"), ("srt", "source")])
        self.number = pick(["03", "07", "07"])
        lines = [f"kind = {self.kind}", "data: bytes = b'some bytes'", "text = 'some text'", "notes = source[:-3] + 'srt'"]
        if self.kind == "kinds.get()":
            lines = ["kinds = queue.Queue()", "kinds.put('first')", "kinds.put('second')", *lines]
        elif self.kind == "box.kind":
            lines = ["box = Box()", *lines]
        name = self.name()
        lines += self.write(name, content)
        lines += self.uses(name)
        if self.random.random() < 0.3:
            lines = self.guarded(lines)
        text = "".join(f"    {line}\n" for line in lines)
        self.functions.append(f"def part{index}(recorder: LivePipelineRecorder, source: str, log: list, n: int = 5):\n{text}\n\n")
        self.calls.append(f"part{index}(recorder, source, log)")
        if self.random.random() < 0.2:
            self.double(index)

    def guarded(self, lines: list[str]) -> list[str]:
        """All of it in a `try`, with a handler that goes on or leaves."""
        end = self.random.choice(["log.append(None)", "return", "raise"])
        return ["try:", *(f"    {line}" for line in lines), "except Exception:", f"    {end}"]

    def name(self) -> str:
        number, ending = self.number, self.ending
        return self.random.choice([
            f'"{number}_output_audio.{ending}"',
            f'"{number}_report.{ending}"',
            f'f"{number}_output_{{kind}}.{ending}"',
            f'"{number}_output_" + kind + ".{ending}"',
            f'"{number}_output_%s.{ending}" % (kind,)',
            f'"{number}_output_{{}}.{ending}".format(kind)',
            f'f"{{n:02d}}_frame.{ending}"',
            f'f"{number}_{{kind}}.{ending}"',
            f'f"{number}_sound{{Path(source).suffix}}"',
        ])  # fmt: skip

    def write(self, name: str, content: str) -> list[str]:
        pick = self.random.choice
        lines: list[str] = []
        target = f"recorder.run_folder / ({name})" if "+" in name or "%" in name else f"recorder.run_folder / {name}"
        way = pick(["direct", "name", "path", "join"])
        self.variable = ""
        if way in ("name", "join"):
            lines.append(f"filename = {name}")
            self.variable = "filename"
            target = "recorder.run_folder / filename" if way == "name" else "os.path.join(recorder.run_folder, filename)"
        elif way == "path":
            lines.append(f"path = {target}")
            target = "path"
        if self.random.random() < 0.15:
            lines.append(self.look(name))
        if content == "source":
            file = "notes" if self.ending == "srt" else "source"
            source = pick([file, file, f"Box().take({file})"])
            if self.kind == "box.kind":
                source = pick([file, f"box.take({file})"])
            order = [f"{source}, {target}", f"dst={target}, src={source}", f"src={source}, dst={target}"]
            lines.append(f"shutil.{pick(['copy', 'copy2', 'copyfile'])}({pick(order)})")
        elif content == "data":
            given = pick(["data", "data", "b'x' + data", f"({name}).encode()"])
            lines.append(f"Path({target}).write_bytes({given})")
        else:
            given = pick(["text", "text", "f'{text}!'", f"json.dumps({{'file': {name}}})", f"text + str(read({target}))"])
            lines.append(f"Path({target}).write_text({given}, encoding='utf-8')")
        return lines

    def uses(self, name: str) -> list[str]:
        """What is done with the name afterwards."""
        lines = []
        for _ in range(self.random.choice([0, 0, 1, 1, 2])):
            use = self.random.choice(["variable", "variable", "text", "look", "elsewhere", "number", "again", "glob"])
            if use == "variable" and self.variable:
                lines.append(self.random.choice([
                    f"log.append({self.variable})",
                    f"log.append(read(recorder.run_folder / {self.variable}))",
                    f"saved = {self.variable}\nlog.append(saved)",
                ]))  # fmt: skip
            elif use == "text":
                lines.append(f"log.append(read(os.path.join(recorder.run_folder, str({name}))))")
            elif use == "look":
                lines.append(self.look(name))
            elif use == "elsewhere" and "{" not in name and "kind" not in name:
                function = f"load{len(self.elsewhere)}"
                self.elsewhere.append(f"def {function}(folder):\n    return look(folder, {name})\n\n\n")
                lines.append(f"log.append(other.{function}(recorder.run_folder))")
            elif use == "number" and "{n:" in name:
                lines.append(self.random.choice(["log.append({'sequence': n})", "n += 1", "print(n)"]))
            elif use == "again":
                lines += self.write(name, "text" if self.ending == "txt" else "data")
            elif use == "glob":
                lines.append(f"log.append(len(list(recorder.run_folder.glob('*.{self.ending}'))))")
        return [part for line in lines for part in line.split("\n")]

    def look(self, name: str) -> str:
        return self.random.choice([
            f"log.append((recorder.run_folder / ({name})).exists())",
            f"log.append(other.look(recorder.run_folder, {name}))",
            f"log.append(str({name}) in os.listdir(recorder.run_folder))",
        ])  # fmt: skip

    def double(self, index: int) -> None:
        """A function that is given a stand-in for a recorder."""
        attribute = self.random.choice(["run_dir", "run_folder"])
        self.functions.append(f"def show{index}(recorder: LivePipelineRecorder):\n    return str(recorder.{attribute})\n\n\n")
        self.calls.append(f"log.append(show{index}(SimpleNamespace({attribute}='stand-in')))")


def outcome(folder: Path, top: Path) -> tuple[str, list[tuple[str, bytes]]]:
    """What a program returns and logs, and what it leaves in the run folder, without numbers."""
    top.mkdir()
    (top / "source.mp3").write_bytes(b"ID3\x04" + b"\0" * 6 + b"x" * 50)
    (top / "source.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nhi\n")
    other, main = types.ModuleType("other"), types.ModuleType("main")
    exec(compile((folder / "other.py").read_text(), "other.py", "exec"), other.__dict__)
    sys.modules["other"] = other
    exec(compile((folder / "main.py").read_text(), "main.py", "exec"), main.__dict__)
    log: list[object] = []
    with LivePipelineRecorder("run", base_path=top) as recorder:
        try:
            log.append(main.program(recorder, str(top / "source.mp3"), log))
        except Exception as error:  # which one is what is compared
            log.append(type(error).__name__)
        own = {"metadata.json", "entities.jsonl"}
        files = [p for p in recorder.run_folder.iterdir() if p.is_file() and p.name not in own and not p.name.startswith(".")]
        stored = sorted((NUMBER.sub("", path.name), path.read_bytes()) for path in files)
    return NUMBER.sub("", str(log).replace(str(top), "")), stored


def require_same(seed: int, folder: Path) -> bool:
    """Fix one program by default; it must do as before. Whether anything was fixed."""
    main, other = Program(seed).texts()
    for kind in ("old", "new"):
        (folder / kind).mkdir(parents=True)
        (folder / kind / "main.py").write_text(main)
        (folder / kind / "other.py").write_text(other)
    (result,) = Run([str(folder / "new")], Options(), resolver=Resolver(), jobs=1)
    assert not result.errors
    if result.new is None:
        return False
    (folder / "new" / "main.py").write_bytes(result.new)
    before, after = outcome(folder / "old", folder / "before"), outcome(folder / "new", folder / "after")
    assert after == before, f"seed {seed}:\n{main}\n=== {other}\n=== became\n{result.new.decode()}"
    return True


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("batch", range(BATCHES))
def test_programs_that_use_names_elsewhere_behave_as_before(batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "other", None)  # type: ignore[arg-type]
    seeds = range(batch * PER_BATCH, (batch + 1) * PER_BATCH)
    rewritten = sum(require_same(seed, tmp_path / str(seed)) for seed in seeds)
    assert rewritten >= PER_BATCH // 8, "too few programs were rewritten to prove anything"
