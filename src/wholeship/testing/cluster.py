"""As much of a Kubernetes API server as reading a roll-out needs, on the loopback.

Namespaces, Deployments, StatefulSets, DaemonSets and Pods can be created, replaced, deleted, listed in pages,
selected by labels and watched; ``status`` is a subresource, ``generation`` counts changes of the spec, every
change has its resource version. Nothing acts on them: whoever tests plays the controllers and the kubelet, by
writing status, as with a real API server that has neither. It is held to the same contract tests as
kube-apiserver itself. Facts: Kubernetes documentation, "Kubernetes API Concepts".
"""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass

WORKLOADS = {"deployments": "Deployment", "statefulsets": "StatefulSet", "daemonsets": "DaemonSet"}
KINDS = {**WORKLOADS, "pods": "Pod", "namespaces": "Namespace"}
GROUPS = {**dict.fromkeys(WORKLOADS, "apps/v1"), "pods": "v1", "namespaces": "v1"}
NUMBERS = ("currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady")
FIRST: Mapping[str, dict[str, Any]] = {
    "pods": {"phase": "Pending"},
    "statefulsets": {"replicas": 0},
    "daemonsets": dict.fromkeys(NUMBERS, 0),
}
"""The status of what is new, before any controller has seen it."""
_PATH = lazy_pattern(
    rf"/(?:api/v1|apis/apps/v1)(?:/namespaces/(?P<namespace>[^/]+)(?=/))?/(?P<kind>{'|'.join(KINDS)})"
    r"(?:/(?P<name>[^/]+))?(?:/(?P<sub>status))?"
)
_REQUIREMENT = lazy_pattern(
    r"(?P<absent>!)?(?P<key>[\w./-]+)\s*(?:(?P<op>==?|!=)\s*(?P<value>[\w.-]*)"
    r"|\s(?P<set>in|notin)\s*\((?P<values>[^)]*)\))?"
)

Object = dict[str, Any]
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Access:
    """What a token may do: verbs as in RBAC (``list``, ``watch``, ``create`` …) on kinds."""

    user: str
    verbs: frozenset[str] = frozenset({"*"})
    kinds: frozenset[str] = frozenset({"*"})

    def admits(self, verb: str, kind: str) -> bool:
        """Whether *verb* on *kind* is allowed."""
        return bool(self.verbs & {verb, "*"}) and bool(self.kinds & {kind, "*"})


class Refused(Exception):
    """A request that is answered with a ``Status``."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code, self.reason = code, reason

    def body(self) -> Object:
        """The ``Status`` object."""
        return {
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": str(self), "reason": self.reason, "code": self.code,
        }  # fmt: skip


@dataclass(slots=True)
class EmbeddedCluster:
    """The objects of a cluster, and everything that happened to them. Thread-safe.

    ``tokens`` says who may do what; none: everybody everything. ``down`` makes every answer a 503.
    """

    tokens: Mapping[str, Access] = field(default_factory=dict)
    down: bool = False
    requests: list[str] = field(default_factory=list)
    _objects: dict[Key, Object] = field(default_factory=dict)
    _events: list[tuple[int, str, Key, Object]] = field(default_factory=list)
    _version: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def create(self, kind: str, namespace: str, content: Object) -> Object:
        """A new object; its status is not taken, as the real one does not."""
        made = deepcopy(content)
        meta = made.setdefault("metadata", {})
        key = (kind, "" if kind == "namespaces" else namespace, str(meta.get("name", "")))
        with self._changed:
            if key in self._objects:
                raise Refused(409, "AlreadyExists", f'{kind} "{key[2]}" already exists')
            meta |= {"uid": str(uuid.uuid4()), "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z"}
            if key[1]:
                meta["namespace"] = key[1]
            made |= {"kind": KINDS[kind], "apiVersion": GROUPS[kind]}
            made["status"] = deepcopy(FIRST.get(kind, {}))
            return self._keep("ADDED", key, made)

    def replace(self, kind: str, namespace: str, name: str, content: Object, sub: str = "") -> Object:
        """The object with another spec, or (*sub*) another status; never both."""
        key = (kind, namespace, name)
        with self._changed:
            now = deepcopy(self._found(key))
            given = content.get("metadata", {}).get("resourceVersion")
            if given and given != now["metadata"]["resourceVersion"]:
                raise Refused(409, "Conflict", f'{kind} "{name}" was modified')
            if sub:
                now["status"] = deepcopy(content.get("status", {}))
            else:
                if content.get("spec") != now.get("spec"):
                    now["metadata"]["generation"] += 1
                now["spec"] = deepcopy(content.get("spec", {}))
                now["metadata"]["labels"] = deepcopy(content.get("metadata", {}).get("labels") or {})
            return self._keep("MODIFIED", key, now)

    def delete(self, kind: str, namespace: str, name: str) -> Object:
        """The object, gone."""
        key = (kind, namespace, name)
        with self._changed:
            gone = self._found(key)
            del self._objects[key]
            self._version += 1
            self._record("DELETED", key, gone)
            return deepcopy(gone)

    def get(self, kind: str, namespace: str, name: str) -> Object:
        """The object as it is."""
        with self._changed:
            return deepcopy(self._found((kind, namespace, name)))

    def list(self, kind: str, namespace: str, selector: str, limit: int, start: str) -> Object:
        """One page of a list. *start* is where the last one ended."""
        with self._changed:
            keys = sorted(key for key in self._objects if _fits(key, kind, namespace))
            chosen = [key for key in keys if _selected(self._objects[key], selector)]
            after = [key for key in chosen if not start or f"{key[1]}/{key[2]}" > start]
            page = after[:limit] if limit else after
            more = f"{page[-1][1]}/{page[-1][2]}" if len(page) < len(after) else ""
            return {
                "kind": f"{KINDS[kind]}List",
                "apiVersion": GROUPS[kind],
                "metadata": {"resourceVersion": str(self._version), **({"continue": more} if more else {})},
                "items": [deepcopy(self._objects[key]) for key in page],
            }

    def watch(self, kind: str, namespace: str, since: str, seconds: float) -> Iterator[Object]:
        """What happens from version *since* on, for *seconds*; without one, what is there first."""
        ends = time.monotonic() + seconds
        with self._changed:
            present = [] if since else [o for k, o in self._objects.items() if _fits(k, kind, namespace)]
            first = [{"type": "ADDED", "object": deepcopy(one)} for one in present]
            at = int(since) if since else self._version
        yield from first
        while True:
            with self._changed:
                fresh = [event for event in self._events if event[0] > at]
                if not fresh:
                    left = ends - time.monotonic()
                    if left <= 0:
                        return
                    self._changed.wait(min(left, 0.2))
            for version, what, key, content in fresh:
                at = version
                if _fits(key, kind, namespace):
                    yield {"type": what, "object": content}

    def may(self, token: str, verb: str, kind: str) -> None:
        """Raises :class:`Refused` when *token* is unknown, or may not."""
        if not self.tokens:
            return
        access = self.tokens.get(token)
        if access is None:
            raise Refused(401, "Unauthorized", "Unauthorized")
        if not access.admits(verb, kind):
            group = "apps" if kind in WORKLOADS else ""
            raise Refused(
                403, "Forbidden",
                f'{kind}{"." if group else ""}{group} is forbidden: User "{access.user}" cannot {verb} '
                f'resource "{kind}" in API group "{group}" at the cluster scope',
            )  # fmt: skip

    def _found(self, key: Key) -> Object:
        if key not in self._objects:
            raise Refused(404, "NotFound", f'{key[0]} "{key[2]}" not found')
        return self._objects[key]

    def _keep(self, what: str, key: Key, content: Object) -> Object:
        self._version += 1
        content["metadata"]["resourceVersion"] = str(self._version)
        self._objects[key] = content
        self._record(what, key, content)
        return deepcopy(content)

    def _record(self, what: str, key: Key, content: Object) -> None:
        self._events.append((self._version, what, key, deepcopy(content)))
        self._changed.notify_all()


def _fits(key: Key, kind: str, namespace: str) -> bool:
    return key[0] == kind and (not namespace or key[1] == namespace)


def _selected(content: Object, selector: str) -> bool:
    labels = content["metadata"].get("labels") or {}
    parts = re.findall(r"(?:[^,(]|\([^)]*\))+", selector)
    return all(_holds(part.strip(), labels) for part in parts)


def _holds(part: str, labels: Mapping[str, str]) -> bool:
    found = _REQUIREMENT.fullmatch(part)
    if found is None:
        raise Refused(400, "BadRequest", f"unable to parse requirement: {part}")
    key, value = found["key"], labels.get(found["key"])
    if found["op"]:
        return (value == found["value"]) is (found["op"] != "!=")
    if found["set"]:
        among = value in [one.strip() for one in found["values"].split(",")]
        return among is (found["set"] == "in")
    return (key in labels) is not bool(found["absent"])


class ClusterServer:
    """A running API server; ``url`` is where it is."""

    def __init__(self, cluster: EmbeddedCluster) -> None:
        self.cluster = cluster
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(cluster))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> ClusterServer:
        """Serve from a thread of its own."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def kubeconfig(self, token: str = "", *, namespace: str = "", context: str = "embedded") -> str:
        """A kubeconfig (JSON, which is YAML) for this server."""
        return kubeconfig(self.url, token, namespace=namespace, context=context)


def kubeconfig(
    url: str, token: str = "", *, namespace: str = "", context: str = "embedded", authority: str = ""
) -> str:
    """A kubeconfig with one context. *authority* is the path of the server's certificate authority."""
    inside = {"cluster": "c", "user": "u", **({"namespace": namespace} if namespace else {})}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": "c",
                    "cluster": {"server": url, **({"certificate-authority": authority} if authority else {})},
                }
            ],
            "users": [{"name": "u", "user": {"token": token} if token else {}}],
            "contexts": [{"name": context, "context": inside}],
            "current-context": context,
        }
    )


@contextmanager
def serve_cluster(cluster: EmbeddedCluster | None = None) -> Iterator[ClusterServer]:
    """A server for the time of the block, on a free port of the loopback."""
    server = ClusterServer(cluster or EmbeddedCluster()).start()
    try:
        yield server
    finally:
        server.stop()


def _handler_for(cluster: EmbeddedCluster) -> type[BaseHTTPRequestHandler]:
    class ClusterHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def answer(self) -> None:
            """One request."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            cluster.requests.append(f"{self.command} {self.path}")
            try:
                if cluster.down:
                    raise Refused(503, "ServiceUnavailable", "apiserver not ready")
                self._route(json.loads(body) if body else {})
            except Refused as refused:
                self._send(refused.code, refused.body())

        do_GET = do_PUT = do_POST = do_DELETE = answer

        def _route(self, content: Object) -> None:
            parts = urlsplit(self.path)
            found = _PATH.fullmatch(parts.path.rstrip("/"))
            if found is None:
                raise Refused(404, "NotFound", "the server could not find the requested resource")
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            kind, namespace, name = found["kind"], found["namespace"] or "", found["name"] or ""
            watching = query.get("watch") in ("true", "True", "1")
            verb = "watch" if watching else _VERBS[self.command, bool(name)]
            cluster.may(self.headers.get("Authorization", "").removeprefix("Bearer "), verb, kind)
            if watching:
                seconds = float(query.get("timeoutSeconds", 60))
                self._stream(cluster.watch(kind, namespace, query.get("resourceVersion", ""), seconds))
            elif self.command == "POST":
                self._send(201, cluster.create(kind, namespace, content))
            elif self.command == "PUT":
                self._send(200, cluster.replace(kind, namespace, name, content, found["sub"] or ""))
            elif self.command == "DELETE":
                self._send(200, cluster.delete(kind, namespace, name))
            elif name:
                self._send(200, cluster.get(kind, namespace, name))
            else:
                limit, start = int(query.get("limit", 0)), query.get("continue", "")
                self._send(200, cluster.list(kind, namespace, query.get("labelSelector", ""), limit, start))

        def _send(self, status: int, content: Object) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self, events: Iterator[Object]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                for event in events:
                    line = json.dumps(event).encode() + b"\n"
                    self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
                    self.wfile.flush()
                self.wfile.write(b"0\r\n\r\n")
            except OSError:
                self.close_connection = True  # the watcher has seen enough

    return ClusterHandler


_VERBS = {
    ("GET", True): "get", ("GET", False): "list", ("POST", False): "create", ("PUT", True): "update",
    ("DELETE", True): "delete",
}  # fmt: skip
