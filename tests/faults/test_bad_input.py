"""Bad input: every broken file is served and reported by file and line, or hidden and reported; none is just missing.

One table of texts, one of names, one look at each: in its folder's list, at its address, in its forms, in the report.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from html import unescape
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
import pytest_asyncio
from conftest import Clock, Live, running, settings_in, write_below
from crawl import Markup
from PIL import Image
from test_garden import reports
from test_markdown_hostile import faults

from folio.check import Report
from folio.config import Features, Limits
from folio.content import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATIENCE_SECONDS = 120
MAKE_SECONDS = 8  # enough for everything but five megabytes of paragraphs, which is then shown without being read
MB = 1 << 20
DEEP = 10_000
CANARY = "whimbrel"  # in what a broken header may have wanted to hide


@dataclass(frozen=True)
class Bad:
    """A text: the page's title, and what is to be told, as a line and words of it; line 0 when there is nothing."""

    text: bytes
    title: str
    line: int = 0
    why: str = ""


def header(*lines: str, fence: str = "---") -> bytes:
    return "\n".join([fence, *lines, fence, "", f"Words. {CANARY}", ""]).encode()


def big(size: int) -> bytes:
    paragraph = b"A paragraph of plain words that goes on for a while, and then *stops*.\n\n"
    return b"# Big\n\n" + paragraph * ((size - 7) // len(paragraph))


# The file's stem -> what is in it. All of these are pages that anybody may read.
SHOWN = {
    "latin-1": Bad("# Café\n\nGrün.\n".encode("latin-1"), "Café", 1, "UTF-8"),
    "latin-1-below": Bad("# Plain\n\nplain\n\nGrün.\n".encode("latin-1"), "Plain", 5, "UTF-8"),
    "utf-16": Bad("# Wide\n\nWide words.\n".encode("utf-16"), "Wide", 1, "UTF-16"),
    "utf-16-unmarked": Bad("# Wide\n\nWide words.\n".encode("utf-16-le"), "Wide", 1, "NUL"),
    "nul": Bad(b"# Zero\n\nIn\0side.\n", "Zero", 3, "NUL"),
    "bom": Bad(b"\xef\xbb\xbf---\ntitle: With a mark\n---\nWords.\n", "With a mark"),
    "crlf": Bad(b"---\r\ntitle: Two ends\r\n---\r\n\r\nWords.\r\n", "Two ends"),
    "cr": Bad(b"---\rtitle: Old ends\r---\r\rWords.\r", "Old ends"),
    "mixed-ends": Bad(b"# Mixed\r\n\rWords\n\r\n## More\rwords", "Mixed"),
    "empty": Bad(b"", "Empty"),
    "blank": Bad(b" \n\t\n", "Blank"),
    "only-header": Bad(b"---\ntitle: Only a header\n---\n", "Only a header"),
    "empty-header": Bad(b"---\n---\nWords.\n", "Empty header"),
    "no-heading": Bad(b"Words alone.\n", "No heading"),
    "heading-in-code": Bad(b"Words.\n\n```sh\n# not a title\n```\n\n    # nor this\n", "Heading in code"),
    "heading-in-comment": Bad(b"<!--\n# not a title\n-->\n\nWords.\n", "Heading in comment"),
    "empty-heading": Bad(b"#\n\nWords.\n", "Empty heading"),
    "controls": Bad(b"# Bell\n\nA\x07bell \x1b[31m.\n", "Bell", 3, "U+0007"),
    "half-a-letter": Bad(b"# Half\n\nwords\n\n\xed\xa0\x80 \xf0\x9f\n", "Half", 5, "UTF-8"),
    "binary": Bad(b"# Binary\n\n" + bytes(range(256)) * 40, "Binary", 3, "NUL"),
    "date-2026-02-30": Bad(header("title: No such day", "date: 2026-02-30"), "No such day", 3, "use 2026-06-01"),
    "date-2026-13-45": Bad(header("title: No such month", "date: 2026-13-45"), "No such month", 3, "use 2026-06-01"),
    "date-0000": Bad(header("title: No such year", "date: 0000"), "No such year", 3, "use 2026-06-01"),
    "date-zeros": Bad(header("title: No date", "date: 0000-00-00"), "No date", 3, "use 2026-06-01"),
    "date-99999": Bad(header("title: Too late", "date: 99999-01-01"), "Too late", 3, "use 2026-06-01"),
    "date-list": Bad(header("title: Two dates", "date: [2026-01-01, 2026-01-02]"), "Two dates", 3, "use 2026-06-01"),
    "date-toml": Bad(header('title = "In TOML"', 'date = "soon"', fence="+++"), "In TOML", 3, "use 2026-06-01"),
    "date-line": Bad(b"# A line\n\n*32 June 2026*\n\nWords.\n", "A line"),
    "bad-weight": Bad(header("title: Heavy", "weight: very"), "Heavy", 3, "whole number"),
    "near-miss": Bad(header("title: Nearly", "tgas: [a]"), "Nearly", 3, "did you mean 'tags'"),
    "title-list": Bad(header("title: [a, b]"), "Title list", 2, "title"),
    "deep-brackets": Bad(b"# Deep\n\n" + b"[" * DEEP + b"]" * DEEP + b"\n", "Deep"),
    "deep-quotes": Bad(b"# Deep\n\n" + b"> " * DEEP + b"words\n", "Deep", 3, "nest deeper"),
    "deep-lists": Bad(b"# Deep\n\n" + b"- " * DEEP + b"words\n", "Deep", 3, "nest deeper"),
    "deep-emphasis": Bad(b"# Deep\n\n" + b"*a **b " * (DEEP // 2) + b"b** a* " * (DEEP // 2), "Deep"),
    "deep-spans": Bad(b"# Deep\n\n" + b"<i>" * DEEP + b"words" + b"</i>" * DEEP, "Deep"),
    "5-mb": Bad(big(5 * MB), "Big"),
    "6-mb": Bad(big(6 * MB), "Big", 1, "larger than 5 MB"),
    "1-mb-line": Bad(b"# Long\n\n" + b"word " * (MB // 5) + b"\n", "Long"),
    "1-mb-word": Bad(b"# Long\n\n" + b"x" * MB + b"\n", "Long"),
    "embeds-itself": Bad(b"# Self\n\nWords.\n\n![[embeds-itself]]\n", "Self", 5, "embeds-itself"),
    "embeds-two-a": Bad(b"# Two A\n\n![[embeds-two-b]]\n", "Two A", 3, "embeds-two-b"),
    "embeds-two-b": Bad(b"# Two B\n\n![[embeds-two-a]]\n", "Two B", 3, "embeds-two-a"),
    "embeds-three-a": Bad(b"# Three A\n\n![[embeds-three-b]]\n", "Three A", 3, "embeds-three-b"),
    "embeds-three-b": Bad(b"# Three B\n\n![[embeds-three-c]]\n", "Three B", 3, "embeds-three-c"),
    "embeds-three-c": Bad(b"# Three C\n\n![[embeds-three-a]]\n", "Three C", 3, "embeds-three-a"),
    "embeds-nothing": Bad(b"# Nothing\n\n![[no-such-page]]\n", "Nothing", 3, "no-such-page"),
    "embeds-often": Bad(b"# Often\n\n" + b"![[no-heading]]\n\n" * 500, "Often"),
    "names-itself": Bad(b"# Own name\n\nSee [[names-itself]] and [[names-itself#Own name|this]].\n", "Own name"),
    "names-nothing": Bad(b"# No name\n\nSee\n[[no-such-page]].\n", "No name", 4, "no-such-page"),
    "links-nowhere": Bad(b"# Lost\n\n[a](nowhere.md)\n\n![b](nowhere.jpg)\n", "Lost", 5, "nowhere.jpg"),
    "chained-notes": Bad(
        b"# Chain\n\nA[^0]\n\n" + b"".join(b"[^%d]: n[^%d]\n\n" % (n, n + 1) for n in range(1000)) + b"[^1000]: end\n",
        "Chain",
    ),
    "same-headings": Bad(b"# Same\n\n" + b"## again\n\n" * 3_000, "Same"),
    "unclosed": Bad(b"# Open\n\nwords\n\n<div>\n\nwords\n\n```\nwords\n", "Open", 5, "never closed"),
    "long-title": Bad(b"# " + b"title " * 100 + b"\n\nWords.\n", ("title " * 100).strip()),
    "no-newline": Bad(b"# Title", "Title"),
}  # fmt: skip

PAIRS = tuple(pairwise("abcdefghi"))
# The file's stem -> what is in it: nobody can say who may read these, or they say that nobody may.
HIDDEN = {
    "twice": Bad(header("title: A", "title: B"), "", 3, "twice"),
    "twice-draft": Bad(header("draft: true", "draft: false"), "", 3, "twice"),
    "contradiction": Bad(header("status: draft", "published: true", "publish: false"), "", 0),
    "broken": Bad(header("title: [a", "draft: true"), "", 3, "does not parse"),
    "broken-toml": Bad(header("title = ", "draft = true", fence="+++"), "", 2, "does not parse"),
    "broken-json": Bad(b'{"title": "A",\n"draft": true,\n}\n\nwhimbrel\n', "", 3, "does not parse"),
    "broken-draft": Bad(header("draft: perhaps"), "", 2, "write true or false"),
    "unclosed-header": Bad(b"---\ntitle: A\ndraft: true\n\nwhimbrel\n", "", 1, "not closed"),
    "bomb": Bad(header("a: &a [x, x]", *(f"{b}: &{b} [*{a}, *{a}]" for a, b in PAIRS)), "", 3, "aliases"),
    "merge": Bad(header("a: &a {draft: true}", "<<: *a"), "", 3, "aliases"),
    "tag": Bad(header("title: !!python/object/apply:os.system [id]"), "", 2, "tags"),
    "deep-yaml": Bad(header("title: " + "[" * DEEP), "", 2, "nested too deep"),
    "deep-yaml-lines": Bad(header("title:", *(" " * n + "- " for n in range(1, 400))), "", 0),
    "deep-toml": Bad(header("title = " + "[" * DEEP, fence="+++"), "", 2, "TOML"),
    "deep-json": Bad(b'{"title": ' + b"[" * DEEP, "", 1, "JSON"),
    "long-header": Bad(header("title: A", "note: " + "x" * 100_000), "", 2, "longer than"),
    "many-keys": Bad(header(*(f"k{n}: 1" for n in range(2_000))), "", 2, "keys"),
}  # fmt: skip

NAMES = (
    "with space", "two  spaces", " lead", "hash#tag", "what?", "100%", "a%2Fb", "%2e%2e", "quo'te", 'dou"ble', "a&b",
    "&amp;", "<script>", "<img src=x onerror=a()>", "emoji \U0001f600", "\U0001f600", "cafe\u0301",
    "\u05e9\u05dc\u05d5\u05dd", "\u202egpj", "x" * 200, "\u00e9" * 120, "trailing.", "con", "nul", "-dash",
    "plus+sign", "semi;colon", "back\\slash", "colon:x", "[bracket]", "{{ brace }}", "$(id)", "tab\tname",
    "line\nbreak", "v1.0", "y.html", "z.json",
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bad(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    folder = tmp_path_factory.mktemp("bad")
    content = folder / "content"
    for stem, one in {**SHOWN, **HIDDEN}.items():
        write_below(content, f"texts/{stem}.md", one.text)
    for number, name in enumerate(NAMES):
        write_below(content, f"names/{name}.md", f"# Name {number}\n\nSee [itself](<{quote(name)}.md>).\n")
        write_below(content, f"folders/{name}/index.md", f"# Folder {number}\n")
        (content / "pictures").mkdir(exist_ok=True)
        Image.new("RGB", (9, 6)).save(content / f"pictures/{name}.jpg")
    config = settings_in(folder)
    config = replace(config, features=Features(search=False), limits=Limits(make_seconds=MAKE_SECONDS))
    async with asyncio.timeout(PATIENCE_SECONDS), running(config, Clock()) as live:
        yield live


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(bad: Live) -> list[Report]:
    """All that there is to report."""
    return list(reports(bad))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lists(bad: Live) -> dict[str, set[str]]:
    """The addresses that each list names, by the list's own."""
    found = {path: await bad.get(path) for path in ("/texts", "/names", "/folders", "/pictures")}
    assert {reply.status_code for reply in found.values()} == {200}
    listed = {path: set(Markup(reply.text).addresses) for path, reply in found.items()}
    sitemap = (await bad.get("/sitemap.xml")).text
    listed["/sitemap.xml"] = {
        unescape(url).removeprefix("https://example.org") for url in re.findall("<loc>([^<]+)</loc>", sitemap)
    }
    return listed


def pages_by_path(live: Live) -> dict[str, Page]:
    return {page.path: page for page in live.press.site.public}


async def look_at(live: Live, url: str, title: str) -> None:
    """Ask for a page in all its forms, and look at what it is made of."""
    reply = await live.get(url)
    assert reply.status_code == 200, url
    (heading,) = re.findall(r"<h1[^>]*>(.*?)</h1>", reply.text, re.DOTALL)
    assert unescape(re.sub("<[^>]*>", "", heading)) == title
    for form in (".md", ".txt", ".json"):
        assert (await live.get(url + form)).status_code == 200, url + form
    assert faults(json.loads((await live.get(url + ".json")).content)["html"]) == []


@pytest.mark.parametrize("stem", SHOWN)
async def test_a_bad_text_is_a_page_in_its_folders_list(bad: Live, lists: dict[str, set[str]], stem: str) -> None:
    page = pages_by_path(bad)[f"texts/{stem}.md"]
    assert {page.url} <= lists["/texts"] & lists["/sitemap.xml"]
    await look_at(bad, page.url, SHOWN[stem].title)


@pytest.mark.parametrize("stem", [stem for stem, one in {**SHOWN, **HIDDEN}.items() if one.line])
async def test_what_is_wrong_with_a_text_is_told_with_its_line(told: list[Report], stem: str) -> None:
    expected = {**SHOWN, **HIDDEN}[stem]
    found = [report for report in told if report.path == f"texts/{stem}.md"]
    assert [p for p in found if p.line == expected.line and expected.why in p.message], [str(p)[:200] for p in found]


async def test_what_is_merely_unusual_is_not_told(told: list[Report]) -> None:
    quiet = {
        "bom", "crlf", "cr", "mixed-ends", "only-header", "no-heading", "heading-in-code", "heading-in-comment",
        "date-line", "1-mb-line", "embeds-often", "names-itself", "chained-notes", "same-headings", "no-newline",
    }  # fmt: skip
    assert [str(report)[:200] for report in told if Path(report.path).stem in quiet] == []


@pytest.mark.parametrize("stem", HIDDEN)
async def test_what_cannot_say_who_may_read_it_stays_hidden(
    bad: Live, told: list[Report], lists: dict[str, set[str]], stem: str
) -> None:
    for form in ("", ".md", ".txt", ".json", ".pdf"):
        assert (await bad.get(f"/texts/{stem}{form}")).status_code == 404
    assert f"texts/{stem}.md" in {report.path for report in told}
    assert not [url for urls in lists.values() for url in urls if url.endswith(f"/{stem}")]


async def test_hidden_words_are_in_no_list(bad: Live) -> None:
    for path in ("/texts", "/texts.json", "/texts.txt", "/feed.xml", "/sitemap.xml", "/"):
        hidden = [stem for stem in HIDDEN if f'/texts/{stem}"' in (await bad.get(path)).text]
        assert hidden == []


@pytest.mark.parametrize("number", range(len(NAMES)), ids=lambda number: ascii(NAMES[number])[:40])
async def test_a_file_of_any_name_is_in_its_folders_list(
    bad: Live, lists: dict[str, set[str]], told: list[Report], number: int
) -> None:
    name, pages = NAMES[number], pages_by_path(bad)
    page, folder = pages[f"names/{name}.md"], pages[f"folders/{name}/index.md"]
    for one, title in ((page, f"Name {number}"), (folder, f"Folder {number}")):
        url = quote(one.url)
        assert {url} <= {quote(address) for address in map(unquote, lists[one.url[: one.url.rindex("/")]])}
        assert url in {quote(address) for address in map(unquote, lists["/sitemap.xml"])}
        await look_at(bad, url, title)
    assert leads_to_itself((await bad.get(quote(page.url))).text, page.url)
    assert [str(report) for report in told if report.path == page.path] == []


def leads_to_itself(html: str, url: str) -> bool:
    before = html[: html.index(">itself</a>")]
    return unquote(Markup(before[before.rindex("<a ") :] + ">").elements[0][1]["href"]) == url


@pytest.mark.parametrize(
    "number",
    [number for number, name in enumerate(NAMES) if "\n" not in name],  # no route's path holds a line's end
    ids=lambda number: ascii(NAMES[number])[:40],
)
async def test_a_picture_of_any_name_is_in_its_gallery(bad: Live, lists: dict[str, set[str]], number: int) -> None:
    path = f"pictures/{NAMES[number]}.jpg"
    photo = bad.press.site.pictures[path]
    assert photo.url in map(unquote, lists["/pictures"])
    shown = await bad.get(quote(photo.url))
    assert shown.status_code == 200
    sources = [attributes["src"] for tag, attributes in Markup(shown.text).elements if tag == "img"]
    assert sources
    for source in (*sources, "/" + quote(path)):
        reply = await bad.get(source)
        assert (reply.status_code, reply.headers["content-type"].partition("/")[0]) == (200, "image"), source
