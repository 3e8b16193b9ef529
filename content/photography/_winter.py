"""Eight pictures of a winter that nobody stood in. Each function paints one, from a seeded source of randomness."""

# ruff: noqa: S311 - randomness for looks, not for secrets
from __future__ import annotations

import itertools
import math
from random import Random

from _brushes import (
    Colour,
    Size,
    band,
    below,
    develop,
    drawn,
    fade,
    fir,
    glow,
    mix,
    noise,
    ramp,
    ridge,
    ripples,
    screen,
    shade,
    stars,
    tree,
    wash,
)  # fmt: skip
from PIL import Image, ImageChops, ImageDraw, ImageFilter


def snow(
    picture: Image.Image, line: list[float], base: float, rng: Random, lit: Colour, shadow: Colour, relief: int = 150
) -> None:
    """Lay a field of snow under a hill line, with soft drifts of light and blue shadow, in place."""
    size = picture.size
    top = base / size[1]
    field = shade(size, lambda u, v: mix(shadow, lit, 0.55 + 0.45 * math.sin(min(1.5, (v - top) * 4 + 0.4))))
    drifts = ripples(size, rng, 16).filter(ImageFilter.GaussianBlur(9))
    wash(field, lit, band(drifts, 120, 230, relief))
    wash(field, shadow, band(drifts, 135, 30, relief))
    picture.paste(field, (0, 0), below(size, line, base))


def fence_in_snow(size: Size, rng: Random) -> Image.Image:
    """A fence goes into the fog, and the morning comes out of it."""
    width, height = size
    horizon = height * 0.46
    sky = ((0, (150, 172, 200)), (0.25, (190, 200, 216)), (0.46, (244, 224, 208)))
    picture = shade(size, lambda u, v: mix(ramp(sky, v), (255, 240, 216), 0.8 * glow(u, v, 0.8, 0.43, 0.25)))
    for base, tone in ((0.455, (214, 206, 210)), (0.47, (196, 194, 206))):
        trees = ridge(rng, width, 90, 3)
        mask = drawn(size, lambda pen, k, trees=trees, base=base: _forest(pen, k, rng, trees, height * base, 34, 5))
        wash(
            picture,
            tone,
            ImageChops.multiply(mask, fade(size, lambda u, v: 1 - (v - 0.42) * 14)).filter(
                ImageFilter.GaussianBlur(1.6)
            ),
        )
    line = [r * 0.6 for r in ridge(rng, width, 60, 1.5, 4)]
    snow(picture, line, horizon + 18, rng, (250, 244, 240), (172, 188, 218), 105)
    shadows = drawn(size, lambda pen, k: _fence(pen, k, size, horizon, Random(7), shadow=True))
    wash(
        picture, (150, 168, 206), shadows.filter(ImageFilter.GaussianBlur(4)).point([int(v * 0.6) for v in range(256)])
    )
    posts = drawn(size, lambda pen, k: _fence(pen, k, size, horizon, Random(7)))
    distance = shade(size, lambda u, v: mix((196, 190, 196), (52, 46, 48), (v - 0.48) * 4.2))
    picture.paste(distance, (0, 0), posts.filter(ImageFilter.GaussianBlur(0.9)))
    caps = drawn(size, lambda pen, k: _fence(pen, k, size, horizon, Random(7), cap=True))
    wash(picture, (252, 248, 244), caps.filter(ImageFilter.GaussianBlur(1)))
    mist = noise(size, rng, 2, 7, 4)
    wash(
        picture,
        (246, 232, 222),
        ImageChops.multiply(band(mist, 70, 220, 200), fade(size, lambda u, v: 1 - abs(v - 0.475) * 13)),
    )
    return develop(picture, rng, vignette=0.28, bloom=0.2, contrast=0.35, grain=0.05)


def _fence(
    pen: ImageDraw.ImageDraw, k: float, size: Size, horizon: float, rng: Random, shadow: bool = False, cap: bool = False
) -> None:
    width, height = size
    wires = []
    for i in range(24):
        near = 0.84**i
        x = width * 0.70 + (width * 0.06 - width * 0.70) * near
        y = horizon + 22 + (height * 0.90 - horizon - 22) * near + rng.uniform(-6, 6) * near
        tall, thick = height * 0.36 * near * rng.uniform(0.88, 1.08), max(1.6, 50 * near)
        lean = rng.uniform(-0.09, 0.09) * tall
        tip = (x + lean, y - tall)
        if shadow:
            reach = -tall * 1.15
            pen.polygon(
                [
                    ((x - thick / 2) * k, y * k),
                    ((x + thick / 2) * k, y * k),
                    ((x + reach + thick / 3) * k, (y + tall * 0.42) * k),
                    ((x + reach - thick / 3) * k, (y + tall * 0.42) * k),
                ],
                fill=255,
            )
        elif cap:
            pen.ellipse(
                [
                    (tip[0] - thick * 0.6) * k,
                    (tip[1] - thick * 0.55) * k,
                    (tip[0] + thick * 0.6) * k,
                    (tip[1] + thick * 0.3) * k,
                ],
                fill=255,
            )
        else:
            pen.polygon(
                [
                    ((x - thick / 2) * k, (y + 4 * near) * k),
                    ((tip[0] - thick * 0.46) * k, tip[1] * k),
                    ((tip[0] + thick * 0.46) * k, tip[1] * k),
                    ((x + thick / 2) * k, (y + 4 * near) * k),
                ],
                fill=255,
            )
        wires.append((tip, (x, y), near))
    if shadow or cap:
        return
    for (ta, fa, na), (tb, fb, _nb) in itertools.pairwise(wires):
        for share in (0.16, 0.44, 0.70):
            ax, ay = ta[0] + (fa[0] - ta[0]) * share, ta[1] + (fa[1] - ta[1]) * share
            bx, by = tb[0] + (fb[0] - tb[0]) * share, tb[1] + (fb[1] - tb[1]) * share
            sag = [
                ((ax + (bx - ax) * s) * k, (ay + (by - ay) * s + 46 * na * s * (1 - s)) * k)
                for s in (0, 0.25, 0.5, 0.75, 1)
            ]
            pen.line(sag, fill=200, width=max(1, int(3.4 * na * k / 2)))


def _forest(
    pen: ImageDraw.ImageDraw, k: float, rng: Random, line: list[float], base: float, tall: float, gap: float
) -> None:
    pen.polygon(
        [
            *((x * k, (base - rise) * k) for x, rise in enumerate(line)),
            (len(line) * k, (base + 900) * k),
            (0, (base + 900) * k),
        ],
        fill=255,
    )
    x = -tall
    while x < len(line) + tall:
        own = tall * (0.55 + 0.75 * rng.random() ** 1.5)
        rise = line[min(len(line) - 1, max(0, int(x)))]
        fir(pen, rng, x * k, (base - rise + tall * 0.08) * k, own * k)
        x += gap * rng.uniform(0.3, 1.7)


def birches(size: Size, rng: Random) -> Image.Image:
    """A birch wood, counted from the front: nine, then more, then the fog."""
    width, height = size
    tones = ((0, (206, 212, 214)), (0.5, (226, 227, 224)), (0.74, (236, 234, 230)), (1, (206, 212, 220)))
    picture = shade(size, lambda u, v: mix(ramp(tones, v), (255, 246, 226), 0.55 * glow(u, v, 0.62, 0.35, 0.35, 0.8)))
    for depth in range(5):
        share = depth / 4
        count, girth = (26, 20, 14, 8, 4)[depth], (12, 18, 28, 52, 96)[depth]
        foot = height * (0.70 + 0.055 * depth + 0.03 * share)
        fog = (226, 227, 224)
        slots = sorted((i + rng.uniform(0.12, 0.88)) / count for i in range(count))
        for slot in slots:
            _birch(picture, rng, slot * width, foot + rng.uniform(-14, 14), girth * rng.uniform(0.75, 1.15), share, fog)
        ground = [r * 0.5 for r in ridge(rng, width, 30, 2, 5)]
        tone = mix((232, 232, 230), (222, 228, 236), share)
        floor = shade(
            size, lambda u, v, tone=tone, foot=foot: mix(tone, (196, 206, 222), (v * height - foot) / height * 2.2)
        )
        picture.paste(floor, (0, 0), below(size, ground, foot - 16).filter(ImageFilter.GaussianBlur(5)))
    grass = drawn(size, lambda pen, k: _grass(pen, k, size, rng))
    wash(picture, (120, 104, 88), grass.point([int(v * 0.7) for v in range(256)]))
    return develop(picture, rng, vignette=0.3, bloom=0.12, contrast=0.6, grain=0.06)


def _birch(picture: Image.Image, rng: Random, x: float, foot: float, girth: float, near: float, fog: Colour) -> None:
    """One trunk, drawn in its own strip: pale bark, shaded on one side, with the dark marks birches have."""
    width, height = int(girth * 2.6), int(foot)
    strip = Image.new("L", (width * 2, height * 2))
    pen = ImageDraw.Draw(strip)
    lean = rng.uniform(-0.5, 0.5) * girth
    middle, top = width / 2, width / 2 + lean
    edge = [
        ((top - girth * 0.3) * 2, 0),
        ((top + girth * 0.3) * 2, 0),
        ((middle + girth * 0.5) * 2, height * 2),
        ((middle - girth * 0.5) * 2, height * 2),
    ]
    pen.polygon(edge, fill=255)
    strip = strip.reduce(2)

    def bark(u: float, v: float) -> Colour:
        across = (u * width - (top + (middle - top) * v)) / (girth * 0.5)
        return mix((244, 240, 232), (120, 122, 132), 0.25 + 0.5 * across + 0.2 * across * across)

    trunk = shade((width, height), bark, 4)
    marks = ImageDraw.Draw(trunk)
    y = rng.uniform(0, 30)
    while y < height:
        share = y / height
        centre = top + (middle - top) * share
        reach, tall = girth * rng.uniform(0.08, 0.5), girth * rng.uniform(0.012, 0.06)
        side = rng.choice((-1, 1, 1))
        start = centre + side * girth * 0.5 * rng.uniform(0.2, 1.0)
        marks.polygon(
            [(start, y - tall), (start - side * reach, y + rng.uniform(-1, 1) * tall), (start, y + tall)],
            fill=(44, 40, 42),
        )
        y += girth * rng.uniform(0.08, 0.75) * (1.25 - 0.6 * share)
    trunk = Image.blend(
        Image.new("RGB", trunk.size, tuple(int(c) for c in fog)),
        trunk.filter(ImageFilter.GaussianBlur(0.7)),
        0.16 + 0.84 * near,
    )
    picture.paste(trunk, (int(x - width / 2), 0), strip)


def _grass(pen: ImageDraw.ImageDraw, k: float, size: Size, rng: Random) -> None:
    for _ in range(420):
        x = rng.gauss(0.3 if rng.random() < 0.6 else 0.8, 0.14) * size[0]
        y = size[1] * rng.uniform(0.93, 1.03)
        tall, bend = rng.uniform(30, 150), rng.uniform(-46, 60)
        points = [((x + bend * s * s) * k, (y - tall * s) * k) for s in (0, 0.35, 0.7, 1)]
        pen.line(points, fill=int(rng.uniform(90, 230)), width=rng.choice((1, 2, 3)))


def hills(size: Size, rng: Random) -> Image.Image:
    """Fir hills coming out of the fog one behind the other."""
    width, height = size
    sky = ((0, (170, 188, 204)), (0.3, (210, 214, 214)), (0.5, (240, 226, 206)))
    picture = shade(size, lambda u, v: mix(ramp(sky, v), (255, 242, 218), 0.8 * glow(u, v, 0.30, 0.27, 0.2, 1.78)))
    layers = 6
    for i in range(layers):
        share = i / (layers - 1)
        base = height * (0.36 + 0.125 * i)
        line = ridge(rng, width, height * (0.14 + 0.10 * share), 1.5 + rng.random() * 1.2, 6)
        tall, gap = 14 + 170 * share**1.8, 3 + 15 * share**1.4
        mask = drawn(
            size, lambda pen, k, line=line, base=base, tall=tall, gap=gap: _forest(pen, k, rng, line, base, tall, gap)
        )
        tone = mix((206, 208, 206), (24, 36, 42), share**0.85)
        mist = mix((238, 228, 214), (150, 164, 170), share)
        body = shade(
            size,
            lambda u, v, tone=tone, mist=mist, base=base, share=share: mix(
                tone, mist, (v * height - base + height * 0.02) / (height * 0.16) * (1 - 0.45 * share)
            ),
        )
        picture.paste(body, (0, 0), mask)
        fog = noise(size, rng, 2, 6, 5)
        where = fade(size, lambda u, v, base=base: math.exp(-(((v - base / height - 0.105) / 0.06) ** 2)))
        wash(picture, mist, ImageChops.multiply(band(fog, 70, 215, int(235 - 95 * share)), where))
    return develop(picture, rng, vignette=0.35, bloom=0.2, contrast=0.35, grain=0.055)


def lit_window(size: Size, rng: Random) -> Image.Image:
    """One house, one window, the blue quarter of an hour."""
    width, height = size
    sky = ((0, (30, 44, 82)), (0.3, (62, 82, 126)), (0.55, (132, 146, 178)))
    picture = shade(size, lambda u, v: ramp(sky, v))
    picture = screen(picture, stars(size, rng, 60))
    back = ridge(rng, width, 150, 1.6, 6)
    mask = drawn(size, lambda pen, k: _forest(pen, k, rng, back, height * 0.53, 62, 11))
    body = shade(size, lambda u, v: mix((44, 58, 92), (96, 114, 152), (v - 0.44) * 7))
    picture.paste(body, (0, 0), mask)
    field = [r * 0.5 + 90 * math.sin(x / width * 2.4 + 0.5) for x, r in enumerate(ridge(rng, width, 60, 1.5, 5))]
    snow(picture, field, height * 0.665, rng, (150, 170, 208), (84, 104, 150), 100)
    x, y = width * 0.60, height * 0.628
    walls = drawn(
        size,
        lambda pen, k: pen.polygon(
            [((x + px) * k, (y + py) * k) for px, py in ((-120, 0), (-120, -96), (-62, -164), (-4, -96), (-4, 6))],
            fill=255,
        ),
    )
    side = drawn(
        size,
        lambda pen, k: pen.polygon(
            [((x + px) * k, (y + py) * k) for px, py in ((-6, 8), (-6, -96), (148, -96), (148, 4))], fill=255
        ),
    )
    roof = drawn(
        size,
        lambda pen, k: pen.polygon(
            [((x + px) * k, (y + py) * k) for px, py in ((-66, -172), (-2, -90), (160, -90), (98, -172))], fill=255
        ),
    )
    chimney = drawn(
        size, lambda pen, k: pen.rectangle([(x + 58) * k, (y - 200) * k, (x + 80) * k, (y - 164) * k], fill=255)
    )
    for tone, shape in (((40, 44, 62), chimney), ((34, 40, 60), side), ((48, 54, 78), walls), ((128, 148, 190), roof)):
        wash(picture, tone, shape)
    window = drawn(
        size,
        lambda pen, k: [
            pen.rectangle([(x + a) * k, (y - 62) * k, (x + a + 13) * k, (y - 42) * k], fill=255)
            or pen.rectangle([(x + a) * k, (y - 39) * k, (x + a + 13) * k, (y - 19) * k], fill=255)
            for a in (46, 62)
        ],
    )
    wash(picture, (255, 214, 132), window)
    aura = shade(
        size,
        lambda u, v: tuple(
            c
            * (
                0.62 * glow(u, v, (x + 60) / width, (y - 40) / height, 0.035, 1)
                + 0.20 * glow(u, v, (x + 60) / width, (y + 20) / height, 0.12, 1)
            )
            for c in (255, 168, 78)
        ),
    )
    spill = drawn(
        size,
        lambda pen, k: pen.polygon(
            [
                ((x + 40) * k, (y + 14) * k),
                ((x + 80) * k, (y + 14) * k),
                ((x + 190) * k, (y + 190) * k),
                ((x + 30) * k, (y + 190) * k),
            ],
            fill=255,
        ),
    )
    fall = fade(size, lambda u, v: 1 - (v * height - y) / 200)
    patch = Image.new("RGB", size)
    patch.paste((150, 96, 40), (0, 0), ImageChops.multiply(spill.filter(ImageFilter.GaussianBlur(16)), fall))
    picture = screen(screen(picture, aura), patch)
    smoke = noise(size, rng, 16, 10, 4)
    plume = fade(
        size,
        lambda u, v: (
            math.exp(
                -(
                    (
                        (u - (x + 69) / width - max(0, (y - 200) / height - v) * 0.34)
                        / (0.004 + max(0, (y - 200) / height - v) * 0.10)
                    )
                    ** 2
                )
            )
            * (v < (y - 196) / height)
            * max(0, 1 - ((y - 200) / height - v) / 0.26)
        ),
        4,
    )
    wash(picture, (150, 164, 196), ImageChops.multiply(band(smoke, 40, 220, 150), plume))
    return develop(picture, rng, vignette=0.5, bloom=0.5, contrast=0.3, grain=0.075)


def night_sky(size: Size, rng: Random) -> Image.Image:
    """Fifteen seconds of a clear night above the firs."""
    width, height = size
    sky = ((0, (7, 12, 28)), (0.5, (16, 26, 50)), (0.78, (62, 74, 96)), (0.95, (128, 112, 104)))
    picture = shade(size, lambda u, v: ramp(sky, v))

    def river(u: float, v: float) -> float:
        across = (u - 0.34 - (1 - v) * 0.36) / 0.17
        return math.exp(-across * across) * (1 - max(0, v - 0.5) * 1.6)

    cloud = noise(size, rng, 5, 7, 7)
    milky = fade(size, river)
    dust = noise(size, rng, 6, 9, 6)
    wash(
        picture,
        (140, 146, 172),
        ImageChops.multiply(band(cloud, 20, 255, 105), milky).filter(ImageFilter.GaussianBlur(14)),
    )
    lane = fade(size, lambda u, v: math.exp(-(((u - 0.355 - (1 - v) * 0.36) / 0.045) ** 2)))
    wash(picture, (14, 19, 38), ImageChops.multiply(band(dust, 90, 220, 170), lane).filter(ImageFilter.GaussianBlur(6)))
    picture = screen(picture, stars(size, rng, 5200))
    dense = Image.new("RGB", size)
    dense.paste(stars(size, rng, 26000), (0, 0), milky)
    picture = screen(picture, dense)
    for base, tall, gap, tone in ((0.86, 70, 12, (20, 26, 40)), (0.95, 260, 58, (7, 9, 15))):
        line = ridge(rng, width, 130, 1.4, 6)
        wash(
            picture,
            tone,
            drawn(
                size,
                lambda pen, k, line=line, base=base, tall=tall, gap=gap: _forest(
                    pen, k, rng, line, height * base, tall, gap
                ),
            ),
        )
    return develop(picture, rng, vignette=0.4, bloom=0.3, contrast=0.3, grain=0.085)


def street_lamp(size: Size, rng: Random) -> Image.Image:
    """Snow crossing the light of one lamp."""
    width, height = size
    x, y = 0.56, 0.30

    def colour(u: float, v: float) -> Colour:
        light = 0.75 * glow(u, v, x, y, 0.13, 0.8) + 0.5 * glow(u, v, x, y + 0.12, 0.42, 0.8)
        return mix(mix((14, 18, 30), (30, 30, 42), v), (240, 172, 96), light)

    picture = shade(size, colour)
    bare = drawn(
        size,
        lambda pen, k: (
            [
                tree(pen, rng, px * width * k, 0.86 * height * k, 92 * k, lean, 15 * k / 1.2)
                for px, lean in ((0.14, 0.08), (0.90, -0.1))
            ]
            and None
        ),
    )
    wash(picture, (22, 20, 26), bare.filter(ImageFilter.GaussianBlur(2.5)))
    ground = [r * 0.4 for r in ridge(rng, width, 40, 1.5, 4)]
    floor = shade(
        size,
        lambda u, v: mix(
            (30, 34, 50), (222, 164, 104), 0.85 * math.exp(-(((u - x) / 0.34) ** 2 + ((v - 0.91) / 0.075) ** 2))
        ),
    )
    picture.paste(floor, (0, 0), below(size, ground, height * 0.845).filter(ImageFilter.GaussianBlur(4)))
    post = drawn(size, lambda pen, k: _lamp(pen, k, x * width, y * height, height * 0.9))
    wash(picture, (10, 10, 14), post)
    bulb = shade(size, lambda u, v: tuple(c * min(1, 1.9 * glow(u, v, x, y, 0.024, 0.8)) for c in (255, 226, 172)), 4)
    picture = screen(picture, bulb)
    flakes = Image.new("L", size)
    for share, count in ((0.0, 2600), (0.35, 700), (0.75, 120), (1.0, 22)):
        layer = Image.new("L", size)
        pen = ImageDraw.Draw(layer)
        for _ in range(count):
            fx, fy = rng.random() * width, rng.random() * height
            radius = 1.2 + 17 * share**1.8 * rng.uniform(0.7, 1.2)
            near = glow(fx / width, fy / height, x, y + 0.1, 0.34, 0.8)
            level = int((34 + 215 * near) * (1 - 0.55 * share))
            pen.ellipse([fx - radius, fy - radius * 1.25, fx + radius * 0.8, fy + radius * 1.25], fill=level)
        flakes = ImageChops.lighter(flakes, layer.filter(ImageFilter.GaussianBlur(0.8 + 3.5 * share)))
    falling = Image.new("RGB", size)
    falling.paste((255, 226, 190), (0, 0), flakes)
    return develop(screen(picture, falling), rng, vignette=0.55, bloom=0.5, contrast=0.25, grain=0.07)


def _lamp(pen: ImageDraw.ImageDraw, k: float, x: float, y: float, foot: float) -> None:
    pen.rectangle([(x - 8) * k, (y + 60) * k, (x + 8) * k, foot * k], fill=255)
    pen.rectangle([(x - 14) * k, (foot - 170) * k, (x + 14) * k, foot * k], fill=255)
    pen.polygon(
        [
            ((x - 22) * k, (y + 62) * k),
            ((x + 22) * k, (y + 62) * k),
            ((x + 12) * k, (y + 84) * k),
            ((x - 12) * k, (y + 84) * k),
        ],
        fill=255,
    )
    pen.polygon(
        [
            ((x - 58) * k, (y - 48) * k),
            ((x - 20) * k, (y - 92) * k),
            ((x + 20) * k, (y - 92) * k),
            ((x + 58) * k, (y - 48) * k),
        ],
        fill=255,
    )
    pen.ellipse([(x - 7) * k, (y - 112) * k, (x + 7) * k, (y - 90) * k], fill=255)
    for side in (-1, 1):
        pen.line([((x + side * 44) * k, (y - 46) * k), ((x + side * 22) * k, (y + 62) * k)], fill=255, width=7)


def lone_tree(size: Size, rng: Random) -> Image.Image:
    """A tree, and the rest left out."""
    width, height = size
    horizon = height * 0.70
    picture = shade(size, lambda u, v: mix((196, 197, 198), (240, 240, 239), v * 1.35))
    line = [60 * math.sin(x / width * 2.6 + 0.3) for x in range(width)]
    ground = shade(size, lambda u, v: mix((238, 238, 238), (204, 206, 209), (v - 0.66) * 3.2))
    picture.paste(ground, (0, 0), below(size, line, horizon).filter(ImageFilter.GaussianBlur(3)))
    drift = noise(size, rng, 3, 10, 5)
    wash(
        picture, (196, 199, 204), ImageChops.multiply(band(drift, 120, 40, 90), fade(size, lambda u, v: (v - 0.68) * 6))
    )
    x, foot = width * 0.385, horizon - 58 * math.sin(0.385 * 2.6 + 0.3) + 10
    bare = drawn(size, lambda pen, k: tree(pen, rng, x * k, foot * k, 128 * k, 0.03, 25 * k))
    wash(picture, (26, 26, 28), bare)
    roots = drawn(
        size, lambda pen, k: pen.ellipse([(x - 70) * k, (foot - 5) * k, (x + 90) * k, (foot + 18) * k], fill=255)
    )
    wash(picture, (176, 180, 186), roots.filter(ImageFilter.GaussianBlur(10)).point([int(v * 0.7) for v in range(256)]))
    birds = drawn(size, lambda pen, k: _birds(pen, k, width * 0.70, height * 0.30, rng))
    wash(picture, (52, 52, 54), birds)
    far = drawn(
        size,
        lambda pen, k: (
            [
                pen.line(
                    [
                        (px * k, (horizon - 6 - 60 * math.sin(px / width * 2.6 + 0.3) + 4) * k),
                        (px * k, (horizon - 34 - 60 * math.sin(px / width * 2.6 + 0.3)) * k),
                    ],
                    fill=255,
                    width=5,
                )
                for px in range(int(width * 0.62), width, 46)
            ]
            and None
        ),
    )
    wash(picture, (120, 121, 124), far)
    return develop(picture, rng, mono=(134, 133, 131), vignette=0.3, grain=0.085, contrast=0.15, bloom=0.0)


def _birds(pen: ImageDraw.ImageDraw, k: float, x: float, y: float, rng: Random) -> None:
    for _ in range(9):
        bx, by, span = x + rng.gauss(0, 110), y + rng.gauss(0, 52), rng.uniform(9, 17)
        lift = rng.uniform(0.25, 0.6) * span
        pen.line(
            [
                ((bx - span) * k, (by - lift * 0.6) * k),
                ((bx - span * 0.4) * k, (by - lift) * k),
                (bx * k, by * k),
                ((bx + span * 0.4) * k, (by - lift) * k),
                ((bx + span) * k, (by - lift * 0.4) * k),
            ],
            fill=255,
            width=5,
        )


def first_sun(size: Size, rng: Random) -> Image.Image:
    """The sun gets over the hedge at two minutes to eight."""
    width, height = size
    sky = ((0, (122, 142, 172)), (0.25, (196, 178, 178)), (0.5, (252, 196, 132)))
    picture = shade(
        size,
        lambda u, v: mix(
            ramp(sky, v),
            (255, 244, 214),
            glow(u, v, 0.66, 0.44, 0.04, 1.78) * 1.3 + 0.65 * glow(u, v, 0.66, 0.45, 0.26, 1.78),
        ),
    )
    wisps = noise(size, rng, 4, 14, 6)
    wash(
        picture, (150, 136, 152), ImageChops.multiply(band(wisps, 120, 220, 150), fade(size, lambda u, v: 1 - v * 2.4))
    )
    for depth in range(4):
        share = depth / 3
        base = height * (0.505 + 0.045 * depth)
        line = [r * 0.3 for r in ridge(rng, width, 70, 1.6, 5)]
        woods = drawn(
            size, lambda pen, k, base=base, share=share, depth=depth: _copse(pen, k, width, base, rng, share, depth)
        )
        wash(
            picture,
            mix((238, 182, 130), (46, 34, 44), share**0.8),
            woods.filter(ImageFilter.GaussianBlur(1.2 - share * 0.7)),
        )
        lit, shadow = mix((250, 204, 152), (238, 200, 178), share), mix((214, 176, 152), (120, 128, 164), share)
        field = shade(
            size,
            lambda u, v, lit=lit, shadow=shadow: mix(
                shadow, lit, 1.2 * math.exp(-(((u - 0.66) / (0.16 + v * 0.25)) ** 2)) - (v - 0.5) * 0.5
            ),
        )
        picture.paste(field, (0, 0), below(size, line, base + 4).filter(ImageFilter.GaussianBlur(2)))
        haze = noise(size, rng, 3, 8, 4)
        where = fade(size, lambda u, v, base=base: math.exp(-(((v - base / height + 0.004) / 0.028) ** 2)))
        wash(picture, (255, 216, 164), ImageChops.multiply(band(haze, 70, 230, int(190 - 110 * share)), where))
    drifts = ripples(size, rng, 20).filter(ImageFilter.GaussianBlur(7))
    near = fade(size, lambda u, v: (v - 0.68) * 3.6)
    wash(picture, (98, 106, 150), ImageChops.multiply(band(drifts, 130, 40, 120), near))
    wash(picture, (255, 222, 180), ImageChops.multiply(band(drifts, 135, 230, 130), near))
    return develop(picture, rng, vignette=0.38, bloom=0.5, contrast=0.3, grain=0.06)


def _copse(pen: ImageDraw.ImageDraw, k: float, width: int, base: float, rng: Random, share: float, depth: int) -> None:
    for _ in range((34, 18, 9, 4)[depth]):
        x = rng.random() * width
        if depth == 3 and 0.5 < x / width < 0.82:
            continue
        tree(
            pen,
            rng,
            x * k,
            (base + 8) * k,
            (7 + 36 * share**1.3) * rng.uniform(0.8, 1.25) * k,
            rng.uniform(-0.06, 0.06),
            (2 + 9 * share) * k / 1.4,
        )
    x = 0.0
    while x < width:
        bush = rng.uniform(6, 13) * (0.4 + share)
        pen.ellipse([(x - bush) * k, (base - bush * 0.8) * k, (x + bush) * k, (base + bush) * k], fill=255)
        x += bush * rng.uniform(0.4, 1.1) if rng.random() < 0.985 else width * rng.uniform(0.02, 0.2)
