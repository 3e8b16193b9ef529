"""A title -> its icon: three to five shapes on an 8 x 8 grid in two tones of an accent, always the same.

`svg` is what /icon/….svg sends, `drawing` the same for a page or a sprite (sprites.py), `shapes` the same as data,
for cards.py to paint with Pillow.
Five families with several members each, so that two essays side by side rarely look alike: moons, ranges, tiles,
facets, petals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from html import escape
from math import cos, hypot, radians, sin
from typing import Literal, NamedTuple, TypeVar

Kind = Literal["circle", "polygon", "pie"]
Tone = Literal[0, 1]
T = TypeVar("T")
GRID = 8
LEAVES, ELEMENTS = 64, 5_000  # cache sizes, enough for all: 35 outlines, and 585 elements in every accent and in none
DRAWING = 1  # raise it when a title's drawing changes: browsers cache sprites by their version

TONES: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "ember": (("#8f3d22", "#dd9d79"), ("#e39a72", "#8a4a2f")),
    "ocean": (("#1f6675", "#83b7c1"), ("#7fbccb", "#2f6672")),
    "forest": (("#3c6a43", "#98bd94"), ("#93c29b", "#436a4b")),
    "plum": (("#5f4b94", "#b3a7d6"), ("#b3a4e0", "#5f5191")),
    "rose": (("#96344f", "#dc9cab"), ("#e594a8", "#8b4156")),
    "moss": (("#56662f", "#b0be86"), ("#b5c584", "#5f6c3b")),
    "amber": (("#7d5a0e", "#d8b670"), ("#dcb25c", "#7b6025")),
}  # accent -> (strong, soft) on the light paper, then on the dark one


class Shape(NamedTuple):
    """One shape in grid units (0 to 8, y downwards); `tone` 0 is the strong tone, 1 the soft one.

    circle: (cx, cy, r). polygon: (x1, y1, x2, y2, …). pie: (cx, cy, r, start, sweep) in degrees, clockwise from
    three o'clock: SVG and Pillow both count so, since y goes down.
    """

    kind: Kind
    points: tuple[float, ...]
    tone: Tone = 0


class _Dice:
    """Numbers drawn from the hash of a title: the same ones in the same order for the same words."""

    def __init__(self, title: str) -> None:
        words = " ".join(title.casefold().split())
        self.left = int.from_bytes(blake2b(words.encode(errors="replace"), digest_size=32).digest())

    def roll(self, sides: int) -> int:
        """Return 0 to `sides` - 1."""
        self.left, number = divmod(self.left, sides)
        return number

    def pick(self, things: Sequence[T]) -> T:
        return things[self.roll(len(things))]


def svg(title: str, accent: str) -> str:
    """Draw the icon of a title as a complete SVG document, about 700 bytes; an unknown accent is taken as "ember".

    It follows the reader's light or dark preference by itself; where style is refused it keeps the light tones.
    """
    light, dark = tones(accent)
    drawn = "".join(_element(shape, f'class="t{shape.tone}" fill="{light[shape.tone]}" ') for shape in shapes(title))
    dark_rules = "".join(f".t{tone}{{fill:{colour}}}" for tone, colour in enumerate(dark))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" width="64" height="64">'
        f"<title>{escape(printable(title), quote=False)}</title>"
        f"<style>@media(prefers-color-scheme:dark){{{dark_rules}}}</style>{drawn}</svg>\n"
    )


def drawing(title: str) -> str:
    """Draw the shapes alone, for an `<svg viewBox="0 0 8 8">` or a symbol whose surroundings give the colours.

    The strong tone is the inherited `fill`, the soft one the custom property `--soft`: about 300 bytes.
    """
    return "".join(_element(shape, 'fill="var(--soft)" ' if shape.tone else "") for shape in shapes(title))


def tones(accent: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return ((strong, soft) on light paper, (strong, soft) on dark paper) as "#rrggbb"."""
    return TONES.get(accent, TONES["ember"])


def shapes(title: str) -> tuple[Shape, ...]:
    """Return the three to five shapes of a title, the lowest first; case and spacing make no difference."""
    dice = _Dice(title)
    return tuple(dice.pick(_FAMILIES)(dice))


def _moons(dice: _Dice) -> list[Shape]:
    return dice.pick((_planet, _phase, _rings, _halves, _procession))(dice)


def _planet(dice: _Dice) -> list[Shape]:
    """Draw a disc with a smaller one on it, off centre, and a satellite opposite."""
    angle, tone = radians(dice.pick((30, 60, 120, 150, 210, 240, 300, 330))), dice.roll(2)
    across, down, inner = cos(angle), sin(angle), dice.pick((1.25, 1.75))
    return [
        Shape("circle", (4, 4, 3.5), _TONES[tone]),
        Shape("circle", (4 + across * (3 - inner), 4 + down * (3 - inner), inner), _TONES[1 - tone]),
        Shape("circle", (4 - across * 2.25, 4 - down * 2.25, 0.85), _TONES[1 - tone]),
    ]


def _phase(dice: _Dice) -> list[Shape]:
    """Draw a disc in the shadow of another, which leaves a crescent, and a star in the shadow."""
    angle, tone, dark = radians(45 * dice.roll(8)), dice.roll(2), dice.pick((2.4, 2.8))
    across, down = cos(angle) * (3.8 - dark), sin(angle) * (3.8 - dark)
    return [
        Shape("circle", (4, 4, 3.8), _TONES[tone]),
        Shape("circle", (4 + across, 4 + down, dark), _TONES[1 - tone]),
        Shape("circle", (4 + across, 4 + down, 0.8), _TONES[tone]),
    ]


def _rings(dice: _Dice) -> list[Shape]:
    """Draw rings about one middle, or touching at one side."""
    tone, turn, lean = dice.roll(2), radians(90 * dice.roll(4)), dice.roll(3) > 0
    return [
        Shape(
            "circle",
            (4 + lean * cos(turn) * (3.8 - radius), 4 + lean * sin(turn) * (3.8 - radius), radius),
            _TONES[(n + tone) % 2],
        )
        for n, radius in enumerate((3.8, 2.6, 1.4))
    ]


def _halves(dice: _Dice) -> list[Shape]:
    """Draw two half discs that have slipped along their cut, and a disc where one has left room."""
    tone, turn, slip = dice.roll(2), dice.roll(4), dice.pick((-1, 1))
    drawn = []
    for half in (0, 1):
        x, y = _turned((4 + (slip if half else -slip), 4), turn)
        drawn.append(Shape("pie", (x, y, 3, (90 * turn + 180 * half) % 360, 180), _TONES[(half + tone) % 2]))
    x, y = _turned((4 - slip * 3, 2.75), turn)
    return [*drawn, Shape("circle", (x, y, 0.9), _TONES[tone])]


def _procession(dice: _Dice) -> list[Shape]:
    """Line up three discs, each larger than the last."""
    tone, turn = dice.roll(2), dice.roll(4)
    rising = ((1.2, 6.8, 1.1), (3.2, 4.8, 1.7), (5.7, 2.3, 2.3))
    return [
        Shape("circle", (*_turned((x, y), turn), radius), _TONES[(n + tone) % 2])
        for n, (x, y, radius) in enumerate(rising)
    ]


def _ranges(dice: _Dice) -> list[Shape]:
    return dice.pick((_peaks, _peaks, _horizon, _skyline))(dice)


def _peaks(dice: _Dice) -> list[Shape]:
    """Draw a sun over two hills, the nearest in the strong tone, with or without a plain before them."""
    sun = dice.pick((2, 6))
    drawn = [
        Shape("circle", (sun, 2, dice.pick((1.25, 1.5))), dice.pick(_TONES)),
        Shape("polygon", _hill(8 - sun - dice.roll(2), dice.pick((2, 3)), 5), 1),
        Shape("polygon", _hill(sun + dice.pick((-1, 0, 1)), dice.pick((4, 5)), 4)),
    ]
    if dice.roll(2):
        drawn.append(Shape("polygon", (0, 7, 8, 7, 8, 8, 0, 8)))
    return drawn


def _horizon(dice: _Dice) -> list[Shape]:
    """Draw half a sun over bands of water that narrow towards the viewer."""
    tone = dice.roll(2)
    lines = dice.pick((((4.6, 0), (6.2, 1)), ((4.5, 0), (5.8, 1), (7.1, 2.2))))
    sun = Shape("pie", (4, 4, 3.4, 180, 180), _TONES[tone])
    return [sun, *(Shape("polygon", _bar(inset, y, 8 - inset, y + 0.9), _TONES[1 - tone]) for y, inset in lines)]


def _skyline(dice: _Dice) -> list[Shape]:
    """Stand four houses side by side, tall and low, in alternating tones."""
    tone, heights = dice.roll(2), dice.pick(((3, 6, 4, 8), (8, 5, 7, 3), (4, 8, 6, 2), (2, 4, 6, 8), (5, 3, 8, 6)))
    return [
        Shape("polygon", _bar(2 * n, 8 - high, 2 * n + 2, 8), _TONES[(n + tone) % 2]) for n, high in enumerate(heights)
    ]


def _bar(left: float, top: float, right: float, bottom: float) -> tuple[float, ...]:
    return (left, top, right, top, right, bottom, left, bottom)


def _hill(top_x: float, top_y: float, half_base: float) -> tuple[float, ...]:
    """Return a triangle that stands on the lower edge, cut off where the grid ends."""
    slope = (GRID - top_y) / half_base
    left: tuple[float, ...] = (top_x - half_base, GRID)
    if left[0] < 0:
        left = (0, GRID, 0, top_y + top_x * slope)
    right: tuple[float, ...] = (top_x + half_base, GRID)
    if right[0] > GRID:
        right = (GRID, top_y + (GRID - top_x) * slope, GRID, GRID)
    return (*left, top_x, top_y, *right)


def _tiles(dice: _Dice) -> list[Shape]:
    """Lay the four quarters as a floor: quarter discs turned at random, one of them a disc or a square."""
    odd, swap = dice.roll(4), dice.roll(2)
    drawn = []
    for quarter, (x, y) in enumerate(((0, 0), (4, 0), (0, 4), (4, 4))):
        tone = _TONES[(quarter in (1, 2)) ^ swap]
        turn = dice.roll(4)
        across, down = ((0, 0), (4, 0), (4, 4), (0, 4))[turn]
        if quarter != odd:
            drawn.append(Shape("pie", (x + across, y + down, 4, 90 * turn, 90), tone))
        elif dice.roll(3):
            drawn.append(Shape("circle", (x + 2, y + 2, 2), tone))
        else:
            drawn.append(Shape("polygon", (x, y, x + 4, y, x + 4, y + 4, x, y + 4), tone))
    return drawn


def _facets(dice: _Dice) -> list[Shape]:
    """Cut a diamond, fold a windmill or stack chevrons: polygons in alternating tones."""
    return dice.pick((_diamond, _windmill, _chevrons))(dice)


def _diamond(dice: _Dice) -> list[Shape]:
    """Cut a diamond into four facets, or halve it and set a smaller one into it."""
    corners, tone = ((4, 0), (8, 4), (4, 8), (0, 4)), dice.roll(2)
    if dice.roll(2):
        middle = (dice.pick((3, 4, 5)), dice.pick((3, 4, 5)))
        return [
            Shape("polygon", (*corners[n], *corners[(n + 1) % 4], *middle), _TONES[(n + tone) % 2]) for n in range(4)
        ]
    half = _turned((4, 0, 8, 4, 4, 8), dice.roll(4))
    return [
        Shape("polygon", tuple(value for corner in corners for value in corner), _TONES[tone]),
        Shape("polygon", half, _TONES[1 - tone]),
        Shape("polygon", (4, 2, 6, 4, 4, 6, 2, 4), dice.pick(_TONES)),
    ]


def _windmill(dice: _Dice) -> list[Shape]:
    blade, first = dice.pick(((0, 0, 4, 0, 4, 4), (0, 0, 4, 4, 0, 4))), dice.roll(2)
    blades = [Shape("polygon", _turned(blade, n), _TONES[(n + first) % 2]) for n in range(4)]
    return blades + ([Shape("circle", (4, 4, dice.pick((1.0, 1.5))), dice.pick(_TONES))] if dice.roll(3) else [])


def _chevrons(dice: _Dice) -> list[Shape]:
    turn, first, notch = dice.roll(4), dice.roll(2), dice.pick((1.5, 2.0))
    return [
        Shape("polygon", _turned((0, top + 3, 4, top, 8, top + 3, 4, top + notch), turn), _TONES[(n + first) % 2])
        for n, top in enumerate(dice.pick(((0, 2.5, 5), (0.5, 2.5, 4.5))))
    ]


def _petals(dice: _Dice) -> list[Shape]:
    return dice.pick((_blossom, _trefoil, _star, _sprig))(dice)


def _blossom(dice: _Dice) -> list[Shape]:
    """Set four petals round a heart."""
    wide, heart, start, first = dice.pick((1.1, 1.5)), dice.pick((0.75, 1.25)), dice.pick((0, 45)), dice.roll(2)
    drawn = [Shape("polygon", _petal(start + 90 * n, wide), _TONES[(n + first) % 2]) for n in range(4)]
    return [*drawn, Shape("circle", (4, 4, heart), dice.pick(_TONES))]


def _trefoil(dice: _Dice) -> list[Shape]:
    """Set three broad petals round a heart."""
    start, tone = dice.pick((-90, 90)), dice.roll(2)
    drawn = [Shape("polygon", _petal(start + 120 * n, 1.6), _TONES[tone]) for n in range(3)]
    return [*drawn, Shape("circle", (4, 4, dice.pick((0.9, 1.2))), _TONES[1 - tone])]


def _star(dice: _Dice) -> list[Shape]:
    """Set five petals together, one of them in the other tone."""
    odd, tone, wide = dice.roll(5), dice.roll(2), dice.pick((0.8, 1.2))
    return [Shape("polygon", _petal(72 * n - 90, wide), _TONES[(n == odd) ^ tone]) for n in range(5)]


def _sprig(dice: _Dice) -> list[Shape]:
    """Grow two leaves on a stem, opposite or staggered, and a bud."""
    tone, lean = dice.roll(2), dice.pick((0, 1.4))
    leaves = [
        Shape("polygon", _leaf(4, 6, 7.6, 3.2), _TONES[tone]),
        Shape("polygon", _leaf(4, 6 - lean, 0.4, 3.2 - lean), _TONES[tone]),
    ]
    stem = Shape("polygon", _bar(3.7, 2, 4.3, 8), _TONES[1 - tone])
    return [stem, *leaves, Shape("circle", (4, 1.4, dice.pick((1.0, 1.4))), _TONES[1 - tone])]


def _leaf(x: float, y: float, tip_x: float, tip_y: float) -> tuple[float, ...]:
    """Return a leaf from (x, y) to its tip, as sixteen corners."""
    return _outline((x, y), (tip_x - x, tip_y - y), 1.1)


def _petal(angle: float, half_width: float) -> tuple[float, ...]:
    """Return a leaf from the middle to the edge of the grid at `angle` degrees."""
    return _outline((4, 4), (4 * cos(radians(angle)), 4 * sin(radians(angle))), half_width)


@lru_cache(LEAVES)
def _outline(root: tuple[float, float], way: tuple[float, float], half_width: float) -> tuple[float, ...]:
    """Return sixteen corners of a leaf from `root` along the vector `way`."""
    length = hypot(*way)
    points: list[float] = []
    for step in range(16):
        along = (step if step <= 8 else 16 - step) / 8
        out = half_width / length * sin(radians(180 * along)) * (1 if step <= 8 else -1)
        points += [root[0] + along * way[0] - out * way[1], root[1] + along * way[1] + out * way[0]]
    return tuple(round(point, 2) for point in points)


def _turned(points: tuple[float, ...], quarters: int) -> tuple[float, ...]:
    """Turn a polygon about the middle of the grid by quarter turns."""
    for _ in range(quarters):
        points = tuple(part for x, y in zip(points[::2], points[1::2], strict=True) for part in (GRID - y, x))
    return points


_TONES: tuple[Tone, Tone] = (0, 1)
_FAMILIES: tuple[Callable[[_Dice], list[Shape]], ...] = (_moons, _ranges, _tiles, _facets, _petals)


@lru_cache(ELEMENTS)
def _element(shape: Shape, paint: str) -> str:
    """Return one shape as an SVG element with the attributes `paint`; the view box clips what lies beyond the grid."""
    if shape.kind == "circle":
        x, y, r = (_number(v) for v in shape.points)
        return f'<circle {paint}cx="{x}" cy="{y}" r="{r}"/>'
    if shape.kind == "polygon":
        return f'<path {paint}d="M{" ".join(_number(v) for v in shape.points)}z"/>'
    cx, cy, radius, start, sweep = shape.points
    ends = [
        f"{_number(cx + radius * cos(radians(angle)))} {_number(cy + radius * sin(radians(angle)))}"
        for angle in (start, start + sweep)
    ]
    size = f"{_number(radius)} {_number(radius)} 0 {int(sweep > 180)} 1"
    return f'<path {paint}d="M{_number(cx)} {_number(cy)}L{ends[0]}A{size} {ends[1]}z"/>'


def _number(value: float) -> str:
    return f"{round(value, 2):g}"


def printable(title: str) -> str:
    """Drop the characters that XML 1.0 does not allow: control characters and lone surrogates."""
    return "".join(c for c in title if c.isprintable() and not "\ud800" <= c <= "\udfff")
