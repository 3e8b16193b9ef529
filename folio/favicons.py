"""The icon of the site for browsers and crawlers that do not support SVG: /favicon.ico, /apple-touch-icon.png.

Runs in a worker; files.py gets the results from the Store.
"""

from __future__ import annotations

import io

from folio import cards
from folio.cache import Maker

FAVICON = Maker("folio.favicons:ico", 1)  # (title, accent) -> bytes
TOUCH_ICON = Maker("folio.favicons:png", 1)  # (title, accent) -> bytes
ICO_PX = (48, 32, 16)  # the largest first: Pillow appends the others to it
PNG_PX, MARGIN_PX = 512, 64  # phones cut off the corners


def ico(title: str, accent: str) -> bytes:
    """Return the icon of a title as an ICO file in three sizes, on a transparent ground."""
    painted = [cards.icon(title, accent, px, ground=cards.NOTHING) for px in ICO_PX]
    out = io.BytesIO()
    sizes = [(px, px) for px in ICO_PX]
    painted[0].save(out, "ICO", sizes=sizes, append_images=painted[1:])
    return out.getvalue()


def png(title: str, accent: str) -> bytes:
    """Return the icon of a title as a PNG on a square of paper, for a phone's home screen."""
    from PIL import Image

    square = Image.new("RGB", (PNG_PX, PNG_PX), cards.PAPER)
    square.paste(cards.icon(title, accent, PNG_PX - 2 * MARGIN_PX), (MARGIN_PX, MARGIN_PX))
    out = io.BytesIO()
    square.save(out, "PNG", compress_level=9)
    return out.getvalue()
