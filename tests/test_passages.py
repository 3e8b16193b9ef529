"""`![[Page]]` shows the words of another page in this one: whole in themselves, and never twice the same id."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from test_markdown_hostile import faults

from folio.markdown import Asked, Document, Html, Passage, Picture, Reference, Resolve, parse, render
from folio.markdown.document import Kind, NoteStyle

STYLES: tuple[NoteStyle, ...] = ("margin", "foot", "end")


def resolver(pages: Mapping[str, Document], here: str = "") -> Resolve:
    """The site of `pages`: a name leads to /name, an embed of it shows it; the part of a target is an id."""

    def resolve(target: str, kind: Kind) -> Reference:
        name, _, part = target.partition("#")
        if not name:
            return Reference(f"#{part}")
        if name not in pages:
            return Reference(target, exists=False)
        url = f"/{name}#{part}" if part else f"/{name}"
        if kind != "embed":
            return Reference(url)
        return Reference(url, passage=Passage(name.title(), url, pages[name], resolver(pages, name), part))

    return resolve


def page(texts: Mapping[str, str], text: str, style: NoteStyle = "margin", prefix: str = "") -> Html:
    """Render a text that embeds others."""
    pages = {name: parse(words) for name, words in texts.items()}
    return render(parse(text), resolver(pages), style, prefix=prefix)


def html(texts: Mapping[str, str], text: str, style: NoteStyle = "margin", prefix: str = "") -> str:
    found = page(texts, text, style, prefix).text
    assert faults(found) == []
    return found


def without_marks(found: str) -> str:
    """Leave out what headings and notes add."""
    return re.sub(r' ?<a class="(?:anchor|back)".*?</a>', "", found)


CATS = "Cats are *small*.\n\n## Sleep\n\nThey do.\n\n### Naps\n\nOften.\n\n## Food\n\n- fish ^fish\n- mice\n"


def test_a_page_is_shown_with_its_source_below() -> None:
    assert html({"cats": "Cats are *small*."}, "Look:\n\n![[cats]]\n\nSo.") == (
        '<p>Look:</p>\n<section class="embed" aria-label="Cats">\n<p>Cats are <em>small</em>.</p>\n'
        '<p class="source"><a href="/cats">Cats</a></p>\n</section>\n<p>So.</p>\n'
    )


def test_a_heading_brings_all_below_it() -> None:
    assert without_marks(html({"cats": CATS}, "![[cats#sleep]]")) == (
        '<section class="embed" aria-label="Cats">\n<h2 id="embed-1-sleep">Sleep</h2>\n<p>They do.</p>\n'
        '<h3 id="embed-1-naps">Naps</h3>\n<p>Often.</p>\n'
        '<p class="source"><a href="/cats#sleep">Cats</a></p>\n</section>\n'
    )


def test_a_block_is_shown_alone_and_an_item_in_its_list() -> None:
    found = html({"cats": CATS + "\nOne. ^one\n\nTwo."}, "![[cats#^fish]]\n![[cats#^one]]")
    assert '<ul>\n<li id="embed-1-^fish">fish</li>\n</ul>\n<p class="source">' in found
    assert '<p id="embed-2-^one">One.</p>\n<p class="source">' in found
    assert "mice" not in found and "Two" not in found


@pytest.mark.parametrize(
    ("text", "part", "shown"),
    [
        ("> One.\n\n^q\n\nTwo.", "^q", '<blockquote id="embed-1-^q">\n<p>One.</p>\n</blockquote>\n'),
        ("> # A\n>\n> One.\n\nTwo.", "a", '<h2 id="embed-1-a">A</h2>\n<p>One.</p>\n'),
        ("a\n: One. ^d\n\nTwo.", "^d", '<dl>\n<dd id="embed-1-^d">One.</dd>\n</dl>\n'),
        ("1. One <b id='x'>x</b>\n2. Two.", "x", '<ol>\n<li>One <b id="embed-1-x">x</b></li>\n</ol>\n'),
        ("<div id='x'>\n\nOne.\n\n</div>\n\nTwo.", "x", '<div id="embed-1-x">\n<p>One.</p>\n</div>'),
    ],
)
def test_any_block_that_has_an_id_can_be_shown(text: str, part: str, shown: str) -> None:
    found = without_marks(html({"a": text}, f"![[a#{part}]]"))
    assert shown in found
    assert "Two" not in found


def test_a_table_is_shown_whole() -> None:
    found = html({"a": "| a |\n|---|\n| <b id='x'>x</b> |"}, "![[a#x]]")
    assert found.count("<table>") == found.count("<th>") == 1


def test_a_page_shown_twice_has_two_sets_of_ids() -> None:
    found = html({"cats": "## A\n\nx^[n] [to a](#a)"}, "## A\n\n[to a](#a)\n\n![[cats]]\n\n![[cats]]")
    assert re.findall(r' id="([^"]*)"', found) == [
        "a",
        *("embed-1-a", "embed-1-ref-1", "embed-1-sn-1"),
        *("embed-2-a", "embed-2-ref-1", "embed-2-sn-1"),
    ]
    assert re.findall(r'href="([^"]*)">to a', found) == ["#a", "#embed-1-a", "#embed-2-a"]


def test_what_a_part_lacks_is_linked_where_it_is() -> None:
    assert '<a href="/a#b">b</a>' in html({"a": "One [b](#b). ^x\n\n## B"}, "## B\n\n![[a#^x]]")


def test_a_page_with_a_prefix_gives_it_to_its_passages() -> None:
    found = html({"a": "## A\n\n![[b]]", "b": "## B"}, "## C\n\n![[a]]", prefix="p-")
    assert re.findall(r' id="([^"]*)"', found) == ["p-c", "p-embed-1-a", "p-embed-2-b"]


def test_a_heading_cannot_take_the_id_of_a_passage() -> None:
    found = html({"a": "## x"}, "## embed 1 x\n\n![[a]]")
    assert re.findall(r' id="([^"]*)"', found) == ["section-embed-1-x", "embed-1-x"]


def test_passages_nest() -> None:
    found = html({"a": "A.\n\n![[b]]", "b": "B.\n\n![[c]]", "c": "C."}, "![[a]]")
    assert re.findall(r"<p>(.)\.</p>", found) == ["A", "B", "C"]
    assert re.findall(r'class="source"><a href="([^"]*)"', found) == ["/c", "/b", "/a"]


def test_a_circle_ends_in_a_link() -> None:
    found = html({"a": "A.\n\n![[b]]", "b": "B.\n\n![[a]]"}, "![[a]]")
    assert re.findall(r"<p>(.)\.</p>", found) == ["A", "B"]
    assert '<p><a class="embed" href="/a">a</a></p>' in found


def test_a_page_does_not_show_itself_but_a_part_of_itself() -> None:
    document = parse("One. ^one\n\n![[a]]\n\n![[a#^one]]")
    found = render(document, resolver({"a": document})).text
    assert faults(found) == []
    assert '<p><a class="embed" href="/a">a</a></p>' in found
    assert '<p id="embed-1-^one">One.</p>' in found


def test_very_deep_and_very_many_passages_become_links() -> None:
    deep = {str(i): f"Page {i}.\n\n![[{i + 1}]]" for i in range(9)}
    assert re.findall(r"<p>Page (\d)", html(deep, "![[0]]")) == ["0", "1", "2", "3"]
    wide = {name: f"![[{nested}]]\n" * 30 for name, nested in ("ab", "bc", "cd")} | {"d": "End."}
    found = html(wide, "![[a]]\n")
    assert found.count("<section") == 100
    assert '<a class="embed"' in found


def test_huge_pages_are_not_multiplied() -> None:
    assert html({"a": "word " * 80_000}, "![[a]]\n\n" * 20).count("<section") == 2


@pytest.mark.parametrize("style", STYLES)
def test_a_passage_keeps_its_notes_and_letters_them(style: NoteStyle) -> None:
    texts = {"a": "x[^1] y[^1] ^[{-} Beside.]\n\n[^1]: Of a.[^2]\n\n[^2]: And more."}
    found = html(texts, "One^[Own.]\n\n![[a]]\n\nTwo^[Last.]", style)
    assert all(found.count(words) == 1 for words in ("Own.", "Last.", "Of a.", "And more.", "Beside."))
    passage, rest = found.partition("<section")[2].split('<p class="source">')
    assert all(words in passage for words in ("Of a.", "And more.", "Beside."))
    assert 'href="#embed-1-sn-1" id="embed-1-ref-1-2" role="doc-noteref">a</a>' in passage
    assert ("Last." in rest) and ("Own." in (rest if style == "end" else found.partition("<section")[0]))


def test_endnotes_of_a_passage_stand_in_it_as_a_list_of_letters() -> None:
    found = html({"a": "x^[Of a.]"}, "One^[Own.]\n\n![[a]]", "end")
    assert re.findall(r"<ol.*?>|<li id=.*?>|<p class=\"source\">", found) == [
        *('<ol type="a">', '<li id="embed-1-sn-1">', '<p class="source">'),
        *("<ol>", '<li id="sn-1">'),
    ]


@pytest.mark.parametrize("style", STYLES)
def test_a_parts_notes_are_counted_from_the_first(style: NoteStyle) -> None:
    text = "x[^1]^[Before.]\n\n## A\n\ny[^1]^[Within.] z[^1]\n\n[^1]: First.[^3]\n\n[^3]: Third."
    found = html({"a": text}, "![[a#a]]", style)
    ids = re.findall(r' id="embed-1-((?:sn|ref)-[^"]*)"', found)
    assert sorted(ids) == sorted(set(ids))
    assert {one for one in ids if one.startswith("sn")} == {"sn-1", "sn-2", "sn-3"}
    assert [found.count(words) for words in ("First.", "Third.", "Within.", "Before.")] == [1, 1, 1, 0]
    assert set(re.findall(r'href="#([^"]*)"', found)) <= {f"embed-1-{name}" for name in [*ids, "a"]}


def test_a_block_note_from_before_a_part_follows_its_block() -> None:
    text = "x[^1]\n\n- y[^1] ^y\n- z\n\n[^1]: One.\n\n    Two."
    found = without_marks(html({"a": text}, "![[a#^y]]"))
    assert "</li>\n</ul>\n<aside" in found and found.count("Two.") == 1


def test_a_part_that_is_not_there_is_a_link_and_still_asked() -> None:
    found = page({"cats": CATS}, "![[cats#dogs]]")
    assert found.text == '<p><a class="embed" href="/cats#dogs">cats &gt; dogs</a></p>\n'
    assert [(one.target, one.kind, one.line) for one in found.asked] == [("cats#dogs", "embed", 1)]


def test_what_a_passage_asks_is_not_asked_by_the_page() -> None:
    texts = {"a": "[[nothing]] ![x](nothing.jpg)\n\n![[b]]", "b": "[x](nothing.md)"}
    found = page(texts, "One.\n\n![[a]]\n\n[[nobody]]")
    assert [(one.target, one.kind, one.line) for one in found.asked] == [("a", "embed", 3), ("nobody", "wiki", 5)]
    assert found.broken == (("nobody", 5),)
    assert isinstance(found.asked[0], Asked)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "text",
    [
        "in ![[cats]] words",
        "| a |\n|---|\n| ![[cats]] |",
        "## ![[cats]]",
        "x[^1]\n\n[^1]: ![[cats]]\n\n    more",
        "x^[![[cats]]]",
        "[x ![[cats]]](y)",
        "<a href='/x'>\n\n![[cats]]\n\n</a>",
    ],
)
def test_where_no_block_can_stand_a_page_is_a_link(text: str, style: NoteStyle) -> None:
    found = html({"cats": CATS}, text, style)
    assert '<section class="embed"' not in found
    assert "cats" in found


def test_a_passage_stands_in_lists_and_quotations() -> None:
    found = html({"cats": "Small."}, "- ![[cats]]\n\n> ![[cats]]")
    assert found.count("<section") == 2
    assert "<li><section" in found and "<blockquote>\n<section" in found


def test_a_passage_has_the_id_and_the_class_it_is_given() -> None:
    found = html({"cats": "Small."}, "{.quiet}\n![[cats]]\n\n^here")
    assert '<section class="embed quiet" id="^here" aria-label="Cats">' in found


def test_a_name_that_means_a_photograph_is_a_figure() -> None:
    def resolve(target: str, kind: Kind) -> Reference:
        return Reference("/hills", picture=Picture("/800/hills.jpg", 800, 600))

    assert render(parse("![[hills|Two hills|400]]\n\n![[hills]] ^h"), resolve).text == (
        '<figure>\n<picture><img src="/800/hills.jpg" width="400" height="300" alt="Two hills" class="sized" '
        'loading="lazy" decoding="async"></picture></figure>\n'
        '<figure id="^h">\n<picture><img src="/800/hills.jpg" width="800" height="600" alt="" '
        'loading="lazy" decoding="async"></picture></figure>\n'
    )


def test_on_paper_a_film_is_a_link() -> None:
    found = render(parse("![[walk.mp4|300]]"), lambda target, kind: Reference(f"/{target}"), "foot").text
    assert found == '<p><a class="file" href="/walk.mp4">walk.mp4</a></p>\n'
