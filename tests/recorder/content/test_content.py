"""What can be saved, under which extension, and which metadata goes with it."""

from __future__ import annotations

import io
import json
import logging
import os
import socket
import sys
import tracemalloc
from datetime import UTC, date, datetime, time
from enum import Enum, IntEnum, StrEnum
from pathlib import Path, PurePosixPath
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder import LivePipelineRecorder
from recorder.storage.json_values import dump, plain

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(64)
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + (b"\xff\xfb\x90\x00" + bytes(413)) * 4
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01" + bytes(64)
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(64)
ZIP = b"PK\x03\x04" + bytes(60)
UNKNOWN = b"\x01\x02\x03\x04" * 20


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Word(StrEnum):
    HELLO = "hello"


@pytest.fixture
def run(tmp_path: Path) -> LivePipelineRecorder:
    return LivePipelineRecorder("run", base_path=tmp_path)


@pytest.mark.parametrize(
    "content, expected",
    [
        ("text", b"text"),
        ("hällo ✓", "hällo ✓".encode()),
        ("", b""),
        (b"", b""),
        (UNKNOWN, UNKNOWN),
        (bytearray(UNKNOWN), UNKNOWN),
        (memoryview(UNKNOWN), UNKNOWN),
        (memoryview(UNKNOWN)[::2], UNKNOWN[::2]),
        (memoryview(UNKNOWN).cast("I"), UNKNOWN),
        (io.BytesIO(UNKNOWN), UNKNOWN),
        (io.BytesIO(b"x" * 3_000_000), b"x" * 3_000_000),
        (io.BytesIO(b""), b""),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_bytes_are_stored_as_they_are(content: Any, expected: bytes, run: LivePipelineRecorder) -> None:
    assert (run.run_folder / run.save_entity("input", content)).read_bytes() == expected


@pytest.mark.parametrize("content", [{}, [], {"a": [1, 2.5, None, True, "ü"]}, [{"b": {}}], {"surrogate": "\udcff"}])
def test_dicts_and_lists_are_stored_as_json(content: Any, run: LivePipelineRecorder) -> None:
    name = run.save_entity("config", content)
    assert name == "01_config.json"
    assert json.loads((run.run_folder / name).read_bytes()) == content


def test_a_path_is_copied(run: LivePipelineRecorder, tmp_path: Path) -> None:
    source = tmp_path / "source.mp3"
    source.write_bytes(MP3)
    assert run.save_entity("output_audio", source) == "01_output_audio.mp3"
    assert source.read_bytes() == (run.run_folder / "01_output_audio.mp3").read_bytes() == MP3
    with open(source, "rb") as stream:
        stream.seek(10)
        assert (run.run_folder / run.save_entity("rest", stream)).read_bytes() == MP3[10:]


def test_a_large_file_is_never_held_in_memory(run: LivePipelineRecorder, tmp_path: Path) -> None:
    source = tmp_path / "large"
    with open(source, "wb") as file:
        file.truncate(64 << 20)
    tracemalloc.start()
    run.save_entity("output_video", source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (run.run_folder / "01_output_video.bin").stat().st_size == 64 << 20
    assert peak < 8 << 20


class TextGiver:
    def read(self, size: int = -1) -> str:
        return "text"


@pytest.mark.parametrize(
    "content",
    [None, 7, 1.5, True, {1}, object(), io.StringIO("x"), TextGiver(), ("a",), iter([b"x"])],
    ids=lambda content: type(content).__name__,
)
def test_other_content_is_refused(content: Any, run: LivePipelineRecorder) -> None:
    with pytest.raises(TypeError, match="content"):
        run.save_entity("input", content)
    assert sorted(os.listdir(run.run_folder)) == [".recorder.lock", "entities.jsonl", "metadata.json"]


def test_a_stream_that_fails_leaves_nothing(run: LivePipelineRecorder) -> None:
    class Failing(io.RawIOBase):
        pieces = [b"x" * 8192, b"y" * 1000]

        def read(self, size: int = -1) -> bytes:
            if self.pieces:
                return self.pieces.pop(0)
            raise ConnectionResetError("reset")

    with pytest.raises(ConnectionResetError):
        run.save_entity("input", Failing())  # type: ignore[arg-type]
    assert sorted(os.listdir(run.run_folder)) == [".recorder.lock", "entities.jsonl", "metadata.json"]


@pytest.mark.parametrize("missing", ["missing", "."])
def test_a_path_that_cannot_be_read_is_an_error(missing: str, run: LivePipelineRecorder, tmp_path: Path) -> None:
    with pytest.raises(OSError):
        run.save_entity("input", tmp_path / missing)
    assert run.sequence_number == 0


@pytest.mark.parametrize(
    "entity_type, content, declared, expected, logged",
    [
        # recognised bytes decide
        ("output_image", PNG, None, "png", ""),
        ("output_image", PNG, "png", "png", ""),
        ("output_image", PNG, "jpg", "png", "jpg"),
        ("output_image", PNG, "PNG", "png", ""),
        ("output_image", PNG, "html", "png", "html"),
        ("output_image", PNG, {"not": "a str"}, "png", "not"),
        ("output_image", SVG, None, "svg", ""),
        ("anything", MP3, None, "mp3", ""),
        ("output_audio", io.BytesIO(MP3), "wav", "mp3", "wav"),
        ("document", ZIP, "docx", "docx", ""),
        ("document", ZIP, "DOCX", "docx", ""),
        ("output_video", MP4, "m4a", "mp4", ""),
        ("output_audio", MP4, "m4a", "m4a", ""),
        ("output_image", JPG, "jpeg", "jpeg", ""),
        # of another kind than the media type: the caller's word, else bin
        ("output_audio", PNG, None, "bin", "png"),
        ("output_audio", PNG, "mp3", "mp3", "png"),
        ("output_video", MP3, None, "bin", "mp3"),
        ("output_image", ZIP, None, "bin", "zip"),
        # not recognised: the caller's word, else the type of the content
        ("output_image", UNKNOWN, None, "bin", "no known type"),
        ("output_image", UNKNOWN, "jpg", "jpg", ""),
        ("thing", UNKNOWN, None, "bin", ""),
        ("thing", UNKNOWN, "latent", "latent", ""),
        ("thing", b"BM25 is a ranking function", None, "bin", ""),
        ("input", "text", None, "txt", ""),
        ("input", "text", "md", "md", ""),
        ("input", {"a": 1}, None, "json", ""),
        ("input", "ID3 tags", None, "txt", ""),
        ("input", PNG.decode("latin-1"), None, "txt", ""),
    ],
)
def test_the_extension(
    entity_type: str,
    content: Any,
    declared: Any,
    expected: str,
    logged: str,
    run: LivePipelineRecorder,
    caplog: pytest.LogCaptureFixture,
) -> None:
    metadata = None if declared is None else {"format": declared}
    with caplog.at_level(logging.WARNING):
        assert run.save_entity(entity_type, content, metadata) == f"01_{entity_type}.{expected}"
    assert (logged in caplog.text) if logged else not caplog.records


@pytest.mark.parametrize("as_path", [False, True])
def test_the_size_of_an_image_is_added_but_never_over_the_callers(
    as_path: bool, run: LivePipelineRecorder, tmp_path: Path
) -> None:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (7, 5)).save(buffer, "PNG")
    content: bytes | Path = buffer.getvalue()
    if as_path:
        (tmp_path / "image").write_bytes(buffer.getvalue())
        content = tmp_path / "image"
    run.save_entity("output_image", content, {"seed": 1})
    run.save_entity("output_image", content, {"width": "mine"})
    first, second = (entity["metadata"] for entity in run.get_status()["entities"])
    assert first == {"seed": 1, "width": 7, "height": 5}
    assert second == {"width": "mine", "height": 5}


@pytest.mark.parametrize(
    "value, stored",
    [
        (None, None),
        (True, True),
        (1, 1),
        (1.5, 1.5),
        ("ü", "ü"),
        ([1, [2]], [1, [2]]),
        ((1, 2), [1, 2]),
        ({}, {}),
        (PurePosixPath("a/b"), "a/b"),
        (datetime(2025, 11, 17, 12, tzinfo=UTC), "2025-11-17T12:00:00+00:00"),
        (date(2025, 11, 17), "2025-11-17"),
        (time(12, 30), "12:30:00"),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (Word.HELLO, "hello"),
        ({Word.HELLO: [Colour.RED]}, {"hello": ["red"]}),
        ("\udcff", "\udcff"),
        (10**40, 10**40),
    ],
    ids=repr,
)
def test_metadata_values_are_converted(value: Any, stored: Any, run: LivePipelineRecorder) -> None:
    run.save_entity("input", "x", {"value": value})
    assert run.get_status()["entities"][0]["metadata"] == {"value": stored}
    assert json.loads((run.run_folder / "metadata.json").read_bytes())["entities"][0]["metadata"] == {"value": stored}


def numpy_or_stand_in(monkeypatch: pytest.MonkeyPatch) -> Any:
    """NumPy where it is installed; else a module with the one class and method that matter."""
    try:
        import numpy

        return SimpleNamespace(float32=numpy.float32, int64=numpy.int64, bool_=numpy.bool_)
    except ImportError:

        class generic:  # noqa: N801
            def __init__(self, value: object) -> None:
                self.value = value

            def item(self) -> object:
                return self.value

        module = ModuleType("numpy")
        module.generic = generic  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "numpy", module)
        return SimpleNamespace(float32=generic, int64=generic, bool_=generic)


def test_numpy_scalars_are_converted(run: LivePipelineRecorder, monkeypatch: pytest.MonkeyPatch) -> None:
    numpy = numpy_or_stand_in(monkeypatch)
    run.save_entity("input", "x", {"a": numpy.float32(1.5), "b": numpy.int64(7), "c": numpy.bool_(True)})
    metadata = run.get_status()["entities"][0]["metadata"]
    assert metadata == {"a": 1.5, "b": 7, "c": True}
    with pytest.raises(TypeError, match=r"metadata\['d'\]"):
        run.save_entity("input", "x", {"d": numpy.float32(float("nan"))})


@pytest.mark.parametrize("metadata", [[], "text", 7, [("a", 1)]])
def test_metadata_is_a_mapping(metadata: Any, run: LivePipelineRecorder) -> None:
    with pytest.raises(TypeError, match="metadata must be a dict"):
        run.save_entity("input", "x", metadata)
    assert run.sequence_number == 0


def test_the_error_names_the_key(run: LivePipelineRecorder) -> None:
    with pytest.raises(TypeError, match=r"metadata\['a'\]\[1\]\['b'\] is of type set"):
        run.save_entity("input", "x", {"a": [0, {"b": {1}}]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_what_json_can_hold_comes_back_the_same(value: Any) -> None:
    line = dump(plain(value, "value"))
    assert b"\n" not in line
    assert json.loads(line) == value


@pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "endless device", "empty device", "socket"])
def test_a_path_that_is_no_plain_file_is_refused(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device is copied until the disk is full, and a pipe without a writer waits for ever."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
    places = {"link to a pipe": "link", "endless device": "/dev/zero", "empty device": os.devnull}
    path = Path(places.get(kind, kind))
    with LivePipelineRecorder("run", base_path=tmp_path) as recorder:
        with pytest.raises(ValueError, match=f"content: {path} is a pipe, a device or a socket"):
            recorder.save_entity("input", path)
        assert recorder.get_status()["entities"] == []
        assert recorder.save_from_filesystem(path, "input") is None
        assert [entity["filename"] for entity in recorder.get_status()["entities"]] == ["01_error.json"]
        with pytest.raises(IsADirectoryError):
            recorder.save_entity("input", tmp_path)
        assert [name for name in os.listdir(recorder.run_folder) if name.endswith(".tmp")] == []
