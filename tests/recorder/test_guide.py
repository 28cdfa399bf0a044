"""What the recorder's pages show runs, one block after the other, in an empty folder."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs" / "recorder"


def python_blocks(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("pages", "blocks"), [(["guide.md"], 4), (["guide.md", "reading.md"], 5)], ids=["guide", "reading"])
def test_every_block_runs(pages: list[str], blocks: int, tmp_path: Path) -> None:
    shown = [block for page in pages for block in python_blocks(page)]
    assert len(shown) == blocks
    for block in shown:
        subprocess.run([sys.executable, "-c", block], cwd=tmp_path, check=True)
    subprocess.run([sys.executable, "-m", "recorder.cli", "verify", tmp_path / "exports"], check=True)
