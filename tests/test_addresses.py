"""Every address that ever led to a page still does, in whatever spelling; none betrays what is hidden."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from conftest import NOON, Clock, Live, Write
from hypothesis import given
from hypothesis import strategies as st

from folio import redirects, slugs
from folio import site as sites
from folio.config import Config
from folio.errors import Gone, Moved, NotFound
from folio.snapshot import Site

NOW = NOON.timestamp() + 10**9  # long after any file of these tests was written
Load = Callable[[], Site]


@pytest.fixture
def load(config: Config, clock: Clock) -> Load:
    return lambda: sites.load(config, clock, NOW)


def leads(site: Site, path: str) -> str:
    """Return where an address leads: a Location, "200", "404" or "410"."""
    try:
        site.find(path.removeprefix("/"))
    except Moved as moved:
        assert moved.status == 301
        return moved.location
    except (NotFound, Gone) as error:
        return str(error.status)
    return "200"


def problems(site: Site) -> list[str]:
    return [str(problem) for problem in site.problems]


# Aliases


@pytest.mark.parametrize(
    ("alias", "asked", "location"),
    [
        ("/old/page", "/old/page", "/essays/a"),
        ("/old/page", "/Old/Page/", "/essays/a"),
        ("/old/page", "/old/page.html", "/essays/a"),
        ("/old/page", "/old/page/index.html", "/essays/a"),
        ("/old/page", "/old/page.md", "/essays/a.md"),
        ("/old/page.html", "/old/page", "/essays/a"),
        ("/old/page/index.html", "/old/page/", "/essays/a"),
        ("old-page", "/essays/old-page", "/essays/a"),
        ("old-page", "/old-page", "/essays/a"),
        ("posts/old", "/posts/old", "/essays/a"),
        ("posts/old", "/essays/posts/old", "/essays/a"),
        ("../notes/old", "/notes/old", "/essays/a"),
        ("./old.html", "/essays/old", "/essays/a"),
        ("https://example.org/old/", "/old", "/essays/a"),
        ("http://www.EXAMPLE.org/old", "/old", "/essays/a"),
        ("//example.org/old", "/old", "/essays/a"),
        ("/%C3%BC%20x", "/ü x", "/essays/a"),
        ("/ü x", "/ü-x/", "/essays/a"),
        ("/old#part", "/old", "/essays/a#part"),
        ("/old/#Ein Teil", "/old", "/essays/a#Ein%20Teil"),
        ("old#part", "/essays/old", "404"),
        ("old-page#part", "/essays/old-page", "/essays/a#part"),
        ("/old#part", "/old.md", "/essays/a.md"),
        ("Cat lore", "/Cat lore", "/essays/a"),
        ("Cat lore", "/essays/cat-lore", "/essays/a"),
        ("Cats", "/cats", "/essays/a"),
        ("C++", "/C++", "/essays/a"),
        ("/old?", "/old", "/essays/a"),
        ("/", "/", "200"),
        ("#", "/", "200"),
        ("..", "/", "200"),
        ("http://[", "/[", "404"),
        ("https://elsewhere.example/old", "/old", "404"),
    ],
)
def test_an_alias_leads_to_its_page(load: Load, write: Write, alias: str, asked: str, location: str) -> None:
    write("essays/a.md", f"---\naliases:\n- '{alias}'\n---\n# A")
    write("essays/b.md", "# B")
    assert leads(load(), asked) == location


@pytest.mark.parametrize("asked", ["/~ada/cats", "/c++/it's", "/on,cats/", "~ada/cats.html"])
def test_a_url_with_characters_that_ours_leave_out_leads_to_its_page(load: Load, write: Write, asked: str) -> None:
    write("essays/a.md", f'---\nurl: "{asked}"\n---\n# A')
    site = load()
    assert leads(site, f"/{asked.strip('/')}") == site.public[0].url
    assert problems(site) == []


def test_an_alias_of_a_folder_and_of_an_introduction_lead_there(load: Load, write: Write) -> None:
    write("essays/index.md", "---\naliases: /writing\n---\n# Essays")
    write("essays/a.md", "# A")
    write("quiet/index.md", "---\nunlisted: true\naliases: /family\n---\n# Quiet")
    write("quiet/a.jpg", b"x")
    write("archive.md", "---\naliases: [/everything]\n---\n# Archive")
    site = load()
    asked = ("/writing", "/family", "/everything")
    assert [leads(site, path) for path in asked] == ["/essays", "/quiet", "/archive"]


def test_an_alias_takes_no_address_where_something_lives(load: Load, write: Write) -> None:
    taken = ["/B.html", "/c/data.csv", "/c", "/p/x", "/p/x.jpg", "/search/old", "/tags/x", "/b.md", "/moved"]
    write("a.md", f"---\naliases: [{', '.join(taken)}]\n---\n# A")
    write("b.md", "# B")
    write("c/data.csv", "x")
    write("c/d.md", "# D")
    write("p/x.jpg", b"x")
    write("_redirects", "/moved /b\n/Fine /a\n")
    site = load()
    never = "a.md: alias '{}' is never followed: {} (remove the alias)".format
    assert problems(site) == sorted(
        [
            never("/B.html", "/b belongs to b.md"),
            never("/b.md", "/b.md belongs to b.md"),
            never("/c", "/c belongs to c/"),
            never("/c/data.csv", "/c/data.csv belongs to c/data.csv"),
            never("/p/x", "/p/x belongs to p/x.jpg"),
            never("/p/x.jpg", "/p/x.jpg belongs to p/x.jpg"),
            never("/search/old", "/search/old belongs to the engine"),
            never("/tags/x", "/tags/x belongs to the engine"),
            "a.md: alias '/moved' is never followed: line 1 of _redirects leads to /b (keep one of the two)",
        ]
    )
    assert [leads(site, path) for path in ("/b", "/c/data.csv", "/p/x", "/moved")] == ["200", "200", "200", "/b"]


def test_two_pages_that_claim_one_alias_are_told(load: Load, write: Write) -> None:
    write("a.md", "---\naliases: [/old, Cats]\n---\n# A")
    write("b.md", "---\naliases: [/Old/, Cats]\n---\n# B")
    write("x/c.md", "---\naliases: [same-name, y/deep]\n---\n# C")
    write("y/d.md", "---\naliases: [same-name, y/deep]\n---\n# D")
    site = load()
    assert problems(site) == [
        "b.md: alias '/Old/' is never followed: a.md claims it too (keep one of the two)",
        "b.md: alias 'Cats': /Cats leads to a.md, which claims it too (write the whole path, or keep one of the two)",
        "y/d.md: alias 'same-name': /same-name leads to x/c.md, which claims it too (write the whole path, or keep "
        "one of the two)",
        "y/d.md: alias 'y/deep' is never followed: x/c.md claims it too (keep one of the two)",
    ]
    asked = ("/old", "/cats", "/x/same-name", "/y/same-name", "/same-name", "/y/deep", "/y/y/deep")
    assert [leads(site, path) for path in asked] == ["/a", "/a", "/x/c", "/y/d", "/x/c", "/x/c", "/y/d"]


@pytest.mark.parametrize("alias", ["/a", "/A.html", "a", "/a/", "/a.md", "Cat tales", "B", "https://example.org/a"])
def test_what_does_no_harm_is_not_told(load: Load, write: Write, alias: str) -> None:
    write("a.md", f"---\naliases: ['{alias}']\n---\n# A")
    write("b.md", "---\naliases: [Cat lore]\n---\n# B")
    assert problems(load()) == []


@pytest.mark.parametrize(
    ("alias", "why"),
    [
        ("https://elsewhere.example/old", "it is not an address of this site (write /old/page)"),
        ("http://[/", "it is not an address of this site (write /old/page)"),
        ("/old.php?id=3", "with a ? only /?p=123 is redirected (write the path alone)"),
        ("/../../etc/passwd", "it leaves the site or has an empty part (write /old/page)"),
        ("/a/%2e%2e/b", "it leaves the site or has an empty part (write /old/page)"),
        ("../../b", "it leaves the site or has an empty part (write /old/page)"),
        ("/a//b", "it leaves the site or has an empty part (write /old/page)"),
        ("/?cat=3", "with a ? only /?p=123 is redirected (write the path alone)"),
    ],
)
def test_an_alias_that_cannot_be_followed_is_told(load: Load, write: Write, alias: str, why: str) -> None:
    write("a.md", f"---\naliases: ['{alias}']\n---\n# A")
    assert problems(load()) == [f"a.md: alias {alias!r} is left out: {why}"]


def test_redirects_aliases_and_moves_stand_in_that_order(load: Load, write: Write, config: Config) -> None:
    write("a.md", "---\naliases: [/one, /two]\n---\n# A")
    write("b.md", "# B")
    write("c.md", "# C")
    write("_redirects", "/one /b\n/x /two\n/* /c\n")
    redirects.record(config.state / "redirects", [("/one", "/c"), ("/two", "/c"), ("/three", "/b")])
    site = load()
    asked = ("/one", "/two", "/three", "/x", "/four")
    assert [leads(site, path) for path in asked] == ["/b", "/a", "/b", "/a", "/c"]


# Older sites


@pytest.fixture
def moved(load: Load, write: Write) -> Site:
    """A site that has been several others before."""
    write("index.md", "# Home")
    write("essays/index.md", "# Essays")
    write("essays/2013-01-27-on-cats.md", "---\ntags: [pets]\n---\n# On cats")
    write("essays/2014-02-03-On_Dogs.md", "# On dogs")
    write("essays/2015-on-years.md", "# On years")
    write("essays/undated.md", "---\ndate: 2016-05-06\nslug: of-spring\n---\n# Undated")
    write("notes/plain.md", "# Plain")
    write("notes/2013-weeknotes.md", "---\ndate: 2013-03-01\n---\n# Weeknotes")
    write("essays/2013-04-01-weeknotes.md", "# Weeknotes")
    write("far/away.md", "---\nurl: /near\n---\n# Near")
    write("far/lives.md", "---\nurl: /near-by\n---\n# Near by")
    write("x/other.md", "---\nurl: /far/lives\n---\n# Other")
    write("photos/red.jpg", b"x")
    return load()


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        ("/on-cats", "/essays/2013-01-27-on-cats"),
        ("/On_Cats/", "/essays/2013-01-27-on-cats"),
        ("/on-cats.html", "/essays/2013-01-27-on-cats"),
        ("/on-cats.md", "/essays/2013-01-27-on-cats.md"),
        ("/on-cats.PDF", "/essays/2013-01-27-on-cats.pdf"),
        ("/2013-01-27-on-cats", "/essays/2013-01-27-on-cats"),
        ("/essays/on-cats", "/essays/2013-01-27-on-cats"),
        ("/essays/2013/01/27/on-cats", "/essays/2013-01-27-on-cats"),
        ("/essays/2013/1/27/on_cats/", "/essays/2013-01-27-on-cats"),
        ("/2013/01/27/on-cats.html", "/essays/2013-01-27-on-cats"),
        ("/2013/01/on-cats/", "/essays/2013-01-27-on-cats"),
        ("/2013/on-cats", "/essays/2013-01-27-on-cats"),
        ("/pets/2013/01/27/on-cats.html", "/essays/2013-01-27-on-cats"),
        ("/blog/2013/01/27/on-cats.json", "/essays/2013-01-27-on-cats.json"),
        ("/2014/02/03/on-dogs", "/essays/2014-02-03-On_Dogs"),
        ("/on-dogs", "/essays/2014-02-03-On_Dogs"),
        ("/2015/06/07/on-years", "/essays/2015-on-years"),
        ("/essays/undated", "/essays/of-spring"),
        ("/essays/undated.txt", "/essays/of-spring.txt"),
        ("/undated", "/essays/of-spring"),
        ("/of-spring", "/essays/of-spring"),
        ("/2016/05/06/of-spring", "/essays/of-spring"),
        ("/2016/05/undated", "/essays/of-spring"),
        ("/plain", "/notes/plain"),
        ("/far/away", "/near"),
        ("/far/lives", "200"),
        ("/2013/03/01/weeknotes", "/notes/2013-weeknotes"),
        ("/2013/04/weeknotes", "/essays/2013-04-01-weeknotes"),
        ("/essays/weeknotes", "/essays/2013-04-01-weeknotes"),
        ("/weeknotes", "404"),
        ("/2013/weeknotes", "404"),
        ("/2012/01/27/on-cats", "404"),
        ("/2013/13/45/on-cats", "404"),
        ("/notes/on-cats", "404"),
        ("/2013/01/27/", "404"),
        ("/2013/01/27/plain", "404"),
        ("/data/essays/2013-01-27-on-cats", "/essays/2013-01-27-on-cats"),
        ("/data/essays/2013-01-27-on-cats.md", "/essays/2013-01-27-on-cats.md"),
        ("/data/Photos/red.JPG", "/photos/red.jpg"),
        ("/data/index.md", "/index.md"),
        ("/data/search", "/search"),
        ("/data//evil.example", "404"),
        ("/data/data/essays", "404"),
        ("/data/nothing", "404"),
        ("/data", "404"),
        ("/data/", "404"),
        ("/random", "404"),
    ],
)
def test_an_address_of_an_older_site_leads_to_the_page(moved: Site, asked: str, location: str) -> None:
    assert leads(moved, asked) == location
    assert problems(moved) == []


def test_the_seeds_addresses_come_after_a_folder_of_that_name(load: Load, write: Write) -> None:
    write("data/a.md", "# A")
    write("a.md", "# Another")
    write("b.md", "# B")
    site = load()
    assert [leads(site, path) for path in ("/data/a", "/data/b", "/data/")] == ["200", "/b", "/data"]


@pytest.mark.parametrize(
    ("header", "number"),
    [
        ("wordpress_id: 123", "123"),
        ("wordpress-id: '0123'", "123"),
        ("post_id: 123", "123"),
        ("ID: 123", "123"),
        ("guid: https://example.com/?p=123", "123"),
        ("guid: https://example.com/?page_id=123", "123"),
        ("guid: http://example.com/?post_type=x&#038;p=123", "123"),
        ("guid: http://example.com/?post_type=x&p=123", "123"),
        ("aliases: ['/?p=123']", "123"),
        ("aliases: ['https://example.org/?p=123']", "123"),
        ("wordpress_id: 123\nid: 77", "123"),
        ("id: a123", ""),
        ("id: 1.5", ""),
        ("id: ١٢٣", ""),
        ("id: 0", ""),
        ("id: [1, 2]", ""),
        (f"id: '{'9' * 5000}'", ""),
    ],
)
def test_the_number_of_a_post_is_read_of_its_header(load: Load, write: Write, header: str, number: str) -> None:
    write("a.md", f"---\n{header}\n---\n# A")
    assert dict(load().past.numbers) == ({number: "/a"} if number else {})


@pytest.mark.unsearched
async def test_a_number_of_wordpress_leads_to_its_page(live: Live, write: Write) -> None:
    for name, header in {
        "a": "wordpress_id: 123", "b": "id: 7", "c": "post_id: 7",
        "d": "id: 9\ndraft: true", "e": "id: 9\nunlisted: true",
    }.items():  # fmt: skip
        write(f"{name}.md", f"---\n{header}\n---\n# {name}")
    await live.refresh()
    for query in ("p=123", "page_id=123", "p=0123", "x=1&p=123"):
        reply = await live.get(f"/?{query}")
        assert (reply.status_code, reply.headers.get("location")) == (301, "/a")
    front = await live.get("/")
    for query in ("p=7", "p=9", "p=1", "p=", "p=x", "p=" + "1" * 5000, "p=%00", "p=123x", "q=123"):
        reply = await live.get(f"/?{query}")
        assert (reply.status_code, reply.text) == (200, front.text)
    assert (await live.get("/about?p=123")).status_code == 200


@pytest.mark.unsearched
async def test_of_two_pages_an_old_address_may_mean_the_404_names_both(live: Live, write: Write) -> None:
    write("essays/2013-05-01-on-rivers.md", "# On rivers")
    write("poems/on-rivers.md", "# Rivers")
    await live.refresh()
    reply = await live.get("/on-rivers")
    assert reply.status_code == 404
    assert all(f'href="{url}"' in reply.text for url in ("/essays/2013-05-01-on-rivers", "/poems/on-rivers"))


HIDING = ("draft: true", "date: 2030-01-01", "unlisted: true", "visibility: private")


@pytest.mark.parametrize("header", HIDING)
def test_no_old_address_betrays_what_is_hidden(load: Load, write: Write, header: str) -> None:
    path = "essays/2030-01-01-secret.md" if "2030" in header else "essays/2013-01-27-secret.md"
    day = path[7:17].replace("-", "/")
    write(path, f"---\n{header}\nslug: a-long-one\nid: 5\n---\n# S")
    write("essays/a.md", "# A")
    site = load()
    asked = ("/secret", path[:-3], f"/{path[7:-3]}", f"/{day}/secret", f"/essays/{day}/secret.html", "/essays/secret")
    asked += ("/a-long-one", f"/{day}/a-long-one", "/data/essays/secret", "/secret.md", "/essays/Secret/")
    assert {leads(site, address) for address in asked} == {"404"}
    assert site.past.numbers == {}


def test_a_hidden_page_makes_no_old_address_ambiguous_and_stops_none(load: Load, write: Write) -> None:
    write("essays/2013-01-27-on-cats.md", "# On cats")
    write("notes/on-cats.md", "---\ndraft: true\n---\n# On cats")
    write("on-cats.md", "---\ndate: 2030-01-01\n---\n# On cats")
    write("old.md", "---\nexpires: 2020-01-01\n---\n# Old")
    write("essays/2013-02-01-old.md", "# Another")
    site = load()
    asked = ("/on-cats", "/old", "/Old/", "/old.html", "/2013/02/old")
    assert [leads(site, path) for path in asked] == [
        "/essays/2013-01-27-on-cats", "410", "410", "410", "/essays/2013-02-01-old"
    ]  # fmt: skip


def test_old_addresses_come_and_go_with_their_page_by_the_one_clock(config: Config, clock: Clock, write: Write) -> None:
    write("essays/2026-12-01-on-cats.md", "---\naliases: [/kittens]\nid: 5\nexpires: 2027-01-01\n---\n# On cats")
    write("essays/2013-01-01-on-dogs.md", "# On dogs")
    write("_redirects", "/pets /kittens\n")
    asked = (
        "/essays/2026-12-01-on-cats",
        "/Essays/2026_12_01_on_cats",
        "/on-cats",
        "/kittens",
        "/pets",
        "/2026/12/on-cats",
    )
    site = sites.load(config, clock, NOW)

    def at(moment: dt.datetime) -> tuple[set[str], int]:
        nonlocal site
        clock.moment = moment
        site = sites.reload(site, clock, NOW, lambda: config)
        return {leads(site, path) for path in asked}, len(site.past.numbers)

    published, expired = (dt.datetime(year, month, 1, tzinfo=config.zone) for year, month in ((2026, 12), (2027, 1)))
    instant = dt.timedelta(microseconds=1)
    shown = {"200", "/essays/2026-12-01-on-cats"}
    assert at(published - instant) == ({"404"}, 0)
    assert at(published) == (shown, 1)
    assert at(expired - instant) == (shown, 1)
    assert at(expired) == ({"404", "410"}, 0)
    assert site.next_due is None


def test_a_page_with_a_pattern_for_its_address_is_found_at_its_place(
    config: Config, clock: Clock, write: Write
) -> None:
    write("essays/2013-01-27-on-cats.md", "# On cats")
    site = sites.load(replace(config, permalinks={"essays": "/:year/:slug"}), clock, NOW)
    asked = ("/2013/on-cats", "/essays/2013-01-27-on-cats", "/essays/2013-01-27-on-cats.html", "/essays/on-cats.md")
    assert [leads(site, path) for path in asked] == ["200", "/2013/on-cats", "/2013/on-cats", "/2013/on-cats.md"]


def test_an_old_address_may_be_the_end_of_a_redirect(load: Load, write: Write) -> None:
    write("essays/2013-01-27-on-cats.md", "---\naliases: [/kittens]\n---\n# On cats")
    write("_redirects", "/cats /2013/01/27/on-cats\n/pets /kittens#tail\n/on-cats /essays\n")
    site = load()
    assert problems(site) == []
    asked = ("/cats", "/pets", "/on-cats")
    assert [leads(site, path) for path in asked] == [
        "/essays/2013-01-27-on-cats", "/essays/2013-01-27-on-cats", "/essays"
    ]  # fmt: skip


# Any text at all

FILES = {
    "index.md": "# Home",
    "a b.md": "---\naliases: ['/old page#part', Lore, ../x, /%C3%A9/]\nid: 3\n---\n# A b",
    "é.md": "---\naliases: [/x, /x/data.json, /index.md, /é]\n---\n# É",
    "ŒSSß.md": "# Eszett",
    "x/index.md": "# X",
    "x/data.json": "{}",
    "x/y.md": "---\naliases: [/old, /other?, /go/y]\nslug: Y_z\n---\n# Y",
    "x/2013-01-27-on_cats.md": "# Cats",
    "x/cats.md": "---\ndraft: true\n---\n# Hidden",
    "n/2013-01-27-on-cats/index.md": "# Bundle\n\n![](a.jpg)",
    "n/2013-01-27-on-cats/a.jpg": "x",
    "p/Red Door.jpg": "x",
    "v1.0.md": "# Version",
    "q.html": "<p>",
    "_redirects": "/go/* /x/:splat\n/to/* https://x.example/:splat\n/loop /Loop/\n/r /r\n/search/x /search/x\n/y 410\n",
}


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("varied")
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return sites.load(Config(content=folder, state=folder / "none"), lambda: NOON, NOW)


ALPHABET = "/\\.%?#:@ \r\n\0_-abcxyznéÉßgoindexmdjsontoldhtml0127\ud800"
WORDS = [
    "data", "old", "page", "x", "Y_z", "on_cats", "2013", "01", "27", "1", "go", "to", "loop", "search", "index", "é",
    ".md", ".json", ".html", "2013-01-27-on-cats", "a b", "/", "//", "Lore", "static", "r", "feed.xml", "..",
]  # fmt: skip
PATHS = st.text() | st.text(ALPHABET, max_size=40) | st.lists(st.sampled_from(WORDS), max_size=8).map("/".join)


@given(PATHS | st.lists(st.sampled_from(WORDS), max_size=6).map("".join))
def test_any_address_is_found_or_leads_to_another_of_this_site(varied: Site, path: str) -> None:
    try:
        found = varied.find(path)
    except Moved as moved:
        location = moved.location
        assert location.isascii()
        assert not set(location) & set("\r\n\0 \\")
        if urlsplit(location).netloc:
            assert location.startswith("https://x.example/")
            assert slugs.spelling(path).partition("/")[0] == "to"
            return
        assert location.startswith("/")
        assert not location.startswith("//")
        target = unquote(urlsplit(location).path)
        assert target != f"/{path}"
        assert varied.lives(target) == target
    except (NotFound, Gone):
        return
    else:
        assert found.address == f"/{path}"


@given(st.data())
def test_every_spelling_of_an_address_finds_it(varied: Site, data: st.DataObject) -> None:
    pages = [url for url in (*varied.sections, *varied.pages, *varied.photos) if url != "/"]
    url = data.draw(st.sampled_from(pages))
    form = data.draw(st.sampled_from(["", "", ".md", ".txt", ".JSON"]))
    asked = "".join(data.draw(st.sampled_from(_alike(letter))) for letter in url)
    asked = unicodedata.normalize(data.draw(st.sampled_from(["NFC", "NFD"])), asked)
    asked += form or data.draw(st.sampled_from(["", "/", ".html", ".htm", "/index", "/index.html", "//", ".HTML/"]))
    expected = url + form.lower()
    assert leads(varied, asked) == ("200" if asked == expected else redirects.location(expected))


def _alike(letter: str) -> list[str]:
    """The spellings of a letter that people mix up."""
    if letter in "-_ ":
        return ["-", "_", " ", "+"]
    return [letter, *(c for c in (letter.upper(), letter.lower()) if c.casefold() == letter.casefold())]


@given(
    st.lists(
        st.sampled_from(["/a", "/b/c", "/b/x.csv", "/p/i", "/p/i.jpg", "/A/", "b.html", "/b", "/", "a", "/tags"])
        | PATHS,
        max_size=4,
    )
)
def test_no_alias_captures_what_is_there(tmp_path_factory: pytest.TempPathFactory, aliases: list[str]) -> None:
    folder = tmp_path_factory.mktemp("captured")
    plain = sites.load(_written(folder, []), lambda: NOON, NOW)
    site = sites.load(_written(folder, aliases), lambda: NOON, NOW)
    for url in (*plain.sections, *plain.pages, *plain.photos, *plain.files):
        assert leads(site, url) == "200"
        assert leads(site, url.upper() + "/") == leads(plain, url.upper() + "/")


def _written(folder: Path, aliases: list[str]) -> Config:
    header = json.dumps({"title": "Z", "aliases": [alias.encode("utf-8", "replace").decode() for alias in aliases]})
    for path, text in {
        "a.md": "# A", "b/c.md": "# C", "b/x.csv": "x", "p/i.jpg": "x", "z.md": header + "\n",
    }.items():  # fmt: skip
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    return Config(content=folder, state=folder / "none")


@pytest.mark.parametrize(
    "header",
    [
        f"+++\n{'.'.join('a' * 990)} = 1\n+++",
        f"+++\n{'.'.join('a' * 99)} = 1\n+++",
        "+++\n[id]\na = 1\n[guid.b]\n+++",
        f"+++\nid = 0x{'f' * 5_000}\n+++",
        f"+++\nid = 0x{'f' * 900}\n+++",
        '{"id": [1], "post_id": {"a": 2}}',
    ],
)
def test_no_header_keeps_the_site_from_its_start(load: Load, write: Write, header: str) -> None:
    write("a.md", f"{header}\n# A")
    write("b.md", "---\nid: 7\n---\n# B")
    assert load().past.numbers == {"7": "/b"}


def test_a_tag_with_a_slash_is_one_segment(load: Load, write: Write) -> None:
    write("a.md", "---\ntags: [reading/2025, C#]\n---\n# A")
    assert {slug: tag.url for slug, tag in load().tags.items()} == {
        "reading-2025": "/tags/reading-2025",
        "csharp": "/tags/csharp",
    }
