"""What a caller gives to be saved: its bytes or where they come from, and the extension it is saved under."""

from __future__ import annotations

import io
import logging
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any, BinaryIO, cast

from recorder.content.media_types import (
    ACTIVE_EXTENSIONS,
    HEAD_SIZE,
    MEDIA_KINDS,
    check_format,
    detect_extension,
    fits,
    has_signature,
    is_format,
    kind_of_extension,
    media_metadata,
    same_format,
)
from recorder.storage.atomic_files import write_all
from recorder.storage.json_values import dump_document, plain

logger = logging.getLogger(__name__)

Content = str | bytes | bytearray | memoryview | dict[str, Any] | list[Any] | os.PathLike[str] | BinaryIO
"""What can be saved. A dict or list becomes JSON; a path or a binary stream is copied piece by piece."""

_NONBLOCK: int = getattr(os, "O_NONBLOCK", 0)  # Windows has none
_PIECE = 1 << 18
"""Bytes read and written at once. A megabyte costs page faults at each reading; and where ext4 gets more than two megabytes at
once it may look for huge pages, at several times the cost of the writing."""


@dataclass(slots=True)
class Payload:
    """Content made ready: `data`, or `head` (already read) and the rest of `stream`."""

    data: bytes | memoryview
    head: bytes | None
    """The first bytes, to recognise the type by; None for text and JSON, which is never sniffed."""
    natural_extension: str
    stream: BinaryIO | None = None
    suffix: str = ""
    """The extension of the file's own name, lower case; "" for content without one."""

    def write(self, descriptor: int, *, checksum: bool) -> tuple[int, str | None]:
        """Write it all; returns the size in bytes, and with `checksum` the SHA-256 in hexadecimal.

        Raises:
            OSError: as the system says.
            TypeError: the stream gives something else than bytes.
        """
        size, digest = 0, sha256() if checksum else None
        for piece in self._pieces():
            write_all(descriptor, piece)
            size += len(piece)
            if digest is not None:
                digest.update(piece)
        return size, None if digest is None else digest.hexdigest()

    def _pieces(self) -> Iterator[bytes | memoryview]:
        if len(self.data) <= _PIECE:
            yield self.data
        else:
            view = memoryview(self.data)
            yield from (view[start : start + _PIECE] for start in range(0, len(view), _PIECE))
        while self.stream is not None and (piece := read_piece(self.stream, _PIECE)):
            yield piece


def in_memory(content: object) -> Payload | None:
    """The payload of content that is in memory, None for a path or a stream.

    Raises:
        TypeError: a dict or list holds a value that JSON cannot hold.
    """
    if isinstance(content, (bytes, bytearray, memoryview)):
        return from_bytes(content)
    if isinstance(content, str):
        return Payload(content.encode("utf-8"), None, "txt")
    if isinstance(content, (dict, list)):
        return Payload(dump_document(plain(content, "content")), None, "json")
    return None


@contextmanager
def opened(content: object) -> Iterator[Payload]:
    """The payload of a path or a stream; a path is open as long as the context lasts.

    Raises:
        TypeError: `content` is of another type or a text stream.
        ValueError: the path is that of a pipe, a device or a socket.
        OSError: the path cannot be read.
    """
    if isinstance(content, os.PathLike):
        with open(content, "rb", opener=_open_plain) as stream:
            yield from_stream(stream, own_suffix(os.fspath(content)))
    elif isinstance(content, io.TextIOBase) or not hasattr(content, "read"):
        what = "a text stream; open it in binary mode" if hasattr(content, "read") else type(content).__name__
        raise TypeError(f"content must be str, bytes, dict, list, a Path or a binary stream, not {what}")
    else:
        yield from_stream(cast(BinaryIO, content), own_suffix(getattr(content, "name", None)))


def _open_plain(path: str, flags: int) -> int:
    """A descriptor, as `open` asks for it; never waits."""
    _check_plain(path, os.stat(path))  # first: to open a pipe or a device can do something
    descriptor = os.open(path, flags | _NONBLOCK)
    try:
        _check_plain(path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check_plain(path: str, status: os.stat_result) -> None:
    """Refuse what may have no end, or wait without end. A folder is refused by `open`."""
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        what = "is a pipe, a device or a socket and no plain file; what it gives can be saved from a stream"
        raise ValueError(f"content: {os.fsdecode(path)} {what}")


def from_bytes(content: bytes | bytearray | memoryview) -> Payload:
    """The payload of bytes, which are not copied."""
    if isinstance(content, bytes):
        return Payload(content, content[:HEAD_SIZE], "bin")
    view = memoryview(content)
    view = view.cast("B") if view.c_contiguous else memoryview(view.tobytes())
    return Payload(view, bytes(view[:HEAD_SIZE]), "bin")


def own_suffix(name: object) -> str:
    """The extension that a file's name has, in lower case: "csv", "tar.gz"; "" where it has none that could be one here."""
    if not isinstance(name, str):  # the number of a file without a name
        return ""
    stem, dot, suffix = PurePath(name).name.lower().rpartition(".")
    if stem.endswith(".tar"):
        suffix = f"tar.{suffix}"
    return suffix if stem and dot and is_format(suffix) else ""


def from_stream(stream: BinaryIO, suffix: str = "") -> Payload:
    """The payload of a binary stream from where it stands, of which the head is read."""
    head = b""
    while len(head) < HEAD_SIZE and (piece := read_piece(stream, HEAD_SIZE - len(head))):
        head += piece
    return Payload(head, head, "bin", stream, suffix)


def read_piece(stream: BinaryIO, size: int) -> bytes:
    """Up to `size` bytes, none at the end.

    Raises:
        TypeError: the stream gives text, or nothing yet (a stream that does not block).
    """
    piece = cast(object, stream.read(size))
    if not isinstance(piece, (bytes, bytearray, memoryview)):
        raise TypeError(f"content is a stream that gave {type(piece).__name__}, not bytes")
    return bytes(piece)


def choose_extension(entity_type: str, payload: Payload, metadata: Mapping[str, Any]) -> str:
    """The extension: recognised bytes decide; else metadata["format"]; else the file's own suffix; else the type of the content.

    Under a media type such as output_audio, recognised bytes of another kind do not decide.

    Raises:
        ValueError: metadata["format"], or the suffix, is needed and is no extension or an active type such as html.
    """
    declared = metadata.get("format")
    declared = None if declared == "" else declared.lower() if isinstance(declared, str) else declared
    detected = detect_extension(payload.head) if payload.head else None
    if detected is not None and fits(entity_type, detected) and detected not in ACTIVE_EXTENSIONS - {"svg"}:
        return _recognised(entity_type, detected, declared, payload.suffix)
    if declared is not None:
        checked = check_format(declared, detected)
        if detected is not None and not same_format(detected, checked):
            logger.warning("%s: the bytes are %s; stored as %s as asked for", entity_type, detected, checked)
        return checked
    # A suffix whose format has a signature is disproved by bytes without it.
    if payload.suffix and detected is None and not (payload.head and has_signature(payload.suffix)):
        if fits(entity_type, payload.suffix):
            return check_format(payload.suffix, where="the file's suffix")
    if payload.head is not None and entity_type.startswith("output_") and entity_type[7:] in MEDIA_KINDS:
        logger.warning("%s: the bytes are %s; stored as bin", entity_type, detected or "of no known type")
    return payload.natural_extension


def _recognised(entity_type: str, detected: str, declared: object, suffix: str) -> str:
    """The extension of recognised bytes, as exact as the caller or the file's name makes it."""
    if isinstance(declared, str) and same_format(detected, declared):
        return declared if declared == "jpeg" else _more_exact(entity_type, detected, declared)
    if declared is not None:
        logger.warning("%s: the bytes are %s, 'format' says %r", entity_type, detected, declared)
    elif suffix and same_format(detected, suffix):
        return _more_exact(entity_type, detected, suffix)
    return detected


def _more_exact(entity_type: str, detected: str, declared: str) -> str:
    """docx rather than zip where the caller says so, because a container tells little; but jpg for jpeg."""
    another_kind = kind_of_extension(detected) != kind_of_extension(declared)
    usable = is_format(declared) and ACTIVE_EXTENSIONS.isdisjoint(declared.split("."))
    return declared if another_kind and usable and fits(entity_type, declared) else detected


def with_media(extension: str, source: Path | bytes | memoryview, metadata: dict[str, Any]) -> dict[str, Any]:
    """`metadata` with width, height or duration where the file shows them; the caller's keys stand."""
    if kind_of_extension(extension) not in ("image", "audio", "video"):
        return metadata
    found = media_metadata(source if isinstance(source, (bytes, Path)) else bytes(source))
    return metadata | {key: value for key, value in found.items() if key not in metadata}
