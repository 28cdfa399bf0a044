"""LibCST's second opinion: an edit that it reads differently is refused."""

from __future__ import annotations

import pytest

from codemods.edits import Edit, FixPlan, Leave
from codemods.rewrite.second_parser import confirm
from codemods.rewrite.slices import slice_of
from lint_plugin.source.text import SourceText

RENAME = b"x = recorder.run_dir\n"
BLOCK = b"if a:\n    copy()\n"


def plan(code: str, start: int, end: int, text: bytes) -> FixPlan:
    return FixPlan(code, start, "safe", (Edit(start, end, text),))


@pytest.mark.parametrize(
    ("raw", "code", "span", "edit", "right"),
    [
        (RENAME, "LPR001", (4, 20), (13, 20, b"run_folder"), True),
        (RENAME, "LPR001", (4, 20), (12, 20, b".run_folder"), False),  # more than the name, so no name at all
        (RENAME, "LPR001", (4, 20), (15, 20, b"run_folder"), False),  # less than the name
        (RENAME, "LPR001", (4, 20), (4, 12, b"other"), False),  # the recorder instead of the attribute
        (b"copy()\n", "LPR201", (0, 6), (0, 6, b"save(a)"), True),
        (BLOCK, "LPR201", (10, 16), (10, 16, b"with o() as f:\n        d = f.read()\n    save(d)"), True),
        (BLOCK, "LPR201", (10, 16), (10, 16, b"save(d"), False),
        (BLOCK, "LPR201", (10, 16), (10, 16, b"try:\n        a()\n    except E :\n        b()"), False),  # printed otherwise
        (b"x = join(a, b)\n", "LPR301", (4, 14), (4, 14, b"a / b"), True),
        (b"x = join(a, b)\n", "LPR301", (4, 14), (4, 14, b"a / )"), False),
    ],
)  # fmt: skip
def test_confirm(raw: bytes, code: str, span: tuple[int, int], edit: tuple[int, int, bytes], right: bool) -> None:
    given = plan(code, *edit)
    if right:
        confirm(slice_of(SourceText(raw), given, span))
    else:
        with pytest.raises(Leave, match="LibCST"):
            confirm(slice_of(SourceText(raw), given, span))
