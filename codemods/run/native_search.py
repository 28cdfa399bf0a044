"""Searches a buffer with the C library: `memmem` is three times as fast as `bytes.find`, glibc's `strstr` ten times."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    # What is looked for, from where, and up to where.
    Find = Callable[[bytes, int, int], int]


def native_search(buffer: bytearray) -> Callable[[int], Find]:
    """A function that takes the number of bytes in use, less than the buffer has, and returns a `buffer.find`
    for searches that end there.

    What it returns holds until the buffer changes; the byte behind those in use is overwritten. The buffer cannot
    change its size as long as the function is there. As a last resort it is `buffer.find` itself.
    """
    try:
        import ctypes

        # PyDLL does not let other threads run meanwhile: a search takes microseconds, handing over costs
        # more.
        library = ctypes.PyDLL(None)
        memmem, strstr = library.memmem, library.strstr
        address = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    except (ImportError, OSError, AttributeError):  # a Python without ctypes, a C library without memmem
        return lambda used: buffer.find
    memmem.restype = strstr.restype = ctypes.c_void_p
    memmem.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t)
    strstr.argtypes = (ctypes.c_void_p, ctypes.c_char_p)
    has_fast_strstr = _has_fast_strstr()

    def find(part: bytes, start: int, end: int) -> int:
        at: int | None = memmem(address + start, end - start, part, len(part))
        return -1 if at is None else at - address

    def find_in_text(part: bytes, start: int, end: int) -> int:
        at: int | None = strstr(address + start, part)
        return -1 if at is None else at - address

    def search(used: int) -> Find:
        # strstr stops at the first null character; source has none.
        if not has_fast_strstr or buffer.find(0, 0, used) >= 0:
            return find
        buffer[used] = 0
        return find_in_text

    return search


def _has_fast_strstr() -> bool:
    """Whether `strstr` compares many bytes at once: glibc's does so on this architecture only."""
    if os.uname().machine != "x86_64":
        return False
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (ValueError, OSError):  # another C library
        return False
