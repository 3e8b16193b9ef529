"""Small files are answered from memory: as fresh, as private and as exact as from the disk."""

from __future__ import annotations

import asyncio
import os
import shutil
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import PATIENCE_SECONDS, Live, Write

from folio import answers, smallfiles
from folio.config import Config
from folio.records import HELD, Message

OWN, DATA = "/static/own.txt", "/notes/data.csv"


def kept(live: Live, path: str) -> bool:
    return live.press.generation.memory.get(path) is not None


async def until_gone(live: Live, path: str) -> None:
    """Look again until the site no longer has it: what goes may come back within two seconds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await live.get(path)).status_code != 404:
            await live.press.refresh()
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("path", [OWN, DATA])
async def test_a_file_of_the_writer_is_kept_and_says_what_the_file_says(live: Live, content: Path, path: str) -> None:
    part = await live.get(path, Range="bytes=0-")  # read from the file: no part of one is kept
    assert not kept(live, path)
    first, again = [await live.get(path) for _ in range(2)]
    assert kept(live, path)
    assert first.content == again.content == part.content == (content / path[1:]).read_bytes()
    same = {name: value for name, value in part.headers.items() if name not in ("content-range", "x-request-id")}
    for answer in (first, again):
        assert {name: answer.headers[name] for name in same} == same
    assert first.headers["last-modified"] == formatdate((content / path[1:]).stat().st_mtime, usegmt=True)


async def test_a_client_that_knows_a_date_only_is_told_by_it(live: Live) -> None:
    date = (await live.get(DATA)).headers["last-modified"]
    assert kept(live, DATA)
    assert (await live.get(DATA, If_Modified_Since=date)).status_code == 304
    before = formatdate(parsedate_to_datetime(date).timestamp() - 60, usegmt=True)
    assert (await live.get(DATA, If_Modified_Since=before)).status_code == 200
    assert (await live.get(DATA, If_None_Match='"other"', If_Modified_Since=date)).status_code == 200
    assert (await live.get(DATA, If_Unmodified_Since=before)).status_code == 412


async def test_a_file_that_changed_or_went_is_not_answered_from_memory(live: Live, write: Write) -> None:
    assert (await live.get(DATA)).text == "a,b\n1,2\n"
    file = write("notes/data.csv", "a,b\n3,4\n")
    await live.refresh()
    assert (await live.get(DATA)).text == "a,b\n3,4\n"
    file.unlink()
    await until_gone(live, DATA)


async def test_a_print_of_a_photograph_that_went_is_not_answered_from_memory(live: Live, content: Path) -> None:
    address = (await live.get("/thumb/photos/red/red.jpg?w=320")).headers["location"]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not kept(live, address):  # the site is published anew when the survey of photographs ends
            assert (await live.get(address)).status_code == 200
    (content / "photos/red/red.jpg").unlink()
    await until_gone(live, address)


async def test_a_file_that_became_a_link_to_elsewhere_is_not_read(live: Live, content: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("not for the world")
    (content / "notes/data.csv").unlink()
    (content / "notes/data.csv").symlink_to(tmp_path / "secret.txt")  # the site has not looked since
    assert (await live.get(DATA)).status_code == 404


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 100_000, 131_072, smallfiles.SMALL_BYTES])
def test_the_bytes_of_a_small_file_are_read_once(tmp_path: Path, size: int) -> None:
    file = tmp_path / "file"
    file.write_bytes(os.urandom(size))
    read = smallfiles.sent(tmp_path, file.name)
    assert read.body == smallfiles.small(file) == file.read_bytes()
    changed = bytearray(file.read_bytes() or b"a")
    for place in {0, len(changed) // 2, len(changed) - 1}:
        file.write_bytes(changed[:place] + bytes([changed[place] ^ 1]) + changed[place + 1 :])
        assert smallfiles.sent(tmp_path, file.name).tag != read.tag


def test_a_large_file_is_left_where_it_is(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(smallfiles.SMALL_BYTES + 1))
    read = smallfiles.sent(tmp_path, file.name)
    assert (read.body, smallfiles.small(file)) == (b"", b"")
    file.write_bytes(bytes(smallfiles.SMALL_BYTES) + b"a")
    assert smallfiles.sent(tmp_path, file.name).tag != read.tag
    assert smallfiles.small(tmp_path / "gone") == b""


async def test_a_large_file_is_read_while_it_is_sent(live: Live, write: Write) -> None:
    film = os.urandom(3 * answers.CHUNK_BYTES + 5)
    write("notes/film.mp4", film)
    await live.refresh()
    sent: list[bytes] = []

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))

    scope = {"type": "http", "method": "GET", "path": "/notes/film.mp4", "query_string": b"", "headers": []}
    await live.api(scope, asyncio.Event().wait, send)
    assert b"".join(sent) == film
    assert max(map(len, sent)) == answers.CHUNK_BYTES
    assert (await live.get("/notes/film.mp4", Range="bytes=-5")).content == film[-5:]


@pytest.mark.parametrize(
    ("name", "said", "kind"),
    [
        ("security.txt", "Contact: mailto:ada@example.org\n", "text/plain; charset=utf-8"),
        ("atproto-did", "did:plc:abc", "text/plain; charset=utf-8"),
        ("nostr.json", '{"names": {}}', "application/json"),
        ("matrix/client", ' {"m.homeserver": {}}', "application/json"),
        ("webfinger", '{"subject": "acct:ada@example.org"}', "application/jrd+json"),
        ("host-meta", "<XRD/>", "application/xrd+xml"),
    ],
)
async def test_what_programs_look_for_at_any_site_is_there(
    live: Live, write: Write, name: str, said: str, kind: str
) -> None:
    write(f".well-known/{name}", said)
    await live.refresh()
    for query in ("", "?resource=acct:ada@example.org"):
        for header in ({}, {"Range": "bytes=0-"}):
            answer = await live.get(f"/.well-known/{name}{query}", **header)
            assert (answer.text, answer.headers["content-type"]) == (said, kind)
            assert answer.headers["access-control-allow-origin"] == "*"
    for listed in ("/", "/directory", "/archive", "/sitemap", "/sitemap.xml"):
        assert "well-known" not in (await live.get(listed)).text
    assert "access-control-allow-origin" not in (await live.get(DATA)).headers


@pytest.mark.parametrize("size", [5, 3 * answers.CHUNK_BYTES])
async def test_what_is_put_in_the_place_of_a_file_is_not_sent(
    live: Live, content: Path, write: Write, size: int
) -> None:
    film, secret = os.urandom(size), content.with_name("secret")
    secret.write_bytes(os.urandom(size))
    write("notes/film.mp4", film)
    await live.refresh()
    sent: list[bytes] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            (content / "notes/film.mp4").unlink()
            (content / "notes/film.mp4").symlink_to(secret)
        sent.append(message.get("body", b""))

    headers = [(b"range", b"bytes=0-")]
    scope = {"type": "http", "method": "GET", "path": "/notes/film.mp4", "query_string": b"", "headers": headers}
    await live.api(scope, asyncio.Event().wait, send)
    assert b"".join(sent) == film


async def test_the_cache_may_be_deleted_while_a_made_thing_is_sent(live: Live, config: Config) -> None:
    whole = await live.get("/apple-touch-icon.png")
    sent: list[Message] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            shutil.rmtree(config.cache)
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/apple-touch-icon.png", "query_string": b"", "headers": []}
    await live.api(scope, asyncio.Event().wait, send)
    assert sent[0]["status"] == 200
    assert b"".join(message.get("body", b"") for message in sent) == whole.content


@pytest.mark.parametrize("way", ["whole", "head", "unchanged", "part", "beyond", "broken off"])
async def test_no_file_stays_open_behind_an_answer(live: Live, write: Write, way: str) -> None:
    write("notes/film.mp4", os.urandom(3 * answers.CHUNK_BYTES))
    await live.refresh()
    path, closed = "/notes/film.mp4", list[bool]()
    etag = (await live.get(path)).headers["etag"]
    asked = {"unchanged": (b"if-none-match", etag.encode()), "part": (b"range", b"bytes=5-")}
    headers = [asked.get(way, (b"range", b"bytes=99999999-") if way == "beyond" else (b"accept", b"*/*"))]
    method, gone = "HEAD" if way == "head" else "GET", asyncio.Event()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        closed.append(scope[HELD].closed)
        if way == "broken off" and message["type"] == "http.response.body":
            gone.set()
            await asyncio.Event().wait()

    scope: dict[str, Any] = {
        "type": "http", "method": method, "path": path, "query_string": b"", "headers": headers
    }  # fmt: skip
    await live.api(scope, receive, send)
    assert not any(closed)
    assert scope[HELD].closed
