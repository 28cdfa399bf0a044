"""The baseline file: what is recognised again, what it looks like, and how it merges."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from lint_plugin.config.baseline import Baseline, BaselineError


def recorded(folder: Path, *found: tuple[str, str, str]) -> bytes:
    """A baseline in `folder` with (path, code, source line) recorded."""
    baseline = Baseline(str(folder / "known.json"))
    for path, code, line in found:
        baseline.holds(baseline.key(str(folder / path), code, line))
    return baseline.updated(())


def loaded(folder: Path, *found: tuple[str, str, str]) -> Baseline:
    (folder / "known.json").write_bytes(recorded(folder, *found))
    return Baseline.load(str(folder / "known.json"))


def test_the_text_is_sorted_with_one_entry_per_line(tmp_path: Path) -> None:
    text = recorded(tmp_path, ("b.py", "LPR201", "  copy(é)"), ("a/c.py", "LPR202", "x"), ("b.py", "LPR201", "copy(é)  "))
    assert text.decode() == (
        "[\n"
        '{"path": "a/c.py", "code": "LPR202", "text": "x", "count": 1},\n'
        '{"path": "b.py", "code": "LPR201", "text": "copy(é)", "count": 2},\n'
        '{"baseline-of": "recorder-fix", "version": 1}\n'
        "]\n"
    )
    assert json.loads(text)[0]["path"] == "a/c.py"


def test_an_empty_baseline_can_be_read(tmp_path: Path) -> None:
    assert list(loaded(tmp_path).entries()) == []


def test_occurrences_are_counted(tmp_path: Path) -> None:
    baseline = loaded(tmp_path, ("a.py", "LPR201", "copy()"), ("a.py", "LPR201", "copy()"))
    key = baseline.key(str(tmp_path / "a.py"), "LPR201", "\tcopy()")
    assert [baseline.holds(key) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(
    ("path", "code", "line"), [("b.py", "LPR201", "copy()"), ("a.py", "LPR202", "copy()"), ("a.py", "LPR201", "copy(x)")]
)
def test_anything_else_is_new(tmp_path: Path, path: str, code: str, line: str) -> None:
    baseline = loaded(tmp_path, ("a.py", "LPR201", "copy()"))
    assert not baseline.holds(baseline.key(str(tmp_path / path), code, line))


def test_what_is_not_met_any_more_is_left_over(tmp_path: Path) -> None:
    baseline = loaded(tmp_path, ("a.py", "LPR201", "x"), ("a.py", "LPR201", "x"), ("b.py", "LPR201", "y"))
    baseline.holds(("a.py", "LPR201", "x"))
    assert baseline.unmatched() == [(("a.py", "LPR201", "x"), 1), (("b.py", "LPR201", "y"), 1)]
    assert baseline.unmatched([("b.py", "LPR201", "y")]) == [(("a.py", "LPR201", "x"), 1)]


def test_rewriting_keeps_only_what_was_met_or_is_to_be_kept(tmp_path: Path) -> None:
    baseline = loaded(tmp_path, ("a.py", "LPR201", "x"), ("b.py", "LPR201", "y"), ("c.py", "LPR201", "z"))
    baseline.holds(("a.py", "LPR201", "x"))
    baseline.holds(("a.py", "LPR201", "new"))
    (tmp_path / "known.json").write_bytes(baseline.updated([("c.py", "LPR201", "z")]))
    assert list(Baseline.load(str(tmp_path / "known.json")).entries()) == [
        ("a.py", "LPR201", "new"),
        ("a.py", "LPR201", "x"),
        ("c.py", "LPR201", "z"),
    ]


def test_paths_count_from_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    baseline = Baseline(str(tmp_path / "known.json"))
    assert baseline.key("a.py", "LPR201", "x")[0] == "sub/a.py"
    assert baseline.key("../a.py", "LPR201", "x")[0] == "a.py"
    assert baseline.key("-", "LPR201", "x")[0] == "-"
    assert baseline.path_of(("sub/a.py", "", "")) == str(tmp_path / "sub" / "a.py")


def test_long_lines_and_odd_names(tmp_path: Path) -> None:
    line = "x" * 5_000
    baseline = loaded(tmp_path, ("\udcff\n.py", "LPR201", line))
    assert baseline.holds(baseline.key(str(tmp_path / "\udcff\n.py"), "LPR201", line))
    assert (tmp_path / "known.json").stat().st_size < 500


def test_two_branches_that_add_entries_merge(tmp_path: Path) -> None:
    """Each adds one, before and after what was there; git needs no help, and the same entry added twice counts once."""

    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments],
            cwd=tmp_path, check=True, capture_output=True,
        )  # fmt: skip

    def commit(*paths: str) -> None:
        (tmp_path / "known.json").write_bytes(recorded(tmp_path, *((path, "LPR201", "x") for path in paths)))
        git("add", "known.json")
        git("commit", "-qm", "change")

    git("init", "-q", "-b", "main")
    commit("m.py", "n.py", "o.py")
    git("switch", "-qc", "other")
    commit("a.py", "m.py", "n.py", "o.py")
    git("switch", "-q", "main")
    commit("m.py", "n.py", "o.py", "z.py")
    git("merge", "-q", "other")
    merged = Baseline.load(str(tmp_path / "known.json"))
    assert [key[0] for key in merged.entries()] == ["a.py", "m.py", "n.py", "o.py", "z.py"]


def test_the_same_entry_twice_counts_once(tmp_path: Path) -> None:
    lines = recorded(tmp_path, ("a.py", "LPR201", "x")).decode().splitlines(keepends=True)
    (tmp_path / "known.json").write_text("".join([*lines[:2], *lines[1:]]))
    baseline = Baseline.load(str(tmp_path / "known.json"))
    assert [baseline.holds(("a.py", "LPR201", "x")) for _ in range(2)] == [True, False]


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"{", 1, "is not JSON"),
        (b"[\n1,\n", 3, "is not JSON"),
        (b"\xff", 0, "is not UTF-8"),
        (b"{}", 0, "is not a baseline of this version"),
        (b"[]", 0, "is not a baseline of this version"),
        (b'[{"baseline-of": "recorder-fix", "version": 2}]', 0, "is not a baseline of this version"),
        (b'[\n{"path": 1},\n{"baseline-of": "recorder-fix", "version": 1}]', 2, "needs path, code, text"),
        (b'[\n3,\n{"baseline-of": "recorder-fix", "version": 1}]', 2, "needs path, code, text"),
    ],
)
def test_files_that_are_no_baseline(tmp_path: Path, content: bytes, line: int, message: str) -> None:
    path = tmp_path / "known.json"
    path.write_bytes(content)
    with pytest.raises(BaselineError, match=message) as caught:
        Baseline.load(str(path))
    assert (caught.value.path, caught.value.line) == (str(path), line)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match="cannot be read: No such file or directory"):
        Baseline.load(str(tmp_path / "known.json"))
