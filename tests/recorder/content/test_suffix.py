"""A file's own suffix stands where its bytes do not decide; `metadata["format"]` goes before it."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from recorder import LivePipelineRecorder, open_run
from recorder.content.media_types import ACTIVE_EXTENSIONS

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
GZ = gzip.compress(b"a tar, say", mtime=0)


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", "b")
    return buffer.getvalue()


CASES: list[tuple[str, str, bytes, dict[str, Any], str]] = [
    ("table", "data.csv", b"a,b\n1,2\n", {}, "csv"),
    ("notes", "notes.md", b"# notes\n", {}, "md"),
    ("words", "words.srt", b"1\n00:00:01,000\n", {}, "srt"),
    ("values", "values.JSON", b"{}", {}, "json"),
    ("model", "model.safetensors", b"\0\1\2", {}, "safetensors"),
    ("data", "all.tar.gz", GZ, {}, "tar.gz"),
    ("data", "all.gz", GZ, {}, "gz"),
    ("data", "all.csv", GZ, {}, "gz"),
    ("data", "report.docx", zipped(), {}, "docx"),
    ("picture", "picture.csv", PNG, {}, "png"),
    ("picture", "picture.png", b"no picture", {}, "bin"),
    ("picture", "drawing.svg", b"no drawing", {}, "bin"),
    ("picture", "empty.png", b"", {}, "png"),
    ("output_image", "table.csv", b"a,b\n", {}, "bin"),
    ("output_3d", "mesh.obj", b"v 0 0 0\n", {}, "obj"),
    ("table", "data.csv", b"a,b\n", {"format": "tsv"}, "tsv"),
    ("table", "data.csv", b"a,b\n", {"format": ""}, "csv"),
    ("table", "data.csv", b"a,b\n", {"format": "TSV"}, "tsv"),
    ("table", "data", b"a,b\n", {}, "bin"),
    ("table", ".csv", b"a,b\n", {}, "bin"),
    ("table", "data.bad suffix", b"a,b\n", {}, "bin"),
    ("table", "data." + "x" * 21, b"a,b\n", {}, "bin"),
    ("page", "page.html", b"<p>", {"format": "txt"}, "txt"),
]


@pytest.mark.parametrize("how", ["path", "named stream"])
@pytest.mark.parametrize(("entity_type", "name", "content", "metadata", "extension"), CASES)
def test_the_suffix(
    how: str, entity_type: str, name: str, content: bytes, metadata: dict[str, Any], extension: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with LivePipelineRecorder("run", base_path=tmp_path) as recorder, open(tmp_path / name, "rb") as stream:
        saved = recorder.save_entity(entity_type, tmp_path / name if how == "path" else stream, metadata)
    assert saved == f"01_{entity_type}.{extension}"
    assert (recorder.run_folder / saved).read_bytes() == content
    assert open_run(recorder.run_folder).problems() == []


@pytest.mark.parametrize("name", ["page.html", "run.sh", "a.tar.html", "PAGE.HTM"])
def test_an_active_suffix_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"text")
    recorder = LivePipelineRecorder("run", base_path=tmp_path)
    with pytest.raises(ValueError, match="suffix"):
        recorder.save_entity("page", tmp_path / name)
    assert recorder.sequence_number == 0


def test_a_stream_without_a_name(tmp_path: Path) -> None:
    recorder = LivePipelineRecorder("run", base_path=tmp_path)
    stream = io.BytesIO(b"a,b")
    assert recorder.save_entity("a", stream) == "01_a.bin"
    stream = io.BytesIO(b"a,b")
    stream.name = 7  # type: ignore[attr-defined]
    assert recorder.save_entity("a", stream) == "02_a.bin"


def test_the_guide_lists_the_active_types() -> None:
    guide = (Path(__file__).resolve().parents[3] / "docs" / "recorder" / "guide.md").read_text(encoding="utf-8")
    section = guide.partition("### Active types")[2].partition("## ")[0]
    listed = re.findall("`([a-z0-9]+)`", section.strip().splitlines()[-1])
    assert listed == sorted(ACTIVE_EXTENSIONS)
