"""Opens the gallery and the migration report in headless Chromium: `python tests/browser/check_pages.py [--quick] [FOLDER]`.

Not part of the test suite, for it needs Chromium (Debian: `apt-get install chromium`); `.ci/run` does the quick part where there
is one. Every picture has to show, every player has to know its media, and nothing may be said on the console; the gallery's
filter and keys have to work. Galleries of 3, 60 and 1,000 runs are opened and timed, with --quick the first two. Screenshots at
400 and 1,400 pixels, light and dark, go to FOLDER.
"""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from recorder import LivePipelineRecorder
from recorder.care.tags import change_tags

ROOT = Path(__file__).resolve().parent.parent.parent
MEDIA = ROOT / "tests" / "data" / "media"
HOSTILE = "<script>console.error('it ran')</script><img src=x onerror=\"console.error('it ran')\">"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--remote-debugging-pipe", "--window-size=1200,1600",
]  # fmt: skip
STATE = """({
  pictures: [...document.images].map(i => [i.alt, i.complete && i.naturalWidth]),
  players: [...document.querySelectorAll('audio,video')].map(m => [m.src.slice(-60), m.readyState, m.error && m.error.message]),
  scripts: document.scripts.length, text: document.body.innerText.length,
})"""
WIDTHS = (400, 1400)
LONGEST = 2.0  # seconds until a page is there
SCHEMES = ("light", "dark")
# What is typed or pressed, and what has to be true then.
STEPS = (
    ("form.text.value = 'run_1'; form.dispatchEvent(new Event('input'))", "runs.filter(r => !r.hidden).length === 11"),
    (
        "form.text.value = ''; form.state.value = 'failed'; filter()",
        "runs.filter(r => !r.hidden).every(r => r.matches('.failed'))",
    ),
    ("form.state.value = ''; form.tag.value = 'best'; filter()", "runs.filter(r => !r.hidden).length === 12"),
    ("form.text.value = 'no such word'; filter()", "!document.querySelector('.nothing').hidden"),
    (
        "form.text.value = ''; form.tag.value = ''; filter(); press('ArrowRight')",
        "viewer.open && place.textContent.startsWith('1 / ')",
    ),
    ("press('ArrowRight')", "place.textContent.startsWith('2 / ')"),
    ("press('ArrowLeft'); press('ArrowLeft')", "at === media.length - 1"),
    ("viewer.close()", "!viewer.open && frame.children.length === 0"),
)
PRESS = "const press = key => document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))"


class Chromium:
    """One headless Chromium, spoken to by the DevTools protocol over a pair of pipes."""

    def __init__(self, program: str, profile: str) -> None:
        to_child, self._out = os.pipe()
        self._in, from_child = os.pipe()

        def wire() -> None:
            # The protocol's pipes are the descriptors 3 and 4.
            first, second = os.dup(to_child), os.dup(from_child)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self.process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={profile}"],
            preexec_fn=wire, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_child)
        os.close(from_child)
        self._buffer = b""
        self._number = 0
        self.said: list[str] = []

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Call a method and wait for its answer; what the console says meanwhile is kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            piece = os.read(self._in, 1 << 20)
            if not piece:
                raise RuntimeError("Chromium has ended")
            self._buffer += piece
        message, _, self._buffer = self._buffer.partition(b"\0")
        value: dict[str, Any] = json.loads(message)
        if value.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            self.said.append(json.dumps(value["params"])[:300])
        return value

    def open(self, page: Path, width: int = 1200, scheme: str = "light") -> tuple[str, float]:
        """Open a page; its session, and the seconds that it took until it had loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = str(self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        for domain in ("Runtime", "Log", "Page"):
            self.call(f"{domain}.enable", session)
        media = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", session, features=media)
        self.call(
            "Emulation.setDeviceMetricsOverride", session, width=width, height=1600, deviceScaleFactor=1, mobile=width < 600
        )  # fmt: skip
        started = time.monotonic()
        self.call("Page.navigate", session, url=page.as_uri())
        while self.value(session, "document.readyState") != "complete":
            time.sleep(0.01)
        self.value(session, "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")
        return session, time.monotonic() - started

    def value(self, session: str, expression: str) -> Any:
        """What an expression comes to on the page."""
        answer = self.call("Runtime.evaluate", session, expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def look(self, page: Path, screenshot: Path) -> dict[str, Any]:
        """Open a page, wait for its media, take a picture of it, and say what is on it."""
        session, _ = self.open(page)
        state: dict[str, Any] = {}
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            time.sleep(0.3)
            state = self.value(session, STATE)
            ready = all(width for _, width in state["pictures"]) and all(r >= 1 or e for _, r, e in state["players"])
            if state["text"] and ready:
                break
        self.picture(session, screenshot, whole=True)
        return state

    def picture(self, session: str, screenshot: Path, *, whole: bool = False) -> None:
        """Take a picture of the window, or of the whole page."""
        picture = self.call("Page.captureScreenshot", session, format="png", captureBeyondViewport=whole)
        screenshot.write_bytes(base64.b64decode(picture["data"]))


def make_gallery(folder: Path) -> Path:
    """A run with media of every kind that a browser shows, and hostile names and texts."""
    with LivePipelineRecorder("run <b>1", config_name=HOSTILE, base_path=folder) as run:
        run.save_entity("input", HOSTILE, {"note": HOSTILE})
        run.save_entity("data", {"note": HOSTILE})
        for name in (
            "picture.png",
            "picture.jpg",
            "lossy.webp",
            "clip.gif",
            "drawing.svg",
            "mpeg1.mp3",
            "tone.flac",
            "clip.webm",
        ):
            run.save_entity("output", (MEDIA / name).read_bytes())
    subprocess.run([sys.executable, "-m", "recorder.cli", "gallery", str(folder)], check=True)
    return folder / "gallery.html"


def drawing(number: int) -> bytes:
    """A picture of its own for each number."""
    image = Image.new("RGB", (640, 480), f"hsl({number * 47 % 360}, 45%, 78%)")
    ImageDraw.Draw(image).ellipse((120, 60, 520, 420), fill=f"hsl({number * 83 % 360}, 60%, 45%)")
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


PROMPT = (
    "A lighthouse on a basalt cliff during a winter storm, seen from a small boat; oil on canvas, visible brush strokes, muted "
    "blues and a single warm light. No people, no text, no frame.\n\nNegative: blurry, watermark, oversaturated.\n"
)
LONG_ID = "2026-11-26T14-03-11_experiment-with-a-very-long-descriptive-name_lr-0.0003_batch-64_seed-1234567890"
WORKFLOW = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 1125899906842624, "steps": 28, "cfg": 4.5, "sampler_name": "dpmpp_2m", "model": ["4", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd3.5_large_fp8_scaled.safetensors", "denoise": None, "tiled": False}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": PROMPT, "clip": ["11", 0]}},
}  # fmt: skip


def make_runs(folder: Path, count: int) -> Path:
    """Runs as a program leaves them, the last one still running; text in several scripts, long names, failures, tags, every kind of file."""
    names = {1: LONG_ID, 2: "übung_лабораторная_実験_42"}
    for number in range(count):
        config = ("sd35_large", "overdrive", "stable-audio-open-1.0")[number % 3]
        run = LivePipelineRecorder(names.get(count - number, f"run_{number}"), config_name=config, base_path=folder)
        run.save_entity("input", f"Ein Leuchtturm im Sturm, Nummer {number}. 嵐の中の灯台。 منارة في العاصفة")
        run.save_entity("safety", {"safe": True, "score": 0.98, "labels": [], "model": "guard-2", "note": None})
        run.save_entity("interception", PROMPT * (1 + number % 4), {"temperature": 0.7, "model": "mistral-nemo", "tokens": 214})
        for picture in range(1 + number % 3):
            run.save_entity("output_image", drawing(number + picture), {"seed": number})
        if number >= count - 3:
            save_every_kind(run)
        if number == count - 1:
            run.set_state(4, "output")
            run.close()
        elif number % 7 == 1:
            run.mark_failed(TimeoutError("the server at http://127.0.0.1:8188 did not answer within 300 s"), stage="output")
        else:
            run.mark_complete()
        if number % 5 == 0:
            change_tags(run.run_folder, ["best", "paper-fig-2"][: 1 + number % 2])
    LivePipelineRecorder("nothing_yet", base_path=folder).close()
    subprocess.run([sys.executable, "-m", "recorder.cli", "gallery", str(folder)], check=True)
    return folder / "gallery.html"


def save_every_kind(run: LivePipelineRecorder) -> None:
    """What else a run can hold."""
    run.save_entity(
        "workflow", WORKFLOW, {"server": "http://127.0.0.1:8188", "prompt_id": "b1c7f1de-54d2-4a0b-8b0e-3f8a3f2a9f10"}
    )
    for name in ("tone.flac", "clip.webm", "clip.gif", "drawing.svg", "transparent.png"):
        if (MEDIA / name).exists():
            run.save_entity("output", (MEDIA / name).read_bytes())
    run.save_entity(
        "metrics",
        b"step,loss,accuracy\n" + b"".join(b"%d,%.4f,%.4f\n" % (n, 1 / n, 1 - 1 / n) for n in range(1, 90)),
        {"format": "csv"},
    )
    run.save_entity("weights", bytes(range(256)) * 200, {"format": "safetensors"})
    run.save_entity("url", "https://storage.example.org/" + "a-very-long-path-without-a-space/" * 12)
    run.save_entity("empty", "")
    run.save_entity("sketch", drawing(5), group="prompting_process")
    run.save_entity("portrait", tall(), {"camera": {"lens": "85 mm", "iso": 200, "notes": ["soft", "window light"]}})
    (run.run_folder / "11_forgotten.txt").write_text("a file that no entry names")


def tall() -> bytes:
    """A picture much higher than wide, on nothing."""
    image = Image.new("RGBA", (200, 900), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((20, 20, 180, 880), fill=(30, 60, 140, 255))
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def check_runs(browser: Chromium, folder: Path, shots: Path, count: int) -> bool:
    """Open a gallery of so many runs in every width and scheme; whether all was well."""
    page, well = make_runs(folder, count), True
    for width in WIDTHS:
        for scheme in SCHEMES:
            session, seconds = browser.open(page, width, scheme)
            time.sleep(0.5)
            browser.picture(session, shots / f"gallery_{count}_{width}_{scheme}.png", whole=count < 60)
            wide = browser.value(session, "document.documentElement.scrollWidth")
            print(f"gallery of {count} runs, {width} pixels, {scheme}: {seconds:.2f} s, {page.stat().st_size >> 10} KB")
            if seconds > LONGEST:
                print(f"gallery: it takes longer than {LONGEST} s")
                well = False
            if wide > width:
                print(f"gallery: it is {wide} pixels wide")
                well = False
    if count == 60:
        browser.value(session, PRESS)
        for action, truth in STEPS:
            browser.value(session, action)
            time.sleep(0.2)
            if not browser.value(session, truth):
                print(f"gallery: after {action}: not {truth}")
                well = False
            elif "press" in action:
                browser.picture(session, shots / "gallery_viewer.png")
    return well


def make_report(folder: Path) -> Path:
    """The migration report of the example."""
    shutil.copytree(ROOT / "examples" / "devserver", folder / "devserver")
    (folder / "devserver" / "hostile.py").write_text(
        f"def f(recorder):\n    x = {HOSTILE!r}\n    return recorder.run_dir, x\n", encoding="utf-8"
    )
    subprocess.run(
        [sys.executable, "-m", "codemods.command.cli", "--diff", "--report", str(folder / "report.html"), str(folder / "devserver")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return folder / "report.html"


def main(arguments: list[str]) -> int:
    """Check both pages; 1 when something is wrong with one."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        print("there is no Chromium on this machine (Debian: apt-get install chromium)", file=sys.stderr)
        return 2
    quick = "--quick" in arguments
    folders = [argument for argument in arguments if argument != "--quick"]
    wrong = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        work = Path(name)
        shots = Path(folders[0]) if folders else work
        shots.mkdir(parents=True, exist_ok=True)
        browser = Chromium(program, str(work / "profile"))
        try:
            for title, page in (("gallery", make_gallery(work / "runs")), ("report", make_report(work))):
                browser.said.clear()
                state = browser.look(page, shots / f"{title}.png")
                blank = [picture for picture in state["pictures"] if not picture[1]]
                silent = [player for player in state["players"] if player[1] < 1]
                failed = {"blank pictures": blank, "players without media": silent, "console": browser.said}
                if title == "gallery" and (len(state["pictures"]) != 5 or len(state["players"]) != 3):
                    failed["count"] = [state]
                for what, found in failed.items():
                    for entry in found:
                        print(f"{title}: {what}: {entry}")
                        wrong = 1
                print(f"{title}: {len(state['pictures'])} pictures, {len(state['players'])} players, {shots / title}.png")
            for count in (3, 60) if quick else (3, 60, 1000):
                wrong |= not check_runs(browser, work / f"runs_{count}", shots, count)
            for entry in browser.said:
                print(f"console: {entry}")
                wrong = 1
        finally:
            browser.process.kill()
            browser.process.wait()
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
