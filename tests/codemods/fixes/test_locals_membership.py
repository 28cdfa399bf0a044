"""`"x" in locals()` and the like concern `x` alone: nothing else is left for it, and `x` is."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from lint_plugin.finding import FileResult

ASKED = [
    '"tracker" in locals()',
    '"tracker" not in vars()',
    'locals()["tracker"]',
    'locals().get("tracker")',
    '"handle" in globals()',
]


def module(condition: str) -> str:
    return textwrap.dedent(f"""
        import os
        import shutil

        from recorder import LivePipelineRecorder


        def handle(recorder: LivePipelineRecorder, source: str) -> None:
            try:
                tracker = start()
                dest = os.path.join(recorder.run_folder, "07_output_audio.mp3")
                shutil.copy2(source, dest)
            except Exception:
                if {condition}:
                    tracker.close()
    """)


@pytest.mark.parametrize("condition", ASKED)
def test_another_name_is_no_reason_to_leave_the_write(condition: str, engine: Callable[..., FileResult]) -> None:
    result = engine(module(condition).encode(), mode="fix")
    assert result.new is not None
    assert b"save_entity" in result.new and b"dest" not in result.new and b"import shutil" not in result.new


LEFT = [
    ('"dest" in locals()', "`dest` is looked up by its name at line 14"),
    ('locals().get("dest")', "`dest` is looked up by its name at line 14"),
    ("name in locals()", "may read any name of the function unseen (`locals()`, `eval`)"),
    ("locals()", "may read any name of the function unseen (`locals()`, `eval`)"),
]


@pytest.mark.parametrize(("condition", "reason"), LEFT)
def test_a_name_of_the_write_is_one(condition: str, reason: str, engine: Callable[..., FileResult]) -> None:
    result = engine(module(condition).encode(), mode="fix")
    assert result.new is None or b"save_entity" not in result.new
    assert any(finding.code == "LPR201" and reason in finding.reason for finding in result.findings)


def test_an_import_that_is_looked_up_stays(engine: Callable[..., FileResult]) -> None:
    result = engine(module('"shutil" in globals()').encode(), mode="fix")
    assert result.new is not None and b"save_entity" in result.new and b"import shutil" in result.new


def test_the_name_for_what_is_read_is_not_one_that_is_asked_for(engine: Callable[..., FileResult]) -> None:
    plain, asked = (engine(module(c).encode(), mode="fix").new for c in ('"a" in locals()', '"file_data" in locals()'))
    assert plain is not None and b"file_data = " in plain
    assert asked is not None and b"file_data = " not in asked and b"save_entity" in asked
