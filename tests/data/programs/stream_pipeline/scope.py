"""What belongs to the run that is going on, for every task below it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextvars import ContextVar, Token
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recorder import LivePipelineRecorder, get_recorder

_current: Final[ContextVar[LivePipelineRecorder]] = ContextVar("current_run")
_stage: Final[ContextVar[str]] = ContextVar("stage", default="")


@dataclass(frozen=True, slots=True)
class RunScope:
    """One run and where its parts lie."""

    live: LivePipelineRecorder
    folder: Path
    frames: Path

    @classmethod
    def of(cls, live: LivePipelineRecorder) -> RunScope:
        return cls(live, live.run_folder, live.run_folder / "frames")

    def frame(self, number: int) -> Path:
        return self.frames / f"{number:05d}.jpg"


def current() -> LivePipelineRecorder:
    """The recorder of the task that asks."""
    return _current.get()


def current_scope() -> RunScope:
    return RunScope.of(_current.get())


@contextlib.asynccontextmanager
async def recorded(run_id: str, base_path: str) -> AsyncIterator[RunScope]:
    live = get_recorder(run_id, base_path=base_path, config_name="stream")
    token: Token[LivePipelineRecorder] = _current.set(live)
    try:
        yield RunScope.of(live)
    except BaseException as error:
        live.save_error(0, type(error).__name__, str(error))
        (live.run_folder / "crashed").write_text(repr(error))  # expect: LPR202
        raise
    finally:
        _current.reset(token)
        live.close()


@contextlib.contextmanager
def stage(name: str):
    token = _stage.set(name)
    _current.get().set_state(1, name)
    try:
        yield
    finally:
        _stage.reset(token)


def stage_log() -> Path:
    return current().run_dir / f"{_stage.get()}.log"  # expect: LPR001
