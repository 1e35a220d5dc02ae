"""``python3 -m app serve``, ``self-check`` or, while the image is built, ``render``."""

from __future__ import annotations

import json
import os
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from app import pages

PAGES = Path(__file__).with_name("pages.xz")


def serve(port: int) -> ThreadingHTTPServer:
    """A server on *port* (0: any free one) with the pages of the image."""
    known = pages.read(PAGES)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/healthz":
                self.answer(json.dumps({"ok": True, "pages": len(known)}).encode(), "application/json")
            elif self.path.startswith("/similar/"):
                self.answer(*neighbours(self.path))
            elif page := known.get("/EUR/" if self.path == "/" else self.path):
                self.answer(page, "text/html; charset=utf-8", encoding="gzip")
            else:
                self.answer(b"no such page\n", "text/plain", status=404)

        def answer(self, body: bytes, kind: str, status: int = 200, encoding: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if encoding:
                self.send_header("Content-Encoding", encoding)
            self.end_headers()
            self.wfile.write(body)

    return ThreadingHTTPServer((os.environ.get("HOST", "0.0.0.0"), port), Handler)


def neighbours(path: str) -> tuple[bytes, str, int]:
    """What the embeddings service thinks is close to a product."""
    service = os.environ.get("EMBEDDINGS_URL")
    if not service:
        return b"EMBEDDINGS_URL is not set\n", "text/plain", 503
    try:
        with urllib.request.urlopen(service + path, timeout=5) as answer:
            return answer.read(), "application/json", 200
    except OSError as error:
        return f"embeddings: {error}\n".encode(), "text/plain", 502


def self_check() -> int:
    """Serve on a loopback port and read our own pages back."""
    os.environ["HOST"] = "127.0.0.1"
    server = serve(0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    with urllib.request.urlopen(base + "/healthz", timeout=5) as answer:
        health = json.load(answer)
    with urllib.request.urlopen(base + "/USD/oak-table", timeout=5) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
    print(f"app: {health['pages']} pages")
    return 0


def main(words: list[str]) -> int:
    """One command."""
    if words == ["render"]:
        PAGES.write_bytes(pages.bundle(pages.render()))
        return 0
    if words == ["self-check"]:
        return self_check()
    if words == ["serve"]:
        serve(int(os.environ.get("PORT", "8080"))).serve_forever()
    print("usage: app serve | self-check | render", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
