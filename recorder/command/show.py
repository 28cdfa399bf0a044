"""`recorder show`: one run with its entities, and what is wrong with it."""

from __future__ import annotations

import argparse

from recorder.command.output import FOUND, OK, count, detailed, escaped, print_json, print_table
from recorder.command.tree import one_run, progress
from recorder.runs.entity import Entity
from recorder.runs.run import Run
from recorder.runs.wording import length_text, size_text, state_words

HELP = "show one run: what it is, its entities, state, tags, problems"
_KEYS = ("run_id", "config_name", "execution_mode", "safety_level", "user_id", "started", "finished")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """This command has none of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Print the run; returns the exit status."""
    run = one_run(arguments.path)
    with progress(arguments, "checking files", "files") as shown:
        problems = run.problems(shown.tick)
    if arguments.json:
        print_json(detailed(run, problems))
        return FOUND if problems else OK
    _print_head(run)
    _print_entities(run)
    for name in run.other_files():
        print(f"not part of the run: {escaped(name)}")
    if problems:
        print(f"\n{count(len(problems), 'problem')}:")
        for problem in problems:
            print(f"  {escaped(problem.filename)} {escaped(problem.message)}")
    return FOUND if problems else OK


def _print_head(run: Run) -> None:
    info = run.info
    lines = [(key, info[key]) for key in _KEYS if info.get(key) is not None]
    if run.finished is not None and "finished" not in info:
        lines.append(("finished", run.finished.isoformat()))
    if run.duration is not None:
        lines.append(("duration", length_text(run.duration)))
    if run.error is not None:
        lines.append(("error", run.error))
    if run.tags:
        lines.append(("tags", " ".join(run.tags)))
    lines += [("state", ", ".join(state_words(run.state))), ("folder", run.folder)]
    for key, value in lines:
        print(f"{key + ':':16}{escaped(value)}")


def _print_entities(run: Run) -> None:
    print()
    rows = [(str(e.sequence), e.type, e.filename, _size(e), _saved(e)) for e in run.entities()]
    print_table(("NO", "TYPE", "FILE", "SIZE", "SAVED (UTC)"), rows, right=(0, 3))


def _size(entity: Entity) -> str:
    status = entity.stat()
    return "missing" if status is None else size_text(status.st_size)


def _saved(entity: Entity) -> str:
    return (entity.timestamp or "-")[:19].replace("T", " ")
