"""The lists a reader browses by hold every public page once, in an order that never changes by itself."""

from __future__ import annotations

import time

import pytest
from conftest import Clock, Write
from hypothesis import given
from hypothesis import strategies as st

from folio import archives
from folio import site as sites
from folio.archives import Node
from folio.config import Config
from folio.content import Page
from folio.dates import Date
from folio.snapshot import Site


def page(n: int, words: int = 0, date: Date | None = None) -> Page:
    return Page(path=f"n/{n:03}.md", url=f"/n/{n:03}", title="T", words=words, date=date)


def test_the_archive_holds_dated_public_pages_newest_first(site: Site) -> None:
    assert [page.url for page in archives.dated(site)] == [
        "/essays/2026-10-01-on-tables", "/essays/2026-06-11-on-cats", "/essays/2013-01-27-on-trains"
    ]  # fmt: skip


def test_years_hold_their_pages_in_order(site: Site) -> None:
    years = archives.by_year(archives.dated(site))
    assert [(year, len(pages)) for year, pages in years] == [(2026, 2), (2013, 1)]


def test_a_year_is_one_group_whatever_precision_its_pages_have() -> None:
    dates = (Date(2013, 5), Date(2013), Date(2012, 12, 31), Date(2013, 1, 1), None)
    made = tuple(page(n, date=date) for n, date in enumerate(dates))
    years = archives.by_year(sites.newest(made))
    assert [(year, [p.path for p in pages]) for year, pages in years] == [
        (2013, ["n/000.md", "n/003.md", "n/001.md"]), (2012, ["n/002.md"])
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "name"),
    [(0, "A minute or two"), (225 * 2, "A minute or two"), (225 * 3, "Up to five minutes"),
     (225 * 10, "Up to ten minutes"), (225 * 11, "Up to twenty minutes"), (225 * 21, "Over twenty minutes"),
     (10**9, "Over twenty minutes")],
)  # fmt: skip
def test_a_page_stands_under_its_length(words: int, name: str) -> None:
    assert [group for group, _ in archives.by_length([page(1, words)])] == [name]


@given(st.lists(st.integers(0, 50_000), max_size=60))
def test_every_page_has_one_length(words: list[int]) -> None:
    made = [page(n, count) for n, count in enumerate(words)]
    groups = archives.by_length(made)
    shown = [p for _, pages in groups for p in pages]
    assert sorted(p.path for p in shown) == sorted(p.path for p in made)
    assert all(pages == tuple(sorted(pages, key=lambda p: (-p.words, p.path))) for _, pages in groups)
    assert all(pages for _, pages in groups)


def test_the_directory_counts_what_is_public_in_and_below_a_folder(config: Config, clock: Clock, write: Write) -> None:
    for path in ("a/index.md", "a/x.md", "a/b/y.md", "c/z.md", "top.md"):
        write(path, "# X")
    write("a/hidden.md", "---\ndraft: true\n---\n")
    write("a/quiet.md", "---\nunlisted: true\n---\n")
    site = sites.load(config, clock, time.time())
    pages = site.pages
    assert archives.directory(site) == (
        Node("X", "/a", 3, (Node("B", "/a/b", 1, (), (pages["/a/b/y"],)),), (pages["/a/x"],)),
        Node("C", "/c", 1, (), (pages["/c/z"],)),
    )
    assert archives.directory(site, "/nowhere") == ()


def test_a_series_is_read_by_part_then_by_date(config: Config, clock: Clock, write: Write) -> None:
    for path, header in (
        ("e/2024-03-01-third.md", "series: The tide\npart: 3"),
        ("e/2024-05-01-first.md", "series: the tide\nseries_order: 1"),
        ("e/2024-04-01-second.md", "series: The tide\nweight: 2"),
        ("e/2025-01-01-later.md", "series: The tide"),
        ("e/2020-01-01-sooner.md", "series: [The tide]"),
        ("e/undated.md", "series: The tide"),
        ("e/hidden.md", "series: The tide\npart: 1\ndraft: true"),
        ("e/quiet.md", "series: The quiet\nunlisted: true"),
        ("e/alone.md", "series: A walk\npart: two"),
    ):
        write(path, f"---\n{header}\n---\n# X\n")
    site = sites.load(config, clock, time.time())
    found = archives.series(site)
    assert [(one.name, one.slug, one.url) for one in found] == [
        ("A walk", "a-walk", "/archive/series#a-walk"), ("The tide", "the-tide", "/archive/series#the-tide")
    ]  # fmt: skip
    assert [page.url.rpartition("/")[2] for page in found[1].pages] == [
        "2024-05-01-first", "2024-04-01-second", "2024-03-01-third", "2020-01-01-sooner", "2025-01-01-later", "undated"
    ]  # fmt: skip
    assert [str(problem) for problem in site.problems] == ["e/alone.md:3: series_order is 'two'; write a whole number"]


def test_the_index_of_a_folder_hands_a_series_down_and_is_no_part_of_it(
    config: Config, clock: Clock, write: Write
) -> None:
    write("walks/index.md", "---\ncascade: {series: Walks}\n---\n# Walks\n")
    write("walks/2024-01-01-one.md", "# One\n")
    write("walks/2024-01-02-two.md", "# Two\n")
    site = sites.load(config, clock, time.time())
    assert [[page.title for page in one.pages] for one in archives.series(site)] == [["One", "Two"]]
