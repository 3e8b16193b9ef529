"""Photographs -> the contexts of galleries, of a photograph's own page, and of the rows of them on other pages."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from folio import images, structured
from folio.content import Photo, Section
from folio.images import Facts
from folio.markdown import Document, Picture
from folio.metadata import Head, forms_of, make_head, section_head
from folio.snapshot import Site
from folio.views.base import Context, Step, base, parent

HOME_PHOTOS = 6
COVER_PHOTOS = 4
GALLERY_PAGE = 200


@dataclass(frozen=True, slots=True)
class Tile:
    """A photograph in a row of them."""

    photo: Photo
    picture: Picture
    title: str
    alt: str
    ratio: str
    url: str


def gallery(
    site: Site, section: Section, document: Document | None, html: str, tiles: tuple[Tile, ...], number: int
) -> Context:
    """A folder of photographs, `GALLERY_PAGE` of them a page; `number` counts from 1."""
    shown = ((tile.photo, tile.picture) for tile in tiles)
    head = section_head(site, section, document, gallery=True, shown=shown)
    return {
        **base(site, head),
        "section": section,
        "html": html,
        "tiles": tiles,
        "children": site.below(section),
        "parent": parent(site, section.url),
        "page_number": number,
        "page_count": gallery_pages(section),
        "total": len(section.photos),
    }


def photo(site: Site, photo: Photo, facts: Facts, caption: str) -> Context:
    """One photograph on a page of its own, with its neighbours."""
    gallery = site.section(photo.gallery)
    assert gallery is not None  # a photo has an address only in a gallery
    paths = [p.path for p in gallery.photos]
    n = paths.index(photo.path)
    title = photo_name(photo, n + 1)
    noindex = gallery.url in site.unlisted
    picture = images.picture(photo, facts, site.config)
    date = photo.date or facts.date
    words = Markup(caption).striptags() or facts.caption  # noqa: S704 - on the way to plain text
    node = structured.photograph(site, photo, picture, title, words, date)
    head = make_head(
        site, photo.url, title, photo.alt, icon=f"/icon{gallery.url}.svg", gallery=True, noindex=noindex, card=True,
        forms=forms_of(site, photo),        nodes=[node] if facts.width else (),
    )  # fmt: skip
    return {
        **base(site, _with_photograph(head, site, photo, facts)),
        "photo": photo,
        "title": title,
        "picture": picture,
        "alt": photo.alt,
        "caption": caption,
        "exif": images.exif_line(facts),
        "ratio": images.ratio_class(facts),
        "date": date,
        "previous": _photo_step(gallery, n - 1),
        "next": _photo_step(gallery, n + 1),
        "gallery": Step(gallery.title, gallery.url),
        "position": n + 1,
        "total": len(paths),
    }


def _with_photograph(head: Head, site: Site, photo: Photo, facts: Facts) -> Head:
    """Show a photograph itself where others show a card: the one derivative that every browser can; none, none."""
    if not facts.width:
        return replace(head, card="")
    width = min(images.fallback_width(facts, site.config), facts.width)
    src = images.picture(photo, facts, site.config).src
    px = (width, max(1, round(facts.height * width / facts.width)))
    return replace(head, card=site.config.base_url + src, card_alt=photo.alt or head.title, card_px=px)


def strip(site: Site) -> tuple[Photo, ...]:
    """Return the photographs of the front page: the first of each gallery, then the second of each, and so on."""
    galleries = [section.photos for section in site.sections.values() if section.is_gallery]
    rounds = (photo for row in itertools.zip_longest(*galleries) for photo in row if photo)
    return tuple(itertools.islice(rounds, HOME_PHOTOS))


def covers(site: Site, section: Section) -> tuple[Photo, ...]:
    """Return the first photographs of each gallery that lies in a folder."""
    return tuple(photo for below in site.below(section) if below.is_gallery for photo in below.photos[:COVER_PHOTOS])


def tiles(photos: Sequence[Photo], facts: Mapping[str, Facts], site: Site) -> tuple[Tile, ...]:
    """Return a tile for each photograph; one whose file cannot be read is left out (health names it)."""
    return tuple(
        Tile(
            photo=p,
            picture=images.picture(p, facts[p.path], site.config, page=p.url),
            title=p.title,
            alt=p.alt or p.title,
            ratio=images.ratio_class(facts[p.path]),
            url=p.url,
        )
        for p in photos
        if p.path in facts and facts[p.path].width
    )


def gallery_pages(section: Section) -> int:
    """Return how many pages a gallery takes, at least 1."""
    return max(1, -(-len(section.photos) // GALLERY_PAGE))


def photo_name(photo: Photo, position: int) -> str:
    """Name a photograph: its title, or "Photograph 3" where it has none."""
    return photo.title or f"Photograph {position}"


def _photo_step(gallery: Section, n: int) -> Step | None:
    if not 0 <= n < len(gallery.photos):
        return None
    return Step(photo_name(gallery.photos[n], n + 1), gallery.photos[n].url)
