"""Site + a thing on it -> the context of its template. Pure: what a page says, apart from how it looks or travels."""

from __future__ import annotations

from folio.views.answers import error, programs, search
from folio.views.base import Context, NavigationLink, Step
from folio.views.ends import linked_from, seen_in
from folio.views.listing import Asked
from folio.views.lists import LISTINGS, tag
from folio.views.matter import graph
from folio.views.photographs import (
    COVER_PHOTOS,
    GALLERY_PAGE,
    Tile,
    covers,
    gallery,
    gallery_pages,
    photo,
    strip,
    tiles,
)
from folio.views.words import home, page, section

__all__ = [
    "COVER_PHOTOS",
    "GALLERY_PAGE",
    "LISTINGS",
    "Asked",
    "Context",
    "NavigationLink",
    "Step",
    "Tile",
    "covers",
    "error",
    "gallery",
    "gallery_pages",
    "graph",
    "home",
    "linked_from",
    "page",
    "photo",
    "programs",
    "search",
    "section",
    "seen_in",
    "strip",
    "tag",
    "tiles",
]
