"""An observer in a process of its own, that asks a real registry again and again and knows nothing else.

    python -m tests.testing.drill.poller HOST TAG WATCHED=DIGEST SIBLING=DIGEST...

It reads the watched repository first. Once the tag shows there, listed or resolved, every sibling that is
read after must be whole. One line for each look at which that was not so, and at the end, when standard
input is closed, how many looks there were.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import sys
import threading
from collections.abc import Mapping

_ACCEPT = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"


def main(argv: list[str]) -> int:
    """Poll until standard input ends; 1 when half was seen."""
    host, tag, *pairs = argv
    wanted = dict(pair.split("=", 1) for pair in pairs)
    watched = next(iter(wanted))
    ended = threading.Event()
    threading.Thread(target=_until_closed, args=(ended,), daemon=True).start()
    looks = seen = halves = 0
    connection = http.client.HTTPConnection(host, timeout=10)
    print("ready", flush=True)
    while not ended.is_set():
        looks += 1
        if _visible(connection, watched, tag):
            seen += 1
            wrong = _wrong(connection, wanted, tag)
            if wrong:
                halves += 1
                print(f"half: {wrong}", flush=True)
    print(f"looked {looks} times, saw it {seen} times, half {halves} times", flush=True)
    return 1 if halves else 0


def _until_closed(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


def _visible(connection: http.client.HTTPConnection, repository: str, tag: str) -> bool:
    status, body = _get(connection, f"/v2/{repository}/tags/list")
    if status == 200 and tag in (json.loads(body).get("tags") or ()):
        return True
    return _get(connection, f"/v2/{repository}/manifests/{tag}")[0] == 200


def _wrong(connection: http.client.HTTPConnection, wanted: Mapping[str, str], tag: str) -> str:
    for repository, digest in wanted.items():
        status, body = _get(connection, f"/v2/{repository}/manifests/{tag}")
        found = "sha256:" + hashlib.sha256(body).hexdigest()
        # distribution writes its links in place: while the same manifest is bound to another tag (an alias),
        # a reader may get a 500. That is no answer. Of the watched image it lists a tag before it resolves.
        if status >= 500 or (status == 404 and repository == next(iter(wanted))):
            continue
        if status != 200 or found != digest:
            return f"{repository}:{tag} is {status} {found[:19]}"
    return ""


def _get(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
    connection.request("GET", path, headers={"Accept": _ACCEPT})
    response = connection.getresponse()
    return response.status, response.read()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
