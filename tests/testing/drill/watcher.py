"""An observer in a process of its own, of all releases of one product at once. It knows their contents only.

    python -m tests.testing.drill.watcher HOST PATH  <<< '{"sha256:…": "A", …}'

The first line of standard input says which content each digest belongs to. Then it asks a real registry until
standard input ends: which deploy tags the watched image (``app``) shows, and whether every sibling has the
same tag with the same content. One line for each finding, and at the end how many looks there were:

* ``half TAG: …``: the watched image is visible under the tag, a sibling is not, and it *still* is;
* ``mixed TAG: …``: a sibling under the tag is of another content;
* ``back: …``: the newest deploy tag of the watched image was TAG, and now it is an older one.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ACCEPT = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"
DEPLOY = re.compile(r"(\d{8}-\d{6})-(\d+)")
WATCHED, SIBLINGS = "app", ("embeddings", "worker")


@dataclass(frozen=True)
class Product:
    """Where the images are, and which content each digest belongs to."""

    connection: http.client.HTTPConnection
    path: str
    contents: Mapping[str, str]

    def ask(self, method: str, place: str) -> tuple[int, bytes, str]:
        """Status, body and digest of one answer."""
        self.connection.request(method, f"/v2/{self.path}/{place}", headers={"Accept": ACCEPT})
        response = self.connection.getresponse()
        return response.status, response.read(), response.headers.get("Docker-Content-Digest", "")

    def deploy_tags(self) -> list[str]:
        """The deploy tags of the watched image, oldest first."""
        status, body, _ = self.ask("GET", f"{WATCHED}/tags/list")
        tags = (json.loads(body).get("tags") or ()) if status == 200 else ()
        return sorted(filter(DEPLOY.fullmatch, tags), key=_age)

    def content(self, image: str, tag: str) -> str | None:
        """Which content *image* has under *tag*; empty when it is not there, None when the answer is none."""
        status, _, digest = self.ask("HEAD", f"{image}/manifests/{tag}")
        # Distribution writes its links in place: while one manifest gets another tag a reader may see a 500.
        if status >= 500:
            return None
        return self.contents.get(digest, digest) if status == 200 else ""


def findings(product: Product, tags: list[str]) -> Iterator[str]:
    """What is wrong under *tags* at this look."""
    for tag in tags:
        watched = product.content(WATCHED, tag)
        if not watched:
            continue
        for image in SIBLINGS:
            content = product.content(image, tag)
            if content is None or content == watched:
                continue
            # Two reads are not one instant: it counts only when the watched image can be read afterwards too.
            if product.content(WATCHED, tag) == watched:
                kind = "mixed" if content else "half"
                yield f"{kind} {tag}: {WATCHED} is {watched}, {image} {content or 'missing'}"


def _age(tag: str) -> tuple[str, int]:
    stamp, _, sequence = tag.rpartition("-")
    return stamp, int(sequence)


def _until_closed(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


def main(argv: list[str]) -> int:
    """Look until standard input ends; 1 when something was wrong."""
    host, path = argv
    connection = http.client.HTTPConnection(host, timeout=60)
    product = Product(connection, path, json.loads(sys.stdin.readline()))
    ended = threading.Event()
    threading.Thread(target=_until_closed, args=(ended,), daemon=True).start()
    looks = seen = wrong = 0
    newest = ""
    print("ready", flush=True)
    while not ended.is_set():
        looks += 1
        tags = product.deploy_tags()
        told = list(findings(product, tags))
        if tags and newest and _age(tags[-1]) < _age(newest):
            told.append(f"back: {newest} was newest, now {tags[-1]}")
        newest = tags[-1] if tags else newest
        seen += bool(tags)
        wrong += len(told)
        for line in told:
            print(line, flush=True)
    print(f"looked {looks} times, saw a release {seen} times, {wrong} wrong", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
