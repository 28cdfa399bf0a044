"""`recorder tag`: gives a run tags, to find it again."""

from __future__ import annotations

import argparse

from recorder.care.tags import change_tags
from recorder.command.output import OK, escaped, fail, print_json
from recorder.command.tree import one_run

HELP = "give a run tags, or take them away; without a name, show them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument("names", metavar="NAME", nargs="*", help="such as best or paper-fig-2")
    parser.add_argument("--remove", metavar="NAME", nargs="+", action="extend", default=[], help="tags to take away")


def run(arguments: argparse.Namespace) -> int:
    """Write the tags; returns the exit status."""
    run = one_run(arguments.path)
    try:
        changes = arguments.names or arguments.remove
        tags = change_tags(run.folder, arguments.names, arguments.remove) if changes else run.tags
    except ValueError as error:
        return fail(escaped(error))
    if arguments.json:
        print_json({"run": str(run.folder), "tags": tags})
    else:
        print(" ".join(map(escaped, tags)) or "no tags")
    return OK
