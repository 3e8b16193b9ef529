"""Builds an index, or does one part of that, in a process of its own: `python -m bench.indexing KIND SOURCE TARGET`.

`ours TREE CACHE` does all that the engine does; `reading TREE -` only parses Markdown; `given TEXTS FOLDER` builds the
engine's index and `plain TEXTS FOLDER` Whoosh's own from parsed texts. Prints CPU seconds and the peak memory of the
process that built it, as JSON.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import itertools
import json
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from folio.config import Config
    from folio.snapshot import Site


def main(kind: str, source: str, target: str) -> None:
    """Build, and print the measurements."""
    kinds = {"ours": ours, "reading": reading, "given": given, "plain": plain}
    print(json.dumps(kinds[kind](Path(source), Path(target))))


def ours(tree: Path, cache: Path) -> dict[str, float]:
    """Index a tree as the engine does; return its worker's CPU time and its own."""
    from folio.search import Index
    from folio.workers import Workers

    config, site = _loaded(tree, cache)
    before = time.process_time()

    async def build() -> None:
        workers = Workers(config)
        index = Index(config, workers)
        await index.update(site)
        if index.state != "ready":
            raise RuntimeError(f"the index is {index.state}")
        await index.close()
        await workers.close()

    asyncio.run(build())
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "cpu": used.ru_utime + used.ru_stime,
        "engine": time.process_time() - before,
        "memory_kb": used.ru_maxrss,
    }


def _loaded(tree: Path, cache: Path) -> tuple[Config, Site]:
    from folio.config import Config
    from folio.site import load

    config = Config(content=tree, cache=cache, state=cache)
    return config, load(config, lambda: dt.datetime.now(dt.UTC), time.time())


def reading(tree: Path, cache: Path) -> dict[str, float]:
    """Parse the Markdown of a tree into the texts to index, as the engine's worker does."""
    from folio.search import build
    from folio.search.documents import documents

    found = list(documents(_loaded(tree, cache)[1]))
    gc.disable()  # as a worker does
    before = time.process_time()
    for document in found:
        build.read(document)
    return {"cpu": time.process_time() - before}


def given(texts: Path, folder: Path) -> dict[str, float]:
    """Index titles and texts, one JSON line each, as the engine does: BATCH_DOCUMENTS a commit."""
    from whoosh.index import create_in

    from folio.search import build, segments
    from folio.search.documents import BATCH_DOCUMENTS, Document
    from folio.search.texts import Part

    index = create_in(str(folder), segments.schema())
    gc.disable()  # as a worker does
    before = time.process_time()
    with texts.open() as lines:
        while batch := list(itertools.islice(lines, BATCH_DOCUMENTS)):
            writer = segments.Writer(index)
            for line in batch:
                url, title, body = json.loads(line)
                build.add(writer, Document(url, "", title), (Part("", "", body),))
            writer.commit(merge=False)
    return {
        "cpu": time.process_time() - before,
        "memory_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


def plain(texts: Path, folder: Path) -> dict[str, float]:
    """Index titles and texts, one JSON line each, with Whoosh as in its guide."""
    from whoosh.fields import ID, TEXT, Schema
    from whoosh.index import create_in

    index = create_in(str(folder), Schema(url=ID(stored=True, unique=True), title=TEXT(stored=True), body=TEXT))
    before = time.process_time()
    writer = index.writer()
    with texts.open() as lines:
        for line in lines:
            url, title, body = json.loads(line)
            writer.add_document(url=url, title=title, body=body)
    writer.commit()
    return {
        "cpu": time.process_time() - before,
        "memory_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
