"""The plain text of a page by its headings, which the worker that parses it first leaves on disk for the indexing one.

Otherwise a first start would parse every text twice. These files are a cache: a text whose transcript is missing or
damaged is parsed again.
"""

from __future__ import annotations

import contextlib
import marshal
import zlib
from collections.abc import Collection, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from folio import __version__, documents
from folio.markdown import Document, Part

NAME = "transcripts"  # the name of their folder
CHECKSUM_BYTES = 4


class Transcript(NamedTuple):
    """The plain text of a page by its headings, and the alternative texts and titles of its pictures."""

    parts: tuple[Part, ...] = ()
    captions: str = ""


def transcript(document: Document) -> Transcript:
    """Return the transcript of a parsed text."""
    return Transcript(document.parts, " ".join(f"{image.alt} {image.title}" for image in document.images))


def folder(cache: Path) -> Path:
    """Return the folder of transcripts, beside the index."""
    return cache / "search" / NAME


def name(body: bytes, language: str, math: bool) -> str:
    """Return the key of a transcript: a hash of the body's digest, the settings and this version of the engine."""
    depends = f"{__version__} {documents.PARSE.version} {language} {math}"
    return blake2b(body + depends.encode(), digest_size=16).hexdigest()


def leave(folder: Path, transcripts: Mapping[str, Transcript]) -> None:
    """Write one or more transcripts, by key, to one file of a folder; errors of the disk are ignored.

    A file for each would add a fifth to the time of reading a text.
    """
    plain = {
        name: (one.captions, [(part.id, part.heading, part.text) for part in one.parts])
        for name, one in transcripts.items()
    }
    written = marshal.dumps(plain)
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / next(iter(transcripts))).write_bytes(_checksum(written) + written)


def take(folder: Path, wanted: Collection[str]) -> dict[str, Transcript]:
    """Return the transcripts with the `wanted` keys that exist; a file that holds no others is removed."""
    found: dict[str, Transcript] = {}
    with contextlib.suppress(OSError):
        for file in sorted(folder.iterdir()):
            held = _read(file)
            found |= {name: one for name, one in held.items() if name in wanted}
            if held and held.keys() <= found.keys():
                file.unlink()
    return found


def _read(file: Path) -> dict[str, Transcript]:
    """Read a file; {} if it is damaged, or just being written."""
    raw = file.read_bytes()
    written = raw[CHECKSUM_BYTES:]
    if _checksum(written) != raw[:CHECKSUM_BYTES]:
        return {}
    plain = marshal.loads(written)  # noqa: S302  our own worker wrote it, and its checksum is right
    return {
        name: Transcript(tuple(Part(*part) for part in parts), captions) for name, (captions, parts) in plain.items()
    }


def _checksum(written: bytes) -> bytes:
    return zlib.crc32(written).to_bytes(CHECKSUM_BYTES)
