"""Site -> a Whoosh index kept fresh beside it, and Results for what visitors type.

`Index.update(site)` is called with each new snapshot, `Index.query` and `Index.complete` by requests. The worker's part
is build.py; what is asked of the index and what of the snapshot is told in documents.py and catalogue.py.
"""

from __future__ import annotations

from folio.search.answer import PAGE_HITS, Hit, Place, Results
from folio.search.facets import Facet
from folio.search.index import Index
from folio.search.query import parse

__all__ = ["PAGE_HITS", "Facet", "Hit", "Index", "Place", "Results", "parse"]
