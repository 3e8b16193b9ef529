"""The bytes of a Markdown file -> Page: its head, its dates, its URL, its visibility.

tree.py calls `page` for each file that changed; nothing here looks at any other file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from folio import dates, frontmatter, slugs
from folio.config import Config
from folio.content import Page, Stat, Visibility
from folio.dates import Date
from folio.errors import BadContent, Problem
from folio.frontmatter import FrontMatter
from folio.markdown import educated

BEGINNING_LINES = 40  # shown of a file that is too large
TITLE_CHARACTERS = 1_000  # a longer "heading" is text that begins with #
# Raw HTML in which a "#" begins no heading (CommonMark §4.6): what opens it, and what ends it.
_RAW = re.compile(r" {0,3}<(?:(!--)|(pre|script|style|textarea)\b)", re.IGNORECASE)
_VISIBILITIES: Mapping[str, Visibility] = {
    **dict.fromkeys(("draft", "private", "pending", "hidden"), Visibility.DRAFT),
    **dict.fromkeys(("published", "publish", "public", "scheduled", "future"), Visibility.PUBLISHED),
    "unlisted": Visibility.UNLISTED,
}


def page(path: str, raw: bytes, stat: Stat, config: Config) -> Page:
    """Read a Markdown file's head.

    Raises BadContent when the header does not parse or its visibility is unclear: a slip must not publish a draft.
    Any other bad field is dropped and reported in `problems`.
    """
    oversized = stat.size > config.limits.file_mb << 20
    text, problems = _decode(path, raw[: raw.rfind(b"\n") + 1 or None] if oversized else raw)  # never half a character
    front = frontmatter.read(text, path)
    fields = _Fields(path, front, config)
    body = _Body(text, front.length)
    if oversized:
        body.lines = body.lines[:BEGINNING_LINES]
        problems = (*problems, Problem(path, 1, f"larger than {config.limits.file_mb} MB; only its beginning is shown"))
    named, bare = dates.from_name(slugs.stem(path))
    language, given = fields.text("language"), fields.text("title")
    heading, written = body.take_title(given), body.take_date(config)
    title = given or heading
    date = _agreed(fields, fields.date("date"), named, written)
    url = fields.url(path)
    is_index = slugs.stem(path) in ("index", "_index") or url == "/"
    return Page(
        path=path,
        url=url,
        title=educated(title, language or config.language) if title else _named_title(path, bare, is_index, config),
        section=url.split("/")[1] if url.count("/") > 1 or is_index else "",
        date=date,
        updated=fields.date("updated"),
        expires=fields.moment("expires"),
        visibility=_visibility(fields, path),
        is_index=is_index,
        description=educated(fields.text("description"), language or config.language),
        tags=fields.tags(),
        aliases=tuple(frontmatter.as_list(front.values.get("aliases"))),
        image=fields.text("image"),
        alt=fields.text("alt"),
        place=fields.text("place"),
        weight=fields.integer("weight"),
        series=fields.text("series"),
        author=", ".join(frontmatter.as_list(front.values.get("author"))),
        language=language,
        direction=fields.choice("direction", ("ltr", "rtl")),
        link_title=fields.text("link_title"),
        canonical=fields.address("canonical"),
        noindex=fields.boolean("noindex"),
        extra=front.extra,
        words=count_words(body.text),
        body=body.text,
        body_line=front.length,
        digest=hashlib.blake2b(raw, digest_size=16).hexdigest(),
        stat=stat,
        problems=(*problems, *front.problems, *fields.problems),
    )


def url_of(path: str) -> str:
    """Give a file's place in the tree as a canonical URL: "a b/on-cats.md" -> "/a-b/on-cats", "a/index.md" -> "/a".

    Jekyll's `_posts` folder is not a part of the URL.
    """
    parts = [slugs.slug(part) for part in path.split("/")[:-1] if part != "_posts"]
    stem = slugs.stem(path)
    if stem not in ("index", "_index"):
        parts.append(slugs.slug(stem))
    return "/" + "/".join(parts)


def count_words(body: str) -> int:
    """Count the words of a Markdown text, cheaply: tags, addresses and lone punctuation are no words."""
    text = re.sub(r"<[^<>\n]{1,400}>|\]\([^)\s]{1,400}", " ", body)
    return sum(1 for word in text.split() if any(map(str.isalnum, word)))


def _decode(path: str, raw: bytes) -> tuple[str, tuple[Problem, ...]]:
    """Read bytes as text: BOM, CRLF and NUL gone; what is not UTF-8 is read as UTF-16 or Latin-1 and reported."""
    problems: tuple[Problem, ...] = ()
    try:
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = raw.decode("utf-16", "replace")
            problems = (Problem(path, 1, "this is UTF-16 text (save the file as UTF-8)"),)
        else:
            text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        text = raw.decode("latin-1")
        problems = (Problem(path, line, "this is not UTF-8 text; read as Latin-1 (save the file as UTF-8)"),)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        problems = (*problems, Problem(path, line, "there is a NUL character here; it is left out"))
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n"), problems


def _named_title(path: str, bare: str, is_index: bool, config: Config) -> str:
    if not is_index:
        return slugs.pretty(bare) or slugs.stem(path)
    folder = PurePosixPath(path).parent.name
    return slugs.pretty(dates.from_name(folder)[1]) if folder else config.title


class _Body:
    """The text below the header; what moves to the head leaves a blank line, so that line numbers stay true."""

    def __init__(self, text: str, skip: int) -> None:
        self.lines = text.split("\n")[skip:]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def take_title(self, given: str = "") -> str:
        """Take the first `# heading` that is not in a code block out of the body when nothing stands before it.

        Further down it still names the page, but stays where it is; so does one that says something else than the
        title `given` in the header. No heading: "".
        """
        leading = True
        for n, line in self._prose():
            if (heading := _heading(line)) is not None:
                title = _plain(heading)
                if leading and given in ("", title):
                    self.lines[n] = ""
                return title
            below = self.lines[n + 1] if n + 1 < len(self.lines) else ""
            if leading and line.strip() and re.match(r" {0,3}=+[ \t]*$", below) and len(line) <= TITLE_CHARACTERS:
                title = _plain(line)
                if given in ("", title):
                    self.lines[n] = self.lines[n + 1] = ""
                return title
            leading = leading and not line.strip()
        return ""

    def take_date(self, config: Config) -> Date | None:
        """Take an emphasised date ("*June 2026*") out when it is the first line left."""
        first = next((n for n, line in enumerate(self.lines) if line.strip()), None)
        if first is None:
            return None
        try:
            found = dates.from_line(self.lines[first], config.zone)
        except ValueError:  # "*32 June 2026*": prose, then
            return None
        if found:
            self.lines[first] = ""
        return found

    def _prose(self) -> Iterator[tuple[int, str]]:
        """Yield (index, line) of the written lines outside fenced and indented code, HTML comments and `<pre>`."""
        until: Callable[[str], bool] | None = None  # says which line ends what we are in
        for n, line in enumerate(self.lines):
            if until is None:
                if not line.strip():
                    continue
                until = _opens(line)
                if until is None:
                    if not line.startswith(("    ", "\t")):
                        yield n, line
                    continue
                if _RAW.match(line) and until(line):  # "<!-- all on one line -->"
                    until = None
            elif until(line):
                until = None


def _opens(line: str) -> Callable[[str], bool] | None:
    """Say how the code or raw HTML that a line opens will end; None when it opens none."""
    if found := re.match(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})", line):
        mark, least = found[1][0], len(found[1])
        return lambda end: (
            len(end) - len(end.lstrip(" ")) < 4 and len(end.strip()) >= least and set(end.strip()) == {mark}
        )
    if found := _RAW.match(line):
        close = "-->" if found[1] else f"</{found[2].lower()}>"
        return lambda end: close in end.lower()
    return None


def _heading(line: str) -> str | None:
    """Return what a `# heading` line says; None for any other line (CommonMark §4.2)."""
    text = line.strip()
    if not re.match(r" {0,3}#(?:[ \t]|$)", line) or len(text) > TITLE_CHARACTERS:
        return None
    text = text[1:].strip()
    closed = text.rstrip("#")
    return closed.rstrip() if closed != text and (not closed or closed[-1] in " \t") else text


def _plain(heading: str) -> str:
    """Strip the Markdown off a heading: "*On* [cats](/c) {#id}" -> "On cats"."""
    text = re.sub(r"\s*\{#[\w-]+\}\s*$", "", heading)
    text = re.sub(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])", r"\1", text)
    text = re.sub(r"<[^<>]+>", "", text)
    text = re.sub(r"(\*\*\*|\*\*|\*|`|~~|(?<!\w)_{1,2}(?=\w))(.+?)(?:\1)", r"\2", text)
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).strip()


def _agreed(fields: _Fields, front: Date | None, named: Date | None, written: Date | None) -> Date | None:
    """Choose among the three places a date can stand: the most precise that agrees; the file name wins a dispute."""
    base = named or front or written
    if base is None:
        return None
    for other, where in ((front, "the header"), (written, "the line under the title")):
        if other is None or other is base:
            continue
        if not base.agrees(other):
            fields.report("date", f"{where} says {other.iso}, but {base.iso} is used (let them agree)")
        elif other.precision > base.precision:
            base = other
    return base


def _visibility(fields: _Fields, path: str) -> Visibility:
    """Decide what the author asked for, the strictest of all that is said; what is unclear is an error, not a guess."""
    said = {Visibility.PUBLISHED}
    if any(slugs.is_drafts_folder(part) for part in path.split("/")[:-1]):
        said.add(Visibility.DRAFT)
    if fields.strict("draft", False) or not fields.strict("publish", True):
        said.add(Visibility.DRAFT)
    if fields.strict("unlisted", False):
        said.add(Visibility.UNLISTED)
    for name in ("visibility", "status"):
        value = fields.front.values.get(name)
        word = "published" if value in (None, "") else str(value).casefold()
        if word not in _VISIBILITIES:
            raise fields.bad(name, f"{name} {word!r} is not known (use published, unlisted or draft)")
        said.add(_VISIBILITIES[word])
    return next(v for v in (Visibility.DRAFT, Visibility.UNLISTED, Visibility.PUBLISHED) if v in said)


class _Fields:
    """Raw values -> typed ones; what cannot be read is dropped and reported with its line and remedy."""

    def __init__(self, path: str, front: FrontMatter, config: Config) -> None:
        self.path = path
        self.front = front
        self.config = config
        self.problems: list[Problem] = []

    def report(self, name: str, why: str) -> None:
        self.problems.append(Problem(self.path, self.front.lines.get(name, 1), why))

    def bad(self, name: str, why: str) -> BadContent:
        return BadContent(self.path, self.front.lines.get(name, 1), why)

    def strict(self, name: str, default: bool) -> bool:
        """Read a switch that decides who sees the page. Raises BadContent unless it is true or false."""
        value = self.front.values.get(name, default)
        if isinstance(value, bool):
            return value
        raise self.bad(name, f"{name} is {'empty' if value is None else repr(value)}; write true or false")

    def text(self, name: str) -> str:
        value = self.front.values.get(name)
        if value is None:
            return ""
        if isinstance(value, dict) and isinstance(value.get("url") or value.get("src"), str):
            value = value.get("url") or value.get("src")  # image: {url: …}, as Jekyll themes have it
        if isinstance(value, list | dict):
            self.report(name, f"{name} is a {type(value).__name__}, not text")
            return ""
        return " ".join(str(value).split())

    def address(self, name: str) -> str:
        """Read a path of this site or a web address; never one that a browser would run ("javascript:")."""
        value = self.text(name)
        if value and not re.match(r"/(?!/)|https?://", value, re.IGNORECASE):
            self.report(name, f"{name} {value!r} is left out (write https://…, or a path such as /about)")
            return ""
        return value

    def boolean(self, name: str) -> bool:
        return self._typed(name, lambda value: self._require(isinstance(value, bool), value), "true or false") or False

    def integer(self, name: str) -> int | None:
        def number(value: Any) -> int:
            self._require(type(value) is int or re.fullmatch(r"-?[1-9][0-9]{0,8}|0", str(value)) is not None, value)
            self._require(abs(int(value)) < 10**9, value)
            return int(value)

        found: int | None = self._typed(name, number, "a whole number")
        return found

    def choice(self, name: str, known: tuple[str, ...]) -> str:
        chosen = self._typed(name, lambda value: self._require(str(value) in known, value), " or ".join(known))
        return str(chosen or "")

    def date(self, name: str) -> Date | None:
        value = self.front.values.get(name)
        if value in (None, ""):
            return None
        try:
            return dates.parse(value, self.config.zone)
        except (ValueError, OverflowError) as error:
            self.report(name, f"{name} {error}")
            return None

    def moment(self, name: str) -> dt.datetime | None:
        found = self.date(name)
        return found.start(self.config.zone) if found else None

    def tags(self) -> tuple[str, ...]:
        """Read tags, Zola's `[taxonomies]` included; each once, in the order written."""
        taxonomies = self.front.values.get("taxonomies")
        nested = taxonomies.values() if isinstance(taxonomies, dict) else ()
        found = frontmatter.as_list(self.front.values.get("tags"))
        for value in nested:
            found += frontmatter.as_list(value)
        return tuple(dict.fromkeys(tag.lstrip("#") for tag in found if tag.lstrip("#")))

    def url(self, path: str) -> str:
        """Give the page's URL: its place in the tree, its `slug` at the end, or its own `url`."""
        own, name = url_of(path), self.text("slug")
        if name:
            own = own.rpartition("/")[0] + "/" + slugs.slug(name.strip("/").rpartition("/")[2])
        if permalink := self.text("url"):
            parts = [slugs.slug(part) for part in permalink.removesuffix(".html").split("/") if part]
            if permalink.startswith("/") and ":" not in permalink:
                return "/" + "/".join(parts)
            self.report("url", f"url {permalink!r} is left out (write a path such as /about)")
        return own

    def _typed(self, name: str, convert: Callable[[Any], Any], wanted: str) -> Any:
        value = self.front.values.get(name)
        if value is None:
            return None
        try:
            return convert(value)
        except (TypeError, ValueError):
            self.report(name, f"{name} is {value!r}; write {wanted}")
            return None

    def _require(self, holds: bool, value: Any) -> Any:
        if not holds:
            raise ValueError(value)
        return value
