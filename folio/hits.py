"""The models of the JSON API's search responses, and how they are filled from the results of the index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, Field, RootModel

from folio import references
from folio.answers import number
from folio.content import Page
from folio.errors import NotFound
from folio.press import Press
from folio.search import Hit, Results

SIZE, MAX_SIZE = 20, 100  # results per page


class SearchPlace(BaseModel):
    """Where on a page the answer stands: a heading, the address of it, a passage."""

    heading: str
    url: str
    snippet: str = Field(description="HTML with no tag but <mark>")


class SearchHit(BaseModel):
    """One thing found; `kind` is page, section, gallery or photo, `section` the first segment of its address."""

    title: str
    url: str
    snippet: str = Field(description="HTML with no tag but <mark>")
    section: str
    score: float
    date: str | None = Field(description="ISO 8601, as precise as is known: 2013, 2026-06")
    kind: str
    places: list[SearchPlace] = Field(description="headings above the matches, at most three")


class SearchFacet(BaseModel):
    """How many results share something; `query` is the whole query that asks for those alone, or lets them go."""

    name: str = Field(description="the filter: in, kind, year, tag")
    value: str
    label: str
    count: int
    query: str
    chosen: bool


class Search(BaseModel):
    """One page of what a query found; `page` counts from 1."""

    query: str
    total: int
    page: int
    size: int
    pages: int
    all_words: bool = Field(description="false where nothing has every word, and these come closest")
    corrected: str = Field(description="the query answered instead, where no page has a word as typed; else empty")
    suggestion: str = Field(description="a query that may have been meant; else empty")
    partial: bool = Field(description="true where time ran out: there may be more")
    building: bool = Field(description="true while the index is being built; `percent` says how far")
    percent: int
    facets: list[SearchFacet]
    results: list[SearchHit]


class Completion(BaseModel):
    """A page whose title fits."""

    title: str
    url: str
    icon: str


class Completions(BaseModel):
    """Pages whose titles fit what was typed so far, the best first, at most eight."""

    results: list[Completion]


class Suggestions(RootModel[tuple[str, list[str], list[str], list[str]]]):
    """The same for the address bar of a browser: what was typed, titles, a description of each, their addresses."""

    media_type: ClassVar[str] = "application/x-suggestions+json"


async def search(press: Press, asked: Mapping[str, str]) -> Search:
    """Return page `page` of the results for `q`, `size` per page. Raises NotFound if search is switched off."""
    if not press.site.config.features.search:
        raise NotFound("/api/search")
    page = max(number(asked.get("page"), 1), 1)
    size = min(max(number(asked.get("size"), SIZE), 1), MAX_SIZE)
    return _search(await press.index.query(press.site, asked.get("q", ""), page, size), size)


def _search(results: Results, size: int) -> Search:
    told = (
        "query", "total", "page", "pages", "all_words", "corrected", "suggestion", "partial", "building", "percent",
    )  # fmt: skip
    return Search(
        **{name: getattr(results, name) for name in told},
        size=size,
        facets=[SearchFacet.model_validate(facet, from_attributes=True) for facet in results.facets],
        results=[_hit(hit) for hit in results.hits],
    )


def _hit(hit: Hit) -> SearchHit:
    return SearchHit(
        title=hit.title,
        url=hit.url,
        snippet=str(hit.snippet_html),
        section=hit.section,
        score=round(hit.score, 4),
        date=hit.date.iso if hit.date else None,
        kind=hit.kind,
        places=[SearchPlace(heading=p.heading, url=p.url, snippet=str(p.snippet_html)) for p in hit.places],
    )


async def completions(press: Press, asked: Mapping[str, str]) -> Completions | Suggestions:
    """Complete `q` with the titles of pages; with `format=suggestions` in the format of OpenSearch.

    Raises NotFound if search is switched off.
    """
    if not press.site.config.features.search:
        raise NotFound("/api/search/autocomplete")
    typed = asked.get("q", "")
    found = await press.index.complete(press.site, typed)
    if asked.get("format") == "suggestions":
        urls = [press.site.config.base_url + references.href(page.url) for page in found]
        return Suggestions((typed, [page.title for page in found], [page.description for page in found], urls))
    return Completions(results=[Completion(title=page.title, url=page.url, icon=icon(page)) for page in found])


def icon(page: Page) -> str:
    """Return the address of a page's icon, percent-encoded."""
    return f"/icon{references.href(page.url if page.url != '/' else '/index')}.svg"
