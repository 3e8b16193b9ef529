"""What the texts of a site hold, gathered: a note and a quotation lead to their place, a link is seen both ways."""

from __future__ import annotations

import time

import pytest
from conftest import Clock, Write

from folio import backmatter, extracts, markdown
from folio import site as sites
from folio.backmatter import Branch
from folio.config import Config
from folio.garden import Garden
from folio.markdown import Heading


@pytest.fixture
def planted(config: Config, clock: Clock, write: Write) -> Garden:
    write("a.md", "---\ndate: 2020-01-02\ntags: [sea, boats]\n---\n# A\n\nTo [B](b.md) and [again](b.md), [C](c.md).\n")
    write(
        "b.md", "---\ndate: 2021-01-02\ntags: [sea]\n---\n# B\n\nText[^1].^[Second.]\n\n[^1]: First.\n\nTo [B](b.md).\n"
    )
    write(
        "c.md",
        "---\ntags: [sea]\n---\n# C\n\n> Before any heading, a line.\n\n## One\n\n> Short.\n\n### Deep\n\n## Two\n",
    )
    write("themes/tide.md", "---\ndescription: Up and down.\n---\n# Tide\n\nSee [A](/a).\n")
    write("themes/index.md", "# Themes\n")
    write("d.md", "---\ndraft: true\ntags: [sea]\n---\n# D\n\n[A](a.md)[^1]\n\n[^1]: Hidden.\n\n> Hidden.\n")
    site = sites.load(config, clock, time.time())
    return Garden(site, {page.path: extracts.extract(markdown.parse(page.body.text)) for page in site.public})


def test_notes_stand_under_their_page(planted: Garden) -> None:
    assert [(page.url, [note.text for note in notes]) for page, notes in backmatter.notes(planted)] == [
        ("/b", ["First.", "Second."])
    ]


def test_a_quotation_leads_to_its_words_below_the_nearest_heading(planted: Garden) -> None:
    ((page, quotations),) = backmatter.quotations(planted)
    assert (page.url, [(one.text, one.fragment) for one in quotations]) == (
        "/c",
        [
            ("Before any heading, a line.", ":~:text=Before%20any%20heading%2C%20a%20line."),
            ("Short.", "one:~:text=Short."),
        ],
    )


def test_a_long_quotation_is_found_by_where_it_begins_and_ends(config: Config, clock: Clock, write: Write) -> None:
    write("a.md", "# A\n\n> One two three four five six – seven, eight nine-ten & eleven.\n")
    site = sites.load(config, clock, time.time())
    garden = Garden(site, {"a.md": extracts.extract(markdown.parse(site.pages["/a"].body.text))})
    ((_, (quotation,)),) = backmatter.quotations(garden)
    assert quotation.fragment == ":~:text=One%20two%20three%20four%20five,eight%20nine%2Dten%20%26%20eleven."


def test_an_outline_is_the_tree_of_headings(planted: Garden) -> None:
    one, deep, two = (Heading(2, "one", "One", 5), Heading(3, "deep", "Deep", 9), Heading(2, "two", "Two", 11))
    (page,) = backmatter.outlined(planted)
    branches = backmatter.outline(planted.extract(page).headings)
    assert page.url == "/c"
    assert [(b.heading.id, [c.heading.id for c in b.children]) for b in branches] == [("one", ["deep"]), ("two", [])]
    assert backmatter.outline((deep, one, two, deep)) == (
        Branch(deep), Branch(one), Branch(two, (Branch(deep),))
    )  # fmt: skip


def test_a_theme_is_a_tag_of_three_pages_or_a_page_of_themes(planted: Garden) -> None:
    assert [(t.title, t.url, t.description, [p.url for p in t.pages]) for t in backmatter.themes(planted)] == [
        ("sea", "/tags/sea", "", ["/b", "/a", "/c"]),
        ("Tide", "/themes/tide", "Up and down.", ["/a"]),
    ]


def test_a_link_counts_at_both_ends_and_what_is_hidden_at_none(planted: Garden) -> None:
    found = [
        (one.page.url, [p.url for p in one.cites], [p.url for p in one.cited_by])
        for one in backmatter.connections(planted)
    ]
    assert found == [
        ("/a", ["/b", "/c"], ["/themes/tide"]),
        ("/b", [], ["/a"]),
        ("/c", [], ["/a"]),
        ("/themes/tide", ["/a"], []),
    ]
