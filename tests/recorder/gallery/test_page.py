"""The gallery page: what it shows, and that nothing in a run can make it do anything."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from PIL import Image

from recorder import LivePipelineRecorder, Run, iter_runs
from recorder.care.repair import repair
from recorder.care.tags import change_tags
from recorder.cli import main
from recorder.gallery import media
from recorder.gallery.media import EMBED_LIMIT
from recorder.gallery.page import write_gallery
from recorder.gallery.text import CHARACTERS, LINES

MEDIA = Path(__file__).parents[2] / "data" / "media"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;\u2028</pre>"


class Page(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.code: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:  # in a style or script
            self.code.append(data)
        else:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(base: Path) -> Page:
    write_gallery(iter_runs(base), base / "gallery.html")
    return Page((base / "gallery.html").read_text(encoding="utf-8"))


def test_every_kind_is_shown_in_order(tmp_path: Path) -> None:
    with LivePipelineRecorder("run", config_name="demo", base_path=tmp_path) as run:
        run.save_entity("input", "a lighthouse")
        run.save_entity("safety", {"safe": True})
        for name in ("picture.png", "clip.gif", "drawing.svg", "mpeg1.mp3", "isom.mp4", "scene.glb"):
            run.save_entity("output", (MEDIA / name).read_bytes())
    shown = page(tmp_path)
    order = [tag for tag, _ in shown.tags if tag in ("img", "audio", "video", "figure")]
    assert order == ["figure"] * 3 + ["img", "figure", "img", "figure", "img", "figure", "audio", "figure", "video", "figure"]
    sources = [str(a["src"]).partition(";")[0] for a in (*shown.all("img"), *shown.all("audio"), *shown.all("video"))]
    assert sources == ["data:image/webp", "data:image/gif", "data:image/svg+xml", "data:audio/mpeg", "data:video/mp4"]
    assert "a lighthouse" in shown.text and '"safe": true' in shown.text
    assert {"href": "run/08_output.glb"} in shown.all("a")


def test_nothing_hostile_gets_out_of_its_text(tmp_path: Path) -> None:
    with LivePipelineRecorder("run <b> & 'x'", config_name=HOSTILE, base_path=tmp_path) as run:
        run.save_entity("input", HOSTILE, {"note": HOSTILE})
        run.save_entity("data", {"note": HOSTILE})
        run.save_entity("<i onclick=alert(1)>", (MEDIA / "picture.png").read_bytes())
        svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
        run.save_entity("output", svg)
        (run.run_folder / "09_<img src=x onerror=alert(1)>.txt").write_text("x")
    shown = page(tmp_path)
    assert {tag for tag, _ in shown.tags} <= {
        "html", "head", "meta", "title", "link", "style", "body", "header", "h1", "form", "input", "select", "option", "main",
        "h2", "p", "div", "span", "figure", "figcaption", "b", "br", "time", "details", "summary", "pre", "a", "img", "dialog",
        "button", "script",
    }  # fmt: skip
    for _, attributes in shown.tags:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href"):
            address = attributes.get(name)
            assert address is None or address.startswith("data:") or not address.partition("/")[0].endswith(":")
    assert shown.text.count("<script>alert(1)</script>") >= 4
    policy = next(a["content"] for a in shown.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None and "default-src 'none'" in policy and "unsafe-inline'" not in policy.partition("style-src")[0]
    (script,) = [code for code in shown.code if "use strict" in code]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy  # the page's own script, and no other
    assert len(shown.all("script")) == 1


def test_large_media_are_linked_and_long_texts_cut(tmp_path: Path) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("output", (MEDIA / "mpeg1.mp3").read_bytes() + bytes(EMBED_LIMIT))
        run.save_entity("note", "y" * (CHARACTERS * 3))
        run.save_entity("lines", "".join(f"line {number}\n" for number in range(LINES * 3)))
        run.save_entity("paragraphs", ("Q" * 1499 + "\n") * 10)
        run.save_entity("short", "all of it\n")
    shown = page(tmp_path)
    assert [a["src"] for a in shown.all("audio")] == ["run/01_output.mp3"]
    assert CHARACTERS <= shown.text.count("y") < CHARACTERS + 100
    assert f"line {LINES - 1}…" in shown.text and f"line {LINES}" not in shown.text
    assert shown.text.count("Q") == 1499 * 2  # cut at a line
    assert shown.text.count("the whole file") == 3


def test_an_index_cannot_show_files_outside_its_run(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("top secret")
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("input", "x")
        folder = run.run_folder
    (folder / "entities.jsonl").unlink()
    entity = {"sequence": 1, "type": "input", "filename": "../secret.txt", "metadata": {}}
    (folder / "metadata.json").write_text(json.dumps({"entities": [entity]}))
    shown = page(tmp_path)
    assert "top secret" not in shown.text and "The file leads out of the run folder." in shown.text


def test_damaged_files_are_shown_as_far_as_they_go(tmp_path: Path) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("output", (MEDIA / "picture.png").read_bytes()[:60])
        run.save_entity("data", {"a": 1})
        (run.run_folder / "02_data.json").write_bytes(b'{"a": \xff')
    shown = page(tmp_path)
    assert len(shown.all("figure")) == 2 and len(shown.all("img")) == 1


def test_the_command_writes_where_it_is_told(tmp_path: Path) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path / "exports") as run:
        run.save_entity("output", (MEDIA / "scene.glb").read_bytes())
    command = [str(Path(sys.executable).with_name("recorder")), "gallery", "exports"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "1 run in exports/gallery.html\n"
    subprocess.run([*command, "--output", "page.html"], cwd=tmp_path, check=True)
    assert {"href": "exports/run/01_output.glb"} in Page((tmp_path / "page.html").read_text()).all("a")
    failed = subprocess.run([*command, "-o", "no/page.html"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert failed.returncode == 2 and failed.stderr == "recorder: no: no such folder\n"
    failed = subprocess.run([*command, "-o", "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert failed.returncode == 2 and failed.stderr == "recorder: .: is a folder\n"


def test_the_newest_run_is_first_and_errors_are_on_top(tmp_path: Path) -> None:
    for number in range(7):
        with LivePipelineRecorder(f"run_{number}", base_path=tmp_path) as run:
            run.save_entity("input", "x")
            if number == 5:
                run.mark_failed(TimeoutError("no answer"))
        if number % 3 == 0:
            change_tags(run.run_folder, ["best", "<b>"])
    shown = page(tmp_path)
    runs = shown.all("details")
    runs = [run for run in runs if str(run.get("class")).startswith("run ")]
    assert re.findall(r"run_\d", shown.text) == [f"run_{number}" for number in range(6, -1, -1)]
    assert [run["class"] for run in runs] == ["run running", "run failed"] + ["run running"] * 5
    assert [number for number, run in enumerate(runs) if "open" in run] == [0]  # of many, the newest alone
    assert [run["data-tags"] for run in runs] == ["best <b>", "", "", "best <b>", "", "", "best <b>"]
    assert [option["value"] for option in shown.all("option")] == ["", "running", "failed", "", "<b>", "best"]
    figures = shown.all("figure")
    assert [number for number, figure in enumerate(figures) if figure.get("class") == "error"] == [1]  # before the run's input
    assert len([p for p in shown.all("p") if "failure" in str(p.get("class"))]) == 1
    assert len(shown.all("time")) == 7 + 8 and all(datetime.fromisoformat(str(t["datetime"])).tzinfo for t in shown.all("time"))


def test_an_error_shows_its_traceback_as_text(tmp_path: Path) -> None:
    try:
        with LivePipelineRecorder("run", base_path=tmp_path):
            raise ValueError("no <picture>")
    except ValueError:
        pass
    shown = page(tmp_path)
    assert "ValueError: no <picture>Traceback (most recent call last):\n  File " in shown.text
    with LivePipelineRecorder("other", base_path=tmp_path) as run:
        run.save_error(2, "Kind", "what happened", {"url": "http://host/x"})
        run.save_entity("error", [1], {"note": "an error of the program's own"})
        run.mark_failed(TimeoutError("no answer"))  # made, not raised: its traceback is the line itself
    shown = page(tmp_path)
    assert 'Kind: what happened{\n  "stage": 2' in shown.text
    assert shown.text.count("TimeoutError: no answer") == 1


def test_what_can_be_known_before_a_file_is_there(tmp_path: Path) -> None:
    """A picture leaves room of its size, and an empty file says that it is."""
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("output_image", (MEDIA / "picture.png").read_bytes(), {"width": 640, "height": 480})
        run.save_entity("output_image", (MEDIA / "picture.jpg").read_bytes(), {"width": "<b>", "height": None})
        run.save_entity("note", "")
    shown = page(tmp_path)
    assert [(picture.get("width"), picture.get("height")) for picture in shown.all("img")] == [("640", "480"), (None, None)]
    assert "empty3 note" in shown.text


@pytest.mark.parametrize(
    ("expected", "state", "words"),
    [
        ([], None, "initialized "),
        ([], (4, "output"), "output · stage 4 "),
        (["a", "b"], (0, "x"), "x · 1/2 "),
        ([], ("<b>", "x"), "x · stage <b> "),
    ],
)
def test_the_state_says_what_tells_something(
    expected: list[str], state: tuple[int, str] | None, words: str, tmp_path: Path
) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path, expected_outputs=expected) as run:
        run.save_entity("a", "x")
        if state is not None:
            run.set_state(*state)
    assert f"run{words}" in page(tmp_path).text


def test_json_is_in_colours(tmp_path: Path) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("data", {"key": 'a "b" \\ : 1', "n": [1, -2.5e-7, True, None], "<": "</pre>"})
    marked = re.findall(r'<span class="(\w)">(.*?)</span>', (tmp_path / "gallery.html").read_text() if page(tmp_path) else "")
    assert [(kind, html.unescape(text)) for kind, text in marked] == [
        ("k", '"key"'), ("s", json.dumps('a "b" \\ : 1')), ("k", '"n"'), ("n", "1"), ("n", "-2.5e-07"), ("c", "true"), ("c", "null"),
        ("k", '"<"'), ("s", '"</pre>"'),
    ]  # fmt: skip


@pytest.mark.parametrize("runs", [0, 1, 2])
def test_the_title_counts(tmp_path: Path, runs: int) -> None:
    for number in range(runs):
        LivePipelineRecorder(f"run_{number}", base_path=tmp_path).close()
    assert f"{runs} run{'' if runs == 1 else 's'}" in page(tmp_path).text


def test_strange_names_are_linked_by_their_bytes(tmp_path: Path) -> None:
    entities = []
    (tmp_path / "run").mkdir()
    for number, name in enumerate(("a%20b#c?d.glb", "java:script.glb", "q'\"<>&.glb", "\udcff.glb"), 1):
        (tmp_path / "run" / f"0{number}_{name}").write_bytes(b"x")
        entities.append({"sequence": number, "type": "output", "filename": f"0{number}_{name}"})
    (tmp_path / "run" / "metadata.json").write_text(json.dumps({"entities": entities}))
    links = [unquote_to_bytes(str(a["href"])) for a in page(tmp_path).all("a")]
    assert links == [os.fsencode(f"run/{entity['filename']}") for entity in entities]


def test_no_link_leads_to_a_page_with_scripts(tmp_path: Path) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("output", (MEDIA / "drawing.svg").read_bytes())
        run.save_entity("note", b"<script>alert(1)</script>")
        (run.run_folder / "03_page.html").write_text("<script>alert(1)</script>")
        repair(run.run_folder)
    shown = page(tmp_path)
    assert len(shown.all("figure")) == 3 and len(shown.all("img")) == 1
    assert shown.all("a") == [{"href": "run/02_note.bin"}]


def test_a_page_stays_of_a_size_that_a_browser_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "PAGE_LIMIT", 20_000)
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        for _ in range(30):
            run.save_entity("output", (MEDIA / "mpeg1.mp3").read_bytes())
    sources = [str(a["src"])[:5] for a in page(tmp_path).all("audio")]
    assert len(sources) == 30 and {"data:", "run/3"} == {*sources[:1], *sources[-1:]}
    assert (tmp_path / "gallery.html").stat().st_size < 90_000


def test_thumbnails_are_small(tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.effect_noise((1200, 900), 80).convert("RGB").save(picture, "PNG")
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("output", picture.getvalue())
    source = str(page(tmp_path).all("img")[0]["src"])
    with Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))) as thumbnail:
        assert thumbnail.size == (320, 240)
    assert len(source) < 60_000 < len(picture.getvalue())


def test_a_picture_in_a_format_that_calls_other_programs_is_not_opened(tmp_path: Path) -> None:
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("output", (MEDIA / "picture.png").read_bytes())
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(x) print\n"
    (run.run_folder / "01_output.png").write_bytes(eps)
    with open(run.run_folder / "01_output.png", "rb") as file:
        assert media.shrunk(file) is None
    assert str(page(tmp_path).all("img")[0]["src"]).startswith("data:image/png")


def test_a_file_that_cannot_be_read_is_said_and_the_rest_is_shown(tmp_path: Path) -> None:
    entities = [{"sequence": n, "type": "note", "filename": f"0{n}_note.txt"} for n in (1, 2)]
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "metadata.json").write_text(json.dumps({"entities": entities}))
    (tmp_path / "run" / "01_note.txt").symlink_to("/etc/hostname")
    (tmp_path / "run" / "02_note.txt").write_text("readable")
    shown = page(tmp_path)
    assert "readable" in shown.text and "The file is a link where a file of the run should be." in shown.text


def test_an_old_page_stays_when_the_new_one_fails(tmp_path: Path) -> None:
    def runs() -> Iterator[Run]:
        yield from iter_runs(tmp_path)
        raise KeyboardInterrupt

    LivePipelineRecorder("run", base_path=tmp_path).close()
    page(tmp_path)
    old = (tmp_path / "gallery.html").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        write_gallery(runs(), tmp_path / "gallery.html")
    assert sorted(os.listdir(tmp_path)) == ["gallery.html", "run"]
    assert (tmp_path / "gallery.html").read_bytes() == old


@pytest.mark.parametrize(
    "name", ["run/01_input.txt", "run/02_page.txt", "run/entities.jsonl", "notes.html", "link.html", "gallery.txt"]
)
def test_a_page_replaces_an_older_page_and_nothing_else(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with LivePipelineRecorder("run", base_path=tmp_path) as run:
        run.save_entity("input", "a lighthouse")
        page(tmp_path)
        run.save_entity("page", (tmp_path / "gallery.html").read_text())
    assert main(["gallery", ".", "-o", "gallery.html"]) == 0
    assert "a lighthouse" in (tmp_path / "gallery.html").read_text()
    (tmp_path / "notes.html").write_text("<!DOCTYPE html><p>mine</p>")
    (tmp_path / "link.html").symlink_to("gallery.html")
    (tmp_path / "gallery.txt").write_bytes((tmp_path / "gallery.html").read_bytes())
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert main(["gallery", ".", "-o", name]) == 2
    assert f"{name}: exists and is no page of the gallery" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
