"""A proxy in front of a real registry, which breaks one exchange the way networks do.

What ``wholeship.testing.faults`` plays in memory happens here on real sockets: the client sees true resets,
true silence, and answers that are truly cut. It knows just enough of HTTP/1.1 to tell exchanges apart.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

PIECE = 64 * 1024


class Trouble(StrEnum):
    """What happens to the exchange."""

    NONE = "none"
    RESET_BEFORE = "reset before effect"  # the registry never hears of it
    RESET_AFTER = "reset after effect"  # the registry has answered, the client does not hear it
    CUT_REQUEST = "cut request"  # the registry gets half a body and then nothing
    CUT_ANSWER = "cut answer"  # the client gets half an answer, and the end of the connection
    STALL = "stall"  # the registry never hears of it, the client waits
    SILENCE = "silence"  # the registry has answered, the client waits
    DELAY = "delay"  # the answer comes late
    TRICKLE = "trickle"  # the answer comes byte by byte


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer on its way: its head as it was sent, and its body whole."""

    head: bytes
    body: bytes

    @property
    def method(self) -> str:
        """The first word: of a request, its method."""
        return self.head.split(b" ", 1)[0].decode("ascii", "replace")


class Proxy:
    """Passes exchanges on to ``upstream``; ``trouble`` strikes the exchange ``at`` (the first is 1).

    ``latency`` (seconds) is added before every exchange, ``seconds`` is how long a delay or a silence is.
    """

    def __init__(self, upstream: str, *, latency: float = 0.0) -> None:
        name, _, port = upstream.rpartition(":")
        self.upstream = (name, int(port))
        self.latency = latency
        self.trouble = Trouble.NONE
        self.at = 1
        self.seconds = 1.0
        self.count = 0
        self.methods: list[str] = []
        self._only = b""
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.host = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def strike(self, trouble: Trouble, at: int, *, seconds: float = 1.0, only: bytes = b"") -> None:
        """From now on count anew, and play *trouble* at exchange *at*; of those with *only* in their head."""
        with self._lock:
            self.trouble, self.at, self.seconds, self._only = trouble, at, seconds, only
            self.count = 0
            self.methods.clear()

    def close(self) -> None:
        """Stop, and break every connection."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._lock:
            connections = tuple(self._open)
        for connection in connections:
            _reset(connection)
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            self._open.add(client)
        try:
            with client, socket.create_connection(self.upstream) as server:
                for connection in (client, server):
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with client.makefile("rb") as asked, server.makefile("rb") as answered:
                    while self._exchange(client, server, asked, answered):
                        pass
        except (OSError, ValueError):
            return
        finally:
            with self._lock:
                self._open.discard(client)

    def _exchange(
        self, client: socket.socket, server: socket.socket, asked: BinaryIO, answered: BinaryIO
    ) -> bool:
        """One exchange; False when there will be no other on this connection."""
        request = _message(asked)
        if request is None:
            return False
        with self._lock:
            counts = self._only in request.head
            self.count += counts
            self.methods.append(request.method)
            trouble = self.trouble if counts and self.count == self.at else Trouble.NONE
        time.sleep(self.latency)
        if trouble is Trouble.RESET_BEFORE:
            return _reset(client)
        if trouble is Trouble.STALL:
            time.sleep(self.seconds)
            return False
        if trouble is Trouble.CUT_REQUEST:
            server.sendall(request.head + request.body[: len(request.body) // 2])
            _reset(server)
            return _reset(client)
        server.sendall(request.head + request.body)
        answer = _message(answered, bodiless=request.method == "HEAD")
        if answer is None:
            return False
        if trouble is Trouble.RESET_AFTER:
            return _reset(client)
        if trouble is Trouble.SILENCE:
            time.sleep(self.seconds)
            return False
        if trouble is Trouble.CUT_ANSWER:
            # Of an answer without a body the status is cut: a head that ends early still counts as one.
            half = answer.body[: len(answer.body) // 2]
            client.sendall(answer.head + half if answer.body else answer.head[:10])
            return False
        if trouble is Trouble.DELAY:
            time.sleep(self.seconds)
        if trouble is Trouble.TRICKLE:
            for at in range(len(answer.head)):
                client.sendall(answer.head[at : at + 1])
                time.sleep(self.seconds / len(answer.head))
            client.sendall(answer.body)
        else:
            client.sendall(answer.head + answer.body)
        return b"connection: close" not in (request.head + answer.head).lower()


@contextmanager
def proxied(upstream: str, *, latency: float = 0.0) -> Iterator[Proxy]:
    """A proxy in front of *upstream* (``host:port``) for the time of the block."""
    proxy = Proxy(upstream, latency=latency)
    try:
        yield proxy
    finally:
        proxy.close()


def _reset(connection: socket.socket) -> bool:
    """Hang up so that the other side sees a reset and not an end; gives False."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Wakes the thread that reads from it; until that is done the socket stays open.
        connection.shutdown(socket.SHUT_RD)
    connection.close()
    return False


def _message(stream: BinaryIO, *, bodiless: bool = False) -> Message | None:
    """The next message of *stream*; None at its end."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline(PIECE)
        if not line:
            return None
        head += line
    fields = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
    }
    words = head.split(b" ", 2)
    is_answer = head.startswith(b"HTTP/")
    if bodiless or (is_answer and words[1][:3] in (b"204", b"304")):
        return Message(head, b"")
    if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
        return Message(head, _chunked(stream))
    if b"content-length" in fields:
        return Message(head, _exactly(stream, int(fields[b"content-length"])))
    return Message(head, stream.read() if is_answer else b"")


def _exactly(stream: BinaryIO, size: int) -> bytes:
    body = stream.read(size)
    if len(body) < size:
        raise ConnectionError("the message broke off")
    return body


def _chunked(stream: BinaryIO) -> bytes:
    """A chunked body as it was sent, with its sizes and its end."""
    body = b""
    while True:
        line = stream.readline(PIECE)
        body += line
        size = int(line.split(b";")[0], 16)
        body += _exactly(stream, size + 2) if size else b""
        if not size:
            while (line := stream.readline(PIECE)).strip():
                body += line
            return body + line
