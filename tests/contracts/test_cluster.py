"""What looking into a cluster promises, held against the embedded API server and kube-apiserver."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator

import pytest

from tests.contracts.kube import (
    ADMIN,
    KINDS,
    NOBODY,
    UNKNOWN,
    VIEWER,
    Actor,
    ApiServer,
    digest,
    embedded,
    real,
)
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.kubernetes import KubernetesCluster
from wholeship.core.errors import ClusterDenied
from wholeship.core.reference import Repository
from wholeship.release.rollout import Phase, Rollout, Wanted, follow_rollout, look_at_workloads

APP, WORKER = Repository("ghcr.io", "acme/app"), Repository("ghcr.io", "acme/worker")
OLD, NEW = "20260101-000000-000001", "20260102-000000-000002"
RIGHT = {"app": digest("app"), "worker": digest("worker")}
WANTED = (
    Wanted("app", APP, frozenset({RIGHT["app"], digest("app amd64")})),
    Wanted("worker", WORKER, frozenset({RIGHT["worker"]})),
)
NAMESPACES = (f"shop-{number}" for number in itertools.count())


@pytest.fixture(
    scope="module",
    params=["embedded", pytest.param("kube-apiserver", marks=[pytest.mark.real, pytest.mark.extended])],
)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    root = tmp_path_factory.mktemp("api")
    with embedded(root) if request.param == "embedded" else real(root) as found:
        yield found


@pytest.fixture
def actor(server: ApiServer) -> Actor:
    return Actor(server, next(NAMESPACES))


@pytest.fixture
def cluster(server: ApiServer, actor: Actor) -> KubernetesCluster:
    return KubernetesCluster(namespace=actor.namespace, kubeconfig=server.config(VIEWER))


def shown(actor: Actor, tag: str, *names: str) -> None:
    """Every one of *names* runs *tag*, to the end."""
    for name in names:
        image = f"ghcr.io/acme/{name}:{tag}"
        actor.deploy(name, image)
        actor.report(name, current=1, updated=1, available=1)
        actor.pod(f"{name}-{tag[-1]}", name, image, digest=RIGHT[name], ready=True)


def phases(rollout: Rollout) -> dict[str, Phase]:
    return {one.image: one.phase for one in rollout.standings}


def test_nothing_uses_the_images(cluster: KubernetesCluster, actor: Actor) -> None:
    """An empty namespace runs nothing of the release, and that is said of every image."""
    actor.deploy("other", "ghcr.io/acme/other:1")
    assert phases(look_at_workloads(cluster, NEW, WANTED)) == {"app": Phase.ABSENT, "worker": Phase.ABSENT}


def test_all_pods_run_the_released_digests(cluster: KubernetesCluster, actor: Actor) -> None:
    """Only when every pod reports the released digest, and is available, it is done."""
    shown(actor, NEW, "app", "worker")
    found = look_at_workloads(cluster, NEW, WANTED)
    assert found.done
    assert [(one.where, one.ready, one.wanted) for one in found.standings] == [
        (f"{actor.namespace}/app", 1, 1),
        (f"{actor.namespace}/worker", 1, 1),
    ]


def test_the_platform_part_of_an_index_is_the_image(cluster: KubernetesCluster, actor: Actor) -> None:
    """A node may report its own platform's digest, with the prefix that Docker puts before it."""
    image = f"ghcr.io/acme/app:{NEW}"
    actor.deploy("app", image)
    actor.report("app", current=1, updated=1, available=1)
    part = f"docker-pullable://ghcr.io/acme/app@{digest('app amd64')}"
    actor.pod("app-1", "app", image, image_id=part, ready=True)
    assert phases(look_at_workloads(cluster, NEW, WANTED))["app"] is Phase.RUNNING


def test_before_the_controller_has_written(cluster: KubernetesCluster, actor: Actor) -> None:
    """A spec with the tag before is waiting, not failing, and says which tag that is."""
    shown(actor, OLD, "worker")
    actor.deploy("app", f"ghcr.io/acme/app:{OLD}")
    actor.report("app", current=1, updated=1, available=1)
    actor.pod("app-1", "app", f"ghcr.io/acme/app:{OLD}", digest=digest("old app"), ready=True)
    found = look_at_workloads(cluster, NEW, WANTED)
    # The worker's bytes did not change between the two: what runs is what was released.
    assert phases(found) == {"app": Phase.WAITING, "worker": Phase.RUNNING}
    assert found.standings[0].asks.endswith(OLD)


def test_an_old_pod_that_is_still_there(cluster: KubernetesCluster, actor: Actor) -> None:
    """While a pod of the release before runs, it is rolling; once it is gone, it is done."""
    image = f"ghcr.io/acme/app:{NEW}"
    actor.deploy("app", image)
    actor.report("app", current=2, updated=1, available=2)
    actor.pod("app-1", "app", f"ghcr.io/acme/app:{OLD}", digest=digest("old app"), ready=True)
    actor.pod("app-2", "app", image, digest=RIGHT["app"], ready=True)
    assert phases(look_at_workloads(cluster, NEW, WANTED))["app"] is Phase.ROLLING
    actor.gone("app-1")
    actor.report("app", current=1, updated=1, available=1)
    assert phases(look_at_workloads(cluster, NEW, WANTED))["app"] is Phase.RUNNING


def test_a_status_about_an_older_spec_proves_nothing(cluster: KubernetesCluster, actor: Actor) -> None:
    """Until the Deployment controller has seen the newest spec, its numbers are about another."""
    image = f"ghcr.io/acme/app:{NEW}"
    actor.deploy("app", f"ghcr.io/acme/app:{OLD}")
    actor.deploy("app", image)
    actor.report("app", current=1, updated=1, available=1, behind=1)
    actor.pod("app-1", "app", image, digest=RIGHT["app"], ready=True)
    assert phases(look_at_workloads(cluster, NEW, WANTED))["app"] is Phase.ROLLING


@pytest.mark.parametrize(
    ("reason", "message", "helps"),
    [
        ("ImagePullBackOff", 'Back-off pulling image: "ghcr.io/acme/app": not found', "wholeship repair"),
        ("ErrImagePull", "manifest unknown", "wholeship repair"),
        ("ErrImagePull", "pull access denied, 401 Unauthorized", "imagePullSecrets"),
        ("ImagePullBackOff", "no match for platform in manifest", "platform"),
        ("ErrImagePull", "429 Too Many Requests toomanyrequests", "limits pulls"),
        ("ErrImagePull", "i/o timeout", "5 minutes"),
        ("CrashLoopBackOff", "back-off 40s restarting failed container", "logs"),
        ("CreateContainerConfigError", 'secret "x" not found', "Secret or ConfigMap"),
        ("ErrImageNeverPull", "", "imagePullPolicy"),
        ("InvalidImageName", "", "setter"),
    ],
)
def test_what_is_in_the_way(
    cluster: KubernetesCluster, actor: Actor, reason: str, message: str, helps: str
) -> None:
    """Each of Kubernetes' reasons is recognised, and comes with what helps."""
    image = f"ghcr.io/acme/app:{NEW}"
    actor.deploy("app", image)
    actor.report("app", current=1, updated=1)
    actor.pod("app-1", "app", image, reason=reason, message=message)
    standing = look_at_workloads(cluster, NEW, WANTED).standings[0]
    assert standing.phase is Phase.STUCK
    assert (standing.troubles[0].reason, standing.troubles[0].pod) == (reason, "app-1")
    assert helps in standing.troubles[0].advice


def test_a_pod_that_no_node_takes(cluster: KubernetesCluster, actor: Actor) -> None:
    """Unschedulable is told with the scheduler's own words."""
    image = f"ghcr.io/acme/app:{NEW}"
    actor.deploy("app", image)
    actor.report("app", current=1, updated=1)
    actor.unscheduled("app-1", "app", image)
    standing = look_at_workloads(cluster, NEW, WANTED).standings[0]
    assert standing.phase is Phase.STUCK
    assert "Insufficient memory" in standing.troubles[0].message


def test_past_the_progress_deadline(cluster: KubernetesCluster, actor: Actor) -> None:
    """ProgressDeadlineExceeded is a failure: Kubernetes goes no further, and undoes nothing."""
    image = f"ghcr.io/acme/app:{NEW}"
    actor.deploy("app", image)
    actor.report("app", current=2, updated=1, available=1, failed='ReplicaSet "app-1" has timed out')
    actor.pod("app-1", "app", image, reason="CrashLoopBackOff")
    standing = look_at_workloads(cluster, NEW, WANTED).standings[0]
    assert standing.phase is Phase.FAILED
    assert [trouble.reason for trouble in standing.troubles] == [
        "ProgressDeadlineExceeded",
        "CrashLoopBackOff",
    ]
    assert "withdraw" in standing.troubles[0].advice


def test_other_bytes_under_the_released_tag(cluster: KubernetesCluster, actor: Actor) -> None:
    """A node that kept an older image under the tag runs something that was never released."""
    image = f"ghcr.io/acme/app:{NEW}"
    actor.deploy("app", image)
    actor.report("app", current=1, updated=1, available=1)
    actor.pod("app-1", "app", image, digest=digest("moved"), ready=True)
    standing = look_at_workloads(cluster, NEW, WANTED).standings[0]
    assert (standing.phase, standing.troubles[0].reason) == (Phase.FAILED, "OtherContent")


def test_paused_and_scaled_to_nothing(cluster: KubernetesCluster, actor: Actor) -> None:
    """A paused roll-out is in the way of itself; one of no replicas runs as much as it is asked to."""
    actor.deploy("app", f"ghcr.io/acme/app:{NEW}", extra={"paused": True})
    actor.deploy("worker", f"ghcr.io/acme/worker:{NEW}", replicas=0)
    actor.report("app", current=1)
    actor.report("worker")
    app, worker = look_at_workloads(cluster, NEW, WANTED).standings
    assert (app.phase, app.troubles[0].reason) == (Phase.STUCK, "Paused")
    assert worker.phase is Phase.RUNNING


def test_a_digest_in_the_spec_is_as_good_as_the_tag(cluster: KubernetesCluster, actor: Actor) -> None:
    """Deployments that pin digests are on the release when it is one of its digests."""
    image = f"ghcr.io/acme/app@{RIGHT['app']}"
    actor.deploy("app", image)
    actor.report("app")
    assert look_at_workloads(cluster, NEW, WANTED).standings[0].phase is Phase.ROLLING


def test_following_sees_the_end(cluster: KubernetesCluster, actor: Actor) -> None:
    """Who follows is woken by the change of a Deployment, and ends when all of them run the release."""
    for name in ("app", "worker"):
        actor.deploy(name, f"ghcr.io/acme/{name}:{OLD}")
    threading.Timer(1.0, shown, (actor, NEW, "app", "worker")).start()
    found = follow_rollout(cluster, NEW, WANTED, SystemClock(), deadline=30)
    assert found.done
    assert not found.late
    assert found.seconds < 30


def test_following_ends_at_the_deadline(cluster: KubernetesCluster, actor: Actor) -> None:
    """When the controller never writes, following ends by itself and says it was late."""
    actor.deploy("app", f"ghcr.io/acme/app:{OLD}")
    began = time.monotonic()
    found = follow_rollout(cluster, NEW, WANTED, SystemClock(), deadline=1.5)
    assert found.late
    assert not found.done
    assert time.monotonic() - began < 60


def test_who_may_not_look(server: ApiServer, actor: Actor) -> None:
    """401 and 403 are told apart, and each says what helps."""
    for token, says, helps in ((UNKNOWN, "401", "log in again"), (NOBODY, "403", "--namespace")):
        cluster = KubernetesCluster(namespace=actor.namespace, kubeconfig=server.config(token))
        with pytest.raises(ClusterDenied) as caught:
            look_at_workloads(cluster, NEW, WANTED)
        assert says in caught.value.message
        assert helps in caught.value.advice


def test_all_namespaces_in_pages(server: ApiServer, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a namespace the whole cluster is looked at, page by page; with one, nothing else is."""
    monkeypatch.setattr("wholeship.adapters.kubernetes.PAGE", 2)
    mine = Repository("ghcr.io", f"acme/{actor.namespace}")
    for number in range(5):
        actor.deploy(f"app-{number}", f"{mine}:{NEW}")
    wanted = (Wanted("app", mine, frozenset()),)
    everywhere = look_at_workloads(KubernetesCluster(kubeconfig=server.config(ADMIN)), NEW, wanted)
    assert [one.where for one in everywhere.standings] == [f"{actor.namespace}/app-{n}" for n in range(5)]
    elsewhere = KubernetesCluster(kubeconfig=server.config(ADMIN, namespace="default"))
    assert phases(look_at_workloads(elsewhere, NEW, wanted)) == {"app": Phase.ABSENT}


# -- sets --------------------------------------------------------------------------------------------

SETS = pytest.mark.parametrize("kind", ["stateful_set", "daemon_set"])


@SETS
def test_a_set_runs_the_release_when_all_its_pods_do(
    cluster: KubernetesCluster, actor: Actor, kind: str
) -> None:
    """From the spec's new tag over the first new pod to the last; running is said at the end only."""
    image, before = f"ghcr.io/acme/app:{NEW}", f"ghcr.io/acme/app:{OLD}"
    owner = (KINDS[kind], "app")
    actor.run_set(kind, "app", before, replicas=2)
    actor.report_set(kind, "app", wanted=2, current=2, updated=2, available=2)
    for name in ("app-0", "app-1"):
        actor.pod(name, "app", before, digest=digest("old app"), ready=True, owner=owner)
    assert phases(look_at_workloads(cluster, NEW, WANTED))["app"] is Phase.WAITING
    actor.run_set(kind, "app", image, replicas=2)
    actor.report_set(kind, "app", wanted=2, current=2, updated=1, available=2)
    actor.gone("app-1")
    actor.pod("app-1", "app", image, digest=RIGHT["app"], ready=True, owner=owner)
    found = look_at_workloads(cluster, NEW, WANTED).standings[0]
    assert (found.phase, found.ready, found.wanted) == (Phase.ROLLING, 1, 2)
    actor.gone("app-0")
    actor.pod("app-0", "app", image, digest=RIGHT["app"], ready=True, owner=owner)
    actor.report_set(kind, "app", wanted=2, current=2, updated=2, available=2)
    found = look_at_workloads(cluster, NEW, WANTED).standings[0]
    assert (found.phase, found.where) == (Phase.RUNNING, f"{actor.namespace}/{KINDS[kind].lower()}/app")


@SETS
def test_a_set_that_nobody_has_seen_yet(cluster: KubernetesCluster, actor: Actor, kind: str) -> None:
    """Numbers that no controller has written prove nothing, least of all that none are wanted."""
    actor.run_set(kind, "app", f"ghcr.io/acme/app:{NEW}")
    assert phases(look_at_workloads(cluster, NEW, WANTED))["app"] is Phase.ROLLING


def test_daemons_where_no_node_fits(cluster: KubernetesCluster, actor: Actor) -> None:
    """The controller wants none: it runs as much as it is asked to, as a Deployment of no replicas."""
    actor.run_set("daemon_set", "app", f"ghcr.io/acme/app:{NEW}")
    actor.report_set("daemon_set", "app", wanted=0)
    assert phases(look_at_workloads(cluster, NEW, WANTED))["app"] is Phase.RUNNING


@pytest.mark.parametrize(
    ("kind", "strategy", "reason"),
    [
        ("stateful_set", {"type": "OnDelete"}, "OnDelete"),
        ("daemon_set", {"type": "OnDelete"}, "OnDelete"),
        ("stateful_set", {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}, "Partition"),
    ],
)
def test_a_set_that_does_not_go_on_by_itself(
    cluster: KubernetesCluster, actor: Actor, kind: str, strategy: dict[str, object], reason: str
) -> None:
    """Its strategy keeps old pods: that is in the way, and not a roll-out under way."""
    actor.run_set(kind, "app", f"ghcr.io/acme/app:{NEW}", strategy=strategy)
    actor.report_set(kind, "app", current=1, available=1)
    actor.pod("app-0", "app", f"ghcr.io/acme/app:{OLD}", digest=digest("old app"), ready=True)
    found = look_at_workloads(cluster, NEW, WANTED).standings[0]
    assert (found.phase, found.troubles[0].reason) == (Phase.STUCK, reason)


def test_a_pod_of_another_owner_is_not_counted(cluster: KubernetesCluster, actor: Actor) -> None:
    """Labels that two workloads share by mistake: each pod counts for the one that it names."""
    image = f"ghcr.io/acme/app:{NEW}"
    actor.run_set("stateful_set", "app", image)
    actor.report_set("stateful_set", "app", current=1, updated=1, available=1)
    actor.pod("app-0", "app", image, digest=RIGHT["app"], ready=True, owner=("StatefulSet", "app"))
    other = ("ReplicaSet", "other-1")
    actor.pod("other-1", "app", f"ghcr.io/acme/app:{OLD}", digest=digest("old"), ready=True, owner=other)
    assert phases(look_at_workloads(cluster, NEW, WANTED))["app"] is Phase.RUNNING


def test_following_a_set_sees_its_end(cluster: KubernetesCluster, actor: Actor) -> None:
    """Who follows is woken by a change of a StatefulSet, and of two kinds sees both in time."""
    actor.run_set("stateful_set", "app", f"ghcr.io/acme/app:{OLD}")
    actor.deploy("worker", f"ghcr.io/acme/worker:{OLD}")

    def roll() -> None:
        image = f"ghcr.io/acme/app:{NEW}"
        shown(actor, NEW, "worker")
        actor.run_set("stateful_set", "app", image)
        actor.pod("app-0", "app", image, digest=RIGHT["app"], ready=True)
        actor.report_set("stateful_set", "app", current=1, updated=1, available=1)

    threading.Timer(1.0, roll).start()
    found = follow_rollout(cluster, NEW, WANTED, SystemClock(), deadline=30)
    assert found.done
    assert found.seconds < 30
