"""A picture file -> prints of it, at any width and in any format: upright, sRGB, without metadata about places.

Runs in a worker. A print's bytes do not depend on which others are made with it: all are reduced from one decoding, at
the scale that the widest needs. At 24 megapixels that costs 100 ms where the narrowest alone would cost 70.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from folio import exif, pixels
from folio.errors import MakeFailed

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("jpg", "webp", "avif")
MASTER_PX = 2560  # the width that decoding aims at; a wider print, for which site.toml must ask, has its own
HALVED_MEGAPIXELS = 18  # from here on 2560 pixels are less than half of any side but an upright picture's short one
JPEG_QUALITY = 82
WEBP_QUALITY, WEBP_METHOD = 80, 4
AVIF_QUALITY, AVIF_SPEED = 60, 8  # speed 6 saves 3 % of the bytes and costs 3.5 times as much
AVIF_MEGAPIXELS = 7  # its encoder takes 22 MB for each; a larger print is made narrower than asked
LONGEST_SIDE_PX = 16_383  # what WebP can hold
MOVING_SOURCE_MEGAPIXELS = 500  # over all frames; a longer animation is shown by its first frame
MOVING_RESULT_MEGAPIXELS = 25  # over all frames, 5 s of work; a longer animation is made smaller


def derive(path: str, width: int, format: str, max_megapixels: int) -> bytes:
    """Return one print at most `width` pixels wide. Raises MakeFailed."""
    return derive_all(path, max_megapixels, [(width, format)])[0]


def derive_all(path: str, max_megapixels: int, wanted: Sequence[tuple[int, str]]) -> list[bytes]:
    """Return a print for each (width in pixels, "jpg" | "webp" | "avif"), in their order, from one decoding.

    None is enlarged; the only metadata kept are artist and copyright. JPEGs stand on white; an animation stays one as
    WebP only. Raises MakeFailed for a picture that is damaged, too large or of an unknown format.
    """
    if unknown := [format for _, format in wanted if format not in FORMATS]:
        raise MakeFailed(f"{unknown[0]!r} is not a format made here")
    usual = [(width, format) for width, format in wanted if width <= MASTER_PX]
    made = dict(zip(usual, _prints(path, max_megapixels, usual, MASTER_PX), strict=True))
    for width, format in wanted:
        if width > MASTER_PX:
            made[width, format] = _prints(path, max_megapixels, [(width, format)], width)[0]
    return [made[width, format] for width, format in wanted]


def fit(full: tuple[int, int], width: int, format: str = "") -> tuple[int, int]:
    """Return the size of a print requested at a width, of a picture whose upright size is `full`.

    It is never larger than the picture, and narrower than requested where that would be too large: a big portrait, a
    tall picture as AVIF, one longer than WebP can hold.
    """
    scale = min(1.0, width / full[0], LONGEST_SIDE_PX / max(full))
    megapixels = full[0] * full[1] / 1_000_000
    if megapixels >= HALVED_MEGAPIXELS and width <= MASTER_PX:
        scale = min(scale, 0.5)
    if format == "avif":
        scale = min(scale, (AVIF_MEGAPIXELS / megapixels) ** 0.5)
    return max(1, round(full[0] * scale)), max(1, round(full[1] * scale))


def _prints(path: str, max_megapixels: int, wanted: Sequence[tuple[int, str]], master_px: int) -> list[bytes]:
    """Make prints from one decoding of at least `master_px` width, the widest last: the decoding can be freed first."""
    with pixels.opened(path, max_megapixels) as image:
        notes, turn = exif.block(*pixels.credits(image)), pixels.orientation(image.getexif())
        full, frames = pixels.upright_size(image), pixels.moving(image)
        pixels.draft(image, _stored(fit(full, master_px), turn))
        sizes = [fit(full, width, format) for width, format in wanted]
        reduced = functools.cache(functools.partial(pixels.averaged, image))
        made: dict[tuple[tuple[int, int], str], bytes] = {}
        for size in sorted(set(sizes)):
            formats = {format for fit, (_, format) in zip(sizes, wanted, strict=True) if fit == size}
            if moves := {"webp"} & formats if frames > 1 and _bearable(full, frames) else set():
                made[size, "webp"] = _moving_webp(image, _stored(_calmed(size, frames), turn), turn, notes)
                image.seek(0)
            if formats - moves:
                still = _still(image, _stored(size, turn), turn, reduced)
                if size == max(sizes):
                    reduced.cache_clear()
                    _let_go(image, still)
                made.update({(size, format): _encode(still, format, notes) for format in sorted(formats - moves)})
        return [made[size, format] for size, (_, format) in zip(sizes, wanted, strict=True)]


def _still(image: Image.Image, size: tuple[int, int], turn: int, reduced: Callable[[int], Image.Image]) -> Image.Image:
    """Return the picture (an animation's first frame) in a size, upright, in sRGB, without metadata."""
    still = pixels.upright(pixels.srgb(pixels.resized(image, size, reduced)), turn)
    still.info = {}  # Pillow would write a comment it finds here; the original's is no longer needed
    return still


def _let_go(image: Image.Image, still: Image.Image) -> None:
    """Free the decoded picture, 24 MB of a camera's, before the last print made of it is encoded."""
    if still is not image:
        image.close()


def _stored(size: tuple[int, int], turn: int) -> tuple[int, int]:
    """Return the size as stored in the file, where a picture may lie on its side."""
    return (size[1], size[0]) if turn >= 5 else size


def _encode(image: Image.Image, format: str, notes: bytes) -> bytes:
    out = io.BytesIO()
    if format == "webp":
        image.save(out, "WEBP", quality=WEBP_QUALITY, method=WEBP_METHOD, exif=notes)
    elif format == "avif":
        image.save(out, "AVIF", quality=AVIF_QUALITY, speed=AVIF_SPEED, max_threads=1, exif=notes)
    else:
        pixels.flat(image).save(out, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True, exif=notes)
    return out.getvalue()


def _bearable(full: tuple[int, int], frames: int) -> bool:
    return frames * full[0] * full[1] <= MOVING_SOURCE_MEGAPIXELS * 1_000_000


def _calmed(size: tuple[int, int], frames: int) -> tuple[int, int]:
    """Return a size in the same shape at which all frames together have few enough pixels."""
    scale = min(1.0, (MOVING_RESULT_MEGAPIXELS * 1_000_000 / (frames * size[0] * size[1])) ** 0.5)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _moving_webp(image: Image.Image, size: tuple[int, int], turn: int, notes: bytes) -> bytes:
    from PIL import Image, ImageSequence

    frames, durations = [], []
    for frame in ImageSequence.Iterator(image):
        frames.append(pixels.upright(pixels.plain(frame).resize(size, Image.Resampling.LANCZOS), turn))
        durations.append(max(20, int(frame.info.get("duration", 100))))  # ms; browsers do not go faster either
    out = io.BytesIO()
    frames[0].save(
        out,
        "WEBP",
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=int(image.info.get("loop", 1)),  # a GIF that does not say "for ever" plays once
        quality=WEBP_QUALITY,
        method=WEBP_METHOD,
        exif=notes,
    )
    return out.getvalue()
