"""Errors as they arrive, from wherever they come: a page for people, a problem document for programs."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from conftest import BROWSER_ACCEPT, Live

from folio import apologies
from folio.edge import Edge
from folio.errors import Busy, Gone, MakeFailed, NotFound, Unavailable
from folio.ledger import Ledger
from folio.records import SECURITY_HEADERS, App, Receive, Scope, Send

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXPECTED = {
    400: "Unreadable request", 404: "Nothing here", 405: "Reading only", 410: "Gone",
    412: "It has changed", 413: "Too large",
    416: "No such part", 422: "Unreadable request", 429: "A moment, please", 500: "Something broke",
    503: "Busy",
}  # fmt: skip


def saying(status: int, *headers: tuple[bytes, bytes]) -> App:
    """Make an application that answers with a bare status, as a router or a limiter would."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"4"), *headers]})
        await send({"type": "http.response.body", "body": b"oops"})

    return app


def raising(make: Callable[[], Exception]) -> App:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise make()

    return app


async def ask(live: Live, app: App, accept: str = BROWSER_ACCEPT, path: str = "/essays/on-catz") -> httpx.Response:
    edge = Edge(app, lambda *error: apologies.explain(live.press, *error), Ledger())
    transport = httpx.ASGITransport(app=edge, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path, headers={"Accept": accept})


@pytest.mark.parametrize(("status", "title"), EXPECTED.items())
async def test_people_get_a_page_in_the_sites_own_style(shared: Live, status: int, title: str) -> None:
    answer = await ask(shared, saying(status))
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert f"<h1>{title}</h1>" in answer.text
    assert f'<p class="status">{status}</p>' in answer.text
    assert "oops" not in answer.text
    assert '<link rel="stylesheet" href="/static/site.css' in answer.text
    assert '<meta name="robots" content="noindex">' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert SECURITY_HEADERS.items() <= answer.headers.items()


async def test_a_fault_of_ours_has_every_header_of_safety_and_none_of_its_words(
    shared: Live, caplog: pytest.LogCaptureFixture
) -> None:
    for accept in (BROWSER_ACCEPT, "application/json"):
        answer = await ask(shared, raising(lambda: RuntimeError("canary-zq81 in /srv/folio")), accept)
        assert answer.status_code == 500
        assert SECURITY_HEADERS.items() <= answer.headers.items()
        assert not re.search("canary-zq81|Traceback|RuntimeError", answer.text)
    assert "canary-zq81" in caplog.text  # where its author finds it


@pytest.mark.parametrize("accept", ["application/json", "application/problem+json", "application/json, */*;q=0.1"])
@pytest.mark.parametrize(("status", "title"), EXPECTED.items())
async def test_programs_get_a_problem_document(shared: Live, status: int, title: str, accept: str) -> None:
    answer = await ask(shared, saying(status), accept)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["title"] == title
    assert answer.json()["status"] == status
    assert answer.json()["type"] == "about:blank"


@pytest.mark.parametrize("accept", [BROWSER_ACCEPT, "application/json"])
@pytest.mark.parametrize("status", [429, 503])
async def test_who_must_wait_is_told_how_long(shared: Live, status: int, accept: str) -> None:
    answer = await ask(shared, saying(status, (b"retry-after", b"17")), accept)
    assert answer.headers["retry-after"] == "17"
    busy = await ask(shared, raising(lambda: Busy("full", 9)), accept)
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "9")
    unmade = await ask(shared, raising(lambda: MakeFailed("took longer than 20 s")), accept)
    assert (unmade.status_code, unmade.headers["retry-after"]) == (503, "60")


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (lambda: NotFound("/x"), 404, "There is no page at this address."),
        (lambda: Gone("/x"), 410, "its author has removed it."),
        (lambda: MakeFailed("secret/path took longer than 20 s"), 503, "This cannot be made"),
        (lambda: ValueError("secret/path"), 500, "The fault is ours"),
        (lambda: Unavailable("libpango is missing", "apt install libpango"), 503, "apt install libpango"),
    ],
)
async def test_an_error_of_ours_has_its_words(
    shared: Live, error: Callable[[], Exception], status: int, words: str
) -> None:
    answer = await ask(shared, raising(error))
    assert answer.status_code == status
    assert words in answer.text
    assert "secret" not in answer.text and "Traceback" not in answer.text


async def test_what_is_missing_is_looked_for_by_its_name(shared: Live) -> None:
    missing = await ask(shared, saying(404))
    assert 'value="on catz"' in missing.text
    assert 'href="/essays/2026-06-11-on-cats">On cats</a>' in missing.text
    gone = await ask(shared, saying(410), path="/old/guest_book")
    assert 'value="guest book"' in gone.text
    assert re.search(r'<input type="search" id="q" name="q" value=""', (await ask(shared, saying(500))).text)


async def test_a_wrong_method_is_told_the_right_ones(shared: Live) -> None:
    for accept, kind in (
        (BROWSER_ACCEPT, "text/html; charset=utf-8"),
        ("application/json", "application/problem+json"),
    ):
        answer = await shared.client.post("/", headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (405, kind)
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
