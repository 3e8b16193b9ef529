"""What every benchmark needs: servers in processes of their own, their CPU time, tables, facts about the machine."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import importlib.metadata
import json
import os
import pickle
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.bare import Kept

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".tools" / "peers"  # programs to compare with, which are in no lock file
PATIENCE_SECONDS = 60
POLL_SECONDS = 0.002
SOON_SECONDS = 0.25  # between two requests of /health, which take 10 ms while 10,000 pages are being read
PACKAGES = (
    "responder", "uvicorn", "jinja2", "markdown-it-py", "pygments", "whoosh-reloaded", "brotli", "pillow", "weasyprint",
)  # fmt: skip
PROGRAMS = (("nginx", "-v"), ("wrk", "-v"), ("node", "--version"))  # with the option that prints the version


@dataclass(frozen=True, slots=True)
class Table:
    """A benchmark's result: `rows` of cells as shown, `notes` on how to read them, `after` a second table."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: str = ""
    after: Table | None = None

    def markdown(self) -> str:
        """Return the table as Markdown, with aligned columns."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        rule = tuple("-" * width if n == 0 else "-" * (width - 1) + ":" for n, width in enumerate(widths))
        lines = [_line(row, widths) for row in (self.columns, rule, *self.rows)]
        text = "\n".join([f"## {self.title}", "", *lines, *(("", self.notes) if self.notes else ())]) + "\n"
        return f"{text}\n{self.after.markdown()}" if self.after else text


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return f"| {first[0]:<{first[1]}} | " + " | ".join(f"{cell:>{width}}" for cell, width in rest) + " |"


@dataclass(frozen=True, slots=True)
class Server:
    """A server on loopback in a process of its own; with `family`, the CPU time of its children counts too."""

    process: subprocess.Popen[bytes]
    port: int
    family: bool = False

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, str], bytes]:
        """Send one request over a new connection; return status, headers by lower-case name, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=dict(headers or {}))
            reply = connection.getresponse()
            return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()

    def wait_for(self, path: str) -> None:
        """Request a path until the answer is 200. Raises RuntimeError after a minute, or if the server has ended."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(ConnectionError):
                if self.get(path)[0] == 200:
                    return
            time.sleep(POLL_SECONDS)
        by_hand = " ".join(map(str, self.process.args[1:]))
        raise RuntimeError(f"the server did not answer {path}; run it by hand: {by_hand}")

    def is_whole(self, what: str = "texts", patience_seconds: float = 10 * PATIENCE_SECONDS) -> bool:
        """Wait until /health reports an engine's `texts` or `search` as ready; return False if that takes too long.

        Until then pages are made again now and then, as more is known.
        """
        until = time.monotonic() + patience_seconds
        while not (ready := json.loads(self.get("/health")[2])[what] == "ready") and time.monotonic() < until:
            time.sleep(SOON_SECONDS)
        return ready

    def rest(self, patience_seconds: float = 10 * PATIENCE_SECONDS) -> None:
        """Wait until an engine has read and indexed all texts, so that only requests use CPU time."""
        for what in ("texts", "search"):
            self.is_whole(what, patience_seconds)

    def cpu_seconds(self) -> float:
        """Return the CPU time so far, with `family` also that of ended children; NaN without /proc."""
        pid = self.process.pid
        try:
            return sum(_cpu_seconds(one, self.family) for one in (pid, *(_children(pid) if self.family else ())))
        except OSError:
            return float("nan")

    def memory_kb(self) -> int:
        """Return the proportional set size (PSS) of the process in KB, 0 without /proc."""
        with contextlib.suppress(OSError):
            if found := re.search(r"Pss:\s+(\d+)", Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()):
                return int(found[1])
        return 0


def _cpu_seconds(pid: int, with_ended_children: bool) -> float:
    """Return utime + stime, and cutime + cstime if wanted: proc(5)."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, after_name[11 : 15 if with_ended_children else 13])) / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    """Return the descendants of a process."""
    lists = [file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children")]  # one for each thread
    own = [int(child) for child in " ".join(lists).split()]
    return own + [deeper for child in own for deeper in _children(child)]


@contextlib.contextmanager
def folio(content: Path, folder: Path, *, family: bool = False, first: str = "/") -> Iterator[Server]:
    """Serve `content` by `python engine.py`, with cache and state below `folder`, and wait for the page `first`.

    Its workers' CPU time counts only with `family`.
    """
    port = free_port()
    command = ["engine.py", "--port", str(port), "--content", str(content)]
    command += ["--cache", str(folder / "cache"), "--state", str(folder / "state")]
    with started([sys.executable, *command], port, family=family, first=first) as server:
        yield server


@contextlib.contextmanager
def bare(kept: Kept, folder: Path) -> Iterator[Server]:
    """Serve answers by path with a minimal ASGI application, on the same uvicorn."""
    port, file = free_port(), folder / "kept"
    file.write_bytes(pickle.dumps(kept))
    with running(["-m", "bench.bare", str(port), str(file)], port) as server:
        yield server


@contextlib.contextmanager
def running(arguments: Sequence[str], port: int) -> Iterator[Server]:
    """Run Python with `arguments`, a server on `port`, and wait until "/" is answered with 200."""
    with started([sys.executable, *arguments], port) as server:
        yield server


@contextlib.contextmanager
def started(
    command: Sequence[str],
    port: int,
    *,
    within: Path = ROOT,
    environ: Mapping[str, str] | None = None,
    family: bool = False,
    first: str = "/",
) -> Iterator[Server]:
    """Run a server, wait until its page `first` is answered with 200, and stop it in the end."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FOLIO_")}
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)  # with it, every start would compile the whole engine
    settings = inherited | (environ or {})
    with process(command, settings, within) as running:
        server = Server(running, port, family)
        server.wait_for(first)
        yield server


@contextlib.contextmanager
def process(
    command: Sequence[str], environ: Mapping[str, str], within: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program, and terminate it in the end."""
    started = subprocess.Popen(command, cwd=within, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield started
    finally:
        started.terminate()
        started.wait(PATIENCE_SECONDS)


def free_port() -> int:
    """Return a free port on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Yield a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="folio-bench-") as name:
        yield Path(name)


def copied(content: Path, to: Path) -> Path:
    """Copy a content tree, so that a measurement may change it."""
    return Path(shutil.copytree(content, to / "content"))


def newest_post(server: Server) -> str:
    """Return the URL of the site's newest post."""
    posts = json.loads(server.get("/api/blog?sort=-date&size=1")[2])["items"]
    return str(posts[0]["url"])


def client(*arguments: str) -> list[str]:
    """Return the command that runs bench.client in a process of its own."""
    return [sys.executable, "-m", "bench.client", *arguments]


def ms(seconds: float) -> str:
    """Show seconds as milliseconds."""
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:,.0f} ms"


def times(ratio: float) -> str:
    """Show a ratio."""
    return f"{ratio:.2f} ×"


def middle(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def machine() -> str:
    """Describe in a few lines what this was measured on, without host names or paths."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    return (
        f"Measured on {dt.date.today():%d %B %Y}: {os.cpu_count()} cores of {_processor()}, {platform.system()}, "
        f"Python {platform.python_version()}; {versions}{_programs()}.\n"
        "Ratios within a table come from one run; compare those, not the milliseconds of two runs.\n"
    )


def _programs() -> str:
    """Return the versions of those PROGRAMS that are installed."""
    found = []
    for name, option in PROGRAMS:
        if shutil.which(name):
            ran = subprocess.run([name, option], capture_output=True, text=True)
            version = re.search(r"\d+\.\d+[.\d]*", ran.stdout + ran.stderr)
            found.append(f"{name} {version[0] if version else ''}")
    return "".join(f", {one}" for one in found)


def load() -> str:
    """Return the load average of the last minute: above the count of cores, other programs have disturbed the run."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def _processor() -> str:
    with contextlib.suppress(OSError):
        if found := re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text()):
            return found[1].strip()
    return platform.machine()
