"""A page, a gallery and a book as EPUB 3: sound to epubcheck, notes that pop up, the same bytes every time."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import tools
from conftest import Clock as Standing
from conftest import Live, build_demo, running, settings_in, write_below
from serving import ROOT

from folio import config, epub
from folio.errors import MakeFailed
from folio.volumes import Chapter, Volume

in_module = pytest.mark.asyncio(loop_scope="module")  # where `shared` lives
CATS = "/essays/2026-06-11-on-cats"
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
EVERYTHING = """---
title: Tea & <biscuits>
date: 2026-03-02
updated: 2026-03-04
lang: en-GB
tags: [tea, "a & b"]
description: All that a text can hold.
image: /photos/red/red.jpg
series: The kettle
---
# Tea

One[^1], two^[Short, with `code` and [a link](/about).], one again[^1], $x^2$ and a [place](#2013-and-after).

[^1]: Long.

    - a list

    with *an end*

## 2013 and after {#2013-and-after}

$$\\sum_{i=0}^n i = \\frac{n(n+1)}{2}$$

> [!warning]- Fold
> Hot.

| a | b |
|:--|--:|
| 1 | 2 |

- [x] done
- [ ] to do

```python {2}
def tea(cup): return cup
x = "<&>"
```

![Red](/photos/red/red.jpg "A red one")

![Elsewhere](https://elsewhere.example/x.png) and <iframe src="https://video.example/1" title="A film"></iframe>

Term
: What it means. ==Marked==, H~2~O, ~~gone~~.

<div align="center" onclick="x()"><font color="red">Old</font><br><em>a <div>block</div></em></div>
<details open><summary>More <p>odd</p></summary><p>inside</details>
<a name="old">Old anchor</a> <img src="nowhere.png"> <abbr title="x">y</abbr>
<ul>stray<li>item</ul><table><tr><td>bare</table><svg viewBox="0 0 9 9"><circle r="3"/></svg>

[Trains](2013-01-27-on-trains.md#nowhere) and ![[2013-01-27-on-trains#Why]] and [mail](mailto:a@b.example).
"""
ARABIC = "---\nlang: ar\ndir: rtl\ndate: 2020\n---\n# \u0627\u0644\u0634\u0627\u064a\n\n\u0643\u0648\u0628 \u0634\u0627\u064a[^1].\n\n[^1]: \u062d\u0627\u0631.\n"  # noqa: E501


def opened(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def checked(body: bytes, folder: Path) -> str:
    """Return what epubcheck says."""
    file = folder / "made.epub"
    file.write_bytes(body)
    told = subprocess.run([*tools.java(tools.find("epubcheck")), str(file)], capture_output=True, text=True)
    return told.stdout + told.stderr


@pytest.mark.needs("java", "epubcheck")
@pytest.mark.parametrize("path", ["/essays/tea", "/essays/tea-in-arabic", "/photos/red", "/"])
async def test_epubcheck_finds_nothing(tmp_path: Path, path: str) -> None:
    build_demo(tmp_path / "content")
    write_below(tmp_path / "content", "essays/tea.md", EVERYTHING)
    write_below(tmp_path / "content", "essays/tea-in-arabic.md", ARABIC)
    for n in range(50):
        write_below(
            tmp_path / "content", f"essays/19{n + 10}-essay-{n}.md", f"# Essay {n}\n\nWords[^1].\n\n[^1]: A note.\n"
        )
    async with running(settings_in(tmp_path), Standing()) as site:
        made = await site.get(f"{path if path != '/' else '/index'}.epub")
        while made.status_code == 202:
            made = await site.get(f"{path if path != '/' else '/index'}.epub")
    assert (made.status_code, made.headers["content-type"]) == (200, "application/epub+zip")
    assert "Messages: 0 fatals / 0 errors / 0 warnings" in checked(made.content, tmp_path)


@in_module
async def test_a_page_is_an_epub_like_any_file(shared: Live) -> None:
    answer = await shared.get(f"{CATS}.epub")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/epub+zip")
    assert answer.content[30:58] == b"mimetypeapplication/epub+zip"
    part = await shared.get(f"{CATS}.epub", Range="bytes=0-1")
    assert (part.status_code, part.content) == (206, b"PK")
    stale = await shared.get(f"{CATS}.epub", Range="bytes=0-1", If_Range='"another"')
    assert (stale.status_code, len(stale.content)) == (200, len(answer.content))
    assert (await shared.get(f"{CATS}.epub", If_None_Match=answer.headers["etag"])).status_code == 304
    for path in ("/essays/2026-09-01-a-draft.epub", "/photos/red/red.epub", "/nothing.epub", "/essays/later.epub"):
        assert (await shared.get(path)).status_code == 404


@in_module
async def test_it_says_what_it_is(shared: Live) -> None:
    files = opened((await shared.get(f"{CATS}.epub")).content)
    package = ET.fromstring(files["EPUB/package.opf"])
    said = {element.tag.partition("}")[2]: element.text for element in package.iter() if element.tag.startswith(DC)}
    assert said == {
        "identifier": f"https://example.org{CATS}",
        "title": "On cats",
        "language": "en",
        "publisher": "A small site",
        "date": "2026-06-11",
        "description": "They sleep.",
        "subject": "travel",
        "source": f"https://example.org{CATS}",
    }
    meta = {(element.get("property"), element.text) for element in package.iter(f"{OPF}meta")}
    assert ("dcterms:modified", "2026-06-11T00:00:00Z") in meta
    assert ("schema:accessMode", "textual") in meta
    assert [item.get("href") for item in package.iter(f"{OPF}item") if item.get("properties") == "cover-image"] == [
        "images/cover.png"
    ]


@in_module
async def test_notes_pop_up(shared: Live) -> None:
    text = opened((await shared.get(f"{CATS}.epub")).content)["EPUB/text/001.xhtml"].decode()
    root = ET.fromstring(text)
    kind = "{http://www.idpf.org/2007/ops}type"
    reference = next(element for element in root.iter() if element.get(kind) == "noteref")
    note = next(element for element in root.iter() if element.get(kind) == "footnote")
    assert reference.get("href") == f"#{note.get('id')}"
    assert "Sixteen hours." in "".join(note.itertext())
    assert 'class="language-python"' in text


@in_module
async def test_a_book_links_within_itself_and_shows_its_pictures(shared: Live) -> None:
    files = opened((await shared.get("/essays.epub")).content)
    assert [name for name in files if name.endswith((".jpg", ".png"))] == [
        "EPUB/images/cover.png",
        "EPUB/images/001.jpg",
    ]
    cats = files["EPUB/text/003.xhtml"].decode()
    assert 'see <a href="002.xhtml">trains</a>' in cats
    assert "EPUB/title.xhtml" in files
    nav = files["EPUB/nav.xhtml"].decode()
    titles = [e.text for e in ET.fromstring(nav).iter("{http://www.w3.org/1999/xhtml}a")][:4]
    assert titles == ["Introduction", "On trains", "On cats", "On tables"]
    everything = b"".join(files.values())
    for hidden in (b"Canary", b"hushhush", b"Only by link"):
        assert hidden not in everything


async def test_an_author_can_do_without(tmp_path: Path) -> None:
    build_demo(tmp_path / "content")
    write_below(tmp_path / "content", "site.toml", "[features]\nepub = false\n")
    settings = config.load({"content": str(tmp_path / "content"), "cache": str(tmp_path / "c")}, {})
    async with running(settings, Standing()) as site:
        assert (await site.get(f"{CATS}.epub")).status_code == 404
        assert (await site.get("/essays.epub")).status_code == 404
        assert ".epub" not in (await site.get(CATS)).text


VOLUME = Volume(
    "page", "Tea", "", "Site", "en", "", "", (), "", "", "", "https://x.example/tea", "https://x.example",
    chapters=(Chapter("Tea", "", "<p>Hot &amp; <b>sweet</b>.</p>", "en"),),
)  # fmt: skip


def test_the_same_volume_is_the_same_bytes_in_another_process_at_another_time(tmp_path: Path) -> None:
    code = (
        "import sys, pickle; from folio import epub\n"
        "volume = pickle.loads(bytes.fromhex(sys.argv[1]))\n"
        "sys.stdout.buffer.write(epub.make(volume))"
    )
    environ = {"PATH": "", "HOME": str(tmp_path), "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", code, pickle.dumps(VOLUME).hex()]
    other = subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True).stdout
    assert other == epub.make(VOLUME)
    assert b"1970-01-01T00:00:00Z" in opened(other)["EPUB/package.opf"]


def test_a_text_without_end_is_refused_in_words() -> None:
    deep = Chapter("Deep", "", "<div>" * 5000 + "</div>" * 5000, "en")
    with pytest.raises(MakeFailed, match="nested too deeply"):
        epub.make(replace(VOLUME, chapters=(deep,)))
