"""Public pages -> their icons on sprites: one SVG for up to 200 pages of a section, so that a list of them asks once.

A list shows a piece of a sprite (`<use href="/icon-sprite/essays-0.svg?v=1a2b3c4d#_essays.2f.on-cats">`), which takes
its colours from the page around it: so it follows the reader's choice of light or dark. Only public pages are on one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import quote

from folio import icons
from folio.config import Config
from folio.content import Page

SPRITE_ICONS = 200  # about 60 KB as text and 5 KB on the wire; drawn in 10 ms
VERSION_BYTES = 4
_UNNAMED = re.compile("[^A-Za-z0-9_-]")


class Place(NamedTuple):
    """Where the icon of a page is drawn: `href` for `<use>`, and the accent that it is to wear."""

    href: str
    accent: str


@dataclass(frozen=True, slots=True)
class Sprite:
    """The icons of up to `SPRITE_ICONS` pages of a section, in the order of their addresses: (URL, title) of each.

    `version` is of what is drawn on it, not of how it looks: 10,000 icons are named without drawing one.
    """

    name: str  # "essays-0"; "0" for pages at the root
    accent: str
    pages: tuple[tuple[str, str], ...]
    version: str

    def svg(self) -> str:
        """Draw the sprite: a symbol for each page, under its name."""
        symbols = (
            f'<symbol id="{name_of(url)}" viewBox="0 0 8 8">{icons.drawing(title)}</symbol>\n'
            for url, title in self.pages
        )
        return f'<svg xmlns="http://www.w3.org/2000/svg">\n{"".join(symbols)}</svg>\n'


@dataclass(frozen=True, slots=True)
class Sprites:
    """Every sprite of a snapshot by its name, and by the URL of each page that is on it."""

    named: Mapping[str, Sprite] = field(default_factory=dict)
    holding: Mapping[str, Sprite] = field(default_factory=dict)

    def place(self, url: str) -> Place | None:
        """Return where the icon of a page is; None for what is on no sprite: that has one at /icon/….svg alone."""
        sprite = self.holding.get(url)
        if sprite is None:
            return None
        return Place(f"/icon-sprite/{quote(sprite.name)}.svg?v={sprite.version}#{name_of(url)}", sprite.accent)


def lay(public: Iterable[Page], config: Config) -> Sprites:
    """Lay the icons of public pages on sprites, by section; 10,000 pages take 20 ms."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for page in public:
        sections.setdefault(page.url.split("/")[1] if page.url.count("/") > 1 else "", []).append(
            (page.url, page.title or page.url)
        )
    sprites = [sprite for section, pages in sections.items() for sprite in _of_section(section, sorted(pages), config)]
    return Sprites(
        {sprite.name: sprite for sprite in sprites}, {url: sprite for sprite in sprites for url, _ in sprite.pages}
    )  # fmt: skip


def _of_section(section: str, pages: list[tuple[str, str]], config: Config) -> Iterable[Sprite]:
    accent = config.accent_of(section)
    for n, first in enumerate(range(0, len(pages), SPRITE_ICONS)):
        held = tuple(pages[first : first + SPRITE_ICONS])
        yield Sprite(f"{section}-{n}" if section else str(n), accent, held, _version(held))


def _version(pages: tuple[tuple[str, str], ...]) -> str:
    written = repr((icons.DRAWING, pages)).encode("utf-8", "backslashreplace")
    return blake2b(written, digest_size=VERSION_BYTES).hexdigest()


def name_of(url: str) -> str:
    """Name a page as XML names things: "/essays/on-cats" -> "_essays.2f.on-cats"; no two addresses have one name."""
    return "_" + _UNNAMED.sub(lambda found: f".{ord(found[0]):x}.", url[1:])
