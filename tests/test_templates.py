"""Templates: every page kind rendered with the objects the engine gives it, and what must hold on each of them."""

from __future__ import annotations

import gzip
import re
import threading
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
import pytest
from conftest import Clock
from jinja2 import Environment

from engine import create_api
from folio import graph
from folio.archives import Node, Series
from folio.assets import Assets
from folio.backmatter import Branch, Connection, Theme
from folio.concordance import Concordance, Term
from folio.config import Author, Config, NamedLink
from folio.content import Page, Photo, Section
from folio.dates import Date
from folio.markdown import Heading, Picture, PictureSource
from folio.metadata import Head
from folio.mirror import ask
from folio.openapi import Operation
from folio.pages import Tag
from folio.search import Facet, Results
from folio.shelves import Shelf
from folio.templates import (
    SHARED,
    TEMPLATES,
    environment,
    host,
    icon_url,
    letters,
    plural,
    render,
    thousands,
    within_year,
)
from folio.views import NavigationLink, Step, Tile
from folio.views.ends import Mention, SeriesBox
from folio.views.found import Answer, Help, Spot
from folio.views.listing import Tab
from folio.views.matter import Colour, Outline, Passage

ASSETS = Assets()
SITE = Config(title="A & B", author=Author(name="Ada", links=(NamedLink("Forge", "https://forge.example"),)))
NAV = (NavigationLink("Essays", "/essays", True), NavigationLink("Poems", "/poems", False))
HEAD = Head("On Cats", "https://x.example/essays/cats", "/essays/cats", "/icon/essays/cats.svg", "ocean", "en")
PAGE = Page("essays/cats.md", "/essays/cats", "On <Cats>", date=Date(2026, 6, 11), updated=Date(2026, 7), words=900)
POEM = Page("poems/dog.md", "/poems/dog", "Dog", description="A poem.")
PICTURE = Picture("/i/960.jpg", 960, 640, "/i/960.jpg 960w", (PictureSource("image/webp", "/i/960.webp 960w"),))
TILE = Tile(Photo("g/a.jpg", "/g/a"), PICTURE, "", "", "r150", "/g/a")
ESSAYS = Section("/essays", "Essays", POEM._replace(is_index=True), (PAGE, POEM), ("/g",))
GALLERY = Section("/g", "Harbour", None, (), (), (TILE.photo,), True)
SHELF = Shelf("cameras", "Leica <M>", "/g/cameras/leica-m", (TILE.photo._replace(date=Date(2013, 7, 13)),))
TAG = Tag("cats", "cats", "/tags/cats", (PAGE,))
HTML = '<p>Text<a class="ref" href="#sn-1" id="ref-1">1</a> and <strong>more</strong>.</p>\n'
VIEWS = (Tab("By year", "/archive", True), Tab("By length", "/archive/by-length", False))
FOUND = Answer(
    "On <Cats>", "/essays/cats#:~:text=a-,cat", "Essays", "", "2026", "a <mark>cat</mark>",
    (Spot("Why & how", "/essays/cats#why", "it <mark>sleeps</mark>"),), None,
)  # fmt: skip
FACETS = (Facet("year", "2026", "2026", 3, "x year:2026"), Facet("year", "2013", "<2013>", 41, '">', chosen=True))
TOC = (Heading(2, "one", "One & only", 1), Heading(3, "two", "Two", 2))
LISTING = {"views": VIEWS, "intro": HTML, "complete": True, "page_number": 2, "page_count": 3, "pages_url": "/l"}
READING = {**LISTING, "intro": "", "complete": False, "page_number": 1, "page_count": 1}
LISTED = {"total": 1234, "words": 56789, **LISTING}
JUMPS = {"jumps": (Step("2026", "/l"), Step("2013", "/l?page=3"))}
PAGED = {"total": 1234, **JUMPS, "page_number": 2, "page_count": 3, "pages_url": "/l"}
NODE = graph.Node(PAGE, 2, 6.2, 100, 200, graph.Label("On <Cats>", 110, 205, "start"))
OTHER = graph.Node(POEM, 1, 4.0, 300, 250, graph.Label("Dog", 290, 255, "end"))
MAP = graph.Map((NODE, OTHER), ((0, 1),), 7)
TERM = Term("Cats & Co", "cats", (POEM,) * 14, PAGE)
CONNECTION = Connection(PAGE, (POEM,) * 3, (POEM,))
LINKED = {"mentions": (Mention("A & <B>", "/b", "See ", "<cats>", "!", "de"), Mention("C", "/c")), "more_mentions": 3}
LONELY: dict[str, Any] = {"mentions": (), "more_mentions": 0}
SERIES = SeriesBox("Cats & <dogs>", "/archive/series#cats", 1, (PAGE, POEM))

PAGES: dict[str, list[dict[str, Any]]] = {
    "home.html": [
        {
            "intro": HTML,
            "latest": PAGE,
            "latest_summary": "Cats.",
            "tiles": (TILE,) * 6,
            "posts": (PAGE, POEM),
        },
        {
            "intro": "",
            "latest": None,
            "latest_summary": "",
            "tiles": (),
            "posts": (),
        },
    ],
    "page.html": [
        {
            "page": PAGE,
            "html": HTML,
            "toc": TOC,
            "section": Step("Essays", "/essays"),
            "older": POEM,
            "newer": PAGE,
            "forms": (Step("PDF", "/essays/cats.pdf"),),
            "tags": (Step("cats", "/tags/cats"),),
            "updated_text": "July 2026",
            **LINKED,
            "series": SERIES,
            "related": (PAGE, POEM),
        },
        {
            "page": POEM,
            "html": "",
            "toc": (),
            "section": None,
            "older": None,
            "newer": None,
            "forms": (),
            "tags": (),
            "updated_text": "",
            **LONELY,
            "series": None,
            "related": (),
        },
    ],
    "section.html": [
        {
            "section": ESSAYS,
            "html": HTML,
            "children": (GALLERY, ESSAYS),
            "covers": {"/g": (TILE,)},
            "pages": (PAGE, POEM),
            "parent": Step("Up", "/up"),
            "feed_url": "/essays/feed.xml",
            **LINKED,
            "racks": (Step("Cameras", "/essays/cameras"),),
            **PAGED,
            "page_number": 1,
        },
        {
            "section": ESSAYS,
            "html": HTML,
            "children": (GALLERY,),
            "covers": {},
            "pages": (PAGE, POEM),
            "parent": None,
            "feed_url": "",
            **LONELY,
            "racks": (Step("Cameras", "/essays/cameras"),),
            **PAGED,
        },
        {
            "section": GALLERY,
            "html": "",
            "children": (),
            "covers": {},
            "pages": (),
            "parent": None,
            "feed_url": "",
            **LONELY,
            "racks": (),
            "total": 0,
            "jumps": (),
            "page_number": 1,
            "page_count": 1,
            "pages_url": "/g",
        },
    ],
    "gallery.html": [
        {
            "section": GALLERY,
            "html": HTML,
            "tiles": (TILE,) * 5,
            "layout": "column",
            "children": (ESSAYS, GALLERY),
            "covers": {"/g": (TILE,)},
            "racks": (Step("Cameras", "/essays/cameras"),),
            "span": "2011–2013",
            "feed_url": "/g/feed.xml",
            "parent": Step("Up", "/up"),
            "page_number": 2,
            "page_count": 3,
            "total": 500,
            **LINKED,
        },
        {
            "section": GALLERY,
            "html": "",
            "tiles": (),
            "layout": "rows",
            "children": (),
            "covers": {},
            "racks": (),
            "span": "",
            "feed_url": "",
            "parent": None,
            "page_number": 1,
            "page_count": 1,
            "total": 0,
            **LONELY,
        },
    ],
    "photo.html": [
        {
            "title": "Photograph 2",
            "picture": PICTURE,
            "alt": "A pier",
            "caption": HTML,
            "said": "",
            "exif": (Step("Leica <M>", "/g/cameras/leica-m"), Step("f/2", "")),
            "ratio": "r150",
            "tags": (Step("cats", "/tags/cats"), Step("dogs", "")),
            "credit": "© Ada",
            "also": (Step("Winter", "/w/a"), Step("Spring", "/s/a")),
            "original": "/g/a.jpg",
            "date": PAGE.date,
            "previous": Step("A", "/g/a"),
            "next": Step("B", "/g/b"),
            "gallery": Step("Harbour", "/g"),
            "position": 2,
            "total": 3,
            **LINKED,
            "showing": LINKED["mentions"],
        },
        {
            "title": "Pier",
            "picture": PICTURE,
            "alt": "",
            "caption": "",
            "said": "A <b> in the file",
            "exif": (),
            "ratio": "r150",
            "tags": (),
            "credit": "",
            "also": (),
            "original": "",
            "date": None,
            "previous": None,
            "next": None,
            "gallery": Step("Harbour", "/g"),
            "position": 1,
            "total": 1,
            **LONELY,
            "showing": (),
        },
    ],
    "rack.html": [
        {
            "title": "Cameras",
            "parent": Step("Photographs", "/g"),
            "views": (("Cameras", "/g/cameras", True), ("Years", "/g/years", False)),
            "shelves": (SHELF, SHELF._replace(url="/g/cameras/b")),
            "covers": {SHELF.url: (TILE,), "/g/cameras/b": ()},
            "reading": "The photographs are still being read: 1 of 2 so far.",
            "url": "/g/cameras",
            "page_number": 1,
            "page_count": 2,
        },
    ],
    "shelf.html": [
        {
            "shelf": SHELF,
            "parent": Step("Photographs", "/g"),
            "kind": Step("Cameras", "/g/cameras"),
            "tiles": (TILE,) * 3,
            "reading": reading,
            "page_number": 1,
            "page_count": 1,
            "total": 3,
        }
        for reading in ("", "The photographs are still being read: 1 of 2 so far.")
    ],
    "archive.html": [
        {"years": ((2026, (PAGE,)),), "undated": (POEM,), "query": "", "found": 2, **LISTED, **JUMPS},
        {"years": (), "undated": (), "query": '"><script>', "found": 0, **LISTED, "jumps": ()},
        {"years": ((2026, (PAGE,)),), "undated": (), "query": "cats", "found": 1, **LISTED, **READING, "jumps": ()},
        {"years": (), "undated": (), "query": "", "found": 0, **LISTED, "total": 0, "jumps": ()},
    ],
    "archive_length.html": [
        {"groups": (("Long", (PAGE, POEM)),), **LISTED},
        {"groups": (), **LISTED, **READING, "total": 0},
    ],
    "themes.html": [
        {"themes": (Theme("Cats", "/tags/cats", "Of them.", (PAGE, POEM)),), "total": 1, "most": 1, **LISTING},
        {"themes": (), "total": 0, "most": 1, **LISTING},
        {"themes": (), "total": 0, "most": 1, **READING},
    ],
    "series.html": [
        {"series": ((Series("Pets", "pets", (PAGE, POEM)), (PAGE, POEM)),), "total": 1, "pages": 2, **LISTING},
        {"series": (), "total": 0, "pages": 0, **LISTING},
        {"series": (), "total": 0, "pages": 0, **READING},
    ],
    "sidenotes.html": [
        {"groups": ((PAGE, (Passage(1, "<b>", "sn-1"), Passage(0, "x", "mn-1"))),), "total": 2, "pages": 1, **LISTING},
        {"groups": (), "total": 0, "pages": 0, **LISTING},
        {"groups": (), "total": 0, "pages": 0, **READING},
    ],
    "quotes.html": [
        {"groups": ((POEM, (Passage(0, "<b>", "a:~:text=b"),)),), "total": 1, "pages": 1, **LISTING},
        {"groups": (), "total": 0, "pages": 0, **LISTING},
        {"groups": (), "total": 0, "pages": 0, **READING},
    ],
    "outlines.html": [
        {"outlines": (Outline(PAGE, (Branch(TOC[0], (Branch(TOC[1]),)), Branch(TOC[0]))),), "total": 1, **LISTING},
        {"outlines": (), "total": 0, **LISTING},
        {"outlines": (), "total": 0, **READING},
    ],
    "connections.html": [
        {"connections": (CONNECTION, Connection(POEM, (), (PAGE,))), "total": 2, "link_count": 1, "most": 2, **LISTING},
        {"connections": (), "total": 0, "link_count": 0, "most": 2, **LISTING},
        {"connections": (), "total": 0, "link_count": 0, "most": 2, **READING},
    ],
    "terms.html": [
        {"index": Concordance((("C", (TERM,)), ("D", (Term("Dog", "dog", ()),))), 2, 1234), "most": 12, **LISTING},
        {"index": Concordance(), "most": 12, **LISTING},
        {"index": Concordance(), "most": 12, **READING},
    ],
    "graph.html": [
        {
            "drawn": MAP,
            "width": 1000,
            "height": 760,
            "colours": (Colour("ocean", ("Essays",), (NODE,)), Colour("plum", ("Poems",), (OTHER,))),
            "lines": "M100 200L300 250",
            "labels": (NODE.label, OTHER.label),
            "rows": (CONNECTION,),
            **LISTING,
        },
        {
            "drawn": graph.Map(),
            "colours": (),
            "lines": "",
            "labels": (),
            "rows": (),
            "width": 1,
            "height": 1,
            **LISTING,
        },
        {
            "drawn": graph.Map(),
            "colours": (),
            "lines": "",
            "labels": (),
            "rows": (),
            "width": 1,
            "height": 1,
            **READING,
        },
    ],
    "sitemap.html": [
        {"groups": ((ESSAYS, (PAGE, POEM)), (GALLERY, ())), "total": 2, **LISTING},
        {"groups": (), "total": 0, **READING},
    ],
    "tags.html": [{"tags": (TAG,), **LISTING}, {"tags": (), **READING}],
    "tag.html": [
        {
            "pages": (PAGE,),
            "total": 1,
            "feed_url": "/tags/cats/feed.xml",
            "photos": 3,
            "photos_url": "/search?q=%22",
            **LISTING,
        },
        {"pages": (), "total": 0, "feed_url": "", "photos": 0, "photos_url": "", **READING},
    ],
    "directory.html": [
        {"tree": (Node("Essays", "/essays", 2, (Node("Old", "/essays/old", 1),)),), "total": 3, **LISTING},
        {"tree": (), "total": 0, **READING},
    ],
    "search.html": [
        {
            "query": '"><script>',
            "intro": "",
            "results": Results('"', (), 41, 2, 3, building=True, percent=63, corrected='"><script>', partial=True),
            "answers": (FOUND, replace(FOUND, tile=TILE, kind="photograph", snippet_html="", spots=())),
            "groups": (("Year", FACETS),),
            "help": None,
            "feed_url": "/search/feed.xml?q=%22%3E%3Cscript%3E",
            "pages_url": "/search?q=%22%3E%3Cscript%3E",
        },
        {
            "query": "xyzzy",
            "intro": HTML,
            "results": Results("xyzzy", suggestion="fizzy"),
            "answers": (),
            "groups": (),
            "help": Help("xyz", (Step("On <Cats>", "/essays/cats"),), (Step("cats", "/tags/cats"),)),
            "feed_url": "",
            "pages_url": "",
        },
        {
            "query": "",
            "intro": HTML,
            "results": None,
            "answers": (),
            "groups": (),
            "help": Help(),
            "feed_url": "",
            "pages_url": "",
        },
    ],
    "error.html": [
        {
            "status": 404,
            "title": "Nothing here",
            "message": "It may have moved.",
            "remedy": "Try these.",
            "suggestions": (Step("On Cats", "/essays/cats"),),
            "query": "cats",
        },
        {"status": 500, "title": "A fault", "message": "It is noted.", "remedy": "", "suggestions": (), "query": ""},
    ],
    "binding.html": [
        {"title": "Essays (PDF)", "told": "Reading pages: 3 of 40", "done": 3, "total": 40},
        {"title": "Essays (EPUB)", "told": "Starting", "done": 0, "total": 0},
    ],
    "api.html": [{"operations": (Operation("GET", "/api/<x>", "Posts", (("q", "<words>"),)),)}, {"operations": ()}],
}
CASES = [
    pytest.param(name, context, id=f"{name}-{n}") for name, many in PAGES.items() for n, context in enumerate(many)
]
VOID = frozenset(("base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))


@pytest.fixture(scope="module")
def env() -> jinja2.Environment:
    return environment(ASSETS)


def page(env: jinja2.Environment, name: str, context: dict[str, Any], head: Head = HEAD) -> str:
    return render(env, name, site=SITE, nav=NAV, head=head, **context)


class Reader(HTMLParser):
    """Reads a page as an editor would: every element closed in its order, every attribute noted."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"an attribute twice in <{tag}>"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_template_of_a_page_is_tried_here() -> None:
    parts = {"base.html", "listing.html", "macros.html", "_ends.html", "_partials.html", "pdf.html"}
    parts |= {"pdf_book.html", "plates.html", "epub.html", "epub_chapter.html", "epub_nav.html", "epub_title.html"}
    assert {path.name for path in TEMPLATES.glob("*.html")} - parts == set(PAGES)


@pytest.mark.parametrize(("name", "context"), CASES)
def test_a_page_is_well_formed_and_says_what_it_is(env: jinja2.Environment, name: str, context: dict[str, Any]) -> None:
    text = page(env, name, context)
    reader = Reader(text)
    tags = [tag for tag, _ in reader.tags]
    assert text.startswith("<!doctype html>\n<html lang=")
    assert tags.count("h1") == tags.count("main") == tags[: tags.index("body")].count("title") == 1
    ids = [attrs["id"] for _, attrs in reader.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert all(attrs.get("alt") is not None and attrs.get("width") for tag, attrs in reader.tags if tag == "img")


@pytest.mark.parametrize(("name", "context"), CASES)
def test_a_page_has_no_inline_style_or_script(env: jinja2.Environment, name: str, context: dict[str, Any]) -> None:
    for tag, attrs in Reader(page(env, name, context)).tags:
        assert tag != "style"
        assert tag != "script" or "src" in attrs or attrs == {"type": "application/ld+json"}
        assert not {key for key in attrs if key == "style" or key.startswith("on")}


@pytest.mark.parametrize(("name", "context"), CASES)
def test_the_scripts_of_a_page_are_few_and_light(env: jinja2.Environment, name: str, context: dict[str, Any]) -> None:
    tags = Reader(page(env, name, context, HEAD._replace(code=True))).tags
    names = [str(attrs["src"]).split("?")[0].removeprefix("/static/") for tag, attrs in tags if tag == "script"]
    bodies = [ASSETS.find(one).body for one in names]
    assert len(names) == len(set(names))
    assert sum(map(len, bodies)) <= 12 * 1024
    assert sum(len(gzip.compress(body, 6)) for body in bodies) <= (8 if "js/turn.js" in names else 6) * 1024


@pytest.mark.parametrize(("name", "context"), CASES)
def test_a_page_fetches_from_its_own_site_alone(env: jinja2.Environment, name: str, context: dict[str, Any]) -> None:
    for tag, attrs in Reader(page(env, name, context)).tags:
        fetched = attrs.get("src") or (attrs.get("href") if tag == "link" and attrs["rel"] != "canonical" else "/")
        assert fetched and fetched.startswith("/") and not fetched.startswith("//")


@pytest.mark.parametrize(("name", "context"), CASES)
def test_a_page_holds_no_run_of_blank_lines(env: jinja2.Environment, name: str, context: dict[str, Any]) -> None:
    assert not re.search(r"\n[ \t]*\n", page(env, name, context))


@pytest.mark.parametrize("name", PAGES)
def test_a_context_that_lacks_a_name_is_an_error(env: jinja2.Environment, name: str) -> None:
    with pytest.raises(jinja2.UndefinedError):
        page(env, name, {})


def test_titles_and_queries_are_escaped(env: jinja2.Environment) -> None:
    essay = page(env, "page.html", PAGES["page.html"][0], HEAD._replace(title='"><script>alert(1)</script>'))
    search = page(env, "search.html", PAGES["search.html"][0])
    assert "On &lt;Cats&gt;" in essay
    assert "<script>" not in essay + search
    assert "a <mark>cat</mark>" in search
    assert 'href="/search?q=%22%3E%3Cscript%3E&amp;page=3"' in search


def test_at_most_eight_stops_of_the_keyboard_stand_before_the_text(env: jinja2.Environment) -> None:
    nav = tuple(NavigationLink(f"N{n}", f"/n{n}", False) for n in range(5))
    text = render(env, "tags.html", site=SITE, nav=nav, head=HEAD, tags=(), **LISTING)
    before = text.split("<body>")[1].split("<main")[0]
    assert len(re.findall(r"<(?:a|button|input|summary)\b", before)) == 8


def test_a_page_in_arabic_runs_from_the_right(env: jinja2.Environment) -> None:
    text = page(env, "page.html", PAGES["page.html"][1], HEAD._replace(language="ar", direction="rtl"))
    assert '<html lang="ar" dir="rtl" class="accent-ocean">' in text


def test_fonts_are_asked_for_early_only_where_they_are_used(env: jinja2.Environment) -> None:
    def asked(html: str, **changes: Any) -> list[str]:
        text = page(env, "page.html", {**PAGES["page.html"][1], "html": html}, HEAD._replace(**changes))
        return re.findall(r'as="font"[^>]+/fonts/([a-z-]+)\.woff2\?v=', text)

    assert asked("<p>x</p>") == ["et-book-roman", "et-book-italic"]
    for html in ("<strong>x</strong>", "<p><b>x</b>", '<th class="right">', "<dt>x", '<h4 id="x">'):
        assert asked(html) == ["et-book-roman", "et-book-italic", "et-book-semibold"]
    assert asked("<p>x<br><h2>1 < 2</h2><bdo>strong") == ["et-book-roman", "et-book-italic"]
    assert asked("<math><mi>x</mi><mo>≤</mo><mi>ω</mi></math> ß") == [
        "et-book-roman",
        "et-book-italic",
        "stix-everyday",
    ]
    for sign in ("<mo>⏟</mo>", "<mi>𝐯</mi>", '<mi mathvariant="normal">μ</mi>'):
        html = f"<math><mi>x</mi></math> <math>\n{sign}</math>"
        assert asked(html) == ["et-book-roman", "et-book-italic", "stix-two-math"]
    assert asked("<p>x</p>", code=True) == ["et-book-roman", "et-book-italic", "jetbrains-mono-latin"]
    assert all(name.startswith("eb-garamond-latin") for name in asked("<p>x</p>", language="pl"))


@pytest.mark.parametrize("name", PAGES)
def test_the_face_of_the_heads_of_tables_is_asked_for_early(env: jinja2.Environment, name: str) -> None:
    for context in PAGES[name]:
        text = page(env, name, context | ({"intro": ""} if "intro" in context else {}))
        assert ("fonts/et-book-semibold" in text) >= ("<th" in text.split("<main")[1])


def test_the_contents_stand_in_the_page_once_for_the_margin_and_once_folded(env: jinja2.Environment) -> None:
    long, short = (page(env, "page.html", context) for context in PAGES["page.html"])
    assert long.count('<a href="#one">One &amp; only</a>') == 2
    assert "toc" not in short


def test_microformats_name_an_essay(env: jinja2.Environment) -> None:
    text = page(env, "page.html", PAGES["page.html"][0])
    for name in ("h-entry", "p-name", "dt-published", "dt-updated", "e-content", "p-category", "u-url", "h-card"):
        assert re.search(rf'class="[^"]*\b{name}\b', text), name
    assert '<time class="dt-published" datetime="2026-06-11">11 June 2026</time>' in text


def test_the_base_stays_short() -> None:
    assert len((TEMPLATES / "base.html").read_text().splitlines()) <= 60


def test_words_and_numbers_are_set_as_a_reader_expects() -> None:
    assert [plural(n, "essay") for n in (0, 1, 1234)] == ["0 essays", "1 essay", "1,234 essays"]
    assert plural(2, "entry", "entries") == "2 entries"


def test_the_colophon_names_the_letters_of_the_page() -> None:
    assert [letters(language) for language in ("en-GB", "de", "pl", "hu-HU", "ar", "zh-Hant")] == [
        "ET Book", "ET Book", "EB Garamond", "EB Garamond", "", "",
    ]  # fmt: skip
    assert thousands(1234567) == "1,234,567"
    assert [within_year(date) for date in (Date(2026, 6, 11), Date(2026, 6), Date(2026), None)] == [
        "11 June",
        "June",
        "",
        "",
    ]
    assert icon_url("/") == "/icon/index.svg"
    assert icon_url("/essays/cats") == "/icon/essays/cats.svg"
    assert host("https://www.example.org/a") == "example.org"
    assert host("/a") == ""


# Compiled templates, kept for the next start


@pytest.mark.parametrize("harm", [b"", b"\0" * 400, None])
def test_a_compiled_template_is_kept_and_a_damaged_one_is_not_run(tmp_path: Path, harm: bytes | None) -> None:
    (tmp_path / "a.html").write_text("{{ 6 * 7 }}")

    def said() -> str:
        env = environment(Assets(), tmp_path, compiled=tmp_path / "compiled")
        return render(env, "a.html")

    assert said() == "42"
    (kept,) = (tmp_path / "compiled").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-9] + b"x" + whole[-8:] if harm is None else harm)
    assert said() == "42"
    assert kept.read_bytes() == whole, "it is made anew"
    (tmp_path / "a.html").write_text("{{ 6 * 8 }}")
    assert said() == "48"


def test_a_compiled_template_is_what_a_start_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.html").write_text("{{ 6 * 7 }}")
    made = [environment(Assets(), tmp_path, compiled=tmp_path / "compiled") for _ in range(2)]
    render(made[0], "a.html")
    monkeypatch.setattr(type(made[1]), "_parse", lambda *_: pytest.fail("it was parsed"))
    assert render(made[1], "a.html") == "42"


@pytest.mark.parametrize("path", ["/", "/about", "/essays", "/nowhere"])
async def test_who_comes_first_holds_nobody_up_for_templates(
    config: Config, clock: Clock, demo: None, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    compiled: dict[str, threading.Thread] = {}
    compile_here = Environment.compile

    def compile_and_note(env: Environment, source: Any, name: Any = None, *rest: Any, **more: Any) -> Any:
        compiled[name] = threading.current_thread()
        return compile_here(env, source, name, *rest, **more)

    monkeypatch.setattr(Environment, "compile", compile_and_note)
    api = create_api(config, clock=clock)
    async with api.state.press.lifespan(api):
        await ask(api, path)
    assert set(SHARED) <= compiled.keys()
    assert not {name for name in SHARED if compiled[name] is threading.main_thread()}


def test_templates_are_compiled_at_each_start_where_they_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("{{ 6 * 7 }}")
    (tmp_path / "file").write_text("no folder")
    env = environment(Assets(), tmp_path, compiled=tmp_path / "file")
    assert render(env, "a.html") == "42"
