"""Nothing from outside the content comes into what is bound, and nobody outside is asked, whatever a text says."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
import tools
from conftest import Clock, Live, Write, running

from folio.config import Config

SECRET = b"CANARY-of-outside"
SVG = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="40">
<style>@import url({at}/s.css); rect {{ fill: url({at}/f.svg#x) }}</style>
<image href="{at}/i.png" width="9" height="9"/><image xlink:href="file://{secret}" width="9" height="9"/>
<use href="{at}/u.svg#a"/><foreignObject><iframe src="{at}/frame"/></foreignObject></svg>"""
HOSTILE = """# Hostile

![a]({at}/a.png) ![b](file:///etc/passwd) ![c](../../secret.txt) ![d](file://{secret}) ![e](evil.svg)
![[../../secret.txt]] ![f](//127.0.0.1:{port}/f.png) ![g](/%2e%2e/secret.txt) [x](file:///etc/passwd)

<img src="{at}/b.png" srcset="{at}/c.png 2x"> <img src="file://{secret}">
<picture><source srcset="{at}/d.png"></picture>
<link rel="stylesheet" href="{at}/a.css"><link rel="attachment" href="file://{secret}"><base href="{at}/">
<a rel="attachment" href="file://{secret}">x</a> <object data="{at}/o"></object> <embed src="file://{secret}">
<iframe src="{at}/frame"></iframe> <video src="{at}/v.mp4" poster="{at}/p.png"></video>
<audio src="{at}/a.mp3"></audio>
<div style="background: url({at}/bg.png)">y</div>
<style>@import "{at}/i.css"; p {{ background: url(file://{secret}) }}</style>
<meta http-equiv="refresh" content="0; {at}/m"> <input type="image" src="{at}/in.png">

""" + SVG + """
"""  # fmt: skip


@dataclass(frozen=True)
class Canary:
    """A port of loopback on which nobody should call; `calls` says how many did."""

    listener: socket.socket

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    @property
    def calls(self) -> int:
        self.listener.setblocking(False)
        count = 0
        while True:
            try:
                self.listener.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1


@pytest.fixture
def canary() -> Iterator[Canary]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield Canary(listener)


def lay_out(write: Write, content: Path, port: int) -> None:
    secret = content.parent / "secret.txt"
    secret.write_bytes(SECRET)
    given = {"at": f"http://127.0.0.1:{port}", "secret": str(secret), "port": port}
    for n in (1, 2):
        write(f"essays/2026-01-0{n}-hostile.md", HOSTILE.format(**given))
    write("essays/evil.svg", SVG.format(**given))


def unpacked(body: bytes, folder: Path) -> bytes:
    """Return all that a PDF or an EPUB holds, without compression."""
    if body.startswith(b"PK"):
        with ZipFile(BytesIO(body)) as book:
            return b"".join(book.read(name) for name in book.namelist())
    (folder / "packed.pdf").write_bytes(body)
    command = [tools.find("qpdf"), "--qdf", "--object-streams=disable", str(folder / "packed.pdf"), "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


async def bound(live: Live, path: str) -> bytes:
    while (answer := await live.get(path)).status_code == 202:
        assert answer.headers["retry-after"]
    assert answer.status_code == 200, path
    return answer.content


def test_a_canary_hears_a_call(canary: Canary) -> None:
    socket.create_connection(("127.0.0.1", canary.port)).close()
    assert canary.calls == 1


@pytest.mark.unsearched
@pytest.mark.needs("pango", "qpdf")
async def test_nobody_is_called_and_nothing_of_outside_is_bound(
    config: Config, clock: Clock, write: Write, content: Path, tmp_path: Path, canary: Canary
) -> None:
    lay_out(write, content, canary.port)
    page = "/essays/2026-01-01-hostile"
    async with running(config, clock) as live:
        for path in ("/essays.pdf", "/essays.epub", f"{page}.pdf", f"{page}.epub"):
            body = unpacked(await bound(live, path), tmp_path)
            assert b"Hostile" in body or path.endswith(".pdf")
            assert SECRET not in body, path
            assert b"root:x:" not in body, path
            assert b"EmbeddedFile" not in body, path
        for path in (page, f"{page}.md", f"{page}.txt", f"{page}.json", f"/og-image{page}.png", "/essays/evil.svg"):
            assert SECRET not in (await live.get(path)).content, path
    assert canary.calls == 0
