"""Which files can have a finding at all: those whose bytes hold a token that every finding needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lint_plugin.config.settings import Config

# A token that is a word. The n of a line feed in a string (`"\nrun_dir"`) is no part of the word behind it.
_WORD = rb"(?s)(?:(?<!\w)|(?<=\\.))%s(?!\w)"


def tokens(config: Config) -> frozenset[str]:
    """The identifiers of which a file must hold one before it can have a finding.

    Folder attributes, renamed attributes, run roots, recorder classes and factories; the recorder names too
    once `source-roots` is set, for then the recorder's real attributes are known and any other one is a
    finding.
    """
    names = {*config.folder_attributes, *config.renamed_attributes, *config.run_roots}
    names.update(config.recorder_classes, config.recorder_factories)
    names.update(_recorder_names(config))
    return frozenset(name.rpartition(".")[2] for name in names) - {""}


def _recorder_names(config: Config) -> frozenset[str]:
    return frozenset(config.recorder_names if "source-roots" in config.given else ()) - {""}


class Prefilter:
    """Searches bytes for the tokens of one configuration.

    A token counts where it is a word: `run_dir` is not in `dry_run_dirs`.

    Attributes:
        tokens: What is looked for, as UTF-8.
    """

    __slots__ = ("_parts", "tokens")

    def __init__(self, config: Config, more: Iterable[str] = ()) -> None:
        # `_recorder` and `get_recorder` suggest a recorder as `recorder` does.
        loose = {*more, *_recorder_names(config)}
        self._parts = frozenset(name.encode("utf-8") for name in loose)
        every = sorted({*self._parts, *(name.encode("utf-8") for name in tokens(config))})
        self.tokens = tuple(one for one in every if not any(part in one for part in self._parts if part != one))

    def words(self) -> list[str]:
        """What is looked for, as text: a file that holds none of it needs no closer look."""
        return [token.decode() for token in self.tokens]

    def search(self, raw: bytes) -> bool:
        """Whether the bytes of a file hold a token."""
        found = (token for token in self.tokens if token in raw)
        return any(token in self._parts or re.search(_WORD % re.escape(token), raw) for token in found)
