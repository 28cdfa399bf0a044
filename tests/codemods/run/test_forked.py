"""Calls in forked processes: what comes back, and that none is left behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import NoReturn

import pytest

from codemods.run.forked import ForkedCall


def killed() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still there")


def raises() -> NoReturn:
    raise ZeroDivisionError


CALLS: dict[str, tuple[Callable[[], bytes], bytes | None]] = {
    "a result": (lambda: b"done", b"done"),
    "more than a pipe holds": (lambda: bytes(1 << 20), bytes(1 << 20)),
    "nothing": (lambda: b"", b""),
    "an exception": (raises, None),
    "its death": (killed, None),
}


@pytest.mark.parametrize(("call", "result"), CALLS.values(), ids=CALLS)
def test_what_a_call_returns_comes_back(call: Callable[[], bytes], result: bytes | None) -> None:
    forked = ForkedCall(call)
    assert forked.result() == result
    forked.end()


def test_a_process_that_never_ends_is_ended() -> None:
    read_end, write_end = os.pipe()

    def waits() -> bytes:
        os.write(write_end, str(os.getpid()).encode())
        while True:
            signal.pause()

    forked = ForkedCall(waits)
    process = int(os.read(read_end, 20))
    forked.end()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    os.close(read_end)
    os.close(write_end)
