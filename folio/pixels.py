"""A picture file -> its pixels, upright and in sRGB, and its metadata.

Runs in a worker, called by images.py and prints.py. Pixels are decoded only here, and only in the formats listed.
"""

from __future__ import annotations

import importlib.util
import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from folio import captions, exif
from folio.errors import MakeFailed

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF")  # Pillow knows many more, each with its own bugs
TIFF_IPTC, TIFF_PHOTOSHOP = 33723, 34377
MOVING = ("GIF", "WEBP", "PNG")  # an MPO or TIFF of several pictures does not move
BAND_ROWS = 128  # rows of the file
WHITE, OPAQUE = (255, 255, 255), 250
END_OF_IMAGE = b"\xff\xd9"
SAME_SHAPE = 0.03  # cameras pad 3:2 pictures with black to 4:3 thumbnails, and editors leave old ones


@contextmanager
def opened(source: str | BinaryIO, max_megapixels: int) -> Iterator[Image.Image]:
    """Open a picture whose header states at most `max_megapixels`, without decoding it.

    Raises MakeFailed, also for any exception inside the `with`: on damaged files Pillow's decoders raise all kinds.
    """
    from PIL import Image, ImageFile, UnidentifiedImageError

    too_large = f"has more than {max_megapixels} megapixels"
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint, which this worker may have run before, sets it
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about sizes (checked here) and odd metadata
            with Image.open(source, formats=_formats()) as image:
                if image.width * image.height > max_megapixels * 1_000_000:
                    raise MakeFailed(too_large)
                yield image
    except (MakeFailed, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise MakeFailed("is not a picture of a known format") from error
    except Image.DecompressionBombError as error:
        raise MakeFailed(too_large) from error
    except OSError as error:  # with an errno, its text would disclose the full path
        raise MakeFailed(f"cannot be read ({error.strerror if error.errno else error})") from error
    except Exception as error:
        raise MakeFailed(f"cannot be read ({error})") from error


def _formats() -> tuple[str, ...]:
    """Return the formats to open; HEIF only where the package for it is installed."""
    if importlib.util.find_spec("pillow_heif") is None:
        return FORMATS
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)
    return (*FORMATS, "HEIF")


def credits(image: Image.Image) -> tuple[str, str]:
    """Return the artist and the copyright by XMP, IPTC or EXIF, "" where none says."""
    words, notes = captions.read(*written(image)), image.getexif()
    return words.artist or exif.text(notes, exif.ARTIST), words.copyright or exif.text(notes, exif.COPYRIGHT)


def tells_place(path: str, max_megapixels: int) -> bool:
    """Say whether a picture file holds the coordinates of its place, in EXIF or XMP. Raises MakeFailed."""
    with opened(path, max_megapixels) as image:
        return exif.tells_place(image.getexif()) or b"GPSLatitude" in written(image)[1]


def written(image: Image.Image) -> tuple[bytes, bytes]:
    """Return the IPTC-IIM block and the XMP packet of a picture file, each b"" if absent."""
    resources = image.info.get("photoshop")
    block = resources.get(captions.IPTC_RESOURCE, b"") if isinstance(resources, dict) else b""
    if image.format == "TIFF":
        tags = getattr(image, "tag_v2", None)
        raw = getattr(tags, "_tagdata", {})  # Adobe writes longs, of which Pillow's own value is only the first
        block = raw.get(TIFF_IPTC) or captions.iptc_of(raw.get(TIFF_PHOTOSHOP, b""))
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    return _bytes(block), packet.encode() if isinstance(packet, str) else _bytes(packet)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""


def within(path: str, box: tuple[int, int], most_pixels: int, max_megapixels: int) -> Image.Image:
    """Return a picture scaled into a box and to `most_pixels`, upright, in sRGB on white. Raises MakeFailed."""
    with opened(path, max_megapixels) as image:
        width, height = upright_size(image)
        scale = min(1.0, box[0] / width, box[1] / height, (most_pixels / (width * height)) ** 0.5)
        size = (max(1, int(width * scale)), max(1, int(height * scale)))
        turn = orientation(image.getexif())
        stored = (size[1], size[0]) if turn >= 5 else size
        draft(image, stored)
        return flat(upright(srgb(resized(image, stored)), turn)).convert("RGB")


def orientation(notes: Image.Exif) -> int:
    """Return the EXIF orientation, 1 to 8; 1 for anything else."""
    value = notes.get(exif.ORIENTATION)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Return width and height as seen upright."""
    width, height = image.size
    return (height, width) if orientation(image.getexif()) >= 5 else (width, height)


def moving(image: Image.Image) -> int:
    """Return the number of frames of an animation, 1 for a still picture."""
    return int(getattr(image, "n_frames", 1)) if image.format in MOVING else 1


def colour(image: Image.Image, tail: bytes) -> str:
    """Return the mean colour as "#aabbcc", of a complete JPEG's thumbnail, else of the pixels (30 ms at 24 MP).

    A transparent picture has none: "".

    `tail` is the end of the file: without an end-of-image marker in it the pixels are decoded, which shows the damage.
    """
    raw = image.info.get("exif", b"")
    if image.format in ("JPEG", "MPO") and END_OF_IMAGE in tail and isinstance(raw, bytes):
        with suppress(MakeFailed), opened(io.BytesIO(exif.thumbnail(image.getexif(), raw)), 1) as small:
            if abs(small.width * image.height / (small.height * image.width) - 1) < SAME_SHAPE:
                return _mean(small)
    return _mean(image)


def _mean(image: Image.Image) -> str:
    from PIL import Image

    size = (min(image.width, 32), min(image.height, 32))
    draft(image, size)
    small = resized(image, size)
    if small.mode == "RGBA" and min(small.getchannel("A").tobytes()) < OPAQUE:
        return ""
    red, green, blue = flat(small).convert("RGB").resize((1, 1), Image.Resampling.BOX).tobytes()
    return f"#{red:02x}{green:02x}{blue:02x}"


def draft(image: Image.Image, size: tuple[int, int]) -> None:
    """Have a JPEG decoded at the smallest scale that holds `size`, which is as stored, not upright.

    The decoder compares both sides; without one pixel less, half a pixel lost in rounding would double its work.
    """
    image.draft(None, (max(1, size[0] - 1), max(1, size[1] - 1)))


def resized(
    image: Image.Image, size: tuple[int, int], reduced: Callable[[int], Image.Image] | None = None
) -> Image.Image:
    """Return the picture in exactly this size, as stored, in L, RGB, RGBA, CMYK or LAB; itself if it is so already.

    Squares of pixels are averaged first as far as that is invisible (52 dB and more from a Lanczos filter over all of
    them, at half its cost), and a slight reduction takes a shorter filter. `reduced` is `averaged` of this picture,
    cached by a caller that makes several sizes.
    """
    from PIL import Image

    scale = min(image.width / size[0], image.height / size[1])
    factor = max(min(2, int(scale)), int(scale / 2))
    if factor >= 2 and image.mode not in ("I", "F"):
        small = reduced(factor) if reduced else averaged(image, factor)
        return small.resize(size, Image.Resampling.LANCZOS, (0, 0, image.width / factor, image.height / factor))
    full = plain(image)
    if full.size == size:
        return full
    return full.resize(size, Image.Resampling.BICUBIC if scale < 1.5 else Image.Resampling.LANCZOS)


def averaged(image: Image.Image, factor: int) -> Image.Image:
    """Average squares of `factor` pixels, band by band: a full copy in another mode could cost a gigabyte."""
    from PIL import Image

    if image.mode in ("L", "RGB") and "transparency" not in image.info:
        return image.reduce(factor)
    size = -(-image.width // factor), -(-image.height // factor)
    small: Image.Image | None = None
    rows = factor * max(1, BAND_ROWS // factor)
    for top in range(0, image.height, rows):
        bottom = min(image.height, top + rows)
        band = plain(image.crop((0, top, image.width, bottom))).reduce(factor)
        if small is None:
            small = Image.new(band.mode, size)
            small.info = dict(image.info)
        small.paste(band, (0, top // factor))
    assert small
    return small


def plain(image: Image.Image) -> Image.Image:
    """Return the picture with 8 bits per channel, in L, RGB, RGBA, CMYK or LAB."""
    if image.mode.startswith("I") or image.mode == "F":
        return _eight_bits(image)
    if image.mode in ("L", "RGB", "CMYK", "LAB", "RGBA") and "transparency" not in image.info:
        image.load()
        return image
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("L" if image.mode == "1" else "RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit and floating-point greys to 0 to 255: `convert("L")` alone would clip them to white."""
    wide = image.convert("F")
    lowest, highest = wide.getextrema()
    if image.mode.startswith("I;16") or (image.mode == "I" and isinstance(highest, float) and highest > 255):
        return wide.point(lambda value: value * (1 / 257)).convert("L")
    if image.mode == "F" and isinstance(lowest, float) and isinstance(highest, float) and highest <= 1.0:
        return wide.point(lambda value: value * 255).convert("L")
    return wide.convert("L")


def srgb(image: Image.Image) -> Image.Image:
    """Convert the picture from its colour profile to sRGB; a damaged profile is ignored, as browsers do."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha else image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else None
        if source is None and image.mode == "LAB":
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        if source and "sRGB IEC61966" not in ImageCms.getProfileDescription(source):
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(
                colours,
                source,
                target,
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode="RGB",
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
            colours = converted or colours
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        pass
    if colours.mode not in ("L", "RGB"):
        colours = colours.convert("RGB")
    if alpha:
        colours.putalpha(alpha)
    return colours


def upright(image: Image.Image, turn: int) -> Image.Image:
    from PIL.Image import Transpose

    moves = {
        2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
    }  # fmt: skip
    return image.transpose(moves[turn]) if turn in moves else image


def flat(image: Image.Image) -> Image.Image:
    """Lay a transparent picture on white."""
    from PIL import Image

    if image.mode != "RGBA":
        return image
    paper = Image.new("RGB", image.size, WHITE)
    paper.paste(image, mask=image.getchannel("A"))
    return paper
