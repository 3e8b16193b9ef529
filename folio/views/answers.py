"""The contexts of error pages, of the page shown while a book is being made, and of the API page."""

from __future__ import annotations

from collections.abc import Sequence

from folio.content import Page
from folio.metadata import intro_head, make_head
from folio.openapi import Operation
from folio.snapshot import Site
from folio.views.base import Context, Step, base


def error(site: Site, status: int, words: tuple[str, str, str], suggestions: Sequence[Page], query: str) -> Context:
    """Return the context of an error page; `words` are (title, message, remedy)."""
    title, message, remedy = words
    head = make_head(site, "/", title, icon="/icon/index.svg", noindex=True)
    return {
        **base(site, head._replace(canonical="")),
        "status": status,
        "title": title,
        "message": message,
        "remedy": remedy,
        "suggestions": tuple(Step(page.title, page.url) for page in suggestions),
        "query": query,
    }


def binding(site: Site, title: str, form: str, stage: str, done: int, total: int) -> Context:
    """Return the context of the page that shows how far a book is made."""
    counted = f"{done:,} of {total:,}" if total else f"{done:,} so far" if done else ""
    label = {
        "read": "Reading pages",
        "pictures": "Making pictures",
        "set": "Typesetting pages",
        "bound": "Binding chapters",
    }.get(stage, "Starting")
    head = make_head(site, "/", title, icon="/icon/index.svg", noindex=True)
    return {
        **base(site, head._replace(canonical="")),
        "title": f"{title} ({form.upper()})",
        "told": f"{label}: {counted}" if counted else label,
        "done": done,
        "total": total,
    }


def programs(site: Site, operations: Sequence[Operation]) -> Context:
    """Return the context of the page that documents the API."""
    return {**base(site, intro_head(site, "/api", "For programs", lists=False)), "operations": operations}
