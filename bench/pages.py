"""How many bytes does a page load on a phone before scrolling, and how does Lighthouse rate it?"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.harness import ROOT, Server, Table, folder, folio, middle, newest_post
from folio import config, dates, site

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
LIGHTHOUSE = "lighthouse@12.8.2"
RUNS = 5
PATIENCE_SECONDS = 240
SORTS = {"Document": "HTML", "Stylesheet": "CSS", "Script": "JS", "Font": "fonts", "Image": "images"}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TIMES = {"LCP": "largest-contentful-paint", "CLS": "cumulative-layout-shift", "TBT": "total-blocking-time"}


@dataclass(frozen=True, slots=True)
class Aim:
    """The limits for a kind of page, and the figures (`before`) of the site that this one is to surpass."""

    parts_kb: tuple[int, int, int]  # HTML, CSS, JS
    total_kb: int
    requests: int
    lcp_seconds: float
    cls: float
    tbt_ms: int
    before: str


AIMS: Mapping[str, Aim] = {
    "home": Aim((8, 8, 6), 170, 14, 1.5, 0.01, 0, "210 KB, 44 requests; 95/92/100/92"),
    "essay": Aim((20, 8, 6), 150, 10, 1.6, 0.01, 50, "170 KB; 98/93/100/100"),
    "gallery": Aim((10, 8, 8), 350, 20, 2.0, 0.0, 50, "596 KB; 94/91/100/100"),
    "archive": Aim((25, 8, 6), 120, 8, 1.6, 0.01, 50, "344 KB; 57/93/100/100, TBT 2,074 ms"),
}


def measure(content: Path) -> Table:
    """Weigh the front page, the newest essay, a gallery and the archive; then run Lighthouse, if there is npx."""
    with folder() as room, folio(content, room) as server:
        addresses = _addresses(server, content)
        warm(server, addresses.values())
        rows = tuple(_weigh(server, addresses))
        seen = _lighthouse(server, addresses)
    notes = (
        f"Kilobytes over the wire, headers included, of what a window of {PHONE['viewport']['width']} × "  # type: ignore[index]
        f"{PHONE['viewport']['height']} pixels at {PHONE['device_scale_factor']} to one asks for before anybody "  # type: ignore[index]
        "scrolls, its cache empty. In brackets what the page may weigh."
    )
    columns = ("", *SORTS.values(), "other", "total", "requests", "before")
    return Table("A page on a telephone", columns, rows, notes, seen)


def _addresses(server: Server, content: Path) -> Mapping[str, str]:
    """Return the URL of one page of each kind that the content has."""
    settings = config.load({"content": content}, environ={})
    galleries = [s.url for s in site.load(settings, dates.now, time.time()).sections.values() if s.is_gallery]
    found = {"home": "/", "essay": newest_post(server), "gallery": min(galleries, default=""), "archive": "/archive"}
    return {kind: url for kind, url in found.items() if url}


def warm(server: Server, paths: Sequence[str] | Any) -> None:
    """Load pages once in a browser, so that their pictures are made."""
    with _browser() as browser:
        page = browser.new_page(**PHONE)
        for path in paths:
            page.goto(f"http://127.0.0.1:{server.port}{path}", wait_until="networkidle")
        page.close()


@contextlib.contextmanager
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=[*ARGUMENTS])
        yield browser
        browser.close()


def _chromium() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise RuntimeError("no Chromium is installed (apt install chromium)")
    return found


def _weigh(server: Server, addresses: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    with _browser() as browser:
        for kind, path in addresses.items():
            context = browser.new_context(**PHONE)
            weights, requests = _seen(context, f"http://127.0.0.1:{server.port}{path}")
            context.close()
            aim = AIMS[kind]
            limits = dict(zip(SORTS.values(), aim.parts_kb, strict=False))
            parts = [_of(weights[sort], limits.get(sort)) for sort in (*SORTS.values(), "other")]
            total = _of(weights.total(), aim.total_kb)
            yield (f"{kind} {path}", *parts, total, f"{requests} ({aim.requests})", aim.before)


def _of(weight: int, limit: int | None) -> str:
    shown = f"{weight / 1000:.1f}" if weight else "0"
    return f"{shown} ({limit})" if limit else shown


def _seen(context: Any, address: str) -> tuple[Counter[str], int]:
    """Load a page; return the bytes received by sort of resource, and the count of requests."""
    page = context.new_page()
    client = context.new_cdp_session(page)
    kinds: dict[str, str] = {}
    weights: Counter[str] = Counter()
    client.on("Network.responseReceived", lambda said: kinds.update({said["requestId"]: said["type"]}))
    client.on("Network.loadingFinished", lambda said: weights.update({said["requestId"]: said["encodedDataLength"]}))
    client.send("Network.enable")
    page.goto(address, wait_until="networkidle")
    sorts: Counter[str] = Counter()
    for request, weight in weights.items():
        sorts[SORTS.get(kinds.get(request, ""), "other")] += int(weight)
    return sorts, len(kinds)


def _lighthouse(server: Server, addresses: Mapping[str, str]) -> Table | None:
    """Return Lighthouse's ratings of each page as on a slow phone, the median of RUNS; None without Lighthouse."""
    npx = shutil.which("npx")
    if npx is None or subprocess.run([npx, "--yes", LIGHTHOUSE, "--version"], capture_output=True).returncode:
        return None
    rows = []
    for kind, path in addresses.items():
        runs = _audits(npx, f"http://127.0.0.1:{server.port}{path}")
        scores = "/".join(f"{middle([run[name] for run in runs]) * 100:.0f}" for name in CATEGORIES)
        lcp, cls, tbt = (middle([run[name] for run in runs]) for name in TIMES)
        aim = AIMS[kind]
        rows.append((
            f"{kind} {path}", scores, f"{lcp / 1000:.2f} s ({aim.lcp_seconds})", f"{cls:.3f} ({aim.cls})",
            f"{tbt:.0f} ms ({aim.tbt_ms})",
        ))  # fmt: skip
    notes = f"The middle of {RUNS} runs of {LIGHTHOUSE} as a phone on a slow network; in brackets what is aimed at."
    columns = ("", "performance/accessibility/best practices/SEO", *TIMES)
    return Table("A page as Lighthouse sees it", columns, tuple(rows), notes)


def _audits(npx: str, address: str) -> Sequence[Mapping[str, float]]:
    """Return the results of RUNS runs; one failure is made good by another run, as Chromium may be slow to start."""
    runs, failed = [], 0
    while len(runs) < RUNS:
        try:
            runs.append(_audit(npx, address))
        except (subprocess.SubprocessError, ValueError, KeyError, TypeError):
            failed += 1
            if failed > 1:
                raise
    return runs


def _audit(npx: str, address: str) -> Mapping[str, float]:
    flags = " ".join(ARGUMENTS)
    command = [npx, "--yes", LIGHTHOUSE, address, "--quiet", "--output=json", f"--chrome-flags={flags}"]
    environ = {**os.environ, "CHROME_PATH": _chromium()}
    run = subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE_SECONDS, env=environ, cwd=ROOT)
    said = json.loads(run.stdout)
    scores = {name: float(said["categories"][name]["score"] or 0) for name in CATEGORIES}
    return scores | {name: float(said["audits"][audit]["numericValue"]) for name, audit in TIMES.items()}
