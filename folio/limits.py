"""How much one visitor may ask: Responder's limiter over the network that a client speaks from. Used by engine.py.

What it refuses is put into words, for people or for programs, by apologies.py.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Any

from responder.ext.ratelimit import AsyncRedisBackend, MemoryBackend, RateLimiter

from folio.errors import Unavailable

PERIOD_SECONDS = 10  # short, so that who is refused does not wait for long
MAX_CLIENTS = 10_000  # remembered; the longest unseen are forgotten, who then may ask anew: some 15 MB at worst
REDIS_SECONDS = 1.0  # that a Redis may take to answer; past it a visitor goes uncounted
HOST_BITS = 64  # of an IPv6 address, which a client may choose for itself (RFC 4291 §2.5.1)


class Counts:
    """Responder's counts in memory, asked on the event loop: the limiter would send each request through a thread."""

    def __init__(self) -> None:
        self._counts = MemoryBackend(MAX_CLIENTS)

    async def ahit(self, key: str, max_requests: int, period: int) -> tuple[bool, int, float]:
        """Count one request of a client: (allowed, how many are left, seconds until the oldest is forgotten)."""
        allowed, left, reset_seconds = self._counts.hit(key, max_requests, period)
        return allowed, left, reset_seconds


class SharedCounts:
    """Responder's counts in a Redis, which several engines share. A connection a request: nothing is to be closed."""

    def __init__(self, url: str, name: str) -> None:
        try:
            from redis.asyncio import Redis
        except ImportError as error:
            raise Unavailable("FOLIO_REDIS needs a library", ".venv/bin/python -m pip install redis") from error
        self._redis, self._url, self._prefix = Redis, url, f"folio:{name}:"

    async def ahit(self, key: str, max_requests: int, period: int) -> tuple[bool, int, float]:
        """Count as Counts does, but in whole periods. Raises what redis raises when there is no answer."""
        connect = self._redis.from_url
        async with connect(self._url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS) as link:
            allowed, left, reset = await AsyncRedisBackend(link, prefix=self._prefix).ahit(key, max_requests, period)
            return allowed, left, reset


def limiter(requests: int, redis: str = "", name: str = "") -> RateLimiter:
    """Make a limiter with a budget of its own: so many requests of one client in PERIOD_SECONDS.

    With the address of a Redis, engines count together, by `name`; while it does not answer nobody is counted, and
    the log says so. Raises Unavailable where its library is missing.
    """
    counts = SharedCounts(redis, name) if redis else Counts()
    return RateLimiter(requests, PERIOD_SECONDS, counts, key=client, fail_open=True)


def client(req: Any) -> str:
    """Name who asks, "" for a peer without an address: "192.0.2.7", "2001:db8:1:2::".

    A proxy's visitors are told apart by X-Forwarded-For, which server.py believes of this machine alone.
    """
    host = str(req.client[0]) if req.client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address) >> HOST_BITS << HOST_BITS))
    return str(address)
