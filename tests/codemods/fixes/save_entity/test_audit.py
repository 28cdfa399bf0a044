"""The audit's block, in surroundings like those of the file that it was found in: it is fixed by default, runs, and stores the same.

A route file with several routes; the block stands deep in a function of several hundred lines whose handlers return, and which asks
`if 'tracker' in locals()` far below it.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from lint_plugin.finding import FileResult

HEAD = '''\
"""Routes of the pipeline."""

import logging
import os

from my_app.pipeline_recorder import LivePipelineRecorder, get_recorder

logger = logging.getLogger(__name__)


def index(run_id):
    recorder = get_recorder(run_id)
    try:
        if not recorder.run_dir.exists():
            return None, 404
        return (recorder.run_dir / 'metadata.json').read_text(), 200
    except OSError as error:
        logger.error("no index: %s", error)
        return None, 500


def files(run_id):
    recorder = get_recorder(run_id)
    return sorted(os.listdir(recorder.run_folder))


def execute_pipeline(run_id, stages, tracker_of=None):
    """Runs the stages of a pipeline."""
    media_files = []
    saved_filename = None
    try:
        recorder = get_recorder(run_id)
        if tracker_of is not None:
            tracker = tracker_of(run_id)
'''
STAGE = """\
        # Stage {number}
        value_{number} = stages.get('stage_{number}')
        if value_{number} is not None:
            try:
                recorder.save_entity('stage_{number}', str(value_{number}))
                logger.info("stage {number}: %s", value_{number})
            except ValueError as error:
                logger.warning("stage {number}: %s", error)
                return {{'error': str(error)}}, 400
"""
BLOCK = """\
        output_result = stages['output']
        output_value = output_result.output
        media_type = output_result.media_type
        seed = stages.get('seed')
        try:
            if output_value == 'url':
                saved_filename = recorder.save_entity('url', output_result.url)
            elif output_value == 'workflow_generated':
                # Custom filesystem copy implementation
                filesystem_path = output_result.metadata.get('filesystem_path')
                if filesystem_path:
                    import shutil
                    import os

                    if media_type == 'audio':
                        ext = 'mp3'
                    elif media_type == 'video':
                        ext = 'mp4'
                    else:
                        ext = 'bin'

                    # Sequence number of the output
                    output_filename = f"07_output_{media_type}.{ext}"
                    dest_path = os.path.join(recorder.run_dir, output_filename)

                    try:
                        shutil.copy2(filesystem_path, dest_path)
                        saved_filename = output_filename
                        logger.info("saved %s", saved_filename)
                    except Exception as error:
                        logger.error("copy failed: %s", error)
                        saved_filename = None
                else:
                    logger.warning("no file")
            if saved_filename:
                media_files.append({'file': saved_filename, 'seed': seed})
        except Exception as error:
            logger.error("failed: %s", error)
            return {'error': str(error)}, 500
"""
TAIL = """\
        if 'tracker' in locals():
            tracker.done(run_id)
        return {'files': media_files, 'saved': saved_filename}, 200
    except Exception as error:
        if 'tracker' in locals():
            tracker.failed(run_id)
        return {'error': str(error)}, 500
"""
STAGES = 45
NUMBER = re.compile(r"\b\d{2,3}_")


def stages(numbers: range) -> str:
    return "".join(STAGE.format(number=number) for number in numbers)


ROUTES = HEAD + stages(range(STAGES)) + BLOCK + stages(range(STAGES, 2 * STAGES)) + TAIL


class Recorder:
    """The audited class, with `run_dir` so that the old code runs; bytes without a format go by their first ones, as later on."""

    def __init__(self, run_folder: Path) -> None:
        self.run_folder = self.run_dir = run_folder
        self.sequence_number = 0
        self.index: list[dict[str, object]] = []

    def save_entity(self, entity_type: str, content: object, metadata: dict[str, object] | None = None) -> str:
        raw = content if isinstance(content, bytes) else str(content).encode()
        found = "mp3" if raw.startswith(b"ID3") else "mp4" if raw[4:8] == b"ftyp" else "bin"
        extension = (metadata or {}).get("format", found) if isinstance(content, bytes) else "txt"
        self.sequence_number += 1
        name = f"{self.sequence_number:02d}_{entity_type}.{extension}"
        (self.run_folder / name).write_bytes(raw)
        self.index.append(json.loads(json.dumps({"type": entity_type, "metadata": metadata})))
        return name


class Tracker:
    def __init__(self) -> None:
        self.seen: list[str] = []

    def done(self, run_id: str) -> None:
        self.seen.append(f"done {run_id}")

    def failed(self, run_id: str) -> None:
        self.seen.append(f"failed {run_id}")


def outcome(code: str, media_type: str, source: str | None, folder: Path, patch: pytest.MonkeyPatch) -> tuple[object, ...]:
    """What the route answers, what the tracker has seen, and what is stored, without numbers."""
    folder.mkdir(parents=True)
    recorder = Recorder(folder)
    module = types.ModuleType("my_app.pipeline_recorder")
    module.__dict__.update(LivePipelineRecorder=Recorder, get_recorder=lambda run_id: recorder)
    patch.setitem(sys.modules, "my_app", types.ModuleType("my_app"))
    patch.setitem(sys.modules, "my_app.pipeline_recorder", module)
    routes = types.ModuleType("routes")
    exec(compile(code, "<routes>", "exec"), routes.__dict__)
    result = types.SimpleNamespace(output="workflow_generated", media_type=media_type, metadata={"filesystem_path": source})
    tracker = Tracker()
    given = {"output": result, "seed": 7, "stage_3": "text", "stage_60": "more"}
    answer = routes.execute_pipeline("run", given, lambda run_id: tracker)
    stored = sorted((NUMBER.sub("", path.name), path.read_bytes()) for path in folder.iterdir())
    return NUMBER.sub("", str(answer)), tracker.seen, stored, len(routes.files("run"))


MEDIA = [
    ("audio", b"ID3\x04" + b"x" * 20),
    ("video", b"\0\0\0\x18ftypmp42" + b"x" * 20),
    ("other", b"\x80\x81" * 20),
    ("audio", None),
]


@pytest.mark.parametrize("detects", ["true", "false"])
def test_the_block_is_fixed_where_it_stands(
    detects: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Callable[..., FileResult], sound: Callable[..., None]
) -> None:
    config = {"detects-format": detects}
    assert len(ROUTES.splitlines()) > 800
    checked = engine(ROUTES.encode(), mode="check", **config)
    by_code = [(f.code, f.level) for f in checked.findings if f.code in ("LPR101", "LPR201")]
    assert by_code == [("LPR101", "safe"), ("LPR201", "safe")]
    new = engine(ROUTES.encode(), **config).new
    assert new is not None
    code = new.decode()
    for gone in ("copy2", "07_output", "import shutil", "run_dir", "dest_path"):
        assert gone not in code
    assert ("ext = 'mp3'" in code) == (detects == "false")
    assert 'except Exception as error:\n                        logger.error("copy failed' in code
    assert "'tracker' in locals()" in code
    sound(ROUTES.encode(), new, False, config)
    before = {ast.dump(node) for node in ast.walk(ast.parse(ROUTES)) if isinstance(node, (ast.Return, ast.Raise))}
    after = {ast.dump(node) for node in ast.walk(ast.parse(code)) if isinstance(node, (ast.Return, ast.Raise))}
    assert {node.replace("run_dir", "run_folder") for node in before} == after
    for index, (media_type, data) in enumerate(MEDIA):
        source = tmp_path / f"source{index}"
        if data is not None:
            source.write_bytes(data)
        runs = [
            outcome(text, media_type, str(source), tmp_path / name / str(index), monkeypatch)
            for name, text in (("before", ROUTES), ("after", code))
        ]
        if data is None:  # both fail in the copy, which the handler around it reports
            assert "None" in str(runs[0][0])
        assert runs[0] == runs[1]
