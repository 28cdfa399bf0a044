"""Spreads the scan of a large tree over forked processes.

Every process goes through the whole tree itself and reads only its share of the files, so there is nothing to
hand out and nothing grows with the tree; the share is decided by the file's name, so it does not depend on
the order in which the folders come. What a process found comes back through a pipe. A fork costs a
millisecond, a process pool fifty.
"""

from __future__ import annotations

import marshal
import os
import sys

from codemods.scan import Scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

    from lint_plugin.prefilter import Prefilter

    Portion = tuple[str, list[str], Prefilter, bool]

# Up to here one process is done sooner (about 20 ms of scanning).
WORTH_A_FORK = 1500
# Going through the tree is a third of the work and every process does it: more of them gain little.
_MOST = 4
# A folder with fewer files is scanned by one process: looking at each name would cost more than it evens out.
_SPLIT_ABOVE = 20
_SIGKILL = 9  # the module signal costs 2 ms


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
        worth_a_fork: Files to scan before others are started.

    Returns:
        False when a process died: what it should have done is missing, and the scan has to be done again by
        one.
    """
    for portion in portions:
        scanner.scan(*portion)
        if jobs > 1 and scanner.opened >= worth_a_fork and _may_fork() and ready():
            return _scan_shares(portions, scanner, min(jobs, _MOST))
    scanner.finish()
    return True


def _may_fork() -> bool:
    """Forking a process with several threads can leave a lock held for ever in the child."""
    threading = sys.modules.get("threading")
    return hasattr(os, "fork") and (threading is None or threading.active_count() == 1)


def _scan_shares(portions: Iterator[Portion], scanner: Scanner, jobs: int) -> bool:
    children: list[tuple[int, int]] = []
    try:
        for share in range(1, jobs):
            read_end, write_end = os.pipe()
            try:
                process = os.fork()
            except OSError:  # no more processes allowed
                os.close(read_end)
                return False
            else:
                if process == 0:
                    _be_child(portions, share, jobs, write_end)
                children.append((process, read_end))
            finally:
                os.close(write_end)
        _scan_share(portions, scanner, 0, jobs)
        while children:
            process, read_end = children[-1]
            with open(read_end, "rb", closefd=False) as pipe:
                sent = pipe.read()
            children.pop()
            os.close(read_end)
            _, status = os.waitpid(process, 0)
            if status != 0:
                return False
            opened, hits, failures = marshal.loads(sent)
            scanner.opened += opened
            scanner.hits += hits
            scanner.failures += failures
        return True
    finally:
        for process, read_end in children:
            os.close(read_end)
            os.kill(process, _SIGKILL)
            os.waitpid(process, 0)


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


def _be_child(portions: Iterator[Portion], share: int, jobs: int, write_end: int) -> NoReturn:
    status = 1
    try:
        # The parent goes through the same folders and says what there is to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        scanner = Scanner(native_after=0)
        _scan_share(portions, scanner, share, jobs)
        with open(write_end, "wb", closefd=False) as pipe:
            pipe.write(marshal.dumps((scanner.opened, scanner.hits, scanner.failures)))
        status = 0
    finally:
        os._exit(status)
