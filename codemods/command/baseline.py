"""The baselines of a run of `recorder-fix`: which findings they hide, which entries are left over, and writing one."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from codemods.command.write import WriteError, write_new
from lint_plugin.config.baseline import Baseline, BaselineError, Key, baseline_path, load_configured
from lint_plugin.config.reading import ConfigError, Resolver, shown
from lint_plugin.config.selection import Selection
from lint_plugin.config.settings import Config
from lint_plugin.finding import FileError, Finding
from lint_plugin.reports import plural
from lint_plugin.source.text import SourceText

_SHOWN = 10  # left-over entries that are listed one by one


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

    def _load(self, path: str, config: Config | None = None) -> Baseline:
        """The baseline in a file, which was named, or which a configuration names."""
        if path not in self._loaded:
            self._loaded[path] = Baseline(path)
            try:
                if not self._writes or os.path.exists(path):
                    self._loaded[path] = Baseline.load(path) if config is None else load_configured(config)
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
            line = (before if finding.fixed else source).line_text(finding.line)
            key = baseline.key(finding.path, finding.code, line)
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
        return self._load(baseline_path(config), config) if config.baseline else None

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
        for path, baseline in list(self._loaded.items()):
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
        for path in self._not_naming(baseline):
            note(f"{path} does not name it as its baseline: only --baseline {self._named} hides the findings below its folder.")

    def _not_naming(self, baseline: Baseline) -> list[str]:
        """The configuration files of findings just recorded that do not name the baseline, where another of them does."""
        names: dict[str, bool] = {}
        for key in baseline.keys_met():
            try:
                config = self._resolver.for_file(baseline.path_of(key))
            except ConfigError:  # the run has said so
                continue
            if config.path not in names:
                names[config.path] = os.path.realpath(baseline_path(config)) == os.path.realpath(baseline.path)
        return sorted(shown(path) for path, is_named in names.items() if path and not is_named) if any(names.values()) else []

    def _untouched(self, baseline: Baseline, failed: set[str]) -> list[Key]:
        """The entries that this run can say nothing about: of files with an error, that it does not look at, or whose
        configuration names another baseline or none; of codes that it does not look for."""

        def is_touched(key: Key) -> bool:
            path = baseline.path_of(key)
            looked_at = path not in failed and self._covers(path) and self._looks_for(baseline, key)
            return looked_at and self._baseline_for(path) is baseline

        return [key for key in baseline.entries() if not is_touched(key)]

    def _looks_for(self, baseline: Baseline, key: Key) -> bool:
        """Whether the run looks for an entry's code in its file; the configuration may have switched it off."""
        path = baseline.path_of(key)
        try:
            return Selection(self._resolver.for_file(path), path, self._select, self._ignore).wants(key[1])
        except ConfigError:  # the run has said so
            return False

    def _covers(self, path: str) -> bool:
        return any(path == root or path.startswith(os.path.join(root, "")) for root in self._roots)
