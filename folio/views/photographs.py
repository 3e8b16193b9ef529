"""Photographs -> the contexts of galleries, of a photograph's own page, and of the rows of them on other pages."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from folio import images, references, sheets, shelves, structured
from folio.content import Photo, Section
from folio.images import Facts
from folio.markdown import Document, Picture
from folio.metadata import Head, feed_url, forms_of, make_head, section_head
from folio.pages import tag_slug
from folio.shelves import Rack, Shelf, Shelves
from folio.snapshot import Site
from folio.views.base import Context, Step, base, parent

HOME_PHOTOS = 6
COVER_PHOTOS = 4
GALLERY_PAGE = 200
RACK_PAGE = 24  # cameras, lenses or years
FIRST_ROW = 6.0  # the ratios that a first row holds, added up: what lies beyond it is loaded when it comes near
ROW_PX = 288  # the height of a row in a wide window, in CSS pixels
CARD_PX = 1200  # the width that others ask of a picture beside a link
DENSITY = 2  # device pixels in one of those, which a tile is sharp for
TITLES: Mapping[str, str] = {"cameras": "Cameras", "lenses": "Lenses", "years": "Years"}


@dataclass(frozen=True, slots=True)
class Tile:
    """A photograph in a row of them. `number` names one that has no words; `eager` when it is seen at once."""

    photo: Photo
    picture: Picture
    title: str
    alt: str
    ratio: str
    url: str
    number: int = 0
    eager: bool = False


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
    """A folder of photographs, `GALLERY_PAGE` of them a page; `number` counts from 1.

    `is_whole` when every file of it is known, so that the time it spans is.
    """
    start = (number - 1) * GALLERY_PAGE
    shown = tiles(sheets.nth(section.photos, number, GALLERY_PAGE), facts, site, start)
    first = cover(site, section)
    head = section_head(site, section, document, gallery=True, shown=((one.photo, one.picture) for one in shown))
    return {
        **base(site, _with_photograph(head, site, first, facts.get(first.path) if first else None)),
        "section": section,
        "html": html,
        "tiles": shown,
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
    """One photograph on a page of its own: the `n`th of its gallery, from 0, with its neighbours.

    `caption` is the HTML of what the author wrote beside it, `copies` the same file elsewhere, `original` the
    address of its file where everybody may have it.
    """
    photo = section.photos[n]
    title = photo_name(photo, n + 1)
    noindex = section.url in site.unlisted
    picture = images.picture(photo, facts, site.config)
    date = photo.date or facts.date
    words = Markup(caption).striptags() or photo.caption  # noqa: S704 - on the way to plain text
    node = structured.photograph(site, photo, picture, title, words, date)
    head = make_head(
        site,
        photo.url,
        title,
        words or photo.alt,
        icon=f"/icon{section.url}.svg",
        gallery=True,
        noindex=noindex,
        card=bool(facts.width),
        forms=forms_of(site, photo),
        nodes=[node] if facts.width else (),
    )
    return {
        **base(site, _with_photograph(head, site, photo, facts)),
        "title": title,
        "picture": picture,
        "alt": photo.alt,
        "caption": caption,
        "said": photo.caption,
        "exif": exposure(photo, facts, stock),
        "ratio": images.ratio_class(facts),
        "date": date,
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


def _with_photograph(head: Head, site: Site, photo: Photo | None, facts: Facts | None) -> Head:
    """Show a photograph itself where others show a card, in the format that every browser knows."""
    if photo is None or facts is None or not facts.width:
        return head
    card = images.single(photo, facts, site.config, CARD_PX)
    return replace(
        head,
        card=site.config.base_url + card.src,
        card_alt=photo.alt or head.title,
        card_px=(card.width, card.height),
    )


def exposure(photo: Photo, facts: Facts, stock: Shelves) -> tuple[Step, ...]:
    """Return what the camera says, part by part: camera, lens and day lead to what else was made so."""
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
    """Return the line of the rights in a photograph, else who took it, "" where its file names nobody."""
    if facts.copyright:
        return facts.copyright if "©" in facts.copyright else f"© {facts.copyright}"
    return facts.artist


def rack(site: Site, rack: Rack, stock: Shelves, facts: Mapping[str, Facts], number: int) -> Context:
    """All cameras, lenses or years below a top folder, with a few photographs of each."""
    title = TITLES[rack.kind]
    folder = _folder(site, rack.top)
    shown = sheets.nth(rack.shelves, number, RACK_PAGE)
    name = f"{title}: {folder.title}"
    node = structured.collection(site, rack.url, name, "")
    head = make_head(site, rack.url, name, icon=f"/icon{rack.top}.svg", gallery=True, nodes=[node])
    return {
        **base(site, head),
        "title": title,
        "parent": folder,
        "views": _views(stock, rack.top, rack.url),
        "shelves": shown,
        "covers": {shelf.url: tiles(shelf.photos[:COVER_PHOTOS], facts, site) for shelf in shown},
        "reading": _reading(stock),
        "url": rack.url,
        "page_number": number,
        "page_count": sheets.count(len(rack.shelves), RACK_PAGE),
    }


def shelf(site: Site, shelf: Shelf, stock: Shelves, facts: Mapping[str, Facts], number: int) -> Context:
    """The photographs of one camera, lens or year, the newest first."""
    top = shelves.top(shelf.url)
    start = (number - 1) * GALLERY_PAGE
    shown = sheets.nth(shelf.photos, number, GALLERY_PAGE)
    node = structured.collection(site, shelf.url, shelf.title, "")
    head = make_head(site, shelf.url, shelf.title, icon=f"/icon{top}.svg", gallery=True, nodes=[node])
    return {
        **base(site, _with_photograph(head, site, shown[0], facts.get(shown[0].path))),
        "shelf": shelf,
        "parent": _folder(site, top),
        "kind": Step(TITLES[shelf.kind], f"{top}/{shelf.kind}"),
        "tiles": tiles(shown, facts, site, start),
        "reading": _reading(stock),
        "page_number": number,
        "page_count": sheets.count(len(shelf.photos), GALLERY_PAGE),
        "total": len(shelf.photos),
    }


def racks(stock: Shelves, url: str) -> tuple[Step, ...]:
    """Return a link to each kind of shelf below a top folder that holds something."""
    return tuple(Step(TITLES[rack.kind], rack.url) for rack in stock.racks(url) if rack.shelves)


def _views(stock: Shelves, top: str, current: str) -> tuple[tuple[str, str, bool], ...]:
    return tuple((title, url, url == current) for title, url in racks(stock, top))


def _reading(stock: Shelves) -> str:
    """Say how far the files are read, "" when all are."""
    if stock.is_complete:
        return ""
    return f"The photographs are still being read: {stock.read:,} of {len(stock.site.photos):,} so far."


def _folder(site: Site, url: str) -> Step:
    section = site.section(url)
    return Step(section.title if section else url[1:], url)


def strip(site: Site) -> tuple[Photo, ...]:
    """Return the photographs of the front page: the first of each gallery, then the second of each, and so on."""
    galleries = [section.photos for section in site.sections.values() if section.is_gallery]
    rounds = (photo for row in itertools.zip_longest(*galleries) for photo in row if photo)
    return tuple(itertools.islice(rounds, HOME_PHOTOS))


def cover(site: Site, section: Section) -> Photo | None:
    """Return the photograph that stands for a gallery: the `cover` of its index, else its first."""
    if section.page and section.page.image:
        found = references.locate(site, section.page.path, section.page.image, "image")
        if found and isinstance(found.thing, Photo):
            return found.thing
    return section.photos[0] if section.photos else None


def covers(site: Site, section: Section) -> tuple[Photo, ...]:
    """Return a few photographs of each gallery that lies in a folder, its cover first."""
    return tuple(photo for below in site.below(section) if below.is_gallery for photo in _few(site, below))


def _few(site: Site, section: Section) -> tuple[Photo, ...]:
    first = cover(site, section)
    own = next((photo for photo in section.photos if first and photo.path == first.path), None)
    chosen = (own, *(photo for photo in section.photos if photo is not own)) if own else section.photos
    return tuple(chosen[:COVER_PHOTOS])


def tiles(photos: Sequence[Photo], facts: Mapping[str, Facts], site: Site, start: int = 0) -> tuple[Tile, ...]:
    """Return a tile for each photograph; one whose file cannot be read is left out (health names it).

    `start` is the position of the first in its gallery, from 0.
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
                picture=_small(images.picture(p, known, site.config, page=p.url), known),
                title=words.title,
                alt=words.alt or words.title,
                ratio=images.ratio_class(known),
                url=p.url,
                number=n,
                eager=filled < FIRST_ROW,
            )
        )
        filled += known.width / known.height
    return tuple(found)


def _small(picture: Picture, facts: Facts) -> Picture:
    """Leave of a picture what a row needs: one modern format, and no width beyond what is sharp there."""
    needed = ROW_PX * DENSITY * facts.width / facts.height
    source = next((one for one in picture.sources if one.type == "image/webp"), None) or next(
        iter(picture.sources), None
    )
    sources = (replace(source, srcset=_up_to(source.srcset, needed)),) if source else ()
    return replace(picture, sources=sources, srcset=_up_to(picture.srcset, needed))


def _up_to(srcset: str, needed: float) -> str:
    """Cut a srcset, whose widths ascend, behind the first that is wide enough."""
    kept: list[str] = []
    for candidate in srcset.split(", "):
        kept.append(candidate)
        if float(candidate.rpartition(" ")[2].removesuffix("w") or 0) >= needed:
            break
    return ", ".join(kept)


def by_gallery(tiles: Sequence[Tile]) -> Mapping[str, tuple[Tile, ...]]:
    """Group tiles by the URL of their gallery."""
    return {url: tuple(shown) for url, shown in itertools.groupby(tiles, lambda tile: tile.photo.gallery)}


def photo_name(photo: Photo, position: int) -> str:
    """Name a photograph: its title, or "Photograph 3" where it has none."""
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
