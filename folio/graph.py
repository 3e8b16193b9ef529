"""The garden -> the map of its links: which pages are drawn, at which positions, and with which labels.

The layout is computed in a worker (layout.py) and cached by the hash of its input, so that a map costs the event loop
nothing. views/ renders it as SVG, schemas.py as data.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from folio import layout
from folio.backmatter import Connection
from folio.cache import Maker, Store
from folio.content import Page
from folio.markdown.extract import cut

LAYOUT = Maker("folio.layout:draw", 2)
NODES = 400  # most pages drawn, the most connected ones
LABELS = 20  # most nodes with a label, the most connected ones
LABEL_CHARACTERS = 34
SMALLEST, LARGEST = 4.0, 16.0  # radii
LETTER, LINE = 7.4, 18  # approximate width of a letter and height of a line of a label
Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Label:
    """A label on the map: its position, and its SVG text-anchor ("start", "end", "middle")."""

    text: str
    x: int
    y: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Node:
    """A page on the map; `degree` is the number of its edges."""

    page: Page
    degree: int
    radius: float
    x: int
    y: int
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Map:
    """The map: nodes, most connected first; edges as pairs of node indexes, each once; the number of pages left out."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[tuple[int, int], ...] = ()
    left_out: int = 0


async def draw(store: Store, found: Sequence[Connection]) -> Map:
    """Draw the map of the connections of a garden. Raises what `Store.make` raises."""
    drawn, edges = chosen(found)
    if not drawn:
        return Map()
    degrees = [0] * len(drawn)
    for one, other in edges:
        degrees[one] += 1
        degrees[other] += 1
    radii = [radius(degree) for degree in degrees]
    what = ([page.url for page in drawn], [page.section for page in drawn], radii, edges)
    key = blake2b(json.dumps(what).encode(), digest_size=16).hexdigest()
    file = await store.make(LAYOUT, (key,), *what, suffix=".json")
    places = json.loads(await asyncio.to_thread(file.read_bytes))
    nodes = [
        Node(page, degree, size, x, y) for page, degree, size, (x, y) in zip(drawn, degrees, radii, places, strict=True)
    ]
    return Map(tuple(labelled(nodes)), tuple(edges), len(found) - len(drawn))


def chosen(connections: Sequence[Connection], most: int = NODES) -> tuple[list[Page], list[tuple[int, int]]]:
    """Return the pages and edges to draw: the `most` most connected pages, except those connected to none of these."""
    taken = connections[:most]
    urls = {one.page.url for one in taken}
    joined = {(one.page.url, cited.url) for one in taken for cited in one.cites if cited.url in urls}
    linked = {url for pair in joined for url in pair}
    pages = [one.page for one in taken if one.page.url in linked]
    numbers = {page.url: n for n, page in enumerate(pages)}
    return pages, sorted({(min(a, b), max(a, b)) for a, b in ((numbers[a], numbers[b]) for a, b in joined)})


def radius(degree: int) -> float:
    """Return the radius of a node, with an area that grows with its degree."""
    return round(min(SMALLEST + 2.2 * math.sqrt(max(degree - 1, 0)), LARGEST), 1)


def labelled(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield the nodes; the first LABELS get labels that overlap no other label, and no node if that can be avoided."""
    boxes = [_node_box(node) for node in nodes]
    labels: list[Box] = []
    for n, node in enumerate(nodes):
        avoided = (boxes, boxes[:LABELS], []) if n < LABELS else ()  # tried in turn: all nodes, labelled ones, none
        label = next((label for nearby in avoided for label in _free(node, (*nearby, *labels))), None)
        labels += [_label_box(label)] if label else []
        yield replace(node, label=label)


def _free(node: Node, taken: Iterable[Box]) -> Iterator[Label]:
    """Yield the label of a node at each position that is free, the best first."""
    text = cut(node.page.link_title or node.page.title, LABEL_CHARACTERS)
    beside, above = round(node.radius + 5), round(node.radius + 6)
    for dx, dy, anchor in (
        (beside, 5, "start"), (-beside, 5, "end"), (0, -above, "middle"), (0, above + 11, "middle")
    ):  # fmt: skip
        label = Label(text, node.x + dx, node.y + dy, anchor)
        left, top, right, bottom = box = _label_box(label)
        inside = left >= 0 and top >= 0 and right <= layout.WIDTH and bottom <= layout.HEIGHT
        if inside and not any(_overlap(box, other) for other in taken):
            yield label


def _label_box(label: Label) -> Box:
    width = len(label.text) * LETTER
    left = label.x - {"start": 0, "middle": width / 2, "end": width}[label.anchor]
    return (left, label.y - LINE * 0.75, left + width, label.y + LINE * 0.25)


def _node_box(node: Node) -> Box:
    return (node.x - node.radius, node.y - node.radius, node.x + node.radius, node.y + node.radius)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
