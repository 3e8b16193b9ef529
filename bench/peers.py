"""Servers to compare with, on loopback: nginx serving files, nginx in front of the engine, Flask, Responder."""

from __future__ import annotations

import contextlib
import gzip
import os
import pickle
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.bare import Kept
from bench.builders import PYTHON
from bench.harness import ROOT, Server, free_port, process, running, started

AROUND = """{user} pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1; daemon off; events {{}}
http {{ access_log {folder}/access.log; default_type text/html; sendfile on; tcp_nopush on;
{temporary}
{inside} }}
"""
STATIC = """server {{ listen 127.0.0.1:{port}; root {root}; gzip_static on;
location / {{ try_files $uri $uri.html =404; }} location = / {{ return 200; }} }}"""


@contextlib.contextmanager
def nginx_static(pages: Mapping[str, bytes], folder: Path) -> Iterator[Server | None]:
    """Serve these bodies by path as files, with gzipped ones for `gzip_static`; None without nginx."""
    for path, body in pages.items():
        file = folder / "files" / f"{path.lstrip('/')}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(body, 6))
    port = free_port()
    with _nginx(STATIC.format(port=port, root=folder / "files"), port, folder / "static") as server:
        yield server


@contextlib.contextmanager
def nginx_cache(content: Path, folder: Path) -> Iterator[Server | None]:
    """Serve `content` by an engine on a unix socket behind nginx as in deploy/, but without TLS; None without nginx."""
    port, socket = free_port(), folder / "folio.sock"
    if shutil.which("nginx") is None:
        yield None
        return
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("FOLIO_")},
        "FOLIO_CONTENT": str(content), "FOLIO_CACHE": str(folder / "cache"), "FOLIO_STATE": str(folder / "state"),
    }  # fmt: skip
    arguments = ["-m", "uvicorn", "engine:api", "--uds", str(socket), "--no-access-log", "--forwarded-allow-ips", "*"]
    with (
        process([sys.executable, *arguments], environ),
        _nginx(_shipped(port, socket, folder), port, folder / "proxy") as server,
    ):
        yield server


def _shipped(port: int, socket: Path, folder: Path) -> str:
    """Return deploy/nginx.conf with one plain HTTP server on loopback, in front of the given socket."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = text.replace("/run/folio.sock", str(socket)).replace("/var/cache/nginx-folio", str(folder / "nginx-cache"))
    text = re.sub(r"(?s)\nserver \{\n    listen 80;.*?\n\}\n", "\n", text)
    text = re.sub(r"\n *(ssl_|listen \[|http2 |add_header Strict)[^\n]*", "", text)
    return re.sub(r"listen 443[^;]*;", f"listen 127.0.0.1:{port};", text)


@contextlib.contextmanager
def _nginx(inside: str, port: int, folder: Path) -> Iterator[Server | None]:
    if (program := shutil.which("nginx")) is None:
        yield None
        return
    folder.mkdir(parents=True)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""  # nginx's default user could not read the temporary folder
    settings = folder / "nginx.conf"
    settings.write_text(AROUND.format(user=user, folder=folder, temporary=temporary, inside=inside))
    command = [program, "-p", str(folder), "-c", str(settings), "-e", str(folder / "error.log")]
    with started(command, port, family=True) as server:
        yield server


@contextlib.contextmanager
def flask(essays: Path) -> Iterator[Server | None]:
    """Serve essays by Flask, rendering each request, under gunicorn with one process and keep-alive."""
    if not (PYTHON / "gunicorn").is_dir():
        yield None
        return
    port = free_port()
    arguments = ["-m", "gunicorn", "--workers", "1", "--threads", "2", "--bind", f"127.0.0.1:{port}"]
    environ = {"PYTHONPATH": f"{ROOT}{os.pathsep}{PYTHON}", "ESSAYS": str(essays)}
    command = [sys.executable, *arguments, "bench.plain:application()"]
    with started(command, port, environ=environ, family=True) as server:
        yield server


@contextlib.contextmanager
def responder(kept: Kept, folder: Path) -> Iterator[Server]:
    """Serve stored answers by one route of bare Responder on the engine's uvicorn."""
    port, file = free_port(), folder / "routed"
    file.write_bytes(pickle.dumps(kept))
    with running(["-m", "bench.bare", str(port), str(file), "responder"], port) as server:
        yield server
