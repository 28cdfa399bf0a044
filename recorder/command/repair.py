"""`recorder repair`: mends one run, once it has said how."""

from __future__ import annotations

import argparse
import os

from recorder.care.repair import plan_repair, repair
from recorder.care.repair_plan import Action
from recorder.command.output import FOUND, OK, escaped, print_json, problem_value
from recorder.command.tree import check_folder, one_run, progress
from recorder.runs.files import BROKEN_PREFIX
from recorder.runs.folders import is_run
from recorder.runs.inspection import CONTENT, NUMBER, SIZE, find_problems
from recorder.runs.opened import open_index
from recorder.storage.lines import number_of

HELP = "mend one run: adopt unknown files, correct extensions, rebuild the index; --apply does it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument("--apply", action="store_true", help="do it (without this, only say what would be done)")


def run(arguments: argparse.Namespace) -> int:
    """Say or do it; returns the exit status."""
    check_folder(arguments.path)
    damaged = not is_run(arguments.path) and any(map(_remains, os.listdir(arguments.path)))
    folder = arguments.path.absolute() if damaged else one_run(arguments.path).folder
    with progress(arguments, "checking files", "files") as shown:
        actions, backup = plan_repair(folder, shown.tick), None
        if arguments.apply and actions:
            actions, backup = repair(folder, shown.tick)
        problems = find_problems(open_index(folder), shown.tick)
    planned = set() if arguments.apply else {action.filename for action in actions}
    left = [problem for problem in problems if problem.filename not in planned or problem.kind in (SIZE, CONTENT, NUMBER)]
    if arguments.json:
        value = {"run": str(folder), "applied": arguments.apply, "actions": list(map(_value, actions))}
        print_json({**value, "backup": None if backup is None else str(backup), "left": list(map(problem_value, left))})
    else:
        for action in actions:
            print(_line(action))
        if backup is not None:
            print(f"Done; the old index is kept in {escaped(backup)}.")
        else:
            print("Nothing is changed yet: --apply does it." if actions else "Nothing to repair.")
        for problem in left:
            print(f"left: {escaped(problem.filename)} {escaped(problem.message)}")
    return FOUND if left or (actions and not arguments.apply) else OK


def _remains(name: str) -> bool:
    """Whether a file is what is left of a run without an index."""
    return number_of(name) > 0 or name.startswith(BROKEN_PREFIX)


def _line(action: Action) -> str:
    renamed = f" -> {escaped(action.new_name)}" if action.new_name != action.filename else ""
    return f"{action.kind:8}{escaped(action.filename)}{renamed}  ({escaped(action.reason)})"


def _value(action: Action) -> dict[str, str]:
    return {"kind": action.kind, "filename": action.filename, "new_name": action.new_name, "reason": action.reason}
