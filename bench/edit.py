"""How long from saving a file to seeing it?"""

from __future__ import annotations

import time
from pathlib import Path

from bench.harness import PATIENCE_SECONDS, Server, Table, copied, folder, folio, middle, ms, newest_post

EDITS = 10
POLL_SECONDS = 0.002
REST_SECONDS = 0.3  # between two edits: a writer is not that quick


def measure(content: Path) -> Table:
    """Append a word to the newest post again and again, and time until page and feed show it."""
    with folder() as room:
        tree = copied(content, room)
        with folio(tree, room) as server:
            url = newest_post(server)
            file = tree / f"{url.lstrip('/')}.md"
            for path in (url, "/feed.xml"):
                server.get(path)
            pairs = [_edit(server, file, url, f"benchmark{n}mark") for n in range(EDITS)]
    rows = [
        (name, ms(middle(values)), ms(max(values)))
        for name, values in zip(("on its page", "in the feed"), zip(*pairs, strict=True), strict=True)
    ]
    notes = (
        f"{EDITS} edits of the newest post, from the end of the write to the first answer that holds the new word; "
        "page and feed are asked for in turn, so the feed's time includes making the page. 50 ms of it is the pause "
        "that lets an editor finish (`watch_debounce_ms`)."
    )
    return Table("Edit to visible", ("", "middle", "slowest"), tuple(rows), notes)


def _edit(server: Server, file: Path, url: str, word: str) -> tuple[float, float]:
    """Append a word, and return the seconds until the page and until the feed show it."""
    time.sleep(REST_SECONDS)
    with file.open("a", encoding="utf-8") as text:
        text.write(f"\n\n{word}\n")
    written = time.perf_counter()
    return _seen(server, url, word, written), _seen(server, "/feed.xml", word, written)


def _seen(server: Server, path: str, word: str, written: float) -> float:
    while time.perf_counter() < written + PATIENCE_SECONDS:
        if word.encode() in server.get(path)[2]:
            return time.perf_counter() - written
        time.sleep(POLL_SECONDS)
    raise RuntimeError(f"an edit did not show on {path}")
