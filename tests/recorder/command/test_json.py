"""`--json` of every command: one value on standard output, with keys that programs rely on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recorder import LivePipelineRecorder
from recorder.cli import _COMMANDS, main

RUN = {
    "run_id", "config_name", "folder", "status", "current_state", "started", "finished", "duration", "tags", "entities", "size",
    "last_change",
}  # fmt: skip
DETAIL = RUN | {"unnumbered", "problems"}
KEYS: dict[str, tuple[list[str], set[str]]] = {
    "list": (["exports"], RUN),
    "show": (["exports/run"], DETAIL),
    "verify": (["exports"], DETAIL),
    "repair": (["exports/run"], {"run", "applied", "actions", "backup", "left"}),
    "gallery": (["exports"], {"output", "runs", "errors"}),
    "export": (["exports/run", "run.zip"], {"run", "archive", "size", "files", "left_out", "problems"}),
    "import": (["other.zip", "elsewhere"], RUN),
    "prune": (["exports", "--keep", "1"], {"applied", "runs", "kept", "errors"}),
    "tag": (["exports/run", "best"], {"run", "tags"}),
}


def test_these_are_all_commands() -> None:
    assert KEYS.keys() == _COMMANDS.keys()


@pytest.mark.parametrize("command", KEYS)
def test_every_command_says_it_as_json(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with LivePipelineRecorder("run", base_path="exports") as recorder:
        recorder.save_entity("input", "grüße")
        recorder.mark_complete()
    (tmp_path / "elsewhere").mkdir()
    assert main(["export", "exports/run", "other.zip"]) == 0
    capsys.readouterr()
    arguments, keys = KEYS[command]
    assert main([command, *arguments, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said[0] if isinstance(said, list) else said).keys() == keys
