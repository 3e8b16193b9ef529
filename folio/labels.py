"""The metadata.yml of a folder -> its words for each picture beside it, as a sidecar of that picture would give them.

It is a table by file name, or a list of tables that name their file; either may stand under "photos", "images" or
"files". tree.py reads the file; galleries.py prefers a sidecar's words to these.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from folio import frontmatter, notations, slugs
from folio.bodies import Body
from folio.config import Config
from folio.content import PHOTO_SUFFIXES, Page, Visibility
from folio.errors import BadContent, Problem
from folio.fields import Fields, check_schedule, visibility
from folio.frontmatter import FrontMatter

FILES = ("metadata.yml", "metadata.yaml")
MAX_BYTES = 2_000_000  # a longer one is an accident or an attack
MAX_COLLECTIONS = 50_000  # tables and lists, enough for 16,000 pictures with tags
MAX_LINES = 100  # of one picture's table, searched for the line of a key
_HOLDERS = ("photos", "photographs", "images", "pictures", "files", "gallery", "resources")
_FILE_KEYS = ("file", "filename", "file_name", "src", "image", "image_path", "path", "photo", "name")
_DECIDING = re.compile(rb"draft|publish|status|visib|hidden|unlisted|private|expir|headless|build", re.IGNORECASE)
_YEAR = re.compile(rb"(?<![0-9])[0-9]{4}(?![0-9])")


class Label(NamedTuple):
    """What is said of one picture: `words` are those of a sidecar, None when its visibility is unclear."""

    name: str  # of the file, as written
    line: int
    words: Page | None


class Labels(NamedTuple):
    """What one metadata.yml says, by the casefolded names of the files."""

    by_name: Mapping[str, Label]
    problems: tuple[Problem, ...] = ()

    def of(self, name: str) -> Label | None:
        """Return the label of a file by its name, in any case, with its suffix or without."""
        folded = name.casefold()
        return self.by_name.get(folded) or self.by_name.get(slugs.stem(folded))

    @property
    def pages(self) -> tuple[Page, ...]:
        """The words for each picture, where they are clear."""
        return tuple(label.words for label in self.by_name.values() if label.words)

    def strangers(self, names: list[str]) -> Iterator[Label]:
        """Yield the labels of files that do not exist, but no drafts or hidden ones."""
        known = {folded for name in names for folded in (name.casefold(), slugs.stem(name.casefold()))}
        for folded, label in self.by_name.items():
            if folded not in known and label.words and label.words.visibility is Visibility.PUBLISHED:
                yield label


def is_labels(path: str) -> bool:
    """Say whether a path is that of a metadata.yml."""
    return path.endswith(FILES) and path.rpartition("/")[2] in FILES


def may_hide(raw: bytes, year: int) -> bool:
    """Say whether a file that cannot be parsed may hide a picture: by a keyword, or by a date in `year` or later."""
    text = raw.replace(b"\0", b"")
    return bool(_DECIDING.search(text)) or any(int(found) >= year for found in _YEAR.findall(text))


def read(path: str, raw: bytes, size: int, config: Config) -> Labels:
    """Read what a file of `size` bytes says of each picture.

    A bad field is dropped and reported; unclear visibility hides that picture alone.

    Raises BadContent when it does not parse or names no pictures.
    """
    if size > MAX_BYTES:
        raise BadContent(path, 1, f"this file is larger than {MAX_BYTES // 1_000_000} MB")
    try:
        text = raw.decode("utf-8-sig").replace("\0", "").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadContent(path, line, "this is not UTF-8 text (save the file as UTF-8)", "encoding") from error
    table = notations.from_yaml(text, path, 1, "file", MAX_COLLECTIONS)
    reading = _Reading(path, text, config)
    found: dict[str, Label] = {}
    for name, entry in _pairs(table, path):
        label = reading.label(name, entry)
        if label and found.setdefault(name.casefold(), label) is not label:
            reading.problems.append(Problem(path, label.line, f"{name} is listed twice; the first counts"))
    return Labels(found, tuple(reading.problems))


def _pairs(table: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield (file name, its entry: a table or a title), in the order written."""
    if isinstance(table, dict):
        holder = next((key for key in _HOLDERS if isinstance(table.get(key), dict | list)), "")
        if holder:
            table = table[holder]
    if table in (None, "", [], {}):
        return
    if isinstance(table, dict):
        for name, entry in table.items():
            if isinstance(entry, dict | str) and (isinstance(entry, dict) or _is_picture(name)):
                yield _base(name), entry
    elif isinstance(table, list):
        for entry in table:
            key = next((k for k in _FILE_KEYS if isinstance(entry, dict) and isinstance(entry.get(k), str)), "")
            if key:
                yield _base(entry[key]), {k: v for k, v in entry.items() if k != key}
            elif isinstance(entry, str) and _is_picture(entry):
                yield _base(entry), {}
    else:
        raise BadContent(
            path, 1, "this is text, not a table of pictures (write photo.jpg: and its title or caption below it)"
        )


def _is_picture(name: str) -> bool:
    return name.casefold().endswith(PHOTO_SUFFIXES)


def _base(name: str) -> str:
    return name.strip().replace("\\", "/").rpartition("/")[2]


class _Reading:
    """One reading of a file, which knows the line of each name."""

    def __init__(self, path: str, text: str, config: Config) -> None:
        self.path, self.config = path, config
        self.rows = text.split("\n")
        self.problems: list[Problem] = []

    @functools.cached_property
    def lines(self) -> Mapping[str, int]:
        """The first line on which each file's name stands, as a key or as a value."""
        found: dict[str, int] = {}
        for n, line in enumerate(self.rows, 1):
            bare = line.strip().removeprefix("- ").strip()
            for part in (notations.key_of(bare), bare, bare.partition(":")[2]):
                found.setdefault(_base(part.strip(" \t\"'")), n)
        return found

    def label(self, name: str, entry: Any) -> Label | None:
        """Read the entry of one picture: a table, or a text that is its title."""
        line = self.lines.get(name, 1)
        table = {"title": entry} if isinstance(entry, str) else entry
        if isinstance(params := table.get("params"), dict):  # where Hugo keeps custom fields
            table = {**params, **{key: value for key, value in table.items() if key != "params"}}
        try:
            front = frontmatter.of_table(table, self.path, line, self._keys(line))
            fields = Fields(self.path, front, self.config)
            words = _words(fields, front)
        except BadContent as error:
            why = f"{error.why} (the picture is hidden until this is fixed)"
            self.problems.append(Problem(self.path, error.line, why, error.kind))
            return Label(name, line, None)
        self.problems += (*front.problems, *fields.problems)
        return Label(name, line, words)

    def _keys(self, line: int) -> dict[str, int]:
        """Return the line of each key in the table that begins on `line`."""
        rows = self.rows[line - 1 : line - 1 + MAX_LINES]
        depth = _indent(rows[0])
        end = next((n for n, row in enumerate(rows[1:], 1) if row.strip() and _indent(row) <= depth), len(rows))
        return notations.key_lines("\n".join(rows[:end]), line)


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip(" "))


def _words(fields: Fields, front: FrontMatter) -> Page:
    """Build the page that a sidecar would give; the caption is its body, in Markdown."""
    date = fields.date("date")
    check_schedule(fields, date is not None)
    name = "caption" if front.values.get("caption") else "description"
    written = front.values.get(name)
    return Page(
        path=fields.path,
        url="",
        title=fields.prose("title"),
        date=date,
        opens=fields.opening(date),
        expires=fields.moment("expires"),
        visibility=visibility(fields),
        tags=fields.tags(),
        alt=fields.text("alt"),
        place=fields.place()[0],
        weight=fields.integer("weight"),
        body=Body.of(written if isinstance(written, str) else fields.prose(name)),
    )
