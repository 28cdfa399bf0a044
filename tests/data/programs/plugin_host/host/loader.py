"""Finds plugins: those that come with the host, and those of installed distributions."""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import entry_points

from host.core import PluginError, log

GROUP = "host.plugins"


def load_builtin() -> list[str]:
    package = importlib.import_module("plugins")
    names = []
    for info in pkgutil.iter_modules(package.__path__, "plugins."):
        importlib.import_module(info.name)
        names.append(info.name)
    return names


def load_installed() -> list[str]:
    names = []
    for point in entry_points(group=GROUP):
        try:
            point.load()
        except ImportError as error:
            log.warning("plugin %s is not usable: %s", point.name, error)
        else:
            names.append(point.name)
    return names


def load_all(required: tuple[str, ...] = ()) -> None:
    found = {*load_builtin(), *load_installed()}
    missing = [name for name in required if not any(one.endswith(name) for one in found)]
    if missing:
        raise PluginError(f"plugins are missing: {', '.join(missing)}")
