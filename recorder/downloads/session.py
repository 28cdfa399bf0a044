"""One call of a download method: fetches files into the run folder, checks and enters them, records failures.

Imports httpx and stamina: load it only where a download begins.
"""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, BinaryIO

from recorder.content.media_types import HEAD_SIZE, kind_of_extension
from recorder.downloads.checks import name_extension, refused_content_type, stored_extension
from recorder.downloads.data_urls import decode_data_url
from recorder.downloads.errors import DownloadError, public_url
from recorder.downloads.fetch import HttpFetcher
from recorder.downloads.methods import DownloadProgress, DownloadRequest
from recorder.downloads.swarmui import seed_in_png
from recorder.storage.atomic_files import remove

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

    from recorder.downloads.methods import Downloads

logger = logging.getLogger(__name__)

_TEXT_HEAD_SIZE = 2**20
_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file to fetch.

    Attributes:
        name: for messages, and for what its extension says of its kind.
        urls: the next one is tried after a 404.
        metadata: of the entity that it becomes.
        parameters: the query of its URL, to be escaped.
    """

    name: str
    urls: Sequence[str]
    metadata: Mapping[str, Any]
    parameters: Mapping[str, str] | None = None

    @property
    def extension(self) -> str:
        """The extension that the name declares, "" for none."""
        return name_extension(self.name)


class _Measured(io.BufferedWriter):
    """A new file, and what has been written to it since it was last emptied."""

    def __init__(self, raw: io.FileIO, *, checksum: bool) -> None:
        super().__init__(raw)
        self._checksum = checksum
        self._begin()

    def _begin(self) -> None:
        self.size = 0
        self._digest = sha256() if self._checksum else None

    def write(self, content: Buffer) -> int:
        """Write all of it."""
        if self._digest is not None:
            self._digest.update(content)
        written = super().write(content)
        self.size += written
        return written

    def truncate(self, size: int | None = None) -> int:
        """Empty the file: an attempt that failed left it half full."""
        self._begin()
        return super().truncate(size)

    @property
    def sha256(self) -> str | None:
        """In hexadecimal; None where it is not asked for."""
        return None if self._digest is None else self._digest.hexdigest()


class DownloadSession:
    """What the three sources do alike.

    `operation` is the public method's name, `origin` what was asked for; both go into the error entity.
    """

    def __init__(self, recorder: Downloads, request: DownloadRequest, operation: str, origin: Mapping[str, Any]) -> None:
        self.recorder = recorder
        self.request = request
        self.operation = operation
        self.origin = origin

    async def run(self, work: Callable[[], Awaitable[str | None]]) -> str | None:
        """The result of `work`, or None once its failure is recorded."""
        try:
            return await work()
        except (DownloadError, OSError) as error:
            await self.record_failure(error)
            return None

    async def record_failure(self, error: DownloadError | OSError) -> None:
        """One log line and one error entity; where even that cannot be stored, a second log line."""
        kind = error.error_type if isinstance(error, DownloadError) else type(error).__name__
        message = str(error)
        details: dict[str, Any] = {
            "operation": self.operation,
            "media_type": self.request.media_type,
            "config": self.request.config,
            "seed": self.request.seed,
            **self.origin,
        }
        if isinstance(error, DownloadError):
            details |= error.details
        logger.error("%s failed: %s: %s", self.operation, kind, message)

        def save() -> None:
            self.recorder.save_error(self.recorder.current_stage, kind, message, details)

        try:
            await asyncio.to_thread(save)
        except (OSError, ValueError, TypeError) as second:
            logger.error("%s: the failure could not be recorded: %s", self.operation, second)

    async def save(self, http: HttpFetcher, file: RemoteFile, index: int = 0, count: int = 1) -> str:
        """Fetch one file and enter it in the run; its name below the run folder.

        Raises:
            DownloadError: nothing was stored.
            OSError: nothing was stored, the disk is at fault.
        """
        raw = await self._create_temporary()
        temporary = str(raw.name)
        try:
            with _Measured(raw, checksum=self.recorder.checksums) as stream:
                content_type = await self._fetch(http, file, stream, index, count)
                await asyncio.to_thread(self._sync, stream)
            name = await asyncio.to_thread(self._enter, stream, file, content_type)
        except BaseException:
            # A gigabyte takes a while to go, hence a thread; it is on its way before a second cancellation.
            await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, remove, temporary))
            raise
        self.request.tell(DownloadProgress("saved", index, count, stream.size, stream.size))
        return name

    async def _create_temporary(self) -> io.FileIO:
        """As the storage's, in a thread; after a cancellation, whichever side ends last removes the file."""
        first_to_end = threading.Lock()
        made: list[io.FileIO] = []
        storage = self.recorder._storage

        def create() -> io.FileIO:
            made.append(storage.create_temporary(storage.temporary_name()))
            if not first_to_end.acquire(blocking=False):
                _close_and_discard(made[0])
            return made[0]

        try:
            return await asyncio.to_thread(create)
        except asyncio.CancelledError:
            if not first_to_end.acquire(blocking=False):
                _close_and_discard(made[0])
            raise

    async def _fetch(self, http: HttpFetcher, file: RemoteFile, stream: BinaryIO, index: int, count: int) -> str:
        """Fill `stream`; the content type."""
        request, recorder = self.request, self.recorder
        request.tell(DownloadProgress("downloading", index, count))
        if file.urls[0][:5].lower() == "data:":
            content, content_type = await asyncio.to_thread(decode_data_url, file.urls[0], recorder.max_download_bytes)
            if reason := refused_content_type(request.media_type, content_type):
                raise DownloadError("NotMedia", reason)
            await asyncio.to_thread(stream.write, content)
            return content_type
        for again, url in enumerate(file.urls, start=1):
            try:
                fetched = await http.download(
                    url,
                    stream,
                    params=file.parameters,
                    max_bytes=recorder.max_download_bytes,
                    timeout=recorder.download_timeout,
                    refuse=lambda content_type: refused_content_type(request.media_type, content_type),
                    on_progress=lambda received, total: request.tell(
                        DownloadProgress("downloading", index, count, received, total)
                    ),
                )
                return fetched.content_type
            except DownloadError as error:
                if error.status != 404 or again == len(file.urls):
                    raise
        raise AssertionError("there is at least one URL")

    def _sync(self, stream: _Measured) -> None:
        stream.flush()
        self.recorder._storage.sync_payload(stream.fileno())

    def _enter(self, written: _Measured, file: RemoteFile, content_type: str) -> str:
        temporary = str(written.name)
        with open(temporary, "rb") as stream:
            head = stream.read(_TEXT_HEAD_SIZE)
        media_type = self.request.media_type
        extension = stored_extension(media_type, head[:HEAD_SIZE], file.extension, content_type)
        metadata = {"config": self.request.config, "seed": self.request.seed, **file.metadata}
        if metadata["backend"] == "swarmui" and (seed := seed_in_png(head)) is not None:
            metadata["seed"] = seed
        return self.recorder._adopt_file(temporary, f"output_{media_type}", extension, metadata, written.size, written.sha256)

    async def save_all(self, http: HttpFetcher, files: Sequence[RemoteFile | DownloadError]) -> str | None:
        """Save files in order, up to the request's limit; the first one's name, or None when none was saved.

        A file whose name says nothing of its kind is passed over when its bytes are of another. All other
        failures are recorded together; a full disk ends the loop.
        """
        names: list[str] = []
        failures: list[dict[str, str]] = []
        for index, file in enumerate(files):
            if self.request.limit is not None and len(names) >= self.request.limit:
                break
            try:
                if isinstance(file, DownloadError):
                    raise file
                names.append(await self.save(http, file, index, len(files)))
            except DownloadError as error:
                name = "" if isinstance(file, DownloadError) else file.name
                if error.error_type == "NotMedia" and name and kind_of_extension(name_extension(name)) is None:
                    logger.info("%s: passed over %s: %s", self.operation, public_url(name), error)
                    continue
                failures.append({"file": name[:200], "error_type": error.error_type, "message": str(error)})
            except OSError as error:
                failures.append({"file": "", "error_type": type(error).__name__, "message": str(error)})
                break
        if failures:
            await self._record_failures(failures, len(files))
        elif files and not names:
            raise self.no_file([file.name for file in files if isinstance(file, RemoteFile)])
        return names[0] if names else None

    async def _record_failures(self, failures: list[dict[str, str]], count: int) -> None:
        first = failures[0]
        told = f"{first['file']}: {first['message']}" if first["file"] else first["message"]
        message = told if count == 1 else f"{len(failures)} of {count} files could not be saved, first {told}"
        await self.record_failure(DownloadError(first["error_type"], message, {"files": failures[:_MOST_TOLD]}))

    def no_file(self, names: Sequence[str]) -> DownloadError:
        """The failure that there is no file of the media type; it lists the files that there are."""
        listed = ", ".join(name[:100] for name in names[:_MOST_TOLD]) or "none"
        more = f" and {len(names) - _MOST_TOLD} more" if len(names) > _MOST_TOLD else ""
        return DownloadError("NoFile", f"there is no file that fits {self.request.media_type}; the files are: {listed}{more}")


def _close_and_discard(file: io.FileIO) -> None:
    file.close()
    remove(str(file.name))
