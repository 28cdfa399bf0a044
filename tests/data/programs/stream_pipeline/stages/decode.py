"""Turns bytes into arrays, in threads; keeps frames beside the run's entities."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor, ThreadPoolExecutor

import cv2
import numpy as np

from model import Item, Saved, Size
from scope import RunScope, current, current_scope


class Decoder:
    """Decodes items with a pool of threads."""

    def __init__(self, scope: RunScope, workers: int = 2) -> None:
        self.scope = scope
        self.pool: Executor = ThreadPoolExecutor(workers)
        self.sizes: dict[int, Size] = {}

    async def __aenter__(self) -> Decoder:
        self.scope.frames.mkdir(exist_ok=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.pool.shutdown()
        np.savez(self.scope.live.run_folder / "sizes.npz", **{str(k): v for k, v in self.sizes.items()})  # expect: LPR202

    async def decode(self, item: Item) -> Saved:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.pool, self._decode, item)

    def _decode(self, item: Item) -> Saved:
        array = cv2.imdecode(np.frombuffer(item.data, np.uint8), cv2.IMREAD_COLOR)
        height, width = array.shape[:2]
        self.sizes[item.number] = Size(width, height)
        path = self.scope.frame(item.number)
        cv2.imwrite(str(path), array)  # expect: LPR202
        return Saved(item, path, self.sizes[item.number])


async def contact_sheet(saved: list[Saved]) -> None:
    images = [cv2.imread(str(one.path)) for one in saved]
    sheet = np.hstack([cv2.resize(image, (64, 64)) for image in images])
    recorder = current()
    name = f"05_contact_sheet.{'png' if len(saved) < 10 else 'jpg'}"  # expect: LPR101
    await asyncio.to_thread(cv2.imwrite, str(recorder.run_folder / name), sheet)  # expect: LPR202
    recorder.metadata["sheet"] = name  # expect: LPR003


def first_frame() -> bytes:
    return current_scope().frame(1).read_bytes()


def prompt() -> str:
    return (current().run_folder / "01_prompt.txt").read_text()  # expect: LPR102
