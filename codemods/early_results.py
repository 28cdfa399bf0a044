"""Results that come about while a project's facts are gathered: each file's analysis is at hand there anyway.

Such a result rests on the facts as they were so far. It takes down what it asked of them, and counts only
where the complete facts give the same answers; for the other files the work is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Container

from codemods.process import process_analysed
from codemods.work import guarded
from lint_plugin.facts import AskedFacts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codemods.options import Options
    from codemods.work import Task
    from lint_plugin.analysis import Analysis
    from lint_plugin.config import Config
    from lint_plugin.facts import Answers, Facts
    from lint_plugin.finding import FileResult

    Entry = tuple[bytes, Answers, FileResult]

# Kept results may take so many bytes, roughly: what is held in memory does not grow with the tree.
_CAPACITY = 1 << 22
_FINDING = 1 << 10  # what a finding takes


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

    def add(self, analysis: Analysis) -> None:
        """Do the work on one file whose analysis knows the facts so far, if it is work of this run."""
        path, facts = analysis.path, analysis.facts
        if self._room <= 0 or path not in self._hits or self._config_of(path) is not analysis.config:
            return
        assert isinstance(facts, AskedFacts)
        result = guarded(path, lambda: process_analysed(analysis, self._options))
        self._keep(path, (analysis.source.raw, facts.answers, result))

    def _keep(self, path: str, entry: Entry) -> None:
        raw, _, result = entry
        self._room -= len(raw) + len(result.new or b"") + _FINDING * len(result.findings)
        self._entries[path] = entry

    def take(self, task: Task, facts: Facts) -> FileResult | None:
        """The result for a task where there is one that holds for these facts and bytes; it is not kept any longer."""
        raw, answers, result = self._entries.pop(task.path, (b"", {}, None))
        return result if result is not None and raw == task.raw and facts.give(answers) else None

    def reset(self) -> None:
        """Forget what was kept; the room that it took stays taken."""
        self._entries.clear()

    def entries(self) -> dict[str, Entry]:
        """All that is kept, as plain data."""
        return self._entries

    def update(self, entries: dict[str, Entry]) -> None:
        """Keep what another process has done, too."""
        for path, entry in entries.items():
            self._keep(path, entry)
