"""Finds, reads and checks the table `[tool.recorder]`.

A `Resolver` is asked once for every file of a run, so it caches by folder and reads a `pyproject.toml` as TOML only when
its bytes can hold the table. What each key may hold is in `lint_plugin.config.schema`.
"""

from __future__ import annotations

import os
import re

from lint_plugin.config.settings import Config

# Spellings of the table: [tool.recorder], [tool."recorder"], tool.recorder = {}, and `recorder = {}` below [tool].
_MAY_HOLD_TABLE = rb"(?m)tool[\s\"']*\.[\s\"']*recorder|(?:^|[{,])\s*[\"']?recorder[\"']?\s*[.=]"

# The code that flake8 shows for a file whose configuration, or the baseline that it names, cannot be used.
BAD_CONFIGURATION = "LPR000"


class SettingsError(Exception):
    """A configuration or baseline that cannot be used.

    Attributes:
        path: The file, as a reader would name it from the current folder.
        line: The line of it that is wrong, from 1, or 0.
        message: What is wrong and what would be right.
    """

    def __init__(self, path: str, line: int, message: str) -> None:
        super().__init__(path, line, message)
        self.path = path
        self.line = line
        self.message = message

    def __str__(self) -> str:
        return self.message

    @property
    def place(self) -> str:
        """`path:line`, or the path where no line is known."""
        return f"{self.path}:{self.line}" if self.line else self.path


class ConfigError(SettingsError):
    """A configuration that cannot be used."""


def load(path: str) -> Config:
    """Read the table of one named file.

    Raises:
        ConfigError: The file cannot be read, is not TOML, has no such table, or a key of it is wrong.
    """
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError as error:
        raise ConfigError(path, 0, f"cannot be read: {error.strerror}") from error
    config = _parse(raw, os.path.abspath(path), path)
    if config is None:
        raise ConfigError(path, 0, "has no [tool.recorder] table")
    return config


class Resolver:
    """Says which configuration holds for a file: the named one, or the nearest `pyproject.toml` above it with the table."""

    __slots__ = ("_by_folder", "_defaults", "_explicit")

    def __init__(self, explicit: str | None = None) -> None:
        """Prepare, and read the file that `--config` names.

        Raises:
            ConfigError: As `load`.
        """
        self._defaults = Config()
        self._explicit = load(explicit) if explicit is not None else None
        self._by_folder: dict[str, Config | ConfigError] = {}

    def for_file(self, path: str) -> Config:
        """The configuration for a file; the file need not exist.

        Raises:
            ConfigError: The `pyproject.toml` that is in force cannot be used.
        """
        if self._explicit is not None:
            return self._explicit
        folder = os.path.dirname(path)
        found = self._by_folder.get(folder)
        if found is None:
            found = self._by_folder[folder] = self._climb(os.path.abspath(folder))
        if isinstance(found, ConfigError):
            raise found.with_traceback(None)
        return found

    def _climb(self, folder: str) -> Config | ConfigError:
        passed: list[str] = []
        found: Config | ConfigError | None = None
        while found is None:
            found = self._by_folder.get(folder)
            if found is not None:
                break
            passed.append(folder)
            found = _read_folder(folder)
            parent = os.path.dirname(folder)
            if parent == folder:
                break
            folder = parent
        result = self._defaults if found is None else found
        for name in passed:
            self._by_folder[name] = result
        return result


def _read_folder(folder: str) -> Config | ConfigError | None:
    path = os.path.join(folder, "pyproject.toml")
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        # A folder that may not be searched hides its pyproject.toml from every tool; a file that may not be read is an error.
        return ConfigError(shown(path), 0, f"cannot be read: {error.strerror}") if os.path.isfile(path) else None
    try:
        return _parse(raw, path, shown(path))
    except ConfigError as error:
        return error


def _parse(raw: bytes, path: str, name: str) -> Config | None:
    """The checked configuration in the bytes of a file, or None when they hold no such table."""
    if b"recorder" not in raw or re.search(_MAY_HOLD_TABLE, raw) is None:
        return None
    import tomllib

    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(name, raw.count(b"\n", 0, error.start) + 1, f"is not valid UTF-8: {error}") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(name, _toml_line(str(error), text), f"is not valid TOML: {error}") from error
    tool = document.get("tool")
    if not isinstance(tool, dict) or "recorder" not in tool:
        return None
    from lint_plugin.config.lines import line_of
    from lint_plugin.config.schema import Wrong, check_table

    try:
        values = check_table(tool["recorder"])
    except Wrong as wrong:
        raise ConfigError(name, line_of(text, wrong.key, wrong.item), wrong.message) from None
    config = Config(values, path, os.path.dirname(path))
    for root in config.source_roots if "source-roots" in config.given else ():
        if not os.path.isdir(os.path.join(config.root, root)):
            message = f"the key 'source-roots' names a folder that is not there: {root!r}"
            raise ConfigError(name, line_of(text, "source-roots", root), message)
    return config


def shown(path: str) -> str:
    """A path as a reader would name it: from the current folder when it lies below it."""
    here = os.path.join(os.getcwd(), "")
    return path[len(here) :] if path.startswith(here) else path


def _toml_line(message: str, text: str) -> int:
    match = re.search(r"at line (\d+)", message)
    return int(match[1]) if match else text.count("\n") + 1


__all__ = ["BAD_CONFIGURATION", "ConfigError", "Resolver", "SettingsError", "load", "shown"]
