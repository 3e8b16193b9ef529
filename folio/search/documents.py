"""A snapshot -> the documents to index, each with a digest of everything indexed of it.

Only words go into the index; dates, sections and the tags to filter by are read from the snapshot (catalogue.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from types import MappingProxyType
from typing import TYPE_CHECKING

from folio.bodies import NOTHING, Body
from folio.content import Page, Photo

if TYPE_CHECKING:
    from folio.snapshot import Site

BATCH_DOCUMENTS = 1_500  # sent to the worker at once; each batch becomes a segment, and is lost if the worker is killed
BATCH_BYTES = 16_000_000  # of their files
NONE: Mapping[str, Page] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Document:
    """What the worker indexes of one public URL; `body` is its Markdown, `language` a BCP 47 tag."""

    url: str
    digest: str
    title: str
    body: Body = NOTHING
    about: str = ""
    tags: tuple[str, ...] = ()
    language: str = "en"
    aliases: tuple[str, ...] = ()  # other names, not URLs
    dated: str = ""  # the date as shown: "11 June 2026"
    math: bool = True
    size: int = 0  # bytes of the file


def documents(site: Site, known: Mapping[str, Page] = NONE) -> Iterator[Document]:
    """Yield every public page not in `known`, folder without a page and photograph with words, once each."""
    given = set()
    for page in site.public:
        given.add(page.url)
        if known.get(page.url) is not page:
            yield _page(page, page.language or site.config.language)
    own = site.config.language
    for section in site.sections.values():
        if section.url not in given and section.page is None and section.url != "/":
            given.add(section.url)
            yield Document(section.url, _digest(section.title, own), section.title, language=own)
    for photo in site.photos.values():
        if photo.url and photo.url not in given and (document := _photo(photo, own)):
            yield document


def _page(page: Page, language: str) -> Document:
    aliases = tuple(name.rstrip("/").rpartition("/")[2] for name in page.aliases)
    dated = page.date.text if page.date else ""
    digest = _digest(page.digest, page.title, page.description, *page.tags, *aliases, dated, language, str(page.math))
    return Document(
        *(page.url, digest, page.title, page.body, page.description, page.tags, language, aliases, dated, page.math),
        size=page.stat.size,
    )


def _photo(photo: Photo, language: str) -> Document | None:
    """Return a document of the words about a photograph; None if there are none."""
    caption = (photo.sidecar.body.text if photo.sidecar else "") or photo.caption
    if not (photo.title or photo.alt or caption.strip() or photo.tags or photo.place):
        return None
    about, dated = f"{photo.alt} {photo.place}".strip(), photo.date.text if photo.date else ""
    digest = _digest(photo.title, about, caption, *photo.tags, dated, language)
    return Document(photo.url, digest, photo.title, Body.of(caption), about, photo.tags, language, dated=dated)


def _digest(*parts: str) -> str:
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Difference:
    """The changes an index needs: `put` documents to add (replacing those of the same URL), `take` URLs to remove."""

    put: tuple[Document, ...] = ()
    take: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.put or self.take)


def difference(site: Site, held: Mapping[str, str], before: Site | None = None) -> Difference:
    """Return what an index that holds `held` (URL -> digest) lacks of a snapshot.

    `before` is a snapshot that the index holds entirely, if known: its pages need not be compared.
    """
    known = {page.url: page for page in before.public} if before and before.config == site.config else NONE
    wanted = {document.url: document for document in documents(site, known)}
    there = wanted.keys() | {page.url for page in site.public}
    put = tuple(document for url, document in wanted.items() if held.get(url) != document.digest)
    return Difference(put, tuple(url for url in held if url not in there))


def batches(put: Sequence[Document]) -> Iterator[tuple[Document, ...]]:
    """Split documents into batches of bounded size, each of at least one document."""
    batch: list[Document] = []
    size = 0
    for document in put:
        if batch and (len(batch) >= BATCH_DOCUMENTS or size + document.size > BATCH_BYTES):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(document)
        size += document.size
    if batch:
        yield tuple(batch)
