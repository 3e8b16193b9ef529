"""What does it take to make every page of a thousand essays, beside generators of static sites?"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import essays
from bench.builders import HOW, Builder, builders, environment
from bench.harness import ROOT, Table, folder, folio, middle, times
from bench.load import CONNECTIONS, tour

COUNT = 1_000
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Build:
    """How long somebody took to make everything, and the CPU time of all who helped."""

    wall_seconds: float
    cpu_seconds: float


def measure(content: Path) -> Table:
    """Have everybody make the same essays in turn, from nothing. `content` is not asked for anything."""
    seen: dict[str, list[Build]] = {}
    with folder() as room:
        tree = room / "content"
        addresses = essays.write(tree, COUNT)
        with (tree / "site.toml").open("a") as settings:
            settings.write("[features]\nsearch = false\n")
        peers = list(builders(room, COUNT))
        for n in range(ROUNDS):
            for name, build in _once(tree, addresses, peers, room / f"round-{n}"):
                seen.setdefault(name, []).append(build)
    return Table(f"All of {COUNT:,} pages", ("", "wall", "CPU", "CPU, ratio", "wall, ratio"), _rows(seen), NOTES)


NOTES = (
    f"{COUNT:,} essays of 600 to 2,500 words with notes, code, tables and links; the middle of {ROUNDS} rounds, "
    "from nothing made before and without search, which the others have not. The plain sum is one process that reads, "
    "parses with markdown-it-py and its plugin for notes, colours with Pygments and prints one template of Jinja; its "
    "CPU counts from when it is warm. The engine's pages have the related ones, those that link to them, margin notes "
    "and all headers besides; when all texts are read, each is asked for "
    f"once over {CONNECTIONS} connections, answered and kept; nobody asks for an encoding, as the generators "
    "compress nothing. The generators write a page for each "
    f"essay, the lists of {len(essays.TAGS)} tags, a feed and a sitemap. Who is not installed is missing; to have "
    f"all: {HOW}."
)


def _once(tree: Path, addresses: Sequence[str], peers: Sequence[Builder], room: Path) -> Iterator[tuple[str, Build]]:
    yield "markdown-it-py + Pygments + Jinja, plain", _plain(tree / "essays")
    yield "engine, every page asked for once", _asked(tree, addresses, room / "asked")
    for peer in peers:
        yield peer.name, _run(peer.build, peer.folder, environment(peer))


def _plain(folder: Path) -> Build:
    command = [sys.executable, "-m", "bench.plain", str(folder)]
    began = time.perf_counter()
    ran = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return Build(time.perf_counter() - began, float(ran.stdout))


def _asked(tree: Path, addresses: Sequence[str], room: Path) -> Build:
    """Ask a new engine for every page. Its CPU time counts from its first answer, its workers' too."""
    room.mkdir(parents=True)
    with folio(tree, room, family=True) as server:
        before, began = server.cpu_seconds(), time.perf_counter()
        server.is_whole()  # a page made before is made again when it is known who links to it
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
    walls = {name: middle([build.wall_seconds for build in builds]) for name, builds in seen.items()}
    cpus = {name: middle([build.cpu_seconds for build in builds]) for name, builds in seen.items()}
    plain = next(iter(seen))
    return tuple(
        (
            name, f"{walls[name]:.2f} s", f"{cpus[name]:.2f} s", times(cpus[name] / cpus[plain]),
            times(walls[name] / walls[plain]),
        )
        for name in seen
    )  # fmt: skip
