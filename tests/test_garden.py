"""The same small site, kept as the users of seven systems keep theirs: each is served unchanged, and alike.

tests/garden/{system} is what such a user has on disk; GARDEN says where its content lies and how it is addressed.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import feedparser
import pytest
import pytest_asyncio
from conftest import Clock, Live, running
from faults.crawl import Markup, crawl

from folio import markdown
from folio.check import Look, Report, check
from folio.config import Config
from folio.content import Page
from folio.markdown import Document

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROOT = Path(__file__).parent / "garden"
CANARY = "whimbrel"  # in everything that no visitor may see
TITLES = {
    "salt": "Salt on the sill",
    "ferry": "The last ferry",
    "about": "About the house",
    "poem": "Tide table",
    "letter": "Only by letter",
}
COMMENT = "curlew"  # in what a page says only to its author
HIDDEN_TITLES = ("Unfinished rope", "Winter timetable", "Only by letter")
NOTE = "It is never wrong about the west."
ALT, CAPTION = "A lamp in a window", "The lamp, lit early"


@dataclass(frozen=True)
class Tree:
    """What one system's users may expect.

    `content` is the folder to point the engine at, below that of the system. `urls` are the canonical addresses of the
    pages by their names in TITLES, `dates` what is known of theirs; `old` every other address that leads to one: that
    of the page in the system itself, and its aliases. `tags` are those beside the ones of all trees. `hidden` are
    addresses that nobody may know of, `unlisted` one for who has it. `shown` are pieces of markup on the pages, by
    their names, which the system's own syntax gives, `said` fields of their headers; `unread` is the file with a
    shortcode that nobody knows.
    """

    content: str
    urls: dict[str, str]
    dates: dict[str, str]
    old: dict[str, str]
    hidden: tuple[str, ...]
    shown: dict[str, tuple[str, ...]]
    home: str | None = "The Ferry House"
    indexes: tuple[str, ...] = ()
    tags: dict[str, set[str]] = field(default_factory=dict)
    unlisted: str = ""
    unread: str = ""
    said: dict[str, dict[str, str]] = field(default_factory=dict)


HIGHLIGHTED = 'class="hl"'
MATH, CALLOUT, FRAME = "<math", 'class="callout callout-', "youtube"

GARDEN = {
    "seed": Tree(
        content="",
        urls={
            "salt": "/essays/2024-03-02-salt_on_the_sill",
            "ferry": "/essays/2025-06-the_last_ferry",
            "about": "/about",
            "poem": "/poetry/tide-table",
        },
        dates={"salt": "2024-03-02", "ferry": "2025-06"},
        old={
            "/salt_on_the_sill": "salt",
            "/salt-on-the-sill": "salt",
            "/essays/2024/03/02/salt_on_the_sill": "salt",
            "/essays/2024-03-02-salt-on-the-sill/": "salt",
            "/essays/salt-on-the-sill": "salt",
            "/the_last_ferry": "ferry",
            "/essays/2025/06/the_last_ferry": "ferry",
            "/data/about": "about",
            "/old/salt": "salt",
        },
        indexes=("/essays", "/photography/jetty", "/poetry"),
        hidden=("/drafts/unfinished_rope", "/unfinished_rope", "/essays/2031-01-10-winter_timetable"),
        unlisted="/essays/only_by_letter",
        shown={},
    ),
    "obsidian": Tree(
        content="",
        urls={
            "salt": "/Essays/Salt-on-the-sill",
            "ferry": "/Essays/The-last-ferry",
            "about": "/About-the-house",
            "poem": "/Poems/Tide-table",
        },
        dates={"salt": "2024-03-02", "ferry": "2025-06"},
        old={
            "/Essays/Salt+on+the+sill": "salt",
            "/Essays/Salt%20on%20the%20sill": "salt",
            "/essays/salt-on-the-sill": "salt",
            "/Sill-salt": "salt",
            "/sill%20salt": "salt",
            "/About+the+house": "about",
        },
        hidden=(
            "/Essays/Unfinished-rope",
            "/Essays/2031-01-10-Winter-timetable",
            "/.obsidian/workspace.json",
            "/.trash/Old-timetable",
        ),
        shown={
            "salt": (HIGHLIGHTED, "<mark>only honest</mark>", 'id="^ledger"', 'href="#^ledger"', 'width="200"'),
            "ferry": (CALLOUT + "tip", "<details", MATH, "and the moon"),
        },
    ),
    "hugo": Tree(
        content="content",
        urls={
            "salt": "/posts/salt-on-the-sill",
            "ferry": "/posts/the-last-ferry",
            "about": "/about",
            "poem": "/poems/tide-table",
        },
        dates={"salt": "2024-03-02T09:30:00+01:00", "ferry": "2025-06-01"},
        old={
            "/posts/salt-on-the-sill/": "salt",
            "/posts/salt-on-the-sill/index.html": "salt",
            "/old/salt/": "salt",
            "/about/": "about",
        },
        indexes=("/posts",),
        hidden=("/posts/unfinished-rope", "/posts/winter-timetable", "/hugo.toml", "/archetypes/default"),
        unlisted="/posts/only-by-letter",
        shown={"salt": (HIGHLIGHTED,), "ferry": (CALLOUT + "note", MATH, FRAME)},
        unread="posts/the-last-ferry.md",
        said={"salt": {"author": "Ida Voss", "image": "lamp.png"}, "ferry": {"author": "Ida Voss"}},
    ),
    "jekyll": Tree(
        content="",
        urls={
            "salt": "/2024-03-02-salt-on-the-sill",
            "ferry": "/2025-06-01-the-last-ferry",
            "about": "/about",
            "poem": "/poems/tide-table",
        },
        dates={"salt": "2024-03-02T09:30:00+01:00", "ferry": "2025-06-01"},
        old={
            "/house/2024/03/02/salt-on-the-sill.html": "salt",
            "/2024/03/02/salt-on-the-sill.html": "salt",
            "/2025/06/01/the-last-ferry.html": "ferry",
            "/about/": "about",
            "/about.html": "about",
            "/poems/tide-table.html": "poem",
            "/old/salt/": "salt",
        },
        tags={"house": {"salt"}},
        hidden=(
            "/unfinished-rope",
            "/_drafts/unfinished-rope",
            "/2031-01-10-winter-timetable",
            "/2031/01/10/winter-timetable.html",
            "/_config.yml",
            "/_layouts/post.html",
            "/_includes/note.html",
            "/_data/boats.yml",
            "/_site/index.html",
            "/Gemfile",
        ),
        unlisted="/2024-05-05-only-by-letter",
        shown={"salt": (HIGHLIGHTED,), "ferry": (MATH,)},
        unread="_posts/2025-06-01-the-last-ferry.markdown",
    ),
    "zola": Tree(
        content="content",
        urls={
            "salt": "/blog/2024-03-02-salt-on-the-sill",
            "ferry": "/blog/2025-06-01-the-last-ferry",
            "about": "/about",
            "poem": "/poems/tide-table",
        },
        dates={"salt": "2024-03-02", "ferry": "2025-06-01"},
        old={
            "/blog/salt-on-the-sill/": "salt",
            "/blog/the-last-ferry/": "ferry",
            "/about/": "about",
            "/old/salt": "salt",
            "/old/salt/": "salt",
        },
        indexes=("/blog", "/poems"),
        hidden=("/blog/unfinished-rope", "/blog/2031-01-10-winter-timetable", "/blog/winter-timetable"),
        shown={"salt": (HIGHLIGHTED,), "ferry": (CALLOUT + "note", FRAME)},
        unread="blog/2025-06-01-the-last-ferry.md",
    ),
    "pelican": Tree(
        content="content",
        urls={
            "salt": "/house/salt-on-the-sill",
            "ferry": "/house/the-last-ferry",
            "about": "/pages/about",
            "poem": "/pages/tide-table",
        },
        dates={"salt": "2024-03-02T09:30:00+01:00", "ferry": "2025-06-01"},
        old={
            "/salt-on-the-sill.html": "salt",
            "/the-last-ferry.html": "ferry",
            "/pages/about.html": "about",
            "/old/salt/": "salt",
        },
        home=None,
        tags={"house": {"salt"}},
        hidden=("/house/unfinished-rope", "/house/winter-timetable", "/drafts/unfinished-rope"),
        unlisted="/house/only-by-letter",
        shown={"salt": (HIGHLIGHTED, 'href="/tags/tides"')},
        unread="house/the-last-ferry.md",
        said={"salt": {"author": "Ida Voss", "description": "What the wind writes down."}},
    ),
    "nikola": Tree(
        content="",
        urls={
            "salt": "/posts/salt-on-the-sill",
            "ferry": "/posts/the-last-ferry",
            "about": "/pages/about",
            "poem": "/pages/tide-table",
        },
        dates={"salt": "2024-03-02T09:30:00+01:00", "ferry": "2025-06-01"},
        old={
            "/posts/salt-on-the-sill/": "salt",
            "/posts/the-last-ferry/index.html": "ferry",
            "/about/": "about",
            "/tide-table/": "poem",
        },
        home=None,
        hidden=("/posts/unfinished-rope", "/posts/winter-timetable", "/conf.py"),
        unlisted="/posts/only-by-letter",
        shown={"salt": (HIGHLIGHTED, 'href="/tags/tides"'), "ferry": (MATH, FRAME)},
        unread="posts/the-last-ferry.md",
        said={"salt": {"description": "What the wind writes down.", "image": "/images/lamp.png"}},
    ),
}


@dataclass(frozen=True)
class Garden:
    """One of the seven, served."""

    tree: Tree
    folder: Path
    live: Live

    async def html(self, name: str) -> str:
        return (await self.live.get(quote(self.tree.urls[name]))).text


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=GARDEN)
async def garden(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Garden]:
    tree, room = GARDEN[request.param], tmp_path_factory.mktemp(request.param)
    folder = ROOT / request.param / tree.content
    config = Config(
        content=folder,
        cache=room / "cache",
        state=room / "state",
        base_url="https://example.org",
        title="A garden",
        timezone="Europe/Berlin",
    )
    async with running(config, Clock()) as live:
        yield Garden(tree, folder, live)


async def test_every_page_has_its_title_date_and_address(garden: Garden) -> None:
    public = garden.live.press.site.public
    found = {page.url: (page.title, page.date.iso if page.date else None) for page in public if not page.is_index}
    tree = garden.tree
    assert found == {url: (TITLES[name], tree.dates.get(name)) for name, url in tree.urls.items()}
    indexes = {page.url: page.title for page in public if page.is_index}
    assert indexes.pop("/", None) == tree.home
    assert tuple(sorted(indexes)) == tree.indexes


async def test_tags_are_one_in_every_spelling(garden: Garden) -> None:
    found = {tag.slug: {page.url for page in tag.pages} for tag in garden.live.press.site.tags.values()}
    named = {"tides": {"salt", "ferry"}, "rope-work": {"salt"}, "timetables": {"ferry"}, **garden.tree.tags}
    if garden.folder.name == "seed":  # which has no headers, and so no tags
        named = {}
    assert found == {slug: {garden.tree.urls[name] for name in names} for slug, names in named.items()}


async def test_every_page_answers_in_all_its_forms(garden: Garden) -> None:
    for name, url in garden.tree.urls.items():
        page, source = await garden.live.get(quote(url)), await garden.live.get(quote(url) + ".md")
        assert (page.status_code, source.status_code) == (200, 200), url
        assert heading(page.text) == TITLES[name]
        assert source.text.partition("\n---\n\n")[2].startswith(f"# {TITLES[name]}\n")
    found = await crawl(garden.live, *map(quote, garden.tree.urls.values()))
    wrong = {path: reply.status_code for path, reply in found.items() if reply.status_code not in (200, 301, 302, 308)}
    assert wrong == {"/nothing-there": 404}


def heading(html: str) -> str:
    """Return what the one heading of a page says."""
    (found,) = re.findall(r"<h1[^>]*>(.*?)</h1>", html)
    return str(found)


@pytest.mark.parametrize("slash", ["", "?utm_source=letter"])
async def test_its_old_addresses_lead_on(garden: Garden, slash: str) -> None:
    led = {}
    for old in garden.tree.old:
        reply = await garden.live.get(old + slash)
        led[old] = (reply.status_code, reply.headers.get("location", "").partition("?")[0])
    assert led == {old: (301, quote(garden.tree.urls[name])) for old, name in garden.tree.old.items()}


async def test_its_own_links_lead_to_canonical_addresses(garden: Garden) -> None:
    urls = {name: quote(url) for name, url in garden.tree.urls.items()}
    html = await garden.html("salt")
    assert leads(html, "the last ferry") == urls["ferry"]
    assert leads(html, "crossing") == urls["ferry"] + "#the-crossing"
    assert leads(html, "the house") == urls["about"]
    assert 'id="the-crossing"' in await garden.html("ferry")
    assert 'class="broken"' not in html


def leads(html: str, words: str) -> str:
    """Return where the link on these words leads; in a vault they are the page's own name."""
    before = html[: html.casefold().index(f">{words}</a>")]
    return Markup(before[before.rindex("<a ") :] + ">").elements[0][1]["href"]


async def test_its_pictures_stand_in_figures_with_their_words(garden: Garden) -> None:
    html = await garden.html("salt")
    figure = html[html.index("<figure") : html.index("</figure>")]
    (picture,) = (attributes for tag, attributes in Markup(figure).elements if tag == "img")
    assert picture["alt"] == ALT
    assert f"<figcaption>{CAPTION}</figcaption>" in figure
    for attributes in (attributes for tag, attributes in Markup(html).elements if tag == "img"):
        shown = await garden.live.get(attributes["src"])
        assert (shown.status_code, shown.headers["content-type"].partition("/")[0]) == (200, "image"), attributes
        assert int(attributes["width"]) > 0


async def test_its_note_table_code_and_verse_are_read(garden: Garden) -> None:
    page = next(page for page in garden.live.press.site.public if page.url == garden.tree.urls["salt"])
    assert [note.text for note in (await garden.live.press.document(page)).notes] == [NOTE]
    html = await garden.html("salt")
    assert 'class="code' in html and '<span class="nf">minutes</span>' in html
    ferry = await garden.html("ferry")
    assert "<th>Leaves</th>" in ferry and "<td>07:40</td>" in ferry
    poem = await garden.html("poem")
    assert "Low at four,<br>\nhigh at ten,<br>\nand the moon<br>\nkeeping the accounts." in poem.replace(" />", ">")


async def test_its_own_syntax_is_shown(garden: Garden) -> None:
    lost = {(name, piece) for name, said in garden.tree.shown.items() for piece in said} - {
        (name, piece) for name, said in garden.tree.shown.items() for piece in said if piece in await garden.html(name)
    }
    assert lost == set()


async def test_a_shortcode_that_nobody_knows_is_seen_and_does_no_harm(garden: Garden) -> None:
    said = "tideclock" in await garden.html("ferry")
    assert said is bool(garden.tree.unread)


async def test_only_what_is_wrong_is_reported(garden: Garden) -> None:
    expected = []
    if path := garden.tree.unread:
        lines = (garden.folder / path).read_text(encoding="utf-8").split("\n")
        expected = [(path, next(n for n, line in enumerate(lines, 1) if "tideclock" in line))]
    told = reports(garden.live)
    assert [(report.path, report.line) for report in told] == expected, told
    assert all("tideclock" in report.message for report in told)


def reports(live: Live) -> tuple[Report, ...]:
    """Return all that `check` says of a site; of each text at most a million characters are read."""
    site = live.press.site

    def parse(page: Page) -> Document:
        return markdown.parse(
            page.body.text[:1_000_000], language=page.language or site.config.language, math=page.math
        )

    return check(site, parse, lambda photo: Look(), lambda: None)


async def test_what_is_hidden_is_nowhere(garden: Garden) -> None:
    assert [(path, (await garden.live.get(path)).status_code) for path in garden.tree.hidden] == [
        (path, 404) for path in garden.tree.hidden
    ]
    found = await crawl(garden.live, f"/search?q={CANARY[:4]}", "/api/search?q=rope", *garden.tree.urls.values())
    assert len(found) > 30
    for path, reply in found.items():
        assert CANARY not in reply.text.casefold(), path
        assert COMMENT not in reply.text or path.endswith(".md"), path  # which is the source as it was written
        assert not [title for title in HIDDEN_TITLES if title in reply.text], path


async def test_what_is_unlisted_answers_who_has_the_address(garden: Garden) -> None:
    if garden.tree.unlisted:
        reply = await garden.live.get(garden.tree.unlisted)
        assert (reply.status_code, heading(reply.text), "noindex" in reply.text) == (200, TITLES["letter"], True)


async def test_its_feed_holds_its_posts(garden: Garden) -> None:
    feed = feedparser.parse((await garden.live.get("/feed.xml")).content)
    assert [(entry.title, entry.link) for entry in feed.entries] == [
        (TITLES[name], "https://example.org" + quote(garden.tree.urls[name])) for name in ("ferry", "salt")
    ]


async def test_headers_say_what_they_say_elsewhere(garden: Garden) -> None:
    pages = {page.url: page for page in garden.live.press.site.public}
    found = {
        name: {key: getattr(pages[garden.tree.urls[name]], key) for key in said}
        for name, said in garden.tree.said.items()
    }
    assert found == garden.tree.said


async def test_a_folder_of_the_systems_own_is_no_page(garden: Garden) -> None:
    listed = {section.url for section in garden.live.press.site.sections.values() if section.pages}
    parents = {url.rpartition("/")[0] or "/" for url in garden.tree.urls.values()}
    assert listed <= parents | {"/"}
