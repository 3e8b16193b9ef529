"""What a page says to search engines: JSON-LD that parses, is typed and true, and that no title can break out of."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import pytest
from conftest import Live, Write
from hypothesis import given
from hypothesis import strategies as st

from folio import structured
from folio.config import Author, Config, NamedLink

WITH_ALL = pytest.mark.asyncio(loop_scope="module")  # tests of the shared site, which only read
BASE = "https://example.org"
CATS = "/essays/2026-06-11-on-cats"
HOSTILE = (
    "</script><script>alert(1)</script>", "<!-- <script>", "]]>", "\u2028\u2029", '"};alert(1)//', "&lt;/script&gt;",
    "\\u003c/script>", "{{ 7*7 }}", "</SCRIPT\t>", "a\x00b\x1f", "\ud800",
)  # fmt: skip
DATE = re.compile(r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2})?)?)?")
ARTICLE = {"headline", "datePublished", "url", "mainEntityOfPage", "wordCount", "inLanguage", "isPartOf", "image"}
NEEDED: Mapping[str, set[str]] = {
    "BlogPosting": ARTICLE,
    "Article": ARTICLE,
    "WebPage": {"name", "url", "inLanguage", "isPartOf"},
    "CollectionPage": {"name", "url", "inLanguage", "isPartOf"},
    "ImageGallery": {"name", "url", "inLanguage", "isPartOf", "associatedMedia"},
    "ImageObject": {"contentUrl", "url", "width", "height"},
    "WebSite": {"name", "url"},
    "Person": {"name"},
    "BreadcrumbList": {"itemListElement"},
}  # fmt: skip


class DataBlocks(HTMLParser):
    """The texts of the JSON-LD blocks of a page, as a browser would cut them out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and dict(attrs).get("type") == "application/ld+json"

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts.append(data)


def nodes(html: str) -> list[dict[str, Any]]:
    """Return what a page says, each thing by itself; no page has more than one block."""
    blocks = DataBlocks(html).texts
    assert len(blocks) <= 1
    if not blocks:
        return []
    said = json.loads(blocks[0])
    assert said.pop("@context") == "https://schema.org"
    return list(said["@graph"]) if "@graph" in said else [said]


def typed(html: str) -> dict[str, dict[str, Any]]:
    return {node["@type"]: node for node in nodes(html)}


def written(value: str) -> str:
    return structured.script([{"@type": "Thing", "name": value}])


@pytest.mark.parametrize("title", HOSTILE)
def test_no_title_gets_out_of_its_script(title: str) -> None:
    text = written(title)
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text)["name"] == title
    page = DataBlocks(f'<script type="application/ld+json">{text}</script><p>after')
    assert page.texts == [text]


@given(st.text())
def test_what_is_written_is_what_is_read(title: str) -> None:
    text = written(title)
    assert json.loads(text) == {"@context": "https://schema.org", "@type": "Thing", "name": title}
    assert not re.search("[<>&\u2028\u2029]", text)


def test_of_nothing_nothing_is_said() -> None:
    assert structured.script([]) == ""


def test_two_things_are_a_graph() -> None:
    assert json.loads(structured.script([{"@type": "A"}, {"@type": "B"}]))["@graph"] == [{"@type": "A"}, {"@type": "B"}]


@pytest.mark.unsearched
async def test_a_page_with_a_hostile_title_stays_one_page(live: Live, write: Write) -> None:
    titles = [title for title in HOSTILE if title.isprintable()]
    for n, title in enumerate(titles):
        named = json.dumps(title)
        write(f"essays/2026-02-02-{n}.md", f"---\ntitle: {named}\ntags: [{named}]\n---\nText.\n", age=0)
    await live.refresh()
    for n, title in enumerate(titles):
        html = (await live.get(f"/essays/2026-02-02-{n}")).text
        assert typed(html)["BlogPosting"]["headline"] == live.press.site.pages[f"/essays/2026-02-02-{n}"].title, title
        assert "<script>alert" not in html, title


@pytest.mark.unsearched
async def test_an_essay_says_what_it_is(live: Live, write: Write) -> None:
    write(
        "essays/2026-06-on-rain.md",
        "---\ntags: [weather]\nupdated: 2026-07-02\n---\n# On rain\n\nIt rains[^1] often.\n\n[^1]: In June too.\n",
        age=0,
    )
    await live.refresh()
    page = live.press.site.pages["/essays/2026-06-on-rain"]
    said = typed((await live.get(page.url)).text)
    address = f"{BASE}/essays/2026-06-on-rain"
    assert said["BlogPosting"] == {
        "@type": "BlogPosting",
        "headline": "On rain",
        "description": "It rains often.",
        "url": address,
        "mainEntityOfPage": address,
        "datePublished": "2026-06",
        "dateModified": "2026-07-02",
        "image": f"{BASE}/og-image/essays/2026-06-on-rain.png",
        "wordCount": (await live.press.document(page)).words,
        "keywords": ["weather"],
        "articleSection": "Essays",
        "inLanguage": "en",
        "isPartOf": {"@type": "WebSite", "@id": f"{BASE}/#website", "name": "A small site", "url": f"{BASE}/"},
    }
    steps = said["BreadcrumbList"]["itemListElement"]
    assert [(step["position"], step["name"], step["item"]) for step in steps] == [
        (1, "A small site", f"{BASE}/"),
        (2, "Essays", f"{BASE}/essays"),
        (3, "On rain", address),
    ]


@WITH_ALL
async def test_words_are_counted_as_the_document_counts_them(shared: Live) -> None:
    for page in shared.press.site.public:
        said = typed((await shared.get(page.url)).text)
        article = said.get("BlogPosting") or said.get("Article")
        assert bool(article) == bool(page.date)
        if article:
            assert article["wordCount"] == (await shared.press.document(page)).words > 0


@WITH_ALL
async def test_a_gallery_and_a_photograph_name_the_largest_picture(shared: Live) -> None:
    gallery = typed((await shared.get("/photos/red")).text)["ImageGallery"]
    assert [image["url"] for image in gallery["associatedMedia"]] == [
        f"{BASE}/photos/red/{n}" for n in ("IMG_0153", "red")
    ]
    said = typed((await shared.get("/photos/red/red")).text)
    image = said["ImageObject"]
    assert (image["name"], image["caption"], image["description"]) == ("A red door", "In the harbour.", "A door, red")
    assert (image["width"], image["height"]) == (1200, 800)
    answer = await shared.get(image["contentUrl"].removeprefix(BASE))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert image["contentUrl"].removeprefix(BASE).startswith("/images/1440/")
    assert [step["name"] for step in said["BreadcrumbList"]["itemListElement"]][1:] == [
        "Photographs",
        "Red",
        "A red door",
    ]


async def test_the_front_page_says_whose_site_it_is(live: Live, write: Write) -> None:
    write(
        "site.toml",
        'title = "A small site"\n[author]\nname = "Ada"\nlinks = [{name = "Forge", url = "https://f.example"}]',
    )
    assert typed((await live.get("/")).text)["WebSite"]["potentialAction"]["target"]["urlTemplate"] == (
        f"{BASE}/search?q={{query}}"
    )
    author = Author(
        "Ada", url="https://ada.example", links=(NamedLink("F", "https://f.example"), NamedLink("M", "mailto:a@b.c"))
    )
    site, person = structured.front(Config(base_url=BASE, author=author), "Ada's", "Notes.")
    assert site["author"] == {"@id": person["@id"]}
    assert person == {
        "@type": "Person",
        "@id": f"{BASE}/#author",
        "name": "Ada",
        "url": "https://ada.example",
        "sameAs": ["https://f.example"],
    }


def test_another_author_is_named_and_nobody_is_not_invented() -> None:
    config = Config(author=Author("Ada"))
    assert structured.author(config, "Grace") == {"@type": "Person", "name": "Grace"}
    assert structured.author(Config()) is None
    assert (structured.author(config) or {})["url"] == "http://127.0.0.1:8000/"


@WITH_ALL
async def test_what_is_not_for_search_engines_says_nothing(shared: Live) -> None:
    for path in ("/essays/secret", "/search?q=cats", "/nothing-there", "/gone"):
        assert nodes((await shared.get(path)).text) == [], path


@WITH_ALL
async def test_lists_and_engine_pages_are_named(shared: Live) -> None:
    kinds = {"/essays": "CollectionPage", "/archive": "CollectionPage", "/tags": "CollectionPage",
             "/tags/travel": "CollectionPage", "/directory": "CollectionPage", "/archive/by-length": "CollectionPage",
             "/search": "WebPage", "/api": "WebPage", "/about": "WebPage"}  # fmt: skip
    for path, kind in kinds.items():
        assert typed((await shared.get(path)).text)[kind]["url"] == BASE + path
    way = typed((await shared.get("/tags/travel")).text)["BreadcrumbList"]["itemListElement"]
    assert [step["item"] for step in way] == [f"{BASE}/", f"{BASE}/tags", f"{BASE}/tags/travel"]


def check(node: dict[str, Any], path: str) -> None:
    """Hold a thing, and all in it, against what its type must have: whole addresses, dates as they are written."""
    kind = node.get("@type", "")
    if set(node) - {"@type", "@id"}:
        assert NEEDED.get(kind, set()) <= set(node), (path, kind)
    for name, value in node.items():
        assert value not in ("", None, []), (path, name)
        if name.startswith("date"):
            assert DATE.fullmatch(value), (path, name, value)
        if name in ("url", "contentUrl", "image", "mainEntityOfPage", "item"):
            assert re.match(r"https?://", value), (path, name, value)
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                check(inner, path)


@WITH_ALL
async def test_every_page_of_the_small_site_says_it_right(shared: Live) -> None:
    site = shared.press.site
    paths = [*site.pages, *site.sections, *site.photos, "/archive", "/tags", "/directory", "/search", "/api"]
    for path in paths:
        for node in nodes((await shared.get(path)).text):
            check(node, path)
