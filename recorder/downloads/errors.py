"""The one exception behind every failed download; it never leaves the download methods."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit


class DownloadError(Exception):
    """Why a download or a job failed, in words fit for the run's error entity.

    Attributes:
        error_type: one word for programs, such as AddressRefused, TooLarge, HTTPStatus, JobFailed.
        details: JSON values that say more.
        transient: another attempt may succeed.
        retry_after: seconds that the server asked to wait, if it did.
        status: the HTTP status, if there was an answer.
    """

    def __init__(
        self,
        error_type: str,
        message: str,
        details: dict[str, Any] | None = None,
        *,
        transient: bool = False,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.details = details or {}
        self.transient = transient
        self.retry_after = retry_after
        self.status = status


def public_url(url: str) -> str:
    """The URL without user-info, query and fragment, which may hold secrets.

    Of a data: URL only its type is left.
    """
    if url[:5].lower() == "data:":
        return url[:200].partition(",")[0].partition(";")[0]
    try:
        parts = urlsplit(_without_odd_user(url))
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "(not a URL)"
    return urlunsplit((parts.scheme, host, parts.path, "", ""))[:2000]


def _without_odd_user(url: str) -> str:
    """The URL without a user-info that holds a bare / # or ?, where what parsers take for the host is half a secret."""
    scheme, mark, rest = url.partition("://")
    if not mark or "@" not in rest:
        return url
    host = re.split("[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    _, colon, port = (host.rpartition("]")[2] if host.startswith("[") else host).partition(":")
    odd_port = bool(colon) and port != "" and not port.isdigit()
    in_the_fragment = "@" in rest.partition("/")[0].partition("#")[2]
    return f"{scheme}://{rest.rpartition('@')[2]}" if odd_port or in_the_fragment else url
