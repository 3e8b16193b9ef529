"""One connection: what uvicorn leaves open to clients that never finish. Called by server.py.

A head without end, a request that never arrives whole, an answer that is never read, more connections than there are
file descriptors: each has a bound here, so that nobody can hold what others need.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from folio import records

HEAD_BYTES = 64 * 1024  # of an unfinished request head, as long as httptools takes an address
REQUEST_SECONDS = 15  # for a request to arrive whole, from the connection or from its first byte
STALL_SECONDS = 30  # within which a reader of an answer has to take some of it
MOST_CONNECTIONS = 4_096  # at a time, where the system has the file descriptors for them
OWN_DESCRIPTORS = 40  # that the engine wants for files, workers and the watcher
OVERFLOW = 16  # connections past the most that are told so; those beyond are closed unheard

Reply = Callable[[bytes, bytes, records.Headers], tuple[bytes, bytes] | None]  # to a method, a target, headers

FULL = records.make(
    b"There are more visitors than this site can serve at once. Try again in a moment.\n",
    "text/plain; charset=utf-8",
    status=503,
    headers={"retry-after": "1", "connection": "close", "cache-control": "no-store"},
)


def most_connections() -> int:
    """Return how many connections this process may hold: each is a file descriptor, of which others are needed too."""
    with contextlib.suppress(ImportError):  # a system without the module has no such limit
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY:
            return max(1, min(MOST_CONNECTIONS, soft - OWN_DESCRIPTORS - OVERFLOW))
    return MOST_CONNECTIONS


async def full(scope: Any, receive: Any, send: Any) -> None:
    """The application that says that there are too many connections."""
    await FULL.send(scope, send)


class Whole:
    """A transport that sends the head of an answer together with the beginning of its body, in one call of the system.

    An engine that is killed between two has half answered, and no proxy can ask another then. One call costs less, too.
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
        """Send a whole answer."""
        if body:
            self._transport.writelines((head, body))
        else:
            self._transport.write(head)

    def flush(self) -> None:
        """Send a head that no body has followed."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Answered:
    """What uvicorn's protocol holds of a request under way, for one that never was: it is answered."""

    response_complete = True

    def __init__(self) -> None:
        self.message_event = asyncio.Event()  # set when the client is gone; nobody waits for it


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol, which waits for no client for ever, and starts no application for what lies ready.

    httptools has no bound of its own, and takes the square of a header's length: 200 MB of one held us for 80 s.
    `reply` answers a request at once, with the head of the answer but for the server's own fields, or says None.
    """

    def __init__(self, *args: Any, most: int = MOST_CONNECTIONS, reply: Reply | None = None, **named: Any) -> None:
        super().__init__(*args, **named)
        self._most, self._reply = most, reply
        self._answered = Answered()
        self._ended = False  # by an answer of ours: no request after it is heard
        self._fields_of: records.Headers | None = None
        self._fields = b"", False
        self._in_head, self._head_bytes = True, 0
        self._asking = False  # within a request: its first byte is here, its last is not
        self._patience: asyncio.TimerHandle | None = None  # ends a request that does not arrive
        self._stall: asyncio.TimerHandle | None = None  # ends an answer that is not read

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.whole = Whole(transport)
        self.transport = self.whole  # type: ignore[assignment]
        if len(self.connections) > self._most + OVERFLOW:
            transport.abort()
        elif len(self.connections) > self._most:
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
            self.send_400_response("The head of this request is too long.")
        elif self._asking or (self._head_bytes and self._is_idle()):  # idle after blank lines, which are no request
            self._expect()

    def on_message_begin(self) -> None:
        self._asking = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        if not self._ended and not self._answer():
            super().on_headers_complete()

    def _answer(self) -> bool:
        """Answer this request at once, if it waits for no other and its answer lies ready."""
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
        self.whole.send(head + fields, body)
        if self._ended:
            self.transport.close()
        self.on_response_complete()
        return True

    def _own_fields(self) -> tuple[bytes, bool]:
        """Return what ends every head, the date and the empty line, and whether connections end too: at a stop."""
        headers = self.server_state.default_headers
        if headers is not self._fields_of:  # uvicorn makes a list a second
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
        self.whole.flush()  # to HEAD, say
        super().on_response_complete()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _expect(self) -> None:
        """Give a request its time to arrive whole; more bytes give no more time."""
        if self._patience is None and not self.transport.is_closing():
            self._patience = self.loop.call_later(REQUEST_SECONDS, self._give_up)

    def _give_up(self) -> None:
        self._patience = None
        if self.flow.read_paused:  # we do not read, being busy with the requests before it
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
        """Hang up on a reader who took nothing of the answer since the last look, when `unread` bytes were left."""
        left = self.transport.get_write_buffer_size()
        if unread is not None and left >= unread:
            self.transport.abort()
        else:
            self._stall = self.loop.call_later(STALL_SECONDS, self._watch_reader, left)

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection; one whose last answer is still not read is not waited for."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()
