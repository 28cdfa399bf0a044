"""What every experiment has: its settings, its recorder, a log."""

from __future__ import annotations

import abc
import json
import logging
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from recorder import LivePipelineRecorder, get_recorder

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """The settings of one experiment."""

    name: str
    seed: int = 0
    epochs: int = 3
    rate: float = 1e-3
    tags: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        return self.name.lower().replace(" ", "-")


@dataclass
class Metrics:
    """The numbers of one experiment, step by step."""

    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        self.values.setdefault(name, []).append(value)

    def best(self, name: str) -> float:
        return min(self.values.get(name, [float("inf")]))


class Experiment(abc.ABC):
    """One run of one model."""

    kind = "experiment"

    def __init__(self, settings: Settings, base: str = "exports") -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.started = time.time()
        self.recorder = get_recorder(f"{settings.slug}-{int(self.started)}", base_path=base)

    @property
    def folder(self) -> Path:
        return self.recorder.run_folder

    def start(self) -> None:
        random.seed(self.settings.seed)
        handler = logging.FileHandler(self.folder / "experiment.log")  # expect: LPR202
        logging.getLogger().addHandler(handler)
        self.recorder.save_entity("settings", asdict(self.settings))
        log.info("started %s in %s", self.settings.name, self.recorder.run_dir)  # expect: LPR001

    @abc.abstractmethod
    def run(self) -> None:
        """Do the work."""

    def finish(self) -> None:
        self.recorder.metadata["duration"] = time.time() - self.started  # expect: LPR003
        with open(self.folder / "99_metrics.json", "w", encoding="utf-8") as file:  # expect: LPR202 LPR101
            json.dump(self.metrics.values, file, indent=2)
        self.recorder.mark_complete()

    def write_note(self, name: str, text: str) -> Path:
        path = self.folder / f"{name}.md"
        path.write_text(text, encoding="utf-8")  # expect: LPR202
        return path


@contextmanager
def open_experiment(settings: Settings) -> Iterator[LivePipelineRecorder]:
    """A recorder for what is no experiment of its own."""
    recorder = get_recorder(settings.slug, base_path="exports")
    try:
        yield recorder
    finally:
        recorder.mark_complete()
