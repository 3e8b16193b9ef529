"""Microformats as a reader of the independent web finds them: who writes, what a page is, what a list holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import mf2py
import pytest
import pytest_asyncio
from conftest import Clock, Live, build_demo, running, settings_in, write_below

from folio.config import Author, NamedLink

pytestmark = pytest.mark.asyncio(loop_scope="module")

BASE = "https://example.org"
CATS = "/essays/2026-06-11-on-cats"
ADA = Author("Ada", url="https://ada.example", links=(NamedLink("Forge", "https://forge.example/ada"),))


async def parsed(live: Live, path: str) -> dict[str, Any]:
    return dict(mf2py.parse(doc=(await live.get(path)).text, url=BASE + path))


def items(page: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [item["properties"] for item in page["items"] if item["type"] == [kind]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def adas(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    config = replace(settings_in(tmp_path_factory.mktemp("adas")), author=ADA)
    build_demo(config.content)
    write_below(config.content, "notes/2013-01-on-rain.md", "---\nupdated: 2014-02\n---\n# Rain\n\nIt rains.\n")
    async with running(config, Clock()) as live:
        yield live


async def test_an_essay_is_an_entry_by_somebody(adas: Live) -> None:
    (entry,) = items(await parsed(adas, CATS), "h-entry")
    assert entry["name"] == ["On cats"]
    assert entry["published"] == ["2026-06-11"]
    assert entry["url"] == [BASE + CATS]
    assert entry["summary"] == ["They sleep."]
    assert entry["category"] == ["Animals", "travel"]
    assert "Cats sleep" in entry["content"][0]["value"]
    assert [author["properties"] for author in entry["author"]] == [{"name": ["Ada"], "url": ["https://ada.example"]}]


async def test_an_updated_month_stays_a_month(adas: Live) -> None:
    (entry,) = items(await parsed(adas, "/notes/2013-01-on-rain"), "h-entry")
    assert (entry["published"], entry["updated"]) == (["2013-01"], ["2014-02"])


async def test_the_front_page_is_a_card_that_other_homes_can_vouch_for(adas: Live) -> None:
    page = await parsed(adas, "/")
    card = next(card for card in items(page, "h-card") if card.get("uid"))
    assert card["name"] == ["Ada"]
    assert card["uid"] == [f"{BASE}/"]
    assert card["url"] == [f"{BASE}/", "https://forge.example/ada"]
    assert card["note"] == ["Notes from a hill."]
    assert set(page["rels"]["me"]) == {"https://forge.example/ada"}
    (feed,) = [item for item in page["items"] if item["type"] == ["h-feed"]]
    assert [child["properties"]["name"] for child in feed["children"]] == [["On cats"], ["On trains"]]


@pytest.mark.parametrize(
    ("path", "name", "names"),
    [
        ("/essays", "Essays", ["On tables", "On cats", "On trains"]),
        ("/tags/travel", "travel", ["On cats", "On trains"]),
    ],
)
async def test_a_list_is_a_feed_of_its_pages(adas: Live, path: str, name: str, names: list[str]) -> None:
    page = await parsed(adas, path)
    (feed,) = [item for item in page["items"] if item["type"] == ["h-feed"]]
    assert feed["properties"]["name"] == [name]
    entries = [child["properties"] for child in feed["children"]]
    assert [entry["name"][0] for entry in entries] == names
    assert all(entry["url"][0].startswith(f"{BASE}/") for entry in entries)
    assert entries[1]["published"] == (["2026-06-11"] if entries[1]["name"] == ["On cats"] else ["2013-01-27"])


async def test_a_photograph_is_an_entry_with_a_picture(adas: Live) -> None:
    (entry,) = items(await parsed(adas, "/photos/red/red"), "h-entry")
    photo = await adas.get(entry["photo"][0].removeprefix(BASE))
    assert (entry["name"], entry["url"]) == (["A red door"], [f"{BASE}/photos/red/red"])
    assert entry["content"][0]["value"] == "In the harbour."
    assert photo.headers["content-type"] == "image/jpeg"
