"""The brushes that the scenes are painted with: gradients, noise, ridges, water, trees, and a darkroom at the end.

Pillow and the standard library only. Every brush takes its randomness as an argument, so that a seed is a picture.
Coordinates `u`, `v` run from 0 to 1, left to right and top to bottom; colours are triples of 0 to 255.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

Colour = tuple[float, float, float]
Size = tuple[int, int]
BICUBIC = Image.Resampling.BICUBIC


def mix(a: Colour, b: Colour, t: float) -> Colour:
    """Return the colour a share `t` of the way from `a` to `b`."""
    t = min(1.0, max(0.0, t))
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t)


def ramp(stops: Sequence[tuple[float, Colour]], t: float) -> Colour:
    """Read a gradient of (position, colour) stops at `t`, eased between them so that no seam shows."""
    for (start, a), (end, b) in itertools.pairwise(stops):
        if t <= end:
            share = min(1.0, max(0.0, (t - start) / (end - start)))
            return mix(a, b, share * share * (3 - 2 * share))
    return stops[-1][1]


def glow(u: float, v: float, x: float, y: float, radius: float, aspect: float = 1.5) -> float:
    """Return the brightness at (u, v) of a soft light at (x, y), 1 in its middle."""
    return math.exp(-(((u - x) * aspect) ** 2 + (v - y) ** 2) / (radius * radius))


def shade(size: Size, colour_at: Callable[[float, float], Colour], step: int = 8) -> Image.Image:
    """Paint a smooth picture from a function of position, worked out on every `step`th pixel."""
    small = (size[0] // step + 1, size[1] // step + 1)
    picture = Image.new("RGB", small)
    picture.putdata(
        [
            tuple(int(min(255, max(0, c)) + 0.5) for c in colour_at((x + 0.5) / small[0], (y + 0.5) / small[1]))
            for y in range(small[1])
            for x in range(small[0])
        ]
    )
    return picture.resize(size, BICUBIC)


def noise(size: Size, rng: Random, across: int, down: int, octaves: int = 5) -> Image.Image:
    """Return cloudy grey noise whose largest blobs number `across` by `down`."""
    total = Image.new("L", size, 128)
    for octave in range(octaves):
        cells = (min(size[0], across << octave) + 3, min(size[1], down << octave) + 3)
        layer = Image.frombytes("L", cells, rng.randbytes(cells[0] * cells[1])).resize(size, BICUBIC)
        total = layer if octave == 0 else Image.blend(total, layer, 0.62 ** (octave + 0.6))
    return ImageOps.autocontrast(total, cutoff=1)


def band(mask: Image.Image, low: int, high: int, ceiling: int = 255) -> Image.Image:
    """Stretch a grey mask: `low` and darker become 0, `high` and lighter become `ceiling`, eased between."""

    def level(value: int) -> int:
        share = min(1.0, max(0.0, (value - low) / (high - low)))
        return int(share * share * (3 - 2 * share) * ceiling)

    return mask.point([level(value) for value in range(256)])


def fade(size: Size, strength_at: Callable[[float, float], float], step: int = 16) -> Image.Image:
    """Return a soft grey mask from a function of position giving 0 to 1."""
    small = (size[0] // step + 1, size[1] // step + 1)
    mask = Image.new("L", small)
    mask.putdata(
        [
            int(255 * min(1.0, max(0.0, strength_at((x + 0.5) / small[0], (y + 0.5) / small[1]))))
            for y in range(small[1])
            for x in range(small[0])
        ]
    )
    return mask.resize(size, BICUBIC)


def wash(picture: Image.Image, colour: Colour, mask: Image.Image) -> None:
    """Lay one colour over the picture through a mask, in place."""
    picture.paste(tuple(int(c) for c in colour), (0, 0), mask)


def screen(picture: Image.Image, light: Image.Image) -> Image.Image:
    """Add light as a projector would: bright stays below white."""
    return ImageChops.screen(picture, light)


def drawn(size: Size, draw: Callable[[ImageDraw.ImageDraw, float], None]) -> Image.Image:
    """Return a mask of what `draw` paints white, at twice the size and reduced, so that edges are smooth.

    `draw` gets the pen and the scale (2.0) by which to multiply pixel coordinates.
    """
    mask = Image.new("L", (size[0] * 2, size[1] * 2))
    draw(ImageDraw.Draw(mask), 2.0)
    return mask.reduce(2)


def ridge(rng: Random, width: int, height: float, waves: float, octaves: int = 8) -> list[float]:
    """Return the height of a hill line at every pixel, between 0 and about `height`, with `waves` large hills."""
    line = [0.0] * width
    for octave in range(octaves):
        count = max(2, int(waves * 2**octave) + 2)
        knots = [rng.random() for _ in range(count + 2)]
        share = 0.5**octave
        for x in range(width):
            place = x / width * count
            knot, part = int(place), place - int(place)
            part = part * part * (3 - 2 * part)
            line[x] += share * (knots[knot] * (1 - part) + knots[knot + 1] * part)
    return [height * (value - 0.4) for value in line]


def below(size: Size, line: Sequence[float], base: float) -> Image.Image:
    """Return the mask of everything under a hill line that stands on `base` (pixels from the top)."""

    def draw(pen: ImageDraw.ImageDraw, k: float) -> None:
        points = [(x * k, (base - rise) * k) for x, rise in enumerate(line)]
        pen.polygon([*points, (size[0] * k, size[1] * k), (0, size[1] * k)], fill=255)

    return drawn(size, draw)


def fir(pen: ImageDraw.ImageDraw, rng: Random, x: float, foot: float, height: float) -> None:
    """Draw one fir: a crooked cone of drooping boughs, bare at the foot."""
    tiers = max(6, int(height / 7))
    lean = rng.uniform(-0.02, 0.02) * height
    left, right = [], []
    for tier in range(tiers + 1):
        share = tier / tiers
        y = foot - height + height * 0.93 * share
        reach = height * 0.17 * share**0.85 * rng.uniform(0.55, 1.1)
        middle = x + lean * (1 - share)
        for side, points in ((-1, left), (1, right)):
            own = reach * rng.uniform(0.7, 1.15)
            points.append((middle + side * own * 0.35, y - height * 0.012))
            points.append((middle + side * own, y + height * 0.035 * rng.random()))
    pen.polygon([(x + lean, foot - height * 1.03), *right, *reversed(left)], fill=255)
    pen.rectangle([x - height * 0.012, foot - height * 0.1, x + height * 0.012, foot + height * 0.03], fill=255)


def tree(pen: ImageDraw.ImageDraw, rng: Random, x: float, y: float, length: float, angle: float, width: float) -> None:
    """Draw a bare tree, branch by branch, from (x, y) upwards; `angle` in radians from the vertical."""
    end_x, end_y = x + math.sin(angle) * length, y - math.cos(angle) * length
    pen.line([(x, y), (end_x, end_y)], fill=255, width=max(1, round(width)))
    if width > 2:
        pen.ellipse([end_x - width / 2, end_y - width / 2, end_x + width / 2, end_y + width / 2], fill=255)
    if length < 8:
        return
    lead = rng.uniform(-0.16, 0.16)  # one shoot goes on upwards, so that the crown is a dome and no umbrella
    tree(pen, rng, end_x, end_y, length * rng.uniform(0.76, 0.9), angle * 0.8 + lead, width * 0.78)
    for turn in (-1, 1):
        if rng.random() < 0.86:
            bend = angle * 0.9 + turn * rng.uniform(0.32, 0.82)
            tree(pen, rng, end_x, end_y, length * rng.uniform(0.52, 0.74), bend, width * rng.uniform(0.44, 0.62))


def ripples(size: Size, rng: Random, fineness: int = 90) -> Image.Image:
    """Return a mask of waves seen towards the horizon: long and thin above, wide and tall below."""
    width, height = size
    flat = noise((width, height), rng, max(6, fineness // 5), fineness * 2, 3)
    squeeze = 2.4  # how much more of the texture the far edge takes in than the near one
    margin = width * (squeeze - 1) / 2
    tall = flat.resize((int(width * squeeze), height), BICUBIC)
    quad = (0, 0, margin * 0.9, height, tall.width - margin * 0.9, height, tall.width, 0)
    near = tall.transform(size, Image.Transform.QUAD, quad, BICUBIC)
    out = Image.new("L", size)
    top = 0
    while top < height:  # rows grow taller towards the viewer: perspective, one strip at a time
        share = top / height
        strip = max(2, int(height * 0.02 + height * 0.06 * share))
        source = int(height * share**0.55)
        take = max(1, int(strip * (0.35 + 1.1 * (1 - share))))
        piece = near.crop((0, min(source, height - take), width, min(source, height - take) + take))
        out.paste(piece.resize((width, strip), BICUBIC), (0, top))
        top += strip
    return out


def water(picture: Image.Image, horizon: int, rng: Random, tint: Colour, depth: float = 0.55) -> None:
    """Fill everything below `horizon` with the broken reflection of what stands above it, in place."""
    width, height = picture.size
    size = (width, height - horizon)
    above = picture.crop((0, max(0, horizon - size[1]), width, horizon))
    mirror = ImageOps.flip(above).resize(size, BICUBIC).filter(ImageFilter.GaussianBlur(2))
    waves = ripples(size, rng)
    reach = max(3, size[1] // 26)
    up = ImageChops.offset(mirror, 0, -reach)
    up.paste(mirror.crop((0, size[1] - reach, width, size[1])), (0, size[1] - reach))
    down = ImageChops.offset(mirror, 0, reach)
    down.paste(mirror.crop((0, 0, width, reach)), (0, 0))
    mirror = Image.composite(up, Image.composite(down, mirror, band(waves, 120, 30)), band(waves, 135, 225))
    dark = band(waves, 165, 20, int(200 * depth))
    near = fade(size, lambda u, v: 0.25 + 0.75 * v)
    wash(mirror, tint, ImageChops.multiply(dark, near))
    picture.paste(mirror, (0, horizon))


def light_path(size: Size, rng: Random, x: float, horizon: int, colour: Colour, spread: float) -> Image.Image:
    """Return the glitter that a low light at `x` leaves on water below `horizon`, to be screened over a picture."""
    below_size = (size[0], size[1] - horizon)
    waves = band(ripples(below_size, rng, 130), 150, 225)
    path = fade(below_size, lambda u, v: math.exp(-(((u - x) / (spread * (0.35 + v))) ** 2)) * (1 - 0.55 * v))
    light = Image.new("RGB", size)
    light.paste(tuple(int(c) for c in colour), (0, horizon), ImageChops.multiply(waves, path))
    return light


def stars(size: Size, rng: Random, count: int) -> Image.Image:
    """Return a black sky with stars of true-looking magnitudes: very many faint, very few bright."""
    sky = Image.new("RGB", (size[0] * 2, size[1] * 2))
    pen = ImageDraw.Draw(sky)
    for _ in range(count):
        x, y = rng.random() * sky.width, rng.random() * sky.height
        light = 62 + 193 * rng.random() ** 4
        radius = 1.0 + 3.0 * rng.random() ** 9
        warm = rng.uniform(-22, 22)
        tone = tuple(int(min(255, max(0, light + shift))) for shift in (warm, 0, -warm))
        pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=tone)
    return sky.reduce(2)


def develop(
    picture: Image.Image, rng: Random, *, grain: float = 0.07, vignette: float = 0.35, bloom: float = 0.35,
    contrast: float = 0.25, mono: Colour | None = None,
) -> Image.Image:  # fmt: skip
    """Finish a picture as film would: bloom round the lights, an S-curve, darker corners, grain in the mid-tones."""
    small = picture.resize((picture.width // 8, picture.height // 8), BICUBIC)
    lights = small.point([max(0, int((value % 256 - 150) * 1.9)) for value in range(768)])
    halo = lights.filter(ImageFilter.GaussianBlur(small.width / 28)).resize(picture.size, BICUBIC)
    picture = screen(picture, halo.point([int(value % 256 * bloom) for value in range(768)]))
    if mono:
        grey = ImageOps.autocontrast(picture.convert("L"), cutoff=0.2)
        picture = ImageOps.colorize(grey, (9, 9, 11), (250, 247, 240), tuple(int(c) for c in mono))
    curve = [_curve(value % 256, contrast) for value in range(768)]
    picture = picture.point(curve)
    corners = fade(picture.size, lambda u, v: 1 - vignette * ((u - 0.5) ** 2 + (v - 0.5) ** 2) * 1.7)
    picture = ImageChops.multiply(picture, Image.merge("RGB", (corners,) * 3))
    return _grain(picture, rng, grain)


def _curve(value: int, contrast: float) -> int:
    x = value / 255
    s = x * x * (3 - 2 * x)
    return int(255 * (0.018 + 0.975 * (x + (s - x) * contrast)) + 0.5)


def _grain(picture: Image.Image, rng: Random, amount: float) -> Image.Image:
    size = picture.size
    first, second = (Image.frombytes("L", size, rng.randbytes(size[0] * size[1])) for _ in range(2))
    speckle = Image.blend(first, second, 0.5).filter(ImageFilter.GaussianBlur(0.9))
    speckle = speckle.point([int(128 + (value - 127.5) * amount * 4 + 0.5) for value in range(256)])
    grainy = ImageChops.add(picture, Image.merge("RGB", (speckle,) * 3), 1, -128)
    middle = picture.convert("L").point([int(255 - abs(value - 105) * 0.95) for value in range(256)])
    return Image.composite(grainy, picture, middle)
