"""Pictures, sounds and films in the page: thumbnails, small files as data URLs, larger ones linked."""

from __future__ import annotations

import base64
import html
import io
import os
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from recorder.content.media_types import ACTIVE_EXTENSIONS
from recorder.runs.files import open_file, read_file

THUMBNAIL = 320
"""Width and height that a thumbnail fits into, in pixels."""
EMBED_LIMIT = 1 << 20
"""Media files up to so many bytes are put into the page; larger ones are linked."""
PAGE_LIMIT = 50 << 20
"""Bytes of media that are put into one page, thumbnails included; what comes after is linked."""
_IMAGE_LIMIT = 50_000_000  # pixels; a bomb is not unpacked
_THUMBNAIL_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF")  # and none that calls another program, as EPS does
MIME = {
    "mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac", "ogg": "audio/ogg", "oga": "audio/ogg",
    "opus": "audio/ogg", "m4a": "audio/mp4", "aac": "audio/aac", "mp4": "video/mp4", "webm": "video/webm",
    "mov": "video/quicktime", "mkv": "video/x-matroska", "ogv": "video/ogg", "png": "image/png", "jpg": "image/jpeg",
    "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "svg": "image/svg+xml", "bmp": "image/bmp",
    "avif": "image/avif",
}  # fmt: skip
"""Extension -> media type of what browsers show."""


@dataclass(slots=True)
class Media:
    """Where the media of one page come from.

    Attributes:
        base: The folder that the page will lie in.
        embedded: Bytes of media in it so far.
    """

    base: Path
    embedded: int = 0

    def address(self, path: Path) -> str | None:
        """The address of a file as seen from the page; None where its scripts would run once it is opened."""
        if path.suffix[1:].lower() in ACTIVE_EXTENSIONS:
            return None
        return self._address(path)

    def _address(self, path: Path) -> str:
        return html.escape(quote(os.fsencode(os.path.relpath(path.resolve(), self.base))))

    def source(self, path: Path, size: int) -> str:
        """A small file's content as a data URL, the address of a larger one.

        Raises:
            OSError: The file cannot be read.
        """
        if size > EMBED_LIMIT or self.embedded + size > PAGE_LIMIT:
            os.close(open_file(path))  # to say it if it cannot be read
            return self._address(path)
        return self._data_url(MIME[path.suffix[1:].lower()], read_file(path))

    def picture(self, path: Path, size: int) -> str:
        """A thumbnail as a data URL; where there can be none, as `source`.

        Raises:
            OSError: The file cannot be read.
        """
        if path.suffix.lower() != ".svg" and self.embedded <= PAGE_LIMIT:
            with open(open_file(path), "rb") as file:
                content = shrunk(file)
            if content is not None:
                return self._data_url("image/webp", content)
        return self.source(path, size)

    def _data_url(self, mime: str, content: bytes) -> str:
        self.embedded += len(content)
        return f"data:{mime};base64,{base64.b64encode(content).decode('ascii')}"


def shrunk(file: BinaryIO) -> bytes | None:
    """A small WebP of a picture; None where it cannot be made (no Pillow, animation, damage, far too large)."""
    try:
        from PIL import Image
    except ImportError:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large images and damaged tags: they are no news to whoever looks
            with Image.open(file, formats=_THUMBNAIL_FORMATS) as image:
                if image.width * image.height > _IMAGE_LIMIT or getattr(image, "is_animated", False):
                    return None
                image.thumbnail((THUMBNAIL, THUMBNAIL))
                transparent = "A" in image.getbands() or "transparency" in image.info
                buffer = io.BytesIO()
                image.convert("RGBA" if transparent else "RGB").save(buffer, "WEBP", quality=75, method=2)
    except (OSError, ValueError, SyntaxError, ArithmeticError, LookupError, TypeError, AttributeError, MemoryError,
            EOFError, struct.error, zlib.error, Image.DecompressionBombError):  # fmt: skip
        return None  # parsers raise what they like on hostile bytes
    return buffer.getvalue()
