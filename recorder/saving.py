"""Saving an entity: content to a temporary file of the run, an extension for it, then its number and its name."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from recorder.content.payloads import Content, Payload, choose_extension, in_memory, opened, with_media
from recorder.failures import LONGEST_TEXT
from recorder.names import check_group, check_name
from recorder.parameters import checked_metadata
from recorder.storage.atomic_files import remove
from recorder.storage.index import ERROR_TYPE
from recorder.storage.json_values import dump, plain
from recorder.storage.lines import Record, now
from recorder.storage.run_storage import NewEntity, RunStorage

logger = logging.getLogger(__name__)


class Saving:
    """The methods of `LivePipelineRecorder` that save."""

    run_id: str
    run_folder: Path
    on_saved: Callable[[dict[str, Any]], object] | None
    checksums: bool
    _storage: RunStorage

    @property
    def current_stage(self) -> int | str:
        """The stage last set, 0 at first."""
        stage: int | str = self._storage.read(lambda index: index.state["stage"])
        return stage

    def save_entity(
        self, entity_type: str, content: Content, metadata: Mapping[str, Any] | None = None, *, group: str | None = None
    ) -> str:
        """Save `content` under the next number and enter it in the index.

        Args:
            entity_type: such as "input" or "output_image"; the second part of the file name.
            content: str, bytes, bytearray, memoryview, dict or list (JSON), a Path or a binary stream
                (copied).
            metadata: JSON types; Path, datetime, Enum and NumPy scalars are converted; at most 100 deep. Its `format` is
                the extension where the bytes do not tell, and else the suffix of the Path or of the stream's name.
            group: sub-folder of the run with a counter of its own.

        Returns:
            The file name below `run_folder`: "03_safety.txt", or "prompting_process/001_interception.txt" in
            a group.

        Raises:
            ValueError: entity_type, group or the format is not a safe name, or the Path is that of a pipe, a device or a socket.
                Nothing was written.
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
            check_group(group)
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
        temporary = self._storage.temporary_name()
        try:
            with self._storage.create_temporary(temporary) as file:
                size, sha256 = payload.write(file.fileno(), checksum=self.checksums)
                self._storage.sync_payload(file.fileno())
            if payload.stream is not None:
                values = with_media(extension, Path(temporary), values)
            new = NewEntity(entity_type, extension, values, size, sha256, group or "")
            return self._commit(temporary, new, at_once=at_once)
        finally:
            remove(temporary)

    def _commit(self, temporary: str, new: NewEntity, *, at_once: bool = False) -> str:
        record = self._storage.commit(temporary, new, at_once=at_once)
        if self.on_saved is not None:
            self._tell(record)
        return record.filename

    def _tell(self, record: Record) -> None:
        assert self.on_saved is not None
        try:
            self.on_saved(json.loads(dump(record.entity)))
        except Exception:  # the hook is the caller's code, and the file is saved whatever it does
            logger.exception("on_saved failed for %s of run %s", record.filename, self.run_id)

    def _adopt_file(
        self, temporary: str, entity_type: str, extension: str, metadata: Mapping[str, Any], size: int, sha256: str | None
    ) -> str:
        """Save a closed temporary file of the run folder by giving it its name, without a copy. It is gone afterwards.

        Raises as `save_entity`.
        """
        try:
            values = with_media(extension, Path(temporary), checked_metadata(metadata))
            return self._commit(temporary, NewEntity(entity_type, extension, values, size, sha256))
        finally:
            remove(temporary)

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
            kept = repr(details)[:LONGEST_TEXT]
        content = {"stage": stage, "error_type": str(error_type), "message": str(message), "details": kept, "timestamp": now()}
        metadata = {"stage": stage, "error_type": str(error_type)}
        return self._save(ERROR_TYPE, content, metadata, None, at_once=True)

    def save_prompt_id(self, prompt_id: str, media_type: str = "image") -> str:
        """Record which job of a generation server produces the output, as an entity `prompt_id`.

        Raises as `save_entity`.
        """
        values = {"prompt_id": prompt_id, "media_type": media_type}
        return self.save_entity("prompt_id", values, values)
