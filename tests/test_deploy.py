"""The files in deploy/ as they are shipped: accepted by the programs they are for, and carrying a page."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import tools
from serving import ROOT, Served, free_port, serving, unix_listener

DEPLOY = ROOT / "deploy"
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
        await send({"type": "http.response.start", "status": 200, "headers": [
            (b"content-length", str(len(body)).encode()), (b"cache-control", b"public, no-cache"),
            (b"vary", b"Accept, Accept-Encoding")]})
        await send({"type": "http.response.body", "body": body})

serve(App(), Config())
"""
ENGINE = """
import engine
from folio import config, server

settings = config.load()
server.serve(engine.create_api(settings), settings)
"""


def adapted(name: str, changes: Mapping[str, str]) -> str:
    """Return a shipped file with the paths and ports of this test; each of `changes` has to occur in it."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, f"deploy/{name} no longer says {old!r}"
        text = text.replace(old, new)
    return text


def run(*command: str, **environ: str) -> str:
    """Run a program, and return all that it said; its failure shows that. A file, for daemons never close a pipe."""
    with tempfile.TemporaryFile("w+") as said:
        status = subprocess.run(command, stdout=said, stderr=said, timeout=60, env={**os.environ, **environ}).returncode
        said.seek(0)
        text = said.read()
    assert status == 0, text
    return text


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


def test_socket_service_and_proxies_mean_the_same_socket() -> None:
    (path,) = re.findall(r"ListenStream=(.+)", (DEPLOY / "folio.socket").read_text())
    assert f"unix:{path} " in (DEPLOY / "nginx.conf").read_text()
    assert f"unix/{path} " in (DEPLOY / "Caddyfile").read_text()


# --- nginx


@dataclass(frozen=True)
class Nginx:
    """A running nginx with the shipped configuration."""

    plain: int  # port
    tls: int
    certificate: Path

    def get(self, path: str, **headers: str) -> http.client.HTTPResponse:
        trusted = ssl.create_default_context(cafile=str(self.certificate))
        client = http.client.HTTPSConnection("localhost", self.tls, context=trusted, timeout=20)
        with contextlib.closing(client):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            client.request("GET", path, headers={"Host": "example.org", **named})
            reply = client.getresponse()
            reply.text = reply.read().decode()  # type: ignore[attr-defined]
            return reply


def nginx_configuration(folder: Path, plain: int, tls: int) -> Path:
    """Write nginx.conf for `folder`: the shipped file inside the least that nginx wants around it."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    run(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)),
    )
    changes = {
        "/run/folio.sock": str(folder / "folio.sock"),
        "/var/cache/nginx-folio": str(folder / "cache"),
        "/etc/letsencrypt/live/example.org/fullchain.pem": str(certificate),
        "/etc/letsencrypt/live/example.org/privkey.pem": str(key),
        "listen [::]:80;\n": "\n",
        "listen [::]:443 ssl http2;\n": "\n",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{tls} ssl;",
    }
    (folder / "folio.conf").write_text(adapted("nginx.conf", changes))
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""  # its own user could not enter the test's folder
    written = folder / "nginx.conf"
    written.write_text(
        f"{user} pid {folder}/nginx.pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off;\n{temporary} include {folder}/folio.conf; }}\n"
    )
    return written


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[Nginx]:
    """Run nginx on two ports; it comes back from its start when it listens."""
    plain, tls = free_port(), free_port()
    command = [tools.find("nginx"), "-p", str(folder), "-c", str(nginx_configuration(folder, plain, tls))]
    command += ["-e", str(folder / "error.log")]
    assert run(*command, "-t").count("warn") == 0
    run(*command)
    try:
        yield Nginx(plain, tls, folder / "certificate.pem")
    finally:
        run(*command, "-s", "stop")


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


@pytest.mark.needs("nginx", "openssl")
def test_nginx_asks_with_one_word_for_representation_and_encoding(tmp_path: Path, engine: Served) -> None:
    asked = {
        ("text/html,application/xhtml+xml,*/*;q=0.8", "gzip, deflate, br, zstd"): ("text/html", "br"),
        ("*/*", "gzip"): ("text/html", "gzip"),
        ("text/markdown", "identity"): ("text/markdown", "identity"),
        ("application/json, text/plain, */*", "br;q=0, gzip;q=0.5"): ("application/json", "gzip"),
        ("text/plain", "br;q=0.0,gzip;q=0"): ("text/plain", "identity"),
        ("image/avif,image/webp,*/*", "br;q=1.0"): ("text/html", "br"),
        ("application/problem+json", "bro, gzipped"): ("application/json", "identity"),
    }
    with nginx(tmp_path) as proxy:
        got = {
            sent: tuple(
                json.loads(proxy.get("/", Accept=sent[0], Accept_Encoding=sent[1]).text)["headers"][name]
                for name in ("accept", "accept-encoding")
            )
            for sent in asked
        }
    assert got == asked


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


@pytest.mark.needs("nginx", "openssl")
def test_nginx_sends_plain_visitors_to_tls(tmp_path: Path) -> None:
    with nginx(tmp_path) as proxy:
        client = http.client.HTTPConnection("127.0.0.1", proxy.plain, timeout=20)
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
    port = free_port()
    admin = f"unix/{tmp_path}/admin"
    changes = {"example.org {": f"http://example.org:{port} {{", "/run/folio.sock": str(tmp_path / "folio.sock")}
    configuration = tmp_path / "Caddyfile"
    configuration.write_text(f"{{\n\tadmin {admin}\n}}\n" + adapted("Caddyfile", changes))
    own = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    run(tools.find("caddy"), "start", "--adapter", "caddyfile", "--config", str(configuration), **own)
    try:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        client.request("GET", "//a%2Fb", headers={"Host": "example.org", "X-Forwarded-For": "6.6.6.6"})
        reply = client.getresponse()
        seen = json.loads(reply.read())
        client.close()
    finally:
        run(tools.find("caddy"), "stop", "--address", admin, **own)
    assert reply.status == 200
    assert reply.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert (seen["client"], seen["path"], seen["headers"]["host"]) == ("127.0.0.1", "//a/b", "example.org")


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
    """Return an environment whose PATH holds these programs and no apt, no uv, no sudo."""
    (folder / "bin").mkdir()
    for program in programs:
        (folder / "bin" / program).symlink_to(shutil.which(program) or program)
    return {"PATH": str(folder / "bin")}


def checkout(folder: Path) -> Path:
    """Copy what installing reads."""
    shutil.copytree(DEPLOY, folder / "deploy")
    for name in ("requirements.lock", "requirements-test.lock"):
        shutil.copy(ROOT / name, folder)
    return folder / "deploy/install.sh"


BASICS = ("sh", "dirname", "cat", "cksum", "id", "uname", "rm", "env")


def test_a_machine_without_python_is_told_what_to_type(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", str(checkout(tmp_path)), "run"], env=shut_in(tmp_path, *BASICS), capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "sudo apt-get install python3 python3-venv" in done.stderr


def test_a_python_that_cannot_make_environments_is_told_what_to_type(tmp_path: Path) -> None:
    environ = shut_in(tmp_path, *BASICS)
    bare = tmp_path / "bin/python3"
    bare.write_text(f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; *) exec {sys.executable} "$@" ;; esac\n')
    bare.chmod(0o755)
    done = subprocess.run(["sh", str(checkout(tmp_path)), "run"], env=environ, capture_output=True, text=True)
    assert done.returncode == 1
    assert "sudo apt-get install python3-venv" in done.stderr
    assert not (tmp_path / ".venv").exists()
