"""Stand-ins for the four generators: each makes a real, tiny file and answers as the real one does."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from my_app.services.media_server import MediaServer
from my_app.services.output_configs import OUTPUT_CONFIGS

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SAMPLE_OF = {"audio": "tone.mp3", "video": "clip.mp4", "image": "picture.png"}


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
    """The four generators: one working folder, and one server on loopback that hands out what lies in it.

    Attributes:
        url: The server's address, which is SwarmUI's, ComfyUI's and the hosted model's alike.
        host: Its host, as a recorder has to trust it before it downloads from a private address.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="devserver-")
        self._server = MediaServer(Path(self._folder.name))
        self.url = self._server.url
        self.host = self._server.host

    def __enter__(self) -> Generators:
        self._server.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.stop()
        self._folder.cleanup()

    def generate(self, output_config_name: str, seed: int) -> OutputResult:
        """Make the medium of one output configuration."""
        config = OUTPUT_CONFIGS[output_config_name]
        sample = SAMPLES / SAMPLE_OF[config.media_type]
        made = Path(self._folder.name) / f"{output_config_name}_{seed:05d}{sample.suffix}"
        shutil.copyfile(sample, made)
        if config.backend == "swarmui":
            return OutputResult("swarmui_generated", {"image_paths": [f"View/local/raw/{made.name}"]})
        if config.backend == "hosted":
            return OutputResult(f"{self.url}/files/{made.name}")
        if config.backend == "comfyui":
            return OutputResult(self._server.add_job(made.name))
        return OutputResult("workflow_generated", {"filesystem_path": str(made), "node": "SaveAudio"})
