"""Recognises a finding from one run to the next, although lines above it come and go."""

from __future__ import annotations

import hashlib


class Fingerprint:
    """Makes fingerprints for the findings of one run; equal ones are told apart by counting them."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], int] = {}

    def of(self, path: str, code: str, text: str) -> str:
        """The fingerprint (hexadecimal) of the next finding with this path, code and stripped source line."""
        parts = path, code, text
        count = self._seen[parts] = self._seen.get(parts, 0) + 1
        return hashlib.sha256("\0".join((*parts, str(count))).encode("utf-8", "surrogatepass")).hexdigest()
