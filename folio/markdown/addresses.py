"""What an attribute of raw HTML that holds an address may hold, and the pictures that a `srcset` names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it.common.normalize_url import validateLink

from folio.markdown.walk import names

# Attributes that a browser follows or fetches on some element; the last of them change others in SVG.
FOLLOWED = names(
    "href src action formaction poster data cite ping background longdesc codebase classid icon manifest profile "
    "dynsrc lowsrc to from by values"
)
_CANDIDATE = re.compile(r"[\s,]*+([^\s,]\S*+)((?:\s++[\d.]+[wxh])*+)\s*+")
_UNSEEN = re.compile(r"[\x00-\x20]+")  # browsers overlook it in "java script:"


def is_safe(value: str) -> bool:
    """Say whether no address in an attribute runs a script or holds a page of its own."""
    return all(validateLink(_UNSEEN.sub("", f"{part};")) for part in value.split(";"))


def candidates(srcset: str) -> Iterator[tuple[str, str]]:
    """Yield each address of a `srcset` with what is said of it: "a.jpg 1x, b.jpg 2x" -> ("a.jpg", "1x") and so on."""
    for match in _CANDIDATE.finditer(srcset):
        address = match[1].rstrip(",")
        if address:
            yield address, match[2].strip()


def joined(found: Iterator[tuple[str, str]]) -> str:
    """Write candidates as a `srcset`."""
    return ", ".join(f"{address} {said}".strip() for address, said in found)
