"""The head of a Markdown file: title, dates, address and visibility from what its author wrote, slips reported."""

from __future__ import annotations

import json
import math
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from folio import heads
from folio.bodies import NOTHING, Body
from folio.config import Config
from folio.content import Page, Stat, Visibility
from folio.dates import Date
from folio.errors import BadContent

CONFIG = Config(
    content=Path("content"), title="A small site", timezone="Europe/Berlin", base_url="https://example.org/home"
)


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
        ("# On [[Cats|cats]], ==big== ones %%or not%% {.wide}\n", "On cats, big ones"),
        ("# On [cats](/c_(animal)), `<b>` and \\<i\\>\n", "On cats, <b> and <i>"),
        ("# Use `[^a]` and `*args`[^1]\n", "Use [^a] and *args"),
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
        ("essays/2024-05-01-on-cats/index.md", "On cats"),
        ("essays/2024-05-01/index.md", "2024-05-01"),
        ("2024/index.md", "2024"),
    ],
)
def test_a_file_without_a_heading_is_called_by_its_name(path: str, title: str) -> None:
    assert page("Words.", path).title == title


def test_the_title_and_the_date_leave_blank_lines_so_that_line_numbers_stay() -> None:
    found = page("---\ntags: a\n---\n# On cats\n\n*June 2026*\n\nThey sleep.\n")
    assert (found.title, found.date, found.body.text, found.body_line) == (
        "On cats",
        Date(2026, 6),
        "\n\n\n\nThey sleep.\n",
        3,
    )


@pytest.mark.parametrize(
    ("text", "tags", "left"),
    [
        ("# On cats\n#house/red #sleep\n\nThey sleep.\n", ("house/red", "sleep"), "\n\n\nThey sleep.\n"),
        ("# On cats\n\n#sleep\n", ("sleep",), ""),
        ("They sleep.\n\n#katzen #Katzen #über-uns\n", ("katzen", "über-uns"), "They sleep.\n\n\n"),
        ("---\ntags: [Sleep]\n---\n#sleep #cats\n\nThey.\n\n#dogs", ("Sleep", "cats", "dogs"), "\n\nThey.\n\n"),
        ("They #sleep.\n", (), "They #sleep.\n"),
        ("#1 #2\n\n# heading", (), "#1 #2\n\n# heading"),
        ("#sleep, mostly\n", (), "#sleep, mostly\n"),
        ("They.\n\n#sleep\n\nThey.", (), "They.\n\n#sleep\n\nThey."),
        ("They.\n\n    #sleep\n", (), "They.\n\n    #sleep\n"),
    ],
)
def test_a_line_of_tags_at_either_end_of_a_text_is_read(text: str, tags: tuple[str, ...], left: str) -> None:
    found = page(text)
    assert (found.tags, found.body.text) == (tags, left)


def test_notes_in_the_title_stay_in_the_text_and_attributes_below_it_go() -> None:
    assert page("# On cats[^1] ^[Or *dogs*.]\n{: .no_toc }\n\nThey").body.text == "[^1] ^[Or *dogs*.]\n\n\nThey"
    assert page("On `[^a]`[^1]\n===\n{: #on }\nThey").body.text == "[^1]\n\n\nThey"


def test_a_heading_further_down_names_the_page_and_stays_where_it_is() -> None:
    assert page("Prose first.\n\n# On cats\n").body.text == "Prose first.\n\n# On cats\n"


def test_a_heading_that_says_something_else_than_the_header_stays() -> None:
    assert page("---\ntitle: On cats\n---\n# Prologue\n").body.text == "# Prologue\n"
    assert page("---\ntitle: On cats\n---\n# On cats\nThey").body.text == "\nThey"


@given(st.text(st.characters()))
def test_a_body_comes_out_of_its_packing_as_it_went_in(text: str) -> None:
    assert Body.of(text).text == ("" if text.isspace() else text)


def test_a_body_is_kept_in_half_of_its_bytes_at_most_and_an_empty_one_in_none() -> None:
    text = "They sleep, and then they sleep again. " * 20
    assert len(page(text).body.packed) < len(text) // 2
    assert page("# On cats\n").body is NOTHING


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


@pytest.mark.parametrize(
    ("path", "date"),
    [
        ("essays/2024-05-01-on-cats/index.md", Date(2024, 5, 1)),
        ("essays/2024-05-01/index.md", Date(2024, 5, 1)),
        ("essays/2024-05-on-cats/index.md", Date(2024, 5)),
        ("essays/2024-05/index.md", None),
        ("essays/2024/index.md", None),
        ("essays/2024-05-01-on-cats/_index.md", None),
        ("essays/2024-05-01-on-cats/on-dogs.md", None),
        ("index.md", None),
        ("_posts/2024-05-01-on-cats.md", Date(2024, 5, 1)),
    ],
)
def test_a_page_in_a_folder_of_its_own_has_the_folders_date(path: str, date: Date | None) -> None:
    assert page("Words.", path).date == date


@pytest.mark.parametrize(
    ("path", "title", "date"),
    [
        ("2026-06-11 Walk to the mill.md", "Walk to the mill", Date(2026, 6, 11)),
        ("202606111530 On flour.md", "On flour", Date(2026, 6, 11)),
        ("journals/2026_06_11.md", "2026-06-11", Date(2026, 6, 11)),
    ],
)
def test_a_date_before_a_name_with_spaces_is_read(path: str, title: str, date: Date) -> None:
    found = page("Words.", path)
    assert (found.title, found.date) == (title, date)


@pytest.mark.parametrize("written", ["[[2026-06-11]]", '"[[2026-06-11]]"', '"[[June 11th, 2026|that day]]"'])
def test_a_date_may_be_a_link_to_the_note_of_the_day(written: str) -> None:
    found = page(f"---\ndate: {written}\n---\n")
    assert (found.date, found.problems) == (Date(2026, 6, 11), ())


def test_what_publish_date_says_holds_beside_the_date() -> None:
    found = page("---\npublishDate: 2030-01-01\ndate: 2013-01-27\n---\n")
    assert (found.date, found.opens and found.opens.isoformat()) == (Date(2013, 1, 27), "2030-01-01T00:00:00+01:00")
    alone = page("---\npubDate: 2030-01-01\n---\n", "2013-01-27-x.md")
    assert (alone.date, alone.opens) == (Date(2013, 1, 27), found.opens)
    assert page("---\ndate: 2030-01-01\n---\n").opens is None


def test_a_publish_date_that_is_none_is_reported_once() -> None:
    assert reports(page("---\ntitle: x\npublishDate: soon\n---\n")) == ["3: date 'soon' is not a date (use 2026-06-01)"]
    assert reports(page("---\ndate: 2013\npubDate: soon\n---\n")) == [
        "3: publishDate 'soon' is not a date (use 2026-06-01)"
    ]


def test_a_page_that_names_no_change_has_the_one_that_is_given() -> None:
    def updated(text: str, moment: str) -> str | None:
        raw = text.encode()
        found = heads.page("a.md", raw, Stat(1, len(raw), 1, 1), CONFIG, updated=moment).updated
        return found.iso if found else None

    assert updated("# A", "2026-06-01T10:00:00+02:00") == "2026-06-01T10:00:00+02:00"
    assert updated("---\nlastmod: 2013\n---\n", "2026-06-01T10:00:00+02:00") == "2013"
    assert updated("---\ndate: 2027-01-01\n---\n", "2026-06-01T10:00:00+02:00") is None
    assert updated("# A", "nonsense") is None
    assert updated("# A", "") is None


def test_a_date_that_is_impossible_stays_in_the_text() -> None:
    assert "*32 June 2026*" in page("# Title\n\n*32 June 2026*\n").body.text


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
        ("status: hidden", Visibility.UNLISTED),
        ("status: skip", Visibility.DRAFT),
        ("status: private", Visibility.DRAFT),
        ("status: auto-draft", Visibility.DRAFT),
        ("status: Featured", Visibility.PUBLISHED),
        ("visibility: members", Visibility.DRAFT),
        ("headless: true", Visibility.UNLISTED),
        ("build: {list: never}", Visibility.UNLISTED),
        ("_build: {list: false}", Visibility.UNLISTED),
        ("build: {render: never, list: always}", Visibility.DRAFT),
        ("build: {publishResources: false}", Visibility.PUBLISHED),
        ("build: 42", Visibility.PUBLISHED),
        ("permalink: false", Visibility.DRAFT),
    ],
)
def test_the_strictest_of_what_is_said_holds(header: str, visibility: Visibility) -> None:
    assert page(f"---\ntitle: x\n{header}\n---\n").visibility is visibility


@pytest.mark.parametrize(
    "header",
    ["headless: yes", "build: {list: nevr}", "build: {render: no}",
     "draft: yes", "draft: 1", "draft:", "draft: 'true'", "published: no", "published: 'false'", "publish: maybe",
     "status: drfat", "status: false", "visibility: [draft]", "unlisted: on", "hidden: 'yes'"],
)  # fmt: skip
def test_what_is_unclear_about_visibility_is_an_error_by_line(header: str) -> None:
    with pytest.raises(BadContent) as caught:
        page(f"---\ntitle: x\n{header}\n---\n")
    assert caught.value.line == 3


@pytest.mark.parametrize(
    ("text", "visibility"),
    [
        ("Title: x\nStatus: draft\n\n", Visibility.DRAFT),
        ("Title: x\nStatus: hidden\n\n", Visibility.UNLISTED),
        ("Title: x\nDraft: yes\n\n", Visibility.DRAFT),
        ("Title: x\nPublished: no\n\n", Visibility.DRAFT),
        ("Title: x\nUnlisted: no\n\n", Visibility.PUBLISHED),
        (".. title: x\n.. status: private\n\n", Visibility.UNLISTED),
        (".. title: x\n.. tags: draft\n\n", Visibility.DRAFT),
        ("<!--\n.. title: x\n.. tags: private\n.. status: draft\n-->\n", Visibility.DRAFT),
        ("+++\ndraft = true\n+++\n", Visibility.DRAFT),
        ('{"draft": true}\n', Visibility.DRAFT),
    ],
)
def test_every_notation_can_hide_a_page(text: str, visibility: Visibility) -> None:
    assert page(text).visibility is visibility


@pytest.mark.parametrize("text", ["Title: x\nDraft: maybe\n\n", "Status: draft\nStatus: published\n\n"])
def test_what_is_unclear_in_a_header_without_fences_is_an_error(text: str) -> None:
    with pytest.raises(BadContent):
        page(text)


@pytest.mark.parametrize("path", ["drafts/x.md", "essays/drafts/x.md", "_drafts/2013-x.md"])
def test_everything_in_a_folder_of_drafts_is_one(path: str) -> None:
    assert page("---\ndraft: false\n---\n", path).visibility is Visibility.DRAFT


# Other fields


def test_a_tag_in_two_spellings_is_one() -> None:
    assert page("---\ntags: [Ice cream, b, '#']\ncategories: [ice-cream, B, c]\n---\n").tags == ("Ice cream", "b", "c")


def test_names_that_an_export_has_escaped_are_read_as_they_were() -> None:
    header = "tags: ['Life &amp; times', 'AT&T', 'Life & times']\ncategory: Q &amp; A, B\nseries: 'A&#8217;s'\n"
    found = page(f"---\n{header}author: 'Jos&eacute;'\n---\n")
    assert (found.tags, found.author, found.series) == (("Life & times", "AT&T", "Q & A", "B"), "José", "A\u2019s")


def test_tags_without_letters_are_told_apart() -> None:
    assert page("---\ntags: [\U0001f389, \U0001f408, '!?', Untitled]\n---\n").tags == (
        "\U0001f389", "\U0001f408", "!?", "Untitled"
    )  # fmt: skip


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
    ("header", "math"),
    [("", True), ("math: false", False), ("math: true", True), ("mathjax: false", False), ("math: katex", True)],
)
def test_formulas_are_read_unless_they_are_forbidden(header: str, math: bool) -> None:
    found = page(f"---\ntitle: x\n{header}\n---\n")
    assert (found.math, found.problems) == (math, ())


def test_formulas_can_be_forbidden_in_toml() -> None:
    assert not page("+++\nmath = false\n+++\n").math


@pytest.mark.parametrize(
    ("header", "image"),
    [
        ('image: "[[photo.jpg]]"', "photo.jpg"),
        ('cover: "![[a b.jpg|A cat]]"', "a b.jpg"),
        ("image: [[photo.jpg]]", "photo.jpg"),
        ("images: [a.jpg, b.jpg]", "a.jpg"),
        ("image: [{src: a.jpg}]", "a.jpg"),
        ("image: []", ""),
        ("image: a.jpg", "a.jpg"),
        ("previewimage: /a.jpg", "/a.jpg"),
    ],
)
def test_a_cover_is_named_as_obsidian_hugo_and_nikola_name_it(header: str, image: str) -> None:
    found = page(f"---\n{header}\n---\n")
    assert (found.image, found.problems) == (image, ())


def test_properties_below_a_title_of_notion_are_read() -> None:
    number = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    text = (
        "# Pruning\n\nCreated time: March 3, 2024 9:15 AM\nTags: fruit, winter\nStatus: Done\nMood: {}\n\nThe tree.\n"
    )
    found = page(text, f"Garden/Pruning {number}.md")
    assert (found.title, found.tags, found.extra) == ("Pruning", ("fruit", "winter"), {"Mood": "{}"})
    assert (found.date and found.date.iso, found.problems) == ("2024-03-03T09:15:00+01:00", ())
    assert (found.body.text, found.body_line) == ("\nThe tree.\n", 6)
    assert page(text.replace("Done", "Draft"), f"a {number}.md").visibility is Visibility.DRAFT
    assert page(text, "pruning.md").body.text.startswith("\n\nCreated time: March")
    assert page("# Pruning\n\nDate: soon\n\nThe tree.\n", f"a {number}.md").problems[0].line == 3
    assert page("# Pruning\n\nWords.\nDate: 2024\n", f"a {number}.md").date is None
    assert page("Words.", f"Pruning {number}.md").title == "Pruning"


def test_tags_of_jekyll_are_parted_by_spaces() -> None:
    text = "---\ntags: one two\n---\n"
    assert page(text, "_posts/2026-06-11-a.md").tags == ("one", "two")
    assert page(text.replace("one two", "one two, three"), "_posts/2026-06-11-a.md").tags == ("one two", "three")
    assert page(text).tags == ("one two",)


def test_tags_and_names_of_logseq_are_read() -> None:
    found = page("title:: Tea\ntags:: [[kitchen]], [[hot drinks]]\npublic:: true\ndate:: [[Mar 2nd, 2024]]\n- Tea.\n")
    assert (found.title, found.tags, found.date) == ("Tea", ("kitchen", "hot drinks"), Date(2024, 3, 2))
    assert (found.visibility, found.body.text, found.problems) == (Visibility.PUBLISHED, "- Tea.\n", ())
    assert page("public:: false\n- Tea.\n").visibility is Visibility.DRAFT


def test_names_lose_the_brackets_of_wikilinks() -> None:
    found = page('---\nauthor: ["[[Ada]]", "[[people/Bob|Bob]]"]\nseries: ["[[Cats]]"]\n---\n')
    assert (found.author, found.series) == ("Ada, people/Bob", "Cats")


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
        ("url: https://example.org/homely", "is left out (write a path such as /about)"),
        ("url: https://example.org/home/?p=3", "is left out (write a path such as /about)"),
        ("url: /x?y=1", "is left out (write a path such as /about)"),
        ("permalink: pretty", "is left out (write a path such as /about)"),
        ("url: 'javascript:alert(1)'", "is left out (write a path such as /about)"),
        ("url: 'http://[x'", "is left out"),
        ("permalink: /:yaer/:slug", ":yaer is not a part of an address (known: :year, "),
        ("permalink: /:year/:slug", "the page has no year for '/:year/:slug'"),
        ("math: no", "math is 'no'; write true or false"),
        ("image: {a: 1}", "image is a dict, not text"),
        ("expires: never", "expires 'never' is not a date"),
        ('permalink: "/{{ x | y }}/"', "is left out ({{ x | y }} is not a part of an address (write :year, :slug or"),
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
        ("url: //evil.example/x", "/essays/on-cats"),
        ("url: /a/../../b", "/essays/on-cats"),
        ('url: "/a\\r\\nb"', "/a-b"),
        ("permalink: /", "/"),
        ("url: https://example.org/home/x/", "/x"),
        ("url: https://example.org/home", "/"),
        ("url: about/me/index.html", "/about/me"),
        ("url: /caf%C3%A9", "/café"),
        ("save_as: pages/about.html", "/pages/about"),
        ("save_as: a.html\nurl: b/", "/b"),
        ("date: 2013-01-27\npermalink: /:year/:i_month/:slug.html", "/2013/1/on-cats"),
        ("date: 2013-01-27\nslug: of-cats\npermalink: /:year/:slug", "/2013/of-cats"),
        ('permalink: "/blog/{{ page.fileSlug }}/"', "/blog/on-cats"),
        ('title: Of Cats\npermalink: "/{{ title | slugify }}/index.html"', "/of-cats"),
        ('permalink: "/{{ page.date | year }}/"', "/essays/on-cats"),
        ('permalink: "/{% if draft %}x{% endif %}/"', "/essays/on-cats"),
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
        ("“Straße” – €5\n".encode("cp1252"), "“Straße” – €5\n", "1: this is not UTF-8"),
        (b"one\ntwo \xff\n", "one\ntwo \u00ff\n", "2: this is not UTF-8"),
        ("Words\n".encode("utf-16"), "Words\n", "1: this is UTF-16"),
        (b"", "", ""),
    ],
)
def test_bytes_of_any_kind_are_read_and_reported(raw: bytes, body: str, report: str) -> None:
    found = page(raw)
    assert found.body.text == body
    assert [said.startswith(report) for said in reports(found)] == ([True] if report else [])


def test_a_draft_in_utf_16_is_a_draft() -> None:
    assert page("---\ndraft: true\n---\nHush".encode("utf-16")).visibility is Visibility.DRAFT


def test_of_a_file_that_is_too_large_the_beginning_is_shown() -> None:
    raw = ("# On cats\n" + "ä words\n" * 8_000).encode()[:65_535]  # cut within a character, as tree.py reads it
    found = page(raw, size=CONFIG.limits.file_mb * 2**20 + 1)
    assert found.title == "On cats"
    assert found.body.text.count("ä words") == heads.BEGINNING_LINES - 1
    assert reports(found) == ["1: larger than 5 MB; only its beginning is shown"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Three plain words.", 3),
        ("A [link](https://example.org/a/b) and ![alt](a.jpg)", 4),
        ("<b>bold</b> — * - 1,000 don't", 3),
        ("```\ncode here\n```", 2),
        ("日本語 です", 3),
        ("私は猫が好きです。とても。한국어 글", 8),
        ("", 0),
        ("One %%not this one%% two 50%% three", 4),
        ("One\n\n%%\nnot this\n\nnor this\n%%\n\ntwo", 2),
        ("One %%unclosed\n\ntwo%% three", 4),
        ('One {{< figure src="a.jpg" title="A cat" >}} two {{% note %}}three{{% /note %}} {% raw %}four{{ x }}', 4),
        ("One[^1] two.[^two]\n\n[^1]: Three four.\n[^two]: Five.", 5),
    ],
)
def test_words_are_what_is_read(body: str, words: int) -> None:
    assert heads.count_words(body) == words


@given(st.text(st.characters(exclude_characters="<[%{")) | st.text("aZ09é漢_-—’\u00a0\x1c\u2028 \n\t.", max_size=200))
def test_a_word_is_what_has_a_letter_or_a_digit_in_any_script(body: str) -> None:
    parted = re.sub("[\u3040-\u30ff\u3400-\u9fff]{1,2}", " x ", body)
    assert heads.count_words(body) == sum(any(map(str.isalnum, word)) for word in parted.split())


@pytest.mark.parametrize(
    "piece",
    ["%%", "%% ", "%%a\n", "a %%b\n\n", "%%\n", "%%\n\n", "{{", "{{ ", "{%", "{% {%", "[^", "[^a", "\n", "\n "],
)
def test_words_of_hostile_texts_are_counted_in_a_moment(piece: str) -> None:
    started = time.process_time()
    for start in ("", "%%\n", "%%a"):
        heads.count_words(start + piece * (100_000 // len(piece)))
    assert time.process_time() - started < 2  # quadratic takes minutes


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
        assert found.body_line + found.body.text.count("\n") <= text.count("\n") + 1


VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


KNOWN = st.dictionaries(st.sampled_from(sorted({*heads.frontmatter.SYNONYMS, "_target", "path"})), VALUES, max_size=6)


@given(KNOWN, st.none() | KNOWN | st.lists(KNOWN, max_size=2), st.sampled_from(["essays/on-cats.md", "a/index.md"]))
@example({"draft": math.nan}, None, "essays/on-cats.md")  # which is not equal to itself
def test_any_value_under_any_key_is_read_or_reported(table: dict[str, Any], cascade: Any, path: str) -> None:
    try:
        found = page(json.dumps({**table, "cascade": cascade}) + "\nWords", path)
    except BadContent as error:
        assert error.path == path
        return
    assert all(problem.path == path for problem in found.problems)
    assert found.url.startswith("/")
    assert not found.url.startswith("//")


# What other engines write


@pytest.mark.parametrize("url", ["/../up", "/a/../../b", "//evil.example/p", "/a//b", "/%2e%2e/up"])
def test_an_address_out_of_the_site_is_told_and_left_out(url: str) -> None:
    found = page(f"---\nurl: {url}\n---\n")
    told = f"2: url {url!r} is left out (write a path such as /about, without .. or //)"
    assert (found.url, reports(found)) == ("/essays/on-cats", [told])


@pytest.mark.parametrize(
    ("text", "image", "alt"),
    [
        ('+++\n[cover]\nimage = "a.jpg"\nalt = "A cat"\ncaption = "Asleep"\n+++\n', "a.jpg", "A cat"),
        ("---\nimage:\n  path: /a.jpg\n  alt: A cat\n---\n", "/a.jpg", "A cat"),
        ("---\nalt: Mine\nimage: {relative_url: /a.jpg, alt: A cat}\n---\n", "/a.jpg", "Mine"),
        ("---\nimages: [{src: a.jpg, alt: A cat}]\n---\n", "a.jpg", "A cat"),
        ("---\ncover: {image: '', hidden: true}\n---\n", "", ""),
        ("---\ncover: {hidden: true}\n---\n", "", ""),
        ("---\nfeature_image: __GHOST_URL__/content/images/a.jpg\n---\n", "/content/images/a.jpg", ""),
    ],
)
def test_a_cover_may_be_a_table(text: str, image: str, alt: str) -> None:
    found = page(text)
    assert (found.image, found.alt, reports(found)) == (image, alt, [])


def test_the_keys_of_ghost_are_read() -> None:
    text = "---\ndate_published: 2020-01-02\ndate_updated: 2021-01-02\ncustom_excerpt: Short.\n---\n"
    found = page(text)
    assert (found.date, found.updated, found.description) == (Date(2020, 1, 2), Date(2021, 1, 2), "Short.")
    assert page("---\nmeta_description: Short.\n---\n").description == "Short."


@pytest.mark.parametrize(
    "header",
    [
        "pubDate: 'Jun 11 2026'\nupdatedDate: 'Jun 12 2026'\nheroImage: ./a.jpg",  # the blog that Astro begins with
        "pubDatetime: 2026-06-11\nmodDatetime: 2026-06-12\nogImage: ./a.jpg",
        "date: 2026-06-11\nlastUpdated: 2026-06-12\ncoverImage: ./a.jpg",  # exports of WordPress
        "date_created: 2026-06-11\ndate_modified: 2026-06-12\nfeaturedImage: ./a.jpg",
        "date created: Thursday, June 11th 2026\ndate modified: 2026-06-12\nbanner: ./a.jpg",  # Obsidian's linter
    ],
)
def test_keys_written_in_one_word_are_read(header: str) -> None:
    found = page(f"---\n{header}\n---\n")
    assert (found.date, found.updated, found.image) == (Date(2026, 6, 11), Date(2026, 6, 12), "./a.jpg")
    assert reports(found) == []


def test_what_eleventy_keeps_out_of_its_collections_is_unlisted() -> None:
    assert page("---\neleventyExcludeFromCollections: true\n---\n").visibility is Visibility.UNLISTED
    assert page("---\neleventyExcludeFromCollections: false\n---\n").visibility is Visibility.PUBLISHED


def test_what_is_scheduled_for_no_moment_is_hidden() -> None:
    with pytest.raises(BadContent, match="status 'scheduled' needs a date") as caught:
        page("---\ntitle: A\nstatus: scheduled\n---\n")
    assert caught.value.line == 3
    assert page("---\nstatus: scheduled\ndate: 2030-01-01\n---\n").date == Date(2030, 1, 1)
    assert page("---\nstatus: scheduled\n---\n", "2030-01-01-a.md").date == Date(2030, 1, 1)


def test_character_references_are_read_once() -> None:
    text = "---\ntitle: Hello &amp; it&#8217;s\nlinktitle: A &amp;lt; b\nexcerpt: R&D &copy &amp; &eacute;\n---\n"
    found = page(text)
    assert (found.title, found.link_title, found.description) == ("Hello & it’s", "A &lt; b", "R&D &copy & é")
    assert page("# Cats &amp; dogs\n").title == "Cats & dogs"


def test_a_description_is_plain_text() -> None:
    assert page("---\nsummary: A *x* of [y](/y)\n---\n").description == "A x of y"
    assert page("---\nsummary: 2 * 3 * 4 < 30 and 31 > 30\n---\n").description == "2 * 3 * 4 < 30 and 31 > 30"


@pytest.mark.parametrize(
    ("written", "language", "told"),
    [
        ("pt_BR", "pt-BR", []),
        ("zh-Hant-TW", "zh-Hant-TW", []),
        ("'en\" onload=x'", "", ["2: language 'en\" onload=x' is left out (write en, or pt-BR)"]),
    ],
)
def test_a_language_is_a_tag(written: str, language: str, told: list[str]) -> None:
    found = page(f"---\nlang: {written}\n---\n")
    assert (found.language, reports(found)) == (language, told)


def test_a_cover_that_a_browser_would_run_is_left_out() -> None:
    found = page("---\nimage: javascript:alert(1)\n---\n")
    told = ["2: image 'javascript:alert(1)' is left out (write https://…, or a path such as cats.jpg)"]
    assert (found.image, reports(found)) == ("", told)


def test_a_long_slip_is_cut() -> None:
    told = reports(page(f"---\nweight: '{'9' * 5_000}'\n---\n"))
    assert told == [f"2: weight is '{'9' * 59}…; write a whole number"]


def test_what_zola_does_not_render_is_a_draft() -> None:
    assert page("+++\nrender = false\n+++\n").visibility is Visibility.DRAFT
    assert page("+++\nrender = true\n+++\n").visibility is Visibility.PUBLISHED
