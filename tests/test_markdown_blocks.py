"""Callouts, code, attributes, abbreviations and formulas: what is known of them, reported, and never let through."""

from __future__ import annotations

import html as entities
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from drawing import draws
from hypothesis import given
from hypothesis import strategies as st
from test_markdown import DATA, html, resolve
from test_pdf import made, needs_pango, says, sheet_of

from folio.markdown import Link, Quote, parse, render
from folio.markdown.callouts import KINDS
from folio.markdown.mathml import NotMath, mathml


def problems(text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.why) for problem in parse(text).problems]


# ---- callouts ----


@pytest.mark.parametrize("word", sorted(KINDS))
def test_every_type_and_alias_is_a_callout(word: str) -> None:
    for spelling in (word, word.upper(), word.capitalize()):
        page = html(f"> [!{spelling}]\n> a")
        assert page.startswith(f'<div class="callout callout-{KINDS[word]}">\n<p class="callout-title">')


def test_a_callout_is_no_quotation() -> None:
    assert parse("> [!quote] A\n> b\n\n> c\n").quotes == (Quote("c", 4),)


def test_a_callouts_words_and_links_are_the_pages() -> None:
    document = parse("Before.\n\n> [!tip]- See [this](page.md)\n> and that\n")
    assert document.text == "Before.\n\nSee this\n\nand that"
    assert document.links == (Link("page.md", "this", "See this", 3),)


# ---- code ----


@draws(200)
@given(
    st.lists(
        st.sampled_from(['"""', "'''", "/*", "*/", "a = 1", "# <b>", "\n", " ", "&", "{", "}", "\t", "`"]), max_size=40
    ),
    st.sampled_from(["python", "js", "html", "c", "nosuch", "diff"]),
    st.sampled_from(["linenos", "{1,3-5}", "{2} linenos", "linenos linenostart=98"]),
)
def test_marked_and_numbered_code_is_copied_as_it_is_written(words: list[str], language: str, options: str) -> None:
    source = "".join(words)
    page = html(f"~~~~ {language} {options}\n{source}\n~~~~\n")
    assert entities.unescape(re.sub("<[^>]*>", "", page)) == source + "\n\n"
    for line in page.split("\n"):
        assert line.count('<span class="hl">') <= 1


def test_code_of_very_many_lines_gets_no_numbers() -> None:
    text = "```text linenos\n" + "a\n" * 6_000 + "```\n"
    assert "data-n" not in html(text)
    assert problems(text) == [(1, "code of more than 5000 lines is not numbered")]


# ---- attributes ----


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ('a\n\n[b](c){style="x"}', 3, "style= is left out: use a class"),
        ("`b`{onclick=x}", 1, "onclick= is left out: scripts are not allowed"),
        ("[b](c){width=3}", 1, "width= is left out: it is not allowed here"),
        ("![b](c){width=50%}", 1, 'width="50%" is left out: it cannot have that value (write a number of pixels)'),
        ("a\n\n[b](c){dir=up}", 3, 'dir="up" is left out: it cannot have that value'),
        ("[b](c){.w-1/2 .d}", 1, "the class w-1/2 is left out: use letters, digits and hyphens"),
        ("{#a}\nb\n\n[c](d){#a}", 4, "the id #a is already used, and is left out here"),
        ("a [b](c)\nd [e](f){#sn-1}", 2, "the id #sn-1 is already used, and is left out here"),
        ("a\n\n{.b}\n<div>c</div>", 3, "these attributes follow nothing that can have them"),
        ("*[A]: b\n*[A]: c", 2, "the abbreviation A is already explained on line 1"),
    ],
)
def test_what_cannot_be_set_is_left_out_and_reported(text: str, line: int, why: str) -> None:
    assert problems(text) == [(line, why)]
    assert "style" not in html(text) and "onclick" not in html(text)


def test_attributes_and_definitions_are_no_words() -> None:
    document = parse("*[HTML]: Hyper Text\n\n{.lead}\nOn HTML [x](y.md){.z}.\n{: #a}\n\n## H {.b}\n")
    assert (document.text, document.words, document.summary) == ("On HTML x.\n\nH", 4, "On HTML x.")


# ---- formulas ----


def test_formulas_are_text_as_they_are_written() -> None:
    document = parse("## On $n$\n\nSo $a^2$ is.\n\n$$\nx\n$$\n")
    assert document.text == "On n\n\nSo a^2 is.\n\nx"
    assert document.headings[0].id == "on-n"


def test_math_can_be_switched_off() -> None:
    document = parse("$x$\n\n$$\ny\n$$\n\n```math\nz\n```\n", math=False)
    assert "<math" not in render(document, resolve).text
    assert render(document, resolve).text.startswith("<p>$x$</p>\n<p>$$\ny\n$$</p>\n")


def test_feeds_and_books_get_formulas_as_xml() -> None:
    page = html("$x$", "end")
    assert ElementTree.fromstring(page)[0].tag == "{http://www.w3.org/1998/Math/MathML}math"


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("\\foo", "\\foo is not known"),
        ("a & b", "there is an & outside \\begin{…} and \\end{…}"),
        ("{", "braces, \\begin and \\end, or what follows ^ and _ are incomplete"),
        ("\\frac{1}", "part of it is missing or is not mathematics (mfrac)"),
        ("\\href{javascript:1}{x}", "href= is not allowed in a formula"),
        ("\\begin{tikzpicture}x\\end{tikzpicture}", "\\begin{tikzpicture} is not known"),
        ("x" * 2_001, "it is longer than 2000 characters"),
    ],
)
def test_a_formula_that_cannot_be_set_is_shown_and_reported(formula: str, why: str) -> None:
    assert problems(f"a\n\nb\n${formula}$ c") == [(4, f"this formula is shown as written: {why}")]
    assert f'<code class="math">{formula.replace("&", "&amp;")}</code>' in html(f"${formula}$")


def test_formulas_beyond_all_measure_are_shown_as_written() -> None:
    text = " ".join(f"$x^{{{number}}} + {'a+' * 500}1$" for number in range(60))
    assert 30 < html(text).count("<math>") < 60
    assert "40000 characters" in parse(text).problems[0].why


# One a line: bits of TeX, any mixture of which must come to no harm.
TEX = st.lists(st.sampled_from((DATA / "tex.txt").read_text(encoding="utf-8").splitlines()), max_size=25).map("".join)


@draws(500)
@given(TEX, st.booleans())
def test_any_formula_is_harmless_mathml_or_none(formula: str, display: bool) -> None:
    try:
        made = mathml(formula, display=display)
    except NotMath as why:
        assert str(why)
        return
    for element in ElementTree.fromstring(f"<math>{made}</math>").iter():
        assert element.tag.startswith("m")
        assert not {"style", "href", "class", "id"} & set(element.attrib)
        assert not any(name.startswith("on") for name in element.attrib)


@needs_pango
@pytest.mark.needs("pdftotext")
def test_formulas_can_be_read_in_a_pdf(tmp_path: Path) -> None:
    text = says("pdftotext", made(sheet_of("So $E = mc^2$, $\\frac{1}{2}$ and $\\foo$.")), tmp_path)
    assert "So E = mc2,\n\n1\nand \\foo.\n2\n" in text
