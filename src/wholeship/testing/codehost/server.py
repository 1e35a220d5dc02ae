"""The code host on the loopback, for clients that are other processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from wholeship.core.http import Headers, Request
from wholeship.testing.codehost.embedded import EmbeddedCodeHost


@contextmanager
def serve(host: EmbeddedCodeHost) -> Iterator[str]:
    """Serve *host* for the time of the block; the address of its API."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(host))
    server.daemon_threads = True
    host.api = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield host.api
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _handler_for(host: EmbeddedCodeHost) -> type[BaseHTTPRequestHandler]:
    class CodeHostHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def answer(self) -> None:
            """One request."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            url = f"{host.api}{self.path}"
            response = host.answer(Request(self.command, url, Headers(tuple(self.headers.items())), body))
            self.send_response(response.status)
            for name, value in response.headers.items_raw():
                self.send_header(name, value)
            if response.status != 204:
                self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        do_GET = do_POST = do_PATCH = do_DELETE = answer

    return CodeHostHandler
