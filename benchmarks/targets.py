"""S1 to S7: each target with its reference, measured in the same run."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.corpus import Corpus
from benchmarks.measure import Command, Row, cpu, interleaved, median, ratio
from benchmarks.tools import Tools

GREP = ("grep", "-rlF", "--include=*.py", "run_dir", ".")


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def scans(tools: Tools, corpus: Corpus, rounds: int) -> Iterator[Row]:
    """S1 and S2: many files, few or no hits, against grep."""

    def over(*arguments: str, prepare: Callable[[], None]) -> Command:
        return Command(tools.recorder_fix(*arguments, "."), corpus.root, prepare)

    cases = {
        "check, 1 process": ("S1", 2.5, over("--check", "--jobs", "1", prepare=corpus.plant)),
        "check, 2 processes": ("S1", 2.5, over("--check", "--jobs", "2", prepare=corpus.plant)),
        "check, nothing to find, 1 process": (
            "S1",
            1.6,
            over("--check", "--jobs", "1", prepare=corpus.clear),
        ),
        "check, nothing to find, 2 processes": (
            "S1",
            1.6,
            over("--check", "--jobs", "2", prepare=corpus.clear),
        ),
        "check, nothing to find, without git, 1 process": (
            "",
            None,
            over("--check", "--jobs", "1", "--no-gitignore", prepare=corpus.clear),
        ),
        f"fix, {len(corpus.planted)} files rewritten, 1 process": (
            "S2",
            10.0,
            over("--jobs", "1", prepare=corpus.plant),
        ),
        f"fix, {len(corpus.planted)} files rewritten": ("S2", 10.0, over(prepare=corpus.plant)),
    }
    commands = {"grep": Command(GREP, corpus.root, corpus.plant)}
    commands |= {name: command for name, (_, _, command) in cases.items()}
    seconds = interleaved(commands, rounds)
    corpus.plant()
    files, size = corpus.size()
    reference = seconds["grep"]
    for name, (target, limit, _) in cases.items():
        own = seconds[name]
        note = f"{milliseconds(median(own))}, grep {milliseconds(median(reference))}"
        note += f"; processor {milliseconds(cpu(own))}, grep {milliseconds(cpu(reference))}"
        what = f"{name}, over {files} files, {size / 1e6:.0f} MB"
        yield Row(target, f"{what}: multiple of grep", ratio(own, reference), "x", limit, note=note)


def against_libcst(tools: Tools, corpus: Corpus, rounds: int) -> Iterator[Row]:
    """S3: the same rename by LibCST's own command."""
    slow = tools.libcst_rename(".")

    def plant() -> None:
        """As rare as in C10: one file in five hundred."""
        corpus.clear()
        corpus.plant(2)

    commands = {
        "libcst": Command(slow.arguments, corpus.root, plant, slow.expected, slow.environment),
        "ours": Command(tools.recorder_fix("--select", "LPR001", "."), corpus.root, plant),
    }
    # The slow one once: a warm-up would cost a minute and change nothing.
    taken = commands["libcst"].run().seconds
    ours = interleaved({"ours": commands["ours"]}, rounds)["ours"]
    corpus.plant()
    fast = median(ours)
    note = f"{milliseconds(fast)}, libcst.tool codemod -j 2 {taken:.1f} s"
    what = f"rename over {corpus.size()[0]} files: times faster than libcst.tool"
    yield Row("S3", what, taken / fast, "x", 60, at_least=True, note=note)


def small_file(tools: Tools, folder: Path, rounds: int) -> Iterator[Row]:
    """S4: what a commit of one clean file costs."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "small.py"
    path.write_text("import sys\n\n\ndef main() -> int:\n    return len(sys.argv)\n")
    commands = {
        "python": Command([tools.program("python"), "-I", "-c", "pass"], folder),
        "ours": Command(tools.recorder_fix("--check", path.name), folder),
        "pyupgrade": Command([tools.program("pyupgrade"), path.name], folder),
        "flake8": Command([tools.program("flake8"), "--isolated", path.name], folder),
        "ruff": Command([tools.program("ruff"), "check", "--isolated", "--no-cache", path.name], folder),
    }
    seconds = interleaved(commands, rounds)
    pairs = list(zip(seconds["ours"], seconds["python"], strict=True))
    more = statistics.median(one.seconds - bare.seconds for one, bare in pairs)
    note = ", ".join(f"{name} {milliseconds(median(values))}" for name, values in seconds.items())
    note += f"; processor {milliseconds(statistics.median(one.cpu - bare.cpu for one, bare in pairs))} more"
    yield Row("S4", "one clean file: more than bare Python", more * 1000, "ms", 40, note=note)


def per_rewritten_file(tools: Tools, corpus: Corpus, rounds: int) -> Iterator[Row]:
    """S5: what each further rewritten file costs, for files of typical size: the middle half of those planted."""
    by_size = sorted(corpus.planted.items(), key=lambda item: len(item[1][1]))
    quarter = len(by_size) // 4
    typical, others = by_size[quarter:-quarter], by_size[:quarter] + by_size[-quarter:]

    def plant(count: int) -> Callable[[], None]:
        def prepare() -> None:
            for path, (_, with_positive) in others:
                path.write_bytes(with_positive)
            for number, (path, (original, with_positive)) in enumerate(typical):
                path.write_bytes(with_positive if number < count else original)

        return prepare

    size = statistics.mean(len(with_positive) for _, (_, with_positive) in typical) / 1000
    for jobs in ("1", "2"):
        command = tools.recorder_fix("--jobs", jobs, ".")
        commands = {
            "few": Command(command, corpus.root, plant(0)),
            "many": Command(command, corpus.root, plant(len(typical))),
        }
        seconds = interleaved(commands, rounds)
        pairs = list(zip(seconds["many"], seconds["few"], strict=True))
        each = statistics.median((many.seconds - few.seconds) / len(typical) for many, few in pairs)
        processor = statistics.median((many.cpu - few.cpu) / len(typical) for many, few in pairs)
        what = f"each rewritten file, {size:.0f} kB on average, jobs {jobs}"
        yield Row("S5", what, each * 1000, "ms", 50, note=f"processor {processor * 1000:.1f} ms")
    corpus.plant()


_PLUGIN = r"""
import argparse, ast, json, statistics, sys, time
import flake8.main.application
start = time.perf_counter()
import lint_plugin.flake8_plugin as plugin
imported = time.perf_counter() - start
from pathlib import Path
clean = "def f(x):\n    return [x, x + 1]\n\n\n" * 50
def run(text):
    tree = ast.parse(text)
    lines = text.splitlines(True)
    start = time.perf_counter()
    list(plugin.RecorderChecker(tree, "example.py", lines).run())
    return time.perf_counter() - start
run(clean)
print(json.dumps({
    "import": imported,
    "clean": statistics.median(run(clean) for _ in range(300)),
    "positive": statistics.median(run(Path(sys.argv[1]).read_text()) for _ in range(30)),
    "libcst": "libcst" in sys.modules,
}))
"""


def plugin(tools: Tools, corpus: Corpus, rounds: int) -> Iterator[Row]:
    """S6: what the plugin adds to flake8."""
    path = list(corpus.planted)[len(corpus.planted) // 2]
    program = Command([tools.program("python"), "-c", _PLUGIN, str(path)])
    measured = []
    for _ in range(max(3, rounds // 3)):
        outcome = subprocess.run(program.arguments, env=program.minimal_environment(), check=True, capture_output=True, text=True)
        measured.append(json.loads(outcome.stdout))
    typical = {key: statistics.median(float(one[key]) for one in measured) for key in measured[0]}
    flake8 = [tools.program("flake8"), "--isolated", "-j1", str(path)]
    seconds = median(interleaved({"flake8": Command(flake8)}, rounds)["flake8"])
    yield Row("S6", "plugin on 200 lines without a token", typical["clean"] * 1e6, "us", 25)
    note = f"{typical['positive'] * 1000:.1f} ms of {milliseconds(seconds)}"
    yield Row(
        "S6",
        "plugin on a file with a token: part of flake8's time",
        typical["positive"] / seconds * 100,
        "%",
        8,
        note=note,
    )
    yield Row("S6", "importing the plugin", typical["import"] * 1000, "ms")
    yield Row("S6", "libcst imported by the plugin", typical["libcst"], "times", 0)


def memory(tools: Tools, corpus: Corpus) -> Iterator[Row]:
    """S7: peak memory of each process."""
    for target, limit, arguments in (("check", 30, ["--check", "."]), ("fix", 70, ["."])):
        for jobs in ("1", "2"):
            command = Command(tools.recorder_fix("--jobs", jobs, *arguments), corpus.root, corpus.plant)
            what = f"peak memory, {target}, {len(corpus.planted)} files with a hit, jobs {jobs}"
            yield Row("S7", what, command.peak_memory(), "MB", limit)
    clean = Command(tools.recorder_fix("--jobs", "1", "--check", "."), corpus.root, corpus.clear)
    yield Row("S7", "peak memory, check, nothing to find", clean.peak_memory(), "MB", 30)
    bare = Command([tools.program("python"), "-I", "-c", "pass"])
    yield Row("", "peak memory, bare Python", bare.peak_memory(), "MB")
    corpus.plant()
