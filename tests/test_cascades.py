"""[cascade]: what the index of a folder says for all below it; the nearest word wins, and no slip publishes a draft."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import NOON, Clock, Write

from folio import heads, tree
from folio import site as sites
from folio.config import Config
from folio.content import Page, Stat, Visibility
from folio.errors import BadContent
from folio.pages import state_of
from folio.tree import Tree, refresh

NOW = time.time() + 3600  # long after any file of these tests was written
Read = Callable[..., Tree]


def page(text: str, path: str = "essays/index.md") -> Page:
    return heads.page(path, text.encode(), Stat(1, len(text), 1, 1), Config(content=Path("content")))


def told(found: Tree) -> dict[str, str]:
    return {path: str(entry.error) for path, entry in found.entries.items() if entry.error}


def at(found: Tree, path: str) -> Page:
    page = found.entries[path].page
    assert page is not None
    return page


@pytest.fixture
def read(config: Config) -> Read:
    return lambda before=None, **how: refresh(config, before or Tree(), NOW, **how)


# Who gets what


@pytest.mark.parametrize(
    "header",
    [
        "---\ncascade:\n  author: Ada\n  tags: [a]\n  mood: blue\n---\n",
        "---\ncascade:\n- author: Ada\n  tags: [a]\n  mood: blue\n---\n",
        "+++\n[cascade]\nauthor = 'Ada'\ntags = ['a']\nmood = 'blue'\n+++\n",
        "+++\n[[cascade]]\nauthors = ['Ada']\nkeywords = 'a'\nmood = 'blue'\n+++\n",
        '{"cascade": {"author": "Ada", "tags": ["a"], "mood": "blue"}}\n',
    ],
)
def test_an_index_gives_defaults_to_itself_and_to_all_below_it(read: Read, write: Write, header: str) -> None:
    write("essays/_index.md", header)
    write("essays/a.md", "# A")
    write("essays/far/b.md", "# B")
    write("c.md", "# C")
    found = read()
    said = {path: (at(found, path).author, at(found, path).tags, dict(at(found, path).extra)) for path in found.entries}
    given = ("Ada", ("a",), {"mood": "blue"})
    assert said == {
        "essays/_index.md": given,
        "essays/a.md": given,
        "essays/far/b.md": given,
        "c.md": ("", (), {}),
    }


def test_the_pages_own_header_wins_and_tags_are_not_merged(read: Read, write: Write) -> None:
    write("index.md", "---\ncascade: {author: Ada, tags: [a], draft: true, mood: blue, lang: de}\n---\n")
    write("b.md", "---\nauthors: Bob\ncategories: [b]\ndraft: false\nmood: red\n---\n")
    found = at(read(), "b.md")
    assert (found.author, found.tags, found.language, found.visibility, dict(found.extra)) == (
        "Bob", ("b",), "de", Visibility.PUBLISHED, {"mood": "red"}
    )  # fmt: skip


def test_the_nearest_folder_wins(read: Read, write: Write) -> None:
    write("index.md", "---\ncascade: {author: Ada, lang: de}\n---\n")
    write("a/index.md", "---\ncascade: {author: Bob}\n---\n")
    write("a/b/c/d.md", "# D")
    found = at(read(), "a/b/c/d.md")
    assert (found.author, found.language) == ("Bob", "de")


@pytest.mark.parametrize(
    ("target", "covered"),
    [
        ("{path: /essays/*}", {"essays/a.md", "essays/Far/B b.md", "essays/Far/_index.md"}),
        ("{path: 'essays/**'}", {"essays/a.md", "essays/Far/B b.md", "essays/Far/_index.md"}),
        ("{path: /essays/far/*}", {"essays/Far/B b.md"}),
        ("{path: /Essays/A}", {"essays/a.md"}),
        ("{path: '/essays/?'}", {"essays/a.md"}),
        ("{kind: page}", {"essays/a.md", "essays/Far/B b.md"}),
        ("{kind: section}", {"essays/_index.md", "essays/Far/_index.md"}),
        ("{kind: home}", {"_index.md"}),
        ("{kind: page, path: /essays/far/*}", {"essays/Far/B b.md"}),
        ("{path: /}", {"_index.md"}),
        ("", {"_index.md", "essays/_index.md", "essays/a.md", "essays/Far/B b.md", "essays/Far/_index.md"}),
    ],
)
def test_a_target_says_for_which_pages(read: Read, write: Write, target: str, covered: set[str]) -> None:
    write("_index.md", f"---\ncascade:\n- _target: {target}\n  author: Ada\n---\n")
    for path in ("essays/_index.md", "essays/a.md", "essays/Far/B b.md", "essays/Far/_index.md"):
        write(path, "Words")
    found = read()
    assert {path for path in found.entries if at(found, path).author} == covered
    assert [entry.page.problems for entry in found.entries.values() if entry.page and entry.page.problems] == []


def test_of_several_tables_the_first_that_is_meant_wins(read: Read, write: Write) -> None:
    write("index.md", "---\ncascade:\n- {author: Ada, target: {path: /a}}\n- {author: Bob}\n---\n")
    write("a.md", "# A")
    write("b.md", "# B")
    found = read()
    assert [at(found, path).author for path in ("a.md", "b.md")] == ["Ada", "Bob"]


# Slips


@pytest.mark.parametrize(
    ("header", "reports"),
    [
        ("cascade: {weight: heavy}", ["essays/index.md:2: weight is 'heavy'; write a whole number"]),
        (
            "cascade:\n  target: {path: /other/*}\n  date: soon\n  tgas: a",
            [
                "essays/index.md:5: 'tgas' is not a known key: did you mean 'tags'?",
                "essays/index.md:4: date 'soon' is not a date (use 2026-06-01)",
            ],
        ),
        ("weight: 1\ncascade:\n  weight: heavy", ["essays/index.md:4: weight is 'heavy'; write a whole number"]),
        (
            "cascade: {target: {lang: de}, author: Ada}",
            ["essays/index.md:2: the target of a cascade cannot be {'lang': 'de'} (write path: /essays/*, "
             "or kind: page); these defaults are left out"],
        ),
        (
            "cascade: {target: {kind: term}, author: Ada}",
            ["essays/index.md:2: the target of a cascade cannot be {'kind': 'term'} (a path is text, a kind is page or "
             "section or home); these defaults are left out"],
        ),
        ("cascade:", []),
        ("cascade: {}", []),
    ],
)  # fmt: skip
def test_a_slip_is_told_at_the_index(read: Read, write: Write, header: str, reports: list[str]) -> None:
    write("essays/index.md", f"---\n{header}\n---\n")
    write("essays/a.md", "# A")
    found = read()
    assert [str(problem) for problem in at(found, "essays/index.md").problems] == reports
    assert at(found, "essays/a.md").problems == ()


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("cascade: yes", 2),
        ("cascade: [a]", 2),
        ("title: x\ncascade:\n  draft: yes", 4),
        ("draft: false\ncascade:\n- author: Ada\n- status: drfat", 5),
        ("cascade: {target: {lang: de}, draft: true}", 2),
        ("cascade: {target: all, unlisted: true}", 2),
        ("cascade: {cascade: {draft: true}}", 2),
        ("cascade: {hidden: true, unlisted: false}", 2),
    ],
)
def test_what_is_unclear_about_who_may_see_the_pages_is_an_error(header: str, line: int) -> None:
    with pytest.raises(BadContent) as caught:
        page(f"---\n{header}\n---\n")
    assert (caught.value.path, caught.value.line) == ("essays/index.md", line)


def test_only_an_index_hands_down() -> None:
    found = page("---\ntitle: x\ncascade: {author: Ada}\n---\n", "essays/a.md")
    assert (found.author, found.cascade) == ("", ())
    assert [str(problem) for problem in found.problems] == [
        "essays/a.md:3: cascade works only in the index of a folder (write it in index.md)"
    ]


def test_elsewhere_a_cascade_is_a_word_like_any_other() -> None:
    found = page("---\ncascade: of water\n---\n", "poems/a.md")
    assert (dict(found.extra), found.problems) == ({"cascade": "of water"}, ())


@pytest.mark.parametrize(
    "text",
    ["---\ncascade: {draft: true\n---\n", "---\ncascade: {draft: yes}\n---\n", "---\ncascade:\n  draft: true\nNo end\n",
     "---\ncascade: {draft: true\n---\n".encode("utf-16"), "+++\n[CASCADE]\ndraft = tru\n+++\n",
     "---\n# cascade: later\ntitle: 'x\n---\n"],
)  # fmt: skip
def test_below_an_index_that_cannot_be_read_nobody_knows_who_may_see_what(
    read: Read, write: Write, text: str | bytes
) -> None:
    write("a/_index.md", text)
    write("a/b.md", "# B")
    write("a/c/d.md", "# D")
    write("a/c/index.md", "# C")
    write("e.md", "# E")
    found = read()
    assert {path for path, entry in found.entries.items() if entry.page} == {"e.md"}
    why = "1: a/_index.md cannot be read, and its cascade decides who may see this"
    assert {path: error for path, error in told(found).items() if path != "a/_index.md"} == {
        path: f"{path}:{why}" for path in ("a/b.md", "a/c/d.md", "a/c/index.md")
    }
    again = read(found)
    assert again.same_as(found)
    write("a/_index.md", "---\ncascade: {author: Ada}\n---\n")
    mended = read(again)
    assert told(mended) == {}
    assert [at(mended, path).author for path in ("a/b.md", "a/c/d.md", "e.md")] == ["Ada", "Ada", ""]


def test_a_broken_index_that_hands_nothing_down_hides_only_itself(read: Read, write: Write) -> None:
    write("a/index.md", "---\ntitle: 'x\n---\n")
    write("a/b.md", "# B")
    found = read()
    assert {path for path, entry in found.entries.items() if entry.page} == {"a/b.md"}


def test_what_an_index_last_said_well_holds_while_it_is_broken(read: Read, write: Write) -> None:
    write("a/index.md", "---\ncascade: {draft: true}\n---\n")
    write("a/b.md", "# B")
    good = read()
    write("a/index.md", "---\ncascade: {draft: false\n---\n")
    write("a/c.md", "# C")
    broken = read(good)
    assert [at(broken, path).visibility for path in ("a/b.md", "a/c.md")] == [Visibility.DRAFT] * 2
    assert list(told(broken)) == ["a/index.md"]


def test_pages_that_were_good_stay_as_they_were_below_a_new_index_that_is_broken(read: Read, write: Write) -> None:
    write("a/b.md", "# B")
    good = read()
    write("a/index.md", "---\ncascade: {draft: true\n---\n")
    write("a/c.md", "# C")
    broken = read(good)
    assert broken.entries["a/b.md"].page is good.entries["a/b.md"].page
    assert broken.entries["a/c.md"].page is None
    assert set(told(broken)) == {"a/b.md", "a/c.md", "a/index.md"}


# What changes when


def test_what_is_handed_down_changes_what_lies_below_though_no_byte_of_it_did(read: Read, write: Write) -> None:
    write("a/index.md", "# A")
    write("a/b.md", "# B")
    write("c.md", "# C")
    first = read()
    write("a/index.md", "---\ncascade: {draft: true}\n---\n# A")
    second = read(first)
    assert second.changed
    assert at(second, "a/b.md").visibility is Visibility.DRAFT
    assert second.entries["c.md"] is first.entries["c.md"]
    again = read(second)
    assert (again.changed, again.same_as(second)) == (False, True)
    write("a/index.md", "# A")
    assert at(read(again), "a/b.md") == at(first, "a/b.md")


def test_an_index_that_is_gone_for_a_moment_still_hands_down(
    config: Config, content: Path, read: Read, write: Write
) -> None:
    write("a/index.md", "---\ncascade: {draft: true}\n---\n")
    write("a/b.md", "# B")
    first = read()
    (content / "a/index.md").unlink()
    gone = refresh(config, first, NOW + 1)
    write("a/c.md", "# C")
    gone = refresh(config, gone, NOW + 1.5)
    assert [at(gone, path).visibility for path in ("a/b.md", "a/c.md")] == [Visibility.DRAFT] * 2
    stayed = refresh(config, gone, NOW + 4)
    assert at(stayed, "a/b.md").visibility is Visibility.PUBLISHED


def test_a_tree_read_bit_by_bit_is_the_tree_read_at_once(read: Read, write: Write) -> None:
    found = read()
    for path, text in {
        "a/b/c.md": "# C",
        "a/b/index.md": "---\ncascade: {author: Ada}\n---\n",
        "index.md": "---\ncascade: {lang: de}\n---\n",
        "a/_index.md": "---\ncascade: {author: Bob, unlisted: true}\n---\n",
        "a/index.md": "# A",
    }.items():
        write(path, text)
        found = read(found)
    fresh = read()
    assert {path: entry.page for path, entry in found.entries.items()} == {
        path: entry.page for path, entry in fresh.entries.items()
    }
    assert (at(fresh, "a/b/c.md").author, at(fresh, "a/b/c.md").language) == ("Ada", "de")


# The whole site


def test_a_folder_of_drafts_is_seen_by_nobody_with_its_pictures(config: Config, clock: Clock, write: Write) -> None:
    write("essays/index.md", "# Essays")
    write("essays/open.md", "# Open")
    write("essays/shut/index.md", "---\ncascade: {draft: true}\n---\n# Shut")
    write("essays/shut/canary.md", "# Canary")
    write("essays/shut/deep/canary.jpg", b"x")
    write("essays/shut/own.md", "---\ndraft: false\n---\n# Own")
    site = sites.load(config, clock, NOW)
    assert {page.url for page in site.public} == {"/essays", "/essays/open", "/essays/shut/own"}
    assert (dict(site.pictures), dict(site.photos), site.problems) == ({}, {}, ())


def test_a_page_appears_when_its_publish_date_comes(config: Config, write: Write) -> None:
    clock = Clock()
    write("essays/a.md", "---\ndate: 2013-01-27\npublishDate: 2026-11-02T12:00:00Z\n---\n# A")
    site = sites.load(config, clock, NOW)
    opens = NOON + dt.timedelta(days=1)
    assert (site.public, site.falls_due) == ((), opens.timestamp())
    clock.moment = opens
    site = sites.reload(site, clock, NOW, lambda: config)
    assert [(page.url, page.date and page.date.iso) for page in site.public] == [("/essays/a", "2013-01-27")]


@pytest.mark.parametrize(
    ("header", "state"),
    [
        ("date: 2013-01-27", "public"),
        ("date: 2013-01-27\npublishDate: 2030-01-01", "scheduled"),
        ("date: 2030-01-01\npublishDate: 2013-01-27", "scheduled"),
        ("date: 2013-01-27\npubDate: 2014", "public"),
        ("publishDate: 2030-01-01\nexpires: 2014", "expired"),
        ("publishDate: 2030-01-01\ndraft: true", "draft"),
        ("publishDate: 2014-01-01\nunlisted: true", "unlisted"),
        ("publishDate: 2030-01-01\nunlisted: true", "scheduled"),
    ],
)
def test_a_page_is_scheduled_until_the_last_moment_it_names(header: str, state: str) -> None:
    assert state_of(page(f"---\n{header}\n---\n", "a.md"), NOON) == state


# Dates of changes


def test_dates_that_are_given_reach_the_pages_that_name_none(read: Read, write: Write) -> None:
    write("a.md", "# A")
    write("b.md", "---\nupdated: 2013\n---\n# B")
    write("c.jpg", b"x")
    given = dict.fromkeys(("a.md", "b.md", "c.jpg", "gone.md"), "2026-06-01T10:00:00+02:00")

    def dates(found: Tree) -> list[Any]:
        return [updated.iso if (updated := at(found, path).updated) else None for path in ("a.md", "b.md")]

    first = read()
    second = read(first, updated=given)
    assert (dates(first), dates(second), second.changed) == ([None, "2013"], [given["a.md"], "2013"], True)
    assert read(second, updated=given).same_as(second)
    later = read(second, updated={"a.md": "2026-07-01T10:00:00+02:00"})
    assert dates(later) == ["2026-07-01T10:00:00+02:00", "2013"]
    assert dates(read(later)) == dates(first)
    assert dates(read(updated=given)) == dates(second)


def test_the_first_dates_open_no_file(read: Read, write: Write, config: Config, content: Path) -> None:
    write("a.md", "# A")
    first = read()
    reading = tree._Reading(config, first.entries, NOW, False, {"a.md": "2026-06-01T10:00:00+02:00"})
    (content / "a.md").unlink()
    entry = reading.look("a.md", first.entries["a.md"].stat)
    assert (entry.error, entry.page and entry.page.updated and entry.page.updated.iso) == (
        None, "2026-06-01T10:00:00+02:00"
    )  # fmt: skip
