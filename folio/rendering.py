"""A page's text -> HTML, with the pictures and the texts that it shows gathered first. The one way, for every form."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from folio import markdown, passages, references
from folio.content import Page, Photo
from folio.markdown import Document, Html, NoteStyle, Resolve
from folio.press import Press
from folio.snapshot import Site

Made = TypeVar("Made")


class Rendered(NamedTuple):
    """A text as it is shown: `document` with what the texts in it need as well, `shown` the photographs in it.

    Photographs whose file cannot be read are not among `shown`.
    """

    html: Html
    document: Document
    shown: tuple[Photo, ...] = ()


async def render(
    press: Press, site: Site, page: Page, notes: NoteStyle = "margin", *, absolute: bool = False, prefix: str = ""
) -> Rendered:
    """Render a page's own words; `absolute` prefixes the base URL to every address, `prefix` stands before every id.

    The first is for feeds, whose texts are made again only where they come out otherwise.
    """
    documents = await passages.gather(site, page, press.document)
    if site.config.untrusted:
        documents = {path: markdown.harmless(document) for path, document in documents.items()}
    pictures = passages.pictures(site, documents)
    facts = await press.facts_of(pictures)
    resolve = references.resolver(site, page.path, facts, documents, absolute=absolute)
    document = documents[page.path]

    def made(resolve: Resolve) -> Html:
        return markdown.render(document, resolve, notes, prefix=prefix)

    key = page.path, notes, prefix
    html = await apart(
        site, page, lambda: press.impressions.of(key, document, resolve, made) if absolute else made(resolve)
    )
    shown = tuple(photo for photo in pictures if facts[photo.path].width)
    return Rendered(html, passages.whole(document, documents), shown)


async def apart(site: Site, page: Page, work: Callable[[], Made]) -> Made:
    """Do what takes the longer the longer a page is: with a long one in a thread, or everybody else would wait."""
    is_long = page.stat.size > site.config.limits.inline_parse_kb << 10
    return await asyncio.to_thread(work) if is_long else work()
