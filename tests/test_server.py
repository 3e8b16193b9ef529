"""A process that listens: its sockets, what it tells systemd, how it stops. Real sockets, real signals."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import PATIENCE_SECONDS, ROOT, answer, ask, free_port, serving, unix_listener
from uvicorn.server import ServerState

from folio import protocol, server
from folio.errors import Unavailable

APP = """
import asyncio, json
from folio.config import Config
from folio.server import serve

LONG = {b"/long": 8_000_000, b"/kept-long": 400_000}

class App:
    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": message["type"] + ".complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["path"] in ("/slow", "/slower"):
            await asyncio.sleep(0.3 if scope["path"] == "/slow" else 1.2 * BOUND)
        if long := LONG.get(scope["path"].encode()):
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % long)]})
            await send({"type": "http.response.body", "body": bytes(long)})
            return
        client = scope["client"] and scope["client"][0]
        body = json.dumps({"client": client, "scheme": scope["scheme"], "path": scope["path"]}).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

def reply(method, target, headers):
    body = {b"/kept": b"kept", b"/kept-long": bytes(LONG[b"/kept-long"])}.get(target)
    return body and (b"HTTP/1.1 200 OK\\r\\ncontent-length: %d\\r\\n" % len(body), body)

from folio import protocol
protocol.REQUEST_SECONDS = protocol.STALL_SECONDS = BOUND
serve(App(), Config(port=PORT, uds=UDS), reply)
"""


def on(port: int, *, bound: float = 20, uds: Path | None = None) -> str:
    """Return a program that serves on a port, and gives a client `bound` seconds to ask, or to go on reading.

    Clients that do ask need them too, on a busy machine.
    """
    own = f"__import__('pathlib').Path({str(uds)!r})" if uds else "None"
    return APP.replace("PORT", str(port)).replace("BOUND", str(bound)).replace("UDS", own)


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
        assert seen(answer(client)) == {"client": "192.0.2.7", "scheme": "https", "path": "/"}


def test_a_socket_of_systemd_is_taken_over_and_its_proxy_believed(tmp_path: Path, listener: socket.socket) -> None:
    with serving(on(8000), tmp_path, listener), connect(listener) as client:
        ask(client, headers="X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n")
        assert seen(answer(client)) == {"client": "192.0.2.7", "scheme": "https", "path": "/"}


def test_sockets_meant_for_another_process_are_left_alone() -> None:
    assert server.inherited({"LISTEN_PID": "1", "LISTEN_FDS": "1"}, pid=2) == []
    assert server.inherited({"LISTEN_PID": "2", "LISTEN_FDS": "x"}, pid=2) == []
    assert server.inherited({}, pid=2) == []


def test_it_tells_systemd_that_it_lives_and_that_it_stops(tmp_path: Path, listener: socket.socket) -> None:
    with serving(on(8000), tmp_path, listener, {"WATCHDOG_USEC": "3000000"}) as served:
        served.wait_for("WATCHDOG=1")
        served.process.send_signal(signal.SIGTERM)
        served.wait_for("STOPPING=1")
        assert served.process.wait(PATIENCE_SECONDS) == -signal.SIGTERM


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
        for client, path in zip(clients, ("/", "/kept", "/", "/kept"), strict=True):
            ask(client, path)
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


SLOW = {
    "nothing": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: si",
    "blank lines": b"\r\n",
    "a body that does not come": b"POST / HTTP/1.1\r\nHost: site\r\nContent-Length: 9\r\n\r\n123",
}


def test_who_does_not_finish_asking_is_not_waited_for(tmp_path: Path, listener: socket.socket) -> None:
    got = dict.fromkeys(SLOW, b"")
    with serving(on(8000, bound=2), tmp_path, listener):
        clients = {name: connect(listener) for name in SLOW}
        for name, client in clients.items():
            client.settimeout(PATIENCE_SECONDS)
            client.sendall(SLOW[name])
        for name, client in clients.items():
            with contextlib.suppress(ConnectionError), client:  # hung up with bytes of ours unread
                while more := client.recv(65536):
                    got[name] += more
        with connect(listener) as next_one:
            ask(next_one)
            assert answer(next_one).startswith(b"HTTP/1.1 200 OK")
    assert got.pop("a body that does not come").startswith(b"HTTP/1.1 200")
    assert set(got.values()) == {b""}


def test_who_asks_bit_by_bit_gets_no_more_time(tmp_path: Path, listener: socket.socket) -> None:
    with serving(on(8000, bound=0.3), tmp_path, listener), connect(listener) as slow:
        slow.settimeout(0.01)
        sent = 0
        with contextlib.suppress(ConnectionError):
            for sent in range(20_000):
                slow.sendall(b"GET / HTTP/1.1\r\nHost: "[sent : sent + 1] or b"a")
                with contextlib.suppress(TimeoutError):
                    assert slow.recv(1) == b""
                    break
        assert sent < 19_999


def test_a_kept_connection_may_rest_longer_than_a_request_may_take(tmp_path: Path, listener: socket.socket) -> None:
    with serving(on(8000, bound=2), tmp_path, listener), connect(listener) as client, connect(listener) as other:
        ask(other, "/kept")
        assert answer(other).endswith(b"kept")
        ask(client, "/slower")  # an answer may take longer, too
        assert answer(client).startswith(b"HTTP/1.1 200 OK")
        ask(other, "/kept")
        assert answer(other).endswith(b"kept")


def test_what_lies_ready_is_answered_before_the_application(tmp_path: Path, listener: socket.socket) -> None:
    with serving(on(8000), tmp_path, listener), connect(listener) as client:
        for _ in range(3):
            ask(client, "/kept")
            head, body = answer(client).split(b"\r\n\r\n")
            assert body == b"kept"
            assert re.fullmatch(rb"HTTP/1\.1 200 OK\r\ncontent-length: 4\r\ndate: [^\r]+ GMT", head)
            ask(client)
            assert seen(answer(client))["scheme"] == "http"


@pytest.mark.parametrize("head", ["GET /kept HTTP/1.0", "GET /kept HTTP/1.1\r\nHost: a\r\nConnection: close"])
def test_a_connection_may_end_with_an_answer_that_lay_ready(tmp_path: Path, listener: socket.socket, head: str) -> None:
    with serving(on(8000), tmp_path, listener), connect(listener) as client:
        client.settimeout(PATIENCE_SECONDS)
        client.sendall(f"{head}\r\n\r\nGET /kept HTTP/1.1\r\nHost: a\r\n\r\nGET /slow HTTP/1.1\r\n\r\n".encode())
        reply = b""
        while more := client.recv(65536):
            reply += more
    first, body = reply.split(b"\r\n\r\n")  # what came after it was not heard
    assert first.count(b"connection: close\r\n") == 1
    assert body == b"kept"


def test_requests_that_come_at_once_are_answered_in_turn(tmp_path: Path, listener: socket.socket) -> None:
    paths = ["/kept", "/kept-long", "/kept", "/slow", "/kept", "/", "/slow", "/last"]  # what waits is the application's
    with serving(on(8000), tmp_path, listener), connect(listener) as client:
        client.sendall("".join(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n" for path in paths).encode())
        client.settimeout(PATIENCE_SECONDS)
        got = b""
        while not got.endswith(b'"/last"}'):
            more = client.recv(65536)
            assert more
            got += more
    bodies = [reply.split(b"\r\n\r\n", 1)[1] for reply in got.split(b"HTTP/1.1 200 OK")[1:]]
    assert [bodies[0], len(bodies[1])] == [b"kept", 400_000]
    assert [json.loads(body)["path"] for body in bodies[3:]] == paths[3:]


def test_who_asks_on_and_on_and_reads_nothing_fills_no_memory(tmp_path: Path, listener: socket.socket) -> None:
    with serving(on(8000, bound=2), tmp_path, listener) as served, connect(listener) as greedy:
        before = most = _resident_kb(served.process.pid)
        greedy.settimeout(0.1)
        until = time.monotonic() + PATIENCE_SECONDS
        with pytest.raises(ConnectionError):
            while time.monotonic() < until:
                with contextlib.suppress(TimeoutError):
                    greedy.sendall(b"GET /kept-long HTTP/1.1\r\nHost: a\r\n\r\n" * 100)
                most = max(most, _resident_kb(served.process.pid))
        assert most - before < 40_000


def _resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def test_who_does_not_read_the_answer_is_not_waited_for(tmp_path: Path, listener: socket.socket) -> None:
    with serving(on(8000, bound=2), tmp_path, listener) as served, connect(listener) as lazy:
        ask(lazy, "/long")
        with connect(listener) as patient:
            ask(patient, "/long")
            assert len(answer(patient)) > 8_000_000
        served.process.send_signal(signal.SIGTERM)  # it waits for answers under way: for this one only so long
        assert served.process.wait(PATIENCE_SECONDS) == -signal.SIGTERM
        lazy.settimeout(PATIENCE_SECONDS)
        taken = 0
        with contextlib.suppress(ConnectionError):
            while more := lazy.recv(1 << 20):
                taken += len(more)
        assert taken < 8_000_000


def test_more_visitors_than_there_is_room_for_are_told_so_and_then_served(tmp_path: Path) -> None:
    port, bounded = free_port(), "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
    with serving(bounded + on(port), tmp_path):
        seated = [socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) for _ in range(8)]
        for client in seated:  # each is answered and stays: there is no place left
            ask(client)
            assert answer(client).startswith(b"HTTP/1.1 200 OK")
        standing = [socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) for _ in range(100)]
        told = []
        for client in standing:
            with contextlib.suppress(ConnectionError):
                ask(client)
        for client in standing:
            with contextlib.suppress(ConnectionError):
                told.append(answer(client))
            client.close()
        for client in seated:
            ask(client)
            assert answer(client).startswith(b"HTTP/1.1 200 OK")
            client.close()
        until = time.monotonic() + PATIENCE_SECONDS  # the engine may hear of who comes before it hears of who has gone
        welcome = False
        while not welcome:
            assert time.monotonic() < until
            with (
                contextlib.suppress(ConnectionError),
                socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as afterwards,
            ):
                ask(afterwards)
                welcome = answer(afterwards).startswith(b"HTTP/1.1 200 OK")
    statuses = Counter(reply[9:12] for reply in told)
    assert set(statuses) <= {b"503", b""}
    assert statuses[b"503"] >= 1
    assert all(b"retry-after: 1\r\n" in reply and b"nosniff" in reply for reply in told if reply[9:12] == b"503")


def test_it_serves_on_a_unix_socket_of_its_own_and_takes_over_a_dead_one(tmp_path: Path) -> None:
    path = tmp_path / "own.sock"
    for _ in range(2):  # the first one is killed, and leaves its socket behind
        with serving(on(8000, uds=path), tmp_path), socket.socket(socket.AF_UNIX) as client:
            assert path.stat().st_mode & 0o777 == 0o660
            with pytest.raises(Unavailable, match="already in use"):
                server.listen_unix(path)
            client.connect(str(path))
            ask(client, headers="X-Forwarded-For: 192.0.2.7\r\n")
            assert seen(answer(client))["client"] == "192.0.2.7"


@pytest.mark.parametrize("request_head", ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
                                          "GET / HTTP/1.0\r\n\r\n", "nonsense\r\n\r\n"])  # fmt: skip
def test_an_answer_is_sent_whole_by_one_call(request_head: str) -> None:
    """So that whoever kills the engine leaves an answer or none."""
    calls: list[bytes] = []

    class Transport(asyncio.Transport):
        def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
            calls.append(bytes(data))

        def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview[Any]]) -> None:
            calls.append(b"".join(list_of_data))

        def close(self) -> None:
            pass

        def is_closing(self) -> bool:
            return False

    async def asked() -> None:
        config = server.settings(protocol.full, [])
        config.load()
        link = protocol.Protocol(config=config, server_state=ServerState(), app_state={})
        link.connection_made(Transport())
        link.data_received(request_head.encode())
        await asyncio.gather(*link.tasks)
        link.connection_lost(None)

    asyncio.run(asked())
    (call,) = calls
    head, body = call.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 ")
    assert (body == b"") == request_head.startswith("HEAD")


@pytest.mark.parametrize("name", ["no/such/folder", "s" * 120, "file"])
def test_a_place_where_no_socket_can_be_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(Unavailable, match=r"cannot listen on|already in use"):
        server.listen_unix(tmp_path / name)
    assert (tmp_path / "file").read_text() == "kept"


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable) as raised:
            server.listen("127.0.0.1", port)
    assert str(raised.value) == f"127.0.0.1:{port} is already in use"
    assert f"--port {port % 65535 + 1}" in raised.value.remedy


def test_an_unknown_host_is_named() -> None:
    with pytest.raises(Unavailable, match=r"'256\.1\.1\.1' is not an address of this machine"):
        server.listen("256.1.1.1", 0)


def test_a_foreign_address_is_named() -> None:
    with pytest.raises(Unavailable, match=r"cannot listen on 192\.0\.2\.1:8000"):
        server.listen("192.0.2.1", 8000)


def test_ctrl_c_ends_without_a_traceback(tmp_path: Path) -> None:
    code = on(free_port())
    with serving(code, tmp_path) as served:
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(PATIENCE_SECONDS) == 0


def test_importing_the_server_loads_no_heavy_library() -> None:
    heavy = "PIL weasyprint whoosh feedgen lxml pygments"
    code = f"import sys, folio.server; print([n for n in {heavy.split()!r} if n in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
