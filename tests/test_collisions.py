"""Where two things want one address, both files are named; where both can be served, both are."""

from __future__ import annotations

import pytest
from conftest import NOON, Clock, Live, Write

from folio import site as sites
from folio.config import Config
from folio.content import Page
from folio.snapshot import Site

NOW = NOON.timestamp() + 10**9  # long after any file of these tests was written


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"Cats.md": "# 1", "cats.md": "# 2"},
         ["cats.md: /cats and /Cats (Cats.md) differ only in spelling; each answers at its own address (rename one, or "
          "give a slug)"]),
        ({"on-cats.md": "# 1", "on_cats.md": "# 2"},
         ["on_cats.md: /on_cats and /on-cats (on-cats.md) differ only in spelling; each answers at its own address "
          "(rename one, or give a slug)"]),
        ({"Notes/a.md": "# 1", "notes.md": "# 2"},
         ["notes.md: /notes and /Notes (Notes/) differ only in spelling; each answers at its own address (rename one, "
          "or give a slug)"]),
        ({"a.md": "# 1", "a.html": "<p>"},
         ["a.html: /a.html and /a (a.md) differ only in spelling; each answers at its own address (rename one, or give "
          "a slug)"]),
        ({"x/Data.csv": "1", "x/data.csv": "2", "x/a.md": "# A"},
         ["x/data.csv: /x/data.csv and /x/Data.csv (x/Data.csv) differ only in spelling; each answers at its own "
          "address (rename one, or give a slug)"]),
        ({"a.md": "# A", "a.pdf": "x"},
         ["a.pdf: this file has the address /a.pdf, so a.md has no .pdf form (rename one, or give a slug)"]),
        ({"a.md": "# A", "a.md.md": "# B"},
         ["a.md.md: this file has the address /a.md, so a.md has no .md form (rename one, or give a slug)"]),
        ({"e/index.md": "# E", "e/b.md": "# B", "e.json": "{}"},
         ["e.json: this file has the address /e.json, so e/index.md has no .json form (rename one, or give a slug)"]),
        ({"a.md": "# A", "a/b.md": "# B", "a/c.md": "# C", "a/d/e.md": "# E"},
         ["a.md: /a is this page, so no folder lists a/b.md (move a.md to a/index.md)"]),
        ({"e/b.md": "# B", "e/feed.xml": "<rss/>"},
         ["e/feed.xml: this file has the address /e/feed.xml, so the folder /e has no feed.xml (rename one, or give a "
          "slug)"]),
        ({"e/b.md": "# B", "e/rss.xml.md": "# RSS"},
         ["e/rss.xml.md: this file has the address /e/rss.xml, so the folder /e has no rss.xml (rename one, or give a "
          "slug)"]),
        ({"e/feed.xml": "<rss/>", "e/f/data.xml": "<x/>"}, []),
        ({"v1.0.md": "# Version", "v1.md": "# Another", "a.txt.txt": "x"}, []),
        ({"p/a.jpg": "x", "p/A.JPG": "x", "p/a.png": "x"}, []),
        ({"p.md": "# P", "p/a.jpg": "x", "p/a.csv": "x"}, []),
        ({"cats.md": "# 1", "Cats.md": "---\ndraft: true\n---\n"}, []),
        ({"a.md": "# A", "a/b.md": "---\ndate: 2030-01-01\n---\n"}, []),
    ],
)  # fmt: skip
def test_what_collides_is_told_once_with_its_files(
    config: Config, clock: Clock, write: Write, files: dict[str, str], told: list[str]
) -> None:
    for path, text in files.items():
        write(path, text)
    site = sites.load(config, clock, NOW)
    assert [str(problem) for problem in site.problems] == told
    for thing in (*site.pages.values(), *site.files.values(), *site.photos.values()):
        assert site.find(thing.url[1:]).thing is thing
    assert site.find("").thing


def test_a_third_spelling_leads_to_the_first_of_two(config: Config, clock: Clock, write: Write) -> None:
    write("Cats.md", "# 1")
    write("cats.md", "# 2")
    site = sites.load(config, clock, NOW)
    assert (site.lives("/CATS/"), site.lives("/cats"), site.lives("/Cats")) == ("/Cats", "/cats", "/Cats")


def test_a_file_wins_over_a_form_and_is_served(config: Config, clock: Clock, write: Write) -> None:
    write("v1.0.md", "# Version")
    write("a.md", "# A")
    write("a.txt", "mine")
    site: Site = sites.load(config, clock, NOW)
    assert site.find("a.txt").thing is site.files["/a.txt"]
    found = site.find("v1.0.md")
    assert isinstance(found.thing, Page)
    assert (found.thing.title, found.form) == ("Version", "md")


@pytest.mark.unsearched
async def test_what_the_world_can_read_names_nothing_hidden(live: Live, write: Write) -> None:
    """/health is public; a contradiction between a page and one that is hidden is for the log."""
    write("_redirects", "/essays/secret /about\n/go /essays/2026-09-01-a-draft\n/way /nowhere\n")
    write("essays/zebra.md", "---\nunlisted: true\naliases: [/kept]\n---\n# Z")
    write("notes/a.md", "---\naliases: [/kept, /essays/zebra, /about]\n---\n# A")
    write("essays/Zebra.md", "# Z")
    await live.refresh()
    told = (await live.get("/health")).json()["problems"]
    assert [line.partition(": ")[0] for line in told] == [
        "_redirects:3",
        "notes/a.md",
        "5 in files that are not public",
    ]
    assert not [line for line in told if any(name in line for name in ("zebra", "secret", "draft", "kept"))]
    assert len(live.press.site.problems) == 7


def test_what_the_engine_answers_is_no_pages_address(config: Config, clock: Clock, write: Write) -> None:
    write("a.md", "---\nurl: /static/x.css\n---\n# A")
    write("b.md", "---\nurl: /images/1/a/x.jpg\n---\n# B")
    write("images/about.md", "# About")
    write("images/2024/trip/one.jpg", b"x")
    write("static/own.txt", "mine")
    site = sites.load(config, clock, NOW)
    assert ([*site.pages], [*site.photos], [*site.files]) == (["/images/about"], [], ["/static/own.txt"])
    assert [str(problem) for problem in site.problems] == [
        "a.md: /static/x.css belongs to the engine; choose another name",
        "b.md: /images/1/a/x.jpg belongs to the engine; choose another name",
    ]
