"""What the workers put out besides their results; all of it below `run_folder`."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from plain import append_line, save_text


def write_rows(run_folder: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """The rows as a table."""
    rows = list(rows)
    if not rows:
        return
    with open(run_folder / "rows.csv", "w", newline="") as handle:  # expect: LPR202
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def keep_original(run_folder: Path, source: Path) -> Path:
    originals = run_folder / "originals"
    originals.mkdir(exist_ok=True)
    target = originals / source.name
    shutil.copy2(source, target)  # expect: LPR201
    return target


def save_array(run_folder: Path, name: str, values: np.ndarray) -> None:
    np.save(run_folder / f"{name}.npy", values)  # expect: LPR202


def note(run_folder: Path, text: str) -> None:
    """A line in the run's diary."""
    append_line(run_folder / "diary.txt", text)  # expect: LPR202


def drop_temporary(run_folder: Path) -> int:
    count = 0
    for path in run_folder.glob("*.tmp"):
        path.unlink()  # expect: LPR203
        count += 1
    return count


def entities(run_folder: Path) -> list[dict[str, Any]]:
    """What the index knows; nothing is written."""
    with open(run_folder / "metadata.json", encoding="utf-8") as handle:
        found: list[dict[str, Any]] = json.load(handle)["entities"]
    return found


def export(run_folder: Path, target: Path) -> None:
    """Copy a run to somewhere else."""
    shutil.copytree(run_folder, target, dirs_exist_ok=True)
    save_text(target / "origin.txt", str(run_folder))
