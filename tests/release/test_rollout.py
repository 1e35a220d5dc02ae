"""When a release counts as running, and how it is waited for; without a cluster."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.adapters.registry import RegistryClient
from wholeship.core.digest import Digest
from wholeship.core.errors import ClusterDenied, ClusterError, ClusterUnreachable
from wholeship.core.platform import Platform
from wholeship.core.progress import Outcome, Silent, Task
from wholeship.core.reference import Repository, repository_of_image
from wholeship.release.ports import Pod, Workload
from wholeship.release.rollout import (
    LOOK,
    Phase,
    Wanted,
    follow_rollout,
    judge_workload,
    wanted_of,
)
from wholeship.testing.clock import FakeClock
from wholeship.testing.images import image_index
from wholeship.testing.registry import EmbeddedRegistry, InProcess

APP = Repository("ghcr.io", "acme/app")
RIGHT, WRONG = Digest.of(b"right"), Digest.of(b"wrong")
NEW, OLD = "20260102-000000-000002", "20260101-000000-000001"
WANTED = Wanted("app", APP, frozenset({RIGHT}))
GOOD = Pod("app-1", f"{APP}:{NEW}", RIGHT, ready=True)
DONE = Workload("shop", "app", "main", f"{APP}:{NEW}", 1, 1, 1, 1, True, (GOOD,))


def test_done_is_done() -> None:
    """The plain case."""
    assert judge_workload(DONE, WANTED, NEW).phase is Phase.RUNNING


COUNTS = st.integers(0, 3)
PODS = st.builds(
    Pod,
    st.sampled_from(["app-1", "app-2"]),
    st.sampled_from([f"{APP}:{NEW}", f"{APP}:{OLD}", f"{APP}@{RIGHT}"]),
    st.sampled_from([None, RIGHT, WRONG]),
    st.booleans(),
    st.sampled_from(["", "ImagePullBackOff", "ContainerCreating", "CrashLoopBackOff"]),
)
WORKLOADS = st.builds(
    Workload,
    st.just("shop"),
    st.just("app"),
    st.just("main"),
    st.sampled_from([f"{APP}:{NEW}", f"{APP}:{OLD}", f"{APP}@{RIGHT}", f"{APP}@{WRONG}"]),
    COUNTS,
    COUNTS,
    COUNTS,
    COUNTS,
    st.booleans(),
    st.lists(PODS, max_size=3).map(tuple),
    st.sampled_from(["", "timed out"]),
    st.sampled_from(["", "Paused", "OnDelete", "Partition"]),
    st.sampled_from(["Deployment", "StatefulSet", "DaemonSet"]),
)


@given(WORKLOADS)
def test_running_is_never_said_of_other_bytes(workload: Workload) -> None:
    """Running means: settled, as many as wanted, and every digest that is known is one of the release."""
    if judge_workload(workload, WANTED, NEW).phase is Phase.RUNNING:
        known = [pod.digest for pod in workload.pods if pod.digest is not None]
        assert set(known) <= {RIGHT}
        assert len(known) >= workload.wanted
        assert workload.observed
        assert workload.available == workload.updated == workload.current == workload.wanted


@given(WORKLOADS)
def test_what_is_in_the_way_is_always_said(workload: Workload) -> None:
    """Stuck and failed come with a trouble that says what helps; nothing else has troubles."""
    standing = judge_workload(workload, WANTED, NEW)
    assert bool(standing.troubles) is (standing.phase in (Phase.STUCK, Phase.FAILED))
    assert all(trouble.advice for trouble in standing.troubles)


@given(WORKLOADS)
def test_a_spec_that_asks_for_something_else_is_nobodys_failure(workload: Workload) -> None:
    """Before the controller has written, the release has neither failed nor begun."""
    other = replace(workload, image=f"{APP}:{OLD}")
    assert judge_workload(other, WANTED, NEW).phase in (Phase.WAITING, Phase.RUNNING)


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("ghcr.io/acme/app:1", APP),
        (f"ghcr.io/acme/app@{RIGHT}", APP),
        (f"ghcr.io/acme/app:1@{RIGHT}", APP),
        ("localhost:5000/app", Repository("localhost:5000", "app")),
        ("nginx", Repository("docker.io", "library/nginx")),
        ("", None),
        ("Not A Reference", None),
    ],
)
def test_the_repository_of_an_image(image: str, repository: Repository | None) -> None:
    """Taken from any form in which a pod may name its image."""
    assert repository_of_image(image) == repository


def test_every_digest_a_node_may_report() -> None:
    """The index, each platform's part, and each part's config stand for the image; attestations do not."""
    registry = EmbeddedRegistry()
    client = RegistryClient(InProcess({"127.0.0.1:5000": registry}), FakeClock())
    repository = Repository("127.0.0.1:5000", "app")
    made = image_index("app", Platform("linux", "amd64"), Platform("linux", "arm64"))
    made.push(client, repository)
    (wanted,) = wanted_of(client, {"app": repository}, {"app": made.manifest})
    configs = {Digest.of(child.blobs[0]) for child in made.children}
    assert wanted.digests == {made.digest, *(child.digest for child in made.children), *configs}


@dataclass
class Scripted:
    """A cluster that shows one thing after the other; an error is raised."""

    clock: FakeClock
    looks: list[tuple[Workload, ...] | ClusterError]
    waits: list[float] = field(default_factory=list)
    name: str = "test"

    def workloads(self, repositories: Collection[Repository]) -> tuple[Workload, ...]:
        shown = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(shown, ClusterError):
            raise shown
        return shown

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.sleep(seconds)


@dataclass
class Heard(Silent):
    """A progress that remembers."""

    finished_: list[tuple[str, Outcome]] = field(default_factory=list)
    warned_: list[str] = field(default_factory=list)
    started_: list[str] = field(default_factory=list)

    def started(self, task: Task, note: str = "") -> None:
        self.started_.append(task.name)

    def advanced(self, task: Task, note: str) -> None:
        """Nothing."""

    def finished(self, task: Task, outcome: Outcome, note: str = "") -> None:
        self.finished_.append((task.name, outcome))

    def said(self, text: str) -> None:
        """Nothing."""

    def warned(self, text: str) -> None:
        self.warned_.append(text)


PULLING = replace(
    DONE, available=0, pods=(replace(GOOD, digest=None, ready=False, reason="ErrImagePull", message="gone"),)
)


def test_trouble_that_passes_is_told_once_and_waited_out() -> None:
    """A pull that fails may succeed later: it is a warning, not the end."""
    heard, clock = Heard(), FakeClock()
    cluster = Scripted(clock, [(PULLING,), (PULLING,), (PULLING,), (DONE,)])
    found = follow_rollout(cluster, NEW, [WANTED], clock, deadline=100, progress=heard)
    assert found.done
    assert found.seconds == 3 * LOOK
    assert heard.warned_ == ["shop/app: ErrImagePull: gone"]
    assert (heard.started_, heard.finished_) == (["shop/app"], [("shop/app", Outcome.DONE)])


def test_a_failed_deployment_ends_the_waiting() -> None:
    """Past its progress deadline nothing more happens by itself, so nobody waits for it."""
    clock = FakeClock()
    cluster = Scripted(clock, [(replace(PULLING, failed="timed out"),)])
    found = follow_rollout(cluster, NEW, [WANTED], clock, deadline=1000)
    assert found.failed
    assert not found.late
    assert cluster.waits == []


def test_the_deadline_is_kept_to_the_second() -> None:
    """The last wait is as long as what is left."""
    clock = FakeClock()
    cluster = Scripted(clock, [(PULLING,)])
    found = follow_rollout(cluster, NEW, [WANTED], clock, deadline=12)
    assert (found.late, found.stuck, found.seconds) == (True, True, 12)
    assert cluster.waits == [5, 5, 2]


def test_a_cluster_that_is_away_for_a_moment() -> None:
    """One look that fails is no answer; several in a row are."""
    away = ClusterUnreachable("no route")
    clock, heard = FakeClock(), Heard()
    found = follow_rollout(
        Scripted(clock, [away, away, (DONE,)]), NEW, [WANTED], clock, deadline=60, progress=heard
    )
    assert found.done
    assert len(heard.warned_) == 2
    with pytest.raises(ClusterUnreachable):
        follow_rollout(Scripted(clock, [away]), NEW, [WANTED], clock, deadline=60)


def test_a_refusal_is_not_waited_out() -> None:
    """Rights do not come back by themselves."""
    clock = FakeClock()
    with pytest.raises(ClusterDenied):
        follow_rollout(Scripted(clock, [ClusterDenied("403")]), NEW, [WANTED], clock, deadline=60)


@pytest.mark.parametrize(
    ("kind", "held", "helps"),
    [
        ("Deployment", "Paused", "kubectl rollout resume -n shop deployment/app"),
        ("StatefulSet", "Partition", "kubectl patch statefulset"),
        ("StatefulSet", "OnDelete", "kubectl delete pod -n shop app-1"),
        ("DaemonSet", "OnDelete", "kubectl delete pod -n shop app-1"),
    ],
)
def test_a_roll_out_that_waits_for_a_person(kind: str, held: str, helps: str) -> None:
    """What does not go on by itself is in the way, and the command that lets it go on is said."""
    old = replace(GOOD, image=f"{APP}:{OLD}", digest=WRONG)
    standing = judge_workload(replace(DONE, kind=kind, held=held, updated=0, pods=(old,)), WANTED, NEW)
    assert (standing.phase, standing.troubles[0].reason) == (Phase.STUCK, held)
    assert helps.replace("statefulset", "-n shop statefulset/app") in standing.troubles[0].advice
    settled = judge_workload(replace(DONE, kind=kind, held=held), WANTED, NEW)
    assert (settled.phase, settled.troubles) == (Phase.RUNNING, ())


def test_a_stateful_set_does_not_go_past_a_pod_that_is_not_ready() -> None:
    """A better image does not help by itself: the pod has to be deleted, and that is said."""
    crashing = replace(GOOD, digest=None, ready=False, reason="CrashLoopBackOff")
    for kind, said in (("StatefulSet", True), ("Deployment", False)):
        standing = judge_workload(replace(DONE, kind=kind, available=0, pods=(crashing,)), WANTED, NEW)
        assert standing.phase is Phase.STUCK
        assert ("kubectl delete pod -n shop app-1" in standing.troubles[0].advice) is said


def test_where_a_workload_is_named_by_its_kind() -> None:
    """Two of one name are told apart."""
    assert judge_workload(DONE, WANTED, NEW).where == "shop/app"
    assert judge_workload(replace(DONE, kind="StatefulSet"), WANTED, NEW).where == "shop/statefulset/app"
