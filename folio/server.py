"""An ASGI application + Config -> a listening process: sockets, signals, systemd. Called by the command line.

It adds to uvicorn: sockets inherited from systemd, readiness and watchdog messages, an error with a remedy when the
port is taken, timeouts for clients (protocol.py), and a stop that answers every request already accepted.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import logging
import os
import socket
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import uvicorn

from folio.config import Config
from folio.errors import Unavailable
from folio.protocol import Protocol, Reply, most_connections

BACKLOG = 4096  # connections the kernel queues while we start or are busy
FIRST_FD = 3  # systemd passes its sockets from here on: sd_listen_fds(3)
DRAIN_SECONDS = 0.5  # at a stop, how long an accepted connection may take to deliver its first request
KEEP_ALIVE_SECONDS = 75  # longer than nginx keeps an idle upstream connection (60): it never reuses a closed one
STOP_SECONDS = 25  # for requests in progress at a stop: longer than the slowest make
SOCKET_MODE = 0o660  # of a Unix socket of our own: only its group may connect, as with folio.socket

logger = logging.getLogger("folio.server")
Notify = Callable[[str], None]


def serve(app: Any, config: Config, reply: Reply | None = None) -> None:
    """Serve `app` until SIGTERM or Ctrl-C, on the sockets that systemd passed, else on `config.uds` or a port.

    Requests that `reply` answers do not reach the app: see protocol.py.
    Returns after a graceful stop; after SIGTERM the process then dies of that signal, as systemd expects.
    Raises Unavailable when it cannot listen there.
    """
    sockets = inherited(os.environ, os.getpid()) or _own(config)
    notify = notifier(os.environ)
    server = Server(settings(app, sockets, config.proxies, watchdog_seconds(os.environ), notify, reply), notify)
    logger.info("serving %s at %s", config.content, ", ".join(_name(own) for own in sockets))
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=sockets)


def _own(config: Config) -> list[socket.socket]:
    return [listen_unix(config.uds)] if config.uds else listen(config.host, config.port)


def listen(host: str, port: int) -> list[socket.socket]:
    """Listen on every address of `host` ("localhost" has two). Raises Unavailable with what to type."""
    sockets: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, address in found:
            sockets.append(socket.create_server(address[:2], family=family, backlog=BACKLOG))
    except OSError as error:
        for opened in sockets:
            opened.close()
        raise _cannot_listen(host, port, error) from error
    return sockets


def listen_unix(path: Path) -> socket.socket:
    """Listen on a Unix socket; one that a dead process left is replaced. Raises Unavailable with what to type."""
    own = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if _is_left_over(path):
            path.unlink()
        own.bind(str(path))
        path.chmod(SOCKET_MODE)
        own.listen(BACKLOG)
    except OSError as error:
        own.close()
        if error.errno == errno.EADDRINUSE:
            remedy = "stop what is listening there, or use another --uds PATH"
            raise Unavailable(f"{path} is already in use", remedy) from error
        why = error.strerror or str(error)  # a path over 107 bytes has no errno
        raise Unavailable(
            f"cannot listen on {path}: {why}", "use --uds with a short path in a folder of yours"
        ) from error
    return own


def _is_left_over(path: Path) -> bool:
    """Say whether this is a socket on which no process listens any more."""
    if not path.exists() or not stat.S_ISSOCK(path.stat().st_mode):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) == errno.ECONNREFUSED


def _cannot_listen(host: str, port: int, error: OSError) -> Unavailable:
    where = f"{host}:{port}"
    if isinstance(error, socket.gaierror):
        return Unavailable(f"{host!r} is not an address of this machine", "use --host 127.0.0.1")
    if error.errno == errno.EADDRINUSE:
        return Unavailable(
            f"{where} is already in use", f"stop what is listening there, or use --port {port % 65535 + 1}"
        )
    if error.errno == errno.EACCES:
        return Unavailable(f"{where} needs more permissions", "use a port from 1024 up, such as --port 8000")
    return Unavailable(f"cannot listen on {where}: {os.strerror(error.errno or 0)}", "use --host 127.0.0.1 --port 8000")


def inherited(environ: Mapping[str, str], pid: int) -> list[socket.socket]:
    """Return the listening sockets that systemd opened for process `pid` (`LISTEN_FDS`), if any."""
    if environ.get("LISTEN_PID") != str(pid) or not environ.get("LISTEN_FDS", "").isdigit():
        return []
    sockets = [socket.socket(fileno=FIRST_FD + n) for n in range(int(environ["LISTEN_FDS"]))]
    for own in sockets:
        own.set_inheritable(False)  # a worker process that inherited one would keep the address in use
    return sockets


def settings(
    app: Any,
    sockets: Sequence[socket.socket],
    proxies: Sequence[str] = (),
    watchdog: float | None = None,
    notify: Notify | None = None,
    reply: Reply | None = None,
) -> uvicorn.Config:
    """Make uvicorn's settings for these sockets.

    The client's address is taken from X-Forwarded-For only if the peer is one of `proxies`, or if every socket is a
    Unix one, where the peer has no address to check. There uvicorn trusts the leftmost entry, so the proxy has to
    overwrite the header, as deploy/ does.
    """

    async def alive() -> None:
        if notify:
            notify("WATCHDOG=1")

    return uvicorn.Config(
        app,
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,  # edge.py writes one line per request
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="*" if all(_is_unix(own) for own in sockets) else list(proxies),
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        http=functools.partial(Protocol, most=most_connections(), reply=reply),  # type: ignore[arg-type]
        callback_notify=alive if watchdog else None,
        timeout_notify=max(1, int((watchdog or 0) / 3)),
    )


def watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """Return the period of systemd's watchdog, None without one."""
    usec = environ.get("WATCHDOG_USEC", "")
    return int(usec) / 1e6 if usec.isdigit() and int(usec) else None


def notifier(environ: Mapping[str, str]) -> Notify:
    """Return a function that sends a line such as "READY=1" to systemd (sd_notify(3)), or does nothing without it."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return lambda line: None

    def notify(line: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link, contextlib.suppress(OSError):
            link.connect("\0" + address[1:] if address.startswith("@") else address)
            link.send(line.encode())

    return notify


class Server(uvicorn.Server):
    """uvicorn's server, which reports to systemd and loses no accepted request when it stops."""

    def __init__(self, config: uvicorn.Config, notify: Notify) -> None:
        super().__init__(config)
        self.notify = notify

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.notify("READY=1")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer connections accepted but not yet read, closing each after its answer, then stop as uvicorn does.

        uvicorn alone would close a connection whose first request is still unread in the kernel.
        """
        self.notify("STOPPING=1")
        for listener in self.servers:
            listener.close()
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        loop = asyncio.get_running_loop()
        until = loop.time() + DRAIN_SECONDS
        await asyncio.sleep(0.05)  # let the loop set up accepted connections and read what has arrived
        while loop.time() < until and any(map(_is_fresh, self.server_state.connections)):  # noqa: ASYNC110 no event
            await asyncio.sleep(0.02)
        await super().shutdown(sockets)


def _is_fresh(connection: object) -> bool:
    """Say whether a connection has never delivered a request."""
    return getattr(connection, "cycle", None) is None


def _is_unix(own: socket.socket) -> bool:
    return own.family == socket.AF_UNIX


def _name(own: socket.socket) -> str:
    if _is_unix(own):
        return f"unix:{own.getsockname()}"
    host, port = own.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
