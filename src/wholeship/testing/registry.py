"""An OCI registry to test against: the protocol without a socket, in memory or on disk.

``handle`` is the whole registry: a request in, an answer out. ``wholeship.testing.server`` serves it
on the loopback, :class:`InProcess` is a transport without a server. It behaves as the reference
implementation (distribution) does where the specification leaves room, and on request as registries
with immutable tags do. It is held to the same contract tests as distribution itself.

Facts: OCI distribution specification 1.1; behaviour of distribution 2.8 and 3, as observed.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qs, quote, urlsplit

from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput
from wholeship.core.http import BodyTooLarge, Headers, Request, Response
from wholeship.core.reference import Repository, Tag
from wholeship.testing.storage import Blobs, MemoryBlobs

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
INDEXES = frozenset(
    {
        OCI_INDEX,
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)
IMAGES = frozenset(
    {
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    }
)
MANIFEST_LIMIT = 4 * 1024 * 1024
_PATH = re.compile(
    r"/v2/(?P<name>.+?)/(?:(?P<uploads>blobs/uploads)/(?P<session>[^/]*)|(?P<tags>tags/list)"
    r"|(?P<kind>manifests|blobs)/(?P<reference>[^/]+)|referrers/(?P<subject>[^/]+))/?"
)
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class Manner(StrEnum):
    """How the registry treats a tag that is already bound."""

    MUTABLE = "mutable"  # the last writer wins, as distribution, GHCR and most others
    ECR = "ecr"  # 400, also for the same digest
    HARBOR = "harbor"  # 412, also for the same digest


@dataclass(slots=True)
class Shelf:
    """One repository: manifests by digest, tags, and which blobs it may serve."""

    manifests: dict[Digest, tuple[str, bytes]] = field(default_factory=dict)
    tags: dict[str, Digest] = field(default_factory=dict)
    blobs: set[Digest] = field(default_factory=set)


Observer = Callable[[Request, Response], None]


class EmbeddedRegistry:
    """A registry whose every step can be watched. Thread-safe: one request at a time is applied."""

    def __init__(
        self,
        *,
        blobs: Blobs | None = None,
        manner: Manner = Manner.MUTABLE,
        can_delete: bool = True,
        users: Mapping[str, str] | None = None,
        page: int = 100,
    ) -> None:
        self.blobs = blobs or MemoryBlobs()
        self.manner = manner
        self.can_delete = can_delete
        self.users = dict(users or {})
        self.page = page
        self.shelves: dict[str, Shelf] = self.blobs.load_shelves()
        self.observers: list[Observer] = []
        self.requests = 0
        self._uploads: dict[str, str] = {}
        self._granted: dict[str, str] = {}
        self._lock = threading.RLock()

    # -- looking from outside, as an observer would -----------------------------------------------

    def tag(self, repository: Repository | str, tag: str) -> Digest | None:
        """What *tag* points to now; None: not bound."""
        with self._lock:
            shelf = self.shelves.get(_path(repository))
            return shelf.tags.get(tag) if shelf else None

    def listed(self, repository: Repository | str) -> tuple[str, ...]:
        """Every tag of a repository, in the order it would be listed."""
        with self._lock:
            shelf = self.shelves.get(_path(repository))
            return tuple(sorted(shelf.tags)) if shelf else ()

    def has(self, repository: Repository | str, digest: Digest) -> bool:
        """Whether a manifest can be had by digest."""
        with self._lock:
            shelf = self.shelves.get(_path(repository))
            return shelf is not None and digest in shelf.manifests

    # -- acting behind everybody's back, as an outsider would --------------------------------------

    def rebind(self, repository: Repository | str, tag: str, digest: Digest | None) -> None:
        """Point *tag* elsewhere, or (None) nowhere, without a request."""
        with self._lock:
            shelf = self.shelves.setdefault(_path(repository), Shelf())
            if digest is None:
                shelf.tags.pop(tag, None)
            else:
                shelf.tags[tag] = digest

    def forget(self, repository: Repository | str, digest: Digest) -> None:
        """Collect a manifest as garbage; tags that point to it stay, as ghosts."""
        with self._lock:
            self.shelves.setdefault(_path(repository), Shelf()).manifests.pop(digest, None)

    # -- the protocol ------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        """The answer to *request*; its effect is complete when this returns."""
        with self._lock:
            self.requests += 1
            response = self._route(request)
            for observer in self.observers:
                observer(request, response)
        if request.method == "HEAD":
            length = response.headers.get("Content-Length", str(len(response.body)))
            kept = tuple(h for h in response.headers.items_raw() if h[0] != "Content-Length")
            return Response(response.status, Headers((*kept, ("Content-Length", length))))
        return response

    def _route(self, request: Request) -> Response:
        parts = urlsplit(request.url)
        if parts.path in ("/v2", "/v2/"):
            return self._denied(request, "") or Response(
                200, Headers({"Content-Type": "application/json"}), b"{}"
            )
        if parts.path == "/token":
            return self._token(request)
        match = _PATH.fullmatch(parts.path)
        if match is None:
            return _plain(404, "404 page not found\n")
        name = match["name"]
        try:
            Repository.parse(f"registry.invalid/{name}")
        except BadInput:
            return _error(404 if request.method == "GET" else 400, "NAME_INVALID", "invalid repository name")
        denied = self._denied(request, name)
        if denied is not None:
            return denied
        query = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if match["tags"]:
            return self._list(request, name, query)
        if match["subject"]:
            return self._referrers(name, match["subject"], query)
        if match["uploads"]:
            return self._upload(request, name, match["session"], query)
        if match["kind"] == "blobs":
            return self._blob(request, name, match["reference"])
        return self._manifest(request, name, match["reference"])

    # -- manifests ---------------------------------------------------------------------------------

    def _manifest(self, request: Request, name: str, reference: str) -> Response:
        if request.method == "PUT":
            return self._put_manifest(request, name, reference)
        shelf = self.shelves.get(name)
        if shelf is None:
            return _error(404, "NAME_UNKNOWN", "repository name not known to registry")
        digest = self._resolve(shelf, reference)
        if request.method == "DELETE":
            return self._delete(shelf, name, reference, digest)
        if request.method not in ("GET", "HEAD"):
            return _error(405, "UNSUPPORTED", "the operation is unsupported")
        if digest is None or digest not in shelf.manifests:
            return _error(404, "MANIFEST_UNKNOWN", "manifest unknown")
        kind, body = shelf.manifests[digest]
        # As distribution: an OCI manifest is not shown to a client that did not ask for one.
        accepted = {a.strip().partition(";")[0] for h in request.headers.all("Accept") for a in h.split(",")}
        if "oci" in kind and kind not in accepted:
            return _error(
                404, "MANIFEST_UNKNOWN", "OCI manifest found, but accept header does not support it"
            )
        headers = {"Content-Type": kind, "Docker-Content-Digest": digest, "Content-Length": str(len(body))}
        return Response(200, Headers(headers), body)

    def _put_manifest(self, request: Request, name: str, reference: str) -> Response:
        body, digest = request.body, Digest.of(request.body)
        if len(body) > MANIFEST_LIMIT:
            return _error(400, "MANIFEST_INVALID", "manifest too large")
        kind = request.headers.get("Content-Type", "").partition(";")[0].strip()
        content = _parsed(body)
        if kind not in INDEXES | IMAGES or content is None or content.get("mediaType", kind) != kind:
            return _error(400, "MANIFEST_INVALID", "manifest invalid")
        if ":" in reference and reference != digest:
            return _error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        if ":" not in reference and not _is_tag(reference):
            return _error(400, "TAG_INVALID", "manifest tag did not match URI")
        shelf = self.shelves.get(name, Shelf())
        missing = self._missing(shelf, kind, content)
        if missing:
            return _error(400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", {"digest": missing})
        if ":" not in reference and reference in shelf.tags:
            refused = self._immutable(reference)
            if refused is not None:
                return refused
        shelf = self.shelves.setdefault(name, shelf)
        shelf.manifests[digest] = (kind, body)
        if ":" not in reference:
            shelf.tags[reference] = digest
        self.blobs.save_shelf(name, shelf)
        headers = {"Location": f"/v2/{name}/manifests/{digest}", "Docker-Content-Digest": digest}
        subject = content.get("subject")
        if isinstance(subject, dict) and isinstance(subject.get("digest"), str):
            headers["OCI-Subject"] = subject["digest"]
        return Response(201, Headers(headers))

    def _immutable(self, tag: str) -> Response | None:
        if self.manner is Manner.ECR:
            return _error(
                400,
                "TAG_INVALID",
                f"The image tag '{tag}' already exists in the repository and cannot be overwritten "
                "because the tag is immutable.",
            )
        if self.manner is Manner.HARBOR:
            return _error(412, "PRECONDITION", f"the tag {tag} is configured as immutable, cannot be updated")
        return None

    @staticmethod
    def _missing(shelf: Shelf, kind: str, content: Mapping[str, object]) -> str:
        if kind in INDEXES:
            children = content.get("manifests")
            found = (
                [c.get("digest") for c in children if isinstance(c, dict)]
                if isinstance(children, list)
                else [""]
            )
            return next((str(d) for d in found if d not in shelf.manifests), "")
        layers, config = content.get("layers"), content.get("config")
        needed = [config, *(layers if isinstance(layers, list) else [None])]
        digests = [n.get("digest") if isinstance(n, dict) else "" for n in needed]
        return next((str(d) or "none" for d in digests if d not in shelf.blobs), "")

    def _delete(self, shelf: Shelf, name: str, reference: str, digest: Digest | None) -> Response:
        if not self.can_delete:
            return _error(405, "UNSUPPORTED", "the operation is unsupported")
        if digest is None or (":" in reference and digest not in shelf.manifests):
            return _error(404, "MANIFEST_UNKNOWN", "manifest unknown")
        if ":" in reference:
            del shelf.manifests[digest]
            for tag in [t for t, d in shelf.tags.items() if d == digest]:
                del shelf.tags[tag]
        else:
            del shelf.tags[reference]
        self.blobs.save_shelf(name, shelf)
        return Response(202)

    @staticmethod
    def _resolve(shelf: Shelf, reference: str) -> Digest | None:
        if ":" in reference:
            try:
                return Digest(reference)
            except BadInput:
                return None
        return shelf.tags.get(reference)

    def _list(self, request: Request, name: str, query: Mapping[str, str]) -> Response:
        shelf = self.shelves.get(name)
        if shelf is None or not shelf.tags:
            # As distribution: a repository that only holds digests is not known to have tags.
            return _error(404, "NAME_UNKNOWN", "repository name not known to registry")
        wanted = query.get("n", str(self.page))
        if not wanted.isdigit():
            return _error(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested")
        after = [tag for tag in sorted(shelf.tags) if tag > query.get("last", "")]
        count = min(int(wanted), self.page)
        shown = after[:count]
        headers = {"Content-Type": "application/json"}
        if 0 < count < len(after):
            path = f"/v2/{name}/tags/list?last={quote(shown[-1])}&n={wanted}"
            headers["Link"] = f'<{path}>; rel="next"'
        return Response(200, Headers(headers), json.dumps({"name": name, "tags": shown}).encode())

    def _referrers(self, name: str, subject: str, query: Mapping[str, str]) -> Response:
        shelf = self.shelves.get(name, Shelf())
        found = []
        for digest, (kind, body) in sorted(shelf.manifests.items()):
            content = _parsed(body) or {}
            target = content.get("subject")
            if not isinstance(target, dict) or target.get("digest") != subject:
                continue
            config = content.get("config")
            artifact = content.get("artifactType") or (
                config.get("mediaType") if isinstance(config, dict) else None
            )
            if query.get("artifactType", artifact) != artifact:
                continue
            entry = {"mediaType": kind, "digest": digest, "size": len(body), "artifactType": artifact}
            if isinstance(content.get("annotations"), dict):
                entry["annotations"] = content["annotations"]
            found.append(entry)
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": found}
        return Response(200, Headers({"Content-Type": OCI_INDEX}), json.dumps(index).encode())

    # -- blobs -------------------------------------------------------------------------------------

    def _blob(self, request: Request, name: str, reference: str) -> Response:
        shelf = self.shelves.get(name)
        try:
            digest = Digest(reference)
        except BadInput:
            return _error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        if shelf is None or digest not in shelf.blobs:
            return _error(404, "BLOB_UNKNOWN", "blob unknown to registry")
        if request.method == "DELETE":
            if not self.can_delete:
                return _error(405, "UNSUPPORTED", "the operation is unsupported")
            shelf.blobs.discard(digest)
            return Response(202)
        size = self.blobs.size(digest)
        headers = {
            "Content-Type": "application/octet-stream",
            "Docker-Content-Digest": digest,
            "Accept-Ranges": "bytes",
        }
        if request.method == "HEAD":
            return Response(200, Headers(headers | {"Content-Length": str(size)}))
        asked = _RANGE.fullmatch(request.headers.get("Range", ""))
        if asked:
            first, last = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
            if first > last:
                return _error(416, "RANGE_INVALID", "invalid content range")
            body = self.blobs.read(digest)[first : last + 1]
            return Response(206, Headers(headers | {"Content-Range": f"bytes {first}-{last}/{size}"}), body)
        return Response(200, Headers(headers), self.blobs.read(digest))

    def _upload(self, request: Request, name: str, session: str, query: Mapping[str, str]) -> Response:
        if request.method == "POST" and not session:
            return self._start_upload(request, name, query)
        if self._uploads.get(session) != name:
            return _error(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        if request.method == "GET":
            return Response(204, Headers(self._session_headers(name, session)))
        if request.method == "DELETE":
            del self._uploads[session]
            self.blobs.drop(session)
            return Response(204)
        if request.method == "PATCH":
            start = re.fullmatch(r"(?:bytes )?(\d+)-\d+(?:/.*)?", request.headers.get("Content-Range", ""))
            if start and int(start[1]) != self.blobs.received(session):
                return Response(416, Headers(self._session_headers(name, session)))
            self.blobs.append(session, request.body)
            return Response(202, Headers(self._session_headers(name, session)))
        if request.method == "PUT":
            self.blobs.append(session, request.body)
            return self._finish_upload(name, session, query.get("digest", ""))
        return _error(405, "UNSUPPORTED", "the operation is unsupported")

    def _start_upload(self, request: Request, name: str, query: Mapping[str, str]) -> Response:
        mount, source = query.get("mount"), query.get("from", "")
        if mount and source in self.shelves and mount in self.shelves[source].blobs:
            digest = Digest(mount)
            self.shelves.setdefault(name, Shelf()).blobs.add(digest)
            self.blobs.save_shelf(name, self.shelves[name])
            return Response(201, Headers(_stored(name, digest)))
        session = secrets.token_hex(16)
        self._uploads[session] = name
        self.blobs.start(session)
        if query.get("digest"):
            self.blobs.append(session, request.body)
            return self._finish_upload(name, session, query["digest"])
        return Response(202, Headers(self._session_headers(name, session)))

    def _finish_upload(self, name: str, session: str, claimed: str) -> Response:
        del self._uploads[session]
        digest = self.blobs.finish(session, claimed)
        if digest is None:
            return _error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        shelf = self.shelves.setdefault(name, Shelf())
        shelf.blobs.add(digest)
        self.blobs.save_shelf(name, shelf)
        return Response(201, Headers(_stored(name, digest)))

    def _session_headers(self, name: str, session: str) -> dict[str, str]:
        return {
            "Location": f"/v2/{name}/blobs/uploads/{session}",
            "Range": f"0-{max(self.blobs.received(session) - 1, 0)}",
            "Docker-Upload-UUID": session,
        }

    # -- who may do what ---------------------------------------------------------------------------

    def _denied(self, request: Request, name: str) -> Response | None:
        """401 with a bearer challenge when users are set and the token is not one of ours."""
        if not self.users:
            return None
        scope = (
            f"repository:{name}:{'pull' if request.method in ('GET', 'HEAD') else 'pull,push'}"
            if name
            else ""
        )
        given = request.headers.get("Authorization", "")
        if given.startswith("Bearer ") and self._grants(given.removeprefix("Bearer "), scope):
            return None
        root = "{0.scheme}://{0.netloc}".format(urlsplit(request.url))
        challenge = f'Bearer realm="{root}/token",service="embedded"' + (f',scope="{scope}"' if scope else "")
        answer = _error(401, "UNAUTHORIZED", "authentication required")
        return Response(
            401, Headers((*answer.headers.items_raw(), ("WWW-Authenticate", challenge))), answer.body
        )

    def _token(self, request: Request) -> Response:
        import base64

        given = request.headers.get("Authorization", "").removeprefix("Basic ")
        try:
            username, _, password = base64.b64decode(given).decode().partition(":")
        except ValueError:
            username = password = ""
        if self.users.get(username) != password or not username:
            return _error(401, "UNAUTHORIZED", "authentication required")
        scopes = parse_qs(urlsplit(request.url).query).get("scope", [""])
        body = json.dumps({"token": self._grant(scopes[0]), "expires_in": 300}).encode()
        return Response(200, Headers({"Content-Type": "application/json"}), body)

    def _grant(self, scope: str) -> str:
        token = secrets.token_hex(8)
        self._granted[token] = scope
        return token

    def _grants(self, token: str, scope: str) -> bool:
        held = self._granted.get(token)
        if held is None:
            return False
        resource, _, actions = scope.rpartition(":")
        held_resource, _, held_actions = held.rpartition(":")
        return not scope or (
            resource == held_resource and set(actions.split(",")) <= set(held_actions.split(","))
        )


class InProcess:
    """A transport that reaches embedded registries without sockets. ``hosts`` maps host to registry."""

    def __init__(self, hosts: Mapping[str, EmbeddedRegistry]) -> None:
        self._hosts = dict(hosts)

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        """See :class:`wholeship.core.http.Transport`."""
        host = urlsplit(request.url).netloc
        response = self._hosts[host].handle(request)
        if len(response.body) > limit:
            raise BodyTooLarge(f"{host}: the answer is longer than {limit} bytes")
        return response


def _path(repository: Repository | str) -> str:
    return repository.path if isinstance(repository, Repository) else repository


def _is_tag(text: str) -> bool:
    try:
        Tag(text)
    except BadInput:
        return False
    return True


def _parsed(body: bytes) -> dict[str, object] | None:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _stored(name: str, digest: Digest) -> dict[str, str]:
    return {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest}


def _error(status: int, code: str, message: str, detail: object = None) -> Response:
    body = json.dumps({"errors": [{"code": code, "message": message, "detail": detail}]}).encode()
    return Response(status, Headers({"Content-Type": "application/json"}), body)


def _plain(status: int, text: str) -> Response:
    return Response(status, Headers({"Content-Type": "text/plain"}), text.encode())
