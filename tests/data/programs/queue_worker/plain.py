"""Files and folders, whatever they are for."""

from __future__ import annotations

from pathlib import Path


def save_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def append_line(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as handle:
        handle.write(text + "\n")


def mark_finished(folder: Path) -> None:
    """Say that nothing more comes."""
    (folder / "FINISHED").touch()


def numbered(folder: Path, number: int) -> Path:
    return folder / f"part-{number}.bin"


def is_finished(folder: Path) -> bool:
    return (folder / "FINISHED").exists()
