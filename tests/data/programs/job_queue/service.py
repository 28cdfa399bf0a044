"""The service: starts the workers, answers for the jobs."""

from __future__ import annotations

import argparse
import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from container import CURRENT, Container, Options, current
from fastapi import Depends, FastAPI, Request
from fastapi.responses import FileResponse

from recorder import LivePipelineRecorder


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    container = Container(Options())
    app.state.container = container
    app.state.recorder = container.recorder("service")
    workers = [asyncio.create_task(container.queue.work()) for _ in range(container.options.workers)]
    yield
    await container.queue.stop(workers)
    (app.state.recorder.run_folder / "stopped").touch()  # expect: LPR202


app = FastAPI(lifespan=lifespan)


def running(request: Request, run_id: str):
    container: Container = request.app.state.container
    return container.recorders[run_id]


Running = Annotated[LivePipelineRecorder, Depends(running)]


@app.get("/runs/{run_id}/log")
async def read_log(recorder: Running) -> FileResponse:
    return FileResponse(recorder.run_dir / "job.log")  # expect: LPR001


@app.get("/runs/{run_id}/upload")
async def read_upload(recorder=Depends(running)) -> FileResponse:
    return FileResponse(recorder.run_folder / "01_upload.bin")  # expect: LPR102


@app.post("/runs/{run_id}/note")
async def note(text: str, recorder: Running) -> dict[str, str]:
    path = recorder.run_folder / "note.txt"
    path.write_text(text)  # expect: LPR202
    return {"note": path.name}


@app.delete("/runs/{run_id}")
async def delete(recorder: Annotated[object, Depends(running)]) -> None:
    shutil.rmtree(recorder.run_folder)  # expect: LPR203


@app.get("/service")
async def service(request: Request) -> dict[str, str]:
    return {"folder": str(request.app.state.recorder.run_dir)}  # expect: LPR001


async def run_one(options: Options, run_id: str, source: str) -> None:
    container = Container(options)
    job = await container.queue.put(run_id, "convert", source=source)
    token = CURRENT.set(job.recorder)
    try:
        await container.queue.attempt(job)
        copy_source(source)
    finally:
        CURRENT.reset(token)
        container.recorders.close(run_id)


def copy_source(source: str) -> None:
    """Keep what the current job was made from."""
    recorder = current()
    shutil.copy2(source, recorder.run_folder / "02_source.mp4")  # expect: LPR201 LPR101
    print("kept in", current().run_dir)  # expect: LPR001


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run_id")
    parser.add_argument("source")
    parser.add_argument("--base-path", default="exports")
    given = parser.parse_args()
    asyncio.run(run_one(Options(base_path=given.base_path), given.run_id, given.source))


if __name__ == "__main__":
    main()
