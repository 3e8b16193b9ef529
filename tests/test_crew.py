"""An export by several processes: what one alone would write, and what is said when one of them fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import Live, Write

from engine import create_api
from folio import cli, crew
from folio.crew import _Queues
from folio.generation import first
from folio.syndication import Syndication

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 100
SETTINGS = 'base_url = "https://example.org"\n[features]\npdf = false\nsearch = false\ncards = false\n'
forks = pytest.mark.skipif(sys.platform == "darwin", reason="there one process exports alone")
# The engine, but for one page: BROKEN is what is done instead of answering.
BROKEN = """
import os, signal, sys
from pathlib import Path
import engine
from folio import config, crew
from folio.errors import SiteError

class Broken:
    def __init__(self, settings):
        self.api = engine.create_api(settings)
        self.state = self.api.state

    async def __call__(self, scope, receive, send):
        if scope["path"] == "/directory":
            {broken}
        await self.api(scope, receive, send)

content, folder = map(Path, sys.argv[1:])
settings = config.load({{"content": content, "cache": folder / "cache", "state": folder / "state"}})
try:
    report = crew.export(Broken, settings, folder / "mirror", lambda asked, known: None, 2)
except SiteError as error:
    sys.exit(str(error))
print(report.failed, len(report.files) > 50)
"""


def export(content: Path, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the command, in which no thread may be running when it forks."""
    command = ["engine.py", "export", str(folder / "mirror"), "--content", str(content)]
    rooms = ["--cache", str(folder / "cache"), "--state", str(folder / "state")]
    return run("-W", "error", *command, *rooms, *more)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS)


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@forks
def test_several_processes_write_what_one_does(demo: None, content: Path, write: Write, tmp_path: Path) -> None:
    write("site.toml", SETTINGS)
    write("essays/2020-05-05-long.md", "# Long\n\n" + "Words of [cats](2026-06-11-on-cats.md) on a page.\n\n" * 2000)
    write("twice.md", "# Twice\n")
    write("twice.html", "<p>A file in the place of that of a page")
    several = export(content, tmp_path / "two", "--processes", "2")
    alone = export(content, tmp_path / "one", "--processes", "1")
    told = "/twice: its file twice.html is already that of /twice.html\n"
    assert (several.returncode, several.stderr, several.stdout) == (1, alone.stderr, alone.stdout)
    assert told in several.stderr
    written = files(tmp_path / "two" / "mirror")
    assert written == files(tmp_path / "one" / "mirror")
    assert {"essays/2026-06-11-on-cats.html", "photos/red/red.jpg", "archive/graph.html", "index.epub"} <= set(written)
    again = export(content, tmp_path / "two", "--processes", "2", "--check")
    assert (again.returncode, again.stdout) == (1, "Nothing differs\n")


COUNTED = """
import contextlib, os, stat, sys
from pathlib import Path
import engine
from folio import config, crew

def pipes():
    found = 0
    for n in os.listdir("/dev/fd"):
        with contextlib.suppress(OSError):  # that of the list itself
            found += stat.S_ISFIFO(os.fstat(int(n)).st_mode)
    return found

content, folder = map(Path, sys.argv[1:])
settings = config.load({"content": content, "cache": folder / "cache", "state": folder / "state"})
before = pipes()
crew.export(engine.create_api, settings, folder / "mirror", lambda asked, known: None, 2)
print(pipes() - before)
"""


@forks
def test_an_export_leaves_no_pipe_open(demo: None, content: Path, write: Write, tmp_path: Path) -> None:
    write("site.toml", SETTINGS)
    told = run("-c", COUNTED, str(content), str(tmp_path))
    assert told.stdout == "0\n", told.stderr


async def test_what_stands_in_feeds_is_worded_by_one_process_for_all(live: Live) -> None:
    one, other = (Syndication(live.press, first(live.press.site)) for _ in range(2))
    entries = await one.entries(live.press.site.public)
    assert set(entries) >= {page.url for page in live.press.site.posts}
    other.take(entries)
    for url, name in (("/", "atom.xml"), (next(iter(live.press.site.tags.values())).url, "feed.json")):
        assert await other.of(url, name) == await one.of(url, name)
    other.take({url: worded + b"<p>taken</p>" for url, worded in entries.items()})
    told = (await other.of("/", "feed.json")).variants["identity"].plain
    assert told.count(b"<p>taken</p>") == len(live.press.site.posts)


def test_who_has_no_texts_left_draws_icons() -> None:
    queues = _Queues(2, {"/a": 1})
    for url in ("/icon/a.svg", "/a", "/a.md", "/icon/b.svg", "/icon/c.svg"):
        queues.add(url)
    assert queues.take(0, 2) == ["/icon/a.svg", "/icon/b.svg"]
    assert queues.take(1, 3) == ["/a", "/a.md"]
    assert [queues.take(one, 32) for one in (1, 0)] == [["/icon/c.svg"], []]


@forks
@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "one of the processes of the export was killed (SIGKILL)"),
        ("raise RuntimeError('no idea')", "one of the processes of the export ended with status 1"),
        ("os._exit(0)", "one of the processes of the export ended with status 0"),
    ],
)
def test_a_process_that_is_lost_is_told_and_waited_for_by_nobody(
    demo: None, content: Path, write: Write, tmp_path: Path, broken: str, said: str
) -> None:
    write("site.toml", SETTINGS + "epub = false\n")
    told = run("-c", BROKEN.format(broken=broken), str(content), str(tmp_path))
    assert told.returncode == 1
    assert f"{said}; --processes 1 uses only one" in told.stderr


@forks
def test_none_outlives_the_one_that_forked_them(demo: None, content: Path, write: Write, tmp_path: Path) -> None:
    write("site.toml", SETTINGS + "epub = false\n")
    told = run("-c", BROKEN.format(broken="os.kill(os.getppid(), signal.SIGKILL)"), str(content), str(tmp_path))
    assert (told.returncode, told.stderr) == (-signal.SIGKILL, "")  # which is at an end when the last of them is


@forks
def test_a_page_that_fails_is_told_and_all_others_are_written(
    demo: None, content: Path, write: Write, tmp_path: Path
) -> None:
    write("site.toml", SETTINGS + "epub = false\n")
    told = run("-c", BROKEN.format(broken="raise OSError('no room')"), str(content), str(tmp_path))
    assert (told.returncode, told.stdout) == (0, "[('/directory', 'OSError: no room')] True\n"), told.stderr


def test_where_only_one_can_be_at_work_nothing_is_forked(
    content: Path, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("index.md", "# Home\n\nWords.\n")
    write("site.toml", SETTINGS + "epub = false\n")

    def fork() -> int:
        raise AssertionError

    monkeypatch.setattr(os, "fork", fork)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {3}, raising=False)
    assert crew.processes() == 1
    rooms = ["--content", str(content), "--cache", str(tmp_path / "cache"), "--state", str(tmp_path / "state")]
    for more in ([], ["--processes", "8"]):
        command = ["export", str(tmp_path / "mirror"), *rooms, *more]
        told = CliRunner().invoke(cli.commands, command, obj=create_api, prog_name="engine.py")
        assert (told.exit_code, "files: " in told.output) == (0, True), told.output
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 3}, raising=False)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert crew.processes() == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/essays/a", "/essays/a.json"),
        ("/essays/a", "/essays/a.html"),
        ("/v1.0", "/v1.0.html"),
        ("/a%20b", "/a b.md"),
        ("/tags/x/feed.xml", "/tags/x/feed.json"),
        ("/tags/x/atom.xml", "/tags/x"),
    ],
)
def test_the_forms_of_a_page_are_for_one_process(one: str, other: str) -> None:
    for count in (2, 3, 8):
        assert _taker(one, _Queues(count, {})) == _taker(other, _Queues(count, {}))
    assert {_taker(f"/essays/{n}", _Queues(8, {})) for n in range(200)} == set(range(8))


def test_a_page_and_its_forms_are_for_who_has_parsed_its_text() -> None:
    parsed = {f"/essays/{n} b": n % 3 for n in range(30)}
    for n in range(30):
        for form in ("", ".html", ".md"):
            assert _taker(f"/essays/{n}%20b{form}", _Queues(3, parsed)) == n % 3


def _taker(url: str, queues: _Queues) -> int:
    queues.add(url)
    return next(n for n in range(8) if queues.take(n, 1))
