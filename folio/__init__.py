"""Folio: a folder of Markdown and photographs, served as a whole site.

Each module is a plain noun and does what its name says; `engine.py` at the top of the tree declares the URLs.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Rooms that a front page is made without. `from folio import cards` opens none of them: the first look into one does.
# A start costs a third less so, and it is what a visitor waits for whenever the site is deployed anew.
LATER = (
    "apologies", "archives", "backmatter", "binding", "books", "captions", "cards", "concordance", "editions", "epub",
    "exif", "favicons", "feeds", "files", "forms", "graph", "health", "hits", "links", "lists", "manifest", "names",
    "opening", "originals", "pdf", "prints", "related", "schemas", "search", "searches", "sprites", "syndication",
    "systemfonts", "volumes", "watch", "xhtml",
)  # fmt: skip
LONG = ("search", "schemas", "hits")  # of these what takes 10 ms and more; the first to want one need not hold up all
PAUSE_SECONDS = 0.02


def open_all(rooms: Iterable[str] = LATER, pause_seconds: float = PAUSE_SECONDS) -> None:
    """Open rooms, in a thread; in between the event loop has its turns."""
    for name in rooms:
        time.sleep(pause_seconds)
        importlib.import_module(f"{__name__}.{name}")


if not TYPE_CHECKING:  # for a type checker they are modules like any other

    class Later:
        """Stands for a room until it is opened, which the import system does once, whoever asks at the same time."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, noun: str) -> Any:
            return getattr(importlib.import_module(self._name), noun)

    def __getattr__(name: str) -> Any:
        if name in LATER:
            return Later(f"{__name__}.{name}")
        raise AttributeError(name)
