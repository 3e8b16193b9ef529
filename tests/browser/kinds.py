"""Every kind of page, by an address of the demonstration that is one."""

from __future__ import annotations

from collections.abc import Mapping

ESSAY = "/essays/2026-05-30-notes-in-the-margin"  # full of notes
CODE = "/essays/2026-02-08-a-rack-in-a-cold-room"
LONG = "/essays/2026-01-17-nothing-to-invalidate"  # with contents, code and a table
GALLERY = "/photography/harbour"

KINDS: Mapping[str, str] = {
    "home": "/",
    "essay": ESSAY,
    "code": CODE,
    "contents": LONG,
    "german": "/essays/2025-06-01-die-handschrift-meiner-grossmutter",
    "poem": "/poetry/shipping-forecast",
    "page": "/about",
    "section": "/essays",
    "galleries": "/photography",
    "gallery": GALLERY,
    "photo": f"{GALLERY}/DSCF0431",
    "cameras": "/photography/cameras",
    "year": "/photography/years/2025",
    "archive": "/archive",
    "by-length": "/archive/by-length",
    "themes": "/archive/themes",
    "series": "/archive/series",
    "sidenotes": "/archive/sidenotes",
    "quotations": "/archive/quotes",
    "outlines": "/archive/outlines",
    "connections": "/archive/connections",
    "index": "/archive/terms",
    "graph": "/archive/graph",
    "sitemap": "/sitemap",
    "tags": "/tags",
    "tag": "/tags/photography",
    "directory": "/directory",
    "search": "/search",
    "results": "/search?q=harbour",
    "no-results": "/search?q=zyzzyva",
    "404": "/essays/notes-on-the-margin",
    "410": "/guestbook",
    "api": "/api",
}
