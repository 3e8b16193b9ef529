"""Any text at all: parsing and rendering never raise, tags balance, ids are unique, no link stands in a link.

bench/shapes.py has the texts that hurt Markdown parsers: add a rule's own there; the bench times them at 100 kB.
"""

from __future__ import annotations

import pickle
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from drawing import draws
from hypothesis import given
from hypothesis import strategies as st

from bench.shapes import shapes
from folio.markdown import Passage, Picture, Reference, parse, render
from folio.markdown.document import Kind, NoteStyle
from folio.markdown.rawhtml import VOID

STYLES: tuple[NoteStyle, ...] = ("margin", "foot", "end")


class _Checker(HTMLParser):
    """Collects what is wrong with a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        self.wrong += [f"{name}= on <{tag}>" for name in names if name == "style" or name.startswith("on")]
        self.wrong += [f"{name}= twice on <{tag}>" for name, count in Counter(names).items() if count > 1]
        self.ids.update(value or "" for name, value in attrs if name == "id")
        if tag == "a" and "a" in self.open:
            self.wrong.append("<a> in <a>")
        if tag in ("script", "style", "h1"):
            self.wrong.append(f"<{tag}>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> ends nothing")


def faults(html: str) -> list[str]:
    """What is wrong with `html`, [] when it is well formed."""
    checker = _Checker()
    checker.feed(html)
    checker.close()
    twice = [f"id {name} stands twice" for name, count in checker.ids.items() if count > 1]
    return checker.wrong + twice + [f"<{tag}> is never closed" for tag in checker.open]


PASSAGE = parse('# a {#a}\n\nx[^a] <i id="b">y</i> ^a\n\n- [^a] [c](#b) ^b\n\n![[a]]\n\n[^a]: n[^b]\n\n[^b]: m ![[a]]')


def resolve(target: str, kind: Kind) -> Reference:
    """Every image is a photograph with its own page, which makes a link of it; every name a page that shows itself."""
    picture = Picture("/p.jpg", 4, 3, page="/p") if kind == "image" or "png" in target else None
    part = target.partition("#")[2]
    passage = Passage("<T>", f"/t#{part}", PASSAGE, resolve, part) if kind == "embed" else None
    return Reference(target, exists="b" not in target, picture=picture, passage=passage)


def check(text: str) -> None:
    document = pickle.loads(pickle.dumps(parse(text)))
    lines = text.count("\n") + text.count("\r") + 1
    assert all(1 <= problem.line <= lines for problem in document.problems)
    for style in STYLES:
        page = render(document, resolve, style).text
        assert faults(page) == []
        page.encode()


@pytest.mark.parametrize("name", sorted(shapes(100)))
def test_hostile_text_makes_a_well_formed_page(name: str) -> None:
    check(shapes(3_000)[name])


# One a line: bits of markup that any mixture of must be read as a page.
PIECES = st.sampled_from((Path(__file__).parent / "markdown" / "pieces.txt").read_text(encoding="utf-8").splitlines())
GAPS = st.sampled_from(
    ["", " ", "\n", "\n\n", "\n\n[^a]: ", "\n\n[^b]: ", "\n    ", "\n> ", "\n- ", "\n\n## a ", "\n|", "\0"]
)
TEXTS = st.lists(st.tuples(GAPS, PIECES), max_size=40).map(lambda found: "".join(gap + piece for gap, piece in found))


@draws(300)
@given(TEXTS)
def test_any_mixture_of_markup_makes_a_well_formed_page(text: str) -> None:
    check(text)


@given(st.text(max_size=200))
def test_any_text_makes_a_well_formed_page(text: str) -> None:
    check(text)


@given(TEXTS)
def test_notes_are_numbered_as_they_are_read(text: str) -> None:
    document = parse(text)
    numbers = [note.number for note in document.notes if note.number is not None]
    assert numbers == list(range(1, len(numbers) + 1))
    page = render(document, resolve).text
    assert all(page.count(f'id="sn-{number}"') == 1 for number in numbers)
