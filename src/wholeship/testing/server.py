"""The embedded registry on the loopback: a real HTTP/1.1 server that any client can push to."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from wholeship.core.http import Headers, Request, Response
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.registry.embedded import MANIFEST_LIMIT
from wholeship.testing.registry.shelf import BlobResponse
from wholeship.testing.storage import FolderBlobs

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
        """Stop serving, and break every connection: as if the process had been killed."""
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Break every connection."""
        for connection in tuple(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is nothing to print."""


@contextmanager
def serve(
    registry: EmbeddedRegistry | None = None, *, latency: float = 0.0, port: int = 0
) -> Iterator[RegistryServer]:
    """A server for the time of the block, on a free port of the loopback unless one is given.

    *latency* (seconds) is added before each answer, as a far registry would.
    """
    server = RegistryServer(registry or EmbeddedRegistry(), latency=latency, port=port).start()
    try:
        yield server
    finally:
        server.stop()


def _handler_for(server: RegistryServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # What cannot be read (a TLS greeting) is answered in HTTP too: by that, docker's daemon knows that
        # there is no TLS here, and tries again without.
        default_request_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def answer(self) -> None:
            """One request."""
            if "/blobs/uploads/" in self.path and self.command in ("POST", "PATCH", "PUT"):
                self._upload()
                return
            # Of a manifest that is too long, so much is read as to know it.
            body = bytearray()
            for piece in self._pieces():
                body += piece[: MANIFEST_LIMIT + 1 - len(body)]
            self._pause()
            self._send(server.registry.answer(self._request(bytes(body))))

        do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = answer

        def _upload(self) -> None:
            spool = server.registry.blobs.spool()
            try:
                for piece in self._pieces():
                    spool.write(piece)
                spool.close()
                self._pause()
                self._send(server.registry.answer(self._request(b""), spool))
            finally:
                spool.discard()

        def _request(self, body: bytes) -> Request:
            # Addresses in answers (a token service's) must be the ones the client came by.
            url = f"http://{self.headers.get('Host') or server.host}{self.path}"
            return Request(self.command, url, Headers(tuple(self.headers.items())), body)

        def _pause(self) -> None:
            if server.latency:
                time.sleep(server.latency)

        def _pieces(self) -> Iterator[bytes]:
            """The body, as it comes; ConnectionError when it is cut, so that nothing is applied."""
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                yield from self._exactly(int(self.headers.get("Content-Length") or 0))
                return
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield from self._exactly(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass

        def _exactly(self, size: int) -> Iterator[bytes]:
            while size:
                piece = self.rfile.read(min(size, CHUNK))
                if not piece:
                    self.close_connection = True
                    raise ConnectionError("the request broke off")
                size -= len(piece)
                yield piece

        def _send(self, response: Response) -> None:
            self.send_response(response.status)
            names = {name.lower() for name, _ in response.headers.items_raw()}
            for name, value in response.headers.items_raw():
                self.send_header(name, value)
            if "content-length" not in names and response.status != 204:
                self.send_header("Content-Length", str(len(response.body)))
            self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
            self.end_headers()
            if isinstance(response, BlobResponse):
                self._send_blob(response)
            elif self.command != "HEAD":
                self.wfile.write(response.body)
            self.wfile.flush()

        def _send_blob(self, response: BlobResponse) -> None:
            left = response.length
            with server.registry.blobs.open(response.digest) as blob:
                blob.seek(response.first)
                while left and (piece := blob.read(min(left, CHUNK))):
                    self.wfile.write(piece)
                    left -= len(piece)

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    return Handler


@contextmanager
def rehearsal_registry() -> Iterator[str]:
    """The host of the registry, for the time of the block."""
    with (
        tempfile.TemporaryDirectory(prefix="wholeship-rehearsal-") as folder,
        serve(EmbeddedRegistry(blobs=FolderBlobs(Path(folder)))) as server,
    ):
        yield server.host
