"""The embedded registry on the loopback: a real HTTP/1.1 server that any client can push to."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from wholeship.core.http import Headers, Request, Response
from wholeship.testing.registry import EmbeddedRegistry

CHUNK = 1024 * 1024


class RegistryServer:
    """A running server; ``host`` is what goes before the first slash of a reference."""

    def __init__(self, registry: EmbeddedRegistry, *, latency: float = 0.0, port: int = 0) -> None:
        self.registry = registry
        self.latency = latency
        self._server = _Server(("127.0.0.1", port), _handler_for(self))
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> RegistryServer:
        """Serve from a thread of its own."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and close every connection."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is nothing to print."""


@contextmanager
def serve(registry: EmbeddedRegistry | None = None, *, latency: float = 0.0) -> Iterator[RegistryServer]:
    """A server for the time of the block, on a free port of the loopback.

    *latency* (seconds) is added before each answer, as a far registry would.
    """
    server = RegistryServer(registry or EmbeddedRegistry(), latency=latency).start()
    try:
        yield server
    finally:
        server.stop()


def _handler_for(server: RegistryServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def answer(self) -> None:
            """One request."""
            body = self._body()
            if server.latency:
                time.sleep(server.latency)
            headers = Headers(tuple(self.headers.items()))
            url = f"http://{server.host}{self.path}"
            self._send(server.registry.handle(Request(self.command, url, headers, body)))

        do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = answer

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self._exactly(int(self.headers.get("Content-Length") or 0))
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self._exactly(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(parts)

        def _exactly(self, size: int) -> bytes:
            content = self.rfile.read(size) if size else b""
            if len(content) < size:
                # The body was cut: nothing may be applied.
                self.close_connection = True
                raise ConnectionError("the request broke off")
            return content

        def _send(self, response: Response) -> None:
            self.send_response(response.status)
            names = {name.lower() for name, _ in response.headers.items_raw()}
            for name, value in response.headers.items_raw():
                self.send_header(name, value)
            if "content-length" not in names and response.status != 204:
                self.send_header("Content-Length", str(len(response.body)))
            self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.body)
            self.wfile.flush()

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    return Handler
