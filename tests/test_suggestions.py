"""An address that leads nowhere gets the pages it was probably meant for."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence

import pytest
from conftest import Clock, Write
from hypothesis import given
from hypothesis import strategies as st

from folio import site as sites
from folio import snapshot, suggestions
from folio.config import Config
from folio.content import Page
from folio.snapshot import Site
from folio.tree import Tree

TITLES = {
    "essays/2013-01-27-on-trains": "Slow trains through the night",
    "essays/2026-06-11-on-cats": "On cats and other sleepers",
    "essays/the-hacker-ethic": "The hacker ethic",
    "photography/harbour": "A harbour at dawn",
    "about": "About",
}


@pytest.fixture
def site(config: Config, clock: Clock, write: Write) -> Site:
    for path, title in TITLES.items():
        write(f"{path}.md", f"# {title}")
    write("essays/secret-cats.md", "---\nunlisted: true\n---\n# Secret cats")
    write("essays/draft-cats.md", "---\ndraft: true\n---\n# Draft cats")
    return sites.load(config, clock, time.time())


def nearest(site: Site, address: str) -> list[str]:
    return [page.url for page in suggestions.nearest(site, suggestions.vocabulary(site), address)]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("/essays/on-trains", "/essays/2013-01-27-on-trains"),
        ("/on-cats", "/essays/2026-06-11-on-cats"),
        ("/essays/the-haker-ethic", "/essays/the-hacker-ethic"),
        ("/photograpy/harbor", "/photography/harbour"),
        ("/abuot", "/about"),
        ("/2013/01/27/on-trains/", "/essays/2013-01-27-on-trains"),
        ("/Essays/On_Trains.html", "/essays/2013-01-27-on-trains"),
    ],
)
def test_a_slip_is_forgiven(site: Site, asked: str, meant: str) -> None:
    assert nearest(site, asked)[0] == meant


@pytest.mark.parametrize("asked", ["", "/", "/wp-login.php", "/.env", "/zzzzzzzz", "/a/b/c", "/\0", "/\ud800", "/%%%"])
def test_what_is_like_nothing_gets_nothing(site: Site, asked: str) -> None:
    assert nearest(site, asked) == []


def test_hidden_pages_are_never_suggested(site: Site) -> None:
    for asked in ("/essays/secret-cats", "/essays/draft-cats", "/secret", "/draft"):
        assert not {"/essays/secret-cats", "/essays/draft-cats"} & set(nearest(site, asked))


def test_an_empty_site_has_nothing_to_suggest(config: Config, clock: Clock) -> None:
    assert nearest(sites.load(config, clock, time.time()), "/anything") == []


def test_the_same_address_gets_the_same_pages(site: Site) -> None:
    assert nearest(site, "/essays/cats-trains") == nearest(site, "/essays/cats-trains")


def public(pages: Sequence[Page]) -> Site:
    by_url = {page.url: page for page in sorted(pages, key=lambda page: page.url)}
    return Site(Config(), Tree(), dt.datetime(2026, 1, 1, tzinfo=dt.UTC), pages=by_url, public=tuple(by_url.values()))


MANY = [Page(path=f"{n}.md", url=f"/word{n}x{n * 7919 % 9973}", title=f"Word {n}") for n in range(2_000)]
SITE = public(MANY)
KNOWN = suggestions.vocabulary(SITE)


@pytest.mark.parametrize(
    "address",
    ["/" + "x" * 5_000, "/" + "word1-" * 1_000, "/" + "-".join(f"word{n}y" for n in range(500)), "/" + "a/" * 2_500,
     "/word1x" * 800],
    ids=["long", "repeated", "many", "deep", "near"],
)  # fmt: skip
def test_a_hostile_address_is_answered_soon(address: str) -> None:
    started = time.process_time()
    suggestions.nearest(SITE, KNOWN, address)
    assert time.process_time() - started < 0.5  # without bounds: many seconds


@given(st.text(max_size=80))
def test_any_address_gets_at_most_five_pages(address: str) -> None:
    assert len(suggestions.nearest(SITE, KNOWN, address)) <= 5


PAGES = [Page(f"{name}.md", f"/{name}", name) for name in ("ants", "bees", "cats", "dogs-and-cats")]
TITLES_OF_TWO_WORDS = st.builds("{} {}".format, *[st.sampled_from(("ants", "cats", "zebras", "of"))] * 2)


NEXT = st.lists(st.tuples(st.sampled_from(range(len(PAGES))), st.none() | TITLES_OF_TWO_WORDS), max_size=5)


@given(NEXT)
def test_a_vocabulary_follows_pages_that_change_come_and_go(titles: list[tuple[int, str | None]]) -> None:
    pages: dict[int, Page] = dict(enumerate(PAGES))
    before = public([*pages.values()])
    known = suggestions.vocabulary(before)
    for n, title in titles:
        pages.pop(n, None)
        if title:
            pages[n] = PAGES[n]._replace(title=title)
        after = public([*pages.values()])
        known = suggestions.vocabulary_after(known, snapshot.replaced(before, after))
        before = after
    assert known == suggestions.vocabulary(before)
