"""The map of the links: the same for the same links, inside its sheet, and every large node to be seen."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import pytest
from drawing import draws
from hypothesis import given
from hypothesis import strategies as st

from folio import graph, layout
from folio.backmatter import Connection
from folio.content import Page

POINT = st.tuples(st.floats(-2_000, 2_000), st.floats(-2_000, 2_000))


def web(count: int) -> tuple[list[str], list[str], list[float], list[tuple[int, int]]]:
    """Make a site of so many pages in five folders: a few hubs, chains, and a link across here and there."""
    names = [f"/{n % 5}/page-{n}" for n in range(count)]
    edges = {(n % 7, n) for n in range(7, count)} | {(n - 5, n) for n in range(5, count, 3)}
    edges |= {(n // 2, n) for n in range(11, count, 11)}
    edges = {(a, b) for a, b in edges if a != b}
    degrees = [sum(n in edge for edge in edges) for n in range(count)]
    return names, [name.split("/")[1] for name in names], list(map(graph.radius, degrees)), sorted(edges)


def page(n: int) -> Page:
    return Page(path=f"n/{n:03}.md", url=f"/n/{n:03}", title=f"Number {n}", section="n")


def test_the_same_links_are_drawn_alike_in_another_process() -> None:
    code = f"from folio import layout; print(layout.draw(*{web(60)!r}).decode())"
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    assert json.loads(other.stdout) == json.loads(layout.draw(*web(60)))


def test_other_names_are_drawn_otherwise() -> None:
    names, *rest = web(30)
    assert layout.places([name + "x" for name in names], *rest) != layout.places(names, *rest)


@pytest.mark.parametrize("count", [1, 2, 3, 40, 400])
def test_every_node_is_on_the_sheet_and_none_hides_another(count: int) -> None:
    names, clusters, radii, edges = web(count)
    places = layout.places(names, clusters, radii, edges)
    assert len(places) == count
    for x, y in places:
        assert layout.MARGIN <= x <= layout.WIDTH - layout.MARGIN
        assert layout.MARGIN <= y <= layout.HEIGHT - layout.MARGIN
    for n, one in enumerate(places):
        for other in range(n):
            assert math.dist(one, places[other]) > radii[n] + radii[other], (n, other)


def test_no_links_and_no_pages_are_drawn_too() -> None:
    assert layout.places([], [], [], []) == ()
    assert len(set(layout.places(["a", "b", "c"], ["", "", ""], [4.0] * 3, []))) == 3


def test_what_is_joined_lies_nearer_than_what_is_not() -> None:
    names, clusters, radii, edges = web(60)
    places = layout.places(names, clusters, radii, edges)
    joined = [math.dist(places[a], places[b]) for a, b in edges]
    apart = [math.dist(places[a], places[b]) for a in range(60) for b in range(a) if (b, a) not in edges]
    assert sum(joined) / len(joined) < 0.7 * sum(apart) / len(apart)


def test_few_lines_cross_each_other() -> None:
    names, clusters, radii, edges = web(200)
    places = layout.places(names, clusters, radii, edges)

    def is_left(a: int, b: int, c: int) -> bool:
        (ax, ay), (bx, by), (cx, cy) = places[a], places[b], places[c]
        return (bx - ax) * (cy - ay) > (by - ay) * (cx - ax)

    def cross(a: int, b: int, c: int, d: int) -> bool:
        return is_left(a, b, c) != is_left(a, b, d) and is_left(c, d, a) != is_left(c, d, b)

    pairs = [(one, other) for n, one in enumerate(edges) for other in edges[:n] if not set(one) & set(other)]
    crossings = sum(cross(*one, *other) for one, other in pairs)
    assert crossings < len(edges) / 2  # 116 of 37,000 pairs; 316 without a beginning that gathers


@pytest.mark.parametrize("points", [[(5.0, 5.0)] * 1_000, [(n * 3.0, n % 31 * 9.0) for n in range(1_000)]])
def test_a_round_of_a_thousand_looks_at_a_bounded_number_of_pairs(points: list[tuple[float, float]]) -> None:
    pairs = [(n, other) for n, others in layout.near(points, 60.0) for other in others]
    assert all(len(others) <= layout.NEAREST for _, others in layout.near(points, 60.0))
    assert len(set(pairs)) == len(pairs)
    assert all(other < one for one, other in pairs)


@draws(50)
@given(st.lists(POINT, max_size=24))
def test_near_finds_every_two_points_within_reach_once(points: list[tuple[float, float]]) -> None:
    found = {(n, other) for n, others in layout.near(points, 50.0) for other in others}
    for n, one in enumerate(points):
        for other, place in enumerate(points[:n]):
            if math.dist(one, place) < 50.0:
                assert (n, other) in found
    assert all(other < n for n, other in found)
    assert all(math.dist(points[n], points[other]) <= 50.0 * math.sqrt(8) + 1e-6 for n, other in found)


def test_the_most_connected_are_chosen_and_what_is_left_alone_goes() -> None:
    a, b, c, d = map(page, range(4))
    found = [Connection(a, (b, c), ()), Connection(b, (), (a,)), Connection(c, (), (a,)), Connection(d, (b,), ())]
    assert graph.chosen(found, most=4) == ([a, b, c, d], [(0, 1), (0, 2), (1, 3)])
    assert graph.chosen(found, most=2) == ([a, b], [(0, 1)])
    assert graph.chosen([found[0], found[3]], most=4) == ([], [])


def test_two_pages_that_cite_each_other_are_joined_once() -> None:
    a, b = page(0), page(1)
    assert graph.chosen([Connection(a, (b,), (b,)), Connection(b, (a,), (a,))]) == ([a, b], [(0, 1)])


def test_words_hide_no_other_words() -> None:
    nodes = [graph.Node(page(n), 9, 10.0, 40 + n % 6 * 180, 40 + n // 6 * 24) for n in range(120)]
    labels = [node.label for node in graph.labelled(nodes)]
    assert not any(labels[graph.LABELS :])
    boxes = [graph._label_box(label) for label in labels if label]
    assert len(boxes) > graph.LABELS / 2
    assert not any(graph._overlap(one, other) for n, one in enumerate(boxes) for other in boxes[:n])
    assert all(left >= 0 and right <= layout.WIDTH for left, _, right, _ in boxes)


def test_a_long_title_is_shortened_on_the_map() -> None:
    long = Page(path="a.md", url="/a", title="A title that goes on for longer than there is room on a map")
    (node,) = graph.labelled([graph.Node(long, 1, 4.0, 500, 300)])
    assert node.label
    assert node.label.text == "A title that goes on for longer…"


def test_a_node_grows_with_its_links_and_not_without_end() -> None:
    assert graph.radius(1) == graph.SMALLEST < graph.radius(4) < graph.radius(20) < graph.radius(500) == graph.LARGEST
