"""An error -> the response for it: a redirect, an HTML page for people, or problem+json for programs.

Called by edge.py for every status of 400 and above, wherever it comes from, and for every exception.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import parse_qsl

from folio import forms, records, suggestions, templates, views
from folio.answers import HTML, NEVER
from folio.errors import Busy, MakeFailed, Moved, Unavailable
from folio.press import Press
from folio.records import Record, Scope

QUERY_CHARACTERS = 80  # most characters put into the search field of an error page
EXPLAINED: Mapping[int, tuple[str, str, str]] = {
    400: ("Unreadable request", "The browser sent something this site does not understand.", ""),
    404: ("Nothing here", "There is no page at this address.", "It may have moved; try a search."),
    405: ("Reading only", "This site can only be read: it answers GET and HEAD requests.", ""),
    410: ("Gone", "There was a page here once; its author has removed it.", "A search may find what replaced it."),
    412: ("It has changed", "This is no longer the version that was asked for.", ""),
    413: ("Too large", "The request is larger than this site accepts.", ""),
    416: ("No such part", "The file does not have the part that was asked for.", ""),
    422: ("Unreadable request", "Part of the address has the wrong form.", ""),
    429: ("A moment, please", "There have been many requests from your address.", "Wait a little, then try again."),
    500: (
        "Something broke",
        "The fault is ours, and it has been noted.",
        "Other pages work; try this one again later.",
    ),
    503: ("Busy", "Too many things are being made at once.", "Try again in a few seconds."),
}
UNMADE = (
    "This cannot be made",
    "It needs more time or memory than this site allows, or something in it cannot be read.",
    "Its other forms and all other pages work. This one will be tried again in a minute.",
)

log = logging.getLogger("folio.content")


def explain(press: Press, scope: Scope, status: int, error: BaseException | None) -> Record:
    """Make the response for an error. `error` is None if only its status is known."""
    if isinstance(error, Moved):
        headers = {"location": error.location, "cache-control": "public, max-age=300"}
        return records.make(b"", "text/plain; charset=utf-8", status=error.status, headers=headers)
    title, message, remedy = EXPLAINED.get(status, EXPLAINED[400 if status < 500 else 500])
    headers = dict(NEVER)
    if isinstance(error, Busy | MakeFailed):
        headers["retry-after"] = str(error.retry_after_seconds)
    if isinstance(error, MakeFailed):
        log.warning("%r cannot be made: %s", scope["path"], error)
        title, message, remedy = UNMADE
    if isinstance(error, Unavailable):
        title, message, remedy = "Not available here", str(error), error.remedy
    if _wants_problem(scope):
        problem = {"type": "about:blank", "title": title, "status": status, "detail": message, "remedy": remedy}
        body = forms.dump({name: value for name, value in problem.items() if value != ""})
        return records.make(body, "application/problem+json", status=status, headers=headers, negotiated=True)
    found = suggestions.nearest(press.site, press.generation.vocabulary, scope["path"]) if status == 404 else ()
    context = views.error(press.site, status, (title, message, remedy), found, _search_words(scope, status))
    html = templates.render(press.templates, "error.html", **context)
    return records.make(html.encode("utf-8", "replace"), HTML, status=status, headers=headers, negotiated=True)


def _search_words(scope: Scope, status: int) -> str:
    """Return the text for the search field: the name of the missing page, or the query that has to wait (429, 503)."""
    words = ""
    if status in (404, 410):
        words = scope["path"].strip("/").rpartition("/")[2].replace("-", " ").replace("_", " ")
    elif status in (429, 503):
        words = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("q", "")
    return " ".join(words.split())[:QUERY_CHARACTERS]


def _wants_problem(scope: Scope) -> bool:
    """Say whether a program is asking: it accepts JSON but not HTML, or requests the API."""
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return b"text/html" not in accept and (b"json" in accept or scope["path"].startswith("/api/"))
