"""Takes a run in from an archive. Nothing of it is believed before it is checked, and nothing is written beside the run.

The archive is unpacked into a hidden folder; the run gets its place only when every file is there as the index says.
"""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from recorder.care.archive import ArchiveError, is_member, is_zip
from recorder.names import check_name
from recorder.runs.folders import is_run
from recorder.runs.inspection import IDENTITY
from recorder.runs.run import Run, open_run
from recorder.storage.atomic_files import NEW_FILE

_PIECE = 1 << 20
# What the two libraries raise on damaged and hostile archives.
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class _Member:
    """A file in an archive: its name, its size in bytes, and how to open it."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


def import_run(archive: Path, base: Path, on_file: Callable[[str], object] = lambda name: None) -> Run:
    """Take a run in from an archive that `export_run` has written; returns it.

    Args:
        archive: The .zip or .tar.gz.
        base: The folder that the run's folder is to lie in.
        on_file: Called with a file's name before and while it is unpacked, and once more when it is checked, to show progress.

    Raises:
        ArchiveError: It is no such archive, a part of it is refused, or the run in it is not whole. Nothing was changed.
        FileExistsError: There is a run, or anything else, of that name.
        OSError: A file cannot be read or written. Nothing was changed.
    """
    hidden = base / f".recorder-import-{os.getpid()}-{os.urandom(4).hex()}"
    with _members(archive) as members:
        hidden.mkdir()
        try:
            name = _unpacked(members, hidden, archive, on_file)
            _check_run(hidden / name, archive, on_file)
            target = base / name
            os.mkdir(target)  # the name is ours from here on, or it fails
            try:
                os.rename(hidden / name, target)
            except BaseException:
                with suppress(OSError):  # it is not empty where Ctrl-C came right after the rename: then the run is there
                    os.rmdir(target)
                raise
        finally:
            shutil.rmtree(hidden, ignore_errors=True)
    return open_run(target)


def _unpacked(members: Iterable[_Member], hidden: Path, archive: Path, on_file: Callable[[str], object]) -> str:
    """Unpack all members, each checked before; the name of the run folder that they all lie in.

    Raises:
        ArchiveError: One lies elsewhere, is there twice or does not fit on the disk, or the name cannot be that of a run folder.
        FileExistsError: There is a run, or anything else, of that name.
    """
    top, seen = "", set()
    for member in members:
        if not is_member(member.name):
            raise ArchiveError(f"{archive.name}: {member.name!a} is not the name of a file in a run folder")
        if member.name in seen:
            raise ArchiveError(f"{archive.name}: {member.name!a} is in it twice")
        seen.add(member.name)
        folder = member.name.partition("/")[0]
        if folder != (top or folder):
            raise ArchiveError(f"{archive.name}: it holds several folders, and should hold that of one run")
        if not top:
            top = _checked(folder, hidden.parent, archive)
        on_file(member.name)
        _unpack(member, hidden, archive, on_file)
    if not top:
        raise ArchiveError(f"{archive.name}: it holds no file")
    return top


def _checked(name: str, base: Path, archive: Path) -> str:
    try:
        check_name("the run folder", name)
    except ValueError as error:
        raise ArchiveError(f"{archive.name}: {error}") from None
    if os.path.lexists(base / name):
        raise FileExistsError(17, "exists already", str(base / name))
    return name


def _unpack(member: _Member, hidden: Path, archive: Path, on_file: Callable[[str], object]) -> None:
    free = shutil.disk_usage(hidden).free
    if member.size > free:  # a few kilobytes can unpack to any size
        raise ArchiveError(f"{archive.name}: {member.name!a} has {member.size} bytes, and {free} are free")
    path = hidden / member.name
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, NEW_FILE, 0o666), "wb") as target, member.open() as source:
        while piece := source.read(_PIECE):
            target.write(piece)
            on_file(member.name)


@contextmanager
def _members(archive: Path) -> Iterator[Iterable[_Member]]:
    """The files of an archive, to be gone through once; what is wrong with it while it is read is an ArchiveError."""
    as_zip = is_zip(archive)
    if not archive.is_file():
        raise FileNotFoundError(2, "is no file" if os.path.lexists(archive) else "no such file", str(archive))
    try:
        if as_zip:
            with zipfile.ZipFile(archive) as opened_zip:
                yield _zip_members(opened_zip, archive)
        else:
            with gzip.open(archive) as stream, tarfile.open(fileobj=stream, mode="r|") as opened_tar:
                yield _tar_members(opened_tar, stream, archive)
    except ArchiveError:
        raise
    except _BROKEN as error:
        raise ArchiveError(f"{archive.name}: {error or type(error).__name__}") from error


def _zip_members(opened: zipfile.ZipFile, archive: Path) -> list[_Member]:
    entries = [entry for entry in opened.infolist() if not entry.is_dir()]
    for entry in entries:
        if (entry.external_attr >> 16) & 0o170000 not in (0, 0o100000):
            raise ArchiveError(f"{archive.name}: {entry.filename!a} is no plain file")
        if entry.comment:  # zipfile counts no entries: one may be hidden in what a wrong length makes a comment
            raise ArchiveError(f"{archive.name}: {entry.filename!a} has a comment, which nothing that was exported has")
    return [_Member(entry.filename, entry.file_size, partial(opened.open, entry)) for entry in entries]


def _tar_members(opened: tarfile.TarFile, stream: gzip.GzipFile, archive: Path) -> Iterator[_Member]:
    def content(entry: tarfile.TarInfo) -> IO[bytes]:
        file = opened.extractfile(entry)
        assert file is not None, "it is a plain file"
        return file

    for entry in opened:
        if entry.isreg():
            yield _Member(entry.name, entry.size, partial(content, entry))
        elif not entry.isdir():
            raise ArchiveError(f"{archive.name}: {entry.name!a} is no plain file")
    while stream.read(_PIECE):  # to the checksum at its end: tarfile takes a damaged header for the end of the archive
        pass


def _check_run(folder: Path, archive: Path, on_file: Callable[[str], object]) -> None:
    """Refuse what is no run, or a damaged one."""
    if not is_run(folder):
        raise ArchiveError(f"{archive.name}: it holds no run (neither entities.jsonl nor metadata.json)")
    problems = [problem for problem in open_run(folder).problems(on_file) if problem.kind != IDENTITY]
    if problems:
        shown = "; ".join(f"{problem.filename} {problem.message}" for problem in problems[:5])
        more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise ArchiveError(f"{archive.name}: the run in it is not whole: {shown}{more}")
