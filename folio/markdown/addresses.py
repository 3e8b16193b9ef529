"""Checks for the addresses in attributes of raw HTML, and a parser for `srcset`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it.common.normalize_url import validateLink

from folio.markdown.walk import names

# Attributes that a browser follows or fetches on some element; the last four set other attributes in SVG.
FOLLOWED = names(
    "href src action formaction poster data cite ping background longdesc codebase classid icon manifest profile "
    "dynsrc lowsrc to from by values"
)
_CANDIDATE = re.compile(r"[\s,]*+([^\s,]\S*+)((?:\s++[\d.]+[wxh])*+)\s*+")
_UNSEEN = re.compile(r"[\x00-\x20]+")  # browsers ignore it in "java script:"


def is_safe(value: str) -> bool:
    """Return True if no address in an attribute is a script (`javascript:`) or a page of its own (`data:`)."""
    return all(validateLink(_UNSEEN.sub("", f"{part};")) for part in value.split(";"))


def candidates(srcset: str) -> Iterator[tuple[str, str]]:
    """Yield each address of a `srcset` with its descriptor: "a.jpg 1x, b.jpg" -> ("a.jpg", "1x"), ("b.jpg", "")."""
    for match in _CANDIDATE.finditer(srcset):
        address = match[1].rstrip(",")
        if address:
            yield address, match[2].strip()


def joined(found: Iterator[tuple[str, str]]) -> str:
    """Write candidates as a `srcset`."""
    return ", ".join(f"{address} {said}".strip() for address, said in found)
