"""The press -> how the site is, for its author and for whatever watches it: /health."""

from __future__ import annotations

from typing import Any

from folio import __version__, pdf, slugs
from folio.pages import state_of
from folio.press import Press
from folio.snapshot import Site


async def report(press: Press) -> dict[str, Any]:
    """Return the state of the site: "ok", or "problems" when the content or the machine wants mending.

    The site answers in both cases: it is up when this is.
    """
    site, missing = press.site, await press.pdf_missing()
    problems = _told(site)
    return {
        "status": "problems" if problems or missing else "ok",
        "version": __version__,
        "pages": len(site.public),
        "photographs": len(site.photos),
        "problems": problems,
        "search": press.index.state if site.config.features.search else "off",
        "pdf": f"{missing} ({pdf.REMEDY})" if missing else "ready",
    }


def _told(site: Site) -> list[str]:
    """Return the problems of public files by name; of hidden ones only how many: their names are for the log alone."""
    told = [str(problem) for problem in site.problems if not _is_hidden(site, problem.path)]
    untold = len(site.problems) - len(told)
    return [*told, f"{untold} in files that are not public: see the log"] if untold else told


def _is_hidden(site: Site, path: str) -> bool:
    entry = site.tree.entries.get(path)
    page = entry.page if entry else None
    quiet = page is not None and state_of(page, site.now) != "public"
    return quiet or any(map(slugs.is_drafts_folder, path.split("/")))
