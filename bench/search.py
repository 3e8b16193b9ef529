"""Does search find the right pages, how long does a query take, and what does the index cost?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from bench import essays, finders, latency, questions
from bench.finders import Finder, Folio, Fts, Scan, Text
from bench.harness import ROOT, Server, Table, bare, folder, folio, middle, ms, times
from bench.questions import Question

SMALL, LARGE = 776, 10_000  # essays
ASKED, HOSTILE = 160, 1_000  # questions
EDITS = ("quokka", "axolotl", "narwhal", "ptarmigan", "xylophagous")  # words that no essay has
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 60
QUIET_SECONDS = 8
NONE = "–"
COLUMNS = ("", "Folio", "SQLite FTS5", "looking through all")


def measure(content: Path) -> Table:
    """Run the judged queries, then many about generated essays; build their index beside Whoosh's own."""
    with folder() as room:
        found = [*_found("the demonstration", content, room / "own", "demonstration")]
        if sample := os.environ.get("FOLIO_TEST_CORPUS"):
            found += _found("a real writer's site", Path(sample), room / "sample", "sample")
        thought, costs, small = _at(SMALL, room / "small")
        more, dear, large = _at(LARGE, room / "large")
        notes = (
            "Judged: questions written by hand, each with the address that ought to come first: names, two words, "
            "phrases, misspelt, half typed, code, dates, photographs (bench/judged). FTS5 and looking through all are "
            "not asked for the part of a page that answers, and know no filters. CPU time of one thread, each question "
            f"asked twice and the second time counted; {ASKED} questions about {SMALL} and {LARGE:,} essays of 1,350 "
            f"words, {HOSTILE:,} hostile ones."
        )
        cost = Table(
            "What the index costs",
            ("", f"{SMALL} essays", f"{LARGE:,} essays"),
            tuple((name, one, other) for (name, one), (_, other) in zip(costs + small, dear + large, strict=True)),
            "Both indexes are given the same texts, read already; Whoosh's plain one has its own analyzer, positions "
            "and stored titles. The worker's CPU counts its start and all that is sent to it. An edit is timed from "
            "the end of the write to the first answer of /api/search that holds the new word.",
        )
        return Table("Search", COLUMNS, (*found, *thought, *more), notes, cost)


def _found(name: str, tree: Path, room: Path, judged: str) -> Iterable[tuple[str, ...]]:
    """Rate the three finders by a set of judged queries: right first, right among the first five."""
    _built("ours", tree, room)
    asked, ours = questions.judged(judged), Folio(tree, room)
    texts = tuple(ours.texts())
    places = [[_place(finder, one) for one in asked] for finder in (ours, Fts(texts), Scan(texts))]
    for label, most in (("right first", 1), (f"right among {finders.FIRST}", finders.FIRST)):
        shares = (f"{sum(place <= most for place in each) / len(asked):.3f}" for each in places)
        yield (f"{name}, {len(asked)} judged: {label}", *shares)


def _place(finder: Finder, asked: Question) -> int:
    """Return the rank of the right answer, from 1; FIRST + 1 if it is not among the first."""
    page_only = not isinstance(finder, Folio) and "#" in asked.address
    wanted = Question(asked.kind, asked.typed, asked.address.partition("#")[0]) if page_only else asked
    for n, addresses in enumerate(finder.find(asked.typed), 1):
        if any(map(wanted.is_answered_by, addresses)):
            return n
    return finders.FIRST + 1


Rows = list[tuple[str, ...]]


def _at(count: int, room: Path) -> tuple[Rows, Rows, Rows]:
    """Measure a tree of so many essays: rows of the first table, and two groups of rows of the second."""
    tree, cache = room / "tree", room / "cache"
    essays.write(tree, count)
    with (tree / "site.toml").open("a") as settings:
        settings.write("[limits]\nsearches = 1000000\n")  # in ten seconds: one visitor asks here for all
    own = _built("ours", tree, cache)
    ours = Folio(tree, cache)
    texts = tuple(ours.texts())
    asked = tuple(questions.about(tuple(essays.essays(count)), ASKED))
    rows = _thought(count, asked, (ours, Fts(texts), Scan(texts)))
    rows.append((f"{count:,} essays, {HOSTILE:,} hostile questions: worst", _worst(ours), NONE, NONE))
    return rows, _costs(own, tree, texts, room), _visible(tree, cache, count)


def _thought(count: int, asked: Sequence[Question], all_of_them: Sequence[Finder]) -> Rows:
    right = [sum(_place(finder, one) == 1 for one in asked if one.kind != "common words") for finder in all_of_them]
    known = sum(one.kind != "common words" for one in asked)
    spent = [finders.timed(finder, [one.typed for one in asked]) for finder in all_of_them]
    figures = [(ms(middle(each)), ms(each[int(len(each) * 0.99)]), ms(each[-1])) for each in spent]
    named = zip(("p50", "p99", "worst"), zip(*figures, strict=True), strict=True)
    return [
        (f"{count:,} essays, {known} questions: right first", *(f"{one / known:.3f}" for one in right)),
        *((f"{count:,} essays, CPU of a question: {name}", *each) for name, each in named),
    ]


def _worst(ours: Folio) -> str:
    """Run the hostile queries and return the slowest; an error would end the benchmark."""
    return ms(finders.timed(ours, questions.hostile(HOSTILE))[-1])


def _built(kind: str, source: Path, target: Path) -> dict[str, float]:
    target.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "bench.indexing", kind, str(source), str(target)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _costs(own: dict[str, float], tree: Path, texts: Sequence[Text], room: Path) -> Rows:
    lines = room / "texts.jsonl"
    lines.write_text("".join(json.dumps((text.url, text.title, text.body)) + "\n" for text in texts))
    read, given, plain = (
        _built(kind, source, room / kind) for kind, source in (("reading", tree), ("given", lines), ("plain", lines))
    )
    return [
        ("reading Markdown into texts, CPU", f"{read['cpu']:.1f} s"),
        ("building the index of these texts, CPU", f"{given['cpu']:.1f} s"),
        ("Whoosh's plain index of the same texts, CPU", f"{plain['cpu']:.1f} s"),
        ("ratio of the two", times(given["cpu"] / plain["cpu"])),
        ("both in the engine's worker, all it does, CPU", f"{own['cpu']:.1f} s"),
        ("CPU of the engine meanwhile", f"{own['engine']:.1f} s"),
        (
            "memory of the worker, of plain Whoosh",
            f"{own['memory_kb'] / 1024:.0f} MB, {plain['memory_kb'] / 1024:.0f} MB",
        ),
        ("on disk, of plain Whoosh", f"{_size(room / 'given')}, {_size(room / 'plain')}"),
    ]


def _size(place: Path) -> str:
    return f"{sum(file.stat().st_size for file in place.rglob('*') if file.is_file()) / 1e6:.0f} MB"


def _visible(tree: Path, cache: Path, count: int) -> Rows:
    """Edit an essay of a served site again and again; then rebuild the index while visitors are served."""
    room = cache.parent / "served"
    (room / "cache").mkdir(parents=True)
    (cache / "search").rename(room / "cache" / "search")
    file = sorted((tree / "essays").glob("2*.md"))[-1]
    with bare({"/": latency.HELLO}, room) as peer:
        with folio(tree, room) as server:
            if not server.is_whole("search"):
                raise RuntimeError("the index did not get ready")
            edits = [_edited(server, file, word) for word in EDITS]
            idle = latency.asked((server, peer), QUIET_SECONDS)
        with folio(tree, cache.parent / "anew") as server:
            busy = latency.asked((server, peer), QUIET_SECONDS)
            state = json.loads(server.get("/health")[2])["search"]
    ours, theirs = (f"{ms(_p99(calm))}, {ms(_p99(hard))}" for calm, hard in zip(idle, busy, strict=True))
    return [
        ("an edit until it is found, middle and slowest", f"{ms(middle(edits))}, {ms(max(edits))}"),
        (
            'GET "/" p99 idle, and while everything is read and indexed',
            ours if "building" in state or count < LARGE else f"{NONE} ({state})",
        ),
        ("the same of a bare ASGI application at the same moments", theirs),
    ]


def _p99(latencies: Sequence[float]) -> float:
    return sorted(latencies)[int(len(latencies) * 0.99)]


def _edited(server: Server, file: Path, word: str) -> float:
    """Append a word to an essay; return the seconds until it is found."""
    with file.open("a", encoding="utf-8") as text:
        text.write(f"\n\n{word}\n")
    began = time.perf_counter()
    while not json.loads(server.get(f"/api/search?q={quote(word)}+")[2])["total"]:
        if time.perf_counter() > began + PATIENCE_SECONDS:
            raise RuntimeError("an edit was not found")
        time.sleep(POLL_SECONDS)
    return time.perf_counter() - began
