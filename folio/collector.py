"""Python's cyclic collector, told to wait while much is read that stays: looking at it again and again takes long.

Whoever reads very much freezes it at the end, or the next look at all of it holds everybody up for 0.3 s. Whoever lets
go of very much gives it back.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """Let the collector wait meanwhile, and go on if it ran before."""
    ran = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if ran:
            gc.enable()


def give_back() -> None:
    """Give free memory back to the system: glibc, where it is the C library, keeps what lies between other things."""
    with contextlib.suppress(ImportError, MemoryError, OSError, AttributeError):  # a sandbox, or another C library
        import ctypes

        ctypes.CDLL(None).malloc_trim(0)
