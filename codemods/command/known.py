"""Known findings in a run: which baseline holds for a file, what is left over in it, and writing a new one."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from codemods.command.baseline import Baseline, BaselineError, Key
from lint_plugin.config.reading import ConfigError, Resolver
from lint_plugin.finding import FileError, Finding
from lint_plugin.reports import plural
from lint_plugin.source.text import SourceText

_SHOWN = 10  # left-over entries that are listed one by one


class KnownFindings:
    """The baselines of one run: the one that was named, or those that the configuration names."""

    def __init__(
        self,
        paths: Sequence[str],
        codes: Callable[[str], bool],
        resolver: Resolver,
        named: str | None,
        written: str | None,
        error: Callable[[FileError], object],
    ) -> None:
        """Prepare.

        Args:
            paths: The paths that the run is about.
            codes: Says whether the run looks for a code.
            resolver: Where each file's configuration comes from.
            named: The file of `--baseline`.
            written: The file of `--write-baseline`.
            error: Takes what goes wrong.
        """
        self._roots = [os.path.abspath(path) for path in paths]
        self._codes = codes
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

    def split(self, path: str, findings: Sequence[Finding], shown: bytes) -> tuple[list[Finding], int]:
        """One file's findings that are to be reported, and the number of the others, which a baseline holds."""
        baseline = self._baseline_for(path)
        if baseline is None:
            return list(findings), 0
        source = SourceText(shown)
        reported = []
        for finding in findings:
            # What was fixed is reported as fixed; its entry is left over from now on.
            known = not finding.fixed and baseline.holds(baseline.key(finding, source.line_text(finding.line)))
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
            left = baseline.unmatched(self._untouched(baseline, failed))
            for key, count in left[:_SHOWN]:
                times = f" ({plural(count, 'time')})" if count > 1 else ""
                note(f"{path}: no longer found: {key[0]}: {key[1]} {key[2]}{times}")
            if left:
                more = f"{len(left) - _SHOWN} more; " if len(left) > _SHOWN else ""
                match, them = ("entry matches", "it") if len(left) == 1 else ("entries match", "them")
                note(f"{path}: {more}{len(left)} {match} nothing any more; --write-baseline removes {them}.")

    def _write(self, failed: set[str], note: Callable[[str], object]) -> None:
        from codemods.command.write import WriteError, write_new

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
            if not self._codes(key[1]) or baseline.path_of(key) in failed or not self._covers(baseline.path_of(key))
        ]

    def _covers(self, path: str) -> bool:
        return any(path == root or path.startswith(os.path.join(root, "")) for root in self._roots)
