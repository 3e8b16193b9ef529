"""The values of front matter -> typed fields: the only place that defines what a date, a switch or a URL looks like.

An invalid value is dropped and reported with its line and remedy. If it decides who may see the page it is an error,
so that a typo cannot publish a draft. heads.py asks for each field by name.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit

from folio import cascades, dates, frontmatter, permalinks, slugs
from folio.config import LANGUAGE, ORIGINALS, Config
from folio.content import Visibility
from folio.dates import Date
from folio.errors import BadContent, Problem
from folio.frontmatter import FrontMatter, characters
from folio.pages import tag_slug

_SOURCES = MappingProxyType(dict.fromkeys(("url", "src", "image", "path", "relative_url")))  # keys of a picture's path
_ABOUT = frozenset(
    ("alt", "caption", "title", "hidden", "hiddenInList", "hiddenInSingle", "relative")
)  # its other keys
_STYLES = frozenset(("date", "pretty", "ordinal", "weekdate", "none"))  # Jekyll's names of site-wide permalink patterns
_RENDERED = ("always", "true", "never", "false", "link")  # Hugo's `build: {render: …}`
_VISIBILITIES: Mapping[str, Visibility] = {
    **dict.fromkeys(
        # not public in WordPress and Ghost; "skip" is ignored by Pelican
        ("draft", "auto-draft", "private", "pending", "trash", "skip", "wip", "members", "paid", "tiers", "password",
         "protected", "internal"),
        Visibility.DRAFT,
    ),
    **dict.fromkeys(
        ("published", "publish", "public", "scheduled", "future", "featured", "sent", "live"), Visibility.PUBLISHED
    ),
    **dict.fromkeys(("unlisted", "hidden"), Visibility.UNLISTED),  # Pelican's "hidden" pages are listed nowhere
}  # fmt: skip


class Fields:
    """The fields of one page. Those named in `inherited` come from an index, where their errors are reported."""

    def __init__(self, path: str, front: FrontMatter, config: Config, inherited: frozenset[str] = frozenset()) -> None:
        self.path = path
        self.front = front
        self.config = config
        self.inherited = inherited
        self.problems: list[Problem] = []

    def report(self, name: str, why: str, kind: str = "header") -> None:
        """Record a problem with the field `name`."""
        if name not in self.inherited:
            self.problems.append(Problem(self.path, self.front.lines.get(name, 1), why, kind))

    def bad(self, name: str, why: str) -> BadContent:
        """Return the error for an invalid field `name` that leaves it unclear who may see the page."""
        return BadContent(self.path, self.front.lines.get(name, 1), why)

    def text(self, name: str) -> str:
        """Read one line of text."""
        return self._line(name, self.front.values.get(name))

    def name(self, name: str) -> str:
        """Read a name, or the first of a list, without the brackets of a wikilink ("[[photo.jpg]]")."""
        value = self.front.values.get(name)
        while isinstance(value, list):  # Hugo's `images: [a.jpg]`, and [[photo.jpg]] without quotes
            value = value[0] if value else None
        return _unlinked(self._line(name, value))

    def _line(self, name: str, value: Any) -> str:
        if value is None:  # the usual case
            return ""
        if isinstance(value, dict) and (value.keys() & _SOURCES or (name == "image" and value.keys() <= _ABOUT)):
            value = next((value[key] for key in _SOURCES if value.get(key)), None)
        if isinstance(value, list | dict):
            self.report(name, f"{name} is a {type(value).__name__}, not text")
            return ""
        return "" if value is None else " ".join(str(value).split()).removeprefix("__GHOST_URL__")

    def prose(self, name: str) -> str:
        """Read one line of text, decoding HTML character references as exports leave them: "Cats &amp; dogs"."""
        return characters(self.text(name))

    def picture(self) -> tuple[str, str]:
        """Read the cover and its alternative text: a URL or a path, or a table of path and text."""
        written = self.front.values.get("image")
        while isinstance(written, list):
            written = written[0] if written else None
        alt = written.get("alt") if isinstance(written, dict) else None
        image = self.name("image")
        if re.match(r"(?!https?:)[a-z][a-z0-9+.-]*:", image, re.IGNORECASE):
            self.report("image", f"image {image[:40]!r} is left out (write https://…, or a path such as cats.jpg)")
            image = ""
        return image, self.text("alt") or (" ".join(alt.split()) if isinstance(alt, str) else "")

    def language(self) -> str:
        """Read a language tag (BCP 47): "en", "pt-BR"; "pt_BR" is accepted."""
        value = self.text("language").replace("_", "-")
        if value and not LANGUAGE.fullmatch(value):
            self.report("language", f"language {value[:40]!r} is left out (write en, or pt-BR)")
            return ""
        return value

    def names(self, name: str) -> tuple[str, ...]:
        """Read one or more names ("a, b", a list, a list of tables), without the brackets of wikilinks."""
        return tuple(map(_unlinked, frontmatter.as_list(self.front.values.get(name))))

    def address(self, name: str) -> str:
        """Read a path of this site or an http(s) URL; no other scheme, as a browser would run "javascript:"."""
        value = self.text(name)
        if value and not re.match(r"/(?!/)|https?://", value, re.IGNORECASE):
            self.report(name, f"{name} {value!r} is left out (write https://…, or a path such as /about)")
            return ""
        return value

    def boolean(self, name: str) -> bool:
        """Read a switch; absent or invalid is False."""
        return self._typed(name, lambda value: self._require(isinstance(value, bool), value), "true or false") or False

    def permits(self, name: str) -> bool:
        """Read a switch that only `false` turns off; "math" may be "katex"."""
        value = self.front.values.get(name)
        if isinstance(value, str) and value.casefold() in frontmatter.SWITCHES:
            self.report(name, f"{name} is {value!r}; write true or false")
        return value is not False

    def integer(self, name: str) -> int | None:
        """Read a whole number of at most nine digits."""

        def number(value: Any) -> int:
            self._require(type(value) is int or re.fullmatch(r"-?[1-9][0-9]{0,8}|0", str(value)) is not None, value)
            self._require(abs(int(value)) < 10**9, value)
            return int(value)

        found: int | None = self._typed(name, number, "a whole number")
        return found

    def place(self) -> tuple[str, bool]:
        """Read the name of a place, or the permission to show the pictures' own locations (`place: true`)."""
        value = self.front.values.get("place")
        return ("", value) if isinstance(value, bool) else (self.name("place"), False)

    def originals(self) -> str:
        """Read who may download the files of a gallery: "" if absent, private if invalid."""
        said = self.front.values.get("originals") not in (None, "")
        return self.choice("originals", ORIGINALS) or (ORIGINALS[0] if said else "")

    def choice(self, name: str, known: tuple[str, ...]) -> str:
        """Read one of the `known` words, "" if absent or invalid."""
        chosen = self._typed(name, lambda value: self._require(str(value) in known, value), " or ".join(known))
        return str(chosen or "")

    def date(self, name: str) -> Date | None:
        """Read a date with the precision it is written in; None if absent or invalid."""
        value = self.front.values.get(name)
        if value in (None, ""):
            return None
        while isinstance(value, list) and len(value) == 1:  # [[2026-06-01]] without quotes
            value = value[0]
        try:
            return dates.parse(_unlinked(value) if isinstance(value, str) else value, self.config.zone)
        except (ValueError, OverflowError) as error:
            self.report(name, f"{'publishDate' if name == 'opens' else name} {error}", "date")
            return None

    def moment(self, name: str) -> dt.datetime | None:
        """Read the first moment of a date."""
        found = self.date(name)
        return found.start(self.config.zone) if found else None

    def opening(self, date: Date | None) -> dt.datetime | None:
        """Read `publishDate`; if it has the same value as `date`, that parsed date is reused."""
        values = self.front.values
        if "opens" in values and values["opens"] == values.get("date"):
            return date.start(self.config.zone) if date else None
        return self.moment("opens")

    def tags(self, hashtags: Sequence[str] = ()) -> tuple[str, ...]:
        """Read tags, including Zola's `[taxonomies]` and those of the text: each once, in its first spelling."""
        taxonomies = self.front.values.get("taxonomies")
        nested = taxonomies.values() if isinstance(taxonomies, dict) else ()
        found = frontmatter.as_list(self.front.values.get("tags"))
        for value in nested:
            found += frontmatter.as_list(value)
        found += hashtags
        spelled: dict[str, str] = {}
        for tag in (_unlinked(tag).lstrip("#") for tag in found):
            spelled.setdefault(tag_slug(tag) if tag else "", tag)
        spelled.pop("", None)
        return tuple(spelled.values())

    def url(self, place: str, date: Date | None, title: str) -> tuple[str, str]:
        """Return the URL: from the page's own `url`, else its section's pattern, else its `place` and `slug`.

        With it comes the `url` as written, if characters had to be left out of the page's URL, else "".
        """
        slug = self.text("slug").strip("/").rpartition("/")[2]
        own = f"{place.rpartition('/')[0]}/{slugs.slug(slug)}" if slug else place
        written = self._written_url()
        if written and not permalinks.is_pattern(written):
            address = permalinks.path_of(written)
            alike = slugs.spelling(written) == slugs.spelling(address)
            return address, "" if alike else "/" + written.strip("/")
        if cascades.is_index(self.path):
            if written and self.front.length:
                self.report("url", f"url {written!r} is left out (an index has its folder's address)")
            return own, ""
        if not (pattern := written or self.config.permalinks.get(permalinks.section_of(self.path), "")):
            return own, ""
        try:
            parts = permalinks.parts_of(self.path, date, slug, title, self.front.values.get("categories", ()))
            return permalinks.fill(pattern, parts), ""
        except ValueError as error:
            self.problems.append(Problem(self.path, self.front.lines.get("url", 1), str(error)))
            return own, ""

    def _written_url(self) -> str:
        """Return the path or pattern in `url`, "" if absent or invalid."""
        value = self.text("url")
        if not value or self.front.values["url"] is False:
            return ""
        try:
            return permalinks.check(unquote(self._on_this_site(permalinks.translated(value))))
        except ValueError as error:
            self.report("url", f"url {value!r} is left out ({error})")
            return ""

    def _on_this_site(self, value: str) -> str:
        """Return the path of an address that may be absolute. Raises ValueError if it is one of another site."""
        base, asked = urlsplit(self.config.base_url), urlsplit(value)
        is_ours = asked.scheme in ("http", "https") and asked.netloc == base.netloc
        if is_ours and f"{asked.path}/".startswith(f"{base.path}/") and not asked.query:
            value = asked.path.removeprefix(base.path) or "/"
        if re.search(r"[?#]|^\w+:|^//.*:", value) or value in _STYLES:
            raise ValueError("write a path such as /about")
        return value

    def strict(self, name: str, default: bool) -> bool:
        """Read a switch that decides who may see the page. Raises BadContent unless it is true or false."""
        value = self.front.values.get(name, default)
        if isinstance(value, bool):
            return value
        raise self.bad(name, f"{name} is {'empty' if value is None else repr(value)}; write true or false")

    def _typed(self, name: str, convert: Callable[[Any], Any], wanted: str) -> Any:
        value = self.front.values.get(name)
        if value is None:
            return None
        try:
            return convert(value)
        except (TypeError, ValueError):
            shown = repr(value)
            self.report(name, f"{name} is {shown if len(shown) <= 60 else shown[:60] + '…'}; write {wanted}")
            return None

    def _require(self, holds: bool, value: Any) -> Any:
        if not holds:
            raise ValueError(value)
        return value


def _unlinked(text: str) -> str:
    """Strip the brackets of wikilinks: "[[photo.jpg|A cat]]" -> "photo.jpg"."""
    if "[[" not in text:
        return text.strip()
    return re.sub(r"!?\[\[([^\[\]|#]+)[^\[\]]*\]\]", r"\1", text).strip()


def check_schedule(fields: Fields, is_dated: bool) -> None:
    """Raise BadContent for a scheduled page without a date."""
    said = str(fields.front.values.get("status") or "").casefold()
    if said in ("scheduled", "future") and not is_dated:
        raise fields.bad("status", f"status {said!r} needs a date (write date: 2026-06-01)")


def visibility(fields: Fields) -> Visibility:
    """Return the visibility the author asked for, the strictest if several fields set it.

    Raises BadContent if a field is invalid, rather than guess.
    """
    said = {Visibility.PUBLISHED, _hugo_build(fields)}
    if any(slugs.is_drafts_folder(part) for part in fields.path.split("/")[:-1]):
        said.add(Visibility.DRAFT)
    if fields.strict("draft", False) or not fields.strict("publish", True) or fields.front.values.get("url") is False:
        said.add(Visibility.DRAFT)
    if fields.strict("unlisted", False) or fields.strict("headless", False):
        said.add(Visibility.UNLISTED)
    for name in ("visibility", "status"):
        value = fields.front.values.get(name)
        word = "published" if value in (None, "") else str(value).casefold()
        if word not in _VISIBILITIES:
            raise fields.bad(name, f"{name} {word!r} is not known (use published, unlisted or draft)")
        said.add(_VISIBILITIES[word])
    return next(v for v in (Visibility.DRAFT, Visibility.UNLISTED, Visibility.PUBLISHED) if v in said)


def _hugo_build(fields: Fields) -> Visibility:
    """Read Hugo's `build: {list: never}`: a page that is not rendered is a draft, one not listed is unlisted."""
    build = fields.front.values.get("build")
    if not isinstance(build, dict):
        return Visibility.PUBLISHED
    words = {key: str(build.get(key, "always")).casefold() for key in ("list", "render")}
    for key, known in (("list", ("always", "true", "never", "false", "local")), ("render", _RENDERED)):
        if words[key] not in known:
            raise fields.bad("build", f"build.{key} is {words[key]!r} (use always or never)")
    if words["render"] not in ("always", "true"):
        return Visibility.DRAFT
    return Visibility.PUBLISHED if words["list"] in ("always", "true") else Visibility.UNLISTED
