"""Command line of the benchmarks."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import corpus, curves, growth, plots, targets
from benchmarks.measure import Row, as_json, table
from benchmarks.tools import ROOT, contenders, install, python

CACHE = Path(__file__).resolve().parent / "cache"
PARTS = ("scans", "libcst", "small", "rewritten", "plugin", "memory", "growth", "curves")
QUICK = PARTS[:-1]  # the curves run every other tool, over and over


def main() -> int:
    """Build what is needed, measure, print the table; 1 when a target is not met."""
    arguments = _arguments()
    say = _to_standard_error
    rounds = 3 if arguments.quick else 15
    say("building the corpora and the environment")
    CACHE.mkdir(exist_ok=True)
    work = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    tools = install(CACHE)
    c10 = corpus.build(CACHE, work, "c10", corpus.WHEELS, 20)
    d1k = corpus.build(CACHE, work, "d1k", corpus.WHEELS[:1], 60)
    scratch = work / "scratch"
    measured: dict[str, Callable[[], Iterator[Row]]] = {
        "scans": lambda: targets.scans(tools, c10, rounds),
        "small": lambda: targets.small_file(tools, scratch, 3 * rounds),
        "rewritten": lambda: targets.per_rewritten_file(tools, d1k, rounds),
        "plugin": lambda: targets.plugin(tools, d1k, rounds),
        "memory": lambda: targets.memory(tools, c10),
        "growth": lambda: growth.growth(tools, scratch, *((1, 5) if arguments.quick else (3, 1))),
        "libcst": lambda: targets.against_libcst(tools, d1k, rounds),
    }
    parts = arguments.only or (QUICK if arguments.quick else PARTS)
    rows: list[Row] = []
    for name, measure in measured.items():
        if name in parts:
            say(f"measuring: {name}")
            measured_rows = list(measure())
            rows += measured_rows
            say(table(measured_rows))
    found: curves.Curves = {}
    if "curves" in parts:
        say("measuring: time against number of files")
        counts = [10, 100, 1000] if arguments.quick else [10, 30, 100, 300, 1000, 3000, 10000]
        patience = 5 if arguments.quick else 90
        found = curves.curves(contenders(tools), c10, scratch, counts, patience, say)
        plots.draw(found, arguments.plot)
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(as_json(rows, _machine(tools.releases()), found))
    print(table(rows))
    return int(any(row.met() is False for row in rows))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure recorder-fix against its targets.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no curves: two minutes once everything is built")
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    # Not below this repository: its own configuration and its git work tree would hold for the corpora.
    outside = Path(tempfile.gettempdir()) / "recorder-toolkit-benchmarks"
    parser.add_argument("--work", type=Path, default=outside, help="where the corpora go (default: %(default)s)")
    assets = ROOT / "docs" / "assets"
    parser.add_argument(
        "--json",
        type=Path,
        default=CACHE / "results.json",
        help="where the results go (default: %(default)s)",
    )
    parser.add_argument(
        "--plot",
        type=Path,
        default=assets / "benchmark-files.svg",
        help="where the plot goes (default: %(default)s)",
    )
    return parser.parse_args()


def _machine(releases: dict[str, str]) -> dict[str, object]:
    commit = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    return {
        "processors": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.machine()}",
        "python": python(),
        "commit": commit,
        "releases": releases,
    }


def _to_standard_error(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
