"""Folio: every URL of the site, in the order a visitor meets them.

Run it:   python engine.py            (or: uvicorn engine:api)
Try it:   curl http://127.0.0.1:8000/
          curl -H 'Accept: text/markdown' http://127.0.0.1:8000/colophon
          curl http://127.0.0.1:8000/api/search?q=photograph

Each handler passes the request to one function of folio/, which has a module for each concept. The text of the site is
in content/, its look in templates/ and static/.
"""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable
from typing import TYPE_CHECKING

gc.disable()  # imported objects are long-lived: collecting among them again and again took half of the start-up time

import responder

import folio
from folio import apologies, cli, config, dates, feeds, forms, health, hits, limits, manifest, openapi, schemas
from folio.answers import Request, Response
from folio.config import Config
from folio.dates import Clock
from folio.edge import Edge
from folio.ledger import Ledger
from folio.pagecache import Kept, PageCache
from folio.press import Press
from folio.responses import Responses

if TYPE_CHECKING:  # at run time, each of these modules is imported at its first use
    import folio.files
    import folio.lists
    import folio.searches
    import folio.syndication

gc.freeze()
# A text is some thousand objects, which the default threshold of 700 would scan again and again. The second generation
# is collected every third time, not every tenth: scanning 50,000 objects blocked for 13 to 25 ms, 6,000 take 2 ms.
gc.set_threshold(2_000, 2, 100)
gc.enable()


def create_api(
    settings: Config, *, clock: Clock = dates.now, reread: Callable[[], Config] | None = None
) -> responder.API:
    """Create the application. It reads no content until its lifespan starts; `reread` loads changed settings."""
    press = Press(settings, clock, reread)
    ledger = Ledger()
    api = responder.API(
        title=settings.title,
        version="1",
        description=settings.description,
        sessions=False,
        static_dir=None,
        templates_dir=None,
        redirect_slashes=False,
        gzip=False,
        auto_vary=False,
        lifespan=press.lifespan,
    )
    kept = Kept(press.memory, ledger)
    api.state.press, api.state.kept = press, kept
    api.add_middleware(Edge, explain=lambda *error: apologies.explain(press, *error), ledger=ledger)
    api.add_middleware(PageCache, kept=kept, ready=press.ready)

    page = functools.partial(api.get, include_in_schema=False)  # routes for readers; only the JSON API has a schema
    search_limit = limits.limiter(lambda: press.site.config.limits.searches, settings.redis, "searches")
    completion_limit = limits.limiter(lambda: press.site.config.limits.searches, settings.redis, "completions")

    def answer() -> Responses:
        return Responses(press, press.generation)

    def lists() -> folio.lists.Lists:
        return folio.lists.Lists(press, press.generation)

    def searches() -> folio.searches.Searches:
        return folio.searches.Searches(press, press.generation)

    def syndication() -> folio.syndication.Syndication:
        return folio.syndication.Syndication(press, press.generation)

    def files() -> folio.files.Files:
        return folio.files.Files(press, press.generation)

    def described() -> bytes:
        return openapi.described(api, press.site.config.title, press.site.config.description, schemas.MODELS)

    # The front door

    @page("/")
    async def home(req: Request, resp: Response) -> None:
        """Who writes here, the latest essay, a strip of photographs."""
        await answer().content(req, resp, "")

    @page("/random")
    async def random(req: Request, resp: Response) -> None:
        """A random post."""
        await answer().random(resp)

    @page("/search")
    @search_limit.limit
    async def search(req: Request, resp: Response) -> None:
        """The results of a search for `?q=`."""
        await searches().page(req, resp)

    @page("/search/{feed}")
    @search_limit.limit
    async def search_feed(req: Request, resp: Response, *, feed: str) -> None:
        """The newest results as feed.xml, rss.xml, atom.xml or feed.json."""
        await searches().feed(req, resp, feed)

    @page("/directory")
    async def directory(req: Request, resp: Response) -> None:
        """The tree of the whole site."""
        await lists().listing(req, resp, "/directory")

    @page("/sitemap")
    async def map_of_site(req: Request, resp: Response) -> None:
        """Every folder with its pages."""
        await lists().listing(req, resp, "/sitemap")

    # The archive

    @page("/archive")
    async def archive(req: Request, resp: Response) -> None:
        """Every dated page, by year; with `?q=`, those that have these words in title or tags."""
        if "q" not in req.params or await search_limit.acheck(req, resp):
            await lists().listing(req, resp, "/archive")

    @page("/archive/graph")
    async def graph(req: Request, resp: Response) -> None:
        """The map of the links."""
        await lists().graph(req, resp)

    @page("/archive/graph/data")
    async def graph_data(req: Request, resp: Response) -> None:
        """The same, as data."""
        await answer().made(req, resp, "/archive/graph/data", lambda: schemas.graph(press))

    @page("/archive/{view}")
    async def archive_view(req: Request, resp: Response, *, view: str) -> None:
        """In another order: by-length, themes, series; or sidenotes, quotes, outlines, connections, terms."""
        await lists().listing(req, resp, f"/archive/{view}")

    @page("/tags")
    async def tags(req: Request, resp: Response) -> None:
        """Every tag."""
        await lists().listing(req, resp, "/tags")

    @page("/tags/{slug}")
    async def tag(req: Request, resp: Response, *, slug: str) -> None:
        """The pages of one tag."""
        await lists().tag(req, resp, slug)

    @page("/tags/{slug}/{feed}")
    async def tag_feed(req: Request, resp: Response, *, slug: str, feed: str) -> None:
        """The feed of one tag: feed.xml, rss.xml, atom.xml, feed.json."""
        await syndication().feed(req, resp, feed, tag=slug)

    # Made things

    @page("/images/{width}/{version}/{path:path}")
    async def image(req: Request, resp: Response, *, width: str, version: str, path: str) -> None:
        """A photograph at one of a few widths, as JPEG or WebP, without its private metadata."""
        await files().image(req, resp, width, version, path)

    @page("/thumb/{path:path}")
    async def thumb(req: Request, resp: Response, *, path: str) -> None:
        """The picture nearest to `?w=` pixels wide."""
        await files().thumb(req, resp, path)

    @page("/og-image/{path:path}")
    async def card(req: Request, resp: Response, *, path: str) -> None:
        """The card that a shared link shows."""
        await files().card(resp, path)

    @page("/icon/{path:path}")
    async def icon(req: Request, resp: Response, *, path: str) -> None:
        """The icon of a page, drawn from its title."""
        await files().icon(req, resp, path)

    @page("/icon-sprite/{path}")
    async def icon_sprite(req: Request, resp: Response, *, path: str) -> None:
        """The icons of a section's pages, for lists of them."""
        await files().sprite(req, resp, path)

    @page("/favicon.ico")
    async def favicon(req: Request, resp: Response) -> None:
        """The icon of the site, for browsers and crawlers that do not support SVG."""
        await files().favicon(req, resp)

    @page("/apple-touch-icon.png")
    async def touch_icon(req: Request, resp: Response) -> None:
        """The icon of the site, for the home screen of phones."""
        await files().touch_icon(req, resp)

    @page("/static/{path:path}")
    async def static(req: Request, resp: Response, *, path: str) -> None:
        """Our style sheets, scripts and fonts; else a file of static/ in the content folder."""
        await files().static(req, resp, path)

    # For machines

    @page("/feed.xml")
    async def rss(req: Request, resp: Response) -> None:
        """The newest posts, whole; the same as /rss.xml, /atom.xml and /feed.json, and under every folder and tag."""
        await syndication().feed(req, resp, "feed.xml")

    @page("/sitemap.xml")
    async def sitemap(req: Request, resp: Response) -> None:
        """Every public address."""
        await answer().sitemap(req, resp)

    @page("/robots.txt")
    async def robots(req: Request, resp: Response) -> None:
        """What robots may read: everything public."""
        await answer().machine(req, resp, "/robots.txt", feeds.robots, "text/plain; charset=utf-8")

    @page("/llms.txt")
    async def llms(req: Request, resp: Response) -> None:
        """The site in short, for language models."""
        await answer().llms(req, resp, "/llms.txt", feeds.llms)

    @page("/llms-full.txt")
    async def llms_full(req: Request, resp: Response) -> None:
        """The words of the whole site in one piece, as Markdown."""
        await answer().llms(req, resp, "/llms-full.txt", forms.llms_full)

    @page("/opensearch.xml")
    async def opensearch(req: Request, resp: Response) -> None:
        """How a browser searches this site."""
        await answer().machine(req, resp, "/opensearch.xml", feeds.opensearch, "application/opensearchdescription+xml")

    @page("/manifest.webmanifest")
    async def web_manifest(req: Request, resp: Response) -> None:
        """Name, colours and icons, for browsers that install the site as an app."""
        await answer().machine(req, resp, "/manifest.webmanifest", manifest.manifest, "application/manifest+json")

    @page("/health")
    async def healthy(req: Request, resp: Response) -> None:
        """The state of the site: problems in the content by file and line, search, what this machine lacks."""
        await answer().data(req, resp, await health.report(press), kept=False)

    @page("/metrics")
    async def measured(req: Request, resp: Response) -> None:
        """Requests and times by route, for Prometheus; keep it private at the proxy."""
        resp.text = ledger.render()

    # For programs

    @page("/api")
    async def programs(req: Request, resp: Response) -> None:
        """The documentation of the JSON API."""
        await answer().programs(req, resp, lambda: openapi.operations(described()))

    @page("/api/schema")
    async def schema(req: Request, resp: Response) -> None:
        """The OpenAPI schema of the JSON API, as YAML."""
        await answer().machine(req, resp, "/api/schema", lambda site: described(), "application/x-yaml")

    @api.get("/api/blog", openapi_extra=openapi.BLOG)
    async def blog(req: Request, resp: Response) -> None:
        """The posts, as data."""
        await answer().data(req, resp, schemas.blog(press.site, req.params))

    @api.get("/api/search", openapi_extra=openapi.SEARCH)
    @search_limit.limit
    async def search_api(req: Request, resp: Response) -> None:
        """A search, as data."""
        await answer().data(req, resp, await hits.search(press, req.params), kept=False)

    @api.get("/api/search/autocomplete", openapi_extra=openapi.COMPLETIONS)
    @completion_limit.limit
    async def autocomplete(req: Request, resp: Response) -> None:
        """What a search field may suggest."""
        await answer().data(req, resp, await hits.completions(press, req.params))

    @api.get("/api/directory-tree", openapi_extra=openapi.DIRECTORY)
    async def directory_tree(req: Request, resp: Response) -> None:
        """The directory, as data."""
        await answer().data(req, resp, schemas.directory(press.site))

    @api.get("/api/themes", openapi_extra=openapi.THEMES)
    async def themes(req: Request, resp: Response) -> None:
        """The themes, as data."""
        await answer().made(req, resp, "/api/themes", lambda: schemas.themes(press))

    @api.get("/api/graph", openapi_extra=openapi.GRAPH)
    async def graph_api(req: Request, resp: Response) -> None:
        """The map of the links, as data."""
        await answer().made(req, resp, "/api/graph", lambda: schemas.graph(press))

    # Everything else: the tree itself

    @page("/{path:path}")
    async def content(req: Request, resp: Response, *, path: str) -> None:
        """A page, folder, gallery, photograph or file at its place in the tree.

        Each also as .md .txt .json .pdf .epub, a folder as feed.xml, atom.xml, feed.json. Other spellings and old
        addresses are redirected; anything else is a 404 with suggestions.
        """
        is_search = path.startswith("search.") and "q" in req.params  # what it finds, as a book or as data
        if not is_search or await search_limit.acheck(req, resp):
            await answer().content(req, resp, path)

    return api


if __name__ == "__main__":
    cli.main(create_api)
else:
    api = create_api(config.load(), reread=config.load)
