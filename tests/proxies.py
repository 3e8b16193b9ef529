"""The proxies of deploy/ as they are shipped, on ports of this test: nginx, Caddy, Varnish. For tests of them."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import tools
from serving import PATIENCE_SECONDS, ROOT, free_port, free_ports

DEPLOY = ROOT / "deploy"
HOST = "example.org"  # as the shipped files say


@dataclass
class Reply:
    """An answer, read whole."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True)
class Proxy:
    """A running proxy: where it listens, and whom to trust where it speaks TLS; `plain` is nginx's port without."""

    port: int
    trusted: ssl.SSLContext | None = None
    plain: int = 0

    def get(self, path: str, method: str = "GET", **headers: str) -> Reply:
        with contextlib.closing(self.connect()) as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            client.request(method, path, headers={"Host": HOST, **named})
            reply = client.getresponse()
            return Reply(reply.status, reply.headers, reply.read())

    def connect(self) -> http.client.HTTPConnection:
        if self.trusted:
            return http.client.HTTPSConnection("localhost", self.port, context=self.trusted, timeout=PATIENCE_SECONDS)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)


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


def certify(folder: Path) -> tuple[Path, Path]:
    """Make a key and a certificate for localhost."""
    key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
    run(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)),
    )
    return key, certificate


def upstream(sockets: Sequence[Path]) -> dict[str, str]:
    """Return the change that puts these sockets in the place of the shipped one, each thrice as that is."""
    shipped = "    server unix:/run/folio.sock max_fails=0;\n" * 3
    return {shipped: "".join(f"    server unix:{path} max_fails=0;\n" for path in sockets) * 3}


@contextlib.contextmanager
def nginx(folder: Path, sockets: Sequence[Path] = ()) -> Iterator[Proxy]:
    """Run nginx on two ports of loopback, before `folder`/folio.sock or these sockets; yield when it listens."""
    plain, tls = free_ports(2)
    key, certificate = certify(folder)
    changes = {
        **upstream(sockets or [folder / "folio.sock"]),
        "/var/cache/nginx-folio": str(folder / "nginx-cache"),
        "/etc/folio/tls/fullchain.pem": str(certificate),
        "/etc/folio/tls/privkey.pem": str(key),
        "listen [::]:80;\n": "\n",
        "listen [::]:443 ssl http2;\n": "\n",
        "limit_conn folio_visitors 256;": "limit_conn folio_visitors 4096;",  # all of a test's come from one address
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{tls} ssl http2;",
    }
    (folder / "folio.conf").write_text(adapted("nginx.conf", changes))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""  # its own user could not enter the test's folder
    written = folder / "nginx.conf"
    written.write_text(
        f"{user} pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"worker_rlimit_nofile 20000; events {{ worker_connections 10000; }}\n"
        f"http {{ access_log off;\n{temporary} include {folder}/folio.conf; }}\n"
    )
    command = [tools.find("nginx"), "-p", str(folder), "-c", str(written), "-e", str(folder / "error.log")]
    assert run(*command, "-t").count("warn") == 0
    run(*command)
    try:
        yield Proxy(tls, ssl.create_default_context(cafile=str(certificate)), plain)
    finally:
        run(*command, "-s", "stop")


@contextlib.contextmanager
def caddy(folder: Path) -> Iterator[Proxy]:
    """Run Caddy, without TLS for it would ask for a certificate, before `folder`/folio.sock; yield when it listens."""
    port, admin = free_port(), f"unix/{folder}/admin"
    changes = {"example.org {": f"http://example.org:{port} {{", "/run/folio.sock": str(folder / "folio.sock")}
    written = folder / "Caddyfile"
    written.write_text(f"{{\n\tadmin {admin}\n}}\n" + adapted("Caddyfile", changes))
    own = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    run(tools.find("caddy"), "start", "--adapter", "caddyfile", "--config", str(written), **own)
    try:
        yield Proxy(port)
    finally:
        run(tools.find("caddy"), "stop", "--address", admin, **own)


@contextlib.contextmanager
def varnish(folder: Path, sockets: Sequence[Path] = ()) -> Iterator[Proxy]:
    """Run Varnish before `folder`/folio.sock or these sockets; yield when it listens."""
    port = free_port()
    shipped = (DEPLOY / "varnish.vcl").read_text(encoding="utf-8")
    one = shipped[shipped.index("backend here {") : shipped.index("# Engines on other")]
    names = [f"engine{n}" for n, _ in enumerate(sockets or [folder])]
    each = zip(names, sockets or [folder / "folio.sock"], strict=True)
    added = "    engines.add_backend(here);\n"
    changes = {
        one: "".join(one.replace("here", name).replace("/run/folio.sock", str(path)) for name, path in each),
        added: "".join(added.replace("here", name) for name in names),
    }
    (folder / "varnish.vcl").write_text(adapted("varnish.vcl", changes))
    command = [tools.find("varnishd"), "-F", "-a", f"127.0.0.1:{port}", "-f", str(folder / "varnish.vcl")]
    command += ["-n", str(folder / "varnish"), "-s", "malloc,32m", "-p", "http_gzip_support=off"]
    command += ["-j", "none"]  # its jail would change to users that may not enter the test's folder
    with (folder / "varnish.log").open("w+b") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            _wait_for(port, process, folder / "varnish.log")
            yield Proxy(port)
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until something listens; it tells nobody else when."""
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS):
            return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(log.read_text())
