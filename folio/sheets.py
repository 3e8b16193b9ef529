"""Long lists -> sheets of bounded weight, or of so many items, for pages that must not grow with the site. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

Key = TypeVar("Key")
Item = TypeVar("Item")
Groups = tuple[tuple[Key, tuple[Item, ...]], ...]

SHEET_BYTES = 120_000  # of one page's lines; with its head and foot it stays well below 150 KB
GROUP_BYTES = 250  # of a group's own line


def sheets(
    groups: Iterable[tuple[Key, Sequence[Item]]], weigh: Callable[[Item], int], most: int = SHEET_BYTES
) -> tuple[Groups[Key, Item], ...]:
    """Divide groups of items, in their order, over sheets that weigh at most `most`, at least one item on each.

    A group that does not fit goes on, under its own key, on the next sheet; one without items is its key alone. Of
    nothing there is one empty sheet.
    """
    divided: list[list[tuple[Key, list[Item]]]] = [[]]
    weight = 0
    for key, items in groups:
        weights = [weigh(item) for item in items]
        if divided[-1] and weight + GROUP_BYTES + sum(weights[:1]) > most:
            divided.append([])
            weight = 0
        divided[-1].append((key, []))
        weight += GROUP_BYTES
        for item, heavy in zip(items, weights, strict=True):
            if divided[-1][-1][1] and weight + heavy > most:
                divided.append([(key, [])])
                weight = GROUP_BYTES
            divided[-1][-1][1].append(item)
            weight += heavy
    return tuple(tuple((key, tuple(items)) for key, items in sheet) for sheet in divided)


def count(total: int, size: int) -> int:
    """Return how many sheets of `size` items hold `total` of them, at least 1."""
    return max(1, -(-total // size))


def nth(items: Sequence[Item], number: int, size: int) -> Sequence[Item]:
    """Return the items on sheet `number`, from 1, where each holds `size`; none past the last."""
    return items[(number - 1) * size : number * size]
