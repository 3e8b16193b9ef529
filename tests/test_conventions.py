"""What the engine makes itself is found where another system kept it, and in every spelling."""

from __future__ import annotations

import pytest
from conftest import Clock, Live, Write

from engine import create_api
from folio import conventions
from folio import site as sites
from folio.config import Config
from folio.errors import Moved, NotFound
from folio.snapshot import Site

NOW = 4e9


@pytest.fixture
def site(config: Config, clock: Clock, write: Write) -> Site:
    write("posts/2020-01-01-a.md", "---\ntags: [Go, On cats, C++, snake_case]\n---\n# A\n")
    return sites.load(config, clock, NOW)


def leads(site: Site, path: str) -> str:
    try:
        site.find(path.removeprefix("/"))
    except Moved as moved:
        return f"{moved.status} {moved.location}"
    except NotFound:
        return "404"
    return "200"


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/archive/", "/archive"),
        ("/Archive", "/archive"),
        ("/archive.html", "/archive"),
        ("/archive/index.html", "/archive"),
        ("/archive/By_Length/", "/archive/by-length"),
        ("/archives/", "/archive"),
        ("/SEARCH", "/search"),
        ("/api/blog/", "/api/blog"),
        ("/Sitemap.XML", "/sitemap.xml"),
        ("/tags/go/", "/tags/go"),
        ("/tags/Go.html", "/tags/go"),
        ("/tag/On%20cats", "404"),
        ("/tag/On cats", "/tags/on-cats"),
        ("/category/on_cats.html", "/tags/on-cats"),
        ("/Categories/C++/", "/tags/cplusplus"),
        ("/topics/snake_case", "/tags/snake_case"),
        ("/search/label/Go", "/tags/go"),
        ("/tag/go/index.html", "/tags/go"),
        ("/categories/", "/tags"),
        ("/category/none", "404"),
        ("/tags/none/", "404"),
        ("/index.xml", "/feed.xml"),
        ("/feed/", "/feed.xml"),
        ("/RSS/", "/feed.xml"),
        ("/rss", "/feed.xml"),
        ("/atom", "/atom.xml"),
        ("/feed/atom/", "/atom.xml"),
        ("/feeds/all.atom.xml", "/atom.xml"),
        ("/posts/index.xml", "/posts/feed.xml"),
        ("/Posts/rss/", "/posts/feed.xml"),
        ("/posts/none/index.xml", "404"),
        ("/tags/go/index.xml", "/tags/go/feed.xml"),
        ("/category/go/feed/", "/tags/go/feed.xml"),
        ("/category/none/feed/", "404"),
        ("/archive", "404"),
        ("/tags/go", "404"),
        ("//elsewhere.example/feed", "404"),
        ("//elsewhere.example/archive", "404"),
        ("/\\elsewhere.example/tags/", "404"),
    ],
)
def test_an_address_of_another_system_leads_to_the_engines(site: Site, path: str, location: str) -> None:
    assert leads(site, path) == (location if location == "404" else f"301 {location}")


def test_what_the_tree_holds_comes_first(config: Config, clock: Clock, write: Write) -> None:
    write("posts/feed.md", "# Feed\n")
    write("notes/rss/index.md", "# RSS\n")
    site = sites.load(config, clock, NOW)
    assert leads(site, "/posts/feed") == "200"
    assert leads(site, "/notes/rss/") == "301 /notes/rss"
    assert leads(site, "/posts/feed/") == "301 /posts/feed"


def test_every_exact_route_is_known(config: Config) -> None:
    routes = {route.route for route in create_api(config).router.routes}
    assert {route for route in routes if "{" not in route} - {"/"} <= {*conventions.OWN}


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        ("/search/?q=x+y", "/search?q=x+y"),
        ("/SEARCH?q=%C3%A9&page=2", "/search?q=%C3%A9&page=2"),
        ("/api/blog/?tag=travel", "/api/blog?tag=travel"),
        ("/archive/by-length/", "/archive/by-length"),
        ("/archive/By-Length", "/archive/by-length"),
        ("/tags/travel/", "/tags/travel"),
        ("/tags/travel.html", "/tags/travel"),
        ("/tags/Travel/index.xml", "/tags/travel/feed.xml"),
        ("/essays/?x=1", "/essays"),
    ],
)
async def test_what_is_asked_is_kept_on_the_way(shared: Live, asked: str, location: str) -> None:
    answer = await shared.get(asked)
    assert (answer.status_code, answer.headers["location"]) == (301, location)
    assert (await shared.get(location)).status_code == 200


@pytest.mark.unsearched
async def test_the_index_of_a_tags_folder_introduces_the_tag(live: Live, write: Write) -> None:
    write("tags/travel/_index.md", "---\ntitle: Going places\ndescription: By train.\n---\n[Cats](/tags/animals).\n")
    await live.refresh()
    page = (await live.get("/tags/travel")).text
    assert "Going places</h1>" in page
    assert '<a href="/tags/animals">Cats</a>.' in page
    assert 'content="By train."' in page
    assert (await live.get("/health")).json()["problems"] == []
    assert (await live.get("/tags/animals")).text.count("Animals</h1>") == 1
    assert "Going places" not in (await live.get("/directory")).text
