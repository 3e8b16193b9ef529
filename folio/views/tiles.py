"""Photographs -> tiles in a row on any page; and which photographs represent a gallery, a folder or the site."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from folio import images, references, shelves
from folio.content import Photo, Section
from folio.images import Facts
from folio.markdown import Picture
from folio.snapshot import Site

HOME_PHOTOS = 6
COVER_PHOTOS = 4
FIRST_SIGHT = 3.0  # sum of the aspect ratios that a phone shows at once; later tiles are loaded lazily
ROW_PX = 288  # the height of a row in a wide window, in CSS pixels
DENSITY = 2  # device pixels per CSS pixel up to which a tile is sharp


class Tile(NamedTuple):
    """A photograph in a row. `number` names one without a title; `eager`: it is visible at once, so not lazy."""

    photo: Photo
    picture: Picture
    title: str
    alt: str
    ratio: str
    url: str
    number: int = 0
    eager: bool = False


def strip(site: Site) -> tuple[Photo, ...]:
    """Return the photographs of the front page: the first of each gallery, then the second of each, and so on."""
    galleries = [section.photos for section in site.sections.values() if section.is_gallery]
    rounds = (photo for row in itertools.zip_longest(*galleries) for photo in row if photo)
    return tuple(itertools.islice(rounds, HOME_PHOTOS))


def cover(site: Site, section: Section) -> Photo | None:
    """Return the photograph that represents a gallery: the `cover` of its index, else its first, if any."""
    if section.page and section.page.image:
        found = references.locate(site, section.page.path, section.page.image, "image")
        if found and isinstance(found.thing, Photo):
            return found.thing
    return section.photos[0] if section.photos else None


def covers(site: Site, section: Section) -> tuple[Photo, ...]:
    """Return a few photographs of each gallery in a folder, its cover first."""
    return tuple(photo for below in site.below(section) if below.is_gallery for photo in _few(site, below))


def _few(site: Site, section: Section) -> tuple[Photo, ...]:
    first = cover(site, section)
    own = next((photo for photo in section.photos if first and photo.path == first.path), None)
    chosen = (own, *(photo for photo in section.photos if photo is not own)) if own else section.photos
    return tuple(chosen[:COVER_PHOTOS])


def tiles(
    photos: Sequence[Photo], facts: Mapping[str, Facts], site: Site, start: int = 0, width_px: int = 0
) -> tuple[Tile, ...]:
    """Return a tile for each photograph; one whose file cannot be read is left out (/health names it).

    `start` is the position of the first in its gallery, from 0; `width_px` the width of a tile, 0 in rows.
    """
    found: list[Tile] = []
    filled = 0.0
    for n, p in enumerate(photos, start + 1):
        known = facts.get(p.path)
        if known is None or not known.width:
            continue
        words = shelves.informed(p, known)
        found.append(
            Tile(
                photo=words,
                picture=_small(images.picture(p, known, site.config, page=p.url), known, width_px),
                title=words.title,
                alt=words.alt or words.title,
                ratio=images.ratio_class(known),
                url=p.url,
                number=n,
                eager=filled < FIRST_SIGHT,
            )
        )
        filled += known.width / known.height
    return tuple(found)


def _small(picture: Picture, facts: Facts, width_px: int) -> Picture:
    """Reduce a picture to one modern format and to the widths that are needed to be sharp."""
    needed = DENSITY * (width_px or ROW_PX * facts.width / facts.height)
    source = next((one for one in picture.sources if one.type == "image/webp"), None) or next(
        iter(picture.sources), None
    )
    sources = (source._replace(srcset=_up_to(source.srcset, needed)),) if source else ()
    return picture._replace(sources=sources, srcset=_up_to(picture.srcset, needed))


def _up_to(srcset: str, needed: float) -> str:
    """Cut a srcset, whose widths ascend, after the first that is wide enough."""
    kept: list[str] = []
    for candidate in srcset.split(", "):
        kept.append(candidate)
        if float(candidate.rpartition(" ")[2].removesuffix("w") or 0) >= needed:
            break
    return ", ".join(kept)


def by_gallery(tiles: Sequence[Tile]) -> Mapping[str, tuple[Tile, ...]]:
    """Group tiles by the URL of their gallery."""
    return {url: tuple(shown) for url, shown in itertools.groupby(tiles, lambda tile: tile.photo.gallery)}
