"""One small HTTP server on loopback that answers as SwarmUI, ComfyUI and a host of generated files do."""

from __future__ import annotations

import json
import mimetypes
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit


class MediaServer:
    """Serves the files of one folder.

    Attributes:
        host, url: Where it listens, from the start; the port is a free one.
    """

    def __init__(self, folder: Path) -> None:
        self._jobs: dict[str, str] = {}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(folder, self._jobs))
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.host = "127.0.0.1"
        self.url = f"http://{self.host}:{self._http.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def add_job(self, filename: str) -> str:
        """The id of a finished ComfyUI job that made one file."""
        prompt_id = str(uuid.uuid4())
        self._jobs[prompt_id] = filename
        return prompt_id


def _handler_for(folder: Path, jobs: dict[str, str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            match unquote(parts.path).strip("/").split("/"):
                case ["queue"]:
                    self.send_json({"queue_running": [], "queue_pending": []})
                case ["history", prompt_id]:
                    self.send_json({prompt_id: history_entry(jobs[prompt_id])} if prompt_id in jobs else {})
                case ["view"]:
                    self.send_file(parse_qs(parts.query).get("filename", [""])[0])
                case ["View", "local", "raw", name] | ["files", name]:
                    self.send_file(name)
                case _:
                    self.send_error(404)

        def send_json(self, value: object) -> None:
            self.send(json.dumps(value).encode(), "application/json")

        def send_file(self, name: str) -> None:
            path = folder / Path(name).name
            if name and path.is_file():
                self.send(path.read_bytes(), mimetypes.guess_type(name)[0] or "application/octet-stream")
            else:
                self.send_error(404)

        def send(self, body: bytes, content_type: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Requests are not worth a line each."""

    return Handler


def history_entry(filename: str) -> dict[str, object]:
    """What ComfyUI keeps of a job that succeeded."""
    return {
        "outputs": {
            "9": {"images": [{"filename": filename, "subfolder": "", "type": "output"}], "animated": [True]}
        },
        "status": {"status_str": "success", "completed": True, "messages": []},
    }
