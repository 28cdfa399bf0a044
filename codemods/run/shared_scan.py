"""Spreads the scan of a large tree over forked processes.

Every process goes through the whole tree itself and reads only its share of the files, so there is nothing to
hand out and nothing grows with the tree; the share is decided by the file's name, so it does not depend on
the order in which the folders come.
"""

from __future__ import annotations

import marshal
from functools import partial
from typing import TYPE_CHECKING

from codemods.run.forked import ForkedCall, may_fork
from codemods.run.scan import Scanner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lint_plugin.source.prefilter import Prefilter

    Portion = tuple[str, list[str], Prefilter, bool]

# Up to here one process is done sooner (about 20 ms of scanning).
WORTH_A_FORK = 1500
# Going through the tree is a third of the work and every process does it: more of them gain little.
_MOST = 4
# A folder with fewer files is scanned by one process: looking at each name would cost more than it evens out.
_SPLIT_ABOVE = 20


def scan_all(
    portions: Iterator[Portion],
    scanner: Scanner,
    jobs: int,
    ready: Callable[[], bool] = lambda: True,
    worth_a_fork: int = WORTH_A_FORK,
) -> bool:
    """Scan everything, in this process and, where it gains, in others.

    Args:
        portions: The arguments of `Scanner.scan`, folder by folder. No descriptor may be open between two of
            them: the iterator goes on in several processes.
        scanner: Takes up what is found.
        jobs: The most processes to use.
        ready: Whether the iterator can go on in several processes now.
        worth_a_fork: Files to scan before others are started.

    Returns:
        False when a process died: what it should have done is missing, and the scan has to be done again by
        one.
    """
    for portion in portions:
        scanner.scan(*portion)
        if jobs > 1 and scanner.opened >= worth_a_fork and may_fork() and ready():
            return _scan_shares(portions, scanner, min(jobs, _MOST))
    scanner.finish()
    return True


def _scan_shares(portions: Iterator[Portion], scanner: Scanner, jobs: int) -> bool:
    calls: list[ForkedCall] = []
    try:
        for share in range(1, jobs):
            try:
                calls.append(ForkedCall(partial(_sent, portions, share, jobs)))
            except OSError:  # no more processes allowed
                return False
        _scan_share(portions, scanner, 0, jobs)
        for call in calls:
            sent = call.result()
            if sent is None:
                return False
            opened, hits, failures = marshal.loads(sent)
            scanner.opened += opened
            scanner.hits += hits
            scanner.failures += failures
        return True
    finally:
        for call in calls:
            call.end()


def _scan_share(portions: Iterator[Portion], scanner: Scanner, share: int, jobs: int) -> None:
    for prefix, names, prefilter, named in portions:
        # A forked process hashes strings as its parent does.
        salt = hash(prefix)
        if len(names) > _SPLIT_ABOVE:
            names = [name for name in names if (salt + hash(name)) % jobs == share]
        elif salt % jobs != share:
            continue
        scanner.scan(prefix, names, prefilter, named)
    scanner.finish()


def _sent(portions: Iterator[Portion], share: int, jobs: int) -> bytes:
    """A share scanned in a process of its own; the parent goes through the same folders and says what there is to say."""
    scanner = Scanner(native_after=0)
    _scan_share(portions, scanner, share, jobs)
    return marshal.dumps((scanner.opened, scanner.hits, scanner.failures))
