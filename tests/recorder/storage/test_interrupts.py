"""An exception at any line of a writing call: Ctrl-C, or what a signal handler raises (a time limit, SIGTERM as SystemExit).

Afterwards the next save works, metadata.json is valid, what was returned is kept, no entry lacks its file, and the exception that
came is the one that goes. `RECORDER_STRESS=1` interrupts every line, once in each way; the suite takes some of them, others for
each call, and the two ways in turn.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import recorder as package
from recorder import LivePipelineRecorder, open_run
from recorder.runs.inspection import ORPHAN

ROOT = os.path.join(os.path.dirname(package.__file__), "")
STRESS = bool(os.environ.get("RECORDER_STRESS"))
STEP = 1 if STRESS else 9

# A file object that an exception leaves behind is closed as it goes; Python says so.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


class TimeLimit(Exception):
    """What a handler raises that knows nothing of the recorder."""


class Interrupter:
    """Raises at a given line of the recorder's code; `lines` is how many have passed."""

    def __init__(self, at: int, interrupt: Callable[[], None]) -> None:
        self.at = at
        self.lines = 0
        self.interrupt = interrupt
        self.where = ""

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(ROOT):
            return None
        if event == "line":
            self.lines += 1
            if self.lines == self.at:
                self.where = f"{frame.f_code.co_filename[len(ROOT) :]}:{frame.f_lineno}"
                sys.settrace(None)
                self.interrupt()
        return self

    def run(self, call: Callable[[], Any]) -> tuple[Any, BaseException | None]:
        former = sys.gettrace()
        sys.settrace(self)
        try:
            return call(), None
        except BaseException as error:
            return None, error
        finally:
            sys.settrace(former)


def ctrl_c() -> None:
    raise KeyboardInterrupt


def by_a_signal() -> None:
    signal.raise_signal(signal.SIGUSR1)


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    def handle(number: int, frame: FrameType | None) -> None:
        raise TimeLimit

    former = signal.signal(signal.SIGUSR1, handle)
    yield
    signal.signal(signal.SIGUSR1, former)


def fail(run: LivePipelineRecorder) -> None:
    run.mark_failed(ValueError("no picture"))


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0" + bytes(2000)
CALLS: dict[str, Callable[[LivePipelineRecorder], Any]] = {
    "bytes": lambda run: run.save_entity("x", b"\0\1" * 500, {"seed": 1}),
    "a picture": lambda run: run.save_entity("output_image", PNG),
    "json": lambda run: run.save_entity("x", {"a": [1, 2]}),
    "stream": lambda run: run.save_entity("x", io.BytesIO(b"s" * 20_000)),
    "path": lambda run: run.save_entity("x", Path(__file__)),
    "group": lambda run: run.save_entity("x", "y", group="prompting_process"),
    "set_state": lambda run: run.set_state(2, "y"),
    "save_error": lambda run: run.save_error(2, "Kind", "message"),
    "mark_complete": lambda run: run.mark_complete(),
    "mark_failed": fail,
    "close": lambda run: run.close(),
    "tags": lambda run: run._storage.change_tags(lambda tags: [*tags, "best"]),
}
OPTIONS: dict[str, dict[str, Any]] = {"plain": {}, "strict": {"strict": True}, "durable": {"durable": True}}


def problems_after(run: LivePipelineRecorder, returned: list[str]) -> list[str]:
    """What is wrong with a run after an exception in it."""
    found = []
    try:
        json.loads((run.run_folder / "metadata.json").read_bytes())
    except ValueError as error:
        found.append(f"metadata.json: {error}")
    saved: list[str] = []
    thread = threading.Thread(target=lambda: saved.append(run.save_entity("next", "z")), daemon=True)
    thread.start()
    thread.join(5)
    if not saved:
        return [*found, "the next save does not work"]
    again = LivePipelineRecorder("run", base_path=run.base_path)
    saved.append(again.save_entity("next", "from another recorder"))
    again.close()
    run.close()
    entities = {entity["filename"] for entity in run.get_status()["entities"]}
    found += [f"{name} was returned and is not in the index" for name in returned + saved if name not in entities]
    wrong = open_run(run.run_folder).problems()
    orphans = [problem for problem in wrong if problem.kind == ORPHAN]
    return found + [f"{problem.filename} {problem.message}" for problem in wrong if problem not in orphans or len(orphans) > 1]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("call", CALLS)
def test_at_every_line(call: str, options: str, tmp_path: Path) -> None:
    CALLS[call](LivePipelineRecorder("warm", base_path=tmp_path))  # imports are done, and no lines of the call
    at = 1 + sum(map(ord, call + options)) % STEP
    wrong: list[str] = []
    ways = ((ctrl_c, KeyboardInterrupt), (by_a_signal, TimeLimit))
    passed = False
    while not passed:
        for way, (interrupt, expected) in enumerate(ways) if STRESS else [(at % 2, ways[at % 2])]:
            run = LivePipelineRecorder("run", base_path=tmp_path / f"{at}-{way}", **OPTIONS[options])
            before = run.save_entity("input", "one")
            interrupter = Interrupter(at, interrupt)
            returned, error = interrupter.run(lambda run=run: CALLS[call](run))  # type: ignore[misc]
            if passed := not interrupter.where:
                break
            if type(error) is not expected:
                wrong.append(f"line {at}, {interrupter.where}: {error!r} goes, and {expected.__name__} came")
            names = [before, *([returned] if isinstance(returned, str) else [])]
            wrong += [f"line {at}, {interrupter.where}: {problem}" for problem in problems_after(run, names)]
        at += STEP
    assert at > 30
    assert wrong == []


# Right behind these lines an exception has once done harm, each of its own kind.
BEHIND = {
    "the mutex is held, nothing is begun": ("storage/reading.py", "done = False"),
    "the lock is held, the run is not read": ("storage/writing.py", "in_order = self._lock.acquire(since)"),
    "the lock is given up": ("storage/writing.py", "self._lock.release(in_order=done)"),
    "the file has its name": ("storage/run_storage.py", "link_new(temporary, self._linked)"),
    "the index has half of the entry": ("storage/index.py", "self._json += _SEPARATOR"),
    "the journal has the line": ("storage/journal.py", "write_all(self._descriptor, content)"),
    "metadata.json is in place": ("storage/atomic_files.py", "os.replace(staged, path)"),
}


@pytest.mark.parametrize("place", BEHIND)
def test_behind_a_line(place: str, tmp_path: Path) -> None:
    name, text = BEHIND[place]
    (line,) = [at for at, code in enumerate(Path(ROOT, name).read_text().splitlines(), 1) if code.strip() == text]
    run = LivePipelineRecorder("run", base_path=tmp_path)
    before = run.save_entity("input", "one")
    came = []

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != os.path.join(ROOT, name):
            return trace if frame.f_code.co_filename.startswith(ROOT) else None
        if event == "line" and came == [line]:
            sys.settrace(None)
            came.append(frame.f_lineno)
            raise KeyboardInterrupt
        if event == "line" and frame.f_lineno == line and not came:
            came.append(line)
        return trace

    former = sys.gettrace()
    sys.settrace(trace)
    try:
        with pytest.raises(KeyboardInterrupt):
            run.save_entity("x", "y")
    finally:
        sys.settrace(former)
    assert len(came) == 2
    assert problems_after(run, [before]) == []
    assert open_run(run.run_folder).problems() == [], "not even an orphan"
