"""Books being bound in the background: a visitor is given the file when it is there, else how far it is.

A binding belongs to one snapshot of the site; when the next one asks for the same book, the old binding is dropped.
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

AT_ONCE = 6  # books that are being bound; the lane of workers.py takes them one by one
KEPT = 500  # finished ones, by address: a path each
RETRY_SECONDS = 15

Bind = Callable[["Progress"], Awaitable[Path]]


@dataclass(slots=True)
class Progress:
    """How far a binding is: `done` of `total` of what `stage` names, 0 of 0 while nothing is known."""

    stage: str = ""
    done: int = 0
    total: int = 0

    def enter(self, stage: str) -> None:
        """Begin a stage."""
        self.stage, self.done, self.total = stage, 0, 0

    def tell(self, done: int, total: int) -> None:
        """Note how far the stage is."""
        self.done, self.total = done, total


class _Binding(NamedTuple):
    """A book that is being bound, or was."""

    of: object  # the snapshot it is made from
    task: asyncio.Task[Path]
    progress: Progress


class Bindery:
    """The bindings of one process, by address. Belongs to one event loop."""

    def __init__(self) -> None:
        self._bindings: OrderedDict[str, _Binding] = OrderedDict()

    async def take(self, address: str, of: object, bind: Bind, patience_seconds: float) -> Path | Progress:
        """Return the file at `address` made from the snapshot `of`, or how far it is after waiting for a while.

        Raises what `bind` raised, once: the next request tries again. Raises Busy when too many are being bound.
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
        """Stop whatever is being bound."""
        tasks = [binding.task for binding in self._bindings.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, address: str, of: object, bind: Bind) -> _Binding:
        if old := self._bindings.pop(address, None):
            old.task.cancel()
        if sum(not binding.task.done() for binding in self._bindings.values()) >= AT_ONCE:
            raise Busy("several books are being bound", RETRY_SECONDS)
        told = Progress()

        async def work() -> Path:
            with progress.heard(told.tell):
                return await bind(told)

        binding = _Binding(of, asyncio.create_task(work()), told)
        binding.task.add_done_callback(lambda task: task.cancelled() or task.exception())  # perhaps nobody asks again
        self._bindings[address] = binding
        while len(self._bindings) > KEPT:
            first = next(iter(self._bindings))
            self._bindings.pop(first).task.cancel()
        return binding

    def _drop(self, address: str, binding: _Binding) -> None:
        if self._bindings.get(address) is binding:
            del self._bindings[address]


def _is_lost(task: asyncio.Task[Path]) -> bool:
    """Say whether a file was made and has since been trimmed from the cache."""
    return task.done() and not task.cancelled() and task.exception() is None and not task.result().is_file()
