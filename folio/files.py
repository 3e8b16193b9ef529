"""Responses that are files: photographs, cards, icons, PDFs, our static files and those of the content folder.

Slow things come from the Store, which has a worker make each once; nothing is decoded or drawn on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from email.utils import formatdate
from pathlib import Path, PurePosixPath

from folio import (
    cards,
    descriptors,
    favicons,
    icons,
    images,
    inside,
    mediatypes,
    originals,
    pdf,
    records,
    references,
    smallfiles,
    systemfonts,
    templates,
)  # fmt: skip
from folio.answers import (
    FOR_AN_HOUR,
    FOR_EVER,
    NEVER,
    REVALIDATED,
    SANDBOXED,
    Request,
    Response,
    deliver,
    deliver_file,
    number,
    redirect,
)  # fmt: skip
from folio.cache import Maker
from folio.content import Asset, Page, Photo, Section
from folio.errors import Busy, MakeFailed, Moved, NotFound, Unavailable
from folio.generation import Generation
from folio.images import Facts
from folio.markdown import Document, Html
from folio.press import Press
from folio.records import Record
from folio.snapshot import Found, Site

THUMB_WIDTH_PX = 640
PLACEHOLDER = records.make(
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 2"><path fill="#8884" d="M0 0h3v2H0z"/></svg>',
    "image/svg+xml",
    headers={**NEVER, **SANDBOXED},
    pattern="/images/{path}",
)  # in place of a picture file that cannot be read; /health names the file
LAYERED = (".png", ".gif", ".webp", ".avif")  # may be transparent or animated, unlike JPEG

log = logging.getLogger("folio.content")


@dataclass(frozen=True, slots=True)
class Files:
    """Answers one request with a file; `generation` is the one that was current when it began."""

    press: Press
    generation: Generation

    @property
    def site(self) -> Site:
        return self.generation.site

    async def of(self, req: Request, resp: Response, found: Found) -> None:
        """Answer with a file of the tree: a photograph without private metadata, any other file as it is."""
        if isinstance(found.thing, Photo):
            await self._picture(resp, found.thing)
        elif isinstance(found.thing, Asset):
            await self._asset(req, resp, found.thing)
        else:
            raise NotFound(found.thing.url)

    async def _picture(self, resp: Response, photo: Photo) -> None:
        """Answer with a photograph: its file without metadata if its folder shows originals, else its widest copy.

        Raises NotFound if its file cannot be read as a picture.
        """
        policy, settings = originals.policy(photo, self.site), self.site.config.photographs
        try:
            if policy != originals.PRIVATE and (made := await self._original(photo)):
                robots = {"x-robots-tag": "noindex"} if policy == originals.LINK else {}
                self._made(resp, made, originals.content_type(photo), {**REVALIDATED, **robots})
                return
            suffix = PurePosixPath(photo.path).suffix.lower()
            format = "webp" if suffix in LAYERED and "webp" in settings.formats else settings.formats[-1]
            made = await self.derive(photo, settings.widths[-1], format)
        except MakeFailed as error:
            raise NotFound(_logged(photo, error)) from error
        self._made(resp, made, images.TYPES[format], REVALIDATED)

    async def _original(self, photo: Photo) -> Path | None:
        """Return a photograph's file without private metadata; None if that cannot be removed losslessly."""
        settings = self.site.config.photographs
        arguments = (str(self.site.config.content / photo.path), settings.max_megapixels)
        key, suffix = [photo.path, (await self._facts(photo)).version], PurePosixPath(photo.path).suffix.lower()
        try:
            return await self.press.store.make(originals.STRIP, key, *arguments, suffix=suffix)
        except MakeFailed as error:
            _logged(photo, error)
            return None

    async def static(self, req: Request, resp: Response, path: str) -> None:
        """Answer with a static file of ours, cacheable for ever if `v` is its version, else with one of the content."""
        try:
            asset = self.press.assets.find(path)
        except NotFound:
            await self.of(req, resp, self.site.find(f"static/{path}"))
            return
        fresh = req.params.get("v") == asset.version
        address = f"/static/{path}?v={asset.version}" if fresh else f"/static/{path}"
        record = self.generation.memory.get(address)
        if record is None:
            record = self.press.assets.answer(asset, FOR_EVER if fresh else REVALIDATED)
            self.generation.memory.keep(address, record)
        await deliver(req, resp, record)

    async def icon(self, req: Request, resp: Response, path: str) -> None:
        """Answer with the icon of a public thing, drawn from its title."""
        record = self.generation.memory.get(f"/icon/{path}")
        if record is None:
            record = self.drawn(path)
            self.generation.memory.keep(f"/icon/{path}", record)
        await deliver(req, resp, record)

    def drawn(self, path: str) -> Record:
        """Draw the icon of the public thing at this path. Raises NotFound if there is none."""
        thing = self._thing(path, ".svg")
        body = icons.svg(thing.title or thing.url, self.site.accent_at(thing.url)).encode()
        return records.make(body, "image/svg+xml", headers={**FOR_AN_HOUR, **SANDBOXED}, pattern="/icon/{path}")

    async def sprite(self, req: Request, resp: Response, path: str) -> None:
        """Answer with a sprite of many pages' icons, cacheable for ever if `v` is its version."""
        sprite = self.site.sprites.named.get(path.removesuffix(".svg"))
        if sprite is None or not path.endswith(".svg"):
            raise NotFound(path)
        fresh = req.params.get("v") == sprite.version
        address = f"/icon-sprite/{path}?v={sprite.version}" if fresh else f"/icon-sprite/{path}"
        record = self.generation.memory.get(address)
        if record is None:
            headers = {**(FOR_EVER if fresh else REVALIDATED), **SANDBOXED}
            body = sprite.svg().encode("utf-8", "replace")
            record = records.make(body, "image/svg+xml", headers=headers, pattern="/icon-sprite/{path}")
            self.generation.memory.keep(address, record)
        await deliver(req, resp, record)

    async def favicon(self, req: Request, resp: Response) -> None:
        """Answer with the icon of the site for clients without SVG support; the content's own favicon.ico wins."""
        await self._site_icon(req, resp, "favicon.ico", favicons.FAVICON, "image/x-icon")

    async def touch_icon(self, req: Request, resp: Response) -> None:
        """Answer with the icon of the site for phones; the content's own apple-touch-icon.png wins."""
        await self._site_icon(req, resp, "apple-touch-icon.png", favicons.TOUCH_ICON, "image/png")

    async def _site_icon(self, req: Request, resp: Response, name: str, maker: Maker, kind: str) -> None:
        if name in self.site.pictures or f"/{name}" in self.site.files:
            await self.of(req, resp, self.site.find(name))
            return
        title, accent = self.site.sections["/"].title or "/", self.site.accent_at("/")
        suffix = PurePosixPath(name).suffix
        made = await self.press.store.make(maker, [title, accent], title, accent, suffix=suffix)
        self._made(resp, made, kind, FOR_AN_HOUR)

    async def card(self, resp: Response, path: str) -> None:
        """Answer with the social card, 1200×630 pixels."""
        thing = self._thing(path, ".png")
        if not self.site.config.features.cards:
            raise NotFound(thing.url)
        made = await self.card_of(thing)
        self._made(resp, made, "image/png", FOR_AN_HOUR)

    async def card_of(self, thing: Page | Section | Photo) -> Path:
        """Return the file of the social card of a thing."""
        config = self.site.config
        page = thing if isinstance(thing, Page) else thing.page if isinstance(thing, Section) else thing.sidecar
        cover, version = await self._cover(page)
        card = cards.Card(
            title=thing.title or config.title,
            site=config.title if thing.url != "/" else config.author.name,
            author=config.author.name,
            date=page.date.text if page and page.date else "",
            minutes=f"{page.minutes} min" if page and page.date else "",
            excerpt=(page.description or (await self.press.document(page, coloured=False)).summary)
            if page
            else config.description,
            accent=self.site.accent_at(thing.url),
            cover=cover,
            max_megapixels=config.photographs.max_megapixels,
        )
        said, language = f"{card.title} {card.site} {card.author} {card.excerpt}", page.language if page else ""
        fonts = await asyncio.to_thread(systemfonts.covering, said, language or config.language)
        card = replace(card, fonts=fonts)
        key = [*map(str, asdict(card).values()), version]
        return await self.press.store.make(cards.CARD, key, card, suffix=".png")

    async def _cover(self, page: Page | None) -> tuple[str, str]:
        """Return the file and the version of a page's cover photograph, ("", "") if there is none that can be read."""
        found = references.locate(self.site, page.path, page.image) if page and page.image else None
        if found is None or not isinstance(photo := found.thing, Photo):
            return "", ""
        facts = (await self.press.facts_of([photo]))[photo.path]
        return (str(self.site.config.content / photo.path), facts.version) if facts.width else ("", "")

    def _thing(self, path: str, suffix: str) -> Page | Section | Photo:
        """Find the public thing whose icon or card is requested. Raises NotFound if there is none."""
        name = path.removesuffix(suffix)
        asked = name and path.endswith(suffix)
        thing = self.site.find("" if name == "index" else name).thing if asked else None
        if thing is None or isinstance(thing, Asset):
            raise NotFound(path)
        return thing

    async def thumb(self, req: Request, resp: Response, path: str) -> None:
        """Redirect to the copy of a photograph nearest to the requested width."""
        photo = self.site.pictures.get(path) or self.site.photos.get(f"/{path}")
        if photo is None:
            raise NotFound(path)
        width = images.snap(number(req.params.get("w"), THUMB_WIDTH_PX), self.site.config)
        format = self.site.config.photographs.formats[-1]
        redirect(resp, images.url(photo, (await self._facts(photo)).version, width, format), 302, FOR_AN_HOUR)

    async def image(self, req: Request, resp: Response, width: str, version: str, path: str) -> None:
        """Answer with a copy of a photograph at one of the widths; redirect an old version to the current one."""
        source, _, format = path.rpartition(".")
        photo, pixels, settings = self.site.pictures.get(source), number(width, 0), self.site.config.photographs
        if photo is None or format not in settings.formats or pixels not in settings.widths:
            await self.of(req, resp, self.site.find(f"images/{width}/{version}/{path}"))
            return
        facts = (await self.press.facts_of([photo]))[photo.path]
        if not facts.width:
            await deliver(req, resp, PLACEHOLDER)
            return
        if version != facts.version:
            raise Moved(images.url(photo, facts.version, pixels, format), 302)
        try:
            made = await self.derive(photo, pixels, format)
        except MakeFailed as error:  # its header could be read, its image data cannot
            _logged(photo, error)
            await deliver(req, resp, PLACEHOLDER)
            return
        body = await asyncio.to_thread(smallfiles.small, made)
        if not body or not await self._from_memory(req, resp, body, _tag(made), images.TYPES[format], FOR_EVER):
            self._made(resp, made, images.TYPES[format], FOR_EVER)

    async def _facts(self, photo: Photo) -> Facts:
        """Return the facts of a photograph. Raises NotFound if its file cannot be read as a picture."""
        facts = (await self.press.facts_of([photo]))[photo.path]
        if not facts.width:
            raise NotFound(f"{photo.path}: {facts.error}")
        return facts

    async def derive(self, photo: Photo, width: int, format: str) -> Path:
        """Return the file of a resized copy; the width is limited to the smallest one that holds the photograph."""
        config = self.site.config
        facts = await self._facts(photo)
        width = min(width, images.snap(facts.width, config))
        arguments = (str(config.content / photo.path), width, format, config.photographs.max_megapixels)
        return await self.press.store.make(
            images.maker(format), images.key(photo, facts, width, format), *arguments, suffix=f".{format}"
        )

    async def pdf(self, resp: Response, page: Page, document: Document, html: Html, shown: tuple[Photo, ...]) -> None:
        """Answer with a page as PDF; `html` has its notes as footnotes, `shown` are the pictures in it."""
        if missing := await self.press.pdf_missing():
            raise Unavailable(missing, pdf.REMEDY)
        files = await self.printed(shown)
        sheet = pdf.sheet(page, html.text, document.summary, self.site.config, files)
        printed = templates.render(self.press.templates, "pdf.html", sheet=sheet)
        arguments = (printed, sheet.canonical, sheet.icon, sheet.files)
        made = await self.press.store.make(pdf.PDF, pdf.key(printed, sheet), *arguments, suffix=".pdf")
        self._made(resp, made, "application/pdf", REVALIDATED)

    async def printed(
        self, shown: Sequence[Photo], step: Callable[[int, int], None] = lambda done, total: None
    ) -> tuple[tuple[str, str], ...]:
        """Return (URL in the rendered text, file of that copy) for each photograph.

        Damaged files are left out. `step(done, total)` is called before each.
        """
        facts, config = await self.press.facts_of(shown), self.site.config
        made = []
        for n, photo in enumerate(shown):
            step(n, len(shown))
            width, format = images.fallback_width(facts[photo.path], config), config.photographs.formats[-1]
            try:
                file = await self.derive(photo, width, format)
            except MakeFailed as error:
                _logged(photo, error)
                continue
            made.append((images.url(photo, facts[photo.path].version, width, format), str(file)))
        return tuple(made)

    def book(self, resp: Response, made: Path, content_type: str) -> None:
        """Answer with an EPUB or a book that has been made."""
        self._made(resp, made, content_type, REVALIDATED)

    def _made(self, resp: Response, made: Path, content_type: str, headers: Mapping[str, str]) -> None:
        try:
            opened = made.open("rb")
        except OSError as error:  # there are no descriptors left, or it has just been trimmed from the cache
            raise Busy("many files are being read") from error
        deliver_file(resp, opened, made, content_type, _tag(made), headers, dated=False)

    async def _asset(self, req: Request, resp: Response, asset: Asset) -> None:
        root = self.site.config.content
        headers = {**REVALIDATED, **(SANDBOXED if mediatypes.is_markup(asset.path) else {})}
        if mediatypes.is_well_known(asset.path):
            headers["access-control-allow-origin"] = "*"  # scripts of other sites ask as well (RFC 7033, section 5)
        try:
            sent = await asyncio.to_thread(smallfiles.sent, root, asset.path)
            kind = mediatypes.of(asset.path, sent.body)
            dated = {**headers, "last-modified": formatdate(sent.modified, usegmt=True)}
            if not sent.body or not await self._from_memory(req, resp, sent.body, sent.tag, kind, dated):
                opened = await asyncio.to_thread(inside.opened, root, asset.path)
                deliver_file(resp, opened, root / asset.path, kind, sent.tag, headers, dated=True)
        except OSError as error:  # deleted or made unreadable since the snapshot
            if descriptors.are_used_up(error):
                raise Busy("many files are being read") from error
            raise NotFound(asset.url) from error

    async def _from_memory(
        self, req: Request, resp: Response, body: bytes, tag: str, content_type: str, headers: Mapping[str, str]
    ) -> bool:
        """Answer with the body of a small file, and keep the response in memory for pagecache.

        Return False if the file itself has to be sent, for a range request or one conditional on the date.
        """
        if "range" in req.headers or ("if-modified-since" in req.headers and "if-none-match" not in req.headers):
            return False
        scope = req._starlette.scope
        headers, pattern = {**headers, "accept-ranges": "bytes"}, scope.get("route_pattern", "unmatched")
        record = records.make(body, content_type, headers=headers, pattern=pattern, tag=tag)
        self.generation.memory.keep(scope["path"], record, lightly=True)
        await deliver(req, resp, record)
        return True


def _tag(made: Path) -> str:
    """Return the hash in the name of a file of the Store."""
    return made.name.split(".")[1]


def _logged(photo: Photo, error: MakeFailed) -> str:
    """Log why a photograph cannot be shown, and return that message."""
    words = f"{photo.path}: {error}"
    log.warning("%s", words)
    return words
