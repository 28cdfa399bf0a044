"""Builds the pipeline from its stages and runs it."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import sys
import tempfile
from contextlib import AsyncExitStack, closing
from pathlib import Path

from model import Item, Saved, Sink
from recorder import LivePipelineRecorder
from scope import RunScope, current, recorded
from sinks import FolderSink, LineSink, append_line, write_text
from stages.decode import Decoder, contact_sheet
from stages.describe import Model, describe
from stages.fetch import fetch, fetch_local


class Pipeline:
    """The stages of one run over a list of addresses."""

    def __init__(self, run_id: str, base_path: str, model: Model) -> None:
        self.run_id, self.base_path, self.model = run_id, base_path, model
        self.sinks: list[Sink] = []
        self.scope: RunScope | None = None

    async def run(self, urls: list[str], sources: list[str]) -> list[Item]:
        async with AsyncExitStack() as stack:
            scope = await stack.enter_async_context(recorded(self.run_id, self.base_path))
            self.scope = scope
            self.sinks = [
                FolderSink(scope.live.run_folder / "items"),  # expect: LPR202
                LineSink(scope.live.run_folder / "lines.txt"),  # expect: LPR202
            ]
            decoder = await stack.enter_async_context(Decoder(scope))
            saved: list[Saved] = []
            async with asyncio.TaskGroup() as group:
                group.create_task(fetch_local(scope, sources))
                async for item in fetch(urls):
                    saved.append(await decoder.decode(item))
            items = await describe(saved, self.model)
            await self.finish(scope.live, saved, items)
            return items

    async def finish(self, live: LivePipelineRecorder, saved: list[Saved], items: list[Item]) -> None:
        await asyncio.gather(*(sink.put(item) for sink in self.sinks for item in items))
        await contact_sheet(saved)
        await write_text(live.run_folder / "done.txt", f"{len(items)} items")  # expect: LPR202
        append_line(live.run_dir / "history.log", self.run_id)  # expect: LPR001 LPR202
        with closing(sqlite3.connect(str(live.run_folder / "items.db"))) as base, base:  # expect: LPR202
            base.execute("create table items (number, text)")
            base.executemany("insert into items values (?, ?)", [(i.number, i.data.decode()) for i in items])
        live.set_state(3)  # expect: LPR002
        await self.tidy()

    async def tidy(self) -> None:
        assert self.scope is not None
        for part in self.scope.live.run_folder.glob("*.part"):
            part.unlink()  # expect: LPR203
        with tempfile.NamedTemporaryFile("w", dir=self.scope.folder, delete=False) as handle:  # expect: LPR202
            json.dump({"run": self.run_id}, handle)


async def watch(pipeline: Pipeline, every: float = 1.0) -> None:
    while pipeline.scope is not None:
        live = pipeline.scope.live
        seen = len(live.metadata["entities"])
        logging.info("%s: %s entities, step %s", live.run_dir, seen, live.current_stepp)  # expect: LPR001 LPR001
        await asyncio.sleep(every)


async def main(argv: list[str]) -> int:
    async def model(data: bytes) -> str:
        return f"{len(data)} bytes"

    pipeline = Pipeline(argv[0], argv[1], model)
    watcher = asyncio.create_task(watch(pipeline))
    try:
        items = await pipeline.run(argv[2:], [])
    finally:
        watcher.cancel()
    print(len(items), file=sys.stderr)
    return 0


async def export(live: LivePipelineRecorder, target: Path) -> None:
    """Copies what one run made to a place outside of it."""
    listing = target / "listing.json"
    await write_text(listing, json.dumps([one["filename"] for one in live.metadata["entities"]]))
    text = live.get_entity_path("descriptions")
    if text is not None:
        await write_text(target / text.name, text.read_text())
    live.metadata["exported"] = str(target)  # expect: LPR003
    current()._save()  # expect: LPR003


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
