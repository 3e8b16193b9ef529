"""The ladder that tests stand on: a content folder -> its settings -> a snapshot -> the application -> a client.

`demo` is a small whole site; each rung can be taken alone.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import os
import pkgutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import drawing
import httpx
import pytest
import pytest_asyncio
import tools
from PIL import Image
from serving import PATIENCE_SECONDS

import folio
from engine import create_api
from folio import open_all, systemfonts
from folio import site as sites
from folio.config import Config, Limits
from folio.press import Press
from folio.snapshot import Site

# What a test replaces in a room is then replaced for all who look into it; and Hypothesis, which tries the constants of
# the modules it finds loaded, finds the same ones whichever test is first.
open_all((room.name.removeprefix("folio.") for room in pkgutil.walk_packages(folio.__path__, "folio.")), 0)

NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
BROWSER_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
Write = Callable[..., Path]
BROWSER = "tests/browser/"

DEMO = {
    "index.md": "# A small site\n\nNotes from a hill.\n",
    "about.md": "# About\n\nA page at the root, linking [cats](/essays/2026-06-11-on-cats).\n",
    "essays/index.md": "# Essays\n\nThe long ones.\n",
    "essays/2013-01-27-on-trains.md": "---\ntags: [travel]\n---\n# On trains\n\nSlow trains are best.\n\n"
    "## Why\n\nWindows.\n",
    "essays/2026-06-11-on-cats.md": "---\ntags: [Animals, travel]\ndescription: They sleep.\n---\n# On cats\n\n"
    "Cats sleep[^1], and see [trains](2013-01-27-on-trains.md).\n\n[^1]: Sixteen hours.\n\n```python\nprint(1)\n```\n",
    "essays/2026-10-01-on-tables.md": "# On tables\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n"
    '![Red](../photos/red/red.jpg "A red one")\n',
    "essays/2026-09-01-a-draft.md": "---\ndraft: true\n---\n# Canary draft\n\nhushhush\n",
    "essays/2030-01-01-later.md": "# Canary later\n\nhushhush\n",
    "essays/secret.md": "---\nunlisted: true\n---\n# Only by link\n\nquietword\n",
    "poems/river.md": "# River\n\nIt goes  \non.\n",
    "photos/index.md": "# Photographs\n\nTwo rooms.\n",
    "photos/red/index.md": "# Red\n\nRed things.\n",
    "photos/red/red.md": "---\ntitle: A red door\nalt: A door, red\n---\nIn the harbour.\n",
    "notes/data.csv": "a,b\n1,2\n",
    "_redirects": "/old-cats /essays/2026-06-11-on-cats\n/gone 410\n",
    "static/own.txt": "the writer's own\n",
}  # fmt: skip


drawing.prepare()


@dataclass
class Clock:
    """A clock that stands still until it is told otherwise."""

    moment: dt.datetime = NOON

    def __call__(self) -> dt.datetime:
        return self.moment


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of one file in one process, for what they share, and all that drive a browser in another."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return BROWSER if nodeid.startswith(BROWSER) else super()._split_scope(nodeid)

    return ByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, by name, the tests whose programs are missing; keep them, to fail, under FOLIO_STRICT=1."""
    if tools.strict():
        return
    able, left_out = tools.divide(items, _needs)
    items[:] = able
    config.hook.pytest_deselected(items=[test for tests in left_out.values() for test in tests])
    _note_left_out(config, {tool: len(tests) for tool, tests in left_out.items()})


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test whose program is missing: only under FOLIO_STRICT=1 does it come this far."""
    if lacking := tools.missing(_needs(item)):
        pytest.fail(f"{', '.join(lacking)} is not installed")


def _needs(item: pytest.Item) -> list[str]:
    return [tool for mark in item.iter_markers("needs") for tool in mark.args]


LEFT_OUT: pytest.StashKey[dict[str, int]] = pytest.StashKey()
FIGURE = "figure"


def _note_left_out(config: pytest.Config, counts: dict[str, int]) -> None:
    """Note it where the summary is written: another process, when several run tests."""
    config.stash[LEFT_OUT] = counts
    if hasattr(config, "workeroutput"):
        config.workeroutput["left_out"] = counts


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over what one of the processes that run tests has left out: each collects, and leaves out, the same."""
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", {})


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Have what a test measured printed when all tests have ended; what may be slow today is told, not asserted."""
    told = request.node.user_properties
    return lambda words: told.append((FIGURE, words))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Tell what was measured, and name what was left out."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, words in report.user_properties:
                if name == FIGURE and report.when == "call":
                    terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {words}")
    for tool, count in config.stash.get(LEFT_OUT, {}).items():
        terminalreporter.write_line(f"left out {count} tests: {tool} is not installed (see README)")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of the machine out of the tests."""
    for name in [n for n in os.environ if n.startswith("FOLIO_") and n not in ("FOLIO_STRICT", "FOLIO_TEST_CORPUS")]:
        monkeypatch.delenv(name)


@pytest.fixture
def without_system_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hide the fonts of the machine, by hiding the program that knows them."""
    monkeypatch.setenv("PATH", "")
    systemfonts._covering.cache_clear()
    yield
    systemfonts._covering.cache_clear()


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    folder.mkdir()
    return folder


@pytest.fixture
def write(content: Path) -> Write:
    """Write a file below the content folder, old enough to be settled; `age` in seconds."""
    return functools.partial(write_below, content)


def write_below(folder: Path, path: str, text: str | bytes, age: float = 60.0) -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    then = time.time() - age
    os.utime(file, (then, then))
    return file


@pytest.fixture
def config(request: pytest.FixtureRequest, tmp_path: Path, content: Path) -> Config:
    settings = settings_in(tmp_path)
    searched = request.node.get_closest_marker("unsearched") is None
    return replace(settings, features=replace(settings.features, search=searched))


def settings_in(folder: Path) -> Config:
    return Config(
        content=folder / "content",
        cache=folder / "cache",
        state=folder / "state",
        base_url="https://example.org",
        title="A small site",
        description="Notes from a hill.",
        timezone="Europe/Berlin",
        limits=Limits(searches=100_000, book_wait_seconds=PATIENCE_SECONDS),  # who is in a hurry, and waits for books
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def demo(content: Path) -> None:
    """A small whole site: essays, a poem, a gallery, hidden pages, redirects, a file."""
    build_demo(content)


def build_demo(content: Path) -> None:
    for path, text in DEMO.items():
        write_below(content, path, text)
    Image.new("RGB", (1200, 800), "#aa3322").save(content / "photos/red/red.jpg", quality=80)
    Image.new("RGB", (800, 1000), "#cc5533").save(content / "photos/red/IMG_0153.jpg", quality=80)


@pytest.fixture
def site(config: Config, clock: Clock, demo: None) -> Site:
    return sites.load(config, clock, time.time())


@dataclass
class Live:
    """A running application: `get` asks it, `press` tells its state, `refresh` makes it look at its folder now."""

    client: httpx.AsyncClient
    press: Press
    api: Any

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    async def whole(self) -> None:
        """Wait until every text has been read for its links."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.press.generation.garden.complete:  # noqa: ASYNC110 - nobody tells when
                await asyncio.sleep(0.01)

    async def refresh(self) -> None:
        await self.press.refresh()
        await self.indexed()

    async def indexed(self) -> None:
        """Wait until the site can be searched, if it is to be."""
        if self.press.site.config.features.search:
            await self.press.index.update(self.press.site)


@pytest.fixture
async def live(config: Config, clock: Clock, demo: None) -> AsyncIterator[Live]:
    """The application over a small site of its own, started and indexed, without a network between."""
    async with running(config, clock) as own:
        yield own


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """The same for all tests of a module, which only read."""
    folder = tmp_path_factory.mktemp("shared")
    build_demo(folder / "content")
    async with running(settings_in(folder), Clock()) as own:
        yield own


@asynccontextmanager
async def running(config: Config, clock: Clock) -> AsyncIterator[Live]:
    api = create_api(config, clock=clock)
    press: Press = api.state.press
    transport = httpx.ASGITransport(app=api, raise_app_exceptions=False)
    async with (
        press.lifespan(api),
        httpx.AsyncClient(transport=transport, base_url="http://test", headers={"Accept": BROWSER_ACCEPT}) as client,
    ):
        await press.ready("/any")
        live = Live(client, press, api)
        await live.indexed()
        await live.whole()
        yield live
