"""Any list as a book: what is in it and in which order, how it is set, and how its making is told."""

from __future__ import annotations

import asyncio
import re
import subprocess
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import tools
from conftest import Clock, Live, Write, build_demo, running, settings_in, write_below

from folio import books, progress
from folio import site as sites
from folio.bindery import AT_ONCE, Bindery, Progress
from folio.config import Config
from folio.content import Section
from folio.errors import Busy, MakeFailed
from folio.snapshot import Site

in_module = pytest.mark.asyncio(loop_scope="module")  # where `shared` lives
pdf_tools = pytest.mark.needs("pango", "pdftotext", "pdfinfo")


def titles(book: books.Book | None) -> list[str]:
    assert book is not None
    return [part.title for part in book.parts]


def test_a_folder_is_read_from_the_oldest_to_the_newest(site: Site) -> None:
    book = books.of_section(site, site.sections["/essays"])
    assert titles(book) == ["On trains", "On cats", "On tables"]
    assert book.intro is not None
    assert book.intro.title == "Essays"


def test_the_front_page_is_the_book_of_the_whole_site(site: Site) -> None:
    book = books.of_section(site, site.sections["/"])
    assert book.title == "A small site"
    assert titles(book) == ["About", "Essays", "On trains", "On cats", "On tables", "Photographs", "Red", "River"]
    assert [part.url for part in book.parts if isinstance(part, Section)] == ["/photos/red"]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("/tags/travel", ["On trains", "On cats"]),
        ("/archive", ["On trains", "On cats", "On tables"]),
        ("/archive/2026", ["On cats", "On tables"]),
        ("/archive/2013", ["On trains"]),
        ("/archive/2030", None),
        ("/archive/1999", None),
        ("/archive/nope", None),
        ("/archive/series/nope", None),
        ("/tags/nope", None),
        ("/tags", None),
        ("/essays", None),
        ("", None),
    ],
)
def test_lists_of_the_engine_are_books_too(site: Site, url: str, found: list[str] | None) -> None:
    assert (titles(books.find(site, url)) if found else books.find(site, url)) == found


def test_weight_comes_before_date_and_a_series_is_a_book(write: Write, config: Config, clock: Clock) -> None:
    write("a.md", "---\ndate: 2020-01-01\nseries: The Kettle\n---\n# A")
    write("b.md", "---\ndate: 2010-01-01\nseries: The Kettle\n---\n# B")
    write("c.md", "---\nweight: 1\nseries: the kettle\n---\n# C")
    write("d.md", "---\ndraft: true\nseries: The Kettle\n---\n# D")
    site = sites.load(config, clock, 0.0)
    assert titles(books.find(site, "/archive/series/the-kettle")) == ["C", "B", "A"]


def test_a_long_list_gives_its_newest_texts(write: Write, config: Config, clock: Clock) -> None:
    for year in range(2000, 2010):
        write(f"essays/{year}-{year}.md", "words")
    site = sites.load(replace(config, limits=replace(config.limits, book_pages=3)), clock, 0.0)
    book = books.of_section(site, site.sections["/essays"])
    assert (titles(book), book.total) == (["2007", "2008", "2009"], 10)


async def bound(site: Live, path: str) -> bytes:
    """Ask until the book is there."""
    answer = await site.get(path)
    while answer.status_code == 202:
        answer = await site.get(path)
    assert answer.status_code == 200, answer.text
    return answer.content


@in_module
@pdf_tools
async def test_a_book_has_a_title_page_contents_with_page_numbers_and_chapters(shared: Live, tmp_path: Path) -> None:
    pages = await asyncio.to_thread(read, await bound(shared, "/essays.pdf"), tmp_path)
    assert pages[0].split() == ["Essays", "2013", "–", "2026", "example.org/essays"]
    listed = re.findall(r"^(.+?)(?: \d+ \w+ \d{4})?(?: \.)+ *(\d+)$", pages[1], re.MULTILINE)
    assert [name for name, _ in listed] == ["Introduction", "On trains", "On cats", "On tables"]
    for name, number in listed:
        assert pages[int(number) - 1].strip().startswith(name)


def read(body: bytes, folder: Path) -> list[str]:
    """Return the text of each page of a PDF."""
    file = folder / "made.pdf"
    file.write_bytes(body)
    command = [tools.find("pdftotext"), "-layout", str(file), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [re.sub(" +", " ", page) for page in text.split("\f")]


@pdf_tools
async def test_notes_are_numbered_by_chapter_and_links_lead_within(tmp_path: Path) -> None:
    for n in (1, 2):
        write_below(
            tmp_path / "content",
            f"essays/201{n}-{n}.md",
            f"# Number {n}\n\nOne[^a] two[^b] and [other](201{3 - n}-{3 - n}.md#why).\n\n## Why\n\n"
            f"[^a]: First of {n}.\n[^b]: Second of {n}.\n",
        )
    async with running(settings_in(tmp_path), Clock()) as site:
        made = await bound(site, "/essays.pdf")
    pages = await asyncio.to_thread(read, made, tmp_path)
    for n in (1, 2):
        chapter = next(page for page in pages[2:] if f"Number {n}\n" in page)
        assert re.search(rf"\b1 First of {n}\.", chapter)
        assert re.search(rf"\b2 Second of {n}\.", chapter)
    assert b"https://example.org/essays/201" not in made


@in_module
async def test_a_book_in_the_making_says_at_once_how_far_it_is(tmp_path: Path) -> None:
    build_demo(tmp_path / "content")
    config = settings_in(tmp_path)
    hasty = replace(config, limits=replace(config.limits, book_wait_seconds=0.001))
    async with running(hasty, Clock()) as site:
        answer = await site.client.get("/essays.epub")
        assert answer.status_code == 202
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["refresh"] == "3"
        assert "etag" not in answer.headers
        assert "<progress" in answer.text
        assert "Essays (EPUB)" in answer.text
        head = await site.client.head("/essays.epub")
        assert head.status_code == 200 or head.headers["refresh"] == "3"  # it may be made by now
        assert (await bound(site, "/essays.epub")).startswith(b"PK")


@in_module
async def test_what_a_search_finds_is_a_book(shared: Live) -> None:
    made = await bound(shared, "/search.epub?q=trains")
    assert made.startswith(b"PK")
    for path in ("/search.epub", "/search.epub?q=nothingatall", "/search.pdf?q=hushhush"):
        assert (await shared.get(path)).status_code == 404


@in_module
@pytest.mark.parametrize(
    "path",
    ["/tags/nope.pdf", "/archive/1999.epub", "/archive/series/x.pdf", "/search.pdf", "/directory.pdf", "/tags.epub"],
)
async def test_a_book_of_nothing_is_not_found(shared: Live, path: str) -> None:
    assert (await shared.get(path)).status_code == 404


# The bindery


async def test_a_visitor_waits_for_a_while_then_hears_how_far_it_is(tmp_path: Path) -> None:
    bindery, go = Bindery(), asyncio.Event()
    file = tmp_path / "x.pdf"
    file.write_bytes(b"x")

    async def bind(told: Progress) -> Path:
        told.enter("read")
        progress.tell(3, 7)
        await go.wait()
        return file

    first = await bindery.take("/x.pdf", "a", bind, 0.01)
    assert isinstance(first, Progress)
    assert (first.stage, first.done, first.total) == ("read", 3, 7)
    go.set()
    assert await bindery.take("/x.pdf", "a", bind, 5) == file
    await bindery.close()


async def test_another_snapshot_gets_another_book(tmp_path: Path) -> None:
    bindery, made = Bindery(), []
    file = tmp_path / "x.pdf"
    file.write_bytes(b"x")

    def binder(name: str) -> Callable[[Progress], object]:
        async def bind(told: Progress) -> Path:
            made.append(name)
            return file

        return bind

    for of in ("a", "a", "b"):
        assert await bindery.take("/x.pdf", of, binder(of), 5) == file  # type: ignore[arg-type]
    assert made == ["a", "b"]
    file.unlink()  # trimmed from the cache
    await bindery.take("/x.pdf", "b", binder("again"), 5)  # type: ignore[arg-type]
    assert made == ["a", "b", "again"]
    await bindery.close()


async def test_a_book_does_not_hold_a_snapshot_that_is_past(tmp_path: Path) -> None:
    class Snapshot:
        pass

    async def bind(told: Progress) -> Path:
        return tmp_path

    bindery, past, current = Bindery(), Snapshot(), Snapshot()
    await bindery.take("/x.pdf", past, bind, 5)
    held = weakref.ref(past)
    del past
    await bindery.take("/y.pdf", current, bind, 5)
    assert held() is None
    await bindery.close()


async def test_a_failure_is_told_once_and_tried_again(tmp_path: Path) -> None:
    bindery, tries = Bindery(), []

    async def bind(told: Progress) -> Path:
        tries.append(1)
        raise MakeFailed("no")

    for _ in range(2):
        with pytest.raises(MakeFailed):
            await bindery.take("/x.pdf", "a", bind, 5)
    assert len(tries) == 2
    await bindery.close()


async def test_too_many_books_at_once_are_refused() -> None:
    bindery = Bindery()

    async def bind(told: Progress) -> Path:
        await asyncio.Event().wait()
        raise AssertionError

    for n in range(AT_ONCE):
        await bindery.take(f"/{n}.pdf", "a", bind, 0.001)
    with pytest.raises(Busy):
        await bindery.take("/one-more.pdf", "a", bind, 0.001)
    await bindery.close()


@in_module
async def test_each_search_as_data_is_its_own(shared: Live) -> None:
    for word, found in (("cats", "/essays/2026-06-11-on-cats"), ("windows", "/essays/2013-01-27-on-trains")):
        for form in ("json", "md"):
            reply = await shared.get(f"/search.{form}?q={word}")
            assert (reply.status_code, found in reply.text) == (200, True), (form, word)
            assert reply.headers["cache-control"] == "no-store"
    assert (await shared.get("/search.json?q=trains")).json()["url"] == "/search?q=trains"
    assert (await shared.get("/search.json")).status_code == 404
