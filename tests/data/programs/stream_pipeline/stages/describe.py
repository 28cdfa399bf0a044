"""Asks a model what is to be seen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import scope
from model import Item, Kind, Saved

Model = Callable[[bytes], Awaitable[str]]


async def worker(inbox: asyncio.Queue[Saved | None], outbox: asyncio.Queue[Item | None], model: Model) -> None:
    while (saved := await inbox.get()) is not None:
        text = await model(saved.path.read_bytes())
        await outbox.put(Item(saved.item.number, Kind.TEXT, text.encode(), {"of": saved.path.name}))
        with scope.stage_log().open("a") as log:  # expect: LPR202
            log.write(f"{saved.item.number} {len(text)}\n")
    await outbox.put(None)


async def describe(saved: list[Saved], model: Model, workers: int = 2) -> list[Item]:
    inbox: asyncio.Queue[Saved | None] = asyncio.Queue()
    outbox: asyncio.Queue[Item | None] = asyncio.Queue()
    for one in (*saved, *[None] * workers):
        inbox.put_nowait(one)
    with scope.stage("describe"):
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(worker(inbox, outbox, model))
    found = [item for _ in range(outbox.qsize()) if (item := outbox.get_nowait()) is not None]
    rec = scope.current()
    rec.save_entity("descriptions", json.dumps([item.meta for item in found]), {}, "descriptions", True)  # expect: LPR002
    (rec.run_folder / "descriptions.jsonl").write_text("\n".join(item.data.decode() for item in found))  # expect: LPR202
    return found
