"""What is kept of a page beside its terms: its plain text by headings, for phrases, snippets and places.

Not compressed: a phrase is looked for in some hundred pages, and unpacking one took four times as long as looking.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

CHARACTERS = 200_000  # of a page that are kept; all of it is indexed
_PART, _FIELD = "\x1e", "\x1f"  # which no text that is parsed has


class Part(NamedTuple):
    """What stands under one heading; `id` and `heading` are "" before the first."""

    id: str
    heading: str
    text: str


def pack(parts: Sequence[Part]) -> bytes:
    """Pack the parts of a text, at most CHARACTERS of it."""
    text = _PART.join(_FIELD.join((part.id, part.heading, part.text)) for part in parts)
    return text[:CHARACTERS].encode("utf-8", "replace")


def unpack(packed: bytes) -> tuple[Part, ...]:
    """Return what `pack` was given. Raises UnicodeDecodeError or ValueError on bytes that it did not make."""
    parts = [part.split(_FIELD) for part in packed.decode().split(_PART)]
    parts[-1] += [""] * (3 - len(parts[-1]))  # where the text was cut
    return tuple(Part(*part) for part in parts)
