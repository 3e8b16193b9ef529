"""Letters that our fonts lack, set in what the machine has: DejaVu, which comes with fontconfig, has Hebrew, Arabic."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from folio import cards, systemfonts, typeset
from folio.systemfonts import Face

HEBREW, ARABIC = "ספר קטן על שקט", "مقدمة في الخط: 2026"
HAN = tuple(
    Face("Serif.ttc", n, f"Serif {shapes}", (range(0x3041, 0xA000),)) for n, shapes in enumerate(("JP", "SC", "TC"))
)
needs_fonts = pytest.mark.needs("fc-list")


@pytest.mark.parametrize("text", ["Plain", "Dvořák, été", "Записки", "ἀρετή", "a ≤ b → c", "𝒜 🐈 ½", ""])
def test_what_ours_write_asks_for_no_other(text: str) -> None:
    assert systemfonts.covering(text, "en") == ()


@needs_fonts
@pytest.mark.parametrize("text", [HEBREW, ARABIC])
def test_a_title_beyond_ours_is_written_in_a_font_of_the_machine(text: str) -> None:
    assert typeset.Type("italic").writable(text) == ""
    fonts = systemfonts.covering(text, "en")
    assert fonts
    assert typeset.Type("italic", fonts).writable(text) == text
    drawn = [cards.draw(cards.Card(title=text, site="A site", fonts=given)) for given in ((), fonts, fonts)]
    assert drawn[0] != drawn[1] == drawn[2]


@needs_fonts
def test_what_is_written_from_the_right_ends_at_the_right() -> None:
    card = cards.Card(title="שקט", fonts=systemfonts.covering("שקט", "he"))
    ink = Image.open(io.BytesIO(cards.draw(card))).convert("L").point(lambda value: 255 * (value < 128))
    left, _, right, _ = ink.crop((cards.EDGE + cards.ICON_PX + 2, 0, cards.WIDTH, 400)).getbbox() or (0, 0, 0, 0)
    assert right > cards.WIDTH - cards.EDGE - cards.EDGE - cards.ICON_PX - 20
    assert left > 200


@needs_fonts
def test_a_line_in_one_script_with_figures_is_one_run() -> None:
    face = typeset.Type("italic", systemfonts.covering(ARABIC, "ar"))
    assert [run for run, _ in face._runs(ARABIC, 40)] == [ARABIC]


@pytest.mark.parametrize(
    ("language", "shapes"), [("ja", "JP"), ("zh-CN", "SC"), ("zh", "SC"), ("zh-TW", "TC"), ("en", "JP")]
)
def test_han_letters_have_the_shapes_of_the_language(language: str, shapes: str) -> None:
    best = min(HAN, key=lambda face: systemfonts._rank(face, "本", language.lower()))
    assert best.family == f"Serif {shapes}"


def test_a_font_with_more_of_the_letters_goes_first() -> None:
    some = Face("a.ttf", 0, "Serif JP", (range(0x5D0, 0x5D5),))
    assert (
        min(
            (some, Face("b.ttf", 0, "Sans", (range(0x5D0, 0x5EB),))), key=lambda f: systemfonts._rank(f, "אבש", "ja")
        ).file
        == "b.ttf"
    )


@pytest.mark.usefixtures("without_system_fonts")
def test_without_fontconfig_there_is_none() -> None:
    assert systemfonts.covering(HEBREW, "he") == ()


def test_a_font_that_has_gone_writes_nothing() -> None:
    assert typeset.Type("roman", ("/nowhere/gone.ttf#0",)).writable(HEBREW) == ""
    assert typeset.Type("roman", ("/nowhere/gone.ttf#0",)).writable("plain") == "plain"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("「日本、は」", ["「日", "本、", "は」"]),
        ("ちょっと", ["ちょっ", "と"]),
        ("well-known", ["well-", "known"]),
        ("Python入門", ["Python入", "門"]),
    ],
)
def test_lines_of_ideographs_may_end_between_them_but_not_at_their_marks(text: str, parts: list[str]) -> None:
    assert typeset._parts(text) == parts
