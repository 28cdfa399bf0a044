"""Calls that run in a forked process, whose results come back through a pipe.

A fork costs a millisecond and shares all that is loaded; a process pool costs fifty.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

_SIGKILL = 9  # the module signal costs 2 ms


def may_fork() -> bool:
    """Forking a process with several threads can leave a lock held for ever in the child."""
    threading = sys.modules.get("threading")
    return hasattr(os, "fork") and (threading is None or threading.active_count() == 1)


class ForkedCall:
    """One call in a process of its own, which is ended with `end` at the latest."""

    def __init__(self, call: Callable[[], bytes]) -> None:
        """Start the process.

        Raises:
            OSError: No more processes or descriptors are allowed.
        """
        self._read_end, write_end = os.pipe()
        try:
            self._process = os.fork()
        except OSError:
            os.close(self._read_end)
            raise
        else:
            if self._process == 0:
                _run(call, write_end)
        finally:
            os.close(write_end)

    def result(self) -> bytes | None:
        """Wait for what the call returned; None when its process died, or raised."""
        with open(self._read_end, "rb", closefd=False) as pipe:
            sent = pipe.read()
        status = self._wait()
        return sent if status == 0 else None

    def end(self) -> None:
        """Kill the process unless its result was fetched."""
        if self._process:
            os.kill(self._process, _SIGKILL)
            self._wait()

    def _wait(self) -> int:
        process, self._process = self._process, 0
        os.close(self._read_end)
        return os.waitpid(process, 0)[1]


def _run(call: Callable[[], bytes], write_end: int) -> NoReturn:
    status = 1
    try:
        # The parent says what there is to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        sent = call()
        with open(write_end, "wb", closefd=False) as pipe:
            pipe.write(sent)
        status = 0
    finally:
        os._exit(status)
