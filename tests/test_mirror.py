"""The site as files: what is written, that plain nginx sends the same bytes, and that a second time little is done."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import tools
from click.testing import CliRunner
from conftest import Clock, Live, Write, build_demo, running, settings_in, write_below
from PIL import Image
from serving import PATIENCE_SECONDS, free_port

from engine import create_api
from folio import cli, hosting, mirror
from folio import site as sites
from folio.config import Config, Features
from folio.errors import SiteError
from folio.folder import Folder
from folio.mirror import Answer, Report
from folio.responses import Responses

in_module = pytest.mark.asyncio(loop_scope="module")
EMBED = '# A film\n\n<iframe src="https://video.example/1" title="A film"></iframe>\n'


async def exported(site: Live, folder: Path, *, check: bool = False) -> Report:
    app = site.client._transport.app  # type: ignore[attr-defined]
    return await mirror.export(app, site.press, folder, lambda asked, known: None, check=check)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Live, Path, Report]]:
    """A small site and its mirror."""
    folder = tmp_path_factory.mktemp("whole")
    build_demo(folder / "content")
    write_below(folder / "content", "odd/a b & c.md", "# Odd\n\nName. [Gone](/no/where).\n")
    write_below(folder / "content", "odd/\u6c49\u5b57.md", "# Chinese\n\nName.\n")
    write_below(folder / "content", "film.md", EMBED)
    write_below(folder / "content", "odd/film.mp4", bytes(range(256)) * 5_000)  # sent in pieces
    write_below(
        folder / "content",
        "_redirects",
        "/old-cats /essays/2026-06-11-on-cats\n/gone 410\n/was/* /essays/:splat\n/lost/* / 410\n/cash /odd/$cash\n",
    )
    Image.new("RGB", (30, 20)).save(folder / 'content/photos/red/a;b $d "e.png')
    write_below(folder / "content", "site.toml", "[features]\npdf = false\n")
    settings = settings_in(folder)
    async with running(replace(settings, features=replace(settings.features, pdf=False)), Clock()) as site:
        yield site, folder / "mirror", await exported(site, folder / "mirror")


@in_module
async def test_every_public_address_is_a_file(whole: tuple[Live, Path, Report]) -> None:
    site, folder, report = whole
    assert report.failed == []
    for page in site.press.site.public:
        name = "index" if page.url == "/" else page.url[1:]
        for suffix in ("html", "md", "txt", "json", "epub"):
            assert (folder / f"{name}.{suffix}").is_file(), f"{name}.{suffix}"
    for name in (
        "feed.xml", "essays/feed.xml", "tags/travel.html", "tags/travel.epub", "sitemap.xml", "robots.txt", "404.html",
        "photos/red/red.html", "photos/red/red.jpg", "og-image/index.png", "static/site.css", "static/own.txt",
        "notes/data.csv", "archive.html", "archive.epub", "icon/index.svg", "essays/2013-01-27-on-trains.html",
        "odd/film.mp4",
    ):  # fmt: skip
        assert (folder / name).is_file(), name
    assert list(folder.rglob("*.webp"))
    assert list((folder / "static/fonts").iterdir())


@in_module
async def test_nothing_hidden_is_written(whole: tuple[Live, Path, Report]) -> None:
    _, folder, _ = whole
    for file in folder.rglob("*"):
        assert "draft" not in file.name
        if file.is_file():
            body = file.read_bytes()
            assert not [word for word in (b"Canary", b"hushhush", b"quietword") if word in body], file


@in_module
@pytest.mark.needs("nginx")
async def test_plain_nginx_sends_what_the_engine_sends(whole: tuple[Live, Path, Report], tmp_path: Path) -> None:
    site, folder, report = whole
    server = nginx(tmp_path, folder)
    try:
        transport = httpx.AsyncHTTPTransport(uds=str(tmp_path / "nginx.sock"))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            await sends_the_same(client, site, report)
    finally:
        server.terminate()
        server.wait(PATIENCE_SECONDS)


async def sends_the_same(client: httpx.AsyncClient, site: Live, report: Report) -> None:
    """Compare a server of files with the engine: every address, old addresses, what is not there."""
    same = ("content-type", "content-security-policy", "x-content-type-options")
    for file in report.files.values():
        if not file["url"] or file["url"] == mirror.MISSING:
            continue
        theirs = await client.get(file["url"])
        ours = await site.client.get(file["url"], headers={"Accept": "*/*"})
        assert (theirs.status_code, theirs.content) == (200, ours.content), file["url"]
        for name in same:
            assert theirs.headers.get(name) == ours.headers[name], (file["url"], name)
    for url, status, location in (
        ("/old-cats", 301, "/essays/2026-06-11-on-cats"),
        ("/was/2026-06-11-on-cats", 301, "/essays/2026-06-11-on-cats"),
        ("/was/a/b%20c", 301, "/essays/a/b%20c"),
        ("/about/", 301, "/about"),
    ):
        moved = await client.get(url)
        assert (moved.status_code, moved.headers["location"]) == (status, location), url
    for url in ("/gone", "/lost/at/sea"):
        assert (await client.get(url)).status_code == 410, url
    for url in ("/nothing", "/wasted", "/.mirror/files.json", "/_redirects", "/.partial"):
        missing = await client.get(url)
        assert missing.status_code == 404, url
        assert "Nothing here" in missing.text, url


@in_module
@pytest.mark.needs("caddy")
async def test_plain_caddy_sends_what_the_engine_sends(whole: tuple[Live, Path, Report], tmp_path: Path) -> None:
    site, folder, report = whole
    port, admin = free_port(), f"unix/{tmp_path}/admin"
    (tmp_path / "Caddyfile").write_text(
        f"{{\n admin {admin}\n}}\nhttp://127.0.0.1:{port} {{\n"
        f" root * {folder}\n import {folder}/.mirror/Caddyfile\n}}\n"
    )
    own = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    caddy = tools.find("caddy")
    begin = [caddy, "start", "--adapter", "caddyfile", "--config", str(tmp_path / "Caddyfile")]
    await asyncio.to_thread(subprocess.run, begin, env=own, check=True, stderr=subprocess.DEVNULL)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            await sends_the_same(client, site, report)
    finally:
        end = [caddy, "stop", "--address", admin]
        await asyncio.to_thread(subprocess.run, end, env=own, check=True, stderr=subprocess.DEVNULL)


def nginx(folder: Path, root: Path) -> subprocess.Popen[bytes]:
    """Run a plain nginx over a mirror, on a socket of its own; it listens when this returns."""
    temporary = "".join(f"{k}_temp_path {folder}/{k};\n" for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.geteuid() == 0 else ""  # its own user could not enter the test's folder
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/nginx.pid; events {{}}\n"
        f"http {{ access_log off; {temporary} include {root}/.mirror/nginx-map.conf;\n"
        f"server {{ listen unix:{folder}/nginx.sock; root {root}; include {root}/.mirror/nginx.conf; }} }}\n"
    )
    command = [
        tools.find("nginx"),
        "-p",
        str(folder),
        "-c",
        str(folder / "nginx.conf"),
        "-e",
        str(folder / "error.log"),
    ]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert (checked.returncode, "warn" in checked.stderr) == (0, False), checked.stderr
    server = subprocess.Popen(command)
    while not (folder / "nginx.sock").exists():
        assert server.poll() is None
        time.sleep(0.01)
    return server


@pytest.mark.needs("caddy")
def test_caddy_understands_its_settings(tmp_path: Path, demo: None, config: Config) -> None:
    found = sites.load(config, Clock(), time.time())
    files = {
        "a.html": {"url": "/a", "type": "text/html; charset=utf-8", "policy": ""},
        "feed.xml": {"url": "/feed.xml", "type": "application/rss+xml; charset=utf-8", "policy": ""},
    }
    made = hosting.files(files, {"/old": ("/a", 301), "/gone": ("", 410)}, found)
    (tmp_path / "part").write_bytes(made["Caddyfile"])
    (tmp_path / "Caddyfile").write_text(f":8080 {{\nroot * {tmp_path}\nimport {tmp_path}/part\n}}\n")
    command = [
        tools.find("caddy"),
        "adapt",
        "--config",
        str(tmp_path / "Caddyfile"),
        "--adapter",
        "caddyfile",
        "--validate",
    ]
    told = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "HOME": str(tmp_path)})
    assert told.returncode == 0, told.stderr
    assert made["_redirects"] == b"/gone /404.html 410\n/old /a 301\n"


async def test_a_second_export_writes_only_what_has_changed(live: Live, write: Write, tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    first = await exported(live, folder)
    assert len(first.written) == len(first.files)
    assert (await exported(live, folder)).written == []
    write("poems/river.md", "# River\n\nIt goes\nup.\n")
    (folder / "about.html").unlink()
    await live.refresh()
    differs = await exported(live, folder, check=True)
    again = await exported(live, folder)
    assert sorted(again.written) == sorted(differs.written)
    assert {"poems/river.html", "poems/river.txt", "poems/river.epub", "about.html", "index.epub"} <= set(again.written)
    assert not [name for name in again.written if name.startswith(("photos/", "static/", "essays/", "images/"))]
    assert (await exported(live, folder, check=True)).written == []


async def test_pages_are_made_without_routes_as_they_are_with_them(live: Live, write: Write) -> None:
    write("essays/2020-01-01-a b.md", "# A b\n\nWords ![](https://pictures.example/x.jpg)\n")
    write("archive.md", "# Archive\n\nOur own words.\n")
    await live.refresh()
    answer, made = Responses(live.press, live.press.generation), []
    icons = ("/icon/about.svg", "/icon/index.svg", "/icon/nothing.svg")
    for address in (*mirror.STARTS, *(page.url for page in live.press.site.public), *icons):
        for url in (address + form for form in ("", ".md", ".txt", ".json", ".epub")):
            with contextlib.suppress(SiteError):
                if record := await answer.unrouted(url[1:]):
                    made.append(url)
                    asked = await live.client.get(url, headers={"Accept-Encoding": "identity"})
                    said = record.variants["identity"]
                    assert (asked.status_code, asked.content) == (record.status, said.plain), url
                    assert asked.headers.items() >= {(n.decode(), value.decode()) for n, value in said.headers}, url
    assert {"/essays/2020-01-01-a-b", "/about.md", "/about.json", "/icon/index.svg"} <= set(made)
    assert not {"/archive", "/archive.md", "/about.epub", "/", "/sitemap.xml"} & set(made)
    features = replace(live.press.site.config.features, forms=False)
    bare = replace(live.press.site, config=replace(live.press.site.config, features=features))
    assert await Responses(live.press, replace(live.press.generation, site=bare)).unrouted("about.md") is None


async def test_what_cannot_be_made_without_routes_is_asked_for(
    unbound: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unrouted(self: Responses, path: str) -> None:
        raise RuntimeError(path)

    monkeypatch.setattr(Responses, "unrouted", unrouted)
    report = await exported(unbound, tmp_path / "mirror")
    assert report.failed == []
    assert {"about.html", "about.md", "icon/about.svg"} <= set(report.files)


@pytest.fixture
async def unbound(config: Config, clock: Clock, demo: None) -> AsyncIterator[Live]:
    """A small site without what takes long: PDFs, EPUBs, an index."""
    async with running(replace(config, features=Features(pdf=False, epub=False, search=False)), clock) as own:
        yield own


async def test_an_export_that_was_broken_off_is_taken_up_again(unbound: Live, tmp_path: Path) -> None:
    app = unbound.client._transport.app  # type: ignore[attr-defined]

    def stop(asked: int, known: int) -> None:
        if asked == 5:
            raise RuntimeError

    with pytest.raises(ExceptionGroup):
        await mirror.export(app, unbound.press, tmp_path / "mirror", stop)
    report = await exported(unbound, tmp_path / "mirror")
    assert 0 < len(report.written) < len(report.files)


async def test_what_is_gone_from_the_site_goes_from_the_mirror(unbound: Live, content: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    await exported(unbound, folder)
    (folder / "mine.txt").write_text("put here by hand")
    (content / "notes/data.csv").unlink()
    (content / "notes").rmdir()
    await unbound.refresh()
    while "/notes/data.csv" in unbound.press.site.files:  # a deletion takes effect after a while
        await unbound.refresh()
    report = await exported(unbound, folder)
    assert "notes/data.csv" in report.removed
    assert not (folder / "notes/data.csv").exists()
    assert (folder / "mine.txt").exists()


@in_module
@pytest.mark.parametrize("name", ["../kept.txt", "{folder}/kept.txt", "out/kept.txt"])
async def test_a_list_that_names_files_elsewhere_is_not_believed(
    whole: tuple[Live, Path, Report], tmp_path: Path, name: str
) -> None:
    kept, folder = tmp_path / "kept.txt", tmp_path / "mirror"
    kept.write_text("mine")
    (folder / ".mirror").mkdir(parents=True)
    (folder / "out").symlink_to(tmp_path)
    (folder / ".mirror/files.json").write_text(json.dumps({name.format(folder=tmp_path): {}}))
    with pytest.raises(SiteError, match="is not in the folder"):
        await exported(whole[0], folder)
    assert kept.read_text() == "mine"


@in_module
async def test_a_folder_of_something_else_is_left_alone(whole: tuple[Live, Path, Report], tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/thesis.doc").write_text("years of work")
    with pytest.raises(SiteError, match="holds something other than an export"):
        await exported(whole[0], tmp_path / "other")
    assert [file.name for file in (tmp_path / "other").iterdir()] == ["thesis.doc"]


@pytest.mark.parametrize(
    ("url", "kind", "name"),
    [
        ("/", "text/html", "index.html"),
        ("/essays", "text/html", "essays.html"),
        ("/v1.0", "text/html", "v1.0.html"),
        ("/a%20b", "text/html; charset=utf-8", "a b.html"),
        ("/photos?page=2", "text/html", "photos?page=2.html"),
        ("/own.html", "text/html", "own.html"),
        ("/index.md", "text/markdown", "index.md"),
        ("/static/site.css", "text/css", "static/site.css"),
    ],
)
def test_an_address_has_a_file_of_its_name(url: str, kind: str, name: str) -> None:
    assert mirror.name_of(url, Answer(200, {"content-type": kind}, b"")) == name


def test_what_a_page_names_is_found_however_it_is_written() -> None:
    html = (
        '<p title="a > b" class=x><a class="y"\nHREF=\'/one\'>1</a> &lt;b title="/no"&gt; <img src=/two alt="">'
        '<img srcset="/3?a=1&amp;b=2 1x,\n /4 2x" src=""><script src="/5"></script><meta name="x" content="/no">'
        '<meta property="og:url" content="https://example.org/6"><video poster = "/7"><object DATA ="/8"></object>'
        '<a data-href="/no" xhref="/no" href>'
    )
    said = Answer(200, {"content-type": "text/html; charset=utf-8", "link": '</0>; rel="alternate"'}, html.encode())
    found = {"/0", "/one", "/two", "/3?a=1&b=2", "/4", "/5", "https://example.org/6", "/7", "/8", ""}
    followed: set[bytes] = set()
    assert set(mirror.named(said, followed)) == found
    assert set(mirror.named(said, followed)) == found - {"/5", "/7", "/8"}  # in double quotes


def test_the_command_exports_and_compares(content: Path, write: Write, tmp_path: Path) -> None:
    write("index.md", "# Home\n\nWords.\n")
    write("site.toml", 'base_url = "https://example.org"\n[features]\npdf = false\nepub = false\n')
    folders = ["--content", str(content), "--cache", str(tmp_path / "cache"), "--state", str(tmp_path / "state")]

    def run(*more: str) -> tuple[int, str]:
        command = ["export", str(tmp_path / "mirror"), "--processes", "1", *folders, *more]
        told = CliRunner().invoke(cli.commands, command, obj=create_api, prog_name="engine.py")
        return told.exit_code, told.output

    status, said = run("--check")
    assert (status, "index.html" in said, (tmp_path / "mirror").exists()) == (1, True, False)
    status, said = run()
    assert (status, "files: " in said) == (0, True), said
    assert run("--check") == (0, "Nothing differs\n")
    write("index.md", "# Home\n\nOther words.\n")
    status, said = run("--check")
    assert (status, "index.html" in said.split(), "index.txt" in said.split()) == (1, True, True)


@pytest.mark.parametrize(
    "opened", [" href=", " href='", ' href="', " href =", " srcset=", ' srcset="', 'content="https://']
)
def test_what_is_never_closed_costs_little(opened: str) -> None:
    """Were its end looked for again and again, these would take a minute each."""
    found = list(mirror._of_html(f'<a href="/before"><b>{opened * 50_000}'.encode(), set()))
    assert "/before" in found
    assert len(found) <= 50_001


@pytest.mark.parametrize("order", [("/twice", "/twice.html"), ("/twice.html", "/twice")])
async def test_who_is_called_as_a_file_has_it_whoever_is_answered_first(
    live: Live, write: Write, tmp_path: Path, order: tuple[str, str]
) -> None:
    write("twice.md", "# Twice\n")
    write("twice.html", "<p>A file in the place of that of a page")
    await live.refresh()
    folder = Folder(tmp_path / "mirror", check=False)
    folder.begin()
    copier = mirror.Copier(live.client._transport.app, live.press, folder)  # type: ignore[attr-defined]
    told = {url: (await copier.copy(url)).why for url in order}
    assert told == {"/twice": "its file twice.html is already that of /twice.html", "/twice.html": ""}
    assert (tmp_path / "mirror/twice.html").read_text().startswith("<p>A file")
