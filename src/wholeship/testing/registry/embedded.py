"""The registry itself: repositories, manifests, tags, blobs, uploads, referrers."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, quote, urlsplit

from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput
from wholeship.core.http import BodyTooLarge, Headers, Request, Response, TransportError
from wholeship.core.media_types import OCI_INDEX, OCI_MANIFEST
from wholeship.core.patterns import lazy_pattern
from wholeship.core.reference import Repository
from wholeship.core.values import dataclass
from wholeship.testing.registry.login import Login
from wholeship.testing.registry.manners import Lag, Manner
from wholeship.testing.registry.shelf import (
    BlobResponse,
    Shelf,
    is_tag,
    listing,
    parsed,
    plain_answer,
    refused_answer,
)
from wholeship.testing.storage import Blobs, MemoryBlobs, Spool

INDEXES = frozenset({OCI_INDEX, "application/vnd.docker.distribution.manifest.list.v2+json"})
IMAGES = frozenset(
    {
        OCI_MANIFEST,
        "application/vnd.docker.distribution.manifest.v2+json",
    }
)
MANIFEST_LIMIT = 4 * 1024 * 1024
_PATH = lazy_pattern(
    r"/v2/(?P<name>.+?)/(?:(?P<uploads>blobs/uploads)/(?P<session>[^/]*)|(?P<tags>tags/list)"
    r"|(?P<kind>manifests|blobs)/(?P<reference>[^/]+)|referrers/(?P<subject>[^/]+))/?"
)
_RANGE = lazy_pattern(r"bytes=(\d+)-(\d*)")

Observer = Callable[[Request, Response], None]
"""Called after every request, its effect complete and no other request under way."""


@dataclass(slots=True)
class _Written:
    """What readers that are late see of a tag: what was there before, and how often they have looked."""

    before: Digest | None
    resolved: int = 0
    listed: int = 0


class EmbeddedRegistry:
    """A registry whose every step can be watched. Thread-safe: one request at a time is applied.

    ``users`` makes it ask for a login (more in ``login``); ``read_only`` names repositories that refuse
    writes with 403, ``unmade`` those that have to be made first; ``lag`` makes readers see tags late;
    ``page`` is the most tags of one listing page.
    """

    def __init__(
        self,
        *,
        blobs: Blobs | None = None,
        manner: Manner = Manner.MUTABLE,
        can_delete: bool = True,
        has_referrers: bool = True,
        users: Mapping[str, str] | None = None,
        login: Login | None = None,
        lag: Lag | None = None,
        page: int = 100,
    ) -> None:
        self.blobs = blobs or MemoryBlobs()
        self.manner = manner
        self.can_delete = can_delete
        self.has_referrers = has_referrers
        self.login = login or (Login(users) if users else None)
        self.lag = lag
        self.page = page
        self.read_only: set[str] = set()
        self.unmade: set[str] = set()
        self.shelves: dict[str, Shelf] = self.blobs.load_shelves()
        self.observers: list[Observer] = []
        self.requests = 0
        self._uploads: dict[str, str] = {}
        self._written: dict[tuple[str, str], _Written] = {}
        self._unlisted: set[tuple[str, str]] = set()
        self._lock = threading.RLock()

    # -- looking from outside, as an observer would -----------------------------------------------

    def tag(self, repository: Repository | str, tag: str) -> Digest | None:
        """What *tag* points to now, whoever is late to see it; None: not bound."""
        with self._lock:
            shelf = self.shelves.get(_repository_path(repository))
            return shelf.tags.get(tag) if shelf else None

    def resolves(self, repository: Repository | str, tag: str) -> bool:
        """Whether *tag* is bound to a manifest that is there; a ghost is listed and does not resolve."""
        with self._lock:
            shelf = self.shelves.get(_repository_path(repository))
            return shelf is not None and shelf.tags.get(tag) in shelf.manifests

    def can_be_seen(self, repository: Repository | str, tag: str) -> bool:
        """Whether the next reader may find *tag*, resolved or listed, be it that readers are late."""
        path = _repository_path(repository)
        with self._lock:
            if self.tag(repository, tag) is not None:
                return True
            written = self._written.get((path, tag))
            if written is None or self.lag is None or written.before is None:
                return False
            return self.lag(written.resolved) or self.lag(written.listed)

    def listed(self, repository: Repository | str) -> tuple[str, ...]:
        """Every tag of a repository, in the order it would be listed."""
        path = _repository_path(repository)
        with self._lock:
            shelf = self.shelves.get(path)
            return tuple(t for t in sorted(shelf.tags) if (path, t) not in self._unlisted) if shelf else ()

    def has(self, repository: Repository | str, digest: Digest) -> bool:
        """Whether a manifest can be had by digest."""
        with self._lock:
            shelf = self.shelves.get(_repository_path(repository))
            return shelf is not None and digest in shelf.manifests

    # -- acting behind everybody's back, as an outsider would --------------------------------------

    def rebind(self, repository: Repository | str, tag: str, digest: Digest | None) -> None:
        """Point *tag* elsewhere, or (None) nowhere, without a request."""
        with self._lock:
            shelf = self.shelves.setdefault(_repository_path(repository), Shelf())
            if digest is None:
                shelf.tags.pop(tag, None)
            else:
                shelf.tags[tag] = digest
            self.blobs.save_shelf(_repository_path(repository), shelf)

    def forget(self, repository: Repository | str, digest: Digest) -> None:
        """Collect a manifest as garbage; tags that point to it stay, as ghosts."""
        with self._lock:
            shelf = self.shelves.setdefault(_repository_path(repository), Shelf())
            shelf.manifests.pop(digest, None)
            self.blobs.save_shelf(_repository_path(repository), shelf)

    def lose(self, repository: Repository | str, digest: Digest) -> None:
        """Lose a blob of one repository, as a lost disk does; manifests that need it stay."""
        with self._lock:
            shelf = self.shelves.setdefault(_repository_path(repository), Shelf())
            shelf.blobs.discard(digest)
            self.blobs.save_shelf(_repository_path(repository), shelf)

    def unlist(self, repository: Repository | str, tag: str, *, listed: bool = False) -> None:
        """Leave *tag* out of listings (or take it in again), while it still resolves."""
        with self._lock:
            (self._unlisted.discard if listed else self._unlisted.add)((_repository_path(repository), tag))

    # -- the protocol ------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        """The answer to *request*; its effect is complete when this returns."""
        response = self.answer(request)
        if not isinstance(response, BlobResponse):
            return response
        with self.blobs.open(response.digest) as blob:
            blob.seek(response.first)
            return Response(response.status, response.headers, blob.read(response.length))

    def answer(self, request: Request, spool: Spool | None = None) -> Response:
        """As :meth:`handle`, for bodies too long to hold: *spool* stands for the body of an upload, and a
        :class:`~wholeship.testing.registry.shelf.BlobResponse` for a blob that the caller reads."""
        with self._lock:
            self.requests += 1
            response = self._route(request, spool)
            for observer in self.observers:
                observer(request, response)
        if request.method != "HEAD":
            return response
        length = response.headers.get("Content-Length", str(len(response.body)))
        kept = tuple(h for h in response.headers.items_raw() if h[0] != "Content-Length")
        return Response(response.status, Headers((*kept, ("Content-Length", length))))

    def _route(self, request: Request, spool: Spool | None) -> Response:
        parts = urlsplit(request.url)
        if parts.path == "/token" and self.login is not None:
            return self.login.token(request)
        if parts.path in ("/v2", "/v2/"):
            return self._refused(request, "") or listing({})
        match = _PATH.fullmatch(parts.path)
        if match is None:
            return plain_answer(404, "404 page not found\n")
        name = match["name"]
        try:
            Repository.parse(f"registry.invalid/{name}")
        except BadInput:
            return refused_answer(
                404 if request.method == "GET" else 400, "NAME_INVALID", "invalid repository name"
            )
        refused = self._refused(request, name)
        if refused is not None:
            return refused
        query = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if match["tags"]:
            return self._list(name, query)
        if match["subject"]:
            return self._referrers(name, match["subject"], query)
        if match["uploads"]:
            return self._upload(request, spool or request.body, name, match["session"], query)
        if match["kind"] == "blobs":
            return self._blob(request, name, match["reference"])
        return self._manifest(request, name, match["reference"])

    def _refused(self, request: Request, name: str) -> Response | None:
        if self.login is not None:
            refused = self.login.refuses(request, name)
            if refused is not None:
                return refused
        if name in self.read_only and request.method not in ("GET", "HEAD"):
            return refused_answer(403, "DENIED", "requested access to the resource is denied")
        if name in self.unmade and request.method not in ("GET", "HEAD"):
            return refused_answer(404, "NAME_UNKNOWN", f"the repository {name} does not exist")
        return None

    # -- manifests ---------------------------------------------------------------------------------

    def _manifest(self, request: Request, name: str, reference: str) -> Response:
        if request.method == "PUT":
            return self._put_manifest(request, name, reference)
        shelf = self.shelves.get(name)
        if shelf is None:
            return refused_answer(404, "NAME_UNKNOWN", "repository name not known to registry")
        if request.method == "DELETE":
            return self._delete(shelf, name, reference)
        if request.method not in ("GET", "HEAD"):
            return refused_answer(405, "UNSUPPORTED", "the operation is unsupported")
        digest = shelf.resolve(reference) if ":" in reference else self._seen(shelf, name, reference)
        if digest is None or digest not in shelf.manifests:
            return refused_answer(404, "MANIFEST_UNKNOWN", "manifest unknown")
        kind, body = shelf.manifests[digest]
        # As distribution: an OCI manifest is not shown to a client that did not ask for one.
        accepted = {a.strip().partition(";")[0] for h in request.headers.all("Accept") for a in h.split(",")}
        if "oci" in kind and kind not in accepted:
            message = "OCI manifest found, but accept header does not support it"
            return refused_answer(404, "MANIFEST_UNKNOWN", message)
        headers = {"Content-Type": kind, "Docker-Content-Digest": digest, "Content-Length": str(len(body))}
        return Response(200, Headers(headers), body)

    def _put_manifest(self, request: Request, name: str, reference: str) -> Response:
        body, digest = request.body, Digest.of(request.body)
        if len(body) > MANIFEST_LIMIT:
            return refused_answer(400, "MANIFEST_INVALID", "manifest too large")
        kind = request.headers.get("Content-Type", "").partition(";")[0].strip()
        content = parsed(body)
        if kind not in INDEXES | IMAGES or content is None or content.get("mediaType", kind) != kind:
            return refused_answer(400, "MANIFEST_INVALID", "manifest invalid")
        by_tag = ":" not in reference
        if not by_tag and reference != digest:
            return refused_answer(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        if by_tag and not is_tag(reference):
            return refused_answer(400, "TAG_INVALID", "manifest tag did not match URI")
        shelf = self.shelves.get(name, Shelf())
        missing = _missing_part(shelf, kind, content)
        if missing:
            return refused_answer(
                400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", {"digest": missing}
            )
        refused = self.manner.refuses(reference) if by_tag and reference in shelf.tags else None
        if refused is not None:
            return refused
        self.shelves[name] = shelf
        shelf.manifests[digest] = (kind, body)
        if by_tag:
            if self.lag is not None:
                self._written[(name, reference)] = _Written(shelf.tags.get(reference))
            shelf.tags[reference] = digest
        self.blobs.save_shelf(name, shelf)
        headers = {"Location": f"/v2/{name}/manifests/{digest}", "Docker-Content-Digest": digest}
        subject = content.get("subject")
        if self.has_referrers and isinstance(subject, dict) and isinstance(subject.get("digest"), str):
            headers["OCI-Subject"] = subject["digest"]
        return Response(201, Headers(headers))

    def _delete(self, shelf: Shelf, name: str, reference: str) -> Response:
        if not self.can_delete:
            return refused_answer(405, "UNSUPPORTED", "the operation is unsupported")
        digest = shelf.resolve(reference)
        if digest is None or (":" in reference and digest not in shelf.manifests):
            return refused_answer(404, "MANIFEST_UNKNOWN", "manifest unknown")
        if ":" in reference:
            del shelf.manifests[digest]
            for tag in [t for t, d in shelf.tags.items() if d == digest]:
                del shelf.tags[tag]
        else:
            if self.lag is not None:
                self._written[(name, reference)] = _Written(digest)
            del shelf.tags[reference]
        self.blobs.save_shelf(name, shelf)
        return Response(202)

    # -- tags --------------------------------------------------------------------------------------

    def _seen(self, shelf: Shelf, name: str, tag: str) -> Digest | None:
        """What a reader finds under *tag*, which may be what was there before."""
        written = self._written.get((name, tag))
        if written is None or self.lag is None:
            return shelf.tags.get(tag)
        written.resolved += 1
        return written.before if self.lag(written.resolved - 1) else shelf.tags.get(tag)

    def _shown(self, name: str, tag: str) -> bool:
        """Whether a reader of the listing finds *tag*."""
        written = self._written.get((name, tag))
        if (name, tag) in self._unlisted:
            return False
        if written is None or self.lag is None:
            return True
        written.listed += 1
        late = self.lag(written.listed - 1)
        there = tag in self.shelves[name].tags
        # One that was there before is listed before and after; when deleted, late readers see it.
        return late if not there else written.before is not None or not late

    def _list(self, name: str, query: Mapping[str, str]) -> Response:
        shelf = self.shelves.get(name)
        deleted = {t for (n, t), w in self._written.items() if n == name and w.before is not None}
        known = sorted({*shelf.tags, *(deleted if self.lag is not None else ())}) if shelf else []
        shown = [tag for tag in known if self._shown(name, tag)]
        if not shown:
            # As distribution: a repository that only holds digests is not known to have tags.
            return refused_answer(404, "NAME_UNKNOWN", "repository name not known to registry")
        wanted = query.get("n", str(self.page))
        if not wanted.isdigit():
            return refused_answer(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested")
        after = [tag for tag in shown if tag > query.get("last", "")]
        count = min(int(wanted), self.page)
        body = {"name": name, "tags": after[:count]}
        if not 0 < count < len(after):
            return listing(body)
        following = f"/v2/{name}/tags/list?last={quote(after[count - 1])}&n={wanted}"
        return listing(body, Link=f'<{following}>; rel="next"')

    def _referrers(self, name: str, subject: str, query: Mapping[str, str]) -> Response:
        if not self.has_referrers:
            return plain_answer(404, "404 page not found\n")
        shelf = self.shelves.get(name, Shelf())
        entries = [_referrer(d, kind, body, subject) for d, (kind, body) in sorted(shelf.manifests.items())]
        found = [entry for entry in entries if entry is not None]
        headers = {"Content-Type": OCI_INDEX}
        if "artifactType" in query:
            found = [entry for entry in found if entry["artifactType"] == query["artifactType"]]
            headers["OCI-Filters-Applied"] = "artifactType"
        index = listing({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": found})
        return Response(200, Headers(headers), index.body)

    # -- blobs -------------------------------------------------------------------------------------

    def _blob(self, request: Request, name: str, reference: str) -> Response:
        shelf = self.shelves.get(name)
        try:
            digest = Digest(reference)
        except BadInput:
            return refused_answer(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        if shelf is None or digest not in shelf.blobs:
            return refused_answer(404, "BLOB_UNKNOWN", "blob unknown to registry")
        if request.method == "DELETE":
            if not self.can_delete:
                return refused_answer(405, "UNSUPPORTED", "the operation is unsupported")
            shelf.blobs.discard(digest)
            self.blobs.save_shelf(name, shelf)
            return Response(202)
        if request.method not in ("GET", "HEAD"):
            return refused_answer(405, "UNSUPPORTED", "the operation is unsupported")
        return _part(digest, self.blobs.size(digest), request.headers.get("Range", ""))

    def _upload(
        self, request: Request, body: bytes | Spool, name: str, session: str, query: Mapping[str, str]
    ) -> Response:
        if request.method == "POST" and not session:
            return self._start_upload(body, name, query)
        if self._uploads.get(session) != name:
            return refused_answer(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        if request.method == "GET":
            return Response(204, Headers(self._session(name, session)))
        if request.method == "DELETE":
            del self._uploads[session]
            self.blobs.drop(session)
            return Response(204)
        if request.method not in ("PATCH", "PUT"):
            return refused_answer(405, "UNSUPPORTED", "the operation is unsupported")
        start = re.fullmatch(r"(?:bytes )?(\d+)-\d+(?:/.*)?", request.headers.get("Content-Range", ""))
        if start and int(start[1]) != self.blobs.received(session):
            return Response(416, Headers(self._session(name, session)))
        self.blobs.append(session, body)
        if request.method == "PUT":
            return self._finish_upload(name, session, query.get("digest", ""))
        return Response(202, Headers(self._session(name, session)))

    def _start_upload(self, body: bytes | Spool, name: str, query: Mapping[str, str]) -> Response:
        mount, source = query.get("mount"), self.shelves.get(query.get("from", ""))
        if mount and source is not None and mount in source.blobs:
            digest = Digest(mount)
            self._keep(name, digest)
            return Response(201, Headers(_stored(name, digest)))
        session = secrets.token_hex(16)
        self._uploads[session] = name
        self.blobs.start(session)
        if query.get("digest"):
            self.blobs.append(session, body)
            return self._finish_upload(name, session, query["digest"])
        return Response(202, Headers(self._session(name, session)))

    def _finish_upload(self, name: str, session: str, claimed: str) -> Response:
        del self._uploads[session]
        digest = self.blobs.finish(session, claimed)
        if digest is None:
            return refused_answer(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        self._keep(name, digest)
        return Response(201, Headers(_stored(name, digest)))

    def _keep(self, name: str, digest: Digest) -> None:
        shelf = self.shelves.setdefault(name, Shelf())
        if digest not in shelf.blobs:
            shelf.blobs.add(digest)
            self.blobs.save_shelf(name, shelf)

    def _session(self, name: str, session: str) -> dict[str, str]:
        return {
            "Location": f"/v2/{name}/blobs/uploads/{session}",
            "Range": f"0-{max(self.blobs.received(session) - 1, 0)}",
            "Docker-Upload-UUID": session,
        }


class InProcess:
    """A transport that reaches embedded registries without sockets. ``hosts`` maps host to registry.
    A :class:`wholeship.core.http.Transport`."""

    def __init__(self, hosts: Mapping[str, EmbeddedRegistry]) -> None:
        self._hosts = dict(hosts)

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        host = urlsplit(request.url).netloc
        registry = self._hosts.get(host)
        if registry is None:
            raise TransportError(f"{host}: name or service not known", maybe_applied=False)
        response = registry.handle(request)
        if len(response.body) > limit:
            raise BodyTooLarge(f"{host}: the answer is longer than {limit} bytes")
        return response


def _repository_path(repository: Repository | str) -> str:
    return repository.path if isinstance(repository, Repository) else repository


def _missing_part(shelf: Shelf, kind: str, content: Mapping[str, object]) -> str:
    """The first part that a manifest names and the repository lacks; "": all is there."""
    if kind in INDEXES:
        named = content.get("manifests")
        there = set(shelf.manifests)
        parts = named if isinstance(named, list) else [None]
    else:
        layers = content.get("layers")
        there = shelf.blobs
        parts = [content.get("config"), *(layers if isinstance(layers, list) else [None])]
    digests = [part.get("digest") if isinstance(part, dict) else None for part in parts]
    return next((str(d or "none") for d in digests if d not in there), "")


def _referrer(digest: Digest, kind: str, body: bytes, subject: str) -> dict[str, object] | None:
    content = parsed(body) or {}
    target, config = content.get("subject"), content.get("config")
    if not isinstance(target, dict) or target.get("digest") != subject:
        return None
    artifact = content.get("artifactType") or (config.get("mediaType") if isinstance(config, dict) else None)
    entry: dict[str, object] = {
        "mediaType": kind,
        "digest": digest,
        "size": len(body),
        "artifactType": artifact,
    }
    if isinstance(content.get("annotations"), dict):
        entry["annotations"] = content["annotations"]
    return entry


def _part(digest: Digest, size: int, asked: str) -> Response:
    """A blob, or the range of it that was asked for."""
    headers = {
        "Content-Type": "application/octet-stream",
        "Docker-Content-Digest": digest,
        "Accept-Ranges": "bytes",
    }
    match = _RANGE.fullmatch(asked)
    first, last = (int(match[1]), min(int(match[2] or size - 1), size - 1)) if match else (0, size - 1)
    if match and first > last:
        return refused_answer(416, "RANGE_INVALID", "invalid content range")
    length = last - first + 1
    headers["Content-Length"] = str(length)
    if match:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return BlobResponse(206 if match else 200, Headers(headers), b"", digest, first, length)


def _stored(name: str, digest: Digest) -> dict[str, str]:
    return {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest}
