"""`recorder prune`: removes old runs, once it has said which."""

from __future__ import annotations

import argparse
import re
from datetime import timedelta

from recorder.care.prune import remove_run, runs_to_prune, why_kept
from recorder.command.output import FOUND, OK, count, escaped, fail, print_json, print_table, summary, time
from recorder.command.tree import Tree, check_folder, progress
from recorder.runs.folders import is_run
from recorder.runs.run import Run
from recorder.runs.wording import size_text

HELP = "remove old runs; says which and does nothing without --apply"
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--older-than", metavar="AGE", type=_age, help="runs not written to for so long: 12h, 30d, 8w")
    which.add_argument("--keep", metavar="N", type=_number, help="all but the N that were started last")
    parser.add_argument("--failed", action="store_true", help="failed runs only")
    parser.add_argument("--apply", action="store_true", help="do it (without this, only say what would be done)")


def _age(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,5})([hdw])", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no age such as 12h, 30d or 8w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _number(text: str) -> int:
    if re.fullmatch(r"\d{1,9}", text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of runs")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Say or do it; returns the exit status: 1 when there is something to do. What has to be kept is said, and is no failure."""
    check_folder(arguments.path)
    if is_run(arguments.path):
        return fail(f"{escaped(arguments.path)}: is a run itself; prune takes the folder that runs lie in")
    tree = Tree(arguments)
    runs = runs_to_prune(tree.runs(), older_than=arguments.older_than, keep=arguments.keep, failed=arguments.failed)
    reasons = [(run, why_kept(run)) for run in runs]
    going = [run for run, reason in reasons if reason is None]
    kept = [(run, reason) for run, reason in reasons if reason is not None]
    summaries, rows = [summary(run) for run in going], [_row(run) for run in going]
    removed = len(going)
    if arguments.apply:
        removed, late = _remove(going, tree, arguments)
        kept += late
    if arguments.json:
        left = [{"folder": str(run.folder), "reason": reason} for run, reason in kept]
        print_json({"applied": arguments.apply, "runs": summaries, "kept": left, "errors": tree.error_values()})
    else:
        if rows:
            print_table(("RUN", "STATE", "LAST CHANGE (UTC)", "SIZE", "TAGS", "FOLDER"), rows, right=(3,))
        for run, reason in kept:
            print(f"kept: {escaped(run.folder)}: {escaped(reason)}")
        tree.report()
        print(_said(removed, arguments))
    return tree.status(FOUND if going and not arguments.apply else OK)


def _row(run: Run) -> tuple[str, ...]:
    return run.run_id, run.status, time(run.changed), size_text(run.size), " ".join(run.tags) or "-", str(run.folder)


def _remove(runs: list[Run], tree: Tree, arguments: argparse.Namespace) -> tuple[int, list[tuple[Run, str]]]:
    """Remove the runs; how many are gone, and those that were written to while others were removed, with the reason."""
    removed, kept = 0, []
    with progress(arguments, "removing runs", "runs") as shown:
        for run in runs:
            shown.tick(run.folder)
            if (reason := why_kept(run)) is not None:
                kept.append((run, reason))
                continue
            try:
                remove_run(run.folder)
                removed += 1
            except OSError as error:
                tree.add_error(run.folder, error)
    return removed, kept


def _said(number: int, arguments: argparse.Namespace) -> str:
    if not number:
        return "Nothing to remove."
    if arguments.apply:
        return f"{count(number, 'run')} removed."
    return f"{count(number, 'run')} would be removed. Nothing is changed yet: --apply does it."
