"""Points and the lines between them -> a place for each on a sheet: what graph.py has a worker do. Pure.

What hangs together is brought together first, by drawing each point towards those it is joined to. Then points push
each other away and lines pull (Fruchterman and Reingold, 1991); only near points are looked at. There is no chance in
it, and no arithmetic that two machines round differently: + - * / and square roots alone (IEEE 754).
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
NEAREST = 48  # points before it that one is pushed away from in a round
REACH = 2.0  # of a push, in mean distances
PULL_INWARDS = 0.14  # to the middle of the sheet, so that what hangs together with nothing does not drift away
PULL_TOGETHER = 0.10  # to the middle of one's own cluster
GAP = 5.0  # between the rims of two points
SPACE = 26.0  # between the middles of two: each can be hit with a finger
SPREADINGS = 80

Points = list[tuple[float, float]]
Edges = Sequence[tuple[int, int]]


def draw(names: Sequence[str], clusters: Sequence[str], radii: Sequence[float], edges: Edges) -> bytes:
    """Lay out as `places` does, as JSON: what a worker runs."""
    return json.dumps(places(names, clusters, radii, edges)).encode()


def places(
    names: Sequence[str], clusters: Sequence[str], radii: Sequence[float], edges: Edges
) -> tuple[tuple[int, int], ...]:
    """Return whole coordinates for each point, inside the margins of a sheet of WIDTH by HEIGHT.

    `names` and `clusters` choose where a point begins, `radii` how far from others it ends; `edges` are pairs of
    numbers of points. A third of a second for 400 points.
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
    """Yield (point, those before it within about `reach`), at most NEAREST of them, by way of a grid of that step."""
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
    """Put each cluster somewhere on the rim of the sheet, the largest first, and each point by chance of its name."""
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
    """Go a part of the way round a square in the middle of the sheet, in shares of its sides."""
    side, along = divmod(part * 4, 1)
    near, far = 0.2, 0.8
    way = near + along * (far - near)
    return ((way, near), (far, way), (1 - way, far), (near, 1 - way))[int(side) % 4]


def _gathered(points: Points, edges: Edges) -> Points:
    """Draw each point half the way to the middle of those it is joined to, again and again."""
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
    """Fill the sheet: keep who is left of whom and who is above, and make the steps between them equal."""
    places = [[0.0, 0.0] for _ in points]
    for way, length in enumerate((WIDTH, HEIGHT)):
        order = sorted(range(len(points)), key=lambda n: points[n][way])
        for rank, n in enumerate(order):
            places[n][way] = (rank + 0.5) / len(points) * length
    return [(x, y) for x, y in places]


def _moved(points: Points, clusters: Sequence[str], edges: Edges, mean: float, longest: float) -> Points:
    """Move each point as it is pushed and pulled, at most `longest`."""
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
    """Return the force on each point, across and down, by which those near it push it away: most of the time."""
    xs, ys = [0.0] * len(points), [0.0] * len(points)
    strength, end = mean * mean, 1 / (REACH * REACH)  # it ends softly, or points would line up
    for n, others in near(points, REACH * mean):
        x, y = points[n]
        fx = fy = 0.0
        for other in others:
            ox, oy = points[other]
            dx, dy = x - ox, y - oy
            square = dx * dx + dy * dy
            if not square:  # two in one place: they leave it on different sides
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
    """Stretch the drawing to the margins of the sheet, each way by itself."""
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
    """Move points that touch apart, and none over the margins."""
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
    """Yield (point, other, how far to move it) for each two that are too near: half the way, the other the rest."""
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
