"""API servers to look into: the embedded one, and kube-apiserver; and somebody who acts in them."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from wholeship.core.digest import Digest
from wholeship.testing.cluster import Access, EmbeddedCluster, kubeconfig, serve_cluster

READER = Access("reader", frozenset({"list", "watch"}))
ADMIN, NOBODY, UNKNOWN, VIEWER = "admin-token", "nobody-token", "expired-token", "reader-token"
TOKENS = {ADMIN: Access("admin"), NOBODY: Access("nobody", frozenset()), VIEWER: READER}


KINDS = {"stateful_set": "StatefulSet", "daemon_set": "DaemonSet"}


@dataclass
class ApiServer:
    """A running API server, and a kubeconfig for each of its users."""

    url: str
    root: Path
    authority: str = ""

    def config(self, token: str = ADMIN, *, namespace: str = "", context: str = "test") -> str:
        """The path of a kubeconfig."""
        path = self.root / f"{token}-{namespace}-{context}.json"
        text = kubeconfig(self.url, token, namespace=namespace, context=context, authority=self.authority)
        path.write_text(text)
        return str(path)


@contextmanager
def embedded(root: Path) -> Iterator[ApiServer]:
    with serve_cluster(EmbeddedCluster(tokens=TOKENS)) as server:
        yield ApiServer(server.url, root)


@contextmanager
def real(root: Path) -> Iterator[ApiServer]:
    """kube-apiserver over etcd, without controllers and nodes."""
    etcd, apiserver = program("etcd"), program("kube-apiserver")
    client, peer, port = _free_port(), _free_port(), _free_port()
    store = f"http://127.0.0.1:{client}"
    _key(root)
    (root / "tokens.csv").write_text(
        f'{ADMIN},admin,1,"system:masters"\n{NOBODY},nobody,2\n{VIEWER},reader,3\n'
    )
    kept: list[subprocess.Popen[bytes]] = []
    try:
        kept.append(
            started(
                root, etcd, "--data-dir", str(root / "etcd"), "--listen-client-urls", store,
                "--advertise-client-urls", store, "--listen-peer-urls", f"http://127.0.0.1:{peer}",
                "--unsafe-no-fsync",
            )
        )  # fmt: skip
        kept.append(
            started(
                root, apiserver, "--etcd-servers", store, "--secure-port", str(port),
                "--bind-address", "127.0.0.1", "--cert-dir", str(root / "certs"),
                "--token-auth-file", str(root / "tokens.csv"), "--authorization-mode", "RBAC",
                "--anonymous-auth=false", "--service-cluster-ip-range", "10.0.0.0/24",
                "--service-account-issuer", "https://test.invalid",
                "--service-account-key-file", str(root / "key.pem"),
                "--service-account-signing-key-file", str(root / "key.pem"),
                "--disable-admission-plugins", "ServiceAccount",
            )
        )  # fmt: skip
        found = ApiServer(f"https://127.0.0.1:{port}", root, str(root / "certs" / "apiserver.crt"))
        _await_ready(found, kept, root)
        _let_reader_read(found)
        yield found
    finally:
        for process in reversed(kept):
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()


def program(name: str) -> str:
    folder = os.environ.get("KUBEBUILDER_ASSETS", "")
    found = shutil.which(name, path=f"{folder}:{os.environ.get('PATH', '')}")
    if found is None:
        pytest.skip(f"no {name} on PATH or in KUBEBUILDER_ASSETS (docs/gitops.md says where to get it)")
    return found


def started(root: Path, program: str, *flags: str) -> subprocess.Popen[bytes]:
    with Path(root, f"{Path(program).name}.log").open("wb") as log:
        return subprocess.Popen([program, *flags], stdout=log, stderr=log)


def _key(root: Path) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("no openssl")
    subprocess.run(
        [program, "genrsa", "-out", str(root / "key.pem"), "2048"], check=True, capture_output=True
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_ready(server: ApiServer, kept: list[subprocess.Popen[bytes]], root: Path) -> None:
    import ssl

    for _ in range(600):
        if any(process.poll() is not None for process in kept):
            break
        with suppress(OSError):
            context = ssl.create_default_context(cafile=server.authority)
            ask = urllib.request.Request(f"{server.url}/readyz", headers={"Authorization": f"Bearer {ADMIN}"})
            with urllib.request.urlopen(ask, timeout=2, context=context) as answer:
                if answer.status == 200:
                    return
        time.sleep(0.1)
    log = (root / "kube-apiserver.log").read_text(errors="replace")[-3000:]
    pytest.fail(f"kube-apiserver did not become ready:\n{log}")


def _let_reader_read(server: ApiServer) -> None:
    client, config = _library("client"), _library("config")
    roles = client.RbacAuthorizationV1Api(config.new_client_from_config(server.config()))
    rules = [
        {
            "apiGroups": ["apps"],
            "resources": ["deployments", "statefulsets", "daemonsets"],
            "verbs": ["list", "watch"],
        },
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
    ]
    group = "rbac.authorization.k8s.io"
    roles.create_cluster_role({"metadata": {"name": "reader"}, "rules": rules})
    roles.create_cluster_role_binding(
        {
            "metadata": {"name": "reader"},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "reader"},
            "subjects": [{"kind": "User", "name": "reader", "apiGroup": group}],
        }
    )


def _library(part: str) -> Any:
    return import_module(f"kubernetes.{part}")


class Actor:
    """Plays the controllers and the kubelet of one namespace, through the official client."""

    def __init__(self, server: ApiServer, namespace: str) -> None:
        client, config = _library("client"), _library("config")
        api = config.new_client_from_config(server.config())
        self.namespace = namespace
        self.apps, self.core = client.AppsV1Api(api), client.CoreV1Api(api)
        self.core.create_namespace({"metadata": {"name": namespace}})

    def deploy(
        self, name: str, image: str, *, replicas: int = 1, extra: dict[str, Any] | None = None
    ) -> None:
        """Create the Deployment, or write another image into its spec."""
        body: dict[str, Any] = {
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": {"app": name}},
                "template": {
                    "metadata": {"labels": {"app": name}},
                    "spec": {"containers": [{"name": "main", "image": image}]},
                },
                **(extra or {}),
            },
        }  # fmt: skip
        there = {one.metadata.name for one in self.apps.list_namespaced_deployment(self.namespace).items}
        if name in there:
            self.apps.replace_namespaced_deployment(name, self.namespace, body)
        else:
            self.apps.create_namespaced_deployment(self.namespace, body)

    def run_set(
        self, kind: str, name: str, image: str, *, replicas: int = 1, strategy: dict[str, Any] | None = None
    ) -> None:
        """Create the ``stateful_set`` or ``daemon_set``, or write another image into its spec."""
        numbers = {"replicas": replicas, "serviceName": name} if kind == "stateful_set" else {}
        body: dict[str, Any] = {
            "apiVersion": "apps/v1", "kind": KINDS[kind], "metadata": {"name": name},
            "spec": {
                **numbers,
                "selector": {"matchLabels": {"app": name}},
                "template": {
                    "metadata": {"labels": {"app": name}},
                    "spec": {"containers": [{"name": "main", "image": image}]},
                },
                "updateStrategy": strategy or {"type": "RollingUpdate"},
            },
        }  # fmt: skip
        listed = getattr(self.apps, f"list_namespaced_{kind}")(self.namespace).items
        if name in {one.metadata.name for one in listed}:
            getattr(self.apps, f"replace_namespaced_{kind}")(name, self.namespace, body)
        else:
            getattr(self.apps, f"create_namespaced_{kind}")(self.namespace, body)

    def report_set(
        self, kind: str, name: str, *, wanted: int = 1, current: int = 0, updated: int = 0, available: int = 0
    ) -> None:
        """What the set's controller says of its newest spec; *wanted* is for daemons, one for each node."""
        body = getattr(self.apps, f"read_namespaced_{kind}")(name, self.namespace)
        seen = {"observedGeneration": body.metadata.generation}
        if kind == "stateful_set":
            body.status = {
                **seen, "replicas": current, "updatedReplicas": updated, "readyReplicas": available,
                "availableReplicas": available,
            }  # fmt: skip
        else:
            body.status = {
                **seen, "desiredNumberScheduled": wanted, "currentNumberScheduled": current,
                "updatedNumberScheduled": updated, "numberAvailable": available, "numberReady": available,
                "numberMisscheduled": 0,
            }  # fmt: skip
        getattr(self.apps, f"replace_namespaced_{kind}_status")(name, self.namespace, body)

    def report(
        self,
        name: str,
        *,
        current: int = 0,
        updated: int = 0,
        available: int = 0,
        failed: str = "",
        behind: int = 0,
    ) -> None:
        """What the Deployment controller says. *behind*: how many changes of the spec it has yet to see."""
        body = self.apps.read_namespaced_deployment(name, self.namespace)
        conditions = [
            {
                "type": "Progressing", "status": "False" if failed else "True",
                "reason": "ProgressDeadlineExceeded" if failed else "ReplicaSetUpdated", "message": failed,
            }
        ]  # fmt: skip
        body.status = {
            "observedGeneration": body.metadata.generation - behind, "replicas": current,
            "updatedReplicas": updated, "readyReplicas": available, "availableReplicas": available,
            "conditions": conditions,
        }  # fmt: skip
        self.apps.replace_namespaced_deployment_status(name, self.namespace, body)

    def pod(
        self,
        name: str,
        app: str,
        image: str,
        *,
        digest: Digest | None = None,
        ready: bool = False,
        reason: str = "",
        message: str = "",
        image_id: str = "",
        owner: tuple[str, str] | None = None,
    ) -> None:
        """A pod of *app*, and what its node says about it; once more says something new.

        *owner* is the kind and name of what it says it belongs to.
        """
        spec = {"containers": [{"name": "main", "image": image}]}
        meta: dict[str, Any] = {"name": name, "labels": {"app": app}}
        if owner:
            about = {"apiVersion": "apps/v1", "kind": owner[0], "name": owner[1], "uid": str(uuid.uuid4())}
            meta["ownerReferences"] = [{**about, "controller": True}]
        if name not in {one.metadata.name for one in self.core.list_namespaced_pod(self.namespace).items}:
            self.core.create_namespaced_pod(self.namespace, {"metadata": meta, "spec": spec})
        body = self.core.read_namespaced_pod(name, self.namespace)
        repository = image.rpartition(":")[0]
        state: dict[str, Any] = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
        if reason:
            state = {"waiting": {"reason": reason, "message": message}}
        body.status = {
            "phase": "Pending" if reason else "Running",
            "containerStatuses": [
                {
                    "name": "main", "image": image, "ready": ready, "restartCount": 0, "state": state,
                    "imageID": image_id or (f"{repository}@{digest}" if digest else ""),
                }
            ],
        }  # fmt: skip
        self.core.replace_namespaced_pod_status(name, self.namespace, body)

    def unscheduled(self, name: str, app: str, image: str) -> None:
        """A pod that no node takes."""
        spec = {"containers": [{"name": "main", "image": image}]}
        self.core.create_namespaced_pod(
            self.namespace, {"metadata": {"name": name, "labels": {"app": app}}, "spec": spec}
        )
        body = self.core.read_namespaced_pod(name, self.namespace)
        body.status = {
            "phase": "Pending",
            "conditions": [
                {
                    "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                    "message": "0/1 nodes are available: 1 Insufficient memory.",
                }
            ],
        }  # fmt: skip
        self.core.replace_namespaced_pod_status(name, self.namespace, body)

    def gone(self, *pods: str) -> None:
        """The pods are deleted."""
        for pod in pods:
            self.core.delete_namespaced_pod(pod, self.namespace, grace_period_seconds=0)


def digest(name: str) -> Digest:
    return Digest.of(base64.b64encode(name.encode()))
