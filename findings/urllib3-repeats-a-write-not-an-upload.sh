#!/bin/sh
# Tool: PyPI's urllib3 2.8.0 (beneath requests, and so beneath docker's SDK and oras-py).
# Run: `Retry(3)` against a server on the loopback whose first answer is 503, 503 with Retry-After, or a lost connection.
# One would guess: three tries for each of these, or at least the same for 503 with and without the header.
# What happens: a plain 503 is not tried again; with Retry-After it is. POST and PATCH, the steps of a blob's upload,
#   are never tried again. PUT, which publishes a tag, is sent a second time when the answer to the first was lost,
#   also with no Retry given at all.
# Why it matters: a registry that is short of breath breaks the upload, while the one request that makes a release
#   visible may be carried out twice, the second time after someone else's.

set -eu
[ -n "${bounded:-}" ] || bounded=yes exec timeout 1800 "$0" "$@"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
changed=0
# state WHAT STATED SEEN: shows what was seen, and notes it where it is not what this file states.
state() {
    printf '%s: %s\n' "$1" "$3"
    [ "$3" = "$2" ] && return
    printf '    stated was: %s\n' "$2"
    changed=1
}
# tell: the closing line.
tell() {
    [ "$changed" = 0 ] && echo "as stated" && exit 0
    echo "changed"
    exit 1
}
python3 -m venv "$work/venv"
timeout 600 "$work/venv/bin/pip" -q --disable-pip-version-check install urllib3==2.8.0
cat >"$work/tries.py" <<'END'
import http.server, socket, sys, threading
import urllib3

tries = []

class Registry(http.server.BaseHTTPRequestHandler):
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        tries.append(self.path)
        status = 201
        if len(tries) == 1 and self.path == "/lost":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if len(tries) == 1:
            status = 503
        self.send_response(status)
        if status == 503 and self.path == "/later":
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_POST = do_PATCH = answer

    def log_message(self, *_):
        pass

server = http.server.HTTPServer(("127.0.0.1", 0), Registry)
threading.Thread(target=server.serve_forever, daemon=True).start()
options = {} if sys.argv[3:] else {"retries": urllib3.Retry(3)}
pool = urllib3.PoolManager(timeout=10, **options)
try:
    status = pool.request(sys.argv[1], f"http://127.0.0.1:{server.server_port}{sys.argv[2]}", body=b"x").status
except urllib3.exceptions.HTTPError:
    status = "error"
print(len(tries), status)
END
tries() { "$work/venv/bin/python" "$work/tries.py" "$@"; }
state "PUT, 503" "1 503" "$(tries PUT /busy)"
state "PUT, 503 with Retry-After" "2 201" "$(tries PUT /later)"
state "PUT, answer lost" "2 201" "$(tries PUT /lost)"
state "PUT, answer lost, no Retry given" "2 201" "$(tries PUT /lost default)"
for method in POST PATCH; do
    state "$method, 503 with Retry-After" "1 503" "$(tries $method /later)"
    state "$method, answer lost" "1 error" "$(tries $method /lost)"
done
tell
