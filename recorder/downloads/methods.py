"""The recorder's download methods.

What they need of httpx, stamina and asyncio is imported when the first one is called.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recorder.downloads.errors import public_url
from recorder.downloads.sync_bridge import run_sync
from recorder.names import check_name
from recorder.saving import Saving
from recorder.storage.json_values import plain

if TYPE_CHECKING:
    from types import ModuleType

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """What the callback `on_progress` is called with, as its one argument.

    Attributes:
        state: "queued", "running", "absent" or "unreachable" while a ComfyUI job is waited for, then
            "downloading" and, once per file, "saved".
        index: place of the file among those of the download, from 0.
        count: how many files there are; 0 while that is not known.
        received: bytes of this file so far.
        total: bytes that the server announced, None if it did not.
    """

    state: str
    index: int = 0
    count: int = 0
    received: int = 0
    total: int | None = None


OnProgress = Callable[[DownloadProgress], object]
"""Called in the thread of the download's event loop, at most ten times a second and file, so it should be
quick. What it raises is logged and changes nothing."""


@dataclass(frozen=True, slots=True)
class DownloadRequest:
    """What all three sources have in common."""

    media_type: str
    config: Any
    seed: Any
    on_progress: OnProgress | None
    limit: int | None = None

    def __post_init__(self) -> None:
        check_name("media_type", self.media_type)
        plain({"config": self.config, "seed": self.seed}, "metadata")
        if self.limit is not None and self.limit < 1:
            raise ValueError(f"limit must be 1 or more, or None, not {self.limit!r}")

    def tell(self, progress: DownloadProgress) -> None:
        """Call the caller's callback."""
        if self.on_progress is None:
            return
        try:
            self.on_progress(progress)
        except Exception:  # the callback is the caller's code, and the download goes on whatever it does
            logger.exception("on_progress failed")


def checked_url(what: str, value: str) -> str:
    """The base URL of a server.

    Raises:
        TypeError: it is no str.
        ValueError: it is no http or https URL with a host.
    """
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a URL, not {value!r}")
    try:
        parts = urlsplit(value.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, brackets without an address
        usable = False
    if not usable:
        raise ValueError(f"{what} must be a URL such as http://127.0.0.1:8188, not {public_url(value)!r}")
    return value.strip()


class Downloads(Saving):
    """Download methods for `LivePipelineRecorder`, all of them `async` with a twin `..._sync`.

    A download that fails is logged, recorded as an entity `error`, leaves no partial file, and answers None.
    Only what the caller did wrong is raised: ValueError for a media type that is no safe name, a limit
    below 1 or an entry of `trusted_hosts` that is no host, TypeError for a config or seed that JSON cannot
    hold, and ImportError where the extra `download` is missing.

    Media types image, audio, music, video and 3d accept files of that kind alone, by their bytes; every other
    takes all files. Files are stored as entities `output_{media_type}` whose metadata holds config, seed,
    backend, and where they came from.
    """

    comfyui_url: str
    swarmui_url: str
    trusted_hosts: tuple[str, ...]
    max_download_bytes: int
    download_timeout: float
    job_timeout: float

    async def download_and_save_from_url(
        self,
        url: str,
        media_type: str,
        config: Any,
        seed: Any = None,
        *,
        on_progress: OnProgress | None = None,
    ) -> str | None:
        """Download one http, https or data: URL into the run.

        Private, loopback, link-local and metadata addresses are refused on every hop, when the connection is
        made, unless the host (or host:port) is among `trusted_hosts`. At most 5 redirects. No proxy is used.
        The metadata's `source_url` has no query and no user-info.

        Args:
            url: what to download.
            media_type: image, audio, music, video, 3d, or anything else for any file.
            config: stored in the metadata, as is `seed`.
            on_progress: called with a `DownloadProgress`.

        Returns:
            The file name below `run_folder`, or None after a failure.
        """
        request = DownloadRequest(media_type, config, seed, on_progress)
        name: str | None = await (await _jobs()).from_url(self, url, request)
        return name

    async def download_and_save_from_swarmui(
        self,
        image_paths: Sequence[Any],
        media_type: str,
        config: Any,
        seed: Any = None,
        *,
        limit: int | None = None,
        on_progress: OnProgress | None = None,
    ) -> str | None:
        """Download the files that a SwarmUI answer lists under `images`.

        Each is a path, a full URL of the same server, a `data:` URL, or an object with such an `image`.
        All that fit the media type are saved, in the order given, `limit` at most; each with its `index` in
        the list. The seed stored is the one that SwarmUI wrote into a PNG, else the caller's.

        Returns:
            The first one's file name below `run_folder`, or None if none was saved.
        """
        request = DownloadRequest(media_type, config, seed, on_progress, limit)
        name: str | None = await (await _jobs()).from_swarmui(self, image_paths, request)
        return name

    async def download_and_save_from_comfyui(
        self,
        prompt_id: str,
        media_type: str,
        config: Any,
        seed: Any = None,
        *,
        limit: int | None = None,
        on_progress: OnProgress | None = None,
    ) -> str | None:
        """Wait for a ComfyUI job, up to `job_timeout` seconds, and save its files that fit the media type.

        They are ordered by node id as a number, then by their place in the node's list; files of type temp
        (previews) are taken only where there is no output. Each has its `index`, its `node` and the
        `prompt_id` in the metadata. `limit` saves that many at most. A job that failed or was interrupted is
        a failure (None), but what it finished is saved.

        Returns:
            The first one's file name below `run_folder`, or None after a failure.
        """
        request = DownloadRequest(media_type, config, seed, on_progress, limit)
        name: str | None = await (await _jobs()).from_comfyui(self, prompt_id, request)
        return name

    def download_and_save_from_url_sync(
        self,
        url: str,
        media_type: str,
        config: Any,
        seed: Any = None,
        *,
        on_progress: OnProgress | None = None,
    ) -> str | None:
        """`download_and_save_from_url` for synchronous callers, in and outside a running event loop."""
        return run_sync(self.download_and_save_from_url(url, media_type, config, seed, on_progress=on_progress))

    def download_and_save_from_swarmui_sync(
        self,
        image_paths: Sequence[Any],
        media_type: str,
        config: Any,
        seed: Any = None,
        *,
        limit: int | None = None,
        on_progress: OnProgress | None = None,
    ) -> str | None:
        """`download_and_save_from_swarmui` for synchronous callers, in and outside a running event loop."""
        return run_sync(
            self.download_and_save_from_swarmui(image_paths, media_type, config, seed, limit=limit, on_progress=on_progress)
        )

    def download_and_save_from_comfyui_sync(
        self,
        prompt_id: str,
        media_type: str,
        config: Any,
        seed: Any = None,
        *,
        limit: int | None = None,
        on_progress: OnProgress | None = None,
    ) -> str | None:
        """`download_and_save_from_comfyui` for synchronous callers, in and outside a running event loop."""
        return run_sync(
            self.download_and_save_from_comfyui(prompt_id, media_type, config, seed, limit=limit, on_progress=on_progress)
        )


async def _jobs() -> ModuleType:
    """The module that does the work, imported in a thread: httpx takes a tenth of a second."""
    name = "recorder.downloads.jobs"
    if name in sys.modules:
        return importlib.import_module(name)
    import asyncio

    try:
        return await asyncio.to_thread(importlib.import_module, name)
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] in ("httpx", "httpcore", "stamina"):
            raise ImportError(
                f'downloads need {error.name}: pip install "recorder-toolkit[download]"', name=error.name
            ) from error
        raise
