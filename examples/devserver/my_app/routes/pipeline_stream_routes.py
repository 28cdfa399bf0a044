"""The stream route: tells a frontend what a run holds, from its metadata.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recorder import load_recorder


def stream_pipeline(run_id: str, base_path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the events of a run: one "entity" for each file in order of number, then its "state"."""
    recorder = load_recorder(run_id, base_path=base_path)
    if recorder is None:
        yield "error", {"message": f"there is no run {run_id}"}
        return
    if not recorder.run_dir.exists():
        yield "error", {"message": f"the folder of run {run_id} is gone"}
        return

    metadata_path = recorder.run_dir / 'metadata.json'
    metadata = json.loads(metadata_path.read_text(encoding='utf-8'))
    for entity in metadata['entities']:
        yield "entity", entity
    yield "state", metadata['current_state']
