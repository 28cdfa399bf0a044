"""Which lines two versions of a file share, in time that grows with their length: lines that occur once anchor the rest."""

from __future__ import annotations

import bisect
import difflib
from collections import Counter
from collections.abc import Iterator, Sequence

Opcode = tuple[str, int, int, int, int]  # as difflib's: tag, old start, old end, new start, new end
Match = tuple[int, int, int]  # old start, new start, number of lines
_LARGEST_GAP = 5_000  # lines between two anchors that difflib compares; more than that are taken as replaced


def split_lines(content: bytes) -> list[bytes]:
    """Lines as patch and git count them: only a line feed ends one."""
    lines = content.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def opcodes(old: Sequence[bytes], new: Sequence[bytes]) -> list[Opcode]:
    """How to turn `old` into `new`, as `difflib.SequenceMatcher.get_opcodes` tells it."""
    found: list[Opcode] = []
    i = j = 0
    for a, b, length in [*_joined(_matches(old, new)), (len(old), len(new), 0)]:
        if i < a or j < b:
            found.append(("insert" if i == a else "delete" if j == b else "replace", i, a, j, b))
        i, j = a + length, b + length
        if length:
            found.append(("equal", a, i, b, j))
    return found


def _joined(matches: Iterator[Match]) -> Iterator[Match]:
    """The matches without empty ones, adjacent ones made one."""
    i = j = length = 0
    for a, b, more in matches:
        if (a, b) == (i + length, j + length):
            length += more
            continue
        if length:
            yield i, j, length
        i, j, length = a, b, more
    if length:
        yield i, j, length


def _matches(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[Match]:
    head, tail = _ends(old, new, 0, len(old), 0, len(new))
    yield 0, 0, head
    i, j = head, head
    end_i, end_j = len(old) - tail, len(new) - tail
    for a, b in [*_anchors(old, new, head, end_i, end_j), (end_i, end_j)]:
        yield from _gap(old, new, i, a, j, b)
        yield a, b, 1 if a < end_i else 0
        i, j = a + 1, b + 1
    yield end_i, end_j, tail


def _ends(old: Sequence[bytes], new: Sequence[bytes], i: int, a: int, j: int, b: int) -> tuple[int, int]:
    """Number of equal lines at the start and at the end of two ranges."""
    room = min(a - i, b - j)
    head = 0
    while head < room and old[i + head] == new[j + head]:
        head += 1
    tail = 0
    while tail < room - head and old[a - 1 - tail] == new[b - 1 - tail]:
        tail += 1
    return head, tail


def _anchors(old: Sequence[bytes], new: Sequence[bytes], start: int, end_i: int, end_j: int) -> list[tuple[int, int]]:
    """The longest increasing run of lines that occur exactly once on either side (patience diff)."""
    once_old = {line for line, count in Counter(old[start:end_i]).items() if count == 1}
    once = {line for line, count in Counter(new[start:end_j]).items() if count == 1} & once_old
    place = {new[j]: j for j in range(start, end_j) if new[j] in once}
    pairs = [(i, place[old[i]]) for i in range(start, end_i) if old[i] in once]
    tops: list[int] = []  # smallest last new line of a run of each length
    last: list[int] = []  # the pair that it belongs to
    previous: list[int] = []
    for number, (_, j) in enumerate(pairs):
        length = bisect.bisect_left(tops, j)
        previous.append(last[length - 1] if length else -1)
        tops[length : length + 1] = [j]
        last[length : length + 1] = [number]
    run: list[tuple[int, int]] = []
    number = last[-1] if last else -1
    while number >= 0:
        run.append(pairs[number])
        number = previous[number]
    return run[::-1]


def _gap(old: Sequence[bytes], new: Sequence[bytes], i: int, a: int, j: int, b: int) -> Iterator[Match]:
    head, tail = _ends(old, new, i, a, j, b)
    yield i, j, head
    left, right = old[i + head : a - tail], new[j + head : b - tail]
    if left and right and len(left) + len(right) <= _LARGEST_GAP:
        for x, y, length in difflib.SequenceMatcher(None, left, right).get_matching_blocks():
            if length:
                yield i + head + x, j + head + y, length
    yield a - tail, b - tail, tail
