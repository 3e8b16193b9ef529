"""Every route, through the whole application: what each answers, and the promises that all of them keep."""

from __future__ import annotations

import io
import json
import re
import string
from html.parser import HTMLParser

import feedparser
import pytest
import yaml
from conftest import Live
from PIL import Image

from folio import schemas
from folio.records import SECURITY_HEADERS

pytestmark = pytest.mark.asyncio(loop_scope="module")

CATS = "/essays/2026-06-11-on-cats"
PAGES = (
    "/", "/about", "/essays", CATS, "/essays/2013-01-27-on-trains", "/essays/2026-10-01-on-tables", "/essays/secret",
    "/poems", "/poems/river", "/photos", "/photos/red", "/photos/red/red", "/photos/red/IMG_0153", "/archive",
    "/archive/by-length", "/archive/themes", "/archive/series",
    "/archive/sidenotes", "/archive/quotes", "/archive/outlines", "/archive/connections", "/archive/terms",
    "/archive/graph", "/archive?q=cats", "/archive?q=zzzz", "/sitemap",
    "/tags", "/tags/travel", "/directory", "/search", "/search?q=cats", "/search?q=zzzz", "/api",
)  # fmt: skip
DRAWN = (
    *PAGES, f"{CATS}.md", f"{CATS}.txt", f"{CATS}.json", "/index.json", "/essays.json", "/essays.md", "/essays.txt",
    "/photos/red.json", "/photos/red/red.json", "/photos/red/red.md", "/feed.xml", "/rss.xml", "/atom.xml",
    "/feed.json", "/essays/feed.xml", "/essays/atom.xml", "/tags/travel/feed.xml", "/poems/feed.xml",
    "/sitemap.xml", "/robots.txt", "/opensearch.xml", "/llms.txt", "/health", "/metrics", "/api/schema", "/api/blog",
    "/search/feed.xml?q=cats", "/search/atom.xml?q=sleep", "/search/feed.json?q=zzzz", "/search/rss.xml",
    "/api/search?q=cats", "/api/search/autocomplete?q=ca", "/api/directory-tree", "/api/themes", "/api/graph",
    "/archive/graph/data", "/static/site.css",
    f"/icon{CATS}.svg", "/icon/index.svg",
    "/notes/data.csv", "/static/own.txt",
)  # fmt: skip
MADE = (f"/og-image{CATS}.png", "/og-image/index.png", "/photos/red/red.jpg")
CHANGING = ("/health", "/metrics", "/random", "/search", "/api/search")  # by themselves: no tag to compare
EVERYTHING = (*DRAWN, *MADE)


class Outline(HTMLParser):
    """What the promises about markup need to know of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.headings: list[str] = []
        self.attributes: set[str] = set()
        self.inline: list[str] = []
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.attributes |= set(known)
        if known.get("id"):
            self.ids.append(known["id"] or "")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        if tag == "style" or (tag == "script" and "src" not in known and known.get("type") != "application/ld+json"):
            self.inline.append(tag)
        self.addresses += [known[name] or "" for name in ("href", "src") if known.get(name)]


@pytest.mark.parametrize("path", EVERYTHING)
async def test_every_address_answers_with_every_promise(shared: Live, path: str) -> None:
    whole = await shared.get(path)
    assert whole.status_code == 200
    for name in SECURITY_HEADERS:
        assert name in whole.headers
    assert whole.headers["x-request-id"]
    assert "server" not in whole.headers
    assert "set-cookie" not in whole.headers
    assert whole.headers["cache-control"]

    head = await shared.client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]

    for method in ("POST", "PUT", "DELETE", "PATCH"):
        refused = await shared.client.request(method, path)
        assert refused.status_code == 405
        assert "GET" in refused.headers["allow"]

    if path.partition("?")[0] in (*CHANGING, "/api/schema"):
        return
    assert re.fullmatch(r'"[^"]+"', whole.headers["etag"]), "one strong tag"
    again = await shared.get(path, If_None_Match=whole.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "vary", "content-security-policy"):
        assert again.headers.get(name) == whole.headers.get(name), name
    changed = await shared.get(path, If_None_Match='"another"')
    assert changed.status_code == 200


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_sound_markup(shared: Live, path: str) -> None:
    page = Outline((await shared.get(path)).text)
    assert page.headings.count("h1") == 1
    assert page.headings[0] == "h1"
    assert len(page.ids) == len(set(page.ids))
    assert not {name for name in page.attributes if name == "style" or name.startswith("on")}
    assert page.inline == []
    foreign = [a for a in page.addresses if "//" in a and not a.startswith("https://example.org")]
    assert foreign == []
    assert "\n\n\n" not in (await shared.get(path)).text


async def test_every_internal_link_of_the_small_site_leads_somewhere(shared: Live) -> None:
    seen, waiting = set(), ["/"]
    while waiting:
        path = waiting.pop()
        answer = await shared.get(path)
        assert answer.status_code in (200, 301, 302), path
        if answer.headers.get("content-type", "").startswith("text/html"):
            for address in Outline(answer.text).addresses:
                target = address.removeprefix("https://example.org").partition("#")[0]
                if target.startswith("/") and target not in seen and not target.endswith(".pdf"):
                    seen.add(target)
                    waiting.append(target)
    assert len(seen) > 30


@pytest.mark.parametrize("path", [CATS, "/feed.xml", "/static/site.css", f"{CATS}.json"])
@pytest.mark.parametrize(
    ("accept", "encoding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("gzip;q=0", None), ("identity", None), ("*;q=0.1", "br")],
)
async def test_an_encoding_is_made_once_with_a_tag_of_its_own(
    shared: Live, path: str, accept: str, encoding: str | None
) -> None:
    plain = await shared.get(path, Accept_Encoding="identity")
    answer = await shared.get(path, Accept_Encoding=accept)
    assert answer.headers.get("content-encoding") == encoding
    assert answer.content == plain.content
    assert (answer.headers["etag"] == plain.headers["etag"]) is (encoding is None)
    assert "Accept-Encoding" in answer.headers["vary"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "text/html"),
        ("*/*", "text/html"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("text/markdown", "text/markdown"),
        ("application/json", "application/json"),
        ("text/plain", "text/plain"),
        ("application/json;q=0.4, text/markdown;q=0.9", "text/markdown"),
        ("text/html;q=0.1, application/json", "application/json"),
        ("image/png", "text/html"),
        ("nonsense", "text/html"),
    ],
)
async def test_accept_chooses_the_form(shared: Live, accept: str | None, kind: str) -> None:
    for _ in range(2):  # the second comes from what was kept
        answer = await shared.get(CATS, **({"Accept": accept} if accept else {"Accept": ""}))
        assert answer.headers["content-type"].split(";")[0] == kind
        assert "Accept" in answer.headers["vary"].split(", ")


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/essays/", "/essays"),
        ("/Essays", "/essays"),
        (CATS + ".html", CATS),
        (CATS.upper(), CATS),
        ("/essays/2026_06_11_on_cats", CATS),
        ("/essays/index.html", "/essays"),
        ("/index.html", "/"),
        ("/old-cats", CATS),
        ("/tags/Travel", "/tags/travel"),
        ("/ESSAYS/2026-06-11-on-cats.md", CATS + ".md"),
        ("//about/", "/about"),
    ],
)
async def test_other_spellings_are_sent_to_the_canonical_one(shared: Live, path: str, location: str) -> None:
    answer = await shared.client.get("http://test" + path)
    assert (answer.status_code, answer.headers["location"]) == (301, location)


async def test_what_is_gone_says_so(shared: Live) -> None:
    assert (await shared.get("/gone")).status_code == 410


async def test_hidden_and_unknown_are_answered_alike(shared: Live) -> None:
    unknown = (await shared.get("/essays/2026-09-01-no-draft")).text
    for path in ("/essays/2026-09-01-a-draft", "/essays/2030-01-01-later"):
        hidden = await shared.get(path)
        assert hidden.status_code == 404
        assert "anary" not in hidden.text
        words = (path.rpartition("-")[2], "draft")
        assert len(hidden.text) - len(unknown) < 200, words


async def test_nothing_hidden_is_found_anywhere(shared: Live) -> None:
    places = [path for path in EVERYTHING if "secret" not in path]
    for path in [
        *places,
        "/search?q=hushhush",
        "/search?q=canary",
        "/search/feed.xml?q=canary",
        "/search/feed.json?q=hushhush",
        "/api/search?q=canary",
        "/api/search/autocomplete?q=can",
    ]:
        answer = await shared.get(path)
        assert b"hushhush</p>" not in answer.content
        assert b"Canary" not in answer.content, path
        if not path.startswith(("/search", "/api/search")):
            assert b"hushhush" not in answer.content
            assert b"Only by link" not in answer.content, path


async def test_a_404_helps(shared: Live) -> None:
    answer = await shared.get("/essays/on-catz")
    assert answer.status_code == 404
    assert CATS in answer.text
    assert 'value="on catz"' in answer.text


async def test_programs_get_problem_documents(shared: Live) -> None:
    for path in ("/nope", "/api/nope"):
        answer = await shared.get(path, Accept="application/json")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert answer.json()["status"] == 404
    refused = await shared.client.post("/", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["status"]) == (405, 405)


async def test_the_front_page_shows_the_latest(shared: Live) -> None:
    html = (await shared.get("/")).text
    assert "Notes from a hill." in html
    assert html.index("On tables") < html.index("On cats") < html.index("On trains")
    assert "/images/" in html


async def test_an_essay_has_its_furniture(shared: Live) -> None:
    html = (await shared.get(CATS)).text
    assert 'role="note"' in html
    assert "Sixteen hours" in html
    assert 'href="/essays/2013-01-27-on-trains"' in html
    assert "11 June 2026" in html
    assert 'rel="canonical" href="https://example.org/essays/2026-06-11-on-cats"' in html
    assert f'href="{CATS}.pdf"' in html
    assert f"https://example.org/og-image{CATS}.png" in html


async def test_a_gallery_leads_to_a_page_for_each_photograph(shared: Live) -> None:
    gallery = (await shared.get("/photos/red")).text
    assert 'href="/photos/red/red"' in gallery
    assert 'href="/photos/red/IMG_0153"' in gallery
    photo = (await shared.get("/photos/red/red")).text
    assert "A red door" in photo
    assert "In the harbour." in photo
    assert 'alt="A door, red"' in photo
    assert (await shared.get("/photos/red?page=2")).status_code == 404


async def test_a_folder_has_as_many_pages_as_it_fills(shared: Live) -> None:
    assert (await shared.get("/essays?page=1")).content == (await shared.get("/essays")).content
    assert (await shared.get("/essays?page=2")).status_code == 404
    for same in ("/", "/essays.json"):
        assert (await shared.get(f"{same}?page=2")).content == (await shared.get(same)).content


async def test_a_picture_is_served_at_its_widths_and_no_other(shared: Live) -> None:
    address = re.findall(
        r"/images/\d+/[0-9a-f]+/photos/red/red\.jpg\.webp", (await shared.get("/photos/red/red")).text
    )[0]
    answer = await shared.get(address)
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.width == int(address.split("/")[2])
    stale = re.sub(r"/[0-9a-f]{8,}/", "/0000000000/", address)
    assert (await shared.get(stale)).headers["location"] == address
    for hostile in (address.replace("/images/", "/images/9"), address + "x", address.replace("red.jpg", "blue.jpg")):
        assert (await shared.get(hostile)).status_code == 404


async def test_a_print_is_kept_ready_and_gives_its_parts(shared: Live) -> None:
    address = (await shared.get("/thumb/photos/red/red.jpg?w=320")).headers["location"]
    first = await shared.get(address)
    kept = shared.press.generation.memory.get(address)
    assert kept and kept.pattern.startswith("/images/")  # counted under its own route
    again = await shared.get(address)
    unlike = {name for name in {**first.headers, **again.headers} if first.headers.get(name) != again.headers.get(name)}
    assert (unlike, again.content) == ({"x-request-id"}, first.content)
    part = await shared.get(address, Range="bytes=2-5")
    assert (part.status_code, part.content, part.headers["etag"]) == (206, first.content[2:6], first.headers["etag"])
    beyond = await shared.get(address, Range=f"bytes={len(first.content)}-")
    assert beyond.status_code == 416
    assert (await shared.get(address, If_None_Match=first.headers["etag"])).status_code == 304
    assert (await shared.get(address, If_Match='"other"')).status_code == 412


async def test_a_large_print_is_not_kept(shared: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    location = (await shared.get("/thumb/photos/red/red.jpg?w=640")).headers["location"]
    address = location.replace(".jpg.jpg", ".jpg.webp")
    monkeypatch.setattr("folio.smallfiles.SMALL_BYTES", 100)
    first, again = [await shared.get(address) for _ in range(2)]
    assert shared.press.generation.memory.get(address) is None
    assert first.content == again.content
    assert first.headers["etag"] == again.headers["etag"]


async def test_what_lies_ready_is_replied_as_the_application_answers_it(shared: Live) -> None:
    replied = set()
    for path in EVERYTHING:
        await shared.get(path, accept_encoding="identity")
        reply = shared.api.state.kept.reply(b"GET", path.encode(), [(b"accept", b"text/html")])
        if reply is None:
            continue
        replied.add(path)
        head, body = reply
        answer = await shared.get(path, accept_encoding="identity")
        fields = [tuple(line.split(b": ", 1)) for line in head.split(b"\r\n")[1:-1]]
        same = [field for field in fields if field[0] != b"x-request-id"]
        assert same == [header for header in answer.headers.raw if header[0] != b"x-request-id"], path
        assert body == answer.content, path
    assert {path for path in PAGES if "?" not in path} - replied == {"/search"}  # all but this are kept


async def test_a_thumb_is_sent_to_the_nearest_width(shared: Live) -> None:
    for asked, width in (("?w=500", 640), ("", 640), ("?w=99999", 2560), ("?w=-1", 640), ("?w=x", 640), ("?w=1", 320)):
        answer = await shared.get(f"/thumb/photos/red/red.jpg{asked}")
        assert answer.status_code == 302
        assert answer.headers["location"].startswith(f"/images/{width}/")
        assert (await shared.get(answer.headers["location"])).status_code == 200
    assert (await shared.get("/thumb/../engine.py")).status_code == 404


async def test_a_card_is_a_png_of_the_right_size(shared: Live) -> None:
    for path in (f"/og-image{CATS}.png", "/og-image/index.png", "/og-image/photos/red.png"):
        answer = await shared.get(path)
        assert answer.headers["content-type"] == "image/png"
        with Image.open(io.BytesIO(answer.content)) as image:
            assert image.size == (1200, 630)
        assert len(answer.content) <= 60_000
    for path in ("/og-image/nope.png", "/og-image/essays/2026-09-01-a-draft.png", f"/og-image{CATS}", "/og-image/.png"):
        assert (await shared.get(path)).status_code == 404


@pytest.mark.needs("pango")
async def test_a_page_is_a_pdf(shared: Live) -> None:
    answer = await shared.get(f"{CATS}.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    part = await shared.get(f"{CATS}.pdf", Range="bytes=0-3")
    assert (part.status_code, part.content) == (206, b"%PDF")
    kept = await shared.get(f"{CATS}.pdf", If_None_Match=answer.headers["etag"])
    assert kept.status_code == 304
    with_picture = await shared.get("/essays/2026-10-01-on-tables.pdf")
    assert b"/Subtype /Image" in with_picture.content or b"/Subtype/Image" in with_picture.content
    assert (await shared.get("/essays/2026-09-01-a-draft.pdf")).status_code == 404
    assert (await shared.get("/photos/red/red.pdf")).status_code == 404


async def test_pages_are_also_markdown_text_and_data(shared: Live) -> None:
    markdown = (await shared.get(f"{CATS}.md")).text
    assert markdown.startswith("---\ntitle: On cats\ndate: 2026-06-11\n")
    assert "\n---\n\n# On cats\n\nCats sleep[^1]" in markdown
    text = (await shared.get(f"{CATS}.txt")).text
    assert text.startswith("On cats\n=======\n")
    assert "Sixteen hours." in text
    data = (await shared.get(f"{CATS}.json")).json()
    assert data["title"] == "On cats"
    assert data["date"] == "2026-06-11"
    assert data["tags"] == ["Animals", "travel"]
    assert data["notes"] == [{"number": 1, "text": "Sixteen hours."}]
    assert {"url", "html", "text", "toc", "links", "images", "words", "minutes", "summary", "updated"} <= set(data)
    listed = (await shared.get("/essays.json")).json()
    assert [item["title"] for item in listed["items"]] == ["On tables", "On cats", "On trains"]
    photos = (await shared.get("/photos/red.json")).json()
    assert photos["items"][1]["width"] == 1200
    assert photos["items"][1]["caption"] == "In the harbour."


@pytest.mark.parametrize("path", ["/feed.xml", "/rss.xml", "/atom.xml", "/essays/feed.xml", "/tags/travel/atom.xml"])
async def test_feeds_are_clean_whole_and_absolute(shared: Live, path: str) -> None:
    feed = feedparser.parse((await shared.get(path)).content)
    assert feed.bozo is False
    assert feed.entries
    for entry in feed.entries:
        assert entry.link.startswith("https://example.org/essays/")
        html = entry.content[0].value
        assert not re.search(r'(?:href|src)="/', html)
        assert entry.published_parsed


async def test_an_empty_feed_is_valid(shared: Live) -> None:
    feed = feedparser.parse((await shared.get("/poems/feed.xml")).content)
    assert (feed.bozo, feed.entries) == (False, [])


async def test_the_api_lists_posts(shared: Live) -> None:
    blog = (await shared.get("/api/blog?size=2")).json()
    assert (blog["total"], blog["page"], blog["size"], blog["pages"]) == (3, 1, 2, 2)
    assert [item["title"] for item in blog["items"]] == ["On tables", "On cats"]
    assert set(blog["items"][0]) >= {"title", "url", "category", "date", "word_count", "unique_icon"}
    assert [i["title"] for i in (await shared.get("/api/blog?page=2&size=2")).json()["items"]] == ["On trains"]
    assert (await shared.get("/api/blog?sort=title")).json()["items"][0]["title"] == "On cats"
    assert (await shared.get("/api/blog?tag=Animals")).json()["total"] == 1
    assert (await shared.get("/api/blog?page=99999999999999&size=-4")).status_code == 200


async def test_the_api_searches(shared: Live) -> None:
    found = (await shared.get("/api/search?q=cats")).json()
    assert found["query"] == "cats"
    assert found["results"][0]["url"] == CATS
    assert "<mark>" in found["results"][0]["snippet"]
    assert (found["page"], found["size"], found["pages"], found["all_words"]) == (1, 20, 1, True)
    second = (await shared.get("/api/search?q=in:essays&size=2&page=2")).json()
    assert (len(second["results"]), second["total"], second["page"], second["size"]) == (2, 4, 2, 2)
    assert (await shared.get("/api/search?q=cats&size=-4&page=99999999999")).json()["size"] == 20
    completed = (await shared.get("/api/search/autocomplete?q=on+ca")).json()
    assert completed["results"][0] == {"title": "On cats", "url": CATS, "icon": f"/icon{CATS}.svg"}


async def test_every_completion_and_its_icon_is_there(shared: Live) -> None:
    asked = [f"/api/search/autocomplete?q={letter}" for letter in string.ascii_lowercase]
    completed = [one for url in asked for one in (await shared.get(url)).json()["results"]]
    assert "/" in {one["url"] for one in completed}
    for address in sorted({one[key] for one in completed for key in ("url", "icon")}):
        assert (await shared.get(address)).status_code == 200, address


async def test_the_schema_describes_what_the_api_answers(shared: Live) -> None:
    schema = yaml.safe_load((await shared.get("/api/schema")).text)
    assert schema["openapi"] == "3.1.0"
    assert set(schema["paths"]) == {
        "/api/blog", "/api/search", "/api/search/autocomplete", "/api/directory-tree", "/api/themes", "/api/graph"
    }  # fmt: skip
    for path, example in (
        ("/api/blog", "/api/blog"), ("/api/search", "/api/search?q=cats+sleep"), ("/api/search", "/api/search"),
        ("/api/search/autocomplete", "/api/search/autocomplete?q=o"), ("/api/directory-tree", "/api/directory-tree"),
        ("/api/themes", "/api/themes"), ("/api/graph", "/api/graph"),
    ):  # fmt: skip
        responses = schema["paths"][path]["get"]["responses"]
        name = responses["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        model = next(model for model in schemas.MODELS if model.__name__ == name)
        said = (await shared.get(example)).json()
        assert model.model_validate(said, extra="forbid").model_dump(mode="json") == said
        assert set(said) == set(schema["components"]["schemas"][name]["properties"])
        assert ("429" in responses) == path.startswith("/api/search")
    page = (await shared.get("/api")).text.replace("<wbr>", "")
    assert all(path in page for path in schema["paths"])
    asked = {one["name"] for path in schema["paths"].values() for one in path["get"].get("parameters", ())}
    assert asked == {"q", "page", "size", "sort", "section", "tag", "format"}
    assert all(f"<code>{name}</code>" in page for name in asked)


async def test_search_results_are_on_the_page(shared: Live) -> None:
    html = (await shared.get("/search?q=cats")).text
    assert CATS in html
    assert "<mark>" in html
    assert 'value="cats"' in html
    injected = (await shared.get("/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")).text
    assert "<script>alert" not in injected


async def test_metrics_count_requests_by_route(shared: Live) -> None:
    for _ in range(3):
        await shared.get(CATS)
    text = (await shared.get("/metrics")).text
    assert re.search(r'responder_requests_total\{method="GET",path="/\{path[^"]*\}",status="200"\} \d+', text)


async def test_files_of_ours_are_kept_for_ever_under_their_fingerprint(shared: Live) -> None:
    address = re.search(r'href="(/static/site\.css\?v=[0-9a-f]+)"', (await shared.get("/")).text)
    assert address
    assert (await shared.get(address[1])).headers["cache-control"].endswith("immutable")
    assert (await shared.get("/static/site.css?v=old")).headers["cache-control"] == "public, no-cache"


async def test_random_leads_to_a_post(shared: Live) -> None:
    answer = await shared.get("/random")
    assert answer.status_code == 302
    assert answer.headers["cache-control"] == "no-store"
    assert (await shared.get(answer.headers["location"])).status_code == 200


async def test_json_is_the_same_bytes_each_time(shared: Live) -> None:
    first, second = (await shared.get(f"{CATS}.json")).content, (await shared.get(f"{CATS}.json")).content
    assert first == second
    assert json.loads(first)
