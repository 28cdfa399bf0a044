"""Which files can have a finding at all: those whose bytes hold a token that every finding needs.

A tool over a large tree spends nearly all its time here, so nothing is imported and a file is searched in as
few passes as its tokens allow: `run_folder` and `run_dir` are looked for together as `run_`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lint_plugin.config import Config

# A shorter common part is in too many files: every one of them would be searched again for each token.
_SHORTEST_FACTOR = 4


def tokens(config: Config) -> frozenset[str]:
    """The identifiers of which a file must hold one before it can have a finding.

    Folder attributes, renamed attributes, run roots, recorder classes and factories; the recorder names too
    once `source-roots` is set, for then the recorder's real attributes are known and any other one is a
    finding.
    """
    names = {*config.folder_attributes, *config.renamed_attributes, *config.run_roots}
    names.update(config.recorder_classes, config.recorder_factories)
    if "source-roots" in config.given:
        names.update(config.recorder_names)
    return frozenset(name.rpartition(".")[2] for name in names) - {""}


class Prefilter:
    """Searches bytes for the tokens of one configuration.

    Attributes:
        tokens: What is looked for, as UTF-8, without those that contain another one.
        overlap: Length of the longest token; text that is searched in pieces must have pieces that share one
            byte less than this.
    """

    __slots__ = ("groups", "overlap", "tokens")

    def __init__(self, config: Config, more: Iterable[str] = ()) -> None:
        every = sorted(name.encode("utf-8") for name in {*tokens(config), *more})
        self.tokens = tuple(one for one in every if not any(other in one for other in every if other != one))
        self.overlap = max(map(len, self.tokens), default=0)
        self.groups = tuple(_grouped(self.tokens))

    def search(self, buffer: bytes | bytearray, end: int | None = None) -> bool:
        """Whether `buffer[:end]` holds a token."""
        find = buffer.find
        for factor, reach, group in self.groups:
            at = find(factor, 0, end)
            if at >= 0:
                start = at - reach if at > reach else 0
                for token in group:
                    if find(token, start, end) >= 0:
                        return True
        return False


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
        parts = {
            token[start:end]
            for start in range(len(token))
            for end in range(start + _SHORTEST_FACTOR, len(token) + 1)
        }
        for part in parts:
            shared[part] = shared.get(part, 0) + 1
    best = max(shared, key=lambda part: (shared[part], len(part), part), default=b"")
    return best if shared.get(best, 0) > 1 else names[0]
