"""`recorder list`: the runs below a folder, newest first."""

from __future__ import annotations

import argparse
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from recorder.command.output import OK, count, escaped, print_json, print_table, summary, time
from recorder.command.tree import Tree
from recorder.runs.run import Run, newest_first
from recorder.runs.wording import length_text, size_text, state_words

HELP = "list runs, newest first: id, config, state, entities, size, start, duration, tags"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument("--state", metavar="STATE", help="only completed, failed or running ones, or those at this step")
    parser.add_argument("--tag", metavar="NAME", action="append", default=[], help="only those with this tag; may be repeated")


def run(arguments: argparse.Namespace) -> int:
    """Print the list; returns the exit status."""
    tree = Tree(arguments)
    every = newest_first(_known(tree))
    runs = [run for run in every if _wanted(run, arguments)]
    if arguments.json:
        print_json([*map(summary, runs), *tree.error_values()])
        return tree.status(OK)
    if not every and not tree.errors:
        print(f"{escaped(arguments.path)}: no run below it")
    elif not runs and not tree.errors:
        print(f"None of {count(len(every), 'run')} is like that.")
    else:
        _print(runs, tree, arguments)
    return tree.status(OK)


def _known(tree: Tree) -> Iterator[Run]:
    """The runs that something is known of; the others are errors of the tree."""
    for run in tree.runs():
        if run.unread is not None and not len(run):
            tree.add_error(run.folder, OSError(errno.EIO, run.unread, str(run.folder)))
        else:
            yield run


def _wanted(run: Run, arguments: argparse.Namespace) -> bool:
    state = arguments.state is None or arguments.state in (run.status, str(run.state["step"]))
    return state and set(arguments.tag) <= set(run.tags)


def _print(runs: list[Run], tree: Tree, arguments: argparse.Namespace) -> None:
    base = os.path.abspath(arguments.path)
    header = ("RUN", "CONFIG", "STATE", "ENTITIES", "SIZE", "STARTED (UTC)", "DURATION", "TAGS")
    rows = [(*_row(run), os.path.relpath(run.folder, base)) for run in runs]
    rows += [
        (folder.name, "-", f"cannot be read: {_why(folder, error)}", "-", "-", "-", "-", "-", os.path.relpath(folder, base))
        for folder, error in tree.errors
    ]
    if all(row[0] == row[-1] for row in rows):  # else the folder is how to name it to the other commands
        print_table(header, [row[:-1] for row in rows], right=(3, 4, 6))
    else:
        print_table((*header, "FOLDER"), rows, right=(3, 4, 6))


def _why(folder: Path, error: OSError) -> str:
    """The reason with the file's name in the run's folder, which stands in the same row: a cell has no room for a whole path."""
    name = os.path.relpath(os.fsdecode(error.filename), folder) if error.filename is not None else "."
    return f"{'' if name == '.' else name + ' '}{error.strerror or error}"


def _row(run: Run) -> tuple[str, ...]:
    return (
        run.run_id,
        str(run.info.get("config_name") or "-"),
        ", ".join(state_words(run.state) + ([run.unread] if run.unread else [])),
        str(len(run)),
        size_text(run.size),
        time(run.started),
        "-" if run.duration is None else length_text(run.duration),
        " ".join(run.tags) or "-",
    )
