"""The three sources of downloads: a URL, the images that SwarmUI lists, the outputs of a ComfyUI job.

Imports httpx and stamina: load it only where a download begins.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recorder.downloads import comfyui, swarmui
from recorder.downloads.checks import may_fit
from recorder.downloads.errors import DownloadError, public_url
from recorder.downloads.fetch import MAX_REDIRECTS, HttpFetcher
from recorder.downloads.guard import AddressGuard
from recorder.downloads.methods import DownloadProgress, DownloadRequest
from recorder.downloads.session import DownloadSession, RemoteFile

if TYPE_CHECKING:
    from recorder.downloads.methods import Downloads


async def from_url(recorder: Downloads, url: str, request: DownloadRequest) -> str | None:
    """See `Downloads.download_and_save_from_url`."""

    async def work() -> str:
        if not isinstance(url, str) or not url.strip():
            raise DownloadError("BadURL", f"not a URL: {url!r}")
        name = "" if url[:5].lower() == "data:" else url
        async with HttpFetcher(AddressGuard.of(recorder.trusted_hosts), redirects=MAX_REDIRECTS) as http:
            return await session.save(http, RemoteFile(name, [url.strip()], origin))

    origin = {"backend": "url", "source_url": public_url(url) if isinstance(url, str) else ""}
    session = DownloadSession(recorder, request, "download_and_save_from_url", origin)
    return await session.run(work)


async def from_swarmui(recorder: Downloads, image_paths: Sequence[Any], request: DownloadRequest) -> str | None:
    """See `Downloads.download_and_save_from_swarmui`."""

    async def work() -> str | None:
        paths = [image_paths] if isinstance(image_paths, (str, dict)) else list(image_paths or ())
        base_url, guard = _server(recorder.swarmui_url)
        files = [_swarmui_file(base_url, index, item) for index, item in enumerate(paths)]
        fitting = [file for file in files if isinstance(file, DownloadError) or may_fit(request.media_type, file.name)]
        if not fitting:
            raise session.no_file([file.name for file in files if isinstance(file, RemoteFile)])
        # Redirects are not followed: for an unknown path they lead to an error page.
        async with HttpFetcher(guard, redirects=0, tls=base_url.startswith("https:")) as http:
            return await session.save_all(http, fitting)

    session = DownloadSession(recorder, request, "download_and_save_from_swarmui", {"backend": "swarmui"})
    return await session.run(work)


def _swarmui_file(base_url: str, index: int, item: object) -> RemoteFile | DownloadError:
    try:
        path = swarmui.image_path(item)
        if path[:5].lower() == "data:":
            urls, name = [path], public_url(path)
        else:
            urls, name = swarmui.file_urls(base_url, path), public_url(path) if "://" in path else path
    except DownloadError as error:
        return error
    return RemoteFile(name, urls, {"backend": "swarmui", "source_url": public_url(urls[0]), "index": index})


async def from_comfyui(recorder: Downloads, prompt_id: str, request: DownloadRequest) -> str | None:
    """See `Downloads.download_and_save_from_comfyui`."""

    async def work() -> str | None:
        if not isinstance(prompt_id, str) or not prompt_id.strip(" ."):
            raise DownloadError("BadPromptId", f"not the id of a ComfyUI job: {prompt_id!r}")
        base_url, guard = _server(recorder.comfyui_url)
        async with HttpFetcher(guard, redirects=0, tls=base_url.startswith("https:")) as http:
            entry = await _wait(recorder, http, base_url, prompt_id, request)
            return await _save_outputs(session, http, base_url, prompt_id, entry)

    session = DownloadSession(recorder, request, "download_and_save_from_comfyui", _of_job(prompt_id))
    return await session.run(work)


async def _wait(
    recorder: Downloads, http: HttpFetcher, base_url: str, prompt_id: str, request: DownloadRequest
) -> Mapping[str, Any]:
    state, answered = "not seen", False

    def on_state(new: str) -> None:
        nonlocal state
        state = new
        request.tell(DownloadProgress(new))

    async def get_json(url: str) -> Any:
        nonlocal answered
        for outage in range(1, comfyui.OUTAGE_ROUNDS + 1):
            try:
                answer = await http.get_json(url, timeout=recorder.download_timeout)
                answered = True
                return answer
            except DownloadError as error:
                passing = error.transient or error.error_type in ("ConnectionFailed", "DeadlineExceeded")
                if not (answered and passing) or outage == comfyui.OUTAGE_ROUNDS:
                    raise
            on_state("unreachable")
            await asyncio.sleep(comfyui.LONGEST_POLL_INTERVAL)

    scope = asyncio.timeout(recorder.job_timeout)
    try:
        async with scope:
            return await comfyui.wait_for_job(get_json, base_url, prompt_id, on_state)
    except TimeoutError:
        if not scope.expired():
            raise
        raise DownloadError("JobTimeout", f"the job is not over after {recorder.job_timeout:g} seconds; it is {state}") from None


async def _save_outputs(
    session: DownloadSession, http: HttpFetcher, base_url: str, prompt_id: str, entry: Mapping[str, Any]
) -> str | None:
    """Save what fits. A job that failed is a failure whatever it left, but what it left is saved first."""
    everything = comfyui.output_files(entry)
    fitting = [file for file in everything if may_fit(session.request.media_type, file.filename)]
    files = [
        RemoteFile(
            file.filename,
            [f"{base_url}/view"],
            _of_job(prompt_id) | {"index": index, "node": file.node, "source": file.parameters},
            file.parameters,
        )
        for index, file in enumerate(comfyui.without_superseded_previews(fitting))
    ]
    failure = comfyui.job_failure(entry)
    first = None
    with contextlib.suppress(DownloadError) if failure else contextlib.nullcontext():
        first = await session.save_all(http, files)
    if failure:
        raise failure
    if not files:
        raise session.no_file([file.filename for file in everything])
    return first


def _of_job(prompt_id: str) -> dict[str, Any]:
    return {"backend": "comfyui", "prompt_id": str(prompt_id)[:200]}


def _server(url: str) -> tuple[str, AddressGuard]:
    """A base URL without a slash at its end, and a guard that lets nothing but that server be reached."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = (parts.hostname or "").rstrip(".")
    return url.partition("?")[0].rstrip("/"), AddressGuard(frozenset({(host, port)}), only_trusted=True)
