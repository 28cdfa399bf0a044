"""Downloads of ComfyUI jobs, against a server that replays what two real versions answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from recorder.downloads import comfyui
from recorder.downloads.comfyui import OutputFile, job_failure, output_files
from recorder.downloads.methods import DownloadProgress

CAPTURED = Path(__file__).resolve().parents[2] / "data" / "comfyui"
VERSIONS = ["0.3.64", "0.33.0"]
CONTENT = {
    "png": "picture.png",
    "webp": "animated.webp",
    "flac": "tone.flac",
    "mp3": "mpeg1-id3.mp3",
    "opus": "tone.opus",
    "mp4": "isom.mp4",
    "webm": "clip.webm",
    "txt": "bm25.txt",
    "latent": "object.json",
    "svg": "drawing.svg",
}
EMPTY_QUEUE = {"queue_running": [], "queue_pending": []}


def captured(version: str, case: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((CAPTURED / version / f"{case}.json").read_text())
    return data


class FakeComfyUI:
    """Plays one job: `rounds` says where it is at each request to /queue; after that it is in the history.

    A round is "running", "pending", "absent", or a function that gives the raw answer to /queue.
    """

    def __init__(self, downloading: Any, data: dict[str, Any], rounds: list[Any] | None = None) -> None:
        self.downloading = downloading
        self.prompt_id: str = data["post"]["prompt_id"]
        self.item = data["history"][self.prompt_id]["prompt"]
        self.history = data["history"]
        self.rounds = ["running", "running"] if rounds is None else rounds
        self.gone: set[str] = set()
        self.paths: list[str] = []
        self.views: list[dict[str, str]] = []
        self.content: dict[str, bytes] = {}
        self.server = downloading.server(self.answer)

    def answer(self, request: Any) -> Any:
        self.paths.append(request.path)
        if request.path == "/view":
            return self._view(request.query)
        if request.path == "/queue":
            state = self.rounds[0] if self.rounds else "over"
            if callable(state):
                self.rounds.pop(0)
                return state()
            items = {
                "queue_running": [self.item] if state == "running" else [],
                "queue_pending": [self.item] if state == "pending" else [],
            }
            return self.json(items)
        assert request.path == f"/history/{self.prompt_id}"
        if not self.rounds:
            return self.json(self.history)
        self.rounds.pop(0)
        return self.json({})

    def json(self, value: Any) -> bytes:
        return bytes(self.downloading.response(json.dumps(value).encode(), content_type="application/json; charset=utf-8"))

    def _view(self, query: dict[str, str]) -> bytes:
        self.views.append(query)
        filename = query["filename"]
        if filename in self.gone:
            return bytes(self.downloading.response(status="404 Not Found"))
        content = self.content.get(filename)
        if content is None:
            content = self.downloading.sample(CONTENT[filename.rpartition(".")[2]])
        return bytes(
            self.downloading.response(
                content,
                content_type="application/octet-stream",
                Content_Disposition=f'filename="{filename}"'.encode().decode("latin-1"),
            )
        )

    def download(self, media_type: str = "image", **options: Any) -> tuple[Any, str | None]:
        settings = {key: options.pop(key) for key in ("job_timeout", "download_timeout", "comfyui_url") if key in options}
        recorder = self.downloading.recorder(**{"comfyui_url": self.server.url + "/", "trusted_hosts": [], **settings})
        return recorder, recorder.download_and_save_from_comfyui_sync(self.prompt_id, media_type, "config", 42, **options)


CASES: list[tuple[str, str, list[tuple[str, str, str]]]] = [
    # case, media type, for each file: stored name, node, type
    ("one", "image", [("01_output_image.png", "2", "output")]),
    ("slow", "image", [("01_output_image.png", "2", "output")]),
    ("cached1", "image", [("01_output_image.png", "2", "output")]),
    ("batch3", "image", [(f"0{n}_output_image.png", "2", "output") for n in (1, 2, 3)]),
    ("both", "image", [("01_output_image.png", "2", "output"), ("02_output_image.png", "12", "output")]),
    ("preview", "image", [("01_output_image.png", "2", "temp"), ("02_output_image.png", "2", "temp")]),
    ("webp", "image", [("01_output_image.webp", "2", "output")]),
    ("apng", "image", [("01_output_image.png", "2", "output")]),
    ("video", "video", [("01_output_video.mp4", "2", "output")]),
    ("webm", "video", [("01_output_video.webm", "2", "output")]),
    ("flac", "audio", [("01_output_audio.flac", "2", "output")]),
    ("mp3", "music", [("01_output_music.mp3", "2", "output")]),
    ("opus", "audio", [("01_output_audio.opus", "2", "output")]),
    ("paudio", "audio", [("01_output_audio.flac", "2", "temp")]),
    ("latent", "latent", [("01_output_latent.latent", "2", "output")]),
    ("mixed", "image", [("01_output_image.png", "2", "output"), ("02_output_image.png", "2", "output")]),
    ("mixed", "audio", [("01_output_audio.flac", "5", "output")]),
    ("mixed", "video", [("01_output_video.mp4", "7", "output")]),
    (
        "mixed",
        "everything",
        [
            ("01_output_everything.png", "2", "output"),
            ("02_output_everything.png", "2", "output"),
            ("03_output_everything.flac", "5", "output"),
            ("04_output_everything.mp4", "7", "output"),
        ],
    ),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("case", "media_type", "files"), CASES)
def test_the_files_of_a_job(
    downloading: Any, version: str, case: str, media_type: str, files: list[tuple[str, str, str]]
) -> None:
    server = FakeComfyUI(downloading, captured(version, case))
    recorder, first = server.download(media_type)
    assert first == files[0][0]
    assert downloading.saved(recorder) == [name for name, _, _ in files]
    assert downloading.errors(recorder) == []
    for index, (entity, (_, node, kind)) in enumerate(zip(recorder.get_status()["entities"], files, strict=True)):
        metadata = entity["metadata"]
        assert (metadata["config"], metadata["seed"], metadata["backend"]) == ("config", 42, "comfyui")
        assert (metadata["prompt_id"], metadata["index"], metadata["node"]) == (server.prompt_id, index, node)
        assert metadata["source"] == server.views[index] and metadata["source"]["type"] == kind
        assert set(server.views[index]) == {"filename", "subfolder", "type"}
    assert server.paths[:6] == ["/queue", f"/history/{server.prompt_id}"] * 3


def test_saved_text_of_the_newer_version(downloading: Any) -> None:
    recorder, first = FakeComfyUI(downloading, captured("0.33.0", "savetext")).download("text")
    assert first == "01_output_text.txt"
    assert downloading.saved(recorder) == [first]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("case", "media_type", "told"),
    [
        ("text", "image", "none"),
        ("wsimage", "image", "none"),
        ("flac", "image", "a_00001"),
        ("mixed", "3d", "mix_0000"),
        ("latent", "image", "l_00001_.latent"),
    ],
)
def test_a_job_without_a_fitting_file(downloading: Any, version: str, case: str, media_type: str, told: str) -> None:
    server = FakeComfyUI(downloading, captured(version, case))
    recorder, first = server.download(media_type)
    assert told in downloading.assert_failed(recorder, first, "NoFile")
    assert server.views == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_failed_job_says_why_and_keeps_what_it_finished(downloading: Any, version: str) -> None:
    recorder, first = FakeComfyUI(downloading, captured(version, "fail")).download()
    assert first is None
    assert downloading.saved(recorder) == ["01_output_image.png"]
    [error] = downloading.errors(recorder)
    assert error["error_type"] == "JobFailed"
    assert error["message"] == "the job failed in node 3 (LabFail): ValueError: lab failure: ünïcode"
    details = error["details"]
    assert (details["node_id"], details["node_type"], details["exception_type"]) == (
        "3",
        "LabFail",
        "ValueError",
    )
    assert "tensor" not in json.dumps(error)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_interrupted_job(downloading: Any, version: str) -> None:
    recorder, first = FakeComfyUI(downloading, captured(version, "interrupted")).download()
    message = downloading.assert_failed(recorder, first, "JobInterrupted")
    assert message.startswith("the job was interrupted in node ")


@pytest.mark.parametrize(("limit", "views"), [(1, 1), (2, 2), (3, 3), (9, 3), (None, 3)])
def test_limit(downloading: Any, limit: int | None, views: int) -> None:
    server = FakeComfyUI(downloading, captured("0.33.0", "batch3"))
    recorder, first = server.download(limit=limit)
    assert first == "01_output_image.png"
    assert len(downloading.saved(recorder)) == len(server.views) == views


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_a_mistake(downloading: Any, limit: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        FakeComfyUI(downloading, captured("0.33.0", "one")).download(limit=limit)


def test_names_with_spaces_and_signs_reach_the_server(downloading: Any) -> None:
    server = FakeComfyUI(downloading, captured("0.3.64", "batch3"))
    server.download()
    assert server.views[0]["filename"] == "bätch 64x48 & #1+1_00001_.png"
    assert server.views[0]["subfolder"] == "sub dir"


@pytest.mark.parametrize("prompt_id", ["a/b?c#d", "../queue", "ünï code", "x" * 300, "%41"])
def test_an_id_need_not_be_a_uuid(downloading: Any, prompt_id: str) -> None:
    data = json.loads(json.dumps(captured("0.3.64", "one")).replace(captured("0.3.64", "one")["post"]["prompt_id"], prompt_id))
    server = FakeComfyUI(downloading, data)
    _, first = server.download()
    assert first == "01_output_image.png"
    assert "/" not in server.server.requests[1].target.removeprefix("/history/")


@pytest.mark.parametrize("prompt_id", ["", " ", ".", "..", None, 7])
def test_an_empty_id_is_refused(downloading: Any, prompt_id: Any) -> None:
    server = downloading.server(b"")
    recorder = downloading.recorder(comfyui_url=server.url)
    downloading.assert_failed(recorder, recorder.download_and_save_from_comfyui_sync(prompt_id, "image", "c"), "BadPromptId")
    assert server.connections == 0


# Waiting and its races.


@pytest.mark.parametrize("finished_at", range(12))
def test_a_job_that_finishes_between_two_requests_is_never_unknown(
    downloading: Any, monkeypatch: pytest.MonkeyPatch, finished_at: int
) -> None:
    """The job leaves the queue and enters the history at once, before request number `finished_at`."""
    monkeypatch.setattr(comfyui, "ABSENT_ROUNDS", 1)
    data = captured("0.33.0", "one")
    asked = 0

    def answer(request: Any) -> Any:
        nonlocal asked
        over, asked = asked >= finished_at, asked + 1
        if request.path == "/view":
            return downloading.response(downloading.sample("picture.png"))
        value = (
            (EMPTY_QUEUE if over else data["queue_immediately"])
            if request.path == "/queue"
            else (data["history"] if over else {})
        )
        return downloading.response(json.dumps(value).encode())

    recorder = downloading.recorder(comfyui_url=downloading.server(answer).url)
    assert recorder.download_and_save_from_comfyui_sync(data["post"]["prompt_id"], "image", "c") == "01_output_image.png"


@pytest.mark.parametrize(
    ("rounds", "error_type", "polls"),
    [
        ([], None, 1),
        (["pending", "pending", "running", "running"], None, 5),
        (["absent"] * 4, None, 5),  # the history may lag behind the last message
        (["absent"] * 5, "JobUnknown", 5),
        (["pending"] * 2 + ["absent"] * 6, "JobUnknown", 7),  # deleted while it waited
        (["running"] * 3 + ["absent"] * 6, "JobUnknown", 8),  # the server was restarted
        (["absent"] * 4 + ["running"] + ["absent"] * 4, None, 10),  # only rounds in a row count
    ],
)
def test_waiting(downloading: Any, rounds: list[str], error_type: str | None, polls: int) -> None:
    server = FakeComfyUI(downloading, captured("0.33.0", "one"), list(rounds))
    recorder, first = server.download()
    if error_type:
        assert server.prompt_id in downloading.assert_failed(recorder, first, error_type)
    else:
        assert first == "01_output_image.png"
    assert server.paths.count("/queue") == polls


def test_a_server_that_goes_away_for_a_moment_is_asked_again(downloading: Any) -> None:
    rounds = [
        "running",
        lambda: b"",
        lambda: downloading.reset,
        lambda: downloading.response(status="502 Bad Gateway"),
        "running",
    ]
    server = FakeComfyUI(downloading, captured("0.33.0", "one"), rounds)
    assert server.download()[1] == "01_output_image.png"


def test_a_long_job_outlives_an_outage(downloading: Any) -> None:
    seen: list[str] = []
    rounds = ["running", *[lambda: downloading.reset] * 10, "running"]
    server = FakeComfyUI(downloading, captured("0.33.0", "one"), rounds)
    assert server.download(on_progress=lambda progress: seen.append(progress.state))[1] == "01_output_image.png"
    assert seen[:5] == ["running", "unreachable", "unreachable", "running", "downloading"]


@pytest.mark.parametrize(("before", "requests"), [([], 4), (["running"], 2 + 4 * 3)])
def test_a_server_that_stays_away_is_a_failure(
    downloading: Any, monkeypatch: pytest.MonkeyPatch, before: list[str], requests: int
) -> None:
    monkeypatch.setattr(comfyui, "OUTAGE_ROUNDS", 3)
    server = FakeComfyUI(downloading, captured("0.33.0", "one"), [*before, *[lambda: b""] * 100])
    recorder, first = server.download()
    downloading.assert_failed(recorder, first, "ConnectionFailed")
    assert len(server.paths) == requests


@pytest.mark.parametrize("status", ["401 Unauthorized", "404 Not Found"])
def test_an_answer_that_will_not_change_ends_the_waiting(downloading: Any, status: str) -> None:
    rounds = ["running", *[lambda: downloading.response(status=status)] * 3]
    server = FakeComfyUI(downloading, captured("0.33.0", "one"), rounds)
    recorder, first = server.download()
    assert status in downloading.assert_failed(recorder, first, "HTTPStatus")
    assert len(server.paths) == 3


def test_a_job_that_takes_too_long(downloading: Any) -> None:
    server = FakeComfyUI(downloading, captured("0.33.0", "one"), ["running", lambda: downloading.silence])
    recorder, first = server.download(job_timeout=1.0)
    message = downloading.assert_failed(recorder, first, "JobTimeout")
    assert message == "the job is not over after 1 seconds; it is running"


def test_the_interval_grows_while_the_job_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(comfyui, "asyncio", SimpleNamespace(sleep=sleep))
    states = iter(["absent", "absent", *["running"] * 12])

    async def get_json(url: str) -> Any:
        if url.endswith("/queue"):
            state = next(states, None)
            return {"queue_running": [[0, "id"]] if state == "running" else [], "queue_pending": []} if state else EMPTY_QUEUE
        return {} if len(waits) < 13 else {"id": {"outputs": {}}}

    assert asyncio.run(comfyui.wait_for_job(get_json, "http://x", "id", lambda state: None)) == {"outputs": {}}
    assert waits[:3] == [0.5, 0.5, 0.5]
    assert waits == sorted(waits)
    assert waits[-1] == 2.0 and len(set(waits)) > 4


@pytest.mark.parametrize(
    ("queue", "history"),
    [
        ([], {}),
        (None, {}),
        (EMPTY_QUEUE, []),
        (EMPTY_QUEUE, "x"),
        (b"<html>", {}),
        (EMPTY_QUEUE, b"\xff"),
        (b"[" * 100_000, {}),
    ],
)
def test_an_answer_that_is_not_comfyui_s(downloading: Any, queue: Any, history: Any) -> None:
    def answer(request: Any) -> Any:
        value = queue if request.path == "/queue" else history
        return downloading.response(value if isinstance(value, bytes) else json.dumps(value).encode())

    recorder = downloading.recorder(comfyui_url=downloading.server(answer).url)
    downloading.assert_failed(recorder, recorder.download_and_save_from_comfyui_sync("id", "image", "c"), "BadAnswer")


def test_odd_queue_items_are_passed_over(downloading: Any) -> None:
    odd = {"queue_running": [None, [], [1], "x", {"id": 1}], "queue_pending": {"a": 1}}
    server = FakeComfyUI(downloading, captured("0.33.0", "one"))
    server.rounds = [lambda: server.json(odd)]
    assert server.download()[1] == "01_output_image.png"


# Files that cannot be had.


def test_temporary_files_that_a_restart_wiped(downloading: Any) -> None:
    server = FakeComfyUI(downloading, captured("0.33.0", "preview"))
    server.gone = {item["filename"] for item in server.history[server.prompt_id]["outputs"]["2"]["images"]}
    recorder, first = server.download()
    message = downloading.assert_failed(recorder, first, "HTTPStatus")
    assert message.startswith("2 of 2 files could not be saved, first ComfyUI_temp_") and "404" in message
    assert len(downloading.errors(recorder)[0]["details"]["files"]) == 2


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_one_file_of_three_that_fails(downloading: Any, bad: int) -> None:
    server = FakeComfyUI(downloading, captured("0.33.0", "batch3"))
    names = [item["filename"] for item in server.history[server.prompt_id]["outputs"]["2"]["images"]]
    server.gone = {names[bad]}
    recorder, first = server.download()
    saved = downloading.saved(recorder)
    assert (len(saved), first) == (2, saved[0])
    entities = [entity for entity in recorder.get_status()["entities"] if entity["type"] != "error"]
    assert [entity["metadata"]["index"] for entity in entities] == [index for index in range(3) if index != bad]
    [error] = downloading.errors(recorder)
    assert [file["file"] for file in error["details"]["files"]] == [names[bad]]
    assert error["details"]["prompt_id"] == server.prompt_id


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"a": 1}', b"\x07\x99" * 30])
def test_a_file_that_is_not_what_its_name_says(downloading: Any, content: bytes) -> None:
    server = FakeComfyUI(downloading, captured("0.33.0", "one"))
    server.content["one_00001_.png"] = content
    recorder, first = server.download()
    downloading.assert_failed(recorder, first, "NotMedia" if content else "EmptyBody")


def test_a_name_without_a_known_extension_is_decided_by_its_bytes(downloading: Any) -> None:
    server = FakeComfyUI(downloading, captured("0.33.0", "one"))
    server.history[server.prompt_id]["outputs"]["2"]["images"] = [
        {"filename": name} for name in ("sound.xyz", "picture.xyz", "none")
    ]
    server.content = {
        "sound.xyz": downloading.sample("tone.wav"),
        "picture.xyz": downloading.sample("picture.jpg"),
        "none": b"text",
    }
    recorder, first = server.download()
    assert downloading.saved(recorder) == [first] == ["01_output_image.jpg"]
    assert downloading.errors(recorder) == []


def test_redirects_are_not_followed(downloading: Any) -> None:
    other = downloading.server(downloading.response(downloading.sample("picture.png")))
    server = FakeComfyUI(downloading, captured("0.33.0", "one"))
    real = server.server.answer
    server.server.answer = lambda request: (
        downloading.response(status="302 Found", Location=other.url) if request.path == "/view" else real(request)
    )
    recorder, first = server.download()
    downloading.assert_failed(recorder, first, "HTTPStatus")
    assert other.connections == 0


def test_credentials_of_the_base_url_are_sent_and_not_stored(downloading: Any) -> None:
    server = FakeComfyUI(downloading, captured("0.33.0", "one"))
    recorder, first = server.download(comfyui_url=server.server.url.replace("//", "//user:secret@"))
    assert first == "01_output_image.png"
    assert all("authorization" in request.headers for request in server.server.requests)
    assert b"secret" not in (recorder.run_folder / "metadata.json").read_bytes()


def test_progress_of_a_job(downloading: Any) -> None:
    seen: list[DownloadProgress] = []
    FakeComfyUI(downloading, captured("0.33.0", "batch3"), ["pending", "running"]).download(on_progress=seen.append)
    assert [progress.state for progress in seen[:2]] == ["queued", "running"]
    assert [progress.index for progress in seen if progress.state == "saved"] == [0, 1, 2]
    assert {progress.count for progress in seen[2:]} == {3}


# Reading a history entry.


def files_of(outputs: Any) -> list[str]:
    return [f"{file.node}:{file.filename}" for file in output_files({"outputs": outputs})]


def images(*names: str) -> dict[str, Any]:
    return {"images": [{"filename": name, "subfolder": "", "type": "output"} for name in names]}


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ({"12": images("c"), "3": images("b"), "2": images("a")}, ["2:a", "3:b", "12:c"]),
        (
            {"5:12": images("b"), "5:3": images("a"), "40": images("d"), "6": images("c")},
            ["5:3:a", "5:12:b", "6:c", "40:d"],
        ),
        ({"x": images("b"), "7": images("a")}, ["7:a", "x:b"]),
        ({"2": images("b", "a")}, ["2:b", "2:a"]),
        ({"2": images("a"), "3": images("a")}, ["2:a"]),  # the same file twice
        ({"2": {"images": images("b")["images"], "gifs": images("a", "b")["images"]}}, ["2:a", "2:b"]),
        ({"2": {"animated": [True], "text": ["x"], "result": ["a", None], "images": None}}, []),
        (
            {
                "2": {
                    "images": [
                        {"filename": ""},
                        {"filename": 3},
                        {},
                        None,
                        "x",
                        {"filename": "a", "type": "input"},
                        {"filename": "b", "subfolder": 3},
                        {"filename": "c", "type": "other"},
                    ]
                }
            },
            [],
        ),
        ({"2": {"images": [{"filename": "a"}]}}, ["2:a"]),
        ({"2": None, "3": []}, []),
        (None, []),
        ([], []),
    ],
)
def test_output_files(outputs: Any, expected: list[str]) -> None:
    assert files_of(outputs) == expected


def test_a_file_without_a_type_is_an_output() -> None:
    assert output_files({"outputs": {"2": {"images": [{"filename": "a"}]}}}) == [OutputFile("2", "a", "", "output")]


@pytest.mark.parametrize("change", [lambda item: item | {"type": "temp"}, lambda item: item | {"subfolder": "x"}])
def test_files_of_one_name_in_two_places_are_two(change: Callable[[Any], Any]) -> None:
    item = {"filename": "a", "subfolder": "", "type": "output"}
    assert len(output_files({"outputs": {"2": {"images": [item, change(item)]}}})) == 2


@pytest.mark.parametrize(
    ("status", "error_type", "message"),
    [
        (None, None, ""),
        ({"status_str": "success", "completed": True, "messages": []}, None, ""),
        (
            {"status_str": "error", "completed": False, "messages": []},
            "JobFailed",
            "the job failed; the server does not say why",
        ),
        (
            {"status_str": "error", "messages": None},
            "JobFailed",
            "the job failed; the server does not say why",
        ),
        (
            {"status_str": "error", "messages": [["execution_error", {"exception_message": "x" * 9000}]]},
            "JobFailed",
            "the job failed: " + "x" * 1000,
        ),
        (
            {"status_str": "error", "messages": [["execution_interrupted", {"node_id": 4}]]},
            "JobInterrupted",
            "the job was interrupted in node 4",
        ),
        (
            {"status_str": "error", "messages": [[], None, ["execution_error"], ["execution_error", None]]},
            "JobFailed",
            "the job failed; the server does not say why",
        ),
    ],
)
def test_how_a_job_ended(status: Any, error_type: str | None, message: str) -> None:
    failure = job_failure({"status": status})
    assert (failure.error_type if failure else None) == error_type
    assert (str(failure) if failure else "") == message
