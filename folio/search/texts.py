"""What is kept of a page beside its terms: its plain text by headings, packed, for phrases, snippets and places."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

CHARACTERS = 200_000  # of a page that are kept; all of it is indexed
_PART, _FIELD = "\x1e", "\x1f"  # which no text that is parsed has


@dataclass(frozen=True, slots=True)
class Part:
    """What stands under one heading; `id` and `heading` are "" before the first."""

    id: str
    heading: str
    text: str


def pack(parts: Sequence[Part]) -> bytes:
    """Pack the parts of a text, at most CHARACTERS of it."""
    text = _PART.join(_FIELD.join((part.id, part.heading, part.text)) for part in parts)
    return zlib.compress(text[:CHARACTERS].encode("utf-8", "replace"), 1)


def unpack(packed: bytes) -> tuple[Part, ...]:
    """Return what `pack` was given. Raises zlib.error or UnicodeDecodeError on bytes that it did not make."""
    text = zlib.decompress(packed).decode()
    return tuple(Part(*(part + 2 * _FIELD).split(_FIELD)[:3]) for part in text.split(_PART))
