"""A whole site, served and walked: every address answers, every link leads somewhere, every page keeps the promises.

The content is the folder named by FOLIO_TEST_CORPUS, a real writer's perhaps, else the demonstration.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import TypeVar
from urllib.parse import urldefrag, urljoin
from xml.etree import ElementTree

import feedparser
import httpx
import pytest
import tools
from PIL import Image
from serving import ROOT, free_port, serving

from folio import config, dates, site
from folio.config import Config
from folio.content import Page
from folio.references import href
from folio.snapshot import Site

CONTENT = Path(os.environ.get("FOLIO_TEST_CORPUS") or ROOT / "content").resolve()
ENGINE = "import runpy; runpy.run_path('engine.py', run_name='__main__')"
VISITORS = 4  # at once
ANSWER_SECONDS = 60
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
UNLINKED = ("/", "/robots.txt", "/sitemap.xml", "/opensearch.xml", "/health", "/metrics", "/api", "/api/schema",
            "/api/blog", "/feed.xml", "/rss.xml", "/atom.xml", "/feed.json", "/no/such/page")  # fmt: skip
NOT_THERE = "/no/such/page"
SECURITY_HEADERS = (
    "content-security-policy", "x-content-type-options", "referrer-policy", "permissions-policy",
    "cross-origin-opener-policy", "cross-origin-resource-policy", "x-frame-options", "x-request-id",
)  # fmt: skip
CARDS = 5
LARGEST_CARD_BYTES = 60_000
PDFS = 10
OUR_FACES = re.compile(r"ET-?Book|Garamond|JetBrains-?Mono|STIX", re.IGNORECASE)
ZONED_RFC_822 = re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")
ATOM = "{http://www.w3.org/2005/Atom}"
PLACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
PICTURE = "{http://www.google.com/schemas/sitemap-image/1.1}loc"
# Markdown in which notes may be shown without being notes: fenced and inline code.
CODE = re.compile(
    r"^[ >]*(`{3,}|~{3,}).*?^[ >]*\1[`~]*[ \t]*$|(?<!`)(`+)(?!`)[^`].*?(?<!`)\2(?!`)", re.MULTILINE | re.DOTALL
)
Thing = TypeVar("Thing")
SPAN = re.compile(r"""<span\b[^>]*class=["']?(?:sidenote|marginnote)\b""")


class Sheet(HTMLParser):
    """What a page of HTML holds: its links, ids, headings, notes, and what no page of ours may hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[tuple[str, bool]] = []  # as written, and whether the renderer marked it as broken
        self.jumps: list[str] = []  # ids that the engine's own links on this page lead to
        self.ids: list[str] = []
        self.headings = self.notes = 0
        self.card = ""
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = given.get("class", "").split()
        self.ids += [given["id"]] if "id" in given else []
        self.headings += tag == "h1"
        borrowed = given.get("id", "").startswith("embed-")  # of a passage from another page
        self.notes += given.get("role") == "note" and bool({"sn", "mn"} & {*classes}) and not borrowed
        self.card = given.get("content", "") if given.get("property") == "og:image" else self.card
        self.inline += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given and given.get("type") != "application/ld+json"):
            self.inline.append(f"<{tag}>")
        if "nofollow" in given.get("rel", "").split() and given["href"].startswith("/search?"):
            return  # ways to narrow a search: each leads to all others, without end
        written = [given[name] for name in ("href", "src", "poster") if given.get(name)]
        offered = [part.split()[0] for part in given.get("srcset", "").split(",") if part.strip()]
        written += {*offered[:1], *offered[-1:]}  # the narrowest and the widest: each has to be made
        self.links += [(target, "broken" in classes) for target in written]
        if {"anchor", "ref", "back", "skip"} & {*classes}:
            self.jumps += [target[1:] for target in written if target.startswith("#")]


@dataclass(frozen=True)
class Answer:
    """What came back from one address: `links` are the internal addresses it leads to, `broken` those marked so."""

    status: int
    headers: httpx.Headers
    sheet: Sheet | None = None
    links: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Walk:
    """A running site, what its content holds, and the answer of every address that can be reached in it."""

    client: httpx.Client
    site: Site
    answers: Mapping[str, Answer] = field(default_factory=dict)

    @property
    def sheets(self) -> dict[str, Sheet]:
        return {url: answer.sheet for url, answer in self.answers.items() if answer.sheet}

    def get(self, url: str) -> httpx.Response:
        return self.client.get(url).raise_for_status()


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """Serve the content as `python engine.py` does, with empty folders, and visit all of it."""
    folder, port = tmp_path_factory.mktemp("corpus"), free_port()
    base = f"http://127.0.0.1:{port}"
    environ = {
        "FOLIO_CONTENT": str(CONTENT), "FOLIO_CACHE": str(folder / "cache"), "FOLIO_STATE": str(folder / "state"),
        "FOLIO_HOST": "127.0.0.1", "FOLIO_PORT": str(port), "FOLIO_BASE_URL": base,
    }  # fmt: skip
    settings: Config = config.load({"base_url": base, "content": CONTENT}, environ={})
    snapshot = site.load(settings, dates.now, time.time())
    with (
        serving(ENGINE, folder, environ=environ),
        httpx.Client(base_url=base, headers=BROWSER, timeout=ANSWER_SECONDS) as client,
    ):
        yield Walk(
            client, snapshot, visited(client, base, {*UNLINKED, *mapped(client, PLACE), *mapped(client, PICTURE)})
        )


def mapped(client: httpx.Client, kind: str) -> list[str]:
    """Return the addresses of one kind that the map lists, without their base."""
    found = ElementTree.fromstring(client.get("/sitemap.xml").content).iter(kind)
    return [(element.text or "").removeprefix(str(client.base_url).rstrip("/")) or "/" for element in found]


def visited(client: httpx.Client, base: str, start: set[str]) -> dict[str, Answer]:
    """Visit addresses and all that they link to; links marked as broken are visited too, and lead no further."""
    answers: dict[str, Answer] = {}
    waiting = start
    with ThreadPoolExecutor(VISITORS) as pool:
        while waiting:
            found = dict(zip(waiting, pool.map(lambda url: ask(client, base, url), waiting), strict=True))
            answers |= found
            waiting = {link for answer in found.values() for link in answer.links | answer.broken} - answers.keys()
    return answers


def ask(client: httpx.Client, base: str, url: str) -> Answer:
    reply = client.get(url)
    sheet = Sheet(reply.text) if reply.headers.get("content-type", "").startswith("text/html") else None
    written = list(sheet.links) if sheet else []
    if location := reply.headers.get("location"):
        written.append((location, False))
    links, broken = (
        {
            base_less(whole, base)
            for target, mark in written
            if mark is marked and (whole := whole_url(target, base, url))
        }
        for marked in (False, True)
    )
    return Answer(reply.status_code, reply.headers, sheet, frozenset(links), frozenset(broken - links))


def whole_url(target: str, base: str, source: str) -> str:
    """Resolve a link as a browser does; "" for one that leaves the site."""
    try:
        url = urldefrag(urljoin(base + source, target)).url
    except ValueError:  # "http://[": no address at all
        return ""
    return url if url == base or url.startswith(base + "/") else ""


def base_less(url: str, base: str) -> str:
    return url.removeprefix(base) or "/"


def test_every_address_of_the_map_is_a_page(walk: Walk) -> None:
    places = mapped(walk.client, PLACE)
    assert len(places) >= len(walk.site.public) > 0
    assert [(url, walk.answers[url].status) for url in places if walk.answers[url].status != 200] == []


def test_every_photograph_of_the_map_leads_to_a_picture(walk: Walk) -> None:
    for url in mapped(walk.client, PICTURE):
        reply = walk.client.get(url, follow_redirects=True)
        assert (reply.status_code, reply.headers["content-type"]) == (200, "image/jpeg"), url


def test_no_link_is_broken_but_those_marked_so(walk: Walk) -> None:
    broken = {
        (source, link, walk.answers[link].status)
        for source, answer in walk.answers.items()
        for link in answer.links
        if walk.answers[link].status >= 400
        and link != source  # an error page names itself
        and not (walk.answers[link].status == 503 and link.endswith((".pdf", ".epub")))  # so many books at once
    }
    assert broken == set()


def test_every_link_marked_as_broken_leads_nowhere(walk: Walk) -> None:
    marked = {(source, link) for source, answer in walk.answers.items() for link in answer.broken}
    assert {pair for pair in marked if walk.answers[pair[1]].status < 400} == set()


def test_every_page_of_the_content_is_reached(walk: Walk) -> None:
    assert {href(page.url) for page in walk.site.public} - {
        url for link in walk.answers.values() for url in link.links
    } == set()


def test_every_note_of_the_source_stands_in_the_margin(walk: Walk) -> None:
    written = {page.url: written_notes(page) for page in walk.site.public if not page.is_index}
    shown = {url: walk.sheets[href(url)].notes for url in written}
    assert {url: (count, shown[url]) for url, count in written.items() if count != shown[url]} == {}
    assert sum(written.values()) > 0


def written_notes(page: Page) -> int:
    """Count the notes of a page's source: hand-written spans, cited definitions, notes written in their place."""
    text = CODE.sub("", page.body.text)
    labels = {*re.findall(r"^ {0,3}\[\^([^\]\s]+)\]:", text, re.MULTILINE)}
    cited = {label for label in labels if re.search(rf"\[\^{re.escape(label)}\](?!:)", text)}
    return len(SPAN.findall(text)) + len(cited) + text.count("^[")


def test_every_page_has_one_heading_and_each_id_once(walk: Walk) -> None:
    assert {url: sheet.headings for url, sheet in walk.sheets.items() if sheet.headings != 1} == {}
    assert {url: ids for url, sheet in walk.sheets.items() if (ids := doubled(sheet.ids))} == {}


def doubled(ids: list[str]) -> set[str]:
    return {one for one in ids if ids.count(one) > 1}


def test_every_jump_of_ours_lands(walk: Walk) -> None:
    lost = {(url, jump) for url, sheet in walk.sheets.items() for jump in sheet.jumps if jump not in sheet.ids}
    assert lost == set()


def test_no_page_holds_style_or_script(walk: Walk) -> None:
    assert {url: sheet.inline for url, sheet in walk.sheets.items() if sheet.inline} == {}
    loose = {url for url in walk.sheets if "unsafe" in walk.answers[url].headers["content-security-policy"]}
    assert loose == set()


def test_every_answer_carries_the_security_headers(walk: Walk) -> None:
    assert walk.answers[NOT_THERE].status == 404
    bare = {
        url: lacking for url, answer in walk.answers.items() if (lacking := {*SECURITY_HEADERS} - {*answer.headers})
    }
    assert bare == {}


def feeds_of(walk: Walk) -> list[str]:
    return sorted(url for url in walk.answers if url.endswith(("/feed.xml", "/rss.xml", "/atom.xml")))


def test_every_feed_is_clean_and_dated_with_a_zone(walk: Walk) -> None:
    for url in feeds_of(walk):
        body = walk.get(url).content
        assert feedparser.parse(body).bozo is False, url
        assert [date for date in feed_dates(body) if not is_zoned(date)] == [], url
    assert len(feedparser.parse(walk.get("/feed.xml").content).entries) == min(30, len(walk.site.posts))


def feed_dates(body: bytes) -> list[str]:
    tags = {"pubDate", "lastBuildDate", f"{ATOM}published", f"{ATOM}updated"}
    return [element.text or "" for element in ElementTree.fromstring(body).iter() if element.tag in tags]


def is_zoned(date: str) -> bool:
    return bool(ZONED_RFC_822.fullmatch(date)) or dt.datetime.fromisoformat(date).tzinfo is not None


def test_cards_have_the_size_that_is_shared(walk: Walk) -> None:
    offered = {page.url: walk.sheets[href(page.url)].card for page in walk.site.public}
    assert [url for url, card in offered.items() if not card] == []
    drawn = {card for card in offered.values() if "/og-image/" in card}  # a gallery's is its cover
    for url in spread(sorted(drawn), CARDS):
        reply = walk.get(url)
        assert reply.headers["content-type"] == "image/png"
        with Image.open(io.BytesIO(reply.content)) as card:
            assert (card.format, card.size) == ("PNG", (1200, 630)), url
        assert len(reply.content) <= LARGEST_CARD_BYTES, url


def spread(things: Sequence[Thing], count: int) -> list[Thing]:
    """Take `count` things or fewer from all over a list."""
    return list(things[:: max(1, len(things) // count)][:count])


@pytest.mark.needs("pango", "pdffonts", "pdfinfo")
def test_pdfs_are_tagged_and_set_in_our_own_faces(walk: Walk, tmp_path: Path) -> None:
    for page in spread(walk.site.posts, PDFS):
        file = tmp_path / "essay.pdf"
        file.write_bytes(walk.get(f"{href(page.url)}.pdf").content)
        assert file.read_bytes().startswith(b"%PDF-"), page.url
        assert "Tagged:          yes" in says("pdfinfo", file), page.url
        faces = says("pdffonts", file).splitlines()[2:]
        assert [face for face in faces if not is_embedded(face) or not OUR_FACES.search(face)] == [], page.url
        assert any("ET-Book" in face or "ETBook" in face for face in faces), page.url


def says(program: str, file: Path) -> str:
    return subprocess.run([tools.find(program), str(file)], capture_output=True, text=True, check=True).stdout


def is_embedded(face: str) -> bool:
    """Read a line of pdffonts, which ends: emb sub uni object ID."""
    return face.split()[-5] == "yes"
