"""Every kind of page of the demonstration as it is sent: valid HTML, CSS and SVG, no idle space, true data."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
import tools
from browser.kinds import KINDS
from conftest import Clock, Live, running
from test_structured import check, nodes

from folio import apologies, config
from folio.config import ROOT

ERRORS = {f"error-{status}": status for status in apologies.EXPLAINED}
PAGES = (*KINDS, *ERRORS)
UNKNOWN_TO_THE_CHECKER = (
    "CSS: “display”: “math” is not a “display” value.",  # MathML Core §2.4
    "CSS: “paint-order”: Property “paint-order” doesn't exist.",  # SVG 2 §13.8
    "CSS: Unrecognized at-rule “@starting-style”",  # CSS Transitions 2
    "CSS: “transition”: “allow-discrete” is not a “transition” value.",
    "CSS: “transition-behavior”: Property “transition-behavior” doesn't exist.",
    "CSS: Unrecognized at-rule “@container”",  # CSS Conditional Rules 5
    "CSS: “container-type”: Property “container-type” doesn't exist.",
)  # beginnings of what it says of style that every browser has


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demonstration(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    folder = tmp_path_factory.mktemp("demonstration")
    settings = config.load({"content": ROOT / "content", "cache": folder / "cache", "state": folder}, environ={})
    async with running(settings, Clock()) as live:
        yield live


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pages(demonstration: Live) -> Mapping[str, str]:
    """Every kind of page, and every error, as it is sent."""
    errors = {name: apologies.explain(demonstration.press, SCOPE, status, None) for name, status in ERRORS.items()}
    return {
        **{kind: (await demonstration.get(path)).text for kind, path in KINDS.items()},
        **{name: record.variants["identity"].body.decode() for name, record in errors.items()},
    }


SCOPE = {"type": "http", "method": "GET", "path": "/essays/notes & margins", "query_string": b"", "headers": []}


@pytest.fixture(scope="module")
def complaints(pages: Mapping[str, str], demonstration: Live, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the Nu checker finds, as "file:line: message"; all files in one run, for it starts slowly."""
    folder = tmp_path_factory.mktemp("validity")
    for kind, html in pages.items():
        (folder / f"{kind}.html").write_text(html, encoding="utf-8")
    (folder / "site.css").write_bytes(demonstration.press.assets.find("site.css").body)
    for name, sprite in demonstration.press.site.sprites.named.items():
        (folder / f"sprite-{name}.svg").write_text(sprite.svg(), encoding="utf-8")
    return checked(folder)


def checked(folder: Path) -> list[str]:
    """Run the checker over all files of a folder, and return its complaints."""
    command = [*tools.java(tools.VNU), "--also-check-css", "--also-check-svg", "--format", "json"]
    run = subprocess.run([*command, *sorted(map(str, folder.iterdir()))], capture_output=True, text=True, timeout=300)
    found = json.loads(run.stderr)["messages"]
    return [f"{Path(one['url']).name}:{one.get('lastLine', 0)}: {one['message']}" for one in found if is_fault(one)]


def is_fault(message: Mapping[str, str]) -> bool:
    """Say whether a message of the checker is an error, and none of those that it owes to its age."""
    return message["type"] != "info" and not message["message"].startswith(UNKNOWN_TO_THE_CHECKER)


@pytest.mark.needs("java", "vnu")
@pytest.mark.parametrize("kind", PAGES)
def test_a_page_is_valid_html(complaints: list[str], kind: str) -> None:
    assert [said for said in complaints if said.startswith(f"{kind}.html:")] == []


@pytest.mark.needs("java", "vnu")
def test_style_and_icons_are_valid(complaints: list[str]) -> None:
    assert [said for said in complaints if not said.partition(":")[0].endswith(".html")] == []


@pytest.mark.needs("java", "vnu")
def test_the_checker_sees_a_fault(tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text("<!doctype html><html lang=en><title>x</title><p id=a id=b><div></span>")
    run = subprocess.run(
        [*tools.java(tools.VNU), "--format", "json", str(tmp_path / "bad.html")],
        capture_output=True,
        timeout=300,
    )
    assert any(map(is_fault, json.loads(run.stderr)["messages"]))


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_is_sent_without_idle_space(pages: Mapping[str, str], kind: str) -> None:
    html = re.sub(r"<(pre|textarea)\b.*?</\1>", "", pages[kind], flags=re.DOTALL)
    assert re.findall(r".*[ \t]\n", html) == []
    assert re.findall(r".*\n\n.*", html) == []


@pytest.mark.parametrize("kind", ["search", "results", "no-results"])
def test_the_answer_to_a_search_is_small(pages: Mapping[str, str], kind: str) -> None:
    assert len(gzip.compress(pages[kind].encode())) < 15_000


@pytest.mark.parametrize("kind", PAGES)
def test_what_a_page_says_to_search_engines_is_whole(pages: Mapping[str, str], kind: str) -> None:
    said = nodes(pages[kind])
    for node in said:
        check(node, kind)
    assert bool(said) != ('<meta name="robots" content="noindex">' in pages[kind])
