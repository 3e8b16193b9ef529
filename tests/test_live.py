"""A site that changes while it runs: each change is right everywhere, at once, and nothing is lost."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
import resource
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import NOON, PATIENCE_SECONDS, Clock, Live, Write, running
from PIL import Image

from engine import create_api
from folio import config as settings
from folio import health, search
from folio.cache import Maker
from folio.config import Config
from folio.scan import AWAY

PID, ADDRESS_SPACE = Maker("os:getpid", 1), Maker("resource:getrlimit", 1)
CATS = "/essays/2026-06-11-on-cats"
DOGS = "/essays/2026-10-20-on-dogs"


async def where(live: Live, words: str) -> set[str]:
    """Return the places that show `words`."""
    places = {
        "home": "/",
        "archive": "/archive",
        "section": "/essays",
        "tag": "/tags/animals",
        "feed": "/feed.xml",
        "atom": "/essays/atom.xml",
        "sitemap": "/sitemap.xml",
        "search": "/search?q=borzoi",
        "api": "/api/blog",
        "json": "/essays.json",
    }
    return {name for name, path in places.items() if words in (await live.get(path)).text}


EVERYWHERE = {"home", "archive", "section", "tag", "feed", "atom", "sitemap", "search", "api", "json"}


async def test_a_dropped_file_appears_everywhere(live: Live, write: Write) -> None:
    assert await where(live, DOGS) == set()
    write("essays/2026-10-20-on-dogs.md", "---\ntags: [animals]\n---\n# On dogs\n\nThe borzoi runs.\n")
    await live.refresh()
    assert "The borzoi runs." in (await live.get(DOGS)).text
    assert await where(live, DOGS) == EVERYWHERE


async def test_an_edit_is_right_everywhere(live: Live, write: Write) -> None:
    write("essays/2026-10-20-on-dogs.md", "---\ntags: [animals]\n---\n# On dogs\n\nThe borzoi runs.\n")
    await live.refresh()
    before = (await live.get(DOGS)).headers["etag"]
    write("essays/2026-10-20-on-dogs.md", "---\ntags: [animals]\n---\n# Sighthounds\n\nA borzoi naps.\n", age=30)
    await live.refresh()
    after = await live.get(DOGS)
    assert "A borzoi naps." in after.text
    assert after.headers["etag"] != before
    assert await where(live, "Sighthounds") == EVERYWHERE - {"sitemap"}
    assert await where(live, "On dogs") == set()


async def test_a_thread_at_work_leaves_the_interpreter_to_visitors_soon(live: Live) -> None:
    assert sys.getswitchinterval() <= 0.0005  # seconds; a visitor needs it some four times


async def test_a_broken_file_keeps_its_last_good_version_and_is_named(
    live: Live, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    good = (await live.get(CATS)).text
    broken = "---\ntags: [Animals\ndraft: maybe\n---\n# Broken\n"
    with caplog.at_level(logging.WARNING, "folio.content"):
        write("essays/2026-06-11-on-cats.md", broken, age=30)
        await live.refresh()
    assert (await live.get(CATS)).text == good
    assert CATS in (await live.get("/archive")).text
    problems = (await live.get("/health")).json()["problems"]
    assert re.match(r"essays/2026-06-11-on-cats\.md:\d+: .*last good version", problems[0])
    assert "essays/2026-06-11-on-cats.md:" in caplog.text
    write("essays/2026-06-11-on-cats.md", "# Mended\n\nAll well.\n", age=20)
    await live.refresh()
    assert "All well." in (await live.get(CATS)).text
    assert (await live.get("/health")).json()["problems"] == []


async def test_a_renamed_file_leaves_a_redirect(live: Live, write: Write) -> None:
    old = live.press.site.config.content / "essays/2026-06-11-on-cats.md"
    old.rename(old.with_name("2026-06-11-felines.md"))
    await live.refresh()
    moved = await live.get(CATS)
    assert (moved.status_code, moved.headers["location"]) == (301, "/essays/2026-06-11-felines")
    assert "Cats sleep" in (await live.get("/essays/2026-06-11-felines")).text
    assert await where(live, CATS + '"') == set()
    assert "/essays/2026-06-11-felines" in (await live.get("/sitemap.xml")).text
    assert (await live.get("/old-cats")).headers["location"] == "/essays/2026-06-11-felines"
    recorded = (live.press.site.config.state / "redirects").read_text()
    assert f"{CATS} /essays/2026-06-11-felines 301" in recorded


async def test_a_renamed_note_is_still_named_and_its_move_is_logged(
    live: Live, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    old = write("boats/Boat.md", "# A boat\n\nIt floats.\n")
    write("notes/sea.md", "# Sea\n\nSee [[Boat]].\n")
    await live.refresh()
    with caplog.at_level(logging.INFO, "folio.content"):
        old.rename(old.with_name("Ship.md"))
        await live.refresh()
        await live.refresh()
    assert [record.message for record in caplog.records if record.levelno == logging.INFO] == [
        "boats/Boat.md moved to boats/Ship.md: /boats/Boat redirects there"
    ]
    assert '<a href="/boats/Ship">Boat</a>' in (await live.get("/notes/sea")).text


async def test_a_deleted_file_goes_everywhere_after_a_grace(live: Live, config: object, write: Write) -> None:
    (live.press.site.config.content / "essays/2026-06-11-on-cats.md").unlink()
    await live.refresh()
    assert (await live.get(CATS)).status_code == 200, "editors take away before they put back"
    await until(live, lambda: CATS not in live.press.site.pages)
    assert (await live.get(CATS)).status_code == 404
    assert await where(live, CATS) == set()
    assert "on-cats" not in (await live.get("/search?q=cats")).text.partition("<main")[2].replace("on-cats.md", "")


async def test_the_watcher_sees_what_is_written(live: Live, write: Write) -> None:
    write("essays/2026-10-21-unbidden.md", "# Unbidden\n\nNobody asked for this.\n", age=0)
    await until(live, lambda: "/essays/2026-10-21-unbidden" in live.press.site.pages)
    assert "Nobody asked" in (await live.get("/essays/2026-10-21-unbidden")).text


async def test_a_scheduled_page_appears_at_its_time(live: Live, clock: Clock, write: Write) -> None:
    write(
        "essays/2026-11-05-soon.md",
        "---\ndate: 2026-11-05T08:00:00+01:00\nexpires: 2026-12-01\n---\n# Soon\n\nWords.\n",
    )
    await live.refresh()
    assert (await live.get("/essays/2026-11-05-soon")).status_code == 404
    clock.moment = dt.datetime(2026, 11, 5, 7, 0, 0, tzinfo=dt.UTC)
    await live.refresh()
    assert (await live.get("/essays/2026-11-05-soon")).status_code == 200
    assert "/essays/2026-11-05-soon" in (await live.get("/feed.xml")).text
    clock.moment = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    await live.refresh()
    assert (await live.get("/essays/2026-11-05-soon")).status_code == 410
    assert "/essays/2026-11-05-soon" not in (await live.get("/feed.xml")).text
    assert clock.moment > NOON


async def test_changed_settings_take_effect_without_a_restart(live: Live, write: Write) -> None:
    content = live.press.site.config.content
    live.press.reread = lambda: settings.load({"content": content}, {})
    write("site.toml", 'title = "Renamed"\n')
    await live.refresh()
    assert "Renamed" in (await live.get("/")).text
    write("site.toml", 'titel = "Oops"\n', age=30)
    await live.refresh()
    assert "Renamed" in (await live.get("/")).text
    problems = (await live.get("/health")).json()["problems"]
    assert any(problem.startswith("site.toml:1:") and "'title'" in problem for problem in problems)


async def test_every_bound_of_what_runs_changes_with_the_settings(live: Live, write: Write) -> None:
    assert (await live.get("/search?q=cats")).headers["x-ratelimit-limit"] == "100000"
    live.press.reread = lambda: settings.load({"content": live.press.site.config.content}, {})
    before = await live.press.workers.run(PID)
    write("site.toml", "[limits]\nsearches = 7\nmake_seconds = 33\nworker_memory_mb = 700\n")
    await live.refresh()
    assert (await live.get("/search?q=cats")).headers["x-ratelimit-limit"] == "7"
    assert await live.press.workers.run(PID) != before
    assert await live.press.workers.run(ADDRESS_SPACE, resource.RLIMIT_AS) == (700 << 20, 700 << 20)


async def test_a_changed_zone_is_that_of_photographs_too(live: Live, write: Write) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[36867] = "2026:01:01 23:30:00"
    Image.new("RGB", (60, 40)).save(live.press.site.config.content / "photos/red/late.jpg", exif=exif)
    await live.refresh()
    assert (await live.get("/photos/red/late.json")).json()["date"] == "2026-01-01T23:30:00+01:00"
    live.press.reread = lambda: settings.load({"content": live.press.site.config.content}, {})
    write("site.toml", 'timezone = "Asia/Tokyo"\n')
    await live.refresh()
    assert (await live.get("/photos/red/late.json")).json()["date"] == "2026-01-01T23:30:00+09:00"


async def test_a_changed_title_is_that_of_the_schema_too(live: Live, write: Write) -> None:
    assert "title: A small site" in (await live.get("/api/schema")).text
    live.press.reread = lambda: settings.load({"content": live.press.site.config.content}, {})
    write("site.toml", 'title = "Renamed"\ndescription = "Words."\n')
    await live.refresh()
    schema = (await live.get("/api/schema")).text
    assert ("title: Renamed" in schema, "description: Words." in schema) == (True, True)


async def test_what_is_switched_off_is_not_there(live: Live, write: Write) -> None:
    live.press.reread = lambda: settings.load({"content": live.press.site.config.content}, {})
    write("site.toml", "[features]\npdf = false\nsearch = false\n[sections.essays]\nfeed = false\n")
    await live.refresh()
    searches = ("/search", "/search?q=cats", "/search/feed.xml", "/api/search?q=cats", "/api/search/autocomplete?q=ca")
    for path in (*searches, CATS + ".pdf", "/essays/feed.xml"):
        assert (await live.get(path)).status_code == 404, path
    assert ".pdf" not in (await live.get(CATS)).text
    assert (await live.get("/feed.xml")).status_code == 200


async def test_a_page_can_do_without_the_list_of_its_headings(live: Live, write: Write) -> None:
    write("essays/2026-10-20-on-dogs.md", "# On dogs\n\n## Ears\n\n## Noses\n\n## Tails\n")
    await live.refresh()
    assert '<nav class="toc"' in (await live.get(DOGS)).text
    write(
        "essays/2026-10-20-on-dogs.md", "---\ntoc: false\n---\n# On dogs\n\n## Ears\n\n## Noses\n\n## Tails\n", age=30
    )
    await live.refresh()
    page = (await live.get(DOGS)).text
    assert ("Noses" in page, '<nav class="toc"' in page) == (True, False)


async def test_a_request_that_began_before_a_change_ends_with_what_it_began(live: Live, write: Write) -> None:
    answers = [asyncio.create_task(live.get("/archive")) for _ in range(5)]
    write("essays/2026-10-20-on-dogs.md", "# On dogs\n\nThe borzoi runs.\n")
    await live.refresh()
    assert {(await answer).status_code for answer in answers} == {200}
    assert DOGS in (await live.get("/archive")).text


async def until(live: Live, holds: Callable[[], bool]) -> None:
    """Wait for the running site itself to come to something."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110 - the watcher has no event that a test could wait for
            await asyncio.sleep(0.02)


async def test_an_unreadable_picture_is_a_placeholder_and_a_report(live: Live, write: Write) -> None:
    write("photos/red/torn.jpg", b"\xff\xd8\xff\xe0 not a picture")
    await live.refresh()
    assert (await live.get("/photos/red")).status_code == 200
    page = await live.get("/photos/red/torn")
    assert page.status_code == 200
    for address in set(re.findall(r'(/images/[^" ]+)', page.text)):
        assert (await live.get(address)).headers["content-type"] == "image/svg+xml"


async def test_health_names_problems_by_file_and_line(live: Live, write: Write) -> None:
    assert (await live.get("/health")).json()["problems"] == []
    write("essays/broken.md", "---\ntitle: [\n---\n# Broken\n")
    await live.refresh()
    report = (await live.get("/health")).json()
    assert report["status"] == "problems"
    assert any(problem.startswith("essays/broken.md:") for problem in report["problems"])


async def test_whoever_asks_first_there_is_one_search(
    config: settings.Config, clock: Clock, demo: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[threading.Thread] = []

    class Noted(search.Index):
        def __init__(self, *args: Any) -> None:
            made.append(threading.current_thread())
            super().__init__(*args)

    monkeypatch.setattr(search, "Index", Noted)
    api = create_api(config, clock=clock)
    press = api.state.press
    async with press.lifespan(api):
        await asyncio.gather(health.report(press), health.report(press), press._index())
    assert made == [threading.current_thread()]  # a thread of its own may have made another at the same moment


async def test_health_says_that_the_content_cannot_be_read_until_it_can(live: Live, write: Write) -> None:
    def broken() -> settings.Config:
        raise RuntimeError("essays/2026-09-01-a-draft.md")

    good, live.press.reread = live.press.reread, broken
    write("site.toml", 'title = "Another"\n')
    for _ in range(2):
        await live.press.look()
    report = (await live.get("/health")).json()
    assert (report["status"], report["problems"]) == (
        "problems",
        ["the content has been unreadable since 13:00 (RuntimeError, see the log); the last good state is shown"],
    )
    live.press.reread = good
    await live.press.look()
    assert (await live.get("/health")).json()["problems"] == []


async def test_while_the_folder_is_away_the_site_stays(live: Live, content: Path) -> None:
    paths = ("/", CATS, "/old-cats", "/feed.xml", "/photos/red")
    before = [(await live.get(path)).content for path in paths]
    content.rename(away := content.with_name("away"))
    await live.press.look()
    assert [(await live.get(path)).content for path in paths] == before
    assert "(FileNotFoundError, see the log)" in (await live.get("/health")).json()["problems"][0]
    away.rename(content)
    await live.press.look()
    assert (await live.get("/health")).json()["problems"] == []


async def test_while_the_disk_of_the_folder_is_away_the_site_stays(live: Live, content: Path) -> None:
    paths = ("/", CATS, "/old-cats", "/feed.xml", "/photos/red")
    before = [(await live.get(path)).content for path in paths]
    generation = live.press.generation
    on_a_disk = generation.site.tree._replace(disks={"": -1})  # no device has this number
    live.press.generation = replace(generation, site=replace(generation.site, tree=on_a_disk))
    content.rename(away := content.with_name("away"))
    content.mkdir()
    for _ in range(2):
        await live.press.look()
        assert [(await live.get(path)).content for path in paths] == before
        assert (await live.get("/health")).json()["problems"] == [f".: {AWAY}"]
    content.rmdir()
    away.rename(content)
    await live.press.look()
    assert (await live.get("/health")).json()["problems"] == []


async def test_redirects_stay_while_their_file_is_replaced(live: Live, content: Path, write: Write) -> None:
    rules = (content / "_redirects").read_text()
    (content / "_redirects").unlink()
    write("essays/2026-10-20-on-dogs.md", "---\ntags: [animals]\n---\n# On dogs\n")
    await live.refresh()
    assert (await live.get("/old-cats")).headers["location"] == CATS
    write("_redirects", rules.replace("old-cats", "former-cats"))
    await live.refresh()
    assert (await live.get("/former-cats")).headers["location"] == CATS
    assert (await live.get("/old-cats")).status_code == 404


@pytest.mark.parametrize("at_start", [True, False])
async def test_redirects_outside_the_folder_are_not_read(
    config: Config, clock: Clock, demo: None, content: Path, write: Write, at_start: bool
) -> None:
    (secret := content.with_name("secret")).write_text("/private https://intranet.example/\n")
    written = content / "_redirects"

    def lead_out() -> None:
        written.unlink()
        written.symlink_to(secret)

    if at_start:
        lead_out()
    at_once = replace(config, limits=replace(config.limits, delete_grace_seconds=0))
    async with running(at_once, clock) as live:
        if not at_start:
            assert (await live.get("/old-cats")).headers["location"] == CATS
            lead_out()
            await live.refresh()
        assert (await live.get("/private")).status_code == 404
        assert (await live.get("/old-cats")).status_code == 404
        told = (await live.get("/health")).json()["problems"]
        assert told == ["_redirects: left out: a link that leaves the content folder"]


async def test_a_writers_own_files_are_served_as_they_are(live: Live, write: Write) -> None:
    write("pictures/logo.svg", '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    write("robots.txt", "User-agent: *\nDisallow: /private\n")
    await live.refresh()
    logo = await live.get("/pictures/logo.svg")
    assert "sandbox" in logo.headers["content-security-policy"]
    assert "Disallow: /private" in (await live.get("/robots.txt")).text
    assert (await live.get("/static/own.txt")).text == "the writer's own\n"
    for path in ("/site.toml", "/_redirects", "/essays/2026-06-11-on-cats.md.bak", "/static/../engine.py"):
        assert (await live.get(path)).status_code == 404


async def test_an_embed_is_allowed_on_its_page_alone(live: Live, write: Write) -> None:
    write("essays/film.md", '# Film\n\n<iframe src="https://video.example.com/1" title="A film"></iframe>\n')
    await live.refresh()
    policy = (await live.get("/essays/film")).headers["content-security-policy"]
    assert "frame-src https://video.example.com" in policy
    assert "frame-src" not in (await live.get("/about")).headers["content-security-policy"]


async def test_the_authors_comments_are_in_no_form_and_no_feed(live: Live, write: Write) -> None:
    secret = "Shown %%hushhush%%.\n\n{% comment %}\nhushhush\n{% endcomment %}\n\n%% hushhush\n```\n\nx\n```\n%%\n"
    write("essays/2026-06-12-on-notes.md", f"# On notes\n\n{secret}")
    write("poems/index.md", f"# Poems\n\n{secret}")
    write("photos/red/red.md", f"---\ntitle: A red door\n---\n{secret}")
    await live.refresh()
    things = ["/essays/2026-06-12-on-notes", "/poems", "/photos/red/red"]
    answers = [await live.get(thing + form) for thing in things for form in ("", ".md", ".txt", ".json")]
    answers += [await live.get(thing, Accept=kind) for thing in things for kind in ("text/markdown", "text/plain")]
    answers += [await live.get(feed) for feed in ("/feed.xml", "/atom.xml", "/feed.json", "/llms.txt")]
    assert [answer.status_code for answer in answers] == [200] * 22
    assert [answer.url.path for answer in answers if "hushhush" in answer.text] == []
