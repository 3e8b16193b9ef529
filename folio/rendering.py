"""A page's text -> HTML, after gathering the pictures and texts that it embeds. Every form is rendered here."""

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
    """A rendered text: `document` includes what embedded texts need, `shown` are the photographs in all of them.

    Photographs whose file cannot be read are not among `shown`.
    """

    html: Html
    document: Document
    shown: tuple[Photo, ...] = ()


async def render(
    press: Press, site: Site, page: Page, notes: NoteStyle = "margin", *, absolute: bool = False, prefix: str = ""
) -> Rendered:
    """Render a page's text; `absolute` prefixes the base URL to every address, `prefix` is put before every id.

    `absolute` is for feeds, whose texts are cached in `press.impressions`.
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
    html = await in_thread_if_long(
        site, page, lambda: press.impressions.of(key, document, resolve, made) if absolute else made(resolve)
    )
    shown = tuple(photo for photo in pictures if facts[photo.path].width)
    return Rendered(html, passages.completed(document, documents), shown)


async def in_thread_if_long(site: Site, page: Page, work: Callable[[], Made]) -> Made:
    """Do work on a page, in a thread if the page is long, so as not to block the event loop."""
    is_long = page.stat.size > site.config.limits.inline_parse_kb << 10
    return await asyncio.to_thread(work) if is_long else work()
