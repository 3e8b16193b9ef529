"""Site -> /manifest.webmanifest: its name, colours and icons, for a browser that puts it among a reader's programs."""

from __future__ import annotations

import json

from folio.snapshot import Site

PAPER = "#fffdf6"
ICONS = (
    {"src": "/icon/index.svg", "sizes": "any", "type": "image/svg+xml"},
    {"src": "/apple-touch-icon.png", "sizes": "512x512", "type": "image/png"},
)


def manifest(site: Site) -> bytes:
    """Write the manifest: the site opens at its front page, with little of the browser round it."""
    config = site.config
    told = {
        "name": config.title,
        "short_name": config.title,
        "description": config.description,
        "lang": config.language,
        "start_url": "/",
        "scope": "/",
        "display": "minimal-ui",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": ICONS,
    }
    said = {name: value for name, value in told.items() if value}
    return json.dumps(said, ensure_ascii=False, indent=1).encode("utf-8", "replace")
