"""A snapshot as search sees it: every public address with its title, and what titles alone can answer.

Whatever a result shows besides its snippet comes from here, so a page that is gone or hidden now cannot be shown, and a
filter cannot disagree with the page. Made once a snapshot, off the event loop: 6 µs a page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from folio import dates
from folio.content import Page, Photo, Section
from folio.dates import Date
from folio.search.query import Filter
from folio.search.words import language, tokens

if TYPE_CHECKING:
    from folio.snapshot import Site

Kind = Literal["page", "section", "gallery", "photo"]
LANGUAGES = 4  # stemmed for a query: the site's and the commonest others


@dataclass(frozen=True, slots=True)
class Entry:
    """One public address. `section` is the first segment of its URL; `about` a description or ""."""

    url: str
    title: str
    tokens: tuple[str, ...]  # of the title
    section: str
    kind: Kind
    date: Date | None
    about: str
    page: Page | None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every public address of one snapshot, and its titles by their words."""

    site: Site
    entries: Mapping[str, Entry]
    titles: Mapping[tuple[str, ...], tuple[str, ...]]  # tokens of a title -> URLs, in order
    vocabulary: Mapping[str, int]  # words of titles and tags, with how many have them
    languages: tuple[str, ...]

    def allowed(self, filters: Iterable[Filter]) -> Mapping[str, Entry]:
        """Return the entries that pass every filter; no filter: all of them."""
        found = self.entries
        for condition in filters:
            test = self._test(condition)
            found = {url: entry for url, entry in found.items() if test(entry)}
        return found

    def _test(self, condition: Filter) -> Callable[[Entry], bool]:
        match condition.kind:
            case "year":
                return lambda entry: entry.date is not None and str(entry.date.year) == condition.value
            case "in":
                folder = "/" + condition.value.strip("/").casefold()
                return lambda entry: f"{entry.url.casefold()}/".startswith(f"{folder}/")
            case "tag":
                urls = self._tagged(condition.value)
                return lambda entry: entry.url in urls

    def _tagged(self, value: str) -> set[str]:
        wanted = tokens(value)
        tags = [tag for tag in self.site.tags.values() if wanted in (tokens(tag.name), tokens(tag.slug))]
        pages = {page.url for tag in tags for page in tag.pages}
        photos = (p.url for p in self.site.photos.values() if any(tokens(tag) == wanted for tag in p.tags))
        return pages.union(photos)

    def complete(self, typed: str, limit: int) -> tuple[Page, ...]:
        """Return pages whose title begins with what was typed, then those with its words, the last one as a prefix."""
        wanted = tuple(tokens(typed))
        if not wanted or limit <= 0:
            return ()
        ranked = []
        for entry in self.entries.values():
            if entry.page and (rank := _completion(entry.tokens, wanted)) is not None:
                ranked.append((rank, newest_first(entry), entry.page))
        ranked.sort(key=lambda row: row[:2])
        return tuple(page for _, _, page in ranked[:limit])

    def nearest(self, word: str) -> str | None:
        """Return the word of a title or tag that is one edit away, the commonest first; None when there is none."""
        near = [known for known in self.vocabulary if abs(len(known) - len(word)) <= 1 and _one_edit(word, known)]
        return min(near, key=lambda known: (-self.vocabulary[known], known), default=None)


def newest_first(entry: Entry) -> tuple[int, int, int, float, str]:
    """Sort by this: the newest first, those without a date last, then by URL."""
    year, month, day, moment = dates.key(entry.date)
    return (-year, -month, -day, -moment, entry.url)


def _completion(title: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[int, int] | None:
    """Rank a title for what was typed so far, lower is better; None when it does not fit."""
    *whole, last = wanted
    count = len(whole)
    if title[:count] == tuple(whole) and len(title) > count and title[count].startswith(last):
        return (0, len(title))
    if set(whole) <= set(title) and any(word.startswith(last) for word in title):
        return (1, len(title))
    return None


def _one_edit(a: str, b: str) -> bool:
    """Say whether one letter more, less, other or swapped with its neighbour makes `a` of `b`."""
    if a == b:
        return False
    start = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    return (
        rest_a[1:] == rest_b[1:]
        or rest_a[1:] == rest_b
        or rest_a == rest_b[1:]
        or (rest_a[1:2] + rest_a[:1] + rest_a[2:] == rest_b and len(rest_a) > 1)
    )


def catalogue(site: Site) -> Catalogue:
    """List what is public in a snapshot."""
    entries = {entry.url: entry for entry in _entries(site)}
    titles: dict[tuple[str, ...], list[str]] = {}
    vocabulary: Counter[str] = Counter()
    for entry in entries.values():
        titles.setdefault(entry.tokens, []).append(entry.url)
        vocabulary.update(set(entry.tokens))
    for tag in site.tags.values():
        vocabulary.update(tokens(tag.name))
    return Catalogue(
        site,
        entries,
        {words: tuple(sorted(urls)) for words, urls in titles.items() if words},
        {word: count for word, count in vocabulary.items() if len(word) > 1},
        _languages(site),
    )


def _entries(site: Site) -> Iterable[Entry]:
    for photo in site.photos.values():
        if photo.url:
            gallery = site.sections.get(photo.gallery)
            yield _photo(photo, photo.title or photo.alt or (gallery.title if gallery else "Photograph"))
    for section in site.sections.values():
        if section.page is None and section.url != "/":
            kind: Kind = "gallery" if section.is_gallery else "section"
            first = section.url.split("/")[1]
            yield Entry(section.url, section.title, tuple(tokens(section.title)), first, kind, None, "", None)
    for page in site.public:
        own = site.sections.get(page.url) if page.is_index else None
        yield Entry(
            page.url,
            page.title,
            tuple(tokens(page.title)),
            page.section,
            _kind(own),
            page.date,
            page.description,
            page,
        )


def _kind(own: Section | None) -> Kind:
    if own is None or own.url == "/":
        return "page"
    return "gallery" if own.is_gallery else "section"


def _photo(photo: Photo, title: str) -> Entry:
    section = photo.url.split("/")[1]
    own = tuple(tokens(photo.title or photo.alt))  # its gallery's title does not make it an exact match for that
    return Entry(photo.url, title, own, section, "photo", photo.date, photo.alt, None)


def _languages(site: Site) -> tuple[str, ...]:
    own = language(site.config.language)
    others = Counter(language(page.language) for page in site.public if page.language)
    del others[own]
    return (own, *sorted(others, key=lambda code: (-others[code], code))[: LANGUAGES - 1])
