"""The base of every kind of answer: its generation, that generation's cache, the templates.

responses.py (things of the tree), lists.py (the engine's own lists) and syndication.py (feeds) answer with these.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from folio import files, records, references, rendering, templates, views
from folio.answers import HTML, REVALIDATED, other_forms, policy
from folio.content import Page
from folio.errors import Moved, NotFound, SiteError
from folio.garden import Garden
from folio.generation import Generation
from folio.markdown import Document, Html, NoteStyle
from folio.photographs import Photographs
from folio.press import Press
from folio.records import Record
from folio.snapshot import Site

if TYPE_CHECKING:
    from folio.files import Files


class Reply(NamedTuple):
    """Answers one request from the generation it began with, so that no answer mixes two generations."""

    press: Press
    generation: Generation

    @property
    def site(self) -> Site:
        return self.generation.site

    @property
    def garden(self) -> Garden:
        return self.generation.garden

    @property
    def files(self) -> Files:
        return files.Files(self.press, self.generation)

    @property
    def photographs(self) -> Photographs:
        return Photographs(self.press, self.generation)

    async def words(
        self, page: Page | None, notes: NoteStyle = "margin", *, absolute: bool = False
    ) -> tuple[Html, Document | None]:
        """Render a page's text; of None, the empty text."""
        if page is None:
            return Html(""), None
        rendered = await rendering.render(self.press, self.site, page, notes, absolute=absolute)
        return rendered.html, rendered.document

    def nowhere(self, url: str) -> SiteError:
        """Return the error for an unknown address: Moved if another spelling of it is the engine's, else NotFound."""
        meant = self.site.engines(url)
        return Moved(references.href(meant)) if meant else NotFound(url)

    def html(
        self,
        template: str,
        context: views.Context,
        document: Document | None = None,
        *,
        pattern: str = "/{path}",
        headers: Mapping[str, str] = REVALIDATED,
    ) -> Record:
        """Render a template into a record; hosts that the page embeds are allowed by that page's policy alone."""
        html = templates.render(self.press.templates, template, **context).encode("utf-8", "replace")
        own = {**(policy(document) if document else {}), **other_forms(context["head"].alternates)}
        return records.make(html, HTML, headers={**headers, **own}, pattern=pattern, negotiated=pattern == "/{path}")

    async def kept(self, address: str, make: Callable[[], Awaitable[Record]]) -> Record:
        """Return this generation's cached record of an address, made at the first request."""
        return await self.generation.memory.made(address, make)


def page_address(address: str, number: int) -> str:
    """Return the cache key of page `number` of a list, which no path can equal."""
    return address if number == 1 else f"page {number} of {address}"
