"""A site in a field of canaries: files that nobody may read, above it, beside it and within it, whatever is asked.

`build` lays it out; CANARY is in every byte that has to stay there.
"""

from __future__ import annotations

from pathlib import Path

from conftest import build_demo, write_below
from PIL import Image

CANARY = b"canary-zq81"
HIDDEN = {
    "../above.txt": b"%s above",
    "../content2/plan.md": b"# %s sibling",
    "site.toml": b'title = "A small site"\nbase_url = "https://example.org"\n# %s settings\n',
    ".git/config": b"[core] %s",
    ".git/HEAD": b"%s",
    ".env": b"SECRET=%s",
    ".hidden.md": b"# %s dot",
    "_private.md": b"# %s private",
    "essays/_private.md": b"# %s private",
    "essays/.draft": b"%s",
    "essays/.draft.md": b"# %s",
    "essays/2026-10-02-kept.md.bak": b"# %s",
    "essays/2026-10-02-kept.md.orig": b"# %s",
    "essays/2026-10-02-kept.md~": b"# %s",
    "drafts/plan.md": b"# %s draft",
    "drafts/plan.txt": b"%s",
    "metadata.yml": b"secret: %s",
    "photos/hall/dark.md": b"---\ndraft: true\n---\n%s",
}
REDIRECTS = "/old-cats /essays/2026-06-11-on-cats\n/gone 410\n/moved/* /essays/:splat\n/away/* https://elsewhere.example/:splat\n"


def build(folder: Path) -> None:
    """Lay out the field: the site in `folder`/content, and what nobody may read around it."""
    content = folder / "content"
    build_demo(content)
    for path, text in HIDDEN.items():
        write_below(content, path, text.replace(b"%s", CANARY))
    write_below(content, "_redirects", REDIRECTS)
    write_below(content, "photos/hall/index.md", "# Hall\n")
    for name in ("dark", "light"):
        Image.new("RGB", (400, 300)).save(content / f"photos/hall/{name}.jpg", exif=_noted())


def _noted() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()  # ImageDescription
    return exif
