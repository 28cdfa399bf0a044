"""Writes a run to one file, .zip or .tar.gz, to pass it on."""

from __future__ import annotations

import io
import os
import tarfile
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Protocol

from recorder.care.archive import ArchiveError, is_member, is_zip
from recorder.names import check_name
from recorder.runs.files import files_in, open_file, read_file, strays_among
from recorder.runs.inspection import IDENTITY, INDEX, MISSING, ORPHAN, Problem
from recorder.runs.run import Run, open_run
from recorder.storage.atomic_files import NEW_FILE, hidden_beside, link_new, remove
from recorder.storage.index import RunIndex
from recorder.storage.journal import JOURNAL_NAME, split_lines
from recorder.storage.snapshot import SNAPSHOT_NAME


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
    index does not name are left out. A metadata.json that is missing or behind is made from the journal. Entities that are
    missing or have changed are looked for first: the archive is written all the same, and is said not to be whole.

    Args:
        run: The run.
        archive: The file to write, which must not exist yet.
        on_file: Called with each name before the file is checked, before it is written and meanwhile, to show progress.

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
    problems = run.problems(on_file)
    index = _index_files(run.folder)
    names, left_out = _files_of(open_run(run.folder))
    try:
        with open(os.open(temporary, NEW_FILE, 0o666), "wb") as file, _Zip(file) if as_zip else _Tar(file) as written:
            for name, content in index.items():
                written.add(f"{run.folder.name}/{name}", len(content), time.time(), io.BytesIO(content))
            for name in names:
                with open(open_file(run.folder / name), "rb") as source:
                    status = os.fstat(source.fileno())
                    watched = _Watched(source, partial(on_file, name))
                    written.add(f"{run.folder.name}/{name}", status.st_size, status.st_mtime, watched)
        link_new(str(temporary), str(archive))
    finally:
        remove(str(temporary))
    return Exported([*index, *names], left_out, _problems_within(problems, index, left_out, run))


def _index_files(folder: Path) -> dict[str, bytes]:
    """Journal and metadata.json of one moment; a run of an old version has no journal."""
    try:
        journal = read_file(folder / JOURNAL_NAME)
    except FileNotFoundError:
        return {SNAPSHOT_NAME: read_file(folder / SNAPSHOT_NAME)}
    lines, length = split_lines(journal)
    index = RunIndex()
    for line in lines:
        index.apply(line)
    return {JOURNAL_NAME: journal[:length], SNAPSHOT_NAME: index.snapshot()}


def _problems_within(
    problems: list[Problem], index: Mapping[str, bytes], left_out: list[tuple[str, str]], run: Run
) -> list[Problem]:
    """Those of a run's problems that its archive has too, and the entities that are left out."""
    made_anew = SNAPSHOT_NAME if JOURNAL_NAME in index else None
    within = [
        problem
        for problem in problems
        if problem.kind not in (IDENTITY, ORPHAN) and (problem.kind, problem.filename) != (INDEX, made_anew)
    ]
    known = {problem.filename for problem in within}
    entities = {entity.filename for entity in run.entities()} - known
    return within + [Problem(MISSING, name, reason) for name, reason in left_out if name in entities]


def _files_of(run: Run) -> tuple[list[str], list[tuple[str, str]]]:
    """The files to take, and those that are left out, with the reason."""
    names: dict[str, None] = {}
    left_out: list[tuple[str, str]] = []
    for entity in run.entities():
        if (place := entity.place()) is None:
            left_out.append((entity.filename, "is in the index and no file of the run folder"))
        elif not is_member(f"{run.folder.name}/{place}"):
            left_out.append((entity.filename, "is not the name of a file in a run folder"))
        else:
            names[place] = None
    for stray in strays_among(files_in(run.folder), [*names, *(entity.filename for entity in run.entities())]):
        if not stray.regular:
            left_out.append((stray.name, "is no plain file"))
        elif not is_member(f"{run.folder.name}/{stray.name}"):
            left_out.append((stray.name, "is not the name of a file in a run folder"))
        elif stray.number:
            left_out.append((stray.name, "is not in the index; `recorder repair` adopts it"))
        else:
            names[stray.name] = None
    return list(names), left_out


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Watched:
    """A file that says when it is read."""

    file: IO[bytes]
    tell: Callable[[], object]

    def read(self, size: int = -1, /) -> bytes:
        self.tell()
        return self.file.read(size)


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
