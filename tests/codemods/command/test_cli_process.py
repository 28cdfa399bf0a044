"""`recorder-fix` as a real process: standard input, terminals, signals, and what it imports on its fastest way."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from codemods.command.progress import Progress

COMMAND = [sys.executable, "-m", "codemods.command.cli"]
HEAD = b"from recorder import LivePipelineRecorder\n\n\ndef show(recorder: LivePipelineRecorder) -> None:\n"
SAFE = HEAD + b"    print(recorder.run_dir)\n"
FIXED = SAFE.replace(b"run_dir", b"run_folder")
LEFT = HEAD + b'    print((recorder.run_folder / "03_input.txt").read_text())\n'


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables for the processes; the modules are compiled once, for all of them."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM", "COLUMNS")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    cache = str(tmp_path_factory.mktemp("pycache"))
    path = os.pathsep.join(path for path in sys.path if path)
    return kept | {"PYTHONPATH": path, "PYTHONPYCACHEPREFIX": cache, "TERM": "xterm"}


def run(folder: Path, environment: dict[str, str], *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], cwd=folder, env=environment, input=stdin, capture_output=True, check=False)


# -- standard input ----------------------------------------------------------------------------------------------------------

STDIN = [
    ("fixed", SAFE, [], 0, FIXED, b"Fixed 1 finding in 1 file."),
    ("crlf_latin1", b"# coding: latin-1\r\n# \xe9\r\n" + SAFE, [], 0, b"# coding: latin-1\r\n# \xe9\r\n" + FIXED, b""),
    ("nothing", b"x = 1", [], 0, b"x = 1", b"Nothing to report: no recorder was seen in 1 file."),
    ("empty", b"", [], 0, b"", b""),
    ("left", LEFT, [], 1, LEFT, b"-:5:34: LPR102 "),
    ("broken", b"recorder.run_dir (\n", [], 2, b"recorder.run_dir (\n", b"-:1: error: cannot be parsed"),
    ("undecodable", b"recorder.run_dir \xff\n", [], 2, b"recorder.run_dir \xff\n", b"-:1: error: "),
    ("check", SAFE, ["--check"], 1, b"-:5:11: LPR001", b""),
    ("named", SAFE, ["--check", "--stdin-filename", "pkg/x.py"], 1, b"pkg/x.py:5:11: LPR001", b""),
    ("diff", SAFE, ["--diff", "--stdin-filename", "pkg/x.py"], 1, b"--- a/pkg/x.py\n+++ b/pkg/x.py\n", b"Would fix 1"),
    ("json", SAFE, ["--output-format", "json"], 0, FIXED, b'"fixed": true'),
    ("bad_config", SAFE, ["--config", "nope.toml"], 2, SAFE, b"nope.toml: error: cannot be read"),
]


@pytest.mark.parametrize(("source", "options", "code", "out", "err"), [row[1:] for row in STDIN], ids=[row[0] for row in STDIN])
def test_standard_input(
    tmp_path: Path, environment: dict[str, str], source: bytes, options: list[str], code: int, out: bytes, err: bytes
) -> None:
    ran = run(tmp_path, environment, *options, "-", stdin=source)
    assert ran.returncode == code, ran.stderr
    if "--check" in options or "--diff" in options:
        assert ran.stdout.startswith(out)
    else:
        assert ran.stdout == out
    assert err in ran.stderr


def test_the_name_decides_the_configuration(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "pyproject.toml").write_text("[tool.recorder]\nignore = ['LPR0']\n")
    assert run(tmp_path, environment, "--stdin-filename", "pkg/x.py", "-", stdin=SAFE).stdout == SAFE
    assert run(tmp_path, environment, "-", stdin=SAFE).stdout == FIXED


# -- what is imported --------------------------------------------------------------------------------------------------------

SLOW = {"asyncio", "libcst", "multiprocessing", "tqdm"}


@pytest.mark.parametrize(("arguments", "code"), [(["--check", "a.py"], 0), (["a.py"], 0), (["--check", "--jobs", "1", "."], 0)])
def test_clean_files_import_nothing_slow(tmp_path: Path, environment: dict[str, str], arguments: list[str], code: int) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    program = (
        "import sys\nbefore = set(sys.modules)\nfrom codemods.command.cli import main\n"
        f"code = main({arguments!r})\nprint(*sorted(set(sys.modules) - before), sep='\\n', file=sys.stderr)\nsys.exit(code)"
    )
    # -S: without site, which loads what editable installations ask for.
    ran = subprocess.run(
        [sys.executable, "-S", "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == code, ran.stderr
    imported = set(ran.stderr.split())
    assert {"argparse", "codemods.command.cli", "codemods.run.runner"} <= imported
    assert imported & SLOW == set()


# -- terminals ---------------------------------------------------------------------------------------------------------------


def on_a_terminal(folder: Path, environment: dict[str, str], *arguments: str) -> bytes:
    """What the command writes when both its outputs are a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen([*COMMAND, *arguments], cwd=folder, env=environment, stdout=follower, stderr=follower)
    os.close(follower)
    written = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # how Linux says that the other side is closed
            break
        if not piece:
            break
        written += piece
    process.wait()
    os.close(leader)
    return written.replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colour_on_a_terminal(tmp_path: Path, environment: dict[str, str], variables: dict[str, str], coloured: bool) -> None:
    (tmp_path / "a.py").write_bytes(SAFE)
    written = on_a_terminal(tmp_path, environment | variables, "--check", "a.py")
    plain = run(tmp_path, environment | variables, "--check", "a.py").stdout
    assert (b"\x1b[" in written) == coloured
    assert b"\x1b[" not in plain
    assert re.sub(rb"\x1b\[[0-9;]*m", b"", written) == plain


def test_a_diff_on_a_terminal_is_coloured_and_harmless(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "a.py").write_bytes(SAFE.replace(b"run_dir)", b"run_dir)  # \x1b[2J"))
    written = on_a_terminal(tmp_path, environment, "--diff", "a.py")
    assert b"\x1b[32m+    print(recorder.run_folder)  # \\x1b[2J\x1b[0m\n" in written
    piped = run(tmp_path, environment, "--diff", "a.py").stdout
    assert b"+    print(recorder.run_folder)  # \x1b[2J\n" in piped


def test_a_short_run_shows_no_progress(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "a.py").write_bytes(FIXED)
    assert (
        on_a_terminal(tmp_path, environment, "--check", "a.py")
        == b"Nothing to report: 1 recorder, 1 use of a run folder in 1 file.\n"
    )


def test_a_long_run_shows_progress(capfd: pytest.CaptureFixture[str]) -> None:
    progress = Progress(after=0)
    for done in range(1, 4):
        progress(done, 3)
    progress.clear()
    progress.close()
    assert "/3 [" in capfd.readouterr().err
    waiting = Progress(after=3600)
    waiting(1, 3)
    waiting.clear()
    waiting.close()
    assert capfd.readouterr().err == ""


# -- signals and pipes -------------------------------------------------------------------------------------------------------


def test_ctrl_c_says_so(tmp_path: Path, environment: dict[str, str]) -> None:
    fifo = tmp_path / "x.toml"
    os.mkfifo(fifo)
    with subprocess.Popen(
        [*COMMAND, "--config", "x.toml"], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:

        def opened() -> bool:
            """A pipe can be opened for writing as soon as somebody reads it: then the command is at work."""
            try:
                writers.append(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
            except OSError:
                return False
            return True

        writers: list[int] = []
        wait_until(opened)
        process.send_signal(signal.SIGINT)
        os.close(writers[0])  # the signal may have come just before the command waits for text
        out, err = process.communicate()
    assert (process.returncode, out) == (130, b"")
    assert err == b"recorder-fix: interrupted; each file is either as it was or completely fixed\n"


def test_ctrl_c_leaves_each_file_old_or_new(tmp_path: Path, environment: dict[str, str]) -> None:
    for number in range(150):
        (tmp_path / f"f{number:03}.py").write_bytes(SAFE)
    with subprocess.Popen(
        [*COMMAND, "."], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        wait_until(lambda: (tmp_path / "f003.py").read_bytes() == FIXED)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate()
    contents = [path.read_bytes() for path in sorted(tmp_path.iterdir())]
    assert len(contents) == 150  # no temporary file stays
    assert set(contents) <= {SAFE, FIXED}
    assert process.returncode in (0, 130)
    assert b"Traceback" not in err


def test_a_closed_pipe_is_no_traceback(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "a.py").write_bytes(HEAD + b"    print(recorder.run_dir)\n" * 700)
    command = f"{' '.join(COMMAND)} --check a.py | head -n 1"
    ran = subprocess.run(command, shell=True, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert ran.stdout == b"a.py:5:11: LPR001 recorders have no attribute `run_dir`; use `run_folder`\n"
    assert ran.stderr == b""


@pytest.mark.parametrize("options", ["--check", "--diff", "--output-format json", "-"])
def test_a_full_disk_behind_the_output_is_an_error(tmp_path: Path, environment: dict[str, str], options: str) -> None:
    (tmp_path / "a.py").write_bytes(SAFE)
    path = "" if options == "-" else "a.py"
    command = f"{' '.join(COMMAND)} {options} {path} < a.py > /dev/full"
    ran = subprocess.run(command, shell=True, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-1] == b"recorder-fix: error: cannot write the output: No space left on device"
    assert b"Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("- <&-", 2, b"recorder-fix: error: cannot read standard input: it is closed\n"),
        ("--config nope.toml - <&-", 2, b"recorder-fix: error: cannot read standard input: it is closed\n"),
        ("--check a.py >&-", 1, b""),
        ("--check a.py 2>&-", 1, b""),
        ("a.py >&- 2>&-", 0, b""),
    ],
)
def test_streams_that_cannot_be_used(
    tmp_path: Path, environment: dict[str, str], command: str, code: int, message: bytes
) -> None:
    (tmp_path / "a.py").write_bytes(SAFE)
    whole = f"exec '{sys.executable}' -m codemods.command.cli {command}"
    ran = subprocess.run(whole, shell=True, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert (ran.returncode, b"Traceback" in ran.stderr) == (code, False)
    assert ran.stderr.endswith(message)
    assert (tmp_path / "a.py").read_bytes() == (FIXED if code == 0 else SAFE)


def test_a_libcst_that_cannot_be_loaded_leaves_what_needs_it(tmp_path: Path, environment: dict[str, str]) -> None:
    broken = tmp_path / "broken" / "libcst"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise RuntimeError('half installed')\n")
    (tmp_path / "a.py").write_bytes(SAFE)
    (tmp_path / "b.py").write_bytes(LEFT)
    path = f"{broken.parent}{os.pathsep}{environment['PYTHONPATH']}"
    done = run(tmp_path, environment | {"PYTHONPATH": path}, "--output-format", "json", "a.py", "b.py")
    report = json.loads(done.stdout)
    assert (done.returncode, report["errors"], (tmp_path / "a.py").read_bytes()) == (1, [], SAFE)
    assert [(f["path"], f["code"], f["level"]) for f in report["findings"]] == [
        ("a.py", "LPR001", "left"),
        ("b.py", "LPR102", "left"),
    ]
    why = [f["reason"] for f in report["findings"]]
    assert why[0] == "LibCST, which rewrites it, cannot be loaded (RuntimeError: half installed)"
    assert "LibCST" not in why[1]


def test_an_internal_error_is_not_taken_for_findings(tmp_path: Path, environment: dict[str, str]) -> None:
    """Here: the current folder is removed while the command starts."""
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f"cd '{gone}' && rmdir '{gone}' && exec '{sys.executable}' -m codemods.command.cli --check a.py"
    ran = subprocess.run(command, shell=True, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-1].startswith(b"recorder-fix: internal error, please report it")


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("the command never got that far")


# -- git --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def work_tree(tmp_path: Path) -> Path:
    """A work tree with findings in tracked, untracked, deleted, linked and subfolders' files."""
    folder = tmp_path / "tree"
    (folder / "pkg").mkdir(parents=True)
    for name in ("a.py", "pkg/b.py", "gone.py", "target.txt"):
        (folder / name).write_bytes(LEFT)
    (folder / "linked.py").symlink_to("target.txt")
    (folder / "pyproject.toml").write_text("[tool.recorder]\n")
    git = ["git", "-c", "user.name=T", "-c", "user.email=t@localhost", "-C", str(folder)]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "All"]):
        subprocess.run([*git, *arguments], check=True)
    (folder / "gone.py").unlink()
    (folder / "new.py").write_bytes(SAFE)
    return folder


def test_git_is_started_three_times(work_tree: Path, environment: dict[str, str]) -> None:
    """As a program of that name on PATH sees it."""
    program, log = work_tree.parent / "bin/git", work_tree.parent / "log"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$*" >> {log}\nexec {shutil.which("git")} "$@"\n')
    program.chmod(0o755)
    environment = environment | {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    command = Path(sys.executable).with_name("recorder-fix")

    def started(*arguments: str) -> list[str]:
        log.write_text("")
        done = subprocess.run([command, "--check", *arguments], cwd=work_tree, env=environment, capture_output=True)
        assert (done.returncode, done.stderr) == (1, b"")
        return sorted(word for line in log.read_text().splitlines() for word in line.split() if word in ("grep", "ls-files"))

    assert started() == started(".", "pkg") == ["grep", "ls-files", "ls-files"]
    assert started("a.py") == ["grep", "ls-files", "ls-files"]  # for the project's facts
    (work_tree / "pyproject.toml").unlink()
    assert started("--jobs", "1") == ["grep", "ls-files", "ls-files"]


def test_the_same_with_git_without_it_and_where_it_refuses(work_tree: Path, environment: dict[str, str]) -> None:
    ways = {
        "": {},
        "git cannot be started: No such file or directory": {"PATH": str(work_tree / "nothing")},
        "detected dubious ownership": {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"},
    }
    outcomes = set()
    for complaint, variables in ways.items():
        done = run(work_tree, environment | variables, "--check", "--output-format", "json")
        assert len(done.stderr.splitlines()) == bool(complaint)
        assert complaint in done.stderr.decode()
        outcomes.add((done.returncode, done.stdout))
    ((code, out),) = outcomes
    document = json.loads(out)
    assert code == 1
    assert {finding["path"] for finding in document["findings"]} == {"a.py", "linked.py", "new.py", "pkg/b.py"}
    assert document["summary"]["files"] == 4


def test_a_link_that_loops_is_an_error_for_itself(work_tree: Path, environment: dict[str, str]) -> None:
    (work_tree / "pkg/loop.py").symlink_to("loop.py")
    done = run(work_tree, environment, "--check", "--select", "LPR001")
    assert done.stderr == b"pkg/loop.py: error: cannot be read: Too many levels of symbolic links\n"
    assert b"new.py:5:" in done.stdout
    assert done.returncode == 2
