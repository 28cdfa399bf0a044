"""The quotes of emitted code are those of the code around it, where these are a matter of taste."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lint_plugin.finding import FileResult

PROGRAM = """\
import shutil

from recorder import LivePipelineRecorder


def keep(recorder: LivePipelineRecorder, source):
    kinds = {kinds}
    shutil.copy2(source, recorder.run_folder / {name})
    return kinds
"""
CASES = [
    # The f-string has these quotes only because the others stand in it, so the file's majority decides.
    ('{"a": "b"}', """f'07_x_{kinds["a"]}.mp3'""", '"rb"'),
    ("{'a': 'b'}", """f"07_x_{kinds['a']}.mp3\"""", "'rb'"),
    ('{"a": "b"}', "'07_x.mp3'", "'rb'"),
    ("{'a': 'b'}", '"07_x.mp3"', '"rb"'),
    ("{'a': 'b'}", "f'07_x_{source}.mp3'", "'rb'"),
]


@pytest.mark.parametrize(("kinds", "name", "mode"), CASES)
def test_quotes(kinds: str, name: str, mode: str, engine: Callable[..., FileResult]) -> None:
    before = PROGRAM.replace("{kinds}", kinds).replace("{name}", name)
    new = engine(before.encode()).new
    assert new is not None
    assert f"with open(source, {mode}) as f:" in new.decode()
