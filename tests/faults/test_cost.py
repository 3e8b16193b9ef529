"""What a visitor can make us keep: nothing for an address that is not there, one answer for one that is."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from conftest import Live
from hostile import MARKUP, PREFIXES, targets

pytestmark = pytest.mark.asyncio(loop_scope="module")


def flood(start: int) -> Iterator[str]:
    """Yield addresses of which a robot can make as many as it likes; others for another `start`."""
    for n in range(start, start + 12):
        yield from (
            f"/?a={n}",
            f"/about?utm={n}",
            f"/photos/red?page={n}",
            f"/photos/red?page={'0' * (n % 9)}1",
            f"/search?q=word{n}",
            f"/search/feed.xml?q=word{n}",
            f"/about?highlight=word{n}",
            f"/archive?q=word{n}&page={n}",
            f"/archive/graph?page={n}",
            f"/tags?page={n}",
        )
        yield from (
            f"/api/search?q=cat{n}",
            f"/api/blog?page={n}&size={n}",
            f"/thumb/photos/red/red.jpg?w={n * 7}",
            f"/random?{n}",
        )
        yield from (
            f"/search.json?q=cat{n}",
            f"/search.md?q=train&a={n}",
            f"/archive.json{'/' * n}",
            f"/tags/travel.{'JSON' if n % 2 else 'jSon'}{'/' * n}",
            f"/archive/{1000 + n}.pdf",
            f"/sitemap.xml?part={n}",
        )
        yield from (
            f"/images/{n}/x/photos/red/red.jpg.webp",
            f"/images/640/{n}/photos/red/red.jpg.webp",
            f"/static/site.css?v={n}",
        )
        yield from (
            f"/tags/{n}",
            f"/missing-{n}",
            f"/icon/{n}.svg",
            f"/og-image/{n}.png",
            f"/{'x' * n * 60}",
            f"/{'%CC%81' * n * 40}",
        )
        yield from (f"/ABOUT{'/' * n}", f"/about/{n}", f"/about.{n}", f"/api/search/autocomplete?q={n}")
    yield from (prefix + quote(target, safe="/%;") + str(start) for prefix in PREFIXES for target in targets()[::49])
    yield from (f"/{quote(text)}{start}" for text in MARKUP)


async def test_an_address_that_is_not_there_is_not_remembered(shared: Live) -> None:
    async def kept() -> tuple[int, int, int]:
        made = sum(1 for file in shared.press.config.cache.rglob("*") if file.is_file() and "index" not in str(file))
        return len(shared.press.generation.memory), made, len((await shared.get("/metrics")).text.splitlines())

    after_floods = []
    for start in (1, 20, 40):
        statuses = [(await shared.get(path)).status_code for path in flood(start)]
        assert set(statuses) <= {200, 301, 302, 404}
        assert statuses.count(404) > 150
        after_floods.append(await kept())
    assert after_floods[1] == after_floods[2]


async def test_headers_without_end_of_sense_are_read_as_they_are(shared: Live) -> None:
    for name in (
        "accept",
        "accept-encoding",
        "if-none-match",
        "if-modified-since",
        "range",
        "if-range",
        "accept-language",
        "cookie",
        "host",
    ):
        for value in (
            "a" * 6_000,
            "a," * 3_000,
            ";q=" * 2_000,
            "*/*;q=0.1," * 600,
            '"x",' * 1_500,
            "bytes=" + "0-1," * 1_500,
            "\t" * 999,
            "=" * 5_000,
        ):
            for path in ("/about", "/photos/red/red.jpg", "/nothing", "/search?q=cats"):
                reply = await shared.get(path, **{name: value})
                assert reply.status_code in (200, 206, 304, 404, 416), (name, value[:20], path)
