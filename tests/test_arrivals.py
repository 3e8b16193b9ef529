"""Pages that come, go and change, alone and together: all that is known of the site then is as after a start."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Clock, Write, settings_in, write_below
from drawing import draws
from hypothesis import given
from hypothesis import strategies as st
from test_links import read

from folio import site as sites
from folio import snapshot, suggestions
from folio.config import Config
from folio.content import Page
from folio.dates import Date
from folio.garden import Garden
from folio.pages import exchanged, in_order, newest, recency, standing
from folio.snapshot import Site

NOW = time.time() + 3600  # long after any file of these tests was written
SEEN = (
    "pages", "public", "posts", "sections", "photos", "unlisted", "pictures", "files", "tags", "intros", "gone",
    "redirects", "addresses", "problems", "falls_due", "newest", "posted", "held", "paged", "past", "former", "ruled",
    "sprites", "beside",
)  # fmt: skip
TABLES = ("_exactly", "_folded", "_titles", "_aliases")
BEFORE = {
    "essays/index.md": "# Essays\n",
    "essays/2020-01-02-ant.md": "---\ndate: 2020-01-02\ntags: [a]\n---\n# Ant\n\n[[bee]] [c](cat.md) [[2020-03-dog]]\n",
    "essays/2020-02-bee.md": "---\ntags: [a, A]\n---\n# Bee\n\n[a](/ant) [[Ant]] [t](/tag/B) [x](/2020/03/dog)\n",
    "essays/cat.md": "# Cat\n\n[d](/essays/Dog+lore.html) ![[2020-01-02-ant]]\n",
    "essays/elk.md": "# Elk\n\n[[Dog lore]] [[Cat]] [g](../notes/fox.md)\n",
    "notes/fox.md": "# Fox\n\n[[elk]] [e](/essays/elk)\n",
    "notes/gnu.md": "# Gnu\n\n[[essays/cat]]\n",
    "about.md": "# About\n",
    "photos/one.jpg": "picture",
}
FOLDERS = ("", "essays/", "essays/", "essays/", "essays/", "notes/", "photos/", "essays/ant/", "essays/2020-05-trip/")
NAMES = (
    "2020-01-02-ant", "2020-02-bee", "2020-03-dog", "ant", "cat", "elk", "Dog lore", "dog_lore", "fox", "one", "index",
    "essays", "archive", "B", "dog.txt", "hen", "ibis", "2021-07-jay", "2021-07-08-kite", "2021-07-08-lynx",
)  # fmt: skip
SUFFIXES = (".md", ".md", ".md", ".md", ".md", ".markdown", ".jpg", ".txt")
HEADERS = (
    "", "", "", "", "date: 2020-03-04", "date: 2020-03-04", "date: 2020", "date: 2035-01-01", "draft: true",
    "draft: true", "unlisted: true", "tags: [a]", "tags: [B, A]", "tags: [b, C++]",
    "slug: hare", "slug: ant", "aliases: [/dog, Bee]",
    "weight: 2", "weight: 1", "expires: 2021-01-01", "expires: 2035-01-01", "publishDate: 2035-01-01", "series: Zoo",
    "tgas: [a]", "post_id: 7", "cascade:\n  tags: [c]", "cascade:\n  draft: true", "order: [one.jpg, two.jpg]",
    "draft: [",
)  # fmt: skip
TITLES = ("Ant", "Bee", "Cat", "Dog lore", "dog", "C++")
LINKS = (
    "[[Ant]]", "[[2020-03-dog]]", "[[dog]]", "[[cat]]", "[c](cat.md)", "[d](/dog)", "![[elk]]", "[f](fox)",
    "[a](/ant)", "[d](/2020/03/dog.html)",
    "[l](/essays/dog+lore)", "[b](/tags/b)", "[c](/category/c++)", "![](one.jpg)", "[[hare]]",
    "[b](%7Btag%7Db)", "[o](ref:one)", "[n](link://slug/ant)", "[p](/?p=7)", "[t](essays/ant/index.md)", "[[C++]]",
)  # fmt: skip
PATHS = st.builds("{}{}{}".format, st.sampled_from(FOLDERS), st.sampled_from(NAMES), st.sampled_from(SUFFIXES))
TEXTS = st.builds(
    "---\n{}\n---\n# {}\n\n{}\n".format,
    st.sampled_from(HEADERS),
    st.sampled_from(TITLES),
    st.lists(st.sampled_from(LINKS), max_size=3).map(" and ".join),
)
# A path with what is written there; None deletes it, and another path renames it.
EDITS = st.lists(st.tuples(PATHS, st.one_of(st.none(), TEXTS, TEXTS, TEXTS, PATHS)), min_size=1, max_size=3)


def tabled(site: Site) -> dict[str, Any]:
    names = site.names
    names.prepare()
    found: dict[str, Any] = {name: {key: [*paths] for key, paths in getattr(names, name).items()} for name in TABLES}
    found["_ends"], found["_undated"] = names._ends._reversed, names._undated._reversed
    return found | {"things": sorted((one.path, one.url, one.bare) for one in names._things.values())}


def grown(garden: Garden) -> dict[str, Any]:
    found = {name: {**getattr(garden, name)} for name in ("outgoing", "incoming", "shown", "terms")}
    written = {name: {*paths} for name, paths in garden.written.items()}
    return {**found, "written": written, "series": garden.all_series, "complete": garden.complete}


def edit(folder: Path, path: str, what: str | None, number: int) -> list[str]:
    """Make one edit if that is possible; return the paths that a watcher would tell."""
    file = folder / path
    if what is None:
        file.unlink(missing_ok=True)
        return [path]
    if not what.startswith("---"):
        if not file.exists() or (folder / what).is_dir():
            return []
        known = (folder / what).parent.exists()
        (folder / what).parent.mkdir(parents=True, exist_ok=True)
        file.rename(folder / what)
        return [path, what if known else what.rpartition("/")[0]]
    known = file.parent.exists()
    if not file.is_dir():
        write_below(folder, path, f"{what}\nNumber {number}.\n")  # else who wrote what was there need not be read
    return [path if known else path.rpartition("/")[0]]


@draws(60)
@given(st.lists(EDITS, min_size=1, max_size=8), st.booleans())
def test_any_edits_end_in_what_a_fresh_start_finds(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[tuple[str, str | None]]], told: bool
) -> None:
    config = settings_in(tmp_path_factory.mktemp("arrivals"))
    for path, text in BEFORE.items():
        write_below(config.content, path, text)
    now, clock, numbers = NOW, Clock(), itertools.count()
    site = sites.load(config, clock, now)
    garden, known = Garden(site, read(site)), suggestions.vocabulary(site)
    for edits in rounds:
        touched = [path for one in edits for path in edit(config.content, *one, next(numbers))]
        assert_prepared(site, garden)
        for paths in (touched, ()):  # then what was kept a little, for having been there, is let go
            now += 10
            after = sites.reload(site, clock, now, lambda: config, touched=paths if told else None)
            garden = garden.followed_by(after, read(after))
            known = suggestions.vocabulary_after(known, snapshot.replaced(site, after))
            site = after
        if not any(entry.error for entry in site.tree.entries.values()):
            assert_fresh(site, garden, known, clock, now)


def assert_prepared(site: Site, garden: Garden) -> None:
    """Have all worked out that may be handed on."""
    site.names.prepare()
    assert [getattr(site, name) for name in SEEN]
    assert grown(garden)


def assert_fresh(site: Site, garden: Garden, known: Any, clock: Clock, now: float) -> None:
    fresh = sites.load(site.config, clock, now)
    for name in SEEN:
        assert getattr(site, name) == getattr(fresh, name), name
    assert tabled(site) == tabled(fresh)
    assert grown(garden) == grown(Garden(fresh, read(fresh)))
    assert known == suggestions.vocabulary(fresh)


# What is quick


@pytest.fixture
def first(config: Config, clock: Clock, write: Write) -> Site:
    for path, text in BEFORE.items():
        write(path, text)
    site = sites.load(config, clock, NOW)
    assert_prepared(site, Garden(site, read(site)))
    return site


def reloaded(site: Site, clock: Clock) -> Site:
    after = sites.reload(site, clock, NOW + 10, lambda: site.config)
    return sites.reload(after, clock, NOW + 20, lambda: site.config)  # what is gone is gone for long


QUICK: dict[str, tuple[str, str | None]] = {
    "dropped": ("essays/hen.md", "# Hen\n"),
    "dropped, dated": ("essays/2021-07-jay.md", "# Jay\n"),
    "dropped beside pictures that are no gallery": ("essays/ibis.md", "# Ibis\n"),
    "deleted": ("essays/elk.md", None),
    "with a tag that is new": ("essays/hen.md", "---\ntags: [zoo]\n---\n# Hen\n"),
    "of another date": ("essays/2020-02-bee.md", "---\ndate: 2020-02-03\ntags: [a, A]\n---\n# Bee\n"),
    "without its tags": ("essays/2020-01-02-ant.md", "---\ndate: 2020-01-02\n---\n# Ant\n"),
}
WHOLE: dict[str, tuple[str, str | None]] = {
    "the first of its folder": ("birds/hen.md", "# Hen\n"),
    "the last of its folder": ("about.md", None),
    "dated as no other": ("notes/2021-07-jay.md", "# Jay\n"),
    "an index": ("notes/index.md", "# Notes\n"),
    "a sidecar": ("photos/one.md", "# One\n"),
    "a picture": ("essays/hen.jpg", "picture"),
    "an address that another has": ("essays/hen.md", "---\nslug: elk\n---\n# Hen\n"),
    "in another spelling": ("essays/ELK.md", "# Elk\n"),
    "an alias": ("essays/hen.md", "---\naliases: [/pullet]\n---\n# Hen\n"),
    "a number": ("essays/hen.md", "---\npost_id: 7\n---\n# Hen\n"),
    "scheduled": ("essays/hen.md", "---\ndate: 2035-01-01\n---\n# Hen\n"),
    "expiring": ("essays/hen.md", "---\nexpires: 2035-01-01\n---\n# Hen\n"),
    "unlisted": ("essays/hen.md", "---\nunlisted: true\n---\n# Hen\n"),
    "a draft": ("essays/hen.md", "---\ndraft: true\n---\n# Hen\n"),
    "something to be told": ("essays/hen.md", "---\ntgas: [a]\n---\n# Hen\n"),
    "a form of another": ("essays/elk.txt.md", "# Elk\n"),
    "a folder of its name": ("photos.md", "# Photos\n"),
    "broken": ("essays/hen.md", "---\ndraft: [\n---\n# Hen\n"),
}


@pytest.mark.parametrize("name", [*QUICK, *WHOLE])
def test_a_page_alone_takes_its_place_and_anything_else_is_put_together_anew(
    first: Site, clock: Clock, write: Write, content: Path, name: str
) -> None:
    path, text = (QUICK | WHOLE)[name]
    if "gallery" in name:
        write("essays/unused.jpg", "picture")
        first = reloaded(first, clock)
        assert_prepared(first, Garden(first, read(first)))
    (content / path).unlink() if text is None else write(path, text)
    after = reloaded(first, clock)
    assert (after.revision is not None and after.revision.of is first.pages) == (name in QUICK)
    garden = Garden(first, read(first)).followed_by(after, read(after))
    if name != "broken":
        assert_fresh(after, garden, suggestions.vocabulary(after), clock, NOW + 20)


# What else is meant, shown or told then: what there is beside BEFORE, and what is done.
DRAFT, HEN = "---\ndraft: true\n---\n# Hen\n", "# Hen\n"
CASES: dict[str, tuple[dict[str, str], str, str | None]] = {
    "another waits for its address": ({"essays/hen.md": "---\nslug: elk\n---\n# Hen\n"}, "essays/elk.md", None),
    "a file is in the way of a form": ({"essays/hen.txt": "Hen"}, "essays/hen.md", HEN),
    "the rest are sidecars": ({"photos/one.md": "# One\n", "photos/two.md": "# Two\n"}, "photos/two.md", None),
    "its pictures are hidden": ({"essays/hen.md": DRAFT, "essays/hen/a.jpg": "picture"}, "essays/hen.md", HEN),
    "its pictures are hidden, whatever its address": (
        {"essays/hen.md": DRAFT.replace("draft", "slug: rooster\ndraft"), "essays/hen/a.jpg": "picture"},
        "essays/hen.md",
        "---\nslug: rooster\n---\n# Hen\n",
    ),
    "its pictures are a gallery": (
        {"essays/big-hen.md": HEN, "essays/big hen/a.jpg": "picture"},
        "essays/big-hen.md",
        None,
    ),
    "named by its slug": (
        {"notes/a.md": "# A\n\n[r](/rooster)\n"},
        "essays/hen.md",
        "---\nslug: rooster\n---\n# Hen\n",
    ),
    "named by its title": ({"notes/a.md": "# A\n\n[[A fine bird]]\n"}, "essays/hen.md", "# A fine bird\n"),
    "named by its file": ({"notes/a.md": "# A\n\n[[don't stop]]\n"}, "essays/don't stop.md", HEN),
    "named as in addresses": ({"notes/a.md": "# A\n\n[f](/essays/fine+bird)\n"}, "essays/fine-bird.md", HEN),
    "its tag was a page": (
        {"zoo.md": "# Zoo\n", "notes/a.md": "# A\n\n[z](<{category}zoo>)\n"},
        "essays/hen.md",
        "---\ntags: [zoo]\n---\n# Hen\n",
    ),
    "named by its date": (
        {"essays/hen.md": "---\ndate: 2020-02\n---\n# Hen\n", "notes/a.md": "# A\n\n[h](/2020/03/hen.html)\n"},
        "essays/hen.md",
        "---\ndate: 2020-03\n---\n# Hen\n",
    ),
    "another has its name": ({"notes/ant.md": "# Another\n"}, "notes/ant.md", None),
    "a draft is in the way of a name": (
        {"notes/a.md": "# A\n\n[c](cat.md)\n"},
        "notes/cat.md",
        "---\ndraft: true\n---\n# Cat\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_whatever_else_it_changes_is_seen_to(
    config: Config, clock: Clock, write: Write, content: Path, name: str
) -> None:
    beside, path, text = CASES[name]
    for file, said in (BEFORE | beside).items():
        write(file, said)
    site = sites.load(config, clock, NOW)
    garden = Garden(site, read(site))
    assert_prepared(site, garden)
    (content / path).unlink() if text is None else write(path, text)
    after = reloaded(site, clock)
    garden = garden.followed_by(after, read(after))
    assert_fresh(after, garden, suggestions.vocabulary(after), clock, NOW)


def test_a_redirect_that_speaks_of_it_is_looked_at_again(first: Site, clock: Clock, write: Write) -> None:
    write("_redirects", "/pullet /essays/hen\n")
    before = reloaded(first, clock)
    assert [problem.path for problem in before.problems] == ["_redirects"]
    write("essays/hen.md", "# Hen\n")
    after = reloaded(before, clock)
    assert not after.problems
    assert after.revision is None


def test_links_that_may_mean_it_are_followed_and_no_others(first: Site, clock: Clock, write: Write) -> None:
    write("notes/gnu.md", "# Gnu\n\n[[hen]] [h](/essays/Hen.html) [[essays/cat]]\n")
    before = reloaded(first, clock)
    garden = Garden(before, read(before))
    assert_prepared(before, garden)
    write("essays/hen.md", "# Hen\n")
    after = reloaded(before, clock)
    grown_on = garden.followed_by(after, read(after))
    assert {*garden.known, *after.pages} - {*grown_on.known} == {"/essays/hen", "/notes/gnu"}
    assert [one.page.url for one in grown_on.incoming["/essays/hen"]] == ["/notes/gnu"]


@pytest.mark.parametrize(
    ("said", "file", "url"),
    [
        ("May 31st, 2020", "essays/2020_05_31.md", "/essays/2020_05_31"),
        ("Hen/Old", "essays/Hen___Old.md", "/essays/Hen___Old"),
        ("202005311530", "essays/202005311530 Hen.md", "/essays/202005311530-Hen"),
    ],
)
def test_links_that_name_it_as_logseq_and_zettelkasten_do_are_followed(
    first: Site, clock: Clock, write: Write, said: str, file: str, url: str
) -> None:
    write("notes/gnu.md", f"# Gnu\n\n[[{said}]]\n")
    before = reloaded(first, clock)
    garden = Garden(before, read(before))
    assert_prepared(before, garden)
    write(file, "- words\n")
    after = reloaded(before, clock)
    grown_on = garden.followed_by(after, read(after))
    assert [one.page.url for one in grown_on.incoming[url]] == ["/notes/gnu"]


PAGES = st.builds(
    lambda name, title, year, weight: Page(name, f"/{name}", title, date=year and Date(year), weight=weight),
    st.sampled_from("abcdef"),
    st.sampled_from(("A", "a", "B")),
    st.sampled_from((None, 2020, 2021)),
    st.sampled_from((None, None, 1, 2)),
)


@given(st.lists(PAGES, unique_by=lambda page: page.path), PAGES, st.data())
def test_a_page_is_put_where_it_would_stand(pages: list[Page], new: Page, data: st.DataObject) -> None:
    others = [page for page in pages if page.path != new.path]
    for ordered, order in ((newest, recency), (lambda some: in_order(newest(some)), standing)):
        without = ordered(others)
        assert exchanged(without, None, new, order) == ordered([*others, new])
        if without:
            old = data.draw(st.sampled_from(without))
            assert exchanged(without, old, None, order) == ordered(page for page in others if page is not old)
            with pytest.raises(LookupError):
                exchanged(without, old._replace(title="Z"), None, order)
