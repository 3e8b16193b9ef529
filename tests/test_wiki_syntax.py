"""What `[[…]]`, `![[…]]`, `^names` and `%%comments%%` say of a document; how they are printed is in tests/markdown/."""

from __future__ import annotations

import pytest

from folio.markdown import Image, Link, Part, Reference, fragment, parse, render


def test_wikilinks_are_links_with_their_sentence() -> None:
    document = parse("One. See [[Cats#Sleep|how *they* sleep]].\n\nx^[And [[#Food]].]\n")
    assert document.links == (
        Link("Cats#Sleep", "how they sleep", "See how they sleep.", 1, "wiki"),
        Link("#Food", "Food", "And Food.", 3, "wiki"),
    )
    assert document.text == "One. See how they sleep.\n\nx\n\nAnd Food."


def test_embedded_pictures_are_images_and_embedded_pages_are_named_once() -> None:
    document = parse(
        "![[a b.jpg|A *b*|40]]\n\n![[Cats#Sleep]]\nx ![[dogs.md]] ![[Cats#Sleep]] ![[paper.pdf]] ![[m.mp3]]\n"
    )
    assert document.images == (Image("a b.jpg", "A b", "", 1, "embed"),)
    assert document.embeds == ("Cats#Sleep", "dogs.md")


def test_a_full_stop_in_a_name_does_not_make_it_a_file() -> None:
    document = parse("See ![[On 3.1]] ![[On 3.1#Why]] ![[Mr.Fox]] ![[paper.PDF#page=3]] ![[film.mp4]]")
    assert document.embeds == ("On 3.1", "On 3.1#Why", "Mr.Fox")
    assert render(document, lambda target, kind: Reference("/x")).text == (
        '<p>See <a class="embed" href="/x">On 3.1</a> <a class="embed" href="/x">On 3.1 &gt; Why</a> '
        '<a class="file" href="/x">Mr.Fox</a> <a class="file" href="/x#page=3">paper.PDF</a> '
        '<video controls preload="metadata" src="/x" aria-label="film.mp4"></video></p>\n'
    )


def test_an_embedded_page_is_not_said_to_be_this_pages_words() -> None:
    document = parse("One.\n\n![[Cats|words]]\n\nTwo ![[Cats]].\n")
    assert (document.text, document.words, document.links) == ("One.\n\nTwo .", 3, ())


def test_every_id_of_a_page_is_known() -> None:
    document = parse("## A\n\nx ^b\n\n<i id='c'>y</i>[^d] z[^d]^[{-} m]\n\n[^d]: n <b id='e'>f</b>\n")
    assert document.ids == {"a", "^b", "c", "e", "sn-1", "ref-1", "ref-1-2", "mn-1"}


def test_comments_are_gone_from_everything() -> None:
    text = (
        "One %%[x](secret.md) two%% three.\n\n%%\n## Secret\n\n[y](secret.md) ![z](secret.jpg)\n%%\n\n## A %%secret%%\n"
    )
    document = parse(text)
    assert (document.links, document.images, document.words) == ((), (), 3)
    assert document.parts == (Part("", "", "One three."), Part("a", "A", ""))
    assert "secret" not in repr(document._replace(tokens=())).lower()


def test_what_follows_a_comment_keeps_its_line() -> None:
    assert [link.line for link in parse("a %%b\nc%% [d](e)\n%%\nf\n%%\n[g](h)\n").links] == [2, 6]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a\n\n%% b\n\nc", 3, "is never closed"),
        ("a\n%%\n\nb", 2, "is never closed"),
        ("a\n  %% b\n\nc", 2, "is never closed"),
        ("a\nb %%c d", 2, "is never closed"),
        ("a ^x\n\nb ^x", 3, "^x is already used"),
        ("a\n\n| b |\n|---|\n| c |\n^x\n\n^x", 8, "^x is already used"),
    ],
)
def test_what_the_author_should_know_is_reported_with_its_line(text: str, line: int, words: str) -> None:
    assert [problem.line for problem in parse(text).problems if words in problem.why] == [line]


def test_slips_and_ordinary_prose_are_nothing_to_report() -> None:
    assert parse("50%% of a == b, [[Cats]]^2 and %%so%% x^y").problems == ()
    for text in ("100 %% sure", "It is 5 %%", "5 %%\nof it", "*5 %%* of it", "(5 %%) of it", "a%%b", "5 %%, or %"):
        assert parse(text).problems == ()


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Some *Heading*", "some-heading"),
        ("`code` & [[Cats|cats]], ==marked==", "code--cats-marked"),
        ("What's new in 3.1?", "whats-new-in-31"),
        ("snake_case", "snake_case"),
        ("*Why* {now}", "why-now"),
        ("日本語", "日本語"),
        ("The *n* in f{n}", "the-n-in-fn"),
        ("", "section"),
    ],
)
def test_a_headings_words_are_its_fragment(heading: str, name: str) -> None:
    assert fragment(heading) == name
    assert not heading or parse(f"## {heading}").headings[0].id == name
