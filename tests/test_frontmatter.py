"""Headers in three notations: what is clear is read, what is unclear is an error by line, nothing is a surprise."""

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


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("---\ntitle: On cats\ntags: [a, b]\n---\nBody", 4),
        ("---\ntitle: On cats\ntags:\n- a\n- b\n...\nBody", 6),
        ('+++\ntitle = "On cats"\ntags = ["a", "b"]\n+++\nBody', 4),
        ('{\n"title": "On cats",\n"tags": ["a", "b"]\n}\nBody', 4),
        ('{"title": "On cats", "tags": ["a", "b"]}\nBody', 1),
        ("\n \n---\ntitle: On cats\ntags: [a, b]\n---\nBody", 6),
        ("--- \ntitle: On cats\ntags: [a, b]\n---\t\nBody", 4),
    ],
)
def test_a_header_is_read_in_every_notation(text: str, length: int) -> None:
    found = read(text)
    assert found.values == {"title": "On cats", "tags": ["a", "b"]}
    assert found.length == length
    assert text.split("\n")[found.length] == "Body"


@pytest.mark.parametrize(
    "text",
    ["", "Body", "# Title\n\n---\ntitle: x\n---\n", "---\n\nJust prose.\n\n---\nmore", "---\n- a\n- b\n---\n",
     "---\nwords\n---\n", "----\ntitle: x\n----\n", "---\n\nSome prose, without an end", "{not json}\n", "{\n",
     '{"a": 1} is JSON', "+++\n\nplus", "---"],
)  # fmt: skip
def test_a_text_without_a_header_is_all_body(text: str) -> None:
    found = read(text)
    assert (found.values, found.extra, found.length) == ({}, {}, 0)


def test_an_empty_header_is_a_header() -> None:
    assert read("---\n---\nBody").length == 2
    assert read("---\n# only a comment\n---\nBody").length == 3


def test_synonyms_have_one_name_whatever_their_case() -> None:
    found = read("---\nTitle: x\npubDate: 2013\nLastMod: 2014\ncover: a.jpg\nnav-order: 3\nSubtitle: y\n---\n")
    assert found.values == {
        "title": "x", "date": 2013, "opens": 2013, "updated": 2014, "image": "a.jpg", "weight": 3, "description": "y"
    }  # fmt: skip


def test_tags_and_categories_come_together() -> None:
    assert read("---\ntags: a, b\ncategories: [c]\nkeywords: d\n---\n").values["tags"] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("published: 2011\ndate: 2012", {"date": 2012}),
        ("created: 2011\npublished: 2012", {"date": 2012}),
        ("date: 2012\npublishDate: 2013", {"date": 2012, "opens": 2013}),
        ("pubDate: 2014\npublishDate: 2013", {"date": 2013, "opens": 2013}),
        ("date:\ncreated: 2012", {"date": 2012}),
        ("excerpt: b\ndescription: a\nsubtitle: c", {"description": "a"}),
        ("permalink: /b\nurl: /a", {"url": "/a"}),
        ("keywords: a\ntags: [b]", {"tags": ["a", "b"]}),
        ("katex: false", {"math": False}),
        ("use_math: true", {"math": True}),
    ],
)
def test_of_two_keys_with_one_name_the_better_known_wins_wherever_it_stands(
    header: str, values: dict[str, Any]
) -> None:
    assert read(f"---\n{header}\n---\n").values == values


@pytest.mark.parametrize(
    ("header", "categories", "tags"),
    [
        ("---\ncategories: a b\n---\n", ["a", "b"], ["a", "b"]),
        ("---\ncategories: a b, c\n---\n", ["a b", "c"], ["a b", "c"]),
        ("---\ncategories: [a b]\n---\n", ["a b"], ["a b"]),
        ("---\ncategory: a b\n---\n", ["a b"], ["a b"]),
        ("Title: x\nCategory: a b\n\n", ["a b"], ["a b"]),
        ("Title: x\nCategories: a b\n\n", ["a b"], ["a b"]),
    ],
)
def test_categories_in_one_string_are_words_as_jekyll_and_hugo_have_it(
    header: str, categories: list[str], tags: list[str]
) -> None:
    found = read(header).values
    assert (found["categories"], found["tags"]) == (categories, tags)


def test_tags_in_one_string_are_parted_by_commas_only() -> None:
    assert read("---\ntags: a b, c\n---\n").values["tags"] == ["a b", "c"]


def test_only_zola_has_a_path() -> None:
    assert read('+++\npath = "a/b"\n+++\n').values == {"url": "a/b"}
    assert read("---\npath: a/b\n---\n").values == {}


@pytest.mark.parametrize("key", ["null", "true", "no", "1", "2026-06-11", "~"])
def test_a_key_is_a_word_whatever_it_looks_like(key: str) -> None:
    assert read(f"---\ntitle: x\n{key}: y\n---\n").extra == {key: "y"}


FOREIGN = (
    "cssclasses", "cssclass", "sort_by", "page_template", "paginate_by", "transparent", "in_search_index",
    "insert_anchor_links", "render", "hidetitle", "nocomments", "build", "outputs", "resources", "params", "markup",
    "isCJKLanguage", "headless", "sitemap", "comments", "share", "wordpress_id", "id", "post_id", "p", "extra", "menu",
    "header", "parent", "nav_exclude", "has_math", "link", "guid", "pin", "translationKey", "robots",
)  # fmt: skip


@pytest.mark.parametrize("key", FOREIGN)
def test_a_key_of_another_engine_is_kept_and_no_slip(key: str) -> None:
    found = read(f"---\ntitle: x\n{key}: {{a: 1}}\n---\n")
    assert (found.extra, found.problems, found.lines[key.lower() if key in found.values else key]) == (
        {key: {"a": 1}}, (), 3
    )  # fmt: skip


@pytest.mark.parametrize("key", sorted(frontmatter.SYNONYMS))
def test_a_known_key_is_no_slip(key: str) -> None:
    value = "{a: 1}" if key == "cascade" else "2013"
    assert read(f"---\n{key}: {value}\n---\n").problems == ()


def test_an_unknown_key_is_kept_and_its_line_known() -> None:
    found = read("---\ntitle: x\n\n# remark\nmood: [blue]\n---\n")
    assert found.extra == {"mood": ["blue"]}
    assert (found.lines["title"], found.lines["mood"]) == (2, 5)
    assert found.problems == ()


@pytest.mark.parametrize(
    ("written", "meant"), [("tgas", "tags"), ("titel", "title"), ("Drafft", "draft"), ("alais", "alias")]
)
def test_a_key_that_is_nearly_known_is_reported(written: str, meant: str) -> None:
    (problem,) = read(f"---\ntitle: x\n{written}: y\n---\n").problems
    assert (problem.path, problem.line) == ("a.md", 3)
    assert f"did you mean {meant!r}" in problem.why


def test_yaml_keeps_words_and_numbers_as_they_are_written() -> None:
    written = (
        "{a: yes, b: no, c: on, d: 012, e: 1.10, f: 2026-06-11, g: 12:30:00, h: true, i: 42, j: ~, k: 0x1F, l: 1_000}"
    )
    assert read(f"---\n{written}\n---\n").extra == {
        "a": "yes", "b": "no", "c": "on", "d": "012", "e": "1.10", "f": "2026-06-11", "g": "12:30:00", "h": True,
        "i": 42, "j": None, "k": "0x1F", "l": "1_000",
    }  # fmt: skip


def test_yaml_in_quotes_or_a_block_is_text() -> None:
    written = "a: 'true'\nb: \"12\"\nc: ''\nd:\ne: [[-7, '~'], {f: , g: []}, {}]\nh: |\n  12\n  13"
    assert read(f"---\n{written}\n---\n").extra == {
        "a": "true", "b": "12", "c": "", "d": None, "e": [[-7, "~"], {"f": None, "g": []}, {}], "h": "12\n13",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\ntitle: x\ntitle: y\n---\n", 3),
        ("---\ntitle: x\n--- {draft: true}\n---\n", 3),
        ("---\ntitle: x\nmore: {a: 1, a: 2}\n---\n", 3),
        ("---\ntitle: 'x\n---\n", 2),
        ("---\ntitle: x\n\tdate: y\n---\n", 3),
        ("---\ntitle: a: b\n---\n", 2),
        ("\n\n---\ntitle: x\ntitle: y\n---\n", 5),
        ("---\na: &x 1\nb: *x\n---\n", 3),
        ("---\na: !!python/object/apply:os.system [ls]\n---\n", 2),
        ("---\na: !!bool maybe\n---\n", 2),
        ("---\na: !!int ''\n---\n", 2),
        ("---\na: !!timestamp soon\n---\n", 2),
        ("---\n? [a, b]\n: c\ntitle: x\n---\n", None),
        ("---\ntitle: x\n? {a: b}\n: c\n---\n", 3),
        ("---\ntitle: x\n- a\n---\n", 3),
        ("+++\ntitle = 'x'\ntitle = 'y'\n+++\n", 3),
        ("+++\ntitle = x\n+++\n", 2),
        ("+++\nweight = " + "1" * 5000 + "\n+++\n", 2),
        ('{"title": "x",\n"draft": tru}\n', 2),
        ('{"title": "x",\n"title": "y"}\n', None),
        ('{\n"draft": true,\n}\n', 3),
        ('{"draft": true} and words\n', 1),
        ("---\ntitle: x\ndraft: true\n\nNo end in sight\n", 1),
        ("\n+++\ndraft = true\n\nNo end in sight\n", 2),
        ('{"draft": true\n\nNo end in sight\n', 3),
        ("---\ndraft true\ntitle: x\n---\n", 3),
        ("---\n\ttitle: x\ndraft: true\n---\n", 2),
    ],
)  # fmt: skip
def test_a_header_that_cannot_be_understood_is_an_error_by_line(text: str, line: int | None) -> None:
    error = refused(text)
    assert error.path == "a.md"
    assert line is None or error.line == line
    assert "object at 0x" not in error.why


@pytest.mark.parametrize(
    "pair",
    ["hidden: false\nunlisted: true", "draft: true\nDraft: false", "publish: false\npublished: true"],
)
def test_two_keys_that_contradict_each_other_about_who_may_see_the_page_are_an_error(pair: str) -> None:
    assert refused(f"---\n{pair}\n---\n").line == 3


@pytest.mark.parametrize(
    ("value", "name"),
    [("false", "publish"), ("no", "publish"), ("'false'", "publish"), ("0", "publish"), ("2013", "date")],
)
def test_published_is_a_switch_or_a_date(value: str, name: str) -> None:
    assert list(read(f"---\npublished: {value}\n---\n").values) == [name]


BOMB = "---\na: &a [x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB + "---\n",
        "---\na: &a [*a]\n---\n",
        "---\na: " + "[" * 10_000 + "\n---\n",
        "---\na: " + "[" * 10_000 + "]" * 10_000 + "\n---\n",
        "---\na: " + "{b: " * 5_000 + "}" * 5_000 + "\n---\n",
        "---\na:\n" + "".join(" " * n + "- \n" for n in range(1, 300)) + "---\n",
        "---\na: " + "x" * 70_000 + "\n---\n",
        "---\n" + "".join(f"key{n}: 1\n" for n in range(6_000)) + "---\n",
        "---\n" + "".join(f"k{n}: [1]\n" for n in range(4_000)) + "---\n",
        "+++\na = " + "[" * 10_000 + "\n+++\n",
        '{"title": ' + "[" * 100_000,
        "---\na: |\n" + " x\n" * 40_000,
        "---\ntitle: " + " " * 60_000 + "x: y\n---\n",
        "---\n" + " " * 60_000 + "\ntitle: x: y\n---\n",
    ],
    ids=["bomb", "cycle", "open brackets", "brackets", "braces", "blocks", "long", "keys", "lists", "toml", "json",
         "no end", "spaces", "blanks"],
)  # fmt: skip
def test_a_hostile_header_is_refused_soon(text: str) -> None:
    started = time.process_time()
    try:
        read(text)
    except BadContent as error:
        assert len(error.why) < 500
    assert time.process_time() - started < 1  # promised: 0.1 s; a bomb takes minutes


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, []),
        ("", []),
        ("a, b,,", ["a", "b"]),
        (["a, b", " c ", None, ""], ["a, b", "c"]),
        (3, ["3"]),
        ([{"name": "Ada", "url": "x"}, "Bob"], ["Ada", "Bob"]),
        ({"name": "Ada"}, ["Ada"]),
        ({"a": 1}, []),
        ("a\nb", ["a", "b"]),
        ("Lovelace, Ada; Babbage, Charles", ["Lovelace, Ada", "Babbage, Charles"]),
        ("R&B\nLife &amp; times", ["R&B", "Life & times"]),
    ],
)
def test_a_list_is_read_from_what_people_write(value: Any, expected: list[str]) -> None:
    assert frontmatter.as_list(value) == expected


@given(st.text() | st.text("-+{}\n:=\"'[]&*!? abtitledraft0123\t", max_size=300).map("---\n{}\n---\n".format))
def test_any_text_has_a_header_or_none_or_an_error_of_ours(text: str) -> None:
    try:
        found = read(text)
    except BadContent as error:
        assert 1 <= error.line <= text.count("\n") + 2
        return
    assert 0 <= found.length <= text.count("\n") + 1


KEYS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20).filter(
    lambda key: key.casefold() not in frontmatter.SYNONYMS and key not in ("true", "false", "null")
)


@given(st.dictionaries(KEYS, st.booleans() | st.text() | st.lists(st.text(), max_size=3), max_size=8))
def test_what_json_says_is_what_is_read(table: dict[str, Any]) -> None:
    assert read(json.dumps({"title": "x", **table}) + "\nBody").extra == table


@pytest.mark.parametrize(
    "text",
    [
        f"+++\ntitle = 'A'\n{'.'.join('b' * 990)} = 1\n+++\n",
        f"+++\ntitle = 'A'\n{'.'.join('b' * 102)} = 1\n+++\n",
        f"+++\ntitle = 'A'\n[{'.'.join('b' * 990)}]\n+++\n",
        f'{{"title": "A",\n\n"b": {"[" * 101}{"]" * 101}}}\n',
        f"---\ntitle: A\nb: {'[' * 101}{']' * 101}\n---\n",
    ],
)
def test_no_header_is_nested_too_deep(text: str) -> None:
    error = refused(text)
    assert ("nested too deep" in error.why, error.path, error.line) == (True, "a.md", 3)


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("title: Bread: a love story", "quotation marks"),
        ("title: [Draft] Bread", "quotation marks"),
        ("title: 'It's bread'", "quotation marks"),
        ("title: @bread", "quotation marks"),
        ("title: {{ bread }}", "quotation marks"),
        ("a: 1\n\tb: 2", "spaces, not tabs"),
        ("tags: [a, b", ""),
        ("title: a\n  b: c", ""),
    ],
)
def test_the_usual_slips_of_yaml_are_told_with_their_remedy(line: str, remedy: str) -> None:
    why = refused(f"---\n{line}\n---\n").why
    assert remedy in why if remedy else "(" not in why
