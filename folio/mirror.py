"""The running application -> the same site as files, for a host that only serves files.

Every file is an answer of the application, or made as it makes one, so that the bytes are the engine's. Addresses are
found by crawling the answers: the sitemap, links, pictures in every width, the forms that each page names. A Copier
requests and writes; a Mirror holds the queue of addresses. crew.py has several Copiers work for one Mirror.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from folio import hosting
from folio.documents import Documents
from folio.extracts import Extracts
from folio.folder import LIST, OWN, Folder, write
from folio.press import Press
from folio.records import App, Headers, Message
from folio.responses import Responses
from folio.snapshot import Site

AT_ONCE = 4  # requests
KEPT_CHARACTERS = 16_000_000  # of texts whose parsed documents are kept: some 200 MB
STARTS = (
    "/archive/graph", "/", "/archive", "/tags", "/directory", "/search", "/sitemap.xml", "/robots.txt", "/feed.xml",
    "/rss.xml", "/atom.xml", "/feed.json", "/opensearch.xml", "/llms.txt", "/llms-full.txt", "/favicon.ico",
    "/archive.epub", "/archive.pdf",
)  # fmt: skip
LIVE = re.compile(r"/(random|health|metrics|api|thumb)(/|$)")  # what only a running engine can answer
KEPT_QUERY = re.compile(r"(page|part)=[0-9]{1,6}")
MISSING = "/404"  # an address without a page: its answer is the error page for all of those
WAIT_SECONDS = 1.0  # between two requests for a book that is being made
TRIES = 60  # while the engine is busy
_PLAIN = re.compile(r"(?:/[\w~-][\w.~-]*)+", re.A)  # a plain path on this site, which needs no decoding
_CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)""")
_LOC = re.compile(r"<(?:image:)?loc>([^<]+)<")
_LINK = re.compile(r"<([^>]+)>;")
_PROPERTY = re.compile(rb'content="(https?://[^"]+)')  # in a page's metadata


def _attribute(*names: str) -> re.Pattern[bytes]:
    """Return a pattern for attributes' values; it looks for "=", which is rare: every tag took three times as long."""
    before = "|".join(rf"(?<=\s{name}{blank}=)" for name in names for blank in ("", r"\s"))
    return re.compile(rf"""=(?:{before})\s*+("[^"]*"|'[^']*'|[^\s"'>]+)""".encode(), re.I)


_ADDRESS, _ADDRESSES = _attribute("href", "src", "poster", "data"), _attribute("srcset")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the application; headers by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


@dataclass(slots=True)
class Report:
    """The result of an export. `written` also holds what `check` would write; `failed` are (address, why)."""

    files: dict[str, dict[str, str]] = field(default_factory=dict)  # by name: its address, type, hash
    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    redirects: dict[str, tuple[str, int]] = field(default_factory=dict)  # old address: (new, status); ("", 410) is gone


Step = Callable[[int, int], None]  # how many addresses are done, of how many known so far


async def ask(app: App, url: str) -> Answer:
    """Request an address from the application, as a client that accepts no encoding."""
    path, _, query = url.partition("?")
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    # With an older version, Starlette would poll for a disconnect while it streams a file.
    asgi = {"version": "3.0", "spec_version": "2.4"}
    scope: dict[str, Any] = {
        "type": "http", "asgi": asgi, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip
    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return Answer(messages[0]["status"], _read(messages[0]["headers"]), body)


def _read(headers: Headers) -> dict[str, str]:
    return {name.decode().lower(): value.decode("latin-1") for name, value in headers}


def for_export(press: Press, characters: int = KEPT_CHARACTERS) -> Press:
    """Set up a press, before it starts, to parse each text only once, for lists and pages alike: no visitor waits.

    Parsed documents are kept up to a total of `characters`.
    """
    press.workers.hurry()
    press.documents = Documents(press.workers, characters)
    press.extracts = Extracts(press.config, press.workers, press.documents)
    return press


async def export(app: App, press: Press, folder: Path, step: Step, *, check: bool = False) -> Report:
    """Write the whole site below `folder`, leaving files that are the same; with `check` write nothing.

    Files of an earlier export that the site no longer has are removed. Raises SiteError for a folder that holds
    something else.
    """
    files = Folder(folder, check)
    before = files.begin()
    await press.ready("/")
    while not press.generation.garden.complete:  # noqa: ASYNC110 - the press has no event for it
        await asyncio.sleep(0.05)  # pages list who links to them
    mirror, copier = Mirror(press.site, step), Copier(app, press, files)

    async def work() -> None:
        while not mirror.is_done:
            if mirror.waiting:
                mirror.note(await copier.copy(mirror.waiting.popleft()))
            else:
                await asyncio.sleep(0.01)  # answers on their way may name more

    async with asyncio.TaskGroup() as workers:
        for _ in range(AT_ONCE):
            workers.create_task(work())
    return mirror.end(files, before)


class Outcome(NamedTuple):
    """The result for one address: its file, its redirect in `leads`, or in `why` the reason for neither; none on 404.

    `found` are the addresses that its answer names and that its Copier has not reported before.
    """

    url: str
    name: str = ""
    file: Mapping[str, str] | None = None
    is_written: bool = False
    leads: tuple[str, int] | None = None
    why: str = ""
    found: tuple[str, ...] = ()


@dataclass(slots=True)
class Copier:
    """Requests addresses and writes the answers."""

    app: App
    press: Press
    folder: Folder
    names: dict[str, str] = field(default_factory=dict)  # the address of each file name
    followed: set[bytes] = field(default_factory=set)  # attribute values, as written, that mean the same on any page
    told: set[str] = field(default_factory=set)

    async def copy(self, url: str) -> Outcome:
        """Request an address, write its answer, and collect the addresses that this names."""
        try:
            answer = await self._patiently(url)
            if 300 <= answer.status < 400 and (location := answer.headers.get("location")):
                return Outcome(url, leads=(location, answer.status), found=self._followed([location], url))
            if answer.status == 410:
                return Outcome(url, leads=("", 410))
            if answer.status == 200 or url == MISSING:
                return self._kept(url, answer)
        except OSError as error:
            return Outcome(url, why=f"{type(error).__name__}: {error}")
        # `check` is what reports the author's broken links
        return Outcome(url, why="" if answer.status == 404 else f"answers {answer.status}")

    async def _patiently(self, url: str) -> Answer:
        """Repeat a request until its book is made, and up to TRIES times while the engine is busy."""
        answer, tries = await self._answer(url), 1
        while answer.status == 202 or (answer.status == 503 and "retry-after" in answer.headers and tries < TRIES):
            await asyncio.sleep(WAIT_SECONDS)
            answer, tries = await ask(self.app, url), tries + (answer.status == 503)
        return answer

    async def _answer(self, url: str) -> Answer:
        """Make a page without the application's routes, which saves a tenth of an export; request all else."""
        with contextlib.suppress(Exception):  # the application will report and log it
            if record := await Responses(self.press, self.press.generation).unrouted(unquote(url[1:])):
                variant = record.variants["identity"]
                return Answer(record.status, _read(variant.headers), variant.plain)
        return await ask(self.app, url)

    def _kept(self, url: str, answer: Answer) -> Outcome:
        name, site = name_of(url, answer), self.press.site
        own = f"/{name}"  # a thing at that very address has it, whichever is answered first
        is_named = own != unquote(url) and (own in site.files or own in site.pages)
        if (other := own if is_named else self.names.setdefault(name, url)) != url:
            return Outcome(url, why=f"its file {name} is already that of {other}")
        file = {
            "url": url,
            "type": answer.headers["content-type"],
            "policy": answer.headers["content-security-policy"],
            "hash": _hash(answer.body),
        }
        is_written = self.folder.keep(name, answer.body)
        return Outcome(url, name, file, is_written, found=self._followed(named(answer, self.followed), url))

    def _followed(self, names: Iterable[str], at: str) -> tuple[str, ...]:
        """Return the new addresses among the `names` on page `at` that are on this site and can be a file."""
        bare = {name.partition("#")[0] for name in names} - {""}
        found = {url for name in bare if (url := self._of_this_site(name, at))} - self.told
        self.told |= found
        return tuple(sorted(found))

    def _of_this_site(self, name: str, at: str) -> str:
        """Resolve a link on page `at`; "" for another site's, or for one that only a running engine can answer."""
        base = self.press.site.config.base_url
        if _PLAIN.fullmatch(name):  # most are
            return "" if LIVE.match(name) else name
        try:
            parts = urlsplit(urljoin(base + at, name))
        except ValueError:
            return ""
        home = urlsplit(base)
        if (parts.scheme, parts.netloc) != (home.scheme, home.netloc) or not parts.path.startswith("/"):
            return ""
        path = hosting.encoded(unquote(parts.path))
        if LIVE.match(path):
            return ""
        return f"{path}?{parts.query}" if KEPT_QUERY.fullmatch(parts.query) else path


@dataclass(slots=True)
class Mirror:
    """One export of a site: the queue of addresses, and the results so far."""

    site: Site
    step: Step
    report: Report = field(default_factory=Report)
    known: set[str] = field(default_factory=set)
    waiting: deque[str] = field(default_factory=deque)
    asked: int = 0

    def __post_init__(self) -> None:
        site = self.site
        files = (*site.files, *(f"/{path}" for path in site.pictures))
        pages = (*(page.url for page in site.public), *site.photos)
        self.add((*STARTS, MISSING))
        self.add(map(hosting.encoded, (*files, *(rule.old for rule in site.redirects.exact.values()), *pages)))

    @property
    def is_done(self) -> bool:
        return self.asked == len(self.known)

    def add(self, urls: Iterable[str]) -> None:
        """Queue addresses that are not known yet."""
        fresh = [url for url in dict.fromkeys(urls) if url not in self.known]
        self.known.update(fresh)
        self.waiting.extend(fresh)

    def note(self, outcome: Outcome) -> None:
        """Record the result for one address."""
        report = self.report
        if outcome.file:
            report.files[outcome.name] = dict(outcome.file)
        if outcome.is_written:
            report.written.append(outcome.name)
        if outcome.leads:
            report.redirects[outcome.url] = outcome.leads
        if outcome.why:
            report.failed.append((outcome.url, outcome.why))
        self.add(outcome.found)
        self.asked += 1
        self.step(self.asked, len(self.known))

    def end(self, folder: Folder, before: Iterable[str]) -> Report:
        """Write the files that configure hosts, remove files that are gone, and return the report."""
        report = self.report
        made = hosting.files(report.files, report.redirects, self.site)
        for name, body in made.items():
            name = name if name == "_redirects" else f"{OWN}/{name}"
            report.files[name] = {"url": "", "type": "", "policy": "", "hash": _hash(body)}
            if folder.keep(name, body):
                report.written.append(name)
        report.removed = sorted(set(before) - set(report.files))
        report.failed.sort()
        if not folder.check:
            for name in report.removed:
                (folder.root / name).unlink(missing_ok=True)
            listed = json.dumps(report.files, ensure_ascii=False, indent=0, sort_keys=True).encode()
            write(folder.root / LIST, listed)
        return report


def name_of(url: str, answer: Answer) -> str:
    """Return an answer's file name: "/essays" -> "essays.html", "/" -> "index.html", "/a?page=2" -> "a?page=2.html"."""
    path = unquote(url).lstrip("/") or "index"
    is_page = answer.kind == "text/html" and not path.endswith((".html", ".htm"))
    return f"{path}.html" if is_page else path


def named(answer: Answer, followed: set[bytes]) -> Iterator[str]:
    """Yield every address that an answer names, except those in `followed`, to which absolute ones are added."""
    yield from _LINK.findall(answer.headers.get("link", ""))
    if answer.kind == "text/html":
        yield from _of_html(answer.body, followed)
    elif answer.kind == "text/css":
        yield from _CSS_URL.findall(answer.body.decode("utf-8", "replace"))
    elif answer.kind == "application/xml":
        yield from (found.replace("&amp;", "&") for found in _LOC.findall(answer.body.decode("utf-8", "replace")))


def _of_html(html: bytes, followed: set[bytes]) -> Iterator[str]:
    """Yield what a page links to, shows or loads; what looks so in comments only costs a request."""
    fresh = {*_ADDRESS.findall(html)} - followed  # most are the menu's, or occur on many pages
    followed |= {value for value in fresh if value.startswith((b'"/', b'"http://', b'"https://'))}
    yield from map(_text, fresh)
    for value in _ADDRESSES.findall(html):
        yield from (part.split()[0] for part in _text(value).split(",") if part.strip())
    yield from map(_text, _PROPERTY.findall(html))


def _text(value: bytes) -> str:
    return unescape(value.strip(b"\"'").decode("utf-8", "replace"))


def _hash(body: bytes) -> str:
    return blake2b(body, digest_size=12).hexdigest()
