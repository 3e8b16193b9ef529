"""Pages and photographs -> who may see them, and in which order; tags. The only filter and the only order. Pure."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from folio import dates, slugs
from folio.content import Page, Photo, Visibility

Dated = TypeVar("Dated", Page, Photo)
VISIBLE = ("public", "unlisted")  # the states that anyone who has the address may open


by_url = attrgetter("url")


class Tag(NamedTuple):
    """A tag and its public pages, newest first; `name` is its most frequent spelling."""

    name: str
    slug: str
    url: str
    pages: tuple[Page, ...]


def state_of(page: Page, now: dt.datetime) -> str:
    """Return the visibility of a page at a moment: "public", "unlisted", "draft", "scheduled" or "expired".

    A page is scheduled until the later of its `date` and its `publishDate`.
    """
    if page.visibility is Visibility.DRAFT:
        return "draft"
    if page.expires and not dates.is_later(page.expires, now):
        return "expired"
    start = begins(page, now)
    if (start and dates.is_later(start, now)) or (page.opens and dates.is_later(page.opens, now)):
        return "scheduled"
    return "public" if page.visibility is Visibility.PUBLISHED else "unlisted"


def begins(page: Page, now: dt.datetime) -> dt.datetime | None:
    """Return the first moment of a page's date; None without a date, or for one before last year, as most are."""
    return page.date.start(now.tzinfo) if page.date and page.date.year >= now.year - 1 else None


def newest(things: Iterable[Dated]) -> tuple[Dated, ...]:
    """Sort pages or photographs newest first; those of one date by path, undated ones last."""
    by_path = sorted(things, key=lambda thing: thing.path)
    return tuple(sorted(by_path, key=lambda thing: dates.key(thing.date), reverse=True))


def recency(page: Page) -> tuple[float | str, ...]:
    """Return the sort key of `newest`."""
    return (*(-part for part in dates.key(page.date)), page.path)


def parent_url(url: str) -> str:
    """Return the URL of the folder that a thing lies in: "/a/b" -> "/a", "/a" -> "/"."""
    return url.rpartition("/")[0] or "/"


def top_of(page: Page) -> str:
    """Return the name of the top-level folder that a page belongs to; at the root, its own."""
    return page.section or page.url.split("/")[1]


def folder_of(page: Page) -> str:
    """Return the URL of the folder that lists a page: the one above its URL, or its section's if that is elsewhere.

    A pattern for the URLs of a section ("/:year/:slug") may put its pages anywhere.
    """
    top = top_of(page)
    return parent_url(page.url) if page.url.split("/")[1] == top else f"/{top}"


def in_order(pages: Iterable[Page]) -> tuple[Page, ...]:
    """Order a folder's pages, which are given newest first, as they are shown: by weight, by date, by title."""
    listed = tuple(pages)
    weighed = sorted((p for p in listed if p.weight is not None), key=lambda p: (p.weight, p.title.casefold()))
    dated = [p for p in listed if p.weight is None and p.date]
    rest = sorted((p for p in listed if p.weight is None and not p.date), key=lambda p: (p.title.casefold(), p.path))
    return (*weighed, *dated, *rest)


def standing(page: Page) -> tuple[Any, ...]:
    """Return the sort key of `in_order`."""
    if page.weight is not None:
        return (0, page.weight, page.title.casefold(), *recency(page))
    return (1, *recency(page)) if page.date else (2, page.title.casefold(), page.path)


def exchanged(
    pages: tuple[Page, ...], old: Page | None, new: Page | None, order: Callable[[Page], Any]
) -> tuple[Page, ...]:
    """Remove `old` from pages sorted by `order`, insert `new`, or both. Raises LookupError if `old` is not there."""
    if old:
        at = bisect_left(pages, order(old), key=order)
        if pages[at] is not old:
            raise LookupError(old.path)
        pages = pages[:at] + pages[at + 1 :]
    if new:
        at = bisect_left(pages, order(new), key=order)
        pages = (*pages[:at], new, *pages[at:])
    return pages


def tagged(pages: Iterable[Page]) -> dict[str, Tag]:
    """Collect the tags of pages, which are given newest first; "Python" and "python" are one tag."""
    held = by_name((name, page) for page in pages for name in page.tags)
    return {slug: Tag(name, slug, f"/tags/{slug}", pages) for slug, (name, pages) in held.items()}


def by_name(named: Iterable[tuple[str, Page]]) -> dict[str, tuple[str, tuple[Page, ...]]]:
    """Group pages by the slug of a name, as (its most frequent spelling, pages, each once), sorted by slug."""
    held: dict[str, dict[str, Page]] = {}
    spelled: dict[str, dict[str, Page]] = {}  # by name, the group of its slug
    times: dict[str, int] = {}
    for name, page in named:
        if name not in times:
            times[name] = 0
            spelled[name] = held.setdefault(tag_slug(name), {})
        times[name] += 1
        spelled[name][page.url] = page
    names: dict[str, str] = {}
    for name in sorted(times, key=lambda name: (-times[name], name)):
        names.setdefault(tag_slug(name), name)
    return {slug: (names[slug], tuple(pages.values())) for slug, pages in sorted(held.items())}


def tag_slug(name: str) -> str:
    """Return a tag's spelling in URLs: "On cats" -> "on-cats", "a/b" -> "a-b", "C++" -> "cplusplus".

    A tag without letters becomes its code points: "\N{PARTY POPPER}" -> "1f389".
    """
    slug = slugs.slug(name.replace("+", "plus").replace("#", "sharp").replace("/", "-")).casefold()
    return slug if slug != slugs.UNTITLED or name.casefold() == slug else "-".join(f"{ord(c):x}" for c in name)
