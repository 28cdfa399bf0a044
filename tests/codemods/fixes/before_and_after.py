"""Running a program before its rewrite and after it, on the shipped recorder."""

from __future__ import annotations

import re
import types
from pathlib import Path

from recorder import LivePipelineRecorder

NUMBER = re.compile(r"\b\d{2,3}_")
MP3 = b"ID3\x04" + b"\0" * 6 + b"x" * 50


def observed(code: str, data: bytes, folder: Path) -> tuple[str, list[tuple[str, bytes]]]:
    """What `keep` returns and what lies in the run folder afterwards, without the numbers."""
    folder.mkdir()
    source = folder / "source"
    source.write_bytes(data)
    module = types.ModuleType("program")
    exec(compile(code, "<program>", "exec"), module.__dict__)
    with LivePipelineRecorder("run", base_path=folder) as recorder:
        try:
            result = str(module.keep(recorder, str(source), "more"))
        except Exception as error:  # which one is what is compared
            result = type(error).__name__
        own = {"metadata.json", "entities.jsonl"}
        files = [p for p in recorder.run_folder.iterdir() if p.is_file() and p.name not in own and not p.name.startswith(".")]
        stored = sorted((NUMBER.sub("", path.name), path.read_bytes()) for path in files)
    return NUMBER.sub("", result.replace(str(folder), "")), stored
