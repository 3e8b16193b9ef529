"""The keys of front matter -> canonical names: the dozen spellings of "date" in other systems become `date`.

headers.py parses the header (the block of front matter), fields.py converts the values to their types.
"""

from __future__ import annotations

import difflib
import html
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from folio import headers, slugs
from folio.errors import BadContent, Problem
from folio.headers import Header

DECIDING = ("draft", "publish", "status", "unlisted", "visibility", "headless", "build")  # decide who may see the page
SWITCHES: Mapping[str, bool] = {
    **dict.fromkeys(("yes", "on", "y", "true", "1"), True),
    **dict.fromkeys(("no", "off", "n", "false", "0"), False),
}
_SWITCHED = frozenset(("draft", "publish", "unlisted", "headless", "noindex", "math", "toc"))

# If two keys have the same name, the one listed first here wins, whatever their order in the file.
SYNONYMS: Mapping[str, str] = {
    synonym: name
    for name, synonyms in {
        "title": "title",
        "link_title": "linktitle link_title",
        "date": "date publishdate publish_date pubdate pubdatetime published published_at date_published created "
        "created_at created_time date_created",
        "updated": "updated lastmod modified last_modified_at last_modified updated_at date_updated updateddate "
        "moddatetime date_modified lastupdated last_updated last_edited last_edited_time",
        "expires": "expires expirydate expiry_date",
        "draft": "draft",
        "publish": "publish",
        "status": "status",
        "unlisted": "unlisted hidden eleventyexcludefromcollections",
        "visibility": "visibility",
        "headless": "headless",
        "build": "build _build",
        "description": "description summary excerpt subtitle custom_excerpt meta_description metadescription",
        "tags": "tags tag keywords categories category",
        "taxonomies": "taxonomies",
        "slug": "slug",
        "url": "url permalink save_as",
        "aliases": "aliases alias redirect_from",
        "image": "image cover thumbnail featured_image banner cover_image feature_image previewimage images coverimage "
        "heroimage hero_image featuredimage featureimage ogimage og_image",
        "weight": "weight order nav_order",
        "series": "series",
        "series_order": "series_order part",
        "author": "author authors",
        "sort": "sort sort_photos",
        "originals": "originals",
        "layout": "layout template type",
        "language": "lang language",
        "direction": "dir direction",
        "toc": "toc",
        "math": "math mathjax katex use_math",
        "noindex": "noindex",
        "canonical": "canonical canonicalurl canonical_url",
        "license": "license licence",
        "alt": "alt",
        "caption": "caption",
        "place": "place location",
        "cascade": "cascade",
    }.items()
    for synonym in synonyms.split()
}
_RANK: Mapping[str, int] = {key: 0 if name == "tags" else n for n, (key, name) in enumerate(SYNONYMS.items())}
# The page is hidden before this time, whatever its `date`.
_OPENING = ("publishdate", "publish_date", "pubdate", "pubdatetime")
# Keys of other engines that have no meaning here, or that are also kept in `extra`: never reported as typos.
_FOREIGN = frozenset((
    "_build", "_target", "audio", "build", "classes", "comments", "css_class", "cssclass", "cssclasses",
    "enclosure", "extra", "generate_feed", "generate_feeds", "grand_parent", "guid", "has_children", "has_math",
    "header", "headless", "hidetitle", "hyphenate", "id", "in_search_index", "insert_anchor_links", "iscjklanguage",
    "lead", "link", "markup", "menu", "menus", "nav_exclude", "nocomments", "options", "outputs", "p", "page_id",
    "page_template", "paginate_by", "paginate_path", "paginate_reversed", "params", "parent", "path", "pin",
    "post_id", "pretty_url", "rating", "read_time", "redirect_to", "related", "render", "resources", "robots",
    "settings", "share", "sidebar", "site", "sitemap", "sort_by", "state", "sticky", "target", "toc_icon",
    "toc_label", "toc_sticky", "translationkey", "transparent", "up", "videos", "wordpress_id",
))  # fmt: skip

_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


class FrontMatter(NamedTuple):
    """Parsed front matter: `values` by canonical name, `extra` by the author's own keys, and the `lines` of both.

    `length` is the number of lines of the header, including its fences; 0 if the text has none. `cascade` holds the
    defaults for the pages below, each with its `target`.
    """

    values: Mapping[str, Any]
    extra: Mapping[str, Any]
    lines: Mapping[str, int]
    length: int = 0
    problems: tuple[Problem, ...] = ()
    cascade: tuple[FrontMatter, ...] = ()
    target: Any = None  # in a cascade: the pages it is for, as written


def read(text: str, path: str) -> FrontMatter:
    """Read the front matter of `text` (BOM and CRLF already removed); without a header it is empty.

    Raises BadContent(path, line, why) for a header that cannot be parsed.
    """
    header = headers.read(text, path, is_known)
    if header is None:
        return FrontMatter({}, {}, {})
    named = _named(header.table, header, header.lines(), path)._replace(length=header.length)
    if slugs.stem(path) in ("index", "_index"):
        return named._replace(cascade=_cascade(named, header, path))
    kept = {"cascade": named.values["cascade"]} if "cascade" in named.values else {}
    return named._replace(extra={**named.extra, **kept}) if kept else named


def of_table(table: Mapping[Any, Any], path: str, line: int, lines: Mapping[str, int]) -> FrontMatter:
    """Read a table of another file as if it were front matter; `line` is its first line, `lines` those of its keys."""
    named = {str(key).strip(): value for key, value in table.items()}
    return _named(named, Header("yaml", "", line, 1), lines, path)


def is_known(key: str) -> bool:
    """Say whether the engine knows a key, in any case."""
    return _folded(key) in SYNONYMS


def _folded(key: str) -> str:
    return key.casefold().replace("-", "_").replace(" ", "_")


def _named(table: Mapping[str, Any], header: Header, written_at: Mapping[str, int], path: str) -> FrontMatter:
    """Divide the keys into known and extra; report a key that is similar to a known one."""
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    for key, name, value in sorted(
        _pairs(table, header, "_posts" in path), key=lambda pair: _RANK.get(_folded(pair[0]), len(_RANK))
    ):
        line = written_at.get(key, header.line)
        if name in DECIDING and name in values and values[name] != value:
            first, second = sorted((line, lines[name]))
            raise BadContent(path, second, f"{key!r} contradicts line {first} (keep one)")
        if name == "tags":
            values[name] = [*values.get(name, ()), *value]
        elif name and _is_empty(values.get(name)):
            values[name] = value
            lines[name] = line
        if not name or _folded(key) in _FOREIGN:
            extra[key] = value
        lines.setdefault(name or key, line)
        if not name and (near := _near(key)):
            problems.append(Problem(path, line, f"{key!r} is not a known key: did you mean {near!r}?"))
    return FrontMatter(values, extra, lines, problems=tuple(problems))


def _pairs(table: Mapping[str, Any], header: Header, is_jekyll: bool) -> Iterable[tuple[str, str, Any]]:
    """Yield (key, canonical name, value) for the keys of a header; some keys yield two names, or one by their value."""
    is_text = header.kind in ("plain", "properties", "nikola")
    for key, value in table.items():
        folded = _folded(key)
        name = "url" if folded == "path" and header.kind == "toml" else SYNONYMS.get(folded, "")  # Zola's `path`
        if folded in ("order", "sort") and isinstance(value, list):
            name = "order"  # a list of a gallery's pictures in display order
        if folded == "published" and str(value).casefold() in SWITCHES:
            name = "publish"  # Jekyll's `published: false`; `no` is an error, not a date
        if folded == "render" and header.kind == "toml" and isinstance(value, bool):
            name = "publish"  # Zola's
        if folded == "public" and header.kind == "properties":
            name = "publish"  # Logseq's
        if is_text and name in _SWITCHED:
            value = SWITCHES.get(str(value).casefold(), value)
        if header.kind == "nikola" and name == "status" and str(value).casefold() == "private":
            value = "unlisted"  # in Nikola such a page is built but not listed
        if folded in _OPENING:
            yield key, "opens", value
        if name != "tags":
            yield key, name, value
            continue
        words = value.split() if _is_spaced(folded, value, is_text, is_jekyll) else as_list(value)
        if folded in ("categories", "category"):
            yield key, "categories", words
        if header.kind == "nikola":
            kept = [word for word in words if word.casefold() not in ("draft", "private", "mathjax")]
            if "draft" in map(str.casefold, words):
                yield key, "draft", True
            if "private" in map(str.casefold, words):
                yield key, "unlisted", True
            words = kept
        yield key, name, words


def _is_spaced(key: str, value: Any, is_text: bool, is_jekyll: bool) -> bool:
    """Say whether names are separated by spaces: `categories: a b`, Jekyll's `tags: a b`, and "#a #b"."""
    if not isinstance(value, str) or re.search("[,;\n]", value):
        return False
    if (key == "categories" and not is_text) or (key == "tags" and is_jekyll):
        return True
    return all(word.startswith("#") for word in value.split())


def _is_empty(value: Any) -> bool:
    return value is None or value == ""


def _near(key: str) -> str:
    """Return the known key that `key` is probably a typo of, else ""."""
    if _folded(key) in _FOREIGN:
        return ""
    near = difflib.get_close_matches(key.casefold(), SYNONYMS, n=1, cutoff=0.75)
    return near[0] if near and abs(len(near[0]) - len(key)) <= 1 else ""


def _cascade(named: FrontMatter, header: Header, path: str) -> tuple[FrontMatter, ...]:
    """Read the defaults for the pages below: a table, or a list of tables with targets."""
    written = named.values.get("cascade")
    if _is_empty(written):
        return ()
    first = line = named.lines["cascade"]
    found = []
    for table in written if isinstance(written, list) else [written]:
        if not isinstance(table, dict):
            raise BadContent(path, first, "cascade is a table of defaults, or a list of such tables")
        within = {str(key).strip(): value for key, value in table.items()}
        target = next((within.pop(key) for key in ("target", "_target") if key in within), None)
        lines = dict.fromkeys(within, first) | header.lines(first) | header.lines(line)
        defaults = _named(within, header, lines, path)
        if "cascade" in defaults.values:
            raise BadContent(path, defaults.lines["cascade"], "a cascade cannot hold a cascade")
        found.append(defaults._replace(target=target))
        line = max((lines[key] for key in within), default=line) + 1
    return tuple(found)


def as_list(value: Any) -> list[str]:
    """Read a string ("a, b" or "a; b"), a list or None as a list of non-empty strings; a table counts as its `name`.

    If there is a ";", commas do not separate: "Lovelace, Ada; Babbage, Charles" are two. Character references are
    decoded first, because they end in ";".
    """
    if value is None:
        return []
    if isinstance(value, str):
        value = "\n".join(map(characters, value.split("\n")))
        mark = ";" if ";" in value else ","
        return [part for part in map(str.strip, value.replace("\n", mark).split(mark)) if part]
    if isinstance(value, list | tuple):
        return [word for word in map(_word, value) if word]
    word = _word(value)
    return [word] if word else []


def _word(value: Any) -> str:
    named = value.get("name") if isinstance(value, dict) else value  # authors: [{name: Ada, url: …}]
    return "" if named is None else characters(str(named)).strip()


def characters(text: str) -> str:
    """Decode HTML character references, once: "&amp;lt;" -> "&lt;"."""
    if "&" not in text:
        return text
    return re.sub(r"[\x00-\x1f\x7f]+", " ", _REFERENCE.sub(lambda found: html.unescape(found[0]), text))
