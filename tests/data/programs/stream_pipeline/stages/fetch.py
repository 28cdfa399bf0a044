"""Gets items from elsewhere into the run."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator

import aiofiles
import aiohttp

from model import Item, Kind
from scope import RunScope, current, stage

LIMIT = asyncio.Semaphore(4)


async def fetch_one(session: aiohttp.ClientSession, url: str, number: int) -> Item:
    async with LIMIT, session.get(url) as answer:
        data = await answer.read()
    item = Item(number, Kind.IMAGE, data, {"url": url})
    async with aiofiles.open(current().run_folder / f"{number:02d}_{item.kind.value}.part", "wb") as handle:  # expect: LPR202 LPR101
        await handle.write(data)
    return item


async def fetch(urls: list[str]) -> AsyncIterator[Item]:
    with stage("fetch"):
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch_one(session, url, n)) for n, url in enumerate(urls, 1)]
        for task in tasks:
            yield task.result()


async def fetch_local(scope: RunScope, sources: list[str]) -> None:
    loop = asyncio.get_running_loop()
    for source in sources:
        await loop.run_in_executor(None, shutil.copy, source, scope.live.run_folder)  # expect: LPR201
    async with asyncio.TaskGroup() as group:
        for number, source in enumerate(sources):
            group.create_task(asyncio.to_thread(shutil.copyfile, source, scope.folder / f"source_{number}"))  # expect: LPR201
