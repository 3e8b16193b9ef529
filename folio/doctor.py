"""This machine and the settings -> what is missing or wrong there, each with a remedy: `engine.py doctor`.

Writes nothing and serves nothing. Problems in the content are reported by `check`.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from folio import pdf, systemfonts, typeset, watch
from folio.config import Config
from folio.content import HAS_HEIF
from folio.errors import Unavailable

LEAST_PYTHON = (3, 11)
LEAST_FREE_MB = 256  # on the disks of the cache and state folders
SHOWN = 3  # most titles or files named in one finding
CODECS = ("webp", "avif")  # Pillow's names, and ours
LOCAL = ("127.0.0.1", "localhost", "::1", "0.0.0.0")  # noqa: S104 - looked for, not listened on


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one examination. `state` is "wrong" only for what the site needs; `remedy` is "" if all is well."""

    name: str  # a stable name for programs, such as "pdf"
    state: Literal["well", "advice", "wrong"]
    said: str
    remedy: str = ""


def examine(config: Config, titles: Iterable[str]) -> tuple[Finding, ...]:
    """Examine the machine for a site with these settings and page titles."""
    return (
        _python(),
        _packages(),
        _pdf(config),
        _pictures(config),
        _heic(),
        _fonts(titles, config.language),
        _watch(config),
        _content(config.content),
        _written("cache", config.cache),
        _written("state", config.state),
        _base_url(config),
    )


def _python() -> Finding:
    told = "Python {}.{}.{}".format(*sys.version_info[:3])
    if sys.version_info < LEAST_PYTHON:
        return Finding("python", "wrong", told, "install Python {}.{} or newer".format(*LEAST_PYTHON))
    return Finding("python", "well", told)


def _packages() -> Finding:
    """Look for the required packages without importing them."""
    needed = {"brotli": "brotli", "PIL": "pillow", "watchfiles": "watchfiles", "weasyprint": "weasyprint"}
    if absent := [name for module, name in needed.items() if find_spec(module) is None]:
        return Finding("packages", "wrong", f"not installed: {', '.join(absent)}", "make install")
    return Finding("packages", "well", ", ".join(f"{name} {version(name)}" for name in needed.values()))


def _pdf(config: Config) -> Finding:
    if not config.features.pdf:
        return Finding("pdf", "well", "PDFs are switched off in site.toml")
    if missing := pdf.missing():
        return Finding("pdf", "wrong", f"{missing}; everything but .pdf works", pdf.REMEDY)
    return Finding("pdf", "well", "the libraries for PDFs are installed")


def _pictures(config: Config) -> Finding:
    """Check that Pillow can write the formats that site.toml lists."""
    from PIL import features

    able = [name for name in CODECS if features.check(name)]
    if lacking := [name for name in CODECS if name in config.photographs.formats and name not in able]:
        remedy = "make install brings one that can; or remove it from [photographs] formats"
        return Finding("pictures", "wrong", f"Pillow cannot write {' and '.join(lacking)}", remedy)
    return Finding("pictures", "well", f"Pillow writes {', '.join(('jpg', *able))}")


def _heic() -> Finding:
    if HAS_HEIF:
        return Finding("heic", "well", "HEIC pictures from phones are read")
    return Finding(
        "heic", "advice", "HEIC pictures from phones are left out", "pip install pillow-heif, if you have such pictures"
    )


def _fonts(titles: Iterable[str], language: str) -> Finding:
    """Look for titles that no font here has the letters of: their cards would show only the name of the site."""
    try:
        lost = sorted(
            title for title in set(titles) if any(map(str.isalnum, title)) and not _written_by(title, language)
        )
    except Unavailable as error:
        return Finding("fonts", "wrong", str(error), error.remedy)
    if lost:
        shown = ", ".join(lost[:SHOWN]) + (", …" if len(lost) > SHOWN else "")
        said = f"no font here covers {len(lost)} of the titles ({shown}); their cards show the site's name"
        return Finding("fonts", "advice", said, "apt install fonts-noto (fonts-noto-cjk for Chinese, Japanese, Korean)")
    return Finding("fonts", "well", "the fonts cover every title")


def _written_by(title: str, language: str) -> str:
    return typeset.Type("italic", systemfonts.covering(title, language)).writable(title)


def _watch(config: Config) -> Finding:
    """Try the operating system's file watching; without it the folder is scanned every few seconds."""
    try:
        why = watch.refused(config.content)
    except ImportError as error:
        why = str(error)
    if why:
        remedy = "sysctl fs.inotify.max_user_watches=524288 if inotify has run out of watches"
        return Finding("watch", "advice", f"changes are seen by looking every few seconds ({why})", remedy)
    return Finding("watch", "well", "changes are seen at once")


def _content(folder: Path) -> Finding:
    """Check that the folder and each file and folder directly in it can be read."""
    locked = [str(path) for path in (folder, *_inside(folder)) if not os.access(path, _needed(path))]
    if locked:
        return Finding("content", "wrong", f"cannot be read: {', '.join(locked[:SHOWN])}", f"chmod -R u+rX {folder}")
    return Finding("content", "well", f"{folder} can be read")


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if os.access(folder, os.R_OK | os.X_OK) else []


def _needed(path: Path) -> int:
    return os.R_OK | os.X_OK if path.is_dir() else os.R_OK


def _written(name: str, folder: Path) -> Finding:
    """Check that a folder, or its nearest existing parent, is writable and has free space."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        remedy = f"give it to the user that serves, or choose another with --{name} or FOLIO_{name.upper()}"
        return Finding(name, "wrong", f"{folder} cannot be written", remedy)
    free_mb = shutil.disk_usage(there).free // 1_000_000
    if free_mb < LEAST_FREE_MB:
        return Finding(name, "wrong", f"{folder} has {free_mb:,} MB left", f"free {LEAST_FREE_MB:,} MB on its disk")
    return Finding(name, "well", f"{folder} can be written, {free_mb:,} MB free")


def _base_url(config: Config) -> Finding:
    if urlsplit(config.base_url).hostname in LOCAL:
        said = f"feeds, cards and the sitemap point to {config.base_url}"
        return Finding(
            "base_url", "advice", said, 'set base_url = "https://your.site" in site.toml before the site is public'
        )
    return Finding("base_url", "well", config.base_url)


def as_text(findings: Sequence[Finding]) -> str:
    """Return the findings one per line, each followed by its remedy."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.state:<6}  {finding.name:<8}  {finding.said}")
        lines += [f"{'':<18}{finding.remedy}"] if finding.remedy else []
    wrong = sum(finding.state == "wrong" for finding in findings)
    return "\n".join([*lines, f"{wrong} to fix" if wrong else "Nothing needs fixing"])


def as_json(findings: Sequence[Finding]) -> bytes:
    """Return the findings as JSON."""
    told = {"status": "problems" if any(f.state == "wrong" for f in findings) else "ok"}
    return (
        json.dumps({**told, "findings": [asdict(f) for f in findings]}, ensure_ascii=False, indent=2).encode() + b"\n"
    )
