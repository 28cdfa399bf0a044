"""Which files can have a finding at all: those whose bytes hold a token that every finding needs.

A tool over a large tree spends nearly all its time here, so nothing is imported and a file is searched in as
few passes as its tokens allow: `run_folder` and `run_dir` are looked for together as `run_`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lint_plugin.config.settings import Config

# A shorter common part is in too many files: every one of them would be searched again for each token.
_SHORTEST_FACTOR = 4
_WORD = frozenset(b"0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


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
        overlap: Length of the longest token; text that is searched in pieces must have pieces that share one
            byte less than this.
    """

    __slots__ = ("_groups", "_parts", "overlap", "tokens")

    def __init__(self, config: Config, more: Iterable[str] = ()) -> None:
        # `_recorder` and `get_recorder` suggest a recorder as `recorder` does.
        loose = {*more, *_recorder_names(config)}
        self._parts = frozenset(name.encode("utf-8") for name in loose)
        every = sorted({*self._parts, *(name.encode("utf-8") for name in tokens(config))})
        self.tokens = tuple(one for one in every if not any(part in one for part in self._parts if part != one))
        self.overlap = max(map(len, self.tokens), default=0)
        self._groups = tuple(_grouped(self.tokens))

    def words(self) -> list[str]:
        """What is looked for, as text: a file that holds none of it needs no closer look."""
        return [token.decode() for token in self.tokens]

    def search(self, buffer: bytes | bytearray, end: int | None = None) -> bool:
        """Whether `buffer[:end]` holds a token; what lies around it is not known, and may be no letter."""
        find = buffer.find
        for factor, reach, group in self._groups:
            at = find(factor, 0, end)
            if at >= 0:
                start = at - reach if at > reach else 0
                for token in group:
                    at = find(token, start, end)
                    while at >= 0:
                        if self.counts(buffer, token, at, end):
                            return True
                        at = find(token, at + 1, end)
        return False

    def counts(self, buffer: bytes | bytearray, token: bytes, at: int, end: int | None = None) -> bool:
        """Whether a token that stands at an offset of `buffer[:end]` counts there."""
        if token in self._parts:
            return True
        behind = at + len(token)
        following = buffer[behind : behind + 1] if end is None or behind < end else b""
        if following and following[0] in _WORD:
            return False
        # The n of a line feed in a string is no part of the word behind it.
        return at == 0 or buffer[at - 1] not in _WORD or buffer[at - 2 : at - 1] == b"\\"


def _grouped(names: Iterable[bytes]) -> list[tuple[bytes, int, tuple[bytes, ...]]]:
    """Tokens in groups that share a part: (the part, how far before it a token can start, the tokens)."""
    left = list(names)
    groups = []
    while left:
        factor = _shared_factor(left)
        group = tuple(token for token in left if factor in token)
        left = [token for token in left if factor not in token]
        groups.append((factor, max(token.find(factor) for token in group), group))
    return groups


def _shared_factor(names: list[bytes]) -> bytes:
    """The longest part that most tokens have in common; the first token where there is none."""
    shared: dict[bytes, int] = {}
    for token in names:
        parts = {token[start:end] for start in range(len(token)) for end in range(start + _SHORTEST_FACTOR, len(token) + 1)}
        for part in parts:
            shared[part] = shared.get(part, 0) + 1
    best = max(shared, key=lambda part: (shared[part], len(part), part), default=b"")
    return best if shared.get(best, 0) > 1 else names[0]
