"""The engine's own lists: each holds what the texts hold, at its address, and leads to where that stands."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from conftest import Clock, Live, build_demo, running, settings_in, write_below

from folio import conventions
from folio.views.lists import LISTINGS

pytestmark = pytest.mark.asyncio(loop_scope="module")

LISTS = tuple(LISTINGS)
PLANTED = {
    "essays/2024-01-01-tides.md": "---\ntags: [sea, travel]\nseries: Water\n---\n# Tides\n\nThe moon^[So they say.] "
    "pulls. See [cats](/essays/2026-06-11-on-cats).\n\n## Ebb\n\n> The sea is never full.\n\n## Flood\n\n## Slack\n",
    "essays/2024-02-01-currents.md": "---\ntags: [sea, travel]\nseries: Water\n---\n# Currents\n\n"
    "By Anna Mole. See [Tides](2024-01-01-tides.md).\n",
    "essays/2024-03-01-café.md": "---\ntags: [sea]\n---\n# A Café by the Sea\n\nBy Anna Mole.\n",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def planted(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    folder = tmp_path_factory.mktemp("planted")
    build_demo(folder / "content")
    for path, text in PLANTED.items():
        write_below(folder / "content", path, text)
    async with running(settings_in(folder), Clock()) as live:
        yield live


@pytest.mark.parametrize(
    ("path", "held"),
    [
        ("/archive", ['<a href="/essays/2024-01-01-tides">Tides</a>', '<h2 id="y2024">2024</h2>']),
        ("/archive/by-length", ['href="/essays/2024-01-01-tides"', "A minute or two"]),
        ("/archive/themes", ['<a href="/tags/sea">sea</a>', "<small>3</small>", 'href="/essays/2024-02-01-currents"']),
        ("/archive/series", ['<h2 id="water">Water</h2>', "1 series", "2 pages"]),
        ("/archive/sidenotes", ['href="/essays/2026-06-11-on-cats#sn-1"', "Sixteen hours.", "So they say."]),
        ("/archive/quotes", ["#ebb:~:text=The%20sea%20is%20never%20full.", "The sea is never full."]),
        ("/archive/outlines", ['href="/essays/2024-01-01-tides#slack">Slack</a>', "1 page in several parts"]),
        ("/archive/connections", ["cited by <span><a", ">Currents</a>"]),
        ("/archive/terms", ["Anna Mole, <span><a", "A Café by the Sea</a>; <a", '<h2 id="letter-1">A</h2>']),
        ("/archive/graph", ["<circle ", "<title>Tides</title>", 'd="M', ">As a table</h2>"]),
        ("/sitemap", ['<a href="/poems">Poems</a>', '<a href="/poems/river">River</a>', "2 photographs"]),
        ("/tags", ['<a rel="tag" href="/tags/sea">sea</a> <small>3</small>']),
        ("/directory", ['<a href="/essays">Essays</a>']),
    ],
)
async def test_a_list_holds_what_the_texts_hold(planted: Live, path: str, held: list[str]) -> None:
    html = (await planted.get(path)).text
    assert [piece for piece in held if piece not in html] == []
    assert f'<a href="{path}" aria-current="page">' in html
    assert "being read" not in html


async def test_every_link_of_every_list_leads_somewhere(planted: Live) -> None:
    for path in (*LISTS, "/archive/graph"):
        html = (await planted.get(path)).text
        for address in dict.fromkeys(
            re.findall(r'href="(/[^"]*)"', html.partition("<main")[2].partition("</main>")[0])
        ):
            page, _, fragment = address.partition("#")
            answer = await planted.get(page)
            assert answer.status_code == 200, address
            name = fragment.partition(":~:")[0]
            assert not name or f'id="{name}"' in answer.text, address


@pytest.mark.parametrize("short", conventions.SHORT)
async def test_a_short_name_leads_to_its_list(planted: Live, short: str) -> None:
    answer = await planted.get(short)
    assert (answer.status_code, answer.headers["location"]) == (308, f"/archive{short}")
    assert (await planted.get(f"/archive{short}")).status_code == 200


async def test_another_spelling_of_a_list_leads_to_it(planted: Live) -> None:
    for path in ("/archive/Quotes", "/archive/quotes/", "/archive/quotes.html"):
        answer = await planted.get(path)
        assert (answer.status_code, answer.headers["location"]) == (301, "/archive/quotes"), path
    assert (await planted.get("/archive/nothing")).status_code == 404


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("tides", ["Tides"]),
        ("SEA", ["A Café by the Sea", "Currents", "Tides"]),
        ("cafe sea", ["A Café by the Sea"]),
        ("  travel  tid ", ["Tides"]),
        ("anim", ["On cats"]),
        ("zzz", []),
    ],
)
async def test_the_archive_is_filtered_by_titles_and_tags(planted: Live, query: str, titles: list[str]) -> None:
    answer = await planted.client.get("/archive", params={"q": query})
    assert re.findall(r'</svg>\n<a href="[^"]+">([^<]+)<', answer.text) == titles
    assert f'value="{query.strip()}"' in answer.text
    assert 'name="robots" content="noindex"' in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_a_filter_leaves_nothing_in_the_memory(planted: Live) -> None:
    memory = planted.press.generation.memory
    before = len(memory)
    for n in range(20):
        assert (await planted.get(f"/archive?q=word{n}")).status_code == 200
        assert (await planted.get(f"/archive?q=word{n}&page=7")).status_code == 404
    assert len(memory) == before
    after = planted.press.generation.memory
    assert after is memory or len(after) == 0  # texts and pictures may have been read meanwhile


async def test_a_filter_without_end_is_cut(planted: Live) -> None:
    answer = await planted.get("/archive?q=" + "x" * 3_000)
    assert f'value="{"x" * 200}"' in answer.text


@pytest.mark.parametrize("path", [*LISTS, "/archive/graph"])
async def test_a_page_that_a_list_does_not_have_is_not_there(planted: Live, path: str) -> None:
    for number in ("0", "2", "999999999"):
        assert (await planted.get(f"{path}?page={number}")).status_code == 404, number
    assert (await planted.get(f"{path}?page=1")).text == (await planted.get(path)).text


async def test_themes_are_data_too(planted: Live) -> None:
    answer = (await planted.get("/api/themes")).json()
    assert answer["complete"] is True
    assert [(theme["title"], theme["url"], theme["count"]) for theme in answer["themes"]] == [
        ("travel", "/tags/travel", 4), ("sea", "/tags/sea", 3)
    ]  # fmt: skip
    assert answer["themes"][1]["pages"][0] == {"title": "A Café by the Sea", "url": "/essays/2024-03-01-café"}


async def test_what_takes_long_to_find_is_found_once(planted: Live) -> None:
    for path in ("/api/themes", "/api/graph", "/archive.json"):
        first = await planted.get(path)
        kept = planted.press.generation.memory.get(path)
        assert kept is not None, path
        again = await planted.get(path)
        assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])


async def test_the_map_is_data_too(planted: Live) -> None:
    answer = await planted.get("/api/graph")
    found = answer.json()
    assert (await planted.get("/archive/graph/data")).json() == found
    assert found["complete"] is True
    assert [node["id"] for node in found["nodes"]] == [*range(len(found["nodes"]))]
    urls = [node["url"] for node in found["nodes"]]
    joined = {frozenset((urls[edge["source"]], urls[edge["target"]])) for edge in found["edges"]}
    assert frozenset(("/essays/2024-01-01-tides", "/essays/2024-02-01-currents")) in joined
    html = (await planted.get("/archive/graph")).text
    drawn = set(re.findall(r'<a href="([^"]+)"><circle cx="(\d+)" cy="(\d+)"', html))
    assert drawn == {(node["url"], str(node["x"]), str(node["y"])) for node in found["nodes"]}


async def test_a_site_can_be_without_its_map(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    for path, text in PLANTED.items():
        write_below(tmp_path / "content", path, text)
    for on in (True, False):
        async with running(replace(settings, features=replace(settings.features, graph=on)), Clock()) as live:
            for path in ("/archive/graph", "/archive/graph/data", "/api/graph"):
                assert (await live.get(path)).status_code == (200 if on else 404), path
            assert ('href="/archive/graph"' in (await live.get("/archive/connections")).text) is on


async def test_a_map_of_the_same_links_is_the_same_bytes(planted: Live) -> None:
    first = (await planted.get("/archive/graph")).content
    for file in (planted.press.config.cache / "made").rglob("*.json"):
        file.unlink()
    planted.press.generation.memory._records.clear()
    assert (await planted.get("/archive/graph")).content == first


async def test_an_empty_site_has_every_list(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("empty")
    (folder / "content").mkdir()
    async with running(settings_in(folder), Clock()) as live:
        for path in (*LISTS, "/archive/graph", "/api/graph", "/api/themes"):
            assert (await live.get(path)).status_code == 200, path
        assert 'href="/archive/quotes"' not in (await live.get("/archive")).text
