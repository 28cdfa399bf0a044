"""Figures of an experiment."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt


def curve(values: list[float], path: Path) -> None:
    figure, axes = plt.subplots()
    axes.plot(values)
    axes.set_xlabel("epoch")
    figure.savefig(path)
    plt.close(figure)


def histogram(net, folder: Path) -> None:
    """The weights of a net; `run_folder` is where the figure goes."""
    figure, axes = plt.subplots()
    for parameter in net.parameters():
        axes.hist(parameter.detach().numpy().ravel(), bins=50)
    figure.savefig(folder / "weights.png")  # expect: LPR202
    plt.close(figure)
