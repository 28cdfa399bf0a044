"""Fetch one file over HTTP: bounded in time and decoded bytes, retried, streamed to disk off the event loop.

Imports httpx and stamina: load it only where a download begins.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, BinaryIO, TypeVar

import httpcore
import httpx
import stamina

from recorder.downloads.errors import DownloadError, public_url
from recorder.downloads.guard import AddressGuard
from recorder.downloads.transport import GuardedTransport, tls_context

ATTEMPTS = 4
FIRST_WAIT = 0.5
LONGEST_WAIT = 8.0
LONGEST_RETRY_AFTER = 30.0
"""Seconds: the wait before the second attempt, the longest wait, and the most that a Retry-After gets."""
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
MAX_REDIRECTS = 5
MAX_JSON_BYTES = 64 * 2**20
_MAX_ERROR_BYTES = 4096
_BLOCK = 2**20
_PROGRESS_INTERVAL = 0.1

_NO_ENCODING = re.compile(
    r"|identity|none|binary|aws-chunked|utf-?(?:8|16|32)|(?:us-)?ascii|latin-?1|iso-8859-\d+|windows-\d+|shift_jis|euc-\w+|big5"
)
_GZIP_OR_ZLIB = 47
_BARE = -15

_TRANSIENT_STATUS = frozenset({408, 425, 429})
_TRANSIENT = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.RemoteProtocolError,
    httpcore.ProxyError,
    httpx.TimeoutException,
    httpx.NetworkError,
    httpx.RemoteProtocolError,
)
_LIBRARY_ERRORS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpcore.ConnectError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)

_Result = TypeVar("_Result")

BytesProgress = Callable[[int, int | None], None]
"""Called with the bytes received so far and the bytes announced, None where the server announces nothing."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A fetched file: bytes written, and content type in lower case without parameters, "" when absent."""

    size: int
    content_type: str


class HttpFetcher:
    """An HTTP client for one download or one job. Use it as an asynchronous context manager."""

    def __init__(self, guard: AddressGuard, *, redirects: int, tls: bool = True) -> None:
        self._guard = guard
        self._redirects = redirects
        self._tls = tls

    async def __aenter__(self) -> HttpFetcher:
        context = await asyncio.to_thread(tls_context) if self._tls else None
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(self._guard, context),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT),
            # Media is compressed already; whoever compresses regardless is decoded in bounded pieces.
            headers={"User-Agent": "recorder-toolkit", "Accept": "*/*", "Accept-Encoding": "identity"},
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._client.aclose()

    async def download(
        self,
        url: str,
        file: BinaryIO,
        *,
        max_bytes: int,
        timeout: float,
        params: Mapping[str, str] | None = None,
        refuse: Callable[[str], str | None] = lambda content_type: None,
        on_progress: BytesProgress = lambda received, total: None,
    ) -> Fetched:
        """Write the body of `url` to `file`, which is emptied before each attempt.

        Args:
            max_bytes: limit for the decoded body.
            timeout: seconds for everything, retries included.
            refuse: given the content type, why the body is not wanted, or None.

        Raises:
            DownloadError: in every case of failure; `file` then holds what came so far.
        """

        async def attempt() -> Fetched:
            async with _responses(self._client, url, params, self._redirects) as response:
                content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                if reason := refuse(content_type):
                    raise DownloadError("NotMedia", reason, status=response.status_code)
                size = await _write_body(response, file, max_bytes, on_progress)
            return Fetched(size, content_type)

        return await _within(timeout, attempt)

    async def get_json(self, url: str, *, timeout: float) -> Any:
        """The JSON value at `url`, with the same bounds and retries.

        Raises:
            DownloadError: in every case of failure.
        """

        async def attempt() -> Any:
            parts = bytearray()
            async with _responses(self._client, url, None, self._redirects) as response:
                async for part in _decoded(response, MAX_JSON_BYTES):
                    parts += part
            try:
                return json.loads(parts)
            except (ValueError, RecursionError) as error:
                raise DownloadError("BadAnswer", f"{public_url(url)} answered something that is not JSON: {error}") from None

        return await _within(timeout, attempt)


async def _within(timeout: float, attempt: Callable[[], Awaitable[_Result]]) -> _Result:
    """Run `attempt` again and again as the errors allow, at most `timeout` seconds in all."""
    deadline = time.monotonic() + timeout

    def again(error: Exception) -> bool | float:
        if not isinstance(error, DownloadError):
            certificate = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in error.args)
            return isinstance(error, _TRANSIENT) and not certificate
        if not error.transient or error.retry_after is None:
            return error.transient
        wait = min(error.retry_after, LONGEST_RETRY_AFTER)
        return wait if time.monotonic() + wait < deadline else False

    scope = asyncio.timeout(timeout)
    try:
        async with scope:
            async for trial in stamina.retry_context(
                on=again,
                attempts=ATTEMPTS,
                timeout=None,
                wait_initial=FIRST_WAIT,
                wait_max=LONGEST_WAIT,
                wait_jitter=FIRST_WAIT / 2,
            ):
                with trial:
                    return await attempt()
    except TimeoutError:
        if not scope.expired():
            raise
        raise DownloadError("DeadlineExceeded", f"not finished within {timeout:g} seconds") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol) as error:
        # What httpx says of it can hold half a password.
        raise DownloadError("BadURL", f"this is no URL that can be fetched ({type(error).__name__})") from None
    except _LIBRARY_ERRORS as error:
        raise DownloadError("ConnectionFailed", f"{type(error).__name__}: {error}".rstrip(": ")) from error
    raise AssertionError("the retries end with a result or an error")


@contextlib.asynccontextmanager
async def _responses(
    client: httpx.AsyncClient, url: str, params: Mapping[str, str] | None, redirects: int
) -> AsyncIterator[httpx.Response]:
    """The successful answer behind at most `redirects` redirects, its body not yet read.

    httpx would follow them itself, but reads the body of each redirect without a limit.
    """
    request = client.build_request("GET", url, params=params)
    for _ in range(redirects + 1):
        if request.url.scheme not in ("http", "https") or not request.url.host or not 0 < (request.url.port or 80) < 65536:
            raise DownloadError("BadURL", f"only http and https can be fetched, not {public_url(str(request.url))!r}")
        response = await client.send(request, stream=True)
        try:
            if redirects and response.next_request is not None:
                request = response.next_request
                continue
            await _check_status(response)
            yield response
            return
        finally:
            await response.aclose()
    raise DownloadError("TooManyRedirects", f"more than {redirects} redirects")


async def _check_status(response: httpx.Response) -> None:
    status = response.status_code
    where = public_url(str(response.url))
    if status == 206:
        raise DownloadError("HTTPStatus", f"{where} answered 206, a part of the file, which was not asked for", status=status)
    if not 200 <= status < 300:
        said = await _error_text(response)
        raise DownloadError(
            "HTTPStatus",
            f"{where} answered {status} {response.reason_phrase}".rstrip() + (f": {said}" if said else ""),
            {"status": status},
            status=status,
            transient=status in _TRANSIENT_STATUS or status >= 500,
            retry_after=_retry_after(response.headers.get("retry-after")),
        )


async def _error_text(response: httpx.Response) -> str:
    """What a JSON error answer says under `error`, in a few words; no page is quoted."""
    if "json" not in response.headers.get("content-type", ""):
        return ""
    body = bytearray()
    with contextlib.suppress(DownloadError, *_LIBRARY_ERRORS):
        async for part in _decoded(response, _MAX_ERROR_BYTES):
            body += part
    try:
        said = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return said[:200] if isinstance(said, str) else ""


def _retry_after(value: str | None) -> float | None:
    """Seconds from now that a Retry-After header asks for, as a number or as a date."""
    if not value:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


async def _write_body(response: httpx.Response, file: BinaryIO, max_bytes: int, on_progress: BytesProgress) -> int:
    announced = _announced_size(response)
    if announced is not None and announced > max_bytes:
        raise DownloadError("TooLarge", f"{announced} bytes are announced, the limit is {max_bytes}")
    await asyncio.to_thread(_empty, file)
    block, received, told = bytearray(), 0, 0.0
    async for part in _decoded(response, max_bytes):
        block += part
        received += len(part)
        if len(block) >= _BLOCK:
            await asyncio.to_thread(file.write, bytes(block))
            block.clear()
        if time.monotonic() - told >= _PROGRESS_INTERVAL:
            told = time.monotonic()
            on_progress(received, announced)
    if not received:
        raise DownloadError(
            "EmptyBody",
            f"{public_url(str(response.url))} answered {response.status_code} with an empty body",
            status=response.status_code,
        )
    await asyncio.to_thread(_finish, file, bytes(block))
    on_progress(received, announced)
    return received


def _empty(file: BinaryIO) -> None:
    file.seek(0)
    file.truncate()


def _finish(file: BinaryIO, rest: bytes) -> None:
    file.write(rest)
    file.flush()


def _announced_size(response: httpx.Response) -> int | None:
    """The decoded size, where the headers give it away."""
    length = response.headers.get("content-length", "")
    return int(length) if not _encodings(response) and length.isascii() and length.isdigit() else None


async def _decoded(response: httpx.Response, max_bytes: int) -> AsyncIterator[bytes]:
    """The body in pieces of at most 1 MiB, never more than `max_bytes` of it."""
    encodings = _encodings(response)
    if len(encodings) > 1 or not set(encodings) <= {"gzip", "x-gzip", "deflate"}:
        raise DownloadError("BadAnswer", f"the content encoding {', '.join(encodings)!r} was not asked for and is not known")
    inflate = _Inflate() if encodings else None
    received = 0
    async for raw in response.aiter_raw():
        for part in inflate.feed(raw) if inflate else (raw,):
            received += len(part)
            if received > max_bytes:
                raise DownloadError("TooLarge", f"more than {max_bytes} bytes, the limit")
            yield part
            if inflate:
                await asyncio.sleep(0)  # a bomb of many pieces must not hold the event loop
    if inflate and not inflate.finished:
        raise DownloadError("BadAnswer", "the compressed body ends too early", transient=True)


def _encodings(response: httpx.Response) -> list[str]:
    """The content encodings that change the body; object stores also put charsets there and what was undone on upload."""
    named = response.headers.get("content-encoding", "").lower().split(",")
    return [name for name in map(str.strip, named) if not _NO_ENCODING.fullmatch(name)]


class _Inflate:
    """Decodes gzip, zlib and bare deflate in bounded pieces, so that a bomb meets the byte limit and not the memory."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=_GZIP_OR_ZLIB)
        self._begun: bytes | None = b""
        self._over = False
        self.finished = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._begun is not None:
            data = self._begun + data
            if len(data) < 2:
                self._begun, self.finished = data, not data
                return
            self._begun = None
            if not _has_header(data):
                self._stream = zlib.decompressobj(wbits=_BARE)
        if self.finished and self._over and not data.strip(b"\0"):
            return  # padding, which gzip itself skips
        self.finished = False
        try:
            while True:
                piece = self._stream.decompress(data, _BLOCK)
                if piece:
                    yield piece
                data = self._stream.unconsumed_tail
                if self._stream.eof:
                    data, self._stream = self._stream.unused_data, zlib.decompressobj(wbits=_GZIP_OR_ZLIB)
                    self.finished = self._over = True
                    if not data.strip(b"\0"):
                        return
                    self.finished = False
                elif not data:
                    return
        except zlib.error as error:
            raise DownloadError("BadAnswer", f"the body cannot be decompressed: {error}", transient=True) from None


def _has_header(data: bytes) -> bool:
    """Whether compressed bytes begin as gzip or zlib do; `deflate` is sent without either by some servers."""
    return data[:2] == b"\x1f\x8b" or (data[0] & 15 == 8 and (data[0] << 8 | data[1]) % 31 == 0)
