"""What a ComfyUI server answers, read: when a job is over, how it ended and which files it left.

Measured on real servers: the history entry of a job appears only when it is over, some time after its last
message, and with /queue read before /history a finished job is never seen in neither. So absence from both
means that there is no such job.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from recorder.downloads.errors import DownloadError

FIRST_POLL_INTERVAL = 0.5
LONGEST_POLL_INTERVAL = 2.0
POLL_INTERVAL_GROWTH = 1.25
ABSENT_ROUNDS = 5
"""Seconds between two rounds, and after how many rounds in a row without it a job counts as unknown."""
OUTAGE_ROUNDS = 20
"""How often in a row a server that has answered before may fail to: a long job outlives a short outage."""

GetJson = Callable[[str], Awaitable[Any]]
OnState = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file that a job left on the server.

    `node` is the id of the node that made it, `type` is output or temp.
    """

    node: str
    filename: str
    subfolder: str
    type: str

    @property
    def parameters(self) -> dict[str, str]:
        """The query of GET /view; httpx escapes it. `preview` and `channel` would re-encode the file."""
        return {"filename": self.filename, "subfolder": self.subfolder, "type": self.type}


async def wait_for_job(get_json: GetJson, base_url: str, prompt_id: str, on_state: OnState) -> Mapping[str, Any]:
    """The history entry of the job, once it is over.

    `on_state` hears "queued", "running" or "absent" in each round.

    Raises:
        DownloadError: JobUnknown, BadAnswer, or what `get_json` raises.
    """
    history_url = f"{base_url}/history/{quote(prompt_id, safe='')}"
    interval, absent = FIRST_POLL_INTERVAL, 0
    while True:
        state = _state_in_queue(await get_json(f"{base_url}/queue"), prompt_id)
        history = await get_json(history_url)
        if not isinstance(history, dict):
            raise DownloadError("BadAnswer", f"/history answered a {type(history).__name__} instead of an object")
        entry = history.get(prompt_id)
        if isinstance(entry, dict):
            return entry
        on_state(state)
        absent = absent + 1 if state == "absent" else 0
        if absent >= ABSENT_ROUNDS:
            raise DownloadError(
                "JobUnknown",
                f"ComfyUI knows no job {prompt_id}: it never existed, was deleted, its history was "
                "cleared, or the server was restarted",
            )
        await asyncio.sleep(interval)
        if not absent:
            interval = min(interval * POLL_INTERVAL_GROWTH, LONGEST_POLL_INTERVAL)


def _state_in_queue(queue: object, prompt_id: str) -> str:
    if not isinstance(queue, dict):
        raise DownloadError("BadAnswer", f"/queue answered a {type(queue).__name__} instead of an object")
    for state, key in (("running", "queue_running"), ("queued", "queue_pending")):
        items = queue.get(key)
        if isinstance(items, list) and any(isinstance(item, list) and len(item) > 1 and item[1] == prompt_id for item in items):
            return state
    return "absent"


def output_files(entry: Mapping[str, Any]) -> list[OutputFile]:
    """Every file of the job, once each, ordered by node id as a number, then by key and place in the list.

    The order of `outputs` itself is that of execution, which differs between versions for one same workflow.
    """
    outputs = entry.get("outputs")
    found: dict[tuple[str, str, str], OutputFile] = {}
    nodes = outputs if isinstance(outputs, dict) else {}
    for node in sorted(nodes, key=_node_order):
        results = nodes[node]
        for _, items in sorted(results.items()) if isinstance(results, dict) else ():
            for item in items if isinstance(items, list) else ():
                if file := _output_file(node, item):
                    found.setdefault((file.filename, file.subfolder, file.type), file)
    return list(found.values())


def _output_file(node: str, item: object) -> OutputFile | None:
    """Lists also hold texts, flags and nulls; a file is an object with a file name, and no input."""
    if not isinstance(item, dict):
        return None
    filename, subfolder = item.get("filename"), item.get("subfolder") or ""
    kind = item.get("type") or "output"
    if not isinstance(filename, str) or not filename or not isinstance(subfolder, str):
        return None
    if kind not in ("output", "temp"):
        return None
    return OutputFile(node, filename, subfolder, kind)


def _node_order(node: str) -> list[tuple[int, int, str]]:
    """Numbers as numbers; nodes of an expanded subgraph are called "5:3"."""
    return [(0, int(part), "") if re.fullmatch("[0-9]{1,18}", part) else (1, 0, part) for part in node.split(":")]


def without_superseded_previews(files: list[OutputFile]) -> list[OutputFile]:
    """The files of type output; those of type temp only where there is no output."""
    return [file for file in files if file.type == "output"] or files


def job_failure(entry: Mapping[str, Any]) -> DownloadError | None:
    """How the job failed or was interrupted, in the server's few words; None when it did neither.

    The full message holds tensors and prompts by the tens of kilobytes: only type, message and node
    are taken.
    """
    status = entry.get("status")
    if not isinstance(status, dict):
        return None
    messages = status.get("messages")
    for message in reversed(messages if isinstance(messages, list) else []):
        if isinstance(message, list) and len(message) > 1 and isinstance(message[1], dict):
            if message[0] == "execution_error":
                return _execution_error(message[1])
            if message[0] == "execution_interrupted":
                node = _node(message[1])
                return DownloadError("JobInterrupted", f"the job was interrupted{_at(node)}", node)
    if status.get("status_str") == "error":
        return DownloadError("JobFailed", "the job failed; the server does not say why")
    return None


def _execution_error(data: Mapping[str, Any]) -> DownloadError:
    node = _node(data)
    kind, text = (str(data.get(key) or "").strip()[:1000] for key in ("exception_type", "exception_message"))
    said = ": ".join(filter(None, (kind, text))) or "no reason given"
    return DownloadError(
        "JobFailed",
        f"the job failed{_at(node)}: {said}",
        node | {"exception_type": kind, "exception_message": text},
    )


def _node(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: str(data[key])[:200] for key in ("node_id", "node_type") if data.get(key) is not None}


def _at(node: Mapping[str, Any]) -> str:
    if not node:
        return ""
    return f" in node {node.get('node_id', '?')}" + (f" ({node['node_type']})" if "node_type" in node else "")
