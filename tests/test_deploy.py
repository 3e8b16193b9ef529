"""The files in deploy/ as they are shipped: accepted by the programs they are for, and carrying a page."""

from __future__ import annotations

import functools
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import tools
import yaml
from conftest import Live
from proxies import DEPLOY, Proxy, adapted, caddy, nginx, run, varnish
from serving import PATIENCE_SECONDS, ROOT, Served, serving, unix_listener

ECHO = """
import json
from folio.config import Config
from folio.server import serve

class App:
    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": message["type"] + ".complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body = json.dumps({"client": scope["client"][0], "scheme": scope["scheme"], "path": scope["path"],
                           "headers": headers}).encode()
        lasts = b"max-age=9, immutable" if scope["query_string"] == b"v=0a1b2c3d" else b"no-cache"
        await send({"type": "http.response.start", "status": 200, "headers": [
            (b"content-length", str(len(body)).encode()), (b"cache-control", b"public, " + lasts),
            (b"vary", b"Accept, Accept-Encoding")]})
        await send({"type": "http.response.body", "body": body})

serve(App(), Config())
"""
ENGINE = """
import engine
from folio import config, server

settings = config.load()
api = engine.create_api(settings)
server.serve(api, settings, api.state.kept.reply)
"""


# --- systemd


@pytest.mark.needs("systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    changes = {"/opt/folio/.venv/bin/python": sys.executable, "/opt/folio": str(ROOT)}
    (tmp_path / "folio.service").write_text(adapted("folio.service", changes))
    shutil.copy(DEPLOY / "folio.socket", tmp_path)
    assert run("systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))) == ""


@pytest.mark.needs("systemd-analyze")
def test_the_sandbox_exposes_half_a_point_of_ten_at_most() -> None:
    said = run("systemd-analyze", "security", "--offline=yes", str(DEPLOY / "folio.service"))
    exposure = re.search(r"Overall exposure level for folio.service: (\d+\.\d)", said)
    assert exposure
    assert float(exposure[1]) <= 0.5


def test_a_service_that_dies_often_is_started_ever_again() -> None:
    unit, _, _ = (DEPLOY / "folio.service").read_text().partition("[Service]")
    assert "\nStartLimitIntervalSec=0\n" in unit  # of [Unit]: elsewhere it means nothing


def test_socket_service_and_proxies_mean_the_same_socket() -> None:
    (path,) = re.findall(r"ListenStream=(.+)", (DEPLOY / "folio.socket").read_text())
    assert f"unix:{path} " in (DEPLOY / "nginx.conf").read_text()
    assert f"unix/{path} " in (DEPLOY / "Caddyfile").read_text()


# --- nginx


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with unix_listener(tmp_path / "folio.sock") as own:
        yield own


@pytest.fixture
def engine(tmp_path: Path, listener: socket.socket) -> Iterator[Served]:
    with serving(ECHO, tmp_path, listener) as served:
        yield served


@pytest.mark.needs("nginx", "openssl")
def test_nginx_carries_a_page_and_tells_the_truth_about_the_visitor(tmp_path: Path, engine: Served) -> None:
    with nginx(tmp_path) as proxy:
        reply = proxy.get("//a%2Fb", X_Forwarded_For="6.6.6.6", Forwarded="for=6.6.6.6")
        seen = json.loads(reply.text)
    assert reply.status == 200
    assert reply.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert (seen["client"], seen["scheme"], seen["path"]) == ("127.0.0.1", "https", "//a/b")
    assert seen["headers"]["host"] == "example.org"
    assert seen["headers"].get("forwarded", "") == ""


ASKED = {
    ("text/html,application/xhtml+xml,*/*;q=0.8", "gzip, deflate, br, zstd"): ("text/html", "br"),
    ("*/*", "gzip"): ("text/html", "gzip"),
    ("text/markdown", "identity"): ("text/markdown", "identity"),
    ("application/json, text/plain, */*", "br;q=0, gzip;q=0.5"): ("application/json", "gzip"),
    ("text/plain", "br;q=0.0,gzip;q=0"): ("text/plain", "identity"),
    ("image/avif,image/webp,*/*", "br;q=1.0"): ("text/html", "br"),
    ("application/problem+json", "bro, gzipped"): ("application/json", "identity"),
}


def words(proxy: Proxy, accept: str, encoding: str) -> tuple[str, str]:
    """Return what the engine was asked with."""
    seen = json.loads(proxy.get("/", Accept=accept, Accept_Encoding=encoding).text)["headers"]
    return seen["accept"], seen["accept-encoding"]


@pytest.mark.needs("nginx", "openssl")
def test_nginx_asks_with_one_word_for_representation_and_encoding(tmp_path: Path, engine: Served) -> None:
    with nginx(tmp_path) as proxy:
        got = {sent: words(proxy, *sent) for sent in ASKED}
    assert got == ASKED


@pytest.mark.needs("nginx", "openssl")
def test_nginx_answers_from_its_cache_while_the_engine_is_away(
    tmp_path: Path, engine: Served, listener: socket.socket
) -> None:
    with nginx(tmp_path) as proxy:
        first = proxy.get("/page").text
        engine.stop()
        listener.close()
        stale_since = time.monotonic() + 1.1  # an answer is fresh for a second
        replies = [proxy.get("/page", Accept="text/html, */*")]
        while time.monotonic() < stale_since:
            replies.append(proxy.get("/page"))
        never_asked = proxy.get("/other")
    assert {(reply.status, reply.text) for reply in replies} == {(200, first)}
    assert never_asked.status == 502


KEPT = ("/a", "/a?page=2", "/static/a.css?v=0a1b2c3d")
INVENTED = (
    "/a?b",
    "/a?v=0a1b",
    "/a?v=x",
    "/a?w=320",
    "/a?page=1000",
    "/a?page=02",
    "/a?page=2&b",
    "/a?b?page=2",
    "/a?b?",
)


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(nginx, marks=pytest.mark.needs("nginx", "openssl")),
        pytest.param(varnish, marks=pytest.mark.needs("varnishd")),
    ],
)
def test_a_cache_keeps_no_address_that_anybody_may_make_up(
    tmp_path: Path, engine: Served, listener: socket.socket, before: Callable[[Path], AbstractContextManager[Proxy]]
) -> None:
    with before(tmp_path) as proxy:
        assert {proxy.get(path).status for path in (*KEPT, *INVENTED)} == {200}
        engine.stop()
        listener.close()
        away = {path: proxy.get(path).status for path in (*KEPT, *INVENTED)}
    assert {path for path, status in away.items() if status == 200} == set(KEPT)


@pytest.mark.needs("nginx", "openssl")
def test_nginx_sends_plain_visitors_to_tls(tmp_path: Path) -> None:
    with nginx(tmp_path) as proxy:
        client = http.client.HTTPConnection("127.0.0.1", proxy.plain, timeout=PATIENCE_SECONDS)
        client.request("GET", "/a?b=c", headers={"Host": "evil.example"})
        reply = client.getresponse()
        client.close()
    assert (reply.status, reply.headers["Location"]) == (301, "https://example.org/a?b=c")


@pytest.mark.needs("nginx", "openssl")
def test_the_engine_serves_its_site_through_nginx(tmp_path: Path, listener: socket.socket) -> None:
    content = tmp_path / "content"
    (content / "essays").mkdir(parents=True)
    (content / "site.toml").write_text('base_url = "https://example.org"\n')
    (content / "essays/tides.md").write_text("# Tides\n\nThe harbour empties twice a day.\n")
    folders = {"content": content, "cache": tmp_path / "made", "state": tmp_path / "state"}
    environ = {f"FOLIO_{name.upper()}": str(folder) for name, folder in folders.items()}
    with serving(ENGINE, tmp_path, listener, environ), nginx(tmp_path) as proxy:
        page = proxy.get("/essays/tides", Accept_Encoding="identity")
        source = proxy.get("/essays/tides", Accept="text/markdown", Accept_Encoding="identity")
        unchanged = proxy.get("/essays/tides", If_None_Match=page.headers["ETag"], Accept_Encoding="identity")
        above = proxy.get("//etc/passwd", Accept_Encoding="identity")
        numbers = proxy.get("/metrics", Accept_Encoding="identity")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "The harbour empties twice a day." in page.text
    assert source.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert source.text.startswith("---\ntitle: Tides\n")
    assert unchanged.status == 304
    assert above.status == 404
    assert numbers.status == 200  # asked from this machine


@pytest.mark.needs("nginx", "openssl")
def test_nginx_speaks_http_2_and_lets_nobody_want_documents_without_end(tmp_path: Path, engine: Served) -> None:
    with nginx(tmp_path) as proxy:
        assert proxy.trusted
        proxy.trusted.set_alpn_protocols(["h2", "http/1.1"])
        with (
            socket.create_connection(("localhost", proxy.port)) as plain,
            proxy.trusted.wrap_socket(plain, server_hostname="localhost") as link,
        ):
            spoken = link.selected_alpn_protocol()
        proxy.trusted.set_alpn_protocols(["http/1.1"])
        documents = Counter[int]()
        while not documents[429] and documents.total() < 1_000:  # the more, the slower this machine asks
            documents[proxy.get(f"/{documents.total()}.pdf").status] += 1
        pages = {proxy.get(f"/{n}").status for n in range(60)}
    assert spoken == "h2"
    assert documents[200] >= 31  # thirty at once and the first, and five a second after that
    assert documents[429] >= 1
    assert pages == {200}


# --- Caddy


@pytest.mark.needs("caddy")
def test_caddy_finds_nothing_wrong(tmp_path: Path) -> None:
    shutil.copy(DEPLOY / "Caddyfile", tmp_path)
    own = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    said = run(
        tools.find("caddy"), "validate", "--adapter", "caddyfile", "--config", str(tmp_path / "Caddyfile"), **own
    )
    assert "Valid configuration" in said
    assert '"level":"warn"' not in said


@pytest.mark.needs("caddy")
def test_caddy_carries_a_page_and_tells_the_truth_about_the_visitor(tmp_path: Path, engine: Served) -> None:
    with caddy(tmp_path) as proxy:
        reply = proxy.get("//a%2Fb", X_Forwarded_For="6.6.6.6", Forwarded="for=6.6.6.6")
    seen = json.loads(reply.text)
    assert reply.status == 200
    assert reply.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert (seen["client"], seen["path"], seen["headers"]["host"]) == ("127.0.0.1", "//a/b", "example.org")
    assert "forwarded" not in seen["headers"]


# --- Varnish


@pytest.mark.needs("varnishd")
def test_varnish_asks_with_one_word_for_representation_and_encoding(tmp_path: Path, engine: Served) -> None:
    with varnish(tmp_path) as proxy:
        got = {sent: words(proxy, *sent) for sent in ASKED}
        visitor = proxy.get("/another", X_Forwarded_For="192.0.2.7")  # written by what speaks TLS before it
    assert got == ASKED
    assert json.loads(visitor.text)["client"] == "192.0.2.7"


@pytest.mark.needs("varnishd")
@pytest.mark.parametrize("path", ["/metrics", "/metrics?x", "/%6Detrics", "/m%65tric%73", "/metrics?"])
def test_varnish_shows_the_counters_to_nobody(tmp_path: Path, engine: Served, path: str) -> None:
    with varnish(tmp_path) as proxy:
        assert proxy.get(path).status == 404


# --- watching


async def test_rules_and_dashboard_ask_only_for_what_the_engine_counts(shared: Live) -> None:
    for path in ("/", "/nothing", "/metrics"):
        await shared.get(path)
    told = (await shared.get("/metrics")).text
    exposed = set(re.findall(r"^(responder_\w+)", told, re.MULTILINE))
    labels = {name for labels in re.findall(r"\{(.*?)\}", told) for name in re.findall(r"(\w+)=", labels)}
    rules = yaml.safe_load((DEPLOY / "monitoring/folio.rules.yml").read_text())["groups"][0]["rules"]
    dashboard = json.loads((DEPLOY / "monitoring/grafana.json").read_text())
    asked = [rule["expr"] for rule in rules]
    asked += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    recorded = {rule["record"] for rule in rules if "record" in rule}
    assert len(asked) >= 19
    for query in asked:
        names = set(re.findall(r"[a-z_]+(?::\w+)+|responder_\w+", query))
        assert names <= exposed | recorded, query
        assert set(re.findall(r"(\w+)=[~\"]", query)) <= labels | {"job", "site"}, query
    alerts = {rule["alert"]: rule for rule in rules if "alert" in rule}
    assert all(rule["annotations"].keys() == {"summary", "remedy"} for rule in alerts.values())


# --- updating


@pytest.fixture
def update(tmp_path: Path) -> Callable[..., str]:
    """`deploy/update` of a release whose Python notes what it is asked for, on a machine of its own without systemd."""
    release, opt = tmp_path / "release", tmp_path / "opt"
    for name in ("folio", "templates", "static", "deploy", "bin"):
        (release / name).mkdir(parents=True)
    for name in ("engine.py", "requirements.lock"):
        (release / name).touch()
    python = '#!/bin/sh\\necho "$@" >>"$0.asked"\\n'
    (release / "deploy/prepare.sh").write_text(
        f'cd "$(dirname "$0")/.."; mkdir -p .venv/bin; printf \'{python}\' >.venv/bin/python; chmod +x .venv/bin/python'
    )
    (release / "bin/id").write_text("#!/bin/sh\necho 0\n")
    (release / "bin/id").chmod(0o755)
    changes = {"/opt": str(opt), "/etc/systemd/system": str(opt / "units"), "/run/systemd/system": str(opt / "none")}
    (tmp_path / "update").write_text(adapted("update", changes))
    (opt / "units").mkdir(parents=True)
    return functools.partial(
        run, "sh", str(tmp_path / "update"), str(release), PATH=f"{release}/bin:{os.environ['PATH']}"
    )


def test_packages_of_ones_own_come_with_the_next_update(tmp_path: Path, update: Callable[..., str]) -> None:
    opt = tmp_path / "opt"
    assert "Now running: " in update()
    assert "Nothing new" in update()
    (opt / "folio.d/extra.txt").write_text("pillow-heif\n")
    assert "Now running: " in update()
    assert f"-r {opt}/folio.d/extra.txt\n" in (opt / "folio/.venv/bin/python.asked").read_text()
    assert "Nothing new" in update()


# --- copies


@pytest.mark.needs("rsync")
def test_a_copy_is_whole_shares_what_stayed_and_can_be_compared(tmp_path: Path) -> None:
    content, copies = tmp_path / "content", tmp_path / "copies"
    (content / "essays").mkdir(parents=True)
    (content / "essays/old.md").write_text("# Old\n")
    (tmp_path / "state").mkdir()
    (tmp_path / "state/redirects").write_text("/a /b\n")
    environ = {f"FOLIO_{name.upper()}": str(tmp_path / name) for name in ("content", "state", "settings")}
    backup = str(DEPLOY / "backup")
    run(backup, str(copies), **environ)
    first = (copies / "latest").resolve()
    first.rename(copies / "2020-01-01T000000Z")  # as if it were of that day
    (copies / "latest").unlink()
    (copies / "latest").symlink_to("2020-01-01T000000Z")
    (content / "essays/new.md").write_text("# New\n")
    run(backup, str(copies), **environ)
    latest = copies / "latest"
    assert (latest / "content/essays/old.md").samefile(copies / "2020-01-01T000000Z/content/essays/old.md")
    assert (latest / "content/essays/new.md").read_text() == "# New\n"
    assert (latest / "state/redirects").read_text() == "/a /b\n"
    assert "whole, 3 files" in run(backup, "--check", str(copies))
    (latest / "content/essays/new.md").write_text("# Nev\n")
    damaged = subprocess.run([backup, "--check", str(copies)], capture_output=True, text=True)
    assert damaged.returncode == 1
    assert "new.md" in damaged.stdout
    run(backup, str(copies), KEEP="1", **environ)
    assert len([entry for entry in copies.iterdir() if entry.is_dir() and not entry.is_symlink()]) == 1


# --- the two commands


def test_the_locks_pin_every_package_by_hash_and_name_no_registry() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pins = re.findall(r"^[a-z0-9][^\n=]*==[^\n]+(?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)+", text, re.MULTILINE)
        assert len(pins) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 30
        assert not re.search(r"--(extra-)?index-url|--find-links|https?://|file:", text)


def test_the_test_lock_holds_the_run_lock_word_for_word() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))

    assert pins("requirements.lock") < pins("requirements-test.lock")


def shut_in(folder: Path, *programs: str) -> dict[str, str]:
    """Return an environment whose PATH holds these programs and no apt, no sudo."""
    (folder / "bin").mkdir()
    for program in programs:
        (folder / "bin" / program).symlink_to(shutil.which(program) or program)
    return {"PATH": str(folder / "bin")}


def checkout(folder: Path) -> Path:
    """Copy what installing reads."""
    shutil.copytree(DEPLOY, folder / "deploy")
    for name in ("requirements.lock", "requirements-test.lock"):
        shutil.copy(ROOT / name, folder)
    return folder / "deploy/prepare.sh"


BASICS = ("sh", "dirname", "cat", "cksum", "id", "uname", "rm", "env")


def test_a_machine_without_python_is_told_what_to_type(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", str(checkout(tmp_path)), "run"], env=shut_in(tmp_path, *BASICS), capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "sudo apt-get install python3 python3-venv" in done.stderr


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment whose Python cannot make virtual ones."""
    environ = shut_in(tmp_path, *BASICS)
    python = tmp_path / "bin/python3"
    python.write_text(f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; *) exec {sys.executable} "$@" ;; esac\n')
    python.chmod(0o755)
    return environ


def test_a_python_that_cannot_make_environments_is_told_what_to_type(tmp_path: Path, bare: dict[str, str]) -> None:
    done = subprocess.run(["sh", str(checkout(tmp_path)), "run"], env=bare, capture_output=True, text=True)
    assert done.returncode == 1
    assert "sudo apt-get install python3-venv" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_an_environment_that_was_left_without_pip_is_made_anew(tmp_path: Path, bare: dict[str, str]) -> None:
    run(sys.executable, "-m", "venv", "--without-pip", str(tmp_path / ".venv"))
    done = subprocess.run(["sh", str(checkout(tmp_path)), "run"], env=bare, capture_output=True, text=True)
    assert done.stderr.startswith("Making .venv with ")
