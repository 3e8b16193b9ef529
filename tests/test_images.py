"""Photographs: derivatives that are right and private, facts that are humane, pictures no decoder should see."""

from __future__ import annotations

import asyncio
import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image, ImageCms, ImageDraw, ImageFile, ImageStat

from folio import exif, images, prints
from folio.cache import Maker
from folio.config import Config, Photographs
from folio.content import Photo, Stat
from folio.dates import Date
from folio.errors import MakeFailed
from folio.factsbook import FactsBook
from folio.images import Facts, exif_line, picture, ratio_class, read, snap, tone_class
from folio.prints import derive, derive_all, fit
from folio.workers import Workers

UTC = ZoneInfo("UTC")
RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 160, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)
SECRET = "SECRET"
ARTIST, COPYRIGHT = "Zoë Example", "© 2026 Zoë Example"


def quarters(size: tuple[int, int] = (600, 400)) -> Image.Image:
    """A picture whose corners tell its orientation: red, green, blue and black from the top left, row by row."""
    image = Image.new("RGB", size, BLACK)
    draw, (width, height) = ImageDraw.Draw(image), size
    draw.rectangle((0, 0, width // 2, height // 2), fill=RED)
    draw.rectangle((width // 2, 0, width, height // 2), fill=GREEN)
    draw.rectangle((0, height // 2, width // 2, height), fill=BLUE)
    return image


def corners(image: Image.Image) -> list[str]:
    """Name the colours of the four corners, as near as a lossy format keeps them."""
    names = {"red": RED, "green": GREEN, "blue": BLUE, "black": BLACK, "white": WHITE}
    rgb, (width, height) = image.convert("RGB"), image.size
    spots = [(x, y) for y in (height // 8, height - height // 8) for x in (width // 8, width - width // 8)]
    return [min(names, key=lambda name: apart(rgb.getpixel(spot), names[name])) for spot in spots]


def apart(one: Any, other: Any) -> Any:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def telltale() -> Image.Exif:
    """EXIF as cameras and programs write it, with everything that must not leave."""
    notes = Image.Exif()
    notes[exif.MAKE], notes[exif.MODEL] = "Canon", "Canon EOS 5D Mark II"
    notes[exif.ARTIST], notes[exif.COPYRIGHT] = ARTIST.encode(), COPYRIGHT.encode()
    notes[0x0131] = f"{SECRET} software"
    notes[exif.EXIF_IFD] = {
        exif.EXPOSURE_TIME: 1 / 80, exif.F_NUMBER: 1.2, exif.ISO: 100, exif.FOCAL_LENGTH: 85.0,
        exif.DATE_ORIGINAL: "2013:07:13 18:04:05", exif.OFFSET_ORIGINAL: "+02:00",
        exif.LENS_MODEL: "EF85mm f/1.2L II USM",
        0x927C: f"{SECRET} maker note".encode(), 0xA430: f"{SECRET} owner", 0xA431: f"{SECRET} serial",
    }  # fmt: skip
    notes[0x8825] = {1: "N", 2: (48.0, 51.0, 30.1), 3: "E", 4: (2.0, 17.0, 40.2), 29: "SECRET day"}
    return notes


def saved(path: Path, image: Image.Image, **options: Any) -> str:
    image.save(path, **options)
    return str(path)


def opened(made: bytes) -> Image.Image:
    return Image.open(io.BytesIO(made))


# Derivatives


FORMATS = ("jpg", "webp", "avif")


@pytest.mark.parametrize(("format", "kind"), [("jpg", "JPEG"), ("webp", "WEBP"), ("avif", "AVIF")])
def test_a_derivative_has_the_width_that_was_asked_for(tmp_path: Path, format: str, kind: str) -> None:
    path = saved(tmp_path / "x.jpg", quarters((3000, 2001)), quality=95)
    made = opened(derive(path, 640, format, 64))
    assert (made.format, made.size) == (kind, (640, 427))
    assert corners(made) == ["red", "green", "blue", "black"]


def test_a_picture_is_never_enlarged(tmp_path: Path) -> None:
    assert opened(derive(saved(tmp_path / "x.png", quarters((300, 200))), 2560, "jpg", 64)).size == (300, 200)


def test_a_sliver_keeps_at_least_a_pixel(tmp_path: Path) -> None:
    assert opened(derive(saved(tmp_path / "x.png", Image.new("L", (3000, 1))), 320, "webp", 64)).size == (320, 1)
    assert opened(derive(saved(tmp_path / "y.png", Image.new("L", (2, 20_000))), 320, "webp", 64)).height == 16_383


def test_a_print_is_the_same_made_alone_or_with_others(tmp_path: Path) -> None:
    path = saved(tmp_path / "x.jpg", quarters((3000, 2000)), quality=90)
    wanted = [(320, "webp"), (4096, "jpg"), (640, "jpg"), (320, "jpg"), (320, "avif"), (2560, "jpg")]
    together = derive_all(path, 64, wanted)
    assert [opened(made).format for made in together] == ["WEBP", "JPEG", "JPEG", "JPEG", "AVIF", "JPEG"]
    assert [opened(made).width for made in together] == [320, 3000, 640, 320, 320, 2560]
    assert together == [derive(path, width, format, 64) for width, format in wanted]


def test_a_moving_picture_is_printed_in_every_format_at_once(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (400, 200), colour) for colour in (RED, GREEN)]
    path = saved(tmp_path / "x.gif", frames[0], save_all=True, append_images=frames[1:], duration=50)
    wanted = [(width, format) for width in (320, 640) for format in FORMATS]
    together = derive_all(path, 64, wanted)
    assert together == [derive(path, width, format, 64) for width, format in wanted]
    assert [getattr(opened(made), "n_frames", 1) for made in together] == [1, 2, 1] * 2
    assert corners(opened(together[3])) == ["red"] * 4


def test_a_long_animation_moves_in_a_smaller_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prints, "MOVING_RESULT_MEGAPIXELS", 0.01)
    frames = [Image.new("RGB", (400, 200), colour) for colour in (RED, GREEN)]
    path = saved(tmp_path / "x.webp", frames[0], save_all=True, append_images=frames[1:], duration=50)
    made = opened(derive(path, 320, "webp", 64))
    assert (made.size, made.n_frames) == ((100, 50), 2)  # type: ignore[attr-defined]
    monkeypatch.setattr(prints, "MOVING_SOURCE_MEGAPIXELS", 0.1)
    still = opened(derive(path, 320, "webp", 64))
    assert (still.size, still.n_frames) == ((320, 160), 1)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("full", "width", "format", "size"),
    [
        ((6000, 4000), 2560, "jpg", (2560, 1707)),
        ((4000, 6000), 2560, "jpg", (2000, 3000)),
        ((4000, 6000), 1440, "jpg", (1440, 2160)),
        ((4000, 6000), 4096, "jpg", (4000, 6000)),
        ((1080, 12_000), 960, "webp", (960, 10_667)),
        ((1080, 12_000), 960, "avif", (794, 8819)),
        ((2, 20_000), 320, "jpg", (2, 16_383)),
    ],
)
def test_a_print_keeps_its_shape_where_it_would_be_too_much(
    full: tuple[int, int], width: int, format: str, size: tuple[int, int]
) -> None:
    assert fit(full, width, format) == size


def test_jpegs_are_progressive(tmp_path: Path) -> None:
    assert opened(derive(saved(tmp_path / "x.png", quarters()), 320, "jpg", 64)).info.get("progressive")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("suffix", ["jpg", "webp", "png", "tif", "avif"])
def test_nothing_leaves_but_the_names_of_artist_and_copyright(tmp_path: Path, suffix: str, format: str) -> None:
    options: dict[str, Any] = {"exif": telltale().tobytes()}
    if suffix in ("jpg", "webp"):
        options["xmp"] = f"<x:xmpmeta>{SECRET}</x:xmpmeta>".encode()
    if suffix == "jpg":
        options["comment"] = f"{SECRET} comment"
    path = saved(tmp_path / f"x.{suffix}", quarters(), **options)
    assert SECRET.encode() in Path(path).read_bytes()
    made = derive(path, 320, format, 64)
    notes = opened(made).getexif()
    assert SECRET.encode() not in made
    assert set(notes) == {exif.ARTIST, exif.COPYRIGHT}
    if suffix != "tif":  # in which Pillow writes ASCII
        assert (exif.text(notes, exif.ARTIST), exif.text(notes, exif.COPYRIGHT)) == (ARTIST, COPYRIGHT)
    assert not opened(made).info.keys() & {"xmp", "comment", "icc_profile"}


def test_a_picture_without_credits_has_no_exif_at_all(tmp_path: Path) -> None:
    notes = telltale()
    del notes[exif.ARTIST], notes[exif.COPYRIGHT]
    made = derive(saved(tmp_path / "x.jpg", quarters(), exif=notes), 320, "jpg", 64)
    assert b"Exif" not in made


@pytest.mark.parametrize("turn", range(1, 9))
def test_every_orientation_comes_out_upright(tmp_path: Path, turn: int) -> None:
    undo = (
        None, None, Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM,
        Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_90, Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_270,
    )[turn]  # fmt: skip
    notes = Image.Exif()
    notes[exif.ORIENTATION] = turn
    upright = quarters()
    path = saved(tmp_path / "x.jpg", upright.transpose(undo) if undo is not None else upright, exif=notes)
    made, facts = opened(derive(path, 300, "jpg", 64)), read(path, UTC, 64)
    assert corners(made) == ["red", "green", "blue", "black"]
    assert made.size == (300, 200)
    assert (facts.width, facts.height) == (600, 400)
    assert exif.ORIENTATION not in made.getexif()


def test_a_colour_profile_is_applied_and_left_out(tmp_path: Path) -> None:
    path = saved(tmp_path / "x.jpg", Image.new("RGB", (400, 400), RED), icc_profile=swapped_profile(), quality=95)
    made = opened(derive(path, 200, "jpg", 64))
    assert corners(made) == ["blue"] * 4
    assert "icc_profile" not in made.info


@pytest.mark.parametrize("format", FORMATS)
def test_a_picture_of_a_wide_gamut_looks_the_same(tmp_path: Path, format: str) -> None:
    """Display P3's numbers for the same colours are others; the means of the prints differ by less than 1 %."""
    picture = Image.merge(
        "RGB", [Image.effect_noise((400, 300), 60).point(lambda v, n=n: (v + n) // 2) for n in (190, 60, 130)]
    )
    wide = ImageCms.profileToProfile(
        picture, ImageCms.createProfile("sRGB"), io.BytesIO(display_p3()), outputMode="RGB"
    )
    assert wide is not None
    assert apart(mean(wide), mean(picture)) > 8
    path = saved(tmp_path / "x.png", wide, icc_profile=display_p3())
    assert all(
        abs(a - b) < 2.55 for a, b in zip(mean(opened(derive(path, 200, format, 64))), mean(picture), strict=True)
    )


def mean(image: Image.Image) -> list[float]:
    return ImageStat.Stat(image.convert("RGB")).mean


def display_p3() -> bytes:
    """sRGB with the primaries of Display P3 (as the ICC has them, for D50)."""
    return with_primaries((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))


def with_primaries(*primaries: tuple[float, float, float]) -> bytes:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True):
        (place,) = struct.unpack_from(">I", profile, entries[name] + 4)
        struct.pack_into(">3i", profile, place + 8, *(round(value * 65_536) for value in xyz))
    return bytes(profile)


def test_a_damaged_colour_profile_is_ignored(tmp_path: Path) -> None:
    path = saved(tmp_path / "x.jpg", quarters(), icc_profile=b"not a profile at all" * 10)
    assert corners(opened(derive(path, 200, "webp", 64))) == ["red", "green", "blue", "black"]


def swapped_profile() -> bytes:
    """sRGB with its red and blue primaries exchanged: what is stored as red is blue to see."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, blue = entries[b"rXYZ"] + 4, entries[b"bXYZ"] + 4
    profile[red : red + 8], profile[blue : blue + 8] = profile[blue : blue + 8], profile[red : red + 8]
    return bytes(profile)


def test_cmyk_becomes_what_it_would_print_as(tmp_path: Path) -> None:
    path = saved(tmp_path / "x.jpg", quarters().convert("CMYK"))
    made = opened(derive(path, 200, "jpg", 64))
    assert (made.mode, corners(made)) == ("RGB", ["red", "green", "blue", "black"])


@pytest.mark.parametrize("format", ["jpg", "webp"])
def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path, format: str) -> None:
    deep = Image.new("I;16", (400, 200), 0x8000)
    made = opened(derive(saved(tmp_path / "x.png", deep), 200, format, 64)).convert("L")
    assert abs(made.getpixel((100, 50)) - 128) <= 2  # type: ignore[operator]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK"])
def test_a_great_reduction_keeps_colours_and_edges(tmp_path: Path, mode: str) -> None:
    path = saved(tmp_path / "x.tif", quarters((2003, 1309)).convert(mode), compression="tiff_lzw")
    made = opened(derive(path, 100, "jpg", 64))
    assert (made.size, corners(made)) == ((100, 65), ["red", "green", "blue", "black"])


@pytest.mark.parametrize(
    ("mode", "stored", "seen"), [("L", 128, 128), ("LA", (128, 255), 128), ("I;16", 0x8000, 128), ("1", 1, 255)]
)
def test_a_great_reduction_keeps_greys(tmp_path: Path, mode: str, stored: Any, seen: int) -> None:
    path = saved(tmp_path / "x.png", Image.new(mode, (2003, 1309), stored))
    made = opened(derive(path, 100, "jpg", 64)).convert("L")
    assert all(abs(grey - seen) <= 2 for grey in made.tobytes())


def test_floating_point_is_scaled(tmp_path: Path) -> None:
    made = opened(derive(saved(tmp_path / "x.tif", Image.new("F", (400, 200), 0.5)), 200, "jpg", 64)).convert("L")
    assert abs(made.getpixel((100, 50)) - 128) <= 2  # type: ignore[operator]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_kept_by_webp_and_laid_on_white_by_jpeg(tmp_path: Path, mode: str) -> None:
    image = Image.new("RGBA", (400, 200), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((200, 0, 400, 200), fill=(0, 0, 0, 255))
    path = saved(tmp_path / "x.png", image.quantize() if mode == "P" else image.convert(mode))
    webp, jpeg = opened(derive(path, 200, "webp", 64)), opened(derive(path, 200, "jpg", 64))
    assert webp.mode == "RGBA"
    assert [webp.getpixel((x, 50))[3] for x in (20, 180)] == [0, 255]  # type: ignore[index]
    assert corners(jpeg) == ["white", "black", "white", "black"]


def test_an_animation_moves_as_webp_and_stands_as_jpeg(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (400, 200), colour) for colour in (RED, GREEN, BLUE)]
    path = saved(tmp_path / "x.gif", frames[0], save_all=True, append_images=frames[1:], duration=[50, 90, 200], loop=0)
    made, still = opened(derive(path, 200, "webp", 64)), opened(derive(path, 200, "jpg", 64))
    assert (made.n_frames, made.size, made.info["loop"]) == (3, (200, 100), 0)  # type: ignore[attr-defined]
    assert corners(still) == ["red"] * 4
    made.seek(2)
    made.load()
    assert made.info["duration"] == 200
    assert corners(made) == ["blue"] * 4


@pytest.mark.parametrize("format", ["jpg", "webp"])
@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "webp", "tif"])
def test_a_picture_cut_short_is_refused(tmp_path: Path, suffix: str, format: str) -> None:
    path = Path(saved(tmp_path / f"x.{suffix}", Image.effect_noise((300, 300), 90).convert("RGB")))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(MakeFailed, match=r"cannot be read|known format") as raised:
        derive(str(path), 200, format, 64)
    facts = read(str(path), UTC, 64)
    assert (facts.width, facts.height) == (0, 0)
    assert facts.error
    assert str(tmp_path) not in f"{raised.value} {facts.error}"


def test_a_picture_cut_short_is_refused_after_a_pdf_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """WeasyPrint has Pillow take what is there of a picture; one worker makes PDFs and prints."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    path = Path(saved(tmp_path / "x.png", Image.effect_noise((300, 300), 90).convert("RGB")))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(MakeFailed):
        derive(str(path), 200, "jpg", 64)


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff", b"<svg/>", b"GIF89a", b"BM" + bytes(100), b"\0" * 5000])
def test_what_is_no_picture_is_refused_whatever_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(content)
    with pytest.raises(MakeFailed) as raised:
        derive(str(path), 320, "jpg", 64)
    assert str(tmp_path) not in str(raised.value)
    assert read(str(path), UTC, 64).error


def test_a_file_that_went_away_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MakeFailed, match="No such file"):
        derive(str(tmp_path / "gone.jpg"), 320, "jpg", 64)
    assert "No such file" in read(str(tmp_path / "gone.jpg"), UTC, 64).error


@pytest.mark.parametrize("side", [9_000, 50_000])
def test_a_bomb_is_refused_by_its_header(tmp_path: Path, side: int) -> None:
    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    with pytest.raises(MakeFailed, match="more than 64 megapixels"):
        derive(str(path), 320, "jpg", 64)
    assert read(str(path), UTC, 64).error == "has more than 64 megapixels"


def test_formats_nobody_offered_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "x.png", quarters())
    with pytest.raises(MakeFailed, match="not a format"):
        derive(path, 320, "../png", 64)
    with pytest.raises(MakeFailed, match="known format"):
        derive(saved(tmp_path / "x.jpg", quarters(), format="ICO"), 320, "jpg", 64)


# Facts


def test_a_photograph_tells_what_people_want_to_know(tmp_path: Path) -> None:
    facts = read(saved(tmp_path / "x.jpg", Image.new("RGB", (600, 400), RED), exif=telltale()), UTC, 64)
    assert exif_line(facts) == "Canon EOS 5D Mark II · 85mm f/1.2 · 1/80 s · ISO 100 · 13 July 2013"
    assert facts.lens == "EF85mm f/1.2L II USM"
    assert facts.date and facts.date.iso == "2013-07-13T18:04:05+02:00"
    assert (facts.width, facts.height, facts.colour) == (600, 400, "#fe0000")


def test_a_picture_without_exif_tells_its_size(tmp_path: Path) -> None:
    facts = read(saved(tmp_path / "x.png", quarters()), UTC, 64)
    assert exif_line(facts) == ""
    assert (facts.width, facts.height, facts.error) == (600, 400, "")


def test_the_version_changes_with_the_file(tmp_path: Path) -> None:
    one = read(saved(tmp_path / "1.png", quarters()), UTC, 64)
    copy = read(saved(tmp_path / "2.png", quarters()), UTC, 64)
    other = read(saved(tmp_path / "3.png", quarters((600, 402))), UTC, 64)
    assert one.version == copy.version != other.version
    assert len(one.version) == 10


@pytest.mark.parametrize(
    ("colour", "tone"),
    [
        ("#fe0000", "light-2 hue-0"),
        ("#6b4a2f", "light-1 hue-0"),
        ("#1f2d4d", "light-1 hue-4"),
        ("#dfe8dd", "light-3 hue-none"),
        ("#000000", "light-0 hue-none"),
        ("#ffffff", "light-3 hue-none"),
        ("", ""),
    ],
)
def test_a_picture_stands_on_a_ground_of_its_colour(colour: str, tone: str) -> None:
    assert tone_class(Facts(colour=colour)) == tone


def test_a_picture_that_lets_its_ground_show_through_has_none(tmp_path: Path) -> None:
    image = Image.new("RGBA", (400, 200), (0, 0, 0, 255))
    assert read(saved(tmp_path / "x.png", image), UTC, 64).colour == "#000000"
    image.paste((0, 0, 0, 0), (0, 0, 100, 100))
    assert read(saved(tmp_path / "y.png", image), UTC, 64).colour == ""


@pytest.mark.parametrize(("thumbnail_size", "colour"), [((150, 100), "#0000fe"), ((160, 120), "#fe0000")])
def test_the_colour_is_the_thumbnails_where_it_shows_the_same_picture(
    tmp_path: Path, thumbnail_size: tuple[int, int], colour: str
) -> None:
    out = io.BytesIO()
    Image.new("RGB", thumbnail_size, BLUE).save(out, "JPEG")
    path = saved(tmp_path / "x.jpg", Image.new("RGB", (600, 400), RED), exif=exif_with(out.getvalue()))
    assert read(path, UTC, 64).colour == colour


def exif_with(thumbnail: bytes) -> bytes:
    """An EXIF block with an orientation and a thumbnail, as bytes."""
    first = struct.pack(">HHHIHHI", 1, exif.ORIENTATION, 3, 1, 1, 0, 26)
    second = struct.pack(
        ">HHHIIHHIII", 2, exif.THUMBNAIL_START, 4, 1, 56, exif.THUMBNAIL_LENGTH, 4, 1, len(thumbnail), 0
    )
    return b"Exif\0\0MM\0*" + struct.pack(">I", 8) + first + second + thumbnail


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS 5D Mark II", "Canon EOS 5D Mark II"),
        ("NIKON CORPORATION", "NIKON D700", "Nikon D700"),
        ("NIKON", "COOLPIX P7000", "Nikon Coolpix P7000"),
        ("Leica Camera AG", "LEICA M MONOCHROM (Typ 246)", "Leica M Monochrom (Typ 246)"),
        ("Leica Camera AG", "M9 Digital Camera", "Leica M9"),
        ("FUJIFILM", "X-Pro1", "Fujifilm X-Pro1"),
        ("OLYMPUS IMAGING CORP.", "E-M5", "Olympus E-M5"),
        ("RICOH IMAGING COMPANY, LTD.", "PENTAX K-1", "Pentax K-1"),
        ("SONY", "ILCE-7M3", "Sony ILCE-7M3"),
        ("Apple", "iPhone 12 Pro", "Apple iPhone 12 Pro"),
        ("", "Box", "Box"),
        ("Plaubel", "", "Plaubel"),
        ("", "", ""),
    ],
)
def test_cameras_are_called_by_their_names(make: str, model: str, camera: str) -> None:
    assert exif.camera(make, model) == camera


def test_exposures_read_as_photographers_write_them() -> None:
    assert [exif.shutter(s) for s in (1 / 80, 1 / 8000, 0.5, 1.3, 30, 0, 1e9)] == [
        "1/80 s", "1/8000 s", "0.5 s", "1.3 s", "30 s", "", "",
    ]  # fmt: skip
    assert [exif.aperture(f) for f in (1.2, 2.0, 11, 0)] == ["f/1.2", "f/2", "f/11", ""]
    assert [exif.focal(f) for f in (35.0, 4.25, 0)] == ["35mm", "4.2mm", ""]
    assert [exif.iso(i) for i in (400, (200,), 65535, "x", None)] == ["ISO 400", "ISO 200", "", "", ""]
    assert exif.lens_range((24.0, 70.0, 2.8, 2.8)) == "24–70mm f/2.8"
    assert exif.lens_range((18.0, 55.0, 3.5, 5.6)) == "18–55mm f/3.5–5.6"
    assert exif.lens_range((0.0, 0.0, 0.0, 0.0)) == exif.lens_range("x") == exif.lens("----") == ""


@pytest.mark.parametrize(
    ("written", "offset", "expected"),
    [
        ("2013:07:13 18:04:05", "+02:00", "2013-07-13T18:04:05+02:00"),
        ("2013:07:13 18:04:05", "", "2013-07-13T18:04:05+00:00"),
        ("2013:07:13 18:04:05", "+99:00", "2013-07-13T18:04:05+00:00"),
        ("2013:07:13 25:61:00", "", "2013-07-13"),
        ("2013:07:13", "", "2013-07-13"),
        ("0000:00:00 00:00:00", "", ""),
        ("2013:02:31 10:00:00", "", ""),
        ("    :  :     :  :  ", "", ""),
    ],
)
def test_dates_are_read_and_never_invented(written: str, offset: str, expected: str) -> None:
    found = exif.date(written, offset, UTC)
    assert (found.iso if found else "") == expected


def test_nonsense_in_exif_is_as_good_as_nothing(tmp_path: Path) -> None:
    notes = Image.Exif()
    notes[exif.MAKE], notes[exif.ORIENTATION] = "Can\0on\n\x07", 99
    notes[exif.EXIF_IFD] = {exif.ISO: "fast", exif.F_NUMBER: -1.0, exif.DATE_ORIGINAL: "tomorrow"}
    facts = read(saved(tmp_path / "x.jpg", quarters(), exif=notes), UTC, 64)
    assert exif_line(facts) == "Can"
    damaged = read(
        saved(tmp_path / "y.jpg", quarters(), exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xee" * 90), UTC, 64
    )
    assert (damaged.width, damaged.error) == (600, "")


# The book of facts


class Reader:
    """A runner in this process that counts what it reads, and that dies of a picture named `deadly.jpg`."""

    def __init__(self) -> None:
        self.read: list[str] = []

    async def run(self, maker: Maker, *args: Any) -> Any:
        assert maker == images.READ
        if any(Path(path).name == "deadly.jpg" for path in args[0]):
            raise MakeFailed("the process ended before it was done")
        self.read += [Path(path).name for path in args[0]]
        return images.read_all(*args)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "content").mkdir()
    return Config(content=tmp_path / "content", cache=tmp_path / "cache")


def photo_at(config: Config, path: str, image: Image.Image | None = None) -> Photo:
    """Drop a picture into the content and return it as the site would list it."""
    file = config.content / path
    (image or quarters((60, 40))).save(file)
    stat = file.stat()
    return Photo(path, url=f"/{file.stem}", stat=Stat(stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_ctime_ns))


async def test_facts_are_read_once_and_kept_for_the_next_start(config: Config) -> None:
    photos, reader = [photo_at(config, f"{n}.png") for n in range(60)], Reader()
    book = FactsBook(config, reader)
    first = await book.of(photos)
    assert await book.of(photos) == first
    assert sorted(reader.read) == sorted(f"{n}.png" for n in range(60))
    assert await FactsBook(config, reader).of(photos) == first
    assert len(reader.read) == 60


async def test_a_few_facts_do_not_wait_for_the_whole_book(config: Config) -> None:
    photos, reader = [photo_at(config, f"{n}] [.png") for n in range(30)], Reader()
    facts = await FactsBook(config, reader).of(photos)
    book = FactsBook(config, reader)
    strip = [photo_at(config, "new.png"), *photos[:3]]
    assert (await book.of(strip[1:])).items() <= facts.items()
    assert book.at_hand(photos[3]) is None
    assert (await book.of(strip))["new.png"].width == 60
    assert await book.of(photos) == facts
    assert reader.read == [f"{n}] [.png" for n in range(30)] + ["new.png"]


async def test_readers_who_come_together_share_one_reading(config: Config) -> None:
    photos, reader = [photo_at(config, f"{n}.png") for n in range(5)], Reader()
    book = FactsBook(config, reader)
    answers = await asyncio.gather(book.of(photos), book.of(photos[2:]), book.of([photos[0], photos[0]]))
    assert [len(answer) for answer in answers] == [5, 3, 1]
    assert len(reader.read) == 5


async def test_a_changed_photograph_is_read_again(config: Config) -> None:
    reader = Reader()
    book = FactsBook(config, reader)
    before = await book.of([photo_at(config, "x.png")])
    after = await book.of([photo_at(config, "x.png", quarters((80, 40)))])
    assert (before["x.png"].width, after["x.png"].width) == (60, 80)
    again = await FactsBook(config, reader).of([photo_at(config, "x.png", quarters((80, 40)))])
    assert again["x.png"].version == after["x.png"].version


async def test_damaged_lines_and_other_settings_cost_a_reading_only(config: Config) -> None:
    photos, reader = [photo_at(config, f"{n}.png") for n in range(3)], Reader()
    facts = await FactsBook(config, reader).of(photos)
    book = config.cache / "facts.jsonl"
    book.write_text(book.read_text()[:-20] + "\n[1, 2]\n{}\nnull\n[[],[],[]]\n\0\n")
    assert await FactsBook(config, reader).of(photos) == facts
    assert sorted(reader.read) == ["0.png", "1.png", "2.png", "2.png"]
    book.write_text(json.dumps({"facts": "of another version"}) + "\n" + book.read_text())
    assert await FactsBook(config, reader).of(photos) == facts
    assert len(reader.read) == 7
    assert await FactsBook(config, reader).of(photos) == facts
    assert len(reader.read) == 7


async def test_a_book_full_of_the_past_is_rewritten(config: Config) -> None:
    photo, reader = photo_at(config, "x.png"), Reader()
    await FactsBook(config, reader).of([photo])
    book = config.cache / "facts.jsonl"
    book.write_text(book.read_text() + book.read_text().splitlines()[-1].join("\n\n") * 500)
    again = FactsBook(config, reader)
    await again.load()
    facts = await again.of([photo])
    assert len(book.read_text().splitlines()) == 2
    assert await FactsBook(config, reader).of([photo]) == facts
    assert len(reader.read) == 1


async def test_a_book_that_cannot_be_written_is_kept_in_memory(config: Config) -> None:
    config.cache.write_text("in the way")
    photo, reader = photo_at(config, "x.png"), Reader()
    book = FactsBook(config, reader)
    assert await book.of([photo]) == await book.of([photo])
    assert len(reader.read) == 1


async def test_one_deadly_picture_costs_its_neighbours_nothing(config: Config) -> None:
    names = ["a.png", "b.png", "deadly.jpg", "c.png", "d.png"]
    facts = await FactsBook(config, Reader()).of([photo_at(config, name) for name in names])
    assert {name: facts[name].width for name in names} == {
        "a.png": 60, "b.png": 60, "deadly.jpg": 0, "c.png": 60, "d.png": 60,
    }  # fmt: skip
    assert "ended" in facts["deadly.jpg"].error
    assert "deadly" not in (config.cache / "facts.jsonl").read_text()


async def test_facts_come_from_real_workers_too(config: Config) -> None:
    photo = photo_at(config, "x.png")
    (config.content / "torn.jpg").write_bytes(b"\xff\xd8\xff")
    workers = Workers(config)
    facts = await FactsBook(config, workers).of([photo, Photo("torn.jpg", "/torn")])
    derived = await workers.run(images.DERIVE, str(config.content / "x.png"), 40, "webp", 64)
    await workers.close()
    assert (facts["x.png"].width, facts["torn.jpg"].width) == (60, 0)
    assert facts["torn.jpg"].error
    assert opened(derived).size == (40, 27)


# What pages print


def test_a_picture_offers_every_width_it_can_fill(config: Config) -> None:
    shown = picture(Photo("a b/ü.png", "/a b/ü"), Facts(1000, 500, "abc"), config, page="/a/u")
    assert shown.src == "/images/960/abc/a%20b/%C3%BC.png.jpg"
    assert shown.srcset == (
        "/images/320/abc/a%20b/%C3%BC.png.jpg 320w, /images/640/abc/a%20b/%C3%BC.png.jpg 640w, "
        "/images/960/abc/a%20b/%C3%BC.png.jpg 960w, /images/1440/abc/a%20b/%C3%BC.png.jpg 1000w"
    )
    assert [source.type for source in shown.sources] == ["image/webp"]
    assert shown.sources[0].srcset == shown.srcset.replace(".jpg ", ".webp ")
    assert (shown.width, shown.height, shown.page) == (1000, 500, "/a/u")


@pytest.mark.parametrize(
    ("own", "widths"),
    [
        (6000, [320, 640, 960, 1440, 2048, 2560]),
        (2560, [320, 640, 960, 1440, 2048, 2560]),
        (640, [320, 640]),
        (64, [64]),
    ],
)
def test_the_largest_width_offered_is_the_photographs_own(config: Config, own: int, widths: list[int]) -> None:
    shown = picture(Photo("x.jpg", "/x"), Facts(own, own * 2, "abc"), config)
    assert [int(entry.split(" ")[1][:-1]) for entry in shown.srcset.split(", ")] == widths
    assert (shown.width, shown.height) == (widths[-1], widths[-1] * 2)


def test_one_format_needs_no_sources(config: Config) -> None:
    plain = Config(photographs=Photographs(formats=("jpg",)))
    assert picture(Photo("x.jpg", "/x"), Facts(640, 400, "abc"), plain).sources == ()


def test_an_unreadable_photograph_still_has_a_picture(config: Config) -> None:
    shown = picture(Photo("x.jpg", "/x"), Facts(error="is cut short"), config)
    assert (shown.src, shown.width, shown.height, shown.srcset) == ("/images/320/0/x.jpg.jpg", 320, 213, "")


def test_widths_snap_to_the_list(config: Config) -> None:
    assert [snap(width, config) for width in (-5, 0, 1, 320, 321, 2560, 10**9)] == [320, 320, 320, 320, 640, 2560, 2560]


def test_shapes_have_a_class_each() -> None:
    shapes = [(3000, 2000), (2000, 3000), (100, 100), (10_000, 10), (10, 10_000), (1000, 659), (0, 0)]
    assert [ratio_class(Facts(w, h)) for w, h in shapes] == [
        "ratio r1 r-5", "ratio r-6 r-07", "ratio r1", "ratio r3 r-5", "ratio r-3", "ratio r1 r-5 r-02", "ratio r1 r-5",
    ]  # fmt: skip


def test_a_line_of_what_is_known_and_no_more() -> None:
    assert exif_line(Facts(camera="Leica M9", aperture="f/2", date=Date(2013, 7))) == "Leica M9 · f/2 · July 2013"
    assert exif_line(Facts()) == ""
