"""The roll-out of a release: which workloads run the released digests, and what is in the way.

A tag in a spec is an intention; what counts is the digest that each node says it runs. A Deployment that has
stopped progressing is not undone by Kubernetes, and an image that cannot be pulled is
tried again after 10 s, then ever more rarely, at most every 5 minutes (Kubernetes documentation,
"Images", and "Deployments", progressDeadlineSeconds).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from wholeship.core.clock import Clock
from wholeship.core.digest import Digest
from wholeship.core.errors import ClusterUnreachable
from wholeship.core.progress import Outcome, Progress, Silent, Task
from wholeship.core.reference import Repository, repository_of_image
from wholeship.core.text import printable
from wholeship.core.values import dataclass
from wholeship.release.content import content_of
from wholeship.release.ports import Cluster, Manifest, Pod, Registry, Workload

LOOK = 5.0
"""Seconds between looks, when the cluster reports no change: pods change without their workload."""

PAUSE = 0.5
"""Seconds between looks at least."""

PATIENCE = 3
"""Looks in a row that may fail to reach the cluster before that is the answer."""

TROUBLES = frozenset(
    {
        *("ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError"),
        *("CrashLoopBackOff", "RunContainerError", "CreateContainerError", "CreateContainerConfigError"),
        *("StartError", "Unschedulable", "Evicted", "OOMKilled"),
    }
)
"""Reasons that do not go away by waiting a moment."""


class Phase(StrEnum):
    """Where a workload stands; the later in this list, the louder."""

    RUNNING = "running"  # every pod runs the released digest, and is available
    ROLLING = "rolling"  # on its way
    WAITING = "waiting"  # the spec asks for something else: the controller has not written yet
    ABSENT = "absent"  # nothing in the cluster uses the image
    STUCK = "stuck"  # a pod does not start; it may yet
    FAILED = "failed"  # past its progress deadline, or running other bytes under the released tag


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should run: one image, and every digest that is it (the index, or one platform's part)."""

    image: str
    repository: Repository
    digests: frozenset[Digest]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is in the way of one pod, or of the whole workload, and what helps."""

    reason: str
    message: str
    advice: str
    pod: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """One workload, judged. ``runs`` are the digests its pods run now; ``asks`` is its spec's image."""

    image: str
    where: str
    phase: Phase
    asks: str = ""
    ready: int = 0
    wanted: int = 0
    runs: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class Rollout:
    """All workloads of a release. ``late``: the deadline passed first. ``seconds`` were waited."""

    tag: str
    cluster: str
    standings: tuple[Standing, ...]
    late: bool = False
    seconds: float = 0.0
    problem: str = ""

    @property
    def done(self) -> bool:
        """Whether every image of the release runs everywhere it is used."""
        return bool(self.standings) and all(one.phase is Phase.RUNNING for one in self.standings)

    @property
    def failed(self) -> bool:
        """Whether waiting on is no use."""
        return any(one.phase is Phase.FAILED for one in self.standings)

    @property
    def stuck(self) -> bool:
        """Whether something is in the way."""
        return any(one.phase in (Phase.STUCK, Phase.FAILED) for one in self.standings)


def wanted_of(
    registry: Registry, repositories: Mapping[str, Repository], manifests: Mapping[str, Manifest]
) -> tuple[Wanted, ...]:
    """What should run, by image. A node may report the index it pulled, or its own platform's part of it,
    or (for images without a repository digest) the config."""
    found = []
    for image, repository in repositories.items():
        manifest = manifests[image]
        digests = {manifest.digest, *_inside_manifest(manifest, f"{repository}@{manifest.digest}")}
        for child in content_of(manifest, str(repository)).children:
            part = registry.manifest(repository, child.digest) if child.platform is not None else None
            digests |= _inside_manifest(part, f"{repository}@{child.digest}") if part else set()
        found.append(Wanted(image, repository, frozenset(digests)))
    return tuple(found)


def _inside_manifest(manifest: Manifest, where: str) -> set[Digest]:
    content = content_of(manifest, where)
    return {child.digest for child in content.children} | ({content.config} if content.config else set())


def look_at_workloads(cluster: Cluster, tag: str, wanted: Sequence[Wanted]) -> Rollout:
    """Where every workload of the release stands now. Raises ``ClusterError``."""
    by_repository = {one.repository: one for one in wanted}
    found = cluster.workloads(by_repository)
    standings = [
        judge_workload(workload, by_repository[repository], tag)
        for workload in found
        if (repository := repository_of_image(workload.image)) in by_repository
    ]
    used = {standing.image for standing in standings}
    absent = [Standing(one.image, "", Phase.ABSENT) for one in wanted if one.image not in used]
    return Rollout(tag, cluster.name, (*sorted(standings, key=lambda s: (s.image, s.where)), *absent))


def judge_workload(workload: Workload, wanted: Wanted, tag: str) -> Standing:
    """Where *workload* stands on its way to *wanted*, released as *tag*."""
    mine = [pod for pod in workload.pods if pod.image == workload.image]
    troubles = [_trouble(pod, workload, tag) for pod in mine if pod.reason in TROUBLES]
    phase = _phase(workload, wanted, tag, mine, troubles=bool(troubles))
    if phase is Phase.FAILED:
        troubles.insert(0, _failure(workload, mine, wanted, tag))
    if phase is Phase.ROLLING and workload.held:
        troubles, phase = [_held_trouble(workload, wanted)], Phase.STUCK
    return Standing(
        image=wanted.image,
        where=workload.where,
        phase=phase,
        asks=workload.image,
        ready=sum(pod.ready and pod.digest in wanted.digests for pod in mine),
        wanted=workload.wanted,
        runs=tuple(sorted({str(pod.digest) for pod in workload.pods if pod.digest})),
        troubles=tuple(dict.fromkeys(troubles)) if phase in (Phase.STUCK, Phase.FAILED) else (),
    )


def _phase(workload: Workload, wanted: Wanted, tag: str, mine: Sequence[Pod], *, troubles: bool) -> Phase:
    running = [pod for pod in workload.pods if pod.digest is not None]
    right = all(pod.digest in wanted.digests for pod in running)
    counts = {workload.current, workload.updated, workload.available}
    settled = workload.observed and counts == {workload.wanted}
    asked = _asks_for(workload.image, wanted, tag)
    if settled and right and len(running) >= workload.wanted and (running or asked):
        return Phase.RUNNING
    if not asked:
        return Phase.WAITING
    if workload.observed and workload.failed:
        return Phase.FAILED
    if any(pod.digest is not None and pod.digest not in wanted.digests for pod in mine):
        return Phase.FAILED
    return Phase.STUCK if troubles else Phase.ROLLING


def _asks_for(image: str, wanted: Wanted, tag: str) -> bool:
    name, at, digest = image.partition("@")
    return digest in wanted.digests if at else name.rpartition(":")[2] == tag


def follow_rollout(
    cluster: Cluster,
    tag: str,
    wanted: Sequence[Wanted],
    clock: Clock,
    *,
    deadline: float,
    progress: Progress | None = None,
) -> Rollout:
    """Wait until every workload runs the release, one has failed, or *deadline* seconds have passed.

    Raises ``ClusterDenied`` at once, and ``ClusterUnreachable`` when several looks in a row fail.
    """
    began, teller, missed = clock.monotonic(), _Teller(progress or Silent(), tag), 0
    while True:
        left = deadline - (clock.monotonic() - began)
        try:
            now = look_at_workloads(cluster, tag, wanted)
            missed = 0
        except ClusterUnreachable as error:
            missed += 1
            if missed >= PATIENCE or left <= 0:
                raise
            teller.missed(error.message)
            clock.sleep(min(LOOK, max(left, 0.0)))
            continue
        now = replace(now, seconds=round(clock.monotonic() - began, 3))
        teller.tell(now)
        if now.done or now.failed or left <= 0:
            return teller.ended(replace(now, late=not now.done and not now.failed))
        looked = clock.monotonic()
        cluster.wait(min(LOOK, left))
        # A busy cluster reports changes without end; each look reads every workload.
        clock.sleep(max(0.0, PAUSE - (clock.monotonic() - looked)))


class _Teller:
    """Tells a progress what changed from one look to the next, and nothing twice."""

    def __init__(self, progress: Progress, tag: str) -> None:
        self._progress, self._tag = progress, tag
        self._open: set[str] = set()
        self._said: set[tuple[str, str]] = set()

    def tell(self, now: Rollout) -> None:
        """What is new in *now*."""
        for one in now.standings:
            task = self._task(one)
            if one.phase is Phase.RUNNING:
                if task.name in self._open:
                    self._progress.finished(task, Outcome.DONE)
                    self._open.discard(task.name)
                continue
            if task.name not in self._open:
                self._open.add(task.name)
                self._progress.started(task, standing_note(one))
            self._progress.advanced(task, standing_note(one))
            for trouble in one.troubles:
                if (one.where, trouble.reason) not in self._said:
                    self._said.add((one.where, trouble.reason))
                    self._progress.warned(f"{one.where}: {trouble.reason}: {printable(trouble.message)}")

    def missed(self, message: str) -> None:
        """The cluster did not answer."""
        self._progress.warned(f"the cluster did not answer, asking again: {message}")

    def ended(self, last: Rollout) -> Rollout:
        """Close every line that is still open."""
        for one in last.standings:
            task = self._task(one)
            if task.name in self._open:
                self._progress.finished(task, Outcome.FAILED, standing_note(one))
        return last

    @staticmethod
    def _task(one: Standing) -> Task:
        return Task("roll-out", one.where or one.image)


def standing_note(one: Standing) -> str:
    """Where *one* stands, in a few words."""
    if one.phase is Phase.ABSENT:
        return "nothing in the cluster uses this image"
    if one.phase is Phase.WAITING:
        return f"still asks for {one.asks.rpartition(':')[2] if '@' not in one.asks else one.asks}"
    reasons = ", ".join(dict.fromkeys(trouble.reason for trouble in one.troubles))
    return f"{one.ready} of {one.wanted} pods ready" + (f": {reasons}" if reasons else "")


def _held_trouble(workload: Workload, wanted: Wanted) -> Trouble:
    """Why a roll-out does not go on by itself (Kubernetes documentation, "StatefulSets", "DaemonSets")."""
    if workload.held == "Paused":
        return Trouble("Paused", "the roll-out is paused", f"kubectl rollout resume {workload.named}")
    if workload.held == "Partition":
        patch = '{"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}}'
        message = "its partition keeps pods at the release before"
        return Trouble("Partition", message, f"kubectl patch {workload.named} -p '{patch}'")
    old = [pod.name for pod in workload.pods if pod.digest is not None and pod.digest not in wanted.digests]
    pods = " ".join(sorted(old)) or "POD"
    message = "its pods are replaced only when somebody deletes them"
    return Trouble("OnDelete", message, f"kubectl delete pod -n {workload.namespace} {pods}")


def _failure(workload: Workload, mine: Sequence[Pod], wanted: Wanted, tag: str) -> Trouble:
    if workload.observed and workload.failed:
        return Trouble(
            "ProgressDeadlineExceeded",
            workload.failed,
            "Kubernetes undoes nothing, and old pods go on serving. Put right what the pods say, then "
            f"kubectl rollout restart {workload.named}; a HelmRelease "
            "stays failed until: flux reconcile helmrelease NAME --reset. " + _back(tag),
        )
    pod = next(pod for pod in mine if pod.digest is not None and pod.digest not in wanted.digests)
    return Trouble(
        "OtherContent",
        f"it runs {pod.digest} under the released tag",
        "a node keeps an older image under this tag: the tag was moved once. Pin digests in Git, or delete "
        "the pod with imagePullPolicy: Always",
        pod.name,
    )


def _back(tag: str) -> str:
    return f"To go back: wholeship withdraw {tag} (the controller reverts kubectl rollout undo)"


def _trouble(pod: Pod, workload: Workload, tag: str) -> Trouble:
    where = f"-n {workload.namespace} {pod.name}"
    advice = _pod_advice(pod, where, tag)
    if workload.kind == "StatefulSet":
        # It waits for a pod that never gets ready (Kubernetes docs, "StatefulSets", "Forced rollback").
        advice += f". A StatefulSet goes on when this pod is ready, or deleted: kubectl delete pod {where}"
    return Trouble(pod.reason, pod.message, advice, pod.name)


def _pod_advice(pod: Pod, where: str, tag: str) -> str:
    if pod.reason in ("ImagePullBackOff", "ErrImagePull"):
        return _pull_advice(pod.message, tag)
    if pod.reason in ("CrashLoopBackOff", "RunContainerError", "StartError", "OOMKilled"):
        return f"see why: kubectl logs {where} --previous. {_back(tag)}"
    fixed = {
        "ErrImageNeverPull": "imagePullPolicy: Never, and the node does not have the image",
        "InvalidImageName": "the image's name in the manifest is no reference; look at what the setter wrote",
        "CreateContainerConfigError": f"a Secret or ConfigMap is missing: kubectl describe pod {where}",
        "Unschedulable": f"no node takes the pod: kubectl describe pod {where}",
    }
    return fixed.get(pod.reason, f"see why: kubectl describe pod {where}")


def _pull_advice(message: str, tag: str) -> str:
    text = message.lower()
    if any(word in text for word in ("unauthorized", "denied", "forbidden", "403", "401")):
        return "the node may not pull: look at imagePullSecrets of the pod or its service account"
    if any(word in text for word in ("no match for platform", "no matching manifest", "exec format")):
        return "the image lacks the node's platform: release it with that platform"
    if any(word in text for word in ("not found", "manifest unknown", "does not exist")):
        return (
            f"the tag is not there: wholeship status {tag}, then wholeship repair {tag}. The pod recovers by "
            "itself within 5 minutes once it is"
        )
    if any(word in text for word in ("429", "toomanyrequests", "rate limit")):
        return "the registry limits pulls; the node tries again by itself, at most every 5 minutes"
    return "the node tries again by itself, at most every 5 minutes; delete the pod to try at once"
