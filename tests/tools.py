"""The programs that some tests run: which are here, and which tests to leave out for want of one. For conftest.py.

A test says what it runs: `@pytest.mark.needs("nginx")`. Where that is missing the test is left out and named in the
summary; under FOLIO_STRICT=1 it fails instead. `make test` installs them where it can (deploy/prepare.sh).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

from folio import pdf
from folio.config import ROOT

# program -> where it may be found, beside PATH, under which names
PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "chromium": (
        "chromium-headless-shell",  # without the windows of the whole browser: half the CPU time
        "chromium",
        "chromium-browser",
        "google-chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ),
    "nginx": ("nginx", "/usr/sbin/nginx"),
    "caddy": ("caddy",),
    "fc-list": ("fc-list",),
    "epubcheck": ("epubcheck", "/usr/bin/epubcheck"),
    "git": ("git",),
    "java": ("java",),
    "openssl": ("openssl",),
    "pdffonts": ("pdffonts",),
    "pdfimages": ("pdfimages",),
    "pdfinfo": ("pdfinfo",),
    "pdftotext": ("pdftotext",),
    "qpdf": ("qpdf",),
    "redis-server": ("redis-server",),
    "rsync": ("rsync",),
    "systemd-analyze": ("systemd-analyze",),
    "varnishd": ("varnishd", "/usr/sbin/varnishd"),
}
VNU = ROOT / ".tools" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"  # runs on java

Item = TypeVar("Item")


def find(tool: str) -> str:
    """Return the path of a program, "" where it is missing. Raises KeyError for one that PROGRAMS does not list."""
    return next((found for name in PROGRAMS[tool] if (found := shutil.which(name))), "")


def have(tool: str) -> bool:
    """Say whether a program of PROGRAMS is here; "pango": the libraries that PDFs need; "vnu": the HTML checker."""
    if tool == "vnu":
        return VNU.is_file()
    return not pdf.missing() if tool == "pango" else bool(find(tool))


def strict(environ: Mapping[str, str] = os.environ) -> bool:
    """Say whether a missing program is a failure."""
    return environ.get("FOLIO_STRICT", "") not in ("", "0")


@cache
def _here(tool: str) -> bool:
    return have(tool)


def java(jar: str | Path) -> list[str]:
    """Return the beginning of a command that runs a jar, compiled no further than a run of seconds repays.

    That is half the CPU time; what is compiled so takes more of the stack.
    """
    return [find("java"), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss8m", "-jar", str(jar)]


def missing(needed: Iterable[str]) -> tuple[str, ...]:
    """Return those that are not here."""
    return tuple(tool for tool in needed if not _here(tool))


def divide(items: Iterable[Item], needs: Callable[[Item], Iterable[str]]) -> tuple[list[Item], dict[str, list[Item]]]:
    """Divide tests into those that can run and, by the first program each lacks, those that cannot."""
    able: list[Item] = []
    left_out: dict[str, list[Item]] = {}
    for item in items:
        if lacking := missing(needs(item)):
            left_out.setdefault(lacking[0], []).append(item)
        else:
            able.append(item)
    return able, left_out
