#!/bin/sh
# Tools: PyPI's requests 2.34.2, beside urllib3 2.8.0 and httpx 0.28.1.
# Run: GET with a header "Authorization: Bearer TOKEN" where a .netrc has a login for the host; a server on the loopback
#   says which header came.
# One would guess: what the program sets wins over a file in the home folder.
# What happens: requests throws the token away and sends the login of the file, also when the header is the session's.
#   urllib3 and httpx send the token.
# Why it matters: registries hand out a token for each repository. On a machine with a .netrc for git or for packages on the
#   same host, a client that is built on requests is "denied" with a token that is good.

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
timeout 600 "$work/venv/bin/pip" -q --disable-pip-version-check install requests==2.34.2 urllib3==2.8.0 httpx==0.28.1
cat >"$work/header.py" <<'END'
import http.server, sys, threading

seen = []

class Registry(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        seen.append(self.headers.get("Authorization", "none"))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass

server = http.server.HTTPServer(("127.0.0.1", 0), Registry)
threading.Thread(target=server.serve_forever, daemon=True).start()
at, headers = f"http://127.0.0.1:{server.server_port}/v2/", {"Authorization": "Bearer token"}
if sys.argv[1] == "requests":
    import requests
    requests.get(at, headers=headers, timeout=10)
elif sys.argv[1] == "session":
    import requests
    session = requests.Session()
    session.headers.update(headers)
    session.get(at, timeout=10)
elif sys.argv[1] == "urllib3":
    import urllib3
    urllib3.request("GET", at, headers=headers, timeout=10)
else:
    import httpx
    httpx.get(at, headers=headers, timeout=10)
print(seen[-1].split()[0])
END
printf 'machine 127.0.0.1 login someone password secret\n' >"$work/netrc"
chmod 600 "$work/netrc"
sent() { NETRC=$1 "$work/venv/bin/python" "$work/header.py" "$2"; }
state "requests, no .netrc" Bearer "$(sent "$work/missing" requests)"
state "requests, .netrc" Basic "$(sent "$work/netrc" requests)"
state "requests' session, .netrc" Basic "$(sent "$work/netrc" session)"
state "urllib3, .netrc" Bearer "$(sent "$work/netrc" urllib3)"
state "httpx, .netrc" Bearer "$(sent "$work/netrc" httpx)"
tell
