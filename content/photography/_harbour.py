"""Eight pictures of a harbour that does not exist. Each function paints one, from a seeded source of randomness."""

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
    glow,
    light_path,
    mix,
    noise,
    ramp,
    ridge,
    ripples,
    screen,
    shade,
    stars,
    wash,
    water,
)  # fmt: skip
from PIL import Image, ImageChops, ImageDraw, ImageFilter


def clouds(picture: Image.Image, rng: Random, horizon: int, lit: Colour, amount: int = 150) -> None:
    """Lay long evening clouds over the sky above `horizon`, thicker towards it, in place."""
    size = (picture.width, horizon)
    wisps = noise(size, rng, 4, 14, 6)
    mask = Image.new("L", picture.size)
    where = fade(size, lambda u, v: math.sin(math.pi * min(1, v * 1.02)) ** 0.8)
    soft = band(wisps, 128, 215, amount).filter(ImageFilter.GaussianBlur(2.5))
    mask.paste(ImageChops.multiply(soft, where))
    wash(picture, lit, mask)


def pier_at_dusk(size: Size, rng: Random) -> Image.Image:
    """A wooden pier runs out towards the last of the light."""
    width, height = size
    horizon = int(height * 0.56)
    sky = (
        (0, (38, 52, 86)),
        (0.25, (84, 92, 128)),
        (0.42, (186, 136, 132)),
        (0.52, (242, 172, 112)),
        (0.57, (255, 214, 150)),
    )

    def colour(u: float, v: float) -> Colour:
        return mix(ramp(sky, v), (255, 226, 170), 0.75 * glow(u, v, 0.64, 0.55, 0.2))

    picture = shade(size, colour)
    clouds(picture, rng, horizon, (112, 86, 108), 175)
    clouds(picture, rng, horizon, (255, 190, 140), 90)
    far = ridge(rng, width, 70, 3)
    wash(picture, (104, 88, 110), below(size, [max(-5, r + 20 - x / width * 90) for x, r in enumerate(far)], horizon))
    water(picture, horizon, rng, (24, 32, 52), 0.75)
    picture = screen(picture, light_path(size, rng, 0.64, horizon, (255, 190, 120), 0.09))
    pier = drawn(size, lambda pen, k: _pier(pen, k, size, horizon, rng))
    blurred = pier.filter(ImageFilter.GaussianBlur(1.2))
    wash(picture, (17, 19, 27), blurred)
    return develop(picture, rng, vignette=0.42, bloom=0.45)


def _pier(pen: ImageDraw.ImageDraw, k: float, size: Size, horizon: int, rng: Random) -> None:
    width, height = size
    end_x, end_y = width * 0.60, horizon - height * 0.012
    spans = 19
    deck = []
    for i in range(spans + 1):
        near = 0.86**i  # each bay looks a fixed share smaller than the last
        x = end_x + (width * -0.14 - end_x) * near
        y = end_y + (height * 0.705 - end_y) * near
        far_side = end_x + (width * 0.30 - end_x) * near
        post, sink = max(1.5, 34 * near), height * 0.30 * near
        for side in (x, far_side):
            lean = rng.uniform(-0.12, 0.12) * post
            top, foot = (y - height * 0.10 * near) * k, (y + sink) * k
            left, right = (side - post / 2) * k, (side + post / 2) * k
            pen.polygon([(left, top), (right, top), (right + lean * k, foot), (left + lean * k, foot)], fill=255)
        deck.append((x, far_side, y, near))
    for (xa, fa, ya, na), (xb, fb, yb, nb) in itertools.pairwise(deck):
        pen.polygon([(xa * k, ya * k), (fa * k, ya * k), (fb * k, yb * k), (xb * k, yb * k)], fill=255)
        drop_a, drop_b = height * 0.026 * na, height * 0.026 * nb
        pen.polygon(
            [(fa * k, ya * k), (fb * k, yb * k), (fb * k, (yb + drop_b) * k), (fa * k, (ya + drop_a) * k)], fill=255
        )
        for a, b in ((xa, xb), (fa, fb)):
            for rail in (0.092, 0.052):
                line = [(a * k, (ya - height * rail * na) * k), (b * k, (yb - height * rail * nb) * k)]
                pen.line(line, fill=255, width=max(2, int(11 * na * k / 2)))


def long_exposure(size: Size, rng: Random) -> Image.Image:
    """Sea and sky with nothing between them but four minutes."""
    horizon = int(size[1] * 0.5)
    tones = ((0, (96, 98, 102)), (0.3, (168, 168, 168)), (0.49, (226, 224, 220)), (0.5, (205, 203, 200)))
    sea = ((0.5, (120, 122, 126)), (0.56, (94, 97, 102)), (0.8, (66, 70, 76)), (1, (36, 39, 44)))
    picture = shade(size, lambda u, v: ramp(tones, v + 0.03 * math.sin(u * 3)), 8)
    picture.paste(shade(size, lambda u, v: ramp(sea, v), 8).crop((0, horizon, *size)), (0, horizon))
    drift = noise(size, rng, 2, 9, 4)
    wash(
        picture,
        (236, 235, 232),
        ImageChops.multiply(band(drift, 110, 235, 120), fade(size, lambda u, v: 1 - abs(v - 0.3) * 3)),
    )
    smooth = noise((size[0], size[1] - horizon), rng, 3, 60, 3)
    pale = Image.new("L", size)
    pale.paste(band(smooth, 120, 240, 70), (0, horizon))
    wash(picture, (206, 207, 208), pale)
    rock = ridge(rng, size[0], 56, 14)
    line = [r + 46 - ((x / size[0] - 0.735) * 13) ** 2 * 60 for x, r in enumerate(rock)]
    stone = below(size, line, horizon + 108)
    foot = fade(size, lambda u, v: 1 - max(0, v - 0.545) * 38, 4)
    wash(picture, (32, 33, 36), ImageChops.multiply(stone, foot).filter(ImageFilter.GaussianBlur(1.4)))
    return develop(picture, rng, mono=(128, 127, 125), vignette=0.5, grain=0.11, contrast=0.5, bloom=0.15)


def rain_on_glass(size: Size, rng: Random) -> Image.Image:
    """The quay through a wet window: lamps out of focus, and the drops in it."""
    picture = shade(size, lambda u, v: mix((22, 30, 44), (50, 44, 52), glow(u, v, 0.6, 0.75, 0.6)), 8)
    lamps = ((255, 176, 92), (255, 206, 140), (250, 120, 84), (150, 190, 220), (236, 232, 214), (92, 170, 150))
    for _ in range(46):
        radius = rng.uniform(0.018, 0.052) * size[0]
        x, y = rng.random() * size[0], (0.52 + rng.gauss(0, 0.13)) * size[1]
        lamp = rng.choice(lamps)
        picture = screen(picture, _bokeh(size, x, y, radius, lamp, rng.uniform(0.14, 0.62)))
    streak = (
        picture.filter(ImageFilter.BoxBlur(3)).resize((size[0], size[1] // 14)).resize(size, Image.Resampling.BICUBIC)
    )
    low = fade(size, lambda u, v: (v - 0.62) * 2.2)
    picture.paste(streak, (0, 0), low)
    sharp = picture.copy()
    picture = picture.filter(ImageFilter.GaussianBlur(5))
    return develop(_drops(picture, sharp, rng), rng, vignette=0.5, bloom=0.4, grain=0.07)


def _bokeh(size: Size, x: float, y: float, radius: float, lamp: Colour, strength: float) -> Image.Image:
    disc = Image.new("L", (size[0] // 2, size[1] // 2))
    pen = ImageDraw.Draw(disc)
    cx, cy, r = x / 2, y / 2, radius / 2
    pen.ellipse([cx - r, cy - r, cx + r, cy + r], fill=int(255 * strength))
    pen.ellipse([cx - r * 0.9, cy - r * 0.9, cx + r * 0.9, cy + r * 0.9], fill=int(215 * strength))
    disc = disc.filter(ImageFilter.GaussianBlur(1.6)).resize(size, Image.Resampling.BICUBIC)
    black = Image.new("RGB", size)
    black.paste(tuple(int(c) for c in lamp), (0, 0), disc)
    return black


def _drops(soft: Image.Image, sharp: Image.Image, rng: Random) -> Image.Image:
    """Set drops on the pane: each is a small lens that shows the street upside down."""
    out = soft.copy()
    world = sharp.resize((soft.width // 9, soft.height // 9), Image.Resampling.LANCZOS).rotate(180)
    for _ in range(2300):
        radius = 3 + 30 * rng.random() ** 7
        x, y = int(rng.random() * soft.width), int(rng.random() * soft.height)
        tall = radius * rng.uniform(1.0, 1.35)
        box = (int(radius * 2) + 4, int(tall * 2) + 4)
        px = min(max(0, world.width - box[0]), int((1 - x / soft.width) * world.width))
        py = min(max(0, world.height - box[1]), int((1 - y / soft.height) * world.height))
        lens = world.crop((px, py, px + box[0], py + box[1])).point(
            [min(255, int(v % 256 * 1.25 + 10)) for v in range(768)]
        )
        shape = Image.new("L", (box[0] * 3, box[1] * 3))
        wobble = [rng.uniform(0.88, 1.06) for _ in range(8)]
        points = []
        for i in range(40):
            turn = i / 40 * math.tau
            reach = wobble[i // 5] * (1 - i % 5 / 5) + wobble[(i // 5 + 1) % 8] * (i % 5 / 5)
            points.append(
                (box[0] * 1.5 + math.cos(turn) * radius * 3 * reach, box[1] * 1.5 + math.sin(turn) * tall * 3 * reach)
            )
        ImageDraw.Draw(shape).polygon(points, fill=255)
        shape = shape.reduce(3)
        edge = ImageChops.subtract(
            shape,
            shape.filter(ImageFilter.GaussianBlur(max(1, radius * 0.22))).point(
                [min(255, int(v * 1.15)) for v in range(256)]
            ),
        )
        lens.paste((4, 6, 10), (0, 0), edge.point([min(105, v) for v in range(256)]))
        if radius > 6:
            glint = ImageDraw.Draw(lens)
            gx, gy, gr = box[0] / 2 - radius * 0.3, box[1] / 2 - tall * 0.42, max(1.0, radius * 0.11)
            glint.ellipse([gx - gr, gy - gr, gx + gr, gy + gr], fill=(235, 236, 232))
        out.paste(lens, (x - box[0] // 2, y - box[1] // 2), shape)
    return out


def moonrise(size: Size, rng: Random) -> Image.Image:
    """Moonrise, the breakwater, and its small lamp."""
    width, height = size
    horizon = int(height * 0.68)
    sky = ((0, (8, 13, 28)), (0.4, (22, 34, 60)), (0.68, (66, 82, 108)))

    def colour(u: float, v: float) -> Colour:
        base = ramp(sky, v)
        return mix(
            base, (176, 184, 190), 0.8 * glow(u, v, 0.4, 0.27, 0.12, 0.8) + 0.28 * glow(u, v, 0.4, 0.3, 0.42, 0.8)
        )

    picture = shade(size, colour)
    picture = screen(picture, stars((width, height), rng, 900))
    clouds(picture, rng, horizon, (46, 58, 84), 200)
    moon = drawn(
        size,
        lambda pen, k: pen.ellipse(
            [(width * 0.4 - 66) * k, (height * 0.27 - 66) * k, (width * 0.4 + 66) * k, (height * 0.27 + 66) * k],
            fill=255,
        ),
    )
    seas = band(noise((132, 132), rng, 3, 3, 4), 120, 200, 70)
    wash(picture, (252, 248, 232), moon)
    spots = Image.new("L", size)
    spots.paste(seas, (int(width * 0.4) - 66, int(height * 0.27) - 66))
    wash(picture, (196, 192, 182), ImageChops.multiply(spots, moon))
    water(picture, horizon, rng, (8, 14, 26), 0.8)
    picture = screen(picture, light_path(size, rng, 0.4, horizon, (226, 226, 214), 0.16))
    wall = drawn(size, lambda pen, k: _breakwater(pen, k, size, horizon, rng))
    wash(picture, (9, 11, 17), wall)
    lamp = shade(
        size,
        lambda u, v: tuple(
            c * (glow(u, v, 0.685, 0.572, 0.012, 0.8) * 1.2 + 0.35 * glow(u, v, 0.685, 0.572, 0.07, 0.8))
            for c in (255, 150, 84)
        ),
        6,
    )
    return develop(screen(picture, lamp), rng, vignette=0.45, bloom=0.55, grain=0.085)


def _breakwater(pen: ImageDraw.ImageDraw, k: float, size: Size, horizon: int, rng: Random) -> None:
    width, height = size
    top = horizon - height * 0.012
    points = [
        (width * 1.0, horizon + height * 0.075),
        (width * 1.0, horizon - height * 0.055),
        (width * 0.74, top - height * 0.008),
    ]
    x = width * 0.73
    while x > width * 0.615:
        points.append((x, top + rng.uniform(-5, 6) + (width * 0.73 - x) * 0.07))
        x -= rng.uniform(9, 22)
    points += [(width * 0.605, horizon + 14), (width * 0.70, horizon + height * 0.018)]
    pen.polygon([(px * k, py * k) for px, py in points], fill=255)
    cx, foot = width * 0.685, top + 4
    pen.polygon(
        [
            ((cx - 19) * k, foot * k),
            ((cx - 12) * k, (foot - 138) * k),
            ((cx + 12) * k, (foot - 138) * k),
            ((cx + 19) * k, foot * k),
        ],
        fill=255,
    )
    pen.rectangle([(cx - 20) * k, (foot - 146) * k, (cx + 20) * k, (foot - 138) * k], fill=255)
    for post in (-11, 11):
        pen.line([((cx + post) * k, (foot - 172) * k), ((cx + post) * k, (foot - 140) * k)], fill=255, width=5)
    pen.polygon(
        [((cx - 17) * k, (foot - 172) * k), (cx * k, (foot - 194) * k), ((cx + 17) * k, (foot - 172) * k)], fill=255
    )


def boats_in_fog(size: Size, rng: Random) -> Image.Image:
    """Five boats at their moorings on a morning without an edge."""
    width, height = size
    horizon = int(height * 0.5)
    tones = (
        (0, (196, 203, 206)),
        (0.35, (214, 217, 214)),
        (0.5, (226, 224, 216)),
        (0.75, (190, 198, 200)),
        (1, (146, 158, 164)),
    )
    picture = shade(size, lambda u, v: mix(ramp(tones, v), (248, 236, 214), 0.7 * glow(u, v, 0.30, 0.40, 0.30)))
    for base, tone in ((0.505, (202, 206, 205)), (0.515, (188, 194, 196))):
        line = ridge(rng, width, 120, 2)
        wash(
            picture,
            tone,
            ImageChops.multiply(below(size, line, height * base), fade(size, lambda u, v: 1 - (v - 0.44) * 12)),
        )
    boats = (
        (0.22, 0.545, 0.42, 170),
        (0.47, 0.565, 0.55, 142),
        (0.60, 0.535, 0.30, 186),
        (0.80, 0.60, 0.92, 88),
        (0.36, 0.527, 0.22, 194),
    )
    for x, y, scale, tone in sorted(boats, key=lambda boat: boat[1]):
        _moor(picture, rng, x * width, y * height, scale, (tone, tone + 7, tone + 10))
    calm = ripples((width, height - horizon), rng, 60)
    mask = Image.new("L", size)
    mask.paste(
        ImageChops.multiply(band(calm, 150, 240, 80), fade((width, height - horizon), lambda u, v: v)), (0, horizon)
    )
    wash(picture, (222, 224, 222), mask)
    mist = noise(size, rng, 2, 6, 4)
    wash(
        picture,
        (226, 226, 220),
        ImageChops.multiply(band(mist, 90, 230, 150), fade(size, lambda u, v: 1 - abs(v - 0.5) * 4.5)),
    )
    return develop(picture, rng, vignette=0.3, bloom=0.1, contrast=0.45, grain=0.075)


def _moor(picture: Image.Image, rng: Random, x: float, y: float, scale: float, tone: Colour) -> None:
    size = picture.size
    tilt = rng.uniform(-0.012, 0.012)

    def draw(pen: ImageDraw.ImageDraw, k: float) -> None:
        def at(px: float, py: float) -> tuple[float, float]:
            return ((x + (px + py * tilt) * scale) * k, (y + py * scale) * k)

        pen.polygon([at(-190, -44), at(170, -58), at(186, -50), at(140, 0), at(-150, 0), at(-176, -12)], fill=255)
        pen.polygon([at(-96, -46), at(-84, -82), at(38, -86), at(62, -52)], fill=255)
        pen.line([at(-14, -50), at(-14, -560)], fill=255, width=max(2, int(9 * scale * k / 2)))
        pen.line([at(-14, -118), at(-172, -106)], fill=255, width=max(2, int(13 * scale * k / 2)))
        for stay in ((-186, -46), (176, -56)):
            pen.line([at(-14, -552), at(*stay)], fill=150, width=max(1, int(2.4 * scale * k / 2)))
        pen.line([at(-54, -330), at(26, -330)], fill=220, width=max(1, int(3 * scale * k / 2)))

    boat = drawn(size, draw).filter(ImageFilter.GaussianBlur(2.4 - 1.9 * scale))
    mirror = ImageChops.offset(boat.transpose(Image.Transpose.FLIP_TOP_BOTTOM), 0, int(2 * y - size[1]))
    soft = mirror.filter(ImageFilter.BoxBlur((2, 9 * scale))).point([int(v * 0.62) for v in range(256)])
    falling = fade(size, lambda u, v: (v * size[1] > y) * (1 - (v * size[1] - y) / (560 * scale + 60) * 0.85))
    wash(picture, tone, ImageChops.multiply(soft, falling))
    wash(picture, tone, boat)


def ferry_leaving(size: Size, rng: Random) -> Image.Image:
    """First ferry, under a great deal of sky."""
    width, height = size
    horizon = int(height * 0.74)
    sky = ((0, (92, 122, 160)), (0.3, (146, 164, 188)), (0.55, (214, 188, 184)), (0.74, (250, 214, 178)))
    picture = shade(size, lambda u, v: mix(ramp(sky, v), (255, 232, 196), 0.6 * glow(u, v, 0.27, 0.74, 0.28, 1.78)))
    clouds(picture, rng, horizon, (120, 122, 148), 190)
    clouds(picture, rng, horizon, (255, 214, 190), 170)
    low = ridge(rng, width, 46, 4)
    wash(picture, (128, 124, 148), below(size, [r + 12 - (1 - x / width) * 70 for x, r in enumerate(low)], horizon))
    hull = drawn(size, lambda pen, k: _ferry(pen, k, width * 0.36, horizon + 3, 1.0))
    wash(picture, (58, 60, 82), hull)
    smoke = noise(size, rng, 12, 8, 4)
    plume = fade(
        size,
        lambda u, v: (
            math.exp(-(((v - 0.665 + (u - 0.37) * 0.10) / (0.006 + max(0, u - 0.37) * 0.12)) ** 2))
            * (0.37 < u < 0.6)
            * (1 - (u - 0.37) / 0.23)
        ),
        6,
    )
    wash(picture, (96, 94, 116), ImageChops.multiply(band(smoke, 60, 210, 170), plume))
    water(picture, horizon, rng, (52, 70, 98), 0.6)
    wake = drawn(
        size,
        lambda pen, k: pen.polygon(
            [
                (width * 0.375 * k, (horizon + 8) * k),
                (width * 0.40 * k, (horizon + 7) * k),
                (width * 0.98 * k, height * k),
                (width * 0.60 * k, height * k),
            ],
            fill=255,
        ),
    )
    foam = Image.new("L", size)
    foam.paste(band(ripples((width, height - horizon), rng, 110), 120, 230, 130), (0, horizon))
    wash(picture, (232, 218, 210), ImageChops.multiply(wake.filter(ImageFilter.GaussianBlur(14)), foam))
    lights = Image.new("RGB", size)
    pen = ImageDraw.Draw(lights)
    for i in range(11):
        x = width * 0.36 - 66 + i * 12
        pen.ellipse([x, horizon - 26, x + 4, horizon - 22], fill=(255, 214, 140))
    picture = screen(picture, lights.filter(ImageFilter.GaussianBlur(1.4)))
    return develop(picture, rng, vignette=0.32, bloom=0.35, contrast=0.3)


def _ferry(pen: ImageDraw.ImageDraw, k: float, x: float, y: float, s: float) -> None:
    shape = [
        (-104, -18),
        (-96, -1),
        (92, -1),
        (112, -24),
        (84, -20),
        (80, -33),
        (60, -33),
        (56, -47),
        (30, -47),
        (28, -58),
        (12, -58),
        (10, -47),
        (-60, -45),
        (-62, -33),
        (-88, -31),
        (-90, -18),
    ]
    pen.polygon([((x - px * s) * k, (y + py * s) * k) for px, py in shape], fill=255)
    pen.polygon(
        [((x - px * s) * k, (y + py * s) * k) for px, py in ((-22, -45), (-18, -74), (-4, -74), (-2, -45))], fill=255
    )
    pen.line([((x - 44 * s) * k, (y - 46 * s) * k), ((x - 44 * s) * k, (y - 92 * s) * k)], fill=255, width=4)


def headlands(size: Size, rng: Random) -> Image.Image:
    """Six headlands, each a day's walk behind the last."""
    width, height = size
    sky = ((0, (120, 150, 178)), (0.2, (186, 190, 190)), (0.36, (246, 212, 164)), (0.5, (252, 190, 124)))
    picture = shade(
        size,
        lambda u, v: mix(
            ramp(sky, v),
            (255, 240, 206),
            glow(u, v, 0.36, 0.335, 0.045, 0.8) + 0.55 * glow(u, v, 0.36, 0.34, 0.22, 0.8),
        ),
    )
    clouds(picture, rng, int(height * 0.4), (230, 186, 160), 110)
    layers = 6
    for i in range(layers):
        share = i / (layers - 1)
        base = height * (0.415 + 0.115 * i + 0.02 * share)
        fall = -1 if i % 2 else 1
        line = [
            r + height * 0.085 * (0.5 + share * 0.9) * (0.5 + fall * (0.5 - x / width))
            for x, r in enumerate(ridge(rng, width, height * (0.05 + 0.055 * share), 1.4 + rng.random()))
        ]
        far, near = (232, 182, 142), (22, 34, 46)
        tone = mix(far, near, share**0.75)
        mist = mix(tone, (252, 206, 158), 0.62 - 0.42 * share)
        body = shade(
            size,
            lambda u, v, tone=tone, mist=mist, base=base: mix(
                tone, mist, (v * height - base + height * 0.05) / (height * 0.15)
            ),
        )
        picture.paste(body, (0, 0), below(size, line, base))
        haze = noise(size, rng, 3, 10, 4)
        where = fade(size, lambda u, v, base=base: math.exp(-(((v - base / height - 0.07) / 0.05) ** 2)))
        wash(
            picture,
            mix((252, 212, 166), (120, 124, 130), share),
            ImageChops.multiply(band(haze, 110, 240, int(130 - 80 * share)), where),
        )
    return develop(picture, rng, vignette=0.35, bloom=0.3, contrast=0.35, grain=0.06)


def low_tide(size: Size, rng: Random) -> Image.Image:
    """Groynes and wet sand, an hour after the sea has left."""
    width, height = size
    horizon = int(height * 0.4)
    sky = ((0, (112, 132, 152)), (0.22, (170, 178, 184)), (0.4, (232, 214, 190)))
    picture = shade(size, lambda u, v: mix(ramp(sky, v), (255, 238, 208), 0.7 * glow(u, v, 0.72, 0.36, 0.22)))
    clouds(picture, rng, horizon, (124, 134, 150), 220)
    clouds(picture, rng, horizon, (250, 232, 208), 120)
    mirror = picture.crop((0, 0, width, horizon)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    wet = mirror.resize((width, height - horizon), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(7))
    sand = shade((width, height - horizon), lambda u, v: mix((150, 138, 124), (86, 76, 68), v))
    pools = ripples((width, height - horizon), rng, 26)
    sheet = Image.composite(wet, sand, band(pools, 96, 168))
    ribs = ripples((width, height - horizon), rng, 150)
    wash(sheet, (60, 54, 50), ImageChops.multiply(band(ribs, 128, 60, 120), band(pools, 150, 70)))
    picture.paste(sheet, (0, horizon))
    surf = drawn(size, lambda pen, k: pen.rectangle([0, (horizon - 2) * k, width * k, (horizon + 9) * k], fill=255))
    wash(picture, (94, 106, 118), surf.filter(ImageFilter.GaussianBlur(1.5)))
    foam = Image.new("L", size)
    foam.paste(band(noise((width, 26), rng, 9, 2, 5), 110, 200), (0, horizon + 6))
    wash(picture, (244, 238, 228), foam.filter(ImageFilter.GaussianBlur(1.5)))
    posts = drawn(size, lambda pen, k: _groyne(pen, k, size, horizon, Random(5)))
    shine = drawn(size, lambda pen, k: _groyne(pen, k, size, horizon, Random(5), mirrored=True))
    broken = Image.new("L", size)
    broken.paste(band(pools, 60, 150, 190), (0, horizon))
    wash(picture, (58, 54, 54), ImageChops.multiply(shine.filter(ImageFilter.BoxBlur((3, 8))), broken))
    wash(picture, (30, 28, 30), posts.filter(ImageFilter.GaussianBlur(0.8)))
    return develop(picture, rng, vignette=0.4, bloom=0.3, contrast=0.4, grain=0.08)


def _groyne(pen: ImageDraw.ImageDraw, k: float, size: Size, horizon: int, rng: Random, mirrored: bool = False) -> None:
    width, height = size
    for i in range(26):
        near = 0.885**i
        x = width * 0.63 + (width * 0.085 - width * 0.63) * near
        y = horizon + 12 + (height * 0.93 - horizon - 12) * near
        tall = height * 0.36 * near * rng.uniform(0.72, 1.05)
        thick = max(2.0, 58 * near * rng.uniform(0.8, 1.1))
        lean = rng.uniform(-0.04, 0.04) * tall
        tip = y + tall * 0.8 if mirrored else y - tall
        pen.polygon(
            [
                ((x - thick / 2) * k, y * k),
                ((x + lean - thick * 0.44) * k, tip * k),
                ((x + lean + thick * 0.4) * k, (tip + thick * 0.16) * k),
                ((x + thick / 2) * k, y * k),
            ],
            fill=255,
        )
