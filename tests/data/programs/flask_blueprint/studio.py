"""A small studio: a Flask blueprint that takes prompts and uploads, renders them and shows what came out.

Each request works on one run. The recorder of that run lies in `g`, as Flask applications keep their database connection.
"""

from __future__ import annotations

import io
import json
import logging
import os
import shutil
import sqlite3
import tempfile
import uuid
import zipfile
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, current_app, g, jsonify, request, send_file
from PIL import Image, ImageDraw
from werkzeug.utils import secure_filename

from recorder import LivePipelineRecorder, get_recorder, load_recorder

log = logging.getLogger(__name__)
studio = Blueprint("studio", __name__, url_prefix="/studio")

ALLOWED = {".png", ".jpg", ".jpeg", ".webp"}
PREVIEW_SIZE = (320, 320)
CONTACT_SHEET = "09_contact_sheet.png"  # expect: LPR101
MAX_UPLOAD = 20 * 1024 * 1024


# ---- the recorder of a request


def open_recorder() -> LivePipelineRecorder:
    """The recorder of the run that the request names, or of a new one."""
    if "recorder" not in g:
        run_id = request.values.get("run_id") or uuid.uuid4().hex
        g.recorder = get_recorder(run_id, config_name="studio", base_path=current_app.config["RUNS"])
    return g.recorder


def known_recorder(run_id: str) -> LivePipelineRecorder:
    recorder = load_recorder(run_id, base_path=current_app.config["RUNS"])
    if recorder is None:
        abort(404, f"there is no run {run_id}")
    return recorder


@studio.before_request
def note_request() -> None:
    recorder = open_recorder()
    recorder.set_state(1, "request")
    recorder.metadata["remote_address"] = request.remote_addr  # expect: LPR003


@studio.teardown_request
def finish_request(error: BaseException | None) -> None:
    recorder = g.pop("recorder", None)
    if recorder is None:
        return
    if error is not None:
        recorder.save_error(stage=1, error_type=type(error).__name__, message=str(error))
    else:
        recorder.mark_complete()


# ---- prompts


@studio.post("/prompt")
def prompt() -> Response:
    recorder = open_recorder()
    text = request.form["prompt"].strip()
    if not text:
        abort(400, "the prompt is empty")
    path = recorder.run_folder / "01_prompt.txt"  # expect: LPR101
    path.write_text(text, encoding="utf-8")  # expect: LPR202
    style = request.form.get("style", "plain")
    recorder.save_entity("style", style)
    return jsonify(run_id=recorder.run_id, prompt=text, style=style)


@studio.get("/prompt/<run_id>")
def show_prompt(run_id: str) -> Response:
    recorder = known_recorder(run_id)
    path = recorder.run_folder / "01_prompt.txt"  # expect: LPR102
    if not path.exists():
        abort(404)
    return jsonify(prompt=path.read_text(encoding="utf-8"))


@studio.get("/prompt/<run_id>/latest")
def latest_prompt(run_id: str) -> Response:
    path = known_recorder(run_id).get_entity_path("prompt", which="latest")  # expect: LPR103
    if path is None:
        abort(404)
    return jsonify(prompt=path.read_text(encoding="utf-8"))


def sanitised(text: str) -> str:
    """The prompt without what the model must not see."""
    banned = current_app.config.get("BANNED_WORDS", ())
    words = [word for word in text.split() if word.lower() not in banned]
    return " ".join(words)


# ---- uploads


def accepted(filename: str) -> bool:
    return Path(filename).suffix.lower() in ALLOWED


@studio.post("/upload")
def upload() -> Response:
    recorder = open_recorder()
    sent = request.files["image"]
    if not accepted(sent.filename or ""):
        abort(415)
    name = secure_filename(sent.filename or "upload")
    target = os.path.join(recorder.run_folder, name)  # expect: LPR301
    sent.save(target)  # expect: LPR202
    if os.path.getsize(target) > MAX_UPLOAD:
        os.remove(target)
        abort(413)
    with Image.open(target) as image:
        size = image.size
    return jsonify(run_id=recorder.run_id, filename=name, width=size[0], height=size[1])


@studio.post("/upload/safe")
def upload_safely() -> Response:
    """The same as it should be: the recorder names the file."""
    recorder = open_recorder()
    sent = request.files["image"]
    if not accepted(sent.filename or ""):
        abort(415)
    data = sent.read(MAX_UPLOAD + 1)
    if len(data) > MAX_UPLOAD:
        abort(413)
    filename = recorder.save_entity("input_image", data, {"original_name": sent.filename})
    return jsonify(run_id=recorder.run_id, filename=filename)


@studio.post("/upload/archive")
def upload_archive() -> Response:
    recorder = open_recorder()
    data = io.BytesIO(request.files["archive"].read())
    frames = recorder.run_folder / "frames"
    frames.mkdir(exist_ok=True)
    with zipfile.ZipFile(data) as archive:
        archive.extractall(frames)  # expect: LPR202
    names = sorted(path.name for path in frames.iterdir())
    return jsonify(run_id=recorder.run_id, frames=names)


# ---- rendering


def rendered(text: str, size: tuple[int, int] = (512, 512)) -> Image.Image:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((16, 16), text, fill="black")
    return image


def as_png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@studio.post("/render")
def render() -> Response:
    recorder = open_recorder()
    text = sanitised(request.form["prompt"])
    recorder.set_state(2, "render")
    image = rendered(text)
    image.save(recorder.run_folder / "04_output_image.png")  # expect: LPR202 LPR101
    preview = image.copy()
    preview.thumbnail(PREVIEW_SIZE)
    preview.save(str(recorder.run_folder) + "/preview.webp", "WEBP")  # expect: LPR202
    settings = {"prompt": text, "size": image.size}
    with open(recorder.run_folder / "05_settings.json", "w", encoding="utf-8") as handle:  # expect: LPR202 LPR101
        json.dump(settings, handle)
    return jsonify(run_id=recorder.run_id, image="04_output_image.png")


@studio.post("/render/safe")
def render_safely() -> Response:
    recorder = open_recorder()
    text = sanitised(request.form["prompt"])
    image = rendered(text)
    filename = recorder.save_entity("output_image", as_png(image), {"prompt": text})
    return jsonify(run_id=recorder.run_id, image=filename)


@studio.post("/variants")
def variants() -> Response:
    recorder = open_recorder()
    text = request.form["prompt"]
    names = []
    for number, style in enumerate(("plain", "bold", "wide"), start=6):
        name = f"{number:02d}_output_{style}.png"  # expect: LPR101
        (g.recorder.run_folder / name).write_bytes(as_png(rendered(f"{text} ({style})")))  # expect: LPR202
        names.append(name)
    recorder.sequence_number += len(names)  # expect: LPR003
    return jsonify(names=names)


@studio.post("/sheet")
def contact_sheet() -> Response:
    recorder = open_recorder()
    pictures = sorted(recorder.run_folder.glob("*.png"))
    sheet = Image.new("RGB", (PREVIEW_SIZE[0] * max(len(pictures), 1), PREVIEW_SIZE[1]), "white")
    for index, path in enumerate(pictures):
        with Image.open(path) as picture:
            picture.thumbnail(PREVIEW_SIZE)
            sheet.paste(picture, (index * PREVIEW_SIZE[0], 0))
    sheet.save(recorder.run_folder / CONTACT_SHEET)  # expect: LPR202
    return jsonify(sheet=CONTACT_SHEET, pictures=len(pictures))


# ---- what came out


@studio.get("/result/<run_id>")
def result(run_id: str) -> Response:
    recorder = known_recorder(run_id)
    return send_file(recorder.run_folder / "04_output_image.png")  # expect: LPR102


@studio.get("/files/<run_id>/<name>")
def file(run_id: str, name: str) -> Response:
    recorder = known_recorder(run_id)
    path = recorder.run_folder / secure_filename(name)
    if not path.is_file():
        abort(404)
    return send_file(path)


@studio.get("/status/<run_id>")
def status(run_id: str) -> Response:
    recorder = known_recorder(run_id)
    state: dict[str, Any] = recorder.get_status()
    state["folder"] = recorder.run_dir.name  # expect: LPR001
    return jsonify(state)


@studio.get("/download/<run_id>")
def download(run_id: str) -> Response:
    """The run as an archive; it is made outside of the run folder, as it should be."""
    recorder = known_recorder(run_id)
    with tempfile.TemporaryDirectory() as folder:
        archive = shutil.make_archive(os.path.join(folder, run_id), "zip", recorder.run_folder)
        data = Path(archive).read_bytes()
    return send_file(io.BytesIO(data), download_name=f"{run_id}.zip")


@studio.get("/download/<run_id>/here")
def download_here(run_id: str) -> Response:
    recorder = known_recorder(run_id)
    archive = recorder.run_folder / "all.zip"
    with zipfile.ZipFile(archive, "w") as handle:  # expect: LPR202
        for path in recorder.run_folder.iterdir():
            if path != archive:
                handle.write(path, path.name)
    return send_file(archive)


# ---- keeping house


@studio.delete("/result/<run_id>/<name>")
def remove(run_id: str, name: str) -> Response:
    recorder = known_recorder(run_id)
    (recorder.run_folder / secure_filename(name)).unlink()  # expect: LPR203
    return Response(status=204)


@studio.delete("/run/<run_id>")
def remove_run(run_id: str) -> Response:
    recorder = known_recorder(run_id)
    recorder.close()
    shutil.rmtree(recorder.run_folder)  # expect: LPR203
    return Response(status=204)


@studio.post("/favourite/<run_id>")
def favourite(run_id: str) -> Response:
    recorder = known_recorder(run_id)
    keep = Path(current_app.config["FAVOURITES"]) / run_id
    shutil.copytree(recorder.run_folder, keep, dirs_exist_ok=True)
    database = sqlite3.connect(recorder.run_folder / "marks.db")  # expect: LPR202
    database.execute("create table if not exists marks (name text)")
    database.execute("insert into marks values (?)", (request.form.get("name", ""),))
    database.commit()
    database.close()
    return jsonify(kept=str(keep))


@studio.post("/log/<run_id>")
def start_log(run_id: str) -> Response:
    recorder = known_recorder(run_id)
    handler = logging.FileHandler(recorder.run_folder / "request.log")  # expect: LPR202
    log.addHandler(handler)
    log.info("log for %s in %s", run_id, recorder.run_folder)
    return Response(status=204)


def publish(run_id: str, gallery: Path) -> list[str]:
    """Copy the pictures of a run to the gallery: out of the run folder, which is nobody's business."""
    recorder = known_recorder(run_id)
    published = []
    for path in sorted(recorder.run_folder.glob("*.png")):
        shutil.copy2(path, gallery / f"{run_id}_{path.name}")
        published.append(path.name)
    recorder.save_entity("published", {"names": published})
    return published


def rename_all(names: list[str]) -> list[str]:
    """Names without their numbers; nothing here is a file of a run."""
    renamed = []
    for name in names:
        head, _, tail = name.partition("_")
        renamed.append(tail if head.isdigit() and tail else name)
    return renamed


def seed_gallery(run_id: str, sources: list[str]) -> None:
    recorder = known_recorder(run_id)
    for source in sources:
        shutil.copy2(source, recorder.run_folder / os.path.basename(source))  # expect: LPR201
    recorder.save_entity("gallery", content={"sources": sources}, meta={"run": run_id})  # expect: LPR002
