"""Going through the runs that a command is to work on: errors kept, progress shown."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recorder.command.output import FAILED, described, fail
from recorder.runs.folders import is_run, no_run, run_folders
from recorder.runs.run import Run, iter_runs, open_run


class Progress:
    """A count on standard error, on a terminal alone, once something takes longer than a second."""

    def __init__(self, arguments: argparse.Namespace, what: str, unit: str) -> None:
        self._bar = None
        self._last: object = None
        if not arguments.no_progress and sys.stderr.isatty():
            from tqdm import tqdm

            # miniters: the clock alone decides when it is drawn, for one file can take as long as all the others.
            self._bar = tqdm(desc=what, unit=f" {unit}", leave=False, delay=1, miniters=0, file=sys.stderr)

    def tick(self, name: object) -> None:
        """The work is at the file or run of that name; once or many times for each."""
        if self._bar is not None:
            self._bar.update(int(name != self._last))
            self._last = name

    def print(self, line: str) -> None:
        """Print a line on standard output, not into the middle of the count."""
        if self._bar is not None:
            self._bar.clear()
        print(line, flush=self._bar is not None)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()


@contextmanager
def progress(arguments: argparse.Namespace, what: str, unit: str) -> Iterator[Progress]:
    """A `Progress` for as long as the block lasts."""
    shown = Progress(arguments, what, unit)
    try:
        yield shown
    finally:
        shown.close()


class Tree:
    """The runs below a folder, or the one that lies in it. One that cannot be read is kept as an error; the others are done."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.errors: list[tuple[Path, OSError]] = []

    def runs(self, shown: Progress | None = None) -> Iterator[Run]:
        """The runs one by one, sorted by folder. What `shown` counts takes longer than to read them."""
        if shown is not None:
            yield from iter_runs(self.arguments.path, onerror=self.add_error)
            return
        with progress(self.arguments, "reading runs", "runs") as reading:
            for run in iter_runs(self.arguments.path, onerror=self.add_error):
                reading.tick(run.folder)
                yield run

    def add_error(self, folder: Path, error: OSError) -> None:
        """Keep what could not be read."""
        self.errors.append((folder, error))

    def error_values(self) -> list[dict[str, str]]:
        """What could not be read, for JSON."""
        return [{"folder": str(folder), "error": error.strerror or str(error)} for folder, error in self.errors]

    def report(self) -> None:
        """Say on standard error what could not be read."""
        for folder, error in self.errors:
            fail(described(error, folder))

    def status(self, status: int) -> int:
        """The exit status: an error is more than what was found."""
        return FAILED if self.errors else status


def one_run(path: Path) -> Run:
    """The run in a folder.

    Raises:
        OSError: There is none; where there are runs below it, the message names one.
    """
    check_folder(path)
    if not is_run(path):
        below = next(run_folders(path), None)
        hint = f"; there are runs below it, such as {below}" if below else ""
        raise no_run(path, hint)
    return open_run(path)


def check_folder(path: Path) -> None:
    """Refuse what is no folder.

    Raises:
        NotADirectoryError: It is none.
    """
    if not path.is_dir():
        raise NotADirectoryError(20, "is no folder" if path.exists() else "no such folder", str(path))
