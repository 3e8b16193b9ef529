"""Patterns of addresses, such as "/:year/:month/:slug", filled in with what a page says of itself.

The tokens are Hugo's and Jekyll's. config.py checks the patterns of site.toml, fields.py those of a page's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from folio import dates, slugs
from folio.dates import Date

TOKENS = (
    "year", "short_year", "month", "i_month", "monthname", "day", "i_day", "slug", "title", "filename", "name",
    "contentbasename", "section", "sections", "categories", "output_ext",
)  # fmt: skip
_NAMING = frozenset(("slug", "title", "filename", "name", "contentbasename"))
_OPTIONAL = frozenset(("categories", "sections", "output_ext"))  # these may be empty
_TOKEN = re.compile(r":([A-Za-z_]+)")


def section_of(path: str) -> str:
    """Name the folder whose pattern a page follows: "essays/x.md" -> "essays", "_posts/x.md" -> "posts"."""
    return path.partition("/")[0].removeprefix("_") if "/" in path else ""


def is_pattern(address: str) -> bool:
    """Say whether an address has parts to be filled in."""
    return _TOKEN.search(address) is not None


def check(pattern: str) -> str:
    """Return a pattern that can be filled in. Raises ValueError naming what it does not know, and what it does."""
    for token in _TOKEN.findall(pattern):
        if token not in TOKENS:
            raise ValueError(f":{token} is not a part of an address (known: {', '.join(':' + t for t in TOKENS)})")
    if "//" in pattern or ".." in pattern.split("/"):
        raise ValueError("write a path such as /about, without .. or //")
    return pattern


def check_for_many(pattern: str) -> str:
    """Check a pattern that several pages share: it must tell them apart. Raises ValueError with the remedy."""
    if _NAMING.isdisjoint(_TOKEN.findall(check(pattern))):
        raise ValueError(f"{pattern!r} is one address for every page (write /:year/:slug)")
    return pattern


def parts_of(path: str, date: Date | None, slug: str, title: str, categories: Sequence[str]) -> dict[str, str]:
    """Collect what a page can fill a pattern with; what it lacks is "".

    `slug` is its own, "" for that of the file name. `:title` is the title's words, but in Jekyll's `_posts` the file
    name's, as there.
    """
    folders = [part for part in path.split("/")[:-1] if part != "_posts"]
    stem = slugs.stem(path)
    bare = slugs.slug(slug or dates.from_name(stem)[1] or stem)
    title = bare if "_posts" in path.split("/") else slugs.slug(title).lower()
    month, day = (date.month, date.day) if date else (None, None)
    return {
        "year": f"{date.year:04}" if date else "",
        "short_year": f"{date.year % 100:02}" if date else "",
        "month": f"{month:02}" if month else "",
        "i_month": str(month or ""),
        "monthname": dates.MONTHS[month - 1].lower() if month else "",
        "day": f"{day:02}" if day else "",
        "i_day": str(day or ""),
        "slug": bare,
        "title": title,
        "filename": stem,
        "name": stem,
        "contentbasename": stem,
        "section": folders[0] if folders else "",
        "sections": "/".join(folders),
        "categories": "/".join(categories).lower(),
        "output_ext": "",
    }


def fill(pattern: str, parts: Mapping[str, str]) -> str:
    """Fill in a checked pattern: "/:year/:slug/" -> "/2026/on-cats". Raises ValueError naming a part that it lacks."""
    for token in _TOKEN.findall(pattern):
        if not parts[token] and token not in _OPTIONAL:
            raise ValueError(f"the page has no {token} for {pattern!r}; its address is its place in the tree")
    return path_of(_TOKEN.sub(lambda found: parts[found[1]], pattern))


def path_of(address: str) -> str:
    """Spell the path of an address as a URL of ours: "pages/About us.html" -> "/pages/About-us"."""
    address = re.sub(r"(?:^|/)index\.html?$|\.html?$", "", address.rstrip("/"))
    return "/" + "/".join(slugs.slug(part) for part in address.split("/") if part)
