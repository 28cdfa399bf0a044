"""Where a run came from: the state of the program's repository, the Python it runs in, its command line."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

_GIT_TIMEOUT = 5.0  # seconds; a run is not to wait for a slow disk


def captured(what: Sequence[str]) -> dict[str, Any]:
    """What was asked for, by name; what cannot be found out is left out.

    Raises:
        ValueError: a name is not known.
    """
    unknown = [name for name in what if name not in _SOURCES]
    if unknown:
        raise ValueError(f"capture knows {', '.join(_SOURCES)}, not {unknown[0]!r}")
    found = {name: _SOURCES[name]() for name in what}
    return {name: value for name, value in found.items() if value is not None}


def _git() -> dict[str, Any] | None:
    commit = _ask_git("rev-parse", "HEAD")
    if commit is None:
        return None
    changes = _ask_git("status", "--porcelain")
    return {"commit": commit, "branch": _ask_git("rev-parse", "--abbrev-ref", "HEAD"), "dirty": bool(changes)}


def _ask_git(*arguments: str) -> str | None:
    """What git answers for the working directory, None where it cannot."""
    command = ["git", "--no-optional-locks", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_GIT_TIMEOUT, check=True, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip()


def _python() -> dict[str, Any]:
    return {"version": platform.python_version(), "implementation": sys.implementation.name, "platform": platform.platform()}


def _argv() -> list[str]:
    return list(sys.argv)


_SOURCES: dict[str, Callable[[], Any]] = {"git": _git, "python": _python, "argv": _argv}
