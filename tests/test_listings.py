"""The lists as views of a garden: what they say while it is read, and that no page of theirs grows with the site."""

from __future__ import annotations

import datetime as dt
import gzip
import re
from dataclasses import replace
from typing import Any

import jinja2
import pytest
from conftest import Live, Write

from folio import backmatter, graph, templates, views
from folio.assets import Assets
from folio.config import Config, Features
from folio.content import Page, Section
from folio.dates import Date
from folio.errors import NotFound
from folio.extracts import Extract
from folio.garden import Garden
from folio.markdown import Heading, Link, Note, Quote
from folio.pages import newest, tagged
from folio.sheets import address
from folio.snapshot import Site
from folio.tree import Tree
from folio.views import lists, matter
from folio.views.listing import OF_HEADS, Asked

LARGEST_PAGE_BYTES = 150_000


@pytest.fixture(scope="module")
def env() -> jinja2.Environment:
    return templates.environment(Assets(), sprite=on_sprite)


def on_sprite(url: str) -> tuple[str, str]:
    """Say where an icon is drawn, about as long as sprites.py does."""
    return "/icon-sprite/essays-0.svg?v=1a2b3c4d#i1a2b3c4d", "ember"


def shown(env: jinja2.Environment, url: str, garden: Garden, number: int = 1, **changes: Any) -> str:
    template, view = lists.LISTINGS[url]
    return templates.render(env, template, **view(garden, "", Asked(number, **changes)))


def test_what_is_still_being_read_is_said(env: jinja2.Environment, site: Site) -> None:
    garden = Garden(site, complete=False)
    for url in lists.LISTINGS:
        html = shown(env, url, garden)
        assert ("Pages are still being read" in html) == (url not in OF_HEADS), url
        assert url in OF_HEADS or "yet" not in html.partition("<main")[2], url
        assert all(f'href="{tab}"' in html for tab in ("/archive/quotes", "/archive/terms")), url


@pytest.fixture(scope="module")
def thousand() -> Garden:
    """A site of a thousand essays, each with notes, quotations, headings, terms and links."""
    rest = " and what came of it in the end, told at some length"
    pages = tuple(
        Page(
            path=f"essays/{2000 + n // 50}-01-{n % 28 + 1:02}-essay-{n:04}-with-a-long-name-in-its-address.md",
            url=f"/essays/{2000 + n // 50}-01-{n % 28 + 1:02}-essay-{n:04}-with-a-long-name-in-its-address",
            title=f"Essay {n:04}{rest}",
            section="essays",
            date=Date(2000 + n // 50, 1, n % 28 + 1) if n % 9 else None,
            tags=(f"tag {n % 40}", f"rare {n // 3}"),
            words=300 + n * 7 % 5_000,
        )
        for n in range(1_000)
    )
    extracts = {
        page.path: Extract(
            headings=tuple(Heading(2 + k % 2, f"part-{k}", f"Part {k} of essay {n}{rest}", k * 10) for k in range(6)),
            links=tuple(Link(pages[(n * k + k) % 1_000].url, "x", "x", 1) for k in range(1, 5)),
            notes=tuple(Note(f"sn-{k}", k, f"Note {k}. " + "Something said aside. " * 12, k) for k in range(1, 7)),
            quotes=tuple(Quote("A line that somebody wrote before. " * (k * 8), k * 9) for k in range(1, 4)),
            terms=tuple(f"Term {(n * 7 + k * 31) % 4_000}{rest[:20]}" for k in range(60)),
        )
        for n, page in enumerate(pages)
    }
    sections = {
        "/": Section("/", "Home", sections=("/essays",)),
        "/essays": Section("/essays", "Essays", pages=pages),
    }
    config = replace(Config(), title="A long shelf")
    moment = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    by_url = {page.url: page for page in pages}
    site = Site(config, Tree(), moment, by_url, pages, pages, sections, tags=tagged(newest(pages)))
    return Garden(site, extracts)


@pytest.mark.parametrize("url", lists.LISTINGS)
def test_no_page_of_a_list_grows_with_the_site(env: jinja2.Environment, thousand: Garden, url: str) -> None:
    view = lists.LISTINGS[url][1]
    count = view(thousand, "", Asked())["page_count"]
    for number in range(1, count + 1):
        html = shown(env, url, thousand, number)
        assert len(html.encode()) <= LARGEST_PAGE_BYTES, number
        assert ('rel="next"' in html) is (number < count)
        assert ('rel="prev"' in html) is (number > 1)
    with pytest.raises(NotFound):
        view(thousand, "", Asked(count + 1))


def test_what_all_pages_of_a_list_need_is_made_once_for_a_garden(thousand: Garden) -> None:
    asked: list[Garden] = []

    def count(garden: Garden) -> int:
        asked.append(garden)
        return len(garden.site.public)

    other = Garden(thousand.site)
    assert [one.once(count) for one in (thousand, thousand, other, thousand)] == [1_000] * 4
    assert asked == [thousand, other]

    def named(garden: Garden, url: str) -> str:
        asked.append(garden)
        return url

    assert [thousand.once(named, url) for url in ("/a", "/b", "/a")] == ["/a", "/b", "/a"]
    assert asked == [thousand, other, thousand, thousand]


@pytest.mark.parametrize(
    "url", ["/archive", "/archive/by-length", "/archive/outlines", "/archive/sidenotes", "/archive/quotes", "/sitemap"]
)
def test_a_divided_list_holds_every_page(env: jinja2.Environment, thousand: Garden, url: str) -> None:
    count = lists.LISTINGS[url][1](thousand, "", Asked())["page_count"]
    assert count > 1
    whole = "".join(shown(env, url, thousand, n + 1) for n in range(count))
    assert set(re.findall(r'href="(/essays/[^"#]+)', whole)) == {page.url for page in thousand.site.public}


def test_no_page_of_a_tag_grows_with_it(env: jinja2.Environment, thousand: Garden) -> None:
    large = thousand.site.tags["tag-1"]._replace(pages=thousand.site.public)
    count = lists.tag(thousand, "", Asked(), large)["page_count"]
    held: list[str] = []
    for number in range(1, count + 1):
        html = templates.render(env, "tag.html", **lists.tag(thousand, "", Asked(number), large))
        assert len(html.encode()) <= LARGEST_PAGE_BYTES
        held += re.findall(r'class="u-url p-name" href="([^"]+)"', html)
    assert held == [page.url for page in thousand.site.public]


def test_no_page_of_a_folder_grows_with_it(env: jinja2.Environment, thousand: Garden) -> None:
    essays = thousand.site.sections["/essays"]
    count = views.section(thousand, essays, None, "")["page_count"]
    assert count > 1
    held: list[str] = []
    for number in range(1, count + 1):
        context = views.section(thousand, essays, None, "<p>Words.</p>", number=number)
        html = templates.render(env, "section.html", **context, mentions=(), more_mentions=0)
        assert len(html.encode()) <= LARGEST_PAGE_BYTES
        own = f"{thousand.site.config.base_url}/essays{f'?page={number}' if number > 1 else ''}"
        assert f'<link rel="canonical" href="{own}">' in html
        assert ('href="/essays?page=2" rel="next"' in html, "<p>Words." in html) == (number == 1, number == 1)
        assert "1,000 pages" in html
        held += re.findall(r'class="u-url p-name" href="([^"]+)"', html)
    assert held == [page.url for page in essays.pages]
    with pytest.raises(NotFound):
        views.section(thousand, essays, None, "", number=count + 1)


@pytest.mark.parametrize("url", ["/essays", "/archive"])
def test_a_divided_list_leads_to_where_each_year_begins(thousand: Garden, url: str) -> None:
    newest = tuple(sorted(thousand.site.public, key=lambda page: page.date.key if page.date else (), reverse=True))
    essays = thousand.site.sections["/essays"]._replace(pages=newest)
    garden = Garden(replace(thousand.site, sections={**thousand.site.sections, essays.url: essays}))

    def seen(number: int) -> dict[str, Any]:
        if url == "/archive":
            return lists.LISTINGS[url][1](garden, "", Asked(number))
        return views.section(garden, essays, None, "", number=number)

    first = seen(1)
    assert [year for year, _ in first["jumps"]] == [str(year) for year in range(2019, 1999, -1)]
    begun: dict[str, int] = {}
    for number in range(1, first["page_count"] + 1):
        context = seen(number)
        pages = context["pages"] if "pages" in context else [page for _, some in context["years"] for page in some]
        for page in pages:
            begun.setdefault(page.path[7:11] if page.date else "", number)
    assert dict(first["jumps"]) == {y: address(url, n) for y, n in begun.items() if y}


def test_a_folder_on_one_page_needs_no_way_to_its_years(site: Site) -> None:
    context = views.section(Garden(site), site.sections["/essays"], None, "")
    assert (context["jumps"], context["page_count"]) == ((), 1)


@pytest.mark.parametrize(("url", "query"), [("/archive/terms", ""), ("/archive", "zzyzx")])
def test_nothing_leads_to_a_search_that_is_off(env: jinja2.Environment, thousand: Garden, url: str, query: str) -> None:
    config = replace(thousand.site.config, features=Features(search=False))
    quiet = Garden(replace(thousand.site, config=config), thousand.extracts)
    assert 'href="/search' in shown(env, url, thousand, query=query)
    assert 'href="/search' not in shown(env, url, quiet, query=query)


def test_the_map_of_a_thousand_pages_is_bounded(env: jinja2.Environment, thousand: Garden) -> None:
    pages, edges = graph.chosen(found := backmatter.connections(thousand))
    assert len(pages) == graph.NODES
    nodes = [graph.Node(page, 4, 8.0, n % 40 * 24 + 30, n // 40 * 70 + 30) for n, page in enumerate(pages)]
    drawn = graph.Map(tuple(graph.labelled(nodes)), tuple(edges), 1_000 - len(pages))
    html = templates.render(env, "graph.html", **matter.graph(thousand, "", Asked(), drawn, found))
    assert len(html.encode()) <= LARGEST_PAGE_BYTES
    assert "600 less connected pages not shown" in html
    assert html.count("<circle ") == graph.NODES
    assert html.count("<tr><td>") == 200
    assert 'href="/archive/graph?page=2" rel="next"' in html


def test_the_index_says_what_it_leaves_out(env: jinja2.Environment, thousand: Garden) -> None:
    assert thousand.concordance.left_out > 0
    assert f"{thousand.concordance.left_out:,} more" in shown(env, "/archive/terms", thousand)


@pytest.mark.parametrize("url", ["/archive", "/archive/by-length"])
def test_lines_with_icons_keep_the_budget_of_an_archive(env: jinja2.Environment, thousand: Garden, url: str) -> None:
    html = shown(env, url, thousand).encode()
    assert html.count(b"<use ") > 200  # of essays with long names; three hundred of usual ones fit
    assert len(html) <= 85_000
    assert len(gzip.compress(html, 6)) <= 25_000


@pytest.mark.unsearched
async def test_content_with_a_short_name_keeps_its_address(live: Live, write: Write) -> None:
    write("quotes.md", "# My own quotes\n\nMine.\n")
    write("themes/tide.md", "# Tide\n\nUp.\n")
    write("essays/2020-01-01-series.md", "# Series of my own\n")
    await live.refresh()
    assert "My own quotes</h1>" in (await live.get("/quotes")).text
    assert (await live.get("/Quotes/")).headers["location"] == "/quotes"
    assert (await live.get("/themes")).status_code == 200
    assert (await live.get("/series")).headers["location"] == "/essays/2020-01-01-series"
    for path in ("/archive/quotes", "/archive/themes", "/archive/series"):
        assert (await live.get(path)).status_code == 200
    assert (await live.get("/health")).json()["problems"] == []


@pytest.mark.unsearched
async def test_the_authors_page_introduces_a_list(live: Live, write: Write) -> None:
    write("archive/quotes.md", "---\ntitle: Overheard\ndescription: By others.\n---\nWhat *others* said.\n")
    write("sitemap.md", "# All of it\n")
    await live.refresh()
    html = (await live.get("/archive/quotes")).text
    assert "Overheard</h1>" in html
    assert "What <em>others</em> said." in html
    assert 'content="By others."' in html
    assert "All of it</h1>" in (await live.get("/sitemap")).text
    assert (await live.get("/health")).json()["problems"] == []
