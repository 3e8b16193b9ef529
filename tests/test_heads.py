"""The head of a Markdown file: title, dates, address and visibility from what its author wrote, slips reported."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folio import heads
from folio.config import Config
from folio.content import Page, Stat, Visibility
from folio.dates import Date
from folio.errors import BadContent

CONFIG = Config(content=Path("content"), title="A small site", timezone="Europe/Berlin")


def page(text: str | bytes, path: str = "essays/on-cats.md", size: int | None = None) -> Page:
    raw = text if isinstance(text, bytes) else text.encode()
    return heads.page(path, raw, Stat(1, len(raw) if size is None else size, 1, 1), CONFIG)


def reports(found: Page) -> list[str]:
    return [str(problem).removeprefix("essays/on-cats.md:") for problem in found.problems]


# Titles


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# On cats\n\nThey sleep.", "On cats"),
        ("---\ntitle: From the header\n---\n# On cats\n", "From the header"),
        ("On cats\n=====\n\nThey sleep.", "On cats"),
        ("#  *On* [cats](/c) and `code` {#id}  ##\n", "On cats and code"),
        ("# C#\n", "C#"),
        ("# 5 \\* 6\n", "5 * 6"),
        ("# snake_case and __init__\n", "snake_case and init"),
        ("Prose first.\n\n# On cats\n", "On cats"),
        ("```python\n# not me\n```\n\n# On cats\n", "On cats"),
        ("````\n```\n# not me\n````\n# On cats\n", "On cats"),
        ("```\n```python\n# not me\n```\n# On cats\n", "On cats"),
        ("``` a`b\n# On cats\n", "On cats"),
        ("~~~\n# not me\n~~~\n# On cats\n", "On cats"),
        ("    # not me\n\n# On cats\n", "On cats"),
        ("<!--\n# not me\n-->\n# On cats\n", "On cats"),
        ("<!-- a remark -->\n# On cats\n", "On cats"),
        ("<pre>\n# not me\n</pre>\n\n# On cats\n", "On cats"),
        ("#hashtag\n\nProse", "On cats"),
        ("## Second level\n\nProse", "On cats"),
        ("```\n# never closed\n", "On cats"),
        ("", "On cats"),
        ("# " + "x" * 2_000, "On cats"),
    ],
)
def test_the_title_is_the_headers_or_the_first_headings_or_the_file_names(text: str, title: str) -> None:
    assert page(text).title == title


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("essays/2009-01-if_textmate_42.md", "If textmate 42"),
        ("essays/2026-06-11.md", "2026-06-11"),
        ("index.md", "A small site"),
        ("my-photos/index.md", "My photos"),
        ("2013-the-trip/_index.md", "The trip"),
    ],
)
def test_a_file_without_a_heading_is_called_by_its_name(path: str, title: str) -> None:
    assert page("Words.", path).title == title


def test_the_title_and_the_date_leave_blank_lines_so_that_line_numbers_stay() -> None:
    found = page("---\ntags: a\n---\n# On cats\n\n*June 2026*\n\nThey sleep.\n")
    assert (found.title, found.date, found.body, found.body_line) == (
        "On cats",
        Date(2026, 6),
        "\n\n\n\nThey sleep.\n",
        3,
    )


def test_a_heading_further_down_names_the_page_and_stays_where_it_is() -> None:
    assert page("Prose first.\n\n# On cats\n").body == "Prose first.\n\n# On cats\n"


def test_a_heading_that_says_something_else_than_the_header_stays() -> None:
    assert page("---\ntitle: On cats\n---\n# Prologue\n").body == "# Prologue\n"
    assert page("---\ntitle: On cats\n---\n# On cats\nThey").body == "\nThey"


# Dates


@pytest.mark.parametrize(
    ("path", "header", "line", "date", "reported"),
    [
        ("2026-06-11-x.md", "", "", Date(2026, 6, 11), ""),
        ("2026-06-x.md", "date: 2026-06-11", "", Date(2026, 6, 11), ""),
        ("2026-06-11-x.md", "", "*June 2026*", Date(2026, 6, 11), ""),
        ("x.md", "date: 2026-06", "*11 June 2026*", Date(2026, 6, 11), ""),
        ("x.md", "", "*2013*", Date(2013), ""),
        ("2026-06-11-x.md", "date: 2025-01-01", "", Date(2026, 6, 11), "2026-06-11-x.md:2: the header says 2025-01-01"),
        ("x.md", "date: 2025-01-01", "*June 2026*", Date(2025, 1, 1), "x.md:2: the line under the title says 2026-06"),
        ("x.md", "date: 2026-13-45", "", None, "x.md:2: date '2026-13-45' is not a date (use 2026-06-01)"),
        ("x.md", "updated: soon", "", None, "x.md:2: updated 'soon' is not a date"),
        ("x.md", "", "*32 June 2026*", None, ""),
        ("2026-13-x.md", "", "", None, ""),
    ],
)
def test_the_most_precise_date_that_agrees_is_shown(
    path: str, header: str, line: str, date: Date | None, reported: str
) -> None:
    found = page(f"---\n{header}\n---\n# Title\n\n{line}\n", path)
    assert found.date == date
    assert [str(p) for p in found.problems if not str(p).startswith(reported)] == []
    assert len(found.problems) == bool(reported)


def test_a_date_that_is_impossible_stays_in_the_text() -> None:
    assert "*32 June 2026*" in page("# Title\n\n*32 June 2026*\n").body


# Who may see it


@pytest.mark.parametrize(
    ("header", "visibility"),
    [
        ("", Visibility.PUBLISHED),
        ("draft: true", Visibility.DRAFT),
        ("draft: false", Visibility.PUBLISHED),
        ("published: false", Visibility.DRAFT),
        ("publish: false", Visibility.DRAFT),
        ("published: 2013-01-01", Visibility.PUBLISHED),
        ("status: draft", Visibility.DRAFT),
        ("status: Published", Visibility.PUBLISHED),
        ("status:", Visibility.PUBLISHED),
        ("visibility: private", Visibility.DRAFT),
        ("unlisted: true", Visibility.UNLISTED),
        ("hidden: true", Visibility.UNLISTED),
        ("visibility: unlisted", Visibility.UNLISTED),
        ("visibility: unlisted\nstatus: draft", Visibility.DRAFT),
        ("unlisted: true\ndraft: true", Visibility.DRAFT),
        ("draft: true\npublished: true", Visibility.DRAFT),
    ],
)
def test_the_strictest_of_what_is_said_holds(header: str, visibility: Visibility) -> None:
    assert page(f"---\ntitle: x\n{header}\n---\n").visibility is visibility


@pytest.mark.parametrize(
    "header",
    ["draft: yes", "draft: 1", "draft:", "draft: 'true'", "published: no", "published: 'false'", "publish: maybe",
     "status: drfat", "status: false", "visibility: [draft]", "unlisted: on", "hidden: 'yes'"],
)  # fmt: skip
def test_what_is_unclear_about_visibility_is_an_error_by_line(header: str) -> None:
    with pytest.raises(BadContent) as caught:
        page(f"---\ntitle: x\n{header}\n---\n")
    assert caught.value.line == 3


@pytest.mark.parametrize("path", ["drafts/x.md", "essays/drafts/x.md", "_drafts/2013-x.md"])
def test_everything_in_a_folder_of_drafts_is_one(path: str) -> None:
    assert page("---\ndraft: false\n---\n", path).visibility is Visibility.DRAFT


# Other fields


def test_fields_are_read_under_any_of_their_names() -> None:
    header = (
        "keywords: [a, '#b', a]\ntaxonomies: {tags: [c]}\nsummary: Short\ncover: {url: a.jpg}\nlang: de\ndir: rtl\n"
        "authors: [{name: Ada}, Bob]\nredirect_from: /old\nweight: 3\nexpirydate: 2030-01-01\nmood: blue\n"
    )
    found = page(f"---\n{header}---\n")
    assert found.tags == ("a", "b", "c")
    assert (found.description, found.image, found.language, found.direction) == ("Short", "a.jpg", "de", "rtl")
    assert (found.author, found.aliases, found.weight, dict(found.extra)) == (
        "Ada, Bob",
        ("/old",),
        3,
        {"mood": "blue"},
    )
    assert found.expires is not None
    assert found.expires.isoformat() == "2030-01-01T00:00:00+01:00"
    assert found.problems == ()


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("weight: heavy", "weight is 'heavy'; write a whole number"),
        ("weight: 012", "weight is '012'; write a whole number"),
        ("weight: 1.5", "weight is '1.5'"),
        ("weight: [1]", "weight is [1]"),
        ("weight: true", "weight is True"),
        ("weight: 99999999999", "weight is 99999999999"),
        ("dir: up", "direction is 'up'; write ltr or rtl"),
        ("noindex: yes", "noindex is 'yes'; write true or false"),
        ("description: [a]", "description is a list, not text"),
        ("url: https://elsewhere.example/x", "is left out (write a path such as /about)"),
        ("expires: never", "expires 'never' is not a date"),
    ],
)
def test_a_bad_field_is_dropped_and_the_page_stays(header: str, why: str) -> None:
    found = page(f"---\ntitle: x\n{header}\n---\nWords")
    (report,) = reports(found)
    assert report.startswith("3: ")
    assert why in report
    assert (found.url, found.weight, found.direction, found.noindex) == ("/essays/on-cats", None, "", False)


def test_an_infinite_weight_is_a_slip_and_no_crash() -> None:
    assert reports(page("+++\nweight = inf\n+++\n")) == ["2: weight is inf; write a whole number"]


@pytest.mark.parametrize(
    ("header", "url"),
    [
        ("", "/essays/on-cats"),
        ("slug: Of cats", "/essays/Of-cats"),
        ("slug: ../../etc/passwd", "/essays/passwd"),
        ("slug: ..", "/essays/untitled"),
        ("permalink: /about/me.html", "/about/me"),
        ("url: //evil.example/x", "/evil.example/x"),
        ("url: /a/../../b", "/a/untitled/untitled/b"),
        ('url: "/a\\r\\nb"', "/a-b"),
        ("permalink: /", "/"),
    ],
)
def test_an_address_can_be_chosen_but_not_another_host(header: str, url: str) -> None:
    assert page(f"---\n{header}\n---\n").url == url


def test_a_page_at_the_root_address_is_its_index() -> None:
    assert page("---\npermalink: /\n---\n", "home.md").is_index


@pytest.mark.parametrize(
    ("path", "section", "is_index"),
    [("index.md", "", True), ("about.md", "", False), ("a/index.md", "a", True), ("a/b/c.md", "a", False)],
)
def test_the_section_is_the_first_folder(path: str, section: str, is_index: bool) -> None:
    found = page("", path)
    assert (found.section, found.is_index) == (section, is_index)


# Bytes


@pytest.mark.parametrize(
    ("raw", "body", "report"),
    [
        (b"\xef\xbb\xbf---\r\ntitle: x\r\n---\r\nWords\r\n", "Words\n", ""),
        (b"---\rtitle: x\r---\rWords", "Words", ""),
        (b"Wor\0ds\n\0", "Words\n", "1: there is a NUL character here"),
        ("Stra\u00dfe\n".encode("latin-1"), "Stra\u00dfe\n", "1: this is not UTF-8"),
        (b"one\ntwo \xff\n", "one\ntwo \u00ff\n", "2: this is not UTF-8"),
        ("Words\n".encode("utf-16"), "Words\n", "1: this is UTF-16"),
        (b"", "", ""),
    ],
)
def test_bytes_of_any_kind_are_read_and_reported(raw: bytes, body: str, report: str) -> None:
    found = page(raw)
    assert found.body == body
    assert [said.startswith(report) for said in reports(found)] == ([True] if report else [])


def test_a_draft_in_utf_16_is_a_draft() -> None:
    assert page("---\ndraft: true\n---\nHush".encode("utf-16")).visibility is Visibility.DRAFT


def test_of_a_file_that_is_too_large_the_beginning_is_shown() -> None:
    raw = ("# On cats\n" + "ä words\n" * 8_000).encode()[:65_535]  # cut within a character, as tree.py reads it
    found = page(raw, size=CONFIG.limits.file_mb * 2**20 + 1)
    assert found.title == "On cats"
    assert found.body.count("ä words") == heads.BEGINNING_LINES - 1
    assert reports(found) == ["1: larger than 5 MB; only its beginning is shown"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Three plain words.", 3),
        ("A [link](https://example.org/a/b) and ![alt](a.jpg)", 4),
        ("<b>bold</b> — * - 1,000 don't", 3),
        ("```\ncode here\n```", 2),
        ("日本語 です", 2),
        ("", 0),
    ],
)
def test_words_are_what_is_read(body: str, words: int) -> None:
    assert heads.count_words(body) == words


def test_reading_takes_at_least_a_minute() -> None:
    assert page("word").minutes == 1
    assert page("word " * 2250).minutes == 10


@pytest.mark.parametrize(
    "text",
    [
        "# " + " " * 100_000 + "x",
        "# " + "#" * 100_000 + " x",
        "# " + "[" * 100_000,
        "[" * 100_000 + "\n===",
        "<" * 100_000,
        "](" * 50_000,
        "`" * 100_000,
        "```\n" * 25_000,
        "<!--\n" * 20_000,
        "*" * 100_000,
        "# x\n\n*" + " " * 100_000,
        "\n" * 100_000,
        "---\n" * 25_000,
    ],
    ids=["spaces", "hashes", "brackets", "setext", "tags", "links", "ticks", "fences", "comments", "stars", "date",
         "blanks", "rules"],
)  # fmt: skip
def test_a_pathological_text_is_read_soon(text: str) -> None:
    started = time.process_time()
    page(text)
    assert time.process_time() - started < 2  # quadratic takes minutes


@given(st.binary() | st.text().map(str.encode) | st.text("#-=+`~*_<>![](){}:\n abc2013", max_size=200).map(str.encode))
def test_any_file_is_a_page_or_an_error_of_ours(raw: bytes) -> None:
    try:
        found = page(raw)
    except BadContent as error:
        assert error.path == "essays/on-cats.md"
        return
    assert found.title
    assert found.url.startswith("/essays/")
    text = raw.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    if not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        assert found.body_line + found.body.count("\n") <= text.count("\n") + 1


VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(set(heads.frontmatter.SYNONYMS))), VALUES, max_size=6))
def test_any_value_under_any_key_is_read_or_reported(table: dict[str, Any]) -> None:
    try:
        found = page(json.dumps(table) + "\nWords")
    except BadContent:
        return
    assert found.url.startswith("/")
    assert not found.url.startswith("//")
