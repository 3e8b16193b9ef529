"""How long does it take to make every page of a thousand essays, beside static site generators?"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench import essays
from bench.builders import HOW, Builder, builders, environment
from bench.harness import ROOT, Table, folder, folio, middle, times
from bench.load import CONNECTIONS, tour

COUNT = 1_000
ROUNDS = 3
LEAN = dict.fromkeys(("search", "pdf", "epub", "forms", "cards", "graph", "llms"), False)
# With PYTHONDONTWRITEBYTECODE, every start would compile the whole engine.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Build(NamedTuple):
    """The time that one program took to make everything, the CPU time of all its processes, and what it wrote."""

    wall_seconds: float
    cpu_seconds: float
    files: int = 0
    written_bytes: int = 0


def measure(content: Path) -> Table:
    """Have each program build the same essays in turn, from nothing. `content` is not used."""
    seen: dict[str, list[Build]] = {}
    with folder() as room:
        tree = room / "content"
        addresses = essays.write(tree, COUNT)
        (tree / "site.toml").rename(room / "site.toml")
        peers = list(builders(room, COUNT))
        for n in range(ROUNDS):
            for name, build in _once(tree, addresses, peers, room / f"round-{n}"):
                seen.setdefault(name, []).append(build)
    head = "", "wall", "CPU", "CPU, ratio", "wall, ratio", "files", "MB"
    return Table(f"All of {COUNT:,} pages", head, _rows(seen), NOTES)


NOTES = (
    f"{COUNT:,} essays of 600 to 2,500 words with notes, code, tables and links; the middle of {ROUNDS} rounds, "
    "from nothing made before and without search, which the others have not. The plain sum is one process that reads, "
    "parses with markdown-it-py and its plugin for notes, colours with Pygments and prints one template of Jinja; its "
    "CPU counts from when it is warm. The engine's pages have the related ones, those that link to them, margin notes "
    "and all headers besides. `export` counts from the start of the command, on all cores. Without PDF, EPUB, cards "
    "and other forms it writes what the generators do (a page for each essay, the lists of "
    f"{len(essays.TAGS)} tags, a feed, a sitemap), and besides: feeds of every tag in two notations and as JSON, an "
    "icon for each page, the archives (by year, by length, of all notes, quotations, terms). The "
    "other forms are each page as Markdown, text and JSON. Asked for once: by HTTP of one process "
    f"over {CONNECTIONS} connections, when all texts are read, answered and kept. Nobody asks for an encoding, as the "
    f"generators compress nothing. MB are millions of bytes in all files. Who is not "
    f"installed is missing; to have all: {HOW}."
)


def _once(tree: Path, addresses: Sequence[str], peers: Sequence[Builder], room: Path) -> Iterator[tuple[str, Build]]:
    yield "markdown-it-py + Pygments + Jinja, plain", _plain(tree / "essays")
    yield "engine, `export`", _exported(tree, room / "lean", LEAN)
    yield "engine, `export` with other forms", _exported(tree, room / "whole", {**LEAN, "forms": True})
    _settle(tree, {"search": False})
    yield "engine, every page asked for once", _asked(tree, addresses, room / "asked")
    for peer in peers:
        files = room / peer.folder.name  # a folder of its own each time: to write over a file costs less than a new one
        command = [part.replace("{output}", str(files)) for part in peer.build]
        yield peer.name, _weighed(_run(command, peer.folder, environment(peer)), files)


def _plain(folder: Path) -> Build:
    command = [sys.executable, "-m", "bench.plain", str(folder)]
    began = time.perf_counter()
    ran = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return Build(time.perf_counter() - began, float(ran.stdout))


def _settle(tree: Path, features: Mapping[str, bool]) -> None:
    """Write site.toml: the title of the tree, and the features that are on and off."""
    given = (tree.parent / "site.toml").read_text()
    lines = [f"{name} = {str(on).lower()}\n" for name, on in features.items()]
    (tree / "site.toml").write_text("".join([given, "[features]\n", *lines]))


def _exported(tree: Path, room: Path, features: Mapping[str, bool]) -> Build:
    """Export the whole site as files."""
    _settle(tree, features)
    command = [sys.executable, "engine.py", "export", str(room / "files"), "--content", str(tree)]
    build = _run([*command, "--cache", str(room / "cache"), "--state", str(room / "state")], ROOT, ENVIRONMENT)
    return _weighed(build, room / "files")


def _weighed(build: Build, folder: Path) -> Build:
    """Add what was written. Raises RuntimeError when not every essay is among it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    if len([path for path in files if path.suffix == ".html"]) < COUNT:
        raise RuntimeError(f"not every page was written to {folder}")
    return build._replace(files=len(files), written_bytes=sum(path.stat().st_size for path in files))


def _asked(tree: Path, addresses: Sequence[str], room: Path) -> Build:
    """Request every page of a newly started engine. CPU time counts from its first answer, its workers' included."""
    room.mkdir(parents=True)
    with folio(tree, room, family=True) as server:
        before, began = server.cpu_seconds(), time.perf_counter()
        server.is_whole()  # pages made before that would be made again, when their backlinks are known
        statuses = tour(server, addresses)
        build = Build(time.perf_counter() - began, server.cpu_seconds() - before)
    if statuses != {200: len(addresses)}:
        raise RuntimeError(f"not every page was answered with 200: {statuses}")
    return build


def _run(command: Sequence[str], within: Path, environ: Mapping[str, str]) -> Build:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ran = subprocess.run(command, cwd=within, env=environ, capture_output=True, text=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if ran.returncode:
        raise RuntimeError(f"{command[0]} failed: {ran.stderr[-500:] or ran.stdout[-500:]}")
    return Build(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _rows(seen: Mapping[str, Sequence[Build]]) -> tuple[tuple[str, ...], ...]:
    middles = {name: Build(*map(middle, zip(*builds, strict=True))) for name, builds in seen.items()}
    plain = next(iter(middles.values()))
    return tuple(
        (
            name, f"{build.wall_seconds:.2f} s", f"{build.cpu_seconds:.2f} s",
            times(build.cpu_seconds / plain.cpu_seconds), times(build.wall_seconds / plain.wall_seconds),
            f"{build.files:,.0f}" if build.files else "", f"{build.written_bytes / 1e6:.1f}" if build.files else "",
        )
        for name, build in middles.items()
    )  # fmt: skip
