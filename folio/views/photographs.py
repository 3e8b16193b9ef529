"""Photographs -> the contexts of galleries and of a photograph's own page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from folio import images, sheets, shelves, structured
from folio.content import Photo, Section
from folio.images import Facts
from folio.markdown import Document, Picture
from folio.metadata import Head, feed_url, forms_of, make_head, section_head
from folio.pages import tag_slug
from folio.shelves import Shelves
from folio.snapshot import Site
from folio.views.base import Context, Step, base, parent
from folio.views.tiles import Tile, by_gallery, cover, tiles

GALLERY_PAGE = 200
COLUMN_PX = 960  # the width of a photograph in a column
CARD_PX = 1200  # the width that other sites want for a link's preview image


def gallery(
    site: Site,
    section: Section,
    document: Document | None,
    html: str,
    facts: Mapping[str, Facts],
    number: int,
    covers: Sequence[Tile] = (),
    racks: Sequence[Step] = (),
    *,
    is_whole: bool = True,
) -> Context:
    """Return the context of a gallery, with GALLERY_PAGE photographs a page; `number` counts from 1.

    `is_whole`: all its files have been read, so the span of their dates is known.
    """
    start = (number - 1) * GALLERY_PAGE
    layout = (section.page.layout if section.page else "") or "rows"
    width_px = COLUMN_PX if layout == "column" else 0
    shown = tiles(sheets.nth(section.photos, number, GALLERY_PAGE), facts, site, start, width_px)
    first = cover(site, section)
    head = section_head(
        site, section, document, gallery=True, shown=((one.photo, one.picture) for one in shown), number=number
    )
    return {
        **base(site, with_photograph(head, site, first, facts.get(first.path) if first else None)),
        "section": section,
        "html": html,
        "tiles": shown,
        "layout": layout,
        "children": site.below(section),
        "covers": by_gallery(covers),
        "parent": parent(site, section.url),
        "feed_url": feed_url(site, section),
        "racks": racks,
        "span": shelves.span(photo.date for photo in section.photos) if is_whole else "",
        "page_number": number,
        "page_count": sheets.count(len(section.photos), GALLERY_PAGE),
        "total": len(section.photos),
    }


def photo(
    site: Site,
    section: Section,
    n: int,
    facts: Facts,
    caption: str,
    stock: Shelves,
    copies: Sequence[Photo] = (),
    original: str = "",
) -> Context:
    """Return the context of a photograph's page: the `n`th of its gallery, from 0, with its neighbours.

    `caption` is the HTML of its sidecar, `copies` the same file elsewhere, `original` the URL of its file if that is
    public, else "".
    """
    photo = section.photos[n]
    title = photo_name(photo, n + 1)
    picture = images.picture(photo, facts, site.config)
    words = Markup(caption).striptags() or photo.caption  # noqa: S704 - on the way to plain text
    return {
        **base(site, _photo_head(site, photo, facts, title, words, picture)),
        "title": title,
        "picture": picture,
        "alt": photo.alt,
        "caption": caption,
        "said": photo.caption,
        "exif": exposure(photo, facts, stock),
        "ratio": images.ratio_class(facts),
        "date": photo.date or facts.date,
        "tags": tuple(Step(tag, _tag_url(site, tag)) for tag in photo.tags),
        "credit": credit(facts),
        "previous": _photo_step(section, n - 1),
        "next": _photo_step(section, n + 1),
        "gallery": Step(section.title, section.url),
        "also": tuple(Step(_gallery_title(site, one), one.url) for one in copies),
        "original": original,
        "position": n + 1,
        "total": len(section.photos),
    }


def _photo_head(site: Site, photo: Photo, facts: Facts, title: str, words: str, picture: Picture) -> Head:
    node = structured.photograph(site, photo, picture, title, words, photo.date or facts.date)
    head = make_head(
        site,
        photo.url,
        title,
        words or photo.alt,
        icon=f"/icon{photo.gallery}.svg",
        gallery=True,
        noindex=photo.gallery in site.unlisted,
        card=bool(facts.width),
        forms=forms_of(site, photo),
        nodes=[node] if facts.width else (),
    )
    return with_photograph(head, site, photo, facts)


def with_photograph(head: Head, site: Site, photo: Photo | None, facts: Facts | None) -> Head:
    """Make a photograph the head's preview image, in place of a card, in the format that every browser knows."""
    if photo is None or facts is None or not facts.width:
        return head
    card = images.single(photo, facts, site.config, CARD_PX)
    return head._replace(
        card=site.config.base_url + card.src,
        card_alt=photo.alt or head.title,
        card_px=(card.width, card.height),
    )


def exposure(photo: Photo, facts: Facts, stock: Shelves) -> tuple[Step, ...]:
    """Return the camera's settings, part by part; camera, lens and date link to the other photographs with the same."""
    day = photo.date or facts.date
    focal = (
        "" if re.search(rf"(?<![\d–-]){re.escape(facts.focal)}", facts.lens) else facts.focal
    )  # a prime lens says it
    optics = " ".join(filter(None, (focal, facts.aperture)))
    parts = (
        Step(facts.camera, stock.address(photo, "cameras", facts.camera)),
        Step(facts.lens, stock.address(photo, "lenses", facts.lens)),
        Step(optics, ""),
        Step(facts.shutter, ""),
        Step(facts.iso, ""),
        Step(day.text if day else "", stock.address(photo, "years", f"{day.year:04}") if day else ""),
        Step(photo.place, ""),
    )
    return tuple(part for part in parts if part.title)


def credit(facts: Facts) -> str:
    """Return a photograph's copyright line, else who took it; "" if the file names nobody."""
    if facts.copyright:
        return facts.copyright if "©" in facts.copyright else f"© {facts.copyright}"
    return facts.artist


def photo_name(photo: Photo, position: int) -> str:
    """Return a photograph's title, or "Photograph 3" if it has none."""
    return photo.title or f"Photograph {position}"


def _tag_url(site: Site, name: str) -> str:
    tag = site.tags.get(tag_slug(name))
    return tag.url if tag else ""


def _gallery_title(site: Site, photo: Photo) -> str:
    section = site.section(photo.gallery)
    return section.title if section else photo.gallery


def _photo_step(gallery: Section, n: int) -> Step | None:
    if not 0 <= n < len(gallery.photos):
        return None
    return Step(photo_name(gallery.photos[n], n + 1), gallery.photos[n].url)
