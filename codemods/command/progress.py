"""A progress bar for runs that take longer than a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Never

    from tqdm import tqdm

_QUIET_SECONDS = 1.0


class Progress:
    """Draws a bar on standard error once the run has taken a second; call it with (files done, files to do)."""

    def __init__(self, after: float = _QUIET_SECONDS) -> None:
        """Start the clock; the bar appears `after` seconds from now."""
        self._start = time.monotonic() + after
        self._bar: tqdm[Never] | None = None

    def __call__(self, done: int, total: int) -> None:
        """Show where the run is."""
        if self._bar is None:
            if time.monotonic() < self._start:
                return
            from tqdm import tqdm

            tqdm.monitor_interval = 0  # its thread would keep the run from forking processes
            self._bar = tqdm(total=total, unit="file", leave=False, dynamic_ncols=True)
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def clear(self) -> None:
        """Take the bar off the screen, to make room for output; the next step draws it again."""
        if self._bar is not None:
            self._bar.clear()

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.close()
