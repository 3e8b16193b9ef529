"""Shelves -> the contexts of their pages: all cameras, lenses or years below a top folder (a rack), and one of them."""

from __future__ import annotations

from collections.abc import Mapping

from folio import sheets, shelves, structured
from folio.images import Facts
from folio.metadata import make_head
from folio.shelves import Rack, Shelf, Shelves
from folio.snapshot import Site
from folio.views.base import Context, Step, base
from folio.views.photographs import GALLERY_PAGE, with_photograph
from folio.views.tiles import COVER_PHOTOS, tiles

RACK_PAGE = 24  # cameras, lenses or years
TITLES: Mapping[str, str] = {"cameras": "Cameras", "lenses": "Lenses", "years": "Years"}


def rack(site: Site, rack: Rack, stock: Shelves, facts: Mapping[str, Facts], number: int) -> Context:
    """Return the context of all cameras, lenses or years below a top folder, with a few photographs of each."""
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
    """Return the context of one camera's, lens's or year's photographs, the newest first."""
    top = shelves.top(shelf.url)
    start = (number - 1) * GALLERY_PAGE
    shown = sheets.nth(shelf.photos, number, GALLERY_PAGE)
    node = structured.collection(site, shelf.url, shelf.title, "")
    head = make_head(site, shelf.url, shelf.title, icon=f"/icon{top}.svg", gallery=True, nodes=[node])
    return {
        **base(site, with_photograph(head, site, shown[0], facts.get(shown[0].path))),
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
    """Return a link to each rack below a top folder that is not empty."""
    return tuple(Step(TITLES[rack.kind], rack.url) for rack in stock.racks(url) if rack.shelves)


def _views(stock: Shelves, top: str, current: str) -> tuple[tuple[str, str, bool], ...]:
    return tuple((title, url, url == current) for title, url in racks(stock, top))


def _reading(stock: Shelves) -> str:
    """Return a note on how many files have been read, "" if all have."""
    if stock.is_complete:
        return ""
    return f"The photographs are still being read: {stock.read:,} of {len(stock.site.photos):,} so far."


def _folder(site: Site, url: str) -> Step:
    section = site.section(url)
    return Step(section.title if section else url[1:], url)
