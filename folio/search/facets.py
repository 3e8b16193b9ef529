"""All results of a query -> the count of results in each section, kind, year and tag, and a query to narrow to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from folio.search.catalogue import Entry
from folio.search.query import Filter, Query

MOST = 12  # facets of one name

FacetName = Literal["in", "kind", "year", "tag"]


@dataclass(frozen=True, slots=True)
class Facet:
    """How many results share a property, and how to narrow the query to them.

    `name` is the filter's name, `value` its value, `label` the text to show; `query` is the whole query with this
    filter added, or removed if it is `chosen` already.
    """

    name: FacetName
    value: str
    label: str
    count: int
    query: str
    chosen: bool = False


def facets(
    query: Query, found: Sequence[Entry], sections: Mapping[str, str], tags: Mapping[str, str]
) -> Iterator[Facet]:
    """Yield the facets of all results; `sections` and `tags` give the names to show.

    Properties that all results share are left out.
    """
    tag_counts = Counter(tag for entry in found for tag in entry.tags)
    counted: Mapping[FacetName, Iterable[tuple[str, int]]] = {
        "in": Counter([entry.section for entry in found if entry.section]).most_common(MOST),
        "kind": Counter([entry.kind for entry in found]).most_common(),
        "year": sorted(Counter([f"{entry.date.year:04}" for entry in found if entry.date]).items(), reverse=True)[
            :MOST
        ],
        "tag": sorted(tag_counts.items(), key=lambda item: (-item[1], item[0]))[:MOST],
    }
    names: Mapping[FacetName, Mapping[str, str]] = {"in": sections, "tag": tags, "kind": {}, "year": {}}
    for name, counts in counted.items():
        chosen = {one.value.casefold(): one for one in query.filters if one.kind == name}
        offered = [_facet(query, name, value, count, names[name], chosen) for value, count in counts]
        if len(offered) > 1 or any(facet.chosen for facet in offered):
            yield from offered


def _facet(
    query: Query, name: FacetName, value: str, count: int, labels: Mapping[str, str], chosen: Mapping[str, Filter]
) -> Facet:
    own = chosen.get(value.casefold()) or chosen.get(labels.get(value, value).casefold())
    asked = query.without(own) if own else query.with_filter(name, value)
    return Facet(name, value, labels.get(value, value), count, asked, own is not None)
