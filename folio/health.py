"""The press -> /health: the state of the site, for its author and for monitoring."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable
from typing import Any

from folio import __version__, pdf, search, slugs
from folio.content import Page
from folio.pages import state_of
from folio.press import Press
from folio.snapshot import Site


async def report(press: Press) -> dict[str, Any]:
    """Return the state of the site: "ok", or "problems" if something in the content or the machine needs fixing.

    It is "starting" while the files of a large site are first read: pages are served, lists wait. The site serves
    requests in every state: it is up if this responds.
    """
    site, wants_pdf = press.site, press.site.config.features.pdf
    missing = await press.pdf_missing() if wants_pdf else ""
    history_problem = press.chronicle.history.why
    stuck = [_stuck(*press.stuck, site)] if press.stuck else []
    problems = [*stuck, *_named_problems(site), *([f"site.toml: {history_problem}"] if history_problem else [])]
    return {
        "status": "starting" if press.loading.opening else "problems" if problems or missing else "ok",
        "version": __version__,
        "pages": len(site.public),
        "photographs": len(site.photos),
        "problems": problems,
        "texts": await texts(press),
        "search": await _search(press) if site.config.features.search else "off",
        "pdf": f"{missing} ({pdf.REMEDY})" if missing else "ready" if wants_pdf else "off",
    }


def _stuck(since: dt.datetime, error: str, site: Site) -> str:
    """Say that the site stands still, and since when; an error's own words may name what is hidden."""
    what = f"has been unreadable since {since.astimezone(site.config.zone):%H:%M} ({error}, see the log)"
    return f"the content {what}; the last good state is shown"


async def _search(press: Press) -> str:
    await asyncio.to_thread(lambda: search.Index)  # imports the module in a thread, if it is not loaded yet
    return press.index.state


async def texts(press: Press) -> str:
    """Return the progress of parsing texts for links and lists: "ready", "reading 63 %" or "following links"."""
    if press.loading.opening:
        return "reading 0 %"
    if press.generation.garden.complete:
        return "ready"
    public, language = press.site.public, press.site.config.language
    known = await asyncio.to_thread(press.extracts.known, public, language)  # 10 ms for 10,000 pages
    return f"reading {100 * len(known) // len(public)} %" if len(known) < len(public) else "following links"


def _named_problems(site: Site) -> list[str]:
    """Return the problems of public files, and the number of those of hidden files: only the log names these."""
    if not site.problems:
        return []
    pages = (entry.page for entry in site.tree.entries.values() if entry.page)
    hidden = [page for page in pages if state_of(page, site.now) != "public"]
    named = [str(p) for p in site.problems if not (_is_hidden(site, p.path) or _names(p.why, hidden))]
    hidden_count = len(site.problems) - len(named)
    return [*named, f"{hidden_count} in files that are not public: see the log"] if hidden_count else named


def _names(why: str, hidden: Iterable[Page]) -> bool:
    """Say whether a message names a hidden page, by its path or its URL."""
    words = {word.strip("(),;'") for word in why.split()}
    return any(page.url in words or page.path in why for page in hidden)


def _is_hidden(site: Site, path: str) -> bool:
    entry = site.tree.entries.get(path)
    page = entry.page if entry else None
    quiet = page is not None and state_of(page, site.now) != "public"
    return quiet or any(map(slugs.is_drafts_folder, path.split("/")))
