"""How far a long work is: whoever does it tells, in whatever process; whoever waits for it may listen.

A maker calls `tell(3, 40)`; workers.py carries that from the child to the task in the engine that awaits it, and there
`heard` is whoever was listening when the task was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[int, int], None]  # done, of how many; 0 of an unknown number


def _nobody(done: int, total: int) -> None:
    """Hear nothing."""


_LISTENER: ContextVar[Listener] = ContextVar("listener", default=_nobody)


def tell(done: int, total: int) -> None:
    """Say that `done` of `total` is done, to whoever listens."""
    _LISTENER.get()(done, total)


@contextmanager
def heard(listener: Listener) -> Iterator[None]:
    """Let `listener` hear what is told within, and in the tasks that are begun within."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)
