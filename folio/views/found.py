"""Search results -> the context of the search page: links to the matches, facets, and help if nothing was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote

from folio import fragments
from folio.content import Page
from folio.metadata import FEEDS, Head, intro_head
from folio.snapshot import Site
from folio.views.base import Context, Step, base
from folio.views.tiles import Tile

if TYPE_CHECKING:
    from folio.search import Facet, Hit, Results

CHOICES = 8  # facets shown of one name: the years of a life would fill a page
TAGS = 12  # offered if nothing was found
GROUPS = {"in": "Folder", "kind": "Kind", "year": "Year", "tag": "Tag"}
KINDS = {"photo": "photograph", "gallery": "gallery", "section": "folder"}  # a page is expected, and not labelled
MANY = {"page": "pages", "photo": "photographs", "gallery": "galleries", "section": "folders"}
SAME_CHARACTERS = 24  # from the first mark on, that two snippets of the same passage share


@dataclass(frozen=True, slots=True)
class Spot:
    """A heading with matches; `url` leads to the marked words (a text fragment)."""

    heading: str
    url: str
    snippet_html: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One result as shown. `section` is the title of its top folder, `kind` "" for a page, `tile` for a photograph.

    `snippet_html` is escaped, with no tag but <mark>; "" if one of the spots shows the same passage.
    """

    title: str
    url: str
    section: str
    kind: str
    date: str
    snippet_html: str
    spots: tuple[Spot, ...]
    tile: Tile | None


@dataclass(frozen=True, slots=True)
class Help:
    """What to try if nothing was found: the words without filters, pages with similar names, tags."""

    plain: str = ""
    near: tuple[Step, ...] = ()
    tags: tuple[Step, ...] = ()


def search(
    site: Site,
    asked: str,
    results: Results | None,
    *,
    intro: str = "",
    tiles: Iterable[Tile] = (),
    near: Sequence[Page] = (),
    plain: str = "",
) -> Context:
    """Return the context of the search page; `results` is None if nothing was asked, `intro` the author's own text.

    `tiles` show the photographs among the results. If nothing was found, `near` (pages with similar names) and `plain`
    (the words without filters) are offered.
    """
    spelled = quote(asked, safe="")
    shown = {tile.url: tile for tile in tiles}
    tags = sorted(site.tags.values(), key=lambda tag: (-len(tag.pages), tag.name))[:TAGS]
    nothing = Help(plain, tuple(Step(p.title, p.url) for p in near), tuple(Step(t.name, t.url) for t in tags))
    return {
        **base(site, _head(site, asked, spelled)),
        "query": asked,
        "intro": intro,
        "results": results,
        "answers": tuple(_answer(site, hit, shown) for hit in results.hits) if results else (),
        "groups": _groups(results) if results else (),
        "help": nothing if results is None or not results.total else None,
        "feed_url": f"/search/feed.xml?q={spelled}",
        "pages_url": f"/search?q={spelled}",
    }


def _head(site: Site, asked: str, spelled: str) -> Head:
    head = intro_head(site, "/search", f"Search: {asked}" if asked else "Search", noindex=bool(asked), lists=False)
    if not asked:
        return head
    own = tuple((kind, f"/search/{name}?q={spelled}", f"{head.title} ({sort})") for name, kind, sort in FEEDS)
    return head._replace(alternates=(*own, *head.alternates))


def _answer(site: Site, hit: Hit, tiles: Mapping[str, Tile]) -> Answer:
    top = site.sections.get(f"/{hit.section}") if hit.section else None
    spots = tuple(
        Spot(place.heading, place.url + fragments.marked(place.snippet_html), place.snippet_html)
        for place in hit.places
    )
    words = fragments.marked(hit.snippet_html, anywhere=True)
    return Answer(
        title=hit.title,
        url=f"{hit.url}#{words}" if words else hit.url,
        section=top.title if top and top.url != hit.url else "",
        kind=KINDS.get(hit.kind, ""),
        date=hit.date.text if hit.date else "",
        snippet_html="" if _is_in_places(hit) else hit.snippet_html,
        spots=spots,
        tile=tiles.get(hit.url),
    )


def _is_in_places(hit: Hit) -> bool:
    """Return True if a hit's snippet is that of one of its places: they are the same from the first mark on."""
    _, _, found = hit.snippet_html.partition("<mark>")
    same = _plain(found)[:SAME_CHARACTERS]
    return bool(same) and any(same in _plain(place.snippet_html) for place in hit.places)


def _plain(snippet_html: str) -> str:
    return snippet_html.replace("<mark>", "").replace("</mark>", "")


def _groups(results: Results) -> tuple[tuple[str, tuple[Facet, ...]], ...]:
    """Group the facets by name; those that would not narrow the results are left out, unless chosen."""
    useful = (facet for facet in results.facets if facet.chosen or facet.count < results.total)
    named = (replace(one, label=MANY.get(one.value, one.label)) if one.name == "kind" else one for one in useful)
    return tuple(
        (GROUPS[name], tuple(sorted(facets, key=lambda facet: not facet.chosen))[:CHOICES])
        for name, facets in groupby(named, key=lambda facet: facet.name)
    )
