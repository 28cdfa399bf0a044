"""The plots that the documentation shows."""

from __future__ import annotations

from pathlib import Path

from benchmarks.curves import Curves

_OURS = {"recorder-fix --check": "#0969da", "recorder-fix": "#1a7f37"}
_OTHERS = ("#8c959f", "#bc4c00", "#bf3989", "#8250df", "#9a6700", "#57606a", "#d4a72c")


def draw(curves: Curves, path: Path) -> None:
    """Time against number of files, both on a logarithmic scale, as SVG."""
    import matplotlib

    matplotlib.use("svg")
    # Without these every run would give another file: ids, and the date.
    matplotlib.rcParams.update({"svg.hashsalt": "recorder-toolkit", "svg.fonttype": "none", "font.family": "sans-serif"})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5), layout="constrained")
    others = iter(_OTHERS)
    for label, points in curves.items():
        if not points:
            continue
        ours = label in _OURS
        axes.plot(
            [count for count, _ in points],
            [seconds for _, seconds in points],
            marker="o",
            markersize=4,
            linewidth=2.5 if ours else 1.3,
            color=_OURS[label] if ours else next(others),
            label=label,
            zorder=3 if ours else 2,
        )
    axes.set(xscale="log", yscale="log", xlabel="Python files", ylabel="seconds")
    axes.grid(which="major", color="#d0d7de", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, loc="outside right upper", fontsize="small")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
