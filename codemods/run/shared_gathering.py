"""Gathers a project's facts, with early results for the files of the run, in forked processes where that gains."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from codemods.run.forked import ForkedCall, may_fork
from lint_plugin.project.gathering import Gathering

if TYPE_CHECKING:
    from codemods.run.early_results import EarlyResults
    from lint_plugin.config.settings import Config
    from lint_plugin.facts import Facts

# Below so many files a process is not worth its start.
_WORTH_A_FORK = 6


def gather_with_results(
    config: Config,
    candidates: Sequence[str],
    roots: Sequence[str],
    early: EarlyResults,
    jobs: int,
    progress: Callable[[int], None] = lambda done: None,
) -> Facts:
    """Gather the facts of one project, and the early results of its files.

    Args:
        config: Its configuration.
        candidates: The files below its source roots that hold a token, in order.
        roots: Its source roots, absolute.
        early: Takes up the results.
        jobs: The most processes to use.
        progress: Called with the number of files done, in all processes by estimation.
    """
    processes = max(1, min(jobs, len(candidates) // _WORTH_A_FORK)) if may_fork() else 1
    shares = list(_shares(candidates, processes, early.ahead))

    if len(shares) > 1:
        import pickle  # before the fork, so that it is loaded once; one process has no use for it

    def gathered(share: Sequence[str], progress: Callable[[int], None]) -> Gathering:
        gathering = Gathering(config, roots)
        gathering.expect(candidates)
        for number, path in enumerate(share, 1):
            gathering.add(path, early.add)
            progress(number * len(candidates) // len(share))
        return gathering

    def sent(share: Sequence[str]) -> bytes:
        notes = gathered(share, lambda done: None).notes()
        return pickle.dumps((notes, early.entries(share)))

    calls: list[ForkedCall] = []
    try:
        for share in shares[1:]:
            try:
                calls.append(ForkedCall(partial(sent, share)))
            except OSError:  # no more processes allowed
                break
        gathering = gathered(shares[0], progress)

        def took(answer: bytes | None) -> bool:
            if answer is not None:
                notes, entries = pickle.loads(answer)
                gathering.take(notes)
                early.update(entries)
            return answer is not None

        for call, share in zip(calls, shares[1:]):
            if not took(call.result()):
                # One of its files may have killed the process, and would kill this one: each gets a process of its own.
                for path in share:
                    if not took(ForkedCall(partial(sent, [path])).result()):
                        early.fail(path)
        for path in (path for share in shares[len(calls) + 1 :] for path in share):
            gathering.add(path, early.add)
        return gathering.facts()
    finally:
        for call in calls:
            call.end()


def _shares(candidates: Sequence[str], count: int, ahead: int = 0) -> Iterator[Sequence[str]]:
    """The files in `count` parts, in order, with about as many bytes in each: the work goes by these. The first part is
    smaller by `ahead`."""
    sizes = list(map(_size, candidates)) if count > 1 else []
    total, start, done = sum(sizes) + ahead, 0, ahead
    for share in range(1, count):
        end = start
        while end < len(sizes) and done + sizes[end] / 2 < total * share / count:
            done += sizes[end]
            end += 1
        yield candidates[start:end]
        start = end
    yield candidates[start:]


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:  # whoever opens it says so
        return 0
