"""What a training puts out: logs, curves, tables. The functions take the folder of the run, or its recorder."""

from __future__ import annotations

import json
import logging
import os
import shutil
from pathlib import Path
from typing import Any, Sequence

import matplotlib
import numpy as np
import pandas as pd

from recorder import LivePipelineRecorder

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402

FORMAT = "%(asctime)s %(message)s"
SIZE = (6, 4)


def log_to(run_folder: Path) -> None:
    """Log into the run from now on."""
    handler = logging.FileHandler(run_folder / "train.log")  # expect: LPR202
    handler.setFormatter(logging.Formatter(FORMAT))
    logging.getLogger("trainer").addHandler(handler)


def draw_curve(run_folder: Path, losses: Sequence[float]) -> None:
    figure, axes = plt.subplots(figsize=SIZE)
    axes.plot(range(len(losses)), losses)
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    figure.savefig(run_folder / "curve.png")  # expect: LPR202
    plt.close(figure)


def save_table(recorder: LivePipelineRecorder, losses: Sequence[float]) -> None:
    frame = pd.DataFrame({"epoch": range(len(losses)), "loss": losses})
    frame.to_csv(recorder.run_folder / "03_losses.csv", index=False)  # expect: LPR202 LPR101
    np.savetxt(os.path.join(recorder.run_folder, "losses.txt"), np.asarray(losses))  # expect: LPR202 LPR301


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a value as JSON, wherever that is."""
    with open(path, "w", encoding="utf-8") as handle:
        json.dump(value, handle, indent=2)


def copy_code(run_folder: Path, source: Path) -> None:
    target = run_folder / "code"
    shutil.copytree(source, target, dirs_exist_ok=True)  # expect: LPR201


def save_curve(recorder: LivePipelineRecorder, losses: Sequence[float]) -> str:
    """The same curve as it should be: the recorder has its bytes."""
    import io

    figure, axes = plt.subplots(figsize=SIZE)
    axes.plot(range(len(losses)), losses)
    buffer = io.BytesIO()
    figure.savefig(buffer)
    plt.close(figure)
    return recorder.save_entity("curve", buffer.getvalue())


def export_all(recorder: LivePipelineRecorder, target: Path) -> int:
    """Copy everything out of a run."""
    target.mkdir(parents=True, exist_ok=True)
    count = 0
    for path in recorder.run_folder.iterdir():
        if path.is_file():
            shutil.copy2(path, target / path.name)
            count += 1
    return count


def size_of(run_folder: Path) -> int:
    """The bytes in a run; nothing is written."""
    return sum(path.stat().st_size for path in run_folder.rglob("*") if path.is_file())


def newest(run_folder: Path) -> Path | None:
    paths = sorted(run_folder.iterdir(), key=os.path.getmtime)
    return paths[-1] if paths else None


def summary(run_folder: Path) -> dict[str, Any]:
    with open(run_folder / "metadata.json", encoding="utf-8") as handle:
        found: dict[str, Any] = json.load(handle)
    return {"entities": len(found.get("entities", ())), "size": size_of(run_folder)}
