"""Public pages -> their icons on sprites: one SVG for up to 200 pages, so that a list takes one or two requests.

A list shows one symbol of a sprite (`<use href="/icon-sprite/0.svg?v=1a2b3c4d#i31d5b39a">`), which takes its colours
from the page around it, and so follows the reader's choice of light or dark. Only public pages are on one.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote

from folio import icons
from folio.content import Page

SPRITE_ICONS = 200  # about 60 KB as text, 5 KB compressed; drawn in 10 ms
VERSION_BYTES = 4
Drawn = tuple[str, str]  # URL and title of a page


class Place(NamedTuple):
    """Where the icon of a page is: `href` for `<use>`, and the accent to draw it in."""

    href: str
    accent: str


@dataclass(frozen=True, slots=True)
class Sprite:
    """The icons of up to `SPRITE_ICONS` pages, sorted by address: (URL, title) of each.

    `version` is a hash of these, not of the drawing: 10,000 icons get their addresses without drawing one.
    """

    name: str  # "essays-0" for a section that fills one; "0" for all others together
    pages: tuple[Drawn, ...]
    version: str

    def svg(self) -> str:
        """Draw the sprite: a symbol for each page, with its name as id."""
        symbols = (
            f'<symbol id="{name_of(url)}" viewBox="0 0 8 8">{icons.drawing(title)}</symbol>\n'
            for url, title in self.pages
        )
        return f'<svg xmlns="http://www.w3.org/2000/svg">\n{"".join(symbols)}</svg>\n'


@dataclass(frozen=True, slots=True)
class Sprites:
    """Every sprite of a snapshot, by its name and by the URL of each page on it."""

    named: Mapping[str, Sprite] = field(default_factory=dict)
    holding: Mapping[str, Sprite] = field(default_factory=dict)

    def place(self, url: str, accent: str) -> Place | None:
        """Return where the icon of a page is; None if it is on no sprite, and only at /icon/….svg."""
        sprite = self.holding.get(url)
        if sprite is None:
            return None
        return Place(f"/icon-sprite/{quote(sprite.name)}.svg?v={sprite.version}#{name_of(url)}", accent)

    def exchanged(self, old: Page | None, new: Page | None) -> Sprites | None:
        """Return the sprites with one page retitled, added or removed; unchanged sprites are shared.

        None if its section begins or ceases to fill a sprite of its own.
        """
        page = old or new
        if page is None or (old and old.url not in self.holding):
            return self
        top = page.url.split("/")[1]
        name = top if _name(top, 0) in self.named else ""
        own = [sprite for n in range(len(self.named)) if (sprite := self.named.get(_name(name, n)))]
        pages = [one for sprite in own for one in sprite.pages]
        if old:
            pages.remove(_drawn(old))
        if new:
            insort(pages, _drawn(new))
        held = len(pages) if name else sum(url.split("/")[1] == top for url, _ in pages)
        if (held >= SPRITE_ICONS) != bool(name):
            return None
        laid = {sprite.name: sprite for sprite in _divided(name, pages, self.named)}
        fresh = [sprite for sprite in laid.values() if self.named.get(sprite.name) is not sprite]
        stale = {sprite.name for sprite in own}
        named = {name: sprite for name, sprite in self.named.items() if name not in stale}
        holding = {**self.holding, **{url: sprite for sprite in fresh for url, _ in sprite.pages}}
        if not new:
            del holding[page.url]
        return Sprites(named | laid, holding)


NOTHING: Mapping[str, Sprite] = MappingProxyType({})


def lay(public: Iterable[Page]) -> Sprites:
    """Lay the icons of public pages on sprites; 10,000 pages take 20 ms.

    A section that fills a sprite has its own, so that a new essay changes few sprites; other sections share some.
    """
    sections: dict[str, list[Drawn]] = {}
    for page in public:
        sections.setdefault(page.url.split("/")[1], []).append(_drawn(page))
    large = {name: pages for name, pages in sections.items() if len(pages) >= SPRITE_ICONS}
    rest = [page for name, pages in sections.items() if name not in large for page in pages]
    sprites = [sprite for name, pages in (*large.items(), ("", rest)) for sprite in _divided(name, sorted(pages))]
    holding = {url: sprite for sprite in sprites for url, _ in sprite.pages}
    return Sprites({sprite.name: sprite for sprite in sprites}, holding)


def _drawn(page: Page) -> Drawn:
    return page.url, page.title or page.url


def _name(section: str, number: int) -> str:
    return f"{section}-{number}" if section else str(number)


def _divided(section: str, pages: list[Drawn], known: Mapping[str, Sprite] = NOTHING) -> Iterable[Sprite]:
    """Divide the pages of a section, or the rest, into sprites; an equal one of `known` is used again."""
    for n, first in enumerate(range(0, len(pages), SPRITE_ICONS)):
        held, name = tuple(pages[first : first + SPRITE_ICONS]), _name(section, n)
        old = known.get(name)
        yield old if old and old.pages == held else Sprite(name, held, _version(held))


def _version(pages: tuple[Drawn, ...]) -> str:
    written = repr((icons.DRAWING, pages)).encode("utf-8", "backslashreplace")
    return blake2b(written, digest_size=VERSION_BYTES).hexdigest()


def name_of(url: str) -> str:
    """Return a short id for a page, since lists hold hundreds: "/essays/on-cats" -> "i31d5b39a"."""
    return f"i{blake2b(url.encode('utf-8', 'surrogatepass'), digest_size=VERSION_BYTES).hexdigest()}"
