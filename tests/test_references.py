"""What an author wrote as a link or a picture leads where it was meant, in whatever way it was written."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Clock, Write
from hypothesis import given
from hypothesis import strategies as st

from folio import references
from folio import site as sites
from folio.config import Config
from folio.images import Facts
from folio.markdown import Reference
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
        (CATS, "named", ""),
        (CATS, "other.md", "/essays/other"),
        (CATS, "deep/page.md", "/essays/deep/page"),
        ("essays/deep/page.md", "../on%20cats.md", "/essays/on-cats"),
        ("essays/deep/page.md", "../../about.md", "/about"),
        ("essays/deep/page.md", "../../../about.md", ""),
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
        (CATS, "https://example.org/x.md", "https://example.org/x.md"),
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


RED = Facts(width=1200, height=800, version="abc", colour="#aa3322")


def test_a_photograph_is_shown_as_a_picture_that_links_to_its_page(site: Site) -> None:
    shown = references.resolver(site, CATS, {"photos/red/red.jpg": RED})("../photos/red/red.jpg", "image")
    assert shown.picture is not None
    assert shown.picture.page == "/photos/red/red"
    assert shown.picture.src.startswith("/images/")


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
    targets = (
        "../photos/red/red.jpg",
        "/photos/red/red.jpg",
        "a%20photo%20(1).jpg",
        "https://x.example/y.jpg",
        "none.jpg",
        "http://[",
    )
    assert [photo.path for photo in references.pictures(site, CATS, targets)] == [
        "photos/red/red.jpg", "essays/a photo (1).jpg"
    ]  # fmt: skip


def test_a_foreign_address_is_nothing_of_ours(site: Site) -> None:
    for target in ("https://example.org/about", "//about", "http://[", "data:,x"):
        assert references.locate(site, CATS, target) is None


@given(st.text(max_size=30) | st.text("/.%#?:[]\\ amd\0é", max_size=20))
def test_any_target_is_resolved_or_said_to_be_broken(resolve: Callable[..., Reference], target: str) -> None:
    found = resolve(target, "link")
    if found.exists and not references._is_foreign(target) and not target.startswith("#"):
        assert found.url.startswith("/")
        assert not found.url.startswith("//")


@pytest.fixture(scope="module")
def resolve(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Reference]:
    folder = tmp_path_factory.mktemp("references")
    for name in ("a.md", "m.md", "é.md"):
        (folder / name).write_text("# X")
    site = sites.load(Config(content=folder, state=folder / "none"), Clock(), time.time())
    return references.resolver(site, "a.md", {})
