"""Payloads that prove to be whole, and the check of a whole run folder after something went wrong."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import Any

from recorder import LivePipelineRecorder

DIGEST = 32


def payload(source: random.Random, size: int) -> bytes:
    body = source.randbytes(size)
    return hashlib.sha256(body).digest() + body


def is_whole(content: bytes) -> bool:
    return hashlib.sha256(content[DIGEST:]).digest() == content[:DIGEST]


def numbered_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("[0-9]*_*") if path.is_file())


def problems(folder: Path, returned: list[str]) -> list[str]:
    """What is wrong with a run of `payload`s; `returned` are the names that save_entity gave."""
    found = []
    try:
        json.loads((folder / "metadata.json").read_bytes())
    except FileNotFoundError:
        found += ["metadata.json is not there"] if returned else []  # killed before the run began
    except ValueError as error:
        found.append(f"metadata.json is invalid: {error}")
    with LivePipelineRecorder(folder.name, base_path=folder.parent) as run:
        entities = run.get_status()["entities"]
    index: dict[str, Any] = json.loads((folder / "metadata.json").read_bytes())
    has_journal = (folder / "entities.jsonl").exists()  # else it was left as an older version made it
    if has_journal and index["entities"] != entities:
        found.append("metadata.json and the recorder disagree after reopening")
    names = [entity["filename"] for entity in entities]
    found += [f"{name} was returned and is not in the index" for name in returned if name not in names]
    found += [f"{name} is in the index and not there" for name in names if not (folder / name).is_file()]
    found += [f"{path.name} is not whole" for path in numbered_files(folder) if not is_whole(path.read_bytes())]
    numbers = [(path.parent, int(path.name.split("_")[0])) for path in numbered_files(folder)]
    found += [f"two files have the number {number}" for number in set(numbers) if numbers.count(number) > 1]
    indexed = [(Path(entity["filename"]).parent, entity["sequence"]) for entity in entities]
    found += [f"two entries have the number {number}" for number in set(indexed) if indexed.count(number) > 1]
    return found
