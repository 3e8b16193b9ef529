"""Things and what each of them has -> who has what: pages by their words, by their terms, by what their links say.

Made once for a site, in its order, then brought up to a few changes: who has what nearly all have is not looked at.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence

Holders = Mapping[str, Sequence[str]]


def gather(things: Iterable[tuple[str, Iterable[str]]]) -> Holders:
    """Return who has each trait; things are given in the order of their names, each once with its own traits."""
    found: dict[str, list[str]] = {}
    for holder, traits in things:
        for trait in traits:
            found.setdefault(trait, []).append(holder)
    return found


def changed(known: Holders, changes: Iterable[tuple[str, Collection[str], Collection[str]]]) -> Holders:
    """Return the same when a few things, each with what it had and has, have other traits; holders in order."""
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
