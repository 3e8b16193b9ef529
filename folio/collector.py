"""Pause Python's garbage collector while many long-lived objects are created: repeated passes over them take long.

Code that creates very many calls `gc.freeze()` at the end, or the next full collection blocks the process for 0.3 s.
Code that drops very many calls `give_back()`.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """Disable the garbage collector within; enable it again afterwards if it was enabled."""
    ran = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if ran:
            gc.enable()


def give_back() -> None:
    """Return free memory to the system where the C library is glibc, which keeps what lies between live blocks."""
    with contextlib.suppress(ImportError, MemoryError, OSError, AttributeError):  # a sandbox, or another C library
        import ctypes

        ctypes.CDLL(None).malloc_trim(0)
