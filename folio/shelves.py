"""The facts of picture files -> photographs with captions and in order, and shelves of them by camera, lens and year.

Each generation has both, as far as the files are read. Shelves hold every public photograph, below the top-level folder
that it lies in: "/photography/cameras/leica-m-monochrom".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import quote

from folio import dates, galleries, slugs
from folio.content import Page, Photo, Section
from folio.dates import Date
from folio.errors import Moved
from folio.images import Facts
from folio.pages import newest, tag_slug
from folio.snapshot import Site, knowing

_NO_WORDS = Page("", "", "")
KINDS = ("cameras", "lenses", "years")


def informed(photo: Photo, facts: Facts | None, shows_place: bool = False) -> Photo:
    """Return a photograph, completed from its file's metadata where it has no sidecar's words, then from its name.

    The file's place is used only with `shows_place`. The function is idempotent, and returns the same object if nothing
    changes.
    """
    if facts is None:
        return photo
    words = photo.sidecar or _NO_WORDS
    title = photo.title
    if facts.title and not galleries.is_titled(photo):
        title = slugs.photo_title(facts.title) or title
    caption = "" if words.body or facts.caption == title else facts.caption
    alt, tags = words.alt or facts.alt, words.tags or facts.keywords
    date = words.date or facts.date or _named_date(photo)
    place = words.place or (facts.place if shows_place else "")
    known = (photo.title, photo.caption, photo.alt, photo.tags, photo.date, photo.place, photo.rating)
    if known == (title, caption, alt, tags, date, place, facts.rating):
        return photo
    return photo._replace(title=title, caption=caption, alt=alt, tags=tags, date=date, place=place, rating=facts.rating)


def _named_date(photo: Photo) -> Date | None:
    """Return the date at the beginning of a file name: "2011-03 Pier.jpg"."""
    return dates.from_name(slugs.stem(photo.path).replace(" ", "-"))[0]


def in_order(section: Section, facts: Mapping[str, Facts]) -> Section:
    """Return a gallery completed and ordered by its files' metadata; `facts`, by path, may lack some."""
    shows_place = section.page is not None and section.page.shows_place
    known = [informed(photo, facts.get(photo.path), shows_place) for photo in section.photos]
    if all(new is old for new, old in zip(known, section.photos, strict=True)):
        return section
    return section._replace(photos=galleries.ordered(known, section.page) if _ordered(section, facts) else tuple(known))


def _ordered(section: Section, facts: Mapping[str, Facts]) -> bool:
    """Say whether a gallery can be ordered: facts of only some files would give another order with each new one."""
    return not galleries.needs_facts(section.page) or all(photo.path in facts for photo in section.photos)


def arranged(site: Site, facts: Mapping[str, Facts]) -> Site:
    """Return a snapshot in which every photograph and gallery is completed from `facts`."""
    if not facts:
        return site
    public = {url: in_order(section, facts) if section.photos else section for url, section in site.sections.items()}
    quiet = {url: in_order(one, facts) if isinstance(one, Section) else one for url, one in site.unlisted.items()}
    if public == site.sections and quiet == site.unlisted:
        return site
    sections = (*public.values(), *(one for one in quiet.values() if isinstance(one, Section)))
    known = {photo.path: photo for section in sections for photo in section.photos}
    after = replace(
        site,
        sections=public,
        photos={url: known.get(photo.path, photo) for url, photo in site.photos.items()},
        unlisted={url: known.get(one.path, one) if isinstance(one, Photo) else one for url, one in quiet.items()},
        pictures={path: known.get(path, photo) for path, photo in site.pictures.items()},
    )
    return knowing(after, site)


class Shelf(NamedTuple):
    """The photographs of one camera, lens or year, newest first. `kind` is of KINDS, `title` "Leica M Monochrom"."""

    kind: str
    title: str
    url: str
    photos: tuple[Photo, ...]

    @property
    def span(self) -> str:
        """The period in which they were taken."""
        return span(photo.date for photo in self.photos)


class Rack(NamedTuple):
    """All shelves of a kind below one top-level folder: cameras and lenses most used first, years newest first."""

    kind: str
    url: str
    top: str  # the URL of the folder
    shelves: tuple[Shelf, ...]


def is_shelf(path: str) -> bool:
    """Say whether a URL path without its first slash looks like that of a rack or a shelf, in any spelling."""
    parts = slugs.spelling(path).split("/")
    return 2 <= len(parts) <= 3 and parts[1] in KINDS


class Shelves:
    """The shelves of a snapshot, made on first use: 0.3 s for 60,000 photographs, so use it in a thread.

    `facts` are those known, by path; while some are missing `is_complete` is False.
    """

    def __init__(self, site: Site, facts: Mapping[str, Facts]) -> None:
        self.site, self.facts = site, facts

    @functools.cached_property
    def read(self) -> int:
        """How many public photographs' facts are known."""
        return sum(1 for photo in self.site.photos.values() if photo.path in self.facts)

    @property
    def is_complete(self) -> bool:
        return self.read == len(self.site.photos)

    def find(self, path: str) -> Rack | Shelf | None:
        """Find the rack or shelf at a decoded URL path without its first slash. Raises Moved for another spelling."""
        if not is_shelf(path):
            return None
        folded = slugs.spelling(path)
        url = next((url for url in self._by_url if slugs.spelling(url) == folded), "")
        if url and url != f"/{path}":
            raise Moved(quote(url))
        return self._by_url.get(url)

    @functools.cached_property
    def _by_url(self) -> Mapping[str, Rack | Shelf]:
        racks = [rack for top in sorted(self._tops) for rack in self.racks(top)]
        found: dict[str, Rack | Shelf] = {rack.url: rack for rack in racks}
        return found | {shelf.url: shelf for rack in racks for shelf in rack.shelves}

    @functools.cached_property
    def _tops(self) -> Mapping[str, list[Photo]]:
        """The public photographs by the top-level folder that they lie in, newest first."""
        found: dict[str, list[Photo]] = {}
        for photo in newest(self.site.photos.values()):
            found.setdefault(top(photo.url), []).append(photo)
        return found

    @functools.cached_property
    def _racks(self) -> dict[str, tuple[Rack, ...]]:
        return {folder: tuple(self._filled(folder, photos)) for folder, photos in self._tops.items()}

    def racks(self, folder: str) -> tuple[Rack, ...]:
        """Return the racks of a top-level folder that hold anything, or may do so once all files are read.

        A rack whose address is taken by content is left out.
        """
        return self._racks.get(folder, ())

    def _filled(self, folder: str, photos: Sequence[Photo]) -> Iterable[Rack]:
        for kind in KINDS:
            url = f"{folder}/{kind}"
            held: dict[str, list[Photo]] = {}
            names: dict[str, str] = {}
            spelled: dict[str, str] = {}
            for photo in photos:
                if name := self.name(photo, kind):
                    slug = spelled.get(name) or spelled.setdefault(name, _slug(name))
                    names.setdefault(slug, name)
                    held.setdefault(slug, []).append(photo)
            if (not held and self.is_complete) or self.site.source(url):
                continue
            shelves = [Shelf(kind, names[slug], f"{url}/{slug}", tuple(shown)) for slug, shown in held.items()]
            shelves.sort(key=lambda shelf: shelf.title.casefold(), reverse=kind == "years")
            if kind != "years":
                shelves.sort(key=lambda shelf: -len(shelf.photos))
            yield Rack(kind, url, folder, tuple(shelves))

    def name(self, photo: Photo, kind: str) -> str:
        """Return the name of the shelf of a kind that a photograph belongs to, "" if none."""
        facts = self.facts.get(photo.path)
        if kind == "years":
            return f"{photo.date.year:04}" if photo.date else ""
        return "" if facts is None else facts.camera if kind == "cameras" else facts.lens

    def address(self, photo: Photo, kind: str, name: str) -> str:
        """Return the URL of a public photograph's shelf, "" if there is none."""
        url = f"{top(photo.url)}/{kind}"
        known = name and photo.url in self.site.photos and not self.site.source(url)
        return f"{url}/{_slug(name)}" if known else ""

    def copies(self, photo: Photo, facts: Facts) -> tuple[Photo, ...]:
        """Return the other public photographs whose files are identical."""
        same = self._by_version.get(facts.version, ()) if facts.version else ()
        return tuple(one for one in same if one.path != photo.path)

    @functools.cached_property
    def _by_version(self) -> Mapping[str, tuple[Photo, ...]]:
        """The photographs whose files are identical, by version."""
        found: dict[str, list[Photo]] = {}
        for photo in self.site.photos.values():
            if (facts := self.facts.get(photo.path)) and facts.version:
                found.setdefault(facts.version, []).append(photo)
        return {version: tuple(photos) for version, photos in found.items() if len(photos) > 1}


def _slug(name: str) -> str:
    """Return the spelling of a camera, a lens or a year in URLs, never "index" or "x.html", which mean a folder."""
    slug = re.sub(r"\.(html?)$", r"-\1", tag_slug(name))
    return f"{slug}-1" if slug == "index" else slug


def top(url: str) -> str:
    """Return the URL of the top-level folder that an address lies in: "/photography/a/b" -> "/photography"."""
    return f"/{url.split('/')[1]}"


def span(known: Iterable[Date | None]) -> str:
    """Return the period of dates: "2011–2013", "August–November 2025", "13 July 2013"; "" if nothing is dated."""
    days = sorted((date for date in known if date), key=lambda date: date.key)
    if not days:
        return ""
    first, last = days[0], days[-1]
    if first.year != last.year:
        return f"{first.year}–{last.year}"
    if not first.month or not last.month:
        return str(last.year)
    if first.month != last.month:
        return f"{dates.MONTHS[first.month - 1]}–{dates.MONTHS[last.month - 1]} {last.year}"
    alike = first.day == last.day
    return last.text if alike else f"{dates.MONTHS[last.month - 1]} {last.year}"
