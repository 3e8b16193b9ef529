"""Does memory stay constant over a hundred thousand requests of all kinds?"""

from __future__ import annotations

import random
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import essays
from bench.harness import Table, folder, folio
from bench.load import tour
from folio.config import Config

COUNT = 1_000
REQUESTS, PARTS = 100_000, 10
LISTS = ("/", "/archive", "/essays", "/tags", "/feed.xml", "/sitemap.xml", "/api/blog?size=50", "/essays/feed.json")
MISSING_EVERY = 50


def measure(content: Path) -> Table:
    """Request pages, their forms, lists and missing pages, and measure memory in between. `content` is not used."""
    with folder() as room:
        addresses = essays.write(room / "content", COUNT)
        with folio(room / "content", room) as server:
            server.is_whole()
            before, statuses, weights = server.memory_kb(), Counter[int](), []
            for n in range(PARTS):
                statuses.update(tour(server, list(_mixed(addresses, n))))
                weights.append(server.memory_kb())
    if any(status >= 500 for status in statuses):
        raise RuntimeError(f"some answers were errors: {dict(statuses)}")
    rows = (
        ("before", f"{before >> 10} MB"),
        *((f"after {REQUESTS // PARTS * (n + 1):,}", f"{weight >> 10} MB") for n, weight in enumerate(weights)),
        ("slope of the second half", f"{_slope_kb(weights):+,.0f} KB in {REQUESTS:,} requests"),
    )
    return Table(f"Memory over {REQUESTS:,} requests", ("", "PSS"), rows, _notes(statuses))


def _mixed(addresses: Sequence[str], part: int) -> Iterator[str]:
    """Yield the paths of one part's requests, in random order."""
    chance = random.Random(part)
    for n in range(REQUESTS // PARTS):
        if n % MISSING_EVERY == 0:
            yield f"/essays/not-there-{part}-{n}"
        else:
            page = chance.choice(addresses)
            yield chance.choice(
                (page, page, page, page, f"{page}.md", f"{page}.json", f"{page}.txt", *LISTS[:2], chance.choice(LISTS))
            )


def _slope_kb(weights: Sequence[int]) -> float:
    """Return the growth over all requests, by linear regression over the second half of the measurements."""
    half = weights[len(weights) // 2 :]
    return statistics.linear_regression(range(len(half)), half).slope * PARTS


def _notes(statuses: Counter[int]) -> str:
    counts = ", ".join(f"{count:,} answered {status}" for status, count in sorted(statuses.items()))
    return (
        f"{COUNT:,} essays; pages, their other forms, lists and feeds by chance, one in {MISSING_EVERY} of what is not "
        f"there; {counts}. The proportional share of memory (PSS) of the process that answers; ready answers fill "
        f"up to {Config().limits.memory_mb} MB of it, and parsed texts have a budget of their own."
    )
