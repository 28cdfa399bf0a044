"""Compares experiments with each other."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable

from recorder import LivePipelineRecorder, load_recorder

from tracker.base import Experiment, Settings, open_experiment
from tracker.models import LinearModel, TorchModel


class Comparison:
    """The runs that are compared, by their id."""

    def __init__(self) -> None:
        self.runs = {}
        self.order = []

    def add(self, run_id: str) -> None:
        run = load_recorder(run_id, base_path="exports")
        if run is not None:
            self.runs[run_id] = run
            self.order.append(run)

    def folders(self) -> list[str]:
        return [str(run.run_dir) for run in self.order]  # expect: LPR001

    def losses(self) -> dict[str, float]:
        found = {}
        for run_id, run in self.runs.items():
            text = (run.run_folder / "99_metrics.json").read_text(encoding="utf-8")  # expect: LPR102
            found[run_id] = min(json.loads(text)["loss"])
        return found

    def settings_of(self, run_id: str) -> dict:
        path = self.runs[run_id].get_entity_path("setings")  # expect: LPR103
        return {} if path is None else json.loads(path.read_text())

    def mark_best(self) -> str:
        losses = self.losses()
        best = min(losses, key=losses.get)
        self.runs[best].metadata["best"] = True  # expect: LPR003
        (self.runs[best].run_folder / "BEST").touch()  # expect: LPR202
        return best

    def clean(self, keep: int) -> None:
        for run in self.order[:-keep]:
            shutil.rmtree(run.run_folder)  # expect: LPR203


def summary(experiments: Iterable[Experiment]) -> None:
    """One page about several experiments."""
    lines = []
    for experiment in experiments:
        lines.append(f"{experiment.settings.name}: {experiment.metrics.best('loss')}")
        experiment.write_note("summary", lines[-1])
        experiment.recorder.save_entity("summary", data=lines[-1])  # expect: LPR002
    with open_experiment(Settings("summary")) as recorder:
        target = recorder.run_folder / "01_summary.txt"  # expect: LPR101
        target.write_text("\n".join(lines), encoding="utf-8")  # expect: LPR202


def pair(first: LinearModel, second: TorchModel) -> tuple[LivePipelineRecorder, LivePipelineRecorder]:
    return first.recorder, second.recorder


def swap_notes(first: LinearModel, second: TorchModel) -> None:
    one, two = pair(first, second)
    shutil.copy2(one.run_folder / "notes.md", two.run_folder / "notes_of_first.md")  # expect: LPR201
    shutil.copy2(two.run_folder / "notes.md", one.run_dir / "notes_of_second.md")  # expect: LPR201 LPR001
