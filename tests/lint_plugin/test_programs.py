"""Programs as people write them, every site marked by hand before the first run.

`# expect: LPR201 LPR101` at a line's end names what is to be found there, and nothing else may be. `# missed: LPR202` names what
should be found and is not yet: whoever finds it turns the mark into an expectation.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lint_plugin.config.settings import Config
from lint_plugin.finder import analyse, find
from lint_plugin.project.gathering import gather
from lint_plugin.project.project_files import holding
from lint_plugin.source.prefilter import Prefilter
from lint_plugin.source.text import SourceText

PROGRAMS = Path(__file__).parents[1] / "data" / "programs"
NAMES = sorted(path.name for path in PROGRAMS.iterdir() if path.is_dir())
SHARE = 0.9

Marks = list[tuple[str, int, str]]


def marks(program: Path, word: str) -> Marks:
    """(file, line, code) of every mark."""
    found: Marks = []
    for file in sorted(program.rglob("*.py")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            match = re.search(rf"# {word}: ([LPR0-9 ]+)", line)
            found += [(str(file.relative_to(program)), number, code) for code in match[1].split()] if match else []
    return sorted(found)


def findings(program: Path) -> Marks:
    """(file, line, code) of every finding of the default configuration, in the files that hold a token."""
    files = [Path(path) for path in holding(map(str, program.rglob("*.py")), Prefilter(Config()))]
    facts = gather(Config(), [str(file) for file in files], [str(program)])
    found: Marks = []
    for file in files:
        source = SourceText(file.read_bytes())
        sites = find(analyse(source, Config(), str(file), facts))
        found += [(str(file.relative_to(program)), source.position(site.start)[0], site.code) for site in sites]
    return sorted(found)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_marked_is_found_and_nothing_else(name: str) -> None:
    missed = marks(PROGRAMS / name, "missed")
    assert [one for one in findings(PROGRAMS / name) if one not in missed] == marks(PROGRAMS / name, "expect")


@pytest.mark.parametrize("name", NAMES)
def test_a_program_is_worth_the_name(name: str) -> None:
    assert sum(file.read_text(encoding="utf-8").count("\n") for file in (PROGRAMS / name).rglob("*.py")) >= 300


def test_there_are_nine_kinds_of_programs() -> None:
    assert NAMES == [
        "experiment_tracker", "fastapi_app", "flask_blueprint", "job_queue", "plugin_host", "queue_worker", "stream_pipeline",
        "task_module", "trainer",
    ]  # fmt: skip


def test_nine_of_ten_sites_are_found() -> None:
    expected = sum(len(marks(PROGRAMS / name, "expect")) for name in NAMES)
    missed = sum(len(marks(PROGRAMS / name, "missed")) for name in NAMES)
    assert expected >= SHARE * (expected + missed)
