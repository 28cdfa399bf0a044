"""Work on an existing Dask cluster: `--executor dask://HOST:PORT` (extra `dask`).

Only the files that hold a token are sent there, with their bytes; results come back and are written here. The
scheduler gives the work of a worker that dies to another one, and refuses a file that keeps killing them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from typing import Any

SCHEME = "dask://"
# Longer than a scheduler takes to start, shorter than anyone would wait for one that is not there.
_CONNECT_SECONDS = 10


class ClusterError(Exception):
    """The cluster cannot be used; the text is one line for the user."""


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """An executor whose work is done by the cluster at `dask://HOST:PORT`.

    Raises:
        ClusterError: Dask is not installed, nothing answers, no worker is there, or the workers run another
            release.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise ClusterError("--executor dask:// needs the extra: pip install 'recorder-toolkit[dask]'") from error
    scheduler = "tcp://" + address.removeprefix(SCHEME)
    try:
        client = distributed.Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(f"no Dask scheduler answers at {address}: {error}") from error
    with client:
        _check_release(client, address)
        # Not pure: Dask would first hash every file to find out whether it has done it before.
        with client.get_executor(pure=False) as executor:
            yield executor


def release() -> str:
    """The installed release of this distribution and of Python; both decide what comes out."""
    python = ".".join(map(str, sys.version_info[:2]))
    return f"recorder-toolkit {version('recorder-toolkit')} on Python {python}"


def _check_release(client: Any, address: str) -> None:
    try:
        found = client.run(release)
    except Exception as error:
        raise ClusterError(f"the workers at {address} cannot import recorder-toolkit: {error}") from error
    if not found:
        raise ClusterError(f"the Dask scheduler at {address} has no worker")
    for worker, other in sorted(found.items()):
        if other != release():
            raise ClusterError(f"the worker {worker} has {other}, here is {release()}")
