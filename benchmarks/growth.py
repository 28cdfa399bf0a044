"""Whether time grows in proportion to size: each case at half its size and at its size, less the constant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.corpus import positive
from benchmarks.measure import Command, Row, interleaved
from benchmarks.targets import milliseconds
from benchmarks.tools import Tools


def findings(count: int) -> str:
    """`count` blocks, each with its findings, in one file."""
    return "".join(positive(number) for number in range(count))


def long_function(lines: int) -> str:
    """One function of many lines: branches, loops, calls, and one block at the end."""
    head, body = positive(0).split("    saved_filename = None\n", 1)
    five = "    value = start({0})\n    if value > limit:\n        value = value - {0}\n"
    five += "    for item in range(value):\n        total = total + item\n"
    text = "".join(five.format(number) for number in range(lines // 5))
    return f"{head}    total = limit = 0\n{text}    saved_filename = None\n{body}"


def generated(kilobytes: int) -> str:
    """A file of data as a generator writes it."""
    row = '    ("{0:07}", {0}, [1, 2, 3], {{"key": "value"}}),\n'
    rows = "".join(row.format(number) for number in range(kilobytes * 1000 // len(row.format(0))))
    return f"DATA = [\n{rows}]\n{positive(0)}"


def chain(arms: int) -> str:
    """One if-chain that picks an extension, with many arms."""
    head, rest = positive(0).split("        elif media_type", 1)
    middle = "".join(f'        elif media_type == "kind{number}":\n            ext = "x{number}"\n' for number in range(arms))
    return f"{head}{middle}        elif media_type{rest}"


def brackets(depth: int) -> str:
    """Nested brackets around a value."""
    return f"{positive(0)}\n\nnested = {'(' * depth}1{')' * depth}\n"


def nested_lists(depth: int) -> str:
    """Nested lists, which unlike brackets are nodes of the tree."""
    return f"{positive(0)}\n\nnested = {'[' * depth}1{']' * depth}\n"


def calls(count: int) -> str:
    """One long chain of calls."""
    return f"{positive(0)}\n\nchained = query{'.step(1)' * count}\n"


# name -> (what makes the source, the size at which it is measured; the other measurement is at half of it)
CASES: dict[str, tuple[Callable[[int], str], int]] = {
    "findings in one file": (findings, 500),
    "lines of one function": (long_function, 5000),
    "kilobytes of a generated file": (generated, 3000),
    "arms of an if-chain": (chain, 2000),
    "nested brackets": (brackets, 200),
    "nested lists": (nested_lists, 180),
    "chained calls": (calls, 900),
}


def growth(tools: Tools, folder: Path, rounds: int, part: int = 1) -> Iterator[Row]:
    """For each case: processor time at full size over that at half size, less that of a file with one block.

    Args:
        tools: The environment.
        folder: Where the sources are written.
        rounds: How often each is measured.
        part: Measure at this fraction of the full sizes, for a quick look.
    """
    folder.mkdir(parents=True, exist_ok=True)
    base = _command(tools, folder, "base.py", findings(1))
    for name, (make, full_size) in CASES.items():
        size = full_size // part
        commands = {
            "base": base,
            "half": _command(tools, folder, "half.py", make(size // 2)),
            "full": _command(tools, folder, "full.py", make(size)),
        }
        seconds = interleaved(commands, rounds)
        # Processor time: the least of several runs is what the work itself takes.
        constant, half, full = (min(sample.cpu for sample in seconds[key]) for key in ("base", "half", "full"))
        note = f"{milliseconds(half)}, {milliseconds(full)}, constant {milliseconds(constant)}"
        more, most = half - constant, full - constant
        # Of so little time the ratio of two differences says nothing but noise.
        value = most / more if more > 0.03 else 1.0
        yield Row("S8", f"{name}: {size} against half of it", value, "x", 2.5, note=note)


def _command(tools: Tools, folder: Path, name: str, source: str) -> Command:
    path = folder / name

    def prepare() -> None:
        path.write_text(source)

    # 2: beyond the parser's depth an error is the right answer, and it has to come at once.
    return Command(
        tools.recorder_fix("--jobs", "1", "--quiet", name),
        folder,
        prepare,
        expected=(0, 1, 2),
    )
