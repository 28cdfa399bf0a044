"""Which extension the recorder gives to which bytes, on real samples made by ffmpeg and Pillow."""

from __future__ import annotations

import builtins
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recorder.content import media_types
from recorder.content.media_types import (
    ACTIVE_EXTENSIONS,
    check_format,
    detect_extension,
    fits,
    has_signature,
    kind_of_extension,
    media_metadata,
    same_format,
)

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "media"

PICTURE = {"width": 64, "height": 48}
EXPECTED: dict[str, tuple[str | None, dict[str, Any]]] = {
    # name: extension, media metadata
    "mpeg1-id3.mp3": ("mp3", {"duration": 0.34}),
    "mpeg1.mp3": ("mp3", {"duration": 0.34}),
    "mpeg2.mp3": ("mp3", {"duration": 0.366}),
    "mpeg25.mp3": ("mp3", {"duration": 0.418}),
    "tone.wav": ("wav", {"duration": 0.3}),
    "rf64.wav": ("wav", {}),
    "tone.flac": ("flac", {"duration": 0.3}),
    "vorbis.ogg": ("ogg", {"duration": 0.3}),
    "tone.opus": ("opus", {"duration": 0.3}),
    "flac.oga": ("oga", {}),
    "theora.ogv": ("ogv", {}),
    "tone.m4a": ("m4a", {"duration": 0.3}),
    "sound-only-isom.m4a": ("m4a", {"duration": 0.3}),
    "tone.aac": ("aac", {}),
    "tone.aiff": ("aiff", {"duration": 0.3}),
    "tone.wma": ("wma", {"duration": 0.324}),
    "tone.mka": ("mka", {}),
    "tone.weba": ("weba", {}),
    "isom.mp4": ("mp4", {"duration": 0.6}),
    "mp42.mp4": ("mp4", {"duration": 0.6}),
    "fragmented.mp4": ("mp4", {}),
    "piff.mp4": ("mp4", {}),
    "with-sound.mp4": ("mp4", {"duration": 0.6}),
    "clip.m4v": ("m4v", {"duration": 0.6}),
    "clip.mov": ("mov", {"duration": 0.6}),
    "clip.webm": ("webm", {}),
    "clip.mkv": ("mkv", {}),
    "with-sound.webm": ("webm", {}),
    "sound-first.mkv": ("mkv", {}),
    "clip.avi": ("avi", {}),
    "clip.flv": ("flv", {}),
    "clip.wmv": ("wmv", {"duration": 0.6}),
    "clip.ts": ("ts", {}),
    "clip.mpg": ("mpg", {}),
    "clip.gif": ("gif", PICTURE),
    "picture.avif": ("avif", PICTURE),
    "picture.png": ("png", PICTURE),
    "animated.png": ("png", PICTURE),
    "picture.jpg": ("jpg", PICTURE),
    "lossy.webp": ("webp", PICTURE),
    "lossless.webp": ("webp", PICTURE),
    "animated.webp": ("webp", PICTURE),
    "picture.bmp": ("bmp", PICTURE),
    "picture.tif": ("tif", PICTURE),
    "picture.ico": ("ico", {"width": 48, "height": 36}),
    "picture.jp2": ("jp2", PICTURE),
    "drawing.svg": ("svg", {}),
    "scene.glb": ("glb", {}),
    "scene.usdz": ("usdz", {}),
    "points.ply": ("ply", {}),
    "cube.obj": (None, {}),
    "document.pdf": ("pdf", {}),
    "files.zip": ("zip", {}),
    "arrays.npz": ("npz", {}),
    "report.docx": ("docx", {}),
    "object.json": (None, {}),
    "bm25.txt": (None, {}),
    "bm25-latin1.txt": (None, {}),
    "id3.txt": (None, {}),
    "mz.txt": (None, {}),
    "mz-latin1.txt": (None, {}),
    "gif89a.txt": (None, {}),
    "pk.txt": (None, {}),
    "pdf.txt": (None, {}),
    "riff.txt": (None, {}),
    "svg.txt": (None, {}),
    "utf16.txt": (None, {}),
    "page.html.txt": (None, {}),
}
MEDIA = sorted(name for name, (extension, _) in EXPECTED.items() if extension)


def test_every_sample_has_its_row() -> None:
    assert {path.name for path in SAMPLES.iterdir()} - {"make_samples.py"} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_extension_and_media_metadata_of_a_sample(name: str) -> None:
    extension, metadata = EXPECTED[name]
    content = (SAMPLES / name).read_bytes()
    assert detect_extension(content) == extension
    assert media_metadata(SAMPLES / name) == media_metadata(content) == metadata


@pytest.mark.parametrize("name", MEDIA)
def test_head_and_whole_file_agree_and_a_truncated_file_keeps_its_type(name: str) -> None:
    content = (SAMPLES / name).read_bytes() * 4
    assert detect_extension(content[: media_types.HEAD_SIZE]) == detect_extension(content)
    whole = (SAMPLES / name).read_bytes()
    if name not in (
        "sound-only-isom.m4a",
        "tone.mka",
    ):  # the list of tracks tells these from videos, and it is cut off
        assert detect_extension(whole[: len(whole) * 2 // 3]) == EXPECTED[name][0]


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_any_bytes_type(kind: Any) -> None:
    assert detect_extension(kind((SAMPLES / "picture.png").read_bytes())) == "png"


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (b"", None),
        (b"\0", None),
        (b"\xff\xfb", None),
        (b"\xff\xfb\xf0\x00" + bytes(2000), None),  # bit rate 15 does not exist
        (b"\xff\xfb\x90\x00" + bytes(2000), None),  # a frame, but none where it ends
        (b"\xff\xfe" + "ÿ text".encode("utf-16-le"), None),
        (b"\xff\xf1" + bytes(300), None),
        (b"BM" + bytes(60), None),
        (b"MZ\x90\x00" + bytes(200), None),  # a program is never given the extension that runs it
        (b"\x7fELF\x02\x01\x01" + bytes(200), None),
        (b"FWS\x09" + bytes(60), None),
        (b"\xca\xfe\xba\xbe" + bytes(60), None),
        (b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10) + b"fLaC\0\0\0\x22" + bytes(34), "flac"),
        (b"ID3\x04\x00\x00\x00\x00\x7f\x7f" + bytes(40), "mp3"),
        (b"ID3\x09\x00\x00\x00\x00\x7f\x7f" + bytes(40), None),
        (b"\0\0\0\x18ftypwhat\0\0\0\0what????" + bytes(40), None),
        (b"\0\0\0\x18ftypwhat\0\0\0\0iso6mp41" + bytes(40), "mp4"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1miafheic" + bytes(40), "heic"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1miafavif" + bytes(40), "avif"),
        (b"\0\0\0\x14ftyp3gp5\0\0\0\0isom" + bytes(40), "3gp"),
        (b"\xef\xbb\xbf  <svg/>", "svg"),
        (b"<svg:svg xmlns:svg='http://www.w3.org/2000/svg'>", "svg"),
        ("<?xml version='1.0' encoding='latin-1'?><svg><text>ü</text></svg>".encode("latin-1"), "svg"),
        (b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>", "svg"),
        (b"<svgfoo>", None),
        (b"<html><svg></svg></html>", None),
        (b"<?xml version='1.0'?><feed><svg/></feed>", None),
        (b"%PDF-1.7\n1 0 obj\n", "pdf"),
        (b"\x1f\x8b\x08\0" + bytes(20), "gz"),
        (b"7z\xbc\xaf\x27\x1c\0\4" + bytes(20), "7z"),
        (b"8BPS\0\1" + bytes(30), "psd"),
        (bytes(257) + b"ustar\x0000" + bytes(248), "tar"),
        (bytes(128) + b"DICM" + bytes(60), "dcm"),
        (b"\x93NUMPY\1\0" + bytes(30), "npy"),
        (b"\xff\x0a\xfa\x1f", "jxl"),
        (b"MThd\0\0\0\6\0\1", "mid"),
        (b"Kaydara FBX Binary  \0\x1a\0", "fbx"),
        ("ü".encode()[:1] + b"", None),
        (b"x" * 8191 + "ü".encode(), None),
    ],
)
def test_bytes_that_need_a_second_look(content: bytes, extension: str | None) -> None:
    assert detect_extension(content) == extension


def test_random_bytes_are_rarely_taken_for_media_and_nothing_raises() -> None:
    source = random.Random(5)
    found = [detect_extension(source.randbytes(source.randrange(1, 3000))) for _ in range(4000)]
    assert sum(extension is not None for extension in found) <= 8


@pytest.mark.parametrize("name", MEDIA)
def test_damaged_files_have_no_media_metadata_and_raise_nothing(name: str) -> None:
    source = random.Random(name)
    content = (SAMPLES / name).read_bytes()
    for _ in range(15):
        damaged = bytearray(content[: source.randrange(12, len(content))])
        for _ in range(12):
            damaged[source.randrange(8, len(damaged))] = source.randrange(256)
        assert set(media_metadata(bytes(damaged))) <= {"width", "height", "duration"}


def test_a_missing_file_has_no_media_metadata(tmp_path: Path) -> None:
    assert media_metadata(tmp_path / "gone.png") == {}
    assert media_metadata(tmp_path) == {}


def test_a_huge_picture_is_measured_without_being_decoded() -> None:
    from PIL import Image

    content = bytearray((SAMPLES / "picture.bmp").read_bytes())
    content[18:26] = (60_000).to_bytes(4, "little") + (50_000).to_bytes(4, "little")
    assert 60_000 * 50_000 > 2 * (Image.MAX_IMAGE_PIXELS or 0)
    assert media_metadata(bytes(content)) == {"width": 60_000, "height": 50_000}


def test_without_the_extra_there_is_no_media_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name.split(".")[0] in ("PIL", "tinytag"):
            raise ImportError(name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    assert media_metadata(SAMPLES / "picture.png") == media_metadata(SAMPLES / "tone.wav") == {}
    assert detect_extension((SAMPLES / "picture.png").read_bytes()) == "png"


def test_importing_the_module_imports_no_parser() -> None:
    program = (
        "import sys, recorder.content.media_types; print(sorted({'PIL', 'tinytag', 'filetype', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("extension", "kind"),
    [
        ("png", "image"),
        ("jpeg", "image"),
        (".PNG", "image"),
        ("svg", "image"),
        ("opus", "audio"),
        ("mid", "audio"),
        ("ogv", "video"),
        ("ts", "video"),
        ("glb", "3d"),
        ("json", "text"),
        ("pdf", "document"),
        ("zip", "archive"),
        ("latent", "data"),
        ("xyzzy", None),
    ],
)
def test_kind_of_extension(extension: str, kind: str | None) -> None:
    assert kind_of_extension(extension) == kind


@pytest.mark.parametrize(
    ("entity_type", "fitting", "unfitting"),
    [
        ("output_image", "png jpg svg gif webp avif", "mp3 mp4 glb pdf bin txt xyzzy"),
        ("output_audio", "mp3 wav flac ogg opus m4a weba", "png mp4 webm txt"),
        ("output_music", "mp3 wav mid", "png mp4"),
        ("output_video", "mp4 webm mkv mov gif webp ogv", "png mp3 glb"),
        ("output_3d", "glb gltf obj ply usdz", "png mp4 zip"),
        ("output_text", "png txt xyzzy", ""),
        ("image", "mp3 png", ""),
        ("output_images", "mp3 png", ""),
    ],
)
def test_fits(entity_type: str, fitting: str, unfitting: str) -> None:
    assert all(fits(entity_type, extension) for extension in fitting.split())
    assert not any(fits(entity_type, extension) for extension in unfitting.split())


@pytest.mark.parametrize("value", ["png", "jpeg", "7z", "a", "abcdefghij", "gltf", "md"])
def test_accepted_formats(value: str) -> None:
    assert check_format(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "HTML",
        ".png",
        "tar..gz",
        "a/b",
        "../x",
        "abcdefghijklmnopqrstu",
        "pn g",
        "ü",
        "png\n",
        None,
        3,
        b"png",
        "html",
        "htm",
        "xhtml",
        "js",
        "exe",
        "svg",
        "sh",
        "php",
        "bat",
        "xml",
    ],
)
def test_refused_formats_are_named(value: object) -> None:
    with pytest.raises(ValueError, match="format") as caught:
        check_format(value)
    assert repr(value) in str(caught.value)


def test_svg_is_a_format_where_the_bytes_are_svg() -> None:
    assert check_format("svg", detected="svg") == "svg"
    assert "svg" in ACTIVE_EXTENSIONS


@pytest.mark.parametrize(
    ("detected", "declared", "same"),
    [
        ("jpg", "jpeg", True),
        ("jpg", "JPG", True),
        ("png", "apng", True),
        ("tif", "tiff", True),
        ("zip", "npz", True),
        ("zip", "docx", True),
        ("ogg", "ogg", True),
        ("png", "jpg", False),
        ("mp4", "png", False),
        ("zip", "png", False),
    ],
)
def test_same_format(detected: str, declared: str, same: bool) -> None:
    assert same_format(detected, declared) is same


def test_formats_with_a_signature_are_the_ones_that_silence_disproves() -> None:
    assert has_signature("png") and has_signature("mp4") and has_signature("glb")
    assert not has_signature("obj") and not has_signature("stl") and not has_signature("txt") and not has_signature("xyzzy")


@pytest.mark.parametrize("value", ["csv", "7z", "tar.gz", "safetensors", "c++", "x-y", "PNG", "a" * 20])
def test_formats_that_may_be_extensions(value: str) -> None:
    assert check_format(value) == value.lower()
