"""The models."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np
import torch

from tracker.base import Experiment, Settings
from tracker.plots import curve, histogram
from tracker.tables import append_row


class LinearModel(Experiment):
    """A linear model, by gradient descent."""

    kind = "linear"

    def __init__(self, settings: Settings, data: str) -> None:
        super().__init__(settings)
        self.data = np.load(data)
        self.weights = np.zeros(self.data.shape[1])

    def run(self) -> None:
        self.start()
        for epoch in range(self.settings.epochs):
            loss = self._step()
            self.metrics.add("loss", loss)
            np.save(self.recorder.run_folder / f"weights_{epoch}.npy", self.weights)  # expect: LPR202
            append_row(self.recorder.run_folder / "losses.csv", [epoch, loss])  # expect: LPR202
        curve(self.metrics.values["loss"], self.folder / "10_loss.png")  # expect: LPR202 LPR101
        self.finish()

    def _step(self) -> float:
        error = self.data @ self.weights - 1.0
        self.weights -= self.settings.rate * self.data.T @ error
        return float((error**2).mean())

    def export(self, target: Path) -> None:
        shutil.copytree(self.recorder.run_folder, target / self.settings.slug)


class TorchModel(Experiment):
    """A small network."""

    kind = "torch"

    def __init__(self, settings: Settings, net: torch.nn.Module) -> None:
        super().__init__(settings)
        self.net = net
        self.checkpoints = self.recorder.run_folder / "checkpoints"

    def run(self) -> None:
        self.start()
        self.checkpoints.mkdir(exist_ok=True)
        for epoch in range(self.settings.epochs):
            self.metrics.add("loss", self._epoch())
            self._checkpoint(epoch)
        self._keep_best()
        histogram(self.net, folder=self.recorder.run_folder)
        self.finish()

    def _epoch(self) -> float:
        return 1.0 / (1 + len(self.metrics.values.get("loss", [])))

    def _checkpoint(self, epoch: int) -> None:
        state = {"epoch": epoch, "net": self.net.state_dict()}
        torch.save(state, self.checkpoints / f"{epoch:03d}_net.pt")  # expect: LPR202 LPR101
        last = self.checkpoints / "last.pt"
        if last.exists():
            last.unlink()  # missed: LPR203
        shutil.copyfile(self.checkpoints / f"{epoch:03d}_net.pt", last)  # expect: LPR201 # missed: LPR102

    def _keep_best(self) -> None:
        best = self.recorder.run_folder / "best.pkl"
        with best.open("wb") as file:  # expect: LPR202
            pickle.dump(self.net.state_dict(), file)
        for old in self.checkpoints.glob("*.pt"):
            old.unlink()  # expect: LPR203
