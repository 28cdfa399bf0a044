"""Events that plugins and the command line may listen to."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Callable

Listener = Callable[..., None]


class Events:
    def __init__(self) -> None:
        self._listeners: defaultdict[str, list[Listener]] = defaultdict(list)

    def on(self, name: str, listener: Listener) -> None:
        self._listeners[name].append(listener)

    def emit(self, name: str, **what: Any) -> None:
        for listener in self._listeners[name]:
            listener(**what)
