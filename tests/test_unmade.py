"""What cannot be made within its limits, or from damaged pictures: a clear answer, while the site goes on."""

from __future__ import annotations

import asyncio
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from conftest import Clock, Live, Write, running
from PIL import Image

from folio.config import Config, Limits

SMALL = Limits(make_seconds=1, book_seconds=1, worker_memory_mb=512, book_memory_mb=512, book_wait_seconds=0.2)
SENTENCE = "The tide went out past the last boat, and nobody in the harbour said a word about it for a year. "
ENDLESS = {
    "words": "# Words\n\n" + "\n\n".join([SENTENCE * 8] * 1_250),  # 200,000 of them
    "table": "# Table\n\n| Port | Range | Said of it |\n|---|--:|---|\n" + "| Home | 4.2 | It is wide |\n" * 3_000,
    "nested": "# Nested\n\n" + "<div>\n\n" * 500 + "Words.\n\n" + "</div>\n\n" * 500,
}
pytestmark = [pytest.mark.needs("pango"), pytest.mark.unsearched]


async def finished(live: Live, path: str, **headers: str) -> httpx.Response:
    """Ask until a book is no longer being bound."""
    while (answer := await live.get(path, **headers)).status_code == 202:
        assert answer.headers["retry-after"]
    return answer


def is_said(answer: httpx.Response) -> bool:
    """Say whether an answer is the one for what takes too much."""
    kept = (answer.headers["cache-control"], answer.headers.get("retry-after"))
    return (answer.status_code, *kept) == (503, "no-store", "60") and "This cannot be made" in answer.text


@pytest.mark.parametrize("name", ENDLESS)
async def test_an_endless_page_is_bounded_in_every_form_while_the_site_goes_on(
    config: Config, clock: Clock, write: Write, name: str
) -> None:
    write("index.md", "# Home\n\nWords.\n")
    write(f"{name}.md", ENDLESS[name])
    async with running(replace(config, limits=SMALL), clock) as live:
        making = asyncio.create_task(live.get(f"/{name}.pdf"))
        asked = 0
        while not (await asyncio.wait([making], timeout=0.02))[0]:
            assert (await live.get("/")).status_code == 200
            asked += 1
        assert asked > 1
        made = await making
        assert is_said(made) or made.content.startswith(b"%PDF-")
        if name != "nested":
            assert is_said(made)
        for form, status in (("", 200), (".md", 200), (".txt", 200), (".json", 200)):
            assert (await live.get(f"/{name}{form}")).status_code == status, form
        bound = await live.get(f"/{name}.epub")
        assert is_said(bound) or bound.content.startswith(b"PK")


async def test_programs_are_told_in_their_way(config: Config, clock: Clock, write: Write) -> None:
    write("words.md", ENDLESS["words"])
    async with running(replace(config, limits=SMALL), clock) as live:
        told = await live.get("/words.pdf", Accept="application/json")
        assert (told.status_code, told.headers["content-type"]) == (503, "application/problem+json")
        assert told.headers["retry-after"] == "60"
        assert told.json()["title"] == "This cannot be made"
        head = await live.client.head("/words.pdf")
        assert (head.status_code, head.headers["retry-after"], head.content) == (503, "60", b"")


async def test_a_book_that_takes_too_long_says_so_and_not_how_far_it_is(
    config: Config, clock: Clock, write: Write
) -> None:
    for n in range(4):
        write(f"essays/2026-01-0{n + 1}-tides.md", ENDLESS["words"])
    async with running(replace(config, limits=SMALL), clock) as live:
        assert is_said(await finished(live, "/essays.pdf"))
        assert (await live.get("/essays")).status_code == 200


async def test_a_text_nested_too_deeply_is_a_chapter_that_says_so(config: Config, clock: Clock, write: Write) -> None:
    for depth in (90, 3_000):
        write(f"essays/2026-01-01-{depth}-deep.md", f"# Deep {depth}\n\n{'<div>' * depth}harbour{'</div>' * depth}\n")
    write("essays/2026-01-02-plain.md", "# Plain\n\nWords.\n")
    async with running(config, clock) as live:
        assert is_said(await live.get("/essays/2026-01-01-3000-deep.epub"))
        assert (await finished(live, "/essays.pdf")).content.startswith(b"%PDF-")
        bound = zipfile.ZipFile(io.BytesIO((await finished(live, "/essays.epub")).content))
    read = [bound.read(name).decode() for name in sorted(bound.namelist()) if "/text/" in name]
    assert [text.count("nested too deeply") for text in read] == [1, 0, 0]
    assert [text.count("harbour") for text in read] == [0, 1, 0]
    assert "https://example.org/essays/2026-01-01-3000-deep" in read[0]


async def test_without_memory_enough_it_is_the_same_answer(config: Config, clock: Clock, write: Write) -> None:
    write("a.md", "# A\n\n" + "\n\n".join([SENTENCE * 8] * 900))
    starved = replace(config.limits, worker_memory_mb=160)
    async with running(replace(config, limits=starved), clock) as live:
        assert is_said(await live.get("/a.pdf"))
        assert (await live.get("/a")).status_code == 200


async def test_a_damaged_picture_is_left_out_of_what_is_made(
    config: Config, clock: Clock, write: Write, content: Path
) -> None:
    write("essays/index.md", "# Essays\n")
    write(
        "essays/2026-01-01-torn.md",
        "---\nimage: torn.jpg\n---\n# Torn\n\n![A door](torn.jpg)\n\n![A wall](whole.jpg)\n",
    )
    Image.effect_noise((600, 400), 90).convert("RGB").save(content / "essays/whole.jpg")
    torn = content / "essays/torn.png"
    Image.effect_noise((600, 400), 90).convert("RGB").save(torn)
    torn.rename(content / "essays/torn.jpg").write_bytes((content / "essays/torn.jpg").read_bytes()[:3_000])
    async with running(config, clock) as live:
        torn_page = "essays/2026-01-01-torn"
        for path in (f"/{torn_page}.pdf", f"/{torn_page}.epub", f"/og-image/{torn_page}.png"):
            assert (await live.get(path)).status_code == 200, path
        for path in ("/essays.pdf", "/essays.epub"):
            assert (await finished(live, path)).status_code == 200
