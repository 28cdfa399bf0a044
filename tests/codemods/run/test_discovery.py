"""Which files a run is about: every kind of folder, link, pattern and work tree that changes the answer."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from codemods.run.discovery import find_files
from codemods.run.exclude import BadPattern, Exclusion


def found(*paths: str) -> list[str]:
    outcome = find_files(paths)
    assert not outcome.problems
    return sorted([*outcome.named, *outcome.files])


SPELLED = {
    ".": ["src/a.py"],
    "./": ["src/a.py"],
    "src": ["src/a.py"],
    "src/": ["src/a.py"],
    "./src": ["src/a.py"],
    "src/../src": ["src/a.py"],
    "src/a.py": ["src/a.py"],
    "./src/a.py": ["./src/a.py"],
}


@pytest.mark.parametrize(("named", "expected"), SPELLED.items(), ids=SPELLED)
def test_paths_are_spelled_from_what_was_named(tree: Callable[..., Path], named: str, expected: list[str]) -> None:
    tree("src/a.py")
    assert found(named) == expected


def test_an_absolute_folder_gives_absolute_paths(tree: Callable[..., Path]) -> None:
    root = tree("src/a.py")
    assert found(str(root)) == [str(root / "src" / "a.py")]


def test_the_folder_above(tree: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree("src/a.py", "b.py")
    monkeypatch.chdir(root / "src")
    assert found("..") == ["../b.py", "../src/a.py"]


OVERLAPPING = {
    "a folder twice": ("src", "src"),
    "a folder in a folder": (".", "src/sub"),
    "a folder in a folder, first": ("src/sub", "."),
    "a file in a folder": ("src", "src/a.py"),
    "spelled in two ways": ("src", "./src/../src/"),
    "by a linked folder": ("src", "link"),
}


@pytest.mark.parametrize("named", OVERLAPPING.values(), ids=OVERLAPPING)
def test_a_file_comes_once(tree: Callable[..., Path], named: tuple[str, ...]) -> None:
    root = tree("src/a.py", "src/sub/b.py")
    (root / "link").symlink_to("src")
    assert sorted(os.path.realpath(path) for path in found(*named)) == [
        str(root.resolve() / "src/a.py"),
        str(root.resolve() / "src/sub/b.py"),
    ]


PROBLEMS = {
    "missing": ("nowhere.py", "No such file or directory"),
    "missing folder": ("no/where", "No such file or directory"),
    "below a file": ("a.py/b.py", "Not a directory"),
    "a named pipe": ("pipe", "is neither a file nor a folder"),
    "a null character": ("a\0.py", "is not a path"),
    "too long": ("x" * 300, "File name too long"),
}


@pytest.mark.parametrize(("path", "message"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_path_that_cannot_be_used_is_a_problem_and_the_others_are_found(
    tree: Callable[..., Path], path: str, message: str
) -> None:
    os.mkfifo(tree("a.py") / "pipe")
    outcome = find_files([path, "a.py"])
    assert outcome.named == ["a.py"]
    assert outcome.problems == [(path, message)]


NAMED = {
    "a.py": "",
    "build/a.pyi": "",
    "a.pyw": "",
    "script": "",
    ".hidden": "",
    "notes.txt": "ends in .txt; Python files end in .py, .pyi, .pyw",
    "a.py.orig": "ends in .orig; Python files end in .py, .pyi, .pyw",
    "a.ipynb": "ends in .ipynb; Python files end in .py, .pyi, .pyw",
}


@pytest.mark.parametrize(("name", "problem"), NAMED.items(), ids=NAMED)
def test_a_named_file_is_python_or_has_no_suffix(tree: Callable[..., Path], name: str, problem: str) -> None:
    tree(name)
    outcome = find_files([name])
    assert (outcome.named, outcome.problems) == (([], [(name, problem)]) if problem else ([name], []))


def test_a_file_that_is_named_beside_its_folder_counts_as_named(tree: Callable[..., Path]) -> None:
    tree("src/a.py", "src/b.py", "a.py")
    outcome = find_files(["src", "./src/a.py"])
    assert (outcome.named, outcome.files) == (["./src/a.py"], ["src/b.py"])


# ---- Patterns


EXCLUDED = {
    "a name anywhere": (("b.py",), ["a.py", "src/a.py"]),
    "a glob": (("src/*.py",), ["a.py", "b.py"]),
    "anchored": (("/b.py",), ["a.py", "src/a.py", "src/b.py"]),
    "a folder": (("src/",), ["a.py", "b.py"]),
    "and back in": (("*.py", "!a.py"), ["a.py", "src/a.py"]),
    "nothing": (("other",), ["a.py", "b.py", "src/a.py", "src/b.py"]),
}


@pytest.mark.parametrize(("patterns", "expected"), EXCLUDED.values(), ids=EXCLUDED)
def test_patterns_are_those_of_gitignore(tree: Callable[..., Path], patterns: tuple[str, ...], expected: list[str]) -> None:
    tree("a.py", "b.py", "src/a.py", "src/b.py")
    exclusion = Exclusion(patterns, ".")
    assert [path for path in found(".") if not exclusion.excludes(path)] == expected


def test_outside_their_folder_only_patterns_that_hold_anywhere_apply(tree: Callable[..., Path]) -> None:
    root = tree("inside/", "outside/a.py")
    assert Exclusion(["a.py"], str(root / "inside")).excludes("outside/a.py")
    assert not Exclusion(["/a.py"], str(root / "inside")).excludes("outside/a.py")


def test_a_pattern_that_is_none(tree: Callable[..., Path]) -> None:
    with pytest.raises(BadPattern, match=r"'!' is not a gitignore pattern"):
        Exclusion(["*.py", "!"], ".")
