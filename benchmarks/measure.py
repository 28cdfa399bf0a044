"""Times commands against each other, interleaved: whatever else the machine does meets them all alike."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

# The child's peak memory would otherwise start at ours: this measures from a process smaller than any that is
# measured.
_RUNNER = (
    "import os, sys; process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ);"
    "_, status, usage = os.wait4(process, 0);"
    "os.write(3, b'%d' % usage.ru_maxrss); sys.exit(os.waitstatus_to_exitcode(status))"
)


class Sample(NamedTuple):
    """One run: elapsed seconds, and processor seconds of it and its children."""

    seconds: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Command:
    """A command to measure.

    Attributes:
        arguments: The command line.
        folder: Where it runs.
        prepare: Called before every run, outside the time.
        expected: The exit codes that mean it has done its work.
        environment: Variables it gets beside the minimum.
    """

    arguments: Sequence[str]
    folder: Path = Path(".")
    prepare: Callable[[], None] = lambda: None
    expected: Sequence[int] = (0, 1)
    environment: Mapping[str, str] = field(default_factory=dict)

    def minimal_environment(self) -> dict[str, str]:
        """Nothing of ours that changes how Python starts."""
        kept = {key: os.environ[key] for key in ("HOME", "LANG", "PATH", "TMPDIR") if key in os.environ}
        return kept | dict(self.environment)

    def run(self) -> Sample:
        """Run it once.

        Raises:
            RuntimeError: It ended in another way than expected; the text has its last line.
        """
        self.prepare()
        # Not to /dev/null: grep stops at the first match when nobody reads what it writes.
        with tempfile.TemporaryFile() as output:
            start = time.perf_counter()
            process = subprocess.Popen(
                self.arguments,
                cwd=self.folder,
                env=self.minimal_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            said = output.read().decode(errors="replace")
            # A program in Python that cannot even start ends with 1, as one that has found something.
            if process.returncode not in self.expected or "Traceback (most recent call last)" in said:
                last = said.strip().splitlines()[-1:]
                raise RuntimeError(f"{' '.join(self.arguments)[:200]} ended with {process.returncode}: {last}")
        return Sample(seconds, usage.ru_utime + usage.ru_stime)

    def peak_memory(self) -> float:
        """Run it once and return the largest resident size of its processes, in MB."""
        self.prepare()
        read_end, write_end = os.pipe()
        with open(read_end, "rb") as reader:
            child = subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    "-S",
                    "-c",
                    f"import os; os.dup2({write_end}, 3); {_RUNNER}",
                    *self.arguments,
                ],
                cwd=self.folder,
                env=self.minimal_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[write_end],
            )
            os.close(write_end)
            kilobytes = reader.read()
            if child.wait() not in self.expected:
                raise RuntimeError(f"{' '.join(self.arguments)[:200]} ended with {child.returncode}")
        return int(kilobytes) / 1024


def interleaved(commands: Mapping[str, Command], rounds: int) -> dict[str, list[Sample]]:
    """Every run of every command: one round after the other, each command once a round.

    The first round only warms the caches of disk and interpreter; it is not in the result.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            sample = command.run()
            if number:
                samples[name].append(sample)
    return samples


def ratio(measured: Sequence[Sample], reference: Sequence[Sample]) -> float:
    """Median of the ratios of elapsed time, taken pair by pair."""
    return statistics.median(one.seconds / other.seconds for one, other in zip(measured, reference, strict=True))


def median(samples: Sequence[Sample]) -> float:
    """Median of the elapsed seconds."""
    return statistics.median(sample.seconds for sample in samples)


def cpu(samples: Sequence[Sample]) -> float:
    """Median of the processor seconds, children included; on a busy machine the steadier number."""
    return statistics.median(sample.cpu for sample in samples)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the results.

    Attributes:
        target: Which target it belongs to (`S1`), or "".
        what: What was measured.
        value: The result, in `unit`.
        unit: `x` for a ratio, else a unit of time or memory.
        limit: The target, or None.
        at_least: Whether the target is a lower limit.
        note: The medians behind it.
    """

    target: str
    what: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False
    note: str = ""

    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def table(rows: Sequence[Row]) -> str:
    """The results as text."""
    lines = [("", "what", "measured", "target", "", "medians")]
    for row in rows:
        limit = "" if row.limit is None else f"{'>=' if row.at_least else '<='} {row.limit:g} {row.unit}"
        met = {True: "met", False: "NOT MET", None: ""}[row.met()]
        lines.append((row.target, row.what, f"{row.value:.3g} {row.unit}", limit, met, row.note))
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def as_json(rows: Sequence[Row], machine: Mapping[str, object], curves: Mapping[str, object]) -> str:
    """The results for a program."""
    results = [
        {
            "target": row.target,
            "what": row.what,
            "value": round(row.value, 4),
            "unit": row.unit,
            "limit": row.limit,
            "met": row.met(),
            "note": row.note,
        }
        for row in rows
    ]
    return json.dumps({"machine": machine, "results": results, "curves": curves}, indent=1) + "\n"
