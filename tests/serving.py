"""Runs an ASGI application in a process of its own, as a test needs it: on a port, or on a socket handed over."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 60  # before what does not come is taken for lost: a busy machine is slow
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True)
class Served:
    """A running server, and the socket on which it writes to us as it would to systemd."""

    process: subprocess.Popen[bytes]
    notes: socket.socket

    def wait_for(self, line: str) -> None:
        """Wait until it has sent a line such as "READY=1"."""
        while self.notes.recv(256).decode() != line:
            pass

    def stop(self) -> int:
        """Ask it to stop, wait, and return what it ended with."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def serving(
    code: str, folder: Path, listener: socket.socket | None = None, environ: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """Run Python `code` that serves, and yield when it is ready; `listener` is handed over the way systemd does it."""
    command = [sys.executable, "-W", "error", "-c", code]
    if listener:
        command = [sys.executable, "-c", HAND_OVER, str(listener.fileno()), *command]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notes:
        notes.bind(str(folder / "notify"))
        notes.settimeout(PATIENCE_SECONDS)
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "NOTIFY_SOCKET": str(folder / "notify"), **(environ or {})},
            pass_fds=[listener.fileno()] if listener else [],
        )
        try:
            served = Served(process, notes)
            served.wait_for("READY=1")
            yield served
        finally:
            process.kill()
            process.wait()
            (folder / "notify").unlink()


def unix_listener(path: Path) -> socket.socket:
    """Listen on a unix socket, as folio.socket does."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen(4096)
    return listener


def free_ports(count: int) -> list[int]:
    """Return different ports of loopback that nobody listens on now."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(probe.getsockname()[1]) for probe in probes]


def free_port() -> int:
    """Return a port of loopback that nobody listens on now."""
    return free_ports(1)[0]


def ask(connection: socket.socket, path: str = "/", headers: str = "") -> None:
    """Send a GET."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: site\r\n{headers}\r\n".encode())


def answer(connection: socket.socket) -> bytes:
    """Read one whole answer that has a Content-Length; what came when the connection closed early."""
    connection.settimeout(PATIENCE_SECONDS)
    got = b""
    while b"\r\n\r\n" not in got:
        more = connection.recv(65536)
        if not more:
            return got
        got += more
    head, body = got.split(b"\r\n\r\n", 1)
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    while len(body) < length and (more := connection.recv(65536)):
        body += more
    return head + b"\r\n\r\n" + body
