"""A name in `[[…]]` finds what its author meant, wherever both lie and however it is spelled."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Clock, write_below
from drawing import draws
from hypothesis import given
from hypothesis import strategies as st

from folio import references
from folio import site as sites
from folio.config import Config
from folio.content import Asset, Page, Photo, Stat
from folio.markdown import Reference
from folio.names import Names, fold
from folio.snapshot import Site


def page(path: str, title: str = "", url: str = "", aliases: tuple[str, ...] = ()) -> Page:
    return Page(path, url or "/" + path.removesuffix(".md").removesuffix("/index"), title or path, aliases=aliases)


RED = page("photos/red/IMG_1.md", "A red door", "/photos/red/IMG_1")
NAMES = Names(
    pages=[
        page("index.md", "Home", "/"),
        page("Cats.md"),
        page("a/Cats.md"),
        page("a/b/Cats.md"),
        page("a/b/Folder/Name.md", "Nobody knows"),
        page("a/2013-01-27-on-cats.md", "On cats & dogs", aliases=("Felines", "/old/cats")),
        page("b/2014-05-on-cats.md"),
        page("b/2014-fish/index.md", "Some fish", "/b/2014-fish"),
        page("b/dogs.md", "Twins"),
        page("c/hounds.md", "Twins", "/c/mutts"),
        page("essays/index.md", "Long ones", "/essays"),
        page("essays/_posts/2015-01-01-post.md", url="/essays/2015-01-01-post"),
        page("v1.0.md"),
        page("Stra\u00dfe/E\u0301te\u0301.md"),
    ],
    photos=[
        Photo("photos/red/IMG_1.jpg", "/photos/red/IMG_1", "/photos/red", sidecar=RED),
        Photo("a/b/plan.png", ""),
    ],
    files=[Asset("a/paper.pdf", "/a/paper.pdf", Stat(0, 0, 0, 0))],
    folders={"/", "/a", "/a/b", "/essays", "/photos", "/photos/red"},
)


@pytest.mark.parametrize(
    ("name", "folder", "paths"),
    [
        # a path from the root, with or without its suffix
        ("Cats", "a/b", "Cats.md"),
        ("Cats.md", "a", "Cats.md"),
        ("/Cats", "a", "Cats.md"),
        ("a/Cats", "a/b", "a/Cats.md"),
        ("a/b/Folder/Name", "", "a/b/Folder/Name.md"),
        ("v1.0", "a", "v1.0.md"),
        # from the folder of the source
        ("b/Cats", "a", "a/b/Cats.md"),
        ("./Cats", "a", "a/Cats.md"),
        ("../Cats", "a/b", "a/Cats.md"),
        ("../../Cats", "a/b", "Cats.md"),
        ("../../../Cats", "a/b", ""),
        ("Name", "a/b/Folder", "a/b/Folder/Name.md"),
        # in any spelling
        ("cATS", "b", "Cats.md"),
        ("A/B/folder/name", "", "a/b/Folder/Name.md"),
        ("a/2013_01_27 On Cats", "", "a/2013-01-27-on-cats.md"),
        ("strasse/\u00e9t\u00e9", "", "Stra\u00dfe/E\u0301te\u0301.md"),
        ("/essays/2015-01-01-post", "", "essays/_posts/2015-01-01-post.md"),
        # the end of a path
        ("Folder/Name", "", "a/b/Folder/Name.md"),
        ("name", "", "a/b/Folder/Name.md"),
        ("older/name", "", ""),
        ("/Folder/Name", "", ""),
        ("2015-01-01-post", "", "essays/_posts/2015-01-01-post.md"),
        ("essays/2015-01-01-post.md", "b", "essays/_posts/2015-01-01-post.md"),
        # a dated name without its date
        ("on-cats", "", "a/2013-01-27-on-cats.md b/2014-05-on-cats.md"),
        ("On cats", "b", "b/2014-05-on-cats.md a/2013-01-27-on-cats.md"),
        ("a/on-cats", "", "a/2013-01-27-on-cats.md"),
        ("post", "", "essays/_posts/2015-01-01-post.md"),
        ("fish", "", "b/2014-fish/index.md"),
        ("../b/on-cats", "a", "b/2014-05-on-cats.md"),
        # a title, then an alias or an address
        ("nobody  knows", "", ""),
        ("Nobody knows", "", "a/b/Folder/Name.md"),
        ("on cats & dogs", "", "a/2013-01-27-on-cats.md"),
        ("twins", "c", "c/hounds.md b/dogs.md"),
        ("twins", "", "b/dogs.md c/hounds.md"),
        ("felines", "", "a/2013-01-27-on-cats.md"),
        ("mutts", "", "c/hounds.md"),
        # a folder is its index, or itself
        ("essays", "a", "essays/index.md"),
        ("essays/index", "a", "essays/index.md"),
        ("Essays/Index.md", "a", "essays/index.md"),
        ("2014-fish", "", "b/2014-fish/index.md"),
        ("index", "essays", "index.md"),
        ("./index", "essays", "essays/index.md"),
        ("a/b", "", "a/b"),
        ("b", "a", "a/b"),
        ("red", "", "photos/red"),
        ("/", "a", "index.md"),
        ("a/b/Folder", "", ""),  # nobody can visit it
        ("_posts", "", ""),
        # photographs and files
        ("plan.png", "", "a/b/plan.png"),
        ("PLAN.PNG", "", "a/b/plan.png"),
        ("plan", "", ""),
        ("b/plan.png", "", "a/b/plan.png"),
        ("paper.pdf", "", "a/paper.pdf"),
        ("IMG_1.jpg", "", "photos/red/IMG_1.jpg"),
        ("img 1", "", "photos/red/IMG_1.md"),
        ("A red door", "", "photos/red/IMG_1.md"),
        # nothing
        ("nothing", "a", ""),
        ("..", "", ""),
        ("a\0b", "", ""),
    ],
)
def test_a_name_finds_what_was_meant_and_tells_what_else_it_could_mean(name: str, folder: str, paths: str) -> None:
    assert [thing.path for thing in NAMES.find(name, folder)] == paths.split()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Tea/Green", "pages/Tea___Green.md"),
        ("Tea___Green", "pages/Tea___Green.md"),
        ("Mar 5th, 2024", "journals/2024_03_05.md"),
        ("2024-03-05", "journals/2024_03_05.md"),
        ("Mar 6th, 2024", ""),
        ("March 2024", ""),
    ],
)
def test_logseqs_names_of_days_and_of_what_lies_below_a_page_are_known(name: str, path: str) -> None:
    names = Names([page("pages/Tea___Green.md"), page("journals/2024_03_05.md")], (), (), ())
    assert [thing.path for thing in names.find(name, "pages")] == path.split()


@pytest.mark.parametrize("name", ["202406111530", "202406111530 On flour", "On flour"])
def test_a_note_of_a_zettelkasten_is_known_by_its_number(name: str) -> None:
    names = Names([page("notes/202406111530 On flour.md"), page("notes/202406111531 On salt.md")], (), (), ())
    assert [thing.path for thing in names.find(name, "")] == ["notes/202406111530 On flour.md"]


def test_what_lies_in_fewer_folders_comes_first_then_the_first_by_path() -> None:
    paths = ["z/x/note.md", "b/note.md", "a/c/d/note.md", "a/c/note/index.md", "a/note.md"]
    names = Names([page(path) for path in paths], (), (), ())
    assert [thing.path for thing in names.find("note", "")] == [
        "a/note.md", "b/note.md", "a/c/note/index.md", "z/x/note.md", "a/c/d/note.md"
    ]  # fmt: skip


def test_of_very_many_things_of_one_name_a_few_are_told() -> None:
    names = Names([page(f"p{n:04}/readme.md") for n in range(5000)], (), (), ())
    assert [thing.path for thing in names.find("README", "p4000")] == ["p4000/readme.md"]
    assert [thing.path for thing in names.find("README", "")] == [f"p{n:04}/readme.md" for n in range(8)]


def test_every_table_can_be_made_beforehand() -> None:
    names = Names([page("a.md")], (), (), ())
    assert not names.ready
    names.prepare()
    assert names.ready
    assert [thing.path for thing in names.find("A", "")] == ["a.md"]


# Random small trees: what is said of one is said of all.

FOLDERS = st.sampled_from(["", "a/", "b/", "a/b/", "On Cats/", "x_y/z/"])
NOTES = st.sampled_from(
    ["cats", "Cats", "on-cats", "On Cats", "what_is it", "2013-01-27-on-cats", "\u00e9t\u00e9", "index", "b", "z"]
)
PAGES = st.builds("{}{}.md".format, FOLDERS, NOTES)
PICTURES = st.builds("{}{}.jpg".format, FOLDERS, NOTES)
TEXTS = st.sampled_from(
    ["# Of cats", "# Of z", "text", "---\ndraft: true\n---\n# Of cats", "---\ndate: 2030-01-01\naliases: [cats]\n---\n"]
)
TREES = st.dictionaries(PAGES, TEXTS, min_size=1, max_size=8).flatmap(
    lambda pages: st.dictionaries(PICTURES, st.just("x"), max_size=2).map(lambda pictures: pages | pictures)
)
WRITTEN = st.one_of(
    st.builds("{}{}".format, FOLDERS, NOTES), PAGES, PICTURES, st.text("./#^|\\ a\0", max_size=8), st.text(max_size=5)
)


def grown(tree: dict[str, str], seed: int = 0) -> Site:
    """Load a tree whose files are written in an order of chance."""
    paths = sorted(tree)
    random.Random(seed).shuffle(paths)
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            write_below(Path(folder), path, tree[path])
        return sites.load(Config(content=Path(folder), state=Path(folder) / "none"), Clock(), time.time())


def asker(site: Site, source: str) -> Callable[[str], Reference]:
    resolve = references.resolver(site, source, {})
    return lambda name: resolve(name, "wiki")


def visible(site: Site) -> dict[str, Page]:
    indexes = (section.page for section in site.sections.values() if section.page)
    return {page.path: page for page in (*site.pages.values(), *indexes)}


@draws(40)
@given(TREES)
def test_every_page_is_found_by_its_whole_path_from_anywhere(tree: dict[str, str]) -> None:
    site = grown(tree)
    for source in tree:
        ask = asker(site, source)
        for path, page in visible(site).items():
            expected = Reference(references.href(page.url))
            assert ask(path) == ask(path.removesuffix(".md")) == ask("/" + path) == expected


@draws(40)
@given(TREES)
def test_a_name_that_only_one_thing_has_finds_it_from_anywhere_in_any_spelling(tree: dict[str, str]) -> None:
    site = grown(tree)
    segments = [fold(part) for path in site.tree.entries for part in path.removesuffix(".md").split("/")]
    for path, page in visible(site).items():
        name = path.removesuffix(".md").rpartition("/")[2]
        if segments.count(fold(name)) > 1 or name == "index":
            continue
        spellings = {name, name.upper(), name.replace("-", " "), name.replace(" ", "_").title(), f"{name}.md"}
        for source in tree:
            ask = asker(site, source)
            assert {ask(spelling).url for spelling in spellings} == {references.href(page.url)}


@draws(40)
@given(TREES, st.lists(WRITTEN, max_size=10))
def test_what_is_hidden_is_never_found_and_nothing_is_raised(tree: dict[str, str], written: list[str]) -> None:
    site = grown(tree)
    shown = {references.href(url) for url in (*site.pages, *site.sections, *site.photos, *site.files)}
    shown |= {references.href(f"/{path}") for path in site.pictures}
    for source in tree:
        ask = asker(site, source)
        for name in (*tree, *written):
            found = ask(name)
            if found.exists and not found.url.startswith("#"):
                assert {found.url.partition("#")[0], *found.also} <= shown


@draws(40)
@given(TREES, st.lists(WRITTEN, max_size=10))
def test_names_mean_the_same_whatever_the_order_of_files(tree: dict[str, str], written: list[str]) -> None:
    one, other = grown(tree), grown(tree, seed=1)
    for source in tree:
        asked = [asker(site, source) for site in (one, one, other)]
        for name in (*tree, *written):
            assert asked[0](name) == asked[1](name) == asked[2](name)


@draws(40)
@given(TREES, st.lists(WRITTEN, max_size=10), FOLDERS)
def test_an_index_and_the_page_beside_it_mean_the_same(tree: dict[str, str], written: list[str], folder: str) -> None:
    site = grown(tree | {f"{folder}index.md": "# Index", f"{folder}sibling.md": "# Sibling"})
    index, sibling = asker(site, f"{folder}index.md"), asker(site, f"{folder}sibling.md")
    for name in (*tree, *written):
        if name.strip().partition("#")[0].strip():  # "" is the page itself
            assert index(name) == sibling(name)
