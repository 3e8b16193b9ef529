"""The points and edges of a graph -> a place for each point on a sheet. graph.py has a worker do it. Pure.

First, each point is moved towards its neighbours. Then points repel each other and edges pull (Fruchterman and
Reingold, 1991); only near points are compared. The result is the same on every machine: nothing is random, and
+ - * / and square roots are the only arithmetic (IEEE 754 rounds them alike).
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b

WIDTH, HEIGHT = 1000, 760
MARGIN = 30
GATHERINGS = 60
ROUNDS = 40
NEAREST = 48  # earlier points that repel a point in a round, at most
REACH = 2.0  # of repulsion, in mean distances
PULL_INWARDS = 0.14  # to the middle of the sheet, so that unconnected points do not drift away
PULL_TOGETHER = 0.10  # to the middle of the point's cluster
GAP = 5.0  # between the rims of two points
SPACE = 26.0  # between the centres of two: each can be hit with a finger
SPREADINGS = 80

Points = list[tuple[float, float]]
Edges = Sequence[tuple[int, int]]


def draw(names: Sequence[str], clusters: Sequence[str], radii: Sequence[float], edges: Edges) -> bytes:
    """Return `places` as JSON; a worker runs this."""
    return json.dumps(places(names, clusters, radii, edges)).encode()


def places(
    names: Sequence[str], clusters: Sequence[str], radii: Sequence[float], edges: Edges
) -> tuple[tuple[int, int], ...]:
    """Return integer coordinates for each point, inside the margins of a sheet of WIDTH by HEIGHT.

    `names` and `clusters` choose where a point begins, `radii` how far from others it ends; `edges` are pairs of
    indices of points. Takes a third of a second for 400 points.
    """
    if not names:
        return ()
    points = _ranked(_gathered(_beginning(names, clusters), edges))
    mean = math.sqrt(WIDTH * HEIGHT / len(points))
    for n in range(ROUNDS):
        points = _moved(points, clusters, edges, mean, longest=mean * (1 - n / ROUNDS))
    points = _spread(_fitted(points), radii)
    return tuple((round(x), round(y)) for x, y in points)


def near(points: Points, reach: float) -> Iterator[tuple[int, list[int]]]:
    """Yield (point, at most NEAREST earlier points within about `reach`), found in a grid of cells of that size."""
    cells: dict[tuple[int, int], list[int]] = {}
    for n, (x, y) in enumerate(points):
        column, row = int(x // reach), int(y // reach)
        met: list[int] = []
        for across, down in _AROUND:
            met += cells.get((column + across, row + down), ())
            if len(met) > NEAREST:
                break
        yield n, met[:NEAREST]
        cells.setdefault((column, row), []).append(n)


_AROUND = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1))


def _beginning(names: Sequence[str], clusters: Sequence[str]) -> Points:
    """Put the clusters along a square on the sheet, the largest first, and each point near, by a hash of its name."""
    sizes = Counter(clusters)
    order = sorted(sizes, key=lambda cluster: (-sizes[cluster], cluster))
    centres = {cluster: _on_the_rim(n / len(order)) for n, cluster in enumerate(order)}
    points = []
    for name, cluster in zip(names, clusters, strict=True):
        digest = blake2b(name.encode("utf-8", "replace"), digest_size=8).digest()
        dx, dy = (int.from_bytes(part, "big") / 2**32 - 0.5 for part in (digest[:4], digest[4:]))
        x, y = centres[cluster] if len(order) > 1 else (0.5, 0.5)
        share = math.sqrt(sizes[cluster] / len(names))
        points.append((WIDTH * (x + dx * share), HEIGHT * (y + dy * share)))
    return points


def _on_the_rim(part: float) -> tuple[float, float]:
    """Return the place at `part` (0 to 1) of the way round a square in the middle of a sheet of size 1 by 1."""
    side, along = divmod(part * 4, 1)
    near, far = 0.2, 0.8
    place = near + along * (far - near)
    return ((place, near), (far, place), (1 - place, far), (near, 1 - place))[int(side) % 4]


def _gathered(points: Points, edges: Edges) -> Points:
    """Move each point halfway to the mean of its neighbours, GATHERINGS times."""
    degrees = [0] * len(points)
    for one, other in edges:
        degrees[one] += 1
        degrees[other] += 1
    for _ in range(GATHERINGS):
        xs, ys = [0.0] * len(points), [0.0] * len(points)
        for one, other in edges:
            (x1, y1), (x2, y2) = points[one], points[other]
            xs[one] += x2
            ys[one] += y2
            xs[other] += x1
            ys[other] += y1
        points = [
            ((x + sx / degree) / 2, (y + sy / degree) / 2) if degree else (x, y)
            for (x, y), sx, sy, degree in zip(points, xs, ys, degrees, strict=True)
        ]
    return points


def _ranked(points: Points) -> Points:
    """Fill the sheet: keep the order of the points across and down, and make the steps between them equal."""
    places = [[0.0, 0.0] for _ in points]
    for axis, length in enumerate((WIDTH, HEIGHT)):
        order = sorted(range(len(points)), key=lambda n: points[n][axis])
        for rank, n in enumerate(order):
            places[n][axis] = (rank + 0.5) / len(points) * length
    return [(x, y) for x, y in places]


def _moved(points: Points, clusters: Sequence[str], edges: Edges, mean: float, longest: float) -> Points:
    """Move each point by the forces on it, at most `longest`."""
    xs, ys = _pushed(points, mean)
    for one, other in edges:
        dx, dy = points[other][0] - points[one][0], points[other][1] - points[one][1]
        pull = math.sqrt(dx * dx + dy * dy) / mean
        xs[one] += dx * pull
        ys[one] += dy * pull
        xs[other] -= dx * pull
        ys[other] -= dy * pull
    middles = _middles(points, clusters)
    moved = []
    for (x, y), fx, fy, cluster in zip(points, xs, ys, clusters, strict=True):
        cx, cy = middles[cluster]
        fx += (WIDTH / 2 - x) * PULL_INWARDS + (cx - x) * PULL_TOGETHER
        fy += (HEIGHT / 2 - y) * PULL_INWARDS + (cy - y) * PULL_TOGETHER
        length = math.sqrt(fx * fx + fy * fy)
        step = min(length, longest) / length if length else 0.0
        moved.append((x + fx * step, y + fy * step))
    return moved


def _pushed(points: Points, mean: float) -> tuple[list[float], list[float]]:
    """Return the repulsion on each point by those near it, across and down. Takes most of the time."""
    xs, ys = [0.0] * len(points), [0.0] * len(points)
    strength, end = mean * mean, 1 / (REACH * REACH)  # it fades to zero at REACH, or points would line up
    for n, others in near(points, REACH * mean):
        x, y = points[n]
        fx = fy = 0.0
        for other in others:
            ox, oy = points[other]
            dx, dy = x - ox, y - oy
            square = dx * dx + dy * dy
            if not square:  # two in one place: push them to opposite sides
                dx = square = 1.0
            push = strength / square - end
            if push > 0.0:
                dx *= push
                dy *= push
                fx += dx
                fy += dy
                xs[other] -= dx
                ys[other] -= dy
        xs[n] += fx
        ys[n] += fy
    return xs, ys


def _middles(points: Points, clusters: Sequence[str]) -> dict[str, tuple[float, float]]:
    sums: dict[str, tuple[float, float, int]] = {}
    for (x, y), cluster in zip(points, clusters, strict=True):
        xs, ys, count = sums.get(cluster, (0.0, 0.0, 0))
        sums[cluster] = (xs + x, ys + y, count + 1)
    return {cluster: (xs / count, ys / count) for cluster, (xs, ys, count) in sums.items()}


def _fitted(points: Points) -> Points:
    """Stretch the drawing to the margins of the sheet, each axis by itself."""
    left, top = min(x for x, _ in points), min(y for _, y in points)
    across = max(x for x, _ in points) - left
    down = max(y for _, y in points) - top
    wide, high = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    return [
        (
            MARGIN + (x - left) / across * wide if across else WIDTH / 2,
            MARGIN + (y - top) / down * high if down else HEIGHT / 2,
        )
        for x, y in points
    ]


def _spread(points: Points, radii: Sequence[float]) -> Points:
    """Move touching points apart, none over the margins."""
    reach = max(SPACE, 2 * max(radii) + GAP)
    for _ in range(SPREADINGS):
        moves = list(_apart(points, radii, reach))
        if not moves:
            break
        places = [list(point) for point in points]
        for one, other, dx, dy in moves:
            places[one][0] += dx
            places[one][1] += dy
            places[other][0] -= dx
            places[other][1] -= dy
        points = [_inside(x, y) for x, y in places]
    return points


def _apart(points: Points, radii: Sequence[float], reach: float) -> Iterator[tuple[int, int, float, float]]:
    """Yield (point, other, dx, dy) for each two that are too near: the move of the point; the other's is opposite."""
    for n, others in near(points, reach):
        for other in others:
            wanted = max(SPACE, radii[n] + radii[other] + GAP)
            dx, dy = points[n][0] - points[other][0], points[n][1] - points[other][1]
            distance = math.sqrt(dx * dx + dy * dy)
            if distance < wanted - 0.5:
                if not distance:
                    dx = distance = 1.0
                part = (wanted - distance) / distance * 0.5
                yield n, other, dx * part, dy * part


def _inside(x: float, y: float) -> tuple[float, float]:
    return min(max(x, MARGIN), WIDTH - MARGIN), min(max(y, MARGIN), HEIGHT - MARGIN)
