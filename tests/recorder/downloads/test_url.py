"""Downloads from a URL, against servers that misbehave on real sockets."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import json
import os
import subprocess
import sys
import threading
import zlib
from email.utils import formatdate
from typing import Any

import httpx
import pytest
import stamina.instrumentation

from recorder import open_run
from recorder.downloads import fetch as http_fetch
from recorder.downloads import session as download_session
from recorder.downloads.methods import DownloadProgress

PNG_TYPE = "image/png"


def test_a_file_is_saved_with_where_it_came_from(downloading: Any) -> None:
    server = downloading.server(downloading.response(downloading.sample("picture.png"), content_type="image/jpeg"))
    recorder = downloading.recorder()
    url = f"http://user:secret@127.0.0.1:{server.port}/a%20b/picture.jpg?token=secret#part"
    assert recorder.download_and_save_from_url_sync(url, "image", "config", 7) == "01_output_image.png"
    assert downloading.saved(recorder) == ["01_output_image.png"]
    assert recorder.get_entity_path("output_image").read_bytes() == downloading.sample("picture.png")
    [entity] = recorder.get_status()["entities"]
    assert entity["type"] == "output_image"
    assert entity["metadata"] == {
        "config": "config",
        "seed": 7,
        "backend": "url",
        "width": 64,
        "height": 48,
        "source_url": f"http://127.0.0.1:{server.port}/a%20b/picture.jpg",
    }
    assert b"secret" not in (recorder.run_folder / "metadata.json").read_bytes()
    assert server.requests[0].headers["authorization"] == "Basic " + base64.b64encode(b"user:secret").decode()


@pytest.mark.parametrize(
    ("sample", "name", "content_type", "media_type", "expected"),
    [
        ("mpeg25.mp3", "a.wav", "audio/wav", "audio", "01_output_audio.mp3"),
        ("mpeg25.mp3", "a", "application/octet-stream", "music", "01_output_music.mp3"),
        ("isom.mp4", "a.png", "", "video", "01_output_video.mp4"),
        ("scene.glb", "a", "", "3d", "01_output_3d.glb"),
        ("cube.obj", "cube.obj", "text/plain", "3d", "01_output_3d.obj"),
        ("cube.obj", "cube", "model/obj", "3d", "01_output_3d.obj"),
        ("object.json", "scene.gltf", "model/gltf+json", "3d", "01_output_3d.gltf"),
        ("drawing.svg", "a", "image/svg+xml", "image", "01_output_image.svg"),
        ("object.json", "a.json", "application/json", "text", "01_output_text.json"),
        ("bm25.txt", "a", "", "text", "01_output_text.txt"),
        ("bm25.txt", "a.latent", "", "latent", "01_output_latent.latent"),
        ("page.html.txt", "a.html", "text/html", "page", "01_output_page.txt"),
        ("bm25-latin1.txt", "a", "", "thing", "01_output_thing.bin"),
        ("report.docx", "a.zip", "application/zip", "document", "01_output_document.docx"),
    ],
)
def test_bytes_decide_the_extension(
    downloading: Any, sample: str, name: str, content_type: str, media_type: str, expected: str
) -> None:
    server = downloading.server(downloading.response(downloading.sample(sample), content_type=content_type))
    recorder = downloading.recorder()
    assert recorder.download_and_save_from_url_sync(f"{server.url}/{name}", media_type, "c") == expected
    assert downloading.saved(recorder) == [expected]


def bomb(response: Any) -> bytes:
    """19 KB that become 20 MB."""
    return bytes(response(gzip.compress(bytes(20 * 2**20)), content_type=PNG_TYPE, Content_Encoding="gzip"))


PAGE = b"<!doctype html><title>Log in</title>"
FAULTS: dict[str, tuple[Any, str, str, int]] = {
    # name: answer, media type, error type, requests made
    "short body": (lambda d: d.response(b"\x89PNG\r\n\x1a\n", length=100), "image", "ConnectionFailed", 4),
    "reset in the body": (lambda d: d.reset, "image", "ConnectionFailed", 4),
    "garbage": (lambda d: b"\x00\x01\x02 not HTTP at all\r\n\r\n", "image", "ConnectionFailed", 4),
    "no answer": (lambda d: b"", "image", "ConnectionFailed", 4),
    "drip": (lambda d: d.drip, "image", "DeadlineExceeded", 1),
    "silence": (lambda d: d.silence, "image", "DeadlineExceeded", 1),
    "announced too large": (
        lambda d: d.response(length=2**40, content_type=PNG_TYPE),
        "image",
        "TooLarge",
        1,
    ),
    "too large": (lambda d: d.response(bytes(200_000), length=-1), "image", "TooLarge", 1),
    "gzip bomb": (lambda d: bomb(d.response), "image", "TooLarge", 1),
    "gzip cut off": (
        lambda d: d.response(gzip.compress(os.urandom(5000))[:3000], Content_Encoding="gzip"),
        "image",
        "BadAnswer",
        4,
    ),
    "gzip that is none": (lambda d: d.response(b"plain", Content_Encoding="gzip"), "image", "BadAnswer", 4),
    "unknown encoding": (lambda d: d.response(b"plain", Content_Encoding="br"), "image", "BadAnswer", 1),
    "HTML": (lambda d: d.response(PAGE, content_type="text/html; charset=utf-8"), "image", "NotMedia", 1),
    "HTML called PNG": (lambda d: d.response(PAGE, content_type=PNG_TYPE), "image", "NotMedia", 1),
    "HTML called 3d": (lambda d: d.response(PAGE, content_type="model/obj"), "3d", "NotMedia", 1),
    "PNG called HTML": (
        lambda d: d.response(d.sample("picture.png"), content_type="text/html"),
        "image",
        "NotMedia",
        1,
    ),
    "JSON": (lambda d: d.response(b'{"error": 1}', content_type="application/json"), "video", "NotMedia", 1),
    "JSON called PNG": (lambda d: d.response(b'{"error": 1}', content_type=PNG_TYPE), "image", "NotMedia", 1),
    "JSON called STL": (lambda d: d.response(b'{"error": 1}', content_type="model/stl"), "3d", "NotMedia", 1),
    "problem+json": (
        lambda d: d.response(d.sample("picture.png"), content_type="application/problem+json"),
        "image",
        "NotMedia",
        1,
    ),
    "noise called PNG": (
        lambda d: d.response(b"\x07\x99" * 40, content_type=PNG_TYPE),
        "image",
        "NotMedia",
        1,
    ),
    "another kind": (
        lambda d: d.response(d.sample("mpeg1.mp3"), content_type=PNG_TYPE),
        "image",
        "NotMedia",
        1,
    ),
    "204": (lambda d: d.response(status="204 No Content", length=-1), "image", "EmptyBody", 1),
    "empty 200": (lambda d: d.response(content_type=PNG_TYPE), "image", "EmptyBody", 1),
    "empty 200 for any type": (lambda d: d.response(length=-1), "anything", "EmptyBody", 1),
    "404": (lambda d: d.response(status="404 Not Found"), "image", "HTTPStatus", 1),
    "403": (lambda d: d.response(d.sample("picture.png"), status="403 Forbidden"), "image", "HTTPStatus", 1),
    "304": (lambda d: d.response(status="304 Not Modified", length=-1), "image", "HTTPStatus", 1),
    "408": (lambda d: d.response(status="408 Request Timeout"), "image", "HTTPStatus", 4),
    "425": (lambda d: d.response(status="425 Too Early"), "image", "HTTPStatus", 4),
    "429": (lambda d: d.response(status="429 Too Many Requests"), "image", "HTTPStatus", 4),
    "500": (lambda d: d.response(status="500 Internal Server Error"), "image", "HTTPStatus", 4),
    "redirect loop": (
        lambda d: d.response(status="302 Found", Location="/again"),
        "image",
        "TooManyRedirects",
        6,
    ),
    "redirect to a file": (
        lambda d: d.response(status="302 Found", Location="file:///etc/passwd"),
        "image",
        "BadURL",
        1,
    ),
    "redirect to nowhere": (lambda d: d.response(status="302 Found"), "image", "HTTPStatus", 1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_an_error_and_no_file(downloading: Any, fault: str) -> None:
    answer, media_type, error_type, requests = FAULTS[fault]
    server = downloading.server(answer(downloading))
    recorder = downloading.recorder(download_timeout=1.0 if fault in ("drip", "silence") else 60.0, max_download_bytes=100_000)
    result = recorder.download_and_save_from_url_sync(f"{server.url}/file?key=secret", media_type, "config", 7)
    message = downloading.assert_failed(recorder, result, error_type)
    assert "secret" not in message
    assert len(server.requests) == requests
    [error] = downloading.errors(recorder)
    assert error["details"]["source_url"] == f"{server.url}/file"
    assert (error["details"]["config"], error["details"]["seed"]) == ("config", 7)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "   ",
        None,
        3,
        "/etc/passwd",
        "file:///etc/passwd",
        "ftp://127.0.0.1/a",
        "gopher://127.0.0.1/",
        "http://",
        "http:///a",
        "http://[::1",
        "http://127.0.0.1:99999/",
        "http://a\nb/",
        "javascript:alert(1)",
        "data:image/png",
        "data:;base64,%%%",
        "data:image/png;base64,abcde",
    ],
)
def test_what_is_no_url_to_fetch(downloading: Any, url: Any) -> None:
    recorder = downloading.recorder()
    result = recorder.download_and_save_from_url_sync(url, "image", "c")
    downloading.assert_failed(recorder, result, "BadURL")


def test_a_refused_connection_and_an_unknown_host_are_failures(downloading: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = downloading.recorder(trusted_hosts=["127.0.0.1", "no-such-host.invalid"])
    server = downloading.server(b"")
    downloading.stack.close()
    assert recorder.download_and_save_from_url_sync(server.url, "image", "c") is None
    assert recorder.download_and_save_from_url_sync("http://no-such-host.invalid/", "image", "c") is None
    assert recorder.download_and_save_from_url_sync(f"http://{'a' * 70}.invalid/", "image", "c") is None
    assert [error["error_type"] for error in downloading.errors(recorder)] == ["ConnectionFailed"] * 3


def test_five_redirects_are_followed_without_reading_their_bodies(downloading: Any) -> None:
    async def endless_redirect(writer: asyncio.StreamWriter, to: str) -> None:
        writer.write(downloading.response(status="302 Found", length=10**9, Location=to))
        while True:
            writer.write(bytes(1000))
            await writer.drain()

    def answer(request: Any) -> Any:
        hop = int(request.path.strip("/"))
        if hop == 5:
            return downloading.response(downloading.sample("picture.png"))
        return lambda writer: endless_redirect(writer, f"/{hop + 1}")

    server = downloading.server(answer)
    recorder = downloading.recorder()
    assert recorder.download_and_save_from_url_sync(f"{server.url}/0", "image", "c") == "01_output_image.png"
    assert [request.path for request in server.requests] == [f"/{hop}" for hop in range(6)]


def test_credentials_stay_with_their_host(downloading: Any) -> None:
    second = downloading.server(downloading.response(downloading.sample("picture.png")))
    first = downloading.server(downloading.response(status="302 Found", Location=f"{second.url}/x"))
    recorder = downloading.recorder()
    assert recorder.download_and_save_from_url_sync(f"http://user:secret@127.0.0.1:{first.port}/", "image", "c")
    assert "authorization" in first.requests[0].headers
    assert "authorization" not in second.requests[0].headers


@pytest.mark.parametrize(
    "encode",
    [gzip.compress, zlib.compress, lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:])],
)
def test_a_compressed_body_is_decoded(downloading: Any, encode: Any) -> None:
    content = downloading.sample("picture.bmp") + bytes(3 * 2**20)
    encoding = "deflate" if encode is zlib.compress else "gzip"
    server = downloading.server(downloading.response(encode(content), Content_Encoding=encoding))
    recorder = downloading.recorder()
    assert recorder.download_and_save_from_url_sync(server.url, "image", "c") == "01_output_image.bmp"
    assert recorder.get_entity_path("output_image").read_bytes() == content
    assert server.requests[0].headers["accept-encoding"] == "identity"


def test_the_limit_is_exact(downloading: Any) -> None:
    content = downloading.sample("picture.png")
    server = downloading.server(downloading.response(content, length=-1))
    assert downloading.recorder(max_download_bytes=len(content)).download_and_save_from_url_sync(server.url, "image", "c")
    assert (
        downloading.recorder(max_download_bytes=len(content) - 1).download_and_save_from_url_sync(server.url, "image", "c")
        is None
    )


# Retries.


@pytest.fixture
def waits() -> Any:
    """The seconds that stamina waits between attempts."""
    seen: list[float] = []
    stamina.instrumentation.set_on_retry_hooks([lambda details: seen.append(details.wait_for)])
    yield seen
    stamina.instrumentation.set_on_retry_hooks(None)


def after_failures(downloading: Any, *failures: Any) -> Any:
    queue = [*failures]
    return downloading.server(lambda request: queue.pop(0) if queue else downloading.response(downloading.sample("picture.png")))


def test_a_later_attempt_starts_with_an_empty_file(downloading: Any) -> None:
    server = after_failures(
        downloading,
        downloading.reset,
        downloading.response(b"x" * (2 << 20), length=3 << 20),  # more than is kept in memory: some is on the disk by then
        downloading.response(status="503 Service Unavailable"),
    )
    recorder = downloading.recorder()
    assert recorder.download_and_save_from_url_sync(server.url, "image", "c") == "01_output_image.png"
    assert recorder.get_entity_path("output_image").read_bytes() == downloading.sample("picture.png")
    assert len(server.requests) == 4
    assert downloading.errors(recorder) == []
    (entity,) = open_run(recorder.run_folder).entities()
    content = downloading.sample("picture.png")
    assert (entity.size, entity.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_retry_after_in_seconds_and_as_a_date(downloading: Any, waits: list[float]) -> None:
    server = after_failures(
        downloading,
        downloading.response(status="503 Service Unavailable", Retry_After="0"),
        downloading.response(status="429 Too Many Requests", Retry_After=formatdate(0, usegmt=True)),
        downloading.response(status="503 Service Unavailable", Retry_After="soon"),
    )
    assert downloading.recorder().download_and_save_from_url_sync(server.url, "image", "c")
    assert waits[:2] == [0, 0]
    assert 0 < waits[2] < 0.1  # a Retry-After that means nothing leaves the usual wait


def test_retry_after_has_a_cap(downloading: Any, waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_fetch, "LONGEST_RETRY_AFTER", 0.03)
    server = after_failures(downloading, downloading.response(status="503 Service Unavailable", Retry_After="86400"))
    assert downloading.recorder().download_and_save_from_url_sync(server.url, "image", "c")
    assert waits == [pytest.approx(0.03)]


def test_no_wait_beyond_the_deadline(downloading: Any, waits: list[float]) -> None:
    server = downloading.server(downloading.response(status="503 Service Unavailable", Retry_After="20"))
    recorder = downloading.recorder(download_timeout=5.0)
    downloading.assert_failed(recorder, recorder.download_and_save_from_url_sync(server.url, "image", "c"), "HTTPStatus")
    assert (waits, len(server.requests)) == ([], 1)


def test_the_server_s_own_words_are_told(downloading: Any) -> None:
    server = downloading.server(
        downloading.response(b'{"error": "no such cat"}', status="400 Bad Request", content_type="application/json")
    )
    recorder = downloading.recorder()
    message = downloading.assert_failed(
        recorder, recorder.download_and_save_from_url_sync(server.url, "image", "c"), "HTTPStatus"
    )
    assert message == f"{server.url} answered 400 Bad Request: no such cat"


# data: URLs.


@pytest.mark.parametrize(
    ("prefix", "encode"),
    [
        ("data:image/png;base64,", lambda data: base64.b64encode(data).decode()),
        ("DATA:;charset=x;BASE64,", lambda data: base64.b64encode(data).decode().rstrip("=")),
        ("data:image/png;base64,", lambda data: base64.urlsafe_b64encode(data).decode()),
        ("data:image/png;base64,", lambda data: base64.encodebytes(data).decode()),
        (
            "data:image/png;base64,",
            lambda data: base64.b64encode(data).decode().replace("+", "%2B").replace("=", "%3D"),
        ),
        ("data:image/png,", lambda data: "".join(f"%{byte:02x}" for byte in data)),
    ],
)
def test_data_urls(downloading: Any, prefix: str, encode: Any) -> None:
    recorder = downloading.recorder(max_download_bytes=169)
    content = downloading.sample("picture.png")
    assert len(content) == 169
    assert recorder.download_and_save_from_url_sync(prefix + encode(content), "image", "c") == "01_output_image.png"
    assert recorder.get_entity_path("output_image").read_bytes() == content
    source = recorder.get_status()["entities"][0]["metadata"]["source_url"]
    assert source == prefix.partition(";")[0].rstrip(",")
    smaller = downloading.recorder(max_download_bytes=168)
    assert smaller.download_and_save_from_url_sync(prefix + encode(content), "image", "c") is None
    assert downloading.errors(smaller)[-1]["error_type"] == "TooLarge"


@pytest.mark.parametrize(
    ("url", "error_type"),
    [
        ("data:image/png;base64," + "A" * 1400, "TooLarge"),
        ("data:image/png;base64," + "!" * 1400, "TooLarge"),  # told before anything is decoded
        ("data:image/png," + "%00" * 1001, "TooLarge"),
        ("data:image/png;base64,", "EmptyBody"),
        ("data:text/html,<b>x</b>", "NotMedia"),
        ("data:image/png,<html>", "NotMedia"),
        ("data:application/json,{}", "NotMedia"),
    ],
)
def test_refused_data_urls(downloading: Any, url: str, error_type: str) -> None:
    recorder = downloading.recorder(max_download_bytes=1000)
    downloading.assert_failed(recorder, recorder.download_and_save_from_url_sync(url, "image", "c"), error_type)


# How it is called.


def test_progress(downloading: Any) -> None:
    server = downloading.server(downloading.response(downloading.sample("picture.png")))
    seen: list[DownloadProgress] = []
    assert downloading.recorder().download_and_save_from_url_sync(server.url, "image", "c", on_progress=seen.append)
    assert seen[0] == DownloadProgress("downloading", 0, 1)
    assert seen[-2] == DownloadProgress("downloading", 0, 1, 169, 169)
    assert seen[-1] == DownloadProgress("saved", 0, 1, 169, 169)


def test_a_callback_that_raises_changes_nothing(downloading: Any) -> None:
    server = downloading.server(downloading.response(downloading.sample("picture.png")))

    def broken(progress: DownloadProgress) -> None:
        raise RuntimeError("the caller's own")

    assert downloading.recorder().download_and_save_from_url_sync(server.url, "image", "c", on_progress=broken)
    assert "on_progress failed" in downloading.caplog.text


def test_sync_inside_and_outside_a_running_loop_and_awaited(downloading: Any) -> None:
    server = downloading.server(downloading.response(downloading.sample("picture.png")))
    recorder = downloading.recorder()

    async def inside() -> list[str | None]:
        sync = recorder.download_and_save_from_url_sync(server.url, "image", "c")
        return [sync, await recorder.download_and_save_from_url(server.url, "image", "c")]

    assert recorder.download_and_save_from_url_sync(server.url, "image", "c") == "01_output_image.png"
    assert asyncio.run(inside()) == ["02_output_image.png", "03_output_image.png"]


def test_many_at_once(downloading: Any) -> None:
    server = downloading.server(downloading.response(downloading.sample("picture.png")))
    recorder = downloading.recorder()

    async def together() -> list[str | None]:
        return list(await asyncio.gather(*(recorder.download_and_save_from_url(server.url, "image", "c", n) for n in range(20))))

    names = asyncio.run(together())
    assert sorted(filter(None, names)) == [f"{n:02d}_output_image.png" for n in range(1, 21)]


def test_a_cancelled_download_leaves_nothing(downloading: Any) -> None:
    recorder = downloading.recorder()
    begun = threading.Event()

    async def slow(writer: asyncio.StreamWriter) -> None:
        begun.set()
        await downloading.drip(writer)

    server = downloading.server(slow)

    async def cancel() -> None:
        task = asyncio.ensure_future(recorder.download_and_save_from_url(server.url, "image", "c"))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert downloading.saved(recorder) == downloading.errors(recorder) == []


def test_cancelled_while_the_temporary_file_is_made(downloading: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = downloading.recorder()
    made, go_on = threading.Event(), threading.Event()
    real = recorder._storage.create_temporary

    def slow(path: str) -> Any:
        result = real(path)
        made.set()
        assert go_on.wait(60)
        return result

    monkeypatch.setattr(recorder._storage, "create_temporary", slow)

    async def cancel() -> None:
        task = asyncio.ensure_future(recorder.download_and_save_from_url("data:image/png,x", "image", "c"))
        await asyncio.to_thread(made.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()

    asyncio.run(cancel())  # waits for its threads
    assert downloading.saved(recorder) == downloading.errors(recorder) == []


def test_ctrl_c_in_a_sync_call_inside_a_loop_stops_the_download(downloading: Any, tmp_path: Any) -> None:
    server = downloading.server(downloading.drip)
    program = f"""
import asyncio, os, signal, sys, threading
import recorder

run = recorder.LivePipelineRecorder("run", base_path={str(tmp_path)!r}, trusted_hosts=["127.0.0.1"])

def interrupt(progress):
    if not timers:  # a second signal would stop the printing
        timers.append(threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)))
        timers[0].start()

timers = []

async def main():
    run.download_and_save_from_url_sync({server.url!r}, "image", "c", on_progress=interrupt)

loop = asyncio.new_event_loop()
try:
    loop.run_until_complete(main())
except KeyboardInterrupt:
    left = [name for name in os.listdir(run.run_folder) if name.endswith(".tmp")]
    print("interrupted", [thread.name for thread in threading.enumerate() if "download" in thread.name], left, flush=True)
    os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "interrupted [] []", done.stderr


@pytest.mark.parametrize(
    ("media_type", "config", "seed", "error"),
    [
        ("../x", "c", 1, ValueError),
        ("", "c", 1, ValueError),
        ("a/b", "c", 1, ValueError),
        (None, "c", 1, ValueError),
        ("image", object(), 1, TypeError),
        ("image", "c", {1}, TypeError),
        ("image", float("nan"), 1, TypeError),
    ],
)
def test_a_caller_s_mistake_is_raised_before_anything_is_fetched(
    downloading: Any, media_type: Any, config: Any, seed: Any, error: type[Exception]
) -> None:
    server = downloading.server(downloading.response(downloading.sample("picture.png")))
    recorder = downloading.recorder()
    with pytest.raises(error):
        recorder.download_and_save_from_url_sync(server.url, media_type, config, seed)
    assert server.connections == 0
    assert recorder.get_status()["entities"] == []


def test_the_event_loop_s_thread_does_no_disk_work(downloading: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = downloading.server(downloading.response(downloading.sample("picture.png")))
    recorder = downloading.recorder()
    threads: dict[str, int] = {}

    def watch(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def watched(*arguments: Any, **options: Any) -> Any:
            threads[name] = threading.get_ident()
            return real(*arguments, **options)

        monkeypatch.setattr(owner, name, watched)

    watch(recorder, "_adopt_file")
    watch(recorder, "save_error")
    watch(recorder._storage, "create_temporary")
    watch(http_fetch, "_empty")
    watch(http_fetch, "_finish")
    watch(download_session, "remove")

    async def main() -> int:
        assert await recorder.download_and_save_from_url(server.url, "image", "c")
        assert await recorder.download_and_save_from_url(server.url, "video", "c") is None
        return threading.get_ident()

    loop_thread = asyncio.run(main())
    assert set(threads) == {"_adopt_file", "save_error", "create_temporary", "_empty", "_finish", "remove"}
    assert loop_thread not in threads.values()


def test_a_full_disk_is_a_failure_that_is_told(downloading: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = downloading.server(downloading.response(downloading.sample("picture.png")))
    recorder = downloading.recorder()

    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(http_fetch, "_finish", full)
    message = downloading.assert_failed(recorder, recorder.download_and_save_from_url_sync(server.url, "image", "c"), "OSError")
    assert "No space left" in message


def test_where_not_even_the_error_can_be_stored_it_is_logged(downloading: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = downloading.recorder()

    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(recorder, "save_error", full)
    assert recorder.download_and_save_from_url_sync("", "image", "c") is None
    assert "could not be recorded: [Errno 28]" in downloading.caplog.text


def test_without_the_extra_the_error_names_it(downloading: Any, tmp_path: Any) -> None:
    program = f"""
import sys
import recorder
loaded = {{"httpx", "httpcore", "stamina", "asyncio", "PIL", "tinytag", "filetype"}} & set(sys.modules)
assert not loaded, loaded
sys.modules[sys.argv[1]] = None
run = recorder.LivePipelineRecorder("run", base_path={str(tmp_path)!r})
try:
    run.download_and_save_from_url_sync("http://127.0.0.1/", "image", "c")
except ImportError as error:
    print(error)
"""
    for missing in ("httpx", "stamina"):
        done = subprocess.run([sys.executable, "-c", program, missing], capture_output=True, text=True)
        assert done.stdout.strip() == f'downloads need {missing}: pip install "recorder-toolkit[download]"', done.stderr


def test_httpx_proxies_from_the_environment_are_not_used(downloading: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = downloading.server(b"")
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("ALL_PROXY", proxy.url)
    server = downloading.server(downloading.response(downloading.sample("picture.png")))
    assert downloading.recorder().download_and_save_from_url_sync(server.url, "image", "c")
    assert proxy.connections == 0
    assert httpx.get(server.url, trust_env=False).status_code == 200


def test_error_details_are_json(downloading: Any) -> None:
    recorder = downloading.recorder()
    recorder.download_and_save_from_url_sync("data:image/png;base64,AAAA", "image", {"name": "c"}, [1])
    [error] = downloading.errors(recorder)
    assert json.loads(json.dumps(error["details"])) == {
        "operation": "download_and_save_from_url",
        "media_type": "image",
        "config": {"name": "c"},
        "seed": [1],
        "backend": "url",
        "source_url": "data:image/png",
    }
