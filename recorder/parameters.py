"""What a recorder can be made with, checked and put into the form that it is kept in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict, TypeVar

from recorder.storage.json_values import plain
from recorder.storage.lines import now

_Number = TypeVar("_Number", int, float)


class RecorderOptions(TypedDict, total=False):
    """The keyword parameters of LivePipelineRecorder."""

    expected_outputs: Sequence[str]
    path_template: str
    path_values: Mapping[str, object] | None
    lazy: bool
    on_saved: Callable[[dict[str, Any]], object] | None
    strict: bool
    durable: bool
    checksums: bool
    capture: Sequence[str]
    lock_timeout: float
    comfyui_url: str
    swarmui_url: str
    trusted_hosts: Sequence[str]
    max_download_bytes: int
    download_timeout: float
    job_timeout: float


OVERRIDING = ("run_id", "expected_outputs")
"""What stands as it is given, also where the run says otherwise: a copied run is no longer the one that it was copied from."""


def described(parameters: Mapping[str, Any], origin: Mapping[str, Any]) -> dict[str, Any]:
    """What a new run says of itself.

    Raises:
        TypeError: a value has no form in JSON.
    """
    info = {
        "run_id": parameters["run_id"],
        "timestamp": now(),
        "config_name": parameters["config_name"],
        **{key: parameters[key] for key in ("execution_mode", "safety_level") if parameters[key] is not None},
        "user_id": parameters["user_id"],
        "expected_outputs": parameters["expected_outputs"],
        **({"captured": dict(origin)} if origin else {}),
    }
    values: dict[str, Any] = plain(info, "the recorder's parameters")
    return values


def new_run_id() -> str:
    """A name for a run that sorts by time: "20261126-131121-123456-9f3a"."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{os.urandom(2).hex()}"


def absolute(base_path: str | os.PathLike[str] | None) -> Path:
    """The base folder as an absolute path, so that a later change of the working directory moves nothing."""
    return Path(os.path.abspath("." if base_path is None else base_path))


def strings(what: str, values: Sequence[str]) -> list[str]:
    """The values as a list.

    Raises:
        TypeError: they are one str, which would be taken letter by letter, or hold something else than str.
    """
    several = isinstance(values, Iterable) and not isinstance(values, (str, bytes))
    if not several or not all(isinstance(value, str) for value in values):
        raise TypeError(f"{what} must be a list of str, not {values!r}")
    return list(values)


def not_negative(what: str, value: _Number) -> _Number:
    """The value, a number of seconds or bytes.

    Raises:
        TypeError: it is no number.
        ValueError: it is negative or not a number that anything can be compared with.
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{what} must be a number, not {value!r}")
    if not value >= 0:
        raise ValueError(f"{what} must be 0 or more, not {value!r}")
    return value


def checked_hook(hook: Callable[[dict[str, Any]], object] | None) -> Callable[[dict[str, Any]], object] | None:
    """What is called after each save.

    Raises:
        TypeError: it cannot be called.
    """
    if hook is not None and not callable(hook):
        raise TypeError(f"on_saved must be something to call, not {hook!r}")
    return hook


def checked_state(stage: object, step: object) -> dict[str, Any]:
    """Where a run stands, as it is stored.

    Raises:
        TypeError: stage is neither a number nor a str, or step is no str.
    """
    state: dict[str, Any] = plain({"stage": stage, "step": step}, "state")
    if not isinstance(state["stage"], (int, float, str)) or isinstance(state["stage"], bool):
        raise TypeError(f"stage must be a number or a str, not {stage!r}")
    if not isinstance(state["step"], str):
        raise TypeError(f"step must be a str, not {step!r}")
    return state


def checked_metadata(metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    """A plain copy of the metadata.

    Raises:
        TypeError: it is no mapping, or holds a value that JSON cannot hold; the key is named.
    """
    if metadata is None:
        return {}
    if not isinstance(metadata, Mapping):
        raise TypeError(f"metadata must be a dict, not {type(metadata).__name__}")
    values: dict[str, Any] = plain(dict(metadata), "metadata")
    return values
