"""The queue: takes jobs, runs them, keeps what they say."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections import defaultdict
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import aiofiles

from jobs.handlers import HANDLERS
from jobs.model import Job, Outcome, State

if TYPE_CHECKING:
    from container import Container

log = logging.getLogger(__name__)


class JobQueue:
    """First in, first out; `run_folder` of each job's recorder takes its files."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.waiting: asyncio.Queue[Job] = asyncio.Queue()
        self.done = []
        self.by_kind = defaultdict(list)

    async def put(self, run_id: str, kind: str, **arguments: object) -> Job:
        job = Job(run_id, kind, self.container.recorder(run_id), arguments=arguments)
        job.recorder.save_entity("arguments", job.arguments)
        await self.waiting.put(job)
        return job

    async def work(self) -> None:
        while True:
            job = await self.waiting.get()
            async with self.running(job) as recorder:
                await self.attempt(job)
                log.info("%s is in %s", job.id, recorder.run_dir)  # expect: LPR001
            self.waiting.task_done()

    @asynccontextmanager
    async def running(self, job: Job):
        job.state = State.RUNNING
        job.scratch.mkdir(exist_ok=True)  # expect: LPR202
        try:
            yield job.recorder
        finally:
            await self.note(job, job.state.value)

    async def attempt(self, job: Job) -> None:
        try:
            outcome = await HANDLERS[job.kind](job)
        except Exception:
            job.state = State.FAILED
            job.attempts += 1
            self.failed(job)
        else:
            job.state = State.DONE
            self.keep(outcome)

    def failed(self, job: Job) -> None:
        target = job.recorder.run_folder / f"90_error_{job.attempts}.txt"  # expect: LPR101
        target.write_text(traceback.format_exc(), encoding="utf-8")  # expect: LPR202

    def keep(self, outcome: Outcome) -> None:
        job, recorder, message = outcome
        self.done.append(recorder)
        self.by_kind[job.kind].append(job)
        (recorder.run_folder / "message.txt").write_text(message, encoding="utf-8")  # expect: LPR202
        recorder.save_entity("message", message, meta={"kind": job.kind})  # expect: LPR002

    async def note(self, job: Job, text: str) -> None:
        async with aiofiles.open(job.log_path(), "a") as file:  # expect: LPR202
            await file.write(text + "\n")

    async def report(self, path: str) -> None:
        found = {recorder.run_id: str(recorder.run_dir) for recorder in self.done}  # expect: LPR001
        with open(path, "w", encoding="utf-8") as file:
            json.dump(found, file)

    async def stop(self, workers: list[asyncio.Task[None]]) -> None:
        for worker in workers:
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker
