"""`data:` URLs (RFC 2397), decoded within a limit that is checked first."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

from recorder.downloads.errors import DownloadError


def decode_data_url(url: str, max_bytes: int) -> tuple[bytes, str]:
    """The content of a data: URL and its media type in lower case, without parameters.

    Raises:
        DownloadError: TooLarge, told from the length before anything is decoded; BadURL; EmptyBody.
    """
    header, comma, data = url[5:].partition(",")
    if not comma:
        raise DownloadError("BadURL", "the data: URL has no comma")
    media_type, *parameters = (part.strip().lower() for part in header.split(";"))
    in_base64 = "base64" in parameters
    least = len(data) - 2 * data.count("%")  # an escape is three characters for one byte
    least = (least // 4 - 1) * 3 if in_base64 else least
    if least > max_bytes:
        raise DownloadError("TooLarge", f"the data: URL holds {least} bytes or more, the limit is {max_bytes}")
    content = unquote_to_bytes(data) if "%" in data or not in_base64 else data.encode("utf-8")
    if in_base64:
        content = _from_base64(content)
    if not content:
        raise DownloadError("EmptyBody", "the data: URL is empty")
    if len(content) > max_bytes:
        raise DownloadError("TooLarge", f"the data: URL holds {len(content)} bytes, the limit is {max_bytes}")
    return content, media_type or "text/plain"


def _from_base64(text: bytes) -> bytes:
    text = b"".join(text.split()).rstrip(b"=")
    try:
        return base64.b64decode(text.translate(bytes.maketrans(b"-_", b"+/")) + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise DownloadError("BadURL", f"the data: URL is not base64: {error}") from None
