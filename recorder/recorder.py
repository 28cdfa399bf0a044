"""LivePipelineRecorder: what a program calls to record a run.

How it is stored is `recorder.storage.run_storage`'s business.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from recorder import live
from recorder.capture import captured
from recorder.downloads.methods import Downloads, checked_url
from recorder.failures import told
from recorder.names import check_name, locate
from recorder.parameters import (
    OVERRIDING,
    absolute,
    checked_hook,
    checked_state,
    described,
    new_run_id,
    not_negative,
    strings,
)
from recorder.storage.index import OLD_FINAL_FOLDER, RunIndex
from recorder.storage.json_values import dump
from recorder.storage.lock import LOCK_TIMEOUT
from recorder.storage.paths import leads_outside
from recorder.storage.run_storage import RunStorage

logger = logging.getLogger(__name__)


class LivePipelineRecorder(Downloads):
    """Records one run in one folder: numbered files as they appear, and a `metadata.json` to poll.

    Making one on an existing run continues that run; what is stored of it (config_name, user_id, ...) stands,
    and only what it lacks is filled in. Any number of recorders, threads and processes may write to one run.

    Args:
        run_id: name of the run, one component of a path; None makes one that sorts by time.
        config_name, execution_mode, safety_level, user_id: stored in metadata.json, the two in the middle where given.
        base_path: folder of all runs; None is the current directory.
        expected_outputs: entity types the run will produce, in order; progress then says "3/6", and without them "3".
        path_template: where the run folder lies below base_path; names run_id, date (UTC), user_id,
            config_name and the keys of path_values.
        path_values: further values for path_template.
        lazy: make the folder at the first save and not now.
        on_saved: called with a copy of the entity after each save; what it raises is logged.
        strict: metadata.json is current whenever a method returns, also under a burst of saves.
        durable: what is saved survives a loss of power: file, journal and folder are fsynced.
        checksums: keep each file's SHA-256 in the journal, so that `recorder verify` sees a file that was changed.
        capture: what metadata.json says of where the run comes from, under `captured`: "git" (commit, branch, dirty, of the
            working directory's repository), "python" (version, platform), "argv" (the command line, secrets in it too).
        lock_timeout: longest wait for another process that writes to the run, in seconds.
        comfyui_url, swarmui_url: base URLs of the two servers.
        trusted_hosts: hosts that `download_and_save_from_url` may fetch from although their address is
            private.
        max_download_bytes: largest file to download, in bytes.
        download_timeout: longest time for one file, in seconds.
        job_timeout: longest wait for a ComfyUI job, in seconds.

    As a context manager it closes at the end; leaving by an exception marks the run as failed. It can be pickled: the copy,
    in another process, has the same parameters and goes on with the same run.

    Raises:
        ValueError: run_id or a value in the path is not a safe name, the template is not valid, capture names
            something unknown, an entry of trusted_hosts is no host, comfyui_url or swarmui_url is no URL, or a time or size is
            negative. Nothing was written.
        TypeError: expected_outputs, capture or trusted_hosts is one str or holds something else than str; a time or size is no
            number; on_saved cannot be called.
        OSError: the folder cannot be made or written, or holds a link where a file of the run should be.
        TimeoutError: another process holds the run for longer than lock_timeout.
    """

    def __init__(
        self,
        run_id: str | None = None,
        config_name: str | None = None,
        execution_mode: str | None = None,
        safety_level: str | None = None,
        user_id: str = "anonymous",
        base_path: str | os.PathLike[str] | None = None,
        *,
        expected_outputs: Sequence[str] = (),
        path_template: str = "{run_id}",
        path_values: Mapping[str, object] | None = None,
        lazy: bool = False,
        on_saved: Callable[[dict[str, Any]], object] | None = None,
        strict: bool = False,
        durable: bool = False,
        checksums: bool = True,
        capture: Sequence[str] = (),
        lock_timeout: float = LOCK_TIMEOUT,
        comfyui_url: str = "http://127.0.0.1:8188",
        swarmui_url: str = "http://127.0.0.1:7801",
        trusted_hosts: Sequence[str] = (),
        max_download_bytes: int = 2**30,
        download_timeout: float = 300.0,
        job_timeout: float = 3600.0,
    ) -> None:
        self.run_id: str = new_run_id() if run_id is None else check_name("run_id", run_id)
        self.base_path = absolute(base_path)
        self.on_saved = checked_hook(on_saved)
        self.checksums = checksums
        self.comfyui_url = checked_url("comfyui_url", comfyui_url)
        self.swarmui_url = checked_url("swarmui_url", swarmui_url)
        self.trusted_hosts = tuple(strings("trusted_hosts", trusted_hosts))
        if self.trusted_hosts:
            from recorder.downloads.guard import AddressGuard  # here for asyncio, which takes its time

            AddressGuard.of(self.trusted_hosts)
        self.max_download_bytes = not_negative("max_download_bytes", max_download_bytes)
        self.download_timeout = not_negative("download_timeout", download_timeout)
        self.job_timeout = not_negative("job_timeout", job_timeout)
        self.run_folder: Path = locate(self.base_path, path_template, self.run_id, user_id, config_name, path_values)
        self.parameters: Mapping[str, Any] = {
            "run_id": self.run_id, "config_name": config_name, "execution_mode": execution_mode, "safety_level": safety_level,
            "user_id": user_id, "base_path": self.base_path, "expected_outputs": strings("expected_outputs", expected_outputs),
            "path_template": path_template, "path_values": path_values, "lazy": lazy, "on_saved": on_saved, "strict": strict,
            "durable": durable, "checksums": checksums, "lock_timeout": lock_timeout, "comfyui_url": comfyui_url,
            "swarmui_url": swarmui_url, "trusted_hosts": self.trusted_hosts, "max_download_bytes": max_download_bytes,
            "download_timeout": download_timeout, "job_timeout": job_timeout,
        }  # fmt: skip
        """What it was made with, but for `capture`: the run has that from its beginning."""
        self._storage = RunStorage(
            self.run_folder,
            described(self.parameters, captured(strings("capture", capture))),
            override={key: value for key, value in self.parameters.items() if key in OVERRIDING and value},
            strict=strict,
            durable=durable,
            lock_timeout=not_negative("lock_timeout", lock_timeout),
        )
        if not lazy:
            self._storage.open()
        stored, self.expected_outputs = self._storage.read(lambda index: (dict(index.info), index.expected))
        self.config_name: str | None = stored["config_name"]
        self.execution_mode: str | None = stored.get("execution_mode")
        self.safety_level: str | None = stored.get("safety_level")
        self.user_id: str = stored["user_id"]

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), **self.parameters), ()

    if not TYPE_CHECKING:  # a type checker must go on saying that run_dir does not exist

        def __getattr__(self, name: str) -> object:
            hint = "; the run's folder is run_folder" if name == "run_dir" else ""
            message = f"{type(self).__name__!r} object has no attribute {name!r}{hint}"
            # Python would add a guess of its own, run_id, to the right name.
            raise AttributeError(message, name=name, obj=None if hint else self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.run_id!r} in {str(self.run_folder)!r}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if error is None or isinstance(error, GeneratorExit) or (isinstance(error, SystemExit) and not error.code):
            self.close()
            return
        try:
            self.mark_failed(error)
        except OSError as second:  # the first one is what the caller is to see
            logger.error("%s: the failure could not be recorded: %s", self.run_folder, second)

    def close(self) -> None:
        """Bring metadata.json up to date and close the files. A later save opens them again.

        Raises:
            OSError: metadata.json cannot be written; everything saved is in the journal all the same.
        """
        self._storage.close()

    def promise(self, *, strict: bool = False, durable: bool = False, checksums: bool = False) -> None:
        """Keep these promises from now on, beside those that it was made with."""
        self._storage.strict |= strict
        self._storage.durable |= durable
        self.checksums |= checksums

    # State.

    def set_state(self, stage: int | str, step: str) -> None:
        """Say where the run stands; metadata.json has it on return.

        Raises:
            TypeError: stage is neither a number nor a str, or step is no str. Nothing was changed.
            OSError: nothing was changed.
        """
        self._storage.set_state(checked_state(stage, step))

    def mark_complete(self) -> None:
        """Set the step to "completed" and the time when the run finished, close the files, and let the process forget this
        recorder.

        Raises:
            OSError: nothing was changed.
        """
        self._finish({"step": "completed"})

    def mark_failed(self, error: BaseException | str, *, stage: int | str | None = None) -> None:
        """Record why the run failed, as an entity `error` and in metadata.json, and end it as `mark_complete` does.

        The step is then "failed"; `error` in metadata.json has the type and the message.

        Args:
            error: the exception, or what to say of it.
            stage: where it happened; None is the stage last set.

        Raises:
            OSError: as `save_entity`.
        """
        kind, message, details = told(error)
        stage = self.current_stage if stage is None else stage
        self.save_error(stage, kind, message, details)
        self._finish({"stage": stage, "step": "failed", "error": {"type": kind, "message": message}})

    def _finish(self, state: dict[str, Any]) -> None:
        self._storage.finish(state)
        self._storage.close()
        live.drop((str(self.base_path), self.run_id), self)

    @property
    def current_step(self) -> str:
        """The step last set, "initialized" at first."""
        step: str = self._storage.read(lambda index: index.state["step"])
        return step

    # Reading.

    @property
    def sequence_number(self) -> int:
        """The highest number in use outside of groups, 0 at first."""
        return self._storage.highest_number()

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What metadata.json says, as of now. A read-only copy."""
        summary, entities = self._storage.read(lambda index: (index.summary(), index.entities()))
        return MappingProxyType({**json.loads(dump(summary)), "entities": entities})

    def get_status(self) -> dict[str, Any]:
        """Where the run stands.

        The keys are run_id, current_state {stage, step, progress}, expected_outputs, completed_outputs,
        next_expected (None when all are there) and entities, each {sequence, type, filename, timestamp,
        metadata}."""
        return self._storage.read(self._status)

    def _status(self, index: RunIndex) -> dict[str, Any]:
        expected, completed = index.expected, index.completed()
        return {
            "run_id": self.run_id,
            "current_state": index.current_state(),
            "expected_outputs": expected,
            "completed_outputs": completed,
            "next_expected": next((item for item in expected if item not in completed), None),
            "entities": index.entities(),
        }

    def get_entity_path(self, entity_type: str, which: str | int = "first") -> Path | None:
        """The path of an entity of that type: "first", "latest", or number n as in a list (0, 1, ..., -1).

        None if there is none, or its file is gone.

        Raises:
            ValueError: `which` is another str.
        """
        if which not in ("first", "latest") and not isinstance(which, int):
            raise ValueError(f'which must be "first", "latest" or a number, not {which!r}')
        position = {"first": 0, "latest": -1}.get(which, which) if isinstance(which, str) else which
        names = self._storage.read(lambda index: index.names_of(entity_type))
        try:
            filename = names[int(position)]
        except IndexError:
            return None
        return self._existing(filename)

    def _existing(self, filename: str) -> Path | None:
        if leads_outside(filename):
            logger.warning("%s: the index names %r, which lies outside", self.run_folder, filename)
            return None
        for path in (self.run_folder / filename, self.run_folder / OLD_FINAL_FOLDER / filename):
            if os.path.isfile(path):  # no error for a name that no file can have
                return path
        logger.warning("%s: the index names %r, which is not there", self.run_folder, filename)
        return None
