"""Results that come about while a project's facts are gathered: each file's analysis is at hand there anyway.

Such a result rests on the facts as they were so far. It takes down what it asked of them, and counts only
where the complete facts give the same answers; for the other files the work is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import TYPE_CHECKING

from codemods.run.executors import died, guarded
from codemods.run.file_work import process_analysed
from lint_plugin.facts import AskedFacts

if TYPE_CHECKING:
    from codemods.run.executors import Task
    from codemods.run.options import Options
    from lint_plugin.analysis import Analysis
    from lint_plugin.config.settings import Config
    from lint_plugin.facts import Answers, Facts
    from lint_plugin.finding import FileResult

    # The hash of the file's bytes (None: whatever they are), what was asked of the facts, what came of it.
    Entry = tuple[int | None, Answers, FileResult]

# Kept results may take so many bytes, roughly: what is held in memory does not grow with the tree.
_CAPACITY = 1 << 23
_ENTRY = _FINDING = 1 << 9  # what a result takes, and each finding in it
_LIBCST = 60_000  # loading LibCST takes as long as the work on so many bytes


class EarlyResults:
    """The results of one run that are there before the complete facts are."""

    def __init__(
        self, options: Options, hits: Container[str], config_of: Callable[[str], Config | None], capacity: int = _CAPACITY
    ) -> None:
        """Prepare for the files of a run.

        Args:
            options: What the run was asked for.
            hits: The files that the run works on.
            config_of: The configuration that holds for a file.
            capacity: How many bytes may be kept.
        """
        self._options = options
        self._hits = hits
        self._config_of = config_of
        self._room = capacity
        self._entries: dict[str, Entry] = {}

    @property
    def ahead(self) -> int:
        """What else this process has to do, as bytes of files that it could work on meanwhile."""
        return _LIBCST if self._options.mode == "fix" else 0

    def add(self, analysis: Analysis) -> None:
        """Do the work on one file whose analysis knows the facts so far, if it is work of this run."""
        path, facts = analysis.path, analysis.facts
        if self._room <= 0 or path not in self._hits or self._config_of(path) is not analysis.config:
            return
        assert isinstance(facts, AskedFacts)
        result = guarded(path, lambda: process_analysed(analysis, self._options))
        self._keep(path, (hash(analysis.source.raw), facts.answers, result))

    def _keep(self, path: str, entry: Entry) -> None:
        result = entry[2]
        self._room -= _ENTRY + len(result.new or b"") + _FINDING * len(result.findings)
        self._entries[path] = entry

    def take(self, task: Task, facts: Facts) -> FileResult | None:
        """The result for a task where there is one that holds for these facts and bytes; it is not kept any longer."""
        known, answers, result = self._entries.pop(task.path, (0, {}, None))
        same = known is None or known == hash(task.raw)
        return result if result is not None and same and facts.give(answers) else None

    def entries(self, paths: Iterable[str]) -> dict[str, Entry]:
        """What is kept of some files, as plain data."""
        return {path: self._entries[path] for path in paths if path in self._entries}

    def update(self, entries: dict[str, Entry]) -> None:
        """Keep what another process has done, too."""
        for path, entry in entries.items():
            self._keep(path, entry)

    def fail(self, path: str) -> None:
        """Keep that the work on a file kills its process: nobody is to try again."""
        if path in self._hits:
            self._keep(path, (None, {}, died(path)))
