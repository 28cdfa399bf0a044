"""One run: opens the recorder, runs the plugins over it, closes it."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import contextmanager
from types import TracebackType
from typing import Iterator

import recorder as recording
from host.core import Context, Plugin, PluginError, log, plugins
from host.events import Events


class Session:
    """Runs plugins in order, each with a context of its own over one recorder."""

    def __init__(self, run_id: str, base: str = "runs", options: dict | None = None) -> None:
        self.run_id = run_id
        self.options = options or {}
        self._live = recording.get_recorder(run_id, config_nam="session", base_path=base)  # expect: LPR002
        self.events = Events()
        self._active: list[Plugin] = []
        self._started = time.monotonic()

    def __enter__(self) -> "Session":
        self._live.set_state(0, "plugins")
        (self._live.run_folder / ".lock").touch()  # expect: LPR202
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None:
            self._live.mark_complete(time.monotonic() - self._started)  # expect: LPR002
        lock = self._live.run_folder / ".lock"
        lock.unlink(missing_ok=True)  # expect: LPR203

    def make(self, cls: type[Plugin]) -> Plugin:
        context = Context(self._live, self.options.get(cls.name, {}))
        plugin = cls(context)
        self._active.append(plugin)
        return plugin

    @contextmanager
    def running(self, plugin: Plugin) -> Iterator[Plugin]:
        plugin.setup()
        try:
            yield plugin
        except PluginError as error:
            self.record_failure(plugin, error)
        finally:
            plugin.teardown()

    def record_failure(self, plugin: Plugin, error: Exception) -> None:
        log.exception("plugin %s", plugin.name)
        failures = plugin.recorder.run_folder / "failures"
        failures.mkdir(exist_ok=True)
        (failures / f"{plugin.name}.txt").write_text(str(error))  # expect: LPR202

    def run_all(self) -> None:
        for cls in plugins:
            with self.running(self.make(cls)) as plugin:
                plugin.execute()
                self.events.emit("done", plugin=plugin.name, where=str(plugin.context.folder))
        self.write_summary()

    def write_summary(self) -> None:
        target = self._live.run_folder / "99_summary.json"  # expect: LPR101
        summary = {"run": self.run_id, "plugins": [plugin.name for plugin in self._active]}
        with target.open("w", encoding="utf-8") as handle:  # expect: LPR202
            json.dump(summary, handle)

    def archive_to(self, place: str) -> str:
        return shutil.make_archive(f"{place}/{self.run_id}", "zip", self._live.run_folder)


def open_session(run_id: str, **options: dict) -> Session:
    return Session(run_id, options=options)
