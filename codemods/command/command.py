"""What the command `recorder-fix` does around `codemods.command.cli`: start git before Python's imports, and end at once.

git needs 30 ms for a large tree, the imports 15: they go on side by side.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

# After these alone, the command is about the current folder.
_SWITCHES = frozenset(("--check", "--diff", "--no-progress", "--quiet", "--unsafe"))


def command() -> NoReturn:
    """Run the command of this process."""
    from codemods.run.discovery import forget, prepare

    folder = probable_folder(sys.argv[1:])
    if folder is not None:
        prepare(folder)
    try:
        from codemods.command.cli import main

        status = main()
    finally:
        forget()
    end(status)


def probable_folder(words: Sequence[str]) -> str | None:
    """The folder that a command line is about, by a glance at it; a wrong guess only costs what was started for it."""
    if "--no-gitignore" in words:
        return None
    if _SWITCHES.issuperset(words):
        return "."
    return words[-1] if os.path.isdir(words[-1]) else None


def end(status: int) -> NoReturn:
    """End the process; at once where nothing is left to be done at Python's end.

    Taking all modules apart takes 4 ms, after work on files 12.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # Python says so at its end
        sys.exit(status)
    if _waits_for_the_end():
        sys.exit(status)
    os._exit(status)


def _waits_for_the_end() -> bool:
    """Whether something still runs, or wants to be told: a thread, an exit handler, a profiler, an interactive prompt."""
    import atexit

    threading = sys.modules.get("threading")
    return (
        (threading is not None and threading.active_count() > 1)
        or atexit._ncallbacks() > 0
        or sys.getprofile() is not None
        or sys.gettrace() is not None
        or bool(sys.flags.inspect)
    )


if __name__ == "__main__":
    command()
