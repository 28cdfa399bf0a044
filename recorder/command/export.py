"""`recorder export`: one run as one file."""

from __future__ import annotations

import argparse
from pathlib import Path

from recorder.care.archive import ArchiveError
from recorder.care.exporting import export_run
from recorder.command.output import FOUND, OK, count, escaped, fail, print_json, problem_value
from recorder.command.tree import one_run, progress
from recorder.runs.wording import size_text

HELP = "write a run to one file, .zip or .tar.gz"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument(
        "archive", metavar="FILE", type=Path, help="the file to write, ending with .zip or .tar.gz; never overwritten"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the archive; returns the exit status: 1 when something was left out, or what is in it is not whole."""
    run = one_run(arguments.path)
    try:
        with progress(arguments, "writing files", "files") as shown:
            done = export_run(run, arguments.archive, shown.tick)
    except ArchiveError as error:
        return fail(escaped(error))
    written = arguments.archive.stat().st_size
    if arguments.json:
        left_out = [{"filename": name, "reason": reason} for name, reason in done.left_out]
        value = {"run": str(run.folder), "archive": str(arguments.archive), "size": written}
        problems = [problem_value(problem) for problem in done.problems]
        print_json({**value, "files": done.files, "left_out": left_out, "problems": problems})
    else:
        for name, reason in done.left_out:
            print(f"left out: {escaped(name)} {escaped(reason)}")
        for problem in done.problems:
            print(f"not whole: {escaped(problem.filename)} {escaped(problem.message)}")
        print(f"{count(len(done.files), 'file')} in {escaped(arguments.archive)}, {size_text(written)}")
        if done.problems:
            print("The run is not whole: `recorder import` refuses this archive. Do not remove the run on account of it.")
    return FOUND if done.left_out or done.problems else OK
