"""The routes: a prompt comes in, pictures and sounds come out, and all of it lies in the folder of the run."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Annotated, Any

import aiofiles
from fastapi import BackgroundTasks, Depends, FastAPI, File, Form, HTTPException, Request, UploadFile
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from PIL import Image
from pydantic import BaseModel, Field

from deps import (
    CurrentRecorder,
    FinishedRecorder,
    OpenRuns,
    Settings,
    current_settings,
    get_current_recorder,
    known_key,
    lifespan,
    open_runs,
)
from files import digest, read_json, total_size, write_digests, write_json
from recorder import LivePipelineRecorder

app = FastAPI(title="studio", lifespan=lifespan, dependencies=[Depends(known_key)])

SIZES = {"small": 256, "middle": 512, "large": 1024}


class Wish(BaseModel):
    """What somebody wants drawn."""

    prompt: str = Field(min_length=1, max_length=2000)
    size: str = "middle"
    count: int = Field(default=1, ge=1, le=8)
    seed: int | None = None


class Answer(BaseModel):
    run: str
    names: list[str] = []


# ---- what is drawn


def drawn(wish: Wish, number: int) -> Image.Image:
    """One picture of a wish; the real model stands elsewhere."""
    size = SIZES.get(wish.size, SIZES["middle"])
    tone = (hash(wish.prompt) + number + (wish.seed or 0)) % 256
    return Image.new("RGB", (size, size), (tone, 255 - tone, 128))


def as_png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


# ---- routes that put something in


@app.post("/runs/{run_id}/prompt")
async def prompt(wish: Wish, recorder: Annotated[LivePipelineRecorder, Depends(get_current_recorder)]) -> Answer:
    """Keep the prompt of a run."""
    async with aiofiles.open(recorder.run_folder / "01_prompt.txt", "w") as handle:  # expect: LPR202 LPR101
        await handle.write(wish.prompt)
    write_json(recorder.run_folder / "wish.json", wish.model_dump())  # expect: LPR202
    recorder.set_state(1, "prompt")
    return Answer(run=recorder.run_id)


@app.post("/runs/{run_id}/draw")
async def draw(wish: Wish, recorder: CurrentRecorder, tasks: BackgroundTasks) -> Answer:
    """Draw what is wished for."""
    names = []
    for number in range(wish.count):
        image = await asyncio.to_thread(drawn, wish, number)
        name = f"{number + 2:02d}_output_image.png"  # expect: LPR101
        image.save(recorder.run_folder / name)  # expect: LPR202
        names.append(name)
    recorder.sequence_number = wish.count + 2  # expect: LPR003
    tasks.add_task(thumbnails, recorder, names)
    tasks.add_task(write_digests, recorder.run_folder)  # expect: LPR202
    return Answer(run=recorder.run_id, names=names)


@app.post("/runs/{run_id}/draw-properly")
async def draw_properly(wish: Wish, recorder: CurrentRecorder) -> Answer:
    """The same as it should be."""
    names = [recorder.save_entity("output_image", as_png(drawn(wish, number))) for number in range(wish.count)]
    recorder.save_entity("wish", wish.model_dump(), metadata={"seed": wish.seed})
    return Answer(run=recorder.run_id, names=[str(name) for name in names])


@app.post("/runs/{run_id}/upload")
async def upload(
    recorder: CurrentRecorder,
    sent: Annotated[UploadFile, File()],
    kind: Annotated[str, Form()] = "input",
) -> Answer:
    """Take a file that is sent."""
    suffix = Path(sent.filename or "").suffix.lower()
    if suffix in (".png", ".jpg"):
        extension = suffix.lstrip(".")
    else:
        extension = "bin"
    name = f"01_{kind}.{extension}"  # expect: LPR101
    target = os.path.join(recorder.run_dir, name)  # expect: LPR001 LPR301
    with open(target, "wb") as out:
        shutil.copyfileobj(sent.file, out)  # expect: LPR201
    return Answer(run=recorder.run_id, names=[name])


@app.post("/runs/{run_id}/reference")
def reference(recorder: CurrentRecorder, path: Annotated[str, Form()]) -> Answer:
    source = Path(path).resolve()
    if not source.is_file():
        raise HTTPException(404, "no such file")
    shutil.copy2(source, recorder.run_folder / f"09_reference{source.suffix}")  # expect: LPR201 LPR101
    return Answer(run=recorder.run_id, names=[source.name])


@app.post("/runs/{run_id}/archive")
def archive(recorder: FinishedRecorder, tasks: BackgroundTasks) -> Answer:
    """Pack a run; the archive is put into it at the end."""
    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder) / "run.zip"
        with zipfile.ZipFile(packed, "w") as handle:
            for path in recorder.run_folder.iterdir():
                handle.write(path, path.name)
        shutil.move(packed, recorder.run_folder / "run.zip")  # expect: LPR201
    tasks.add_task(note_archive, recorder)
    return Answer(run=recorder.run_id, names=["run.zip"])


# ---- what runs after the answer


def thumbnails(recorder: LivePipelineRecorder, names: list[str]) -> None:
    """Small pictures beside the large ones."""
    folder = recorder.run_folder / "thumbnails"
    folder.mkdir(exist_ok=True)
    for name in names:
        with Image.open(recorder.run_folder / name) as image:
            image.thumbnail((96, 96))
            image.save(folder / name)  # expect: LPR202
    recorder.save_entity("thumbnails", {"names": names})


async def note_archive(recorder: LivePipelineRecorder) -> None:
    size = await asyncio.to_thread(total_size, recorder.run_folder)
    loop = asyncio.get_running_loop()
    text = json.dumps({"size": size})
    await loop.run_in_executor(None, (recorder.run_folder / "archive.json").write_text, text)  # expect: LPR202


# ---- routes that read


@app.get("/runs/{run_id}/prompt")
def read_prompt(recorder: FinishedRecorder) -> JSONResponse:
    path = recorder.run_folder / "01_prompt.txt"  # expect: LPR102
    if not path.exists():
        raise HTTPException(404, "no prompt")
    return JSONResponse({"prompt": path.read_text()})


@app.get("/runs/{run_id}/image")
def read_image(recorder: FinishedRecorder) -> FileResponse:
    path = recorder.get_entity_path("output_image")
    if path is None:
        raise HTTPException(404, "no image")
    return FileResponse(path)


@app.get("/runs/{run_id}/wish")
def read_wish(recorder: FinishedRecorder) -> Any:
    return read_json(recorder.run_folder / "wish.json")


@app.get("/runs/{run_id}/digest/{name}")
def read_digest(name: str, recorder: FinishedRecorder) -> dict[str, str]:
    path = recorder.run_folder / Path(name).name
    return {"name": name, "digest": digest(path)}


@app.get("/runs/{run_id}/index")
def read_index(recorder: FinishedRecorder) -> StreamingResponse:
    raw = (recorder.run_folder / "metadata.json").read_bytes()
    return StreamingResponse(io.BytesIO(raw), media_type="application/json")


@app.get("/runs/{run_id}/state")
def read_state(recorder: FinishedRecorder) -> dict[str, Any]:
    return {"status": recorder.get_status(), "folder": recorder.run_foldr.name}  # expect: LPR001


@app.get("/runs")
def list_runs(settings: Annotated[Settings, Depends(current_settings)]) -> list[str]:
    return sorted(path.name for path in settings.runs.iterdir() if path.is_dir())


# ---- routes that remove, and those of the service itself


@app.delete("/runs/{run_id}/files/{name}")
def remove_file(name: str, recorder: FinishedRecorder) -> Answer:
    os.remove(recorder.run_folder / Path(name).name)  # expect: LPR203
    return Answer(run=recorder.run_id, names=[name])


@app.delete("/runs/{run_id}")
def remove_run(run_id: str, runs: Annotated[OpenRuns, Depends(open_runs)]) -> Answer:
    recorder = runs.open(run_id)
    shutil.rmtree(recorder.run_folder)  # expect: LPR203
    del runs.recorders[run_id]
    return Answer(run=run_id)


@app.post("/service/note")
async def note(request: Request, text: Annotated[str, Form()]) -> Answer:
    """A line in the log of the service."""
    recorder = request.app.state.log_recorder
    with open(recorder.run_folder / "notes.txt", "a") as handle:  # expect: LPR202
        handle.write(text + "\n")
    return Answer(run=recorder.run_id)


@app.post("/service/backup")
def backup(runs: Annotated[OpenRuns, Depends(open_runs)]) -> dict[str, int]:
    """A note in every run that is open, and a copy of their indexes elsewhere."""
    target = runs.settings.runs.parent / "backup"
    target.mkdir(exist_ok=True)
    for run_id, recorder in runs.recorders.items():
        shutil.copy(recorder.run_folder / "metadata.json", target / f"{run_id}.json")
        (recorder.run_folder / "backed_up").touch()  # expect: LPR202
    return {"runs": len(runs.recorders)}
