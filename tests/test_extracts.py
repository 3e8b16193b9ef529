"""What texts hold is drawn once, kept for the next start, and never trusted when it is damaged."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from typing import Any

import pytest
from drawing import draws
from hypothesis import given
from hypothesis import strategies as st

from folio import documents, extracts
from folio.bodies import Body, unpacked
from folio.cache import Maker
from folio.config import Config
from folio.content import Page, Stat
from folio.documents import Documents
from folio.errors import Busy, MakeFailed
from folio.extracts import Extract, Extracts
from folio.workers import Workers

TEXT = """# Cats

A cat[^1] and [[Dogs]], of *Felis catus*.

> Quoted.

![Hill](hill.jpg) ![[sea.jpg]]

![[Dogs#Why]]

[^1]: Says [Ada](/ada).
"""


class Reader:
    """A runner in this process that counts what it draws, and that dies of a text with the word "deadly"."""

    def __init__(self) -> None:
        self.drawn: list[str] = []
        self.busy = False

    async def run(self, maker: Maker, *args: Any) -> Any:
        assert maker == extracts.DRAW
        if self.busy:
            raise Busy("too much to do")
        texts = [unpacked(text) for text, _, _ in args[0]]
        if any("deadly" in text for text in texts):
            raise MakeFailed("the process ended before it was done")
        self.drawn += texts
        return extracts.draw(*args)


def page(n: int, text: str = TEXT, **more: Any) -> Page:
    body = f"{text}\n\nNumber {n}.\n"
    digest = hashlib.blake2b(body.encode(), digest_size=16).hexdigest()
    stat = Stat(0, len(body), n, 0)
    return Page(f"{n}.md", f"/{n}", f"Page {n}", body=Body.of(body), digest=digest, stat=stat, **more)


async def learned(book: Extracts, pages: list[Page]) -> dict[str, Extract]:
    await book.learn(pages, "en")
    return book.known(pages, "en")


async def test_a_text_is_drawn_once_and_kept_for_the_next_start(config: Config) -> None:
    pages, reader = [page(n) for n in range(60)], Reader()
    first = await learned(Extracts(config, reader), pages)
    assert len(reader.drawn) == len(first) == 60
    assert first["7.md"] == extracts.extract(documents.parse(pages[7].body.text, "en", True))
    assert (first["7.md"].images, first["7.md"].embeds) == (("hill.jpg",), ("sea.jpg", "Dogs#Why"))
    assert [(link.target, link.sentence) for link in first["7.md"].links] == [
        ("Dogs", "A cat and Dogs, of Felis catus."), ("/ada", "Says Ada.")
    ]  # fmt: skip
    assert await learned(Extracts(config, reader), pages) == first
    assert len(reader.drawn) == 60


async def test_where_nobody_waits_a_text_is_parsed_once_for_lists_and_its_page(config: Config) -> None:
    pages, reader = [page(n) for n in range(60)], Reader()
    shared = Documents(reader, most=sum(len(one.body.text) for one in pages[:40]))
    first = await learned(Extracts(config, reader, shared), pages[:40])
    assert (reader.drawn, first) == ([], await learned(Extracts(config, reader), pages[:40]))
    own = await shared.of(pages[7], config)
    assert (await shared.of(pages[7], config) is own, first["7.md"]) == (True, extracts.extract(own))
    await learned(Extracts(config, reader, shared), pages)
    assert len(reader.drawn) == 20  # for these there is no room: a worker reads them, as ever


async def test_a_long_text_is_read_in_a_worker_even_where_nobody_waits(config: Config) -> None:
    reader, long = Reader(), page(1, "Word. " * 20_000)
    await learned(Extracts(config, reader, Documents(reader)), [long])
    assert reader.drawn == [long.body.text]


async def test_another_text_language_or_way_to_read_is_another_extract(config: Config) -> None:
    reader = Reader()
    book = Extracts(config, reader)
    same = page(1)
    await book.learn([same, page(1, language="de"), page(1, math=False), page(2), page(1, language="en")], "en")
    assert len(reader.drawn) == 4
    await book.learn([same], "fr")
    assert len(reader.drawn) == 5


@pytest.mark.parametrize("damage", ["cut", "zeroed", "flipped", "foreign", "empty", "folder"])
async def test_a_damaged_file_is_drawn_again(config: Config, damage: str) -> None:
    pages, reader = [page(n) for n in range(5)], Reader()
    whole = await learned(Extracts(config, reader), pages)
    file = config.cache / "extracts.jsonl"
    raw = file.read_bytes()
    if damage == "folder":
        file.unlink()
        file.mkdir()
    else:
        file.write_bytes({
            "cut": raw[: len(raw) // 2],
            "zeroed": raw[:200] + bytes(900) + raw[1100:],
            "flipped": raw.replace(b"Quoted", b"Quotes", 2),
            "foreign": b'["of another version"]\n' + raw,
            "empty": b"",
        }[damage])  # fmt: skip
    assert await learned(Extracts(config, reader), pages) == whole
    assert 5 < len(reader.drawn) <= 10
    read_anew = len(reader.drawn)
    assert await learned(Extracts(config, reader), pages) == whole
    assert len(reader.drawn) == read_anew + (5 if damage == "folder" else 0)


@draws(60)
@given(st.data())
def test_no_flipped_bit_changes_what_is_known(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("flipped")
    config, pages = Config(content=folder, cache=folder), [page(n) for n in range(2)]
    truth = asyncio.run(learned(Extracts(config, Reader()), pages))
    raw = bytearray((folder / "extracts.jsonl").read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), min_size=1, max_size=4)):
        raw[place] ^= 1 << data.draw(st.integers(0, 7))
    (folder / "extracts.jsonl").write_bytes(raw)
    book = Extracts(config, Reader())
    asyncio.run(book.load())
    assert book.known(pages, "en").items() <= truth.items()


async def test_a_deadly_text_loses_only_its_own(config: Config, caplog: pytest.LogCaptureFixture) -> None:
    pages = [page(0), page(1), page(2, "deadly\n"), page(3)]
    found = await learned(Extracts(config, Reader()), pages)
    assert [bool(found[one.path].links) for one in pages] == [True, True, False, True]
    again = Reader()
    await Extracts(config, again).learn(pages, "en")
    assert again.drawn == []
    told = [record.getMessage() for record in caplog.records if record.getMessage().startswith("2.md: ")]
    assert len(told) == 2, "what failed is not written down: the next start tries it again"


async def test_a_cache_that_cannot_be_written_is_complained_of_once(
    config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    config.cache.write_text("in the way")
    reader = Reader()
    book = Extracts(config, reader)
    for n in range(3):
        assert await learned(book, [page(n)])
    assert await learned(book, [page(n) for n in range(3)])
    assert len(reader.drawn) == 3
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1


async def test_busy_workers_are_asked_another_time(config: Config) -> None:
    reader = Reader()
    book = Extracts(config, reader)
    reader.busy = True
    with pytest.raises(Busy):
        await book.learn([page(1)], "en")
    reader.busy = False
    assert await learned(book, [page(1)])


async def test_texts_that_are_gone_are_forgotten(config: Config) -> None:
    reader, kept = Reader(), [page(n) for n in range(40)]
    book = Extracts(config, reader)
    await book.learn([page(n) for n in range(300)], "en")
    file = config.cache / "extracts.jsonl"
    long = file.stat().st_size
    await book.forget_others([], "en")
    assert file.stat().st_size == long, "a folder that is away for a moment"
    await book.forget_others(kept, "en")
    assert file.stat().st_size < long / 5
    assert len(book.known([page(n) for n in range(300)], "en")) == 40
    assert len(await learned(Extracts(config, reader), kept)) == 40
    assert len(reader.drawn) == 300


async def test_an_edit_appends_and_does_not_write_all_anew(config: Config) -> None:
    book = Extracts(config, Reader())
    await book.learn([page(n) for n in range(50)], "en")
    file = config.cache / "extracts.jsonl"
    before = file.read_bytes()
    await book.learn([page(99)], "en")
    assert file.read_bytes().startswith(before)
    assert json.loads(file.read_text().splitlines()[0])[0] == "extracts"


async def test_extracts_come_from_real_workers_too(config: Config) -> None:
    workers = Workers(config)
    found = await learned(Extracts(config, workers), [page(1)])
    await workers.close()
    assert found["1.md"] == extracts.extract(documents.parse(page(1).body.text, "en", True))


async def test_a_closed_book_reads_no_more(config: Config) -> None:
    class Slow(Reader):
        async def run(self, maker: Maker, *args: Any) -> Any:
            await asyncio.Event().wait()

    book = Extracts(config, Slow())
    waiting = asyncio.create_task(book.learn([page(1)], "en"))
    await asyncio.sleep(0)
    while not book._reading:  # noqa: ASYNC110 - until the file, which is not there, has been looked for
        await asyncio.sleep(0)
    await book.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
