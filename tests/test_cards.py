"""Social cards: the right size, small, legible in every script we have letters for, never a box for a letter."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from folio import icons, typeset
from folio.cards import CARD, HEIGHT, META_BASELINE, MOST_BYTES, PAPER, TITLE_AND_EXCERPT, WIDTH, Card, draw
from folio.config import Config
from folio.errors import Unavailable
from folio.typeset import Type
from folio.workers import Workers

EXCERPT = "A page is a letter to somebody you have not met, and the margin is where they may write back. " * 3
CARD_OF_CATS = Card(
    "On Cats",
    site="Folio",
    author="Ada Example",
    date="11 June 2026",
    minutes="12 min",
    excerpt=EXCERPT,
    accent="ocean",
)
TITLES = {
    "one word": "Cats",
    "one letter": "I",
    "ninety": "On reading slowly, writing plainly, and leaving the rest of the page for the reader’s hand",
    "two hundred": "A title of the kind that nobody should write and somebody always does, with asides and clauses "
    * 2,
    "endless": "cats and dogs " * 5_000,
    "one endless word": "cat" * 2_000,
    "Czech": "Dvořák’s Čardáš and Łódź’s looms",
    "Greek": "Περὶ τῆς ἀρετῆς",
    "Cyrillic": "Записки из деревни",
    "emoji": "Cats 🐈 and dogs 🐕",
    "Japanese": "日本語のタイトル",
    "control characters": "Cats\0\x07\n\u202e and dogs\ud800",
    "empty": "",
}


def opened(made: bytes) -> Image.Image:
    return Image.open(io.BytesIO(made))


def ink(image: Image.Image, box: tuple[int, int, int, int]) -> bool:
    """Say whether anything but paper is inside the box."""
    part = image.convert("RGB").crop(box)
    return ImageChops.difference(part, Image.new("RGB", part.size, PAPER)).getbbox() is not None


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_any_title_makes_a_card_that_is_small_and_keeps_its_margins(title: str) -> None:
    made = draw(replace(CARD_OF_CATS, title=title))
    card = opened(made)
    assert (card.format, card.size) == ("PNG", (WIDTH, HEIGHT))
    assert len(made) <= MOST_BYTES
    assert ink(card, (0, 0, WIDTH, HEIGHT // 2))
    for edge in (
        (0, 0, WIDTH, 50),
        (0, 0, 70, HEIGHT),
        (1145, 0, WIDTH, HEIGHT),
        (0, META_BASELINE + 20, WIDTH, HEIGHT),
    ):
        assert not ink(card, edge)


def test_an_excerpt_leaves_no_word_alone_on_a_line() -> None:
    excerpt = "A defence of the aside, with every kind of note that this site knows."
    card = opened(draw(replace(CARD_OF_CATS, excerpt=excerpt))).convert("RGB")
    inked = ImageChops.difference(card, Image.new("RGB", card.size, PAPER)).crop((268, 225, WIDTH, 320)).convert("L")
    ends = [box[2] for top in (0, 45) if (box := inked.crop((0, top, inked.width, top + 45)).getbbox())]
    assert len(ends) == 2
    assert min(ends) > 0.7 * max(ends)


def test_the_same_card_is_the_same_bytes() -> None:
    assert draw(CARD_OF_CATS) == draw(CARD_OF_CATS)


def test_a_bare_title_is_enough() -> None:
    card = opened(draw(Card("Home")))
    assert ink(card, (268, 80, WIDTH, 250))
    assert not ink(card, (0, 300, WIDTH, HEIGHT))


@pytest.mark.parametrize("accent", [*icons.TONES, "nonsense"])
def test_the_icon_and_the_rule_wear_the_accent(accent: str) -> None:
    strong, soft = icons.tones(accent)[0]
    made = opened(draw(replace(CARD_OF_CATS, accent=accent))).convert("RGB")
    seen = {f"#{r:02x}{g:02x}{b:02x}" for _, (r, g, b) in made.getcolors(1 << 24) or []}  # type: ignore[misc]
    assert strong in seen
    assert any(close(soft, colour) for colour in seen)


def close(one: str, other: str) -> bool:
    parts = [(int(one[n : n + 2], 16), int(other[n : n + 2], 16)) for n in (1, 3, 5)]
    return all(abs(a - b) <= 12 for a, b in parts)


@pytest.mark.parametrize("size", [(3000, 2000), (2000, 3000), (5000, 500), (40, 40), (1, 3000)])
def test_a_cover_is_shown_whole_and_the_card_stays_small(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.effect_noise((max(1, size[0] // 10), max(1, size[1] // 10)), 90).resize(size).convert("RGB").save(
        tmp_path / "cover.jpg"
    )
    made = draw(replace(CARD_OF_CATS, cover=str(tmp_path / "cover.jpg")))
    card = opened(made)
    assert card.size == (WIDTH, HEIGHT)
    assert len(made) <= MOST_BYTES
    assert ink(card, (WIDTH - 84 - 1, 84, WIDTH - 84, 84 + 1))
    assert not ink(card, (WIDTH - 83, 0, WIDTH, HEIGHT))


@pytest.mark.parametrize("content", [b"", b"not a picture"])
def test_a_cover_that_cannot_be_read_is_left_out(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cover.jpg").write_bytes(content)
    assert draw(replace(CARD_OF_CATS, cover=str(tmp_path / "cover.jpg"))) == draw(CARD_OF_CATS)


async def test_cards_are_drawn_in_workers() -> None:
    workers = Workers(Config())
    assert await workers.run(CARD, CARD_OF_CATS) == draw(CARD_OF_CATS)
    await workers.close()


def test_missing_fonts_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typeset, "FONTS", tmp_path)
    with pytest.raises(Unavailable, match="et-book"):
        draw(CARD_OF_CATS)


@pytest.mark.parametrize(
    ("text", "writable"),
    [
        ("Cats &  dogs\n", "Cats & dogs"),
        ("Cats 🐈 and dogs", "Cats and dogs"),
        ("Dvořák e\u0301te\u0301", "Dvořák été"),
        ("ἀρετή", "αρετή"),
        ("Việt", "Viêt"),
        ("Записки", "Записки"),
        ("日本語", ""),
        ("日本語 x", ""),
        ("漢字 and Latin", "… and Latin"),
        ("a 漢 字 b and c", "a … b and c"),
        ("a ≤ b", "a … b"),
        ("🐈", ""),
        ("", ""),
    ],
)
def test_what_no_font_has_is_simplified_or_left_out(text: str, writable: str) -> None:
    assert Type("italic").writable(text) == writable


@pytest.mark.parametrize("style", ["roman", "italic", "semibold"])
def test_every_style_writes_the_typography_of_essays(style: typeset.Style) -> None:
    text = "“Naïve” – ‘don’t’ — café, Größe… 1234567890 · &"
    assert Type(style).writable(text) == text
    assert Type(style).width(text, 60) == pytest.approx(2 * Type(style).width(text, 30))


@pytest.mark.parametrize("name", ["one word", "ninety", "two hundred", "Czech", "one endless word"])
def test_a_title_is_fitted_in_at_most_three_lines(name: str) -> None:
    title, text = Type("italic"), TITLES[name][:300].strip()
    size, lines = title.fit(text, 840, TITLE_AND_EXCERPT)
    assert 1 <= len(lines) <= 3
    assert all(title.width(line, size) <= 840 for line in lines)
    assert 46 <= size <= 116
    assert lines[-1].endswith("…") == (name in ("two hundred", "one endless word"))


def test_lines_are_balanced() -> None:
    title = Type("italic")
    size, lines = title.fit("The quiet pleasures of a wide margin in a small book", 840, TITLE_AND_EXCERPT)
    widths = [title.width(line, size) for line in lines]
    assert len(lines) >= 2
    assert min(widths) > 0.7 * max(widths)


def test_long_words_break_after_their_hyphens_first() -> None:
    roman = Type("roman")
    width = roman.width("supercalifragilistic-", 40)
    assert roman.wrap("supercalifragilistic-expialidocious", 40, width) == ["supercalifragilistic-", "expialidocious"]


def test_what_is_cut_says_so() -> None:
    roman = Type("roman")
    assert roman.cut(["one", "two,", "three"], 2, 30, 500) == ["one", "two…"]
    assert roman.cut(["one", "two"], 2, 30, 500) == ["one", "two"]
