"""What one run is asked to do with each file, as plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
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

    mode: str = "fix"
    unsafe: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    unused_noqa: bool = False
    only: tuple[str, int] | None = None
