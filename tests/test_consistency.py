"""A writer who does not stop, and readers who look from outside: they never see two states of the site at once.

Every edit changes what /api/blog lists. A reader asks for that list, then for pages, feed, sitemap and lists, then for
the list again: where both are the same, nothing was published in between, and everything must agree with it. And no
page may go back to an edit that is older than one already seen.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import http.client
import json
import random
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from pathlib import Path

import pytest
from serving import PATIENCE_SECONDS, serving

READERS = 4
PAGES = 8
BASE = "https://example.org"
LIST = "/api/blog?size=100"
VIEWS = ("/essays", "/archive", "/feed.xml", "/sitemap.xml", "/tags/kept", "/essays/atom.xml")
WHOLE = (
    "/", "/archive", "/archive/by-length", "/archive/connections", "/archive/terms", "/archive/outlines", "/tags",
    "/tags/kept", "/directory", "/sitemap", "/sitemap.xml", "/feed.xml", "/atom.xml", "/feed.json", "/llms.txt",
    "/llms-full.txt", "/essays", "/essays.md", "/essays.json", "/api/graph", "/api/directory-tree", LIST,
)  # fmt: skip
ENGINE = """
import engine
from folio import config, server

settings = config.load()
api = engine.create_api(settings)
server.serve(api, settings, api.state.kept.reply)
"""
Said = tuple[str, str]  # title and date of an essay
Listed = Mapping[str, Said]  # by address
Reply = tuple[int, str, bytes]  # status, ETag or Location, body


@dataclass
class Writer:
    """Writes, hides, moves and deletes essays; `shown` is what the site has to come to."""

    folder: Path
    chance: random.Random
    edit: int = 0
    shown: dict[str, Said] = field(default_factory=dict)
    files: dict[str, bool] = field(default_factory=dict)  # name -> whether it is public

    def work(self) -> str:
        """Make one edit of one file, and return the title that now is, or no longer is, on the site."""
        self.edit += 1
        name = self.chance.choice(sorted(self.files)) if len(self.files) >= PAGES else f"page-{self.edit}"
        turn = self.chance.random() if self.files.get(name) else 1.0
        if turn < 0.1:
            return self._move(name)
        if turn < 0.15:
            return self._delete(name)
        return self._write(name, public=turn > 0.3)

    def _write(self, name: str, *, public: bool) -> str:
        date = (dt.date(2010, 1, 1) + dt.timedelta(days=self.edit)).isoformat()
        title = f"Edit {self.edit}"
        others = " ".join(f"[{other}]({other}.md)" for other in sorted(self.files) if other != name)
        draft = "" if public else "draft: true\n"
        new = self.folder.parent / "unwritten.tmp"
        new.write_text(
            f"---\ntitle: {title}\ndate: {date}\ntags: [kept]\n{draft}---\nText of edit {self.edit}.\n\n{others}\n"
        )
        new.replace(self.folder / f"{name}.md")
        self.files[name] = public
        if not public:
            return self.shown.pop(f"/essays/{name}", ("", ""))[0]
        self.shown[f"/essays/{name}"] = (title, date)
        return title

    def _move(self, name: str) -> str:
        to = f"moved-{self.edit}"
        (self.folder / f"{name}.md").rename(self.folder / f"{to}.md")
        self.files[to] = self.files.pop(name)
        said = self.shown[f"/essays/{to}"] = self.shown.pop(f"/essays/{name}")
        return said[0]

    def _delete(self, name: str) -> str:
        (self.folder / f"{name}.md").unlink()
        del self.files[name]
        return self.shown.pop(f"/essays/{name}")[0]


@dataclass
class Reader:
    """Asks over one connection, and notes what is wrong."""

    port: int
    chance: random.Random
    wrong: list[str] = field(default_factory=list)
    newest: dict[str, int] = field(default_factory=dict)  # by address, the latest edit seen there
    settled: int = 0  # rounds in which nothing was published
    states: set[bytes] = field(default_factory=set)

    @cached_property
    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)

    def read(self, over: threading.Event) -> None:
        """Read until it is over; what goes wrong is noted, not lost in a thread."""
        try:
            while not over.is_set():
                self.round()
        except Exception as error:
            self.wrong.append(repr(error))
        finally:
            self.connection.close()

    def get(self, path: str) -> Reply:
        self.connection.request("GET", path, headers={"Accept": "*/*"})
        reply = self.connection.getresponse()
        body = reply.read()
        if reply.status >= 500:
            self.wrong.append(f"{path} answered {reply.status}")
        return reply.status, reply.headers.get("ETag") or reply.headers.get("Location", ""), body

    def round(self) -> None:
        """Ask for the list, for other things, and for the list again; compare if it is the same."""
        before = self.get(LIST)[2]
        listed = posts(before)
        pages = self.chance.sample(sorted(listed), min(3, len(listed)))
        paths = self.chance.sample((*pages, *VIEWS), len(pages) + len(VIEWS))
        seen = {path: self.get(path) for path in paths}
        after = self.get(LIST)[2]
        self.states.add(before)
        for view in ({LIST: said(LIST, before)}, *({path: said(path, reply[2])} for path, reply in seen.items())):
            self._follow(view)
        if before == after:
            self.settled += 1
            self.wrong += disagreements(listed, seen)

    def _follow(self, view: Mapping[str, Listed]) -> None:
        for path, listed in view.items():
            for address, (title, _) in listed.items():
                edit = int(title.removeprefix("Edit ") or 0)
                if edit and edit < self.newest.get(address, 0):
                    self.wrong.append(f"{path} went back to edit {edit} of {address} from {self.newest[address]}")
                self.newest[address] = max(edit, self.newest.get(address, 0))


def posts(body: bytes) -> Listed:
    """Read /api/blog."""
    return {item["url"]: (item["title"], item["date"]) for item in json.loads(body)["items"]}


def said(path: str, body: bytes) -> Listed:
    """Return what an answer says of essays: title and date by address, "" for what it does not say."""
    text = unescape(body.decode())
    if path == LIST:
        return posts(body)
    if path == "/sitemap.xml":
        found = re.findall(rf"<loc>{BASE}(/essays/[^<]+)</loc>(?:<lastmod>([^<]+))?", text)
        return {address: ("", date) for address, date in found}
    if path == "/feed.xml":
        items = re.findall(rf"(?s)<item><title>(.*?)</title><link>{BASE}(.*?)</link>.*?<pubDate>(.*?)</pubDate>", text)
        return {where: (title, f"{email.utils.parsedate_to_datetime(when):%Y-%m-%d}") for title, where, when in items}
    if path == "/essays/atom.xml":
        entries = re.findall(rf"(?s)<entry><id>{BASE}(.*?)</id><title>(.*?)</title>.*?<published>(.{{10}})", text)
        return {where: (title, date) for where, title, date in entries}
    if path in VIEWS:
        rows = re.findall(r'(?s)<a (?:class="u-url p-name" )?href="(/essays/[^"]+)">(Edit [^<]+)</a>(.*?)</li>', text)
        return {where: (title, _within(r'datetime="([^"]+)"', rest)) for where, title, rest in rows}
    heading, date = _within(r"<h1[^>]*>(.*?)</h1>", text), _within(r'dt-published" datetime="([^"]+)"', text)
    return {path: (heading, date)} if heading.startswith("Edit ") else {}


def _within(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else ""


def disagreements(listed: Listed, seen: Mapping[str, Reply]) -> Iterator[str]:
    """Tell where answers of one moment say other things than its list."""
    for path, (status, _, body) in seen.items():
        shows = said(path, body)
        if path in VIEWS and shows.keys() != listed.keys():
            yield f"{path} lists {sorted(shows)}, the site has {sorted(listed)}"
        if path not in VIEWS and (status != 200 or f"Text of edit {listed[path][0][5:]}.".encode() not in body):
            yield f"{path} is listed as {listed[path]} and answers {status}: {body[:80]!r}"
        for address, (title, date) in shows.items():
            for word, expected in zip((title, date), listed.get(address, ("", "")), strict=True):
                if word and word != expected:
                    yield f"{path} says {word!r} of {address}, the list {expected!r}"


@contextmanager
def engine(folder: Path, content: Path) -> Iterator[int]:
    """Serve `content` with cache and state in `folder`; yields the port."""
    folder.mkdir(exist_ok=True)
    environ = {"FOLIO_CONTENT": content, "FOLIO_CACHE": folder / "cache", "FOLIO_STATE": folder / "state"}
    with (
        socket.create_server(("127.0.0.1", 0), backlog=128) as listener,
        serving(ENGINE, folder, listener, {name: str(path) for name, path in environ.items()}) as served,
    ):
        yield listener.getsockname()[1]
        served.stop()


def until(ready: object, what: str) -> None:
    """Ask again and again until it is so."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not ready():  # type: ignore[operator]
        assert time.monotonic() < ends, f"{what} did not come to be"


def everything(port: int) -> dict[str, Reply]:
    """Ask a site at rest for all that it is."""
    reader = Reader(port, random.Random(0))
    with closing(reader.connection):
        until(lambda: json.loads(reader.get("/health")[2])["texts"] == "ready", "a site at rest")
        pages = [address + form for address in posts(reader.get(LIST)[2]) for form in ("", ".md", ".json", ".txt")]
        return {path: reader.get(path) for path in (*WHOLE, *pages)}


@contextmanager
def reading(port: int) -> Iterator[list[Reader]]:
    """Have readers read all the while."""
    readers, over = [Reader(port, random.Random(n)) for n in range(READERS)], threading.Event()
    threads = [threading.Thread(target=reader.read, args=(over,)) for reader in readers]
    for thread in threads:
        thread.start()
    try:
        yield readers
    finally:
        over.set()
        for thread in threads:
            thread.join()


def write(writer: Writer, port: int, edits: int) -> None:
    """Make edits, up to three in a row between two looks at the folder, each of them waited for."""
    own = Reader(port, random.Random(0))
    with closing(own.connection):
        while writer.edit < edits:
            for _ in range(writer.chance.randint(1, 3)):
                writer.work()
            # What was deleted may stay a little.
            until(lambda: posts(own.get(LIST)[2]).items() >= writer.shown.items(), f"edit {writer.edit}")
        until(lambda: posts(own.get(LIST)[2]) == writer.shown, "the last state")


@pytest.mark.parametrize("edits", [100, pytest.param(1_000, marks=pytest.mark.soak)])
def test_readers_see_one_state_at_a_time_while_a_writer_does_not_stop(tmp_path: Path, edits: int) -> None:
    content = tmp_path / "content"
    (content / "essays").mkdir(parents=True)
    (content / "site.toml").write_text(f'base_url = "{BASE}"\n')
    writer = Writer(content / "essays", random.Random(edits))
    for _ in range(PAGES):
        writer.work()
    with engine(tmp_path / "running", content) as port:
        with reading(port) as readers:
            write(writer, port, edits)
        running = everything(port)
    assert [wrong for reader in readers for wrong in reader.wrong] == []
    settled, states = sum(reader.settled for reader in readers), set().union(*(reader.states for reader in readers))
    print(f"{edits} edits: {len(states)} states seen, {settled} of them from all sides at one moment")
    assert settled > edits / 5
    assert len(states) > edits / 10
    shutil.copytree(tmp_path / "running" / "state", tmp_path / "fresh" / "state")
    with engine(tmp_path / "fresh", content) as port:
        assert everything(port) == running
