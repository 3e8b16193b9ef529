"""HTTP as its RFCs have it: one table of requests, put to the engine alone and behind nginx as shipped."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import field
import pytest
from field import CANARY
from proxies import nginx
from serving import free_port, serving, unix_listener
from wire import SERVER, Reply, Wire

from folio.records import SECURITY_HEADERS

ABOUT, PICTURE, FILE, STYLE = "/about", "/photos/red/red.jpg", "/notes/data.csv", "/static/site.css"
LONG_AGO, FAR_OFF = "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"


@dataclass(frozen=True)
class Ask:
    """A request, and what has to come of it: `{tag}` is the ETag that its target has without conditions.

    `has` maps names of headers to what their whole value matches, "" for one that must not be there. `behind` is the
    status behind nginx where that is another.
    """

    target: str
    headers: tuple[str, ...] = ()
    status: int = 200
    method: str = "GET"
    has: Mapping[str, str] | None = None
    behind: int = 0
    size: int | None = None


GZIP = {"content-encoding": "gzip", "vary": ".*Accept-Encoding.*", "etag": '"[^"]+"'}
PLAIN = {"content-encoding": "", "vary": ".*Accept-Encoding.*"}
ALLOW = {"allow": "GET, HEAD, OPTIONS"}
KEPT = {"etag": '"[^"]+"', "cache-control": ".+", "vary": ".*Accept.*"}
ASKED = (
    # Conditions: RFC 9110, 13
    Ask(ABOUT, ("If-None-Match: {tag}",), 304, has=KEPT, size=0),
    Ask(ABOUT, ("If-None-Match: W/{tag}",), 304, has=KEPT, size=0),
    Ask(ABOUT, ('If-None-Match: "a", {tag}, "b"',), 304, has=KEPT),
    Ask(ABOUT, ("If-None-Match: *",), 304),
    Ask(ABOUT, ('If-None-Match: "another"',), 200),
    Ask(ABOUT, ("If-None-Match: nonsense",), 200),
    Ask(ABOUT, ("If-None-Match: {tag}",), 304, "HEAD", has=KEPT, size=0),
    Ask(ABOUT, ("If-None-Match: {tag}", f"If-Modified-Since: {LONG_AGO}"), 304, behind=200),  # nginx wants both
    Ask(ABOUT, ("If-Match: {tag}",), 200),
    Ask(ABOUT, ("If-Match: *",), 200),
    Ask(ABOUT, ('If-Match: "another"',), 412),
    Ask(ABOUT, ("If-Match: W/{tag}",), 412),
    Ask(ABOUT, ('If-Match: "another"', "If-None-Match: {tag}"), 412),
    Ask(ABOUT, ('If-Match: "another"',), 412, "HEAD"),
    Ask("/nothing", ('If-Match: "another"',), 404),
    Ask(ABOUT, (f"If-Unmodified-Since: {LONG_AGO}",), 200, behind=412),  # a page has no date of its own
    Ask(FILE, ("If-Unmodified-Since: yesterday",), 200, behind=412),
    Ask(STYLE, ("If-None-Match: {tag}",), 304),
    Ask(PICTURE, ("If-None-Match: {tag}",), 304),
    Ask(FILE, (f"If-Modified-Since: {FAR_OFF}",), 304, behind=200),  # nginx wants the very date
    Ask(FILE, (f"If-Modified-Since: {LONG_AGO}",), 200),
    Ask(FILE, ("If-Modified-Since: yesterday",), 200),
    Ask(FILE, (f"If-Unmodified-Since: {LONG_AGO}",), 412),
    Ask(FILE, (f"If-Unmodified-Since: {FAR_OFF}",), 200),
    Ask("/nothing", ("If-None-Match: *",), 404),
    # Parts: RFC 9110, 14
    Ask(FILE, ("Range: bytes=0-3",), 206, has={"content-range": "bytes 0-3/8"}, size=4),
    Ask(FILE, ("Range: bytes=-3",), 206, has={"content-range": "bytes 5-7/8"}, size=3),
    Ask(FILE, ("Range: bytes=2-",), 206, has={"content-range": "bytes 2-7/8"}, size=6),
    Ask(FILE, ("Range: bytes=0-3", "If-Range: {tag}"), 206, size=4),
    Ask(FILE, ("Range: bytes=0-3", 'If-Range: "another"'), 200, has={"content-range": ""}, size=8),
    Ask(FILE, ("Range: bytes=0-3", f"If-Range: {LONG_AGO}"), 200, size=8),
    Ask(FILE, ("Range: bytes=99-",), 416, has={"content-range": r"bytes \*/8"}),
    Ask(FILE, ("Range: bytes=b-a",), 200, behind=416),
    Ask(FILE, ("Range: pages=1-2",), 200),
    Ask(PICTURE, ("Range: bytes=0-1",), 206, size=2),
    # HEAD
    Ask(ABOUT, (), 200, "HEAD", has={"etag": '"[^"]+"'}, size=0),
    Ask(PICTURE, (), 200, "HEAD", has={"content-length": r"\d{3,}"}, size=0),
    Ask("/nothing", (), 404, "HEAD", size=0),
    Ask("/feed.xml", (), 200, "HEAD", size=0),
    # Methods
    Ask(ABOUT, (), 405, "POST", has=ALLOW),
    Ask(ABOUT, (), 405, "PUT", has=ALLOW),
    Ask(ABOUT, (), 405, "DELETE", has=ALLOW),
    Ask("/nothing", (), 405, "PATCH", has=ALLOW),
    Ask("/search?q=a", (), 405, "POST", has=ALLOW),
    Ask(ABOUT, (), 405, "TRACE"),
    Ask(ABOUT, (), 405, "PROPFIND"),
    Ask(ABOUT, (), 200, "OPTIONS", has={"allow": ".*GET.*HEAD.*"}, behind=200),
    # Encodings: RFC 9110, 12.5.3
    Ask(ABOUT, ("Accept-Encoding: gzip",), has=GZIP),
    Ask(ABOUT, ("Accept-Encoding: br",), has={**GZIP, "content-encoding": "br"}),
    Ask(ABOUT, ("Accept-Encoding: gzip, deflate, br, zstd",), has={**GZIP, "content-encoding": "br"}),
    Ask(ABOUT, ("Accept-Encoding: gzip;q=0",), has=PLAIN),
    Ask(ABOUT, ("Accept-Encoding: gzip;q=0, br;q=0.0",), has=PLAIN),
    Ask(ABOUT, ("Accept-Encoding: br;q=0, gzip;q=0.5",), has=GZIP),
    Ask(ABOUT, ("Accept-Encoding: identity",), has=PLAIN),
    Ask(ABOUT, ("Accept-Encoding: ,,;q=",), has=PLAIN),
    Ask(ABOUT, (), has=PLAIN),
    # Forms
    Ask(ABOUT, ("Accept: text/markdown",), has={"content-type": "text/markdown.*", "vary": "(?i).*accept.*"}),
    Ask(ABOUT, ("Accept: application/json",), has={"content-type": "application/json.*"}),
    Ask(ABOUT, ("Accept: nonsense/;q=x",), has={"content-type": "text/html.*"}),
    # Where it leads
    Ask("//about", (), 301, has={"location": "/about"}),
    Ask("/about/", (), 301, has={"location": "/about"}),
    Ask("/ABOUT?x=//evil.example", (), 301, has={"location": r"/about(\?.*)?"}),
    Ask("/old-cats", (), 301, has={"location": "/essays/2026-06-11-on-cats"}),
    Ask("/gone", (), 410),
    # Hosts
    Ask(ABOUT, ("Host: evil.example", "X-Forwarded-Host: evil.example"), 200, behind=400),  # a second Host
    Ask("http://evil.example/about/", (), 301, has={"location": "/about"}),
    # Lengths and letters
    Ask("/" + "a" * 256, (), 404),
    Ask("/" + "%61" * 300, (), 404),
    Ask("/" + "a" * 5_000, (), 404),
    Ask("/about?" + "x" * 6_000, (), 200),
    Ask(ABOUT, ("X-Long: " + "a" * 7_000,), 200),
    Ask(ABOUT, ("Cookie: " + "a=b; " * 1_000,), 200),
    Ask(ABOUT, ("Cookie: =;;\x01;a",), 400, behind=200),  # one that nginx had ready
    Ask("/about%00", (), 404, behind=400),
    Ask("/about%0d%0aX-Bad:1", (), 404),
    Ask("/%ff%fe", (), 404),
    Ask("/a b", (), 400),
    Ask("/about\x00", (), 400),
    Ask(ABOUT, ("Content-Length: 3\r\n\r\nabc",), 200),
    Ask(ABOUT, ("Content-Length: -1",), 400),
    Ask(ABOUT, ("Content-Length: 3", "Transfer-Encoding: chunked"), 400),
    Ask(ABOUT, ("Expect: 100-continue",), 200),
    Ask(ABOUT, ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: a"), 200),
)


@dataclass
class Server:
    """A server to put the table to."""

    wire: Wire
    behind: bool

    def ask(self, ask: Ask) -> Reply:
        reply = self.wire.get(ask.target, *self.headers(ask), method=ask.method, host="example.org")
        self.wire.close()  # what one request leaves behind is not for the next
        return reply

    def headers(self, ask: Ask) -> list[str]:
        tag = ""
        if any("{tag}" in header for header in ask.headers):
            tag = self.wire.get(ask.target, host="example.org").headers["etag"]
        return [header.replace("{tag}", tag) for header in ask.headers]


@pytest.fixture(scope="module", params=["engine", pytest.param("nginx", marks=pytest.mark.needs("nginx", "openssl"))])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("http")
    field.build(folder)
    with contextlib.ExitStack() as stack:
        port = free_port()
        behind = request.param == "nginx"
        listener = stack.enter_context(unix_listener(folder / "folio.sock")) if behind else None
        code = SERVER.replace("FOLDER", repr(str(folder))).replace("PORT", str(port))
        stack.enter_context(serving(code, folder, listener))
        tls = None
        if behind:
            proxy = stack.enter_context(nginx(folder))
            port, tls = proxy.port, proxy.trusted
        wire = Wire(port, folder, tls)
        yield Server(wire, behind)
        wire.close()


@pytest.mark.parametrize("ask", ASKED, ids=lambda ask: f"{ask.method} {ask.target} {ask.headers}"[:70])
def test_http_is_kept_to(server: Server, ask: Ask) -> None:
    reply = server.ask(ask)
    assert reply.status == (ask.behind or ask.status if server.behind else ask.status)
    assert CANARY not in reply.whole
    if reply.status == 400 or (server.behind and "x-request-id" not in reply.headers):
        assert reply.status in (400, 405, 412, 416)  # in the words of uvicorn or nginx
        return
    for name, value in (ask.has or {}).items():
        assert re.fullmatch(value, reply.headers.get(name, "")), (name, reply.headers)
    assert ask.size is None or len(reply.body) == ask.size
    missing = [name for name in SECURITY_HEADERS if name not in reply.headers]
    assert missing == []
    assert not {"x-powered-by", "set-cookie"} & reply.headers.keys()
    assert not re.search(r"\d", reply.headers.get("server", ""))


def test_the_table_is_long_enough() -> None:
    assert len(ASKED) >= 50
