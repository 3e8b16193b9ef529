"""A site whose every text is an attack: titles, tags, names of files, alternative texts, addresses."""

from __future__ import annotations

import json
import re
from pathlib import Path

from conftest import write_below
from faults.hostile import MARKUP, SCHEMES
from PIL import Image


def build(content: Path) -> None:
    write_below(content, "index.md", "# Home\n")
    for n, text in enumerate(MARKUP):
        said = json.dumps(text)
        scheme, other = SCHEMES[n % len(SCHEMES)], SCHEMES[(n + 1) % len(SCHEMES)]
        name = "".join(c for c in text if c not in "/\0")[:60]
        escaped = re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text).replace("\u2028", " ")
        fields = "".join(
            f"{field}: {said}\n"
            for field in ("description", "author", "place", "series", "link_title", "language", "direction")
        )
        write_below(
            content,
            f"essays/2026-01-{n + 1:02} {name}.md",
            f"---\ntitle: {said}\ntags: [{said}, plain]\n{fields}image: {json.dumps(scheme)}\n"
            f"canonical: {json.dumps(other)}\naliases: [{json.dumps(scheme)}, {said}]\n---\n"
            f"Words {escaped} and a note[^1] with [a link]({scheme.strip()}).\n\n[^1]: {escaped}\n\n"
            f"## {escaped}\n\n## Two\n\n## Three\n\n![{escaped}](../photos/red/red.jpg '{escaped}')\n\n"
            f"```{escaped[:20]}\n{text}\n```\n",
        )
        write_below(content, f"heading/{n}.md", f"# {escaped}\n\n{escaped}\n")
        write_below(content, f"named {name}/{name}.md", "No title of its own.\n")
        write_below(content, f"photos/red/{name}.md", f"---\ntitle: {said}\nalt: {said}\n---\n{escaped}\n")
        Image.new("RGB", (40, 30)).save(content / f"photos/red/{name}.jpg")
        write_below(content, f"notes/{name}.txt", text)
    Image.new("RGB", (60, 40)).save(content / "photos/red/red.jpg")
    write_below(
        content,
        "essays/2026-02-01-broken-cover.md",
        "---\nimage: 'http://[::1'\n---\n# Broken\n\n[a](http://[) ![b](//[x)\n",
    )
    write_below(content, "photos/red/index.md", f"---\ntitle: {json.dumps(MARKUP[1])}\n---\n")
    write_below(
        content,
        "_redirects",
        "".join(f"/to{n} {scheme.strip()}\n/from{n}/* /x{MARKUP[0]}:splat\n" for n, scheme in enumerate(SCHEMES)),
    )
