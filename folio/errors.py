"""Everything that can go wrong, as one tree that the edge of the engine turns into answers.

SiteError                what the engine knows how to say to a visitor or to the author
├── NotFound             404: no public thing has this address
├── Gone                 410: it was here and was taken away on purpose
├── Moved                301/302/308: the same thing lives at another address
├── BadContent           a file or a setting the author should mend: path, line, why, kind
├── MakeFailed           503 + Retry-After: a PDF, picture or card could not be made within its limits
├── Busy                 503 + Retry-After: a bounded queue is full
└── Unavailable          503: a feature is off on this machine, with what would turn it on
"""

from __future__ import annotations

from dataclasses import dataclass, field


class SiteError(Exception):
    """Base of the tree; `status` is the HTTP status that a visitor gets."""

    status = 500


class NotFound(SiteError):
    """No public thing has this address: hidden and unknown are answered alike."""

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
    """A file the author should mend; `str()` reads "essays/cats.md:3: why (remedy)". `kind` is one of a Problem's."""

    def __init__(self, path: str, line: int, why: str, kind: str = "header") -> None:
        super().__init__(f"{path}:{line}: {why}")
        self.path = path
        self.line = line
        self.why = why
        self.kind = kind

    def __reduce__(self) -> tuple[type[BadContent], tuple[str, int, str, str]]:
        return BadContent, (self.path, self.line, self.why, self.kind)


class MakeFailed(SiteError):
    """A maker gave up: its time or memory ran out, or its input cannot be read.

    The engine is well, and a change of the content may mend it: 503, to be tried again when the Store does.
    """

    status = 503
    retry_after_seconds = 60  # the Store remembers a failure for so long


class Busy(SiteError):
    """A bounded queue is full; asking again after `retry_after_seconds` is worth it."""

    status = 503

    def __init__(self, why: str, retry_after_seconds: int = 5) -> None:
        super().__init__(why)
        self.retry_after_seconds = retry_after_seconds

    def __reduce__(self) -> tuple[type[Busy], tuple[str, int]]:
        return Busy, (str(self), self.retry_after_seconds)


class Unavailable(SiteError):
    """A feature cannot work on this machine; `remedy` is what its keeper should type."""

    status = 503

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[Unavailable], tuple[str, str]]:
        return Unavailable, (str(self), self.remedy)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something in the content the author should know about, though the site goes on.

    `path` is relative to the content folder; `line` counts from 1, 0 when the whole file is meant. `kind` is a stable
    name, for programs and for the sum of a check:

    header         a front matter that does not parse, or a field of it that cannot be used
    date           a date that cannot be read, or two that do not agree
    alias          an address in `aliases` that nobody is led on from
    ambiguous-link a word in `aliases` that two pages have
    collision      an address that two things want
    file-for-form  a file or a page in the place of a form of a page, or of a folder's feed
    file           a file or a folder that cannot be read, or that is left out for what it is
    location       a photograph's file that may tell where it was taken
    encoding       text that is not UTF-8, or that holds what cannot be shown
    redirect       a line of a redirects file
    settings       site.toml
    markup         Markdown or HTML that is left out or shown as it is written; and of that, by what it is:
    style          `style=`
    note           a note that is never cited, or a citation without its note
    math           a formula
    shortcode      a shortcode
    """

    path: str
    line: int
    why: str
    kind: str = field(default="header", compare=False)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.why}" if self.line else f"{self.path}: {self.why}"
