"""Does the work on the files of a run: here, in local processes, or by an executor that someone else owns."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from codemods.run.file_work import process_file
from codemods.run.options import Options
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finding import FileError, FileResult

Item = TypeVar("Item")
Result = TypeVar("Result")
ProcessFile = Callable[[bytes, str, Config, Facts | None, Options], FileResult]

# What is in the hands of an executor at any time: enough to keep many processes busy, few enough to hold in memory.
_IN_FLIGHT = 128
# A pool takes as long to start as the work on so many files.
WORTH_A_POOL = 12


@dataclass(frozen=True, slots=True)
class Task:
    """One file to work on: its path, its bytes, and the configuration that holds for it."""

    path: str
    raw: bytes
    config: Config


def work(task: Task, facts: Facts | None, options: Options, process: ProcessFile = process_file) -> FileResult:
    """Work on one file, wherever; a defect of ours is an error for this file, the others are still done.

    The result comes without the bytes it started from: whoever sent them still has them.
    """
    try:
        result = process(task.raw, task.path, task.config, facts, options)
    except Exception as error:
        return failed(task.path, f"internal error, please report it: {described(error)}")
    return replace(result, old=b"")


def failed(path: str, message: str) -> FileResult:
    """A result that says what went wrong with a file."""
    return FileResult(path, errors=(FileError(path, 0, message),))


class Died(Exception):
    """The process that worked on an item died: it was killed, or ran out of memory."""


class Processes:
    """Calls a function on many items, in several processes where that gains; to be closed in the end.

    Attributes:
        jobs: How many processes work at the same time.
    """

    def __init__(self, jobs: int, items: int, executor: Executor | None = None) -> None:
        """Prepare.

        Args:
            jobs: The most processes to use.
            items: How many items are expected at all: few are worked on in this process.
            executor: Does the work instead; it stays open.
        """
        self.jobs = jobs if items >= WORTH_A_POOL else 1
        self._executor = executor
        self._pool: ProcessPoolExecutor | None = None
        self._broken = False

    def results(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[tuple[Item, Result | Exception]]:
        """Each item with what the function returned for it, in order; with an exception where that could not be had.

        When a local process dies, its whole pool goes: each item that has no result yet then gets a process of its own,
        so that only the one that kills it has none.
        """
        if self._executor is None and self.jobs == 1:
            for item in items:
                yield item, _called(function, item)
            return
        self._broken = False
        most = _IN_FLIGHT if self._executor is not None else 2 * self.jobs
        waiting: deque[tuple[Item, Future[Result]]] = deque()
        try:
            for item in items:
                waiting.append((item, self._submit(function, item)))
                if len(waiting) >= most:
                    first, future = waiting.popleft()
                    result = self._outcome(function, first, future)
                    yield first, result
            while waiting:
                first, future = waiting.popleft()
                result = self._outcome(function, first, future)
                yield first, result
        finally:
            for _, future in waiting:
                future.cancel()

    def in_parts(
        self,
        function: Callable[[tuple[str, ...]], Result],
        paths: Sequence[str],
        done: Callable[[int], None] = lambda files: None,
    ) -> Iterator[Result]:
        """What a function returns for some paths, a part of them at a time, in order.

        A path that kills its process adds nothing: the work on it dies as well, and says so. What fails otherwise is done
        here, where its exception ends the run: a project that was searched in part would prove what is not so.
        """
        size = max(1, -(-len(paths) // (2 * self.jobs)))
        parts = [tuple(paths[start : start + size]) for start in range(0, len(paths), size)]
        for part, result in list(self.results(function, parts)):
            if isinstance(result, Died):
                single = self.results(function, [(path,) for path in part]) if len(part) > 1 else ()
                yield from (one for _, one in single if not isinstance(one, Exception))
            else:
                yield function(part) if isinstance(result, Exception) else result
            done(len(part))

    def _submit(self, function: Callable[[Item], Result], item: Item) -> Future[Result]:
        future: Future[Result] = Future()
        try:
            if self._broken:
                raise BrokenExecutor
            return self._workers().submit(function, item)
        except Exception as error:  # broken, or shut down by its owner: said for each item
            future.set_exception(error)
            return future

    def _workers(self) -> Executor:
        if self._executor is not None:
            return self._executor
        if self._pool is None:
            self._pool = _new_pool(self.jobs)
        return self._pool

    def _outcome(self, function: Callable[[Item], Result], item: Item, future: Future[Result]) -> Result | Exception:
        try:
            return future.result()
        except BrokenExecutor as error:
            if self._executor is not None:
                return error
            self._broken = True
            self.close()
            return _alone(function, item)
        except (Exception, CancelledError) as error:
            return error

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


def _called(function: Callable[[Item], Result], item: Item) -> Result | Exception:
    try:
        return function(item)
    except Exception as error:  # as it would come back from another process
        return error


def _alone(function: Callable[[Item], Result], item: Item) -> Result | Exception:
    with _new_pool(1) as pool:
        try:
            return pool.submit(function, item).result()
        except BrokenExecutor:
            return Died()
        except Exception as error:
            return error


def _new_pool(jobs: int) -> ProcessPoolExecutor:
    # Forked processes have everything loaded; with a second thread about, forking is not safe.
    forkable = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    # Ctrl-C goes to the whole process group; only the parent acts on it.
    return ProcessPoolExecutor(
        jobs,
        mp_context=multiprocessing.get_context("fork" if forkable else "spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )


def described(error: BaseException) -> str:
    """An exception in one line, with the place of ours that it comes from."""
    text = f"{type(error).__name__}: {error}"
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return text
    return f"{text} ({trace.tb_frame.f_globals.get('__name__', '?')}, line {trace.tb_lineno})"
