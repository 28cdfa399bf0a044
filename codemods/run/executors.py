"""Has the files that passed the prefilter worked on: here, in local processes, or by any executor.

Imported only when there is such a file. Results come in the order of the tasks whoever does the work.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from lint_plugin.config.settings import Config
from lint_plugin.finding import FileError, FileResult

if TYPE_CHECKING:
    # Imported below where it is used: with its queues, threads and logging it costs more than a file's work.
    from concurrent.futures import Executor, Future, ProcessPoolExecutor

    from codemods.run.options import Options
    from lint_plugin.facts import Facts

    ProcessFile = Callable[[bytes, str, Config, Facts | None, Options], FileResult]
    Arguments = tuple[ProcessFile, bytes, str, Config, Facts | None, Options]

# The first files are worked on here in any case: it loads what the forked processes then share, and for so
# few files no pool would pay.
HERE_FIRST = 24
# Files in the hands of other processes at any time: enough to keep many busy, few enough to hold in memory.
_IN_FLIGHT_LOCALLY = 32
_IN_FLIGHT = 256
# New objects after which the garbage collector looks.
_OBJECTS = 20_000


@dataclass(frozen=True, slots=True)
class Task:
    """One file to work on.

    Attributes:
        path: The file.
        raw: Its bytes.
        config: What holds for it.
    """

    path: str
    raw: bytes
    config: Config


def _no_result(task: Task, facts: Facts) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for every file of a run.

    Attributes:
        process_file: The work on one file; a function that can be pickled.
        options: What the run was asked for.
        facts: The facts of a task's project when they have been gathered, else None.
        gather: Gathers them.
        early: The result of a task that came about while they were gathered, if it holds for them.
        at_hand: Whether gathering is no more work than that on the files themselves.
    """

    process_file: ProcessFile
    options: Options
    facts: Callable[[Task], Facts | None]
    gather: Callable[[Task], Facts]
    early: Callable[[Task, Facts], FileResult | None] = _no_result
    at_hand: Callable[[Task], bool] = lambda task: False

    def result(self, task: Task) -> FileResult | None:
        """The result of a task that is there already, or comes with the facts."""
        facts = self.facts(task)
        if facts is None and self.at_hand(task):
            facts = self.gather(task)
        return None if facts is None else self.early(task, facts)

    def gathered(self, task: Task) -> FileResult | None:
        """Gather the facts; the result of the task where that brought it about."""
        return self.early(task, self.gather(task))

    def arguments(self, task: Task, facts: Facts | None) -> Arguments:
        """The arguments of `work` for one task."""
        return self.process_file, task.raw, task.path, task.config, facts, self.options


def results(
    tasks: Iterable[Task | FileResult], job: Job, jobs: int = 1, executor: Executor | None = None
) -> Iterator[FileResult]:
    """The results of all tasks, in their order; what already is a result is passed on in its place."""
    if executor is not None:
        yield from _Remote(job, executor).results(tasks, _IN_FLIGHT)
        return
    # Trees come and go by the ten thousand objects: to look for garbage after every 700 takes a third of the
    # time.
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS, *before[1:])
    try:
        yield from _local_results(iter(tasks), job, jobs)
    finally:
        gc.set_threshold(*before)


def _local_results(waiting: Iterator[Task | FileResult], job: Job, jobs: int) -> Iterator[FileResult]:
    here = _Here(job)
    yield from here.results(islice(waiting, HERE_FIRST) if jobs > 1 else waiting)
    following = next(waiting, None)
    if following is None:
        return
    pool = _Pool(job, jobs)
    try:
        yield from pool.results(chain((following,), waiting), _IN_FLIGHT_LOCALLY)
    finally:
        pool.close()


def work(process_file: ProcessFile, raw: bytes, path: str, config: Config, facts: Facts | None, options: Options) -> FileResult:
    """Work on one file, wherever; a defect of ours is an error for this file, the others are still done."""
    return guarded(path, lambda: process_file(raw, path, config, facts, options))


def guarded(path: str, call: Callable[[], FileResult]) -> FileResult:
    """The result of the work on a file, without the bytes it started from; an error result where the call raises."""
    try:
        result = call()
    except Exception as error:
        return _failed(path, f"internal error, please report it: {_described(error)}")
    return replace(result, old=b"")  # whoever sent the bytes still has them


def _described(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error}"
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return text
    return f"{text} ({trace.tb_frame.f_globals.get('__name__', '?')}, line {trace.tb_lineno})"


def _failed(path: str, message: str) -> FileResult:
    return FileResult(path, errors=(FileError(path, 0, message),))


def died(path: str) -> FileResult:
    """The result of a file that has taken the process down that worked on it."""
    return _failed(path, "the process that worked on it died (killed, or out of memory)")


class _Here:
    """Works in this process."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def results(self, tasks: Iterable[Task | FileResult]) -> Iterator[FileResult]:
        for task in tasks:
            yield self.do(task) if isinstance(task, Task) else task

    def do(self, task: Task) -> FileResult:
        job = self.job
        result = job.result(task) or work(*job.arguments(task, job.facts(task)))
        if result.needs_facts:
            result = job.gathered(task) or work(*job.arguments(task, job.facts(task)))
        return replace(result, old=task.raw)


class _Remote:
    """Works through an executor that someone else owns."""

    def __init__(self, job: Job, executor: Executor | None) -> None:
        self.job = job
        self._executor = executor

    def executor(self) -> Executor:
        """Who does the work."""
        assert self._executor is not None
        return self._executor

    def results(self, tasks: Iterable[Task | FileResult], in_flight: int) -> Iterator[FileResult]:
        """Results in order, with at most `in_flight` tasks handed out."""
        waiting: deque[tuple[Task, Future[FileResult]] | FileResult] = deque()
        try:
            for task in tasks:
                waiting.append(task if isinstance(task, FileResult) else self._start(task))
                while len(waiting) >= self.most_in_flight(in_flight):
                    yield self._finish(waiting.popleft())
            while waiting:
                yield self._finish(waiting.popleft())
        finally:
            for entry in waiting:
                if not isinstance(entry, FileResult):
                    entry[1].cancel()

    def _start(self, task: Task) -> tuple[Task, Future[FileResult]] | FileResult:
        early = self.job.result(task)
        return (task, self.submit(task, self.job.facts(task))) if early is None else replace(early, old=task.raw)

    def _finish(self, entry: tuple[Task, Future[FileResult]] | FileResult) -> FileResult:
        if isinstance(entry, FileResult):
            return entry
        task, future = entry
        result = self.outcome(task, future)
        if result.needs_facts:
            early = self.job.gathered(task)
            result = early or self.outcome(task, self.submit(task, self.job.facts(task)))
        return replace(result, old=task.raw)

    def most_in_flight(self, usual: int) -> int:
        return usual

    def submit(self, task: Task, facts: Facts | None) -> Future[FileResult]:
        from concurrent.futures import Future

        try:
            return self.executor().submit(work, *self.job.arguments(task, facts))
        except Exception as error:  # the executor is broken or shut down: said for each file
            future: Future[FileResult] = Future()
            future.set_exception(error)
            return future

    def outcome(self, task: Task, future: Future[FileResult]) -> FileResult:
        """The result of one future; whatever went wrong with the executor is an error for this file."""
        from concurrent.futures import CancelledError

        try:
            return future.result()
        except (Exception, CancelledError) as error:
            return _failed(task.path, f"the worker failed: {_described(error)}")


class _Pool(_Remote):
    """Works in local processes of its own, and finds out which file it was when one of them dies.

    The death of one process takes the whole pool with it. Every file that was in flight then gets a process
    of its own, one after the other, so that only the one that kills it fails; the files after them get a new
    pool.
    """

    def __init__(self, job: Job, jobs: int) -> None:
        self.jobs = jobs
        self._broken = False
        super().__init__(job, None)

    def executor(self) -> Executor:
        """The pool, made when there is something to do: most results are there already."""
        if self._executor is None:
            self._executor = _new_pool(self.jobs)
        return self._executor

    def close(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)

    def most_in_flight(self, usual: int) -> int:
        return 1 if self._broken else usual

    def submit(self, task: Task, facts: Facts | None) -> Future[FileResult]:
        if self._broken:
            self._broken = False
            self._executor = _new_pool(self.jobs)
        return super().submit(task, facts)

    def outcome(self, task: Task, future: Future[FileResult]) -> FileResult:
        from concurrent.futures import BrokenExecutor

        try:
            return future.result()
        except BrokenExecutor:
            self._broken = True
            self.close()
        alone = _new_pool(1)
        try:
            return alone.submit(work, *self.job.arguments(task, self.job.facts(task))).result()
        except BrokenExecutor:
            return died(task.path)
        finally:
            alone.shutdown(cancel_futures=True)


def _new_pool(jobs: int) -> ProcessPoolExecutor:
    import multiprocessing
    import signal
    import threading
    from concurrent.futures import ProcessPoolExecutor

    # Forked processes have everything loaded; with a second thread about, forking is not safe.
    forkable = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    # Ctrl-C goes to the whole process group; only the parent acts on it.
    return ProcessPoolExecutor(
        jobs,
        mp_context=multiprocessing.get_context("fork" if forkable else "spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )
