"""Search: a Whoosh index that follows the site's snapshots, and Results for what visitors type.

Each new snapshot calls `Index.update(site)`, requests call `Index.query` and `Index.complete`. build.py runs in the
worker. The index holds the words (documents.py); titles, dates, tags and filters come from the snapshot (catalogue.py).
"""

from __future__ import annotations

from folio.search.answer import PAGE_HITS, Hit, Place, Results
from folio.search.facets import Facet
from folio.search.index import Index
from folio.search.query import parse

__all__ = ["PAGE_HITS", "Facet", "Hit", "Index", "Place", "Results", "parse"]
