"""One index built in a process of its own: `python -m bench.indexing ours TREE CACHE` or `… plain TEXTS FOLDER`.

Prints the CPU seconds and the most memory of whoever built it, as JSON.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import resource
import sys
import time
from pathlib import Path


def main(kind: str, source: str, target: str) -> None:
    """Build, and print what it took."""
    print(json.dumps(ours(Path(source), Path(target)) if kind == "ours" else plain(Path(source), Path(target))))


def ours(tree: Path, cache: Path) -> dict[str, float]:
    """Index a tree as the engine does: its worker's CPU, and the engine's own beside it."""
    from folio.config import Config
    from folio.search import Index
    from folio.site import load
    from folio.workers import Workers

    config = Config(content=tree, cache=cache, state=cache)
    site = load(config, lambda: dt.datetime.now(dt.UTC), time.time())
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


def plain(texts: Path, folder: Path) -> dict[str, float]:
    """Index titles and texts, a JSON line each, with Whoosh as its own guide shows it."""
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
