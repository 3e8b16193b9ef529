"""What an index of a page would list. All names and sentences are made up."""

from __future__ import annotations

import unicodedata

import pytest
from drawing import draws
from hypothesis import given
from hypothesis import strategies as st

from folio.markdown import parse
from folio.markdown.terms import TERMS


def found(text: str, language: str = "en") -> list[str]:
    return list(parse(text, language=language).terms)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("We met Ida Brandvold there.", ["Ida Brandvold"]),
        ("He reads the New Harbour Times daily.", ["New Harbour Times"]),
        (
            "The University of Westmark and Pieter van den Oever agree.",
            ["University of Westmark", "Pieter van den Oever"],
        ),
        ("A letter by J. R. Quill and one by A.B. Quill came.", ["J. R. Quill", "A.B. Quill"]),
        ("Then Dr. Marten Vos left.", ["Dr. Marten Vos"]),
        ("I saw Strand & Holm close.", ["Strand & Holm"]),
        ("a walk with Zoë Ångström in it", ["Zoë Ångström"]),
        ("о нём писал Пётр Лодочкин давно", ["Пётр Лодочкин"]),
        ("from Mount Pell. The Lower Quay is near", ["Mount Pell", "Lower Quay"]),
    ],
)
def test_names_of_several_words_are_terms(text: str, terms: list[str]) -> None:
    assert found(text) == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("In New Harbour it rains.", ["New Harbour"]),
        ("The Tall Ships came.", ["Tall Ships"]),
        ("However Ida Brandvold stayed.", ["Ida Brandvold"]),
        ("Apparently Ida Brandvold stayed. Nobody asked Apparently.", ["Ida Brandvold"]),
        ("Tell Sarah. Visit Pellmouth. Introducing Quillpad.", []),
        ("Ships Ahoy is a bar; the ships are gone.", []),
        ("Ships Ahoy is a bar. We went to Ships Ahoy and the ships were gone.", ["Ships Ahoy"]),
        ("“Ida Brandvold was here,” he said. “Quick Thinking is all.”", ["Ida Brandvold", "Quick Thinking"]),
    ],
)
def test_a_word_is_no_name_for_beginning_a_sentence(text: str, terms: list[str]) -> None:
    assert found(text) == terms


@pytest.mark.parametrize(
    "text",
    [
        "On a Monday I left; last March Tuesday I came back.",
        "THIS IS ALL VERY LOUD and HTTP API talk",
        "a page on Pellmouth alone, and Ida",
        "- **Careful Planning:** do it\n- Second Thoughts: have them\n- Water Pot",
        "## The Long Way Home\n\ntext",
        "| First Name | Last Name |\n|---|---|\n| a | b |",
        "```\nIda Brandvold\n```\n\nand `Ida Brandvold`",
        "as What You Want From It says",
        "[Read More](x.md) and [Source Code](https://example.org)",
    ],
)
def test_not_every_capital_makes_a_term(text: str) -> None:
    assert found(text) == []


def test_a_possessive_ends_a_name() -> None:
    assert found("Under Ida Brandvold’s Low Water and Marten Vos's boat.") == [
        "Ida Brandvold",
        "Low Water",
        "Marten Vos",
    ]


def test_months_part_names() -> None:
    assert found("It was in May Ida Brandvold came, and in June 2019 Marten Vos.") == ["Ida Brandvold", "Marten Vos"]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("She read *The Salt Ledger* twice.", ["The Salt Ledger"]),
        (
            "She read *Saltwort*, and *Notes on the Tides of the Upper Pell*.",
            ["Saltwort", "Notes on the Tides of the Upper Pell"],
        ),
        ("This is *slack water* and *the tidal mind*.", ["slack water", "tidal mind"]),
        ("They call it *plimsoul*; the German *Watt* and a *håvfrue*.", ["plimsoul", "Watt", "håvfrue"]),
    ],
)
def test_titles_and_words_set_apart_are_terms(text: str, terms: list[str]) -> None:
    assert found(text) == terms


@pytest.mark.parametrize(
    "text",
    [
        "It is *not* so, *really*, it *stinks*, and *all of it* is *very good*.",
        "*This whole sentence is in italics.*",
        "*June 2019*\n\ntext *in 1984* ok",
        "He said *come along now* and *takes it up* and *Fully*.",
    ],
)
def test_stress_is_no_term(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("On [tidal power](tides.md) and [typography](/type).", ["tidal power", "typography"]),
        ("On [the quiet trade](../q.md).", ["quiet trade"]),
        ("With [Quillpad](https://example.org) and [a tool](https://example.org).", ["Quillpad"]),
        ("[here](a.md), [this post](b.md), [wrote about it](c.md), [quickly](d.md)", []),
        ("[notes.md](e.md), [2019](f.md), [https://example.org](https://example.org)", []),
        ("See [[Slack water]] and [[trade/Net loft#Ropes|the loft]].", ["Slack water", "Net loft"]),
        ("See [[saltwort.md]].", ["saltwort"]),
        ("See [Ida Brandvold’s Low Water](x.md).", ["Ida Brandvold’s Low Water"]),
    ],
)
def test_what_links_are_about_is_a_term(text: str, terms: list[str]) -> None:
    assert found(text) == terms


def test_abbreviations_that_are_explained_are_terms() -> None:
    assert found("The PTA and the XYZ met.\n\n*[PTA]: Pell Tide Authority\n") == ["PTA"]


def test_names_in_notes_are_terms() -> None:
    text = "A.[^1] B.^[So Ida Brandvold says.]\n\n[^1]: Or Marten Vos.\n\n    And Jon Haar too.\n"
    assert set(found(text)) == {"Ida Brandvold", "Marten Vos", "Jon Haar"}


def test_each_term_is_listed_once_in_the_order_of_the_text() -> None:
    text = (
        "a Net Loft, the *net lofts*, The Net Loft, b Ida Brandvold, c Net Loft, d *The Salt Ledger*, e *Salt Ledger*"
    )
    assert found(text) == ["Net Loft", "Ida Brandvold", "The Salt Ledger"]


def test_german_nouns_are_no_names() -> None:
    text = "Das Haus am Hafen Nord war *Heimat der Winde*, und *nicht* mehr. [Gezeiten](x.md)"
    assert found(text, "de-AT") == ["Heimat der Winde", "Gezeiten"]
    assert found("Elle connaît Anne Marais.", "fr") == ["Anne Marais"]


def test_a_page_has_so_many_terms_and_no_more() -> None:
    text = " ".join(f"and Ida {first}{second}" for first in "ABCDEFGHIJ" for second in "abcdefghij")
    assert len(found(text)) == TERMS


def test_terms_are_composed() -> None:
    assert found(unicodedata.normalize("NFD", "of Zoë Ångström")) == ["Zoë Ångström"]


PIECES = [
    "Ida",
    "Brandvold",
    "The",
    "of",
    "van",
    "I",
    "May",
    "x",
    ".",
    "’s",
    "*",
    "[",
    "](a)",
    "[[",
    "]]",
    "A.",
    " ",
    "\n",
    "&",
    "É",
]


@draws(200)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_terms_of_any_text_are_words(text: str) -> None:
    terms = found(text)
    assert len(terms) == len(set(terms)) <= TERMS
    assert all(term == " ".join(term.split()) != "" for term in terms)
