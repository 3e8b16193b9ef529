"""Site -> the files for machines: RSS, Atom, JSON Feed, sitemaps, robots.txt, OpenSearch, llms.txt. Bytes out.

The bytes depend only on the pages given, on no clock and no host name; "updated" is that of the newest entry. Pages
without a date are in no feed, because feeds require a date and a date is never invented.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NewType
from urllib.parse import quote
from xml.sax.saxutils import escape

from folio import sheets
from folio.config import Config
from folio.content import Page
from folio.dates import Date
from folio.errors import NotFound
from folio.markdown import literal
from folio.pages import newest

if TYPE_CHECKING:
    from feedgen.feed import FeedGenerator

    from folio.snapshot import Site

Clean = NewType("Clean", str)  # text that XML can hold; made by `clean`, which checks every character
Render = Callable[[Page], Clean]  # a page's HTML, with absolute URLs
Summarise = Callable[[Page], str]  # a page's summary, plain text


@dataclass(frozen=True, slots=True)
class Medium:
    """The picture of an entry: its absolute URL, MIME type and size in pixels."""

    url: str
    type: str
    width: int
    height: int


Media = Mapping[str, Medium]  # by the URL path of the page


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed: `url` is the path of the list it is of, `self_url` its own; `html` and `summary` render its entries.

    `media` are the pictures of some of the pages; `query` ("?q=cats", percent-encoded) is appended to both URLs.
    """

    title: str
    url: str
    self_url: str
    html: Render
    summary: Summarise | None = None
    media: Media = field(default_factory=dict)
    query: str = ""


EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # "updated" of an empty feed
SITEMAP_URLS = 50_000  # the limit of sitemaps.org
_NOT_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, section 2.2
# feedgen formats RSS dates in the locale "C", which it sets for the whole process and then restores; of two threads
# doing so at once, the second would "restore" the "C" of the first.
_ONE_AT_A_TIME = threading.Lock()
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def absolute(config: Config, url: str) -> str:
    """Return the absolute, percent-encoded URL of a path of this site: "/a b" -> "https://example.org/a%20b"."""
    return config.base_url + quote(url, safe="/:@!$&'()*+,;=~-._")


def clean(text: str) -> Clean:
    """Remove what XML cannot hold: control characters, surrogates, non-characters."""
    return Clean(_NOT_XML.sub("", text))


@dataclass(frozen=True, slots=True)
class Entry:
    """A page as an entry of any kind of feed: clean text, zone-aware times, absolute URLs; "" if unknown."""

    url: str
    title: str
    html: str
    summary: str
    author: str
    published: dt.datetime
    updated: dt.datetime
    tags: tuple[str, ...]
    medium: Medium | None = None


def entries(site: Site, pages: Iterable[Page], channel: Channel) -> tuple[Entry, ...]:
    """Return entries of at most `limits.feed_entries` dated pages, newest first; only these are rendered."""
    config, summary = site.config, channel.summary
    dated = [(page.date, page) for page in newest(pages) if page.date]
    return tuple(
        Entry(
            url=page.canonical or absolute(config, page.url),
            title=clean(page.title) or "Untitled",
            html=channel.html(page),
            summary=clean(page.description or (summary(page) if summary else "")),
            author=clean(page.author or config.author.name),
            published=_moment(date, config),
            updated=max(_moment(date, config), _moment(page.updated or date, config)),
            tags=tuple(clean(tag) for tag in page.tags),
            medium=channel.media.get(page.url),
        )
        for date, page in dated[: config.limits.feed_entries]
    )


def _moment(date: Date, config: Config) -> dt.datetime:
    """Return the start of a date; before 1900 in UTC, since zones then had offsets in seconds, unlike RFC 3339."""
    moment = date.start(config.zone)
    return moment if moment.year >= 1900 else moment.astimezone(dt.UTC)


def rss(site: Site, pages: Iterable[Page], channel: Channel) -> bytes:
    """Make an RSS 2.0 feed of a list of pages; it is empty if there are none."""
    found = entries(site, pages, channel)
    feed = _feed(site, channel, "application/rss+xml", found)
    feed.description(clean(site.config.description) or clean(channel.title) or site.config.base_url)
    for entry in found:
        item = _add(feed, entry)
        item.description(entry.summary or entry.title)  # if empty, feedgen would put the whole text here
        item.content(entry.html)
        item.guid(entry.url, permalink=True)
        if site.config.author.email and entry.author:
            item.author(name=entry.author, email=site.config.author.email)
        elif entry.author:
            item.dc.dc_creator(entry.author)  # RSS's own <author> is an e-mail address
    with _ONE_AT_A_TIME:
        return bytes(feed.rss_str())


def atom(site: Site, pages: Iterable[Page], channel: Channel) -> bytes:
    """Make an Atom feed (RFC 4287) of a list of pages."""
    config = site.config
    found = entries(site, pages, channel)
    feed = _feed(site, channel, "application/atom+xml", found)
    feed.author(_person(clean(config.author.name) or clean(config.title) or config.base_url, config))
    if config.description:
        feed.subtitle(clean(config.description))
    for entry in found:
        item = _add(feed, entry)
        item.id(entry.url)
        item.content(entry.html, type="html")
        if entry.summary:
            item.summary(entry.summary)
        if entry.author:
            item.author(_person(entry.author, config))
    return bytes(feed.atom_str())


def _person(name: str, config: Config) -> dict[str, str]:
    """Return a person for feedgen; with URL and e-mail only if it is the author of the site."""
    author = config.author
    known = {"email": clean(author.email), "uri": clean(author.url)} if name == clean(author.name) else {}
    return {"name": name} | {key: value for key, value in known.items() if value}


def _feed(site: Site, channel: Channel, kind: str, found: Sequence[Entry]) -> FeedGenerator:
    from feedgen.feed import FeedGenerator  # imports lxml: 40 ms, paid by the first feed

    own, listed = _addresses(site, channel)
    feed = FeedGenerator()
    feed.load_extension("dc", atom=False)
    if any(entry.medium for entry in found):
        feed.load_extension("media")
    feed.title(clean(channel.title) or site.config.base_url)
    feed.language(site.config.language)
    feed.generator("Folio")
    feed.docs("https://www.rssboard.org/rss-specification")
    feed.link(href=own, rel="self", type=kind)
    feed.link(href=listed, rel="alternate", type="text/html")  # the last link becomes the <link> of RSS
    feed.id(listed)
    feed.updated(max((entry.updated for entry in found), default=EPOCH))
    return feed


def _addresses(site: Site, channel: Channel) -> tuple[str, str]:
    """Return the absolute URLs of a feed and of its list."""
    own, listed = (absolute(site.config, url) + channel.query for url in (channel.self_url, channel.url))
    return own, listed


def _add(feed: FeedGenerator, entry: Entry) -> Any:
    item = feed.add_entry(order="append")
    item.title(entry.title)
    item.link(href=entry.url, rel="alternate", type="text/html")
    item.published(entry.published)
    item.updated(entry.updated)
    for tag in entry.tags:
        item.category(term=tag)
    if medium := entry.medium:  # Media RSS also in Atom, because feedgen drops `rel` from an entry's links
        size = {"width": str(medium.width), "height": str(medium.height)}
        item.media.content({"url": medium.url, "type": medium.type, "medium": "image", **size})
    return item


def json_feed(site: Site, pages: Iterable[Page], channel: Channel) -> bytes:
    """Make a JSON Feed 1.1 of a list of pages."""
    config = site.config
    own, listed = _addresses(site, channel)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": clean(channel.title) or config.base_url,
        "home_page_url": listed,
        "feed_url": own,
        "description": clean(config.description),
        "language": config.language,
        "authors": [_json_author(clean(config.author.name), config)] if config.author.name else [],
        "items": [_json_item(entry, config) for entry in entries(site, pages, channel)],
    }
    return json.dumps(_known(feed) | {"items": feed["items"]}, ensure_ascii=False, indent=1).encode()


def _json_item(entry: Entry, config: Config) -> dict[str, Any]:
    return _known(
        {
            "id": entry.url,
            "url": entry.url,
            "title": entry.title,
            "summary": entry.summary,
            "content_html": entry.html or " ",  # required
            "date_published": entry.published.isoformat(),
            "date_modified": entry.updated.isoformat(),
            "authors": [_json_author(entry.author, config)] if entry.author else [],
            "tags": list(entry.tags),
            "image": entry.medium.url if entry.medium else "",
            "attachments": [{"url": entry.medium.url, "mime_type": entry.medium.type}] if entry.medium else [],
        }
    )


def _json_author(name: str, config: Config) -> dict[str, str]:
    return {"url" if key == "uri" else key: v for key, v in _person(name, config).items() if key != "email"}


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value}


def sitemap(site: Site, part: int = 0) -> bytes:
    """List every public page, section, gallery and photo page; `<lastmod>` only if the author wrote a date.

    With more than 50,000 URLs, part 0 is an index of the parts `/sitemap.xml?part=1` and on. Raises NotFound past the
    last part, without going through the pages if there cannot be so many.
    """
    most = 1 + len(site.public) + len(site.sections) + len(site.photos)
    found = list(_locations(site)) if part <= -(-most // SITEMAP_URLS) else []
    if part > max(1, -(-len(found) // SITEMAP_URLS)):
        raise NotFound(f"/sitemap.xml?part={part}")
    if part == 0 and len(found) > SITEMAP_URLS:
        parts = range(1, sheets.count(len(found), SITEMAP_URLS) + 1)
        own = absolute(site.config, "/sitemap.xml")
        rows = "".join(f"<sitemap><loc>{own}?part={n}</loc></sitemap>\n" for n in parts)
        kind = "sitemapindex"
    else:
        rows, kind = "".join(sheets.nth(found, max(1, part), SITEMAP_URLS)), "urlset"
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    if kind == "urlset":
        spaces += ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
    return f"{_XML}<{kind} {spaces}>\n{rows}</{kind}>\n".encode()


def _locations(site: Site) -> Iterator[str]:
    """Yield the row of each address, sorted by URL, except pages with `noindex` or a canonical URL elsewhere."""
    config = site.config
    pages = {page.url: page for page in site.public}
    widths = [width for width in config.photographs.widths if width <= 1440] or config.photographs.widths[:1]
    for url in sorted({"/", *pages, *site.sections, *site.photos}):
        page, photo = pages.get(url), site.photos.get(url)
        location = absolute(config, url)
        if page and (page.noindex or page.canonical not in ("", url, location)):
            continue
        row = f"<loc>{escape(clean(location))}</loc>"
        if page and (changed := page.updated or page.date):
            row += f"<lastmod>{_w3c(changed, config)}</lastmod>"
        if photo and not page:
            image = absolute(config, f"/thumb/{photo.path}") + f"?w={widths[-1]}"
            row += f"<image:image><image:loc>{escape(clean(image))}</image:loc></image:image>"
        yield f"<url>{row}</url>\n"


def _w3c(date: Date, config: Config) -> str:
    """Return a W3C date with the precision that the author wrote: "2026-06" stays a month."""
    return _moment(date, config).isoformat(timespec="seconds") if date.moment else date.iso


def robots(site: Site) -> bytes:
    """Allow crawlers everything but endless addresses and those made for one visitor; name the sitemap."""
    closed = "".join(f"Disallow: {path}\n" for path in ("/search", "/random", "/api/", "/health", "/metrics"))
    return f"User-agent: *\n{closed}\nSitemap: {absolute(site.config, '/sitemap.xml')}\n".encode()


def opensearch(site: Site) -> bytes:
    """Describe the site's search for the address bar of browsers. The name is cut at 16 characters."""
    config = site.config
    name = escape(clean(config.title)[:16].strip() or "Search")
    about = escape(clean(f"Search {config.title}")[:1024])
    return (
        f'{_XML}<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">\n'
        f"<ShortName>{name}</ShortName>\n<Description>{about}</Description>\n"
        f"<InputEncoding>UTF-8</InputEncoding>\n<Language>{escape(config.language)}</Language>\n"
        f'<Url type="text/html" template="{absolute(config, "/search")}?q={{searchTerms}}"/>\n'
        f'<Url type="application/rss+xml" template="{absolute(config, "/search/feed.xml")}?q={{searchTerms}}"/>\n'
        f'<Url type="application/atom+xml" template="{absolute(config, "/search/atom.xml")}?q={{searchTerms}}"/>\n'
        f'<Url type="application/x-suggestions+json" template="{absolute(config, "/api/search/autocomplete")}'
        f'?format=suggestions&amp;q={{searchTerms}}"/>\n'
        f'<Url type="application/opensearchdescription+xml" rel="self" template="'
        f'{absolute(config, "/opensearch.xml")}"/>\n</OpenSearchDescription>\n'
    ).encode()


def llms(site: Site) -> bytes:
    """List the public pages in Markdown, by section, with links to their Markdown forms (llmstxt.org)."""
    config = site.config
    lines = [f"# {_one_line(config.title)}", ""]
    if config.description:
        lines += [f"> {_one_line(config.description)}", ""]
    for name in sorted({page.section for page in site.public}):
        section = site.sections.get(f"/{name}") if name else None
        lines += [f"## {_one_line(section.title if section else name or 'Pages')}", ""]
        lines += [_llms_line(page, config) for page in site.public if page.section == name and not page.noindex]
        lines.append("")
    return "\n".join(lines).encode()


def _llms_line(page: Page, config: Config) -> str:
    markdown = "/index.md" if page.url == "/" else f"{page.url}.md"
    form = markdown if config.features.forms else page.url
    about = f": {_one_line(page.description)}" if page.description else ""
    title = literal(_one_line(page.title))
    return f"- [{title}]({absolute(config, form).replace('(', '%28').replace(')', '%29')}){about}"


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())
