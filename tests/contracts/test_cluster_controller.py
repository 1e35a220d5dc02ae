"""Roll-outs driven by Kubernetes' own Deployment controller; only the nodes are played."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any

import pytest

from tests.contracts.kube import VIEWER, Actor, ApiServer, digest, program, real, started
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.kubernetes import KubernetesCluster
from wholeship.core.reference import Repository
from wholeship.release.rollout import Phase, Wanted, follow_rollout, look_at_workloads

pytestmark = [pytest.mark.real, pytest.mark.extended]

APP = Repository("ghcr.io", "acme/app")
OLD, NEW = "20260101-000000-000001", "20260102-000000-000002"
WANTED = (Wanted("app", APP, frozenset({digest(NEW)})),)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """kube-apiserver with the Deployment and ReplicaSet controllers of kube-controller-manager."""
    controllers = program("kube-controller-manager")
    root = tmp_path_factory.mktemp("controlled")
    with real(root) as found:
        process = started(
            root, controllers, "--kubeconfig", found.config(), "--leader-elect=false",
            "--controllers=deployment-controller,replicaset-controller", "--bind-address=127.0.0.1",
            "--secure-port=0",
        )  # fmt: skip
        try:
            yield found
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


class Nodes:
    """Plays the nodes: every pod runs what its tag is bound to, or cannot pull it."""

    def __init__(self, actor: Actor, bound: dict[str, str]) -> None:
        self.actor, self.bound = actor, bound
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Nodes:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._over.wait(0.1):
            for pod in self.actor.core.list_namespaced_pod(self.actor.namespace).items:
                if not pod.status.container_statuses:
                    self._start(pod)

    def _start(self, pod: Any) -> None:
        image = pod.spec.containers[0].image
        runs = self.bound.get(image.rpartition(":")[2])
        state = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
        waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "manifest unknown"}}
        pod.status = {
            "phase": "Running" if runs else "Pending",
            "conditions": [{"type": "Ready", "status": "True" if runs else "False"}],
            "containerStatuses": [
                {
                    "name": "main", "image": image, "ready": bool(runs), "restartCount": 0,
                    "imageID": f"{APP}@{runs}" if runs else "", "state": state if runs else waiting,
                }
            ],
        }  # fmt: skip
        # The controller may be quicker (404, 409): the next round sees what is there then.
        with suppress(import_module("kubernetes.client").ApiException):
            self.actor.core.replace_namespaced_pod_status(pod.metadata.name, self.actor.namespace, pod)


def cluster_of(server: ApiServer, actor: Actor) -> KubernetesCluster:
    return KubernetesCluster(namespace=actor.namespace, kubeconfig=server.config(VIEWER))


def test_a_rolling_update_is_followed_to_its_end(server: ApiServer) -> None:
    """From three old pods to three new ones, as the controller does it; running is said at the end only."""
    actor = Actor(server, "rolling")
    cluster = cluster_of(server, actor)
    with Nodes(actor, {OLD: digest(OLD), NEW: digest(NEW)}):
        actor.deploy("app", f"{APP}:{OLD}", replicas=3)
        before = follow_rollout(cluster, NEW, WANTED, SystemClock(), deadline=3)
        assert before.standings[0].phase is Phase.WAITING
        threading.Timer(1, actor.deploy, ("app", f"{APP}:{NEW}"), {"replicas": 3}).start()
        found = follow_rollout(cluster, NEW, WANTED, SystemClock(), deadline=60)
    assert found.done
    assert found.standings[0].runs == (str(digest(NEW)),)
    assert (found.standings[0].ready, found.standings[0].wanted) == (3, 3)


def test_the_controller_gives_up_and_the_old_pods_serve(server: ApiServer) -> None:
    """An image that never comes: the controller's own ProgressDeadlineExceeded ends the waiting."""
    actor = Actor(server, "failing")
    cluster = cluster_of(server, actor)
    limit = {"progressDeadlineSeconds": 3}
    with Nodes(actor, {OLD: digest(OLD)}):
        actor.deploy("app", f"{APP}:{OLD}", replicas=2, extra=limit)
        follow_rollout(
            cluster, OLD, (Wanted("app", APP, frozenset({digest(OLD)})),), SystemClock(), deadline=30
        )
        actor.deploy("app", f"{APP}:{NEW}", replicas=2, extra=limit)
        found = follow_rollout(cluster, NEW, WANTED, SystemClock(), deadline=60)
        assert found.failed
        assert not found.late
        reasons = [trouble.reason for trouble in found.standings[0].troubles]
        assert reasons[0] == "ProgressDeadlineExceeded"
        assert "ImagePullBackOff" in reasons
        assert str(digest(OLD)) in look_at_workloads(cluster, NEW, WANTED).standings[0].runs
