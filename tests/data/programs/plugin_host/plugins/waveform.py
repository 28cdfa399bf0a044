"""Draws the sound of a run."""

from __future__ import annotations

import subprocess
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import soundfile

from host.core import Context, Plugin, plugins
from host.files import Atomic


def draw(samples: np.ndarray, rate: int, out: str) -> None:
    figure, axes = plt.subplots()
    axes.plot(np.arange(len(samples)) / rate, samples)
    figure.savefig(out)
    plt.close(figure)


class Encoder:
    """Makes other formats of a sound."""

    def __init__(self, context: Context, bitrate: str = "192k") -> None:
        self.folder = context.folder
        self.bitrate = bitrate

    def encode(self, source: str, name: str) -> None:
        command = ["ffmpeg", "-y", "-i", source, "-b:a", self.bitrate, str(self.folder / name)]
        subprocess.run(command, check=True)  # expect: LPR202


@plugins.register("waveform")
class Waveform(Plugin):
    order = 20

    def execute(self) -> None:
        rec = self.context.run
        source = rec.get_entity_path("output_audio")
        if source is None:
            return
        samples, rate = soundfile.read(source)
        draw(samples, rate, str(rec.run_folder / "08_waveform.png"))  # expect: LPR202 LPR101
        peaks = np.abs(samples).max(axis=0)
        np.save(self.recorder.run_folder / "peaks.npy", peaks)  # expect: LPR202
        soundfile.write(self.recorder.run_dir / f"{rec.sequence_number + 1:02d}_normal.wav", samples / peaks, rate)  # expect: LPR001 LPR202 LPR101
        Encoder(self.context).encode(str(source), "preview.mp3")
        put = partial(Atomic().write, data=peaks.tobytes())
        put(rec.run_folder / "peaks.bin")  # expect: LPR201
