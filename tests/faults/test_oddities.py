"""A tree of oddities: whatever lies in the content folder, each listed page answers and each link leads on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest
import pytest_asyncio
from conftest import PATIENCE_SECONDS, Clock, Live, build_demo, running, settings_in, write_below
from crawl import crawl
from hostile import ODD_NAMES
from PIL import Image

pytestmark = pytest.mark.asyncio(loop_scope="module")
MB = 1 << 20
ODD_TEXTS: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n\t\n",
    "only-header": b"---\ntitle: Only a header\n---\n",
    "unclosed-header": b"---\ntitle: Unclosed\n\nWords.\n",
    "latin": "# Café\n\nGrün.\n".encode("latin-1"),
    "utf16": "# Wide\n\nWide words.\n".encode("utf-16"),
    "bom": b"\xef\xbb\xbf---\ntitle: With a mark\n---\nWords.\n",
    "crlf": b"---\r\ntitle: Lines\r\n---\r\n\r\nWords.\r\n",
    "nul": b"# A\0nul\n\nIn\0side.\n",
    "controls": b"# A\x01\x1b[31m title\n\n\x07\x08\x0c Words\x7f.\n",
    "surrogate": b"# \xed\xa0\x80 half\n\n\xf0\x9f words\n",
    "no-newline": b"# Title",
    "no-title": b"Words alone.",
    "binary": bytes(range(256)) * 40,
    "large": b"# Large\n\n" + b"A paragraph of words that goes on.\n\n" * (5 * MB // 36 + 200),
    "long-line": b"# Long\n\n" + b"word " * (MB // 5) + b"\n",
    "unbroken": b"# Unbroken\n\n" + b"x" * MB + b"\n",
    "long-title": b"# " + b"title " * 4_000 + b"\n\nWords.\n",
    "deep-quotes": b"# Deep\n\n" + b"> " * 3_000 + b"words\n",
    "deep-lists": b"# Deep\n\n" + b"".join(b"  " * n + b"- a\n" for n in range(400)),
    "links": b"# Links\n\n[a](../odd/) [b](./) [c](//x) [d](http://[) [e](?x) [f](#y) [g](%zz) [h](<a b>) [i](\\) "
    b"![j](%00) ![k](..)\n",
}  # fmt: skip


def build(content: Path) -> None:
    build_demo(content)
    for name in ODD_NAMES:
        write_below(
            content, f"odd/{name}.md", f"# Odd\n\nA page called otherwise, with [itself](<{quote(name)}.md>).\n"
        )
        write_below(content, f"folders/{name}/page.md", "# Inside\n\nAn odd folder.\n")
        write_below(content, f"files/{name}.txt", name)
        (content / "photos/odd").mkdir(exist_ok=True)
        Image.new("RGB", (9, 6)).save(content / f"photos/odd/{name}.png")
    for name, text in ODD_TEXTS.items():
        write_below(content, f"texts/{name}.md", text)
    write_below(content, "deep/" + "/".join("d" * 40 for _ in range(24)) + "/page.md", "# Deep\n")
    write_below(content, "deeper/" + "/".join("e" for _ in range(90)) + "/page.md", "# Too deep\n")
    write_below(content, os.fsdecode(b"texts/\xff\xfe.md"), "# Not a name\n")
    (content / "texts/folder.md").mkdir()
    write_below(content, "texts/folder.md/inside.md", "# In a folder called like a page\n")
    write_below(content, "../outside.md", "# Outside\n\ncanary-zq81\n")
    write_below(content, "../content2/outside.md", "# Sibling\n\ncanary-zq81\n")
    links = {
        "out.md": "../../outside.md", "sibling.md": "../../content2/outside.md", "passwd.txt": "/etc/passwd",
        "dangling.md": "nowhere.md", "circle.md": "circle.md", "up": "..", "root": "/", "here": ".",
        "inside.md": "latin.md", "git.md": "../.git/config", "null.md": "/dev/null", "zero.md": "/dev/zero",
        "toml.txt": "../../site.toml",
    }  # fmt: skip
    for name, target in links.items():
        (content / "texts" / name).symlink_to(target)
    for path in ("texts/fifo.md", "files/fifo.txt", "photos/odd/fifo.jpg", "_redirects.fifo"):
        os.mkfifo(content / path)
    with socket.socket(socket.AF_UNIX) as bound:
        folder = os.open(content / "texts", os.O_RDONLY)
        bound.bind(f"/proc/self/fd/{folder}/socket.md")
        os.close(folder)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def odd(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    folder = tmp_path_factory.mktemp("odd")
    build(folder / "content")
    async with asyncio.timeout(PATIENCE_SECONDS), running(settings_in(folder), Clock()) as live:
        yield live


async def test_every_listed_page_answers_and_every_link_leads_on(odd: Live) -> None:
    listed = [unescape(address) for address in re.findall(r"<loc>([^<]+)</loc>", (await odd.get("/sitemap.xml")).text)]
    found = await crawl(odd, *(urlsplit(address).path for address in listed))
    assert len([path for path in found if path.startswith("/odd/")]) > len(ODD_NAMES)
    wrong = {path: reply.status_code for path, reply in found.items() if reply.status_code not in (200, 301, 302)}
    wrong.pop("/nothing-there")
    broken = {path for path in wrong if path.startswith(("/x", "/texts/%", "/texts/a%20b"))}  # written so by ODD_TEXTS
    assert not wrong.keys() - broken
    for address in listed:
        assert address.isascii()
        path = urlsplit(address).path or "/"
        assert (found.get(path) or await odd.get(path)).status_code == 200, address
    assert not [path for path, reply in found.items() if b"canary-zq81" in reply.content or b"root:x:" in reply.content]


@pytest.mark.parametrize("name", [name for name in ODD_NAMES if "\n" not in name])
async def test_a_file_of_any_name_can_be_had(odd: Live, name: str) -> None:
    file = await odd.get("/files/" + quote(f"{name}.txt"))
    picture = await odd.get("/photos/odd/" + quote(f"{name}.png"))
    assert (file.status_code, file.text, picture.status_code) == (200, name, 200)


@pytest.mark.parametrize(
    "name",
    [
        "out", "sibling", "passwd.txt", "dangling", "circle", "up", "root", "root/etc/passwd", "here", "git", "null",
        "zero", "fifo", "socket", "toml.txt",
    ],
)  # fmt: skip
async def test_what_is_no_file_of_the_tree_is_not_there(odd: Live, name: str) -> None:
    for address in (name, f"{name}.md", f"{name}.pdf", f"{name}/x"):
        assert (await odd.get(f"/texts/{address}")).status_code == 404, address


async def test_what_is_odd_is_told_with_its_path(odd: Live) -> None:
    told = " ".join((await odd.get("/health")).json()["problems"])
    for path in (
        "texts/latin.md",
        "texts/utf16.md",
        "texts/nul.md",
        "texts/large.md",
        "texts/out.md",
        "texts/fifo.md",
        "texts/circle.md",
        "deeper/",
    ):
        assert path in told, path
    assert "/etc/passwd" not in told


async def test_odd_texts_are_pages(odd: Live) -> None:
    shown = {unquote(page.url) for page in odd.press.site.public}
    missing = {name for name in ODD_TEXTS if f"/texts/{name}" not in shown}
    assert missing <= {"unclosed-header", "empty"}
    for name in ODD_TEXTS.keys() - missing:
        for form in ("", ".md", ".txt", ".json"):
            assert (await odd.get(f"/texts/{name}{form}")).status_code == 200, name + form


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Be a user whom the system refuses things, also where tests run as root."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(was)


async def test_what_may_not_be_read_is_told_and_the_rest_is_served() -> None:
    """In a folder of its own: pytest's are shut to anybody else."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        build_demo(folder / "content")
        write_below(folder / "content", "shut.md", "# Shut\n\ncanary-zq81\n").chmod(0)
        write_below(folder / "content", "shut-file.txt", "canary-zq81").chmod(0)
        write_below(folder / "content", "shut-folder/a.md", "# Within\n\ncanary-zq81\n").parent.chmod(0)
        Image.new("RGB", (9, 6)).save(folder / "content/photos/red/shut.png")
        (folder / "content/photos/red/shut.png").chmod(0)
        settings = settings_in(folder)
        for made in (settings.cache, settings.state):
            made.mkdir()
            made.chmod(0o777)
        with as_nobody():
            async with asyncio.timeout(PATIENCE_SECONDS), running(settings, Clock()) as live:
                told = " ".join((await live.get("/health")).json()["problems"])
                found = {
                    path: await live.get(path) for path in ("/", "/about", "/essays", "/photos/red", "/sitemap.xml")
                }
                shut = [await live.get(path) for path in ("/shut", "/shut.md", "/shut-file.txt", "/shut-folder/a")]
    assert {reply.status_code for reply in found.values()} == {200}
    assert {reply.status_code for reply in shut} <= {404}
    assert not [reply for reply in (*found.values(), *shut) if b"canary-zq81" in reply.content]
    assert "shut.md" in told
    assert "shut-folder" in told


def device(path: Path) -> bool:
    """Make a device that never ends, where that is allowed."""
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero
    except PermissionError:
        return False
    return True


async def test_a_device_is_not_read(tmp_path: Path) -> None:
    content = tmp_path / "content"
    build_demo(content)
    made = [device(content / name) for name in ("zero.md", "zero.txt", "photos/red/zero.jpg", "metadata.yml")]
    if not all(made):
        pytest.skip("making a device is not allowed here")
    async with asyncio.timeout(PATIENCE_SECONDS), running(settings_in(tmp_path), Clock()) as live:
        for path in ("/zero", "/zero.md", "/zero.txt", "/photos/red/zero.jpg", "/photos/red/zero"):
            assert (await live.get(path)).status_code == 404, path
        assert "zero.md" in " ".join((await live.get("/health")).json()["problems"])
