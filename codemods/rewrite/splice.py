"""Changes to a text by byte offset, and the way between the offsets before and after them."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """The bytes `start:end` become `text`."""

    start: int
    end: int
    text: bytes = b""


@dataclass(frozen=True, slots=True)
class Region:
    """One changed place: `start:end` in the old text, `new_start:new_end` in the new one."""

    start: int
    end: int
    new_start: int
    new_end: int


class OverlapError(ValueError):
    """Two changes want the same bytes."""


class Splice:
    """Which bytes of an old text were changed into which bytes of a new one; all others are the same.

    Attributes:
        regions: In order, not overlapping.
    """

    __slots__ = ("regions", "_starts", "_new_starts")

    def __init__(self, regions: Sequence[Region]) -> None:
        self.regions = tuple(regions)
        self._starts = [region.start for region in self.regions]
        self._new_starts = [region.new_start for region in self.regions]

    def moved_start(self, offset: int) -> int | None:
        """Where the byte at `offset` of the old text stands in the new one; None when it was changed."""
        index = bisect.bisect_right(self._starts, offset) - 1
        if index < 0:
            return offset
        region = self.regions[index]
        return None if offset < region.end else offset - region.end + region.new_end

    def moved_end(self, offset: int) -> int | None:
        """The same for an exclusive end: text inserted just behind it does not belong to it."""
        index = bisect.bisect_left(self._starts, offset) - 1
        if index < 0:
            return offset
        region = self.regions[index]
        return None if offset < region.end else offset - region.end + region.new_end

    def touches(self, start: int, end: int) -> bool:
        """Whether a change lies in `start:end` of the old text, or text was inserted inside it."""
        index = bisect.bisect_left(self._starts, end) - 1
        if index < 0:
            return False
        region = self.regions[index]
        return region.end > start

    def covers(self, start: int, end: int) -> bool:
        """Whether all of `start:end` of the old text was changed or removed."""
        index = bisect.bisect_right(self._starts, start) - 1
        return index >= 0 and self.regions[index].end >= end

    def is_new(self, start: int, end: int) -> bool:
        """Whether all of `start:end` of the new text was put there by a change."""
        index = bisect.bisect_right(self._new_starts, start) - 1
        return index >= 0 and self.regions[index].new_end >= end

    def moved_back(self, start: int, end: int) -> tuple[int, int]:
        """The range of the old text that `start:end` of the new one comes from, changed regions whole."""
        first = bisect.bisect_right(self._new_starts, start) - 1
        old_start = start
        if first >= 0:
            region = self.regions[first]
            old_start = region.start if start < region.new_end else start - region.new_end + region.end
        last = bisect.bisect_left(self._new_starts, end) - 1
        old_end = end
        if last >= 0:
            region = self.regions[last]
            old_end = region.end if end < region.new_end else end - region.new_end + region.end
        return old_start, max(old_start, old_end)

    def then(self, following: Splice) -> Splice:
        """This splice and a following one of its result, as one."""
        spans = sorted(
            [(r.new_start, r.new_end, r.start, r.end, True) for r in self.regions]
            + [(r.start, r.end, r.new_start, r.new_end, False) for r in following.regions]
        )
        merged: list[Region] = []
        to_old = to_new = 0  # what to add to an offset of the middle text behind the regions seen so far
        index = 0
        while index < len(spans):
            start, end = spans[index][0], spans[index][1]
            old_start, new_start = start + to_old, start + to_new
            while index < len(spans) and spans[index][0] <= end:
                middle_start, middle_end, other_start, other_end, is_first = spans[index]
                end = max(end, middle_end)
                shift = (other_end - other_start) - (middle_end - middle_start)
                if is_first:
                    to_old += shift
                else:
                    to_new += shift
                index += 1
            merged.append(Region(old_start, end + to_old, new_start, end + to_new))
        return Splice(merged)


def splice(u8: bytes, changes: Iterable[Change]) -> tuple[bytes, Splice]:
    """Carry out `changes`.

    Raises:
        OverlapError: Two of them overlap.
    """
    parts: list[bytes] = []
    regions: list[Region] = []
    position = length = 0
    for change in sorted(changes):
        if change.start < position or not change.start <= change.end <= len(u8):
            raise OverlapError(f"changes overlap at byte {change.start}")
        kept = u8[position : change.start]
        parts += (kept, change.text)
        length += len(kept)
        regions.append(Region(change.start, change.end, length, length + len(change.text)))
        length += len(change.text)
        position = change.end
    parts.append(u8[position:])
    return b"".join(parts), Splice(regions)
