"""The running application -> the same site as files, for a host that can do no more than send them.

Everything is asked of the application itself, so that the bytes are the engine's. What there is to ask for is found by
reading what was answered: the map of the site, links, pictures in every width, the forms that each page names. A Copier
asks and writes; a Mirror knows what is still to be asked for. crew.py has several Copiers work for one Mirror.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from folio import hosting
from folio.documents import Documents
from folio.errors import SiteError
from folio.extracts import Extracts
from folio.press import Press
from folio.records import App, Message
from folio.snapshot import Site

AT_ONCE = 4  # answers that are waited for
KEPT_CHARACTERS = 16_000_000  # of texts that are parsed once for all they are asked for: some 200 MB
OWN = ".mirror"  # the folder of what is no page: the list of files, settings for servers
LIST = f"{OWN}/files.json"
STARTS = (
    "/archive/graph", "/", "/archive", "/tags", "/directory", "/search", "/sitemap.xml", "/robots.txt", "/feed.xml",
    "/rss.xml", "/atom.xml", "/feed.json", "/opensearch.xml", "/llms.txt", "/llms-full.txt", "/favicon.ico",
    "/archive.epub", "/archive.pdf",
)  # fmt: skip
LIVE = re.compile(r"/(random|health|metrics|api|thumb)(/|$)")  # what only a running engine can answer
KEPT_QUERY = re.compile(r"(page|part)=[0-9]{1,6}")
MISSING = "/404"  # an address without a page: its answer is the page for all of those
WAIT_SECONDS = 1.0  # between two questions for a book that is being made
TRIES = 60  # to get what is busy
_PLAIN = re.compile(r"(?:/[\w~-][\w.~-]*)+", re.A)  # an address of a page here, that says the same in any spelling
_CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)""")
_LOC = re.compile(r"<(?:image:)?loc>([^<]+)<")
_LINK = re.compile(r"<([^>]+)>;")
_PROPERTY = re.compile(rb'content="(https?://[^"]+)')  # what a page of ours says of itself


def _attribute(*names: str) -> re.Pattern[bytes]:
    """Find the values of attributes by their "=", which is rare in a text: every tag took thrice as long."""
    said = "|".join(rf"(?<=\s{name}{blank}=)" for name in names for blank in ("", r"\s"))
    return re.compile(rf"""=(?:{said})\s*+("[^"]*"|'[^']*'|[^\s"'>]+)""".encode(), re.I)


_ADDRESS, _ADDRESSES = _attribute("href", "src", "poster", "data"), _attribute("srcset")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application said: headers by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


@dataclass(slots=True)
class Report:
    """What became of an export. `written` also counts what `check` would write; `failed` are (address, why)."""

    files: dict[str, dict[str, str]] = field(default_factory=dict)  # by name: its address, type, hash
    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    redirects: dict[str, tuple[str, int]] = field(default_factory=dict)  # by old address; ("", 410) is gone


Step = Callable[[int, int], None]  # asked, of how many known so far


async def ask(app: App, url: str) -> Answer:
    """Ask the application for an address, as a client without any encoding would."""
    path, _, query = url.partition("?")
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip
    await app(scope, receive, send)
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in messages[0]["headers"]}
    return Answer(messages[0]["status"], headers, b"".join(m.get("body", b"") for m in messages[1:]))


def alone(press: Press, characters: int = KEPT_CHARACTERS) -> Press:
    """Have a press that is not started yet parse each text once, for lists and pages alike: no visitor waits.

    As long as they are within so many `characters` together, their parsed texts are kept.
    """
    press.workers.hurry()
    press.documents = Documents(press.workers, characters)
    press.extracts = Extracts(press.config, press.workers, press.documents)
    return press


async def export(app: App, press: Press, folder: Path, step: Step, *, check: bool = False) -> Report:
    """Write the whole site below `folder`, only what is not there already; with `check` write nothing.

    Files of an earlier export that the site no longer has are removed. Raises SiteError for a folder that holds
    something else.
    """
    files = Folder(folder, check)
    before = files.begin()
    await press.ready("/")
    while not press.generation.garden.complete:  # noqa: ASYNC110 - the press tells nobody
        await asyncio.sleep(0.05)  # pages tell who links to them
    mirror, copier = Mirror(press.site, step), Copier(app, press, files)

    async def work() -> None:
        while not mirror.is_done:
            if mirror.waiting:
                mirror.note(await copier.copy(mirror.waiting.popleft()))
            else:
                await asyncio.sleep(0.01)  # what another is asking may name more

    async with asyncio.TaskGroup() as workers:
        for _ in range(AT_ONCE):
            workers.create_task(work())
    return mirror.end(files, before)


@dataclass(slots=True)
class Folder:
    """The files of an export below `root`; with `check` nothing is written."""

    root: Path
    check: bool
    parents: set[Path] = field(default_factory=set)  # folders that are there, below the root

    def begin(self) -> tuple[str, ...]:
        """Return the names that an earlier export left. Raises SiteError when the folder holds something else."""
        before = _before(self.root)
        if not self.check and not before:
            (self.root / OWN).mkdir(parents=True, exist_ok=True)
            _write(self.root / LIST, b"{}")  # an export that is broken off can be taken up again
        return before

    def keep(self, name: str, body: bytes) -> bool:
        """Write a file unless it is there with these bytes; say whether it had to be.

        Raises OSError for one that cannot be written, or that would leave the folder.
        """
        path = self.root / name
        if path.parent not in self.parents:
            if not _is_below(path.parent, self.root):
                raise OSError(f"{name} would leave {self.root}")
            if not self.check:
                path.parent.mkdir(parents=True, exist_ok=True)
            self.parents.add(path.parent)
        if _holds(path, body):
            return False
        if not self.check:
            _write(path, body)
        return True


def _before(folder: Path) -> tuple[str, ...]:
    try:
        names = tuple(json.loads((folder / LIST).read_bytes()))
        if stray := next((name for name in names if not _is_below(folder / name, folder)), None):
            raise ValueError(f"{stray} is not in the folder")
        return names
    except FileNotFoundError:
        if folder.is_dir() and any(folder.iterdir()):
            raise SiteError(f"{folder} holds something that is no export: give an empty folder, or a new one") from None
        return ()
    except (OSError, ValueError) as error:
        raise SiteError(f"{folder / LIST} cannot be read ({error}): remove {folder} and export anew") from error


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an address: its file, or where it leads on to, or why it has none; nothing of one that is missing.

    `found` are addresses that its answer names, but for those that its Copier has told of already.
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
    """Asks for addresses and writes what is answered."""

    app: App
    press: Press
    folder: Folder
    names: dict[str, str] = field(default_factory=dict)  # of files, and the address that each is of
    followed: set[str] = field(default_factory=set)  # as they are written, of those that mean the same on any page
    told: set[str] = field(default_factory=set)

    async def copy(self, url: str) -> Outcome:
        """Ask for an address, keep what it answers, and note what that names."""
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
        # a link of the author's that leads nowhere is for `check` to tell
        return Outcome(url, why="" if answer.status == 404 else f"answers {answer.status}")

    async def _patiently(self, url: str) -> Answer:
        """Ask until a book is made, and a few times more where too much else is being made."""
        answer, tries = await ask(self.app, url), 1
        while answer.status == 202 or (answer.status == 503 and "retry-after" in answer.headers and tries < TRIES):
            await asyncio.sleep(WAIT_SECONDS)
            answer, tries = await ask(self.app, url), tries + (answer.status == 503)
        return answer

    def _kept(self, url: str, answer: Answer) -> Outcome:
        name, site = name_of(url, answer), self.press.site
        own = f"/{name}"  # who is called so has it, whoever is answered first
        is_named = own != unquote(url) and (own in site.files or own in site.pages)
        if (other := own if is_named else self.names.setdefault(name, url)) != url:
            return Outcome(url, why=f"its file {name} is that of {other}")
        file = {
            "url": url,
            "type": answer.headers["content-type"],
            "policy": answer.headers["content-security-policy"],
            "hash": _hash(answer.body),
        }
        is_written = self.folder.keep(name, answer.body)
        return Outcome(url, name, file, is_written, found=self._followed(named(answer), url))

    def _followed(self, names: Iterable[str], at: str) -> tuple[str, ...]:
        """Return the addresses named `at` another that are of this site, that a file can stand for, and untold."""
        whole = dict.fromkeys(name.partition("#")[0] for name in names)
        fresh = [name for name in whole if name and name not in self.followed]
        self.followed.update(name for name in fresh if name.startswith("/") or "://" in name)
        found = {url for name in fresh if (url := self._of_this_site(name, at))} - self.told
        self.told |= found
        return tuple(sorted(found))

    def _of_this_site(self, name: str, at: str) -> str:
        """Return the address that a name means; "" for one that is elsewhere, or that only a running engine answers."""
        base = self.press.site.config.base_url
        if _PLAIN.fullmatch(name):  # most are
            return "" if LIVE.match(name) else name
        try:
            whole = urlsplit(urljoin(base + at, name))
        except ValueError:
            return ""
        home = urlsplit(base)
        if (whole.scheme, whole.netloc) != (home.scheme, home.netloc) or not whole.path.startswith("/"):
            return ""
        path = hosting.encoded(unquote(whole.path))
        if LIVE.match(path):
            return ""
        return f"{path}?{whole.query}" if KEPT_QUERY.fullmatch(whole.query) else path


@dataclass(slots=True)
class Mirror:
    """One export of a site: what is still to be asked for, and what has been."""

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
        """Have addresses asked for, once."""
        fresh = [url for url in dict.fromkeys(urls) if url not in self.known]
        self.known.update(fresh)
        self.waiting.extend(fresh)

    def note(self, outcome: Outcome) -> None:
        """Take down what became of an address."""
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
        """Add what hosts have to be told, remove what is gone, and return what became of all."""
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
            _write(folder.root / LIST, listed)
        return report


def name_of(url: str, answer: Answer) -> str:
    """Name the file of an answer: "/essays" is "essays.html", "/" "index.html", "/a?page=2" "a?page=2.html"."""
    path = unquote(url).lstrip("/") or "index"
    is_page = answer.kind == "text/html" and not path.endswith((".html", ".htm"))
    return f"{path}.html" if is_page else path


def named(answer: Answer) -> Iterator[str]:
    """Yield every address that an answer names."""
    yield from _LINK.findall(answer.headers.get("link", ""))
    if answer.kind == "text/html":
        yield from _of_html(answer.body)
    elif answer.kind == "text/css":
        yield from _CSS_URL.findall(answer.body.decode("utf-8", "replace"))
    elif answer.kind == "application/xml":
        yield from (found.replace("&amp;", "&") for found in _LOC.findall(answer.body.decode("utf-8", "replace")))


def _of_html(html: bytes) -> Iterator[str]:
    """Yield what a page links to, shows or loads, and what stands so in its comments, where it costs a question."""
    yield from map(_said, _ADDRESS.findall(html))
    for value in _ADDRESSES.findall(html):
        yield from (part.split()[0] for part in _said(value).split(",") if part.strip())
    yield from map(_said, _PROPERTY.findall(html))


def _said(value: bytes) -> str:
    return unescape(value.strip(b"\"'").decode("utf-8", "replace"))


def _is_below(path: Path, folder: Path) -> bool:
    """Say whether a path stays in a folder, whatever names and links are in it."""
    return path.resolve().is_relative_to(folder.resolve())


def _hash(body: bytes) -> str:
    return blake2b(body, digest_size=12).hexdigest()


def _holds(path: Path, body: bytes) -> bool:
    try:
        return path.stat().st_size == len(body) and path.read_bytes() == body
    except OSError:
        return False


def _write(path: Path, body: bytes) -> None:
    """Put a file in place at once: a server may be sending the old one, and another process writing beside it."""
    partial = path.with_name(f".partial.{os.getpid()}")
    partial.write_bytes(body)
    partial.replace(path)
