"""Which Python files lie below a folder, and which of them hold a name: git's answer, and a walk's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lint_plugin.project.git import work_tree_top
from lint_plugin.project.listing import list_files


def git(*arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=Test", "-c", "user.email=test@localhost", *arguments],
        check=True,
        capture_output=True,
    )


def found(*folders: str, leave_out: Callable[[str], bool] | None = None, gitignore: bool = True) -> list[str]:
    warnings: list[str] = []
    listing = list_files(folders, gitignore, leave_out, warnings.append)
    assert not listing.problems
    assert not warnings
    assert len(listing.files) == len(set(listing.files))
    return sorted(listing.files)


# ---- The walk, where there is no git work tree


WALKED = {
    "python files and stubs only": (("a.py", "b.pyi", "c.txt", "d.pyc", "py"), ["a.py", "b.pyi"]),
    "folders below": (("a/b/c.py", "a/d.py"), ["a/b/c.py", "a/d.py"]),
    "a folder with a suffix": (("a.py/b.py",), ["a.py/b.py"]),
    "hidden folders are source too": ((".github/a.py",), [".github/a.py"]),
    "caches": (("__pycache__/a.py", ".mypy_cache/a.py", ".pytest_cache/a.py", "b.py"), ["b.py"]),
    "a cache that says so": (("any/CACHEDIR.TAG", "any/a.py", "b.py"), ["b.py"]),
    "virtual environments": ((".venv/a.py", "env/pyvenv.cfg", "env/lib/a.py", "b.py"), ["b.py"]),
    "build folders": (
        ("build/a.py", "dist/a.py", "_build/a.py", "node_modules/a.py", "x/build/a.py", "b.py"),
        ["b.py"],
    ),
    "names near those": (
        ("builds/a.py", "environment/a.py", "build.py"),
        ["build.py", "builds/a.py", "environment/a.py"],
    ),
}


@pytest.mark.parametrize(("files", "expected"), WALKED.values(), ids=WALKED)
def test_a_walk_finds(tree: Callable[..., Path], files: tuple[str, ...], expected: list[str]) -> None:
    tree(*files)
    assert found(".") == expected


@pytest.mark.parametrize("folder", ["build", ".venv", "env", "__pycache__"])
def test_a_named_folder_is_walked_whatever_it_is(tree: Callable[..., Path], folder: str) -> None:
    tree(f"{folder}/a.py", "env/pyvenv.cfg")
    assert found(folder) == [f"{folder}/a.py"]


def test_links_to_files_are_found_and_links_to_folders_are_not_followed(tree: Callable[..., Path]) -> None:
    root = tree("src/a.py", "elsewhere/b.py")
    (root / "src/linked.py").symlink_to("a.py")
    (root / "src/folder").symlink_to("../elsewhere")
    (root / "src/folder.py").symlink_to("../elsewhere")
    (root / "src/loop").symlink_to(".")
    assert found("src") == ["src/a.py", "src/linked.py"]
    assert found("src/folder") == ["src/folder/b.py"]


def test_an_excluded_folder_is_not_read(tree: Callable[..., Path]) -> None:
    closed = tree("closed/a.py", "b.py") / "closed"
    closed.chmod(0)
    try:
        assert found(".", leave_out="closed/".__eq__) == ["b.py"]
    finally:
        closed.chmod(0o755)


@pytest.fixture
def ordinary_user(tmp_path: Path) -> Iterator[None]:
    """The superuser may read everything: be someone else."""
    if os.geteuid() != 0:
        yield
        return
    tmp_path.chmod(0o755)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_may_not_be_read_is_a_problem(tree: Callable[..., Path], request: pytest.FixtureRequest) -> None:
    (tree("closed/a.py", "b.py") / "closed").chmod(0)
    request.getfixturevalue("ordinary_user")
    listing = list_files(["."])
    assert listing.files == ["b.py"]
    assert listing.problems == [("closed", "cannot be read: Permission denied")]


# ---- git


@pytest.fixture
def work_tree(tree: Callable[..., Path]) -> Path:
    """A work tree with tracked, deleted, untracked, ignored and force-added files, and a submodule."""
    root = tree(
        "tracked.py",
        "src/tracked.pyi",
        "src/deleted.py",
        "build/tracked.py",
        "out/forced.py",
        "library/inside.py",
    )
    (root / ".gitignore").write_text("ignored*\n/out/\n")
    git("init", "-q", "library")
    git("-C", "library", "add", ".")
    git("-C", "library", "commit", "-qm", "Library")
    git("init", "-q", ".")
    git("add", "tracked.py", "src", "build", ".gitignore")
    git("add", "-f", "out/forced.py")
    git("-c", "protocol.file.allow=always", "submodule", "add", "./library", "library")
    git("commit", "-qm", "All")
    (root / "src/deleted.py").unlink()
    tree("untracked.py", "src/new/untracked.py", "ignored.py", "ignored/a.py", "out/plain.py", "src/notes.txt")
    return root


IN_WORK_TREE = [
    "build/tracked.py",
    "out/forced.py",
    "src/new/untracked.py",
    "src/tracked.pyi",
]
IN_WORK_TREE += ["tracked.py", "untracked.py"]


@pytest.mark.usefixtures("work_tree")
def test_git_says_which_files_count() -> None:
    assert found(".") == IN_WORK_TREE


NAMED_IN_WORK_TREE = {
    "a folder of it": ("src", ["src/new/untracked.py", "src/tracked.pyi"]),
    "an ignored folder is walked": ("ignored", ["ignored/a.py"]),
    "a submodule": ("library", ["library/inside.py"]),
}


@pytest.mark.usefixtures("work_tree")
@pytest.mark.parametrize(("named", "expected"), NAMED_IN_WORK_TREE.values(), ids=NAMED_IN_WORK_TREE)
def test_what_is_named_in_a_work_tree(named: str, expected: list[str]) -> None:
    assert found(named) == expected


@pytest.mark.usefixtures("work_tree")
def test_an_ignored_folder_can_be_named_beside_the_whole() -> None:
    assert found(".", "ignored") == sorted([*IN_WORK_TREE, "ignored/a.py"])


@pytest.mark.usefixtures("work_tree")
def test_without_git_s_rules_it_is_a_walk() -> None:
    assert found(".", gitignore=False) == [
        "ignored.py",
        "ignored/a.py",
        "library/inside.py",
        "out/forced.py",
        "out/plain.py",
        "src/new/untracked.py",
        "src/tracked.pyi",
        "tracked.py",
        "untracked.py",
    ]


def test_a_folder_without_python_files_is_empty_and_not_walked(work_tree: Path) -> None:
    (work_tree / "documents").mkdir()
    (work_tree / "documents/ignored.py").touch()
    assert found("documents") == []


def test_from_above_each_work_tree_is_asked(tree: Callable[..., Path]) -> None:
    root = tree("one/a.py", "one/no.py", "two/b.py", "c.py")
    for name in ("one", "two"):
        git("init", "-q", name)
    (root / "one/.gitignore").write_text("no.py\n")
    assert found(".") == ["c.py", "one/a.py", "two/b.py"]


def test_an_unmerged_file_comes_once(tree: Callable[..., Path]) -> None:
    root = tree("a.py")
    git("init", "-q", "-b", "main", ".")
    for branch, text in (("main", "1"), ("other", "2")):
        if branch != "main":
            git("checkout", "-q", "-b", branch)
        (root / "a.py").write_text(text)
        git("add", ".")
        git("commit", "-qm", text)
    git("checkout", "-q", "main")
    (root / "a.py").write_text("3")
    git("commit", "-qam", "3")
    with pytest.raises(subprocess.CalledProcessError):
        git("merge", "other")
    assert b"UU a.py" in subprocess.run(["git", "status", "--short"], capture_output=True, check=True).stdout
    assert found(".") == ["a.py"]
    (root / "a.py").write_text("token")
    assert list_files(["."]).holding(["token"]) == ["a.py"]


NAMES = (
    "ü.py",
    "with space.py",
    'quote".py',
    "new\nline.py",
    "-dash.py",
    ":colon.py",
    "*star.py",
    os.fsdecode(b"\xff.py"),
)


def test_names_that_git_would_quote(tree: Callable[..., Path]) -> None:
    tree(*NAMES)
    git("init", "-q", ".")
    assert found(".") == sorted(NAMES)


def test_a_git_hook_s_environment_changes_nothing(work_tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = work_tree.parent / "other"
    git("init", "-q", str(other))
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    assert found(".") == IN_WORK_TREE


def refused() -> tuple[list[str], list[str]]:
    warnings: list[str] = []
    return sorted(list_files(["."], warn=warnings.append).files), warnings


def test_without_git_the_folders_are_walked(work_tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(work_tree / "nothing"))
    files, warnings = refused()
    assert files == found(".", gitignore=False)
    assert warnings == ["git cannot be started: No such file or directory; walking folders without git's ignore rules"]


def test_where_git_refuses_the_folders_are_walked_and_one_line_says_so(work_tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # git's own way to test its refusal of a work tree that belongs to someone else.
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    files, warnings = refused()
    assert files == found(".", gitignore=False)
    assert len(warnings) == 1
    assert warnings[0].startswith("detected dubious ownership in repository at")
    assert "\n" not in warnings[0]


def test_a_git_folder_that_is_no_repository(tree: Callable[..., Path]) -> None:
    tree(".git/", "a.py")
    files, warnings = refused()
    assert files == ["a.py"]
    assert "not a git repository" in warnings[0]


# ---- What holds a name


@pytest.fixture
def searched(tree: Callable[..., Path]) -> Path:
    """A work tree with a name in files of every kind that git treats differently."""
    root = tree()
    holding = ["plain.py", "src/deep/stub.pyi", "assumed.py", "skipped.py", "target.txt", "linked.py", "typed.py", "binary.py"]
    tree(*holding, "clean.py", "sub/x.py", "caf\u00e9.py", "[odd] *.py/a.py")
    for name in holding:
        (root / name).write_text("run_dir = 1\n")
    (root / "binary.py").write_bytes(b"\0run_dir\n")
    (root / "caf\u00e9.py").write_text("run_dir\n")
    (root / "[odd] *.py/a.py").write_text("run_dir\n")
    (root / "linked.py").unlink()
    (root / "linked.py").symlink_to("target.txt")
    (root / "notes.txt").write_text("run_dir")
    git("init", "-q", ".")
    git("add", ".")
    git("commit", "-qm", "All")
    (root / "assumed.py").write_text("x = 1\n")
    git("add", "assumed.py")
    git("update-index", "--assume-unchanged", "assumed.py")
    (root / "assumed.py").write_text("run_dir = 2\n")
    git("update-index", "--skip-worktree", "skipped.py")
    (root / "typed.py").unlink()
    (root / "typed.py").symlink_to("target.txt")
    (root / "new.py").write_text("get_run_dirs")
    (root / "sub/x.py").unlink()
    return root


HOLDING = ["[odd] *.py/a.py", "assumed.py", "binary.py", "caf\u00e9.py", "linked.py", "new.py", "plain.py"]
HOLDING += ["skipped.py", "src/deep/stub.pyi", "typed.py"]


@pytest.mark.usefixtures("searched")
def test_every_kind_of_file_is_searched() -> None:
    assert sorted(list_files(["."]).holding(["run_dir", "other"])) == HOLDING
    assert list_files(["src"]).holding(["run_dir"]) == ["src/deep/stub.pyi"]
    assert list_files(["[odd] *.py"]).holding(["run_dir"]) == ["[odd] *.py/a.py"]
    assert list_files(["."]).holding(["nowhere"]) == []
    assert list_files(["."]).holding([]) == []


SETTINGS = {
    "full names": ("grep.fullName", "true"),
    "patterns": ("grep.patternType", "perl"),
    "extended patterns": ("grep.extendedRegexp", "true"),
    "colours": ("color.ui", "always"),
    "colours of grep": ("color.grep", "always"),
    "submodules": ("submodule.recurse", "true"),
    "quoted names": ("core.quotePath", "true"),
    "line numbers": ("grep.lineNumber", "true"),
    "columns": ("grep.column", "true"),
    "columns of lists": ("column.ui", "always"),
    "a pager": ("core.pager", "false"),
    "one thread": ("grep.threads", "1"),
    "an alias": ("alias.grep", "!false"),
}


@pytest.mark.parametrize(("key", "value"), SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("folder", [".", "src"])
def test_a_user_s_settings_change_nothing(
    searched: Path, key: str, value: str, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, holding = found(folder), sorted(list_files([folder]).holding(["run_dir"]))
    assert holding
    settings = searched.parent / "gitconfig"
    subprocess.run(["git", "config", "--file", settings, key, value], check=True)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    assert subprocess.run(["git", "config", key], capture_output=True, text=True).stdout == f"{value}\n"
    assert found(folder) == files
    assert sorted(list_files([folder]).holding(["run_dir"])) == holding


def test_submodules_are_not_searched(work_tree: Path) -> None:
    (work_tree / "library/inside.py").write_text("run_dir")
    (work_tree / "tracked.py").write_text("run_dir")
    git("config", "submodule.recurse", "true")
    assert list_files(["."]).holding(["run_dir"]) == ["tracked.py"]


@pytest.mark.usefixtures("searched")
@pytest.mark.parametrize("how", ["missing", "refusing"])
def test_a_walk_finds_what_git_finds(searched: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    files = found(".")
    if how == "missing":
        monkeypatch.setenv("PATH", str(searched / "nothing"))
    else:
        monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    warnings: list[str] = []
    listing = list_files(["."], warn=warnings.append)
    assert len(warnings) == 1
    assert sorted(listing.files) == files
    assert sorted(listing.holding(["run_dir"])) == HOLDING


def test_a_search_that_git_gives_up_is_done_here(searched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = searched.parent / "program/git"
    program.parent.mkdir()
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    program.write_text(f'#!/bin/sh\ncase " $* " in *" grep "*) echo error: too bad >&2; exit 1 ;; *) exec {real} "$@" ;; esac\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    assert sorted(list_files(["."]).holding(["run_dir"])) == HOLDING


@pytest.mark.parametrize("tracked", [True, False])
def test_what_cannot_be_read_is_for_its_reader_to_say(tree: Callable[..., Path], tracked: bool) -> None:
    root = tree("a.py")
    for name, target in (("loop.py", "loop.py"), ("gone.py", "nowhere"), ("folder.py", "."), (".#a.py", "me@here.12:34")):
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe.py")
    if tracked:
        git("init", "-q", ".")
        git("add", ".")
    assert found(".") == ["a.py", "gone.py", "loop.py"]
    assert sorted(list_files(["."]).holding(["token"])) == ["gone.py", "loop.py"]


def test_no_git_is_left_behind_when_it_is_given_up(tree: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree(".git/", "a.py")
    program = tree("../program/git").parent / "program/git"
    program.write_text("#!/bin/sh\ncase $* in *--cached*) echo fatal: no more >&2; exit 128 ;; *) read line < never ;; esac\n")
    program.chmod(0o755)
    os.mkfifo(root / "never")
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    before, descriptors = children(), os.listdir("/proc/self/fd")
    assert refused() == (["a.py"], ["no more; walking folders without git's ignore rules"])
    assert children() == before
    assert len(os.listdir("/proc/self/fd")) == len(descriptors)


def children() -> set[str]:
    """The children of this process, finished ones that nobody has waited for included."""
    return {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


def test_the_top_of_the_work_tree(work_tree: Path) -> None:
    assert work_tree_top("src") == str(work_tree.resolve())
    assert work_tree_top(str(work_tree)) == str(work_tree.resolve())
    assert work_tree_top("library") == str(work_tree.resolve() / "library")
