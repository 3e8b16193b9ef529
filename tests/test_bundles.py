"""A folder with nothing but one page in it is that page, and a folder again as soon as there is a second."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from conftest import NOON, Clock, Live, Write
from PIL import Image

from folio import site as sites
from folio.config import Config
from folio.content import Page, Section
from folio.snapshot import Site

NOW = NOON.timestamp() + 10**9  # long after any file of these tests was written
CATS = "essays/2024-05-01-cats/index.md"
Load = Callable[[], Site]


@pytest.fixture
def load(config: Config, clock: Clock) -> Load:
    return lambda: sites.load(config, clock, NOW)


def jpeg() -> bytes:
    file = BytesIO()
    Image.new("RGB", (60, 40)).save(file, "JPEG")
    return file.getvalue()


def test_a_bundle_is_a_page_among_its_parents_pages(load: Load, write: Write) -> None:
    write("essays/index.md", "# Essays")
    write("essays/2023-01-01-before.md", "# Before")
    write("essays/2025-01-01-after.md", "# After")
    write(CATS, "# Cats\n\n![](cover.jpg) [data](data.csv)")
    write("essays/2024-05-01-cats/cover.jpg", b"x")
    write("essays/2024-05-01-cats/data.csv", "a,b")
    site = load()
    cats = site.pages["/essays/2024-05-01-cats"]
    assert (cats.is_index, cats.section, cats.date and cats.date.iso) == (False, "essays", "2024-05-01")
    assert [page.title for page in site.posts] == ["After", "Cats", "Before"]
    assert [page.title for page in site.sections["/essays"].pages] == ["After", "Cats", "Before"]
    assert [page and page.title for page in site.neighbours(cats)] == ["Before", "After"]
    assert (site.sections["/essays"].sections, list(site.sections)) == ((), ["/", "/essays"])
    assert (list(site.files), list(site.pictures), list(site.photos)) == (
        ["/essays/2024-05-01-cats/data.csv"], ["essays/2024-05-01-cats/cover.jpg"], []
    )  # fmt: skip
    assert site.problems == ()


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"a/index.md": "# A"}, Page),
        ({"a/index.markdown": "# A"}, Page),
        ({"a/b/index.md": "# B", "a/index.md": "# A", "a/b/c/x.pdf": "x"}, Section),
        ({"a/_index.md": "# A"}, Section),
        ({"a/index.md": "# A", "a/b.md": "# B"}, Section),
        ({"a/index.md": "# A", "a/b/c/d.md": "# D"}, Section),
        ({"a/index.md": "# A", "a/b/index.md": "# B"}, Section),
        ({"a/index.md": "# A", "a/b.md": "---\ndraft: true\n---\n"}, Page),
        ({"a/index.md": "# A", "a/b.md": "---\nunlisted: true\n---\n"}, Page),
        ({"a/index.md": "# A", "a/b.md": "---\ndate: 2030-01-01\n---\n"}, Page),
        ({"a/index.md": "# A", "a/b.md": "---\nurl: /b\n---\n"}, Section),
        ({"a/index.md": "# A", "b.md": "---\nurl: /a/b\n---\n"}, Section),
        ({"a/index.md": "# A", "a/b.csv": "x"}, Page),
        ({"a/index.md": "# A", "a/one.jpg": "x"}, Section),
        ({"a/index.md": "# A\n\n![](one.jpg)", "a/one.jpg": "x", "a/two.jpg": "x"}, Page),
        ({"a/index.md": "---\nimage: one.jpg\n---\n# A", "a/one.jpg": "x"}, Page),
        ({"a/index.md": "---\nimage: one.jpg\n---\n# A", "a/one.jpg": "x", "a/two.jpg": "x"}, Section),
        ({"a/index.md": "# A", "a/cover.jpg": "x", "a/feature-wide.png": "x"}, Page),
        ({"a/index.md": "# A", "a/cover.jpg": "x", "a/two.jpg": "x"}, Section),
        ({"a/_index.md": "# A", "a/cover.jpg": "x"}, Section),
        ({"a/index.md": "# A\n\n![](img/one.jpg)", "a/img/one.jpg": "x", "a/img/two.jpg": "x"}, Page),
        ({"a/index.md": "# A\n\n![](i%20b/one.jpg)", "a/i b/one.jpg": "x"}, Page),
        ({"a/index.md": "# A\n\n![](b/1.jpg)", **{f"a/b/{n}.jpg": "x" for n in (1, 2, 3)}}, Section),
        ({"a/index.md": "# A", "a/b/one.jpg": "x"}, Section),
        ({"a/index.md": "---\nunlisted: true\n---\n# A"}, Page),
    ],
)  # fmt: skip
def test_a_bundle_is_told_from_a_folder(load: Load, write: Write, files: dict[str, str], kind: type) -> None:
    for path, text in files.items():
        write(path, text)
    assert type(load().find("a").thing) is kind


def test_the_root_is_always_the_front_page(load: Load, write: Write) -> None:
    write("index.md", "# Home")
    assert isinstance(load().find("").thing, Section)
    write("index.md", "---\ndraft: true\n---\n# Home")
    write("a/index.md", "---\nurl: /\n---\n# Another home")
    site = load()
    assert isinstance(home := site.find("").thing, Section)
    assert home.title == "Another home"


def test_a_bundle_at_the_root_is_in_no_section(load: Load, write: Write) -> None:
    write("about/index.md", "# About")
    site = load()
    assert (site.pages["/about"].section, site.sections["/"].pages) == ("", (site.pages["/about"],))


def test_a_second_page_makes_it_a_folder_and_its_loss_a_page_again(config: Config, clock: Clock, write: Write) -> None:
    def again(site: Site, seconds: float) -> Site:
        return sites.reload(site, clock, NOW + seconds, lambda: config)

    write("essays/cats/index.md", "# Cats")
    write("essays/other.md", "# Other")
    first = sites.load(config, clock, NOW)
    write("essays/other.md", "# Other words")
    second = again(first, 1)
    assert second.pages["/essays/cats"] is first.pages["/essays/cats"]
    kittens = write("essays/cats/kittens.md", "# Kittens")
    third = again(second, 2)
    section = third.sections["/essays/cats"]
    assert ([page.title for page in section.pages], section.page and section.page.is_index) == (["Kittens"], True)
    assert "/essays/cats" not in third.pages
    kittens.unlink()
    fourth = again(again(third, 3), 10)
    assert fourth.pages == second.pages


def test_a_bundle_that_moves_leaves_a_redirect(config: Config, clock: Clock, write: Write) -> None:
    old = write("essays/cats/index.md", "# Cats\n\nWords.")
    write("essays/other.md", "# Other")
    first = sites.load(config, clock, NOW)
    old.parent.rename(old.parent.with_name("kittens"))
    after = sites.reload(first, clock, NOW + 1, lambda: config)
    assert {old: rule.new for old, rule in after.redirects.exact.items()} == {"/essays/cats": "/essays/kittens"}


def test_a_hidden_bundle_hides_what_lies_beside_it(load: Load, write: Write) -> None:
    write("essays/2030-01-01-cats/index.md", "# Cats\n\n![](a.jpg)")
    write("essays/2030-01-01-cats/a.jpg", b"x")
    write("essays/2030-01-01-cats/a.csv", b"x")
    write("essays/b.md", "# B")
    site = load()
    assert [page.url for page in site.public] == ["/essays/b"]
    assert (dict(site.files), dict(site.pictures), list(site.sections)) == ({}, {}, ["/", "/essays"])


async def test_a_bundle_is_shown_fed_searched_and_given_like_any_page(live: Live, write: Write) -> None:
    write(
        CATS,
        "---\ntags: [whiskers]\nimage: cover.jpg\n---\n# Of cats\n\nPurring ![A cat](cover.jpg) [data](data.csv)\n\n"
        "[Next](../2026-06-11-on-cats.md) [beside](2026-10-01-on-tables)",
    )
    write("essays/2024-05-01-cats/cover.jpg", jpeg())
    write("essays/2024-05-01-cats/data.csv", "a,b")
    await live.refresh()
    url = "/essays/2024-05-01-cats"
    page = (await live.get(url)).text
    assert "og:type" in page
    assert 'content="article"' in page
    for part in (f'href="{url}/data.csv"', 'src="/images/', "/essays/2013-01-27-on-trains", f'href="{url}.md"'):
        assert part in page
    for target in ("/essays/2026-06-11-on-cats", "/essays/2026-10-01-on-tables"):
        assert f'href="{target}"' in page
    for path, words in {
        "/essays": "Of cats", "/essays/feed.xml": "Purring", "/feed.xml": "Purring", "/archive": "Of cats",
        "/tags/whiskers": "Of cats", "/search?q=purring": "Of cats", "/api/search?q=purring": '"section":"essays"',
        "/sitemap.xml": url, "/llms.txt": "Of cats", f"{url}.md": "Purring",
        f"{url}.json": "Purring", f"{url}.txt": "Purring", "/api/blog": "Of cats", f"{url}/data.csv": "a,b",
        f"/icon{url}.svg": "<svg",
    }.items():  # fmt: skip
        reply = await live.get(path)
        assert (reply.status_code, words in reply.text) == (200, True), path
    for path in (f"{url}/", f"{url}.html", f"{url}/index.html", f"{url}/index", "/2024/05/01/cats.html", "/cats"):
        assert (await live.get(path)).headers.get("location") == url, path
    assert (await live.get(f"{url}/index.md")).headers.get("location") == f"{url}.md"
    assert (await live.get(f"{url}/feed.xml")).status_code == 404
    assert (await live.get(f"{url}.pdf")).headers["content-type"] in ("application/pdf", "text/html; charset=utf-8")
    assert f'href="{url}"' not in (await live.get("/directory")).text  # which lists folders


@pytest.mark.unsearched
async def test_other_pages_link_to_a_bundle_by_its_file_its_folder_and_its_old_name(live: Live, write: Write) -> None:
    write("essays/2024-05-01-cats/index.md", "---\naliases: cats/\n---\n# Of cats")
    write(
        "notes/a.md",
        "# A\n\n[one](../essays/2024-05-01-cats/index.md) [two](/essays/2024-05-01-cats/) [three](../essays/cats/)",
    )
    await live.refresh()
    assert (await live.get("/notes/a")).text.count('href="/essays/2024-05-01-cats"') == 3


DATED = "---\ndate: 2024-05-01\n---\n# Trip"


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"p/a/index.md": DATED, "p/a/index.de.md": DATED}, Page),
        ({"p/a/index.md": DATED, "p/a/other.md": "# Other"}, Page),
        ({"p/a/index.md": DATED, "p/a/b/other.md": "# Other"}, Page),
        ({"p/a/index.md": DATED, "p/a/2024-06-01-other.md": "# Other"}, Section),
        ({"p/a/index.md": DATED, "p/a/b/2024-06-01-other.md": "# Other"}, Section),
        ({"p/a/_index.md": DATED, "p/a/other.md": "# Other"}, Section),
        ({"p/a/index.md": "# Trip", "p/a/index.de.md": "# Reise"}, Section),
    ],
)
def test_a_post_stays_one_beside_its_other_pages(load: Load, write: Write, files: dict[str, str], kind: type) -> None:
    for path, text in files.items():
        write(path, text)
    assert type(load().find("p/a").thing) is kind


def test_a_section_with_a_date_stays_one(load: Load, write: Write) -> None:
    write("essays/index.md", DATED)
    write("essays/2024-06-01-a.md", "# A")
    write("notes/index.md", DATED)
    write("notes/a.md", "# A")
    assert [*load().sections] == ["/", "/essays", "/notes"]


def test_pages_beside_a_post_are_listed_where_it_is(load: Load, write: Write) -> None:
    write("posts/2024-05-01-trip/index.md", "# Trip")
    write("posts/2024-05-01-trip/index.de.md", DATED)
    write("posts/2024-05-01-trip/map.md", "# Map")
    write("posts/2024-05-01-trip/more/a.md", "# More")
    write("2024-05-02-day/index.md", "# Day")
    write("2024-05-02-day/more.md", "# More")
    site = load()
    post = "/posts/2024-05-01-trip"
    assert [page.url for page in site.sections["/posts"].pages] == [f"{post}/index.de", post, f"{post}/map"]
    assert ([*site.sections], site.sections["/posts"].sections) == (["/", "/posts", f"{post}/more"], (f"{post}/more",))
    assert [page.url for page in site.posts] == ["/2024-05-02-day", f"{post}/index.de", post]
    assert site.problems == ()


def test_unlisted_pages_beside_a_post_are_no_collision(load: Load, write: Write) -> None:
    write("posts/index.md", "---\ncascade: {unlisted: true}\n---\n# Posts")
    write("posts/2024-05-01-trip/index.md", "# Trip")
    write("posts/2024-05-01-trip/other.md", "# Other")
    assert load().problems == ()
