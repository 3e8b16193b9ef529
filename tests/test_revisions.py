"""New words of a page are put in their place; whatever else changes, the snapshot is put together anew."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Clock, Write

from folio import site as sites
from folio.config import Config
from folio.snapshot import Site

NOW = time.time() + 3600  # long after any file of these tests was written
ESSAY = "---\ntags: [cats]\ndate: 2026-06-11\n---\n# On cats\n\nThey sleep.\n"
SEEN = (
    "pages", "public", "posts", "sections", "photos", "unlisted", "pictures", "files", "tags", "intros", "gone",
    "redirects", "addresses", "problems", "falls_due", "newest",
)  # fmt: skip


@pytest.fixture
def first(config: Config, clock: Clock, demo: None, write: Write) -> Site:
    write("essays/on-cats.md", ESSAY)
    return sites.load(config, clock, NOW)


def reloaded(site: Site, clock: Clock) -> Site:
    return sites.reload(site, clock, NOW + 10, lambda: site.config)


def assert_fresh(site: Site, clock: Clock) -> None:
    fresh = sites.load(site.config, clock, NOW + 10)
    for name in SEEN:
        assert getattr(site, name) == getattr(fresh, name), name
    assert {**site.beside} == {**fresh.beside}


def test_new_words_are_seen_wherever_the_page_is(first: Site, clock: Clock, write: Write) -> None:
    _ = first.sprites, first.names, first.newest, first.beside
    write("essays/on-cats.md", ESSAY.replace("sleep", "sleep and eat"))
    after = reloaded(first, clock)
    page = after.pages["/essays/on-cats"]
    assert "eat" in page.body.text
    for pages in (after.public, after.newest, after.posts, after.sections["/essays"].pages, after.tags["cats"].pages):
        assert [one for one in pages if one.url == page.url] == [page]
    assert after.addresses is first.addresses
    assert (after.sprites, after.names) == (first.sprites, first.names)
    assert_fresh(after, clock)


def test_a_new_title_is_seen_too_where_no_order_is_by_title(first: Site, clock: Clock, write: Write) -> None:
    _ = first.sprites, first.names.prepare()
    write("essays/on-cats.md", ESSAY.replace("On cats", "On dogs"))
    after = reloaded(first, clock)
    assert after.addresses is first.addresses
    assert after.pages["/essays/on-cats"].title == "On dogs"
    assert_fresh(after, clock)
    fresh = sites.load(first.config, clock, NOW + 10)
    assert (after.names._things, after.names._titles) == (fresh.names._things, fresh.names._titles)
    assert after.names._ends is first.names._ends
    assert after.sprites == fresh.sprites != first.sprites
    assert [one.path for one in first.names.find("On cats", "")] == ["essays/on-cats.md"]  # the old one stays


def test_what_did_not_change_is_shared(first: Site, clock: Clock, write: Write) -> None:
    write("essays/on-cats.md", ESSAY + "More.\n")
    after = reloaded(first, clock)
    assert [page for page in after.public if page not in first.public] == [after.pages["/essays/on-cats"]]
    assert all(after.pages[url] is page for url, page in first.pages.items() if url != "/essays/on-cats")
    assert after.sections["/"] is first.sections["/"]


@pytest.mark.parametrize(
    "text",
    [
        ESSAY.replace("tags: [cats]", "tags: [dogs]"),
        ESSAY.replace("2026-06-11", "2026-06-12"),
        ESSAY.replace("tags:", "draft: true\ntags:"),
        ESSAY.replace("tags:", "unlisted: true\ntags:"),
        ESSAY.replace("tags:", "slug: dogs\ntags:"),
        ESSAY.replace("tags:", "aliases: [/old]\ntags:"),
        ESSAY.replace("tags:", "expires: 2026-12-31\ntags:"),
        ESSAY.replace("tags:", "tgas: x\ntags:"),
    ],
)
def test_more_than_words_puts_all_together_anew(first: Site, clock: Clock, write: Write, text: str) -> None:
    write("essays/on-cats.md", text)
    after = reloaded(first, clock)
    assert after.addresses is not first.addresses
    assert_fresh(after, clock)


@pytest.mark.parametrize("header", ["tags: [cats]", "date: 2026-06-11\nweight: 1"])
def test_a_title_that_orders_a_list_puts_all_together_anew(
    first: Site, clock: Clock, write: Write, header: str
) -> None:
    for title in ("Bees", "Ants", "Cats"):
        write(f"notes/{title}.md", f"---\n{header}\n---\n# {title}\n")
    before = reloaded(first, clock)
    write("notes/Ants.md", f"---\n{header}\n---\n# Zebras\n")
    after = reloaded(before, clock)
    assert [page.title for page in after.sections["/notes"].pages] == ["Bees", "Cats", "Zebras"]
    assert after.addresses is not before.addresses
    assert_fresh(after, clock)


@pytest.mark.parametrize("path", ["essays/index.md", "photos/red/IMG_0153.md", "site.toml", "essays/notes.txt"])
def test_what_is_no_page_of_its_own_does_too(first: Site, clock: Clock, write: Write, path: str) -> None:
    write(path, "title = 'x'\n" if path.endswith(".toml") else "Words.\n")
    second = reloaded(first, clock)
    write(path, "title = 'y'\n" if path.endswith(".toml") else "Other words.\n")
    third = reloaded(second, clock)
    assert third.addresses is not second.addresses
    assert_fresh(third, clock)


@pytest.mark.parametrize("permalinks", [{}, {"essays": "/:year/:slug"}])
def test_any_edits_end_in_what_a_fresh_start_finds(
    first: Site, config: Config, clock: Clock, content: Path, write: Write, permalinks: dict[str, str]
) -> None:
    site, shared = sites.load(replace(config, permalinks=permalinks), clock, NOW), 0
    chance, paths = random.Random(3), [path for path in first.tree.entries if path.endswith(".md")]
    for n in range(120):
        for path in chance.sample(paths, chance.choice((1, 1, 1, 3))):
            text = (content / path).read_text()
            write(path, text + f"\nNumber {n}.\n" if chance.random() < 0.8 else text.replace("# ", f"# {n} ", 1))
        _ = site.beside
        before, site = site, reloaded(site, clock)
        shared += site.addresses is before.addresses
    assert_fresh(site, clock)
    assert 20 < shared < 110
