"""The press -> how the site is, for its author and for whatever watches it: /health."""

from __future__ import annotations

from typing import Any

from folio import __version__, pdf
from folio.press import Press


async def report(press: Press) -> dict[str, Any]:
    """Return the state of the site: "ok", or "problems" when the content or the machine wants mending.

    The site answers in both cases: it is up when this is.
    """
    site, missing = press.site, await press.pdf_missing()
    problems = [str(problem) for problem in site.problems]
    return {
        "status": "problems" if problems or missing else "ok",
        "version": __version__,
        "pages": len(site.public),
        "photographs": len(site.photos),
        "problems": problems,
        "search": press.index.state if site.config.features.search else "off",
        "pdf": f"{missing} ({pdf.REMEDY})" if missing else "ready",
    }
