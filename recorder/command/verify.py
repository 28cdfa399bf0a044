"""`recorder verify`: checks every file of every run."""

from __future__ import annotations

import argparse
from pathlib import Path

from recorder.command.output import FOUND, OK, count, described, detailed, escaped, print_json
from recorder.command.tree import Tree, progress
from recorder.runs.inspection import IDENTITY, Problem
from recorder.runs.run import Run

HELP = "check runs: files, sizes, SHA-256, types, index, nothing unknown; exit 1 on a problem"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """This command has none of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Print what is wrong; returns the exit status."""
    tree = Tree(arguments)
    checked, entities, wrong, problems = 0, 0, 0, 0
    details: list[object] = []
    originals: dict[object, Path] = {}
    with progress(arguments, "checking files", "files") as shown:
        for run in tree.runs(shown):
            try:
                found = run.problems(shown.tick) + _copy_of(run, originals)
            except OSError as error:
                tree.add_error(run.folder, error)
                continue
            checked, entities = checked + 1, entities + len(run)
            wrong, problems = wrong + bool(found), problems + len(found)
            if arguments.json:
                details.append(detailed(run, found))
            else:
                for problem in found:
                    shown.print(f"{escaped(run.folder)}: {escaped(problem.filename)} {escaped(problem.message)}")
    if arguments.json:
        details += tree.error_values()
        print_json(details)
        return tree.status(FOUND if problems else OK)
    for folder, reason in tree.errors:
        print(f"{escaped(folder)}: cannot be read: {described(reason, folder)}")
    if problems:
        total = count(problems, "problem")
        print(f"{total} in {wrong} of {count(checked, 'run')}; `recorder repair RUN` mends what can be.")
    elif checked:
        print(f"{count(checked, 'run')}, {count(entities, 'entity', 'entities')}: nothing wrong.")
    elif not tree.errors:
        print(f"{escaped(arguments.path)}: no run below it")
    return tree.status(FOUND if problems else OK)


def _copy_of(run: Run, originals: dict[object, Path]) -> list[Problem]:
    """Whether it is a copy of a run that came before: the same id, begun at the same microsecond."""
    if run.started is None or run.started.microsecond == 0:
        return []
    first = originals.setdefault((run.run_id, run.started), run.folder)
    if first == run.folder:
        return []
    return [Problem(IDENTITY, run.folder.name, f"is a copy of {first}: both say that they are run {run.run_id}")]
