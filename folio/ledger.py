"""The access log and the metrics: for every request an id, a count for /metrics and a line of the log.

edge.py and pagecache.py enter what they have sent. Lines are buffered for a moment: one logging call per request
costs more than sending a cached page.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import time
from bisect import bisect_left
from collections.abc import Callable
from itertools import accumulate

from responder.ext.metrics import MetricsCollector

FLUSH_SECONDS = 0.1  # that a line is buffered at most
MOST_LINES = 500  # that are buffered
PATH_CHARACTERS = 300  # of a path in the log

log = logging.getLogger("folio.access")


class Ledger:
    """The counts and buffered lines of one event loop. `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._boot = os.urandom(4).hex()
        self._numbers = itertools.count(1)
        self._clock = clock
        self._second, self._moment = 0, ""
        self._lines: list[str] = []
        self._collector = MetricsCollector()
        self._bounds = self._collector.buckets
        self._counts: dict[tuple[str, str, int], list[int]] = {}  # answers in each bucket of latency
        self._seconds: dict[tuple[str, str], float] = {}

    def number(self) -> str:
        """Return an id for the next request: a random prefix of this run, and a count."""
        return f"{self._boot}-{next(self._numbers):x}"

    def enter(
        self, number: str, method: str, path: str, pattern: str, status: int, size_bytes: int, seconds: float
    ) -> None:
        """Count an answer under its route, and buffer a line: no query, no client address, no control character."""
        counted = self._counts.get((method, pattern, status))
        if counted is None:
            counted = self._counts[method, pattern, status] = [0] * (len(self._bounds) + 1)
        counted[bisect_left(self._bounds, seconds)] += 1
        self._seconds[method, pattern] = self._seconds.get((method, pattern), 0.0) + seconds
        if not log.isEnabledFor(logging.INFO):
            return
        lines = self._lines
        lines.append(f"{self._now()} {number} {method} {printable(path)} {status} {size_bytes} {seconds * 1000:.1f}ms")
        if len(lines) == 1:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        elif len(lines) >= MOST_LINES:
            self.flush()

    def flush(self) -> None:
        """Write the buffered lines in one call."""
        if self._lines:
            text = "\n".join(self._lines)
            self._lines.clear()
            log.info("%s", text)

    def render(self) -> str:
        """Return the counts in Prometheus' format, under Responder's names."""
        collector = self._collector
        for (method, pattern, status), counted in self._counts.items():
            answers = sum(counted)
            collector.requests[method, pattern, str(status)] += answers
            collector.latency_count[method, pattern] += answers
            for bound, within in zip(self._bounds, accumulate(counted), strict=False):
                collector.latency_buckets[method, pattern, bound] += within
        for route, seconds in self._seconds.items():
            collector.latency_sum[route] += seconds
        self._counts.clear()
        self._seconds.clear()
        text: str = collector.render()
        return text

    def _now(self) -> str:
        """Return the time in UTC to the second, formatted once a second."""
        second = int(self._clock())
        if second != self._second:
            self._second, self._moment = second, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))
        return self._moment


def printable(path: str) -> str:
    """Return a path as one line of ASCII that cannot forge another, cut to PATH_CHARACTERS before it is escaped."""
    if len(path) <= PATH_CHARACTERS and path.isascii() and path.isprintable() and "\\" not in path and " " not in path:
        return path
    return path[:PATH_CHARACTERS].encode("unicode_escape").decode().replace(" ", "\\x20")
