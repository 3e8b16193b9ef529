"""The bytes of a Markdown file -> Page: its front matter, dates, URL and visibility.

tree.py calls `page` for each changed file; nothing here reads any other file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from sys import intern

from folio import cascades, dates, frontmatter, permalinks, slugs
from folio.bodies import Body
from folio.config import Config
from folio.content import LAYOUTS, SORTS, Cascade, Page, Stat
from folio.dates import Date
from folio.errors import Problem
from folio.fields import Fields, check_schedule, visibility
from folio.frontmatter import characters
from folio.markdown import educated, is_attributes, parted, words

VERSION = 5  # raise it when the same file yields a different Page
BEGINNING_LINES = 40  # lines shown of a file that is too large
TITLE_CHARACTERS = 1_000  # a longer "heading" is text that begins with #
# Not counted as words: %% comments %%, shortcodes, the labels of notes.
_COMMENT = re.compile(
    r"^[ \t]*%%[ \t]*\n(?:.*\n)*?[ \t]*%%[ \t]*$|(?<![%\d])%%(?!%)(?:[^%\n]|%(?!%)|\n(?![ \t]*\n))*+%%", re.MULTILINE
)
_SHORTCODE = re.compile(r"\{\{[^{}]{1,1000}\}\}|\{%[^{}]{1,1000}%\}")
_LABEL = re.compile(r"\[\^[^\[\]\s]{1,100}\]:?")
_ADDRESS = re.compile(r"\]\([^)\s]{1,400}")
_TAG = re.compile(r"<[^<>\n]{1,400}>")
_TYPOGRAPHERS = "–—‘’“”…"  # punctuation; many texts are ASCII except for these
# A translation of ASCII bytes for counting words: to "a" within a word, " " between words; punctuation is deleted.
_KINDS = bytes(ord("a" if chr(byte).isalnum() else " ") for byte in range(256))
_MARKS = bytes(byte for byte in range(128) if not (chr(byte).isalnum() or chr(byte).isspace()))
_MARKED = re.compile(r"[\\\[{<*`~_]|==|%%")
_NOTE = re.compile(r"\[\^[^\[\]\s]+\]|\^\[[^\[\]]+\]")
_HASHTAGS = re.compile(r"(?:#(?=[^\s#]*[^\W\d_])[\w/&+-]+(?:[ \t]+|$))+")
_BLANKS = re.compile(r"[\x00-\x20\x7f]+")
# The start of raw HTML in which "#" begins no heading (CommonMark §4.6).
_RAW = re.compile(r" {0,3}<(?:(!--)|(pre|script|style|textarea)\b)", re.IGNORECASE)


def page(
    path: str, raw: bytes, stat: Stat, config: Config, handed: tuple[Cascade, ...] = (), updated: str = ""
) -> Page:
    """Read a Markdown file.

    `handed` are the defaults of the folders above it, nearest first; `updated` an ISO time for a page that has no
    `updated` field. Raises BadContent if the front matter does not parse or the visibility is unclear: a typo must not
    publish a draft. Any other invalid field is dropped and reported in `problems`.
    """
    oversized = stat.size > config.limits.file_mb << 20
    text, problems = _decode(path, raw[: raw.rfind(b"\n") + 1 or None] if oversized else raw)  # cut at a whole line
    front = frontmatter.read(text, path)
    cascade, slips = cascades.read(front, path)
    for defaults in front.cascade if cascades.is_index(path) else ():
        # read as if it were front matter, to report its errors
        slips += _page(Fields(path, defaults, config), _Body("", 0), stat).problems
    body = _Body(text, front.length)
    if oversized:
        body.lines = body.lines[:BEGINNING_LINES]
        why = f"larger than {config.limits.file_mb} MB; only its beginning is shown"
        problems = (*problems, Problem(path, 1, why, "file"))
    filled, inherited = cascades.inherit(front, [each for each in (*cascade, *handed) if cascades.covers(each, path)])
    fields = Fields(path, filled, config, inherited)
    found = _page(fields, body, stat, digest(raw), cascade, (*problems, *slips))
    check_schedule(fields, found.date is not None or found.opens is not None)
    return committed(found, updated, config)


def digest(raw: bytes) -> str:
    """Return the hash of a file's bytes for `Page.digest`: 32 hexadecimal digits."""
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def _page(
    fields: Fields,
    body: _Body,
    stat: Stat,
    digest: str = "",
    cascade: tuple[Cascade, ...] = (),
    problems: tuple[Problem, ...] = (),
) -> Page:
    """Make a page from its front matter and body; `problems` are those found before."""
    path, config, front = fields.path, fields.config, fields.front
    named, bare = _named_date(path)
    language, given = fields.language(), fields.prose("title")
    image, alt = fields.picture()
    heading, written, hashtags = body.take_title(given), body.take_date(config), body.take_tags()
    title, stated = given or heading, fields.date("date")
    place, shows_place = fields.place()
    date = _agreed(fields, stated, named, written)
    url, asked = fields.url(url_of(path), date, title or bare)
    is_index = cascades.is_index(path) or url == "/"
    text = body.text
    return Page(
        path=path,
        url=url,
        title=educated(title, language or config.language) if title else _named_title(path, bare, is_index, config),
        section=intern(_section(path, url, is_index, config)),
        date=date,
        updated=fields.date("updated"),
        opens=fields.opening(stated),
        expires=fields.moment("expires"),
        visibility=visibility(fields),
        is_index=is_index,
        description=educated(_plain(fields.text("description")), language or config.language),
        tags=tuple(map(intern, fields.tags(hashtags))),
        aliases=(*frontmatter.as_list(front.values.get("aliases")), *([asked] if asked else ())),
        image=image,
        alt=alt,
        place=place,
        shows_place=shows_place,
        sort=fields.choice("sort", SORTS) if is_index else "",
        layout=_layout(front) if is_index else "",
        order=fields.names("order") if is_index else (),
        originals=fields.originals() if is_index else "",
        weight=fields.integer("weight"),
        series=characters(fields.name("series")),
        part=fields.integer("series_order"),
        author=", ".join(fields.names("author")),
        language=language,
        direction=fields.choice("direction", ("ltr", "rtl")),
        link_title=fields.prose("link_title"),
        canonical=fields.address("canonical"),
        noindex=fields.boolean("noindex"),
        math=fields.permits("math"),
        toc=fields.permits("toc"),
        extra=front.extra,
        cascade=cascade,
        words=count_words(text),
        body=Body.of(text),
        body_line=front.length,
        digest=digest,
        stat=stat,
        problems=(*problems, *front.problems, *fields.problems),
    )


def _section(path: str, url: str, is_index: bool, config: Config) -> str:
    """Return the top folder of a page's URL; of its file, if site.toml has a pattern for the URLs of that folder."""
    folder = permalinks.section_of(path)
    if folder in config.permalinks and not is_index:
        return slugs.slug(folder)
    return url.split("/")[1] if url.count("/") > 1 or is_index else ""


def _layout(front: frontmatter.FrontMatter) -> str:
    """Read the layout of a gallery; an unknown one belongs to a theme of another system and is not reported."""
    said = str(front.values.get("layout", "")).casefold()
    return said if said in LAYOUTS else ""


def url_of(path: str) -> str:
    """Return the URL of a file by its path: "a b/on-cats.md" -> "/a-b/on-cats", "a/index.md" -> "/a".

    Jekyll's `_posts` folder is not part of the URL.
    """
    parts = [slugs.slug(part) for part in path.split("/")[:-1] if part != "_posts"]
    stem = slugs.stem(path)
    if stem not in ("index", "_index"):
        parts.append(slugs.slug(stem))
    return "/" + "/".join(parts)


def count_words(body: str) -> int:
    """Count the words of a Markdown text, cheaply; tags, addresses and lone punctuation do not count."""
    if "%" in body and "%%" in body:
        body = _COMMENT.sub("", body)
    text = _TAG.sub(" ", _ADDRESS.sub(" ", _LABEL.sub("", _SHORTCODE.sub(" ", body))))
    for mark in _TYPOGRAPHERS:
        text = text.replace(mark, "'")
    if text.isascii():  # bytes give the same count in a fifth of the time
        return (b" " + text.encode().translate(_KINDS, _MARKS)).count(b" a")
    return sum(1 for word in parted(text).split() if word[0].isalnum() or any(map(str.isalnum, word)))


def _decode(path: str, raw: bytes) -> tuple[str, tuple[Problem, ...]]:
    """Decode text and remove BOM, CR and NUL; what is not UTF-8 is read as UTF-16 or Windows-1252 and reported."""
    problems: tuple[Problem, ...] = ()
    try:
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = raw.decode("utf-16", "replace")
            problems = (Problem(path, 1, "this is UTF-16 text (save the file as UTF-8)", "encoding"),)
        else:
            text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        text = raw.decode("cp1252", "replace")  # as browsers do for Latin-1: it adds quotation marks and dashes
        why = "this is not UTF-8 text; read as Windows-1252 (save the file as UTF-8)"
        problems = (Problem(path, line, why, "encoding"),)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        problems = (*problems, Problem(path, line, "there is a NUL character here; it is left out", "encoding"))
        text = text.replace("\0", "")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, problems


def committed(page: Page, updated: str, config: Config) -> Page:
    """Set `updated` of a page that has none to the ISO time of its last commit, "" if unknown.

    A commit on the day of the page's date, or in its month or year if the date is no more precise, is no update.
    """
    if page.updated or not updated:
        return page
    try:
        found = dates.parse(updated, config.zone)
    except (ValueError, OverflowError):
        return page
    return page._replace(updated=found) if page.date is None or found.follows(page.date) else page


def _named_date(path: str) -> tuple[Date | None, str]:
    """Split the date off the name of a file, or of the folder whose index it is: "2024-05-01-cats/index.md".

    A folder named by only a month or a year holds the pages of that time and has no date itself.
    """
    if slugs.stem(path) != "index":
        return dates.from_name(slugs.stem(path))
    folder = PurePosixPath(path).parent.name
    date, bare = dates.from_name(folder)
    return (date, bare) if date and (bare or date.day) else (None, folder)


def _named_title(path: str, bare: str, is_index: bool, config: Config) -> str:
    if not is_index:
        return slugs.pretty(bare) or slugs.stem(path).replace("_", "-")  # nothing but a date
    folder = PurePosixPath(path).parent.name
    return slugs.pretty(dates.from_name(folder)[1]) or folder or config.title


class _Body:
    """The text below the header. A title or date taken from it leaves a blank line, so that line numbers stay true."""

    def __init__(self, text: str, skip: int) -> None:
        self.lines = text.split("\n")[skip:]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def take_title(self, given: str = "") -> str:
        """Return the text of the first `# heading` outside code blocks, "" if there is none or it is not needed.

        The heading is removed from the body if nothing precedes it and it equals the title `given` in the front
        matter, or none is given. Further down it is looked for only if no title is given.
        """
        leading = True
        for n, line in self._prose():
            if (heading := _heading(line)) is not None:
                title = _plain(heading)
                if leading and given in ("", title):
                    self._leave(n, n + 1, heading, title)
                return title
            below = self.lines[n + 1] if n + 1 < len(self.lines) else ""
            if leading and line.strip() and re.match(r" {0,3}=+[ \t]*$", below) and len(line) <= TITLE_CHARACTERS:
                title = _plain(line)
                if given in ("", title):
                    self._leave(n, n + 2, line, title)
                return title
            leading = leading and not line.strip()
            if given and not leading:
                break
        return ""

    def _leave(self, start: int, end: int, heading: str, title: str) -> None:
        """Blank the lines of a heading except for the notes in it, and the line of attributes below it."""
        end += end < len(self.lines) and is_attributes(self.lines[end])
        notes = (note for note in _NOTE.findall(heading) if note not in title)  # in the title it is code
        self.lines[start:end] = [" ".join(notes), *[""] * (end - start - 1)]

    def take_date(self, config: Config) -> Date | None:
        """Remove and return an emphasised date ("*June 2026*") if it is the first line that is not blank."""
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

    def take_tags(self) -> list[str]:
        """Take lines of nothing but tags ("#cats #house/red") out that are the first or the last one left."""
        found: list[str] = []
        for numbers in (range(len(self.lines)), range(len(self.lines) - 1, -1, -1)):
            n = next((n for n in numbers if self.lines[n].strip()), None)
            if n is not None and _HASHTAGS.fullmatch(self.lines[n]):
                found += self.lines[n].split()
                self.lines[n] = ""
        return found

    def _prose(self) -> Iterator[tuple[int, str]]:
        """Yield (index, line) of non-blank lines outside fenced and indented code, HTML comments and `<pre>`."""
        until: Callable[[str], bool] | None = None  # says whether a line ends the current block
        for n, line in enumerate(self.lines):
            if until is None:
                if not line.strip():
                    continue
                until = _end_of_block(line)
                if until is None:
                    if not line.startswith(("    ", "\t")):
                        yield n, line
                    continue
                if _RAW.match(line) and until(line):  # "<!-- all on one line -->"
                    until = None
            elif until(line):
                until = None


def _end_of_block(line: str) -> Callable[[str], bool] | None:
    """Return a test for the last line of the code or raw HTML block that a line opens, None if it opens none."""
    if not line.lstrip(" ").startswith(("`", "~", "<")):
        return None
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
    """Return the text of a `# heading` line, None for any other line (CommonMark §4.2)."""
    text = line.strip()
    if not text.startswith("#"):
        return None
    if not re.match(r" {0,3}#(?:[ \t]|$)", line) or len(text) > TITLE_CHARACTERS:
        return None
    text = text[1:].strip()
    closed = text.rstrip("#")
    return closed.rstrip() if closed != text and (not closed or closed[-1] in " \t") else text


def _plain(heading: str) -> str:
    """Strip the Markdown of a heading or another short text: "*On* [cats](/c) {#id}" -> "On cats"."""
    if len(heading) > TITLE_CHARACTERS:
        return characters(heading)
    if not _MARKED.search(heading):
        return characters(heading.strip())
    return _BLANKS.sub(" ", words(heading)).strip()


def _agreed(fields: Fields, front: Date | None, named: Date | None, written: Date | None) -> Date | None:
    """Choose among up to three dates of a page: the most precise one if they agree, else the file name's."""
    base = named or front or written
    if base is None:
        return None
    for other, where in ((front, "the header"), (written, "the line under the title")):
        if other is None or other is base:
            continue
        if not base.agrees(other):
            fields.report("date", f"{where} says {other.iso}, but {base.iso} is used (make them agree)", "date")
        elif other.precision > base.precision:
            base = other
    return base
