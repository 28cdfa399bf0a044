"""The corpora: real packages from the package index, with positives planted in some of their files.

C10 is three packages together, about 10,600 Python files of 59 MB; D1k is one of them, 909 files.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

WHEELS = ("django==6.1.3", "homeassistant==2025.4.4", "sktime==1.1.0")

# The copy block that the project is about: a wrong attribute, a hand-numbered name, an extension chain and a copy.
_BLOCK = """

from recorder import LivePipelineRecorder


def keep_output_{number}(recorder: LivePipelineRecorder, output_result, media_type):
    saved_filename = None
    filesystem_path = output_result.metadata.get("filesystem_path")
    if filesystem_path:
        import os
        import shutil

        if media_type == "audio":
            ext = "mp3"
        elif media_type == "video":
            ext = "mp4"
        else:
            ext = "png"
        output_filename = f"{step:02d}_{kind}_{{media_type}}.{{ext}}"
        dest_path = os.path.join(recorder.run_dir, output_filename)
        try:
            shutil.copy2(filesystem_path, dest_path)
            saved_filename = output_filename
        except Exception as error:
            print(f"not kept: {{error}}")
    return saved_filename
"""


_KINDS = "output preview mask depth render caption voice frame texture poster trailer backdrop".split()


def positive(number: int) -> str:
    """The block with names of its own: no two functions of a project write the same file, or neither could be fixed safely."""
    kind, step = divmod(number, 98)
    return _BLOCK.format(number=number, step=step + 2, kind=_KINDS[kind % len(_KINDS)])


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder of source files.

    Attributes:
        name: How it is called in the results.
        root: The folder; a git work tree of its own that tracks every file.
        planted: Original and planted bytes of each file that was given a positive.
    """

    name: str
    root: Path
    planted: dict[Path, tuple[bytes, bytes]]

    def plant(self, count: int | None = None) -> None:
        """Put the planted files, or the first `count` of them, back to how they were before a fix."""
        for path, (_, planted) in list(self.planted.items())[:count]:
            path.write_bytes(planted)

    def clear(self) -> None:
        """Take the positives out: a clean tree."""
        for path, (original, _) in self.planted.items():
            path.write_bytes(original)

    def size(self) -> tuple[int, int]:
        """Number of Python files, and of their bytes."""
        sizes = [path.stat().st_size for path in python_files(self.root)]
        return len(sizes), sum(sizes)


def python_files(root: Path) -> list[Path]:
    """All `.py` files below a folder, in order."""
    return sorted(path for path in root.rglob("*.py") if path.is_file())


def build(cache: Path, work: Path, name: str, packages: Sequence[str], positives: int) -> Corpus:
    """Unpack packages into a folder of `work` and plant positives in evenly spaced files, unless it is
    there.
    """
    root = work / name
    stamp = hashlib.sha256(repr((WHEELS, _BLOCK, packages, positives)).encode()).hexdigest()
    mark = work / f"{name}.stamp"
    if not mark.exists() or mark.read_text() != stamp:
        shutil.rmtree(root, ignore_errors=True)
        for wheel in _wheels(cache, packages):
            _unpack(wheel, root / wheel.name.split("-")[0])
        _track(root)
        mark.write_text(stamp)
    else:
        _git(root, "checkout", "-q", "--", ".")
    corpus = Corpus(name, root, dict(_planted(root, positives)))
    corpus.plant()
    return corpus


def sample(corpus: Corpus, folder: Path, count: int) -> Path:
    """A folder with `count` evenly spaced files of a corpus; every fifty-first holds a positive, and the
    first.
    """
    shutil.rmtree(folder, ignore_errors=True)
    files = _spaced(python_files(corpus.root), count)
    for number, path in enumerate(files):
        original = corpus.planted.get(path, (path.read_bytes(), b""))[0]
        target = folder / path.relative_to(corpus.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_with_positive(original, number) if number % 51 == 0 else original)
    return folder


def _wheels(cache: Path, packages: Sequence[str]) -> Iterator[Path]:
    folder = cache / "wheels"
    for package in packages:
        project, _, release = package.partition("==")
        pattern = f"{project}-{release}-*.whl"
        if not list(folder.glob(pattern)):
            options = ["--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--quiet"]
            subprocess.run(
                [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), package],
                check=True,
            )
        yield next(folder.glob(pattern))


def _unpack(wheel: Path, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if name.endswith((".py", ".pyi"))])


def _planted(root: Path, count: int) -> Iterator[tuple[Path, tuple[bytes, bytes]]]:
    # Not in tiny files: real positives stand in real modules.
    candidates = [path for path in python_files(root) if path.stat().st_size > 2000]
    for number, path in enumerate(_spaced(candidates, count)):
        original = path.read_bytes()
        yield path, (original, _with_positive(original, number))


def _with_positive(original: bytes, number: int) -> bytes:
    return original.rstrip() + b"\n" + positive(number).encode()


def _spaced(files: Sequence[Path], count: int) -> list[Path]:
    count = min(count, len(files))
    return [files[index * len(files) // count] for index in range(count)]


def _track(root: Path) -> None:
    _git(root, "init", "-q")
    _git(root, "config", "gc.auto", "0")  # it would go on in the background
    _git(root, "add", "-A")
    _git(root, "-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost", "commit", "-qm", "Corpus")
    _git(root, "gc", "-q")


def _git(root: Path, *arguments: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    subprocess.run(["git", "-C", str(root), *arguments], check=True, env=environment)


def names(paths: Iterable[Path], root: Path) -> list[str]:
    """Paths relative to a folder, as a command line takes them."""
    return [str(path.relative_to(root)) for path in paths]
