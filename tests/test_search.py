"""Search from end to end: a tree, a snapshot, the real worker, an index on disk, and what a visitor gets."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib
import itertools
import logging
import os
import pickle
import random
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from serving import PATIENCE_SECONDS

from bench.questions import hostile
from folio.bodies import Body
from folio.cache import Maker
from folio.config import Config
from folio.errors import Busy, MakeFailed
from folio.search import Index, Results, seal
from folio.search.answer import Stock
from folio.search.build import packed, unpacked
from folio.search.catalogue import catalogue
from folio.search.documents import BATCH_BYTES, BATCH_DOCUMENTS, Document, batches, difference, documents
from folio.search.finding import Budget
from folio.search.query import parse
from folio.search.reader import Reader
from folio.site import load, reload
from folio.snapshot import Site
from folio.workers import Workers

NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
TREE = {
    "index.md": "# Home\n\nWelcome to the hill.\n",
    "essays/2013-01-27-on-cats.md": "---\ntags: [zoo, Open Source]\n---\n# On cats\n\n"
    "They sleep. *Wild dogs* never do.\n",
    "essays/2026-06-11-on-dogs.md": "---\ntags: [zoo]\n---\n# On dogs\n\n"
    "Running beside a **café**, photographing cats.\n",
    "essays/2020-05-01-cathedrals.md": "# Cathedrals\n\nStone, light and `resp.media`. Dogs wild at the door.\n",
    "essays/quiet.md": "---\nunlisted: true\n---\n# Canary quiet\n\nThe canary is unlisted.\n",
    "essays/draft.md": "---\ndraft: true\n---\n# Canary draft\n\nThe canary is a draft.\n",
    "essays/2030-01-01-later.md": "# Canary later\n\nThe canary is scheduled.\n",
    "essays/odd.md": "# A <script>alert(1)</script> & more\n\n"
    "HTML such as `<img src=x onerror=alert(1)>` is xssmarker.\n",
    "music/jazz.md": "# Jazz\n\nA kind of blue, and nothing about animals.\n",
    "de/haus.md": "---\nlang: de\n---\n# Häuser\n\nDie Katzen schlafen in den Häusern.\n",
}  # fmt: skip


@dataclass
class Place:
    """A content tree on disk, and what search makes of it."""

    config: Config
    workers: Workers
    index: Index

    @property
    def folder(self) -> Path:
        return seal.folder(self.config.cache)

    def write(self, path: str, text: str) -> None:
        file = self.config.content / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def site(self) -> Site:
        return load(self.config, lambda: NOON, time.time())

    async def updated(self) -> Site:
        site = self.site()
        await self.index.update(site)
        return site

    async def ask(self, q: str, **more: Any) -> Results:
        return await self.index.query(self.site(), q, **more)

    async def urls(self, q: str, **more: Any) -> list[str]:
        return [hit.url for hit in (await self.ask(q, **more)).hits]


@asynccontextmanager
async def place_at(root: Path) -> AsyncIterator[Place]:
    config = Config(content=root / "content", cache=root / "cache", state=root / "state")
    workers = Workers(config)
    place = Place(config, workers, Index(config, workers))
    try:
        yield place
    finally:
        await place.index.close()
        await workers.close()


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the tree and its index once; each test takes a copy."""
    root = tmp_path_factory.mktemp("search")

    async def grow() -> None:
        async with place_at(root) as place:
            for path, text in TREE.items():
                place.write(path, text)
            await place.updated()
            assert place.index.state == "ready"

    asyncio.run(grow())
    return root


@pytest.fixture
async def place(grown: Path, tmp_path: Path) -> AsyncIterator[Place]:
    shutil.copytree(grown, tmp_path / "site")
    async with place_at(tmp_path / "site") as place:
        await place.updated()
        yield place


CATS, DOGS, STONE = "/essays/2013-01-27-on-cats", "/essays/2026-06-11-on-dogs", "/essays/2020-05-01-cathedrals"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("cats", [CATS, DOGS]),
        ("CATS ", [CATS, DOGS]),
        ("on dogs", [DOGS, CATS, STONE]),
        ("ran run runs running", [DOGS]),
        ("cafe", [DOGS]),
        ("café", [DOGS]),
        ('"wild dogs"', [CATS]),
        ("resp.media", [STONE]),
        ("cathed", [STONE]),
        ("photog", [DOGS]),
        ("dogs -cats", [STONE]),
        ('dogs -"wild dogs"', [DOGS, STONE]),
        ("tag:zoo", [DOGS, CATS]),
        ("tag:open-source", [CATS]),
        ("year:2013", [CATS]),
        ("in:music animals", ["/music/jazz"]),
        ("in:essays/ animals", []),
        ("in:essay dogs", []),
        ("dogs tag:zoo year:2026", [DOGS]),
        ("katze schlafen ", ["/de/haus"]),
        ("nowhere", []),
        ("", []),
        ("?*", []),
    ],
)
async def test_a_query_finds(place: Place, typed: str, expected: list[str]) -> None:
    assert await place.urls(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("unengl", ["/essays/words"]),
        ("unenglishable ", ["/essays/words"]),
        ("un-engl", ["/essays/words"]),
        ("un-Englishable ", ["/essays/words"]),
        ("englishable ", ["/essays/words"]),
        ("e-mail ", ["/essays/post", "/essays/words"]),
        ("email ", ["/essays/post", "/essays/words"]),
        ('"e-mail"', ["/essays/words"]),
        ("state-of-the-art ", ["/essays/post", "/essays/words"]),
    ],
)
async def test_a_word_with_a_hyphen_is_found_with_and_without_it(place: Place, typed: str, expected: list[str]) -> None:
    place.write("essays/words.md", "# Un-Englishable\n\nNo state of the art, no e-mail.\n")
    place.write("essays/post.md", "# Post\n\nBy state-of-the-art email, and not unending.\n")
    await place.updated()
    assert sorted(await place.urls(typed)) == expected


async def test_an_exact_title_comes_first(place: Place) -> None:
    place.write("essays/dogs-and-dogs.md", "# Dogs, dogs, dogs\n\n" + "On dogs and on dogs. " * 30)
    await place.updated()
    assert (await place.urls("on dogs"))[0] == DOGS


async def test_where_no_page_has_every_word_those_with_most_are_found(place: Place) -> None:
    results = await place.ask("stone light nowhere")
    assert ([hit.url for hit in results.hits], results.all_words) == ([STONE], False)
    assert (await place.ask("stone light")).all_words


async def test_a_misspelt_word_is_read_as_the_nearest_of_the_sites_own(place: Place) -> None:
    results = await place.ask("cathedrlas")
    assert ([hit.url for hit in results.hits], results.corrected) == ([STONE], "cathedrals")
    assert (await place.ask("jezz sleep")).corrected == "jazz sleep"
    assert (await place.ask("runing cats")).corrected == "running cats"  # no title has it
    for typed in ("jaz", "cats", "canery", "zzzzz", "jzaaz"):  # a beginning, a word, a hidden page's, none, two edits
        results = await place.ask(typed)
        assert (results.corrected, results.suggestion) == ("", ""), typed


async def test_a_rare_word_beside_a_common_one_is_only_a_suggestion(place: Place) -> None:
    for n in range(40):
        place.write(f"many/{n}.md", f"# Number {n}\n\nThe lantern.\n")
    place.write("many/odd.md", "# Odd\n\nThe lanturn.\n")
    await place.updated()
    results = await place.ask("lanturn ")
    assert ([hit.url for hit in results.hits], results.suggestion) == (["/many/odd"], "lantern")
    assert (await place.ask("lantern")).suggestion == ""


async def test_an_answer_leads_to_the_headings_it_stands_under(place: Place) -> None:
    parts = "".join(f"## Part {n}\n\n{text}\n\n" for n, text in enumerate(("A heron.", "An eel.", "Herons and eels.")))
    place.write("essays/water.md", f"# Water\n\nOf birds.\n\n{parts}## The heron eel\n\nNothing else.\n")
    await place.updated()
    (hit,) = (await place.ask("heron eel")).hits
    assert [(one.heading, one.url, one.snippet_html) for one in hit.places] == [
        ("Part 2", "/essays/water#part-2", "<mark>Herons</mark> and <mark>eels</mark>."),
        ("The heron eel", "/essays/water#the-heron-eel", "Nothing else."),
    ]
    place.write("essays/water.md", "# Water\n\n" + "".join(f"## Part {n}\n\nA heron.\n\n" for n in range(9)))
    await place.updated()
    (hit,) = (await place.ask("heron")).hits
    assert [one.heading for one in hit.places] == ["Part 0", "Part 1", "Part 2"]


async def test_facets_count_all_results_and_lead_to_them(place: Place) -> None:
    results = await place.ask("wild dogs", size=1)
    assert [(one.name, one.value, one.label, one.count, one.query, one.chosen) for one in results.facets] == [
        ("year", "2020", "2020", 1, "year:2020 wild dogs", False),
        ("year", "2013", "2013", 1, "year:2013 wild dogs", False),
        ("tag", "open-source", "Open Source", 1, "tag:open-source wild dogs", False),
        ("tag", "zoo", "zoo", 1, "tag:zoo wild dogs", False),
    ]
    for typed in ("the", "the ", '"wild dogs"'):
        for facet in (await place.ask(typed)).facets:
            assert (await place.ask(facet.query)).total == facet.count, facet
    (year, *tags) = (await place.ask('tag:"open source" year:2013')).facets
    assert (year.chosen, year.query) == (True, 'tag:"open source"')
    assert [(tag.value, tag.chosen, tag.query) for tag in tags if tag.chosen] == [("open-source", True, "year:2013")]


async def test_dates_kinds_cameras_and_lenses_narrow_a_search(place: Place) -> None:
    from PIL import Image

    for name in ("Black beach", "Red roof"):
        file = place.config.content / "photos" / f"{name}.jpg"
        file.parent.mkdir(exist_ok=True)
        Image.new("RGB", (40, 30), "navy").save(file)
    gear = {"Black beach": ("Leica M10", "Summicron-M 35mm f/2"), "Red roof": ("NIKON D850", "")}
    index = Index(place.config, place.workers, lambda photo: gear[photo.title])
    site = place.site()
    await index.update(site)
    found = {}
    for typed in (
        "from:2020-05", "from:2020-05-02", "to:2013", "to:2020-05 from:2014", "kind:photos", "kind:gallery",
        "camera:leica", 'lens:"summicron 35"', "camera:d850 roof", "camera:canon", "kind:photo from:2020",
    ):  # fmt: skip
        found[typed] = {hit.url for hit in (await index.query(site, typed)).hits}
    await index.close()
    beach, roof = "/photos/Black-beach", "/photos/Red-roof"
    assert found == {
        "from:2020-05": {STONE, DOGS}, "from:2020-05-02": {DOGS}, "to:2013": {CATS}, "to:2020-05 from:2014": {STONE},
        "kind:photos": {beach, roof}, "kind:gallery": {"/photos"}, "camera:leica": {beach},
        'lens:"summicron 35"': {beach}, "camera:d850 roof": {roof}, "camera:canon": set(),
        "kind:photo from:2020": set(),
    }  # fmt: skip


async def test_an_answer_that_takes_too_long_is_partial_and_says_so(place: Place) -> None:
    folder = place.folder
    sealed = seal.peek(folder)
    assert sealed
    reader = Reader(folder, sealed)
    stock = Stock(catalogue(place.site()), reader)
    for typed in ("dogs", '"wild dogs"', "dogs wild -cats", "cathedrlas"):
        for seconds in range(12):  # the clock of each goes on by one whenever it is looked at
            clock = itertools.count().__next__
            results = stock.answer(parse(typed, 200), page=1, size=10, budget=Budget(clock, seconds))
            assert results.partial or results == stock.answer(parse(typed, 200), page=1, size=10)
        assert stock.answer(parse(typed, 200), page=1, size=10, budget=Budget(itertools.count().__next__, 0)).partial
    reader.close()


async def test_results_come_in_pages(place: Place) -> None:
    first, second, past = [await place.ask("dogs wild", page=n, size=1) for n in (1, 2, 9)]
    assert (first.total, first.pages, second.page) == (2, 2, 2)
    assert {first.hits[0].url, second.hits[0].url} == {CATS, STONE}
    assert (past.hits, past.total) == ((), 2)
    assert len((await place.ask("tag:zoo", page=-3, size=-1)).hits) == 1


async def test_a_snippet_is_rendered_text_marked_and_escaped(place: Place) -> None:
    (hit,) = (await place.ask("xssmarker")).hits
    assert hit.snippet_html == "HTML such as &lt;img src=x onerror=alert(1)&gt; is <mark>xssmarker</mark>."
    (hit,) = (await place.ask('"wild dogs"')).hits
    assert hit.snippet_html == "They sleep. <mark>Wild dogs</mark> never do."
    assert (hit.section, hit.kind, hit.date.iso if hit.date else "") == ("essays", "page", "2013-01-27")


@pytest.mark.parametrize("typed", ["canary", "draft", "quiet", "later", "canary scheduled unlisted", '"canary quiet"'])
async def test_hidden_pages_are_nowhere(place: Place, typed: str) -> None:
    results = await place.ask(typed)
    assert (results.hits, results.total, results.suggestion) == ((), 0, "")
    assert await place.index.complete(place.site(), typed) == ()
    assert not any(b"canary" in file.read_bytes() for file in place.folder.iterdir())


async def test_a_page_hidden_now_is_gone_before_the_index_knows(place: Place) -> None:
    (place.config.content / "essays/2013-01-27-on-cats.md").unlink()
    place.write("essays/2026-06-11-on-dogs.md", "---\ndraft: true\n---\n# On dogs\n\nCats.\n")
    assert await place.urls("cats") == []
    assert await place.urls("tag:zoo") == []


async def test_an_edit_a_new_page_and_a_deletion_are_found_after_an_update(place: Place) -> None:
    place.write("essays/2020-05-01-cathedrals.md", "# Cathedrals\n\nGlass now.\n")
    place.write("essays/new.md", "# Brand new\n\nZyzzyva.\n")
    (place.config.content / "music/jazz.md").unlink()
    await place.updated()
    assert await place.urls("glass") == [STONE]
    assert await place.urls("stone") == []
    assert await place.urls("zyzzyva") == ["/essays/new"]
    assert await place.urls("blue") == []


async def test_a_title_is_found_before_the_index_has_it(place: Place) -> None:
    place.write("essays/new.md", "# Brand new\n\nZyzzyva.\n")
    assert await place.urls("brand new") == ["/essays/new"]


async def test_photographs_and_folders_are_found_by_their_words(place: Place) -> None:
    from PIL import Image

    folder = place.config.content / "photos" / "iceland"
    folder.mkdir(parents=True)
    for name in ("Black beach.jpg", "IMG_0001.jpg"):
        Image.new("RGB", (40, 30), "navy").save(folder / name)
    place.write("photos/iceland/Black beach.md", "---\ntags: [sea]\n---\nWaves near *Vik*.\n")
    await place.updated()
    (hit,) = (await place.ask("waves vik")).hits
    assert (hit.url, hit.title, hit.kind) == ("/photos/iceland/Black-beach", "Black beach", "photo")
    assert hit.snippet_html == "<mark>Waves</mark> near <mark>Vik</mark>."
    place.write("photos/iceland/IMG_0001.md", "Puffins, without a title.\n")
    await place.updated()
    assert [(hit.url, hit.title) for hit in (await place.ask("puffins")).hits] == [
        ("/photos/iceland/IMG_0001", "Iceland")
    ]
    assert await place.urls("tag:sea") == ["/photos/iceland/Black-beach"]
    (hit,) = (await place.ask("iceland")).hits
    assert (hit.url, hit.kind) == ("/photos/iceland", "gallery")


async def test_completion_takes_beginnings_of_titles_first(place: Place) -> None:
    place.write("essays/dogma.md", "# Dogma\n")
    place.write("essays/words.md", "# What is un-Englishable\n")
    site = place.site()
    found = {}
    for typed in ("dog", "on d", "dogs on", "on", "unengl", "x", "  *", ""):
        found[typed] = [page.title for page in await place.index.complete(site, typed)]
    assert found == {
        "dog": ["Dogma", "On dogs"], "on d": ["On dogs"], "dogs on": ["On dogs"], "on": ["On dogs", "On cats"],
        "unengl": ["What is un-Englishable"], "x": [], "  *": [], "": [],
    }  # fmt: skip
    assert [page.title for page in await place.index.complete(site, "o", limit=1)] == ["On dogs"]


async def ask_everything(place: Place, count: int) -> float:
    """Ask so many hostile queries; return the seconds of the slowest."""
    site, slowest = place.site(), 0.0
    for typed in hostile(count):
        started = time.perf_counter()
        async with asyncio.timeout(PATIENCE_SECONDS):  # one that never ends; how quick they are is for the benchmarks
            results = await place.index.query(site, typed)
        slowest = max(slowest, time.perf_counter() - started)
        assert len(results.query) <= place.config.limits.query_characters
        await place.index.complete(site, typed)
    return slowest


async def test_hostile_queries_are_answered_without_error(place: Place) -> None:
    await ask_everything(place, 300)


@pytest.mark.soak
async def test_a_thousand_hostile_queries_are_answered(place: Place, figure: Callable[[str], None]) -> None:
    figure(f"the slowest of 1,000 took {await ask_everything(place, 1_000) * 1_000:.0f} ms")


async def test_a_restart_uses_the_index_that_is_there(place: Place) -> None:
    class NoWork:
        async def run(self, maker: Maker, *args: Any) -> Any:
            raise AssertionError("nothing to do")

    again = Index(place.config, NoWork())
    site = place.site()
    await again.update(site)
    assert again.state == "ready"
    assert [hit.url for hit in (await again.query(site, "glass stone")).hits] == [STONE]
    await again.close()


async def test_titles_answer_while_there_is_no_index(place: Place, tmp_path: Path) -> None:
    bare = Index(replace(place.config, cache=tmp_path / "other"), place.workers)
    site = place.site()
    results = await bare.query(site, "cathedrals")
    assert ([hit.url for hit in results.hits], results.building, bare.state) == ([STONE], True, "absent")
    await bare.close()


class Here:
    """The worker's work in a thread of this process: fifty damages need no fifty processes."""

    async def run(self, maker: Maker, *args: Any) -> Any:
        module, _, name = maker.target.partition(":")
        return await asyncio.to_thread(getattr(importlib.import_module(module), name), *args)


def damage(file: Path, chance: random.Random) -> None:
    """Do to a file what disks, crashes and people do."""
    content = bytearray(file.read_bytes())
    at = chance.randrange(len(content))
    match chance.randrange(6):
        case 0:
            file.unlink()
            return
        case 1:
            del content[at:]
        case 2:
            content[at] ^= 1 << chance.randrange(8)
        case 3:
            content[at:] = bytes(len(content) - at) if any(content[at:]) else b"x"
        case 4:
            content += b"more"
        case 5:
            content[at:at] = b"\0"
    file.write_bytes(content)


async def test_fifty_damaged_indexes_are_built_again_and_the_log_says_so_once(
    grown: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for n in range(50):
        config = Config(content=grown / "content", cache=tmp_path / str(n), state=tmp_path / "state")
        shutil.copytree(grown / "cache", config.cache)
        chance, folder = random.Random(n), seal.folder(config.cache)
        files = [file for file in sorted(folder.iterdir()) if file.suffix in (".seg", ".toc") or file.name == "seal"]
        damage(chance.choice(files), chance)
        caplog.clear()
        place = Place(config, Workers(config), Index(config, Here()))
        assert [hit.url for hit in (await place.ask("cathedrals")).hits] == [STONE]  # before anybody looked at it
        await place.updated()
        assert (place.index.state, await place.urls("stone light")) == ("ready", [STONE]), n
        assert len([record for record in caplog.records if "search" in record.message]) == 1, (n, caplog.messages)
        await place.index.close()


KILLED = """
import importlib, os, pickle, signal, sys
from pathlib import Path
from folio.search import build
folder, stage, arguments = sys.argv[1:]
module, _, name = stage.partition(":")
owner, _, name = name.rpartition(".")
holder = importlib.import_module(module)
setattr(getattr(holder, owner) if owner else holder, name, lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL))
build.apply(folder, *pickle.loads(Path(arguments).read_bytes()))
"""


@pytest.mark.parametrize("built", [False, True], ids=["first", "commit"])
@pytest.mark.parametrize(
    "stage",
    [
        "folio.search.segments:Writer.put",
        "folio.search.segments:Writer.iter_postings",
        "folio.search.segments:Writer.cleanup",
        "folio.search.segments:Writer._commit_toc",
        "folio.search.segments:Writer._finish",
        "folio.search.seal:write",
        "folio.search.seal:_replaced",
    ],
)
async def test_a_worker_killed_at_any_stage_leaves_what_heals(
    grown: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, stage: str, built: bool
) -> None:
    shutil.copytree(grown, tmp_path / "site")
    config = Config(content=tmp_path / "site/content", cache=tmp_path / "site/cache", state=tmp_path / "state")
    folder = seal.folder(config.cache)
    if not built:
        shutil.rmtree(folder)
    held = seal.peek(folder) or seal.Seal()
    put = (
        Document("/essays/new", "1", "Half done", Body.of("Zyzzyva.")),
        Document(STONE, "2", "Cathedrals", Body.of("Glass.")),
    )
    (tmp_path / "arguments").write_bytes(pickle.dumps((held.id, packed(put), (CATS,), not built, False)))
    command = [sys.executable, "-c", KILLED, str(folder), stage, str(tmp_path / "arguments")]
    killed = await asyncio.create_subprocess_exec(*command)
    assert await killed.wait() == -signal.SIGKILL
    place = Place(config, Workers(config), Index(config, Here()))
    await place.updated()
    assert (place.index.state, await place.urls("stone light")) == ("ready", [STONE])
    assert (await place.urls("cats"), await place.urls("zyzzyva")) == ([CATS, DOGS], [])
    assert len([record for record in caplog.records if "search" in record.message]) <= 1
    await place.index.close()


async def test_an_index_cut_short_while_it_is_read_is_built_again(place: Place) -> None:
    os.truncate(next(place.folder.glob("*.seg")), 100)  # in place: through a memory map this would be a SIGBUS
    results = await place.ask("stone cathedrals")
    assert ([hit.url for hit in results.hits], results.building) == ([], True)
    assert await place.urls("cathedrals") == [STONE]
    await place.updated()
    assert await place.urls("stone") == [STONE]


async def test_a_repair_does_not_take_the_index_back_to_an_older_snapshot(place: Place) -> None:
    older = place.site()
    os.truncate(next(place.folder.glob("*.seg")), 100)
    assert (await place.index.query(older, "stone cathedrals")).building
    place.write("essays/new.md", "# Brand new\n\nZyzzyva.\n")
    await place.updated()
    assert await place.urls("zyzzyva") == ["/essays/new"]


async def test_a_cache_deleted_while_it_runs_is_made_again(place: Place) -> None:
    shutil.rmtree(place.config.cache)
    assert await place.urls("stone") == [STONE]
    place.write("essays/new.md", "# Brand new\n\nZyzzyva.\n")
    await place.updated()
    assert await place.urls("zyzzyva") == ["/essays/new"]
    assert await place.urls("stone") == [STONE]


async def test_leftovers_of_a_killed_worker_do_no_harm(place: Place) -> None:
    (place.folder / "MAIN.tmp").mkdir()
    (place.folder / "MAIN.tmp" / "x.run").write_bytes(b"half")
    (place.folder / "MAIN_abcdefgh12345678.seg").write_bytes(b"half a segment")
    (place.folder / "MAIN_WRITELOCK").touch()
    place.write("essays/new.md", "# Brand new\n\nZyzzyva.\n")
    await place.updated()
    assert await place.urls("zyzzyva") == ["/essays/new"]
    assert await place.urls("stone") == [STONE]
    assert len(list(place.folder.glob("*.seg"))) == 2


async def test_a_worker_killed_in_the_middle_is_survived(place: Place) -> None:
    for turn in range(20):  # a machine may be too busy to catch it at work
        for n in range(40):
            place.write(f"many/{n}.md", f"# Number {n}\n\n" + f"Turn{turn}word{n} and more words. " * 60)
        task = asyncio.create_task(place.updated())
        if killed := await killed_at_work(place, task):
            break
    assert killed
    await task
    assert place.index.state == "ready"
    assert await place.urls(f"turn{turn}word37") == ["/many/37"]
    assert await place.urls("stone") == [STONE]


async def killed_at_work(place: Place, task: asyncio.Task[None]) -> bool:
    """Kill the worker while it writes; say whether it was caught before the task was done."""
    while not task.done():
        if (children := place.workers._pools["index"]._all) and list(place.folder.glob("MAIN.tmp")):
            os.kill(next(iter(children)).process.pid, signal.SIGKILL)
            return True
        await asyncio.sleep(0.002)  # the worker wants the processor
    return False


async def test_another_writer_is_waited_for_and_its_work_is_kept(place: Place) -> None:
    other = Index(place.config, place.workers)
    place.write("essays/new.md", "# Brand new\n\nZyzzyva.\n")
    await other.update(place.site())
    place.write("essays/newer.md", "# Newer\n\nQuagga.\n")
    await place.updated()
    assert await place.urls("zyzzyva") == ["/essays/new"]
    assert await place.urls("quagga") == ["/essays/newer"]
    await other.close()


@dataclass
class Gate:
    """A runner that lets through what the test allows, and remembers what it was asked."""

    workers: Workers
    open: asyncio.Event = field(default_factory=asyncio.Event)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[list[str]] = field(default_factory=list)
    running: int = 0
    most: int = 0

    async def run(self, maker: Maker, *args: Any) -> Any:
        self.asked.append([document.url for document in unpacked(args[2])])
        self.called.set()
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.open.wait()
            return await self.workers.run(maker, *args)
        finally:
            self.running -= 1


async def test_snapshots_that_come_in_meanwhile_are_one_more_run(place: Place) -> None:
    gate = Gate(place.workers)
    index = Index(place.config, gate)
    tasks = []
    for n in range(5):
        place.write("essays/new.md", f"# Brand new\n\nZyzzyva{n}.\n")
        site = place.site()
        tasks.append(asyncio.create_task(index.update(site)))
        await gate.called.wait()
    gate.open.set()
    await asyncio.gather(*tasks)
    assert gate.asked == [["/essays/new"]] * 2
    assert gate.most == 1
    assert [hit.url for hit in (await index.query(site, "zyzzyva4")).hits] == ["/essays/new"]
    await index.close()


@dataclass
class Poisoned:
    """A worker that a certain text kills."""

    workers: Workers
    poison: str

    async def run(self, maker: Maker, *args: Any) -> Any:
        if any(self.poison in document.body.text for document in unpacked(args[2])):
            raise MakeFailed("killed by the text")
        return await self.workers.run(maker, *args)


async def test_a_text_that_kills_the_worker_loses_only_itself(place: Place) -> None:
    names = ("apple", "birch", "cedar", "damson", "elder", "fig")
    for n, name in enumerate(names):
        place.write(f"many/{n}.md", f"# Number {n}\n\n{name}. {'Poison' if n == 3 else 'Honey'}.\n")
    index = Index(place.config, Poisoned(place.workers, "Poison"))
    site = place.site()
    await index.update(site)
    found = {
        q: [hit.url for hit in (await index.query(site, q)).hits] for q in ("cedar", "damson", '"number 3"', "elder")
    }
    assert found == {"cedar": ["/many/2"], "damson": [], '"number 3"': ["/many/3"], "elder": ["/many/4"]}
    await index.close()


async def test_a_cache_that_cannot_be_written_leaves_titles(place: Place, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    index = Index(replace(place.config, cache=tmp_path / "file"), place.workers)
    site = place.site()
    await index.update(site)
    results = await index.query(site, "cathedrals")
    assert ([hit.url for hit in results.hits], index.state) == ([STONE], "absent")
    await index.close()


async def test_too_many_waiting_queries_are_turned_away(place: Place) -> None:
    site = place.site()
    answers = await asyncio.gather(*(place.index.query(site, "cats") for _ in range(100)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {Results, Busy}
    assert await place.urls("cats") == [CATS, DOGS]


async def test_many_edits_are_joined_into_few_segments(place: Place) -> None:
    for n in range(12):
        place.write("essays/new.md", f"# Brand new\n\nZyzzyva{n}.\n")
        await place.updated()
    assert len(list(place.folder.glob("*.seg"))) <= 9
    assert await place.urls("zyzzyva11") == ["/essays/new"]
    assert await place.urls("zyzzyva10 ") == []


async def test_what_stayed_is_as_it_was_known(place: Place) -> None:
    before = place.site()
    known, held = catalogue(before).entries, {document.url: document.digest for document in documents(before)}
    place.write("essays/2026-06-11-on-dogs.md", "---\ntags: [Zoo]\n---\n# On hounds\n\nRunning.\n")
    place.write("essays/2020-05-01-cathedrals.md", "---\ntags: [open source]\ndraft: true\n---\n# Cathedrals\n")
    place.write("essays/quiet.md", "# Canary loud\n\nThe canary is listed.\n")
    place.write("music/index.md", "# Music\n")
    (place.config.content / "de/haus.md").unlink()
    after = reload(before, lambda: NOON, time.time() + 3600, lambda: place.config)
    assert difference(after, held, before) == difference(after, held)
    assert {document.url for document in difference(after, held, before).put} == {
        "/essays/2026-06-11-on-dogs", "/essays/quiet", "/music",
    }  # fmt: skip
    assert catalogue(after, known=known) == catalogue(after)
    assert catalogue(after, known=known).entries["/music/jazz"] is known["/music/jazz"]


def test_frames_to_the_worker_are_bounded() -> None:
    put = [Document(f"/{n}", "", "", size=9_000) for n in range(4_000)]
    sizes = [len(batch) for batch in batches(put)]
    assert sum(sizes) == 4_000
    assert max(sizes) <= BATCH_DOCUMENTS
    large = [Document(f"/{n}", "", "", size=900_000) for n in range(40)]
    assert max(sum(document.size for document in batch) for batch in batches(large)) <= BATCH_BYTES
