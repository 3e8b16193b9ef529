"""Bytes on a socket against a real server with files that nobody may read: paths, redirects, HTTP, the log."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import field
import hostile
import pytest
from field import CANARY
from serving import PATIENCE_SECONDS, ROOT, free_port, serving
from wire import SERVER, Wire


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    folder = tmp_path_factory.mktemp("field")
    field.build(folder)
    port = free_port()
    code = SERVER.replace("FOLDER", repr(str(folder))).replace("PORT", str(port))
    with serving(code, folder):
        own = Wire(port, folder)
        yield own
        own.close()


@pytest.mark.parametrize("prefix", hostile.PREFIXES)
def test_no_path_leaves_the_site(wire: Wire, prefix: str) -> None:
    targets = hostile.targets()
    assert len(targets) >= 500
    for target in targets:
        reply = wire.get(prefix + target)
        assert reply.status in (301, 400, 404) or target in ("?", "??x"), prefix + target
        assert CANARY not in reply.whole, prefix + target
        assert b"root:" not in reply.body, prefix + target


@pytest.mark.parametrize(
    "target",
    [
        "//etc/passwd", "/%2fetc%2fpasswd", "/..%2fpyproject.toml", "/static/../engine.py", "/static/%2e%2e/engine.py",
        "/essays/.draft", "/.git/config", "/site.toml", "/_redirects", "/drafts/plan", "/drafts/plan.txt", "/_private",
        "/photos/hall/dark", "/photos/hall/dark.jpg", "/icon/photos/hall/dark.svg", "/og-image/photos/hall/dark.png",
        "/thumb/photos/hall/dark.jpg", "/images/320/x/photos/hall/dark.jpg.jpg", "/essays/2026-10-02-kept.md.bak",
    ],
)  # fmt: skip
def test_what_is_not_for_visitors_is_not_there(wire: Wire, target: str) -> None:
    assert wire.get(target).status == 404


def test_a_hidden_address_is_answered_as_an_unknown_one_is(wire: Wire) -> None:
    hidden, unknown = wire.get("/drafts/plan"), wire.get("/drafts/plum")
    assert hidden.body == unknown.body.replace(b"plum", b"plan")
    assert hidden.headers.keys() == unknown.headers.keys()


def test_no_request_is_sent_to_another_site(wire: Wire) -> None:
    shapes = hostile.redirections()
    assert len(shapes) >= 200
    sent = 0
    for shape in shapes:
        for host in ("site", "evil.example"):
            reply = wire.get(shape.encode(), host=host)
            assert reply.status < 500, shape
            location = reply.headers.get("location", "/")
            if not shape.startswith("/away"):  # where the author's own line leads elsewhere
                assert re.match(r"/(?![/\\])", location), (shape, location)
            elif location != "/":
                assert urlsplit(location).netloc == "elsewhere.example", (shape, location)
            assert location.isascii(), (shape, location)
            assert location.isprintable(), (shape, location)
            assert not {"set-cookie", "a"} & reply.headers.keys(), shape
            sent += "location" in reply.headers
    assert sent >= 50


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
@pytest.mark.parametrize(
    "path", ["/", "/about", "/static/site.css", "/nothing", "/search?q=a", "/search/feed.xml?q=a", "/api/blog"]
)
def test_nothing_can_be_written(wire: Wire, method: str, path: str) -> None:
    reply = wire.send(f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello".encode())
    assert reply.status == 405
    assert reply.headers["allow"] == "GET, HEAD, OPTIONS"
    assert wire.get("/about").status == 200  # the connection is still good


@pytest.mark.parametrize("path", ["/", "/about", "/static/site.css", "/photos/red/red.jpg", "/api/blog", "/nothing"])
def test_options_are_told(wire: Wire, path: str) -> None:
    reply = wire.get(path, method="OPTIONS")
    assert reply.status in (200, 204)
    assert {"GET", "HEAD"} <= set(reply.headers["allow"].split(", "))


SAME = (
    "/", "/about", "/about.md", "/essays/", "/photos/red/red.jpg", "/notes/data.csv", "/feed.xml", "/sitemap.xml",
    "/robots.txt", "/static/site.css", "/icon/about.svg", "/og-image/about.png", "/nothing", "/search?q=cats",
    "/search/feed.xml?q=cats",
    "/api/blog", "/thumb/photos/red/red.jpg", "/photos/red?page=9", "/gone", "/old-cats",
)  # fmt: skip


@pytest.mark.parametrize("path", SAME)
@pytest.mark.parametrize("encoding", ["", "gzip", "br"])
def test_head_has_the_headers_of_get(wire: Wire, path: str, encoding: str) -> None:
    accept = (f"Accept-Encoding: {encoding}",) if encoding else ()
    get, head = wire.get(path, *accept), wire.get(path, *accept, method="HEAD")
    changing = dict.fromkeys(("date", "x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset"), "")
    assert head.status == get.status
    assert head.headers | changing == get.headers | changing


VALIDATED = (
    "/",
    "/about",
    "/about.md",
    "/notes/data.csv",
    "/photos/red/red.jpg",
    "/static/site.css",
    "/og-image/about.png",
)


@pytest.mark.parametrize("path", VALIDATED)
@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("{tag}", 304), ("W/{tag}", 304), ('"a", {tag}, "b"', 304), ('W/"a",W/{tag}', 304), ("*", 304), ('"a"', 200),
        ("", 200), ('"a", "b"', 200), ("a" * 8_000, 200), ('"a",' * 2_000, 200),
    ],
)  # fmt: skip
def test_what_a_reader_has_is_not_sent_again(wire: Wire, path: str, condition: str, status: int) -> None:
    whole = wire.get(path)
    reply = wire.get(path, "If-None-Match: " + condition.replace("{tag}", whole.headers["etag"]))
    assert reply.status == status
    if status == 304:
        kept = ("etag", "cache-control", "vary", "content-security-policy")
        assert {n: reply.headers.get(n) for n in kept} == {n: whole.headers.get(n) for n in kept}
        assert reply.body == b""


def test_each_encoding_has_its_tag(wire: Wire) -> None:
    tags = {wire.get("/about", f"Accept-Encoding: {name}").headers["etag"] for name in ("identity", "gzip", "br")}
    assert len(tags) == 3
    gzipped = wire.get("/about", "Accept-Encoding: gzip").headers["etag"]
    assert wire.get("/about", f"If-None-Match: {gzipped}", "Accept-Encoding: br").status == 200


@pytest.mark.parametrize(
    ("accepted", "sent"),
    [
        ("gzip;q=0", None), ("gzip;q=0, br;q=0", None), ("gzip;q=0.000, *;q=0", None), ("*;q=0", None),
        ("gzip", "gzip"), ("GZIP", "gzip"), ("br;q=0, gzip;q=0.1", "gzip"), ("*", "br"),
        ("gzip;q=1, br;q=0.5", "gzip"), ("identity", None), ("gzip;q=high", None), ("gzip;q=nan", None),
        ("gzip;q=-1", None), ("deflate, zstd", None), ("", None), (",,,;;;q=", None), ("gzip;q=0.2, identity", None),
    ],
)  # fmt: skip
def test_only_what_is_accepted_is_compressed(wire: Wire, accepted: str, sent: str | None) -> None:
    assert wire.get("/about", f"Accept-Encoding: {accepted}").headers.get("content-encoding") == sent


FILES = ("/photos/red/red.jpg", "/og-image/about.png", "/notes/data.csv")


@pytest.mark.parametrize("path", FILES)
def test_a_part_of_a_file_can_be_had(wire: Wire, path: str) -> None:
    whole = wire.get(path)
    size, tag = len(whole.body), whole.headers["etag"]
    for wanted, expected in (
        ("0-3", slice(0, 4)),
        ("2-", slice(2, None)),
        ("-3", slice(-3, None)),
        (f"1-{size * 9}", slice(1, None)),
    ):
        part = wire.get(path, f"Range: bytes={wanted}")
        assert (part.status, part.body) == (206, whole.body[expected])
    assert wire.get(path, "Range: bytes=0-3", f"If-Range: {tag}").status == 206
    for old in ('"old"', f"W/{tag}", "Thu, 01 Jan 1970 00:00:00 GMT", "nonsense"):
        assert wire.get(path, "Range: bytes=0-3", f"If-Range: {old}").status == 200, old
    for nonsense in (
        "bytes=",
        "bytes=a-b",
        "bytes=--",
        "chars=0-3",
        "bytes=0-3;",
        "0-3",
        "bytes=" + "0-0," * 900 + "0-0",
    ):
        assert wire.get(path, f"Range: {nonsense}").body == whole.body, nonsense
    beyond = wire.get(path, f"Range: bytes={size}-")
    assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    huge = wire.get(path, f"Range: bytes={'9' * 5_000}-")
    assert huge.status in (200, 416)
    many = wire.get(path, "Range: bytes=" + ",".join(["0-"] * 12))
    assert len(many.body) <= size + 1_000  # no more for asking twice


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        ("http://site/about", "site", 200), ("http://evil.example/about", "evil.example", 200),
        ("http://evil.example/", "", 200), ("https://site//about", "site", 301), ("http://site", "site", 400),
        ("about", "site", 400), ("", "site", 400), ("*", "site", 404), ("/about", "", 200),
        ("/about", "evil.example:99999", 200), ("/about", "[::1", 200), ("/about", "a/b?c#d", 200),
        ("/about", "\"><script>", 200), ("/about", "a" * 4_000, 200), ("/about?" + "x" * 8_000, "site", 200),
        ("/about#x", "site", 200), ("//about", "site", 301), ("/about//", "site", 301),
        ("/essays///2026-06-11-on-cats", "site", 301), ("/" + "a" * 256, "site", 404),
        ("/" + "%61" * 256, "site", 404), ("/essays/" + "é" * 300, "site", 400), ("/about\x00", "site", 400),
        ("/about%00", "site", 404), ("/about%0a", "site", 404), ("/about%20", "site", 404), ("/a b", "site", 400),
    ],
)  # fmt: skip
def test_odd_requests_get_plain_answers(wire: Wire, target: str, host: str, status: int) -> None:
    reply = wire.get(target, host=host)
    assert reply.status == status
    assert b"evil.example" not in reply.whole
    assert b"<script>" not in reply.body
    wire.close()


@pytest.mark.parametrize("endless", [b"X-A: " + b"a" * 4_000_000, b"X-A: a\r\n" * 500_000, b"X-" + b"a" * 4_000_000])
def test_a_head_without_end_is_refused(wire: Wire, endless: bytes) -> None:
    got = b""
    address = ("127.0.0.1", wire.port)
    with contextlib.suppress(ConnectionError), socket.create_connection(address, PATIENCE_SECONDS) as link:
        link.sendall(b"GET /about HTTP/1.1\r\nHost: site\r\n" + endless)
        while more := link.recv(65_536):
            got += more
    assert got[:12] in (b"", b"HTTP/1.1 400")
    assert wire.get("/about", "X-A: " + "a" * 30_000).status == 200


def test_every_answer_has_every_header_of_safety(wire: Wire) -> None:
    needed = ("content-security-policy", "x-content-type-options", "referrer-policy", "permissions-policy")
    requests = (
        ("GET", "/about"),
        ("HEAD", "/about"),
        ("POST", "/"),
        ("GET", "/nothing"),
        ("GET", "/gone"),
        ("GET", "/old-cats"),
    )
    replies = [wire.get(path, method=method) for method, path in requests]
    replies += [wire.get("/about", "If-None-Match: *"), wire.get("/notes/data.csv", "Range: bytes=9999-")]
    assert [reply.status for reply in replies] == [200, 200, 405, 404, 410, 301, 304, 416]
    for reply in replies:
        assert set(needed) <= reply.headers.keys()
        assert not {"server", "x-powered-by", "via"} & reply.headers.keys()


def test_a_request_is_one_line_of_the_log_that_nobody_can_forge(wire: Wire) -> None:
    asked = [
        "/about?secretquery=1", "/x%0a2026-01-01%20INFO%20forged", "/x%0d%0aforged", "/%1b%5b31mred", "/%e2%80%a8line",
        "/%e2%80%aertl", "/%00", "/%c2%85next", "/%7f", "/x%5cn", "/" + "%0a" * 900,
    ]  # fmt: skip
    for target in ("/log-begins", *asked, "/log-ends"):
        wire.get(target, "User-Agent: agentword", "Referer: https://refererword.example/", "Cookie: a=cookieword")
    while "/log-ends" not in (wire.folder / "log").read_text():  # lines are written a moment after their answers
        wire.get("/")
    text = (wire.folder / "log").read_text().partition("/log-begins")[2].partition("\n")[2].partition("/log-ends")[0]
    text = text[: text.rindex("\n") + 1]
    lines = text.splitlines()
    assert len(lines) == len(asked) == text.count("\n")
    for line in lines:
        assert re.fullmatch(r"(folio\.access: )?\S+Z \S+-\S+ GET /\S* [2345]\d\d \d+ [\d.]+ms", line)
        assert line.isascii()
        assert line.isprintable()
        assert len(line) < 2_000
    for private in ("secretquery", "agentword", "refererword", "cookieword", "127.0.0.1"):
        assert private not in text


def test_nobody_leaves_a_trace_of_a_fault(wire: Wire) -> None:
    """The last: what all that was sent above left in the log."""
    text = (wire.folder / "log").read_text()
    assert "Traceback" not in text
    assert "failed" not in text
    assert CANARY.decode() not in text
    assert str(ROOT) not in text
