"""What an author wrote as a link or a picture leads where it was meant, in whatever way it was written."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Clock, Write
from hypothesis import example, given
from hypothesis import strategies as st

from folio import references, targets
from folio import site as sites
from folio.config import Config
from folio.images import Facts
from folio.markdown import Document, Image, Reference, parse, render
from folio.snapshot import Site

TREE = {
    "index.md": "# Home",
    "about.md": "# About",
    "archive.md": "# Everything",
    "essays/index.md": "# Essays",
    "essays/2013-01-27-on-trains.md": "# On trains",
    "essays/on cats.md": "# On cats",
    "essays/named.md": "---\nslug: other\n---\n# Named",
    "essays/draft.md": "---\ndraft: true\n---\n# Draft",
    "essays/secret.md": "---\nunlisted: true\n---\n# Secret",
    "essays/deep/page.md": "# Deep",
    "essays/a photo (1).jpg": "x",
    "essays/100%.jpg": "x",
    "essays/paper.pdf": "x",
    "photos/red/red.jpg": "x",
    "photos/red/red.md": "A caption.",
    "static/own.txt": "x",
    "_redirects": "/old-trains /essays/2013-01-27-on-trains\n/away https://elsewhere.example/x\n/loop /loop\n",
}
CATS = "essays/on cats.md"


@pytest.fixture
def site(config: Config, clock: Clock, write: Write) -> Site:
    for path, text in TREE.items():
        write(path, text)
    return sites.load(config, clock, time.time())


def link(site: Site, source: str, target: str, kind: Any = "link", **more: Any) -> Reference:
    return references.resolver(site, source, {}, **more)(target, kind)


@pytest.mark.parametrize(
    ("source", "target", "url"),
    [
        # beside the file, with or without its suffix
        (CATS, "2013-01-27-on-trains.md", "/essays/2013-01-27-on-trains"),
        (CATS, "./2013-01-27-on-trains.md#why", "/essays/2013-01-27-on-trains#why"),
        (CATS, "2013-01-27-on-trains", "/essays/2013-01-27-on-trains"),
        (CATS, "2013_01_27_On_Trains", "/essays/2013-01-27-on-trains"),
        (CATS, "named.md", "/essays/other"),
        (CATS, "named", "/essays/other"),
        (CATS, "other.md", "/essays/other"),
        (CATS, "deep/page.md", "/essays/deep/page"),
        ("essays/deep/page.md", "../on%20cats.md", "/essays/on-cats"),
        ("essays/deep/page.md", "../../about.md", "/about"),
        ("essays/deep/page.md", "../../../about.md", ""),
        # as from an address with a slash at its end
        (CATS, "../2013-01-27-on-trains/", "/essays/2013-01-27-on-trains"),
        (CATS, "../../about", "/about"),
        ("about.md", "../essays/on-cats/#why", "/essays/on-cats#why"),
        ("about.md", "../essays/on-cats.md", ""),
        (CATS, "../draft", ""),
        # from a folder's index both ways of counting work
        ("essays/index.md", "on-cats", "/essays/on-cats"),
        ("essays/index.md", "on cats.md", "/essays/on-cats"),
        ("essays/index.md", "essays/on-cats", "/essays/on-cats"),
        ("essays/index.md", "deep/page", "/essays/deep/page"),
        # from the root
        (CATS, "/about", "/about"),
        (CATS, "/about.md", "/about"),
        (CATS, "/about/", "/about"),
        (CATS, "/", "/"),
        (CATS, "/essays/", "/essays"),
        (CATS, "about.md", "/about"),
        (CATS, "essays/index.md", "/essays"),
        (CATS, "index.md", "/essays"),
        (CATS, "/index.md", "/"),
        (CATS, "/old-trains", "/essays/2013-01-27-on-trains"),
        (CATS, "/away", "/away"),
        (CATS, "/loop", ""),
        # other forms of a page stay what was asked for
        (CATS, "/about.pdf", "/about.pdf"),
        (CATS, "/essays/feed.xml", "/essays/feed.xml"),
        (CATS, "/index.json", "/index.json"),
        # the engine's own addresses
        (CATS, "/feed.xml", "/feed.xml"),
        (CATS, "/search?q=cats", "/search?q=cats"),
        (CATS, "/archive", "/archive"),
        (CATS, "/archive.md", "/archive"),
        (CATS, "../archive.md", "/archive"),
        (CATS, "/tags/animals", "/tags/animals"),
        # files and photographs
        (CATS, "paper.pdf", "/essays/paper.pdf"),
        (CATS, "/static/own.txt", "/static/own.txt"),
        (CATS, "a photo (1).jpg", "/essays/a%20photo%20(1).jpg"),
        (CATS, "a%20photo%20(1).jpg", "/essays/a%20photo%20(1).jpg"),
        (CATS, "100%25.jpg", "/essays/100%25.jpg"),
        (CATS, "../photos/red/red.jpg", "/photos/red/red"),
        (CATS, "../photos/red/red.md", "/photos/red/red"),
        (CATS, "/photos/red", "/photos/red"),
        # the page itself
        (CATS, "#why", "#why"),
        (CATS, "?a=b", "/essays/on-cats?a=b"),
        (CATS, "", "/essays/on-cats"),
        # others
        (CATS, "https://elsewhere.example/x.md", "https://elsewhere.example/x.md"),
        (CATS, "mailto:ada@example.org", "mailto:ada@example.org"),
        (CATS, "//elsewhere.example/x", "//elsewhere.example/x"),
        (CATS, "http://[", "http://["),
        # nowhere
        (CATS, "nowhere.md", ""),
        (CATS, "draft.md", ""),
        (CATS, "/essays/draft", ""),
        (CATS, "../../../../etc/passwd", ""),
        (CATS, "/site.toml", ""),
        (CATS, "secret.md", "/essays/secret"),
    ],
)
def test_a_link_leads_where_it_was_meant(site: Site, source: str, target: str, url: str) -> None:
    found = link(site, source, target)
    assert found == (Reference(url) if url else Reference(target, exists=False))


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("#why", "https://example.org/essays/on-cats#why"),
        ("2013-01-27-on-trains.md#why", "https://example.org/essays/2013-01-27-on-trains#why"),
        ("/feed.xml", "https://example.org/feed.xml"),
        ("paper.pdf", "https://example.org/essays/paper.pdf"),
        ("https://elsewhere.example/", "https://elsewhere.example/"),
    ],
)
def test_in_a_feed_every_link_is_absolute(site: Site, target: str, url: str) -> None:
    assert link(site, CATS, target, absolute=True) == Reference(url)


@pytest.mark.parametrize(
    ("target", "url"), [("nowhere.md", "/essays/nowhere.md"), ("../no?a#b", "/no?a#b"), ("/no", "/no")]
)
def test_in_a_feed_what_leads_nowhere_is_absolute_too(site: Site, target: str, url: str) -> None:
    assert link(site, CATS, target, absolute=True) == Reference(f"https://example.org{url}", exists=False)


def test_in_a_feed_a_host_that_is_none_stays_as_it_is_written(site: Site) -> None:
    assert link(site, CATS, "//\u2100x", "wiki", absolute=True) == Reference("//\u2100x", exists=False)


def showing(*written: str, embeds: tuple[str, ...] = ()) -> Document:
    return Document((), images=tuple(Image(target, "", "", 1) for target in written), embeds=embeds)


RED = Facts(width=1200, height=800, version="abc", colour="#aa3322")


def test_a_photograph_is_shown_as_a_picture_that_links_to_its_page(site: Site) -> None:
    resolve = references.resolver(site, CATS, {"photos/red/red.jpg": RED})
    shown = resolve("../photos/red/red.jpg", "image")
    assert shown.picture is not None
    assert shown.picture.page == "/photos/red/red"
    assert shown.picture.src.startswith("/images/")
    html = render(parse("![A door](../photos/red/red.jpg){.wide}"), resolve).text
    assert 'class="light-1 hue-0"' in html and 'srcset="' in html and 'loading="lazy"' in html
    assert '<figure class="wide">' in html and '<a href="/photos/red/red">' in html


def test_in_a_feed_a_photograph_is_one_plain_absolute_picture(site: Site) -> None:
    resolve = references.resolver(site, CATS, {"photos/red/red.jpg": RED}, absolute=True)
    shown = resolve("../photos/red/red.jpg", "image")
    assert shown.picture is not None
    assert (shown.url, shown.picture.page) == ("https://example.org/photos/red/red",) * 2
    assert shown.picture.src.startswith("https://example.org/images/")
    assert not (shown.picture.srcset or shown.picture.sources)


def test_a_photograph_that_cannot_be_read_is_linked_as_a_file(site: Site) -> None:
    assert link(site, CATS, "../photos/red/red.jpg", "image") == Reference("/photos/red/red.jpg")


def test_the_photographs_of_a_page_are_found_once_each(site: Site) -> None:
    written = (
        "../photos/red/red.jpg",
        "/photos/red/red.jpg",
        "a%20photo%20(1).jpg",
        "https://x.example/y.jpg",
        "none.jpg",
        "http://[",
    )
    assert [photo.path for photo in references.pictures(site, CATS, showing(*written))] == [
        "photos/red/red.jpg", "essays/a photo (1).jpg"
    ]  # fmt: skip


def test_a_foreign_address_is_nothing_of_ours(site: Site) -> None:
    for target in ("https://elsewhere.example/about", "//about", "http://[", "data:,x"):
        assert references.locate(site, CATS, target) is None


KINDS = st.sampled_from(["link", "image", "media", "wiki", "embed"])


@given(st.text(max_size=30) | st.text("/.%#?:[]{}|@^\\ amd\0é", max_size=20), KINDS)
@example("#{&}", "wiki")  # a heading's words may end as attributes do
def test_any_target_is_resolved_or_said_to_be_broken(resolve: Callable[..., Reference], target: str, kind: str) -> None:
    found = resolve(target, kind)
    if found.exists and not targets.is_foreign(target) and not found.url.startswith("#"):
        assert found.url.startswith("/")
        assert not found.url.startswith("//")


@pytest.fixture(scope="module")
def resolve(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Reference]:
    folder = tmp_path_factory.mktemp("references")
    for name in ("a.md", "m.md", "é.md"):
        (folder / name).write_text("# X")
    site = sites.load(Config(content=folder, state=folder / "none"), Clock(), time.time())
    return references.resolver(site, "a.md", {})


# What other systems write

GARDEN = {
    "index.md": "# Home",
    "Note name.md": "# A note\n\n## Where they sleep\n\n## Why? {#reasons}\n\nWords. ^b1\n",
    "C#.md": "# Sharp",
    "C# notes.md": "# Notes on it",
    "C# and F#.md": "# Both",
    "_posts/2013-01-27-on-trains.md": "# Trains",
    "blog/_posts/sub/2014-02-03-on-boats.md": "# Boats",
    "essays/index.md": "# Essays",
    "essays/cats/index.md": "---\ntags: [Big Cats]\n---\n# Cats\n\n![](cover.jpg)\n",
    "essays/cats/cover.jpg": "x",
    "essays/cats/images/paw.png": "x",
    "essays/fish.md": "---\nslug: swimmers\n---\n# Fish",
    "essays/draft.md": "---\ndraft: true\n---\n# Hidden",
    "notes/draft.md": "# Not that one",
    "notes/one/same.md": "# Same",
    "notes/two/same.md": "# Same",
    "static/images/x.png": "x",
    "static/own.txt": "x",
    "media/song.mp3": "x",
    "_redirects": "/away/* https://elsewhere.example/:splat\n",
}
NOTE = "essays/fish.md"


@pytest.fixture
def garden(config: Config, clock: Clock, write: Write) -> Site:
    for path, text in GARDEN.items():
        write(path, text)
    return sites.load(config, clock, time.time())


@pytest.mark.parametrize(
    ("target", "url"),
    [
        # Zola, from the root
        ("@/essays/cats/index.md#c", "/essays/cats#c"),
        ("@/nowhere.md", ""),
        # Pelican
        ("{filename}cats/index.md#c", "/essays/cats#c"),
        ("{filename}/Note%20name.md", "/Note-name"),
        ("%7Bfilename%7D../Note%20name.md", "/Note-name"),
        ("|filename|cats/index.md", "/essays/cats"),
        ("{static}/images/x.png", "/static/images/x.png"),
        ("{attach}cats/cover.jpg", "/essays/cats/cover.jpg"),
        ("{index}", "/"),
        ("{tag}big%20cats", "/tags/big-cats"),
        ("{tag}none", ""),
        ("{category}Big Cats", "/tags/big-cats"),
        ("{category}essays", "/essays"),
        ("{category}none", ""),
        ("{author}ada", ""),
        # Hugo
        ("ref:cats/index.md#c", "/essays/cats#c"),
        ("ref:/essays/cats", "/essays/cats"),
        ("ref:cats", "/essays/cats"),
        ("ref:Note%20name.md", "/Note-name"),
        ("ref:fish.md", "/essays/swimmers"),
        ("ref:#c", "#c"),
        ("ref:nowhere", ""),
        ("/images/x.png", "/static/images/x.png"),
        ("/own.txt", "/static/own.txt"),
        ("own.txt", ""),
        # Jekyll
        ("post:2013-01-27-on-trains", "/2013-01-27-on-trains"),
        ("post:sub/2014-02-03-on-boats", "/blog/sub/2014-02-03-on-boats"),
        ("post:2014-02-03-on-boats#b", "/blog/sub/2014-02-03-on-boats#b"),
        ("post:2015-01-01-none", ""),
        # Nikola
        ("link://slug/swimmers", "/essays/swimmers"),
        ("link://slug/on-boats", "/blog/sub/2014-02-03-on-boats"),
        ("link://filename/essays/fish.md", "/essays/swimmers"),
        ("link://tag/big-cats", "/tags/big-cats"),
        ("link://category/essays", "/essays"),
        ("link://archive/2013", "/archive#y2013"),
        ("link://gallery/x", ""),
        # a vault's ordinary links
        ("Note%20name.md", "/Note-name"),
        ("Note name.md#Where%20they%20sleep", "/Note-name#where-they-sleep"),
        ("#Where%20they%20sleep", "#where-they-sleep"),
        ("Note%20name.md#:~:text=they%20sleep", "/Note-name#:~:text=they%20sleep"),
        ("one/same.md", "/notes/one/same"),
        ("same", ""),
        ("draft.md", ""),
        # the site's own address
        ("https://example.org/essays/swimmers#x", "/essays/swimmers#x"),
        ("http://www.example.org/essays/Swimmers/", "/essays/swimmers"),
        ("//example.org/feed.xml", "/feed.xml"),
        ("https://example.org", "/"),
        ("https://example.org/nowhere", ""),
        ("https://example.org/away/x", "/away/x"),
        ("https://example.org//away/x", "/away/x"),
        ("/%2Faway/x", ""),
    ],
)
def test_what_other_systems_write_leads_where_it_did(garden: Site, target: str, url: str) -> None:
    found = link(garden, NOTE, target)
    assert found == (Reference(url) if url else Reference(target, exists=False))


def test_a_file_name_that_two_pages_have_is_told_to_be_ambiguous(garden: Site) -> None:
    assert link(garden, NOTE, "same.md") == Reference("/notes/one/same", also=("/notes/two/same",))
    assert link(garden, NOTE, "same", "wiki") == Reference("/notes/one/same", also=("/notes/two/same",))
    assert link(garden, "notes/two/other.md", "same", "wiki") == Reference("/notes/two/same")


def test_in_a_feed_the_sites_own_address_is_absolute_again(garden: Site) -> None:
    for target in ("http://www.example.org/essays/fish.md", "link://slug/swimmers"):
        assert link(garden, NOTE, target, absolute=True) == Reference("https://example.org/essays/swimmers")


def test_a_picture_is_found_beside_its_bundle_in_static_or_anywhere_by_its_name(garden: Site) -> None:
    index = "essays/cats/index.md"
    shown = showing("cover.jpg", "images/paw.png", "/images/x.png", "https://example.org/static/images/x.png")
    paths = ["essays/cats/cover.jpg", "essays/cats/images/paw.png", "static/images/x.png"]
    assert [photo.path for photo in references.pictures(garden, index, shown)] == paths
    assert [photo.path for photo in references.pictures(garden, "Note name.md", showing("paw.png"))] == paths[1:2]


# Names in brackets


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("Note name", "/Note-name"),
        ("note-NAME.md", "/Note-name"),
        ("Note name#Where they sleep", "/Note-name#where-they-sleep"),
        ("Note name#Where they sleep#Why?", "/Note-name#why"),
        ("Note name#^b1", "/Note-name#^b1"),
        ("Note name#Été", "/Note-name#%C3%A9t%C3%A9"),
        ("C# notes", "/C-notes"),
        ("C#", "/C"),
        ("c", "/C"),
        ("C# and F#", "/C-and-F"),
        ("#Some *Heading*", "#some-heading"),
        ("#^b1", "#^b1"),
        ("cats/cover.jpg", "/essays/cats/cover.jpg"),
        ("song.mp3", "/media/song.mp3"),
        ("/archive", "/archive"),
        ("/Essays/Swimmers", "/essays/swimmers"),
        ("https://elsewhere.example/", "https://elsewhere.example/"),
        ("draft", "/notes/draft"),
        ("Hidden", ""),
        ("", "/essays/swimmers"),
    ],
)
def test_a_name_leads_where_it_was_meant(garden: Site, written: str, url: str) -> None:
    found = link(garden, NOTE, written, "wiki")
    assert found == (Reference(url) if url else Reference(written, exists=False))


def test_a_heading_of_a_known_text_is_found_by_its_words_or_its_id(garden: Site) -> None:
    known = {"Note name.md": parse(GARDEN["Note name.md"])}
    resolve = references.resolver(garden, NOTE, {}, known)
    for heading in ("why?", "WHY", "reasons"):
        assert resolve(f"Note name#{heading}", "wiki") == Reference("/Note-name#reasons")
    assert resolve("Note name#unknown", "wiki") == Reference("/Note-name#unknown")
    own = references.resolver(garden, "Note name.md", {}, known)
    assert own("#Why?", "wiki") == Reference("#reasons")
    assert own("#Where%20they%20sleep", "link") == Reference("#where-they-sleep")


def test_in_a_feed_a_name_leads_to_an_absolute_address(garden: Site) -> None:
    home = "https://example.org"
    assert link(garden, NOTE, "Note name#a b", "wiki", absolute=True) == Reference(f"{home}/Note-name#a-b")
    assert link(garden, NOTE, "#^b1", "wiki", absolute=True) == Reference(f"{home}/essays/swimmers#^b1")


def test_a_named_photograph_is_shown_and_any_other_file_linked(garden: Site) -> None:
    resolve = references.resolver(garden, NOTE, {"essays/cats/cover.jpg": RED})
    shown = resolve("cover.jpg", "embed")
    assert shown.picture is not None
    assert shown.picture.src == "/images/960/abc/essays/cats/cover.jpg.jpg"
    assert resolve("song.mp3", "embed") == Reference("/media/song.mp3")
    named = Document((), images=(Image("cover.jpg", "", "", 1, "embed"),), embeds=("paw.png", "nowhere.png"))
    assert [photo.path for photo in references.pictures(garden, NOTE, named)] == [
        "essays/cats/cover.jpg", "essays/cats/images/paw.png"
    ]  # fmt: skip


# Passages


def test_an_embedded_page_brings_its_words_with_its_own_references(garden: Site) -> None:
    note, cats = Document(()), Document(())
    resolve = references.resolver(garden, NOTE, {}, {"Note name.md": note, "essays/cats/index.md": cats})
    shown = resolve("cats", "embed")
    assert shown.passage is not None
    assert (shown.url, shown.passage.title, shown.passage.url) == ("/essays/cats", "Cats", "/essays/cats")
    assert shown.passage.document is cats
    assert shown.passage.part == ""
    assert shown.passage.resolve("cover.jpg", "image") == Reference("/essays/cats/cover.jpg")
    inner = shown.passage.resolve("Note name", "embed")
    assert inner.passage is not None
    assert inner.passage.document is note


@pytest.mark.parametrize(
    ("written", "url", "part"),
    [
        ("Note name#Why?", "/Note-name#reasons", "reasons"),
        ("Note name#^b1", "/Note-name#^b1", "^b1"),
        ("#Where they sleep", "/Note-name#where-they-sleep", "where-they-sleep"),
    ],
)
def test_a_part_of_a_page_is_named_by_its_id(garden: Site, written: str, url: str, part: str) -> None:
    documents = {"Note name.md": parse(GARDEN["Note name.md"])}
    shown = references.resolver(garden, "Note name.md", {}, documents)(written, "embed")
    assert shown.passage is not None
    assert (shown.url, shown.passage.url, shown.passage.part) == (url, url, part)


def test_a_page_that_was_not_read_is_linked(garden: Site) -> None:
    assert link(garden, NOTE, "Note name#Why?", "embed") == Reference("/Note-name#why")
    assert link(garden, NOTE, "Hidden", "embed") == Reference("Hidden", exists=False)


def test_no_passage_holds_itself_and_none_is_endless(garden: Site) -> None:
    paths = ("essays/fish.md", "Note name.md", "C# notes.md", "essays/index.md", "notes/draft.md", "index.md")
    documents = {path: Document(()) for path in paths}
    resolve = references.resolver(garden, NOTE, {}, documents)
    assert resolve("fish", "embed") == Reference("/essays/swimmers")
    for name in ("Note name", "C# notes", "essays", "notes/draft"):
        shown = resolve(name, "embed").passage
        assert shown is not None
        resolve = shown.resolve
        assert resolve(name, "embed").passage is None
        assert resolve("fish", "embed").passage is None
    assert resolve("/index", "embed") == Reference("/")


def test_the_pages_that_a_text_embeds_are_found_once_each(garden: Site) -> None:
    text = Document((), embeds=("cats", "cats#a", "Note name#^b1", "#Own", "cover.jpg", "Hidden", "nowhere", "photos"))
    found = references.embedded(garden, NOTE, text)
    assert [page.path for page in found] == ["essays/cats/index.md", "Note name.md", NOTE]


# Places in pages


@pytest.mark.parametrize(
    ("url", "there"),
    [
        ("/a", True),
        ("/a#", True),
        ("/a#top", True),
        ("/a#main", True),
        ("/a#why", True),
        ("#why", True),
        ("/a#Why", False),
        ("/a#%C3%A9t%C3%A9", True),
        ("/a#été", True),
        ("/a#^b1", True),
        ("/a#^b2", False),
        ("/a#:~:text=some%20words", True),
        ("/a#why:~:text=some%20words", True),
        ("/a#nowhere:~:text=some%20words", False),
        ("https://example.org/a#nowhere", False),
    ],
)
def test_a_place_is_there_or_not(url: str, there: bool) -> None:
    assert references.has_anchor(url, frozenset(("why", "été", "^b1"))) is there
