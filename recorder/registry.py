"""Getting a recorder by run id: the live one of this process, a new one, or one loaded from the disk."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Unpack

from recorder import live
from recorder.names import check_name, locate
from recorder.parameters import RecorderOptions, absolute
from recorder.recorder import LivePipelineRecorder
from recorder.runs.folders import is_run, run_folders
from recorder.storage.paths import read_regular
from recorder.storage.snapshot import SNAPSHOT_NAME

# What describes a run stands as the live recorder has it, and these say how it is made.
_NOT_COMPARED = ("lazy", "capture", "path_template", "path_values")
_PROMISES = ("strict", "durable", "checksums")


def get_recorder(
    run_id: str,
    config_name: str | None = None,
    execution_mode: str | None = None,
    safety_level: str | None = None,
    user_id: str = "anonymous",
    base_path: str | os.PathLike[str] | None = None,
    **options: Unpack[RecorderOptions],
) -> LivePipelineRecorder:
    """The live recorder of this process for that run, or a new one, which continues a run that is there.

    Parameters are those of `LivePipelineRecorder`. A live recorder keeps what describes the run (config_name, execution_mode,
    safety_level, user_id). It takes over a stronger promise: strict, durable or checksums.

    Raises:
        ValueError: another option is given and differs from the live recorder's; else as `LivePipelineRecorder`.
    """
    base = absolute(base_path)
    key = (str(base), check_name("run_id", run_id))
    recorder = live.find(key)
    if isinstance(recorder, LivePipelineRecorder):
        # With a template the same run id may stand for two runs, of two users or devices.
        template = options.get("path_template")
        if template is None or recorder.run_folder == locate(
            base, template, run_id, user_id, config_name, options.get("path_values")
        ):
            _agree(recorder, options)
            return recorder
    recorder = LivePipelineRecorder(run_id, config_name, execution_mode, safety_level, user_id, base_path, **options)
    kept = live.keep(key, recorder)
    assert isinstance(kept, LivePipelineRecorder)
    return kept


def _agree(recorder: LivePipelineRecorder, options: RecorderOptions) -> None:
    """Take over the promises that are stronger than the live recorder's.

    Raises:
        ValueError: another option differs.
    """
    for name, value in options.items():
        if name in _PROMISES or name in _NOT_COMPARED:
            continue
        has = recorder.parameters[name]
        if (tuple(value) if isinstance(value, list) else value) != (tuple(has) if isinstance(has, list) else has):
            raise ValueError(f"{name} of the live recorder of run {recorder.run_id!r} is {has!r}, not {value!r}")
    recorder.promise(**{name: True for name in _PROMISES if options.get(name)})


def load_recorder(
    run_id: str, base_path: str | os.PathLike[str] | None = None, **options: Unpack[RecorderOptions]
) -> LivePipelineRecorder | None:
    """The live recorder of that run, or one for what lies on the disk, or None.

    Reads only; the first save writes.

    A run below a path template is searched for under the base folder; with `path_template` (and its
    `path_values`) given it is looked up where that says.

    Raises:
        ValueError: the run id is not a safe name.
    """
    base = absolute(base_path)
    recorder = live.find((str(base), check_name("run_id", run_id)))
    if isinstance(recorder, LivePipelineRecorder):
        return recorder
    if "path_template" not in options and not is_run(base / run_id):
        folder = next((folder for folder in run_folders(base) if _holds(folder, base, run_id)), None)
        if folder is None:
            return None
        literal = folder.relative_to(base).as_posix().replace("{", "{{").replace("}", "}}")
        options["path_template"] = "{run_id}".join(literal.rsplit(run_id, 1))
    options["lazy"] = True
    recorder = LivePipelineRecorder(run_id, base_path=base, **options)
    return recorder if is_run(recorder.run_folder) else None


def _holds(folder: Path, base: Path, run_id: str) -> bool:
    if folder.name == run_id:
        return True
    if run_id not in folder.relative_to(base).as_posix():
        return False
    try:
        return bool(json.loads(read_regular(folder / SNAPSHOT_NAME)).get("run_id") == run_id)
    except (OSError, ValueError, AttributeError):
        return False
