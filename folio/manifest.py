"""Site -> /manifest.webmanifest: its name, colours and icons, for a browser that installs it as an app."""

from __future__ import annotations

import json

from folio.snapshot import Site

PAPER = "#fffdf6"
ICONS = (
    {"src": "/icon/index.svg", "sizes": "any", "type": "image/svg+xml"},
    {"src": "/apple-touch-icon.png", "sizes": "512x512", "type": "image/png"},
)


def manifest(site: Site) -> bytes:
    """Return the manifest; an installed site opens at its front page, with few of the browser's controls."""
    config = site.config
    fields = {
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
    filled = {name: value for name, value in fields.items() if value}
    return json.dumps(filled, ensure_ascii=False, indent=1).encode("utf-8", "replace")
