"""Which downloaded files are what was asked for, and the extension that they are stored under."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from recorder.content.media_types import (
    ACTIVE_EXTENSIONS,
    MEDIA_KINDS,
    detect_extension,
    fits,
    has_signature,
    kind_of_extension,
    same_format,
)
from recorder.content.signatures import is_animated_webp, is_text
from recorder.downloads.errors import DownloadError

_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|script|title)\b", re.IGNORECASE)
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*[{\[]")
_OF_CONTENT_TYPE = {
    "model/gltf+json": "gltf",
    "model/obj": "obj",
    "model/stl": "stl",
    "application/sla": "stl",
    "model/vnd.collada+xml": "dae",
    "text/plain": "txt",
    "application/json": "json",
    "text/csv": "csv",
    "text/markdown": "md",
}


def refused_content_type(media_type: str, content_type: str) -> str | None:
    """Why no media comes under this content type: a page or a JSON answer is an error or a login form.

    None if it may.
    """
    if media_type not in MEDIA_KINDS or content_type == "model/gltf+json":
        return None
    if content_type in (
        "text/html",
        "application/xhtml+xml",
        "application/json",
        "text/json",
    ) or content_type.endswith("+json"):
        return f"{content_type} is not {media_type}"
    return None


def name_extension(name: str) -> str:
    """The extension of a file name or URL, lower case, without a dot; "" if it has none to be used."""
    path = unquote(urlsplit(name).path) if "://" in name else name
    extension = PurePosixPath(path).suffix[1:].lower()
    return extension if re.fullmatch("[a-z0-9]{1,10}", extension) else ""


def may_fit(media_type: str, filename: str) -> bool:
    """Whether the name of a file allows that it is of the media type; an unknown extension does."""
    extension = name_extension(filename)
    return kind_of_extension(extension) is None or fits(f"output_{media_type}", extension)


def stored_extension(media_type: str, head: bytes, declared: str, content_type: str) -> str:
    """The extension for a file that begins with `head`: what it is, else what is declared and not disproved.

    Raises:
        DownloadError: NotMedia, the file is not of the media type.
    """
    detected = detect_extension(head)
    declared = declared or _OF_CONTENT_TYPE.get(content_type, "")
    if media_type not in MEDIA_KINDS:
        return detected or (declared if declared and declared not in ACTIVE_EXTENSIONS else "txt" if is_text(head) else "bin")
    if media_type == "video" and detected == "webp" and not is_animated_webp(head):
        raise DownloadError("NotMedia", "the file is webp that does not move, not video")
    if detected is not None:
        if fits(f"output_{media_type}", detected):
            return detected
        if same_format(detected, declared) and fits(f"output_{media_type}", declared):
            return declared
        raise DownloadError("NotMedia", f"the file is {detected}, not {media_type}")
    if _PAGE.match(head) or (declared != "gltf" and _JSON.match(head)):
        raise DownloadError("NotMedia", f"the file is a page or a JSON answer, not {media_type}")
    if declared and fits(f"output_{media_type}", declared) and not has_signature(declared):
        return declared
    raise DownloadError("NotMedia", f"the file is not recognised as {media_type}; it begins with {head[:16]!r}")
