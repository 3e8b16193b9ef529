"""The compressed bodies of pages: in memory when just read, later in a file from which each is read on demand.

remembered.py writes that file. In memory, the texts would be most of what a large site takes.
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
    """An open file of bodies. It stays readable when deleted or replaced, for as long as a Body refers to it.

    Each body is checked against its digest when read, so damage to the file is noticed.
    """

    def __init__(self, file: int, again: Callable[[bytes], bytes]) -> None:
        """Duplicate the descriptor `file`; `again` finds a packed body by its digest, or raises MakeFailed."""
        self._file = os.dup(file)
        self._again = again
        weakref.finalize(self, os.close, self._file)

    def read(self, at: int, length: int, digest: bytes) -> bytes:
        """Return the packed body with this digest: from the file, or through `again` if the file is damaged."""
        with contextlib.suppress(OSError):
            if digest_of(packed := os.pread(self._file, length, at)) == digest:
                return packed
        return self._again(digest)


Place = tuple[Volume, int, int]  # file, offset and length in bytes


class Body:
    """The Markdown of a page without front matter, title and date line; falsy if blank, equal to others of equal text.

    `place` is the packed text while it is only in memory, later its place in a file.
    """

    __slots__ = ("digest", "place")

    def __init__(self, place: bytes | Place, digest: bytes) -> None:
        self.place = place
        self.digest = digest

    @classmethod
    def of(cls, text: str) -> Body:
        """Compress a text to about half its size; 8 KB take about 60 µs."""
        if not text or text.isspace():
            return NOTHING
        # Quality 1 would take a fifth more time, to pack and to unpack, for 3 % fewer bytes.
        packed = brotli.compress(text.encode("utf-8", "surrogatepass"), quality=0)
        return cls(packed, digest_of(packed))

    @property
    def text(self) -> str:
        """The original text, read and unpacked at each access (about 50 µs for 8 KB), so access it once."""
        return unpacked(self.packed)

    @property
    def packed(self) -> bytes:
        """The packed text. Raises MakeFailed if its file is damaged and the page's own file has changed by now.

        That lasts until the content is next read.
        """
        place = self.place  # read once: another thread may change it
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
    """Return the digest that identifies a packed body."""
    return blake2b(packed, digest_size=16).digest()


NOTHING = Body(b"", digest_of(b""))
