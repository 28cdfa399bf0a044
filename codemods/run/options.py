"""What one run is asked to do with each file, as plain data.

Every run builds one, so this module imports nothing: no dataclasses, no typing.
"""

from __future__ import annotations


class Options:
    """The part of the command line that the work on one file depends on.

    Attributes:
        mode: `check` (report only) or `fix` (also compute the new bytes; writing them is the caller's business).
        unsafe: Take unsafe fixes too.
        select: Codes or prefixes of codes to report and fix; empty means what the configuration says.
        ignore: Codes or prefixes of codes to leave out, added to those of the configuration.
        unused_noqa: Also look for `# noqa` comments that silence nothing.
        only: The code and start (as in `Finding`) of the one finding to fix, where not all are to be fixed.
    """

    __slots__ = ("ignore", "mode", "only", "select", "unsafe", "unused_noqa")

    def __init__(
        self,
        mode: str = "fix",
        unsafe: bool = False,
        select: tuple[str, ...] = (),
        ignore: tuple[str, ...] = (),
        unused_noqa: bool = False,
        only: tuple[str, int] | None = None,
    ) -> None:
        self.mode = mode
        self.unsafe = unsafe
        self.select = select
        self.ignore = ignore
        self.unused_noqa = unused_noqa
        self.only = only

    def key(self) -> tuple[object, ...]:
        """Everything in it, for comparing."""
        return self.mode, self.unsafe, self.select, self.ignore, self.unused_noqa, self.only

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Options) and self.key() == other.key()

    def __hash__(self) -> int:
        return hash(self.key())

    def __repr__(self) -> str:
        return "Options(mode={!r}, unsafe={!r}, select={!r}, ignore={!r}, unused_noqa={!r}, only={!r})".format(*self.key())
