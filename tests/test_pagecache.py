"""What lies ready is answered without the application, and just as the application would."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import unquote

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from folio import records
from folio.ledger import Ledger
from folio.pagecache import Kept, PageCache
from folio.records import Memory

KEYS = ("/", "/a", "/a?v=1", "/a b", "/a#b", "/a%20b", "/é", "/a;b", "//a", "in feeds /a", "a", "http://site/a")
BODY = b"<p>" + b"Cats sleep. " * 100
TAG = records.make(b"/a " + BODY, "text/html").variants["identity"].etag
Headers = list[tuple[bytes, bytes]]


@pytest.fixture(scope="module")
def kept() -> Kept:
    memory = Memory(1 << 20)
    for key in KEYS:
        memory.keep(
            key, records.make(f"{key} ".encode() + BODY, "text/html", negotiated=key == "/a", pattern="/{path}")
        )
    return Kept(lambda: memory, Ledger())


async def by_asgi(kept: Kept, method: str, target: bytes, headers: Headers) -> tuple[int, Headers, bytes] | None:
    """Ask as any server would: the target taken apart and decoded, as uvicorn does."""
    messages: list[MutableMapping[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        messages.clear()

    async def ready(path: str) -> None:
        pass

    async def receive() -> Any:
        raise AssertionError

    async def send(message: MutableMapping[str, Any]) -> None:
        messages.append(message)

    url = httptools.parse_url(target)
    path, query = unquote(url.path.decode("ascii")), url.query or b""
    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": headers}
    await PageCache(app, kept, ready)(scope, receive, send)
    if not messages:
        return None
    start, body = messages
    return start["status"], start["headers"], body["body"]


HEADER = st.sampled_from(
    [(b"accept", b"text/html"), (b"accept", b"application/json"), (b"accept-encoding", b"gzip"),
     (b"accept-encoding", b"br;q=0.5, *"), (b"if-none-match", TAG), (b"if-none-match", b"*"), (b"if-match", b"*"),
     (b"if-unmodified-since", b"Sun, 29 Nov 2026 13:17:15 GMT"), (b"range", b"bytes=0-9"), (b"host", b"site")]
)  # fmt: skip
TARGET = st.one_of(
    st.sampled_from(["/", "/a", "/a?v=1", "/a?", "/a?v=2", "/a%20b", "/a%3Fv=1", "/a#b", "/a%23b", "/a%2520b",
                     "/%C3%A9", "/a;b", "//a", "/b", "http://site/a", "http://site/", "/a?v=1#b", "/?"]),
    st.text(alphabet="/ab?v=1%20#;.", min_size=1, max_size=6).map(lambda tail: "/" + tail),
)  # fmt: skip


@given(method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS"]), target=TARGET, headers=st.lists(HEADER, max_size=4))
async def test_a_ready_reply_is_the_answer_of_the_application(
    kept: Kept, method: str, target: str, headers: Headers
) -> None:
    replied = kept.reply(method.encode(), target.encode(), headers)
    if replied is None:
        return
    head, body = replied
    first, *lines, last = head.split(b"\r\n")
    fields = [tuple(line.split(b": ", 1)) for line in lines]
    answered = await by_asgi(kept, method, target.encode(), headers)
    assert answered is not None
    assert (int(first.split(b" ")[1]), body, last) == (answered[0], answered[2], b"")
    assert fields[:-1] == answered[1][:-1]
    assert {fields[-1][0], answered[1][-1][0]} == {b"x-request-id"}


@pytest.mark.parametrize("target", ["/", "/a", "/a?v=1", "/a;b", "//a"])
def test_a_plain_address_is_answered_at_once(kept: Kept, target: str) -> None:
    head, body = kept.reply(b"GET", target.encode(), []) or (b"", b"")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert body == f"{target} ".encode() + BODY


@pytest.mark.parametrize(
    "target", [b"in feeds /a", b"a", b"http://site/a", b"/a#b", b"/a%20b", "/é".encode(), b"/b", b"*"]
)
def test_what_has_to_be_read_first_is_left_to_the_application(kept: Kept, target: bytes) -> None:
    assert kept.reply(b"GET", target, []) is None


@pytest.mark.parametrize("header", [(b"range", b"bytes=0-9"), (b"if-match", b"*"), (b"accept", b"application/json")])
def test_what_has_to_be_weighed_is_left_to_the_application(kept: Kept, header: tuple[bytes, bytes]) -> None:
    assert kept.reply(b"GET", b"/a", [header]) is None


def test_every_reply_is_counted_and_numbered() -> None:
    memory, ledger = Memory(1 << 20), Ledger()
    memory.keep("/a?v=1", records.make(BODY, "text/html", pattern="/{path}"))
    kept = Kept(lambda: memory, ledger)
    heads = [(kept.reply(method, b"/a?v=1", []) or (b"", b""))[0] for method in (b"GET", b"GET", b"HEAD")]
    numbers = {head.split(b"\r\n")[-2] for head in heads}
    assert len(numbers) == 3
    assert all(number.startswith(b"x-request-id: ") for number in numbers)
    counts = ledger.render()
    assert 'responder_requests_total{method="GET",path="/{path}",status="200"} 2' in counts
    assert 'responder_requests_total{method="HEAD",path="/{path}",status="200"} 1' in counts


def test_before_the_first_snapshot_nothing_lies_ready() -> None:
    assert Kept(lambda: None, Ledger()).reply(b"GET", b"/", []) is None
