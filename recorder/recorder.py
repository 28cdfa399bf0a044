"""LivePipelineRecorder: what a program calls to record a run.

How it is stored is `recorder.storage.run_storage`'s business.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from recorder import live
from recorder.content.payloads import Content, Payload, choose_extension, file_sha256, in_memory, opened, with_media
from recorder.downloads.methods import Downloads
from recorder.names import check_name, locate
from recorder.storage.atomic_files import remove
from recorder.storage.index import DEFAULT_OUTPUTS, ERROR_TYPE, OLD_FINAL_FOLDER
from recorder.storage.json_values import dump, dump_text, plain
from recorder.storage.lines import Record, now
from recorder.storage.run_storage import RunStorage

logger = logging.getLogger(__name__)

_LONGEST_REPR = 10_000


class LivePipelineRecorder(Downloads):
    """Records one run in one folder: numbered files as they appear, and a `metadata.json` to poll.

    Making one on an existing run continues that run; what is stored of it (config_name, user_id, ...) stands,
    and only what it lacks is filled in. Any number of recorders, threads and processes may write to one run.

    Args:
        run_id: name of the run, one component of a path.
        config_name, execution_mode, safety_level, user_id: stored in metadata.json.
        base_path: folder of all runs; None is the current directory.
        expected_outputs: entity types the run will produce, in order.
        path_template: where the run folder lies below base_path; names run_id, date (UTC), user_id,
            config_name and the keys of path_values.
        path_values: further values for path_template.
        lazy: make the folder at the first save and not now.
        on_saved: called with a copy of the entity after each save; what it raises is logged.
        strict: metadata.json is current whenever a method returns, also under a burst of saves.
        durable: what is saved survives a loss of power: file, journal and folder are fsynced.
        checksums: keep each file's SHA-256 in the journal, so that `recorder verify` sees a file that was changed.
        comfyui_url, swarmui_url: base URLs of the two servers.
        trusted_hosts: hosts that `download_and_save_from_url` may fetch from although their address is
            private.
        max_download_bytes: largest file to download, in bytes.
        download_timeout: longest time for one file, in seconds.
        job_timeout: longest wait for a ComfyUI job, in seconds.

    Raises:
        ValueError: run_id or a value in the path is not a safe name, the template is not valid, or an entry
            of trusted_hosts is no host. Nothing was written.
        TypeError: expected_outputs or trusted_hosts is one str or holds something else than str.
        OSError: the folder cannot be made or written.
    """

    def __init__(
        self,
        run_id: str,
        config_name: str | None = None,
        execution_mode: str | None = None,
        safety_level: str | None = None,
        user_id: str = "anonymous",
        base_path: str | os.PathLike[str] | None = None,
        *,
        expected_outputs: Sequence[str] = DEFAULT_OUTPUTS,
        path_template: str = "{run_id}",
        path_values: Mapping[str, object] | None = None,
        lazy: bool = False,
        on_saved: Callable[[dict[str, Any]], object] | None = None,
        strict: bool = False,
        durable: bool = False,
        checksums: bool = True,
        comfyui_url: str = "http://127.0.0.1:8188",
        swarmui_url: str = "http://127.0.0.1:7801",
        trusted_hosts: Sequence[str] = (),
        max_download_bytes: int = 2**30,
        download_timeout: float = 300.0,
        job_timeout: float = 3600.0,
    ) -> None:
        self.run_id = check_name("run_id", run_id)
        self.base_path = absolute(base_path)
        self.on_saved = on_saved
        self.checksums = checksums
        self.comfyui_url = comfyui_url
        self.swarmui_url = swarmui_url
        self.trusted_hosts = tuple(strings("trusted_hosts", trusted_hosts))
        if self.trusted_hosts:
            from recorder.downloads.guard import AddressGuard  # here for asyncio, which takes its time

            AddressGuard.of(self.trusted_hosts)
        self.max_download_bytes = max_download_bytes
        self.download_timeout = download_timeout
        self.job_timeout = job_timeout
        self.run_folder: Path = locate(self.base_path, path_template, run_id, user_id, config_name, path_values)
        info = plain(
            {
                "run_id": run_id,
                "timestamp": now(),
                "config_name": config_name,
                "execution_mode": execution_mode,
                "safety_level": safety_level,
                "user_id": user_id,
                "expected_outputs": strings("expected_outputs", expected_outputs),
            },
            "the recorder's parameters",
        )
        given = expected_outputs is not DEFAULT_OUTPUTS
        override = {"expected_outputs": info["expected_outputs"]} if given else {}
        self._storage = RunStorage(self.run_folder, info, override=override, strict=strict, durable=durable)
        if not lazy:
            self._storage.open()
        with self._storage.view() as index:
            stored = index.info
            self.config_name: str | None = stored["config_name"]
            self.execution_mode: str | None = stored["execution_mode"]
            self.safety_level: str | None = stored["safety_level"]
            self.user_id: str = stored["user_id"]
            self.expected_outputs: list[str] = index.expected

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
        self.close()

    def close(self) -> None:
        """Bring metadata.json up to date and close the files. A later save opens them again.

        Raises:
            OSError: metadata.json cannot be written; everything saved is in the journal all the same.
        """
        self._storage.close()

    # Saving.

    def save_entity(
        self, entity_type: str, content: Content, metadata: Mapping[str, Any] | None = None, *, group: str | None = None
    ) -> str:
        """Save `content` under the next number and enter it in the index.

        Args:
            entity_type: such as "input" or "output_image"; the second part of the file name.
            content: str, bytes, bytearray, memoryview, dict or list (JSON), a Path or a binary stream
                (copied).
            metadata: JSON types; Path, datetime, Enum and NumPy scalars are converted. Its `format` is the
                extension where the bytes do not tell.
            group: sub-folder of the run with a counter of its own.

        Returns:
            The file name below `run_folder`: "03_safety.txt", or "prompting_process/001_interception.txt" in
            a group.

        Raises:
            ValueError: entity_type, group or the format is not a safe name. Nothing was written.
            TypeError: content or metadata is of a type that cannot be saved. Nothing was written.
            OSError: as the system says (disk full, no permission, folder gone). Nothing was saved, the run is
                as it was.
        """
        return self._save(entity_type, content, metadata, group, at_once=False)

    def _save(
        self, entity_type: str, content: Content, metadata: Mapping[str, Any] | None, group: str | None, *, at_once: bool
    ) -> str:
        check_name("entity_type", entity_type)
        if group is not None:
            check_name("group", group)
        values = checked_metadata(metadata)
        payload = in_memory(content)
        if payload is not None:
            return self._write(payload, entity_type, values, group, at_once=at_once)
        with opened(content) as payload:
            return self._write(payload, entity_type, values, group, at_once=at_once)

    def _write(self, payload: Payload, entity_type: str, values: dict[str, Any], group: str | None, *, at_once: bool) -> str:
        extension = choose_extension(entity_type, payload, values)
        if payload.stream is None and payload.head is not None:
            values = with_media(extension, payload.data, values)
        descriptor, temporary = self._storage.create_temporary()
        try:
            try:
                size, sha256 = payload.write(descriptor, checksum=self.checksums)
                self._storage.sync_payload(descriptor)
            finally:
                os.close(descriptor)
            if payload.stream is not None:
                values = with_media(extension, Path(temporary), values)
            return self._commit(temporary, size, entity_type, extension, values, group, sha256=sha256, at_once=at_once)
        finally:
            remove(temporary)

    def _commit(
        self,
        temporary: str,
        size: int,
        entity_type: str,
        extension: str,
        values: dict[str, Any],
        group: str | None,
        *,
        sha256: str | None,
        at_once: bool = False,
    ) -> str:
        text = dump_text(values) if values else "{}"
        record = self._storage.commit(temporary, size, entity_type, extension, text, group or "", sha256=sha256, at_once=at_once)
        if self.on_saved is not None:
            self._tell(record)
        return record.filename

    def _tell(self, record: Record) -> None:
        assert self.on_saved is not None
        try:
            self.on_saved(json.loads(record.json))
        except Exception:  # the hook is the caller's code, and the file is saved whatever it does
            logger.exception("on_saved failed for %s of run %s", record.filename, self.run_id)

    def _adopt_file(
        self,
        temporary: str | os.PathLike[str],
        entity_type: str,
        extension: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        *,
        group: str | None = None,
    ) -> str:
        """Save a closed temporary file of the run folder by giving it its name, without a copy.

        It is gone afterwards.

        `extension` None finds it as `save_entity` does. Raises as `save_entity`.
        """
        path = os.fspath(temporary)
        try:
            check_name("entity_type", entity_type)
            if group is not None:
                check_name("group", group)
            values = checked_metadata(metadata)
            with opened(Path(path)) as payload:
                extension = extension or choose_extension(entity_type, payload, values)
            values = with_media(extension, Path(path), values)
            if self._storage.durable:
                descriptor = os.open(path, os.O_RDWR)
                try:
                    self._storage.sync_payload(descriptor)
                finally:
                    os.close(descriptor)
            sha256 = file_sha256(path) if self.checksums else None
            return self._commit(path, os.stat(path).st_size, entity_type, extension, values, group, sha256=sha256)
        finally:
            remove(path)

    def save_from_filesystem(
        self, filesystem_path: str | os.PathLike[str], entity_type: str, metadata: Mapping[str, Any] | None = None
    ) -> str | None:
        """Save a copy of a local file.

        A failure is logged, recorded as an error entity, and the answer is None.
        """
        try:
            return self.save_entity(entity_type, Path(filesystem_path), metadata)
        except (OSError, ValueError, TypeError) as error:
            logger.error("Failed to save from %s: %s", filesystem_path, error)
            try:
                self.save_error(
                    self.current_stage,
                    type(error).__name__,
                    str(error),
                    {"filesystem_path": str(filesystem_path), "entity_type": str(entity_type)},
                )
            except OSError as second:
                logger.error("The failure could not be recorded in %s: %s", self.run_folder, second)
            return None

    def save_error(self, stage: int | str, error_type: str, message: str, details: object = None) -> str:
        """Record a failure as an entity `error`. Details that JSON cannot hold are kept as their repr.

        Raises:
            OSError: as `save_entity`.
        """
        try:
            kept = plain(details, "details")
        except TypeError:
            kept = repr(details)[:_LONGEST_REPR]
        content = {"stage": stage, "error_type": str(error_type), "message": str(message), "details": kept, "timestamp": now()}
        metadata = {"stage": stage, "error_type": str(error_type)}
        return self._save(ERROR_TYPE, content, metadata, None, at_once=True)

    def save_prompt_id(self, prompt_id: str, media_type: str = "image") -> str:
        """Record which job of a generation server produces the output, as an entity `prompt_id`.

        Raises as `save_entity`.
        """
        values = {"prompt_id": prompt_id, "media_type": media_type}
        return self.save_entity("prompt_id", values, values)

    # State.

    def set_state(self, stage: int | str, step: str) -> None:
        """Say where the run stands; metadata.json has it on return.

        Raises:
            OSError: nothing was changed.
        """
        self._storage.set_state(stage, step)

    def mark_complete(self) -> None:
        """Set the step to "completed", close the files, and let the process forget this recorder.

        Raises:
            OSError: nothing was changed.
        """
        self._storage.set_state(self.current_stage, "completed")
        self._storage.close()
        live.drop((str(self.base_path), self.run_id), self)

    @property
    def current_stage(self) -> int | str:
        """The stage last set, 0 at first."""
        with self._storage.view() as index:
            stage: int | str = index.state["stage"]
            return stage

    @property
    def current_step(self) -> str:
        """The step last set, "initialized" at first."""
        with self._storage.view() as index:
            step: str = index.state["step"]
            return step

    # Reading.

    @property
    def sequence_number(self) -> int:
        """The highest number in use outside of groups, 0 at first."""
        return self._storage.highest_number()

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What metadata.json says, as of now. A read-only copy."""
        with self._storage.view() as index:
            return MappingProxyType(
                {**json.loads(dump(index.info)), "current_state": index.current_state(), "entities": index.entities()}
            )

    def get_status(self) -> dict[str, Any]:
        """Where the run stands.

        The keys are run_id, current_state {stage, step, progress}, expected_outputs, completed_outputs,
        next_expected (None when all are there) and entities, each {sequence, type, filename, timestamp,
        metadata}."""
        with self._storage.view() as index:
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
        with self._storage.view() as index:
            entities = zip(index.types, index.filenames, strict=True)
            names = [filename for kind, filename in entities if kind == entity_type]
        try:
            filename = names[int(position)]
        except IndexError:
            return None
        return self._existing(filename)

    def _existing(self, filename: str) -> Path | None:
        if ".." in Path(filename).parts or Path(filename).is_absolute():
            logger.warning("%s: the index names %r, which lies outside", self.run_folder, filename)
            return None
        for path in (self.run_folder / filename, self.run_folder / OLD_FINAL_FOLDER / filename):
            if path.is_file():
                return path
        logger.warning("%s: the index names %r, which is not there", self.run_folder, filename)
        return None


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
