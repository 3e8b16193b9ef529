"""Markup in every field that is text (title, tag, alt, file name, query, address …): none of it comes alive."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import quote

import attacks
import hostile
import httpx
import pytest
import pytest_asyncio
from conftest import Clock, Live, running, settings_in
from crawl import Markup, crawl
from hostile import MARK, MARKUP, SCHEMES

from folio.config import Author
from folio.markdown import Reference, harmless, parse, render

pytestmark = pytest.mark.asyncio(loop_scope="module")
EXECUTABLE = ("script", "iframe", "object", "embed", "base", "form")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hurt(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """A site whose every text is an attack."""
    folder = tmp_path_factory.mktemp("hurt")
    content = folder / "content"
    attacks.build(content)
    author = Author(name=MARKUP[0], email="a@example.org")
    config = replace(settings_in(folder), title=MARKUP[0], description=MARKUP[1], author=author)
    async with running(config, Clock()) as live:
        yield live


def inert(html: str) -> Markup:
    """Check that HTML has nothing of ours in any place where it would run, and return what it is made of."""
    page = Markup(html)
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or MARK in name], (tag, attributes)
        assert tag not in EXECUTABLE or MARK not in attributes.get("src", "") + attributes.get("action", ""), (
            tag,
            attributes,
        )
        for name in ("href", "src", "action", "srcset"):
            plain = re.sub(r"[\s\x00-\x1f]", "", attributes.get(name, "")).casefold()
            assert not plain.startswith(("javascript:", "vbscript:", "data:")), (tag, attributes)
        assert attributes.get("src") != "x"
    for (_, attributes), script in zip([e for e in page.elements if e[0] == "script"], page.scripts, strict=True):
        if attributes.get("type") == "application/ld+json":
            json.loads(script)
        else:
            assert not script.strip()
    assert "<svg/onload" not in html
    return page


def check(path: str, reply: httpx.Response) -> None:
    """Check an answer of any kind."""
    assert reply.status_code < 500, path
    kind = reply.headers.get("content-type", "").partition(";")[0]
    assert reply.headers["x-content-type-options"] == "nosniff"
    if kind == "text/html":
        inert(reply.text)
    elif kind.endswith("xml"):
        for element in ET.fromstring(reply.content).iter():
            assert not element.tag.endswith(("}script", "}img")), path
            assert not [name for name in element.attrib if name.startswith("on") or MARK in name], (
                path,
                element.attrib,
            )
            if kind in ("application/rss+xml", "application/atom+xml") and element.tag.rpartition("}")[2] in (
                "content",
                "encoded",
            ):
                inert(element.text or "")
    elif kind in ("application/json", "application/feed+json", "application/problem+json"):
        for value in strings(json.loads(reply.content)):
            if value.startswith("<p") or "<mark>" in value:
                inert(value)


def strings(value: object) -> list[str]:
    """Return every text in JSON that holds HTML."""
    if isinstance(value, dict):
        return [
            s for name, v in value.items() for s in ([v] if name in ("html", "content_html", "snippet") else strings(v))
        ]
    return [s for v in value for s in strings(v)] if isinstance(value, list) else []


async def test_no_field_comes_alive_anywhere(hurt: Live) -> None:
    found = await crawl(hurt)
    assert sum(1 for path in found if path.startswith("/essays/")) > len(MARKUP) * 4
    assert sum(MARK in reply.text for reply in found.values()) > len(MARKUP) * 8  # the words are there
    assert any(path.startswith("/icon/") and path.endswith(".svg") for path in found)
    for path, reply in found.items():
        check(path, reply)


@pytest.mark.parametrize("text", [*MARKUP, *SCHEMES])
async def test_no_query_comes_alive(hurt: Live, text: str) -> None:
    asked = quote(text)
    for path in (
        f"/search?q={asked}", f"/search?q=words&page={asked}", f"/api/search?q={asked}",
        f"/search/feed.xml?q={asked}", f"/search/atom.xml?q={asked}", f"/search/{asked}", f"/about?highlight={asked}",
        f"/api/search/autocomplete?q={asked}", f"/api/blog?tag={asked}&section={asked}&sort={asked}&page={asked}",
        f"/tags/{asked}", f"/{asked}", f"/essays/{asked}.json", f"/archive/{asked}", f"/static/{asked}",
        f"/archive?q={asked}&page={asked}",
        f"/icon/{asked}.svg", f"/og-image/{asked}.png", f"/thumb/{asked}?w={asked}",
        f"/images/{asked}/{asked}/{asked}", f"/photos/red?page={asked}", f"/api/{asked}", f"/?{asked}",
    ):  # fmt: skip
        check(path, await hurt.get(path))
        check(path, await hurt.get(path, accept="application/json"))


async def test_a_cover_with_a_broken_address_still_has_a_card(hurt: Live) -> None:
    assert (await hurt.get("/og-image/essays/2026-02-01-broken-cover.png")).status_code == 200


async def test_an_address_of_another_scheme_is_never_followed(hurt: Live) -> None:
    for n, _ in enumerate(SCHEMES):
        for path in (f"/to{n}", f"/from{n}/x"):
            location = (await hurt.get(path)).headers.get("location", "/")
            assert location.startswith(("/", "https://example.org")), path


async def test_the_checks_would_notice(hurt: Live) -> None:
    """A check that cannot fail is worth nothing: each attack, put in as it is, is seen."""
    alive = ("<script", "onerror", "<svg/onload", f"<b {MARK}")
    for text in (text for text in MARKUP if any(map(text.__contains__, alive)) and "<!--" not in text):
        with pytest.raises(AssertionError):
            inert(f"<p>{text}</p>")
    with pytest.raises(AssertionError):
        inert(f"<a href='{hostile.SCHEMES[1]}'>x</a>")


@pytest.mark.parametrize("text", [*MARKUP, *(f"<a href='{scheme}'>x</a>" for scheme in SCHEMES)])
async def test_raw_html_of_strangers_comes_alive_nowhere(text: str) -> None:
    text = text.replace("src=x", "src=y")  # a picture they may show, and no handler of its error
    for written in (
        text,
        f"word {text} word",
        f"> - {text}\n",
        f"<div>{text}</div>",
        f"[{text}](/a)",
        f"x[^1]\n\n[^1]: {text}",
    ):
        html = render(harmless(parse(written)), lambda target, kind: Reference(target)).text
        page = inert(html)
        assert not [tag for tag, _ in page.elements if tag in ("svg", "math", *EXECUTABLE)]
