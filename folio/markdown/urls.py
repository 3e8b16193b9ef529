"""markdown-it-py's two slow functions for a link's address, with a fast path for addresses that need no work.

Nine of ten addresses are of plain characters: they end at the bracket and are normalised already. All others are left
to the library.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from markdown_it import helpers
from markdown_it.common import normalize_url

_PLAIN = re.compile(r"[\w/.:#?=+,@~-]+(?=[)\s])", re.ASCII)
_NORMAL = re.compile(r"(?:https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?=[/?#]|$))?[\w/.#?=+,@~-]*", re.ASCII)


class Destination(NamedTuple):
    """A link's destination in the form the library's rules expect: whether there is one, its end, its text."""

    ok: bool
    pos: int
    str: str


def destination(text: str, start: int, end: int) -> Destination:
    """Parse the link destination that begins at `start`."""
    plain = _PLAIN.match(text, start, end)
    if plain:
        return Destination(True, plain.end(), plain[0])
    found = helpers.parseLinkDestination(text, start, end)
    return Destination(found.ok, found.pos, found.str)


def normal(url: str) -> str:
    """Percent-encode the characters that a URL may not hold."""
    return url if _NORMAL.fullmatch(url) else normalize_url.normalizeLink(url)
