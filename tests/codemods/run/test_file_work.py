"""One file from bytes to bytes: which findings are fixed, which are left and where they then stand."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from codemods.run import file_work as process
from codemods.run.file_work import process_file
from codemods.run.options import Options
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts, NumberedRead

HEAD = "import os, shutil\nfrom recorder import LivePipelineRecorder\n"
SEED = (Path(__file__).parents[2] / "data" / "seed_block.py").read_text()


def fix(source: str, config: Config | None = None, facts: Facts | None = None, **options: object):
    given = Options(**{"mode": "fix", **options})
    return process_file(source.encode(), "a.py", config or Config(), facts or Facts(), given)


def rows(result) -> list[tuple[int, str, str, bool]]:
    return [(f.line, f.code, f.level, f.fixed) for f in result.findings]


def test_a_join_and_the_rename_inside_it_are_both_fixed_once() -> None:
    source = (
        HEAD + "def f(recorder: LivePipelineRecorder):\n    return open(os.path.join(recorder.run_dir, 'a')).read(), os.sep\n"
    )
    result = fix(source)
    assert b"open(recorder.run_folder / 'a')" in result.new
    assert rows(result) == [(4, "LPR301", "safe", True), (4, "LPR001", "safe", True)]


def test_a_join_is_fixed_around_a_rename_that_is_left() -> None:
    source = HEAD + (
        "def f(recorder: LivePipelineRecorder):\n    if hasattr(recorder, 'run_dir'):\n"
        "        return open(os.path.join(recorder.run_dir, 'a')).read(), os.sep\n"
    )
    result = fix(source)
    assert b"open(recorder.run_dir / 'a')" in result.new
    assert rows(result) == [(5, "LPR001", "left", False), (5, "LPR301", "safe", True)]
    assert fix(result.new.decode()).new is None


def test_only_the_join_where_only_the_join_is_selected() -> None:
    source = (
        HEAD + "def f(recorder: LivePipelineRecorder):\n    return open(os.path.join(recorder.run_dir, 'a')).read(), os.sep\n"
    )
    result = fix(source, select=("LPR301",))
    assert b"open(recorder.run_dir / 'a')" in result.new
    assert rows(result) == [(4, "LPR301", "safe", True)]


def test_all_that_a_block_removes_counts_as_fixed() -> None:
    result = fix(SEED)
    assert [(f.code, f.fixed) for f in result.findings] == [
        ("LPR401", True), ("LPR101", True), ("LPR301", True), ("LPR001", True), ("LPR201", True),
    ]  # fmt: skip
    assert fix(result.new.decode()).findings == ()


def test_the_block_belongs_to_its_code() -> None:
    assert fix(SEED, select=("LPR101", "LPR401")).new is None
    assert b"save_entity(\n" in fix(SEED, select=("LPR2",)).new
    renamed = fix(SEED, ignore=("LPR2", "LPR3")).new
    assert renamed == SEED.replace("run_dir", "run_folder").encode()


def test_what_is_left_stands_where_it_stands_afterwards() -> None:
    left = "\n\ndef g(recorder):\n    return recorder.run_dir\n"
    result = fix(SEED + left)
    (finding,) = [f for f in result.findings if not f.fixed]
    assert result.new.decode().splitlines()[finding.line - 1] == "    return recorder.run_dir"
    assert finding.level == "unsafe"


@pytest.mark.parametrize("line", ["output_filename = f", "if media_type == 'audio'", "ext = 'mp4'", "dest_path = ", "copy2("])
def test_a_noqa_with_one_of_our_codes_leaves_the_block(line: str) -> None:
    marked = "\n".join(text + "  # noqa: LPR401" if line in text else text for text in SEED.splitlines()) + "\n"
    result = fix(marked, select=("LPR2",))
    assert result.new is None
    assert [(f.code, f.level) for f in result.findings] == [("LPR201", "left")]
    assert "noqa" in result.findings[0].reason


def test_selection_of_configuration_command_line_and_file() -> None:
    def codes(config: Config, **options: object) -> set[str]:
        return {f.code for f in fix(SEED, config, mode="check", **options).findings}

    assert codes(Config({"select": ("LPR2", "LPR4")})) == {"LPR201", "LPR401"}
    assert codes(Config({"select": ("LPR2",)}), select=("LPR1",)) == {"LPR101"}
    assert codes(Config({"ignore": ("LPR2",)}), ignore=("LPR4",)) == {"LPR001", "LPR101", "LPR301"}
    assert codes(Config({"ignore": ("LPR2",)}), select=("LPR201", "LPR1")) == {"LPR101"}  # a longer prefix wins nothing
    assert codes(Config({"select": ("LPR201", "LPR3"), "ignore": ("LPR2",)})) == {"LPR301"}
    assert codes(Config(), select=("LPR201",), ignore=("LPR2",)) == set()
    assert codes(Config({"per-file-ignores": {"a.py": ("LPR2",)}}), select=("LPR201", "LPR202")) == set()
    assert codes(Config({"per-file-ignores": {"a.py": ("LPR0", "LPR1")}})) == {"LPR201", "LPR301", "LPR401"}
    assert codes(Config({"per-file-ignores": {"tests/*": ("LPR",)}})) == {"LPR001", "LPR101", "LPR201", "LPR301", "LPR401"}


def test_facts_are_asked_for_once_a_file_needs_them() -> None:
    assert process_file(SEED.encode(), "a.py", Config(), None, Options()).needs == "facts"
    assert process_file(b"x = 1\n", "a.py", Config(), None, Options()).needs == ""


def test_readers_elsewhere_and_stores_elsewhere_count() -> None:
    read = NumberedRead("07_output_audio.mp3", "other.py", 3)
    result = fix(SEED, facts=Facts(reads=(read,)), mode="check")
    (finding,) = [f for f in result.findings if f.code == "LPR201"]
    assert finding.level == "unsafe" and "other.py:3" in finding.reason
    result = fix(SEED, facts=Facts(stores={"run_dir": "other.py:9"}), select=("LPR001",))
    assert result.new is None and "other.py:9" in result.findings[0].reason


def test_an_own_recorder_module_is_not_the_shipped_one() -> None:
    kept = fix(SEED, facts=Facts(own_recorder=True)).new
    assert b"'format': ext" in kept and b"ext = 'mp3'" in kept
    assert b"'format'" not in fix(SEED).new


def test_rewrites_without_an_end_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_MAX_ROUNDS", 1)
    source = (
        HEAD + "def f(recorder: LivePipelineRecorder):\n    return open(os.path.join(recorder.run_dir, 'a')).read(), os.sep\n"
    )
    result = fix(source)
    assert result.new is None
    assert {(f.level, f.fixed) for f in result.findings} == {("left", False)}


def test_everything_can_go_to_another_process() -> None:
    result = fix(SEED)
    assert pickle.loads(pickle.dumps(result)) == result
