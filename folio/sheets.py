"""Pagination: long lists -> sheets of bounded weight or of equally many items, so that pages stay small. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import TypeVar

Key = TypeVar("Key")
Item = TypeVar("Item")
Groups = tuple[tuple[Key, tuple[Item, ...]], ...]

SHEET_BYTES = 120_000  # of one page's lines; with header and footer it stays well below 150 KB
GROUP_BYTES = 250  # of a group's own line


def sheets(
    groups: Iterable[tuple[Key, Sequence[Item]]], weigh: Callable[[Item], int], most: int = SHEET_BYTES
) -> tuple[Groups[Key, Item], ...]:
    """Divide groups of items, in their order, into sheets that weigh at most `most`, but hold at least one item.

    A group that does not fit continues, under its own key, on the next sheet; one without items is its key alone.
    Without groups there is one empty sheet.
    """
    divided: list[list[tuple[Key, tuple[Item, ...]]]] = [[]]
    weight = 0
    for key, items in groups:
        weights = [*accumulate(map(weigh, items), initial=0)]  # cumulative, from 0
        if divided[-1] and weight + GROUP_BYTES + sum(weights[1:2]) > most:
            divided.append([])
            weight = 0
        weight += GROUP_BYTES
        start, end = 0, _fitting(weights, 0, most - weight)
        divided[-1].append((key, tuple(items[:end])))
        while end < len(items):
            weight = GROUP_BYTES
            start, end = end, _fitting(weights, end, most - weight)
            divided.append([(key, tuple(items[start:end]))])
        weight += weights[end] - weights[start]
    return tuple(map(tuple, divided))


def _fitting(weights: Sequence[int], start: int, most: int) -> int:
    """Return the end of the items from `start` that weigh at most `most` together; at least one, if any is left."""
    return min(max(start + 1, bisect_right(weights, weights[start] + most) - 1), len(weights) - 1)


def count(total: int, size: int) -> int:
    """Return how many sheets of `size` items `total` items take, at least 1."""
    return max(1, -(-total // size))


def address(url: str, number: int) -> str:
    """Return the address of page `number`, from 1, of the list at `url`; the first has that of the list.

    ("/archive", 2) -> "/archive?page=2"; ("/search?q=cats", 2) -> "/search?q=cats&page=2"
    """
    return f"{url}{'&' if '?' in url else '?'}page={number}" if number > 1 else url


def nth(items: Sequence[Item], number: int, size: int) -> Sequence[Item]:
    """Return the items on sheet `number`, from 1, of sheets of `size` items; none past the last."""
    return items[(number - 1) * size : number * size]
