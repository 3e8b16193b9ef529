"""Who links to what, in whose words; kept right while the site changes, and never a word of what is hidden."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import pytest
from conftest import PATIENCE_SECONDS, Clock, Live, Write, running, write_below
from drawing import draws
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from folio import documents, extracts, garden, health, links, press
from folio import site as sites
from folio.bodies import unpacked
from folio.cache import Maker
from folio.config import Config
from folio.errors import Busy
from folio.extracts import Extract, Extracts
from folio.garden import Garden
from folio.press import Press
from folio.snapshot import Site

pytestmark = pytest.mark.unsearched
CATS, TRAINS = "/essays/2026-06-11-on-cats", "/essays/2013-01-27-on-trains"


def read(site: Site) -> dict[str, Extract]:
    return {p.path: extracts.extract(documents.parse(p.body.text, p.language or "en", p.math)) for p in site.public}


def grown(config: Config) -> Garden:
    site = sites.load(config, Clock(), time.time())
    return Garden(site, read(site))


def cited(found: Garden, url: str) -> list[tuple[str, str, str]]:
    """Return what a page cites, as (target, text, sentence)."""
    return [(one.target, one.text, one.sentence) for one in found.outgoing.get(url, ())]


def citing(found: Garden, url: str) -> list[str]:
    return [one.page.url for one in found.incoming.get(url, ())]


def end(html: str) -> str:
    """Return the words of what stands below the text of a page."""
    below = html.partition('<footer class="end">')[2].partition("</footer>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", below)).split())


# What leads where


def test_each_target_is_cited_once_in_the_sentence_that_says_most(config: Config, write: Write) -> None:
    write("a.md", "# A\n\n- [B](b.md)\n\nI like [bees](b.md). So does [[B|he]]. See [C](/c/).\n")
    write("b.md", "# B\n")
    write("c.md", "# C\n")
    assert cited(grown(config), "/a") == [("/b", "bees", "I like bees."), ("/c", "C", "See C.")]


def test_the_same_words_lead_elsewhere_from_elsewhere(config: Config, write: Write) -> None:
    for folder in ("a", "b"):
        write(f"{folder}/it.md", "# It\n")
        for name in ("one", "two"):
            write(f"{folder}/{name}.md", "# This\n\nOf [it](it.md), [[it]], [why](#why), [one](one.md), ![](it.jpg).\n")
    found = grown(config)
    for folder in ("a", "b"):
        assert [to for to, _, _ in cited(found, f"/{folder}/one")] == [f"/{folder}/it"]
        assert [to for to, _, _ in cited(found, f"/{folder}/two")] == [f"/{folder}/it", f"/{folder}/one"]


def test_links_count_wherever_they_stand(config: Config, write: Write) -> None:
    write("a.md", "# A\n\nNoted[^1]. ![[Whole]]\n\n![[Part#Why]]\n\n[^1]: In [the note](noted.md), too.\n")
    for name in ("noted", "whole", "part"):
        write(f"{name}.md", f"# {name.title()}\n\n## Why\n")
    write("folder/index.md", "# Folder\n\nOf [the noted](../noted.md) things.\n")
    write("b.md", "# B\n\nAll of [it](folder/index.md), [its form](/noted.pdf) and [old](/gone/noted).\n")
    write("_redirects", "/gone/* /:splat\n")
    found = grown(config)
    assert cited(found, "/a") == [("/noted", "the note", "In the note, too."), ("/whole", "", ""), ("/part", "", "")]
    assert citing(found, "/noted") == ["/a", "/b", "/folder"]
    assert citing(found, "/folder") == ["/b"]


def test_what_leads_to_oneself_to_others_or_nowhere_is_no_citation(config: Config, write: Write) -> None:
    own = "[[A]] [me](a.md#why) [here](#why) ![[A#Why]]"
    write("a.md", f"# A\n\n## Why\n\n{own} [gone](gone.md) [x](https://x.example/b) [m](mailto:b)\n")
    write("b.md", "# B\n")
    assert grown(config).outgoing == {}


def test_a_whole_address_of_this_site_is_a_citation(config: Config, write: Write) -> None:
    write("a.md", "# A\n\nSee [b](https://example.org/b#x).\n")
    write("b.md", "# B\n")
    assert cited(grown(config), "/a") == [("/b", "b", "See b.")]


def test_what_is_not_public_neither_cites_nor_is_cited(config: Config, write: Write) -> None:
    write(
        "open.md",
        "# Open\n\n[draft](draft.md) [quiet](quiet.md) [later](later.md) [room](room/a.jpg) [folder](room/)\n",
    )
    for name, header in (("draft", "draft: true"), ("quiet", "unlisted: true"), ("later", "date: 2031-01-01")):
        write(f"{name}.md", f"---\n{header}\n---\n# {name}\n\nSee [it](open.md). ![](hill.jpg)\n")
    write("room/index.md", "---\nunlisted: true\n---\n# Room\n")
    for path in ("room/a.jpg", "hill.jpg"):
        Image.new("RGB", (6, 4)).save(write(path, b""))
    found = grown(config)
    assert (found.outgoing, found.incoming, found.shown) == ({}, {}, {})


def test_a_photograph_knows_who_links_to_it_and_who_shows_it(config: Config, write: Write) -> None:
    Image.new("RGB", (6, 4)).save(write("photos/red/hill.jpg", b""))
    write("a.md", "---\ndate: 2020\n---\n# A\n\nSee [the hill](photos/red/hill.jpg).\n")
    write("b.md", "---\ndate: 2021\n---\n# B\n\n![A hill](photos/red/hill.jpg) ![again](photos/red/hill.jpg)\n")
    write("c.md", "---\ndate: 2022\n---\n# C\n\n![[hill.jpg]]\n")
    found = grown(config)
    assert citing(found, "/photos/red/hill") == ["/a"]
    assert [page.url for page in found.shown["photos/red/hill.jpg"]] == ["/c", "/b"]


def test_the_newest_citation_comes_first(config: Config, write: Write) -> None:
    write("b.md", "# B\n")
    for name, header in (("x", "date: 2020"), ("y", "date: 2021"), ("z", ""), ("w", "date: 2021")):
        write(f"{name}.md", f"---\n{header}\n---\n# X\n\nOf [b](b.md).\n")
    assert citing(grown(config), "/b") == ["/w", "/y", "/x", "/z"]


# The next garden

NAMES = ("ant", "bee", "cat", "dog", "elk")
TITLES = st.sampled_from(("Ant", "Bee", "Cat", "Dog", "A sea"))
TEXTS = st.lists(
    st.sampled_from(
        ("[[Ant]]", "[[Bee]]", "[[A sea]]", "[c](cat.md)", "[d](/dog)", "![[elk]]", "[g](gone.md)", "![](x.jpg)")
    ),
    max_size=4,
).map(" and ".join)
HEADERS = st.sampled_from((
    "", "date: 2020", "date: 2020", "date: 2020\nunlisted: true", "date: 2020\nweight: 2", "draft: true",
    "unlisted: true", "aliases: [/dog, Bee]", "slug: other", "tags: [a]",
))  # fmt: skip
FILES = st.builds("---\n{}\n---\n# {}\n\n{}\n".format, HEADERS, TITLES, TEXTS)


@draws(40)
@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.one_of(st.none(), FILES)), min_size=1, max_size=12),
    st.sampled_from((0, 3, garden.MANY_LINKS)),
)
def test_a_garden_that_follows_another_says_what_a_new_one_would(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, str | None]], many: int
) -> None:
    folder = tmp_path_factory.mktemp("next")
    config = Config(content=folder / "content", cache=folder / "cache", state=folder / "state")
    for name in NAMES:
        write_below(config.content, f"{name}.md", f"# {name.title()}\n\n[[Ant]] [d](dog.md)\n")
    Image.new("RGB", (6, 4)).save(config.content / "x.jpg")
    now = time.time()
    site = sites.load(config, Clock(), now)
    found = Garden(site, read(site))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(garden, "MANY_LINKS", many)
        for n, (name, text) in enumerate(changes):
            now += 10  # what is gone has been gone for long
            if text is None:
                (config.content / f"{name}.md").unlink(missing_ok=True)
            else:
                write_below(config.content, f"{name}.md", text, age=1000 - n)
            site = sites.reload(site, Clock(), now, lambda: config)
            truth = Garden(site, read(site))
            hurried = found.followed_by(site, truth.extracts)
            assert hurried.settled or not hurried.complete
            assert all(
                one.target in truth.incoming or links._is_public(site, one.target)
                for cites in hurried.outgoing.values()
                for one in cites
            )
            assert hurried.settled is False or (hurried.outgoing, hurried.shown) == (truth.outgoing, truth.shown)
            found = hurried if n % 2 else hurried.followed_by(site, truth.extracts, at_once=True)
    at_last = found.followed_by(site, truth.extracts, at_once=True)
    assert (at_last.outgoing, at_last.incoming, at_last.shown) == (truth.outgoing, truth.incoming, truth.shown)


def test_an_edit_follows_the_links_of_its_own_page_alone(config: Config, write: Write) -> None:
    for name in NAMES:
        write(f"{name}.md", f"# {name.title()}\n\n[[Ant]] and [d](dog.md)\n")
    before = grown(config)
    assert before.incoming
    write("cat.md", "# Cat\n\nNow [[Bee]].\n", age=30)
    site = sites.reload(before.site, Clock(), time.time(), lambda: config)
    after = before.followed_by(site, read(site))
    assert sorted(after.known) == ["/ant", "/bee", "/dog", "/elk"]
    assert cited(after, "/cat") == [("/bee", "Bee", "Now Bee.")]
    assert after.complete


def test_a_new_title_follows_the_links_that_may_mean_it_alone(config: Config, write: Write) -> None:
    for name in NAMES:
        write(f"{name}.md", f"---\ndate: 2020\n---\n# {name.title()}\n\n[[River]] and [d](dog.md)\n")
    write("elk.md", "---\ndate: 2020\n---\n# Elk\n\n[d](dog.md)\n")
    before = grown(config)
    assert citing(before, "/cat") == []
    write("cat.md", "---\ndate: 2020\n---\n# River\n\nNow [[Bee]].\n", age=30)
    site = sites.reload(before.site, Clock(), time.time(), lambda: config)
    after = before.followed_by(site, read(site))
    assert sorted(after.known) == ["/elk"]
    assert citing(after, "/cat") == ["/ant", "/bee", "/dog"]
    assert after.complete


# In a running site


async def test_who_may_mean_a_page_is_worked_out_before_the_next_edit(
    live: Live, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("folio.press.KEEP_AFTER_SECONDS", 0)
    write("about.md", "# About\n\nOther words.\n", age=30)
    await live.refresh()
    await live.whole()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while "written" not in vars(live.press.generation.garden):  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.01)


async def test_a_page_says_who_links_to_it_in_their_own_words(live: Live) -> None:
    await live.whole()
    html = (await live.get(CATS)).text
    assert "<p>A page at the root, linking <em>cats</em>.</p>" in html
    assert "Linked from About A page at the root, linking cats ." in end(html)
    assert "Linked from On cats Cats sleep, and see trains ." in end((await live.get(TRAINS)).text)


async def test_sections_galleries_and_photographs_say_who_links_to_them(live: Live, write: Write) -> None:
    write("links.md", "# Links\n\nTo [essays](essays/), [red](photos/red), [a door](photos/red/red.jpg).\n")
    await live.refresh()
    await live.whole()
    for path, words in (("/essays", "essays"), ("/photos/red", "red"), ("/photos/red/red", "a door")):
        html = (await live.get(path)).text
        assert re.search(
            rf'<h2>Linked from</h2>.*<a href="/links">Links</a>\n<p>.*<em>{words}</em>', html, re.DOTALL
        ), path
    assert re.search(r"<h2>Shown in</h2>.*On tables", (await live.get("/photos/red/red")).text, re.DOTALL)


async def test_a_page_with_many_citations_shows_twelve_and_counts_the_others(live: Live, write: Write) -> None:
    for n in range(15):
        write(f"notes/n{n:02}.md", f"# Note {n:02}\n\nSee [[River]].\n")
    await live.refresh()
    await live.whole()
    html = (await live.get("/poems/river")).text
    assert len(re.findall(r"See <em>River</em>", html)) == 12
    assert "and 3 more pages" in html


async def test_the_folder_that_lists_a_page_is_named_only_where_it_says_something(live: Live, write: Write) -> None:
    write("poems/index.md", "# Poems\n\n- [River](river.md)\n")
    await live.refresh()
    await live.whole()
    assert "Linked from" not in (await live.get("/poems/river")).text
    write("poems/index.md", "# Poems\n\n- [River](river.md), the first\n", age=30)
    await live.refresh()
    assert "Linked from Poems River , the first" in end((await live.get("/poems/river")).text)


async def test_a_new_link_and_its_backlink_come_together(live: Live, write: Write) -> None:
    await live.whole()
    write("essays/2026-10-20-on-dogs.md", "# On dogs\n\nDogs chase [cats](2026-06-11-on-cats.md).\n")
    await live.refresh()
    assert live.press.generation.garden.complete
    assert "Dogs chase cats ." in end((await live.get(CATS)).text)
    write("essays/2026-10-20-on-dogs.md", "# On dogs\n\nDogs love [trains](2013-01-27-on-trains.md).\n", age=30)
    await live.refresh()
    assert "On dogs" not in end((await live.get(CATS)).text).partition("Related")[0]
    assert "Dogs love trains ." in end((await live.get(TRAINS)).text)


async def test_a_hidden_page_never_shows_as_citing(live: Live, clock: Clock, write: Write) -> None:
    for name, header in (
        ("d", "draft: true"),
        ("u", "unlisted: true"),
        ("s", "date: 2026-11-02"),
        ("x", "expires: 2026-11-02"),
    ):
        write(
            f"essays/{name}.md",
            f"---\n{header}\n---\n# Canary {name}\n\nCanaries fear [cats](2026-06-11-on-cats.md).\n",
        )
    await live.refresh()
    await live.whole()
    assert end((await live.get(CATS)).text).count("Canaries") == 1
    clock.moment = clock.moment.replace(day=3)
    await live.refresh()
    await live.whole()
    assert "Canary s Canaries fear" in end((await live.get(CATS)).text)
    assert "Canary x" not in (await live.get(CATS)).text


async def test_a_rename_keeps_backlinks(live: Live) -> None:
    old = live.press.config.content / "essays/2026-06-11-on-cats.md"
    old.rename(old.with_name("2026-06-11-felines.md"))
    await live.refresh()
    await live.whole()
    assert "linking cats ." in end((await live.get("/essays/2026-06-11-felines")).text)
    assert "On cats Cats sleep" in end((await live.get(TRAINS)).text)


async def test_a_deleted_page_cites_no_more(live: Live) -> None:
    await live.whole()
    (live.press.config.content / "about.md").unlink()
    await live.refresh()
    assert "About" in end((await live.get(CATS)).text), "the page is still there"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while "/about" in live.press.site.pages:  # noqa: ASYNC110 - the grace of a deletion
            await asyncio.sleep(0.02)
    assert "About" not in end((await live.get(CATS)).text)


async def test_a_page_of_a_series_says_which_part_it_is(live: Live, write: Write) -> None:
    for n, title in enumerate(("Ebb", "Slack <b>", "Flow"), 1):
        write(f"tides/{title[:3]}.md", f"---\ntitle: {title}\nseries: The tide\npart: {n}\n---\nWords.\n")
    write("tides/hidden.md", "---\nseries: The tide\ndraft: true\n---\n# Hidden\n")
    await live.refresh()
    html = (await live.get("/tides/Sla")).text
    assert 'part 2 of <a href="/archive/series#the-tide">The tide</a>' in html
    assert "Part 2 of 3 of The tide Ebb Slack <b> Flow" in end(html)
    assert '<span aria-current="page">Slack &lt;b&gt;</span>' in html
    assert "<details" not in (await live.get(CATS)).text.partition("</article>")[0]


# Reading, beside answering


class Gate:
    """A runner in this process that draws when it is told to, and is busy some times before."""

    def __init__(self, busy: int = 0) -> None:
        self.open, self.busy, self.asked = asyncio.Event(), busy, 0
        self.drawn: list[str] = []

    async def run(self, maker: Maker, *args: Any) -> Any:
        self.asked += 1
        if self.asked <= self.busy:
            raise Busy("too much to do")
        await self.open.wait()
        self.drawn += [text for text, *_ in args[0]]
        return extracts.draw(*args)


@asynccontextmanager
async def starting(config: Config, gate: Gate) -> AsyncIterator[Press]:
    """Run a site of which no text has been read yet."""
    site = Press(config, Clock())
    site.extracts = Extracts(config, gate)
    async with site.lifespan(None):
        yield site


async def whole(site: Press) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not site.generation.garden.complete:  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.01)


async def test_a_cold_start_says_so_and_then_is_whole(config: Config, demo: None) -> None:
    gate = Gate()
    async with starting(config, gate) as site:
        first = site.generation
        assert (await health.report(site))["texts"] == "reading 0 %"
        assert first.garden.incoming == {}
        gate.open.set()
        await whole(site)
        assert (await health.report(site))["texts"] == "ready"
        assert site.generation is not first
        assert [one.page.url for one in site.generation.garden.incoming[CATS]] == ["/about"]
    unread = Gate()
    async with starting(config, unread) as again:
        await whole(again)
        assert unread.asked == 0, "an unchanged tree is not read again"
        assert again.generation.garden.incoming.keys() == site.generation.garden.incoming.keys()


async def test_changes_while_texts_are_read_end_whole(
    config: Config, demo: None, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(press, "READ_FIRST_SECONDS", 0.01)
    monkeypatch.setattr(press, "READ_HERE", 0)
    gate = Gate()
    async with starting(config, gate) as site:
        for n in range(3):
            write(f"notes/{n}.md", f"# Note {n}\n\nOf [cats]({CATS}), {n}.\n")
            await asyncio.gather(site.refresh(), site.refresh())
            assert f"/notes/{n}" in site.site.pages
            assert not site.generation.garden.complete
        gate.open.set()
        await whole(site)
        assert [one.page.url for one in site.generation.garden.incoming[CATS]] == [
            "/about", "/notes/0", "/notes/1", "/notes/2"
        ]  # fmt: skip
        assert len(gate.drawn) == len(set(gate.drawn)), "no text is read twice"
        assert sum("Of [cats]" in unpacked(text) for text in gate.drawn) == 3


async def test_busy_workers_are_asked_until_they_are_not(
    config: Config, demo: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(press, "RETRY_SECONDS", 0.01)
    gate = Gate(busy=4)
    gate.open.set()
    async with starting(config, gate) as site:
        await whole(site)
        assert gate.asked == 5


async def test_a_site_may_stop_while_its_texts_are_read(config: Config, demo: None) -> None:
    gate = Gate()
    async with starting(config, gate) as site:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not gate.asked:  # noqa: ASYNC110 - until it waits at the gate
                await asyncio.sleep(0.01)
    assert not site.generation.garden.complete
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_many_changed_texts_are_published_before_they_are_read(config: Config, demo: None, write: Write) -> None:
    gate = Gate()
    gate.open.set()
    async with starting(config, gate) as site:
        await whole(site)
        gate.open.clear()
        for n in range(press.READ_FIRST + 1):
            write(f"notes/{n:02}.md", f"# Note {n}\n\nOf [cats]({CATS}).\n")
        await site.refresh()
        assert "/notes/00" in site.site.pages
        assert (await health.texts(site)).startswith("reading ")
        gate.open.set()
        await whole(site)
        assert len(site.generation.garden.incoming[CATS]) == press.READ_FIRST + 2


async def test_a_damaged_memory_of_texts_is_made_anew(config: Config, demo: None) -> None:
    config.cache.mkdir()
    (config.cache / "extracts.jsonl").write_bytes(b"\0\xff" * 5000)
    async with running(config, Clock()) as live:
        await live.whole()
        assert "linking cats ." in end((await live.get(CATS)).text)
    assert (config.cache / "extracts.jsonl").read_bytes().startswith(b'["extracts"')
