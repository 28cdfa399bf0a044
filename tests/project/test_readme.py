"""README says what is so, its commands are complete, and nothing in the repository belongs to one machine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lint_plugin.reports import FORMATS

TOP = Path(__file__).resolve().parents[2]
README = (TOP / "README.md").read_text(encoding="utf-8")

# Character classes keep these patterns from matching the lines that they stand on.
BANNED = {
    "a package registry's host": r"\b(py[p]i|python[h]osted|npm[j]s|deb\.d[e]bian)\.(org|com)\b",
    "a path of one machine": r"(?<![\w.-])/(?:ro[o]t|ho[m]e/\w+|Us[e]rs/\w+|wo[r]k|opt/de[v])/",
    "a folder beside the repository": r"\.\./(?:sha[r]ed|\.l[i]brary)",
    "a tool of one workplace": r"[b]ash_jobs|\bfarm-[b]|\bfarm-[s]",
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands(block: str) -> list[str]:
    return [re.sub(r"^\{ | &&$", "", line) for line in block.splitlines()]


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (TOP / name).is_file()]


def text_of(name: str) -> str:
    raw = (TOP / name).read_bytes()
    return "" if b"\0" in raw else raw.decode("utf-8", "replace")


def test_first_block_is_the_main_job() -> None:
    steps = commands(blocks("sh")[0])
    program = ".venv/bin/python examples/devserver/run.py"
    assert steps[0] == "python3 -m venv .venv"
    assert steps[1].startswith(".venv/bin/pip install ")
    assert steps[2].startswith(program + " || echo ")
    assert steps[3] == ".venv/bin/recorder-fix examples/devserver"
    assert steps[4] == "git --no-pager diff examples/devserver"
    assert steps[5] == program
    assert steps[6] == "git checkout --quiet examples/devserver"
    assert len(steps) == 7


def test_second_block_is_the_tests() -> None:
    steps = commands(blocks("sh")[1])
    assert steps[0] == "python3 -m venv .venv"
    assert steps[1] == '.venv/bin/pip install --quiet -e ".[test]"'
    assert steps[2].startswith(".venv/bin/python -m pytest")
    assert len(steps) == 3


@pytest.mark.parametrize("number", [0, 1])
def test_blocks_stop_at_the_first_failure_in_plain_sh(number: int) -> None:
    block = blocks("sh")[number]
    assert subprocess.run(["sh", "-n"], input=block, text=True, check=False).returncode == 0
    assert all(line.endswith(" &&") for line in block.splitlines()[:-1])
    assert not block.splitlines()[-1].endswith("&&")


def test_what_is_said_of_the_rules_is_what_they_say() -> None:
    subprocess.run([sys.executable, TOP / "docs" / "rule_pages.py", "--check"], check=True)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_output_format_is_documented(kind: str) -> None:
    assert f"\n| `{kind}` |" in (TOP / "docs" / "ci.md").read_text(encoding="utf-8")
    assert f"`{kind}`" in re.findall(r"^\| `--output-format`.*", (TOP / "docs" / "reference.md").read_text(), re.MULTILINE)[0]


def test_the_tests_that_promises_name_are_there() -> None:
    rows = [line for line in (TOP / "docs/recorder/promises.md").read_text().splitlines() if "`tests/" in line]
    named = []
    for file, first, more in (
        match for row in rows for match in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`((?:,? (?:and )?`test_\w+`)*)", row)
    ):
        named += [(file, name) for name in (first, *re.findall(r"test_\w+", more)) if name]
        assert (TOP / file).is_file(), file
    assert len(named) > 20
    assert [place for place in named if f"def {place[1]}(" not in (TOP / place[0]).read_text()] == []


def test_python_blocks_run(tmp_path: Path) -> None:
    assert blocks("python")
    for block in blocks("python"):
        result = subprocess.run([sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (result.returncode, result.stderr) == (0, "")
    stored = sorted(path.name for path in tmp_path.glob("exports/run_42/0*"))
    assert stored == re.findall(r"# (0\d_\w+\.\w+)", blocks("python")[0])


def test_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (TOP / link.partition("#")[0]).exists()] == []


@pytest.mark.parametrize("what", BANNED)
def test_nothing_names(what: str) -> None:
    pattern = re.compile(BANNED[what])
    found = [f"{name}: {match[0]}" for name in tracked() for match in pattern.finditer(name + "\n" + text_of(name))]
    assert found == []


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a package registry's host", "index-url = https://" + "pypi" + ".org/simple"),
        ("a path of one machine", "see /" + "home/me/project"),
        ("a path of one machine", '"/' + 'root/x"'),
        ("a folder beside the repository", "../" + "shared/data"),
        ("a tool of one workplace", "bash" + "_jobs"),
    ],
)
def test_the_patterns_find_what_they_are_for(what: str, line: str) -> None:
    assert re.search(BANNED[what], line)
