"""How much one visitor may ask: Responder's limiter over the network that a client speaks from. Used by engine.py.

What it refuses is put into words, for people or for programs, by apologies.py.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Any

from responder.ext.ratelimit import MemoryBackend, RateLimiter

PERIOD_SECONDS = 10  # short, so that who is refused does not wait for long
MAX_CLIENTS = 10_000  # remembered; the longest unseen are forgotten, who then may ask anew: some 15 MB at worst
HOST_BITS = 64  # of an IPv6 address, which a client may choose for itself (RFC 4291 §2.5.1)


class Counts:
    """Responder's counts in memory, asked on the event loop: the limiter would send each request through a thread."""

    def __init__(self) -> None:
        self._counts = MemoryBackend(MAX_CLIENTS)

    async def ahit(self, key: str, max_requests: int, period: int) -> tuple[bool, int, float]:
        """Count one request of a client: (allowed, how many are left, seconds until the oldest is forgotten)."""
        allowed, left, reset_seconds = self._counts.hit(key, max_requests, period)
        return allowed, left, reset_seconds


def limiter(requests: int) -> RateLimiter:
    """Make a limiter with a budget of its own: so many requests of one client in PERIOD_SECONDS."""
    return RateLimiter(requests, PERIOD_SECONDS, Counts(), key=client)


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
