"""The flake8 plugin: the same findings as `recorder-fix --check`, in the same columns.

flake8 hands over a tree and the lines, already decoded; a file without a token costs one search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lint_plugin import __version__
from lint_plugin.config.reading import BAD_CONFIGURATION, ConfigError, Resolver
from lint_plugin.config.settings import Config
from lint_plugin.source.prefilter import Prefilter

if TYPE_CHECKING:
    import argparse
    import ast
    from collections.abc import Iterator, Sequence
    from typing import ClassVar

    from flake8.options.manager import OptionManager

    from lint_plugin.facts import Facts


class RecorderChecker:
    """One file in one flake8 run."""

    name = "recorder-toolkit"
    version = __version__

    _resolver: Resolver | None = None
    _config_file: str | None = None
    _use_noqa = True
    _has_option = False
    _prefilters: ClassVar[dict[Config, Prefilter]] = {}
    _facts: ClassVar[dict[tuple[str, tuple[str, ...]], Facts]] = {}

    def __init__(self, tree: ast.Module, filename: str, lines: Sequence[str]) -> None:
        self._tree = tree
        self._filename = filename
        self._lines = lines

    @classmethod
    def add_options(cls, manager: OptionManager) -> None:
        """Add `--recorder-config`."""
        if cls._has_option:  # also registered as a local plugin
            return
        cls._has_option = True
        manager.add_option(
            "--recorder-config",
            metavar="FILE",
            default=None,
            normalize_paths=True,
            parse_from_config=True,
            help="pyproject.toml whose [tool.recorder] table holds for every file (default: the nearest one above each)",
        )

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Take over the options."""
        cls._config_file = options.recorder_config
        cls._use_noqa = not options.disable_noqa
        try:
            cls._resolver = Resolver(cls._config_file)
            # The table that holds here is read once, before flake8 starts its processes.
            cls._resolver.for_file("_")
        except ConfigError as error:
            raise SystemExit(f"flake8: {error.place}: {error.message}") from None

    def run(self) -> Iterator[tuple[int, int, str, type[RecorderChecker]]]:
        """Every finding as flake8 wants it: line from 1, column from 0, text that starts with the code."""
        try:
            config = self._config()
        except ConfigError as error:  # of a folder further down: its files cannot be checked
            yield 1, 0, f"{BAD_CONFIGURATION} {error.place}: {error.message}", type(self)
            return
        raw = "".join(self._lines).encode("utf-8", "surrogatepass")
        if not self._prefilter(config).search(raw):
            return
        from lint_plugin.flake8_findings import findings

        for line, column, text in findings(self._tree, self._filename, raw, config, self._use_noqa, self._facts):
            yield line, column, text, type(self)

    def _config(self) -> Config:
        """What holds for this file."""
        cls = type(self)
        if cls._resolver is None:
            cls._resolver = Resolver(cls._config_file)
        return cls._resolver.for_file(self._filename)

    def _prefilter(self, config: Config) -> Prefilter:
        known = self._prefilters.get(config)
        if known is None:
            known = self._prefilters[config] = Prefilter(config)
        return known
