"""The baseline: findings that a team knows of and does not want to be told about again.

A finding is recognised by its file, its code and the text of its source line, so it stays known when the lines above it
change; how often the three occur together is counted. The file holds one entry per line, sorted, so that it merges well.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence

from codemods.command.write import WriteError, write_new
from lint_plugin.config.reading import ConfigError, Resolver
from lint_plugin.config.selection import Selection
from lint_plugin.finding import FileError, Finding
from lint_plugin.reports import plural
from lint_plugin.source.text import SourceText

_SHOWN = 10  # left-over entries that are listed one by one
_LONGEST = 200  # characters of a source line that are kept
_MARK = {"baseline-of": "recorder-fix", "version": 1}
Key = tuple[str, str, str]  # path from the baseline's folder with "/", code, stripped source line


class BaselineError(Exception):
    """A baseline that cannot be used.

    Attributes:
        path: The file.
        line: Its line that is wrong, from 1, or 0.
        message: What is wrong.
    """

    def __init__(self, path: str, line: int, message: str) -> None:
        super().__init__(path, line, message)
        self.path = path
        self.line = line
        self.message = message


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

    def key(self, finding: Finding, line: str) -> Key:
        """What a finding is recognised by; `line` is the source line that it starts on."""
        name = os.path.relpath(finding.path, self._folder) if finding.path != "-" else "-"
        return name.replace(os.sep, "/"), finding.code, line.strip()[:_LONGEST]

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


class KnownFindings:
    """The baselines of one run: the one that was named, or those that the configuration names."""

    def __init__(
        self,
        paths: Sequence[str],
        select: tuple[str, ...],
        ignore: tuple[str, ...],
        resolver: Resolver,
        named: str | None,
        written: str | None,
        error: Callable[[FileError], object],
    ) -> None:
        """Prepare.

        Args:
            paths: The paths that the run is about.
            select, ignore: The codes of the command line.
            resolver: Where each file's configuration comes from.
            named: The file of `--baseline`.
            written: The file of `--write-baseline`.
            error: Takes what goes wrong.
        """
        self._roots = [os.path.abspath(path) for path in paths]
        self._select = select
        self._ignore = ignore
        self._resolver = resolver
        self._error = error
        self._loaded: dict[str, Baseline] = {}
        self._named = written if named is None else named
        self._writes = written is not None
        if self._named is not None:
            self._load(self._named)

    def _load(self, path: str) -> Baseline:
        if path not in self._loaded:
            self._loaded[path] = Baseline(path)
            try:
                if not self._writes or os.path.exists(path):
                    self._loaded[path] = Baseline.load(path)
            except BaselineError as error:
                if not self._writes:  # what is about to be replaced may be broken
                    self._error(FileError(error.path, error.line, error.message))
        return self._loaded[path]

    def split(self, path: str, findings: Sequence[Finding], shown: bytes, old: bytes) -> tuple[list[Finding], int]:
        """One file's findings that are to be reported, and the number of the others, which a baseline holds.

        Args:
            path: The file.
            findings: Its findings; those that are fixed stand in `old`, the others in `shown`.
            shown: Its bytes as they now are.
            old: Its bytes before.
        """
        baseline = self._baseline_for(path)
        if baseline is None:
            return list(findings), 0
        source, before = SourceText(shown), SourceText(old)
        reported = []
        for finding in findings:
            key = baseline.key(finding, (before if finding.fixed else source).line_text(finding.line))
            if finding.fixed:  # it is reported as fixed
                baseline.was_fixed(key)
            known = not finding.fixed and baseline.holds(key)
            if not known and not (self._writes and not finding.fixed):
                reported.append(finding)
        return reported, len(findings) - len(reported)

    def _baseline_for(self, path: str) -> Baseline | None:
        if self._named is not None:
            return self._load(self._named)
        try:
            config = self._resolver.for_file(path)
        except ConfigError:
            return None  # the run has said so
        return self._load(os.path.join(config.root, config.baseline)) if config.baseline else None

    def finish(self, failed: set[str], note: Callable[[str], object]) -> None:
        """Write the new baseline, or say which entries match nothing any more.

        Args:
            failed: Files with an error; what a baseline says about them stays.
            note: Takes one line for the user.
        """
        if self._writes:
            self._write(failed, note)
            return
        if self._named is None:
            for path in self._roots:  # a configured baseline counts although nothing was found
                self._baseline_for(path if path.endswith((".py", ".pyi")) else os.path.join(path, "_"))
        for path, baseline in self._loaded.items():
            left, fixed = baseline.unmatched(self._untouched(baseline, failed)), baseline.fixed()
            for key, count in left[:_SHOWN]:
                times = f" ({plural(count, 'time')})" if count > 1 else ""
                note(f"{path}: no longer found: {key[0]}: {key[1]} {key[2]}{times}")
            if left:
                more = f"{len(left) - _SHOWN} more; " if len(left) > _SHOWN else ""
                match, them = ("entry matches", "it") if len(left) == 1 else ("entries match", "them")
                note(f"{path}: {more}{len(left)} {match} nothing any more; --write-baseline removes {them}.")
            if fixed:
                match, them = ("entry is of a finding", "it") if fixed == 1 else ("entries are of findings", "them")
                note(f"{path}: {fixed} {match} that this run fixes; --write-baseline removes {them}.")

    def _write(self, failed: set[str], note: Callable[[str], object]) -> None:
        assert self._named is not None
        baseline = self._load(self._named)
        try:
            write_new(self._named, baseline.updated(self._untouched(baseline, failed)))
        except WriteError as error:
            self._error(FileError(self._named, 0, error.message))
            return
        note(f"Recorded {plural(baseline.met(), 'finding')} in {self._named}.")

    def _untouched(self, baseline: Baseline, failed: set[str]) -> list[Key]:
        """The entries that this run can say nothing about: other files, other codes, files with an error."""
        return [
            key
            for key in baseline.entries()
            if baseline.path_of(key) in failed or not self._covers(baseline.path_of(key)) or not self._looks_for(baseline, key)
        ]

    def _looks_for(self, baseline: Baseline, key: Key) -> bool:
        """Whether the run looks for an entry's code in its file; the configuration may have switched it off."""
        path = baseline.path_of(key)
        try:
            return Selection(self._resolver.for_file(path), path, self._select, self._ignore).wants(key[1])
        except ConfigError:  # the run has said so
            return False

    def _covers(self, path: str) -> bool:
        return any(path == root or path.startswith(os.path.join(root, "")) for root in self._roots)
