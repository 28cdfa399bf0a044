"""Which files a run is about: every kind of folder, link, pattern and work tree that changes the answer."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codemods.command.command import probable_folder
from codemods.run.discovery import Discovery, forget, prepare, work_tree_top
from codemods.run.exclude import BadPattern, Exclusion
from codemods.run.git_files import GitRefusal, list_files


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Makes empty files below a folder that becomes the current one; a name that ends in `/` is a folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)

    def make(*names: str) -> Path:
        for name in names:
            path = tmp_path / name
            if name.endswith("/"):
                path.mkdir(parents=True, exist_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"")
        return tmp_path

    return make


def git(*arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=Test", "-c", "user.email=test@localhost", *arguments],
        check=True,
        capture_output=True,
    )


def found(*paths: str, exclude: tuple[str, ...] = (), gitignore: bool = True) -> list[str]:
    warnings: list[str] = []
    discovery = Discovery(paths, Exclusion(exclude, ".") if exclude else None, gitignore, warnings.append)
    files = [group.prefix + name for group in discovery.groups() for name in group.names]
    assert not discovery.problems
    assert not warnings
    return sorted(files)


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


def test_links_to_files_are_found_and_links_to_folders_are_not_followed(tree: Callable[..., Path]) -> None:
    root = tree("src/a.py", "elsewhere/b.py")
    (root / "src/linked.py").symlink_to("a.py")
    (root / "src/folder").symlink_to("../elsewhere")
    (root / "src/folder.py").symlink_to("../elsewhere")
    (root / "src/loop").symlink_to(".")
    assert found("src") == ["src/a.py", "src/linked.py"]
    assert found("src/folder") == ["src/folder/b.py"]


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
    discovery = Discovery([path, "a.py"])
    assert [group.prefix + name for group in discovery.groups() for name in group.names] == ["a.py"]
    assert discovery.problems == [(path, message)]


def test_a_named_file_is_taken_whatever_its_name(tree: Callable[..., Path]) -> None:
    tree("script", "build/a.txt")
    assert found("script", "build/a.txt") == ["build/a.txt", "script"]


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


def test_an_excluded_folder_is_not_read(tree: Callable[..., Path]) -> None:
    closed = tree("closed/a.py", "b.py") / "closed"
    closed.chmod(0)
    try:
        assert found(".", exclude=("closed/",)) == ["b.py"]
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
    discovery = Discovery(["."])
    assert [group.prefix + name for group in discovery.groups() for name in group.names] == ["b.py"]
    assert discovery.problems == [("closed/", "cannot be read: Permission denied")]


def test_outside_their_folder_only_patterns_that_hold_anywhere_apply(tree: Callable[..., Path]) -> None:
    root = tree("inside/", "outside/a.py")
    assert Exclusion(["a.py"], str(root / "inside")).excludes("outside/a.py")
    assert not Exclusion(["/a.py"], str(root / "inside")).excludes("outside/a.py")


def test_a_pattern_that_is_none(tree: Callable[..., Path]) -> None:
    with pytest.raises(BadPattern, match=r"'!' is not a gitignore pattern"):
        Exclusion(["*.py", "!"], ".")


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
    "src/deleted.py",
    "src/new/untracked.py",
    "src/tracked.pyi",
]
IN_WORK_TREE += ["tracked.py", "untracked.py"]


@pytest.mark.usefixtures("work_tree")
def test_git_says_which_files_count() -> None:
    assert found(".") == IN_WORK_TREE


NAMED_IN_WORK_TREE = {
    "a folder of it": ("src", ["src/deleted.py", "src/new/untracked.py", "src/tracked.pyi"]),
    "an ignored folder is walked": ("ignored", ["ignored/a.py"]),
    "an ignored file": ("ignored.py", ["ignored.py"]),
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
    listing = list_files(".", (".py",))
    assert listing is not None
    assert [*listing.tracked(), *listing.untracked()] == [("", ["a.py"])]


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


def refused(**environment: str) -> tuple[list[str], list[str]]:
    warnings: list[str] = []
    groups = list(Discovery(["."], warn=warnings.append).groups())
    return sorted(group.prefix + name for group in groups for name in group.names), warnings


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
    with pytest.raises(GitRefusal, match="not a git repository"):
        list_files(".", (".py",))
    assert refused()[0] == ["a.py"]


UNTRACKED = [f"deep/{number:04}{'x' * 100}.py" for number in range(2000)]  # more than a pipe holds


@pytest.fixture
def strange_git(tree: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Puts a git on PATH that lists `a.py` and `build/a.py` as tracked; the other command does what it is told to."""
    root = tree(".git/", "a.py", "b.py", "build/a.py")

    def make(untracked: str) -> Path:
        program = tree("../program/git").parent / "program/git"
        program.write_text(
            f"#!/bin/sh\ncase $* in *--cached*) printf 'a.py\\0build/a.py\\0' ;; *--others*) {untracked} ;; *) exit 1 ;; esac\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        return root

    return make


def children() -> set[str]:
    """The children of this process, finished ones that nobody has waited for included."""
    return {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


def test_where_git_fails_after_the_tracked_files_the_rest_is_walked(strange_git: Callable[[str], Path]) -> None:
    strange_git("echo fatal: no more >&2; exit 128")
    # A walk would not go into build/.
    assert refused() == (
        ["a.py", "b.py", "build/a.py"],
        ["no more; walking folders without git's ignore rules"],
    )


def test_the_tracked_files_come_before_git_has_found_the_others(strange_git: Callable[[str], Path]) -> None:
    root = strange_git("read line < ../go; cat ../names")
    os.mkfifo(root.parent / "go")
    (root.parent / "names").write_bytes(b"".join(name.encode() + b"\0" for name in UNTRACKED))
    before = children()
    discovery = Discovery(["."])
    groups = discovery.groups()
    first = next(groups)
    assert (first.prefix, first.names) == ("", ["a.py"])
    assert not discovery.may_fork()
    (root.parent / "go").write_text("\n")
    while not discovery.may_fork():
        pass  # takes up what git says, which otherwise could not go on
    assert children() == before
    assert [group.prefix + name for group in groups for name in group.names] == ["build/a.py", *UNTRACKED]


def test_files_that_nobody_wants_any_more_leave_no_git_behind(strange_git: Callable[[str], Path]) -> None:
    root = strange_git("read line < ../never")
    os.mkfifo(root.parent / "never")
    before, descriptors = children(), os.listdir("/proc/self/fd")
    groups = Discovery(["."]).groups()
    next(groups)
    assert len(children()) == len(before) + 1
    groups.close()  # type: ignore[attr-defined]
    assert children() == before
    assert len(os.listdir("/proc/self/fd")) == len(descriptors)


# ---- git, started before it is asked


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What git was started for: the last word of each command line."""
    commands: list[str] = []
    spawn = os.posix_spawnp

    def start(program: str, arguments: list[str], *others: object, **more: object) -> int:
        commands.append(arguments[-1])
        return spawn(program, arguments, *others, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "posix_spawnp", start)
    return commands


@pytest.mark.usefixtures("work_tree")
@pytest.mark.parametrize(("prepared", "named"), [(".", "."), ("./", "."), ("src", "src/"), ("./src/", "src")])
def test_what_git_was_started_for_is_used(prepared: str, named: str, starts: list[str]) -> None:
    expected = found(named)
    starts.clear()
    prepare(prepared)
    assert starts == ["--cached", "--exclude-standard"]
    assert found(named) == expected
    assert starts == ["--cached", "--exclude-standard"]
    assert found(named) == expected
    assert starts == ["--cached", "--exclude-standard"] * 2


@pytest.mark.usefixtures("work_tree")
@pytest.mark.parametrize("named", [("src",), (".", "ignored"), ("ignored", "."), ("tracked.py",)])
def test_what_git_was_started_for_and_nobody_wants_changes_nothing(named: tuple[str, ...]) -> None:
    expected, before = found(*named), children()
    prepare(".")
    assert len(children()) == len(before) + 2
    assert found(*named) == expected
    forget()
    assert children() == before


@pytest.mark.usefixtures("work_tree")
def test_no_git_is_at_work_for_a_later_folder() -> None:
    """Scanning may go on in several processes by then, and each would take a part of git's answer."""
    before = children()
    prepare(".")
    discovery = Discovery(["tracked.py", "."])
    groups = discovery.groups()
    assert next(groups).names == ["tracked.py"]
    assert discovery.may_fork()
    assert children() == before
    assert sum(len(group.names) for group in groups) == len(IN_WORK_TREE) - 1


def test_nothing_is_started_outside_a_work_tree(tree: Callable[..., Path], starts: list[str]) -> None:
    tree("src/a.py")
    prepare("src")
    prepare("missing")
    assert starts == []


def test_a_current_folder_that_is_gone(tree: Callable[..., Path], starts: list[str]) -> None:
    gone = tree("gone/") / "gone"
    os.chdir(gone)
    gone.rmdir()
    prepare(".")
    assert starts == []


def test_that_git_cannot_be_started_is_said_when_it_is_asked(work_tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(work_tree / "nothing"))
    prepare(".")
    files, warnings = refused()
    assert files == found(".", gitignore=False)
    assert len(warnings) == 1


GUESSES = {
    "nothing": ([], "."),
    "switches": (["--check", "--quiet"], "."),
    "a folder": (["--check", "src"], "src"),
    "a folder, after an option with a value": (["--jobs", "2", "src"], "src"),
    "a file": (["--check", "a.py"], None),
    "files": (["a.py", "src/b.py"], None),
    "a missing file": (["missing"], None),
    "standard input": (["-"], None),
    "without git": (["--no-gitignore", "src"], None),
    "without git, afterwards": (["src", "--no-gitignore"], None),
    "something else": (["--list-rules"], None),
    "an option with a value": (["--select", "LPR001"], None),
}


@pytest.mark.parametrize(("words", "folder"), GUESSES.values(), ids=GUESSES)
def test_the_folder_that_a_command_line_is_about(tree: Callable[..., Path], words: list[str], folder: str | None) -> None:
    tree("a.py", "src/b.py")
    assert probable_folder(words) == folder


@pytest.mark.usefixtures("work_tree")
@pytest.mark.parametrize("size", [1, 7, 20, 1000])
def test_git_s_output_is_taken_in_pieces(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemods.run.git_files._PIECE", size)
    assert found(".") == IN_WORK_TREE


def test_the_top_of_the_work_tree(work_tree: Path) -> None:
    assert work_tree_top("src") == str(work_tree.resolve())
    assert work_tree_top(str(work_tree)) == str(work_tree.resolve())
    assert work_tree_top("library") == str(work_tree.resolve() / "library")
