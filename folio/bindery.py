"""Books made in background tasks: a request gets the finished file, or the progress so far.

A binding belongs to one snapshot of the site; a request from a newer snapshot cancels and replaces it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from folio import progress
from folio.errors import Busy

AT_ONCE = 6  # most unfinished books; the book lane of workers.py makes them one by one
KEPT = 500  # most bindings remembered, one path each
RETRY_SECONDS = 15

Bind = Callable[["Progress"], Awaitable[Path]]


@dataclass(slots=True)
class Progress:
    """The progress of a binding: `done` of `total` items of the current `stage`, 0 of 0 while unknown."""

    stage: str = ""
    done: int = 0
    total: int = 0

    def enter(self, stage: str) -> None:
        """Start a stage."""
        self.stage, self.done, self.total = stage, 0, 0

    def tell(self, done: int, total: int) -> None:
        """Record the progress of the stage."""
        self.done, self.total = done, total


class _Binding(NamedTuple):
    """A book that is being made, or has been."""

    of: object  # the snapshot it is made from, compared by identity
    task: asyncio.Task[Path]
    progress: Progress


class Bindery:
    """The bindings of one process, by address. Bound to one event loop."""

    def __init__(self) -> None:
        self._bindings: OrderedDict[str, _Binding] = OrderedDict()

    async def take(self, address: str, of: object, bind: Bind, patience_seconds: float) -> Path | Progress:
        """Return the file for `address` made from the snapshot `of`, or its progress after `patience_seconds`.

        Raises what `bind` raised, once: the next request tries again. Raises Busy if too many books are in progress.
        """
        binding = self._bindings.get(address)
        if binding is None or binding.of is not of or _is_lost(binding.task):
            binding = self._begin(address, of, bind)
        done, _ = await asyncio.wait([binding.task], timeout=patience_seconds)
        if not done:
            return binding.progress
        if binding.task.cancelled() or binding.task.exception():
            self._drop(address, binding)
        return await binding.task

    async def close(self) -> None:
        """Cancel all unfinished bindings."""
        tasks = [binding.task for binding in self._bindings.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, address: str, of: object, bind: Bind) -> _Binding:
        if old := self._bindings.pop(address, None):
            old.task.cancel()
        if sum(not binding.task.done() for binding in self._bindings.values()) >= AT_ONCE:
            raise Busy("several books are being bound", RETRY_SECONDS)
        for past in [at for at, other in self._bindings.items() if other.of is not of and other.task.done()]:
            del self._bindings[past]  # it holds its snapshot, of which nobody asks for a book any more
        told = Progress()

        async def work() -> Path:
            with progress.heard(told.tell):
                return await bind(told)

        binding = _Binding(of, asyncio.create_task(work()), told)
        # Retrieve the exception, or asyncio logs it if no further request does.
        binding.task.add_done_callback(lambda task: task.cancelled() or task.exception())
        self._bindings[address] = binding
        while len(self._bindings) > KEPT:
            first = next(iter(self._bindings))
            self._bindings.pop(first).task.cancel()
        return binding

    def _drop(self, address: str, binding: _Binding) -> None:
        if self._bindings.get(address) is binding:
            del self._bindings[address]


def _is_lost(task: asyncio.Task[Path]) -> bool:
    """Say whether a file was made but has since been trimmed from the cache."""
    return task.done() and not task.cancelled() and task.exception() is None and not task.result().is_file()
