"""The project around the files that are worked on: their order, and the facts that some of them need.

Imported only when a file holds a token. The facts are gathered once for each configuration, and only when the
work on a file asks for them; what the run has already scanned is not scanned again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from codemods.run.discovery import Discovery, work_tree_top
from codemods.run.scan import Scanner

if TYPE_CHECKING:
    from codemods.run.executors import Task
    from lint_plugin.config.settings import Config
    from lint_plugin.facts import Facts
    from lint_plugin.source.prefilter import Prefilter

    Gathered = Callable[[Config, Sequence[str], Sequence[str]], Facts]


def in_order(paths: Iterable[str]) -> list[str]:
    """Paths sorted, with each real file once: a link is left out when its target is there, or another link
    before it.
    """
    by_file: dict[str, str] = {}
    for path in sorted(paths):
        target = os.path.realpath(path)
        if target not in by_file or (os.path.islink(by_file[target]) and not os.path.islink(path)):
            by_file[target] = path
    return sorted(by_file.values())


class Projects:
    """Gathers the facts of the projects that the files of a run belong to."""

    def __init__(
        self,
        paths: Sequence[str],
        hits: Sequence[str],
        prefilter: Callable[[Config], Prefilter],
        everything: bool,
        gathered: Gathered | None = None,
    ) -> None:
        """Take down what the run has scanned.

        Args:
            paths: What was named.
            hits: Files that hold a token.
            prefilter: The prefilter of a configuration.
            everything: Whether the hits are all there are below `paths`: one configuration, nothing excluded.
            gathered: Gathers the facts from a configuration, candidates and source roots.
        """
        self._hits = hits
        self._prefilter = prefilter
        self._scanned = [os.path.join(os.path.realpath(path), "") for path in paths] if everything else []
        folders = (path if os.path.isdir(path) else os.path.dirname(path) for path in paths or ("",))
        self._named = tuple(dict.fromkeys(os.path.realpath(folder) for folder in folders))
        self._gathered = gathered
        self._facts: dict[tuple[str, tuple[str, ...]], Facts] = {}
        self._roots: dict[tuple[str, str], tuple[str, ...]] = {}

    def known(self, task: Task) -> Facts | None:
        """The facts for a file, if they have been gathered."""
        return self._facts.get((task.config.path, self.roots(task)))

    def gather(self, task: Task) -> Facts:
        """The facts for a file, gathered now unless they have been."""
        key = task.config.path, self.roots(task)
        if key not in self._facts:
            self._facts[key] = self._gather(task.config, self._candidates(task.config, key[1]), key[1])
        return self._facts[key]

    def _gather(self, config: Config, candidates: Sequence[str], roots: Sequence[str]) -> Facts:
        if self._gathered is not None:
            return self._gathered(config, candidates, roots)
        from lint_plugin.project.gathering import gather

        return gather(config, candidates, roots)

    def roots(self, task: Task) -> tuple[str, ...]:
        """The folders that a file's project lies in.

        They are the configuration's source roots; without a configuration file the git work tree that the
        file is in; without either nothing is known but what was named, and the tuple is empty.
        """
        config = task.config
        folder = os.path.dirname(task.path)
        key = config.path, "" if config.path else folder
        roots = self._roots.get(key)
        if roots is None:
            if config.path:
                found = [os.path.join(config.root, root) for root in config.source_roots]
            else:
                top = work_tree_top(folder or ".")
                found = [] if top is None else [top]
            roots = self._roots[key] = tuple(os.path.realpath(root) for root in found)
        return roots

    def at_hand(self, task: Task) -> bool:
        """Whether the facts for a file can be gathered from what the run has scanned."""
        return self._scanned_below(self.roots(task)) is not None

    def _scanned_below(self, roots: Sequence[str]) -> list[str] | None:
        """The files below the roots that hold a token, where the run has scanned all of these roots."""
        if not roots:
            return list(self._hits)
        if not all(any(os.path.join(root, "").startswith(scanned) for scanned in self._scanned) for root in roots):
            return None
        inside = tuple(os.path.join(root, "") for root in roots)
        return [path for path in self._hits if os.path.realpath(path).startswith(inside)]

    def _candidates(self, config: Config, roots: Sequence[str]) -> list[str]:
        """The files below the roots that hold a token."""
        known = self._scanned_below(roots)
        if known is not None:
            return known
        scanner = Scanner()
        prefilter = self._prefilter(config)
        for group in Discovery(roots).groups():
            scanner.scan(group.prefix, group.names, prefilter)
        scanner.finish()
        return in_order(scanner.hits)


__all__ = ["Projects", "in_order"]
