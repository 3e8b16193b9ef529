"""What a search answers: a page that leads into texts and narrows, a feed, and help where nothing is found."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
from conftest import Clock, Live, running, settings_in, write_below
from markupsafe import Markup
from PIL import Image

from folio import fragments
from folio.dates import Date
from folio.search import Facet, Hit, Place, Results
from folio.views import found

pytestmark = pytest.mark.asyncio(loop_scope="module")
CATS = "/essays/2026-06-11-on-cats"
TRAINS = "/essays/2013-01-27-on-trains"
HIT = Hit(CATS, "On cats", "essays", Markup("Cats <mark>sleep</mark> and, …"), 1.0, Date(2026, 6, 11), "page")


async def page(shared: Live, results: Results, **given: Any) -> str:
    """Draw a page of results as they would be."""
    context = found.search(shared.press.site, results.query, results, **given)
    return shared.press.templates.get_template("search.html").render(**context)


async def test_a_result_leads_to_the_words_it_was_found_by(shared: Live) -> None:
    html = (await shared.get("/search?q=sixteen+hours")).text
    assert re.search(rf'<h2><a href="{CATS}#:~:text=[^"]*Sixteen[^"]*">On cats</a></h2>', html)
    assert f'<h2><a href="{CATS}#:~:text=Cats%20sleep' not in html
    assert "<mark>Sixteen</mark>" in html


@pytest.mark.parametrize(
    ("snippet", "fragment"),
    [
        ("They all <mark>sleep</mark>.", ":~:text=They%20all-,sleep"),
        ("… of the well-known <mark>cats</mark>, here …", ":~:text=the%20well%2Dknown-,cats"),
        ("<mark>Cats</mark> &amp; <mark>dogs</mark>, <mark>cats</mark>", ":~:text=Cats&text=Cats%20%26-,dogs"),
        (
            "a <mark>b</mark> c <mark>d</mark> e <mark>f</mark> g <mark>h</mark>",
            ":~:text=a-,b&text=b%20c-,d&text=d%20e-,f",
        ),
        ("(<mark>a-b</mark>)", ":~:text=%28-,a%2Db"),
        ("nothing", ""),
    ],
)
async def test_a_fragment_names_the_marked_words_by_those_before(snippet: str, fragment: str) -> None:
    assert fragments.marked(snippet) == fragment


async def test_a_word_alone_is_asked_for_last_where_no_heading_is_known() -> None:
    assert fragments.marked("They <mark>all</mark> do", anywhere=True) == ":~:text=They-,all&text=all"
    assert fragments.marked("<mark>All</mark> do", anywhere=True) == ":~:text=All"
    assert fragments.marked("none", anywhere=True) == ""


async def test_words_can_be_marked_on_any_page_by_its_address(shared: Live) -> None:
    for path, asked, words in (
        (CATS, 'sleep+"sixteen+hours"+-dogs+tag:travel', ":~:text=sleep&text=sixteen%20hours"),
        ("/essays", "long", ":~:text=long"),
        ("/photos/red/red", "%22%3E%3Cscript%3E", ":~:text=%22%3E%3Cscript%3E"),
    ):
        answer = await shared.get(f"{path}?highlight={asked}")
        assert (answer.status_code, answer.headers["location"].partition("#")) == (302, (path, "#", words))
    for path in (f"{CATS}?highlight=", f"{CATS}?highlight=%00+-", f"{CATS}.txt?highlight=sleep"):
        assert (await shared.get(path)).status_code == 200
    assert (await shared.get(f"{CATS}?highlight=sleep", Accept="application/json")).status_code == 200


async def test_places_on_a_page_stand_below_it(shared: Live) -> None:
    here = Place("Why & how", f"{CATS}#why", Markup("it <mark>sleeps</mark>"))
    html = await page(shared, Results("sleep", (replace(HIT, places=(here,)),), 1))
    assert f'<a href="{CATS}#why:~:text=it-,sleeps">Why &amp; how</a> it <mark>sleeps</mark></li>' in html
    assert "Cats <mark>sleep</mark> and" in html
    longer = Markup("Then it <mark>sleeps</mark> for a long <mark>sleep</mark>, as cats do &amp; …")
    cut = Place("Why", f"{CATS}#why", Markup("… it <mark>sleeps</mark> for a long <mark>sleep</mark>, as …"))
    same = replace(HIT, snippet_html=longer, places=(cut,))
    html = await page(shared, Results("sleep", (same,), 1))
    assert html.count("<mark>sleeps</mark>") == 1
    assert cut.snippet_html in html


async def test_facets_are_links_that_narrow_and_chosen_ones_lead_back(shared: Live) -> None:
    years = [Facet("year", str(year), str(year), 2, f"cats year:{year}") for year in range(2000, 2020)]
    everything = Facet("kind", "page", "page", 40, "cats kind:page")
    photos = Facet("kind", "photo", "photo", 3, "cats kind:photo")
    chosen = Facet("tag", "a & b", "A & B", 40, "cats", chosen=True)
    html = await page(shared, Results("cats", (HIT,), 40, facets=(everything, photos, *years, chosen)))
    assert '<a rel="nofollow" href="/search?q=cats%20year%3A2000">2000</a> <small>2</small>' in html
    assert html.count("year%3A") == found.CHOICES
    assert "kind%3Apage" not in html  # all are: nothing would change
    assert '<a rel="nofollow" href="/search?q=cats" aria-current="true">A &amp; B ' in html
    assert [*re.findall("<dt>(.*?)</dt>", html)] == ["Kind", "Year", "Tag"]
    assert ">photographs</a> <small>3</small>" in html
    assert 'href="#narrow"' in html
    assert "narrow" not in (await page(shared, Results("cats", (HIT,), 1))).partition("<main")[2]


@pytest.mark.parametrize(
    ("results", "said"),
    [
        (Results("cats", (HIT,), 1), "1 result for “cats”."),
        (Results("catz", (HIT,), 2, corrected="cats"), "Nothing found for “catz”. 2 results for “cats”."),
        (Results("catz on", (HIT,), 2, suggestion="cats on"), "2 results for “catz on”. Did you mean cats on?"),
        (
            Results("a b", (HIT,), 2, all_words=False),
            "2 results for “a b”. Nothing has every word; these come closest.",
        ),
        (
            Results("a", (HIT,), 2, partial=True),
            "2 results for “a”. The search ran out of time, so there may be more.",
        ),
        (
            Results("a", (HIT,), 2, building=True, percent=63),
            "2 results for “a”. The index is still being built (63 %), so results may be missing.",
        ),
        (Results("<b>"), "Nothing found for “<b>”."),
        (Results("catz", suggestion="cats"), "Nothing found for “catz”. Did you mean cats?"),
    ],
)
async def test_a_page_says_plainly_what_its_results_are(shared: Live, results: Results, said: str) -> None:
    html = await page(shared, results)
    (notice,) = re.findall(r'role="status">(.*?)</p>', html, re.DOTALL)
    assert " ".join(Markup(notice).striptags().split()) == said


async def test_where_nothing_is_found_there_is_help(shared: Live) -> None:
    html = (await shared.get("/search?q=%22zyzzyva+cats%22+tag:nothing")).text
    assert '<a href="/search?q=zyzzyva%20cats">zyzzyva cats</a>' in html
    html = (await shared.get("/search?q=cats+tag:nothing")).text
    assert f'Similar names: <a href="{CATS}">On cats</a>' in html
    for asked in ("?q=zyzzyva", "", "?q=+"):
        html = (await shared.get(f"/search{asked}")).text
        assert "<dt>year:2013" in html
        assert '<a rel="tag" href="/tags/travel">travel</a>' in html
        assert 'href="/archive">archive</a> lists everything' in html
    assert "<dt>year:2013" not in (await shared.get("/search?q=cats")).text


async def test_photographs_among_the_results_are_shown(shared: Live) -> None:
    await shared.press.survey()
    html = (await shared.get("/search?q=red+door")).text
    assert re.search(r'<li class="pictured">\n<h2><a href="/photos/red/red">A red door</a>', html)
    assert re.search(r'<img src="/images/\d+/\w+/photos/red/red\.jpg[^"]*"[^>]* alt="" [^>]*loading="lazy"', html)
    assert "<span>photograph</span>" in html


async def test_the_authors_own_words_introduce_the_page(tmp_path: Path) -> None:
    write_below(tmp_path / "content", "search.md", "# Look for it\n\nWhat I *wrote*.\n")
    async with running(settings_in(tmp_path), Clock()) as live:
        first = (await live.get("/search")).text
        assert "<h1>Look for it</h1>" in first
        assert "What I <em>wrote</em>." in first
        assert "What I <em>wrote</em>." not in (await live.get("/search?q=cats")).text


@pytest.mark.parametrize("name", ["feed.xml", "rss.xml", "atom.xml", "feed.json"])
async def test_a_search_is_a_feed_of_its_newest_results(shared: Live, name: str) -> None:
    asked = "cats%20sleep%20in%3Aessays"
    answer = await shared.get(f"/search/{name}?q={asked}")
    assert answer.headers["cache-control"] == "public, no-cache"
    own, list_ = f"https://example.org/search/{name}?q={asked}", f"https://example.org/search?q={asked}"
    if name == "feed.json":
        feed = answer.json()
        assert (feed["title"], feed["feed_url"], feed["home_page_url"]) == (
            "A small site: cats sleep in:essays", own, list_,
        )  # fmt: skip
        assert [item["url"] for item in feed["items"]] == [f"https://example.org{CATS}"]
        assert "<mark>Cats</mark>" in feed["items"][0]["content_html"]
        return
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    assert feed.feed.title == "A small site: cats sleep in:essays"
    assert {own, list_} <= {link.href for link in feed.feed.links}
    assert [entry.link for entry in feed.entries] == [f"https://example.org{CATS}"]
    assert "&lt;mark&gt;Cats&lt;/mark&gt;" in answer.text


async def test_a_feed_waits_for_what_is_to_come(shared: Live) -> None:
    for asked in ("", "?q=", "?q=zyzzyva", "?q=catz", "?q=cats+zyzzyva", "?q=canary"):
        feed = feedparser.parse((await shared.get(f"/search/atom.xml{asked}")).content)
        assert (feed.bozo, feed.entries) == (False, [])
    newest = feedparser.parse((await shared.get("/search/feed.xml?q=in:essays")).content)
    assert [entry.title for entry in newest.entries] == ["On tables", "On cats", "On trains"]
    photographs = await shared.get("/search/feed.xml?q=%22red+door%22")
    assert ElementTree.fromstring(photographs.content).tag == "rss"


async def test_a_page_of_results_leads_to_its_feeds_and_a_browser_to_searching(shared: Live) -> None:
    html = (await shared.get("/search?q=a%26b")).text
    for kind, name in (("rss", "feed.xml"), ("atom", "atom.xml")):
        assert f'<link rel="alternate" type="application/{kind}+xml" href="/search/{name}?q=a%26b"' in html
    assert '<a href="/search/feed.xml?q=a%26b" type="application/rss+xml">' in html
    described = (await shared.get("/opensearch.xml")).text
    for path in ("/search", "/search/feed.xml", "/search/atom.xml"):
        assert f'template="https://example.org{path}?q={{searchTerms}}"' in described


async def test_a_browser_is_told_what_may_be_meant(shared: Live) -> None:
    described = ElementTree.fromstring((await shared.get("/opensearch.xml")).text)
    urls = {url.get("type"): url.get("template") for url in described.iter() if url.get("template")}
    asked = (urls["application/x-suggestions+json"] or "").removeprefix("https://example.org")
    reply = await shared.get(asked.replace("{searchTerms}", "on+c"))
    assert reply.headers["content-type"].partition(";")[0] == "application/x-suggestions+json"
    typed, titles, _, addresses = reply.json()
    completed = (await shared.get("/api/search/autocomplete?q=on+c")).json()["results"]
    assert (typed, titles) == ("on c", [one["title"] for one in completed])
    assert titles and addresses == [f"https://example.org{one['url']}" for one in completed]


async def test_a_feed_has_the_newest_of_all_that_was_found(tmp_path: Path) -> None:
    for n in range(1, 131):  # more than are ever on one page of results, the best of them not the newest
        name, words = f"2020-{1 + n // 28:02}-{1 + n % 28:02}-e{n}", "harbour " * (140 - n)
        write_below(tmp_path / "content", f"essays/{name}.md", f"# E{n}\n\n{words}\n")
    async with running(settings_in(tmp_path), Clock()) as live:
        entries = feedparser.parse((await live.get("/search/atom.xml?q=harbour")).content).entries
        assert [entry.title for entry in entries] == [f"E{n}" for n in range(130, 100, -1)]
        best = (await live.get("/api/search?q=harbour&size=2")).json()
        assert best["total"] == 130
        assert best["results"][0]["title"] != "E130"


async def test_a_tag_leads_to_its_photographs(tmp_path: Path) -> None:
    write_below(tmp_path / "content", "essays/sea.md", "---\ntags: [Open sea]\n---\n# Sea\n")
    for n, tags in enumerate(("[open sea]", "[Open-sea, x]", "[sea]")):
        write_below(tmp_path / "content", f"photos/{n}.md", f"---\ntags: {tags}\n---\nWater.\n")
        Image.new("RGB", (60, 40)).save(tmp_path / f"content/photos/{n}.jpg")
    async with running(settings_in(tmp_path), Clock()) as live:
        page = (await live.get("/tags/open-sea")).text
        (address,) = re.findall(r'<a href="(/search[^"]+)">2 photographs</a>', page)
        found = (await live.get(address)).text
        assert re.findall(r'<h2><a href="(/photos/\d)', found) == ["/photos/0", "/photos/1"]


async def test_nothing_of_a_search_is_kept(shared: Live) -> None:
    before = len(shared.press.generation.memory)
    for path in ("/search?q=cats", "/search/feed.xml?q=cats", "/search/atom.xml", "/api/search?q=cats"):
        assert (await shared.get(path)).status_code == 200
    assert len(shared.press.generation.memory) == before
    assert (await shared.get("/search?q=cats")).headers["cache-control"] == "no-store"
