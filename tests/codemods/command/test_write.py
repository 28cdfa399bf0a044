"""Writing back: at every moment a file is the old one or the new one, and everything but its bytes stays."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemods.command.write import WriteError, may_replace, write_back, write_new

OLD, NEW = b"old\r\n\xe9", b"new\r\n\xe9\x00"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.py"
    path.write_bytes(OLD)
    return path


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_the_new_bytes_are_there_and_nothing_else(file: Path) -> None:
    write_back(str(file), OLD, NEW)
    assert file.read_bytes() == NEW
    assert names(file.parent) == ["a.py"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o666, 0o4755, 0o200 | 0o440])
def test_the_mode_stays(file: Path, mode: int) -> None:
    file.chmod(mode)
    write_back(str(file), OLD, NEW)
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_owner_and_group_stay_where_this_user_may_set_them(file: Path) -> None:
    groups = [group for group in os.getgroups() if group != os.getgid()]
    wanted = (12345, 23456) if os.geteuid() == 0 else (os.getuid(), groups[0] if groups else os.getgid())
    os.chown(file, *wanted)
    write_back(str(file), OLD, NEW)
    assert (file.stat().st_uid, file.stat().st_gid) == wanted


def test_a_link_is_written_through(file: Path) -> None:
    first, second = file.parent / "first.py", file.parent / "second.py"
    first.symlink_to("a.py")
    second.symlink_to(first)
    write_back(str(second), OLD, NEW)
    assert file.read_bytes() == NEW
    assert second.is_symlink() and first.is_symlink()
    assert names(file.parent) == ["a.py", "first.py", "second.py"]


def test_a_file_that_changed_is_not_overwritten(file: Path) -> None:
    with pytest.raises(WriteError, match="has changed on disk since it was read; nothing was written, run again"):
        write_back(str(file), b"something else", NEW)
    assert file.read_bytes() == OLD
    assert names(file.parent) == ["a.py"]


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="cannot be written: No such file or directory"):
        write_back(str(tmp_path / "a.py"), OLD, NEW)


@pytest.mark.parametrize("mode", [0o444, 0o400, 0o555])
def test_a_read_only_file_is_left_alone(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(WriteError, match="is read-only; nothing was written"):
        write_back(str(file), OLD, NEW)
    assert file.read_bytes() == OLD
    assert names(file.parent) == ["a.py"]


@pytest.fixture
def folder_of_a_plain_user() -> Iterator[Path]:
    """A folder whose modes count for this process, which is not the superuser's any more until the test is over."""
    with tempfile.TemporaryDirectory() as name:
        if os.geteuid() != 0:
            yield Path(name)
            return
        os.chown(name, 65534, 65534)
        os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            os.seteuid(0)


def test_a_read_only_folder(folder_of_a_plain_user: Path) -> None:
    file = folder_of_a_plain_user / "a.py"
    file.write_bytes(OLD)
    folder_of_a_plain_user.chmod(0o555)
    with pytest.raises(WriteError, match="cannot be written: Permission denied"):
        write_back(str(file), OLD, NEW)
    with pytest.raises(WriteError, match="cannot be written: Permission denied"):
        write_new(str(folder_of_a_plain_user / "b.json"), NEW)
    assert file.read_bytes() == OLD
    folder_of_a_plain_user.chmod(0o755)
    assert names(folder_of_a_plain_user) == ["a.py"]


def test_what_cannot_be_read_may_not_be_replaced(folder_of_a_plain_user: Path) -> None:
    file = folder_of_a_plain_user / "baseline.json"
    file.write_bytes(OLD)
    ours = re.compile(b"")
    assert may_replace(str(file), ours)
    file.chmod(0)
    assert not may_replace(str(file), ours)


def test_a_file_that_only_others_may_write(folder_of_a_plain_user: Path) -> None:
    file = folder_of_a_plain_user / "a.py"
    file.write_bytes(OLD)
    file.chmod(0o466)
    with pytest.raises(WriteError, match="cannot be written: Permission denied"):
        write_back(str(file), OLD, NEW)
    assert file.read_bytes() == OLD


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(OLD)
    code = (
        "import resource, signal, sys\nfrom codemods.command.write import WriteError, write_back\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        f"try:\n    write_back('a.py', {OLD!r}, b'x' * 1000)\nexcept WriteError as error:\n    print(error.message)\n"
    )
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout == "cannot be written: File too large\n"
    assert (tmp_path / "a.py").read_bytes() == OLD
    assert names(tmp_path) == ["a.py"]


# An exception raised on a `with` line itself, by the trace function, comes before the file is closed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_at_any_line_leaves_the_old_or_the_new_file_and_nothing_else(file: Path) -> None:
    """A trace function raises KeyboardInterrupt before each line that write_back runs, one line further each time."""
    met = set()
    for stop in range(1, 200):
        file.write_bytes(OLD)
        seen = 0

        def trace(frame: object, event: str, _: object, stop: int = stop) -> object:
            nonlocal seen
            if not frame.f_code.co_filename.endswith("write.py"):  # type: ignore[attr-defined]
                return None
            if event == "line":
                seen += 1
                if seen == stop:
                    sys.settrace(None)
                    raise KeyboardInterrupt
            return trace

        before = sys.gettrace()
        sys.settrace(trace)  # type: ignore[arg-type]
        try:
            write_back(str(file), OLD, NEW)
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
        assert file.read_bytes() in (OLD, NEW)
        assert names(file.parent) == ["a.py"]
        met.add(file.read_bytes())
        if seen < stop:
            break
    assert met == {OLD, NEW}
    assert stop > 15, "the trace function met too few lines to mean anything"


def test_a_file_that_changes_while_the_new_one_is_written_is_not_overwritten(file: Path) -> None:
    """A trace function plays the other program: it saves the file once the temporary one is complete."""

    def trace(frame: object, *_: object) -> object:
        complete = [path for path in file.parent.iterdir() if path.suffix == ".tmp" and path.read_bytes() == NEW]
        if complete and file.read_bytes() == OLD:
            file.write_bytes(b"saved by an editor")
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        with pytest.raises(WriteError, match="has changed on disk"):
            write_back(str(file), OLD, NEW)
    finally:
        sys.settrace(before)
    assert file.read_bytes() == b"saved by an editor"
    assert names(file.parent) == ["a.py"]


def test_a_killed_process_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom codemods.command.write import write_back\nold, new = b'o' * 300_000, b'n' * 300_000\nprint('go', flush=True)\n"
        "while True:\n    write_back('a.py', old, new)\n    old, new = new, old\n"
    )
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    for _ in range(5):
        (tmp_path / "a.py").write_bytes(b"o" * 300_000)
        with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=environment, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        assert (tmp_path / "a.py").read_bytes() in (b"o" * 300_000, b"n" * 300_000)


def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_new(str(tmp_path / "b.json"), NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "b.json").stat().st_mode) == 0o640
    assert (tmp_path / "b.json").read_bytes() == NEW


def test_a_new_file_takes_the_place_of_an_earlier_one(file: Path) -> None:
    file.chmod(0o600)
    write_new(str(file), NEW)
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (NEW, 0o600)


def test_a_device_is_written_to(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write_new("/dev/null", NEW)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="cannot be written: No such file or directory"):
        write_new(str(tmp_path / "nope" / "b.json"), NEW)
