"""A process that listens: its sockets, what it tells systemd, how it stops. Real sockets, real signals."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import ROOT, answer, ask, free_port, serving, unix_listener

from folio import server
from folio.errors import Unavailable

APP = """
import asyncio, json
from folio.config import Config
from folio.server import serve

class App:
    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": message["type"] + ".complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["path"] == "/slow":
            await asyncio.sleep(0.3)
        body = json.dumps({"client": scope["client"] and scope["client"][0], "scheme": scope["scheme"]}).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

serve(App(), Config(port=PORT))
"""


def on(port: int) -> str:
    return APP.replace("PORT", str(port))


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with unix_listener(tmp_path / "folio.sock") as own:
        yield own


def connect(listener: socket.socket) -> socket.socket:
    connection = socket.socket(listener.family)
    connection.connect(listener.getsockname())
    return connection


def seen(reply: bytes) -> dict[str, str]:
    found: dict[str, str] = json.loads(reply.split(b"\r\n\r\n", 1)[1])
    return found


def test_it_serves_on_a_port_and_names_no_server(tmp_path: Path) -> None:
    port = free_port()
    with serving(on(port), tmp_path), socket.create_connection(("127.0.0.1", port)) as client:
        ask(client)
        reply = answer(client).lower()
    assert reply.startswith(b"http/1.1 200 ok\r\n")
    assert b"\r\ndate: " in reply
    assert b"\r\nserver: " not in reply


def test_a_proxy_on_loopback_is_believed_up_to_the_first_address_that_is_not_its_own(tmp_path: Path) -> None:
    port = free_port()
    with serving(on(port), tmp_path), socket.create_connection(("127.0.0.1", port)) as client:
        ask(client, headers="X-Forwarded-For: 6.6.6.6, 192.0.2.7\r\nX-Forwarded-Proto: https\r\n")
        assert seen(answer(client)) == {"client": "192.0.2.7", "scheme": "https"}


def test_a_socket_of_systemd_is_taken_over_and_its_proxy_believed(tmp_path: Path, listener: socket.socket) -> None:
    with serving(on(8000), tmp_path, listener), connect(listener) as client:
        ask(client, headers="X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n")
        assert seen(answer(client)) == {"client": "192.0.2.7", "scheme": "https"}


def test_sockets_meant_for_another_process_are_left_alone() -> None:
    assert server.inherited({"LISTEN_PID": "1", "LISTEN_FDS": "1"}, pid=2) == []
    assert server.inherited({"LISTEN_PID": "2", "LISTEN_FDS": "x"}, pid=2) == []
    assert server.inherited({}, pid=2) == []


def test_it_tells_systemd_that_it_lives_and_that_it_stops(tmp_path: Path, listener: socket.socket) -> None:
    with serving(on(8000), tmp_path, listener, {"WATCHDOG_USEC": "3000000"}) as served:
        served.wait_for("WATCHDOG=1")
        served.process.send_signal(signal.SIGTERM)
        served.wait_for("STOPPING=1")
        assert served.process.wait(20) == -signal.SIGTERM


def test_no_message_is_sent_where_there_is_no_systemd() -> None:
    server.notifier({})("READY=1")
    server.notifier({"NOTIFY_SOCKET": "relative"})("READY=1")
    server.notifier({"NOTIFY_SOCKET": "/nonexistent/socket"})("READY=1")


def test_a_stop_answers_connections_that_were_accepted_and_not_read(tmp_path: Path, listener: socket.socket) -> None:
    with serving(on(8000), tmp_path, listener) as served:
        clients = [connect(listener) for _ in range(4)]
        with connect(listener) as one:  # answered after them: so they are accepted by now
            ask(one)
            answer(one)
        served.process.send_signal(signal.SIGTERM)
        served.wait_for("STOPPING=1")
        for client in clients:
            ask(client)
        replies = [answer(client) for client in clients]
        for client in clients:
            client.close()
    assert [reply[:15] for reply in replies] == [b"HTTP/1.1 200 OK"] * 4
    assert all(b"connection: close" in reply.lower() for reply in replies)


def test_a_stop_waits_for_a_slow_answer(tmp_path: Path, listener: socket.socket) -> None:
    with serving(on(8000), tmp_path, listener) as served, connect(listener) as client:
        ask(client, "/slow")
        with connect(listener) as other:
            ask(other)
            answer(other)
        assert served.stop() == -signal.SIGTERM
        assert answer(client).startswith(b"HTTP/1.1 200 OK")


def test_requests_wait_out_a_restart_on_the_handed_over_socket(tmp_path: Path, listener: socket.socket) -> None:
    with serving(on(8000), tmp_path, listener) as served:
        assert served.stop() == -signal.SIGTERM
    with connect(listener) as client:
        ask(client)
        with serving(on(8000), tmp_path, listener):
            assert answer(client).startswith(b"HTTP/1.1 200 OK")


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable) as raised:
            server.listen("127.0.0.1", port)
    assert str(raised.value) == f"127.0.0.1:{port} is already in use"
    assert f"--port {port % 65535 + 1}" in raised.value.remedy


def test_an_unknown_host_is_named() -> None:
    with pytest.raises(Unavailable, match=r"'256\.1\.1\.1' is no address of this machine"):
        server.listen("256.1.1.1", 0)


def test_a_foreign_address_is_named() -> None:
    with pytest.raises(Unavailable, match=r"cannot listen on 192\.0\.2\.1:8000"):
        server.listen("192.0.2.1", 8000)


def test_ctrl_c_ends_without_a_traceback(tmp_path: Path) -> None:
    code = on(free_port())
    with serving(code, tmp_path) as served:
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(20) == 0


def test_importing_the_server_loads_no_heavy_library() -> None:
    heavy = "PIL weasyprint whoosh feedgen lxml pygments"
    code = f"import sys, folio.server; print([n for n in {heavy.split()!r} if n in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
