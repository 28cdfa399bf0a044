"""The files of a run that hold a token: their projects' facts, then the work on each.

It loads the whole finder and what starts processes, so `codemods.run.runner` imports it when there is such a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

from codemods.run.file_work import process_file
from codemods.run.options import Options
from codemods.run.processes import Died, Processes, ProcessFile, Task, described, failed, work
from codemods.run.project import Projects, Scanned
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finding import FileResult


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be done.

    Attributes:
        files: The files, in order, each with the configuration that holds for it.
        options: What the run was asked for.
        scanned: What the run has looked at.
        jobs: The most processes to use.
        executor: Does the work instead of processes of our own; facts are gathered here.
        process: The work on one file; a function that can be pickled.
        progress: Called with (steps done, steps to do).
    """

    files: Mapping[str, Config]
    options: Options
    scanned: Scanned
    jobs: int = 1
    executor: Executor | None = None
    process: ProcessFile = process_file
    progress: Callable[[int, int], None] | None = None

    def results(self) -> Iterator[FileResult]:
        """The result of each file, in order."""
        processes = Processes(self.jobs, len(self.files), self.executor)
        gatherers = processes if self.executor is None else Processes(1, 0)
        projects = Projects(self.scanned, gatherers, steps := _Steps(self.progress, len(self.files)))
        try:
            for path, config in self.files.items():
                any_file = Task(path, b"", config)
                if projects.known(any_file) is None and projects.at_hand(any_file):
                    projects.provide(any_file, "facts")
            call = partial(_work, self.options, self.process)
            for (task, _), result in processes.results(call, self._items(projects)):
                while isinstance(task, Task) and isinstance(result, FileResult) and result.needs:
                    # Files that have their turn later know it from the start.
                    projects.provide(task, result.needs)
                    ((_, result),) = processes.results(call, [(task, projects.known(task))])
                steps.done(1)
                if isinstance(result, Exception):
                    result = failed(task.path, _reason(result))
                yield replace(result, old=task.raw) if isinstance(task, Task) else result
        finally:
            processes.close()
            gatherers.close()

    def source(self, path: str, raw: bytes, config: Config) -> FileResult:
        """The result for bytes that are in no file, as if they were in the file `path`."""
        task = Task(path, raw, config)
        projects = Projects(self.scanned, Processes(1, 0), _Steps(None, 0))
        result = work(task, None, self.options, self.process)
        while result.needs:
            projects.provide(task, result.needs)
            result = work(task, projects.known(task), self.options, self.process)
        return replace(result, old=raw)

    def _items(self, projects: Projects) -> Iterator[tuple[Task | FileResult, Facts | None]]:
        for path, config in self.files.items():
            item = _read(path, config)
            yield item, projects.known(item) if isinstance(item, Task) else None


class _Steps:
    """Counts for the progress: a file is one step when facts are read from it, and one when it is worked on."""

    def __init__(self, progress: Callable[[int, int], None] | None, files: int) -> None:
        self._progress = progress
        self._done = 0
        self._total = files

    def expect(self, files: int) -> None:
        self._total += files

    def done(self, files: int) -> None:
        self._done += files
        if self._progress is not None:
            self._progress(self._done, self._total)


def _work(options: Options, process: ProcessFile, item: tuple[Task | FileResult, Facts | None]) -> FileResult:
    task, facts = item
    return work(task, facts, options, process) if isinstance(task, Task) else task


def _read(path: str, config: Config) -> Task | FileResult:
    try:
        with open(path, "rb") as file:
            return Task(path, file.read(), config)
    except OSError as error:
        return failed(path, f"cannot be read: {error.strerror}")


def _reason(error: Exception) -> str:
    if isinstance(error, Died):
        return "the process that worked on it died (killed, or out of memory)"
    return f"the worker failed: {described(error)}"
