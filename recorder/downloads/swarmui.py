"""Where the files are that a SwarmUI server names in its answers, and what a PNG of its says about itself."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable
from urllib.parse import SplitResult, quote, unquote, urlsplit

from recorder.downloads.errors import DownloadError, public_url

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_NOT_ESCAPED = re.compile(r"[^\x21-\x7e]|%(?![0-9A-Fa-f]{2})")


def image_path(item: object) -> str:
    """The path in an element of `images`: a string, or an object with the key `image`.

    Raises:
        DownloadError: BadPath, it is neither.
    """
    if isinstance(item, dict):
        item = item.get("image")
    if not isinstance(item, str) or not item.strip():
        raise DownloadError("BadPath", f"not a path of a SwarmUI image: {str(item)[:200]!r}")
    return item


def file_urls(base_url: str, path: str) -> list[str]:
    """The URLs to try for a path, the second one only when the first answers 404.

    The server hands out paths unescaped and decodes twice, so a literal %41 in a name needs to be escaped
    twice.

    Raises:
        DownloadError: BadPath: it leaves the server or its folders, or holds control characters.
    """
    escaped = False
    if re.match("[A-Za-z][A-Za-z0-9+.-]*:", path) or path.startswith("//"):
        path = _path_of_full_url(base_url, path)
        escaped = not _NOT_ESCAPED.search(path)
    plain = unquote(path) if escaped else path
    text, before = plain, ""
    while text != before:  # whatever the server decodes how often
        if _CONTROL.search(text) or "\\" in text or ".." in text.split("/"):
            raise DownloadError("BadPath", f"refused as a path of a SwarmUI image: {path[:200]!r}")
        text, before = unquote(text), text
    quoted = quote(plain.lstrip("/"), safe="/")
    urls = [f"{base_url}/{quoted}"]
    if _ESCAPE.search(plain):
        urls.append(f"{base_url}/{quote(quoted, safe='/')}")
    return urls


def _path_of_full_url(base_url: str, url: str) -> str:
    base = urlsplit(base_url)
    try:
        parts = urlsplit(url)
        same = _origin(parts) == _origin(base)
    except ValueError:
        same = False
    if not same or not parts.path.startswith(f"{base.path}/"):
        raise DownloadError("BadPath", f"refused to leave the configured server for {public_url(url)!r}")
    return parts.path[len(base.path) + 1 :]


def _origin(url: SplitResult) -> tuple[str, str | None, int]:
    return url.scheme, url.hostname, url.port or (443 if url.scheme == "https" else 80)


def seed_in_png(head: bytes) -> int | None:
    """The seed that SwarmUI wrote into the text `parameters` of a PNG, if it did.

    It is the true one, where the caller's seed and the place in the list make a guess.
    """
    for name, text in _text_chunks(head):
        if name == b"parameters":
            try:
                seed = json.loads(text)["sui_image_params"]["seed"]
                return int(seed) if isinstance(seed, (int, str)) and not isinstance(seed, bool) else None
            except (ValueError, TypeError, KeyError, RecursionError):
                return None
    return None


def _text_chunks(head: bytes) -> Iterable[tuple[bytes, bytes]]:
    at = 8 if head.startswith(b"\x89PNG\r\n\x1a\n") else len(head)
    while at + 8 <= len(head):
        size, kind = int.from_bytes(head[at : at + 4], "big"), head[at + 4 : at + 8]
        body = head[at + 8 : at + 8 + size]
        name, _, rest = body.partition(b"\0")
        if len(body) < size or kind == b"IDAT":
            return
        if kind == b"tEXt":
            yield name, rest
        elif kind == b"zTXt" and rest:
            yield name, _inflate(rest[1:])
        elif kind == b"iTXt" and len(rest) > 2:
            text = rest[2:].split(b"\0", 2)[-1]
            yield name, _inflate(text) if rest[0] else text
        at += size + 12


def _inflate(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, 2**20)
    except zlib.error:
        return b""
