"""Writes a run to one file, .zip or .tar.gz, to pass it on."""

from __future__ import annotations

import io
import os
import tarfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from recorder.care.archive import ArchiveError, is_member, is_zip
from recorder.content.media_types import HEAD_SIZE
from recorder.names import check_name
from recorder.runs.files import Stray, files_in, open_file, read_file, strays_among
from recorder.runs.inspection import INDEX, MISSING, NUMBER, Check, Problem, judged
from recorder.runs.opened import BROKEN, damage
from recorder.runs.run import Run
from recorder.storage.atomic_files import NEW_FILE, hidden_beside, link_new, remove
from recorder.storage.index import RunIndex
from recorder.storage.journal import JOURNAL_NAME, split_lines
from recorder.storage.snapshot import SNAPSHOT_NAME

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

_NO_MEMBER = "is not the name of a file in a run folder"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export has written.

    Attributes:
        files: Names of the files in the archive, relative to the run folder, the index included.
        left_out: Names of those that are not, each with the reason.
        problems: What is wrong with the run as it is in the archive: where there is something, `import_run` refuses it.
    """

    files: list[str]
    left_out: list[tuple[str, str]]
    problems: list[Problem]


def export_run(run: Run, archive: Path, on_file: Callable[[str], object] = lambda name: None) -> Exported:
    """Write a run to an archive: the index as it is now, the files that it names, and those without a number beside them.

    A writer may be at work: what is saved from now on is not in it. Links, pipes, hidden files and numbered files that the
    index does not name are left out. A metadata.json that is missing or behind is made from the journal. Each file is checked
    while it is written: where entities are missing or have changed, the archive is said not to be whole.

    Args:
        run: The run.
        archive: The file to write, which must not exist yet.
        on_file: Called with each name before the file is written and meanwhile, to show progress.

    Raises:
        ArchiveError: The archive's name has the wrong ending, the run folder's name cannot be that of a run, or a file's name
            cannot stand in a zip.
        FileExistsError: The archive exists.
        OSError: A file cannot be read or written; no archive is left behind.
    """
    as_zip = is_zip(archive)
    if os.path.lexists(archive):
        raise FileExistsError(17, "exists already", str(archive))
    temporary = hidden_beside(archive)
    try:
        check_name("the run folder", run.folder.name)
    except ValueError as error:
        raise ArchiveError(f"{error}; rename it") from None
    try:
        with open(os.open(temporary, NEW_FILE, 0o666), "wb") as file, _Zip(file) if as_zip else _Tar(file) as target:
            exported = _written(run.folder, target, on_file)
        link_new(str(temporary), str(archive))
    finally:
        remove(str(temporary))
    return exported


def _written(folder: Path, target: _Zip | _Tar, on_file: Callable[[str], object]) -> Exported:
    """Write index and files, each file checked on the way."""
    files = files_in(folder)  # before the index: what is saved from here on is in neither
    contents, index, problems = _index_of(folder)
    for name, content in contents.items():
        target.add(f"{folder.name}/{name}", len(content), time.time(), io.BytesIO(content))
    done = Exported([*contents], [], problems)
    check = Check(folder, files)
    for record in index.records:
        place, wrong = check.find(record)
        problems.extend(wrong)
        if place is None and not any(problem.kind == NUMBER for problem in wrong):
            done.left_out.append((record.filename, "is in the index and no file of the run folder"))
        elif place is not None and not is_member(f"{folder.name}/{place}"):
            done.left_out.append((record.filename, _NO_MEMBER))
            problems.append(Problem(MISSING, record.filename, _NO_MEMBER))
        elif place is not None:
            problems.extend(judged(record, *_add(folder, place, target, on_file, hashed=record.sha256 is not None)))
            done.files.append(place)
    for stray in strays_among(files, check.known):
        reason = _why_left_out(folder, stray)
        if reason is not None:
            done.left_out.append((stray.name, reason))
        else:
            _add(folder, stray.name, target, on_file, hashed=False)
            done.files.append(stray.name)
    return done


def _index_of(folder: Path) -> tuple[dict[str, bytes], RunIndex, list[Problem]]:
    """Journal and metadata.json of one moment, what they say, and what of them cannot be read. An old run has no journal."""
    index = RunIndex()
    try:
        journal = read_file(folder / JOURNAL_NAME)
    except FileNotFoundError:
        shown = read_file(folder / SNAPSHOT_NAME)
        try:
            index.load_snapshot(shown)
        except ValueError:
            return {SNAPSHOT_NAME: shown}, index, [Problem(INDEX, SNAPSHOT_NAME, BROKEN)]
        contents = {SNAPSHOT_NAME: shown}
    else:
        lines, length = split_lines(journal)
        for line in lines:
            index.apply(line)
        contents = {JOURNAL_NAME: journal[:length], SNAPSHOT_NAME: index.snapshot()}
    reason = damage(index)
    return contents, index, [] if reason is None else [Problem(INDEX, next(iter(contents)), reason)]


def _why_left_out(folder: Path, stray: Stray) -> str | None:
    if not stray.regular:
        return "is no plain file"
    if not is_member(f"{folder.name}/{stray.name}"):
        return _NO_MEMBER
    return "is not in the index; `recorder repair` adopts it" if stray.number else None


def _add(
    folder: Path, name: str, target: _Zip | _Tar, on_file: Callable[[str], object], *, hashed: bool
) -> tuple[bytes, int, str | None]:
    """Write one file; its first bytes, its size, and its SHA-256 if that is asked for."""
    on_file(name)
    with open(open_file(folder / name), "rb") as file:
        status = os.fstat(file.fileno())
        source = _Source(file, partial(on_file, name), sha256() if hashed else None)
        target.add(f"{folder.name}/{name}", status.st_size, status.st_mtime, source)
    return source.head, source.size, None if source.digest is None else source.digest.hexdigest()


@dataclass(slots=True)
class _Source:
    """A file that is read once, from its beginning: says when, and keeps what `judged` asks for."""

    file: IO[bytes]
    tell: Callable[[], object]
    digest: Hash | None
    head: bytes = b""
    size: int = 0

    def read(self, size: int = -1, /) -> bytes:
        self.tell()
        piece = self.file.read(size)
        self.head += piece[: HEAD_SIZE - len(self.head)]
        self.size += len(piece)
        if self.digest is not None:
            self.digest.update(piece)
        return piece


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _Zip:
    """A .zip that is being written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False)

    def add(self, name: str, size: int, changed: float, source: _Readable) -> None:
        """Add a file."""
        try:
            name.encode("utf-8")
        except UnicodeEncodeError:
            raise ArchiveError(f"{name!a} cannot stand in a zip, whose names are Unicode; take .tar.gz") from None
        entry = zipfile.ZipInfo(name, max(time.localtime(changed)[:6], (1980, 1, 1, 0, 0, 0)))
        entry.compress_type, entry.external_attr, entry.file_size = zipfile.ZIP_DEFLATED, 0o644 << 16, size
        with self._archive.open(entry, "w", force_zip64=size > 1 << 30) as target:
            while piece := source.read(1 << 20):
                target.write(piece)

    def __enter__(self) -> _Zip:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()


class _Tar:
    """A .tar.gz that is being written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._archive = tarfile.open(fileobj=file, mode="w:gz", format=tarfile.PAX_FORMAT)

    def add(self, name: str, size: int, changed: float, source: _Readable) -> None:
        """Add a file."""
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime = size, changed
        self._archive.addfile(entry, source)

    def __enter__(self) -> _Tar:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()
