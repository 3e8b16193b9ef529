"""Words written into picture files: IPTC and XMP, in every encoding programs use, and what no reader should trust."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

from folio import captions, exif
from folio.captions import Words
from folio.images import read

UTC = ZoneInfo("UTC")
UTF_8 = (1, 90, b"\x1b%G")
HEAD = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"'
    ' xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/">'
)
TAIL = "</rdf:RDF></x:xmpmeta>" + " " * 2000 + '<?xpacket end="w"?>'


def iptc(*datasets: tuple[int, int, bytes]) -> bytes:
    """An IPTC-IIM block."""
    return b"".join(
        struct.pack(">BBBH", 0x1C, record, number, len(value)) + value for record, number, value in datasets
    )


def resources(block: bytes, name: bytes = b"") -> bytes:
    """Photoshop's resources, the IPTC block behind another one."""

    def one(number: int, body: bytes) -> bytes:
        label = bytes([len(name)]) + name
        padded = label + b"\0" * (len(label) % 2)
        return (
            b"8BIM" + struct.pack(">H", number) + padded + struct.pack(">I", len(body)) + body + b"\0" * (len(body) % 2)
        )

    return one(0x0425, b"a digest of odd length") + one(0x0404, block)


def xmp(inside: str, attributes: str = "") -> bytes:
    return f'{HEAD}<rdf:Description rdf:about="" {attributes}>{inside}</rdf:Description>{TAIL}'.encode()


def alternatives(name: str, **texts: str) -> str:
    items = "".join(f'<rdf:li xml:lang="{lang.replace("_", "-")}">{text}</rdf:li>' for lang, text in texts.items())
    return f"<{name}><rdf:Alt>{items}</rdf:Alt></{name}>"


WHOLE = xmp(
    alternatives("dc:title", de="Die Tür", x_default="The door")
    + alternatives("dc:description", x_default="A door &amp; its\n shadow")
    + alternatives("dc:rights", x_default="© 2026 Zoë")
    + alternatives("Iptc4xmpCore:AltTextAccessibility", x_default="A red door in a white wall")
    + "<dc:creator><rdf:Seq><rdf:li>Zoë</rdf:li><rdf:li>Anna</rdf:li></rdf:Seq></dc:creator>"
    + "<dc:subject><rdf:Bag><rdf:li>door</rdf:li><rdf:li>red</rdf:li><rdf:li>door</rdf:li></rdf:Bag></dc:subject>"
    + "<photoshop:City>Husum</photoshop:City><photoshop:Country>Germany</photoshop:Country>"
    + '<xmpMM:History><rdf:Seq><rdf:li rdf:parseType="Resource"><dc:title>SECRET</dc:title></rdf:li></rdf:Seq>'
    + "</xmpMM:History>",
    'xmp:Rating="4" photoshop:DateCreated="2013-07-13T18:04:05"',
)
SAID = Words(
    title="The door",
    caption="A door & its shadow",
    alt="A red door in a white wall",
    keywords=("door", "red"),
    rating=4,
    place="Husum, Germany",
    artist="Zoë, Anna",
    copyright="© 2026 Zoë",
    date="2013-07-13T18:04:05",
)


def test_xmp_tells_what_was_written_of_the_picture_and_not_of_its_history() -> None:
    assert captions.from_xmp(WHOLE) == SAID


def test_xmp_may_be_utf_16() -> None:
    assert captions.from_xmp(WHOLE.decode().encode("utf-16")) == SAID


@pytest.mark.parametrize("stars", ["-1", "6", "many", ""])
def test_stars_are_one_to_five(stars: str) -> None:
    assert captions.from_xmp(xmp("", f'xmp:Rating="{stars}"')).rating == 0


def test_damage_in_xmp_costs_only_what_lies_behind_it() -> None:
    assert captions.from_xmp(xmp("<photoshop:City>Husum</photoshop:City><")).place == "Husum"


def test_entities_are_not_for_xmp() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + xmp(
        "<photoshop:City>&b;</photoshop:City>"
    )
    assert captions.from_xmp(bomb) == Words()
    nested = xmp("<photoshop:City>" + "<a>" * 100_000)
    assert captions.from_xmp(nested) == Words()


@given(st.binary(max_size=300))
def test_whatever_the_bytes_they_are_read(noise: bytes) -> None:
    for block in (noise, iptc((2, 5, noise)), resources(noise)):
        captions.from_iptc(block)
        captions.iptc_of(block)
    captions.from_xmp(noise)
    captions.from_xmp(WHOLE[:500] + noise)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize("declared", [True, False])
def test_iptc_is_read_in_the_encoding_it_is_in(encoding: str, declared: bool) -> None:
    block = iptc(
        *([UTF_8] if declared and encoding == "utf-8" else []),
        (2, 5, "Tür".encode(encoding)),
        (2, 25, b"door"),
        (2, 25, "Zoë".encode(encoding)),
        (2, 55, b"20130713"),
        (2, 80, "Zoë".encode(encoding)),
        (2, 90, b"Husum"),
        (2, 101, b"Germany"),
        (2, 116, "© Zoë".encode(encoding)),
        (2, 120, "Line one\rand two".encode(encoding)),
    )
    assert captions.from_iptc(block) == Words(
        title="Tür",
        caption="Line one and two",
        keywords=("door", "Zoë"),
        place="Husum, Germany",
        artist="Zoë",
        copyright="© Zoë",
        date="2013-07-13",
    )


def test_xmp_is_believed_before_iptc() -> None:
    assert captions.read(iptc((2, 5, b"Old"), (2, 120, b"Of old")), xmp(alternatives("dc:title", de="New"))) == Words(
        title="New", caption="Of old"
    )


@pytest.mark.parametrize("name", [b"", b"odd", b"even"])
def test_iptc_is_found_among_photoshops_resources(name: bytes) -> None:
    assert captions.iptc_of(resources(iptc((2, 5, b"x")), name)) == iptc((2, 5, b"x"))


def app13(block: bytes) -> bytes:
    body = b"Photoshop 3.0\0" + resources(block)
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


def test_a_jpeg_tells_its_words(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    Image.new("RGB", (30, 20)).save(path, xmp=xmp(alternatives("dc:title", de="New")))
    made = path.read_bytes()
    path.write_bytes(made[:2] + app13(iptc((2, 120, b"A caption"), (2, 25, b"red"))) + made[2:])
    facts = read(str(path), UTC, 64)
    assert (facts.title, facts.caption, facts.keywords) == ("New", "A caption", ("red",))


@pytest.mark.parametrize("suffix", ["png", "webp", "avif", "tif"])
def test_other_formats_tell_their_xmp(tmp_path: Path, suffix: str) -> None:
    options: dict[str, Any] = {"xmp": WHOLE}
    if suffix == "tif":
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[700] = WHOLE
        options = {"tiffinfo": tags}
    if suffix == "png":
        from PIL.PngImagePlugin import PngInfo

        chunk = PngInfo()
        chunk.add_itxt("XML:com.adobe.xmp", WHOLE.decode())
        options = {"pnginfo": chunk}
    Image.new("RGB", (30, 20)).save(tmp_path / f"x.{suffix}", **options)
    facts = read(str(tmp_path / f"x.{suffix}"), UTC, 64)
    assert (facts.title, facts.alt, facts.keywords, facts.rating) == (SAID.title, SAID.alt, SAID.keywords, SAID.rating)
    assert facts.date and facts.date.iso == "2013-07-13T18:04:05+00:00"


@pytest.mark.parametrize("kind", [7, 4])
def test_a_tiff_tells_its_iptc_as_bytes_or_as_longs(tmp_path: Path, kind: int) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags.tagtype[33723] = 7
    tags[33723] = iptc((2, 5, b"A title"), (2, 25, b"red"))
    path = tmp_path / "x.tif"
    Image.new("RGB", (30, 20)).save(path, tiffinfo=tags)
    said = struct.pack("<HHI", 33723, kind, 20 if kind == 7 else 5)
    path.write_bytes(path.read_bytes().replace(struct.pack("<HHI", 33723, 7, 20), said))
    facts = read(str(tmp_path / "x.tif"), UTC, 64)
    assert (facts.title, facts.keywords) == ("A title", ("red",))


@pytest.mark.parametrize(
    ("written", "caption"),
    [
        ("OLYMPUS DIGITAL CAMERA", ""),
        ("SONY DSC", ""),
        ("KODAK Digital Still Camera", ""),
        ("DSC_0042.JPG", ""),
        ("My digital cameras", "My digital cameras"),
    ],
)
def test_a_cameras_own_description_is_none(tmp_path: Path, written: str, caption: str) -> None:
    notes = Image.Exif()
    notes[exif.DESCRIPTION], notes[exif.RATING], notes[exif.ARTIST] = written, 3, "Zoë".encode()
    Image.new("RGB", (30, 20)).save(tmp_path / "x.jpg", exif=notes)
    facts = read(str(tmp_path / "x.jpg"), UTC, 64)
    assert (facts.caption, facts.rating, facts.artist) == (caption, 3, "Zoë")
