"""The garden -> the contexts of the back matter: sidenotes, quotations, outlines, the index, the graph of links."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from folio import backmatter, layout, sheets
from folio.backmatter import Branch, Connection, Quotation
from folio.concordance import TERM_PAGES
from folio.content import Page
from folio.garden import Garden
from folio.markdown import Note
from folio.markdown.extract import cut
from folio.sheets import Groups
from folio.views.base import Context
from folio.views.listing import Asked, link_weight, listing, nth

if TYPE_CHECKING:
    from folio.graph import Map, Node

TEXT_CHARACTERS = 1500  # shown of one note or quotation
Fact = TypeVar("Fact")
ROWS = 200  # of the table below the graph, on one page


@dataclass(frozen=True, slots=True)
class Passage:
    """A note or a quotation in a list: its number (0 for none), its plain text, and the URL fragment of its place."""

    number: int
    text: str
    fragment: str


@dataclass(frozen=True, slots=True)
class Colour:
    """The nodes of the graph in one colour, and the titles of the sections that have it."""

    accent: str
    sections: tuple[str, ...]
    nodes: tuple[Node, ...]


def sidenotes(garden: Garden, intro: str, asked: Asked) -> Context:
    """Return the context of the list of all notes."""
    return _passages(
        garden, "/archive/sidenotes", "Sidenotes", intro, asked, backmatter.notes, _notes,
        lambda note: Passage(note.number or 0, cut(note.text, TEXT_CHARACTERS), note.id),
    )  # fmt: skip


def quotes(garden: Garden, intro: str, asked: Asked) -> Context:
    """Return the context of the list of all block quotations."""
    return _passages(
        garden, "/archive/quotes", "Quotations", intro, asked, backmatter.quotations, _quotations,
        lambda one: Passage(0, cut(one.text, TEXT_CHARACTERS), one.fragment),
    )  # fmt: skip


def outlines(garden: Garden, intro: str, asked: Asked) -> Context:
    """Return the context of the list of all long texts' headings."""
    divided = garden.once(_outlined)
    return {
        **listing(garden, "/archive/outlines", "Outlines", intro, asked, count=len(divided)),
        "outlines": tuple(
            Outline(page, backmatter.outline(garden.extract(page).headings)) for page, _ in nth(divided, asked.number)
        ),
        "total": sum(map(len, divided)),
    }


def terms(garden: Garden, intro: str, asked: Asked) -> Context:
    """Return the context of the index of terms."""
    return {
        **listing(garden, "/archive/terms", "Index", intro, asked),
        "index": garden.concordance,
        "most": TERM_PAGES,
    }


def graph(garden: Garden, intro: str, asked: Asked, drawn: Map, found: Sequence[Connection]) -> Context:
    """Return the context of the graph of the connections `found`, drawn and as a table."""
    rows = sheets.nth(found, asked.number, ROWS)
    return {
        **listing(garden, "/archive/graph", "Graph", intro, asked, count=sheets.count(len(found), ROWS)),
        "drawn": drawn,
        "width": layout.WIDTH,
        "height": layout.HEIGHT,
        "colours": _colours(garden, drawn),
        "lines": "".join(_line(drawn.nodes[a], drawn.nodes[b]) for a, b in drawn.edges),
        "labels": tuple(node.label for node in drawn.nodes if node.label),
        "rows": rows,
    }


@dataclass(frozen=True, slots=True)
class Outline:
    """A page and the tree of its headings."""

    page: Page
    branches: tuple[Branch, ...]


def _passages(
    garden: Garden, url: str, title: str, intro: str, asked: Asked,
    find: Callable[[Garden], Groups[Page, Fact]], divide: Callable[[Garden], Sequence[Groups[Page, Fact]]],
    shown: Callable[[Fact], Passage],
) -> Context:  # fmt: skip
    found, divided = garden.once(find), garden.once(divide)
    return {
        **listing(garden, url, title, intro, asked, count=len(divided)),
        "groups": tuple((page, tuple(map(shown, facts))) for page, facts in nth(divided, asked.number)),
        "total": sum(len(facts) for _, facts in found),
        "pages": len(found),
    }


def _notes(garden: Garden) -> Sequence[Groups[Page, Note]]:
    return sheets.sheets(garden.once(backmatter.notes), lambda note: _passage_weight(note.text, note.id))


def _quotations(garden: Garden) -> Sequence[Groups[Page, Quotation]]:
    return sheets.sheets(garden.once(backmatter.quotations), lambda one: _passage_weight(one.text, one.fragment))


def _passage_weight(text: str, fragment: str) -> int:
    return 220 + len(cut(text, TEXT_CHARACTERS).encode()) + len(fragment)


def _outlined(garden: Garden) -> Sequence[Groups[Page, Page]]:
    def weigh(page: Page) -> int:
        lines = (f"{page.url}{heading.id}{heading.text}" for heading in garden.extract(page).headings)
        return link_weight(page) + 100 + sum(50 + len(line.encode()) for line in lines)

    return sheets.sheets([(page, (page,)) for page in backmatter.outlined(garden)], weigh)


def _colours(garden: Garden, drawn: Map) -> tuple[Colour, ...]:
    """Group the nodes by the accents of their sections, the largest group first."""
    site = garden.site

    def accent(node: Node) -> str:
        return site.config.accent_of(node.page.section)

    groups = itertools.groupby(sorted(drawn.nodes, key=accent), key=accent)
    colours = []
    for name, group in groups:
        nodes = tuple(group)
        sections = sorted({node.page.section for node in nodes})
        titles = tuple(site.sections[f"/{name}"].title for name in sections if name and f"/{name}" in site.sections)
        colours.append(Colour(name, titles, nodes))
    return tuple(sorted(colours, key=lambda colour: (-len(colour.nodes), colour.accent)))


def _line(one: Node, other: Node) -> str:
    return f"M{one.x} {one.y}L{other.x} {other.y}"
