"""The models of the JSON API's answers, which make its OpenAPI schema and validate what is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from folio import archives, backmatter, hits, sheets
from folio import graph as graphs
from folio.answers import number
from folio.archives import Node
from folio.content import Page
from folio.errors import NotFound
from folio.press import Press
from folio.snapshot import Site

SIZE, MAX_SIZE = 20, 100  # items of one answer


class BlogItem(BaseModel):
    """A post of the list."""

    title: str
    url: str
    category: str
    date: str | None
    word_count: int
    unique_icon: str
    tags: list[str]
    description: str


class Blog(BaseModel):
    """One page of the posts; `page` counts from 1."""

    items: list[BlogItem]
    total: int
    page: int
    size: int
    pages: int


class Folder(BaseModel):
    """A folder of the directory; `count` public pages in it and below."""

    title: str
    url: str
    count: int
    children: list[Folder]


class Directory(BaseModel):
    """The tree of the site."""

    children: list[Folder]


class ThemePage(BaseModel):
    """A page of a theme."""

    title: str
    url: str


class Theme(BaseModel):
    """What several pages are about: a tag, or a page of themes/ with what it cites and what cites it.

    Of the `count` pages the newest hundred are named.
    """

    title: str
    url: str
    description: str
    count: int
    pages: list[ThemePage]


class Themes(BaseModel):
    """The themes, the largest first; not `complete` while texts are being read."""

    themes: list[Theme]
    complete: bool


class GraphNode(BaseModel):
    """A page on the map, at (x, y) of a sheet of 1000 by 760; `degree` counts the pages that it is joined to."""

    id: int
    url: str
    title: str
    section: str
    words: int
    degree: int
    x: int
    y: int


class GraphEdge(BaseModel):
    """A link between two pages, in one direction or both; each pair once, by `id`."""

    source: int
    target: int


class Graph(BaseModel):
    """The map of the links, the most connected first; not `complete` while texts are being read.

    `left_out` counts the pages that are connected, but less than those on the map.
    """

    nodes: list[GraphNode]
    edges: list[GraphEdge]
    left_out: int
    complete: bool


class TocEntry(BaseModel):
    """A heading of a page; `id` is its fragment."""

    level: int
    id: str
    text: str


class DataLink(BaseModel):
    """A link in a page, and where it leads."""

    url: str
    text: str


class DataImage(BaseModel):
    """A picture in a page."""

    url: str
    alt: str
    caption: str


class DataNote(BaseModel):
    """A note, by its number; a note in the margin has none."""

    number: int | None
    text: str


class ListedPage(BaseModel):
    """A page as an entry of a list. Dates are ISO 8601, as precise as they are known: "2013", "2026-06"."""

    url: str
    title: str
    date: str | None
    updated: str | None
    tags: list[str]
    summary: str
    words: int
    minutes: int


class PageData(ListedPage):
    """What `.json` behind a page's address answers. `html` is its body, `text` the same in plain words."""

    html: str
    text: str
    toc: list[TocEntry]
    links: list[DataLink]
    images: list[DataImage]
    notes: list[DataNote]


class PhotoCopy(BaseModel):
    """A copy of a photograph: `width` in pixels."""

    url: str
    width: int
    type: str


class PhotoData(BaseModel):
    """What `.json` behind a photograph's address answers; `gallery` is the address of its folder."""

    url: str
    title: str
    alt: str
    caption: str
    date: str | None
    place: str
    tags: list[str]
    width: int | None
    height: int | None
    exif: str
    camera: str
    lens: str
    images: list[PhotoCopy]
    gallery: str


class Subfolder(BaseModel):
    """A folder that lies in another."""

    title: str
    url: str


class ListData(BaseModel):
    """What `.json` behind the address of a folder, gallery, tag, year or series answers."""

    title: str
    url: str
    items: list[ListedPage] | list[PhotoData]
    sections: list[Subfolder] = []
    total: int
    page: int
    pages: int


SORTED: Mapping[str, Callable[[Page], Any]] = {"title": lambda p: p.title.casefold(), "words": lambda p: -p.words}


def blog(site: Site, asked: Mapping[str, str]) -> Blog:
    """List posts by the query `asked`: page, size, sort (-date, date, title, words), section, tag.

    A page past the end has no items.
    """
    section, tag, sort = asked.get("section"), asked.get("tag"), asked.get("sort", "-date")
    posts = [p for p in site.posts if (not section or p.section == section) and (not tag or tag in p.tags)]
    if sort in SORTED:
        posts.sort(key=SORTED[sort])
    elif sort == "date":
        posts.reverse()
    size = min(max(number(asked.get("size"), SIZE), 1), MAX_SIZE)
    page = max(number(asked.get("page"), 1), 1)
    shown = sheets.nth(posts, page, size)
    return Blog(
        items=[_item(p) for p in shown], total=len(posts), page=page, size=size, pages=sheets.count(len(posts), size)
    )


def directory(site: Site) -> Directory:
    """Return the tree of folders."""
    return Directory(children=[_folder(node) for node in archives.directory(site)])


async def themes(press: Press) -> Themes:
    """Return the themes with their pages, made in a thread, as it goes through all of them."""
    return await asyncio.to_thread(_themes, press)


def _themes(press: Press) -> Themes:
    garden = press.generation.garden
    found = [
        Theme(
            title=theme.title,
            url=theme.url,
            description=theme.description,
            count=len(theme.pages),
            pages=[ThemePage(title=page.title, url=page.url) for page in theme.pages[:MAX_SIZE]],
        )
        for theme in backmatter.themes(garden)
    ]
    return Themes(themes=found, complete=garden.complete)


async def graph(press: Press) -> Graph:
    """Return the graph of links, laid out. Raises NotFound where it is switched off, and what `Store.make` raises."""
    if not press.site.config.features.graph:
        raise NotFound("/archive/graph")
    garden = press.generation.garden
    connections = await asyncio.to_thread(garden.once, backmatter.connections)
    drawn = await graphs.draw(press.store, connections)
    return Graph(
        nodes=[_node(n, node) for n, node in enumerate(drawn.nodes)],
        edges=[GraphEdge(source=one, target=other) for one, other in drawn.edges],
        left_out=drawn.left_out,
        complete=garden.complete,
    )


def _node(number: int, node: graphs.Node) -> GraphNode:
    page = node.page
    return GraphNode(
        id=number, url=page.url, title=page.title, section=page.section, words=page.words,
        degree=node.degree, x=node.x, y=node.y,
    )  # fmt: skip


MODELS = (
    *(Blog, hits.Search, hits.Completions, hits.Suggestions, Directory, Themes, Graph, PageData, ListData, PhotoData),
)


def _folder(node: Node) -> Folder:
    return Folder(title=node.title, url=node.url, count=node.count, children=[_folder(n) for n in node.children])


def _item(page: Page) -> BlogItem:
    return BlogItem(
        title=page.title,
        url=page.url,
        category=page.section,
        date=page.date.iso if page.date else None,
        word_count=page.words,
        unique_icon=hits.icon(page),
        tags=list(page.tags),
        description=page.description,
    )
