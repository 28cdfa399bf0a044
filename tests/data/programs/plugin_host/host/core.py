"""What a plugin is, what it is given, and where plugins are registered."""

from __future__ import annotations

import abc
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from recorder import LivePipelineRecorder

log = logging.getLogger("host")


class PluginError(RuntimeError):
    """A plugin failed; the run goes on without it."""


@dataclass
class Context:
    """What every plugin is given: the run, its own options, a place to leave results for others."""

    run: LivePipelineRecorder
    options: dict[str, Any] = field(default_factory=dict)
    shared: dict[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.run.run_folder

    def scratch(self, name: str) -> Path:
        """A file that only this plugin knows of."""
        return self.folder / "scratch" / name

    def remember(self, key: str, value: Any) -> None:
        self.shared[key] = value
        self.run.metadata["shared"] = dict(self.shared)  # expect: LPR003


class Plugin(abc.ABC):
    """Base class of all plugins."""

    name: ClassVar[str] = ""
    order: ClassVar[int] = 50

    def __init__(self, context: Context) -> None:
        self.context = context

    @property
    def recorder(self) -> LivePipelineRecorder:
        return self.context.run

    @abc.abstractmethod
    def execute(self) -> None:
        """Do the plugin's work."""

    def setup(self) -> None:
        """Called once before `execute`."""

    def teardown(self) -> None:
        """Called once after it, whatever happened."""

    def note(self, text: str) -> None:
        with open(self.recorder.run_dir / "notes.txt", "a") as handle:  # expect: LPR001 LPR202
            handle.write(f"{self.name}: {text}\n")


P = TypeVar("P", bound=Plugin)


class Registry(Generic[P]):
    """Plugins by name."""

    def __init__(self) -> None:
        self._known: dict[str, type[P]] = {}

    def register(self, name: str) -> Callable[[type[P]], type[P]]:
        def decorate(cls: type[P]) -> type[P]:
            if name in self._known:
                raise PluginError(f"two plugins are called {name}")
            cls.name = name
            self._known[name] = cls
            return cls

        return decorate

    def get(self, name: str) -> type[P]:
        try:
            return self._known[name]
        except KeyError:
            raise PluginError(f"no plugin is called {name}") from None

    def __iter__(self) -> Iterator[type[P]]:
        return iter(sorted(self._known.values(), key=lambda cls: (cls.order, cls.name)))


plugins: Registry[Plugin] = Registry()
