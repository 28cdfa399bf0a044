"""`recorder-fix` as a real process: standard input, terminals, signals, and what it imports on its fastest way."""

from __future__ import annotations

import os
import pty
import re
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
    ("nothing", b"x = 1", [], 0, b"x = 1", b"Nothing to report in 1 file."),
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
    assert on_a_terminal(tmp_path, environment, "--check", "a.py") == b"Nothing to report in 1 file.\n"


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


# -- the end of the process --------------------------------------------------------------------------------------------------

_ENDS = {
    "at once": ("", b""),
    "an exit handler": ("import atexit; atexit.register(print, 'handled')", b"handled\n"),
    "a thread": (
        "import threading, time; threading.Thread(target=lambda: (time.sleep(1.5), print('done'))).start()",
        b"done\n",
    ),
    "a profiler": ("sys.setprofile(lambda *_: None)", b""),
}


@pytest.mark.parametrize(("before", "printed"), _ENDS.values(), ids=_ENDS)
@pytest.mark.parametrize(("text", "status"), [(b"x = 1\n", 0), (LEFT, 1)])
def test_nothing_is_lost_at_the_end(
    tmp_path: Path, environment: dict[str, str], before: str, printed: bytes, text: bytes, status: int
) -> None:
    (tmp_path / "a.py").write_bytes(text)
    script = f"""
import os, sys
end = os._exit
os._exit = lambda status: (os.write(2, b"at once"), end(status))
{before}
from codemods.command.command import command
command()
"""
    arguments = [sys.executable, "-c", script, "--check", "a.py"]
    ended = subprocess.run(arguments, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert ended.returncode == status
    assert b" in 1 file" in ended.stdout
    assert ended.stdout.endswith(printed)
    assert ended.stderr == (b"" if before else b"at once")


@pytest.mark.parametrize(
    "arguments", [("--check",), ("--check", "pkg"), ("--check", "a.py"), ("--check", "a.py", "--exclude", "pkg")]
)
def test_the_command_does_what_the_program_does(tmp_path: Path, environment: dict[str, str], arguments: tuple[str, ...]) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "pkg").mkdir()
    for name in ("a.py", "pkg/b.py", "pkg/ignored.py"):
        (tmp_path / name).write_bytes(LEFT)
    (tmp_path / ".gitignore").write_text("ignored.py\n")
    program = run(tmp_path, environment, *arguments)
    command = subprocess.run(
        [sys.executable, "-m", "codemods.command.command", *arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert (command.returncode, command.stdout, command.stderr) == (1, program.stdout, program.stderr)
    assert b"LPR102" in program.stdout
    assert b"ignored.py" not in program.stdout
