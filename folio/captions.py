"""IPTC and XMP metadata in a picture file -> its title, caption, keywords and credits. Called by images.py.

The two formats hold the same facts: IPTC-IIM of 1991 inside Photoshop's resources, and XMP, which is RDF in XML. Where
both are present XMP wins, as newer programs write only that. The input is untrusted: bounded, and "" if nonsense.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from xml.parsers import expat

TITLE_LENGTH, TEXT_LENGTH, KEYWORD_LENGTH, KEYWORDS = 200, 2_000, 64, 50  # characters, and number of keywords
XMP_BYTES, IPTC_BYTES = 1 << 20, 1 << 18  # more than any program writes by itself
DEPTH = 40  # of elements in XMP

# IPTC-IIM 4.2: dataset numbers of record 2; the encoding is a dataset of record 1.
ENCODING, UTF_8 = (1, 90), b"\x1b%G"
TITLE, KEYWORD, DATE, BYLINE, CITY, STATE, COUNTRY, COPYRIGHT, CAPTION = 5, 25, 55, 80, 90, 95, 101, 116, 120
RESOURCE, IPTC_RESOURCE = b"8BIM", 0x0404

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns# "
DC = "http://purl.org/dc/elements/1.1/ "
PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/ "
IPTC_CORE = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/ "
RATING = "http://ns.adobe.com/xap/1.0/ Rating"
LANGUAGE = "http://www.w3.org/XML/1998/namespace lang"

Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Words:
    """The metadata of a file; "" and () for what is absent. `rating` is 1 to 5 stars, 0 for none.

    `place` is city, state and country as somebody typed them, never coordinates. `date` is as written, "2013-07-13"
    or longer.
    """

    title: str = ""
    caption: str = ""
    alt: str = ""
    keywords: tuple[str, ...] = ()
    rating: int = 0
    place: str = ""
    artist: str = ""
    copyright: str = ""
    date: str = ""


def read(iptc: bytes, xmp: bytes) -> Words:
    """Read an IPTC-IIM block and an XMP packet, b"" if absent. Of damaged input the readable part is used."""
    new, old = from_xmp(xmp), from_iptc(iptc)
    return Words(**{name: getattr(new, name) or getattr(old, name) for name in Words.__slots__})


def from_xmp(packet: bytes) -> Words:
    """Read an XMP packet: only properties of the picture itself, not of its history or its sources."""
    found = _properties(packet)

    def one(name: str, length: int) -> str:
        return clean(found[name][0], length) if found.get(name) else ""

    stars = one(RATING, 4)
    return Words(
        title=one(f"{DC}title", TITLE_LENGTH),
        caption=one(f"{DC}description", TEXT_LENGTH),
        alt=one(f"{IPTC_CORE}AltTextAccessibility", TEXT_LENGTH),
        keywords=_keywords(found.get(f"{DC}subject", ())),
        rating=int(stars[0]) if stars[:1] in tuple("12345") else 0,
        place=_place(one(f"{PHOTOSHOP}{name}", TITLE_LENGTH) for name in ("City", "State", "Country")),
        artist=clean(", ".join(found.get(f"{DC}creator", ())), TITLE_LENGTH),
        copyright=one(f"{DC}rights", TITLE_LENGTH),
        date=one(f"{PHOTOSHOP}DateCreated", 40),
    )


def from_iptc(block: bytes) -> Words:
    """Read an IPTC-IIM block: as UTF-8 if it declares that or decodes as such, else as Latin-1."""
    found: dict[tuple[int, int], list[bytes]] = {}
    for record, number, value in _datasets(block[:IPTC_BYTES]):
        found.setdefault((record, number), []).append(value)
    is_utf_8 = found.get(ENCODING, [b""])[0] == UTF_8

    def many(number: int) -> tuple[str, ...]:
        return tuple(_decoded(value, is_utf_8) for value in found.get((2, number), []))

    def one(number: int, length: int = TITLE_LENGTH) -> str:
        return clean((*many(number), "")[0], length)

    day = one(DATE, 8)
    return Words(
        title=one(TITLE),
        caption=one(CAPTION, TEXT_LENGTH),
        keywords=_keywords(many(KEYWORD)),
        place=_place(one(number) for number in (CITY, STATE, COUNTRY)),
        artist=clean(", ".join(many(BYLINE)), TITLE_LENGTH),
        copyright=one(COPYRIGHT),
        date=f"{day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == 8 else "",
    )


def iptc_of(resources: bytes) -> bytes:
    """Return the IPTC-IIM block among Photoshop's resources, b"" if there is none.

    A resource is "8BIM", a number, a Pascal string (its name) and length-prefixed bytes, the latter two padded to
    even length.
    """
    at = 0
    while resources[at : at + 4] == RESOURCE and at + 8 < len(resources):
        (number,) = struct.unpack_from(">H", resources, at + 4)
        start = at + 6 + (resources[at + 6] + 2) // 2 * 2
        if start + 4 > len(resources):
            break
        (length,) = struct.unpack_from(">I", resources, start)
        if number == IPTC_RESOURCE:
            return resources[start + 4 : start + 4 + length]
        at = start + 4 + (length + 1) // 2 * 2
    return b""


def clean(text: str, length: int) -> str:
    """Return the text as one printable line of at most `length` characters."""
    printable = "".join(c if c.isprintable() else " " for c in text[: 4 * length])
    return " ".join(printable.split())[:length].rstrip()


def _datasets(block: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield (record, number, value) up to the first dataset that is malformed or longer than 32 KB."""
    at = 0
    while at + 5 <= len(block) and block[at] == 0x1C:
        record, number, length = struct.unpack_from(">BBH", block, at + 1)
        if length >= 0x8000 or at + 5 + length > len(block):
            return
        yield record, number, block[at + 5 : at + 5 + length]
        at += 5 + length


def _decoded(value: bytes, is_utf_8: bool) -> str:
    with suppress(UnicodeDecodeError):
        return value.decode("utf-8")
    return value.decode("utf-8", "replace") if is_utf_8 else value.decode("latin-1")


def _keywords(written: tuple[str, ...]) -> tuple[str, ...]:
    """Return each keyword once, in the order written."""
    words = (clean(word, KEYWORD_LENGTH) for word in written[: 4 * KEYWORDS])
    return tuple(dict.fromkeys(word for word in words if word))[:KEYWORDS]


def _place(parts: Iterator[str]) -> str:
    """("Berlin", "Berlin", "Germany") -> "Berlin, Germany"."""
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _properties(packet: bytes) -> Values:
    """Return the values of each property of the picture by "namespace name"; {} if the packet is not XMP.

    Of a text in several languages the default comes first.
    """
    reader = _Packet()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse  # no entities: XMP needs none
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    with suppress(expat.ExpatError, ValueError):  # keep what was read before the damage
        parser.Parse(packet[:XMP_BYTES].strip(b"\0"), True)
    return {name: tuple(values) for name, values in reader.found.items()}


def _refuse(*_: object) -> None:
    raise ValueError("XMP has no document type")


class _Packet:
    """Collects properties from parser events: attributes and elements of a Description, and items of RDF lists."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}
        self._path: list[str] = []
        self._text = ""
        self._is_default = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._path.append(name)
        if len(self._path) > DEPTH:
            raise ValueError("XMP is not so deep")
        self._text = ""
        self._is_default = attributes.get(LANGUAGE) == "x-default"
        if self._place() == []:
            for key, value in attributes.items():
                self.found.setdefault(key, []).append(value)

    def text(self, text: str) -> None:
        self._text += text

    def end(self, name: str) -> None:
        match self._place():
            case [prop] if self._text.strip():
                self._add(prop)
            case [prop, _, item] if item == f"{RDF}li":
                self._add(prop)
        self._text = ""
        self._path.pop()

    def _place(self) -> list[str] | None:
        """Return the path of elements below the outermost Description, None outside of it."""
        description = f"{RDF}Description"
        if f"{RDF}RDF" not in self._path or description not in self._path:
            return None
        at = self._path.index(description)
        return self._path[at + 1 :] if self._path[at - 1] == f"{RDF}RDF" else None

    def _add(self, prop: str) -> None:
        values = self.found.setdefault(prop, [])
        values.insert(0 if self._is_default else len(values), self._text)
