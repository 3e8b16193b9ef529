"""A file that is served unchanged -> its fingerprint, and its bytes if they are few enough to cache in memory.

Called by files.py, in threads.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from folio import inside

SMALL_BYTES = 256 << 10  # pictures on a gallery's page or in an essay fit, those that fill a screen do not
END_BYTES = 65_536  # hashed at each end of a larger file, as to hash all of it would take too long


@dataclass(frozen=True, slots=True)
class Sent:
    """A file's fingerprint, its time of change in seconds since the epoch, and its bytes, b"" if it is large."""

    tag: str
    modified: float
    body: bytes


def sent(root: Path, path: str) -> Sent:
    """Read a file of the author's; its fingerprint, unlike its times, is the same on every machine.

    Raises OSError if it is gone, may not be read, or is a symlink out of `root` by now.
    """
    with inside.opened(root, path) as opened:
        stat = os.fstat(opened.fileno())
        if stat.st_size <= SMALL_BYTES:
            body = opened.read(SMALL_BYTES)
            return Sent(_tag(body), stat.st_mtime, body)
        head = opened.read(END_BYTES)
        opened.seek(stat.st_size - END_BYTES)
        return Sent(_tag(str(stat.st_size).encode(), head, opened.read(END_BYTES)), stat.st_mtime, b"")


def _tag(*pieces: bytes) -> str:
    return hashlib.blake2b(b"".join(pieces), digest_size=12).hexdigest()


def small(made: Path) -> bytes:
    """Return the bytes of a derivative if it is small; b"" if it is large or gone."""
    try:
        return made.read_bytes() if made.stat().st_size <= SMALL_BYTES else b""
    except OSError:
        return b""
