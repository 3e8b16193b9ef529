"""Responses in PDF and EPUB, and the other forms of the engine's own lists: a page as PDF or EPUB, any list as a book.

Called by responses.py and lists.py. The file of a page comes from the Store; a book comes from the Bindery, which
reports progress until the file is ready.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from folio import books, epub, forms, records, references, rendering, slugs, templates, views
from folio.answers import HTML, NEVER, REVALIDATED, Request, Response, deliver
from folio.bindery import Progress
from folio.binding import Binder
from folio.books import Book
from folio.content import Page, Photo, Section
from folio.errors import NotFound
from folio.records import Record
from folio.replies import Reply

REFRESH_SECONDS = 3
SEARCH_PAGES = 5  # pages of search results that go into a book


class Editions(Reply):
    """Answers requests for PDF and EPUB, and for the forms of lists."""

    __slots__ = ()

    @property
    def binder(self) -> Binder:
        return Binder(self.press, self.site, self.files.derive, self.files.printed, self.files.card_of)

    async def of(self, req: Request, resp: Response, thing: Page | Section | Photo, form: str) -> None:
        """Answer with a page as PDF or EPUB, or with a folder as a book."""
        page = thing.page if isinstance(thing, Section) else thing
        book = books.of_section(self.site, thing) if isinstance(thing, Section) else None
        if book and book.parts:
            await self.book(req, resp, book, form)
        elif isinstance(page, Page) and self.site.config.features.offers(form):
            await self._page(resp, page, form)
        else:
            raise NotFound(thing.url)

    async def _page(self, resp: Response, page: Page, form: str) -> None:
        if form == "epub":
            self.files.book(resp, await self.binder.page_as_epub(page), epub.TYPE)
            return
        rendered = await rendering.render(self.press, self.site, page, "foot")
        await self.files.pdf(resp, page, rendered.document, rendered.html, rendered.shown)

    async def listed(self, req: Request, resp: Response, url: str) -> bool:
        """Answer with a form of one of the engine's own lists ("/tags/x.json", "/archive/2013.pdf"); False if not one.

        The answer is cached under its canonical address, however it was spelled; search results are not cached.
        """
        base, form = slugs.cut_form(url)
        book = await self._list_at(req, base) if form and self.site.config.features.offers(form) else None
        if book is None:
            return False
        if form in slugs.BOUND:
            await self.book(req, resp, book, form)
            return True

        is_search = book.url.startswith("/search?")

        async def make() -> Record:
            return await asyncio.to_thread(_list_form, book, form, NEVER if is_search else REVALIDATED)

        await deliver(
            req, resp, await (make() if is_search else self.generation.memory.made(f"{book.url}.{form}", make))
        )
        return True

    async def _list_at(self, req: Request, url: str) -> Book | None:
        """Return the list at an address, or of search results, as a book; None if there is none."""
        query = req.params.get("q", "").strip()
        if url != "/search" or not query or not self.site.config.features.search:
            return await asyncio.to_thread(books.find, self.site, url)  # goes through all pages
        found: dict[str, Page] = {}
        for n in range(1, SEARCH_PAGES + 1):
            results = await self.press.index.query(self.site, query, n)
            pages = (self.site.pages.get(hit.url.partition("#")[0]) for hit in results.hits)
            found |= {page.url: page for page in pages if page}
            if n >= results.pages:
                break
        shown = query[: self.site.config.limits.query_characters]
        address = f"/search?q={references.href(shown)}"
        return books.of_search(self.site, shown, address, tuple(found.values())) if found else None

    async def book(self, req: Request, resp: Response, book: Book, form: str) -> None:
        """Answer with a book, or with a progress page. Raises NotFound if that form is switched off."""
        if not self.site.config.features.offers(form):
            raise NotFound(f"{book.url}.{form}")
        bind = self.binder.book_as_epub if form == "epub" else self.binder.book_as_pdf

        async def work(progress: Progress) -> Path:
            return await bind(book, progress)

        patience = self.site.config.limits.book_wait_seconds
        made = await self.press.bindery.take(f"{book.url}.{form}", self.site.pages, work, patience)
        if isinstance(made, Path):
            self.files.book(resp, made, forms.CONTENT_TYPES[form])
        else:
            await deliver(req, resp, self._progress_page(book, form, made))

    def _progress_page(self, book: Book, form: str, progress: Progress) -> Record:
        """Make the progress page of a book, which reloads itself."""
        context = views.binding(self.site, book.title, form, progress.stage, progress.done, progress.total)
        html = templates.render(self.press.templates, "binding.html", **context)
        headers = {**NEVER, "refresh": str(REFRESH_SECONDS), "retry-after": str(REFRESH_SECONDS)}
        return records.make(html.encode("utf-8", "replace"), HTML, status=202, headers=headers, pattern="/{list}")


def _list_form(book: Book, form: str, headers: Mapping[str, str]) -> Record:
    """Make the JSON, Markdown or text form of a list; run it in a thread, as the whole site takes 0.1 s."""
    body = forms.dump(forms.list_data(book)) if form == "json" else forms.list_text(book, markdown=form == "md")
    return records.make(body, forms.CONTENT_TYPES[form], headers=headers, pattern="/{list}")
