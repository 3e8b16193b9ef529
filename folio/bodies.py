"""The bodies of pages, packed: in memory when they have just been read, and later in the file that remembers them.

remembered.py writes them down; from then on each is read there whenever somebody asks for it. The texts of a large site
would be most of its memory.
"""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import brotli


class Volume:
    """An open file of bodies. Whoever deletes or replaces it takes nothing away: it lasts as long as a body lies in it.

    Whoever damages it is found out, for each body is checked as it is read.
    """

    def __init__(self, file: int, again: Callable[[bytes], bytes]) -> None:
        """Keep a descriptor of our own of `file`; `again` finds a packed body by its digest, or raises MakeFailed."""
        self._file = os.dup(file)
        self._again = again
        weakref.finalize(self, os.close, self._file)

    def read(self, at: int, length: int, digest: bytes) -> bytes:
        """Return the packed body that was written there."""
        with contextlib.suppress(OSError):
            if digest_of(packed := os.pread(self._file, length, at)) == digest:
                return packed
        return self._again(digest)


Place = tuple[Volume, int, int]  # a file, the place in it, and the length in bytes


class Body:
    """The Markdown of a page without front matter, title and date line; false where there are blanks alone.

    Two of the same text are equal. `place` is where it lies, or itself, packed, while that is in memory alone.
    """

    __slots__ = ("digest", "place")

    def __init__(self, place: bytes | Place, digest: bytes) -> None:
        self.place = place
        self.digest = digest

    @classmethod
    def of(cls, text: str) -> Body:
        """Pack a text: half of its bytes, for about 60 µs where it has 8 KB."""
        if not text or text.isspace():
            return NOTHING
        # Quality 1 would take a fifth more time, to pack and to unpack, for 3 % fewer bytes.
        packed = brotli.compress(text.encode("utf-8", "surrogatepass"), quality=0)
        return cls(packed, digest_of(packed))

    @property
    def text(self) -> str:
        """What `of` was given, read and unpacked each time, so ask once: about 50 µs for 8 KB."""
        return unpacked(self.packed)

    @property
    def packed(self) -> bytes:
        """The packed text. Raises MakeFailed when its file is damaged and that of the page says something else by now.

        The next reading of the content ends that.
        """
        place = self.place  # another thread may change it meanwhile
        return place if isinstance(place, bytes) else place[0].read(*place[1:], self.digest)

    def __bool__(self) -> bool:
        return self.digest != NOTHING.digest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Body) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> tuple[Any, ...]:
        return Body, (self.packed, self.digest)


def unpacked(packed: bytes) -> str:
    """Return the text of a packed body."""
    return brotli.decompress(packed).decode("utf-8", "surrogatepass") if packed else ""


def digest_of(packed: bytes) -> bytes:
    """Name a packed body by its bytes."""
    return blake2b(packed, digest_size=16).digest()


NOTHING = Body(b"", digest_of(b""))
