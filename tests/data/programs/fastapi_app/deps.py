"""What the routes depend on: the settings, the store of open runs, and the recorder of the run that is asked for."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Request

from recorder import LivePipelineRecorder, get_recorder, load_recorder

log = logging.getLogger("studio.deps")

KEPT_SECONDS = 3600
STARTED = "00_started.txt"  # expect: LPR101


@dataclass(frozen=True)
class Settings:
    """What the service is started with."""

    runs: Path = Path("runs")
    models: Path = Path("models")
    most_open: int = 32
    keys: frozenset[str] = frozenset()


@dataclass
class OpenRuns:
    """The runs that are being worked on, by their ids."""

    settings: Settings
    recorders: dict[str, LivePipelineRecorder] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def open(self, run_id: str) -> LivePipelineRecorder:
        """The recorder of a run, made when it is first asked for."""
        recorder = self.recorders.get(run_id)
        if recorder is None:
            if len(self.recorders) >= self.settings.most_open:
                raise HTTPException(503, "too many runs are open")
            recorder = get_recorder(run_id, config_name="studio", base_path=self.settings.runs)
            self.recorders[run_id] = recorder
            (recorder.run_folder / STARTED).write_text(time.ctime())  # expect: LPR202
        self.seen[run_id] = time.monotonic()
        return recorder

    def forget_old(self) -> int:
        """Close the runs that nobody has asked for lately; how many there were."""
        now = time.monotonic()
        old = [run_id for run_id, when in self.seen.items() if now - when > KEPT_SECONDS]
        for run_id in old:
            recorder = self.recorders.pop(run_id)
            (recorder.run_folder / "open.lock").unlink(missing_ok=True)  # expect: LPR203
            recorder.mark_complete()
            del self.seen[run_id]
        return len(old)

    def close(self) -> None:
        for recorder in self.recorders.values():
            recorder.metadata["closed"] = time.time()  # expect: LPR003
            recorder.mark_complete()
        self.recorders.clear()
        self.seen.clear()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the store of runs with the service, and close it with it."""
    settings = Settings()
    app.state.settings = settings
    app.state.open_runs = OpenRuns(settings)
    app.state.log_recorder = get_recorder("service", config_name="service", base_path=settings.runs)
    cleaner = asyncio.create_task(clean(app.state.open_runs))
    try:
        yield
    finally:
        cleaner.cancel()
        app.state.open_runs.close()
        log.info("closed")


async def clean(runs: OpenRuns) -> None:
    while True:
        await asyncio.sleep(60)
        async with runs.lock:
            count = runs.forget_old()
        if count:
            log.info("closed %d old runs", count)


def current_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def open_runs(request: Request) -> OpenRuns:
    runs: OpenRuns = request.app.state.open_runs
    return runs


def known_key(request: Request, x_key: Annotated[str, Header()] = "") -> str:
    """The caller's key, if it is one that we gave out."""
    keys = current_settings(request).keys
    if keys and x_key not in keys:
        raise HTTPException(401, "unknown key")
    return x_key


def get_current_recorder(run_id: str, runs: Annotated[OpenRuns, Depends(open_runs)]) -> LivePipelineRecorder:
    """The recorder of the run that the request names in its path."""
    if not run_id.isidentifier():
        raise HTTPException(422, "no such run")
    return runs.open(run_id)


def get_finished_recorder(run_id: str, settings: Annotated[Settings, Depends(current_settings)]) -> LivePipelineRecorder:
    """The recorder of a run that may be long over."""
    if not (settings.runs / run_id).is_dir():
        raise HTTPException(404, "no such run")
    return load_recorder(run_id, base_path=settings.runs)


CurrentRecorder = Annotated[LivePipelineRecorder, Depends(get_current_recorder)]
FinishedRecorder = Annotated[LivePipelineRecorder, Depends(get_finished_recorder)]
