"""The plain text of a page, by headings, stored in the index for phrase search, snippets and places.

Not compressed: a phrase is searched in some hundred pages, and unpacking one took four times as long as searching it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

CHARACTERS = 200_000  # of a page that are stored; all of it is indexed
_PART, _FIELD = "\x1e", "\x1f"  # separators; parsed texts never hold them


class Part(NamedTuple):
    """The text under one heading; `id` and `heading` are "" before the first."""

    id: str
    heading: str
    text: str


def pack(parts: Sequence[Part]) -> bytes:
    """Pack the parts of a text, at most CHARACTERS of it."""
    text = _PART.join(_FIELD.join((part.id, part.heading, part.text)) for part in parts)
    return text[:CHARACTERS].encode("utf-8", "replace")


def unpack(packed: bytes) -> tuple[Part, ...]:
    """Return the parts that `pack` was given. Raises UnicodeDecodeError or ValueError on bytes it did not make."""
    parts = [part.split(_FIELD) for part in packed.decode().split(_PART)]
    parts[-1] += [""] * (3 - len(parts[-1]))  # `pack` may have cut the last part
    return tuple(Part(*part) for part in parts)
