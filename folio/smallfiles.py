"""A file as it is -> its fingerprint, and its bytes where they are few enough to be kept in memory.

Called by files.py, in threads.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from folio import inside

SMALL_BYTES = 256 << 10  # a picture of a gallery's page or of an essay, not one that fills a screen
END_BYTES = 65_536  # hashed at each end of a larger one, of which nobody wants to wait for the whole


@dataclass(frozen=True, slots=True)
class Sent:
    """What is sent of a file: its fingerprint, when it was changed in seconds since the epoch, its bytes if few."""

    tag: str
    modified: float
    body: bytes


def sent(root: Path, path: str) -> Sent:
    """Read a file of the writer's; its fingerprint is the same on every machine, unlike its times.

    Raises OSError when it is gone, not ours to read, or a link out of `root` by now.
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
    """Read a made thing if it is small; return nothing of any other, and of one that is gone."""
    try:
        return made.read_bytes() if made.stat().st_size <= SMALL_BYTES else b""
    except OSError:
        return b""
