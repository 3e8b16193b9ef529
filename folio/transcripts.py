"""What a text says by its headings, left on disk by the worker that parses it first: the one that indexes it takes it.

Else every text of a site would be parsed twice at its first start. Nothing depends on what lies here: a text of which
there is nothing, or nothing sound, is parsed again.
"""

from __future__ import annotations

import contextlib
import marshal
import zlib
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from folio import __version__, documents
from folio.markdown import Document, Part

NAME = "transcripts"  # of their folder
CHECKSUM_BYTES = 4


@dataclass(frozen=True, slots=True)
class Transcript:
    """The plain text of a page by its headings, and the words about its pictures."""

    parts: tuple[Part, ...] = ()
    captions: str = ""


def transcript(document: Document) -> Transcript:
    """Draw the transcript of a parsed text."""
    return Transcript(document.parts, " ".join(f"{image.alt} {image.title}" for image in document.images))


def folder(cache: Path) -> Path:
    """Return where transcripts lie: beside the index."""
    return cache / "search" / NAME


def name(body: bytes, language: str, math: bool) -> str:
    """Name the transcript of a body of this digest, read in this way by this version of us."""
    way = f"{__version__} {documents.PARSE.version} {language} {math}"
    return blake2b(body + way.encode(), digest_size=16).hexdigest()


def leave(file: Path, said: Transcript) -> None:
    """Write a transcript to a file, if the disk lets us."""
    written = marshal.dumps((said.captions, [(part.id, part.heading, part.text) for part in said.parts]))
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_checksum(written) + written)


def take(file: Path) -> Transcript | None:
    """Return a transcript and remove its file; None when there is none, or it is damaged."""
    try:
        raw = file.read_bytes()
        file.unlink()
    except OSError:
        return None
    written = raw[CHECKSUM_BYTES:]
    if _checksum(written) != raw[:CHECKSUM_BYTES]:
        return None
    captions, parts = marshal.loads(written)  # noqa: S302  our own worker wrote it, and its checksum is right
    return Transcript(tuple(Part(*part) for part in parts), captions)


def _checksum(written: bytes) -> bytes:
    return zlib.crc32(written).to_bytes(CHECKSUM_BYTES)
