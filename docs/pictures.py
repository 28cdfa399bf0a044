"""Draw the pictures of README and the docs anew, from real runs on the example: `python docs/pictures.py`.

Needs the extra `docs` and Chromium (Debian: `apt-get install chromium`) for the two pages; `--terminal` draws the terminal alone.
"""

from __future__ import annotations

import io
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "docs" / "assets"
SCRIPTS = Path(sys.executable).parent
COLUMNS = 110
_CHROMIUM = [
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "devserver"
        shutil.copytree(ROOT / "examples" / "devserver", project, ignore=shutil.ignore_patterns("__pycache__", "exports"))
        subprocess.run(["git", "init", "-q", "."], cwd=project, check=True)
        terminal(project, ["recorder-fix --check .", "recorder-fix ."], ASSETS / "terminal.svg")
        if "--terminal" not in sys.argv[1:]:
            pages(project)


def terminal(project: Path, commands: list[str], target: Path) -> None:
    """What a terminal shows of some commands, as SVG."""
    shown = Text()
    for command in commands:
        shown.append("$ ", style="bold green").append(command + "\n", style="bold")
        shown.append_text(Text.from_ansi(_on_a_terminal(command, project))).append("\n\n")
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(shown, soft_wrap=False)
    svg = console.export_svg(title="recorder-fix", unique_id="terminal")
    # Rich names a web font; pictures of ours load nothing from anywhere.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code, ", "")
    target.write_text(re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE), encoding="utf-8")


def _on_a_terminal(command: str, folder: Path) -> str:
    parent, child = pty.openpty()
    environment = {
        **os.environ,
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": str(COLUMNS),
        "TERM": "xterm-256color",
    }
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(command.split(), cwd=folder, env=environment, stdin=child, stdout=child, stderr=child)
    os.close(child)
    pieces = []
    try:
        while piece := os.read(parent, 65536):
            pieces.append(piece)
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(parent)
    process.wait()
    return b"".join(pieces).decode().replace("\r\n", "\n").rstrip()


def pages(project: Path) -> None:
    """The report of a migration, and the gallery of the run that the fixed example makes."""
    subprocess.run(["git", "checkout-index", "-qfa"], cwd=project, check=False)
    shutil.rmtree(project)
    shutil.copytree(ROOT / "examples" / "devserver", project, ignore=shutil.ignore_patterns("__pycache__", "exports"))
    fix = [SCRIPTS / "recorder-fix", "--report", "report.html", "."]
    subprocess.run(fix, cwd=project, check=False, capture_output=True)
    for prompt in ("a lighthouse in a storm", "a quiet harbour at night"):
        run = [sys.executable, "run.py", "--prompt", prompt, "--run-id", prompt.replace(" ", "_")]
        subprocess.run(run, cwd=project, check=True, capture_output=True)
    subprocess.run([SCRIPTS / "recorder", "gallery", "exports"], cwd=project, check=True, capture_output=True)
    (gallery,) = project.glob("exports/*.html")
    for page, name, height in ((project / "report.html", "report.png", 900), (gallery, "gallery.png", 1100)):
        with tempfile.TemporaryDirectory() as profile:
            size = f"--window-size=1200,{height}"
            command = [*_CHROMIUM, f"--user-data-dir={profile}", size, f"--screenshot={ASSETS / name}", page.as_uri()]
            subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    main()
