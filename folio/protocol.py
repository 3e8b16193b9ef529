"""One connection, with limits that uvicorn lacks on clients that never finish. Called by server.py.

An endless head, a request that never completes, an answer that is never read, more connections than there are file
descriptors: each is bounded here, so that no client can exhaust what others need.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from folio import descriptors, records

HEAD_BYTES = 64 * 1024  # of an unfinished request head, httptools' limit for an address
REQUEST_SECONDS = 15  # for a request to arrive completely, from the connection or from its first byte
STALL_SECONDS = 30  # within which a client has to read some of an answer
MOST_CONNECTIONS = 4_096  # at a time, if the system has the file descriptors for them
OWN_DESCRIPTORS = 40  # that the engine needs for files, workers and the watcher
SPARE_DESCRIPTORS = 16  # of them, that no connection may take even if large files took more than their share
OVERFLOW = 16  # further connections that get a 503; those beyond are closed at once

Reply = Callable[[bytes, bytes, records.Headers], tuple[bytes, bytes] | None]  # of a method, a target, headers

FULL = records.make(
    b"There are more visitors than this site can serve at once. Try again in a moment.\n",
    "text/plain; charset=utf-8",
    status=503,
    headers={"retry-after": "1", "connection": "close", "cache-control": "no-store"},
)


def most_connections() -> int:
    """Return how many connections this process may hold, leaving file descriptors for other uses."""
    return max(1, min(MOST_CONNECTIONS, descriptors.most() - OWN_DESCRIPTORS - OVERFLOW))


async def full(scope: Any, receive: Any, send: Any) -> None:
    """The ASGI application that answers when there are too many connections."""
    await FULL.send(scope, send)


class Joined:
    """A transport that sends the head of an answer together with the beginning of its body, in one system call.

    An engine killed between two calls would have answered half, and no proxy could retry. One call is also cheaper.
    """

    __slots__ = ("_head", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def write(self, data: bytes) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        elif data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 100 "):
            self._head = data
        else:
            self._transport.write(data)

    def send(self, head: bytes, body: bytes) -> None:
        """Send a complete answer."""
        if body:
            self._transport.writelines((head, body))
        else:
            self._transport.write(head)

    def flush(self) -> None:
        """Send a head that is still held back for its body."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Answered:
    """Stands in for uvicorn's request cycle after an answer that no application made; it is complete."""

    response_complete = True

    def __init__(self) -> None:
        self.message_event = asyncio.Event()  # set when the client is gone; nobody waits for it


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol with timeouts for clients, which sends cached answers without starting the application.

    httptools has no limit, and takes time quadratic in a header's length: one of 200 MB took 80 s. `reply` returns a
    cached answer, whose head lacks the server's own fields, or None.
    """

    def __init__(self, *args: Any, most: int = MOST_CONNECTIONS, reply: Reply | None = None, **named: Any) -> None:
        super().__init__(*args, **named)
        self._most, self._reply = most, reply
        self._answered = Answered()
        self._ended = False  # our answer closes the connection: ignore further requests
        self._fields_of: records.Headers | None = None
        self._fields = b"", False
        self._in_head, self._head_bytes = True, 0
        self._asking = False  # within a request, between its first byte and its last
        self._patience: asyncio.TimerHandle | None = None  # ends a request that does not arrive
        self._stall: asyncio.TimerHandle | None = None  # ends an answer that is not read

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.joined = Joined(transport)
        self.transport = self.joined  # type: ignore[assignment]
        peer = transport.get_extra_info("socket")
        left = descriptors.left_after(peer.fileno()) if peer else SPARE_DESCRIPTORS
        if len(self.connections) > self._most + OVERFLOW or left < SPARE_DESCRIPTORS // 2:
            transport.abort()
        elif len(self.connections) > self._most or left < SPARE_DESCRIPTORS:
            self.app, self._reply = full, None
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._patience, self._stall):
            if timer:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The headers of this request are too long.")
        elif self._asking or (self._head_bytes and self._is_idle()):  # idle: blank lines are no request
            self._expect()

    def on_message_begin(self) -> None:
        self._asking = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        if not self._ended and not self._answer():
            super().on_headers_complete()

    def _answer(self) -> bool:
        """Send a cached answer to this request, if there is one and no other request is before it."""
        parser = self.parser
        if self._reply is None or not self._is_idle() or self.flow.write_paused or self.expect_100_continue:
            return False
        if parser.should_upgrade() or not (answer := self._reply(parser.get_method(), self.url, self.headers)):
            return False
        fields, self._ended = self._own_fields()
        if not self._ended and (parser.get_http_version() == "1.0" or not parser.should_keep_alive()):
            fields, self._ended = b"connection: close\r\n" + fields, True
        self.cycle = self._answered  # type: ignore[assignment]
        head, body = answer
        self.joined.send(head + fields, body)
        if self._ended:
            self.transport.close()
        self.on_response_complete()
        return True

    def _own_fields(self) -> tuple[bytes, bool]:
        """Return the server's header fields with the empty line, and whether they close the connection (at a stop)."""
        headers = self.server_state.default_headers
        if headers is not self._fields_of:  # uvicorn makes a new list every second
            lines = b"".join(b"%s: %s\r\n" % header for header in headers)
            self._fields = lines + b"\r\n", any(name == b"connection" for name, _ in headers)
            self._fields_of = headers
        return self._fields

    def on_message_complete(self) -> None:
        self._in_head, self._head_bytes, self._asking = True, 0, False
        if self._patience:
            self._patience.cancel()
            self._patience = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self.joined.flush()  # a head without a body, as to HEAD
        super().on_response_complete()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _expect(self) -> None:
        """Start the timeout of a request, unless it runs already; further bytes do not extend it."""
        if self._patience is None and not self.transport.is_closing():
            self._patience = self.loop.call_later(REQUEST_SECONDS, self._give_up)

    def _give_up(self) -> None:
        self._patience = None
        if self.flow.read_paused:  # we are busy with earlier requests, and do not read
            self._expect()
        else:
            self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stall:
            self._stall.cancel()
            self._stall = None

    def _watch_reader(self, unread: int | None = None) -> None:
        """Abort if the client read nothing since the last look, which left `unread` bytes; else look again later."""
        left = self.transport.get_write_buffer_size()
        if unread is not None and left >= unread:
            self.transport.abort()
        else:
            self._stall = self.loop.call_later(STALL_SECONDS, self._watch_reader, left)

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection; abort one whose last answer is still unread."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()
