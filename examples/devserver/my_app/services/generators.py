"""Stand-ins for the four generators: each makes a real, tiny file and answers as the real one does."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from my_app.services.output_configs import OUTPUT_CONFIGS

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SAMPLE_OF = {"audio": "tone.mp3", "video": "clip.mp4", "image": "picture.png"}
HOSTED = "https://media.example/"


@dataclass(frozen=True)
class OutputResult:
    """What a generator answers.

    Attributes:
        final_output: "swarmui_generated", "workflow_generated", a URL, or the id of a ComfyUI job.
        metadata: Where the files are, by the generator's own keys.
    """

    final_output: str
    metadata: dict[str, Any] = field(default_factory=dict)


class Generators:
    """The four generators with one working folder, which is removed at the end.

    Every file is made there, under the name that its generator would give it.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="devserver-")
        self._jobs: dict[str, Path] = {}

    def __enter__(self) -> Generators:
        return self

    def __exit__(self, *exc: object) -> None:
        self._folder.cleanup()

    def generate(self, output_config_name: str, seed: int) -> OutputResult:
        """Make the medium of one output configuration."""
        config = OUTPUT_CONFIGS[output_config_name]
        sample = SAMPLES / SAMPLE_OF[config.media_type]
        made = Path(self._folder.name) / f"{output_config_name}_{seed:05d}{sample.suffix}"
        shutil.copyfile(sample, made)
        if config.backend == "swarmui":
            return OutputResult("swarmui_generated", {"image_paths": [str(made)]})
        if config.backend == "hosted":
            return OutputResult(HOSTED + made.name)
        if config.backend == "comfyui":
            job = f"job-{len(self._jobs) + 1}"
            self._jobs[job] = made
            return OutputResult(job)
        return OutputResult("workflow_generated", {"filesystem_path": str(made), "node": "SaveAudio"})

    def read_swarmui(self, image_path: str) -> bytes:
        return Path(image_path).read_bytes()

    def read_url(self, url: str) -> bytes:
        return (Path(self._folder.name) / url.removeprefix(HOSTED)).read_bytes()

    def read_comfyui(self, prompt_id: str) -> bytes:
        return self._jobs[prompt_id].read_bytes()
