"""The command `recorder`: look at runs, check them, mend them, show them as a page, pass them on.

recorder list [BASE]     recorder show RUN     recorder verify [RUN|BASE]     recorder repair RUN     recorder gallery [BASE]
recorder export RUN FILE     recorder import FILE [BASE]     recorder prune BASE     recorder tag RUN NAME...
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from recorder.command import export, gallery, import_run, list_runs, prune, repair, show, tag, verify
from recorder.command.output import FAILED, OK, described, fail

INTERRUPTED = 130

_DESCRIPTION = "Look at the runs that a recorder has written, check them, mend them, pass them on."
_EPILOG = """\
examples:
  recorder list exports                           every run below a folder, the newest first
  recorder list exports --state failed            those that failed
  recorder show exports/RUN                       one run: its entities and what is wrong
  recorder verify exports                         check every run; exit 1 when something is wrong
  recorder repair exports/RUN                     say what a repair would do; --apply does it
  recorder gallery exports                        write gallery.html: all runs on one page
  recorder export exports/RUN run.zip             one run as one file; `recorder import run.zip` takes it in
  recorder prune exports --older-than 30d         say which runs would go; --apply removes them
  recorder tag exports/RUN best                   give a run a tag; `recorder list --tag best` finds it

Exit status: 0 nothing wrong, 1 problems found (verify, show) or something to do (repair, prune), 2 an error.
"""


class Command(Protocol):
    """What a command's module has."""

    HELP: str

    @property
    def add_arguments(self) -> Callable[[argparse.ArgumentParser], None]: ...
    @property
    def run(self) -> Callable[[argparse.Namespace], int]: ...


# Name -> module, what its path is called, and what it is where it need not be given.
_COMMANDS: dict[str, tuple[Command, str, str | None]] = {
    "list": (list_runs, "BASE", "."),
    "show": (show, "RUN", None),
    "verify": (verify, "RUN|BASE", "."),
    "repair": (repair, "RUN", None),
    "gallery": (gallery, "BASE", "."),
    "export": (export, "RUN", None),
    "import": (import_run, "FILE", None),
    "prune": (prune, "BASE", None),
    "tag": (tag, "RUN", None),
}
_WHERE = {
    "RUN": "folder of a run",
    "BASE": "folder that runs lie in",
    "RUN|BASE": "folder of a run, or of several",
    "FILE": "the archive",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="recorder", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, (module, metavar, default) in _COMMANDS.items():
        command = commands.add_parser(name, help=module.HELP, description=f"{module.HELP[0].upper()}{module.HELP[1:]}.")
        command.add_argument(
            "path", metavar=metavar, type=Path, nargs="?" if default else None, default=default, help=_WHERE[metavar]
        )
        module.add_arguments(command)
        command.add_argument("--json", action="store_true", help="print JSON for programs")
        command.add_argument("--no-progress", action="store_true", help="show no progress")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    logging.basicConfig(level=logging.ERROR, format="recorder: %(message)s")
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.version:
        from importlib.metadata import version

        print(f"recorder {version('recorder-toolkit')}")
        return OK
    if arguments.command is None:
        parser.print_help()
        return FAILED
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name that the terminal's encoding lacks is no reason to stop
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = _COMMANDS[arguments.command][0].run(arguments)
        sys.stdout.flush()  # here, where a reader that is gone can be told from a failure
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        return fail(described(error, arguments.path))


if __name__ == "__main__":
    sys.exit(main())
