"""What machines read: well-formed for every title, dated with a zone, the same bytes for the same pages."""

from __future__ import annotations

import datetime as dt
import html as html_module
import json
import locale
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
from drawing import draws
from hypothesis import given
from hypothesis import strategies as st

from folio import feeds
from folio.config import Author, Config, Limits
from folio.content import Page, Photo, Section
from folio.dates import Date
from folio.errors import NotFound
from folio.site import load
from folio.snapshot import Site
from folio.tree import Tree

BERLIN = Config(
    base_url="https://example.org",
    title="Hill & Vale",
    description="Walks <and> notes",
    timezone="Europe/Berlin",
    author=Author("Ada Hill", "ada@example.org", "https://ada.example"),
)
NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
HOSTILE = (
    "<script>alert(1)</script>", "]]> & done", "AT&T &amp; co", "nul\0bell\x07", "lone \ud800 surrogate",
    "cats 🐈‍⬛ and dogs", "‮right to left‬ עברית", "\ufffe\uffff", "a\nb\rc\td", '"quoted" \'twice\'',
)  # fmt: skip
MAKERS = {"rss": feeds.rss, "atom": feeds.atom, "json": feeds.json_feed}
Make = Callable[..., bytes]


def page(name: str, title: str = "A walk", **more: Any) -> Page:
    more.setdefault("date", Date(2026, 6, 11))
    return Page(path=f"essays/{name}.md", url=f"/essays/{name}", title=title, section="essays", **more)


def site_of(*pages: Page, config: Config = BERLIN, **more: Any) -> Site:
    return Site(config, Tree(), NOON, public=pages, **more)


def made(make: Make, *pages: Page, config: Config = BERLIN, html: Callable[[Page], str] | None = None) -> bytes:
    render = html or (lambda one: f"<p>About {html_module.escape(one.title)}</p>")
    listed = site_of(*pages, config=config)
    channel = feeds.Channel("Essays", "/essays", "/essays/feed.xml", lambda one: feeds.clean(render(one)))
    return make(listed, pages, channel)


def parsed(body: bytes) -> Any:
    found = feedparser.parse(body, sanitize_html=False)
    assert found.bozo is False, found.get("bozo_exception")
    return found


def test_feeds_that_are_written_at_once_leave_the_locale_as_it_was() -> None:
    """Else every file that is opened as text, by whatever library, is ASCII from then on."""
    before, turns = locale.setlocale(locale.LC_ALL), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            written = threads.map(lambda n: made(feeds.rss, *[page(f"{n}-{m}") for m in range(20)]), range(16))
            assert all(b"2026" in body for body in written)
        assert locale.setlocale(locale.LC_ALL) == before
    finally:
        sys.setswitchinterval(turns)
        locale.setlocale(locale.LC_ALL, before)


@pytest.mark.parametrize("make", [feeds.rss, feeds.atom])
def test_a_feed_is_well_formed_zoned_and_complete(make: Make) -> None:
    body = made(make, page("cats", "On cats", tags=("zoo", "art & craft"), description="Short."))
    feed, (entry,) = parsed(body).feed, parsed(body).entries
    links = {link.rel: link.href for link in feed.links}
    assert feed.link == links["alternate"] == "https://example.org/essays"
    assert links["self"] == "https://example.org/essays/feed.xml"
    assert (entry.title, entry.link, entry.id) == ("On cats", *["https://example.org/essays/cats"] * 2)
    assert entry.content[0].value == "<p>About On cats</p>"
    assert entry.summary == "Short."
    assert "Ada Hill" in entry.author
    assert [tag.term for tag in entry.tags] == ["zoo", "art & craft"]
    assert entry.published in ("2026-06-11T00:00:00+02:00", "Thu, 11 Jun 2026 00:00:00 +0200")


def test_an_rss_guid_is_the_permalink_and_its_text_is_content_encoded() -> None:
    item = ElementTree.fromstring(made(feeds.rss, page("cats"))).find("channel/item")
    assert item is not None
    guid = item.find("guid")
    assert guid is not None and (guid.text, guid.get("isPermaLink")) == ("https://example.org/essays/cats", "true")
    assert item.findtext("{http://purl.org/rss/1.0/modules/content/}encoded") == "<p>About A walk</p>"
    assert item.findtext("description") == "A walk"


@pytest.mark.parametrize("make", [feeds.rss, feeds.atom])
@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_tag_and_text_come_through_as_text(make: Make, title: str) -> None:
    odd = page("cats", title, tags=(title,), description=title, author=title)
    body = made(make, odd, html=lambda one: f"<p>{one.title}</p>")
    (entry,) = parsed(body).entries
    wanted = " ".join(feeds.clean(title).split()) or "Untitled"
    assert b"<script>" not in body
    if make is feeds.atom:
        assert " ".join(html_module.unescape(entry.title).split()) == html_module.unescape(wanted)


@given(title=st.text(max_size=40), tag=st.text(max_size=10), text=st.text(max_size=80))
@draws(60)
def test_any_text_at_all_makes_a_feed_that_parses(title: str, tag: str, text: str) -> None:
    odd = page("cats", title, tags=(tag,), description=text)
    for make in (feeds.rss, feeds.atom):
        ElementTree.fromstring(made(make, odd, html=lambda _: text))
    assert json.loads(made(feeds.json_feed, odd))["items"][0]["id"] == "https://example.org/essays/cats"


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_same_pages_give_the_same_bytes(make: Make) -> None:
    pages = [page("a"), page("b", date=Date(2026, 5)), page("c", date=Date(2026), updated=Date(2026, 8, 2))]
    assert made(make, *pages) == made(make, *reversed(pages))


def test_a_feed_is_as_new_as_its_newest_change() -> None:
    body = made(feeds.atom, page("a"), page("c", date=Date(2026), updated=Date(2026, 8, 2)))
    assert parsed(body).feed.updated == "2026-08-02T00:00:00+02:00"


@pytest.mark.parametrize("make", [feeds.rss, feeds.atom])
def test_an_empty_feed_is_valid(make: Make) -> None:
    found = parsed(made(make))
    assert found.entries == []
    assert found.feed.updated_parsed[:3] == (1970, 1, 1)


@pytest.mark.parametrize("make", [feeds.rss, feeds.atom])
def test_the_newest_come_first_and_undated_pages_not_at_all(make: Make) -> None:
    config = replace(BERLIN, limits=Limits(feed_entries=2))
    pages = [page(f"n{n}", date=Date(2026, n)) for n in (3, 9, 6)]
    found = parsed(made(make, *pages, page("undated", date=None), config=config))
    assert [entry.link[-2:] for entry in found.entries] == ["n9", "n6"]


def test_a_page_from_before_time_zones_is_dated_in_utc() -> None:
    (entry,) = parsed(made(feeds.atom, page("poem", date=Date(1817, 3, 1)))).entries
    assert entry.published == "1817-02-28T23:06:32+00:00"


def test_a_site_that_names_nobody_has_feeds_too() -> None:
    config = replace(BERLIN, author=Author(), title="", description="")
    for make in (feeds.rss, feeds.atom):
        parsed(made(make, page("cats"), config=config))


def test_addresses_are_percent_encoded() -> None:
    (entry,) = parsed(made(feeds.atom, page("日本-é"))).entries
    assert entry.link == "https://example.org/essays/%E6%97%A5%E6%9C%AC-%C3%A9"


def test_json_feed_says_what_the_others_say() -> None:
    feed = json.loads(made(feeds.json_feed, page("cats", "On cats", tags=("zoo",))))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "https://example.org/essays/feed.xml"
    assert feed["items"] == [
        {
            "id": "https://example.org/essays/cats",
            "url": "https://example.org/essays/cats",
            "title": "On cats",
            "content_html": "<p>About On cats</p>",
            "date_published": "2026-06-11T00:00:00+02:00",
            "date_modified": "2026-06-11T00:00:00+02:00",
            "authors": [{"name": "Ada Hill", "url": "https://ada.example"}],
            "tags": ["zoo"],
        }
    ]


def located(body: bytes) -> dict[str, str | None]:
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    root = ElementTree.fromstring(body)
    return {row.findtext(f"{space}loc") or "": row.findtext(f"{space}lastmod") for row in root}


def test_the_sitemap_lists_pages_sections_galleries_and_photographs_with_true_dates() -> None:
    mapped = site_of(
        page("cats", date=Date(2026, 6)),
        page("a&b", date=None, updated=Date(2026, 7, 1)),
        page("secret", noindex=True),
        page("copy", canonical="https://elsewhere.example/copy"),
        sections={"/": Section("/", "Home"), "/photos": Section("/photos", "Photos", is_gallery=True)},
        photos={"/photos/hill": Photo("photos/hill.jpg", "/photos/hill", "/photos", date=Date(2020, 1, 1))},
    )
    assert located(feeds.sitemap(mapped)) == {
        "https://example.org/": None,
        "https://example.org/essays/a&b": "2026-07-01",
        "https://example.org/essays/cats": "2026-06",
        "https://example.org/photos": None,
        "https://example.org/photos/hill": None,
    }
    assert b"<image:loc>https://example.org/thumb/photos/hill.jpg?w=1440</image:loc>" in feeds.sitemap(mapped)


def test_a_very_large_sitemap_comes_in_parts() -> None:
    photos = {f"/p/{n}": Photo(f"p/{n}.jpg", f"/p/{n}", "/p") for n in range(feeds.SITEMAP_URLS + 5)}
    mapped = site_of(photos=photos)
    assert list(located(feeds.sitemap(mapped))) == [f"https://example.org/sitemap.xml?part={n}" for n in (1, 2)]
    assert len(located(feeds.sitemap(mapped, 1))) == feeds.SITEMAP_URLS
    assert len(located(feeds.sitemap(mapped, 2))) == 6
    for past in (3, 999_999_999):
        with pytest.raises(NotFound):
            feeds.sitemap(mapped, past)


def test_robots_name_the_sitemap_and_keep_out_of_search() -> None:
    lines = feeds.robots(site_of()).decode().splitlines()
    assert "Sitemap: https://example.org/sitemap.xml" in lines
    assert "Disallow: /search" in lines


def test_the_search_description_is_well_formed_and_its_name_short() -> None:
    root = ElementTree.fromstring(feeds.opensearch(site_of(config=replace(BERLIN, title="A & B <" + "x" * 40))))
    space = "{http://a9.com/-/spec/opensearch/1.1/}"
    assert len(root.findtext(f"{space}ShortName") or "") <= 16
    urls = {url.get("type"): url.get("template") for url in root.iter(f"{space}Url")}
    assert urls["text/html"] == "https://example.org/search?q={searchTerms}"


def test_llms_txt_links_the_markdown_of_each_page_by_section() -> None:
    text = feeds.llms(site_of(page("cats", "On [cats]", description="Two\nlines."), page("x", noindex=True))).decode()
    assert "## essays\n\n- [On \\[cats\\]](https://example.org/essays/cats.md): Two lines.\n" in text
    assert "/x.md" not in text


def test_a_draft_a_future_and_an_unlisted_page_are_in_no_feed_or_sitemap(tmp_path: Path) -> None:
    essays = tmp_path / "content" / "essays"
    essays.mkdir(parents=True)
    heads = {"seen": "date: 2026-01-02", "draft": "date: 2026-01-02\ndraft: true", "later": "date: 2027-01-01"}
    for name, head in {**heads, "quiet": "date: 2026-01-02\nunlisted: true"}.items():
        (essays / f"{name}.md").write_text(f"---\ntitle: canary {name}\n{head}\n---\nText.\n")
    config = replace(BERLIN, content=tmp_path / "content", cache=tmp_path / "cache", state=tmp_path / "state")
    site = load(config, lambda: NOON, NOON.timestamp())
    channel = feeds.Channel("All", "/", "/feed.xml", html=lambda one: feeds.clean(one.body.text))
    for make in MAKERS.values():
        body = make(site, site.posts, channel)
        assert b"canary seen" in body
        assert not any(f"canary {name}".encode() in body for name in ("draft", "later", "quiet"))
    everything = feeds.sitemap(site) + feeds.llms(site)
    assert b"/essays/seen" in everything
    assert not any(name in everything for name in (b"draft", b"later", b"quiet"))
