"""The tree becomes a snapshot: what is public is everywhere, what is hidden nowhere, and time changes it by itself."""

from __future__ import annotations

import datetime as dt
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from conftest import NOON, Clock, Write
from hypothesis import example, given
from hypothesis import strategies as st

from folio import config as settings
from folio import conventions, pages, redirects
from folio import site as sites
from folio.config import Config
from folio.content import Asset, Page, Photo, Section
from folio.errors import BadContent, Gone, Moved, NotFound, SiteError
from folio.snapshot import Site, is_reserved
from folio.tree import Tree

NOW = time.time() + 3600  # long after any file of these tests was written
Load = Callable[[], Site]


@pytest.fixture
def load(config: Config, clock: Clock) -> Load:
    return lambda: sites.load(config, clock, NOW)


@pytest.fixture
def again(clock: Clock) -> Callable[..., Site]:
    """Reload a site `seconds` later by the file system's clock."""
    return lambda site, seconds=0.0: sites.reload(site, clock, NOW + seconds, lambda: site.config)


def problems(site: Site) -> list[str]:
    return [str(problem) for problem in site.problems]


def listed(site: Site) -> list[str]:
    return [page.url for page in site.public]


def error(site: Site, path: str) -> SiteError:
    with pytest.raises(SiteError) as caught:
        site.find(path)
    return caught.value


# Who may see what, and when


def test_hidden_pages_are_in_no_list(site: Site) -> None:
    seen = {page.url for tag in site.tags.values() for page in tag.pages} | {page.url for page in site.posts}
    seen |= {page.url for section in site.sections.values() for page in section.pages} | {*listed(site)}
    seen |= {page.url for neighbour in site.posts for page in site.neighbours(neighbour) if page}
    assert not {url for url in seen if "draft" in url or "later" in url or "secret" in url}
    assert "/essays/secret" in site.pages


@pytest.mark.parametrize("path", ["essays/2026-09-01-a-draft", "essays/2030-01-01-later", "essays/2030-01-01-later.md"])
def test_a_hidden_page_is_answered_like_an_unknown_one(site: Site, path: str) -> None:
    assert type(error(site, path)) is NotFound
    assert type(error(site, "essays/no-such")) is NotFound


def test_a_scheduled_page_appears_at_its_very_moment(
    load: Load, again: Callable[..., Site], clock: Clock, write: Write
) -> None:
    write("essays/a.md", "# Now\n\n*1 June 2026*")
    write("essays/later.md", "---\ndate: 2026-12-01T10:00:00\ntags: [news]\n---\n# Later")
    due = dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC)  # Berlin is an hour ahead
    site = load()
    assert site.next_due == due.timestamp()
    clock.moment = due - dt.timedelta(microseconds=1)
    assert again(site) is site
    clock.moment = due
    after = again(site)
    assert after.posts[0].url == "/essays/later"
    assert (list(after.tags), after.next_due) == (["news"], None)
    assert after.pages["/essays/a"] is site.pages["/essays/a"]


def test_a_date_without_a_time_begins_at_midnight_of_the_site(load: Load, clock: Clock, write: Write) -> None:
    write("a.md", "---\ndate: 2026-11-02\n---\n# A")
    clock.moment = dt.datetime(2026, 11, 1, 22, 59, 59, tzinfo=dt.UTC)
    assert listed(load()) == []
    clock.moment = dt.datetime(2026, 11, 1, 23, tzinfo=dt.UTC)
    assert listed(load()) == ["/a"]


def test_an_expired_page_is_gone_at_its_moment(
    load: Load, again: Callable[..., Site], clock: Clock, write: Write
) -> None:
    write("a.md", "---\nexpires: 2026-12-01\n---\n# A")
    site = load()
    assert listed(site) == ["/a"]
    clock.moment = dt.datetime(2026, 12, 24, tzinfo=dt.UTC)
    after = again(site)
    assert listed(after) == []
    assert type(error(after, "a")) is Gone


def test_a_draft_that_expired_is_not_told_from_an_unknown_page(load: Load, write: Write) -> None:
    write("a.md", "---\ndraft: true\nexpires: 2013-01-01\n---\n# A")
    assert type(error(load(), "a")) is NotFound


def test_the_clock_ten_years_away_changes_only_what_it_must(load: Load, clock: Clock, write: Write) -> None:
    write("a.md", "# A\n\n*2013*")
    first = load()
    clock.moment = NOON + dt.timedelta(days=3650)
    second = load()
    assert (second.public, second.sections, second.next_due) == (first.public, first.sections, None)


# Reloading


def test_nothing_new_is_the_same_snapshot(site: Site, again: Callable[..., Site]) -> None:
    assert again(site) is site


def test_an_edit_shares_every_other_page(site: Site, again: Callable[..., Site], write: Write) -> None:
    write("essays/2013-01-27-on-trains.md", "# On fast trains")
    after = again(site)
    changed = {page.url for page in after.public if not any(page is old for old in site.public)}
    assert changed == {"/essays/2013-01-27-on-trains"}
    assert after.sections["/essays"].pages[-1].title == "On fast trains"
    assert "travel" in site.tags
    assert [page.url for page in after.tags["travel"].pages] == ["/essays/2026-06-11-on-cats"]


def test_a_dropped_file_and_a_deleted_one_are_right_everywhere(
    site: Site, again: Callable[..., Site], write: Write, content: Path
) -> None:
    write("essays/2026-10-30-new.md", "---\ntags: [fresh]\n---\n# New")
    after = again(site)
    assert after.posts[0].url == after.sections["/essays"].pages[0].url == after.tags["fresh"].pages[0].url
    (content / "essays/2026-10-30-new.md").unlink()
    kept = again(after, 1)
    assert kept.pages is after.pages
    gone = again(kept, 4)
    assert "fresh" not in gone.tags
    assert "/essays/2026-10-30-new" not in {*gone.pages, *listed(gone), *(p.url for p in gone.posts)}


def test_a_reading_that_only_settles_keeps_the_very_same_pages(
    config: Config, clock: Clock, write: Write, again: Callable[..., Site]
) -> None:
    os.utime(write("a.md", "# A"), (NOW, NOW))
    first = sites.load(config, clock, NOW)
    assert first.next_due is not None
    settled = again(first, 10)
    assert settled.pages is first.pages
    assert settled.next_due is None
    assert again(settled, 20) is settled


def test_a_broken_file_keeps_its_page_and_is_named(site: Site, again: Callable[..., Site], write: Write) -> None:
    write("about.md", "---\ntitle: x\ndraft: perhaps\n---\n# About")
    broken = again(site)
    assert broken.pages["/about"] is site.pages["/about"]
    (told,) = problems(broken)
    assert told == "about.md:3: draft is 'perhaps'; write true or false (its last good version is shown)"
    write("about.md", "# About us")
    mended = again(broken)
    assert (mended.pages["/about"].title, problems(mended)) == ("About us", [])


def test_a_file_that_is_broken_at_a_fresh_start_is_hidden_and_named(load: Load, write: Write) -> None:
    write("about.md", "---\ntitle: 'x\n---\n# About")
    site = load()
    assert listed(site) == []
    assert problems(site)[0].startswith("about.md:2: ")
    assert problems(site)[0].endswith("(it is hidden until this is fixed)")


def test_changed_settings_take_effect_and_broken_ones_do_not(
    config: Config, clock: Clock, write: Write, demo: None
) -> None:
    def given() -> Config:
        return replace(settings.load({"content": config.content}, {}), base_url=config.base_url)

    first = sites.load(config, clock, NOW)
    write("site.toml", 'title = "Another"\ntimezone = "Asia/Tokyo"\n')
    second = sites.reload(first, clock, NOW, given)
    assert (second.config.title, second.config.state) == ("Another", config.state)
    write("site.toml", 'titel = "Slip"\n')
    third = sites.reload(second, clock, NOW, given)
    assert third.config.title == "Another"
    assert problems(third) == [
        "site.toml:1: 'titel' is not a setting (did you mean 'title'?) (the last good settings stay in use)"
    ]
    write("site.toml", 'title = "Mended"\n')
    assert problems(sites.reload(third, clock, NOW, given)) == []


def test_a_reload_equals_a_fresh_start(config: Config, clock: Clock, demo: None, content: Path, write: Write) -> None:
    chance = random.Random(1)
    site = sites.load(config, clock, NOW)
    names = [
        "essays/a.md",
        "essays/2013-b.md",
        "poems/c.md",
        "photos/red/red.md",
        "photos/blue/IMG_1.jpg",
        "d/index.md",
    ]
    for step in range(60):
        path = content / chance.choice(names)
        if path.exists() and chance.random() < 0.4:
            path.unlink()
        else:
            tags = chance.choice(["", "---\ntags: [x]\n---\n", "---\ndraft: true\n---\n", "---\nunlisted: true\n---\n"])
            write(str(path.relative_to(content)), f"{tags}# Step {step}\n")
        site = sites.reload(
            sites.reload(site, clock, NOW + 10 * step, lambda: config), clock, NOW + 10 * step + 5, lambda: config
        )
        fresh = sites.load(config, clock, NOW)
        assert [(p.url, p.title) for p in site.public] == [(p.url, p.title) for p in fresh.public]
        for name in ("sections", "photos", "unlisted", "files", "tags", "pages", "gone"):
            mine, theirs = getattr(site, name), getattr(fresh, name)
            assert sorted(mine) == sorted(theirs), name
        assert {u: [p.url for p in s.photos] for u, s in site.sections.items()} == {
            u: [p.url for p in s.photos] for u, s in fresh.sections.items()
        }
        assert site.problems == fresh.problems


# Moves


def recorded(config: Config) -> dict[str, str]:
    rules = redirects.read(config.state / "redirects", "redirects").exact.values()
    return {rule.old: rule.new for rule in rules}


def test_a_renamed_page_leaves_a_redirect(
    site: Site, again: Callable[..., Site], content: Path, config: Config, clock: Clock
) -> None:
    (content / "about.md").rename(content / "me.md")
    after = again(site)
    assert recorded(config) == {"/about": "/me"}
    moved = error(after, "about")
    assert isinstance(moved, Moved)
    assert (moved.location, moved.status) == ("/me", 301)
    (content / "me.md").rename(content / "who.md")
    later = again(after)
    assert recorded(config) == {"/about": "/who", "/me": "/who"}
    assert isinstance(again_moved := error(sites.load(config, clock, NOW), "about"), Moved)
    assert again_moved.location == "/who"
    (content / "who.md").rename(content / "about.md")
    assert isinstance(again(later).find("about").thing, Page)
    assert recorded(config) == {"/me": "/about", "/who": "/about"}


def test_hidden_pages_leave_no_redirect(site: Site, again: Callable[..., Site], content: Path, config: Config) -> None:
    (content / "essays/2026-09-01-a-draft.md").rename(content / "essays/other.md")
    again(site)
    assert recorded(config) == {}


def test_a_page_moved_to_the_drafts_is_not_betrayed(site: Site, again: Callable[..., Site], content: Path) -> None:
    (content / "drafts").mkdir()
    (content / "about.md").rename(content / "drafts/about.md")
    assert type(error(again(site), "about")) is NotFound


def test_a_reorganisation_is_told_and_not_recorded(
    load: Load, again: Callable[..., Site], content: Path, write: Write, config: Config
) -> None:
    for n in range(21):
        write(f"old/{n}.md", f"# Page {n}\n\nWords {n}.")
    site = load()
    (content / "old").rename(content / "new")
    after = again(site)
    assert recorded(config) == {}
    assert problems(after) == ["_redirects: 21 pages moved at once; write their redirects here if you want any"]
    assert isinstance(after.find("new/3").thing, Page)


def test_a_state_folder_that_cannot_be_written_stops_nothing(
    site: Site, again: Callable[..., Site], content: Path, config: Config
) -> None:
    config.state.write_text("a file in its place")
    (content / "about.md").rename(content / "me.md")
    after = again(site)
    assert isinstance(after.find("me").thing, Page)
    assert any("moves cannot be recorded in the state folder" in problem for problem in problems(after))


# Addresses


@pytest.mark.parametrize(
    ("path", "kind", "form"),
    [
        ("", Section, ""),
        ("index.md", Section, "md"),
        ("about", Page, ""),
        ("about.json", Page, "json"),
        ("essays", Section, ""),
        ("essays/feed.xml", Section, "feed.xml"),
        ("essays.txt", Section, "txt"),
        ("photos/red", Section, ""),
        ("photos/red/red", Photo, ""),
        ("photos/red/red.json", Photo, "json"),
        ("photos/red/red.jpg", Photo, "file"),
        ("notes/data.csv", Asset, ""),
        ("static/own.txt", Asset, ""),
        ("essays/secret", Page, ""),
    ],
)
def test_an_address_leads_to_its_thing(site: Site, path: str, kind: type, form: str) -> None:
    found = site.find(path)
    assert (type(found.thing), found.form) == (kind, form)
    assert found.address == f"/{path}"


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("about/", "/about"),
        ("About", "/about"),
        ("about.html", "/about"),
        ("ABOUT.md", "/about.md"),
        ("index", "/"),
        ("index.html", "/"),
        ("/", "/"),
        ("//", "/"),
        ("/about", "/about"),
        ("essays/", "/essays"),
        ("essays/index.html", "/essays"),
        ("essays/index.md", "/essays.md"),
        ("Essays/2026_06_11_On_Cats", "/essays/2026-06-11-on-cats"),
        ("essays/2026-06-11-on-cats.md/", "/essays/2026-06-11-on-cats.md"),
        ("Photos/Red/RED.JPG", "/photos/red/red.jpg"),
        ("notes/DATA.csv", "/notes/data.csv"),
        ("old-cats", "/essays/2026-06-11-on-cats"),
        ("old-cats/", "/essays/2026-06-11-on-cats"),
    ],
)
def test_any_other_spelling_moves_to_the_one_address(site: Site, path: str, location: str) -> None:
    moved = error(site, path)
    assert isinstance(moved, Moved)
    assert (moved.location, moved.status) == (location, 301)
    assert site.find(location[1:])


@pytest.mark.parametrize(
    "path",
    ["/evil.example", "//evil.example/x", "\\evil.example", "..", "../etc/passwd", "essays/../about",
     "essays/%2e%2e/about", "about\0", "\0", "x" * 5_000, "a/" * 2_500, "100%", "%", "about%00",
     ".git/config", "site.toml", "_redirects",
     "essays/.draft", "photos/red/red.md.md", "about.pdf.md", "notes/data.csv.md", "\ud800", "static/../engine.py",
     "random", "essays/nope/feed.xml", "about/feed.xml"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(site: Site, path: str) -> None:
    assert type(error(site, path)) is NotFound


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("small")
    files = {
        "index.md": "# Home", "a b.md": "# A b", "é.md": "# É", "x/index.md": "# X", "x/data.json": "{}",
        "x/y.md": "---\naliases: [/old, /other?]\n---\n# Y", "_redirects": "/go/* /x/:splat\n/to/* https://x.example/:splat\n",
    }  # fmt: skip
    for path, text in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return sites.load(Config(content=folder, state=folder / "none"), lambda: NOON, NOW)


ALPHABET = "/\\.%?#:@ \r\n\0_-abxyéÉgoindexmdjsontoldhtml\ud800"


@example("/feed.xml")
@given(st.text() | st.text(ALPHABET, max_size=40) | st.text(ALPHABET, max_size=20).map("go/{}".format))
def test_any_address_is_found_or_raises_our_errors(small: Site, path: str) -> None:
    try:
        found = small.find(path)
    except Moved as moved:
        assert moved.location.isascii()
        assert not set(moved.location) & set("\r\n\0 \\")
        if not moved.location.startswith("https://x.example/"):
            assert moved.location.startswith("/")
            assert not moved.location.startswith("//")
        return
    except (NotFound, Gone):
        return
    assert found.address == f"/{path}"


@given(st.text(ALPHABET, max_size=20))
@example("tag")  # the engine's own lists
@example("themes.html")
def test_a_moved_address_arrives_in_one_step(small: Site, path: str) -> None:
    try:
        small.find(path)
    except Moved as moved:
        ours = moved.location in conventions.OWN or is_reserved(unquote(moved.location))
        if moved.location.startswith("/") and not ours:
            assert small.find(unquote(moved.location)[1:])
    except SiteError:
        pass


def test_aliases_lead_to_their_page(load: Load, write: Write) -> None:
    write("a.md", "---\naliases: [/old, 2013/01/27/on-cats/, /%C3%BC, /b]\n---\n# A")
    write("b.md", "# B")
    site = load()
    for path in ("old", "OLD/", "2013/01/27/on-cats", "ü"):
        moved = error(site, path)
        assert isinstance(moved, Moved)
        assert moved.location == "/a"
    assert isinstance(found := site.find("b").thing, Page)
    assert found.title == "B"


def test_redirects_reach_everything_that_answers(load: Load, write: Write) -> None:
    targets = [
        "/photos/red.jpg",
        "/photos.md",
        "/Essays/",
        "/essays/feed.xml",
        "/search?q=x",
        "/static/site.css",
        "/#top",
    ]
    write("_redirects", "".join(f"/old{n} {target}\n" for n, target in enumerate(targets)))
    write("photos/red.jpg", b"x")
    write("essays/a.md", "# A")
    site = load()
    assert problems(site) == []
    for n, target in enumerate(targets):
        moved = error(site, f"old{n}")
        assert isinstance(moved, Moved)
        assert moved.location == target.removesuffix("/").replace("/Essays", "/essays")


def test_redirects_that_do_nothing_are_named(load: Load, write: Write) -> None:
    write("a.md", "# A")
    write("_redirects", "/a /b\n/x /y\n/fine /a\n/bad\n")
    assert [line.split(": ")[0] for line in problems(load())] == ["_redirects:1", "_redirects:2", "_redirects:4"]


def test_odd_names_have_addresses_that_work(load: Load, write: Write) -> None:
    names = [
        "two words",
        "a#b",
        "what?",
        "100%",
        "%2e%2e",
        'it\'s "quoted"',
        "cats 🐈",
        "日本語",
        "a&b",
        "back\\slash",
        "<b>",
    ]
    for name in names:
        write(f"{name}/{name}.md", f"# {name}")
        write(f"{name}/{name}.csv", b"x")
        write(f"{name} pictures/{name}.jpg", b"x")
    site = load()
    assert len(site.public) == len(site.files) == len(site.photos) == len(names)
    for url, thing in (*site.pages.items(), *site.files.items(), *site.photos.items(), *site.sections.items()):
        assert site.find(url[1:]).thing is thing
        assert not url.startswith("//")
    assert problems(site) == []


# One address, two things


def test_of_two_files_with_one_address_the_first_keeps_it_and_the_other_is_named(load: Load, write: Write) -> None:
    write("a b.md", "# Spaces")
    write("a-b.md", "# Dashes")
    write("c.md", "# Page")
    write("c/index.md", "# Index")
    write("drafts/x.md", "---\nurl: /c\n---\n# Draft")
    site = load()
    assert {page.title for page in site.public} == {"Spaces", "Page"}
    assert problems(site) == [
        "a-b.md: /a-b is already the address of a b.md (rename one, or give a slug)",
        "c/index.md: /c is already the address of c.md (rename one, or give a slug)",
    ]


@pytest.mark.parametrize(
    "path", ["search/x.md", "health.md", "tags/cats.md", "api.md", "icon/a.svg", "feed.xml", "thumb/a.jpg"]
)
def test_the_engines_addresses_are_not_for_content(load: Load, write: Write, path: str) -> None:
    write(path, "# X")
    site = load()
    assert (listed(site), dict(site.files), dict(site.photos)) == ([], {}, {})
    assert [problem.endswith("belongs to the engine; choose another name") for problem in problems(site)] == [True]


def test_content_can_introduce_the_engines_pages(load: Load, write: Write) -> None:
    write("archive.md", "# Everything")
    write("tags/index.md", "# By subject")
    write("search.md", "---\ndraft: true\n---\n# Find")
    site = load()
    assert {url: page.title for url, page in site.intros.items()} == {"/archive": "Everything", "/tags": "By subject"}
    assert (listed(site), problems(site)) == ([], [])


def test_the_writers_own_robots_file_wins(load: Load, write: Write) -> None:
    write("robots.txt", "User-agent: *")
    write("favicon.ico", b"x")
    assert set(load().files) == {"/robots.txt", "/favicon.ico"}


def test_settings_and_private_files_are_never_served(load: Load, write: Write) -> None:
    private = ("_redirects", "photos/metadata.yml", "_private/x.txt", ".env", "drafts/x.pdf", "notes/drafts/x.png")
    for path in (*private, "Gemfile", "conf.py", "config.toml"):
        write(path, "hushhush")
    site = load()
    assert (dict(site.files), dict(site.pictures)) == ({}, {})


def test_a_page_can_be_the_front_page_from_anywhere(load: Load, write: Write) -> None:
    write("home.md", "---\npermalink: /\n---\n# Home")
    site = load()
    page = site.sections["/"].page
    assert page is not None
    assert page.title == "Home"


def test_an_empty_site_has_a_front_page(load: Load) -> None:
    site = load()
    assert (site.find("").thing, site.problems, site.next_due) == (site.sections["/"], (), None)


# Folders, galleries, bundles


def test_folders_with_something_public_are_sections(load: Load, write: Write) -> None:
    write("a/b/c/x.md", "# X")
    write("d/x.md", "---\ndraft: true\n---\n# X")
    write("my notes/x.md", "# X")
    write("files/x.pdf", b"x")
    site = load()
    assert {url: section.title for url, section in site.sections.items()} == {
        "/": "A small site", "/a": "A", "/a/b": "B", "/a/b/c": "C", "/my-notes": "My notes"
    }  # fmt: skip
    assert site.sections["/"].sections == ("/a", "/my-notes")
    assert site.sections["/a/b"].sections == ("/a/b/c",)


def test_a_folder_of_pictures_is_a_gallery_with_sidecars(load: Load, write: Write) -> None:
    write("p/index.md", "# Pictures\n\nWords about them.")
    write("p/IMG_0153.JPG", b"x")
    write("p/red door.jpg", b"x")
    write("p/red door.md", "---\ntitle: The door\nalt: A door\ntags: [red]\ndate: 2013\n---\nA caption.")
    site = load()
    section = site.sections["/p"]
    assert (section.is_gallery, [photo.url for photo in section.photos]) == (True, ["/p/IMG_0153", "/p/red-door"])
    nameless, door = section.photos
    assert (nameless.title, nameless.alt, nameless.sidecar) == ("", "", None)
    assert (door.title, door.alt, door.tags, door.date and door.date.iso) == ("The door", "A door", ("red",), "2013")
    assert listed(site) == ["/p"]


def test_the_index_of_a_gallery_is_no_sidecar(load: Load, write: Write) -> None:
    write("p/index.md", "---\ntitle: Pictures\nalt: A door\ntags: [red]\n---\nWords about them.")
    write("p/index.jpg", b"x")
    section = load().sections["/p"]
    assert section.is_gallery and section.page and section.page.title == "Pictures"
    assert [(photo.path, photo.sidecar, photo.alt, photo.tags) for photo in section.photos] == [
        ("p/index.jpg", None, "", ())
    ]


@pytest.mark.parametrize(
    ("files", "gallery"),
    [
        ({"p/a.jpg": "x"}, True),
        ({"p/a.jpg": "x", "p/index.md": "# P"}, True),
        ({"p/a.jpg": "x", "p/index.md": "![](a.jpg)"}, False),
        ({"p/a b.jpg": "x", "p/index.md": "![](a%20b.jpg)"}, False),
        ({"p/a.jpg": "x", "p/other.md": "# Other"}, False),
        ({"p/a.jpg": "x", "p/a.md": "caption"}, True),
        ({"p/a.jpg": "x", "p/notes.pdf": "x"}, True),
        ({"p/x.pdf": "x", "p/index.md": "# P"}, False),
        ({"p/a.jpg": "x", "p.md": "# P\n\n![](p/a.jpg)"}, False),
        ({"a.jpg": "x"}, False),
        ({"static/a.jpg": "x"}, False),
    ],
)
def test_a_gallery_is_told_from_a_section_and_a_bundle(
    load: Load, write: Write, files: dict[str, str], gallery: bool
) -> None:
    for path, text in files.items():
        write(path, text)
    site = load()
    assert any(section.is_gallery for section in site.sections.values()) is gallery
    assert bool(site.photos) is gallery
    picture = next((path for path in files if path.endswith(".jpg")), "")
    assert not picture or site.find(picture).form == "file"


def test_every_photograph_with_a_page_stands_in_its_gallery(load: Load, write: Write) -> None:
    for path in (
        "p/a.jpg",
        "p/a/b.jpg",
        "p.md",
        "q/a.jpg",
        "q/a.md",
        "q/a/z.jpg",
        "r r/a.jpg",
        "r-r/a.jpg",
        "s/s.jpg",
        "s/s.md",
    ):
        write(path, "# X")
    site = load()
    for photo in site.photos.values():
        assert photo in site.sections[photo.gallery].photos
        assert site.find(photo.url[1:]).thing is photo


def test_two_photographs_of_one_stem_have_two_addresses(load: Load, write: Write) -> None:
    for name in ("a.jpg", "a.png", "a.webp", "A.jpg"):
        write(f"p/{name}", b"x")
    assert [photo.url for photo in load().sections["/p"].photos] == ["/p/A", "/p/a", "/p/a-png", "/p/a-webp"]


@pytest.mark.parametrize("words", ["---\ndraft: true\n---\n", "---\ntitle: 'x\n---\n", "---\nexpires: 2013\n---\n"])
def test_a_hidden_or_broken_sidecar_hides_its_picture(load: Load, write: Write, words: str) -> None:
    write("p/a.jpg", b"x")
    write("p/b.jpg", b"x")
    write("p/a.md", words)
    site = load()
    assert set(site.pictures) == {"p/b.jpg"}
    assert listed(site) == []


def test_a_hidden_picture_is_out_of_its_gallery_but_can_be_shown_by_link(load: Load, write: Write) -> None:
    write("p/a.jpg", b"x")
    write("p/b.jpg", b"x")
    write("p/a.md", "---\nhidden: true\n---\n")
    site = load()
    assert [photo.url for photo in site.sections["/p"].photos] == ["/p/b"]
    assert site.find("p/a.jpg").form == "file"
    assert type(error(site, "p/a")) is NotFound


@pytest.mark.parametrize("words", ["---\ndraft: true\n---\n# P", "---\ntitle: 'x\n---\n", "---\ndate: 2030\n---\n# P"])
def test_a_hidden_gallery_hides_its_pictures_files_and_captions(load: Load, write: Write, words: str) -> None:
    write("p/index.md", words)
    write("p/a.jpg", b"x")
    write("p/a.md", "Canary caption")
    write("p/x.pdf", b"x")
    site = load()
    assert (listed(site), dict(site.pictures), dict(site.files), dict(site.pages)) == ([], {}, {}, {})
    assert list(site.sections) == ["/"]
    for path in ("p", "p/a", "p/a.jpg", "p/a.md", "p/x.pdf"):
        assert type(error(site, path)) is NotFound


def test_an_unlisted_gallery_is_only_for_who_has_its_address(load: Load, write: Write) -> None:
    write("p/index.md", "---\nunlisted: true\n---\n# Family\n\nWords.")
    write("p/a.jpg", b"x")
    write("q/a.jpg", b"x")
    site = load()
    assert (list(site.sections), list(site.photos), site.sections["/"].sections) == (["/", "/q"], ["/q/a"], ("/q",))
    section = site.find("p").thing
    assert isinstance(section, Section)
    assert section.page is not None
    assert (section.title, section.is_gallery, [photo.url for photo in section.photos]) == ("Family", True, ["/p/a"])
    assert isinstance(site.find("p/a").thing, Photo)
    assert site.page("/p") is section.page


def test_an_unlisted_folder_keeps_its_own_words(load: Load, write: Write) -> None:
    write("a/index.md", "---\nunlisted: true\n---\n# Quiet")
    write("a/x.md", "# X")
    site = load()
    assert (listed(site), site.sections["/"].sections, "/a" in site.sections) == (["/a/x"], (), False)
    assert isinstance(found := site.find("a").thing, Section)
    assert found.title == "Quiet"


def test_a_hidden_front_page_hides_no_file_beside_it(load: Load, write: Write) -> None:
    write("index.md", "---\ndraft: true\n---\n# Home")
    write("robots.txt", "User-agent: *")
    site = load()
    assert list(site.files) == ["/robots.txt"]
    assert site.sections["/"].page is None


def test_a_scheduled_caption_brings_its_picture_at_its_time(
    load: Load, again: Callable[..., Site], clock: Clock, write: Write
) -> None:
    write("p/a.jpg", b"x")
    write("p/a.md", "---\ndate: 2026-12-24\n---\n")
    site = load()
    assert (dict(site.photos), site.next_due is not None) == ({}, True)
    clock.moment = dt.datetime(2026, 12, 25, tzinfo=dt.UTC)
    assert list(again(site).photos) == ["/p/a"]


# Lists


def test_posts_are_the_dated_pages_of_the_posts_sections(load: Load, write: Write) -> None:
    write("essays/index.md", "---\ndate: 2026-01-01\n---\n# Essays")
    write("essays/2013-a.md", "# A")
    write("essays/undated.md", "# B")
    write("notes/2014-c.md", "# C")
    assert [page.url for page in load().posts] == ["/essays/2013-a"]


def test_without_such_a_section_every_dated_page_is_a_post(load: Load, write: Write) -> None:
    write("notes/2014-c.md", "# C")
    write("2015-d.md", "# D")
    write("undated.md", "# E")
    assert [page.url for page in load().posts] == ["/2015-d", "/notes/2014-c"]


def test_spellings_of_a_tag_are_one_under_the_commonest(load: Load, write: Write) -> None:
    write("a.md", "---\ntags: [Python, C++, C#, C]\n---\n# A")
    write("b.md", "---\ntags: [python, python]\n---\n# B\n\n*2013*")
    write("c.md", "---\ntags: [python, Open Source]\n---\n# C\n\n*2014*")
    tags = load().tags
    assert {slug: tag.name for slug, tag in tags.items()} == {
        "c": "C", "cplusplus": "C++", "csharp": "C#", "open-source": "Open Source", "python": "python"
    }  # fmt: skip
    assert [page.url for page in tags["python"].pages] == ["/c", "/b", "/a"]


def test_neighbours_are_the_dated_pages_around_by_date(load: Load, write: Write) -> None:
    write("n/2011-a.md", "# A")
    write("n/2012-b.md", "---\nweight: 9\n---\n# B")
    write("n/2013-c.md", "# C")
    write("n/undated.md", "# D")
    write("n/2012-07-x.md", "---\ndraft: true\n---\n# X")
    site = load()

    def around(name: str) -> list[str | None]:
        return [page and page.title for page in site.neighbours(site.pages[f"/n/{name}"])]

    assert around("2011-a") == [None, "B"]
    assert around("2012-b") == ["A", "C"]
    assert around("2013-c") == ["B", None]
    assert around("undated") == [None, None]


def test_a_folder_of_jekylls_posts_is_called_by_the_folder_they_are_in(load: Load, write: Write) -> None:
    write("cats/_posts/2023-04-01-tom.md", "# Tom\n")
    write("_posts/2023-04-02-tim.md", "# Tim\n")
    write("my_posts/x.md", "# X\n")
    titles = {url: section.title for url, section in load().sections.items()}
    assert titles == {"/": "A small site", "/cats": "Cats", "/my_posts": "My posts"}


def test_a_folder_lists_weights_then_dates_then_titles(load: Load, write: Write) -> None:
    for path, text in {
        "n/z.md": "# Alpha", "n/y.md": "# beta", "n/2013-b.md": "# B", "n/2014-a.md": "# A", "n/2013-a.md": "# A",
        "n/last.md": "---\nweight: 2\n---\n# L", "n/first.md": "---\nweight: 1\n---\n# F",
    }.items():  # fmt: skip
        write(path, text)
    assert [page.url.rpartition("/")[2] for page in load().sections["/n"].pages] == [
        "first", "last", "2014-a", "2013-a", "2013-b", "z", "y"
    ]  # fmt: skip


def test_the_order_is_total_and_the_same_whatever_came_first(load: Load, write: Write) -> None:
    for n in range(30):
        write(f"essays/{n:02}.md", f"---\ndate: 2013{'-01' if n % 2 else ''}\n---\n# Same title")
    urls = [page.url for page in load().posts]
    shuffled = list(load().public)
    random.Random(7).shuffle(shuffled)
    assert [page.url for page in pages.newest(shuffled)] == urls
    assert urls[0] == "/essays/01"
    assert urls[-1] == "/essays/28"


def steps(work: Callable[[], object]) -> int:
    """Count the calls that some work takes: unlike time, the same on every machine."""
    counted = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal counted
        counted += event == "call"

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return counted


def test_a_tree_of_twice_the_size_takes_twice_the_work(config: Config, clock: Clock, write: Write) -> None:
    """No step compares every page, folder or photograph with every other."""

    def grow(first: int, last: int) -> Site:
        for n in range(first, last):
            write(f"n{n}/2013-a.md", f"---\ntags: [all, t{n}]\n---\n# A {n}")
            write(f"all/2013-a{n}.md", f"# All {n}")
            write(f"p{n}/a.jpg", b"x")
            write(f"p/a{n}.jpg", b"x")
        return sites.load(config, clock, NOW)

    def work(site: Site) -> int:
        def all_of_it() -> None:
            loaded = sites.load(config, clock, NOW)
            sites.reload(replace(loaded, falls_due=0.0), clock, NOW, lambda: config)

        return steps(all_of_it) + steps(lambda: [site.neighbours(page) for page in site.public])

    small, large = work(grow(0, 40)), work(grow(40, 80))
    assert large < 2.2 * small


def test_a_broken_settings_file_does_not_stop_a_reload(site: Site, clock: Clock, write: Write) -> None:
    def given() -> Config:
        raise BadContent("site.toml", 3, "slip")

    write("site.toml", "x")
    write("about.md", "# Still read")
    after = sites.reload(site, clock, NOW, given)
    assert after.pages["/about"].title == "Still read"


def test_a_site_can_be_made_by_hand(config: Config) -> None:
    assert type(error(Site(config, Tree(), NOON), "x")) is NotFound
