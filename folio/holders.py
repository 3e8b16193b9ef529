"""An inverted index: things with traits -> the holders of each trait, such as pages by word, by term or by link text.

Built once for a site, then updated for a few changed things: the long lists of common traits are left alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence

Holders = Mapping[str, Sequence[str]]


def gather(things: Iterable[tuple[str, Iterable[str]]]) -> Holders:
    """Return the holders of each trait. Things are (name, traits), each once and sorted by name."""
    found: dict[str, list[str]] = {}
    for holder, traits in things:
        for trait in traits:
            found.setdefault(trait, []).append(holder)
    return found


def changed(known: Holders, changes: Iterable[tuple[str, Collection[str], Collection[str]]]) -> Holders:
    """Return an updated copy for changes (holder, old traits, new traits); holders stay sorted."""
    differing = [(holder, {*had} ^ {*has}, has) for holder, had, has in changes]
    if not any(traits for _, traits, _ in differing):
        return known
    found = dict(known)
    for holder, traits, has in differing:
        for trait in traits:
            holding = [*found.get(trait, ())]
            at = bisect_left(holding, holder)
            if holding[at : at + 1] == [holder]:
                del holding[at]
            if trait in has:
                holding.insert(at, holder)
            if holding:
                found[trait] = holding
            else:
                found.pop(trait, None)
    return found
