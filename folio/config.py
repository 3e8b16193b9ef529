"""content/site.toml, the environment and the command line -> Config: every setting, its unit and its default.

Precedence: command line, then `FOLIO_*`, systemd's folders, site.toml, the defaults here. An unknown key is an error
that names the nearest known one; site.toml is optional.
"""

from __future__ import annotations

import difflib
import importlib.util
import ipaddress
import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from folio import inside, permalinks
from folio.errors import BadContent

ROOT = Path(__file__).resolve().parent.parent
ACCENTS = ("ember", "ocean", "forest", "plum", "rose", "moss", "amber")
ORIGINALS = ("private", "link", "public")
IMAGE_WIDTHS_PX = (320, 640, 960, 1440, 2048, 2560)


@dataclass(frozen=True, slots=True)
class NamedLink:
    """A link and its title: an entry of the navigation, or another profile of the author (rel=me)."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Author:
    """The author of the site."""

    name: str = ""
    email: str = ""
    url: str = ""
    links: tuple[NamedLink, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionConfig:
    """The settings of one section."""

    accent: str = ""  # one of ACCENTS; "" is the site's
    feed: bool = True  # has /{section}/feed.xml


@dataclass(frozen=True, slots=True)
class Photographs:
    """How photographs are served."""

    originals: str = "private"  # one of ORIGINALS: who may download the files, without metadata; an index may override
    widths: tuple[int, ...] = IMAGE_WIDTHS_PX  # px, ascending
    formats: tuple[str, ...] = ("webp", "jpg")  # the last is the fallback that every browser supports
    max_megapixels: int = 64  # larger pictures are refused before they are decoded


@dataclass(frozen=True, slots=True)
class Pdf:
    """The layout of PDFs."""

    paper: str = "A4"  # A4 | Letter | A5


@dataclass(frozen=True, slots=True)
class Features:
    """Features that can be switched off."""

    pdf: bool = True
    epub: bool = True
    search: bool = True
    graph: bool = True  # the map of the links, and what programs are told of it
    llms: bool = True  # /llms.txt and /llms-full.txt, for language models
    forms: bool = True  # everything also as Markdown, text and JSON
    cards: bool = True  # social cards: the picture that other sites show beside a link

    def offers(self, form: str) -> bool:
        """Say whether pages are offered in a form: "md", "txt", "json", "pdf" or "epub"."""
        return {"pdf": self.pdf, "epub": self.epub}.get(form, self.forms)


@dataclass(frozen=True, slots=True)
class Limits:
    """Every bound of the engine, with its unit."""

    file_mb: int = 5  # a larger Markdown file is listed, not rendered
    inline_parse_kb: int = 64  # a longer text is parsed in a worker, not on the event loop
    cache_mb: int = 2048  # size of the cache of made files on disk
    memory_mb: int = 64  # size of the cache of ready answers in memory
    worker_memory_mb: int = 1024  # address space of one worker
    make_seconds: int = 20  # time for one PDF, picture or card
    book_pages: int = 500  # texts in one book; of a longer list the newest
    book_seconds: int = 600  # time for one book
    book_memory_mb: int = 2048  # address space of the worker that makes books
    book_wait_seconds: float = 2.0  # how long a request waits for a book before it gets a progress page
    llms_kb: int = 2048  # size of /llms-full.txt
    make_queue: int = 64  # jobs waiting for workers; beyond that a request is answered 503
    query_characters: int = 200  # length of a search query
    searches: int = 60  # per visitor in ten seconds, and as many completions; beyond that the answer is 429
    feed_entries: int = 30  # newest posts in a feed
    watch_debounce_ms: int = 50  # delay from an edit until it is read, longer if another follows; read at a start
    delete_grace_seconds: float = 2.0  # how long an absent or empty file keeps its page


@dataclass(frozen=True, slots=True)
class Config:
    """All settings. Frozen: a changed site.toml yields a new Config with the next snapshot."""

    content: Path = ROOT / "content"
    cache: Path = ROOT / ".cache"
    state: Path = ROOT / ".state"
    host: str = "127.0.0.1"
    port: int = 8000
    uds: Path | None = None  # a unix socket to listen on, in place of host and port
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")  # X-Forwarded-For and -Proto are trusted from these
    redis: str = ""  # shares search limits among engines: unix:///run/redis/redis-server.sock, redis://10.0.0.1
    base_url: str = "http://127.0.0.1:8000"  # absolute, no slash at the end; never taken from a request
    title: str = "Folio"
    description: str = ""
    language: str = "en"  # BCP 47
    timezone: str = "UTC"  # IANA name; the zone of dates that have none
    accent: str = "ember"
    untrusted: bool = False  # texts are other people's: only harmless raw HTML, no frames, no pictures of other hosts
    updated: str = ""  # "git": a page without an `updated` date takes that of its last commit
    author: Author = field(default_factory=Author)
    navigation: tuple[NamedLink, ...] = ()  # empty: the top sections by weight
    posts: tuple[str, ...] = ("essays",)  # sections whose dated pages are posts
    sections: Mapping[str, SectionConfig] = field(default_factory=dict)
    permalinks: Mapping[str, str] = field(default_factory=dict)  # section -> "/:year/:month/:slug", for its pages
    photographs: Photographs = field(default_factory=Photographs)
    pdf: Pdf = field(default_factory=Pdf)
    features: Features = field(default_factory=Features)
    limits: Limits = field(default_factory=Limits)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def accent_of(self, section: str) -> str:
        """Return the accent of a section (its first path segment), else the site's."""
        known = self.sections.get(section)
        return known.accent if known and known.accent else self.accent


# Settings of the machine rather than the site; not allowed in site.toml, which lies in one of these folders.
FOLDERS = ("content", "cache", "state", "host", "port", "uds", "proxies", "redis")
_PATHS = ("content", "cache", "state", "uds")
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")  # BCP 47
_KINDS: Mapping[type, str] = {str: "text in quotes", bool: "true or false", int: "a whole number", float: "a number"}
T = TypeVar("T")


def load(overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read the settings: `overrides` (the command line; None values are ignored), environment, site.toml, defaults.

    Raises BadContent naming site.toml and the line for an unknown key or a value of the wrong kind.
    """
    environ = os.environ if environ is None else environ
    given = {**_from_environment(environ), **{k: v for k, v in (overrides or {}).items() if v is not None}}
    for name in _PATHS:
        if name in given:
            given[name] = Path(given[name]).expanduser().absolute()
    config = Config(**{k: v for k, v in given.items() if k in FOLDERS})
    host = f"[{config.host}]" if ":" in config.host else config.host
    config = replace(config, base_url=f"http://{host}:{config.port}")
    if (config.content / "site.toml").is_file():
        config = _from_toml(config)
    if "base_url" in given:
        try:
            config = replace(config, base_url=_base_url(given["base_url"]))
        except ValueError as error:
            raise BadContent("FOLIO_BASE_URL", 0, str(error), "settings") from error
    return config


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, variable in (("cache", "CACHE_DIRECTORY"), ("state", "STATE_DIRECTORY")):
        if environ.get(variable):
            given[name] = environ[variable].split(":")[0]  # systemd may list several
    for name in (*FOLDERS, "base_url"):
        if value := environ.get(f"FOLIO_{name.upper()}"):
            given[name] = value
    if "port" in given:
        if not re.fullmatch(r"[0-9]{1,5}", given["port"]) or int(given["port"]) > 65_535:
            why = f"{given['port']!r} is not a port (use a number such as 8000)"
            raise BadContent("FOLIO_PORT", 0, why, "settings")
        given["port"] = int(given["port"])
    if "proxies" in given:
        given["proxies"] = tuple(_proxy(written.strip()) for written in given["proxies"].split(","))
    return given


def _proxy(written: str) -> str:
    """Normalise the address of a proxy or of a network of proxies. Raises BadContent if it is invalid."""
    try:
        return str(ipaddress.ip_network(written)).removesuffix("/32").removesuffix("/128")
    except ValueError:
        why = f"{written!r} is not an address (use 10.0.0.1, or 10.0.0.0/24)"
        raise BadContent("FOLIO_PROXIES", 0, why, "settings") from None


def _from_toml(config: Config) -> Config:
    try:
        with TextIOWrapper(inside.opened(config.content, "site.toml"), "utf-8-sig") as file:
            text = file.read()
        table = tomllib.loads(text)
    except OSError as error:
        raise BadContent("site.toml", 0, f"cannot be read ({error.strerror})", "settings") from error
    except UnicodeDecodeError as error:
        raise BadContent("site.toml", 1, f"is not UTF-8 text ({error.reason})", "settings") from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is a plain ValueError
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise BadContent("site.toml", line, f"is not TOML: {error}", "settings") from error
    reader = _Reader(text)
    values = reader.known(Config, table, "", without=FOLDERS)
    config = replace(config, **values)
    _validate(config, reader)
    return config


def _lines(text: str) -> dict[str, int]:
    """Return the first line of each setting and table, by full name: "sections.essays.feed"."""
    found: dict[str, int] = {}
    table = ""
    for n, line in enumerate(text.split("\n"), 1):
        if header := re.match(r"\s*\[+([^\]]+)\]", line):
            table = _dotted(header[1])
            found.setdefault(table, n)
        elif key := re.match(r"([^=#\[{]+)=", line):
            found.setdefault(f"{table}.{_dotted(key[1])}".lstrip("."), n)
    return found


def _dotted(name: str) -> str:
    return re.sub(r"\s*\.\s*", ".", re.sub(r"[\"']", "", name)).strip()


class _Reader:
    """Converts TOML tables to the dataclasses above; knows the source text, so that errors can name the line."""

    def __init__(self, text: str) -> None:
        self.lines = _lines(text)

    def line(self, key: str) -> int:
        """Return the line of a setting ("limits.file_mb"), else of its table, else 1."""
        while key not in self.lines and "." in key:
            key = key.rpartition(".")[0]
        return self.lines.get(key, 1)

    def bad(self, key: str, why: str) -> BadContent:
        return BadContent("site.toml", self.line(key), why, "settings")

    def known(self, kind: type, table: Mapping[str, Any], where: str, without: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return keyword arguments for the dataclass `kind`, each value checked against its field."""
        names = {f.name: f for f in fields(kind) if f.name not in without}
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key not in names:
                near = difflib.get_close_matches(key, names, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(names))}"
                raise self.bad(where + key, f"{where + key!r} is not a setting ({hint})")
            convert = _CONVERT.get((kind.__name__, key))
            values[key] = convert(self, where + key, value) if convert else self.plain(kind, where + key, value)
        return values

    def plain(self, kind: type, key: str, value: Any) -> Any:
        """Check that a value has the type of its field's default; a list becomes a tuple."""
        default = getattr(kind(), key.rpartition(".")[2])
        if isinstance(default, tuple):
            if not isinstance(value, list) or any(type(v) is not type(default[0]) for v in value if default):
                raise self.bad(key, f"{key!r} is a list such as {json.dumps(default)}")
            return tuple(value)
        wanted = (int, float) if isinstance(default, float) else (type(default),)
        if type(value) not in wanted:
            said = f"write {_KINDS[type(default)]} (the default is {json.dumps(default)})"
            raise self.bad(key, f"{key!r} is {value!r}; {said}")
        if isinstance(value, int | float) and not isinstance(value, bool) and value <= 0:
            raise self.bad(key, f"{key!r} is {value!r}; it must be above zero (the default is {default!r})")
        return value

    def table(self, key: str, value: Any) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.bad(key, f"{key!r} is a table: write [{key}] on a line of its own")
        return value

    def links(self, key: str, value: Any) -> tuple[NamedLink, ...]:
        """Read `[{title = "Essays", url = "/essays"}]`; `name` is accepted in place of `title`."""
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self.bad(key, f'{key!r} is a list such as [{{ title = "Essays", url = "/essays" }}]')
        found = []
        for entry in value:
            title, url = entry.get("title", entry.get("name")), entry.get("url")
            if not isinstance(title, str) or not isinstance(url, str) or set(entry) - {"title", "name", "url"}:
                raise self.bad(key, f"an entry of {key!r} has a title and a url, and nothing else")
            if not url.startswith(("/", "https://", "http://", "mailto:")):
                raise self.bad(key, f"{url!r} is neither a path of this site (/essays) nor an address (https://…)")
            found.append(NamedLink(title, url))
        return tuple(found)

    def base_url(self, key: str, value: Any) -> str:
        try:
            return _base_url(value)
        except ValueError as error:
            raise self.bad(key, str(error)) from error

    def language(self, key: str, value: Any) -> str:
        """Read a language tag (BCP 47): "en", "pt-BR"; "pt_BR" is accepted."""
        tag = str(value).replace("_", "-")
        if not LANGUAGE.fullmatch(tag):
            raise self.bad(key, f"{value!r} is not a language (use en, or pt-BR)")
        return tag

    def patterns(self, key: str, value: Any) -> Mapping[str, str]:
        """Read `[permalinks]`: URL patterns by section."""
        for name, pattern in self.table(key, value).items():
            try:
                permalinks.check_for_many(pattern if isinstance(pattern, str) else "")
            except ValueError as error:
                raise self.bad(f"{key}.{name}", str(error)) from error
        return {name.strip("/").removeprefix("_"): pattern for name, pattern in value.items()}

    def section_tables(self, key: str, value: Any) -> Mapping[str, SectionConfig]:
        return {
            name: SectionConfig(**self.known(SectionConfig, self.table(f"{key}.{name}", own), f"{key}.{name}."))
            for name, own in self.table(key, value).items()
        }


def _nested(kind: Callable[..., T]) -> Callable[[_Reader, str, Any], T]:
    def convert(reader: _Reader, key: str, value: Any) -> T:
        return kind(**reader.known(kind, reader.table(key, value), f"{key}."))  # type: ignore[arg-type]

    return convert


_CONVERT: Mapping[tuple[str, str], Callable[[_Reader, str, Any], Any]] = {
    ("Config", "author"): _nested(Author),
    ("Config", "navigation"): _Reader.links,
    ("Config", "sections"): _Reader.section_tables,
    ("Config", "permalinks"): _Reader.patterns,
    ("Config", "photographs"): _nested(Photographs),
    ("Config", "pdf"): _nested(Pdf),
    ("Config", "features"): _nested(Features),
    ("Config", "limits"): _nested(Limits),
    ("Config", "base_url"): _Reader.base_url,
    ("Config", "language"): _Reader.language,
    ("Author", "links"): _Reader.links,
}


def _base_url(value: Any) -> str:
    """Check the prefix of all absolute URLs. Raises ValueError with the remedy."""
    why = f"base_url {value!r} is not an address (use https://example.org)"
    if not re.fullmatch(r"https?://[^\s?#\\]+", str(value)):
        raise ValueError(why)
    try:
        urlsplit(value).port  # noqa: B018 - raises for "http://[" and "http://x:99999"
    except ValueError:
        raise ValueError(why) from None
    return str(value).rstrip("/")


def _validate(config: Config, reader: _Reader) -> None:
    try:
        ZoneInfo(config.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise reader.bad("timezone", f"{config.timezone!r} is not a time zone (use Europe/Berlin)") from error
    accents = {"accent": config.accent, **{f"sections.{name}.accent": s.accent for name, s in config.sections.items()}}
    for key, accent in accents.items():
        if accent and accent not in ACCENTS:
            raise reader.bad(key, f"{accent!r} is not an accent (use one of {', '.join(ACCENTS)})")
    if config.updated not in ("", "git"):
        raise reader.bad("updated", f'updated is {config.updated!r} (write updated = "git", or leave it out)')
    if config.untrusted and importlib.util.find_spec("nh3") is None:
        raise reader.bad("untrusted", "untrusted = true needs nh3, which is not installed (pip install nh3)")
    if config.photographs.originals not in ORIGINALS:
        raise reader.bad("photographs.originals", f"{config.photographs.originals!r} is not private, link or public")
    if set(config.photographs.formats) - {"avif", "webp", "jpg"} or not config.photographs.formats:
        raise reader.bad("photographs.formats", 'formats is a list of "avif", "webp" and "jpg"')
    if not config.photographs.widths or config.photographs.widths != tuple(sorted(set(config.photographs.widths))):
        raise reader.bad("photographs.widths", "widths is a list of pixel widths, the smallest first")
    if not set(config.photographs.widths) <= set(range(16, 4097)) or len(config.photographs.widths) > 12:
        raise reader.bad("photographs.widths", "widths is at most 12 widths of 16 to 4096 pixels")
    if config.pdf.paper not in ("A4", "Letter", "A5"):
        raise reader.bad("pdf.paper", "paper is A4, Letter or A5")
