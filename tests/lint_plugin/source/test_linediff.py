"""Line differences: a table, and random texts checked against what the words mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lint_plugin.source.linediff import opcodes, split_lines


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"a", [b"a"]),
        (b"a\n", [b"a\n"]),
        (b"a\r\nb\rc\n\n", [b"a\r\n", b"b\rc\n", b"\n"]),
        (b"a\x0c\x85\nb", [b"a\x0c\x85\n", b"b"]),
    ],
)
def test_lines(content: bytes, lines: list[bytes]) -> None:
    assert split_lines(content) == lines


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("ab", "ab", [("equal", 0, 2, 0, 2)]),
        ("", "ab", [("insert", 0, 0, 0, 2)]),
        ("ab", "", [("delete", 0, 2, 0, 0)]),
        ("abc", "axc", [("equal", 0, 1, 0, 1), ("replace", 1, 2, 1, 2), ("equal", 2, 3, 2, 3)]),
        ("abc", "ac", [("equal", 0, 1, 0, 1), ("delete", 1, 2, 1, 1), ("equal", 2, 3, 1, 2)]),
        ("aa", "aaa", [("equal", 0, 2, 0, 2), ("insert", 2, 2, 2, 3)]),
        ("xabcy", "pabcq", [("replace", 0, 1, 0, 1), ("equal", 1, 4, 1, 4), ("replace", 4, 5, 4, 5)]),
        ("abab", "xababx", [("insert", 0, 0, 0, 1), ("equal", 0, 4, 1, 5), ("insert", 4, 4, 5, 6)]),
    ],
)
def test_opcodes(old: str, new: str, expected: list[tuple[str, int, int, int, int]]) -> None:
    assert opcodes([line.encode() for line in old], [line.encode() for line in new]) == expected


LINES = st.lists(st.sampled_from([b"a", b"b", b"c", *(b"%d" % number for number in range(12))]), max_size=25)


@given(LINES, LINES)
def test_opcodes_turn_one_into_the_other(old: list[bytes], new: list[bytes]) -> None:
    result: list[bytes] = []
    i = j = 0
    last = ""
    for tag, i1, i2, j1, j2 in opcodes(old, new):
        assert (i1, j1) == (i, j)
        assert (tag == "equal") != (last == "equal") or not last
        if tag == "equal":
            assert old[i1:i2] == new[j1:j2] != []
        else:
            assert tag == ("insert" if i1 == i2 else "delete" if j1 == j2 else "replace")
            assert i1 < i2 or j1 < j2
        result += new[j1:j2]
        i, j, last = i2, j2, tag
    assert (result, i) == (new, len(old))


class Counted(bytes):
    """A line that counts how often it is compared or hashed."""

    uses = 0

    def __eq__(self, other: object) -> bool:
        Counted.uses += 1
        return bytes(self) == other

    def __hash__(self) -> int:
        Counted.uses += 1
        return hash(bytes(self))


@pytest.mark.parametrize("size", [2_000, 8_000])
def test_the_work_grows_with_the_length(size: int) -> None:
    """Every eighth line is changed; each of the lines may be touched a fixed number of times."""
    old = [Counted(b"%d" % number) for number in range(size)]
    new = [Counted(b"x%d" % number) if number % 8 == 0 else line for number, line in enumerate(old)]
    Counted.uses = 0
    assert len(opcodes(old, new)) == size // 4
    assert Counted.uses < 40 * size


def test_many_equal_lines_are_no_trap() -> None:
    old = [Counted(b"pass")] * 20_000
    new = [Counted(b"x"), *old[:10_000], Counted(b"y"), *old[10_000:], Counted(b"z")]
    Counted.uses = 0
    opcodes(old, new)
    assert Counted.uses < 40 * len(old)
