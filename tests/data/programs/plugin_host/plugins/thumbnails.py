"""Small versions of every image of the run."""

from __future__ import annotations

import shutil
from pathlib import Path

from PIL import Image

from host.core import Plugin, plugins
from host.files import Atomic, write_json

SIZES = {"small": 128, "large": 512}


@plugins.register("thumbnails")
class Thumbnails(Plugin):
    order = 10
    index_name = "90_thumbnails.json"  # expect: LPR101

    def setup(self) -> None:
        self.target = self.context.folder / "thumbs"
        self.target.mkdir(exist_ok=True)
        self.made: list[str] = []

    def execute(self) -> None:
        first = self.recorder.get_entity_path("output_image")
        if first is None:
            self.note("no image")
            return
        for size_name, size in SIZES.items():
            self.shrink(first, size_name, size)
        write_json(self.context.run.run_folder / self.index_name, self.made)  # expect: LPR202

    def shrink(self, source: Path, size_name: str, size: int) -> None:
        with Image.open(source) as image:
            image.thumbnail((size, size))
            out = self.target / f"{source.stem}_{size_name}.png"
            image.save(out, "PNG")  # expect: LPR202
            self.made.append(out.name)

    def teardown(self) -> None:
        Atomic.text(self.recorder.run_folder / "thumbs.done", "yes")  # expect: LPR201
        if not self.made:
            shutil.rmtree(self.target, ignore_errors=True)  # expect: LPR203
