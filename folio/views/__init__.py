"""Pure functions that return the template contexts: what a page says, not how it looks or is sent.

lists.py, matter.py and found.py, for the engine's own lists and search, are imported directly by their users, so that
the front page is rendered without them.
"""

from __future__ import annotations

from folio.views.answers import binding, error, programs
from folio.views.base import Context, NavigationLink, Step
from folio.views.ends import linked_from, seen_in
from folio.views.photofeeds import feed_entry, feed_page, medium
from folio.views.photographs import GALLERY_PAGE, gallery, photo
from folio.views.shelves import RACK_PAGE, rack, racks, shelf
from folio.views.tiles import COVER_PHOTOS, Tile, cover, covers, strip, tiles
from folio.views.words import home, page, section

__all__ = [
    "COVER_PHOTOS",
    "GALLERY_PAGE",
    "RACK_PAGE",
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
    "home",
    "linked_from",
    "medium",
    "page",
    "photo",
    "programs",
    "rack",
    "racks",
    "section",
    "seen_in",
    "shelf",
    "strip",
    "tiles",
]
