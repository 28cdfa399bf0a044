"""`recorder export` and `import`."""

from __future__ import annotations

import io
import json
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from recorder import LivePipelineRecorder, open_run
from recorder.cli import main


def make_run(base: Path, run_id: str = "run") -> Path:
    with LivePipelineRecorder(run_id, config_name="demo", base_path=base) as recorder:
        recorder.save_entity("input", "a lighthouse")
        recorder.save_entity("sketch", b"\x89PNG\r\n\x1a\n" + bytes(5000), group="steps")
        (recorder.run_folder / "chat_history.json").write_text("[]")
    return recorder.run_folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and ".recorder" not in p.name}


def call(*arguments: str | Path, returns: int = 0) -> None:
    assert main([str(argument) for argument in arguments]) == returns


@pytest.mark.parametrize("name", ["run.zip", "run.tar.gz", "RUN.TGZ"])
def test_a_run_comes_out_of_an_archive_as_it_went_in(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_run(tmp_path / "exports")
    archive, target = tmp_path / name, tmp_path / "target"
    target.mkdir()
    call("export", folder, archive)
    call("import", archive, target)
    assert "2 entities" in capsys.readouterr().out
    assert contents(target / "run") == contents(folder)
    assert open_run(target / "run").problems() == []
    assert sorted(os.listdir(tmp_path)) == sorted(["exports", "target", name]) and os.listdir(target) == ["run"]
    with LivePipelineRecorder("run", base_path=target) as recorder:  # and it goes on there
        assert recorder.save_entity("input", "x") == "02_input.txt"


def test_each_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, opened, real = make_run(tmp_path), [], os.open

    def counted(path: str | Path, *arguments: int) -> int:
        opened.append(os.path.relpath(path, folder))
        return real(path, *arguments)

    monkeypatch.setattr(os, "open", counted)
    call("export", folder, tmp_path / "run.zip")
    assert [opened.count(name) for name in ("01_input.txt", "steps/001_sketch.png", "chat_history.json")] == [1, 1, 1]


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_run(tmp_path / "exports")
    archive = tmp_path / "run.zip"
    call("export", folder, archive)
    before = archive.read_bytes()
    call("export", folder, archive, returns=2)
    assert archive.read_bytes() == before
    kept = contents(folder)
    call("import", archive, tmp_path / "exports", returns=2)
    assert contents(folder) == kept and os.listdir(tmp_path / "exports") == ["run"]
    (tmp_path / "link.zip").symlink_to(tmp_path / "elsewhere.zip")
    call("export", folder, tmp_path / "link.zip", returns=2)
    assert not (tmp_path / "elsewhere.zip").exists()
    assert capsys.readouterr().err.count("exists already") == 3


def test_what_is_left_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_run(tmp_path)
    (folder / "07_stray.txt").write_text("x")
    (folder / "link.txt").symlink_to("/etc/hostname")
    (folder / "01_input.txt").unlink()
    call("export", folder, tmp_path / "run.tar.gz", "--json", returns=1)
    said = json.loads(capsys.readouterr().out)
    assert [entry["filename"] for entry in said["left_out"]] == ["01_input.txt", "07_stray.txt", "link.txt"]
    assert said["files"] == ["entities.jsonl", "metadata.json", "steps/001_sketch.png", "chat_history.json"]
    with tarfile.open(tmp_path / "run.tar.gz") as archive:
        assert archive.getnames() == [f"run/{name}" for name in said["files"]]


def behind(folder: Path) -> None:
    snapshot = json.loads((folder / "metadata.json").read_bytes())
    (folder / "metadata.json").write_text(json.dumps({**snapshot, "entities": snapshot["entities"][:1]}))


def too_deep(folder: Path) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "03_x.txt").write_text("x")
    with (folder / "entities.jsonl").open("a") as journal:
        journal.write('{"size": 1, "entity": {"sequence": 3, "type": "x", "filename": "a/b/03_x.txt"}}\n')


# What has happened to a run, and what the export says of it; nothing: the import takes it.
HAPPENED: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda folder: None, ""),
    "other bytes": (lambda folder: (folder / "01_input.txt").write_text("A lighthouse"), "01_input.txt has other bytes"),
    "another size": (lambda folder: (folder / "01_input.txt").write_text("x"), "01_input.txt has 1 bytes"),
    "gone": (lambda folder: (folder / "01_input.txt").unlink(), "01_input.txt is in the index and not in the folder"),
    "a file that cannot be in an archive": (too_deep, "a/b/03_x.txt is not the name of a file in a run folder"),
    "a line that cannot be read": (
        lambda folder: (folder / "entities.jsonl").write_bytes((folder / "entities.jsonl").read_bytes() + b"nothing\n"),
        "entities.jsonl 1 entry cannot be read",
    ),
    "metadata.json gone": (lambda folder: (folder / "metadata.json").unlink(), ""),
    "metadata.json torn": (lambda folder: (folder / "metadata.json").write_text('{"run_id'), ""),
    "metadata.json behind": (behind, ""),
    "no journal, and metadata.json torn": (
        lambda folder: ((folder / "entities.jsonl").unlink(), (folder / "metadata.json").write_text('{"run_id')),
        "metadata.json cannot be read",
    ),
}


@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
@pytest.mark.parametrize("name", HAPPENED)
def test_what_export_does_not_warn_of_import_takes(
    tmp_path: Path, name: str, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    happened, message = HAPPENED[name]
    folder, archive, target = make_run(tmp_path / "exports"), tmp_path / f"run.{ending}", tmp_path / "target"
    target.mkdir()
    happened(folder)
    before = contents(folder)
    call("export", folder, archive, returns=1 if message else 0)
    said = capsys.readouterr().out
    assert message in said and ("`recorder import` refuses this archive" in said) == bool(message)
    assert contents(folder) == before
    call("import", archive, target, returns=2 if message else 0)
    if not message:
        assert open_run(target / "run").problems() == [] and len(open_run(target / "run")) == 2


def test_a_folder_that_no_run_of_an_archive_may_have(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_run(tmp_path).rename(tmp_path / ".hidden")
    call("export", tmp_path / ".hidden", tmp_path / "run.zip", returns=2)
    assert "the run folder must not start or end with a dot: '.hidden'" in capsys.readouterr().err
    assert os.listdir(tmp_path) == [".hidden"]


def test_an_old_run_is_passed_on_too(tmp_path: Path) -> None:
    (tmp_path / "old" / "final").mkdir(parents=True)
    (tmp_path / "old" / "final" / "01_input.txt").write_text("x")
    entity = {"sequence": 1, "type": "input", "filename": "01_input.txt"}
    (tmp_path / "old" / "metadata.json").write_text(json.dumps({"run_id": "old", "entities": [entity]}))
    (tmp_path / "target").mkdir()
    call("export", tmp_path / "old", tmp_path / "old.zip")
    call("import", tmp_path / "old.zip", tmp_path / "target")
    assert contents(tmp_path / "target" / "old") == contents(tmp_path / "old")


# -- archives that are refused -----------------------------------------------------------------------------------------------

INDEX = b'{"run_id": "run", "entities": []}'
LINK = tarfile.TarInfo("run/link")
LINK.type, LINK.linkname = tarfile.SYMTYPE, "/etc/passwd"
HARD = tarfile.TarInfo("run/hard")
HARD.type, HARD.linkname = tarfile.LNKTYPE, "run/metadata.json"
PIPE = tarfile.TarInfo("run/pipe")
PIPE.type = tarfile.FIFOTYPE
DEVICE = tarfile.TarInfo("run/device")
DEVICE.type = tarfile.CHRTYPE

REFUSED = {
    "a name that climbs": (["run/metadata.json", "run/../../evil.txt"], "is not the name"),
    "a name that climbs at once": (["../evil.txt"], "is not the name"),
    "an absolute name": (["/tmp/evil.txt"], "is not the name"),
    "a name with backslashes": (["run/metadata.json", "run/..\\..\\evil.txt"], "is not the name"),
    "a hidden file": (["run/metadata.json", "run/.recorder.lock"], "is not the name"),
    "a folder too deep": (["run/metadata.json", "run/a/b/c.txt"], "is not the name"),
    "a file beside the run": (["run/metadata.json", "evil.txt"], "is not the name"),
    "an empty part": (["run//metadata.json"], "is not the name"),
    "two runs": (["run/metadata.json", "run2/metadata.json"], "several folders"),
    "no run": (["run/notes.txt"], "holds no run"),
    "nothing": ([], "no file"),
    "a folder name that no run has": ([" run/metadata.json"], "white space"),
    "a numbered file without an entry": (["run/metadata.json", "run/01_x.txt"], "is not whole: 01_x.txt"),
    "a link": (["run/metadata.json", LINK], "no plain file"),
    "a hard link": (["run/metadata.json", HARD], "no plain file"),
    "a pipe": (["run/metadata.json", PIPE], "no plain file"),
    "a device": (["run/metadata.json", DEVICE], "no plain file"),
}


def write_tar(path: Path, members: list[str | tarfile.TarInfo]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            entry = tarfile.TarInfo(member) if isinstance(member, str) else member
            entry.size = len(INDEX) if isinstance(member, str) else 0
            archive.addfile(entry, io.BytesIO(INDEX))


def write_zip(path: Path, members: list[str | tarfile.TarInfo]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            if isinstance(member, str):
                archive.writestr(member, INDEX)
            else:
                entry = zipfile.ZipInfo(member.name)
                entry.create_system, entry.external_attr = 3, 0o120777 << 16  # a link, as zip(1) writes it
                archive.writestr(entry, "/etc/passwd")


@pytest.mark.parametrize(("write", "ending"), [(write_zip, "zip"), (write_tar, "tar.gz")], ids=["zip", "tar"])
@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_archive_writes_nothing(
    tmp_path: Path,
    write: Callable[[Path, list[str | tarfile.TarInfo]], None],
    ending: str,
    name: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    members, message = REFUSED[name]
    (tmp_path / "target").mkdir()
    archive = tmp_path / f"archive.{ending}"
    write(archive, members)
    call("import", archive, tmp_path / "target", returns=2)
    said = capsys.readouterr().err
    assert message in said and f"recorder: {archive.name}: " in said
    assert sorted(os.listdir(tmp_path)) == [archive.name, "target"] and os.listdir(tmp_path / "target") == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for write, name in ((write_zip, "a.zip"), (write_tar, "a.tar.gz")):
        write(tmp_path / name, ["run/metadata.json", "run/metadata.json"])
        call("import", tmp_path / name, tmp_path, returns=2)
        assert "in it twice" in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
@pytest.mark.parametrize("damage", ["cut", "text"])
def test_a_damaged_archive_is_refused(tmp_path: Path, ending: str, damage: str, capsys: pytest.CaptureFixture[str]) -> None:
    archive, target = tmp_path / f"run.{ending}", tmp_path / "target"
    target.mkdir()
    call("export", make_run(tmp_path / "exports"), archive)
    content = archive.read_bytes()
    archive.write_bytes({"cut": content[: len(content) // 2], "text": b"no archive at all"}[damage])
    call("import", archive, target, returns=2)
    assert archive.name in capsys.readouterr().err and os.listdir(target) == []


@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
def test_no_changed_byte_of_an_archive_comes_through(tmp_path: Path, ending: str) -> None:
    archive, folder = tmp_path / f"run.{ending}", make_run(tmp_path / "exports")
    call("export", folder, archive)
    content, refused = archive.read_bytes(), 0
    for place in range(0, len(content), max(1, len(content) // 60)):
        target = tmp_path / f"target_{place}"
        target.mkdir()
        archive.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        if main(["import", str(archive), str(target)]) == 2:
            refused += 1
            assert os.listdir(target) == []
        else:  # a time, or the like
            assert contents(next(target.iterdir())) == contents(folder)
    assert refused > 30


def test_a_file_that_a_wrong_length_makes_a_comment_is_missed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file that no entry of the index names, and that nobody else would miss."""
    folder, archive = make_run(tmp_path / "exports"), tmp_path / "run.zip"
    call("export", folder, archive)
    content = archive.read_bytes()
    last = content.rindex(b"PK\x01\x02")
    before = content.rindex(b"PK\x01\x02", 0, last)
    end = content.index(b"PK\x05\x06", last)
    archive.write_bytes(content[: before + 32] + (end - last).to_bytes(2, "little") + content[before + 34 :])
    (tmp_path / "target").mkdir()
    call("import", archive, tmp_path / "target", returns=2)
    assert "has a comment" in capsys.readouterr().err and os.listdir(tmp_path / "target") == []


def test_a_file_that_was_changed_in_the_archive_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_run(tmp_path / "exports")
    (folder / "01_input.txt").write_text("A lighthouse")
    call("export", folder, tmp_path / "run.zip", returns=1)
    (tmp_path / "target").mkdir()
    capsys.readouterr()
    call("import", tmp_path / "run.zip", tmp_path / "target", returns=2)
    assert "01_input.txt has other bytes than were saved" in capsys.readouterr().err
    assert os.listdir(tmp_path / "target") == []


def test_more_than_the_disk_holds_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A header may say any size: nothing is unpacked then."""
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("run/metadata.json", INDEX)
        for entry in archive.infolist():
            entry.file_size = 1 << 50
    (tmp_path / "target").mkdir()
    call("import", tmp_path / "bomb.zip", tmp_path / "target", returns=2)
    assert "are free" in capsys.readouterr().err and os.listdir(tmp_path / "target") == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["export", "exports/run", "run.rar"], "ends with .zip or .tar.gz"),
        (["export", "exports", "run.zip"], "holds no run"),
        (["export", "exports/run", "no/folder/run.zip"], "no/folder"),
        (["import", "nowhere.zip"], "no such file"),
        (["import", "exports"], "ends with .zip or .tar.gz"),
        (["import", "nowhere.zip", "no/folder"], "no such folder"),
        (["prune", "exports/run", "--keep", "1"], "is a run itself"),
        (["prune", "nowhere", "--keep", "1"], "no such folder"),
        (["tag", "exports/run", "two words"], "a tag has"),
        (["tag", "exports", "best"], "holds no run"),
    ],
)
def test_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    make_run(tmp_path / "exports")
    monkeypatch.chdir(tmp_path)
    call(*arguments, returns=2)
    said = capsys.readouterr()
    assert message in said.err and not said.out
    assert os.listdir(tmp_path) == ["exports"]


def test_every_name_is_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name with a newline would print lines of its own, and one with an escape would colour them."""
    folder = tmp_path / "a\n5 runs, 9 entities: nothing wrong.\n\x1b[31m"
    folder.mkdir()
    entity = {"sequence": 1, "type": "t\n::error::x", "filename": "01_a\nforged\n.txt"}
    (folder / "metadata.json").write_text(json.dumps({"run_id": "r\nforged", "entities": [entity]}))
    (folder / "02_b\nforged\n.txt").write_text("x")
    (folder / "notes\nforged\n.md").write_text("x")
    for command in (
        ["list", tmp_path], ["show", folder], ["verify", tmp_path], ["repair", folder], ["gallery", tmp_path],
        ["export", folder, tmp_path / "x\nforged\n.zip"], ["tag", folder], ["prune", tmp_path, "--keep", "0"],
        ["import", tmp_path / "y\nforged\n.zip", tmp_path], ["show", tmp_path / "z\nforged\n"],
    ):  # fmt: skip
        main([str(part) for part in command])
        said = capsys.readouterr()
        lines = (said.out + said.err).splitlines()
        assert lines and not [line for line in lines if "\x1b" in line or line.startswith(("forged", "5 runs,", "::error"))], (
            lines
        )
