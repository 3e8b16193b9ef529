"""How much one visitor may ask: Responder's rate limiter, keyed by the client's network. Used by engine.py.

apologies.py words its refusals, for people or for programs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Any

from responder.ext.ratelimit import AsyncRedisBackend, MemoryBackend, RateLimiter

from folio.errors import Unavailable

PERIOD_SECONDS = 10  # short, so that a refused client does not wait for long
MAX_CLIENTS = 10_000  # remembered, some 15 MB at worst; the least recently seen are forgotten, and may ask anew
REDIS_SECONDS = 1.0  # for Redis to answer; past it a request is not counted
HOST_BITS = 64  # of an IPv6 address, which a client may choose freely (RFC 4291 §2.5.1)


class Counts:
    """Responder's counts in memory, called on the event loop: the limiter would use a thread for each request."""

    def __init__(self) -> None:
        self._counts, self._moment = MemoryBackend(MAX_CLIENTS), 0.0

    async def ahit(self, key: str, max_requests: int, period: int) -> tuple[bool, int, float]:
        """Count one request of a client; return (allowed, requests left, seconds until the oldest is forgotten)."""
        before, self._moment = self._moment, time.time()
        if self._moment < before:  # the clock was set back: earlier requests would count until it has caught up
            self._counts = MemoryBackend(MAX_CLIENTS)
        allowed, left, reset_seconds = self._counts.hit(key, max_requests, period)
        return allowed, left, reset_seconds


class SharedCounts:
    """Responder's counts in a Redis that engines share. Each request opens a connection, so none needs closing."""

    def __init__(self, url: str, name: str) -> None:
        try:
            from redis.asyncio import Redis
        except ImportError as error:
            raise Unavailable("FOLIO_REDIS needs the library redis", ".venv/bin/python -m pip install redis") from error
        self._redis, self._url, self._prefix = Redis, url, f"folio:{name}:"

    async def ahit(self, key: str, max_requests: int, period: int) -> tuple[bool, int, float]:
        """Count as Counts does, but in fixed periods. Raises what redis raises when there is no answer."""
        connect = self._redis.from_url
        async with connect(self._url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS) as link:
            allowed, left, reset = await AsyncRedisBackend(link, prefix=self._prefix).ahit(key, max_requests, period)
            return allowed, left, reset


class Limiter(RateLimiter):  # type: ignore[misc]  # it has no types of its own
    """Responder's limiter, whose budget is asked for at each request: an edit of site.toml may change it."""

    def __init__(self, requests: Callable[[], int], counts: Counts | SharedCounts) -> None:
        self._requests = requests
        super().__init__(period=PERIOD_SECONDS, backend=counts, key=client, fail_open=True)

    @property
    def max_requests(self) -> int:
        return self._requests()

    @max_requests.setter
    def max_requests(self, fixed: int) -> None:
        """Ignore the number that RateLimiter begins with."""


def limiter(requests: Callable[[], int], redis: str, name: str) -> Limiter:
    """Make a limiter with a budget of its own: `requests()` per client in PERIOD_SECONDS.

    `redis` is the address of a Redis in which engines share the counts under `name`, "" for none; while it does not
    answer nothing is counted, and the log says so. Raises Unavailable where its library is missing.
    """
    counts = SharedCounts(redis, name) if redis else Counts()
    return Limiter(requests, counts)


def client(req: Any) -> str:
    """Return the client's network, "192.0.2.7" or "2001:db8:1:2::"; "" for a peer without an address.

    A proxy's visitors are told apart by X-Forwarded-For, which server.py trusts from this machine alone.
    """
    host = str(req.client[0]) if req.client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address) >> HOST_BITS << HOST_BITS))
    return str(address)
