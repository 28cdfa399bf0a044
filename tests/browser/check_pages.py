"""Opens the gallery and the migration report in headless Chromium: `python tests/browser/check_pages.py [FOLDER]`.

Not part of the test suite, for it needs Chromium (Debian: `apt-get install chromium`) and fails without one. Every picture
has to show, every player has to know its media, and nothing may be said on the console. Screenshots go to FOLDER.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from recorder import LivePipelineRecorder

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

    def look(self, page: Path, screenshot: Path) -> dict[str, Any]:
        """Open a page, wait for its media, take a picture of it, and say what is on it."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Log", "Page"):
            self.call(f"{domain}.enable", session)
        self.call("Page.navigate", session, url=page.as_uri())
        state: dict[str, Any] = {}
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            time.sleep(0.3)
            found = self.call("Runtime.evaluate", session, expression=STATE, returnByValue=True)
            state = found["result"]["value"]
            ready = all(width for _, width in state["pictures"]) and all(r >= 1 or e for _, r, e in state["players"])
            if state["text"] and ready:
                break
        picture = self.call("Page.captureScreenshot", session, format="png", captureBeyondViewport=True)
        screenshot.write_bytes(base64.b64decode(picture["data"]))
        return state


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
    wrong = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        work = Path(name)
        shots = Path(arguments[0]) if arguments else work
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
        finally:
            browser.process.kill()
            browser.process.wait()
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
