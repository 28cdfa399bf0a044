"""`recorder import`: takes a run in from an archive, after checking it."""

from __future__ import annotations

import argparse
from pathlib import Path

from recorder.care.archive import ArchiveError
from recorder.care.importing import import_run
from recorder.command.output import OK, count, escaped, fail, print_json, summary
from recorder.command.tree import check_folder, progress
from recorder.runs.wording import size_text

HELP = "take a run in from a .zip or .tar.gz, after checking every file of it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument(
        "base", metavar="BASE", type=Path, nargs="?", default=Path("."), help="folder that the run folder will lie in"
    )


def run(arguments: argparse.Namespace) -> int:
    """Take the run in; returns the exit status."""
    check_folder(arguments.base)
    try:
        with progress(arguments, "unpacking files", "files") as shown:
            run = import_run(arguments.path, arguments.base, shown.tick)
    except ArchiveError as error:
        return fail(escaped(error))
    if arguments.json:
        print_json(summary(run))
    else:
        print(f"{escaped(run.folder)}: {count(len(run), 'entity', 'entities')}, {size_text(run.size)}")
    return OK
