"""The editor plugin, through a real language server over standard input and output."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

HEADER = "import shutil\n\nfrom recorder import LivePipelineRecorder\n\n\n"
RENAMES = HEADER + (
    "def show(recorder: LivePipelineRecorder) -> None:\n"
    "    print('\N{GRINNING FACE}', recorder.run_dir)\n"
    "    print(recorder.run_dir)\n"
)
COPY = HEADER + (
    "def keep(recorder: LivePipelineRecorder, source: str) -> None:\n"
    '    shutil.copy2(source, recorder.run_folder / "07_output_audio.mp3")\n'
)
MOVE = COPY.replace("copy2", "move")
LEFT = COPY.replace("    shutil", "    return shutil")


class Server:
    """A python-lsp-server of its own for one folder, and the little of a client that is needed to talk to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pylsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.count = 0
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        self.messages: list[str] = []
        others = {name: {"enabled": False} for name in ("pycodestyle", "pyflakes", "mccabe", "flake8", "rope_autoimport")}
        self.call("initialize", processId=None, rootUri=folder.as_uri(), capabilities={})
        self.tell("initialized")
        self.tell("workspace/didChangeConfiguration", settings={"pylsp": {"plugins": others}})

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def tell(self, method: str, **params: Any) -> None:
        self.send({"method": method, "params": params})

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while (line := self.process.stdout.readline().strip()) or not length:
            name, _, value = line.decode().partition(":")
            length = int(value) if name.lower() == "content-length" else length
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif message.get("method") == "window/showMessage":
            self.messages.append(message["params"]["message"])
        return message

    def call(self, method: str, **params: Any) -> Any:
        self.count += 1
        number = self.count
        self.send({"id": number, "method": method, "params": params})
        while (message := self.receive()).get("id") != number or "method" in message:
            pass
        assert "error" not in message, message
        return message["result"]

    def open(self, text: str, name: str = "a.py") -> str:
        """Open a document that need not be on the disk, and wait for its diagnostics."""
        uri = (self.folder / name).as_uri()
        self.tell("textDocument/didOpen", textDocument={"uri": uri, "languageId": "python", "version": 1, "text": text})
        self.diagnostics.pop(uri, None)
        while uri not in self.diagnostics:
            self.receive()
        return uri

    def actions(self, uri: str, span: dict[str, Any], only: list[str] | None = None) -> dict[str, dict[str, Any]]:
        context = {"diagnostics": []} | ({"only": only} if only else {})
        found = self.call("textDocument/codeAction", textDocument={"uri": uri}, range=span, context=context)
        return {action["title"]: action for action in found if "recorder" in json.dumps(action) or "LPR" in action["title"]}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.call("shutdown")
    server.tell("exit")
    with server.process as process:
        assert process.wait(20) == 0


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """A text after the edits of an action, applied as a client does: from the last to the first."""
    lines = [line.decode() for line in text.encode().splitlines(keepends=True)]
    for edit in sorted(edits, key=lambda edit: -edit["range"]["start"]["line"]):
        start, end = edit["range"]["start"], edit["range"]["end"]
        assert start["character"] == end["character"] == 0
        lines[start["line"] : end["line"]] = [edit["newText"]]
    return "".join(lines)


def recorder_fix(folder: Path, text: str, *options: str) -> str:
    """What the command makes of it."""
    command = [str(Path(sys.executable).with_name("recorder-fix")), *options, "-"]
    done = subprocess.run(command, input=text.encode(), cwd=folder, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout.decode()


def test_findings_are_those_of_the_command_in_utf_16(server: Server) -> None:
    uri = server.open(RENAMES)
    spans = [(d["code"], d["range"]["start"], d["range"]["end"]) for d in server.diagnostics[uri]]
    # The face is one character, and two code units of UTF-16.
    assert spans == [
        ("LPR001", {"line": 6, "character": 16}, {"line": 6, "character": 32}),
        ("LPR001", {"line": 7, "character": 10}, {"line": 7, "character": 26}),
    ]


def test_one_finding_is_fixed_by_itself(server: Server) -> None:
    uri = server.open(RENAMES)
    second = server.diagnostics[uri][1]["range"]
    actions = server.actions(uri, {"start": second["start"], "end": second["start"]})
    assert list(actions) == ["Fix: use run_folder", "Fix all in this file", "Explain LPR001"]
    edits = actions["Fix: use run_folder"]["edit"]["changes"][uri]
    assert applied(RENAMES, edits) == RENAMES.replace("print(recorder.run_dir)", "print(recorder.run_folder)")
    assert actions["Fix: use run_folder"]["isPreferred"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("text", [RENAMES, COPY, RENAMES + COPY.removeprefix(HEADER)], ids=["renames", "copy", "both"])
def test_fix_all_is_what_the_command_does(server: Server, text: str, newline: str) -> None:
    text = text.replace("\n", newline)
    uri = server.open(text)
    span = server.diagnostics[uri][0]["range"]
    edits = server.actions(uri, span)["Fix all in this file"]["edit"]["changes"][uri]
    assert applied(text, edits) == recorder_fix(server.folder, text) != text


def test_the_findings_of_one_write_have_one_fix(server: Server) -> None:
    uri = server.open(COPY)
    assert [d["code"] for d in server.diagnostics[uri]] == ["LPR201", "LPR101"]
    end = {"line": 7, "character": 0}
    actions = server.actions(uri, {"start": {"line": 6, "character": 0}, "end": end})
    assert list(actions) == ["Fix: save it with the recorder", "Fix all in this file", "Explain LPR201", "Explain LPR101"]
    # The name alone has the fix of its write.
    name = server.diagnostics[uri][1]["range"]
    edits = server.actions(uri, name)["Fix: save it with the recorder"]["edit"]["changes"][uri]
    assert applied(COPY, edits) == recorder_fix(server.folder, COPY)


def test_an_unsafe_fix_says_so_and_what_is_left_has_none(server: Server) -> None:
    uri = server.open(MOVE)
    span = server.diagnostics[uri][0]["range"]
    (title, action), *others = server.actions(uri, span).items()
    assert title.startswith("Fix: save it with the recorder (unsafe: ")
    assert not action["isPreferred"]
    assert [title for title, _ in others if title.startswith("Fix")] == []
    assert applied(MOVE, action["edit"]["changes"][uri]) == recorder_fix(server.folder, MOVE, "--unsafe")
    left = server.open(LEFT, "b.py")
    assert [t for t in server.actions(left, server.diagnostics[left][0]["range"]) if not t.startswith("Explain")] == []


def test_a_client_that_fixes_all_on_save(server: Server) -> None:
    uri = server.open(RENAMES)
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    actions = server.actions(uri, whole, ["source.fixAll"])
    assert {title: action["kind"] for title, action in actions.items()} == {"Fix all in this file": "source.fixAll"}


def test_explain(server: Server) -> None:
    uri = server.open(RENAMES)
    action = server.actions(uri, server.diagnostics[uri][0]["range"])["Explain LPR001"]
    command = {name: action["command"][name] for name in ("command", "arguments")}
    shown = server.call("workspace/executeCommand", **command)
    assert shown["text"].startswith("LPR001 unknown-recorder-attribute\n")
    assert server.messages == [shown["text"]]


def test_a_bad_table_is_said_where_the_user_looks(server: Server) -> None:
    (server.folder / "pyproject.toml").write_text("[tool.recorder]\nselekt = ['LPR001']\n")
    uri = server.open(RENAMES)
    (said,) = server.diagnostics[uri]
    assert "pyproject.toml:2" in said["message"] and "selekt" in said["message"]
    assert said["range"]["start"] == {"line": 0, "character": 0}


@pytest.mark.parametrize("text", ["def f(:\n    recorder.run_dir\n", "# coding: latin-1\nx = 'é'\n", ""])
def test_what_is_no_finding(server: Server, text: str) -> None:
    assert server.diagnostics[server.open(text)] == []
