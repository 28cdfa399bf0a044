"""Downloads of the images that a SwarmUI answer lists, against a server made after its source."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from recorder.downloads.errors import DownloadError
from recorder.downloads.swarmui import file_urls, image_path, seed_in_png

CONTENT = {
    "png": "picture.png",
    "jpg": "picture.jpg",
    "mp4": "isom.mp4",
    "webm": "clip.webm",
    "wav": "tone.wav",
    "opus": "tone.opus",
}
CONTENT_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "wav": "audio/x-wav",
}


class FakeSwarmUI:
    """Serves /View as SwarmUI does: decodes a path twice, answers errors as JSON, redirects the rest."""

    def __init__(self, downloading: Any, *missing: str) -> None:
        self.downloading = downloading
        self.missing = missing
        self.content: dict[str, bytes] = {}
        self.server = downloading.server(self.answer)

    def answer(self, request: Any) -> Any:
        response = self.downloading.response
        name = unquote(unquote(urlsplit(request.target).path)).lstrip("/")
        if not name.startswith(("View/", "Output/")):
            if name.startswith("Error/"):
                return response(b"<html>404</html>", status="404 Not Found", content_type="text/html")
            return response(status="302 Found", Location="/Error/404")
        if "someone-else" in name:
            return response(
                b'{"error": "invalid or unauthorized", "error_id": "unauthorized"}',
                status="400 Bad Request",
                content_type="application/json",
            )
        extension = name.rpartition(".")[2]
        if name in self.missing or extension not in CONTENT:
            return response(
                b'{"error": "404, file not found.", "error_id": "file_not_found"}',
                status="404 Not Found",
                content_type="application/json",
            )
        content = self.content.get(name) or self.downloading.sample(CONTENT[extension])
        return response(content, content_type=CONTENT_TYPES.get(extension, "application/octet-stream"))

    def download(self, paths: Any, media_type: str = "image", **options: Any) -> tuple[Any, str | None]:
        recorder = self.downloading.recorder(swarmui_url=self.server.url, trusted_hosts=[])
        return recorder, recorder.download_and_save_from_swarmui_sync(paths, media_type, "config", 42, **options)

    @property
    def targets(self) -> list[str]:
        return [request.target for request in self.server.requests]


def test_every_image_is_saved_in_the_order_of_the_list(downloading: Any) -> None:
    swarm = FakeSwarmUI(downloading)
    paths = [
        "View/local/raw/2024-05-19/b-2.png",
        {"image": "View/local/raw/2024-05-19/a-1.jpg", "batch_index": "0"},
    ]
    recorder, first = swarm.download(paths)
    assert first == "01_output_image.png"
    assert downloading.saved(recorder) == ["01_output_image.png", "02_output_image.jpg"]
    assert [entity["metadata"] for entity in recorder.get_status()["entities"]] == [
        {
            "config": "config",
            "seed": 42,
            "backend": "swarmui",
            "index": index,
            "width": 64,
            "height": 48,
            "source_url": f"{swarm.server.url}/View/local/raw/2024-05-19/{name}",
        }
        for index, name in enumerate(("b-2.png", "a-1.jpg"))
    ]


@pytest.mark.parametrize(
    ("media_type", "expected", "indexes"),
    [
        ("image", ["01_output_image.png", "02_output_image.jpg"], [0, 3]),
        ("video", ["01_output_video.mp4", "02_output_video.webm"], [1, 4]),
        ("audio", ["01_output_audio.wav", "02_output_audio.opus"], [2, 5]),
        (
            "anything",
            [f"0{n}_output_anything.{kind}" for n, kind in enumerate(("png", "mp4", "wav", "jpg", "webm", "opus"), 1)],
            [0, 1, 2, 3, 4, 5],
        ),
    ],
)
def test_images_videos_and_audio_come_in_one_list(
    downloading: Any, media_type: str, expected: list[str], indexes: list[int]
) -> None:
    paths = [f"View/local/a.{extension}" for extension in ("png", "mp4", "wav", "jpg", "webm", "opus")]
    recorder, first = FakeSwarmUI(downloading).download(paths, media_type)
    assert downloading.saved(recorder) == expected and first == expected[0]
    assert [entity["metadata"]["index"] for entity in recorder.get_status()["entities"]] == indexes


def test_limit_and_a_single_path(downloading: Any) -> None:
    swarm = FakeSwarmUI(downloading)
    recorder, first = swarm.download([f"View/local/{n}.png" for n in range(4)], limit=1)
    assert downloading.saved(recorder) == [first] == ["01_output_image.png"]
    assert swarm.targets == ["/View/local/0.png"]
    assert swarm.download("View/local/a.png")[1] == "02_output_image.png"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("View/local/raw/a cat.png", "/View/local/raw/a%20cat.png"),
        ("/View/local/a.png", "/View/local/a.png"),
        ("Output/raw/a.png", "/Output/raw/a.png"),
        ("View/local/ünï 猫.png", "/View/local/%C3%BCn%C3%AF%20%E7%8C%AB.png"),
        ("View/local/50% + (a,b)['c'].png", "/View/local/50%25%20%2B%20%28a%2Cb%29%5B%27c%27%5D.png"),
        ("View/local/#1 ?x=y.png", "/View/local/%231%20%3Fx%3Dy.png"),
        ("{base}/View/local/a%20cat.png", "/View/local/a%20cat.png"),
        ("{base}/View/local/a cat.png", "/View/local/a%20cat.png"),
        ("{base}/View/local/a.png?preview=true#x", "/View/local/a.png"),
    ],
)
def test_paths_are_quoted(downloading: Any, path: str, target: str) -> None:
    swarm = FakeSwarmUI(downloading)
    recorder, first = swarm.download([path.format(base=swarm.server.url) if path.startswith("{") else path])
    assert first == "01_output_image.png"
    assert swarm.targets == [target]


def test_a_literal_escape_in_a_name_is_quoted_twice_after_a_404(downloading: Any) -> None:
    swarm = FakeSwarmUI(downloading, "View/local/A.png")
    recorder, first = swarm.download(["View/local/%41.png"])
    assert first == "01_output_image.png"
    assert swarm.targets == ["/View/local/%2541.png", "/View/local/%252541.png"]
    assert downloading.errors(recorder) == []


@pytest.mark.parametrize(
    "path",
    [
        "View/../secret.png",
        "View/local/..",
        "View/%2e%2e/x.png",
        "View/%252e%252e/x.png",
        "View\\local\\a.png",
        "View/a%5Cb.png",
        "View/a\nb.png",
        "View/a\x00.png",
        "http://other.example/View/a.png",
        "https://127.0.0.1/View/a.png",
        "//other.example/View/a.png",
        "file:///etc/passwd",
        "http://127.0.0.1:1/View/a.png",
        "http://[::1",
        "",
        "  ",
        None,
        7,
        {"image": None},
        {"video": "View/a.png"},
        ["View/a.png"],
    ],
)
def test_a_path_that_leaves_the_server_is_refused(downloading: Any, path: Any) -> None:
    swarm = FakeSwarmUI(downloading)
    recorder, first = swarm.download([path])
    downloading.assert_failed(recorder, first, "BadPath")
    assert swarm.server.connections == 0


def test_what_is_refused_does_not_cost_the_others(downloading: Any) -> None:
    recorder, first = FakeSwarmUI(downloading, "View/gone.png").download(
        ["View/../x.png", "View/a.png", "View/gone.png", "View/b.png"]
    )
    assert downloading.saved(recorder) == ["01_output_image.png", "02_output_image.png"] and first == "01_output_image.png"
    [error] = downloading.errors(recorder)
    assert [(file["file"], file["error_type"]) for file in error["details"]["files"]] == [
        ("", "BadPath"),
        ("View/gone.png", "HTTPStatus"),
    ]


@pytest.mark.parametrize(
    ("path", "error_type", "told", "requests"),
    [
        ("View/someone-else/a.png", "HTTPStatus", "400 Bad Request: invalid or unauthorized", 1),
        ("View/someone-else/%41.png", "HTTPStatus", "400 Bad Request", 1),
        ("View/local/a.gif", "HTTPStatus", "404 Not Found: 404, file not found.", 1),
        ("Elsewhere/a.png", "HTTPStatus", "302", 1),
    ],
)
def test_what_the_server_refuses(downloading: Any, path: str, error_type: str, told: str, requests: int) -> None:
    swarm = FakeSwarmUI(downloading)
    recorder, first = swarm.download([path])
    assert told in downloading.assert_failed(recorder, first, error_type)
    assert len(swarm.targets) == requests


def test_secrets_of_a_full_url_are_not_recorded(downloading: Any) -> None:
    swarm = FakeSwarmUI(downloading, "View/local/gone.png")
    base = swarm.server.url.replace("//", "//user:secret@")
    recorder, first = swarm.download([f"{base}/View/local/gone.png?token=secret", f"{base}/View/local/a.png?token=secret"])
    assert first == "01_output_image.png"
    assert downloading.errors(recorder)[0]["details"]["files"][0]["file"] == f"{swarm.server.url}/View/local/gone.png"
    assert "secret" not in "".join(path.read_text() for path in recorder.run_folder.glob("*.json*"))


@pytest.mark.parametrize("paths", [[], None, (), ["View/a.mp4", "View/b.wav"]])
def test_a_list_without_a_fitting_file(downloading: Any, paths: Any) -> None:
    swarm = FakeSwarmUI(downloading)
    recorder, first = swarm.download(paths)
    downloading.assert_failed(recorder, first, "NoFile")
    assert swarm.server.connections == 0


def test_data_urls_where_the_server_saves_nothing(downloading: Any) -> None:
    swarm = FakeSwarmUI(downloading)
    picture = "data:image/png;base64," + base64.b64encode(downloading.sample("picture.png")).decode()
    sound = "data:audio/wav;base64," + base64.b64encode(downloading.sample("tone.wav")).decode()
    recorder, first = swarm.download([sound, picture, {"image": picture}])
    assert downloading.saved(recorder) == ["01_output_image.png", "02_output_image.png"] and first == "01_output_image.png"
    assert [entity["metadata"]["source_url"] for entity in recorder.get_status()["entities"]] == ["data:image/png"] * 2
    assert downloading.errors(recorder) == []
    assert swarm.server.connections == 0


def test_the_seed_that_the_png_names_is_the_true_one(downloading: Any) -> None:
    swarm = FakeSwarmUI(downloading)
    for number, seed in enumerate((43, "44")):
        swarm.content[f"View/{number}.png"] = with_parameters(
            downloading.sample("picture.png"), {"sui_image_params": {"seed": seed}}
        )
    recorder, _ = swarm.download([f"View/{number}.png" for number in range(3)])
    assert [entity["metadata"]["seed"] for entity in recorder.get_status()["entities"]] == [43, 44, 42]


def test_a_url_s_seed_is_the_caller_s_whatever_the_png_says(downloading: Any) -> None:
    png = with_parameters(downloading.sample("picture.png"), {"sui_image_params": {"seed": 43}})
    recorder = downloading.recorder()
    assert recorder.download_and_save_from_url_sync(downloading.server(downloading.response(png)).url, "image", "c", 42)
    assert recorder.get_status()["entities"][0]["metadata"]["seed"] == 42


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_parameters(png: bytes, parameters: Any) -> bytes:
    text = json.dumps(parameters).encode() if not isinstance(parameters, bytes) else parameters
    return png[:33] + chunk(b"tEXt", b"parameters\0" + text) + png[33:]


PARAMETERS = b'{"sui_image_params": {"seed": 5}}'


@pytest.mark.parametrize(
    ("body", "seed"),
    [
        (chunk(b"tEXt", b"parameters\0" + PARAMETERS), 5),
        (chunk(b"zTXt", b"parameters\0\0" + zlib.compress(PARAMETERS)), 5),
        (chunk(b"iTXt", b"parameters\0\0\0en\0title\0" + PARAMETERS), 5),
        (chunk(b"iTXt", b"parameters\0\1\0\0\0" + zlib.compress(PARAMETERS)), 5),
        (chunk(b"tEXt", b"Title\0x") + chunk(b"tEXt", b"parameters\0" + PARAMETERS), 5),
        (chunk(b"tEXt", b"other\0" + PARAMETERS), None),
        (chunk(b"IDAT", b"") + chunk(b"tEXt", b"parameters\0" + PARAMETERS), None),
        (chunk(b"zTXt", b"parameters\0\0broken"), None),
        (chunk(b"tEXt", b"parameters\0" + b"[" * 100_000), None),
        (chunk(b"tEXt", b'parameters\0{"sui_image_params": {"seed": true}}'), None),
        (chunk(b"tEXt", b'parameters\0{"sui_image_params": {"seed": "x"}}'), None),
        (chunk(b"tEXt", b'parameters\0{"sui_image_params": 3}'), None),
        (chunk(b"tEXt", b"parameters\0a cat, Steps: 20, Seed: 5"), None),
        (b"\xff\xff\xff\xfftEXtparameters\0" + PARAMETERS, None),
        (b"\0\0", None),
    ],
)
def test_seed_in_png(body: bytes, seed: int | None) -> None:
    assert seed_in_png(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + body) == seed
    assert seed_in_png(b"\xff\xd8\xff" + body) is None


def test_a_base_url_with_a_path() -> None:
    base = "https://host.example/swarm"
    assert file_urls(base, "View/a b.png") == [f"{base}/View/a%20b.png"]
    assert file_urls(base, f"{base}/View/a.png") == [f"{base}/View/a.png"]
    assert file_urls(base, "https://host.example:443/swarm/View/a.png") == [f"{base}/View/a.png"]
    for elsewhere in (
        "https://host.example/View/a.png",
        "http://host.example/swarm/View/a.png",
        "https://host.example:444/swarm/View/a.png",
    ):
        with pytest.raises(DownloadError, match="refused to leave"):
            file_urls(base, elsewhere)


def test_image_path() -> None:
    assert image_path({"image": "View/a.png", "metadata": "x"}) == image_path("View/a.png") == "View/a.png"
