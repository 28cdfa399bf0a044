"""Offsets before and after changes, checked against texts in which every byte can be told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods.rewrite.splice import Change, OverlapError, Splice, splice

OLD = bytes(range(60))
NEW = bytes(range(100, 160))


@st.composite
def changes(draw: st.DrawFn, size: int) -> list[Change]:
    """Changes of a text of `size` bytes that do not overlap; insertions among them."""
    cuts = sorted(draw(st.lists(st.integers(0, size), max_size=10)))
    if len(cuts) % 2:
        cuts.pop()
    found: list[Change] = []
    for start, end in zip(cuts[::2], cuts[1::2]):
        if found and start == end == found[-1].start:
            continue
        found.append(Change(start, end, NEW[: draw(st.integers(0, 4))]))
    return found


@given(st.data())
def test_every_kept_byte_is_found_again(data: st.DataObject) -> None:
    new, moves = splice(OLD, data.draw(changes(len(OLD))))
    for offset, byte in enumerate(OLD):
        moved = moves.moved_start(offset)
        assert (moved is None) == (byte not in new)
        if moved is not None:
            assert new[moved] == byte
            assert moves.moved_end(offset + 1) == moved + 1
            assert moves.moved_back(moved, moved + 1) == (offset, offset + 1)
            assert not moves.is_new(moved, moved + 1) and not moves.touches(offset, offset + 1)
        else:
            assert moves.touches(offset, offset + 1) and moves.covers(offset, offset + 1)
    assert all(moves.is_new(offset, offset + 1) == (byte >= 100) for offset, byte in enumerate(new))


@given(st.data())
def test_two_splices_in_a_row_are_one(data: st.DataObject) -> None:
    middle, first = splice(OLD, data.draw(changes(len(OLD))))
    further = [Change(c.start, c.end, b"\xff" * len(c.text)) for c in data.draw(changes(len(middle)))]
    new, second = splice(middle, further)
    both = first.then(second)
    for offset, byte in enumerate(OLD):
        moved = both.moved_start(offset)
        if byte in new:
            assert moved is not None and new[moved] == byte
        else:
            assert moved is None
    position = new_position = 0
    for region in both.regions:
        assert OLD[position : region.start] == new[new_position : region.new_start]
        position, new_position = region.end, region.new_end
    assert OLD[position:] == new[new_position:]


def test_text_inserted_at_an_edge_belongs_to_neither_side() -> None:
    _, moves = splice(b"abcd", [Change(2, 2, b"--")])
    assert (moves.moved_end(2), moves.moved_start(2)) == (2, 4)
    assert not moves.touches(0, 2) and not moves.touches(2, 4) and moves.touches(1, 3)


@pytest.mark.parametrize(
    "wanted",
    [[Change(0, 2), Change(1, 3)], [Change(0, 9)], [Change(3, 2)], [Change(0, 3), Change(1, 1, b"x")]],
    ids=["overlap", "beyond-the-end", "backwards", "insertion-inside"],
)
def test_impossible_changes_are_refused(wanted: list[Change]) -> None:
    with pytest.raises(OverlapError):
        splice(b"abcd", wanted)


def test_nothing_changed() -> None:
    new, moves = splice(OLD, [])
    assert new == OLD and moves.regions == () and isinstance(moves, Splice)
