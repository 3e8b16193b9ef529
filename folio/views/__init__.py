"""Site + a thing on it -> the context of its template. Pure: what a page says, apart from how it looks or travels."""

from __future__ import annotations

from folio.views.answers import binding, error, programs
from folio.views.base import Context, NavigationLink, Step
from folio.views.ends import linked_from, seen_in
from folio.views.found import search
from folio.views.listing import Asked
from folio.views.lists import LISTINGS, tag
from folio.views.matter import graph
from folio.views.photofeeds import feed_entry, feed_page, medium
from folio.views.photographs import GALLERY_PAGE, gallery, photo
from folio.views.shelves import RACK_PAGE, rack, racks, shelf
from folio.views.tiles import COVER_PHOTOS, Tile, cover, covers, strip, tiles
from folio.views.words import home, page, section

__all__ = [
    "COVER_PHOTOS",
    "GALLERY_PAGE",
    "LISTINGS",
    "RACK_PAGE",
    "Asked",
    "Context",
    "NavigationLink",
    "Step",
    "Tile",
    "binding",
    "cover",
    "covers",
    "error",
    "feed_entry",
    "feed_page",
    "gallery",
    "graph",
    "home",
    "linked_from",
    "medium",
    "page",
    "photo",
    "programs",
    "rack",
    "racks",
    "search",
    "section",
    "seen_in",
    "shelf",
    "strip",
    "tag",
    "tiles",
]
