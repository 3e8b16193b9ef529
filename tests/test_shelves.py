"""What is in picture files, on the site: their words, the order of galleries, cameras, lenses and years, feeds."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
import pytest_asyncio
from conftest import PATIENCE_SECONDS, Clock, Live, Write, running, settings_in, write_below
from PIL import Image

from folio import shelves, views
from folio import site as sites
from folio.config import Config
from folio.content import Page, Photo, Section
from folio.dates import Date
from folio.errors import Busy
from folio.images import Facts
from folio.press import Press
from folio.shelves import Shelf, Shelves

pytestmark = pytest.mark.unsearched
Shoot = Callable[..., Path]
in_module = pytest.mark.asyncio(loop_scope="module")  # where `looked_at` lives


@pytest.fixture
def shoot(content: Path) -> Shoot:
    """Make a picture file below the content folder, as a camera and its owner would."""
    return functools.partial(shoot_below, content)


def shoot_below(
    folder: Path, path: str, *, taken: str = "", camera: str = "", lens: str = "", rating: int = 0, title: str = "",
    size: tuple[int, int] = (90, 60), colour: str = "#aa3322",
) -> Path:  # fmt: skip
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    for tag, value in ((0x010F, camera.partition(" ")[0]), (0x0110, camera), (0x010E, title), (0x4746, rating)):
        if value:
            exif[tag] = value
    detail = exif.get_ifd(0x8769)
    detail |= {0x9003: taken} if taken else {}
    detail |= {0xA434: lens} if lens else {}
    Image.new("RGB", size, colour).save(file, exif=exif)
    os.utime(file, (1_700_000_000, 1_700_000_000))
    return file


@pytest.fixture
def rooms(content: Path) -> None:
    """Two galleries below one folder, one of them in the order of its dates."""
    build_rooms(content)


def build_rooms(content: Path) -> None:
    shoot = functools.partial(shoot_below, content)
    write_below(content, "pictures/index.md", "# Pictures\n")
    write_below(content, "pictures/walks/index.md", "---\nsort: date\n---\n# Walks\n")
    shoot("pictures/walks/a.jpg", taken="2014:05:02 10:00:00", camera="Leica M10", lens="Summicron 35mm f/2")
    shoot("pictures/walks/b.jpg", taken="2013:07:13 18:04:00", camera="Leica M10", rating=4)
    shoot("pictures/walks/c.jpg", colour="#001122")
    shoot("pictures/walks/d.jpg", taken="2013:07:13 09:00:00", camera="Canon EOS R", rating=5)
    shoot("pictures/sea/one.jpg", taken="2014:05:02 10:00:00", camera="Leica M10", lens="Summicron 35mm f/2")


@pytest.fixture
async def hung(config: Config, clock: Clock, rooms: None) -> AsyncIterator[Live]:
    """A running site whose pictures are read."""
    async with running(config, clock) as live:
        await live.press.survey()
        yield live


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def looked_at(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """The same for all tests that only look."""
    folder = tmp_path_factory.mktemp("rooms")
    build_rooms(folder / "content")
    async with running(settings_in(folder), Clock()) as live:
        await live.press.survey()
        yield live


def tiles(html: str) -> list[str]:
    return re.findall(r'<li class="tile [^"]*"><a href="/pictures/\w+/([^"]+)"', html)


async def test_a_gallery_by_date_is_by_date_at_the_first_request(config: Config, clock: Clock, rooms: None) -> None:
    async with running(config, clock) as live:
        before = (await live.get("/pictures/walks")).text
        first = (await live.get("/pictures/walks/d")).text
        assert tiles(before) == ["d", "b", "a", "c"]
        assert 'rel="next" href="/pictures/walks/b"' in first and 'rel="prev"' not in first
        await live.press.survey()
        assert (await live.get("/pictures/walks")).text == before


@in_module
async def test_only_what_a_telephone_shows_at_once_is_asked_for_before_the_styles(looked_at: Live) -> None:
    shown = re.findall(r'<li class="tile.*?<img ([^>]+)>', (await looked_at.get("/pictures/walks")).text, re.DOTALL)
    assert ["loading=" in one for one in shown] == [False, False, True, True]


@in_module
async def test_neighbours_are_those_of_the_gallery(looked_at: Live) -> None:
    walk = tiles((await looked_at.get("/pictures/walks")).text)
    seen, url = ["d"], "/pictures/walks/d"
    while found := re.search(r'rel="next" href="([^"]+)"', (await looked_at.get(url)).text):
        url = found[1]
        seen.append(url.rpartition("/")[2])
    assert seen == walk


@in_module
async def test_everything_tells_the_same_order(looked_at: Live) -> None:
    data = (await looked_at.get("/pictures/walks.json")).json()
    assert [item["url"].rpartition("/")[2] for item in data["items"]] == ["d", "b", "a", "c"]
    text = (await looked_at.get("/pictures/walks.md")).text
    assert re.findall(r"\(/pictures/walks/(\w)\)", text) == ["d", "b", "a", "c"]
    assert [p.url[-1] for p in looked_at.press.site.sections["/pictures/walks"].photos] == ["d", "b", "a", "c"]


async def test_a_gallery_by_rating_shows_the_best_first(hung: Live, write: Write) -> None:
    write("pictures/walks/index.md", "---\nsort: rating\n---\n# Walks\n", age=50)
    await hung.refresh()
    assert tiles((await hung.get("/pictures/walks")).text) == ["d", "b", "a", "c"]
    write("pictures/walks/index.md", "# Walks\n", age=40)
    await hung.refresh()
    assert tiles((await hung.get("/pictures/walks")).text) == ["a", "b", "c", "d"]


async def test_a_new_photograph_takes_its_place(hung: Live, shoot: Shoot) -> None:
    shoot("pictures/walks/new.jpg", taken="2013:12:01 10:00:00", camera="Leica M10")
    await hung.refresh()
    assert tiles((await hung.get("/pictures/walks")).text) == ["d", "b", "new", "a", "c"]


class Silent:
    """Workers that have too much to do for anybody."""

    async def run(self, maker: object, *args: object) -> Any:
        raise Busy("too much to do")


async def test_an_order_that_is_not_known_yet_is_not_kept(
    config: Config, clock: Clock, rooms: None, shoot: Shoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gallery of more photographs than a page, by date, whose files are unread: by name, until they are."""
    monkeypatch.setattr("folio.photographs.PAGE", 2)
    monkeypatch.setattr("folio.press.SURVEY_AFTER_SECONDS", 3600)
    async with running(config, clock) as live:
        early = await live.get("/pictures/walks")
        assert tiles(early.text)[:2] == ["a", "b"]
        await live.press.survey()
        assert tiles((await live.get("/pictures/walks")).text)[:2] == ["d", "b"]


# Words


def photo(**more: Any) -> Photo:
    return Photo("p/IMG_1.jpg", "/p/IMG_1", "/p", **more)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (Facts(title="A door", caption="In the harbour", alt="A red door"), ("A door", "In the harbour", "A red door")),
        (Facts(title="DSC_0001", caption="DSC_0001"), ("", "DSC_0001", "")),
        (Facts(title="A door", caption="A door"), ("A door", "", "")),
        (Facts(), ("", "", "")),
    ],
)
def test_a_file_gives_the_words_that_nobody_wrote_beside_it(facts: Facts, told: tuple[str, str, str]) -> None:
    found = shelves.informed(photo(), facts)
    assert (found.title, found.caption, found.alt) == told
    assert shelves.informed(found, facts) == found


def test_a_place_is_told_only_where_the_gallery_asks_for_it() -> None:
    facts = Facts(place="Cold Staithe, England")
    assert shelves.informed(photo(), facts).place == ""
    assert shelves.informed(photo(), facts, shows_place=True).place == "Cold Staithe, England"
    assert (
        shelves.informed(photo(sidecar=Page("p/IMG_1.md", "", "", place="The pier")), facts, shows_place=True).place
        == "The pier"
    )


def test_a_date_comes_from_beside_then_within_then_the_name() -> None:
    dated = Photo("p/2011-03 pier.jpg", "/p/2011-03-pier", "/p")
    assert shelves.informed(dated, Facts()).date == Date(2011, 3)
    assert shelves.informed(dated, Facts(date=Date(2012))).date == Date(2012)
    written = Photo("p/2011-03 pier.jpg", "/p/x", "/p", sidecar=Page("p/x.md", "", "", date=Date(2013)))
    assert shelves.informed(written, Facts(date=Date(2012))).date == Date(2013)


async def test_what_is_written_in_a_file_is_told_on_its_page(hung: Live, shoot: Shoot, write: Write) -> None:
    shoot("pictures/sea/IMG_0007.jpg", title="Foam <on> the sea", camera="Leica M10", taken="2013:07:13 18:04:00")
    shoot("pictures/sea/IMG_0008.jpg", title="OLYMPUS DIGITAL CAMERA")
    await hung.refresh()
    page = (await hung.get("/pictures/sea/IMG_0007")).text
    assert "Foam &lt;on&gt; the sea" in page and "Foam <on>" not in page
    assert '<a href="/pictures/cameras/leica-m10">Leica M10</a>' in page
    assert '<a href="/pictures/years/2013">13 July 2013</a>' in page
    bare = (await hung.get("/pictures/sea/IMG_0008")).text
    assert '<h1 class="p-name">Photograph 2</h1>' in bare and "OLYMPUS" not in bare
    assert "IMG_0008</" not in bare and "IMG 0008" not in bare


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        ((), ""),
        ((None, Date(2013, 7, 13), Date(2013, 7, 13)), "13 July 2013"),
        ((Date(2013, 7, 13), Date(2013, 7, 2)), "July 2013"),
        ((Date(2013, 7, 13), Date(2013, 11)), "July–November 2013"),
        ((Date(2013), Date(2013, 11)), "2013"),
        ((Date(2013), Date(2011, 5, 1), Date(2012)), "2011–2013"),
    ],
)
def test_a_gallery_says_from_when_to_when(dates: tuple[Date | None, ...], told: str) -> None:
    assert shelves.span(dates) == told


# Shelves


@in_module
async def test_photographs_stand_by_camera_lens_and_year(looked_at: Live) -> None:
    cameras = (await looked_at.get("/pictures/cameras")).text
    found = re.findall(r'<h2 id="[^"]+"><a href="([^"]+)">([^<]+)</a>', cameras)
    assert found == [("/pictures/cameras/leica-m10", "Leica M10"), ("/pictures/cameras/canon-eos-r", "Canon EOS R")]
    leica = (await looked_at.get("/pictures/cameras/leica-m10")).text
    assert re.findall(r'<a href="(/pictures/\w+/\w+)"', leica) == [
        "/pictures/sea/one", "/pictures/walks/a", "/pictures/walks/b",
    ]  # fmt: skip
    assert "3 photographs" in leica and "2013–2014" in leica
    assert "/pictures/years/2013" in (await looked_at.get("/pictures/years")).text
    assert (await looked_at.get("/pictures/lenses/summicron-35mm-f-2")).status_code == 200
    assert 'href="/pictures/lenses"' in (await looked_at.get("/pictures")).text


async def test_shelves_are_there_at_the_first_request(config: Config, clock: Clock, rooms: None) -> None:
    async with running(config, clock) as live:
        assert "3 photographs" in (await live.get("/pictures/cameras/leica-m10")).text
        assert "still being read" not in (await live.get("/pictures/cameras")).text


@in_module
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/pictures/cameras/nikon", 404),
        ("/pictures/cameras?page=2", 404),
        ("/pictures/cameras/leica-m10?page=2", 404),
        ("/pictures/flashes", 404),
        ("/other/cameras", 404),
        ("/cameras", 404),
        ("/pictures/cameras/leica-m10/x", 404),
        ("/pictures/walks/cameras", 404),
        ("/Pictures/Cameras/Leica_M10", 301),
        ("/pictures/cameras/", 301),
    ],
)
async def test_shelves_have_one_address_and_nothing_else_has(looked_at: Live, path: str, status: int) -> None:
    reply = await looked_at.get(path)
    assert reply.status_code == status
    if status == 301:
        assert reply.headers["location"] in ("/pictures/cameras/leica-m10", "/pictures/cameras")


async def test_a_camera_of_any_name_has_its_shelf(config: Config, clock: Clock, shoot: Shoot) -> None:
    names = ("Index", "index.html", "Feed.xml", "M.json", "Page", "..", "a/b")
    for n, name in enumerate(names):
        shoot(f"pictures/walks/{n}.jpg", camera=name)
    async with running(config, clock) as live:
        found = dict(re.findall(r'<h2 [^>]+><a href="([^"]+)">([^<]+)</a>', (await live.get("/pictures/cameras")).text))
        assert sorted(found.values()) == sorted(names)
        for url, name in found.items():
            assert f"<h1>{name}</h1>" in (await live.get(url)).text
            photo = f"/pictures/walks/{names.index(name)}"
            assert f'href="{url}"' in (await live.get(photo)).text


async def test_content_goes_before_a_shelf(hung: Live, write: Write) -> None:
    write("pictures/cameras/index.md", "# My cameras\n")
    await hung.refresh()
    assert "My cameras" in (await hung.get("/pictures/cameras")).text
    assert (await hung.get("/pictures/cameras/leica-m10")).status_code == 404
    assert "/pictures/cameras/" not in (await hung.get("/pictures/walks/a")).text


async def test_what_is_unlisted_stands_on_no_shelf(hung: Live, write: Write) -> None:
    write("pictures/walks/index.md", "---\nunlisted: true\n---\n# Walks\n", age=50)
    await hung.refresh()
    assert re.findall(r'"(/pictures/walks[^"]*)"', (await hung.get("/pictures/cameras/leica-m10")).text) == []
    assert "/pictures/cameras" not in (await hung.get("/pictures/walks/a")).text
    assert (await hung.get("/pictures/cameras/canon-eos-r")).status_code == 404


def test_shelves_say_how_far_the_files_are_read(config: Config, clock: Clock, rooms: None) -> None:
    site = sites.load(config, clock, time.time())
    some = {"pictures/walks/a.jpg": Facts(width=90, height=60, camera="Leica M10")}
    stock = Shelves(site, some)
    shelf = stock.find("pictures/cameras/leica-m10")
    assert isinstance(shelf, Shelf)
    assert views.shelf(site, shelf, stock, some, 1)["reading"].endswith("still being read: 1 of 5 so far.")
    whole = Shelves(site, dict.fromkeys(site.pictures, Facts()))
    assert views.shelf(site, shelf, whole, some, 1)["reading"] == ""


async def test_a_photograph_names_the_other_places_of_its_file(hung: Live, content: Path) -> None:
    copy = content / "pictures/sea/copy.jpg"
    copy.write_bytes((content / "pictures/walks/d.jpg").read_bytes())
    os.utime(copy, (1_700_000_000, 1_700_000_000))
    await hung.refresh()
    await hung.press.survey()
    assert re.search(r'also\s+in <a href="/pictures/sea/copy">Sea</a>', (await hung.get("/pictures/walks/d")).text)
    assert re.search(r'also\s+in <a href="/pictures/walks/d">Walks</a>', (await hung.get("/pictures/sea/copy")).text)


# Feeds, data, cards


@in_module
async def test_a_gallery_has_a_feed_of_its_newest_photographs(looked_at: Live) -> None:
    page = (await looked_at.get("/pictures/walks")).text
    assert 'type="application/rss+xml" href="/pictures/walks/feed.xml"' in page
    for name in ("feed.xml", "atom.xml"):
        found = feedparser.parse((await looked_at.get(f"/pictures/walks/{name}")).content)
        assert found.bozo is False
        assert [entry.media_content[0]["medium"] for entry in found.entries] == ["image"] * 3
        assert [entry.link.rpartition("/")[2] for entry in found.entries] == ["a", "b", "d"]
    rss = ElementTree.fromstring((await looked_at.get("/pictures/walks/feed.xml")).content)
    media = rss.find(".//{http://search.yahoo.com/mrss/}content")
    assert media is not None and media.get("medium") == "image" and media.get("type") == "image/jpeg"
    picture = await looked_at.get(str(media.get("url")).removeprefix("https://example.org"))
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    data = json.loads((await looked_at.get("/pictures/walks/feed.json")).content)
    assert data["items"][0]["attachments"][0]["url"] == media.get("url")
    assert "<img src=" in data["items"][0]["content_html"]


async def test_the_data_of_a_photograph_are_whole(hung: Live, write: Write) -> None:
    write("pictures/walks/b.md", "---\ntitle: B\nalt: Bee\ntags: [red]\nplace: The pier\n---\nIts *caption*.\n")
    await hung.refresh()
    data = (await hung.get("/pictures/walks/b.json")).json()
    assert data["exif"] == "Leica M10 · 13 July 2013"
    images = data.pop("images")
    assert {name: data[name] for name in ("url", "title", "alt", "caption", "camera", "lens", "place", "tags")} == {
        "url": "/pictures/walks/b", "title": "B", "alt": "Bee", "caption": "Its *caption*.", "camera": "Leica M10",
        "lens": "", "place": "The pier", "tags": ["red"],
    }  # fmt: skip
    assert {image["type"] for image in images} == {"image/webp", "image/jpeg"}
    assert {(await hung.get(image["url"])).status_code for image in images} == {200}


async def test_a_link_to_a_gallery_shows_its_cover(hung: Live, write: Write) -> None:
    def card(html: str) -> str:
        found = re.search(r'<meta property="og:image" content="([^"]+)"', html)
        assert found
        return found[1]

    assert "/pictures/walks/d.jpg.jpg" in card((await hung.get("/pictures/walks")).text)
    assert "/pictures/walks/b.jpg.jpg" in card((await hung.get("/pictures/walks/b")).text)
    write("pictures/walks/index.md", "---\nsort: date\ncover: c.jpg\n---\n# Walks\n", age=50)
    await hung.refresh()
    url = card((await hung.get("/pictures/walks")).text)
    assert "/pictures/walks/c.jpg.jpg" in url
    assert (await hung.get(url.removeprefix("https://example.org"))).status_code == 200
    assert tiles((await hung.get("/pictures")).text)[-4:] == ["c", "d", "b", "a"]


# Size


def facts_of(photos: tuple[Photo, ...]) -> Mapping[str, Facts]:
    return {
        photo.path: Facts(width=6000, height=4000 if n % 3 else 9000, version="0123456789", colour="#aabbcc")
        for n, photo in enumerate(photos)
    }


def test_a_page_of_two_hundred_tiles_is_light(config: Config, clock: Clock, write: Write) -> None:
    """By the names that cameras give: 150 KB for the whole page."""
    from folio.assets import Assets
    from folio.templates import environment, render

    for n in range(200):
        write(f"photography/winter-light/DSCF{n:04}.jpg", b"x")
    site = sites.load(config, clock, time.time())
    section = site.sections["/photography/winter-light"]
    assert isinstance(section, Section)
    context = views.gallery(site, section, None, "", facts_of(section.photos), 1)
    html = render(environment(Assets()), "gallery.html", **context, mentions=(), more_mentions=0)
    assert html.count('<li class="tile') == 200
    assert len(html.encode()) <= 150_000
    assert html.count('loading="lazy"') >= 190
    assert html.count("fetchpriority") == 1


async def test_a_second_start_reads_no_picture(config: Config, clock: Clock, rooms: None) -> None:
    async with running(config, clock) as live:
        await live.press.survey()
        first = (await live.get("/pictures/walks")).text

    again = Press(config, clock)
    again.facts._workers = Silent()
    await again.start()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not again.generation.shelves.is_complete:  # noqa: ASYNC110 - nobody tells when
                await asyncio.sleep(0.01)
        assert [p.url[-1] for p in again.site.sections["/pictures/walks"].photos] == tiles(first)
    finally:
        await again.stop()


def test_what_files_say_of_photographs_names_no_icon_or_old_address_anew(
    config: Config, rooms: None, clock: Clock
) -> None:
    site = sites.load(config, clock, time.time())
    _ = site.sprites, site.past
    said = {photo.path: Facts(width=60, height=40, title="At dusk") for photo in site.photos.values()}
    after = shelves.arranged(site, said)
    assert after.photos != site.photos
    assert after.sprites is site.sprites
    assert after.past is site.past


async def test_a_crowd_before_a_shelf_has_the_site_published_once(
    config: Config, rooms: None, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each publishing has shelves of its own; a look of the watcher that finds nothing leaves them as they are."""
    monkeypatch.setattr("folio.press.SURVEY_AFTER_SECONDS", 3600)
    async with running(config, clock) as live:
        before = live.press.generation.shelves

        async def ask(path: str) -> Shelves:
            await live.get(path)
            return live.press.generation.shelves

        seen = await asyncio.gather(*(ask(f"/{n}/cameras") for n in range(20)))
        assert before.read == 0
        assert live.press.generation.shelves.is_complete
        assert len({id(shelves) for shelves in seen} - {id(before)}) == 1


LAYOUTS = {"grid": "rows in-grid", "Column": "rows in-column", "rows": "rows", "post": "rows", "[a, b]": "rows"}


async def test_a_gallery_is_laid_out_as_its_index_says(
    config: Config, clock: Clock, shoot: Shoot, write: Write
) -> None:
    for n, said in enumerate(LAYOUTS):
        shoot(f"{n}/a.jpg", size=(3000, 2000))
        write(f"{n}/index.md", f"---\nlayout: {said}\n---\n# P\n")
    async with running(config, clock) as live:
        for n, drawn in enumerate(LAYOUTS.values()):
            html = (await live.get(f"/{n}")).text
            assert f'<ul class="{drawn}" role="list">' in html
            widest = max(map(int, re.findall(r" (\d+)w", html)))
            assert widest >= 1920 if "column" in drawn else widest < 1920
        assert live.press.site.problems == ()
