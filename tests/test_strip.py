"""Originals without what they tell: the same pixels, bit for bit, and none of the canaries planted in every place."""

from __future__ import annotations

import contextlib
import io
import itertools
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from canaries import ARTIST, CANARY, CASES, COPYRIGHT, GPS_SECONDS, canary_jpeg, noise, screen_profile
from drawing import draws
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageSequence

from folio import exif
from folio.errors import MakeFailed
from folio.strip import gif, icc, jpeg, png, strip, webp
from folio.strip.damage import Damaged

SAMPLES = {name: make() for name, make in CASES.items()}


def frames(made: bytes) -> list[tuple[Any, ...]]:
    """Everything that is to be seen: each picture's pixels, and how long it stands."""
    with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(made)) as image:  # about a false index
        loop, turn = image.info.get("loop"), image.getexif().get(exif.ORIENTATION)
        return [
            (frame.mode, frame.size, frame.tobytes(), frame.info.get("duration"), loop, turn)
            for frame in itertools.islice(ImageSequence.Iterator(image), 1 if image.format == "MPO" else None)
        ]


def everything(made: bytes) -> bytes:
    """A file's bytes, and those that are packed inside."""
    unpacked = [made]
    at = made.find(b"iCCP")
    if at >= 0 and b"\0\0" in made[at:]:
        unpacked.append(zlib.decompressobj().decompress(made[made.index(b"\0\0", at) + 2 :]))
    return b"\n".join(unpacked)


@pytest.mark.parametrize("name", CASES)
def test_an_original_keeps_its_pixels_and_no_secret(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(CASES[name]())
    assert file.read_bytes().count(CANARY) >= 2
    made = strip(str(file), 64)
    said = everything(made)
    assert CANARY not in said
    assert CANARY.decode().encode("utf-16-le") not in said
    assert GPS_SECONDS not in said
    assert frames(made) == frames(file.read_bytes())
    assert strip_again(tmp_path / f"again-{name}", made) == made


def strip_again(file: Path, made: bytes) -> bytes:
    file.write_bytes(made)
    return strip(str(file), 64)


@pytest.mark.parametrize("name", ["baseline.jpg", "rgb.png", "lossy.webp"])
def test_an_original_says_how_it_stands_and_whose_it_is(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(CASES[name]())
    notes = Image.open(io.BytesIO(strip(str(file), 64))).getexif()
    assert set(notes) == {exif.ORIENTATION, exif.ARTIST, exif.COPYRIGHT}
    assert (exif.text(notes, exif.ARTIST), exif.text(notes, exif.COPYRIGHT)) == (ARTIST, COPYRIGHT)


@pytest.mark.parametrize("turn", range(1, 9))
def test_every_orientation_is_kept(tmp_path: Path, turn: int) -> None:
    (tmp_path / "x.jpg").write_bytes(canary_jpeg(noise(), turn))
    made = Image.open(io.BytesIO(strip(str(tmp_path / "x.jpg"), 64)))
    assert made.getexif().get(exif.ORIENTATION, 1) == turn


@pytest.mark.parametrize("name", ["profile.jpg", "profile.png", "lossless.webp"])
def test_a_colour_profile_keeps_its_colours(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(CASES[name]())
    kept = Image.open(io.BytesIO(strip(str(file), 64))).info["icc_profile"]
    seen = [
        ImageCms.profileToProfile(noise_once, io.BytesIO(profile), ImageCms.createProfile("LAB"), outputMode="LAB")
        for noise_once in [noise()]
        for profile in (screen_profile(), kept)
    ]
    assert all(image is not None for image in seen)
    assert seen[0].tobytes() == seen[1].tobytes()  # type: ignore[union-attr]


def test_the_name_of_a_profile_that_everybody_knows_is_kept() -> None:
    known = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc.strip(known))))
    with pytest.raises(Damaged):
        icc.strip(known[:200])


@pytest.mark.parametrize("text", ["sRGB by Ada", "Ada Gray", "Recklinghausen", "Adobe RGB (1998) of Ada"])
@pytest.mark.parametrize("kind", ["desc", "mluc"])
def test_the_name_of_a_profile_that_is_somebodys_is_not(text: str, kind: str) -> None:
    wide = text.encode("utf-16-be")
    body = {
        "desc": b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text.encode() + bytes(79),
        "mluc": b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"GB", len(wide), 28) + wide,
    }[kind]
    made = icc.strip(named(body))
    assert text.encode() not in made
    assert wide not in made


def test_what_stands_beside_a_known_name_is_left_out() -> None:
    body = b"desc\0\0\0\0" + struct.pack(">I", 11) + b"Display P3\0" + bytes(4) + b"\0\0\0\3\0A\0d\0a" + bytes(70)
    made = icc.strip(named(body))
    assert b"Display P3\0" in made
    assert b"\0A\0d\0a" not in made
    assert b"Ada" not in made
    assert icc.strip(made) == made


def named(body: bytes) -> bytes:
    """sRGB under another name, with words where its header is to be empty."""
    whole = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    (count,) = struct.unpack_from(">I", whole, 128)
    at = next(132 + 12 * n for n in range(count) if whole[132 + 12 * n :][:4] == b"desc")
    entry = struct.pack(">4sII", b"desc", len(whole), len(body))
    return whole[:100] + b"Ada".ljust(28, b"\0") + whole[128:at] + entry + whole[at + 12 :] + body


def test_a_misnamed_original_is_cleaned_for_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(canary_jpeg(noise()))
    assert CANARY not in strip(str(tmp_path / "x.png"), 64)


@pytest.mark.parametrize("suffix", ["tif", "avif"])
def test_what_cannot_be_cleaned_without_loss_is_refused(tmp_path: Path, suffix: str) -> None:
    noise().save(tmp_path / f"x.{suffix}")
    with pytest.raises(MakeFailed, match="without loss"):
        strip(str(tmp_path / f"x.{suffix}"), 64)


@pytest.mark.parametrize("name", CASES)
def test_a_file_cut_short_is_refused_or_clean(tmp_path: Path, name: str) -> None:
    whole, file = CASES[name](), tmp_path / name
    for part in range(1, 12):
        file.write_bytes(whole[: len(whole) * part // 12])
        try:
            assert CANARY not in strip(str(file), 64)
        except MakeFailed as error:
            assert str(tmp_path) not in str(error)


@draws(200)
@given(st.sampled_from([jpeg.strip, png.strip, webp.strip, gif.strip]), st.sampled_from(list(CASES)), st.data())
def test_damage_is_told_in_one_way(stripper: Callable[[bytes, bytes], bytes], name: str, data: st.DataObject) -> None:
    made = bytearray(SAMPLES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        made[data.draw(st.integers(0, len(made) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Damaged, IndexError, struct.error):
        stripper(bytes(made), b"")
