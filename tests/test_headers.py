"""Headers without fences, as older engines have them: read where they are meant, and prose is never taken for one."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folio import frontmatter
from folio.errors import BadContent
from folio.frontmatter import FrontMatter


def read(text: str) -> FrontMatter:
    return frontmatter.read(text, "a.md")


def refused(text: str) -> BadContent:
    with pytest.raises(BadContent) as caught:
        read(text)
    return caught.value


PLAIN = "Title: On cats\nDate: 2013-01-27 10:20\nTags: cats, sleep\nStatus: draft\nMood: drowsy"
DOTTED = ".. title: On cats\n.. date: 2013-01-27 10:20\n.. tags: cats, sleep\n.. status: draft\n.. mood: drowsy"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        (f"{PLAIN}\n\nBody", 5),
        (f"{PLAIN}\n \t\nBody", 5),
        (f"\n\n{PLAIN}\n\nBody", 7),
        (PLAIN, 5),
        (f"{DOTTED}\n\nBody", 5),
        (DOTTED, 5),
        (f"<!--\n{DOTTED}\n-->\n\nBody", 7),
        (f"<!-- {DOTTED} -->\nBody", 5),
        (f"\n<!--\n\n{DOTTED}\n\n-->\nBody", 10),
    ],
)
def test_a_header_without_fences_is_read(text: str, length: int) -> None:
    found = read(text)
    assert found.values == {
        "title": "On cats", "date": "2013-01-27 10:20", "tags": ["cats", "sleep"], "status": "draft",
    }  # fmt: skip
    assert {key.casefold(): value for key, value in found.extra.items()} == {"mood": "drowsy"}
    assert found.length == length
    rest = text.split("\n")[found.length :]
    assert [line.strip() for line in rest if line.strip()] == (["Body"] if "Body" in text else [])
    first = next(n for n, line in enumerate(text.split("\n"), 1) if "itle" in line)
    assert (found.lines["title"], found.lines["tags"]) == (first, first + 2)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---toml\ntitle = 'On cats'\n---\nBody", 2),
        ('---json\n{\n  "title": "On cats"\n}\n---\nBody', 3),
        ("---yaml\ntitle: On cats\n---\nBody", 2),
    ],
)
def test_a_fence_may_name_its_notation(text: str, line: int) -> None:
    found = read(text)
    assert (found.values, found.lines) == ({"title": "On cats"}, {"title": line})
    assert text.split("\n")[found.length :] == ["Body"]


def test_a_header_that_is_a_program_is_refused() -> None:
    assert str(refused('---js\n{ title: "On cats", draft: true }\n---\nBody')) == (
        "a.md:1: a header in JavaScript is not read (write --- alone, and YAML below it)"
    )
    assert read("---js\n\nProse without an end").length == 0


def test_properties_of_a_page_are_its_header() -> None:
    text = "alias:: Chai, Cha\ntags:: [[kitchen]]\npublic:: false\ncolour:: brown\n- Tea is a drink.\n  id:: 65e2\n"
    found = read(text)
    assert found.values == {"aliases": "Chai, Cha", "tags": ["[[kitchen]]"], "publish": False}
    assert (found.extra, found.lines["publish"]) == ({"colour": "brown"}, 3)
    assert text.split("\n")[found.length :] == ["- Tea is a drink.", "  id:: 65e2", ""]
    assert read("born:: 1950\n\nProse").length == 0
    assert read("std::vector holds them\n").length == 0


def test_indented_lines_go_on_and_a_key_written_twice_is_a_list() -> None:
    found = read("Title: On cats,\n    and dogs\nTags: a, b\ntags: c\nAuthors: Ada,\n\tBob\nSee: one\nSee: two\n\nBody")
    assert found.values == {"title": "On cats,\nand dogs", "tags": ["a", "b", "c"], "author": "Ada,\nBob"}
    assert found.extra == {"See": ["one", "two"]}


def test_tags_may_be_marked_as_such() -> None:
    assert read("Tags: #one #two\n\n# Title").values["tags"] == ["#one", "#two"]
    assert read("Tags: #one, two three\n\n# Title").values["tags"] == ["#one", "two three"]


def test_names_with_commas_are_parted_by_semicolons() -> None:
    found = read("Title: x\nTags: one; two, three\nAuthors: Lovelace, Ada; Babbage, Charles\n\n")
    assert found.values["tags"] == ["one", "two, three"]
    assert frontmatter.as_list(found.values["author"]) == ["Lovelace, Ada", "Babbage, Charles"]


@pytest.mark.parametrize(
    "text",
    [
        "Title: x\n\nBody",
        "Slug: x\nAnything: y\n\nBody",
        "Date: 2013\nAuthor: Ada\n\nBody",
        "Author: Ada\nMood: blue\nSummary: y\n\nBody",
        "Status: draft\n\nBody",
        "Draft: yes\n\n# Title",
        "Published: no\n\nBody",
        "Save_as: about.html\n\n",
        "tags: a\nRead at: night\n\nBody",
        "Title:\nDate: 2013\n\nBody",
    ],
)
def test_a_known_key_and_another_or_one_that_only_headers_have_begin_a_header(text: str) -> None:
    assert read(text).length > 0


@pytest.mark.parametrize(
    "text",
    [
        "Note: this is the beginning of a thought.\n\nBody",
        "Note: this is it.\nTitle: and this\n\nBody",
        "Summary: in this essay I sleep.\n\nBody",
        "Date: 12 June 2026\n\nDear Ada,",
        "Date: Sunday\nPlace: Berlin\n\nDear Ada,",
        "Location: Berlin\nType: museum\nOrder: none\n\nA visit",
        "Author: Why do cats sleep?\nReader: Because they can.\n\nBody",
        "Author: Why?\nAuthor: And again?\n\nBody",
        "Draft: please do not share this yet\n\nBody",
        "Status: abandoned\n\nBody",
        "Keywords: cats, sleep\n\nAbstract. Cats sleep.",
        "Title: a word\nand prose below it\n\nBody",
        "Title: of the book\n====\n\nBody",
        "Title: x\n- a list\n\nBody",
        "Author: Ada\nDate: 2013\n# A heading without a blank line\n",
        "Title:without a space\n\nBody",
        "https://example.org: a place\nTitle: x\n\nBody",
        "Cats: they sleep\nDogs: they wake\n\nBody",
        "  Title: x\nDate: 2013\n\nBody",
        "> Title: x\n> Date: 2013\n\nBody",
        "**Title:** x\nDate: 2013\n\nBody",
        "Here is what I mean to say at some length: Title\n\nBody",
        "From: Ada\nDate: 2013\nSubject: cats\n\nDear Bob,",
        ".. note: of mine\n\nBody",
        ".. note:: a directive\n   Title: x\n\nBody",
        ".. and so on\n\nBody",
        "...\ntitle: x\n\nBody",
        "<!-- a remark -->\nTitle: x\n\nBody",
        "<!--\ntitle: x\n-->\n\nBody",
        "<!-- .. note: mine -->\nBody",
    ],
)
def test_prose_that_looks_like_a_header_is_prose(text: str) -> None:
    found = read(text)
    assert (found.values, found.extra, found.length) == ({}, {}, 0)


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("Title: x\nStatus: draft\nProse without a blank line\n\nBody", 3, "leave a blank line"),
        ("Title: x\nDraft: true\n# Heading\n\nBody", 3, "leave a blank line"),
        ("\nStatus: draft\nProse\n\nBody", 3, "leave a blank line"),
        (".. title: x\nProse\n\nBody", 2, "leave a blank line"),
        ("<!--\n.. title: x\nProse\n-->\n\nBody", 3, "not `.. key: value`"),
        ("<!--\n.. title: x\n.. status: draft\n\nBody", 1, "write -->"),
        ("<!--\n.. title: x\n--> Body\n", 3, "text follows"),
        ("Title: x\n" + "".join(f"Key{n}: 1\n" for n in range(600)) + "\n", 1, "more than 500 keys"),
        ("Title: x\n" + "Key: some words\n" * 5_000 + "\n", 1, "longer than"),
        (".. title: " + "x" * 1_000_000 + "\n", 1, "longer than"),
        ("---\ntitle: " + "x" * 1_000_000 + "\n---\n", 2, "longer than"),
    ],
)
def test_a_header_that_may_hide_the_page_is_an_error_by_line(text: str, line: int, why: str) -> None:
    error = refused(text)
    assert (error.path, error.line) == ("a.md", line)
    assert why in error.why


@pytest.mark.parametrize(
    ("written", "name", "value"),
    [("true", "draft", True), ("Yes", "draft", True), ("no", "draft", False), ("maybe", "draft", "maybe"),
     ("false", "math", False), ("off", "toc", False), ("on", "noindex", True)],
)  # fmt: skip
def test_the_words_of_a_switch_are_text_that_is_understood(written: str, name: str, value: Any) -> None:
    assert read(f"Title: x\n{name}: {written}\n\n").values[name] == value
    assert read(f".. title: x\n.. {name}: {written}\n\n").values[name] == value


@pytest.mark.parametrize(
    ("tags", "values"),
    [
        ("cats, draft", {"tags": ["cats"], "draft": True}),
        ("Private", {"tags": [], "unlisted": True}),
        ("mathjax, cats", {"tags": ["cats"]}),
        ("", {"tags": []}),
    ],
)
def test_some_tags_of_nikola_say_who_may_see_the_page(tags: str, values: dict[str, Any]) -> None:
    assert read(f".. title: x\n.. tags: {tags}\n\n").values == {"title": "x", **values}
    assert read(f"Title: x\nTags: {tags}\n\n").values["tags"] == frontmatter.as_list(tags)


def test_private_is_unlisted_where_nikola_says_it() -> None:
    assert read(".. title: x\n.. status: private\n\n").values["status"] == "unlisted"
    assert read("Title: x\nStatus: private\n\n").values["status"] == "private"


@pytest.mark.parametrize(
    "text",
    [
        "Title: x\n" + "  more\n" * 100_000,
        "Title: x\n" * 100_000,
        "Title: " + "x: " * 300_000,
        "a " * 300_000,
        "a" * 600_000,
        "a-" * 300_000 + ":",
        ".. title: x\n" * 80_000,
        "<!-- .. title: x\n" * 60_000,
        "<!--" + " " * 600_000,
        "<!--\n" * 100_000,
        "Title: x\n" + " \n" * 300_000,
        "Title: x" + "\n \t" * 200_000 + "x",
    ],
    ids=["continued", "repeated", "colons", "words", "word", "hyphens", "dots", "comments", "spaces", "open", "blanks",
         "indents"],
)  # fmt: skip
def test_a_hostile_header_is_read_soon(text: str) -> None:
    started = time.process_time()
    try:
        read(text)
    except BadContent as error:
        assert len(error.why) < 500
    assert time.process_time() - started < 5  # a square of the length would take minutes


LINES = st.lists(
    st.sampled_from(["Title: x", "Date: 2013", "Status: draft", "Note: y", ".. title: x", ".. status: draft", "<!--",
                     "-->", "", " more", "prose", "---", "+++", "{", '"a": 1', "}", "title: x", "# H", "a=1"]),
    max_size=9,
).map("\n".join)  # fmt: skip


@given(LINES | st.text('TitleDa:.\n -<!>{}"=+', max_size=80))
def test_any_lines_are_a_header_or_prose_or_an_error_of_ours(text: str) -> None:
    try:
        found = read(text)
    except BadContent as error:
        assert 1 <= error.line <= text.count("\n") + 2
        return
    assert 0 <= found.length <= text.count("\n") + 1
    assert all(1 <= line <= max(found.length, 1) for line in found.lines.values())


WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=9)
NAMES = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), min_size=1, max_size=9).filter(
    lambda key: not frontmatter.is_known(key) and key != "path"  # which TOML's readers know by another name
)


Written = dict[str, str | list[str]]


def quoted(table: Written, pair: str) -> str:
    """Write a table as YAML, TOML and JSON have it, all of whose lists and texts are JSON's."""
    return "".join(pair.format(key, json.dumps(value, ensure_ascii=False)) for key, value in table.items())


def plain(table: Written, pair: str) -> str:
    """Write a table as the older forms have it: a list is a key written again."""
    several = {key: value if isinstance(value, list) else [value] for key, value in table.items()}
    return "".join(pair.format(key, value) for key, values in several.items() for value in values)


@given(st.dictionaries(NAMES, WORDS | st.lists(WORDS, min_size=2, max_size=3), max_size=8))
def test_a_header_reads_the_same_in_every_notation(table: Written) -> None:
    texts = {
        "yaml": "---\ntitle: x\n" + quoted(table, "{}: {}\n") + "---\n",
        "toml": "+++\ntitle = 'x'\n" + quoted(table, "{} = {}\n") + "+++\n",
        "json": '{"title": "x"' + quoted(table, ', "{}": {}') + "}\n",
        "plain": "title: x\n" + plain(table, "{}: {}\n"),
        "nikola": ".. title: x\n" + plain(table, ".. {}: {}\n"),
        "comment": "<!--\n.. title: x\n" + plain(table, ".. {}: {}\n") + "-->\n",
    }
    for kind, text in texts.items():
        found = read(text + "\nBody")
        assert (found.values, found.extra) == ({"title": "x"}, table), kind
