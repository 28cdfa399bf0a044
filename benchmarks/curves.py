"""Time against number of files, for every tool."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable
from pathlib import Path

from benchmarks.corpus import Corpus, sample
from benchmarks.measure import Command
from benchmarks.tools import Contender

Curves = dict[str, list[tuple[int, float]]]


def curves(
    tools: list[Contender],
    corpus: Corpus,
    work: Path,
    counts: list[int],
    patience: float,
    say: Callable[[str], None],
) -> Curves:
    """Median seconds of each tool on each number of files; a tool stops when the next step would take too
    long.

    Args:
        tools: Who takes part.
        corpus: Where the files come from.
        work: A folder for the samples.
        counts: The numbers of files, growing.
        patience: Seconds that one run may be expected to take.
        say: Gets a line for each number of files.
    """
    found: Curves = {tool.label: [] for tool in tools}
    for count in counts:
        pristine = sample(corpus, work / "pristine", count)
        folder = work / "sample"
        _fresh(pristine, folder)
        for tool in tools:
            points = found[tool.label]
            if points and (points[-1][0] != _before(counts, count) or points[-1][1] * count / points[-1][0] > patience):
                continue
            command = tool.command(folder)
            prepare = (lambda: _fresh(pristine, folder)) if tool.rewrites else (lambda: None)
            timed = Command(command.arguments, folder, prepare, command.expected, command.environment)
            first = timed.run().seconds
            seconds = first if first > 0.5 else statistics.median(timed.run().seconds for _ in range(5))
            if tool.rewrites:
                _fresh(pristine, folder)
            points.append((count, seconds))
        say(f"{count} files: " + ", ".join(f"{label} {p[-1][1]:.2f} s" for label, p in found.items() if p and p[-1][0] == count))
    return found


def _before(counts: list[int], count: int) -> int:
    return counts[counts.index(count) - 1]


def _fresh(pristine: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(pristine, folder)
