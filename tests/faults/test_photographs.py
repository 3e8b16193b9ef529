"""Photographs as they come: canaries in every place, damage of every kind, requests without end."""

from __future__ import annotations

import asyncio
import io
import re
import struct
import time
import zlib
from collections.abc import AsyncIterator, Callable
from html import unescape
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
from canaries import ARTIST, CANARY, CASES, GPS_SECONDS, noise
from conftest import Clock, Live, running, settings_in, write_below
from crowd import Client, Place, place
from PIL import Image
from test_images import exif_with
from test_strip import everything, frames

pytestmark = pytest.mark.asyncio(loop_scope="module")
POLICIES = ("private", "link", "public")
LONG = "n" * 240
WORKER_MB, LARGEST_MB = 400, 512  # of the 1,024 that a worker may take
PLACEHOLDER = "image/svg+xml"
FORMATS = ("avif", "webp", "jpg")


def saved(image: Image.Image, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def bomb(side: int) -> bytes:
    """A PNG whose header promises `side` × `side` pixels."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(99)))]
    made = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + made


def without_tables(made: bytes) -> bytes:
    """Take the quantisation tables from a JPEG: its header is sound, and so is the thumbnail in its EXIF."""
    start = made.rindex(b"\xff\xdb\0\x43\0", 0, made.rindex(b"\xff\xc0"))
    return made[:start] + made[start:].replace(b"\xff\xdb", b"\xff\xef")


GOOD = {
    "misnamed.png": saved(noise(), "JPEG"),
    "cmyk.jpg": saved(noise(mode="CMYK"), "JPEG"),
    "deep.png": saved(Image.new("I;16", (40, 30), 0x8000), "PNG"),
    "palette.png": saved(noise().quantize(), "PNG", transparency=3),
    "moving.gif": saved(noise(), "GIF", save_all=True, append_images=[noise()], duration=50, loop=0),
    "moving.webp": saved(noise(), "WEBP", save_all=True, append_images=[noise()], duration=50),
    "scan.tif": saved(noise(), "TIFF", compression="tiff_lzw"),
    f"{LONG}.jpg": saved(noise(), "JPEG"),
    "two words #3 [final] 🚢?.jpg": saved(noise(), "JPEG"),
    "100% & more; a+b.jpg": saved(noise(), "JPEG"),
}
BAD = {
    "bomb.png": bomb(50_000),
    "empty.jpg": b"",
    "cut.jpg": saved(noise((400, 300)), "JPEG")[:9_000],
    "cut.png": saved(noise((400, 300)), "PNG")[:9_000],
    "hollow.jpg": without_tables(saved(noise((60, 40)), "JPEG", exif=exif_with(saved(noise((30, 20)), "JPEG")))),
    "page.jpg": b"<!doctype html><script>alert(1)</script>",
    "drawing.png": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "icon.gif": saved(noise(), "ICO"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def field(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """A site with a gallery for each policy, full of canaries, and one of oddities."""
    folder = tmp_path_factory.mktemp("field")
    formats = ", ".join(f'"{name}"' for name in FORMATS)
    write_below(folder / "content", "site.toml", f"[photographs]\nformats = [{formats}]\nwidths = [32]\n")
    for policy in POLICIES:
        write_below(folder / "content", f"{policy}/index.md", f"---\noriginals: {policy}\n---\n# {policy.title()}\n")
        for name, make in CASES.items():
            write_below(folder / "content", f"{policy}/{name}", make())
    write_below(folder / "content", "odd/index.md", "# Odd\n")
    for name, body in {**GOOD, **BAD}.items():
        write_below(folder / "content", f"odd/{name}", body)
    write_below(folder / "content", "odd/drawing.svg", BAD["drawing.png"])
    async with running(configured(folder), Clock()) as own:
        yield own


def configured(folder: Path) -> object:
    from folio import config

    settings = settings_in(folder)
    return config.load({"content": settings.content, "cache": settings.cache, "state": settings.state}, {})


async def pictures(live: Live, page: str) -> list[str]:
    """Return the address of every picture that a page names, in any format and width."""
    html = (await live.get(page)).text
    named = re.findall(r'(?:src|srcset|content)="([^"]*/images/[^"]*)"', html)
    found = [unescape(one).split()[0] for value in named for one in value.split(", ")]
    return list(dict.fromkeys(address.removeprefix("http://127.0.0.1:8000") for address in found))


async def every_address(live: Live, folder: str, name: str) -> list[str]:
    """Return the addresses at which a photograph can be had."""
    path = f"{folder}/{quote(name)}"
    thumb = await live.get(f"/thumb/{path}?w=50")
    own = f"/{path.rpartition('.')[0]}"
    photo = next((url for url, one in live.press.site.photos.items() if one.path == f"{folder}/{name}"), own)
    sized = [re.sub(r"\.\w+$", f".{format}", thumb.headers.get("location", "")) for format in FORMATS]
    asked = [f"/{path}", *(await pictures(live, quote(photo))), *filter(None, sized)]
    return list(dict.fromkeys(asked))


@pytest.mark.parametrize("policy", POLICIES)
async def test_no_address_of_a_picture_tells_a_secret(field: Live, policy: str) -> None:
    kinds = set()
    for name in CASES:
        addresses = await every_address(field, policy, name)
        assert len(addresses) >= 3
        for address in addresses:
            answer = await field.get(address)
            assert answer.status_code == 200, address
            kinds.add(answer.headers["content-type"])
            said = everything(answer.content)
            assert CANARY not in said, address
            assert "CANARY".encode("utf-16-le") not in said, address
            assert GPS_SECONDS not in said, address
    assert kinds >= {"image/jpeg", "image/webp", "image/avif"}


async def test_private_files_are_answered_with_a_print(field: Live) -> None:
    answer = await field.get("/private/progressive.jpg")
    assert answer.headers["content-type"] == "image/jpeg"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.width == 32
        assert 0x0112 not in image.getexif()
    moving = await field.get("/private/moving.gif")
    assert moving.headers["content-type"] == "image/webp"
    with Image.open(io.BytesIO(moving.content)) as image:
        assert getattr(image, "n_frames", 1) == 3


@pytest.mark.parametrize(("policy", "robots"), [("link", "noindex"), ("public", None)])
async def test_originals_are_cleaned_and_whole(field: Live, policy: str, robots: str | None) -> None:
    for name, kind in (("progressive.jpg", "image/jpeg"), ("moving.gif", "image/gif"), ("moving.png", "image/png")):
        answer = await field.get(f"/{policy}/{name}")
        assert (answer.headers["content-type"], answer.headers.get("x-robots-tag")) == (kind, robots)
        assert answer.headers["cache-control"] == "public, no-cache"
        assert frames(answer.content) == frames((field.press.config.content / policy / name).read_bytes())
    assert ARTIST.encode() in (await field.get(f"/{policy}/baseline.jpg")).content
    kept = await field.get(f"/{policy}/baseline.jpg", If_None_Match=answer.headers["etag"])
    assert kept.status_code == 200
    again = await field.get(f"/{policy}/{name}", If_None_Match=answer.headers["etag"])
    assert again.status_code == 304


@pytest.mark.parametrize("name", GOOD)
async def test_an_odd_picture_is_shown_right(field: Live, name: str) -> None:
    addresses = await every_address(field, "odd", name)
    assert len(addresses) >= 3
    for address in addresses:
        answer = await field.get(address)
        assert answer.status_code == 200, address
        with Image.open(io.BytesIO(answer.content)) as image:
            image.load()
            assert image.width in (32, 40, 61)


@pytest.mark.parametrize("name", BAD)
async def test_a_broken_picture_is_no_error(field: Live, name: str) -> None:
    for address in await every_address(field, "odd", name):
        answer = await field.get(address)
        assert answer.status_code in (200, 404), address
        assert answer.status_code == 404 or answer.headers["content-type"] == PLACEHOLDER
    gallery = await field.get("/odd")
    assert gallery.status_code == 200


async def test_a_picture_whose_middle_is_damaged_has_a_placeholder(field: Live) -> None:
    facts = await field.press.facts_of([field.press.site.pictures["odd/hollow.jpg"]])
    version = facts["odd/hollow.jpg"].version or "0"
    answer = await field.get(f"/images/32/{version}/odd/hollow.jpg.webp")
    assert (answer.status_code, answer.headers["content-type"]) == (200, PLACEHOLDER)
    assert answer.headers["cache-control"] == "no-store"


async def test_a_drawing_runs_in_a_box(field: Live) -> None:
    answer = await field.get("/odd/drawing.svg")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert (await field.get("/thumb/odd/drawing.svg")).status_code == 404


async def hostile_sizes(field: Live, count: int) -> None:
    """Ask for every width, format and path there could be: what is made is bounded by the settings."""
    name, folder = "baseline.jpg", field.press.config.cache / "made"
    version = (await field.press.facts_of([field.press.site.pictures[f"public/{name}"]]))[f"public/{name}"].version
    before = {file for file in folder.rglob("*.*") if file.is_file()}
    for n in range(count // 2):
        width = (n * 37) % 9_000
        kind = ("jpg", "webp", "avif", "png", "JPG", "jpg.webp", "", "gif", "jxl", "svg")[n % 10]
        path = (name, name.upper(), f"./{name}", f"{name}/", f"x/../{name}", f"{name}%00")[n % 6]
        other = (version, version.upper(), "0", "../", "%20", version + "0")[n % 5]
        for address in (f"/images/{width}/{other}/public/{path}.{kind}", f"/thumb/public/{path}?w={width - 900}&x={n}"):
            answer: httpx.Response = await field.get(address)
            assert answer.status_code < 500, address
    after = {file for file in folder.rglob("*.*") if file.is_file()}
    assert len(after - before) <= len(FORMATS)


async def test_hostile_requests_fill_no_disk(field: Live) -> None:
    await hostile_sizes(field, 240)


@pytest.mark.soak
async def test_ten_thousand_hostile_requests_fill_no_disk(field: Live) -> None:
    await hostile_sizes(field, 10_000)


async def test_a_page_does_not_wait_for_broken_pictures(field: Live, figure: Callable[[str], None]) -> None:
    """All of them asked for at once, at sizes that nobody has asked for yet; how long a page took is told."""
    addresses = [address for name in BAD for address in await every_address(field, "odd", name)]
    asked = asyncio.gather(*(field.get(f"{address}{'&' if '?' in address else '?'}again") for address in addresses * 5))
    seconds = []
    while not asked.done() or len(seconds) < 20:
        started = time.perf_counter()
        assert (await field.get("/")).status_code == 200
        seconds.append(time.perf_counter() - started)
        await asyncio.sleep(0)
    assert {reply.status_code for reply in await asked} <= {200, 302, 404}
    figure(f"{len(addresses) * 5} at once; the front page took {max(seconds) * 1_000:.0f} ms at most")


async def printed(here: Place, gallery: str) -> list[str]:
    """Ask for every print of a gallery and of its photographs' pages; return what was answered otherwise than well."""
    client, asked, odd = Client(here.port), set(), []
    pages = {gallery, *re.findall(rf'href="({gallery}/[^"#?]+)"', (await client.get(gallery))[1].decode())}
    for page in pages:
        asked |= set(re.findall(r"/images/[^\s\",]+", unescape((await client.get(page))[1].decode())))
    for address in sorted(asked):
        status = 503
        while status == 503:  # busy, or slower than it likes: it is asked again
            status, _ = await client.get(address)
        odd += [address] if status not in (200, 404) else []
    await client.close()
    assert asked, "no print"
    return odd


async def test_a_worker_that_meets_broken_pictures_stays_small(tmp_path: Path, figure: Callable[[str], None]) -> None:
    for name, body in (GOOD | BAD).items():
        write_below(tmp_path / "content", f"odd/{name}", body)
    async with place(tmp_path) as here:
        assert await printed(here, "/odd") == []
        assert 0 < here.workers_peak_mb <= WORKER_MB
        figure(f"a worker held {here.workers_peak_mb:.0f} MB at most, over {len(GOOD | BAD)} pictures")


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("large.jpg", "RGB", {}),
        ("progressive.jpg", "RGB", {"progressive": True}),
        ("whole.jpg", "RGB", {"progressive": True, "subsampling": 0}),
        ("large.png", "RGB", {"compress_level": 1}),
        ("through.png", "RGBA", {"compress_level": 1}),
    ],
)
@pytest.mark.soak
async def test_the_largest_picture_that_is_taken_fits_a_worker(
    tmp_path: Path, name: str, mode: str, options: dict[str, object], figure: Callable[[str], None]
) -> None:
    grain = Image.effect_noise((2_300, 1_725), 60).resize((9_200, 6_900))
    write_below(tmp_path / "content", "large/index.md", "# Large\n")
    Image.merge(mode, [grain] * len(mode)).save(tmp_path / "content/large" / name, **options)
    async with place(tmp_path) as here:
        assert await printed(here, "/large") == []
        assert 0 < here.workers_peak_mb <= LARGEST_MB
        figure(f"{name}, 63 megapixels: a worker held {here.workers_peak_mb:.0f} MB at most")
