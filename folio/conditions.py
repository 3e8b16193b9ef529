"""What a request insists on, against the answer that it would get: If-Match and If-Unmodified-Since (RFC 9110 §13).

Rare where nothing can be written, so the ready answers leave these to the edge, which sees every other one.
"""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import parsedate_to_datetime

INSISTING = (b"if-match", b"if-unmodified-since")

Headers = Iterable[tuple[bytes, bytes]]


def unmet(asked: Headers, answered: Headers) -> bool:
    """Say whether an answer is not what was insisted on. A date that is none says nothing."""
    wanted = {name: value for name, value in asked if name in INSISTING}
    if not wanted:
        return False
    has = {name.lower(): value for name, value in answered}
    if tags := wanted.get(b"if-match"):
        known = {tag.strip() for tag in tags.split(b",")}  # strongly: a tag with W/ is never the same
        return tags.strip() != b"*" and has.get(b"etag") not in known
    try:
        until, changed = (
            parsedate_to_datetime(one.decode("latin-1")) for one in (wanted[INSISTING[1]], has[b"last-modified"])
        )
        return changed > until
    except (KeyError, ValueError, TypeError):  # the last: one of them without a zone
        return False
