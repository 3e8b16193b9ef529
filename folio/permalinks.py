"""Permalink patterns such as "/:year/:month/:slug", filled in from a page's metadata.

The tokens are Hugo's and Jekyll's. config.py checks the patterns in site.toml, fields.py those in front matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from folio import dates, slugs
from folio.dates import Date

TOKENS = (
    "year", "short_year", "month", "i_month", "monthname", "day", "i_day", "slug", "title", "filename", "name",
    "contentbasename", "section", "sections", "categories", "output_ext",
)  # fmt: skip
_NAMING = frozenset(("slug", "title", "filename", "name", "contentbasename"))
_OPTIONAL = frozenset(("categories", "sections", "output_ext"))  # these may be empty
_TOKEN = re.compile(r":([A-Za-z_]+)")
_TEMPLATE = re.compile(r"\{\{-?\s*([^{}|]+?)\s*(?:\|[^{}]*)?\}\}")  # as Eleventy has it
_ELEVENTY = MappingProxyType({"page.fileSlug": ":slug", "page.filePathStem": ":sections/:slug", "title": ":title"})


def section_of(path: str) -> str:
    """Return the folder whose pattern a page follows: "essays/x.md" -> "essays", "_posts/x.md" -> "posts"."""
    return path.partition("/")[0].removeprefix("_") if "/" in path else ""


def translated(address: str) -> str:
    """Turn Eleventy's "/blog/{{ page.fileSlug }}/" into "/blog/:slug/". Raises ValueError for what has no such name."""

    def token(found: re.Match[str]) -> str:
        if found[1] in _ELEVENTY:
            return _ELEVENTY[found[1]]
        raise ValueError(f"{found[0]} is not a part of an address (write :year, :slug or :title)")

    address = _TEMPLATE.sub(token, address)
    if "{{" in address or "{%" in address:
        raise ValueError("write a path such as /about")
    return address


def is_pattern(address: str) -> bool:
    """Say whether an address has tokens to be filled in."""
    return _TOKEN.search(address) is not None


def check(pattern: str) -> str:
    """Return a valid pattern as it is. Raises ValueError for "..", "//" and unknown tokens, naming the known ones."""
    for token in _TOKEN.findall(pattern):
        if token not in TOKENS:
            raise ValueError(f":{token} is not a part of an address (known: {', '.join(':' + t for t in TOKENS)})")
    if "//" in pattern or ".." in pattern.split("/"):
        raise ValueError("write a path such as /about, without .. or //")
    return pattern


def check_for_many(pattern: str) -> str:
    """Check a pattern that several pages share, which must tell them apart. Raises ValueError with the remedy."""
    if _NAMING.isdisjoint(_TOKEN.findall(check(pattern))):
        raise ValueError(f"{pattern!r} is one address for every page (write /:year/:slug)")
    return pattern


def parts_of(path: str, date: Date | None, slug: str, title: str, categories: Sequence[str]) -> dict[str, str]:
    """Return a page's value for every token, "" where it has none.

    `slug` is that of its front matter; if "", the file name's is used. `:title` is made of the title, but in `_posts`,
    as in Jekyll, of the file name.
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
    """Fill in a checked pattern: "/:year/:slug/" -> "/2026/on-cats". Raises ValueError naming a missing value."""
    for token in _TOKEN.findall(pattern):
        if not parts[token] and token not in _OPTIONAL:
            raise ValueError(f"the page has no {token} for {pattern!r}; its address is its place in the tree")
    return path_of(_TOKEN.sub(lambda found: parts[found[1]], pattern))


def path_of(address: str) -> str:
    """Return an address in the spelling of our URLs: "pages/About us.html" -> "/pages/About-us"."""
    address = re.sub(r"(?:^|/)index\.html?$|\.html?$", "", address.rstrip("/"))
    return "/" + "/".join(slugs.slug(part) for part in address.split("/") if part)
