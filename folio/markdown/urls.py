"""markdown-it-py's two slow looks at a link's address, with a quick answer for those that need no work.

Nine of ten addresses are of plain characters: they end at the bracket and are normal already. The others, and all that
could be wrong, go to the library.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from markdown_it import helpers
from markdown_it.common import normalize_url

_PLAIN = re.compile(r"[\w/.:#?=+,@~-]+(?=[)\s])", re.ASCII)
_NORMAL = re.compile(r"(?:https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?=[/?#]|$))?[\w/.#?=+,@~-]*", re.ASCII)


class Destination(NamedTuple):
    """A destination as the library's rules want it: read or not, where it ends, what it says."""

    ok: bool
    pos: int
    str: str


def destination(text: str, start: int, end: int) -> Destination:
    """Read the destination of a link that begins at `start`."""
    plain = _PLAIN.match(text, start, end)
    if plain:
        return Destination(True, plain.end(), plain[0])
    found = helpers.parseLinkDestination(text, start, end)
    return Destination(found.ok, found.pos, found.str)


def normal(url: str) -> str:
    """Percent-encode what an address may not hold as it is."""
    return url if _NORMAL.fullmatch(url) else normalize_url.normalizeLink(url)
