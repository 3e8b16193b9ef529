"""A ready answer is given in the encoding a client likes, with a tag for each, and a 304 to who has it already."""

from __future__ import annotations

import asyncio
import gc
import gzip
import threading
import tracemalloc
from typing import Any

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from folio import records
from folio.records import Memory, Record

BODY = b"<p>" + b"Cats sleep. " * 100
PAGE = records.make(BODY, "text/html; charset=utf-8", headers={"Cache-Control": "no-cache"}, negotiated=True)


def answer(record: Record, method: str = "GET", *headers: tuple[bytes, bytes]) -> tuple[int, dict[str, str], bytes]:
    ready = record.answer(records.asked(headers), method)
    assert ready is not None
    return ready.status, {name.decode(): value.decode() for name, value in ready.headers}, ready.body


def encoding(accepted: str) -> str:
    _, headers, _ = answer(PAGE, "GET", (b"accept-encoding", accepted.encode()))
    return headers.get("content-encoding", "identity")


def test_every_encoding_holds_the_same_body() -> None:
    variants = {name: variant.body for name, variant in PAGE.variants.items()}
    assert variants["identity"] == BODY
    assert gzip.decompress(variants["gzip"]) == BODY
    assert brotli.decompress(variants["br"]) == BODY


def test_the_same_body_makes_the_same_bytes() -> None:
    assert (
        records.make(BODY, "text/html; charset=utf-8", headers={"Cache-Control": "no-cache"}, negotiated=True) == PAGE
    )


def test_each_encoding_has_a_strong_tag_of_its_own() -> None:
    tags = [variant.etag.decode() for variant in PAGE.variants.values()]
    assert len(set(tags)) == 3
    assert all(tag.startswith('"') and tag.endswith('"') for tag in tags)


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", "identity"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("GZIP", "gzip"),
        ("gzip;q=0", "identity"),
        ("gzip; q=0.0, br;q=0", "identity"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.5", "br"),
        ("identity, gzip;q=0.5", "identity"),
        ("*", "br"),
        ("*;q=0", "identity"),
        ("br;q=0, *", "gzip"),
        ("gzip;q=lots", "identity"),
        ("gzip;q=nan", "identity"),
        ("deflate, zstd", "identity"),
        (",,;,=;q", "identity"),
        ("x," * 5_000 + "gzip", "identity"),
    ],
)
def test_the_encoding_a_client_likes_best_is_chosen(accepted: str, chosen: str) -> None:
    assert encoding(accepted) == chosen


def test_several_accept_encoding_headers_are_one() -> None:
    _, headers, _ = answer(PAGE, "GET", (b"accept-encoding", b"deflate"), (b"accept-encoding", b"gzip"))
    assert headers["content-encoding"] == "gzip"


def test_what_is_small_or_no_text_is_left_as_it_is() -> None:
    assert list(records.make(b"short", "text/plain").variants) == ["identity"]
    assert list(records.make(BODY, "image/png").variants) == ["identity"]
    assert list(records.make(BODY, "application/atom+xml").variants) == ["identity", "br", "gzip"]


def test_vary_names_what_the_answer_depends_on() -> None:
    assert answer(PAGE)[1]["vary"] == "Accept, Accept-Encoding"
    assert answer(records.make(BODY, "text/html"))[1]["vary"] == "Accept-Encoding"
    assert "vary" not in answer(records.make(b"short", "text/plain"))[1]


def test_head_has_the_headers_of_get_and_no_body() -> None:
    for accepted in (b"", b"gzip"):
        get, head = (answer(PAGE, method, (b"accept-encoding", accepted)) for method in ("GET", "HEAD"))
        assert get[:2] == head[:2]
        assert get[1]["content-length"] == str(len(get[2]))
        assert head[2] == b""


TAG = PAGE.variants["identity"].etag.decode()
GZIP_TAG = PAGE.variants["gzip"].etag.decode()


@pytest.mark.parametrize(
    ("match", "accepted", "status"),
    [
        (TAG, "", 304),
        (f"W/{TAG}", "", 304),
        (f'"other", {TAG}', "", 304),
        (f'"other",W/{TAG} ,', "", 304),
        ("*", "", 304),
        (GZIP_TAG, "gzip", 304),
        (TAG, "gzip", 200),
        (GZIP_TAG, "", 200),
        ('"other"', "", 200),
        (TAG.strip('"'), "", 200),
        ("", "", 200),
    ],
)
def test_who_has_the_bytes_gets_a_304(match: str, accepted: str, status: int) -> None:
    for method in ("GET", "HEAD"):
        headers = [(b"if-none-match", match.encode()), (b"accept-encoding", accepted.encode())]
        found = answer(PAGE, method, *headers)
        assert found[0] == status
        if status == 304:
            assert found[2] == b""
            assert set(found[1]) == {"vary", "cache-control", "etag", *records.SECURITY_HEADERS}
            assert found[1]["etag"] == answer(PAGE, "GET", headers[1])[1]["etag"]


def test_nothing_is_compressed_that_nobody_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(brotli, "compress", lambda body, quality: done.append("br") or b"")
    monkeypatch.setattr(gzip, "compress", lambda body, level, mtime: done.append("gzip") or b"")
    page = records.make(BODY, "text/html")
    answer(page)
    answer(page, "GET", (b"accept-encoding", b"br"), (b"if-none-match", page.variants["br"].etag))
    assert done == []  # a 304 wants no body
    for _ in range(3):
        answer(page, "GET", (b"accept-encoding", b"br"))
    assert done == ["br"]


async def test_a_long_body_is_compressed_once_and_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    begun, go = threading.Event(), threading.Event()

    def compress(body: bytes, quality: int) -> bytes:
        threads.append(threading.get_ident())
        begun.set()
        go.wait()
        return b"short"

    monkeypatch.setattr(brotli, "compress", compress)
    long = records.make(b"x" * (records.COMPRESSED_HERE_BYTES + 1), "text/html")
    compressed = records.Asked(encoding=b"br")
    wanted = [asyncio.create_task(long.answered(compressed)) for _ in range(5)]
    await asyncio.to_thread(begun.wait)
    assert long.answer(compressed) is None  # the application waits for it
    assert answer(long)[0] == 200  # who takes it as it is need not
    assert answer(long, "GET", (b"accept-encoding", b"br"), (b"if-none-match", long.variants["br"].etag))[0] == 304
    wanted[0].cancel()  # who goes away takes nothing from the others
    go.set()
    found = await asyncio.gather(*wanted, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert found[1:] == [long.answer(compressed)] * 4
    assert long.variants["br"].body == b"short"
    assert len(threads) == 1
    assert threads != [threading.get_ident()]


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b", "a\nb", "\x00", "\x7f"])
def test_a_header_cannot_begin_another(value: str) -> None:
    with pytest.raises(ValueError, match="x-name has a control character"):
        records.make(BODY, "text/html", headers={"x-name": value})


def test_the_head_as_bytes_says_what_the_headers_say() -> None:
    unchanged = (b"if-none-match", PAGE.variants["identity"].etag)
    for asked in ([], [(b"accept-encoding", b"br")], [unchanged]):
        ready = PAGE.answer(records.asked(asked))
        first, *lines, last = ready.head.split(b"\r\n")
        assert first == (b"HTTP/1.1 304 Not Modified" if asked == [unchanged] else b"HTTP/1.1 200 OK")
        assert [tuple(line.split(b": ", 1)) for line in lines] == ready.headers
        assert last == b""


def test_only_a_200_has_a_tag() -> None:
    missing = records.make(BODY, "text/html", status=404)
    status, headers, _ = answer(missing, "GET", (b"if-none-match", b"*"))
    assert (status, "etag" in headers) == (404, False)


async def test_what_wraps_the_sending_cannot_change_the_record() -> None:
    async def send(message: Any) -> None:
        message.setdefault("headers", []).append((b"x-added", b"1"))

    await PAGE.send({"method": "GET", "headers": []}, send)
    assert "x-added" not in answer(PAGE)[1]


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_header_gets_an_answer(accepted: bytes, match: bytes) -> None:
    status, headers, body = answer(PAGE, "GET", (b"accept-encoding", accepted), (b"if-none-match", match))
    assert status in (200, 304)
    assert status == 304 or int(headers["content-length"]) == len(body)


def record(size: int) -> Record:
    return records.make(b"x" * size, "image/png")


FOUR = 4 * record(100).size


def test_memory_keeps_what_was_used_last_within_its_budget() -> None:
    memory = Memory(FOUR)
    for name in "abcd":
        memory.keep(f"/{name}", record(100))
    assert memory.get("/a") is not None
    memory.keep("/e", record(100))
    assert [name for name in "abcde" if memory.get(f"/{name}")] == ["a", "c", "d", "e"]


def test_who_walks_through_all_prints_drives_out_no_page() -> None:
    memory = Memory(FOUR)
    for name in "abcd":
        memory.keep(f"/{name}", record(100))
    for n in range(20):
        memory.keep(f"/print/{n}", record(100), lightly=True)
    assert [name for name in "abcd" if memory.get(f"/{name}")] == ["b", "c", "d"]
    assert memory.get("/print/19")  # asked for again: now it is as the others
    memory.keep("/print/20", record(100), lightly=True)
    memory.keep("/print/21", record(100), lightly=True)
    assert [name for name in ("/b", "/c", "/d", "/print/19", "/print/20") if memory.get(name)] == [
        "/c", "/d", "/print/19",
    ]  # fmt: skip


def test_memory_does_not_keep_one_thing_for_all_its_budget() -> None:
    memory = Memory(FOUR)
    memory.keep("/small", record(100))
    memory.keep("/large", record(101))
    assert (memory.get("/large"), len(memory)) == (None, 1)


def test_memory_counts_a_thing_that_is_kept_again_once() -> None:
    memory = Memory(FOUR)
    for _ in range(10):
        memory.keep("/a", record(100))
    memory.keep("/b", record(100))
    memory.keep("/c", record(100))
    memory.keep("/d", record(100))
    assert len(memory) == 4


def test_a_record_takes_about_the_memory_that_is_counted_for_it() -> None:
    bodies = [f"A short page, number {n}. {'More of it. ' * 60}".encode() for n in range(200)]
    gc.collect()  # what Python keeps of earlier objects, to use it again, would be taken and not counted
    tracemalloc.start()
    try:
        kept = [records.make(body, "text/html; charset=utf-8", pattern="/") for body in bodies]
        for one in kept:
            _ = [variant.body for variant in one.variants.values()]
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    counted = sum(one.size - len(body) for one, body in zip(kept, bodies, strict=True))  # the bodies were there
    assert 0.7 < taken / counted < 1.3


async def test_what_many_ask_for_at_once_is_made_once() -> None:
    memory, made, go = Memory(1 << 20), [], asyncio.Event()

    async def make() -> Record:
        made.append(1)
        await go.wait()
        return PAGE

    asked = [asyncio.create_task(memory.made("/a", make)) for _ in range(20)]
    await asyncio.sleep(0)
    asked[0].cancel()  # who goes away takes nothing from the others
    go.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert found[1:] == [PAGE] * 19
    assert memory.get("/a") is PAGE
    assert await memory.made("/a", make) is PAGE
    assert made == [1]


async def test_what_could_not_be_made_is_tried_again() -> None:
    memory, tries = Memory(1 << 20), []

    async def make() -> Record:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("not now")
        return PAGE

    found = await asyncio.gather(*(memory.made("/a", make) for _ in range(3)), return_exceptions=True)
    assert [str(error) for error in found] == ["not now"] * 3
    assert await memory.made("/a", make) is PAGE
    assert len(tries) == 2
