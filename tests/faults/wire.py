"""Bytes on a socket, as they are: what no client library would send, to a server that runs by itself."""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from serving import PATIENCE_SECONDS

SERVER = """
import datetime as dt, logging
from pathlib import Path
from engine import create_api
from folio.config import load
from folio.server import serve

folder, port = Path(FOLDER), PORT
logging.basicConfig(level=logging.INFO, filename=folder / "log", format="%(name)s: %(message)s")
given = {"content": folder / "content", "cache": folder / "cache", "state": folder / "state", "port": port}
settings = load(given, {})
serve(create_api(settings, clock=lambda: dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)), settings)
"""


@dataclass
class Reply:
    """An answer as it came: its status, its headers by lower-case name, its body."""

    status: int
    raw_head: bytes
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lines = self.raw_head.decode("latin-1").split("\r\n")[1:]
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    @property
    def whole(self) -> bytes:
        return self.raw_head + self.body


@dataclass
class Wire:
    """A keep-alive connection to the server, by TLS if there is a `tls`; opened again when the server closes it."""

    port: int
    folder: Path
    tls: ssl.SSLContext | None = None
    link: socket.socket | None = None

    def get(self, target: str | bytes, *headers: str, method: str = "GET", host: str = "site") -> Reply:
        """Send a request with its target as it is, whatever bytes that has."""
        target = target if isinstance(target, bytes) else target.encode()
        lines = [f"Host: {host}"] * bool(host) + list(headers)
        return self.send(
            method.encode() + b" " + target + b" HTTP/1.1\r\n" + "".join(f"{x}\r\n" for x in lines).encode() + b"\r\n",
            method,
        )

    def send(self, request: bytes, method: str = "GET") -> Reply:
        self.link = self.link or self.open()
        self.link.sendall(request)
        got = b"HTTP/1.1 100 "
        while got.startswith(b"HTTP/1.1 100 "):  # Continue, before the answer itself
            got = got.partition(b"\r\n\r\n")[2]
            while b"\r\n\r\n" not in got:
                got += self._more(got)
        head, body = got.split(b"\r\n\r\n", 1)
        status = int(head.split(b" ", 2)[1])
        found = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
        length = int(found[1]) if found and method != "HEAD" and status != 304 else 0
        while len(body) < length:
            body += self._more(body)
        if re.search(rb"\r\nconnection: close", head.lower()):
            self.close()
        return Reply(status, head, body)

    def open(self) -> socket.socket:
        link = socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS)
        return self.tls.wrap_socket(link, server_hostname="localhost") if self.tls else link

    def _more(self, got: bytes) -> bytes:
        assert self.link is not None
        if not (more := self.link.recv(65_536)):
            raise AssertionError(f"the server hung up after {got[:200]!r}")
        return more

    def close(self) -> None:
        if self.link:
            self.link.close()
        self.link = None
