"""Patterns of addresses: filled in with what a page says, refused with the line where they cannot be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Clock, Write, running
from hypothesis import given
from hypothesis import strategies as st

from folio import config as settings
from folio import heads, permalinks
from folio.config import Config
from folio.content import Page, Stat
from folio.dates import Date

DAY = Date(2026, 6, 3)
SETTINGS = """
posts = ["essays", "notes"]
[permalinks]
essays = "/:year/:slug"
[sections.essays]
accent = "plum"
"""


def parts(path: str = "essays/far/2026-06-03-On cats.md", date: Date | None = DAY, slug: str = "") -> dict[str, str]:
    return permalinks.parts_of(path, date, slug, "Of cats & dogs", ["House", "Far off"])


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("/:year/:month/:slug", "/2026/06/On-cats"),
        ("/:year/:month/:day/:slug/", "/2026/06/03/On-cats"),
        (":short_year/:i_month/:i_day/:slug.html", "/26/6/3/On-cats"),
        ("/:year-:month-:day-:slug", "/2026-06-03-On-cats"),
        ("/blog/:monthname/:title", "/blog/june/of-cats-&-dogs"),
        ("/:section/:slug", "/essays/On-cats"),
        ("/:sections/:slug", "/essays/far/On-cats"),
        ("/:categories/:slug:output_ext", "/house/far-off/On-cats"),
        ("/:filename/", "/2026-06-03-On-cats"),
        ("/:name", "/2026-06-03-On-cats"),
        ("/:contentbasename", "/2026-06-03-On-cats"),
    ],
)
def test_a_pattern_is_filled_with_what_the_page_says(pattern: str, url: str) -> None:
    assert permalinks.fill(permalinks.check(pattern), parts()) == url


def test_a_slug_of_its_own_comes_first() -> None:
    assert permalinks.fill("/:slug", parts(slug="of-cats")) == "/of-cats"


def test_in_jekylls_folder_the_title_is_the_file_names() -> None:
    assert permalinks.fill("/:sections/:title", parts("a/_posts/2026-06-03-on-cats.md")) == "/a/on-cats"


@pytest.mark.parametrize(
    ("date", "pattern", "lacking"),
    [
        (Date(2026, 6), "/:year/:day/:slug", "day"),
        (Date(2026), "/:year/:monthname/:slug", "monthname"),
        (None, "/:short_year/:slug", "short_year"),
    ],
)
def test_a_part_that_is_lacking_is_named(date: Date | None, pattern: str, lacking: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"the page has no {lacking} for '{pattern}'")):
        permalinks.fill(pattern, parts(date=date))


def test_a_part_that_may_be_empty_leaves_no_gap() -> None:
    assert permalinks.fill("/:categories/:sections/:slug", permalinks.parts_of("x.md", None, "", "X", ())) == "/x"


def test_an_unknown_part_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r":yaer is not a part of an address \(known: :year, .*:output_ext\)"):
        permalinks.check("/:yaer/:slug")


@pytest.mark.parametrize("pattern", ["/../:slug", "/a//:slug", "//a.example/:slug"])
def test_a_pattern_out_of_the_site_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=re.escape("write a path such as /about, without .. or //")):
        permalinks.check(pattern)


@given(st.text("/:abcdefghijklmnopqrstuvwxyz_.-% é", max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_whatever_is_filled_in_is_an_address_of_this_site(pattern: str, slug: str, title: str) -> None:
    try:
        found = permalinks.fill(permalinks.check(pattern), permalinks.parts_of("a/b.md", DAY, slug, title, [title]))
    except ValueError:
        return
    assert found.startswith("/")
    assert not re.search(r"//|[\s?#\\]|/\.\.?(/|$)", found)


# The sections of site.toml


def page(path: str, text: str, **patterns: str) -> Page:
    config = Config(content=Path("content"), timezone="Europe/Berlin", permalinks=patterns)
    return heads.page(path, text.encode(), Stat(1, len(text), 1, 1), config)


@pytest.mark.parametrize(
    ("path", "header", "url"),
    [
        ("essays/2026-06-03-on-cats.md", "", "/2026/on-cats"),
        ("essays/far/2026-06-03-on-cats.md", "", "/2026/on-cats"),
        ("essays/on-cats.md", "date: 2026", "/2026/on-cats"),
        ("essays/2026-06-03-on-cats.md", "slug: of-cats", "/2026/of-cats"),
        ("essays/2026-06-03-on-cats.md", "url: /cats", "/cats"),
        ("essays/2026-06-03-on-cats.md", "url: /c/:month/:slug", "/c/06/on-cats"),
        ("essays/2026-06-03-cats/index.md", "", "/essays/2026-06-03-cats"),
        ("essays/_index.md", "date: 2026", "/essays"),
        ("_posts/2026-06-03-on-cats.md", "", "/p/on-cats"),
        ("poems/2026-06-03-on-cats.md", "", "/poems/2026-06-03-on-cats"),
        ("2026-06-03-on-cats.md", "", "/2026-06-03-on-cats"),
    ],
)
def test_the_pages_of_a_section_follow_its_pattern(path: str, header: str, url: str) -> None:
    found = page(path, f"---\n{header}\n---\n", essays="/:year/:slug", posts="/p/:slug")
    assert (found.url, found.problems) == (url, ())


def test_a_page_that_lacks_a_part_keeps_its_place_and_is_reported() -> None:
    found = page("essays/on-cats.md", "# On cats", essays="/:year/:slug")
    assert found.url == "/essays/on-cats"
    assert [str(problem) for problem in found.problems] == [
        "essays/on-cats.md:1: the page has no year for '/:year/:slug'; its address is its place in the tree"
    ]


def test_the_index_of_a_folder_lives_where_its_folder_does() -> None:
    found = page("essays/index.md", "---\npermalink: /:year/:slug\n---\n")
    assert found.url == "/essays"
    assert [str(problem) for problem in found.problems] == [
        "essays/index.md:2: url '/:year/:slug' is left out (an index has its folder's address)"
    ]


@pytest.mark.unsearched
async def test_a_pattern_moves_the_addresses_of_a_section_and_nothing_else(
    config: Config, clock: Clock, write: Write
) -> None:
    write("site.toml", SETTINGS)
    for path in ("essays/2026-01-01-ants.md", "essays/2026-02-01-bees.md", "notes/2026-03-01-cows.md"):
        write(path, f"# {path[-7:-3].title()}\n\nWords.\n")
    write("about.md", "# About\n")
    async with running(settings.load({"content": config.content, "cache": config.cache}, {}), clock) as live:
        for change in (None, "essays/2026-02-02-bats.md"):
            if change:
                write(change, "# Bats\n\nWords.\n")
                await live.refresh()
            site = live.press.site
            urls = ["/2026/bats", "/2026/bees", "/2026/ants"][0 if change else 1 :]
            assert [page.url for page in site.posts] == ["/notes/2026-03-01-cows", *urls]
            assert [page.url for page in site.sections["/essays"].pages] == urls
            assert set(site.sections) == {"/", "/essays", "/notes"}
            assert [page and page.url for page in site.neighbours(site.pages["/2026/ants"])] == [None, urls[-2]]
            html = (await live.get("/2026/ants")).text
            assert '<html lang="en" class="accent-plum">' in html
            assert '<a href="/essays" aria-current="true">' in html
            feed = (await live.get("/essays/feed.xml")).text
            assert feed.count("<item>") == len(urls)
            assert 'class="icon accent-plum"' in (await live.get("/archive")).text
            assert site.icon_place("/about") == (site.icon_place("/about").href, "ember")  # type: ignore[union-attr]
