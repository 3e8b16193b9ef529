"""A page -> the texts it embeds (`![[…]]`), and what these need. Called by rendering.py."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import posixpath
from collections.abc import Awaitable, Callable, Mapping

from folio import references, targets
from folio.content import PAGE_SUFFIXES, Page, Photo
from folio.errors import MakeFailed
from folio.markdown import Document
from folio.snapshot import Site

MAX_TEXTS = 40  # that one page embeds


async def gather(site: Site, page: Page, read: Callable[[Page], Awaitable[Document]]) -> dict[str, Document]:
    """Return the documents of a page and of those it embeds, by path: breadth-first, so that the nearest come first.

    A text that cannot be read, is deeper than references.DEPTH or exceeds MAX_TEXTS is left out: the page links to it.
    """
    document = await read(page)
    if (_names(document) or _misses(site, page, document)) and not ("names" in vars(site) and site.names.ready):
        await asyncio.to_thread(lambda: site.names.prepare())  # once per snapshot
    found = {page.path: document}
    edge = [page]
    for _ in range(references.DEPTH):
        embedded = [references.embedded(site, one.path, found[one.path]) for one in edge]
        edge = []
        for inner in itertools.chain(*embedded):
            if inner.path not in found and len(found) <= MAX_TEXTS:
                with contextlib.suppress(MakeFailed):
                    found[inner.path] = await read(inner)
                    edge.append(inner)
    return found


def _names(document: Document) -> bool:
    """Say whether a text refers to anything by name, which needs the index of names."""
    kinds = {link.kind for link in document.links} | {image.kind for image in document.images}
    return bool(document.embeds) or not kinds.isdisjoint(targets.BY_NAME)


def _misses(site: Site, page: Page, document: Document) -> bool:
    """Say whether a link's file is not where it says: then any of that name is meant, as in Obsidian."""
    folder = posixpath.dirname(page.path)
    files = (link.target for link in document.links if link.kind == "link" and link.target.endswith(PAGE_SUFFIXES))
    return any(posixpath.normpath(posixpath.join(folder, file)).lstrip("/") not in site.tree.entries for file in files)


def pictures(site: Site, documents: Mapping[str, Document]) -> tuple[Photo, ...]:
    """Return the photographs in a page's texts, each once."""
    shown = (references.pictures(site, path, document) for path, document in documents.items())
    return tuple({photo.path: photo for photo in itertools.chain(*shown)}.values())


def completed(document: Document, documents: Mapping[str, Document]) -> Document:
    """Return a page's document with what its embedded texts need: a style for code, hosts of frames and images."""
    if len(documents) == 1:
        return document
    shown = documents.values()
    foreign = [image for one in shown if one is not document for image in one.images if "//" in image.target]
    return document._replace(
        has_code=any(one.has_code for one in shown),
        frames=tuple(dict.fromkeys(host for one in shown for host in one.frames)),
        images=(*document.images, *foreign),
    )
