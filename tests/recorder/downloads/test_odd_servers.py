"""What servers send that every other client takes, and what none should: encodings, padding, parts, secrets in URLs."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import Any

import pytest

from recorder.downloads.checks import may_fit
from recorder.downloads.errors import public_url

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


def bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


TAKEN = {
    "gzip with zero padding": ("gzip", gzip.compress(PNG) + b"\0" * 64),
    "two members and padding": ("gzip", gzip.compress(PNG[:50]) + gzip.compress(PNG[50:]) + b"\0" * 3),
    "bare deflate": ("deflate", bare(PNG)),
    "deflate as it should be": ("deflate", zlib.compress(PNG)),
    "S3's aws-chunked": ("aws-chunked", PNG),
    "aws-chunked and gzip": ("aws-chunked,gzip", gzip.compress(PNG)),
    "a charset": ("UTF-8", PNG),
    "another charset": ("iso-8859-1", PNG),
    "none": ("none", PNG),
    "nothing": ("", PNG),
}


@pytest.mark.parametrize("in_pieces", [False, True])
@pytest.mark.parametrize("name", TAKEN)
def test_what_every_other_client_takes(name: str, in_pieces: bool, downloading: Any) -> None:
    encoding, body = TAKEN[name]
    answer = downloading.response(body, content_type="image/png", Content_Encoding=encoding)

    async def piece_by_piece(writer: asyncio.StreamWriter) -> None:
        head = answer[: -len(body)]
        for piece in (head, body[:1], body[1:20], body[20:-2], body[-2:-1], body[-1:]):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.005)

    server = downloading.server(piece_by_piece if in_pieces else answer)
    recorder = downloading.recorder()
    saved = recorder.download_and_save_from_url_sync(server.url + "/x", "image", "c")
    assert downloading.errors(recorder) == []
    assert (recorder.run_folder / saved).read_bytes() == PNG


REFUSED = {
    "zeros, then more": ("gzip", gzip.compress(PNG) + b"\0\0x"),
    "brotli": ("br", PNG),
    "twice": ("gzip, gzip", gzip.compress(gzip.compress(PNG))),
    "one byte": ("deflate", b"x"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_decoded(name: str, downloading: Any) -> None:
    encoding, body = REFUSED[name]
    server = downloading.server(downloading.response(body, content_type="image/png", Content_Encoding=encoding))
    recorder = downloading.recorder()
    result = recorder.download_and_save_from_url_sync(server.url + "/x", "image", "c")
    downloading.assert_failed(recorder, result, "BadAnswer")


def test_a_part_is_not_the_whole(downloading: Any) -> None:
    part = downloading.response(PNG[:100], "206 Partial Content", "image/png", Content_Range="bytes 0-99/5000")
    recorder = downloading.recorder()
    result = recorder.download_and_save_from_url_sync(downloading.server(part).url + "/x", "image", "c")
    assert "206" in downloading.assert_failed(recorder, result, "HTTPStatus")


def webp(*, moving: bool) -> bytes:
    return b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\0\0\0" + (b"\2" if moving else b"\0") + bytes(20)


@pytest.mark.parametrize("moving", [True, False])
def test_a_webp_that_moves_is_a_video(moving: bool, downloading: Any) -> None:
    server = downloading.server(downloading.response(webp(moving=moving), content_type="image/webp"))
    recorder = downloading.recorder()
    saved = recorder.download_and_save_from_url_sync(server.url + "/x", "video", "c")
    if moving:
        assert saved == "01_output_video.webp"
    else:
        downloading.assert_failed(recorder, saved, "NotMedia")
    assert may_fit("video", "a.gif") and may_fit("video", "a.webp") and not may_fit("video", "a.png")


URLS = {
    "http://user:pa/ss@host/x.png": "http://host/x.png",
    "http://user:s3#cret@host/x.png": "http://host/x.png",
    "http://user:s3?cret@host/x.png": "http://host/x.png",
    "http://us#er:pw@host/x.png": "http://host/x.png",
    "http://user:pw@host:81/x.png?key=1#f": "http://host:81/x.png",
    "http://host/x@2x.png": "http://host/x@2x.png",
    "http://host:81/a@b/c": "http://host:81/a@b/c",
    "http://host/?mail=a@b.example": "http://host/",
    "http://[::1]:81/a@b": "http://[::1]:81/a@b",
}


@pytest.mark.parametrize("url", URLS)
def test_what_is_kept_of_a_url(url: str) -> None:
    assert public_url(url) == URLS[url]


@pytest.mark.parametrize("url", ["http://user:pa/ss@127.0.0.1/x.png", "http://user:s3#cret@127.0.0.1/x.png"])
def test_no_part_of_a_password_in_the_error_entity(url: str, downloading: Any, caplog: pytest.LogCaptureFixture) -> None:
    recorder = downloading.recorder()
    assert recorder.download_and_save_from_url_sync(url, "image", "c") is None
    kept = (recorder.run_folder / "01_error.json").read_text() + caplog.text
    assert not any(part in kept for part in ("user", "'pa'", "s3", "cret"))
