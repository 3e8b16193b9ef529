"""The progress of long jobs: a maker reports it, in whatever process; whoever awaits the job may listen.

A maker calls `tell(3, 40)`; workers.py passes that from the worker process to the task that awaits the job, and the
listener set by `heard` when that task was created is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[int, int], None]  # done, total; a total of 0 is unknown


def _nobody(done: int, total: int) -> None:
    """Ignore the progress."""


_LISTENER: ContextVar[Listener] = ContextVar("listener", default=_nobody)


def tell(done: int, total: int) -> None:
    """Report that `done` of `total` is done."""
    _LISTENER.get()(done, total)


@contextmanager
def heard(listener: Listener) -> Iterator[None]:
    """Pass the progress of this context, and of tasks created in it, to `listener`."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)
