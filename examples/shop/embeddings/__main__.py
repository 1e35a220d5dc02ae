"""``python3 -m embeddings serve``, ``self-check`` or, while the image is built, ``train``."""

from __future__ import annotations

import json
import os
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from core.catalogue import load

from embeddings import near, train


def serve(port: int) -> ThreadingHTTPServer:
    """A server on *port* (0: any free one)."""
    products, vectors = load(), train.read()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.removeprefix("/similar/")
            if self.path == "/healthz":
                self.answer({"ok": True, "words": len(vectors)})
            elif name in products:
                self.answer(near.similar(name, products, vectors))
            else:
                self.answer({"error": "not found"}, 404)

        def do_POST(self) -> None:
            size = min(int(self.headers.get("Content-Length", "0")), 65536)
            self.answer(near.embed(self.rfile.read(size).decode(errors="replace"), vectors))

        def answer(self, value: object, status: int = 200) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return ThreadingHTTPServer((os.environ.get("HOST", "0.0.0.0"), port), Handler)


def self_check() -> int:
    """Serve on a loopback port and ask it something it must know."""
    os.environ["HOST"] = "127.0.0.1"
    server = serve(0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    with urllib.request.urlopen(base + "/similar/tea-pot", timeout=5) as answer:
        found = json.load(answer)
    assert "tea-cup" in found, found
    print(f"embeddings: close to tea-pot: {', '.join(found)}")
    return 0


def main(words: list[str]) -> int:
    """One command."""
    if words == ["train"]:
        train.train()
        return 0
    if words == ["self-check"]:
        return self_check()
    if words == ["serve"]:
        serve(int(os.environ.get("PORT", "8081"))).serve_forever()
    print("usage: embeddings serve | self-check | train", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
