"""Before a large tree is read, a page is answered from its own file and those it leads to: as the whole site does."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import PATIENCE_SECONDS, Clock, Live, Write, write_below
from drawing import draws
from hypothesis import example, given
from hypothesis import strategies as st

from engine import create_api
from folio import loading, markdown, mirror, opening, press, readers, references, scan
from folio import site as sites
from folio.config import Config, Features
from folio.content import Page
from folio.entries import Entry
from folio.opening import Opening
from folio.press import Press
from folio.snapshot import Site

GARDENS = sorted(path for path in Path(__file__).with_name("garden").iterdir() if path.is_dir())
HIDDEN = "hushhush"
TREE = {
    "index.md": "# Home\n",
    "a/index.md": "# A\n",
    "a/plain.md": "# Plain\n\nNothing but words, #one.\n",
    "a/2026-06-01-dated.md": "---\ntags: [one]\n---\n# Dated\n\n[Plain](plain.md), [b](/b/far), [home](/), [A](/a/).\n",
    "a/named.md": "# Named\n\n[[plain]], [[far|words]], [[dated]], [[a]], [tags](/tags/one) and [elsewhere](https://x.org).\n",
    "a/spelled.md": "# Spelled\n\n[Old](/A/Plain.html), [form](/a/plain.md), [on itself](#x).\n",
    "a/slow.md": "---\nslug: quick\n---\n# Elsewhere\n",
    "a/secret.md": f"---\ndraft: true\n---\n# Draft\n\n{HIDDEN}\n",
    "a/quiet.md": f"---\nunlisted: true\n---\n# Quiet\n\n{HIDDEN}\n",
    "a/2030-01-01-later.md": f"# Later\n\n{HIDDEN}\n",
    "a/past.md": f"---\nexpires: 2026-01-01\n---\n# Past\n\n{HIDDEN}\n",
    "a/broken.md": f"---\ndraft: [\n---\n# Broken\n\n{HIDDEN}\n",
    "a/to-secret.md": "# To a draft\n\n[It](secret.md).\n",
    "a/to-nothing.md": "# To nothing\n\n[It](nothing.md).\n",
    "a/to-old.md": "# To an old address\n\n[It](/old).\n",
    "a/by-title.md": "# By title\n\n[[Only a title]].\n",
    "a/by-alias.md": "# By alias\n\n[[another name]].\n",
    "a/by-either.md": "# By one of two\n\n[[two]].\n",
    "a/shows.md": "# Shows a page\n\n![[plain]]\n",
    "a/titled.md": "---\naliases: [another name, /a/alias]\n---\n# Only a title\n",
    "a/twice.md": "# Twice\n",
    "a/twice/index.md": "# Twice more\n",
    "a/filed.md": "# Filed\n",
    "a/filed.txt": "A file of that name.\n",
    "a/part-1.md": "---\nseries: A walk\nseries_order: 1\n---\n# Out\n\n[Back](part-2.md).\n",
    "a/part-2.md": "---\nseries: A walk\nseries_order: 2\n---\n# Back\n",
    "a/wie.md": "---\nlang: de\n---\n# Wie\n\n\"Worte\" mit [einem Bild](../shown/hill.csv).\n",
    "b/far.md": "# Far\n\n![A hill](../shown/hill.png)\n",
    "shown/index.md": "# Shown\n\n![](hill.png)\n",
    "shown/hill.csv": "a,b\n",
    "x/two.md": "# Two\n",
    "y/two.md": "---\ndraft: true\n---\n# Two\n",
    "rooms/red/index.md": "# Red\n",
    "rooms/red/door.md": "---\nalt: A door\n---\nIn the harbour.\n",
    "shut/index.md": "---\ncascade:\n  draft: true\n---\n# Shut\n",
    "shut/page.md": f"# Below\n\n{HIDDEN}\n",
    "shut/deep/er.md": f"# Deeper\n\n{HIDDEN}\n",
    "torn/index.md": "---\ncascade: [\n---\n",
    "torn/page.md": f"# Behind what nobody can read\n\n{HIDDEN}\n",
    "drafts/idea.md": f"# Idea\n\n{HIDDEN}\n",
    "tags/own.md": "# Of a reserved name\n",
    "llms.md": "# Of a name that is the engine's as text\n",
    "_redirects": "/old /a/plain\n",
}  # fmt: skip
OPEN = (
    "/a/plain", "/a/plain.md", "/a/plain.txt", "/a/plain.json", "/icon/a/plain.svg", "/a/2026-06-01-dated", "/a/named",
    "/a/spelled", "/a/titled", "/a/filed", "/a/by-either", "/a/part-1", "/a/wie", "/b/far", "/x/two", "/llms",
)  # fmt: skip
SHUT = (
    "/", "/index.md", "/a", "/a/index", "/a/", "/a/nothing", "/a/Plain", "/a/plain/", "/a/plain.html", "/a/plain.pdf",
    "/a/plain.epub", "/a/slow", "/a/quick", "/a/secret", "/a/secret.json", "/icon/a/secret.svg", "/a/quiet",
    "/a/2030-01-01-later", "/a/past", "/a/broken", "/a/to-secret", "/a/to-nothing", "/a/to-old", "/a/by-title",
    "/a/by-alias", "/a/shows", "/a/alias", "/a/twice", "/a/filed.txt", "/shown", "/shown/hill.png", "/y/two",
    "/rooms/red", "/rooms/red/door", "/shut/page", "/shut/deep/er", "/torn/page", "/drafts/idea", "/old", "/tags/own",
    "/tags/one", "/archive", "/search", "/feed.xml", "/a/feed.xml", "/sitemap.xml", "/llms.txt", "/robots.txt",
    "/static/own.txt", "//a/plain", "/a/../a/plain", "/a/plain\n", "/a/plain.md.md",
)  # fmt: skip


async def parse(page: Page) -> markdown.Document:
    return markdown.parse(page.body.text, language=page.language or "en", math=page.math)


def opened(config: Config, clock: Clock) -> Opening:
    return Opening(config, clock, scan.names(config.content))


def words(site: Site, page: Page, document: markdown.Document) -> markdown.Html:
    return markdown.render(document, references.resolver(site, page.path, {}, {page.path: document}))


async def compared(config: Config, clock: Clock) -> tuple[set[str], list[str]]:
    """Ask an opening for every page of a tree; return which it has, and those that say something else on the whole."""
    whole, few, told = sites.load(config, clock, time.time()), opened(config, clock), list[str]()
    shown = [page for entry in whole.tree.entries.values() if (page := entry.page) and await few.has(page.url, parse)]
    for page in shown:
        document, there = await parse(page), whole.pages.get(page.url)
        found = few.site.find(page.url[1:]).thing
        if found != there or words(few.site, page, document) != words(whole, page, document):
            told.append(page.url)
    return {page.url for page in shown}, told


@pytest.fixture
def tree(write: Write) -> None:
    for path, text in TREE.items():
        write(path, text)
    for path in ("shown/hill.png", "rooms/red/door.png"):
        write(path, b"\x89PNG\r\n\x1a\n")


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("address", OPEN)
async def test_a_page_whose_links_are_certain_is_open(config: Config, clock: Clock, address: str) -> None:
    assert await opened(config, clock).has(address, parse)


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("address", SHUT)
async def test_whatever_is_in_doubt_or_hidden_waits(config: Config, clock: Clock, address: str) -> None:
    few = opened(config, clock)
    assert not await few.has(address, parse)
    assert HIDDEN not in "".join(page.body.text for page in few.site.pages.values() if page.path != "a/quiet.md")


@pytest.mark.usefixtures("tree")
async def test_pages_say_what_they_say_on_the_whole_site(config: Config, clock: Clock) -> None:
    shown, told = await compared(config, clock)
    assert told == []
    assert shown == {"/a/part-2", *(address for address in OPEN if "." not in address)}


@pytest.mark.parametrize("garden", GARDENS, ids=lambda path: path.name)
async def test_so_do_those_of_other_systems(config: Config, clock: Clock, garden: Path) -> None:
    shown, told = await compared(replace(config, content=garden), clock)
    assert told == []
    assert len(shown) >= 2


NAMES = ("x", "X", "x-y", "x_y", "x y", "2026-01-01-x", "index", "é")
FOLDERS = ("", "a/", "a/b/", "B/", "x/")
PLACES = tuple(f"{folder}{name}" for folder, name in itertools.product(FOLDERS, NAMES))
HEADS = (
    "",
    "draft: true",
    "unlisted: true",
    "date: 2031-01-01",
    "slug: s{n}",
    "aliases: [x, /a/x-y, n{n}]",
    "title: x y",
)
CASCADES = ("cascade: {draft: true}", "cascade: {unlisted: true}", "cascade: {tags: [one]}", "cascade: [")
LINKS = (
    "[l]({0})",
    "[l](/{0})",
    "[l](/{0}.md)",
    "[l]({0}.md)",
    "[[{0}]]",
    "[[x]]",
    "[[x-y#part]]",
    "![[{0}.png]]",
    "![i](/{0}.png)",
)


@st.composite
def trees(draw: st.DrawFn) -> Mapping[str, str]:
    """Draw some files that link to each other in every way, many of one name, some of them hidden."""
    files: dict[str, str] = {}
    for n, place in enumerate(draw(st.lists(st.sampled_from(PLACES), min_size=4, max_size=16, unique=True))):
        suffix = draw(st.sampled_from((".md", ".md", ".md", ".markdown", ".png", ".txt")))
        head = draw(st.sampled_from((*HEADS, *CASCADES) if place.endswith("index") else HEADS)).replace("{n}", str(n))
        links = draw(st.lists(st.tuples(st.sampled_from(LINKS), st.sampled_from(PLACES)), max_size=2))
        text = " and ".join(form.replace("{0}", target.replace(" ", "%20")) for form, target in links)
        files[place + suffix] = f"---\n{head}\n---\n# T{n}\n\n{text}\n"
    return files


@draws(150)
@given(files=trees())
@example(files={"X.md": "# T0\n", "x/x.md": "# T1\n", "x-y.md": "# T2\n\n[l](x)\n"})  # the folder is meant
def test_whatever_the_names_it_is_the_same(tmp_path_factory: pytest.TempPathFactory, files: Mapping[str, str]) -> None:
    folder = tmp_path_factory.mktemp("tree")
    for path, text in files.items():
        write_below(folder / "content", path, text)
    config = Config(content=folder / "content", cache=folder / "cache", state=folder / "state")
    assert asyncio.run(compared(config, Clock()))[1] == []


def test_the_names_are_those_of_a_scan(config: Config, content: Path, write: Write) -> None:
    for path in ("a.md", "b/c.md", ".d/e.md", "_f.md", "_posts/g.md", "h~", "i/j/k.png", "drafts/l.md", "m/index.md"):
        write(path, "Said.\n")
    for name, target in {"n.md": "a.md", "o.md": "nowhere", "p.md": "/etc/hostname", "q": "b"}.items():
        (content / name).symlink_to(target)
    (content.parent / "r.md").write_text("Outside.\n")
    (content / "s.md").symlink_to(content.parent / "r.md")
    (content / ("/".join("d" * 70))).mkdir(parents=True)
    write("/".join("d" * 66) + "/t.md", "Deep.\n")
    assert sorted(scan.names(content)) == sorted(scan.scan(content).files)
    assert scan.names(content / "nowhere") == []


async def test_a_page_that_leads_to_very_many_waits(config: Config, clock: Clock, write: Write) -> None:
    for n in range(opening.MANY + 1):
        write(f"{n}.md", f"# {n}\n")
    write("few.md", " ".join(f"[{n}]({n}.md)" for n in range(opening.MANY)))
    write("many.md", " ".join(f"[{n}]({n}.md)" for n in range(opening.MANY + 1)))
    few = opened(config, clock)
    assert [await few.has(address, parse) for address in ("/few", "/many")] == [True, False]


class Held:
    """Has the first reading of a tree wait until it is let go, or fail so often."""

    def __init__(self, failures: int = 0) -> None:
        self.go, self.failures = threading.Event(), failures

    def __call__(self, *asked: Any) -> Mapping[str, Entry]:
        self.go.wait(PATIENCE_SECONDS)
        self.failures -= 1
        if self.failures >= 0:
            raise MemoryError("no room")
        return {}


@asynccontextmanager
async def starting(config: Config, clock: Clock) -> AsyncIterator[Live]:
    api = create_api(config, clock=clock)
    press: Press = api.state.press
    transport = httpx.ASGITransport(app=api, raise_app_exceptions=False)
    async with press.lifespan(api), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Live(client, press, api)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    """Open any site at its start, and hold up its reading."""
    held = Held()
    monkeypatch.setattr(loading, "OPENED", 3)
    monkeypatch.setattr(loading, "PAGE_SECONDS", 0)
    monkeypatch.setattr(loading, "RETRY_SECONDS", 0)
    monkeypatch.setattr(readers, "read_ahead", held)
    return held


@pytest.mark.usefixtures("demo")
async def test_pages_are_answered_at_once_and_lists_when_all_is_read(config: Config, clock: Clock, held: Held) -> None:
    async with starting(config, clock) as live:
        early = await live.client.get("/essays/2026-06-11-on-cats")
        assert (early.status_code, early.headers["cache-control"]) == (200, "public, no-cache")
        assert "Cats sleep" in early.text
        assert (await live.client.get("/about.md")).status_code == 200
        again = await live.client.get("/essays/2026-06-11-on-cats")
        assert (again.text, again.headers["etag"]) == (early.text, early.headers["etag"])
        others = ["/", "/archive", "/feed.xml", "/essays", "/tags/travel", "/old-cats", "/nowhere", "/static/own.txt"]
        waiting = [asyncio.create_task(live.client.get(path)) for path in others]
        assert (await live.client.get("/poems/river")).status_code == 200
        assert not [task for task in waiting if task.done()]
        held.go.set()
        answers = [await task for task in waiting]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 301, 404, 200]
        assert answers[2].text.count("<item>") == 3
        late = await live.client.get("/essays/2026-06-11-on-cats", headers={"If-None-Match": early.headers["etag"]})
        assert late.status_code == 200
        assert "<span>Earlier</span>" in late.text
        assert "<span>Earlier</span>" not in early.text
        assert '"@type":"BlogPosting"' in early.text
        assert '"@type":"BlogPosting"' in late.text


@pytest.mark.usefixtures("demo")
async def test_what_needs_nothing_of_the_content_does_not_wait(config: Config, clock: Clock, held: Held) -> None:
    async with starting(config, clock) as live:
        health = (await live.client.get("/health")).json()
        assert (health["status"], health["texts"], health["problems"]) == ("starting", "reading 0 %", [])
        assert (await live.client.get("/metrics")).status_code == 200
        assert (await live.client.get("/static/site.css")).status_code == 200
        assert (await live.client.get("/icon/about.svg")).status_code == 200
        assert (await live.client.post("/about")).status_code == 405
        held.go.set()
        assert (await live.client.get("/")).status_code == 200
        assert (await live.client.get("/health")).json()["status"] != "starting"


@pytest.mark.usefixtures("demo")
async def test_a_reading_that_fails_is_tried_again(
    config: Config, clock: Clock, held: Held, caplog: pytest.LogCaptureFixture
) -> None:
    held.failures = 2
    held.go.set()
    async with starting(config, clock) as live:
        assert (await live.client.get("/archive")).status_code == 200
    assert [record.message for record in caplog.records].count("the content folder could not be read") == 2


@pytest.mark.usefixtures("demo")
async def test_pages_are_answered_until_the_whole_is_published(
    config: Config, clock: Clock, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes between the reading and the publishing waits for neither; a look at the folder waits for both."""
    read, go = asyncio.Event(), asyncio.Event()

    async def load() -> None:
        read.set()
        await go.wait()

    async with starting(config, clock) as live:
        monkeypatch.setattr(live.press.facts, "load", load)
        monkeypatch.setattr(press, "KEEP_AFTER_SECONDS", 0)
        look = asyncio.create_task(live.press.look())
        held.go.set()
        await read.wait()
        assert "<span>Earlier</span>" not in (await live.client.get("/essays/2026-06-11-on-cats")).text
        assert live.press.loading.opening
        assert not look.done()
        go.set()
        await look
        assert "<span>Earlier</span>" in (await live.client.get("/essays/2026-06-11-on-cats")).text


@pytest.mark.usefixtures("demo")
async def test_a_start_that_does_not_open_fails_with_its_reading(config: Config, clock: Clock, held: Held) -> None:
    loading.OPENED, held.failures = 1_000, 1
    held.go.set()
    with pytest.raises(MemoryError):
        async with starting(config, clock):
            pass


@pytest.mark.usefixtures("demo")
async def test_it_can_be_stopped_before_all_is_read(config: Config, clock: Clock, held: Held) -> None:
    async with starting(config, clock) as live:
        assert (await live.client.get("/about")).status_code == 200
    assert not live.press._tasks
    held.go.set()


@pytest.mark.usefixtures("demo")
async def test_what_is_remembered_opens_nothing(config: Config, clock: Clock, held: Held) -> None:
    held.go.set()
    for _ in range(2):
        async with starting(config, clock) as live:
            was = live.press.loading.opening
            await live.press.ready("/")
            live.press.remembered.write(config, live.press.site.tree.entries)
    assert was is None


@pytest.mark.usefixtures("demo")
async def test_an_export_waits_for_the_whole(config: Config, clock: Clock, held: Held, tmp_path: Path) -> None:
    plain = Features(pdf=False, epub=False, search=False, forms=False, cards=False)
    async with starting(replace(config, features=plain), clock) as live:
        asyncio.get_running_loop().call_later(0.1, held.go.set)
        report = await mirror.export(live.api, live.press, tmp_path / "out", lambda asked, known: None)
    assert {"essays.html", "archive.html", "feed.xml"} <= {*report.written}
