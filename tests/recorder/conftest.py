"""A raw asyncio server on loopback for the download tests: it can send what no HTTP library would."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from recorder import LivePipelineRecorder
from recorder.downloads import comfyui
from recorder.downloads import fetch as http_fetch
from recorder.storage.writing import TEMPORARY_PREFIX

MEDIA = Path(__file__).resolve().parent.parent / "data" / "media"

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """What a client asked for. `target` is the path and query as they came over the wire."""

    target: str
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(urlsplit(self.target).query, keep_blank_values=True).items()}


@dataclass
class RawServer:
    """Answers each connection once, with the bytes or the coroutine that `answer` returns, and closes."""

    answer: Callable[[Request], Answer]
    host: str = "127.0.0.1"
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @contextlib.contextmanager
    def serving(self) -> Iterator[RawServer]:
        ready = threading.Event()
        loop = asyncio.new_event_loop()

        async def serve() -> None:
            server = await asyncio.start_server(self._connection, self.host, self.port)
            self.port = server.sockets[0].getsockname()[1]
            self._stop = asyncio.Event()
            ready.set()
            await self._stop.wait()
            server.close()
            await asyncio.sleep(0)
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        def run() -> None:
            loop.run_until_complete(serve())
            loop.close()

        thread = threading.Thread(target=run)
        thread.start()
        assert ready.wait(60)
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(self._stop.set)
            thread.join()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            try:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
                request = Request(lines[0].split(" ")[1], headers)
                self.requests.append(request)
                answer = self.answer(request)
                if isinstance(answer, bytes):
                    writer.write(answer)
                    await writer.drain()
                else:
                    await answer(writer)
            finally:
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()


def response(
    body: bytes = b"",
    status: str = "200 OK",
    content_type: str | None = None,
    length: int | None = None,
    **headers: str,
) -> bytes:
    """An HTTP/1.1 answer; `length` overrides the true Content-Length, and -1 leaves it out."""
    lines = [f"HTTP/1.1 {status}", "Connection: close"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    if length != -1:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


async def reset(writer: asyncio.StreamWriter) -> None:
    """Close the connection with RST after half an answer."""
    writer.write(response(b"half", length=100))
    await writer.drain()
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def drip(writer: asyncio.StreamWriter) -> None:
    """An endless body, a byte at a time."""
    writer.write(response(length=90_000, content_type="image/png"))
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def silence(writer: asyncio.StreamWriter) -> None:
    """Half a header and nothing more."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-")
    await asyncio.sleep(60)


@dataclass
class Downloading:
    """What the download tests work with: servers, a recorder, and what is left behind."""

    base: Path
    stack: contextlib.ExitStack
    caplog: pytest.LogCaptureFixture
    response: Callable[..., bytes] = staticmethod(response)
    reset: Any = staticmethod(reset)
    drip: Any = staticmethod(drip)
    silence: Any = staticmethod(silence)

    def server(self, answer: Callable[[Request], Answer] | Answer, **where: Any) -> RawServer:
        if isinstance(answer, bytes) or asyncio.iscoroutinefunction(answer):
            fixed = answer
            return self.stack.enter_context(RawServer(lambda request: fixed, **where).serving())
        return self.stack.enter_context(RawServer(answer, **where).serving())

    def recorder(self, **options: Any) -> LivePipelineRecorder:
        options = {"trusted_hosts": ["127.0.0.1"], "download_timeout": 60.0, **options}
        return self.stack.enter_context(LivePipelineRecorder("run", base_path=self.base, **options))

    def sample(self, name: str) -> bytes:
        return (MEDIA / name).read_bytes()

    def errors(self, recorder: LivePipelineRecorder) -> list[dict[str, Any]]:
        files = [
            recorder.run_folder / entity["filename"] for entity in recorder.get_status()["entities"] if entity["type"] == "error"
        ]
        return [json.loads(file.read_text()) for file in files]

    def saved(self, recorder: LivePipelineRecorder) -> list[str]:
        """The names of all entities but errors, with nothing else left in the run folder."""
        entities = recorder.get_status()["entities"]
        left = [name.name for name in recorder.run_folder.iterdir() if name.name.startswith(TEMPORARY_PREFIX)]
        assert left == []
        known = {entity["filename"] for entity in entities} | {
            "metadata.json",
            "entities.jsonl",
            ".recorder.lock",
        }
        assert {name.name for name in recorder.run_folder.iterdir()} == known
        return [entity["filename"] for entity in entities if entity["type"] != "error"]

    def assert_failed(self, recorder: LivePipelineRecorder, result: object, error_type: str) -> str:
        """None, no file, one error entity of that type, one log line of an error. Returns the message."""
        assert result is None
        assert self.saved(recorder) == []
        errors = self.errors(recorder)
        assert [error["error_type"] for error in errors] == [error_type], errors
        logged = [record for record in self.caplog.records if record.levelname == "ERROR"]
        assert [record.name for record in logged] == ["recorder.downloads.session"]
        assert errors[0]["message"] in logged[0].getMessage()
        return str(errors[0]["message"])


@pytest.fixture
def downloading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[Downloading]:
    """Servers and recorders for downloads, with waits of milliseconds."""
    monkeypatch.setattr(http_fetch, "FIRST_WAIT", 0.002)
    monkeypatch.setattr(comfyui, "FIRST_POLL_INTERVAL", 0.002)
    monkeypatch.setattr(comfyui, "LONGEST_POLL_INTERVAL", 0.005)
    with contextlib.ExitStack() as stack:
        yield Downloading(tmp_path, stack, caplog)
