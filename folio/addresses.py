"""A snapshot -> lookup tables for its other addresses: variant spellings, and the addresses of older sites.

Both are built once per snapshot, in a thread; `Past` only after start-up, because the front page does not need it.
snapshot.py consults them when no URL matches a request exactly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from folio import slugs
from folio.aliases import number_of
from folio.content import Page
from folio.dates import Date
from folio.heads import url_of

NUMBERS = ("wordpress_id", "post_id", "guid", "id")  # front-matter keys that hold the number of "/?p=123"
_DATED = re.compile(r"(?:.+/)?([0-9]{4})(?:/([0-9]{1,2})(?:/([0-9]{1,2}))?)?/([^/]+)")
_DATE = re.compile(r"[0-9]{4}-(?:[0-9]{2}-){0,2}(?=[^-])")  # before a folded name


class Addresses(NamedTuple):
    """Canonical URLs by folded spelling (`slugs.spelling`): `things` have other forms (.md, .json), `files` do not.

    `gone` holds the folded URLs of expired pages, `twins` pairs of canonical URLs that fold to the same key.
    """

    things: Mapping[str, str] = MappingProxyType({})
    files: Mapping[str, str] = MappingProxyType({})
    gone: frozenset[str] = frozenset()
    twins: tuple[tuple[str, str], ...] = ()

    def spelled(self, url: str) -> str | None:
        """Return the canonical URL of the thing, file or form that `url` spells differently, None if there is none."""
        key = slugs.spelling(url)
        return self.things.get(key) or self.files.get(key) or _in_form(url, self.things.get)

    def exchanged(self, old: str | None, new: str | None) -> Addresses:
        """Return a copy without `old` and with `new`, if given; neither may share its key with another URL."""
        things = {**self.things, **({slugs.spelling(new): new} if new else {})}
        if old:
            del things[slugs.spelling(old)]
        return self._replace(things=things)


class Past(NamedTuple):
    """Former or likely addresses of the public pages, by folded spelling; the value is "" if several pages match.

    `places` are URLs derived from file paths, where these differ from the page's URL; `names` are file names with and
    without their date; `dated` lists the dated pages by name without date; `numbers` are WordPress post numbers.
    """

    places: Mapping[str, str]
    names: Mapping[str, str]
    dated: Mapping[str, dict[str, Date]]
    numbers: Mapping[str, str]

    def meant(self, url: str) -> str | None:
        """Return the canonical URL that an address of an older site stands for, if exactly one public page matches.

        "/on-cats", "/2013/01/27/on-cats.html", "/blog/2013/01/on_cats/" -> "/essays/2013-01-27-on-cats".
        """
        return self._old(slugs.spelling(url)) or _in_form(url, self._old)

    def _old(self, key: str) -> str | None:
        if (known := self.places.get(key, self.names.get(key))) is not None:
            return known
        found = _DATED.fullmatch(key)
        if not found:
            return None
        year, month, day = (int(part) if part else None for part in found.groups()[:3])
        asked = Date(year or 0, month, day)
        urls = [url for url, date in self.dated.get(found[4], {}).items() if date.agrees(asked)]
        return urls[0] if len(urls) == 1 else None

    def exchanged(self, old: Page | None, new: Page | None) -> Past | None:
        """Return a copy with a public page removed, added or replaced; neither page may have WordPress numbers.

        Return None if it has to be rebuilt from all pages: a name that two pages shared may have become unambiguous.
        """
        places, names = {**self.places}, {**self.names}
        called = [one for page in (old, new) if page for one in _called(page, slugs.spelling(page.url))]
        dated = {**self.dated, **{bare: {**self.dated.get(bare, {})} for _, _, bare in called}}
        if old:
            for at, said, bare in _called(old, slugs.spelling(old.url)):
                if any(names.pop(name, old.url) != old.url for name in said):
                    return None
                places.pop(at, None)
                dated[bare].pop(old.url, None)
        if new:
            _remember(new, slugs.spelling(new.url), places, names, dated)
        for bare in {bare for _, _, bare in called if not dated[bare]}:
            del dated[bare]
        return Past(places, names, dated, self.numbers)


def _in_form(url: str, find: Callable[[str], str | None]) -> str | None:
    """Find the canonical URL of a form ("/On_Cats.md") by looking up the URL without its suffix."""
    base, form = slugs.cut_form(url)
    canonical = find(slugs.spelling(base)) if form else None
    return f"{'/index' if canonical == '/' else canonical}.{form}" if canonical else None


def gather(
    things: Iterable[str], files: Iterable[str], gone: Iterable[str], before: Addresses | None = None
) -> Addresses:
    """Fold every canonical URL: 20 ms for 10,000 pages.

    `before`, the addresses of the previous snapshot, supplies the keys of URLs that were folded then.
    """
    folded = {url: key for key, url in before.things.items() if key} if before else {}
    filed = {url: key for key, url in before.files.items()} if before else {}
    twins: list[tuple[str, str]] = []
    spelled: dict[str, str] = {"": "/"}
    for url in things:
        key = folded.get(url) or slugs.spelling(url)
        if (first := spelled.setdefault(key, url)) != url:
            twins.append((first, url))
    plain: dict[str, str] = {}
    for url in files:
        key = filed.get(url) or slugs.spelling(url)
        if (first := spelled.get(key) or plain.setdefault(key, url)) != url:
            twins.append((first, url))
    return Addresses(spelled, plain, frozenset(map(slugs.spelling, gone)), tuple(twins))


def past(public: Iterable[Page], now: Addresses) -> Past:
    """Collect the other addresses the public pages may have had: 50 ms for 10,000, so run it in a thread."""
    keys = {url: key for key, url in now.things.items()}
    places: dict[str, str] = {}
    names: dict[str, str] = {}
    dated: dict[str, dict[str, Date]] = {}
    for page in public:
        _remember(page, keys.get(page.url) or slugs.spelling(page.url), places, names, dated)
    return Past(places, names, dated, _numbered(public))


def _remember(
    page: Page, key: str, places: dict[str, str], names: dict[str, str], dated: dict[str, dict[str, Date]]
) -> None:
    """Record the file-path URL of a public page and its names: bare or with their folder, with or without the date."""
    for at, called, bare in _called(page, key):
        if at != key:
            places[at] = page.url
        for name in called:
            if names.setdefault(name, page.url) != page.url:
                names[name] = ""
        if page.date:
            dated.setdefault(bare, {})[page.url] = page.date


def _called(page: Page, key: str) -> Iterator[tuple[str, Sequence[str], str]]:
    """Yield (folded address, names, name without date) for the file-path URL of a page, if it differs, then its own."""
    known: tuple[str, ...] = (key,)
    if page.path.rpartition(".")[0] != page.url[1:] and (place := url_of(page.path)) != page.url:
        known = (slugs.spelling(place), key)
    for at in known:
        folder, slash, name = at.rpartition("/")
        bare = _DATE.sub("", name, count=1) if name[:4].isdigit() else name
        yield at, (name, bare, folder + slash + bare) if bare != name else (name,), bare


def called(page: Page) -> frozenset[str]:
    """Return the folded, undated names of a page; every address that may stand for the page contains one of them."""
    return frozenset(bare for _, _, bare in _called(page, slugs.spelling(page.url)))


def _numbered(public: Iterable[Page]) -> dict[str, str]:
    """Map WordPress post numbers to public pages, "" for a number that two pages claim."""
    numbers: dict[str, str] = {}
    for page in public:
        for number in numbers_of(page):
            numbers[number] = page.url if numbers.get(number, page.url) == page.url else ""
    return numbers


def numbers_of(page: Page) -> Iterator[str]:
    """Yield the WordPress numbers of a page: those of its aliases ("/?p=123"), and that of the first key with one."""
    yield from filter(None, (number_of(alias) for alias in page.aliases if "?" in alias))
    if not page.extra:
        return
    given = {key.casefold().replace("-", "_"): value for key, value in page.extra.items()}
    for key in NUMBERS:
        value = str(given[key]).strip() if isinstance(given.get(key), str | int) else ""
        if number := number_of(f"?p={value}") or number_of(value):
            yield number
            return
