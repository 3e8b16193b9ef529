"""The pages most like one: by what they share, the rarer the likelier; the same whoever asks, and never a stretch."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from folio import related
from folio.config import Config
from folio.content import Page
from folio.extracts import Extract
from folio.garden import Garden
from folio.links import Citation, Leads
from folio.pages import newest, tagged
from folio.snapshot import Site
from folio.tree import Tree

TAGS = st.lists(st.sampled_from(("cat", "dog", "elk", "sea")), max_size=3, unique=True).map(tuple)
TERMS = st.lists(st.sampled_from(("Ada", "ada", "Bach", "Ghent", "Rome")), max_size=4, unique=True).map(tuple)
TARGETS = st.lists(st.integers(0, 9), max_size=4, unique=True)


def page(name: str, *tags: str, **more: object) -> Page:
    return Page(f"{name}.md", f"/{name}", name, tags=tags, **more)  # type: ignore[arg-type]


def garden(
    pages: list[Page], terms: dict[str, tuple[str, ...]] | None = None, links: dict[str, list[str]] | None = None
) -> Garden:
    """Make a garden of pages, their terms and what they link to, all by name."""
    listed = tuple(sorted(pages, key=lambda one: one.url))
    site = Site(
        Config(), Tree(), dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
        pages={one.url: one for one in listed if not one.is_index}, public=listed, tags=tagged(newest(listed)),
    )  # fmt: skip
    extracts = {one.path: Extract(terms=(terms or {}).get(one.title, ())) for one in listed}
    cited = {
        one.url: Leads(tuple(Citation(one, f"/{to}", to, f"See {to}.") for to in (links or {}).get(one.title, ())))
        for one in listed
    }
    return Garden(site, extracts, known=cited)


def names(found: tuple[Page, ...]) -> list[str]:
    return [one.title for one in found]


def others(count: int, *tags: str) -> list[Page]:
    return [page(f"other{n:03}", *tags) for n in range(count)]


def test_a_rare_tag_makes_pages_more_alike_than_a_common_one() -> None:
    pages = [page("a", "rare", "known"), page("b", "known"), page("c", "rare"), page("d", "known"), *others(20)]
    assert names(garden(pages).related(pages[0])) == ["c", "b", "d"]


def test_pages_that_link_to_the_same_are_alike() -> None:
    pages = [page("a"), page("b"), page("c"), page("goal"), *others(20)]
    found = garden(pages, links={"a": ["goal"], "b": ["goal"], "c": ["other001"]})
    assert names(found.related(pages[0])) == ["b"]


def test_pages_that_the_same_one_links_to_are_alike() -> None:
    pages = [page("a"), page("b"), page("list"), *others(20)]
    assert names(garden(pages, links={"list": ["a", "b"]}).related(pages[0])) == ["b"]


def test_terms_count_in_whatever_case_and_less_than_tags() -> None:
    pages = [page("a", "tag"), page("b"), page("c", "tag"), *others(20)]
    found = garden(pages, terms={"a": ("Ram Dass",), "b": ("ram dass",)})
    assert names(found.related(pages[0])) == ["c", "b"]


def test_nothing_is_related_where_little_is_shared() -> None:
    pages = [page("a", "common", *(f"own{n}" for n in range(9))), *others(50, "common")]
    assert garden(pages).related(pages[0]) == ()
    assert garden([page("a")]).related(page("a")) == ()


def test_a_trait_of_very_many_tells_nothing() -> None:
    pages = [page("a", "common"), *others(150, "common")]
    assert garden(pages).related(pages[0]) == ()


def test_the_page_of_a_folder_is_like_none() -> None:
    pages = [page("a", "rare"), page("folder", "rare", is_index=True), page("b", "rare"), *others(20)]
    assert names(garden(pages).related(pages[0])) == ["b"]


@given(st.lists(st.tuples(TAGS, TERMS, TARGETS), min_size=1, max_size=10), st.integers(1, 4), st.randoms())
def test_likeness_is_of_others_bounded_and_the_same_in_any_order(
    drawn: list[tuple[tuple[str, ...], tuple[str, ...], list[int]]], limit: int, chance: object
) -> None:
    pages = [page(f"p{n}", *tags) for n, (tags, _, _) in enumerate(drawn)]
    terms = {f"p{n}": words for n, (_, words, _) in enumerate(drawn)}
    links = {f"p{n}": [f"p{to}" for to in to if to < len(drawn) and to != n] for n, (_, _, to) in enumerate(drawn)}
    found = garden(pages, terms, links)
    shuffled = [*pages]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    again = garden(shuffled, terms, links)
    for one in pages:
        near = found.related(one, limit)
        assert near == again.related(one, limit)
        assert near == found.related(one, limit + 3)[:limit]
        assert len(near) <= limit
        assert one not in near


@given(st.dictionaries(st.text("abc", max_size=6), st.sampled_from((0.5, 1.0, 2.0)), max_size=90))
def test_the_likeliest_are_the_first_of_all_in_order(shared: dict[str, float]) -> None:
    in_order = sorted(shared, key=lambda url: (-shared[url], url))
    assert related._likeliest(shared, shared.keys()) == in_order[: related.CANDIDATES]
