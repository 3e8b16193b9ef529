"""Every kind of page in every form: its type, its tag, its head; which form an Accept header gets; what a form says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
import yaml
from conftest import BROWSER_ACCEPT, Clock, Live, build_demo, running, settings_in, write_below
from hypothesis import example, given
from hypothesis import strategies as st

from folio import forms, heads, markdown, schemas
from folio.config import Config
from folio.content import Stat
from folio.markdown.readable import WIDTH, columns, readable

CATS = "/essays/2026-06-11-on-cats"
KINDS = {
    "home": "/index",
    "page": "/about",
    "essay": CATS,
    "poem": "/poems/river",
    "folder": "/essays",
    "folder of folders": "/photos",
    "gallery": "/photos/red",
    "photograph": "/photos/red/red",
    "tag": "/tags/travel",
    "archive": "/archive",
    "year": "/archive/2026",
    "series": "/archive/series/the-kettle",
}
TYPES = {
    "md": "text/markdown; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
    "pdf": "application/pdf",
    "epub": "application/epub+zip",
}
WITHOUT = {("photograph", "pdf"), ("photograph", "epub")}
CASES = [(kind, form) for kind in KINDS for form in TYPES if (kind, form) not in WITHOUT]
in_module = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """A small site with something of every kind."""
    folder = tmp_path_factory.mktemp("whole")
    build_demo(folder / "content")
    write_below(folder / "content", "essays/2026-02-02-tea.md", "---\nseries: The Kettle\n---\n# Tea\n\nHot.\n")
    async with running(settings_in(folder), Clock()) as site:
        yield site


@in_module
@pytest.mark.needs("pango")
@pytest.mark.parametrize(("kind", "form"), CASES)
async def test_every_kind_of_page_has_every_form(whole: Live, kind: str, form: str) -> None:
    path = f"{KINDS[kind]}.{form}"
    answer = await whole.get(path)
    while answer.status_code == 202:
        answer = await whole.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, TYPES[form])
    tag = answer.headers["etag"]
    assert tag.startswith('"')
    assert answer.headers["cache-control"] == "public, no-cache"
    kept = await whole.get(path, If_None_Match=tag)
    assert (kept.status_code, kept.content, kept.headers["etag"]) == (304, b"", tag)
    head = await whole.client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "etag", "content-length"):
        assert head.headers[name] == answer.headers[name]


@in_module
@pytest.mark.parametrize(("kind", "form"), sorted(WITHOUT))
async def test_a_photograph_is_not_bound(whole: Live, kind: str, form: str) -> None:
    assert (await whole.get(f"{KINDS[kind]}.{form}")).status_code == 404


@in_module
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (BROWSER_ACCEPT, "text/html"),
        ("*/*", "text/html"),
        ("", "text/html"),
        ("text/*", "text/html"),
        ("text/html", "text/html"),
        ("text/markdown", "text/markdown"),
        ("text/plain", "text/plain"),
        ("application/json", "application/json"),
        ("TEXT/Markdown", "text/markdown"),
        ("text/markdown;q=0.5, text/html;q=0.4", "text/markdown"),
        ("text/markdown;q=0.4, text/html;q=0.5", "text/html"),
        ("text/html;q=0, text/markdown", "text/markdown"),
        ("text/markdown;q=0, */*", "text/html"),
        ("*/*;q=0.1, text/markdown", "text/markdown"),
        ("*/*;q=0.1,application/json;q=0.9", "application/json"),
        ("text/html, text/markdown", "text/html"),
        ("application/json, text/plain;q=0.9", "application/json"),
        ("application/pdf", "text/html"),
        ("application/epub+zip, */*;q=0.1", "text/html"),
        ("image/png", "text/html"),
        ("nonsense", "text/html"),
        (";;;,,,q=", "text/html"),
        ("text/markdown;q=high", "text/markdown"),
        ("text/markdown;q=1.5", "text/markdown"),
        ("a/b," * 200 + "text/markdown", "text/markdown"),
    ],
)
async def test_an_accept_header_gets_the_form_it_likes_best(whole: Live, accept: str, kind: str) -> None:
    for path in (CATS, "/essays", "/photos/red/red"):
        await whole.get(path)  # kept, so that the fastest way is tried as well
        answer = await whole.get(path, Accept=accept)
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
        assert "Accept" in answer.headers["vary"].split(", ")


@in_module
@pytest.mark.parametrize("kind", ["page", "essay", "folder", "gallery", "tag", "home"])
async def test_a_page_names_its_other_forms(whole: Live, kind: str) -> None:
    path = KINDS[kind] if kind != "home" else "/"
    answer = await whole.get(path)
    for form, type in TYPES.items():
        media = type.partition(";")[0]
        address = f"{KINDS[kind]}.{form}"
        assert f'<{address}>; rel="alternate"; type="{media}"' in answer.headers["link"]
        assert f'<link rel="alternate" type="{media}" href="{address}"' in answer.text


@in_module
async def test_markdown_is_the_source_without_what_is_the_authors_own(whole: Live, tmp_path: Path) -> None:
    build_demo(tmp_path / "content")
    write_below(
        tmp_path / "content",
        "essays/tea.md",
        "---\nTitle: Tea & milk\ndate: 2026-03\ndraft: false\nkeywords: [hot, 'a: b']\nmood: tired\n"
        "internal: ask the bank\nlang: en-GB\nexpires: 2040-01-01\naliases: [/old-tea]\n---\n"
        "Hot.%%not for you%%\n",
    )
    async with running(settings_in(tmp_path), Clock()) as site:
        said = (await site.get("/essays/tea.md")).text
    assert said == (
        "---\ntitle: Tea & milk\ndate: 2026-03\ntags: [hot, 'a: b']\nlang: en-GB\n"
        "canonical: https://example.org/essays/tea\n---\n\n# Tea & milk\n\nHot.\n"
    )


@in_module
async def test_markdown_can_be_put_into_another_site(whole: Live) -> None:
    page = whole.press.site.pages[CATS]
    said = forms.markdown(page, whole.press.site.config)
    again = heads.page("x.md", said.encode(), page.stat, whole.press.site.config)
    assert (again.title, again.date, again.tags, again.description) == (
        page.title, page.date, page.tags, page.description
    )  # fmt: skip


@example("__init__")
@given(st.text(st.sampled_from("ab 1_*`~[](){}<>&;#!\\\\=%^|.-+:/\"'")) | st.text())
def test_a_title_says_the_same_in_markdown(title: str) -> None:
    title = " ".join("".join(c for c in title if c.isprintable()).split())
    assert markdown.words(markdown.literal(title)) == title


@in_module
@pytest.mark.parametrize("title", ["Cats \U0001f408 & dogs", "Katzen: “drei”", "- 'a' #b", "\u732b", "12"])
async def test_the_header_of_markdown_is_written_to_be_read(title: str) -> None:
    page = heads.page("a.md", b"# A\n", Stat(0, 0, 0, 0), Config())
    written = forms.markdown(page._replace(title=title), Config())
    header = written.split("---\n")[1]
    assert yaml.safe_load(header)["title"] == title
    assert title.isprintable() <= (title.replace("'", "") in header.replace("'", ""))


async def test_data_is_what_the_schema_says(whole: Live) -> None:
    page = (await whole.get(f"{CATS}.json")).json()
    assert schemas.PageData.model_validate(page).model_dump() == page
    assert page["links"] == [{"url": "/essays/2013-01-27-on-trains", "text": "trains"}]
    tables = (await whole.get("/essays/2026-10-01-on-tables.json")).json()
    assert tables["images"][0]["url"].startswith("/images/")
    for path in ("/essays.json", "/tags/travel.json", "/archive/2026.json", "/photos/red.json", "/photos.json"):
        found = (await whole.get(path)).json()
        listed = schemas.ListData.model_validate(found)
        assert listed.total == len(listed.items)
        assert listed.url == path.removesuffix(".json")
    photo = (await whole.get("/photos/red/red.json")).json()
    assert schemas.PhotoData.model_validate(photo).model_dump() == photo
    schema = (await whole.get("/api/schema")).text
    assert all(f"{name}:" in schema for name in ("PageData", "ListData", "PhotoData"))


@in_module
async def test_nothing_hidden_is_in_any_list(whole: Live) -> None:
    for path in ("/archive", "/tags/travel", "/archive/2026", "/essays", "/index"):
        for form in ("md", "txt", "json"):
            said = (await whole.get(f"{path}.{form}")).text
            assert not [word for word in ("Canary", "hushhush", "Only by link", "quietword") if word in said]


@in_module
async def test_language_models_get_all_words_where_the_author_wants_that(whole: Live, tmp_path: Path) -> None:
    said = await whole.get("/llms-full.txt")
    assert said.headers["content-type"] == "text/plain; charset=utf-8"
    assert said.text.index("# On tables") < said.text.index("# On trains")
    assert not [word for word in ("Canary", "hushhush", "quietword") if word in said.text]
    build_demo(tmp_path / "content")
    write_below(tmp_path / "content", "essays/2001-large.md", "# Large\n\n" + "word " * 1000)
    settings = settings_in(tmp_path)
    small = replace(settings, limits=replace(settings.limits, llms_kb=4))
    async with running(small, Clock()) as site:
        assert (
            "Left out to save space: 1 of the pages in https://example.org/llms.txt"
            in (await site.get("/llms-full.txt")).text
        )
    async with running(replace(settings, features=replace(settings.features, llms=False)), Clock()) as site:
        for path in ("/llms.txt", "/llms-full.txt"):
            assert (await site.get(path)).status_code == 404


TEXT = """One *two*[^1]
three.^[inline]\\
Four

> said
> > deeper

- a
  - b
- c

3. x

   y

- [x] done

```
code   here
```

| name | n |
|------|--:|
| tea  | 1 |

![A cat](cat.jpg)

Term
: meaning

***

[^1]: Note.

    More.
"""
READ = """One two[1] three.[2]
Four

> said
>
> > deeper

- a
  - b
- c

3. x

   y

- [x] done

    code   here

name   n
----   -
tea    1

[A cat]

Term
    meaning

* * *

Notes
-----

[1] Note.

    More.

[2] inline
"""


def test_plain_text_can_be_read() -> None:
    assert readable(markdown.parse(TEXT)) == READ


def test_quotations_that_stand_one_below_the_other_are_two() -> None:
    text = "> One.\n>\n> > Inner.\n>\n> More.\n\n> Two.\n\n- x\n\n  > y\n\n  > z\n"
    read = "> One.\n>\n> > Inner.\n>\n> More.\n\n> Two.\n\n- x\n\n  > y\n\n  > z\n"
    assert readable(markdown.parse(text)) == read


@pytest.mark.parametrize(
    "text",
    [
        "- - a\n  - b\n- c\n",
        "1. - [ ] x\n   - y\n2. z\n",
        "- > - q\n  >\n  > r\n",
        "-\n- b\n",
        "- One\n  ---\n- b\n",
        "> One\n> ---\n",
        "a[1]\n\nNotes\n-----\n\n[1] - b\n    - c\n",
    ],
)
def test_marks_that_begin_one_line_are_all_written(text: str) -> None:
    source = text.replace("[1]", "[^1]:").replace("[^1]:\n\nNotes\n-----", "[^1]")
    assert readable(markdown.parse(source)) == text


def test_its_lines_are_as_long_as_those_of_a_book() -> None:
    text = "word " * 200 + "\n\n- " + "item " * 100 + "\n\n> " + "\u6c49\u5b57 " * 100 + "\n\n" + "x" * 200
    lines = readable(markdown.parse(text)).splitlines()
    assert max(columns(line) for line in lines[:-1]) <= WIDTH
    assert lines[-1] == "x" * 200
    assert readable(markdown.parse("")) == ""
