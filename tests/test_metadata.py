"""What a page says in its head to browsers, feed readers and other sites, and the files it names there."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from html import unescape

import pytest
from conftest import Clock, Live, Write, running
from PIL import Image

from folio import metadata
from folio.config import Author, Config, Features, NamedLink

WITH_ALL = pytest.mark.asyncio(loop_scope="module")  # tests of the shared site, which only read
BASE = "https://example.org"
CATS = "/essays/2026-06-11-on-cats"


def meta(html: str) -> dict[str, list[str]]:
    """Return the contents of the meta elements by property or name, in their order."""
    found: dict[str, list[str]] = {}
    for name, content in re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', html):
        found.setdefault(name, []).append(unescape(content))
    return found


def alternates(html: str) -> list[tuple[str, str]]:
    return re.findall(r'<link rel="alternate" type="([^"]+)" href="([^"]+)"', html)


@WITH_ALL
async def test_an_essay_tells_other_sites_of_itself(shared: Live) -> None:
    said = meta((await shared.get(CATS)).text)
    assert {name: said[name] for name in said if name.startswith(("og:", "article:", "twitter:"))} == {
        "og:site_name": ["A small site"],
        "og:locale": ["en"],
        "og:title": ["On cats"],
        "og:type": ["article"],
        "og:url": [BASE + CATS],
        "og:description": ["They sleep."],
        "og:image": [f"{BASE}/og-image{CATS}.png"],
        "og:image:width": ["1200"],
        "og:image:height": ["630"],
        "og:image:alt": ["On cats"],
        "article:published_time": ["2026-06-11"],
        "article:section": ["Essays"],
        "article:tag": ["Animals", "travel"],
        "twitter:card": ["summary_large_image"],
        "twitter:title": ["On cats"],
        "twitter:description": ["They sleep."],
        "twitter:image": [f"{BASE}/og-image{CATS}.png"],
        "twitter:image:alt": ["On cats"],
    }


@WITH_ALL
async def test_a_page_that_says_nothing_of_itself_is_described_by_the_site(shared: Live) -> None:
    for path, said in {"/archive": "Archive. Notes from a hill.", "/tags/travel": "travel. Notes from a hill."}.items():
        assert meta((await shared.get(path)).text)["description"] == [said]
    assert "description" not in meta((await shared.get("/nothing-there")).text)


@WITH_ALL
async def test_a_photograph_shows_itself(shared: Live) -> None:
    said = meta((await shared.get("/photos/red/red")).text)
    assert said["og:image:alt"] == ["A door, red"]
    picture = await shared.get(said["og:image"][0].removeprefix(BASE))
    with Image.open(io.BytesIO(picture.content)) as image:
        assert [str(image.width), str(image.height)] == [said["og:image:width"][0], said["og:image:height"][0]]


@WITH_ALL
async def test_every_form_and_feed_that_a_page_names_is_there(shared: Live) -> None:
    own = {
        "/": "/index",
        CATS: CATS,
        "/essays": "/essays",
        "/photos/red": "/photos/red",
        "/photos/red/red": "/photos/red/red",
    }
    for path, name in own.items():
        named = alternates((await shared.get(path)).text)
        assert [href for _, href in named if href.startswith(f"{name}.")][:3] == [
            f"{name}.{form}" for form in ("md", "txt", "json")
        ]
        for kind, href in named:
            if kind != "application/pdf":
                answer = await shared.get(href)
                assert answer.status_code == 200, href
                assert answer.headers["content-type"].partition(";")[0] == kind


@WITH_ALL
async def test_lists_name_their_feeds_before_the_sites(shared: Live) -> None:
    site = [
        ("application/rss+xml", "/feed.xml"),
        ("application/atom+xml", "/atom.xml"),
        ("application/feed+json", "/feed.json"),
    ]
    for path, folder in {
        "/essays": "/essays",
        "/tags/travel": "/tags/travel",
        "/about": "",
        "/archive": "",
        "/": "",
    }.items():
        feeds = [
            (kind, href)
            for kind, href in alternates((await shared.get(path)).text)
            if ("." in href and "feed" in href + kind) or "atom" in kind
        ]
        own = [(kind, folder + href) for kind, href in site] if folder else []
        assert feeds == [*own, *site], path


PDFS = {CATS: 1, "/essays": 1, "/": 1, "/photos/red/red": 0, "/archive": 0, "/tags/travel": 1}


@pytest.mark.parametrize("on", [True, False])
async def test_a_pdf_is_named_where_there_can_be_one(config: Config, clock: Clock, demo: None, on: bool) -> None:
    async with running(replace(config, features=Features(pdf=on, search=False)), clock) as own:
        for path, named in PDFS.items():
            kinds = [kind for kind, _ in alternates((await own.get(path)).text)]
            assert kinds.count("application/pdf") == named * on, path


@pytest.mark.parametrize(
    ("url", "twitter", "fediverse"),
    [
        ("https://twitter.com/ada", "@ada", ""),
        ("https://x.com/ada/", "@ada", ""),
        ("https://social.example/@ada", "", "@ada@social.example"),
        ("https://twitter.com/ada/status/1", "", ""),
        ("https://code.example/ada", "", ""),
        ("mailto:ada@x.com", "", ""),
    ],
)
def test_the_author_is_named_where_a_link_tells_the_name(url: str, twitter: str, fediverse: str) -> None:
    config = Config(author=Author("Ada", links=(NamedLink("Here", url),)))
    assert (metadata.twitter(config), metadata.fediverse(config)) == (twitter, fediverse)


@pytest.mark.unsearched
async def test_the_author_of_a_page_is_told_once_known(config: Config, clock: Clock, demo: None, write: Write) -> None:
    author = Author("Ada", url="https://ada.example", links=(NamedLink("X", "https://x.com/ada"),))
    write("essays/2026-03-01-guest.md", "---\nauthor: Grace\n---\n# A guest\n\nHello.\n")
    async with running(replace(config, author=author), clock) as own:
        mine, guests = [meta((await own.get(path)).text) for path in (CATS, "/essays/2026-03-01-guest")]
    assert (mine["author"], mine["article:author"]) == (["Ada"], ["https://ada.example"])
    assert mine["twitter:creator"] == ["@ada"]
    assert guests["author"] == ["Grace"]
    assert "article:author" not in guests


@WITH_ALL
async def test_an_error_names_no_address_of_its_own(shared: Live) -> None:
    html = (await shared.get("/nothing-there")).text
    assert 'rel="canonical"' not in html
    assert "og:url" not in html and "og:image" not in html
    assert '<meta name="robots" content="noindex">' in html


@WITH_ALL
async def test_the_manifest_names_icons_that_are_there(shared: Live) -> None:
    assert '<link rel="manifest" href="/manifest.webmanifest">' in (await shared.get("/")).text
    answer = await shared.get("/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    said = json.loads(answer.content)
    assert (said["name"], said["start_url"], said["display"]) == ("A small site", "/", "minimal-ui")
    for icon in said["icons"]:
        there = await shared.get(icon["src"])
        assert (there.status_code, there.headers["content-type"]) == (200, icon["type"])
        if icon["type"] == "image/png":
            with Image.open(io.BytesIO(there.content)) as image:
                assert f"{image.width}x{image.height}" == icon["sizes"]


@WITH_ALL
async def test_the_favicon_holds_the_sizes_that_browsers_ask_for(shared: Live) -> None:
    answer = await shared.get("/favicon.ico")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/x-icon")
    assert (await shared.get("/favicon.ico", If_None_Match=answer.headers["etag"])).status_code == 304
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.format == "ICO"
        assert image.info["sizes"] == {(16, 16), (32, 32), (48, 48)}
        small = image.ico.getimage((16, 16)).convert("RGBA")
        assert len(small.getcolors()) > 2
        assert small.getpixel((0, 0))[3] in (0, 255)
    assert len(answer.content) < 16_000


@pytest.mark.unsearched
async def test_the_writers_own_icons_and_manifest_win(live: Live, write: Write) -> None:
    write("favicon.ico", b"mine")
    write("manifest.webmanifest", b'{"name": "Mine"}')
    picture = io.BytesIO()
    Image.new("RGB", (180, 180), "#123456").save(picture, "PNG")
    write("apple-touch-icon.png", picture.getvalue())
    await live.refresh()
    assert (await live.get("/favicon.ico")).content == b"mine"
    assert (await live.get("/manifest.webmanifest")).json() == {"name": "Mine"}
    with Image.open(io.BytesIO((await live.get("/apple-touch-icon.png")).content)) as image:
        assert image.size == (180, 180)


async def test_what_an_author_wants_none_of_is_not_named(config: Config, clock: Clock, demo: None) -> None:
    async with running(replace(config, features=Features(forms=False, cards=False, search=False)), clock) as own:
        for path in (CATS, "/essays", "/", "/tags/travel"):
            said = await own.get(path)
            named = f"{said.text}{said.headers.get('link', '')}"
            assert not [word for word in ("/og-image/", '.md"', '.txt"', '.json">', ".md>") if word in named], path
            name = path if path != "/" else "/index"
            for form in ("md", "txt", "json"):
                assert (await own.get(f"{name}.{form}")).status_code == 404, (path, form)
            if not path.startswith("/tags"):
                assert (await own.get(f"/og-image{name}.png")).status_code == 404, path
        for accept in ("text/markdown", "application/json"):
            assert (await own.get(CATS, accept=accept)).headers["content-type"] == "text/html; charset=utf-8"
        assert f"{CATS})" in (await own.get("/llms.txt")).text
        assert (await own.get("/feed.json")).status_code == 200
