"""How long from saving an essay among a thousand to its page, its list and its feed, beside Hugo and Eleventy?"""

from __future__ import annotations

import contextlib
import http.client
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import essays
from bench.builders import HOW, Builder, builders, environment
from bench.harness import PATIENCE_SECONDS, Server, Table, folder, folio, free_port, middle, ms, started

COUNT = 1_000
EDITS = 7
REST_SECONDS = 0.3  # between two edits: a writer is not that quick
POLL_SECONDS = 0.002
TRIES, TRY_SECONDS = 6, 20.0  # until the first edit shows
PLACES = ("its page", "the list", "the feed")


def measure(content: Path) -> Table:
    """Change the title of the newest essay again and again, for each program in turn. `content` is not used."""
    rows = []
    with folder() as room:
        addresses = essays.write(room / "content", COUNT)
        with folio(room / "content", room) as server:
            server.is_whole()
            rows.append(("engine", *seen(edits(server, room / "content", addresses[-1]))))
        for builder in builders(room, COUNT):
            if builder.serve:
                rows.append((builder.name, *_served(builder, addresses[-1])))
    return Table(f"Edit to visible among {COUNT:,}", ("", *PLACES, "slowest"), tuple(rows), NOTES)


NOTES = (
    f"{EDITS} new titles of the newest essay, from the end of the write to the first answer that shows it; page, list "
    "and feed are asked for in turn every 2 ms, so each time includes those before; a minute is one that never showed. "
    "50 ms of the engine's is the pause that lets an editor finish (`watch_debounce_ms`). Hugo and Eleventy as `hugo "
    f"server` and `eleventy --serve`; to have them: {HOW}."
)


def edits(server: Server, tree: Path, address: str) -> Iterator[tuple[float, ...]]:
    """Edit an essay of the engine's tree; yield the seconds until each place shows the edit."""
    yield from _edits(server, tree / f"{address.lstrip('/')}.md", (address, "/essays", "/feed.xml"))


def seen(times: Iterator[tuple[float, ...]]) -> tuple[str, ...]:
    """Return the median for each place, and the slowest of all, as text."""
    rows = list(times)
    return (*(ms(middle(column)) for column in zip(*rows, strict=True)), ms(max(map(max, rows))))


def _served(builder: Builder, address: str) -> tuple[str, ...]:
    port = free_port()
    command = [part.format(port=port) for part in builder.serve]
    file = builder.essays / f"{address.rpartition('/')[2]}.md"
    with started(command, port, within=builder.folder, environ=environment(builder), family=True) as server:
        return seen(_edits(server, file, (f"{address}/", "/essays/", builder.feed)))


def _edits(server: Server, file: Path, places: Sequence[str]) -> Iterator[tuple[float, ...]]:
    text = file.read_text(encoding="utf-8")
    _begin(server, file, text, places)
    for n in range(EDITS):
        time.sleep(REST_SECONDS)
        title = f"Benchmark {n} of many"
        written = _write(file, text, title)
        yield tuple(_until(server, place, title, written, PATIENCE_SECONDS) for place in places)


def _begin(server: Server, file: Path, text: str, places: Sequence[str]) -> None:
    """Edit until an edit shows: a server may answer before it watches files, and never see edits made until then."""
    for n in range(TRIES):
        title = f"Beginning {n} of some"
        written = _write(file, text, title)
        if max(_until(server, place, title, written, TRY_SECONDS) for place in places) < TRY_SECONDS:
            return
    raise RuntimeError(f"no edit of {file.name} shows")


def _write(file: Path, text: str, title: str) -> float:
    """Write the essay with a new title; return the time of the write."""
    file.write_text(text.replace("title: ", f'title: "{title}"\nbefore: ', 1), encoding="utf-8")
    return time.perf_counter()


def _until(server: Server, place: str, title: str, written: float, patience_seconds: float) -> float:
    """Return the seconds from `written` until a place shows the title, or `patience_seconds` if it never does."""
    while time.perf_counter() < written + patience_seconds:
        with contextlib.suppress(
            http.client.HTTPException, ConnectionError
        ):  # a truncated response: Eleventy is writing the file
            if title.encode() in server.get(place)[2]:
                return time.perf_counter() - written
        time.sleep(POLL_SECONDS)
    return patience_seconds
