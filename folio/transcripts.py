"""What a text says by its headings, left on disk by the worker that parses it first: the one that indexes it takes it.

Else every text of a site would be parsed twice at its first start. Nothing depends on what lies here: a text of which
there is nothing, or nothing sound, is parsed again.
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

NAME = "transcripts"  # of their folder
CHECKSUM_BYTES = 4


class Transcript(NamedTuple):
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


def leave(folder: Path, said: Mapping[str, Transcript]) -> None:
    """Write transcripts, by name, to a file of a folder, if the disk lets us; at least one.

    One file for each would take a fifth of the time in which a text is read.
    """
    plain = {
        name: (one.captions, [(part.id, part.heading, part.text) for part in one.parts]) for name, one in said.items()
    }
    written = marshal.dumps(plain)
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / next(iter(said))).write_bytes(_checksum(written) + written)


def take(folder: Path, wanted: Collection[str]) -> dict[str, Transcript]:
    """Return the transcripts of these names, as far as they lie there; a file that holds no others is removed."""
    found: dict[str, Transcript] = {}
    with contextlib.suppress(OSError):
        for file in sorted(folder.iterdir()):
            said = _read(file)
            found |= {name: one for name, one in said.items() if name in wanted}
            if said and said.keys() <= found.keys():
                file.unlink()
    return found


def _read(file: Path) -> dict[str, Transcript]:
    """Read a file; {} of one that is damaged, or just being written."""
    raw = file.read_bytes()
    written = raw[CHECKSUM_BYTES:]
    if _checksum(written) != raw[:CHECKSUM_BYTES]:
        return {}
    plain = marshal.loads(written)  # noqa: S302  our own worker wrote it, and its checksum is right
    return {name: Transcript(tuple(Part(*part) for part in parts), said) for name, (said, parts) in plain.items()}


def _checksum(written: bytes) -> bytes:
    return zlib.crc32(written).to_bytes(CHECKSUM_BYTES)
