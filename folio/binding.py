"""A page or a book -> a Volume with every text rendered and every picture made, and the EPUB or PDF made from it.

Texts are rendered in this process, a few milliseconds each, yielding to the event loop in between; the file itself is
made by a worker process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from folio import epub, icons, images, pdf, references, rendering, templates, volumes, xhtml
from folio.bindery import Progress
from folio.books import Book, Part
from folio.cache import Maker
from folio.content import Page, Photo, Section
from folio.errors import MakeFailed, Unavailable
from folio.markdown import NoteStyle
from folio.pages import newest
from folio.press import Press
from folio.snapshot import Site
from folio.volumes import Chapter, Volume

PLATES = 200  # most photographs of one gallery in a book
NESTED = 100  # deepest nesting of elements: from about 130 on WeasyPrint exceeds Python's recursion limit
COVER_WIDTH_PX = 1440


@dataclass(frozen=True, slots=True)
class Binder:
    """Makes volumes and files from one snapshot.

    `derive` and `printed` make resized copies of photographs, `card` the social card that serves as a cover.
    """

    press: Press
    site: Site
    derive: Callable[[Photo, int, str], Awaitable[Path]]
    printed: Callable[[Sequence[Photo], Callable[[int, int], None]], Awaitable[tuple[tuple[str, str], ...]]]
    card: Callable[[Page | Section], Awaitable[Path]]

    async def page_as_epub(self, page: Page) -> Path:
        """Make the EPUB of a page."""
        return await self._epub(await self.page(page), epub.EPUB)

    async def book_as_epub(self, book: Book, progress: Progress) -> Path:
        """Make the EPUB of a book."""
        volume = await self.book(book, "end", progress)
        progress.enter("bound")
        return await self._epub(volume, epub.BOOK)

    async def book_as_pdf(self, book: Book, progress: Progress) -> Path:
        """Make the PDF of a book. Raises Unavailable if this machine cannot make PDFs."""
        if missing := await self.press.pdf_missing():
            raise Unavailable(missing, pdf.REMEDY)
        volume = await self.book(book, "foot", progress)
        progress.enter("set")
        text = "".join((volume.title, volume.author, *(c.title + c.html for c in volume.chapters)))
        sheets = await asyncio.to_thread(pdf.style_sheets, text, book=True)
        paper = self.site.config.pdf.paper.lower()
        printed = await asyncio.to_thread(
            templates.render, self.press.templates, "pdf_book.html", volume=volume, style_sheets=sheets, paper=paper
        )
        arguments = (printed, volume.canonical, "", volume.pictures)
        key = pdf.book_key(printed, volume)
        return await self.press.store.make(pdf.BOOK, key, *arguments, suffix=".pdf")

    async def _epub(self, volume: Volume, maker: Maker) -> Path:
        key = await asyncio.to_thread(epub.key, volume)
        return await self.press.store.make(maker, key, volume, suffix=".epub")

    async def page(self, page: Page) -> Volume:
        """Make a volume with a page as its only chapter."""
        chapter, shown, summary = await self._text(page, "end", "")
        volume = self._volume("page", page.title, page.url, [page])
        return replace(
            volume,
            author=page.author or volume.author,
            description=page.description or summary,
            series=page.series,
            chapters=(replace(chapter, url=""),),
            pictures=await self.printed(shown, Progress().tell),
            cover=await self._cover(page),
        )

    async def book(self, book: Book, notes: NoteStyle, progress: Progress) -> Volume:
        """Make the volume of a book, reporting progress."""
        progress.enter("read")
        parts = [*((book.intro,) if book.intro else ()), *book.parts]
        chapters, shown = [], dict[str, Photo]()
        for n, part in enumerate(parts, 1):
            progress.tell(n - 1, len(parts))
            prefix = f"c{n}-" if notes == "foot" else ""
            chapter, pictures = await self._chapter(part, notes, prefix)
            chapters.append(replace(chapter, title="Introduction") if part is book.intro else chapter)
            shown |= {photo.path: photo for photo in pictures}
            await asyncio.sleep(0)  # hundreds of texts in one go would block the event loop
        progress.enter("pictures")
        volume = await asyncio.to_thread(self._volume, "book", book.title, book.url, book.pages)  # may be thousands
        is_complete = len(book.parts) == book.total
        return replace(
            volume,
            description=book.description,
            series=book.series,
            note="" if is_complete else f"The newest {len(book.parts):,} of {book.total:,} pages.",
            chapters=tuple(chapters),
            pictures=await self.printed(tuple(shown.values()), progress.tell),
            cover=await self._cover(book.parts[0] if len(book.parts) == 1 else book.intro),
        )

    def _volume(self, kind: str, title: str, url: str, pages: Sequence[Page]) -> Volume:
        config = self.site.config
        dated = newest(page for page in pages if page.date)
        first, last = (dated[-1].date, dated[0].date) if dated else (None, None)
        changes = [date for page in pages for date in (page.updated, page.date) if date]
        changed = max(changes, key=lambda date: date.key, default=None)
        years = (f"{first.year}", f"{last.year}") if first and last else ("", "")
        directions = {page.direction for page in pages}
        languages = {page.language or config.language for page in pages}
        return Volume(
            kind=kind,
            title=title,
            author=config.author.name,
            site=config.title,
            language=xhtml.language(languages.pop() if len(languages) == 1 else config.language),
            direction=directions.pop() if len(directions) == 1 else "",
            description="",
            tags=tuple(dict.fromkeys(tag for page in pages for tag in page.tags))[:40],
            created=(first.iso if kind == "page" else last.iso if last else "") if first else "",
            modified=changed.iso if changed else "",
            dates=years[0] if years[0] == years[1] else " \u2013 ".join(years),
            canonical=config.base_url + references.href(url) if "?" not in url else config.base_url + url,
            base_url=config.base_url,
        )

    async def _chapter(self, part: Part, notes: NoteStyle, prefix: str) -> tuple[Chapter, tuple[Photo, ...]]:
        if isinstance(part, Section):
            return await self._gallery(part, notes, prefix)
        chapter, shown, _ = await self._text(part, notes, prefix)
        if not await rendering.in_thread_if_long(self.site, part, lambda: volumes.is_deeper(chapter.html, NESTED)):
            return chapter, shown
        where = self.site.config.base_url + chapter.url
        return replace(
            chapter, html="", note=f"This page is nested too deeply for a book. It can be read at {where}."
        ), ()

    async def _text(self, page: Page, notes: NoteStyle, prefix: str) -> tuple[Chapter, tuple[Photo, ...], str]:
        config = self.site.config
        rendered = await rendering.render(self.press, self.site, page, notes, prefix=prefix)
        chapter = Chapter(
            title=page.title,
            url=references.href(page.url),
            html=rendered.html.text,
            language=xhtml.language(page.language or config.language),
            direction=page.direction,
            byline=page.author if page.author != config.author.name else "",
            date_text=page.date.text if page.date else "",
            date=page.date.iso if page.date else "",
            icon=icons.svg(page.title, config.accent_of(page.section)),
            prefix=prefix,
        )
        return chapter, rendered.shown, rendered.document.summary

    async def _gallery(self, section: Section, notes: NoteStyle, prefix: str) -> tuple[Chapter, tuple[Photo, ...]]:
        """Make a gallery's chapter: the text of its index, then the photographs with their captions."""
        config, photos = self.site.config, section.photos[:PLATES]
        words, shown = "", tuple[Photo, ...]()
        if section.page:
            own, shown, _ = await self._text(section.page, notes, prefix)
            words = own.html
        facts = await self.press.facts_of(photos)
        plates = [photo for photo in photos if facts[photo.path].width]
        html = templates.render(
            self.press.templates,
            "plates.html",
            plates=[await self._plate(photo, facts[photo.path], f"{prefix}p{n}-") for n, photo in enumerate(plates, 1)],
        )
        left_out = len(section.photos) - len(photos)
        chapter = Chapter(
            title=section.title,
            url=references.href(section.url),
            html=words + html,
            language=xhtml.language((section.page.language if section.page else "") or config.language),
            icon=icons.svg(section.title, config.accent_of(section.url.split("/")[1])),
            prefix=prefix,
            note=f"The first {len(photos)} of {len(section.photos):,} photographs." if left_out else "",
        )
        return chapter, (*shown, *plates)

    async def _plate(self, photo: Photo, facts: images.Facts, prefix: str) -> dict[str, object]:
        """Return what templates/plates.html shows of a photograph."""
        config = self.site.config
        caption = (
            await rendering.render(self.press, self.site, photo.sidecar, "end", prefix=prefix)
            if photo.sidecar
            else None
        )
        return {
            "src": images.picture(photo, facts, config).src,
            "alt": photo.alt or photo.title,
            "title": photo.title,
            "caption": caption.html.text if caption else "",
            "exif": images.exif_line(facts),
        }

    async def _cover(self, thing: Page | Section | None) -> str:
        """Return the path of the cover: a page's own image, a gallery's first photograph, else the social card."""
        thing = thing or self.site.sections["/"]
        photo: Photo | None = None
        if isinstance(thing, Section):
            photo = thing.photos[0] if thing.photos else None
        elif thing.image and (found := references.locate(self.site, thing.path, thing.image)):
            photo = found.thing if isinstance(found.thing, Photo) else None
        if photo and (await self.press.facts_of([photo]))[photo.path].width:
            with suppress(MakeFailed):  # a damaged file: fall back to the card
                return str(await self.derive(photo, COVER_WIDTH_PX, self.site.config.photographs.formats[-1]))
        return str(await self.card(thing))
