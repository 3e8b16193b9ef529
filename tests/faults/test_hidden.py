"""What its author hides: no word of it in any answer, and no form of it at any address."""

from __future__ import annotations

import asyncio
import io
import subprocess
import zipfile
from collections.abc import AsyncIterator
from urllib.parse import quote, unquote

import httpx
import pytest
import pytest_asyncio
import tools
from conftest import Clock, Live, build_demo, running, settings_in, write_below
from crawl import crawl
from PIL import Image

FEEDS = ("feed.xml", "atom.xml", "feed.json")
pytestmark = pytest.mark.asyncio(loop_scope="module")
WORD = "quokka"  # in every title, text, tag, name and address of what is hidden
CITING = "of [cats](/essays/2026-06-11-on-cats), [the essays](/essays) and ![a door](/photos/red/red.jpg)"
BODY = f"# The {WORD} title\n\nA {WORD} text[^1] {CITING}.\n\n> A {WORD} quotation.\n\n[^1]: A {WORD} note.\n"
# Path without suffix -> its header; each is a page (or a photograph's words) that no visitor may know of.
PAGES = {
    f"essays/2026-09-02-{WORD}-draft": "draft: true",
    f"essays/2026-09-03-{WORD}-unpublished": "publish: false",
    f"essays/2026-09-04-{WORD}-private": "visibility: private",
    f"essays/2026-09-05-{WORD}-pending": "status: pending",
    f"essays/2031-01-01-{WORD}-scheduled": "",
    f"essays/{WORD}-scheduled": "date: 2026-11-01T12:00:01Z",
    f"essays/2026-09-06-{WORD}-expired": "expires: 2026-10-31",
    f"essays/2026-09-07-{WORD}-unclear": "draft: perhaps",
    f"drafts/{WORD}": "",
    f"_drafts/2026-09-08-{WORD}": "",
    f"essays/drafts/{WORD}": "draft: false",
    f"_{WORD}": "",
    f"essays/_{WORD}": "",
    f"essays/.{WORD}": "",
    f".obsidian/{WORD}": "",
    f"photos/red/{WORD}": "draft: true",
    f"photos/{WORD}-room/index": "draft: true",
    f"{WORD}-later/index": "date: 2031-01-01",
}
# Folders whose pictures and files belong to a hidden page or lie in a hidden room.
FOLDERS_OF_DRAFTS = (
    f"essays/2026-09-02-{WORD}-draft",
    f"photos/{WORD}-room/inner",
    f"drafts/{WORD}-room",
    f"{WORD}-later",
)
# What a metadata.yml says of pictures beside it: hidden for this or that reason, each full of the word.
LABELS = "".join(
    f"{WORD}-{n}.jpg: {{title: {WORD}, alt: {WORD}, caption: {WORD}, tags: [{WORD}], place: {WORD}, {why}}}\n"
    for n, why in enumerate(
        (
            "draft: true",
            "publish: false",
            "status: private",
            "date: 2031-01-01",
            "expires: 2026-10-31",
            "draft: perhaps",
        )
    )
)
LABELLED = tuple(f"photos/red/{WORD}-{n}.jpg" for n in range(6))
PHOTOS = (
    *LABELLED,
    f"photos/torn/{WORD}.jpg",
    f"photos/red/{WORD}.jpg",
    f"photos/{WORD}-room/one.jpg",
    *(f"{folder}/in.jpg" for folder in FOLDERS_OF_DRAFTS),
)
FILES = (
    f"photos/{WORD}-room/{WORD}.txt", f"drafts/{WORD}.csv", f"essays/2026-09-02-{WORD}-draft.md.bak",
    f"essays/{WORD}.md.orig", f"essays/.{WORD}.md.swp", f"essays/{WORD}.md~", f".git/{WORD}",
    *(f"{folder}/in.csv" for folder in FOLDERS_OF_DRAFTS),
)  # fmt: skip
UNLISTED = "wombat"  # in what only those find who have its address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def veiled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    folder = tmp_path_factory.mktemp("veiled")
    content = folder / "content"
    build_demo(content)
    for path, header in PAGES.items():
        said = f"tags: [{WORD}tag, travel]\nalt: {WORD}\naliases: [/{WORD}-alias]\nimage: {WORD}.jpg\nupdated: {WORD}\n"
        said += f"series: {WORD} series\n"
        write_below(content, f"{path}.md", f"---\n{said}{header}\n---\n{BODY}")
    for path in FILES:
        write_below(content, path, WORD)
    shy = f"shy-two-{UNLISTED}.jpg: {{hidden: true, title: {UNLISTED}, caption: {UNLISTED}, alt: {UNLISTED}}}\n"
    gone = f"gone-{WORD}.jpg: {{draft: true}}\n"
    write_below(content, "photos/red/metadata.yml", LABELS + shy + gone)
    write_below(content, "photos/torn/metadata.yml", f"{WORD}.jpg: {{draft: true\n")  # never could be read
    Image.new("RGB", (60, 40)).save(content / f"photos/red/shy-two-{UNLISTED}.jpg")
    for path in PHOTOS:
        (content / path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (60, 40)).save(content / path)
    write_below(
        content,
        f"essays/{UNLISTED}.md",
        f"---\nunlisted: true\ntags: [{UNLISTED}tag]\nseries: {UNLISTED}\nupdated: {UNLISTED}\n---\n"
        f"# {UNLISTED}\n\n{UNLISTED} {CITING}\n",
    )
    write_below(content, f"photos/{UNLISTED}/index.md", f"---\nunlisted: true\n---\n# {UNLISTED}\n")
    Image.new("RGB", (60, 40)).save(content / f"photos/{UNLISTED}/{UNLISTED}.jpg")
    (content / f"photos/{UNLISTED}/inner").mkdir()
    Image.new("RGB", (60, 40)).save(content / f"photos/{UNLISTED}/inner/deep-{UNLISTED}.jpg")
    write_below(content, f"photos/red/shy-{UNLISTED}.md", f"---\nhidden: true\n---\n{UNLISTED}\n")
    Image.new("RGB", (60, 40)).save(content / f"photos/red/shy-{UNLISTED}.jpg")
    async with running(settings_in(folder), Clock()) as live:
        await live.whole()
        yield live


def words_of(reply: httpx.Response) -> bytes:
    """Return what an answer says: of an EPUB all that is packed into it, of a PDF its text."""
    kind = reply.headers.get("content-type", "")
    if kind == "application/epub+zip":
        packed = zipfile.ZipFile(io.BytesIO(reply.content))
        return b"".join(name.encode() + packed.read(name) for name in packed.namelist())
    if kind == "application/pdf" and tools.find("pdftotext"):
        command = [tools.find("pdftotext"), "-", "-"]
        return reply.content + subprocess.run(command, input=reply.content, capture_output=True, check=True).stdout
    return reply.content


BOUND = (
    *(f"{book}.{form}" for book in ("/essays", "/tags/travel") for form in ("pdf", "epub")),
    *(f"/essays/2026-06-11-on-cats.{form}" for form in ("pdf", "epub")),
    "/archive/2026.epub", "/photos/red.epub",
)  # fmt: skip


@pytest.mark.needs("pango", "pdftotext")
async def test_no_word_of_what_is_hidden_is_bound_into_a_book(veiled: Live) -> None:
    for path in BOUND:
        while (reply := await veiled.get(path)).status_code == 202:  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.05)
        assert reply.status_code == 200, path
        heard = words_of(reply).decode("latin-1").casefold()
        assert "cats" in heard or "red" in heard
        assert WORD not in heard, path
        assert UNLISTED not in heard, path
    assert (await veiled.get("/search.epub?q=title")).status_code == 404  # a book of what is hidden alone


async def test_no_word_of_what_is_hidden_is_in_any_answer(veiled: Live) -> None:
    asked = [f"/search?q={word}" for word in (WORD, WORD[:3], f'"{WORD} text"', UNLISTED, "text", "note", "title")]
    asked += [f"/api/search?q={word}" for word in (WORD[:4], "text", "title", "the", UNLISTED[:5])]
    asked += [f"/search/{feed}?q={word}" for feed in FEEDS for word in (WORD[:4], "text", "title", "year:2026")]
    asked += [f"/api/search/autocomplete?q={letters}" for letters in ("q", "t", "the", "w", "e")]
    asked += [
        "/api/blog?size=100&sort=title",
        "/api/blog?tag=travel",
        *(f"/archive?q={word}" for word in (WORD, WORD[:4], "travel", "title", UNLISTED)),
        "/quokk",
        "/essays/2026-09-02-quoka-draft",
        "/photos/red/quok",
    ]
    found = await crawl(veiled, *asked, pictures=True)
    assert len(found) > 80
    for path, reply in found.items():
        heard = (words_of(reply) + str(reply.headers).encode()).decode("latin-1").casefold()
        if path == "/health":  # names what may have been meant to be public
            heard = heard.replace(f"essays/2026-09-07-{WORD}-unclear.md", "")
        for word in (WORD, UNLISTED):
            heard = heard.replace(f'value="{word}"', "").replace(f'"query":"{word}"', "")
            asks_for_it = path.partition("?")[2].startswith(f"q={word}") or f'"{word}' in unquote(path)
            assert asks_for_it or word not in heard, path


def addresses(path: str) -> list[str]:
    """Return every address where a page, photograph or file of the tree could be had, were it public."""
    stem = path.removesuffix(".jpg").removesuffix("/index")
    forms = [
        stem,
        f"{stem}.md",
        f"{stem}.txt",
        f"{stem}.json",
        f"{stem}.pdf",
        f"{stem}/",
        f"{stem}.html",
        f"{stem}/feed.xml",
        path,
    ]
    made = [
        f"icon/{stem}.svg",
        f"og-image/{stem}.png",
        f"thumb/{path}",
        f"images/320/x/{path}.webp",
        f"images/320/x/{path}.jpg",
    ]
    return [
        quote(f"/{address}") for address in (*forms, *made, f"static/../{path}", stem.upper(), stem.replace("-", "_"))
    ]


@pytest.mark.parametrize("path", [*PAGES, *PHOTOS, *FILES])
async def test_nothing_hidden_has_an_address(veiled: Live, path: str) -> None:
    for address in addresses(path):
        reply = await veiled.get(address)
        assert reply.status_code in ((404, 410) if "expired" in path else (404,)), address


@pytest.mark.parametrize(
    "path",
    [f"/essays/{UNLISTED}", f"/photos/{UNLISTED}", f"/photos/{UNLISTED}/{UNLISTED}", f"/photos/{UNLISTED}/inner"],
)
async def test_what_is_unlisted_is_there_for_those_who_know(veiled: Live, path: str) -> None:
    reply = await veiled.get(path)
    assert reply.status_code == 200
    assert "noindex" in reply.text


NOTED = "ZQ8153"  # serial number, owner, maker's note, place: never to be known
ARTIST = "Ada Example"


def photograph() -> bytes:
    """Make a JPEG with everything in it that a camera and a cataloguing program write."""
    exif = Image.Exif()
    exif.update(
        {
            0x010F: "Acme",
            0x0110: "Box 1",
            0x013B: ARTIST,
            0x8298: "© Ada",
            0x010E: "A hill",  # its caption, which is for everybody
            0x0131: NOTED,
        }
    )
    exif.update({0x9C9C: NOTED.encode("utf-16-le"), 0x9C9D: NOTED.encode("utf-16-le"), 0x013C: f"{NOTED} host"})
    exif.get_ifd(0x8769).update({
        0xA431: f"{NOTED} body", 0xA435: f"{NOTED} lens", 0xA430: f"{NOTED} owner", 0x927C: NOTED.encode() * 20,
        0x9286: b"ASCII\0\0\0" + NOTED.encode(), 0xA420: NOTED * 2, 0x829A: 0.004, 0x9003: "2020:02:03 04:05:06",
    })  # fmt: skip
    exif.get_ifd(0x8825).update(
        {1: "N", 2: (52.0, 31.0, 12.34), 3: "E", 4: (13.0, 24.0, 56.78), 0x1B: NOTED.encode(), 0x1D: "2020:02:03"}
    )
    xmp = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>{NOTED}</exif:GPSLatitude></x:xmpmeta>'.encode()
    out = io.BytesIO()
    Image.effect_noise((700, 500), 60).convert("RGB").save(
        out, "JPEG", exif=exif, comment=NOTED.encode(), xmp=xmp, quality=85
    )
    return out.getvalue()


SECRETS = (
    NOTED.encode(),
    NOTED.encode("utf-16-le"),
    NOTED.encode("utf-16-be"),
    b"GPSLatitude",  # three letters alone stand in the noise of a picture by chance
    b"52/1",
    b"\x88\x25\x00\x04",
    b"\x25\x88\x04\x00",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def seen(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """A site with one photograph in every place that a photograph can have."""
    folder = tmp_path_factory.mktemp("seen")
    content, raw = folder / "content", photograph()
    assert all(secret in raw or secret in SECRETS[2:5] + SECRETS[5:] for secret in SECRETS)
    build_demo(content)
    for path in ("photos/red/hill.jpg", "essays/hill.jpg", "static/hill.JPG", "hill.jpeg"):
        write_below(content, path, raw)
    for path in (
        "photos/red/raw.dng",
        "photos/red/hill.xmp",
        "essays/hill.jfif",
        "essays/hill.heic",
        "hill.JPE",
        "hill.nef",
        "essays/hill.mpo",
    ):
        write_below(content, path, raw)
    for suffix in ("png", "webp", "tiff"):
        picture = Image.open(io.BytesIO(raw))
        picture.save(content / f"photos/red/hill-{suffix}.{suffix}", exif=picture.getexif())
    write_below(
        content,
        "essays/2026-10-20-hill.md",
        "---\nimage: hill.jpg\n---\n# Hill\n\n![A hill](hill.jpg)\n\n[The file](hill.jpg)\n",
    )
    async with running(settings_in(folder), Clock()) as live:
        yield live


async def test_no_byte_tells_where_by_whom_and_with_which_camera(seen: Live) -> None:
    found = await crawl(
        seen, "/photos/red/hill.jpg", "/essays/hill.jpg", "/static/hill.JPG", "/hill.jpeg",
        "/thumb/photos/red/hill.jpg?w=320", "/thumb/hill.jpeg?w=9999", "/photos/red/hill-png.png",
        "/photos/red/hill-webp.webp", "/photos/red/hill-tiff.tiff", "/og-image/essays/2026-10-20-hill.png",
        "/og-image/photos/red/hill.png", "/photos/red/hill.json", "/photos/red/hill.md", "/essays/2026-10-20-hill.pdf",
        pictures=True,
    )  # fmt: skip
    pictures = [reply for reply in found.values() if reply.headers.get("content-type", "").startswith("image/")]
    assert (
        len([reply for reply in pictures if reply.content[:2] == b"\xff\xd8" or reply.content[8:12] == b"WEBP"]) >= 12
    )
    for path, reply in found.items():
        assert not [secret for secret in SECRETS[:4] if secret in reply.content], path
    for reply in pictures:
        if reply.content[:2] == b"\xff\xd8":
            exif = Image.open(io.BytesIO(reply.content)).getexif()
            assert not exif.get_ifd(0x8825)
            assert set(exif) <= {0x013B, 0x8298}


@pytest.mark.parametrize(
    "path",
    [
        "photos/red/raw.dng",
        "photos/red/hill.xmp",
        "essays/hill.jfif",
        "essays/hill.heic",
        "hill.JPE",
        "hill.nef",
        "essays/hill.mpo",
    ],
)
async def test_a_camera_file_that_cannot_be_cleaned_is_not_served(seen: Live, path: str) -> None:
    assert (await seen.get(f"/{path}")).status_code == 404
