"""When `metadata.json` is written: at once where that is cheap, a little late under a burst of saves.

Writing the whole index at every save costs quadratically. So beyond the first saves of a run a snapshot is
written at once only while snapshots take a small share of the time that passes; otherwise a timer writes it,
LATEST seconds later at most.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from weakref import WeakMethod

SNAPSHOT_NAME = "metadata.json"
ALWAYS_AT_ONCE = 20
"""Up to so many entities every save writes the snapshot at once: an ordinary run is always current."""
SHARE = 0.05
"""Share of the time that snapshots may take beyond that."""
LATEST = 0.2
"""Seconds after which a snapshot is written regardless; 250 ms are promised, the rest is for the writing."""

LONGEST_WAIT = 5.0
"""Seconds between two attempts of the timer, where the file cannot be written."""
_SIGNALS = signal.valid_signals()


class Timer(threading.Thread):
    """Calls a function after some seconds, unless it is called off.

    `threading.Timer` has an event, whose lock stays locked when an exception from a signal handler comes while it is set:
    then the timer never ends, and the process neither. A bare lock is released in one step.
    """

    def __init__(self, seconds: float, function: Callable[[], None]) -> None:
        super().__init__(name="recorder-snapshot")
        self.seconds = seconds
        self._function = function
        self._called_off = threading.Lock()
        self._called_off.acquire()

    def run(self) -> None:
        """Wait and call."""
        if not self._called_off.acquire(timeout=self.seconds):
            self._function()

    def cancel(self) -> None:
        """Call it off; once."""
        self._called_off.release()


class Schedule:
    """Decides whether the snapshot is written now or by the timer.

    Its methods are called under the owner's mutex.
    """

    def __init__(self, flush: Callable[[], None]) -> None:
        # Weak: the owner holds this, and its files are to be closed as soon as nobody holds the owner.
        self._flush = WeakMethod(flush)
        self._last_end = 0.0
        self._last_cost = 0.0
        self._waiting_since: float | None = None
        self._timer: Timer | None = None
        self._wait = LATEST

    @property
    def waiting(self) -> bool:
        """Whether metadata.json is behind what this recorder has saved."""
        return self._waiting_since is not None

    def due(self, entities: int) -> bool:
        """Whether to write now, with so many entities in the run; if not, the timer will."""
        if entities <= ALWAYS_AT_ONCE:
            return True
        now = time.perf_counter()
        if now - self._last_end >= self._last_cost / SHARE:
            return True
        if self._waiting_since is not None and now - self._waiting_since >= LATEST:
            return True
        return not self.postpone()

    def behind(self) -> None:
        """From now on metadata.json may say something else than the journal."""
        if self._waiting_since is None:
            self._waiting_since = time.perf_counter()

    def postpone(self, *, failed: bool = False) -> bool:
        """Leave the writing to the timer. False if there is none any more, because the interpreter ends.

        `failed`: an attempt has just failed, so the next one is later.
        """
        if failed:
            self._wait = min(2 * self._wait, LONGEST_WAIT)
        self.behind()
        if self._timer is None:
            flush = self._flush()
            if flush is None:
                return False
            # No daemon: the end of the process, also of a multiprocessing child, waits for the last snapshot.
            timer = Timer(self._wait, flush)
            if not threading.main_thread().is_alive():  # nobody would wait for the timer now
                return False
            try:
                _start_undisturbed(timer)
            except RuntimeError:  # the same, as newer Pythons say it
                return False
            self._timer = timer
        return True

    def written(self, started: float) -> None:
        """A snapshot begun at `started` (time.perf_counter) is in place."""
        self._last_end = time.perf_counter()
        self._last_cost = self._last_end - started
        self._waiting_since = None
        self._wait = LATEST

    def timer_ran(self) -> None:
        """The timer has fired."""
        self._timer = None

    def stop(self) -> None:
        """Nothing waits any more; a running timer is called off."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        self._waiting_since = None

    def forget(self) -> None:
        """In a forked child: the timer belongs to the parent."""
        self._timer = None
        self._waiting_since = None


def _start_undisturbed(thread: threading.Thread) -> None:
    """Start a thread without signals: an exception from a handler in the middle of it can leave a thread that waits for ever."""
    if sys.platform == "win32":
        thread.start()
        return
    former = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        thread.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)
