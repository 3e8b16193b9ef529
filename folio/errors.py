"""The engine's exceptions, which edge.py turns into responses.

SiteError                an error that the engine can explain to a visitor or to the author
├── NotFound             404: no public thing has this address
├── Gone                 410: it was here and was taken away on purpose
├── Moved                301/302/308: the same thing lives at another address
├── BadContent           a file or a setting the author should fix: path, line, why, kind
├── MakeFailed           503 + Retry-After: a PDF, picture or card could not be made within its limits
├── Busy                 503 + Retry-After: a bounded queue is full
└── Unavailable          503: a feature cannot work on this machine, with the remedy
"""

from __future__ import annotations

from dataclasses import dataclass, field


class SiteError(Exception):
    """Base class; `status` is the HTTP status of the response."""

    status = 500


class NotFound(SiteError):
    """No public thing has this address; hidden and unknown things get the same response."""

    status = 404


class Gone(SiteError):
    """The author took this address away on purpose."""

    status = 410


class Moved(SiteError):
    """The thing lives at `location`, a URL path on this site or an absolute URL the author wrote."""

    def __init__(self, location: str, status: int = 301) -> None:
        super().__init__(location)
        self.location = location
        self.status = status

    def __reduce__(self) -> tuple[type[Moved], tuple[str, int]]:
        return Moved, (self.location, self.status)


class BadContent(SiteError):
    """A file the author should fix; `str()` reads "essays/cats.md:3: why (remedy)". `kind` is as in Problem."""

    def __init__(self, path: str, line: int, why: str, kind: str = "header") -> None:
        super().__init__(f"{path}:{line}: {why}")
        self.path = path
        self.line = line
        self.why = why
        self.kind = kind

    def __reduce__(self) -> tuple[type[BadContent], tuple[str, int, str, str]]:
        return BadContent, (self.path, self.line, self.why, self.kind)


class MakeFailed(SiteError):
    """A maker failed: it ran out of time or memory, or its input cannot be read.

    The engine itself is well, and a change of the content may help: hence 503, to be retried when the Store does.
    """

    status = 503
    retry_after_seconds = 60  # how long the Store remembers a failure


class Busy(SiteError):
    """A bounded queue is full; a retry after `retry_after_seconds` may succeed."""

    status = 503

    def __init__(self, why: str, retry_after_seconds: int = 5) -> None:
        super().__init__(why)
        self.retry_after_seconds = retry_after_seconds

    def __reduce__(self) -> tuple[type[Busy], tuple[str, int]]:
        return Busy, (str(self), self.retry_after_seconds)


class Unavailable(SiteError):
    """A feature cannot work on this machine; `remedy` is what its administrator should do."""

    status = 503

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[Unavailable], tuple[str, str]]:
        return Unavailable, (str(self), self.remedy)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something in the content that the author should know about, though the site works.

    `path` is relative to the content folder; `line` counts from 1, 0 is the whole file. `kind` is a stable name, for
    programs and for the summary of `check`:

    header         front matter that does not parse, or a field of it that cannot be used
    date           a date that cannot be read, or two that disagree
    alias          an address in `aliases` that never redirects
    ambiguous-link a word in `aliases` that two pages have
    collision      an address that two things claim
    file-for-form  a file or a page at the address of a page's form, or of a folder's feed
    file           a file or a folder that cannot be read, or is left out because of its type
    location       a photograph's file that may hold its GPS location
    encoding       text that is not UTF-8, or holds characters that cannot be shown
    redirect       a line of a redirects file
    settings       site.toml
    markup         Markdown or HTML that is left out or shown as source, other than these:
    style          `style=`
    note           a note that is never cited, or a citation without a note
    math           a formula
    shortcode      a shortcode
    """

    path: str
    line: int
    why: str
    kind: str = field(default="header", compare=False)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.why}" if self.line else f"{self.path}: {self.why}"
