"""The baseline: findings that a team knows of and does not want to be told about again.

A finding is recognised by its file, its code and the text of its source line, so it stays known when the lines above it
change; how often the three occur together is counted. The file holds one entry per line, sorted, so that it merges well.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable

from lint_plugin.config.lines import line_of
from lint_plugin.config.reading import SettingsError, shown
from lint_plugin.config.settings import Config

_LONGEST = 200  # characters of a source line that are kept
_MARK = {"baseline-of": "recorder-fix", "version": 1}
Key = tuple[str, str, str]  # path from the baseline's folder with "/", code, stripped source line


class BaselineError(SettingsError):
    """A baseline that cannot be used."""


class Baseline:
    """What one baseline file holds, and which of it has been met in this run."""

    def __init__(self, path: str, entries: dict[Key, int] | None = None) -> None:
        self.path = path
        self._folder = os.path.dirname(os.path.abspath(path))
        self._entries = {} if entries is None else entries
        self._met: dict[Key, int] = {}
        self._fixed: dict[Key, int] = {}

    @classmethod
    def load(cls, path: str) -> Baseline:
        """Read a baseline.

        Raises:
            BaselineError: It cannot be read or is not one.
        """
        try:
            with open(path, "rb") as file:
                document = json.loads(file.read())
        except OSError as error:
            raise BaselineError(path, 0, f"cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise BaselineError(path, 0, f"is not UTF-8: {error}") from error
        except json.JSONDecodeError as error:
            raise BaselineError(path, error.lineno, f"is not JSON: {error.msg}; write it with --write-baseline") from error
        if not isinstance(document, list) or not document or document[-1] != _MARK:
            raise BaselineError(path, 0, "is not a baseline of this version of recorder-fix; write it with --write-baseline")
        entries: dict[Key, int] = {}
        for number, entry in enumerate(document[:-1], 2):  # the first line is the bracket
            key, count = _read_entry(path, number, entry)
            entries[key] = max(count, entries.get(key, 0))  # two branches may have added the same one
        return cls(path, entries)

    def anew(self) -> Baseline:
        """The same entries, of which none has been met."""
        return Baseline(self.path, self._entries)

    def key(self, path: str, code: str, line: str) -> Key:
        """What a finding is recognised by; `line` is the source line that it starts on."""
        name = os.path.relpath(path, self._folder) if path != "-" else "-"
        return name.replace(os.sep, "/"), code, line.strip()[:_LONGEST]

    def holds(self, key: Key) -> bool:
        """Whether the finding is known; each call takes one occurrence."""
        met = self._met[key] = self._met.get(key, 0) + 1
        return met <= self._entries.get(key, 0)

    def was_fixed(self, key: Key) -> None:
        """Take down that a finding, known or not, is fixed."""
        self._fixed[key] = self._fixed.get(key, 0) + 1

    def unmatched(self, skip: Iterable[Key] = ()) -> list[tuple[Key, int]]:
        """The entries that matched fewer findings than they count, with the number that is left over."""
        skipped = set(skip)
        over = ((key, self._left_over(key) - self._fixed.get(key, 0)) for key in sorted(self._entries))
        return [(key, count) for key, count in over if key not in skipped and count > 0]

    def fixed(self) -> int:
        """Number of known findings that were fixed."""
        return sum(min(count, self._left_over(key)) for key, count in self._fixed.items() if key in self._entries)

    def _left_over(self, key: Key) -> int:
        return max(0, self._entries[key] - self._met.get(key, 0))

    def entries(self) -> Iterable[Key]:
        """Every entry's key."""
        return self._entries.keys()

    def path_of(self, key: Key) -> str:
        """The absolute path of an entry's file."""
        return os.path.normpath(os.path.join(self._folder, key[0]))

    def keys_met(self) -> Iterable[Key]:
        """What the findings met in this run were recognised by."""
        return self._met.keys()

    def met(self) -> int:
        """Number of findings met in this run."""
        return sum(self._met.values())

    def updated(self, kept: Iterable[Key]) -> bytes:
        """The text of a baseline with what was met in this run, and with the entries `kept` from before."""
        entries = {key: self._entries[key] for key in kept}
        entries.update(self._met)
        lines = [
            json.dumps({"path": key[0], "code": key[1], "text": key[2], "count": count}, ensure_ascii=False)
            for key, count in sorted(entries.items())
        ]
        # The mark comes last: so every entry's line ends in a comma, and adding one changes no other line.
        text = "[\n" + "".join(f"{line},\n" for line in lines) + json.dumps(_MARK) + "\n]\n"
        return text.encode("utf-8", "backslashreplace")


def _read_entry(path: str, line: int, entry: object) -> tuple[Key, int]:
    if isinstance(entry, dict):
        name, code, text, count = (entry.get(field) for field in ("path", "code", "text", "count"))
        if isinstance(name, str) and isinstance(code, str) and isinstance(text, str) and isinstance(count, int):
            return (name, code, text), count
    raise BaselineError(path, line, "this entry needs path, code, text (strings) and count (a number)")


def baseline_path(config: Config) -> str:
    """The file that a configuration names as its baseline, or ""."""
    return os.path.join(config.root, config.baseline) if config.baseline else ""


def load_configured(config: Config) -> Baseline:
    """Read the baseline that a configuration names.

    Raises:
        BaselineError: It is not one; or it cannot be read, and then the error stands at the key that names it.
    """
    try:
        return Baseline.load(baseline_path(config))
    except BaselineError as error:
        if not isinstance(error.__cause__, OSError):
            raise BaselineError(shown(error.path), error.line, error.message) from error
        with open(config.path, encoding="utf-8") as file:
            line = line_of(file.read(), "baseline", "")
        message = f"'baseline' in [tool.recorder]: {config.baseline} {error.message}"
        raise BaselineError(shown(config.path), line, message) from error
