"""File descriptors: how many this process may have, and how many of them are left.

Connections and files that are being sent take them; protocol.py and answers.py leave some for everything else.
"""

from __future__ import annotations

import contextlib
import errno
import sys


def most() -> int:
    """Return how many this process may have."""
    with contextlib.suppress(ImportError):  # a system without the module has no such limit
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY:
            return soft
    return sys.maxsize


def left_after(descriptor: int) -> int:
    """Return how many may be left at most when this one has just been opened: the lowest that is free is taken."""
    return most() - descriptor - 1


def are_used_up(error: OSError) -> bool:
    """Say whether something failed for want of a descriptor, of this process or of the whole machine."""
    return error.errno in (errno.EMFILE, errno.ENFILE)
