"""What is typed, what is cut out and what is marked: pure functions, any input."""

from __future__ import annotations

import re
from itertools import chain

import pytest
from drawing import draws
from hypothesis import example, given
from hypothesis import strategies as st

from folio.search.query import TERMS, Filter, Query, Word, parse
from folio.search.snippets import LENGTH, marker, snippet
from folio.search.words import LONGEST, beginnings, fold, joined, language, lowered, stem, tokens, written

LIMIT = 200


def words(*written_words: str, prefix: bool = True) -> tuple[Word, ...]:
    """Make plain words of which the last goes on."""
    last = len(written_words) - 1
    return tuple(Word(word, (word,), prefix and n == last and len(word) > 2) for n, word in enumerate(written_words))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", Query()),
        ("cats dogs", Query("cats dogs", words("cats", "dogs"))),
        ("cats ", Query("cats", words("cats", prefix=False))),
        ("ca", Query("ca", words("ca"))),
        ('"wild dogs"', Query('"wild dogs"', (Word("wild dogs", ("wild", "dogs")),))),
        ("“wild dogs”", Query("“wild dogs”", (Word("wild dogs", ("wild", "dogs")),))),
        ("cat -dog", Query("cat -dog", words("cat", prefix=False), (Word("dog", ("dog",)),))),
        ("-dog", Query("-dog", (Word("dog", ("dog",)),))),
        ("tag:Zoo in:/essays/ year:2013", Query("tag:Zoo in:/essays/ year:2013", filters=(
            Filter("tag", "Zoo", "tag:Zoo"), Filter("in", "essays", "in:/essays/"),
            Filter("year", "2013", "year:2013")))),
        ('tag:"open source"', Query('tag:"open source"', filters=(
            Filter("tag", "open source", 'tag:"open source"'),))),
        ("from:2013-05 to:2014 kind:Photos", Query("from:2013-05 to:2014 kind:Photos", filters=(
            Filter("from", "2013-05", "from:2013-05"), Filter("to", "2014", "to:2014"),
            Filter("kind", "photo", "kind:Photos")))),
        ('lens:"35 f/2" camera:Leica', Query('lens:"35 f/2" camera:Leica', filters=(
            Filter("lens", "35 f/2", 'lens:"35 f/2"'), Filter("camera", "Leica", "camera:Leica")))),
        ("from:may kind:odd", Query("from:may kind:odd", (
            Word("from:may", ("from", "may")), Word("kind:odd", ("kind", "odd"))))),
        ("year:soon", Query("year:soon", (Word("year:soon", ("year", "soon")),))),
        ("colour:red", Query("colour:red", (Word("colour:red", ("colour", "red")),))),
        ("--flag", Query("--flag", (Word("--flag", ("flag",), prefix=True),))),
        ("resp.media", Query("resp.media", (Word("resp.media", ("resp", "media")),))),
        ("the E-mail", Query("the E-mail", (Word("the", ("the",)), Word("E-mail", ("e", "mail"), True, "email")))),
        ('"e-mail" e-mail.', Query('"e-mail" e-mail.', (
            Word("e-mail", ("e", "mail")), Word("e-mail.", ("e", "mail"), joined="email")))),
        ("-e-mail x", Query("-e-mail x", (Word("x", ("x",)),), (Word("e-mail", ("e", "mail")),))),
        ("no-cache/c++", Query("no-cache/c++", (Word("no-cache/c++", ("no", "cache", "c++")),))),
        ('say "cats', Query('say "cats', (Word("say", ("say",)), Word('"cats', ("cats",), prefix=True)))),
        ("- * ? ~ ^ ()", Query("- * ? ~ ^ ()")),
        ("a\0b\nc", Query("a b c", words("a", "b", "c"))),
    ],
)  # fmt: skip
def test_a_query_is_read(typed: str, expected: Query) -> None:
    assert parse(typed, LIMIT) == expected


@given(st.text(max_size=400))
@draws(300)
def test_whatever_is_typed_is_bounded(typed: str) -> None:
    query = parse(typed, LIMIT)
    assert len(query.text) <= LIMIT
    assert len(query.filters) + sum(len(word.tokens) for word in (*query.words, *query.excluded)) <= TERMS
    assert bool(query) == bool(query.words or query.filters)
    query.text.encode()


def test_long_queries_are_cut() -> None:
    assert len(parse("word " * 2000, LIMIT).words) == TERMS
    assert len(parse("x" * 10_000, LIMIT).text) == LIMIT
    assert sum(len(word.tokens) for word in parse('"' + "a b " * 40 + '"', LIMIT).words) == TERMS


def test_words_are_folded_and_split() -> None:
    assert tokens("L’Été: C++, C# author's Straße snake_case Ærø") == [
        "lete", "c++", "c#", "authors", "strasse", "snake", "case", "aero",
    ]  # fmt: skip
    assert tokens("日本語 text") == ["日", "本", "語", "text"]
    assert tokens("x" * (LONGEST + 1) + " y") == ["y"]


@given(st.text(max_size=60))
@example("l'amour")
@draws(300)
def test_a_text_and_its_written_words_give_the_same_tokens(text: str) -> None:
    plain = re.sub(r"[^a-zA-Z0-9 ,.'’é日本_-]", " ", text)
    assert [fold(match[0]) for match in written(plain)] == tokens(plain)
    for match in written(plain):
        token, (plain, is_rough) = fold(match[0]), lowered(match[0])
        assert any(plain.startswith(start) for start in beginnings(token, exact=not is_rough))


def test_every_letter_keeps_its_place_when_a_text_is_lowered() -> None:
    blocks = (range(0x3000), range(0xA640, 0xAC00), range(0xFB00, 0x10000), range(0x1D400, 0x1D800))
    lows = {letter: lowered(letter)[0] for letter in map(chr, chain(*blocks))}
    assert [letter for letter, low in lows.items() if len(low) != 1] == []
    words = {letter: fold(letter) for letter in lows if tokens(letter) == [fold(letter)] and letter != "ʼ"}
    assert [letter for letter, word in words.items() if word[0] != lows[letter]] == []
    assert lowered("Ærø, İstanbul, Straße") == ("aro, istanbul, strase", True)


def test_words_with_hyphens_are_joined() -> None:
    assert joined("An Un‑Englishable re-em-phasised—co‐op -x- well- known") == ["unenglishable", "reemphasised", "coop"]
    assert joined("a-" * LONGEST + "b") == []


def test_stems_follow_the_language() -> None:
    assert (stem("running", "en"), stem("katzen", "de"), stem("running", "xx")) == ("run", "katz", "running")
    assert (language("en-GB"), language("pt_BR"), language("")) == ("en", "pt", "en")


def cut(text: str, typed: str) -> str:
    return str(snippet(text, marker(parse(typed, LIMIT), ("en",))))


def test_a_snippet_marks_words_their_forms_and_their_beginnings() -> None:
    assert cut("Cats sleep. A dog runs.", "cat running") == "<mark>Cats</mark> sleep. A dog <mark>runs</mark>."
    assert cut("In the café, photographs.", "cafe photo") == ("In the <mark>café</mark>, <mark>photographs</mark>.")


def test_a_snippet_marks_a_word_with_or_without_its_hyphens() -> None:
    assert cut("An Un‑Englishable word.", "unengl") == "An <mark>Un‑Englishable</mark> word."
    assert cut("An anti-war pact.", "antiwar ") == "An <mark>anti-war</mark> pact."
    assert cut("Write an email.", "e-mail ") == "Write an <mark>email</mark>."
    assert cut("Write an e-mail.", "e-mail ") == "Write an <mark>e-mail</mark>."
    assert cut("O’Brien, obrien", "obrien ") == "O’Brien, <mark>obrien</mark>"
    assert cut("O’Brien", "obrien ") == "<mark>O’Brien</mark>"


def test_a_snippet_marks_a_phrase_as_one() -> None:
    assert cut("Wild cats. Then wild dogs.", '"wild dogs"') == "Wild cats. Then <mark>wild dogs</mark>."


def test_a_snippet_is_the_passage_with_most_of_the_query() -> None:
    text = "A cat. " + "Nothing here to see at all. " * 40 + "The cat met the dog. " + "More and more. " * 40
    found = cut(text, "cat dog")
    assert "The <mark>cat</mark> met the <mark>dog</mark>." in found
    assert found.startswith("… ") and found.endswith(" …")
    assert len(re.sub("</?mark>", "", found)) < LENGTH + 10


def test_a_snippet_without_a_match_is_the_beginning() -> None:
    assert cut("Once upon a time.", "dragon") == "Once upon a time."
    assert cut("", "dragon") == ""


def test_a_snippet_escapes_everything() -> None:
    assert cut('<script>alert("cat")</script> & <mark>', "cat") == (
        "&lt;script&gt;alert(&#34;<mark>cat</mark>&#34;)&lt;/script&gt; &amp; &lt;mark&gt;"
    )


@given(st.text(alphabet=st.sampled_from("catdog <>&\"'é日本.\n\0‮"), max_size=400), st.text(max_size=20))
@draws(200)
def test_a_snippet_is_always_safe_and_short(text: str, typed: str) -> None:
    found = cut(text, typed)
    assert not re.search(r"<(?!/?mark>)|&(?!(?:lt|gt|amp|#34|#39);)", found)
    assert found.count("<mark>") == found.count("</mark>")
