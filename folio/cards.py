"""A page's title, date and icon -> its social card, the 1200 x 630 PNG that other sites show beside a link to it.

Runs in a worker. Text is set in the fonts of static/fonts and the system fonts that the card names; characters that
none of them has are left out.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from folio import icons, typeset
from folio.cache import Maker
from folio.errors import MakeFailed

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

CARD = Maker("folio.cards:draw", 5)  # (Card) -> bytes
WIDTH, HEIGHT = 1200, 630  # px, as every social network asks
MOST_BYTES = 60_000
PAPER, INK, FAINT_INK = "#fffdf6", "#1a1814", "#565043"
NOTHING = "#fffdf600"  # transparent paper
MOST_TITLE, MOST_EXCERPT = 300, 600  # characters considered
COLOURS = 40
EDGE = 84  # px of paper on every side
ICON_PX, ICON_GAP = 132, 52
CAP_HEIGHT, DESCENT, LEADING = 0.68, 0.27, 1.1  # of the title's italic, in em
META_PX, EXCERPT_PX, EXCERPT_LEADING = 30, 33, 1.42
META_BASELINE = HEIGHT - EDGE + 4
COVER_PX, COVER_PIXELS = (440, HEIGHT - 2 * EDGE), 130_000  # the photograph's box, and the pixels that fit in 60 KB
# (colours, scale) of the photograph, tried in turn until the card is small enough.
COVER_TRIES = ((160, 1.0), (112, 1.0), (80, 1.0), (56, 1.0), (40, 1.0), (28, 1.0), (28, 0.75), (20, 0.5), (12, 0.35))
COVER_TEXT_COLOURS = 24
COVER_GAP = 56
# (largest, smallest) size in px for a title of one, two and three lines, by what else the card holds.
TITLE_ALONE = ((150, 104), (120, 84), (96, 48))
TITLE_AND_EXCERPT = ((116, 84), (100, 70), (80, 46))
TITLE_AND_COVER = ((88, 64), (72, 50), (60, 40))


@dataclass(frozen=True, slots=True)
class Card:
    """The content of a card; everything but the title may be ""."""

    title: str
    site: str = ""
    author: str = ""
    date: str = ""
    minutes: str = ""  # "12 min"
    excerpt: str = ""
    accent: str = "ember"
    cover: str = ""  # absolute path of a picture file; one that cannot be read is left out
    max_megapixels: int = 64  # of the cover
    fonts: tuple[str, ...] = ()  # system fonts for characters that ours lack, as systemfonts.py names them


def draw(card: Card) -> bytes:
    """Draw the card: a PNG of 1200 x 630 and at most 60 KB, the same bytes for the same card.

    Raises Unavailable if the fonts are missing.
    """
    from PIL import Image, ImageDraw

    photograph = _cover(card)
    page = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    right = WIDTH - EDGE - (photograph.width + COVER_GAP if photograph else 0)
    _draw_text(ImageDraw.Draw(page), page, card, right, compact=photograph is not None)
    if photograph:
        return _with_cover(page, photograph)
    return _png(_reduced(page, COLOURS))


def _reduced(page: Image.Image, colours: int) -> Image.Image:
    """Reduce an image to a palette chosen from every second pixel of every second line: a third of the time."""
    from PIL import Image

    sample = page.resize((WIDTH // 2, HEIGHT // 2), Image.Resampling.NEAREST)
    palette = sample.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    return page.quantize(palette=palette, dither=Image.Dither.NONE)


def _draw_text(draw: ImageDraw.ImageDraw, page: Image.Image, card: Card, right: int, compact: bool) -> None:
    """Draw icon, title, excerpt and the line of facts, from the left edge to `right`.

    The icon is in the margin, as on the page, or above the title if `compact`, when a photograph takes the room.
    """
    icon_px = ICON_PX * 2 // 3 if compact else ICON_PX
    left, top = (EDGE, EDGE + icon_px + 40) if compact else (EDGE + ICON_PX + ICON_GAP, EDGE)
    page.paste(icon(card.title, card.accent, icon_px), (EDGE, EDGE))
    bottom = _draw_meta(draw, card, left, right)
    sizes = TITLE_AND_COVER if compact else TITLE_AND_EXCERPT if card.excerpt else TITLE_ALONE
    title = typeset.Type("italic", card.fonts)
    words = title.writable(card.title[:MOST_TITLE]) or title.writable(card.site[:MOST_TITLE])
    size, lines = title.fit(words, right - left, sizes)
    baseline = top + round(CAP_HEIGHT * size)
    for number, line in enumerate(lines):
        title.draw(draw, (left, baseline + number * round(LEADING * size)), line, size, INK, right)
    below = baseline + (len(lines) - 1) * round(LEADING * size) + round(DESCENT * size)
    _draw_excerpt(draw, card, (left, below + 26, right, bottom - 36))


def _draw_excerpt(draw: ImageDraw.ImageDraw, card: Card, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    roman = typeset.Type("roman", card.fonts)
    leading = round(EXCERPT_PX * EXCERPT_LEADING)
    room = min(3, (bottom - top) // leading)
    if room < 1 or not card.excerpt:
        return
    words = roman.writable(card.excerpt[:MOST_EXCERPT])
    _, lines = roman.fit(words, right - left, [(EXCERPT_PX, EXCERPT_PX)] * room)
    for number, line in enumerate(lines):
        roman.draw(draw, (left, top + EXCERPT_PX + number * leading), line, EXCERPT_PX, FAINT_INK, right)


def _draw_meta(draw: ImageDraw.ImageDraw, card: Card, left: int, right: int) -> int:
    """Draw "Site  Author · date · minutes" below an accent rule; return the y coordinate of its top."""
    strong, roman = typeset.Type("semibold", card.fonts), typeset.Type("roman", card.fonts)
    rule = META_BASELINE - META_PX - 30
    facts = [card.author if card.author != card.site else "", card.date, card.minutes]
    if not any([card.site, *facts]):
        return META_BASELINE
    draw.rectangle((left, rule, left + 72, rule + 3), fill=icons.tones(card.accent)[0][0])
    site, width = strong.writable(card.site[:MOST_TITLE]), right - left
    x = float(left)
    if site:
        site = strong.cut(strong.wrap(site, META_PX, width), 1, META_PX, width)[0]
        strong.draw(draw, (left, META_BASELINE), site, META_PX, INK)
        x += strong.width(site, META_PX) + 0.6 * META_PX
    for drop in range(len(facts)):  # the author goes first when there is no room for all
        line = roman.writable(" · ".join(filter(None, facts[drop:])))
        if x + roman.width(line, META_PX) <= right:
            roman.draw(draw, (round(x), META_BASELINE), line, META_PX, FAINT_INK)
            break
    return rule


def icon(title: str, accent: str, side: int, ground: str = PAPER) -> Image.Image:
    """Draw the icon of a title on `ground`, at four times the size and then scaled down for smooth edges."""
    from PIL import Image, ImageDraw

    large = side * 4
    unit = large / icons.GRID
    canvas = Image.new("RGBA" if ground == NOTHING else "RGB", (large, large), ground)
    pen = ImageDraw.Draw(canvas)
    tones = icons.tones(accent)[0]
    for shape in icons.shapes(title):
        points, fill = [point * unit for point in shape.points], tones[shape.tone]
        if shape.kind == "polygon":
            pen.polygon(points, fill=fill)
        elif shape.kind == "circle":
            pen.circle(points[:2], points[2], fill=fill)
        else:
            (x, y, radius), (start, sweep) = points[:3], shape.points[3:]
            pen.pieslice((x - radius, y - radius, x + radius, y + radius), start, start + sweep, fill=fill)
    return canvas.resize((side, side), Image.Resampling.BOX)


def _cover(card: Card) -> Image.Image | None:
    """Return the photograph, uncropped, as large as its box and 60 KB allow; None if absent or unreadable."""
    from folio import pixels

    if not card.cover:
        return None
    try:
        return pixels.within(card.cover, COVER_PX, COVER_PIXELS, card.max_megapixels)
    except MakeFailed:
        return None


def _with_cover(page: Image.Image, photograph: Image.Image) -> bytes:
    """Return the card with the photograph at the upper right, in fewer colours, then smaller, until it fits in 60 KB.

    Text and photograph have separate entries in the palette of 256, so neither costs the other its colours.
    """
    from PIL import Image

    text = _reduced(page, COVER_TEXT_COLOURS)
    type_palette = [*(text.getpalette() or []), *bytes(3 * COVER_TEXT_COLOURS)][: 3 * COVER_TEXT_COLOURS]
    sample = _scaled(photograph, 0.25)  # k-means over all pixels would take seconds
    made = b""
    for colours, scale in COVER_TRIES:
        palette = sample.quantize(colours, Image.Quantize.MAXCOVERAGE, kmeans=1)
        plate = _scaled(photograph, scale).quantize(palette=palette, dither=Image.Dither.NONE)
        sheet = text.copy()
        sheet.putpalette(type_palette + (palette.getpalette() or []))
        sheet.paste(plate.point(lambda entry: entry + COVER_TEXT_COLOURS), (WIDTH - EDGE - plate.width, EDGE))
        made = _png(sheet)
        if len(made) <= MOST_BYTES:
            break
    return made


def _scaled(image: Image.Image, scale: float) -> Image.Image:
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image if scale == 1 else image.resize(size)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=7)
    return out.getvalue()
