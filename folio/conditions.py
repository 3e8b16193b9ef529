"""Check the preconditions If-Match and If-Unmodified-Since (RFC 9110 §13) against the response a request would get.

These are rare on a read-only site, so pagecache.py does not answer such requests from memory; edge.py checks them.
"""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import parsedate_to_datetime

INSISTING = (b"if-match", b"if-unmodified-since")

Headers = Iterable[tuple[bytes, bytes]]


def unmet(asked: Headers, answered: Headers) -> bool:
    """Say whether the response headers `answered` fail a precondition in `asked`. An invalid date is ignored."""
    wanted = {name: value for name, value in asked if name in INSISTING}
    if not wanted:
        return False
    has = {name.lower(): value for name, value in answered}
    if tags := wanted.get(b"if-match"):
        known = {tag.strip() for tag in tags.split(b",")}  # strong comparison: a weak tag (W/) never matches
        return tags.strip() != b"*" and has.get(b"etag") not in known
    try:
        until, changed = (
            parsedate_to_datetime(one.decode("latin-1")) for one in (wanted[INSISTING[1]], has[b"last-modified"])
        )
        return changed > until
    except (KeyError, ValueError, TypeError):  # TypeError: only one of the dates has a time zone
        return False
