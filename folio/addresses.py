"""A snapshot -> what its addresses can be beside their one spelling: other spellings, and addresses of older sites.

Made once a generation, in a thread; the second kind after a start, for a front page needs none of them. snapshot.py
asks where nothing has exactly the address a visitor came with.
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

NUMBERS = ("wordpress_id", "post_id", "guid", "id")  # keys of a header that hold the number of "/?p=123"
_DATED = re.compile(r"(?:.+/)?([0-9]{4})(?:/([0-9]{1,2})(?:/([0-9]{1,2}))?)?/([^/]+)")
_DATE = re.compile(r"[0-9]{4}-(?:[0-9]{2}-){0,2}(?=[^-])")  # before a folded name


class Addresses(NamedTuple):
    """Keys are folded (`slugs.spelling`), values canonical URLs; those of `things` have forms, those of `files` none.

    `gone` are addresses of what expired, `twins` pairs of canonical URLs that fold alike.
    """

    things: Mapping[str, str] = MappingProxyType({})
    files: Mapping[str, str] = MappingProxyType({})
    gone: frozenset[str] = frozenset()
    twins: tuple[tuple[str, str], ...] = ()

    def spelled(self, url: str) -> str | None:
        """Return the canonical address of the thing, file or form of a thing that another spelling stands for."""
        key = slugs.spelling(url)
        return self.things.get(key) or self.files.get(key) or _in_form(url, self.things.get)

    def exchanged(self, old: str | None, new: str | None) -> Addresses:
        """Return the same without a URL, with another, or both; none of them folds to what another one does."""
        things = {**self.things, **({slugs.spelling(new): new} if new else {})}
        if old:
            del things[slugs.spelling(old)]
        return self._replace(things=things)


class Past(NamedTuple):
    """Addresses that the public pages had or may have had, by folded spelling; "" where several pages are meant.

    `places` are those of their files where they are others; `dated` are pages with a date, by name without it, and
    `numbers` those of WordPress.
    """

    places: Mapping[str, str]
    names: Mapping[str, str]
    dated: Mapping[str, dict[str, Date]]
    numbers: Mapping[str, str]

    def meant(self, url: str) -> str | None:
        """Return the canonical address that one of an older site means, when exactly one public page can be meant.

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
        """Return the same when a public page without numbers goes, another comes, or one for the other.

        None where it takes a look at all pages: a name that two had may be the other's alone now.
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
    """Find the address of a form ("/On_Cats.md") by that of its thing."""
    base, form = slugs.cut_form(url)
    canonical = find(slugs.spelling(base)) if form else None
    return f"{'/index' if canonical == '/' else canonical}.{form}" if canonical else None


def gather(
    things: Iterable[str], files: Iterable[str], gone: Iterable[str], before: Addresses | None = None
) -> Addresses:
    """Fold every canonical URL: 20 ms for 10,000 pages.

    `before` are the addresses of the last snapshot: what is folded there is not folded again.
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
    """Collect what else the public pages may have been called: 50 ms for 10,000, so in a thread."""
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
    """Note where a public page lies in the tree, and its names: at the root or in their folder, date or no date."""
    for at, called, bare in _called(page, key):
        if at != key:
            places[at] = page.url
        for name in called:
            if names.setdefault(name, page.url) != page.url:
                names[name] = ""
        if page.date:
            dated.setdefault(bare, {})[page.url] = page.date


def _called(page: Page, key: str) -> Iterator[tuple[str, Sequence[str], str]]:
    """Yield the folded addresses of a page, where its file lies first, with its names there and that without a date."""
    known: tuple[str, ...] = (key,)
    if page.path.rpartition(".")[0] != page.url[1:] and (place := url_of(page.path)) != page.url:
        known = (slugs.spelling(place), key)
    for at in known:
        folder, slash, name = at.rpartition("/")
        bare = _DATE.sub("", name, count=1) if name[:4].isdigit() else name
        yield at, (name, bare, folder + slash + bare) if bare != name else (name,), bare


def called(page: Page) -> frozenset[str]:
    """Return what is part of every address that may mean a page, folded: its names without their dates."""
    return frozenset(bare for _, _, bare in _called(page, slugs.spelling(page.url)))


def _numbered(public: Iterable[Page]) -> dict[str, str]:
    """Collect the numbers that WordPress gave to public pages; one that two pages have is nobody's."""
    numbers: dict[str, str] = {}
    for page in public:
        for number in numbers_of(page):
            numbers[number] = page.url if numbers.get(number, page.url) == page.url else ""
    return numbers


def numbers_of(page: Page) -> Iterator[str]:
    """Yield the numbers of a page: of its aliases "/?p=123", and of the first key that has one."""
    yield from filter(None, (number_of(alias) for alias in page.aliases if "?" in alias))
    if not page.extra:
        return
    given = {key.casefold().replace("-", "_"): value for key, value in page.extra.items()}
    for key in NUMBERS:
        value = str(given[key]).strip() if isinstance(given.get(key), str | int) else ""
        if number := number_of(f"?p={value}") or number_of(value):
            yield number
            return
