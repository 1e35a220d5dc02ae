"""A Kubernetes cluster through the official client: what runs images for good, and its pods, only ever read.

Where the cluster is comes from the kubeconfig, as for kubectl, or, inside a pod, from its service account.
Facts: Kubernetes API reference, "Deployment", "StatefulSet" and "DaemonSet" (apps/v1) and "Pod" (v1): a
container's ``imageID`` names
the digest it was pulled by, as ``host/name@sha256:…`` (Docker puts ``docker-pullable://`` before it), or,
for an image that came from no registry, the digest of its config alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, TypeVar

from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, ClusterDenied, ClusterError, ClusterUnreachable, ToolMissing
from wholeship.core.patterns import lazy_pattern
from wholeship.core.reference import Repository, repository_of_image
from wholeship.core.text import Redactor, printable
from wholeship.release.ports import Pod, Workload

TIMEOUT = (5.0, 20.0)
"""Seconds to connect, and to wait for an answer."""

PAGE = 500
"""Objects of one list answer; clusters with thousands of pods answer in pages."""

KINDS = {"deployments": "Deployment", "statefulsets": "StatefulSet", "daemonsets": "DaemonSet"}
"""What runs images for good, as the API's paths and as people call it."""

SOON = 2.0
"""Seconds to wait at most where several kinds have to be looked at: one of them is watched."""

_DIGEST = lazy_pattern(r"sha256:[0-9a-f]{64}")
_OBJECT = lazy_pattern(r"^<?\w+\([^)]*\)>?: ")
_MESSAGE = 400

Answer = TypeVar("Answer")


class KubernetesCluster:
    """The :class:`wholeship.release.ports.Cluster` that *context* of the kubeconfig names.

    *namespace* limits the look to one; empty means that of the context, or all where it names none.
    Raises :class:`ToolMissing` without the client, :class:`BadInput` without a usable configuration.
    """

    def __init__(self, context: str = "", namespace: str = "", *, kubeconfig: str = "") -> None:
        client = _library("client")
        self.name, configured, api = _connection(client, context, kubeconfig)
        self.namespace = "" if namespace == "*" else namespace or configured
        self._apps, self._core = client.AppsV1Api(api), client.CoreV1Api(api)
        self._api = api
        self._seen: dict[str, str] = {}
        self._ours: frozenset[str] = frozenset()

    def workloads(self, repositories: Collection[Repository]) -> tuple[Workload, ...]:
        """See the port."""
        found: list[Workload] = []
        for kind, name in KINDS.items():
            for one in self._list(kind):
                ours = [c for c in _containers(one) if repository_of_image(c.image or "") in repositories]
                pods = self._pods_of(one, name) if ours else []
                found += [_WORKLOADS[kind](one, container, pods) for container in ours]
        there = {workload.kind for workload in found}
        self._ours = frozenset(kind for kind, name in KINDS.items() if name in there)
        return tuple(found)

    def wait(self, seconds: float) -> None:
        """See the port: until a workload changes, of a kind that the release has."""
        kind = next((kind for kind in KINDS if kind in self._ours), "deployments")
        seconds = min(seconds, SOON) if len(self._ours) > 1 else seconds
        call, where = self._lister(kind)
        watcher = _library("watch").Watch()
        # A watch without an end would hang on a connection that died silently.
        limits = {"timeout_seconds": max(1, round(seconds)), "_request_timeout": (TIMEOUT[0], seconds + 10)}
        since = self._seen.get(kind) or None
        with _told_as_ours(self._doing("watch", kind), self.name), _ending(watcher):
            for event in watcher.stream(call, *where, resource_version=since, **limits):
                if event["type"] != "BOOKMARK":
                    return

    # -- asking ------------------------------------------------------------------------------------

    def _list(self, kind: str, namespace: str = "", **chosen: Any) -> Iterator[Any]:
        call, where = self._lister(kind, namespace)
        token = None
        while True:
            with _told_as_ours(self._doing("list", kind), self.name):
                answer = call(*where, limit=PAGE, _continue=token, _request_timeout=TIMEOUT, **chosen)
            self._seen[kind] = answer.metadata.resource_version or ""
            yield from answer.items
            token = answer.metadata._continue
            if not token:
                return

    def _lister(self, kind: str, namespace: str = "") -> tuple[Callable[..., Any], tuple[str, ...]]:
        api, name = (self._apps if kind in KINDS else self._core), _WORDS.get(kind, "pod")
        namespace = namespace or self.namespace
        if namespace:
            return getattr(api, f"list_namespaced_{name}"), (namespace,)
        return getattr(api, f"list_{name}_for_all_namespaces"), ()

    def _pods_of(self, workload: Any, kind: str) -> list[Any]:
        selector = _selector(workload.spec.selector)
        pods = self._list("pods", workload.metadata.namespace, label_selector=selector)
        mine = [pod for pod in pods if _may_be_of(pod, kind, workload.metadata.name)]
        return [pod for pod in mine if pod.metadata.deletion_timestamp is None]

    def _doing(self, verb: str, kind: str) -> str:
        return f"{verb} {kind} in {f'namespace {self.namespace}' if self.namespace else 'all namespaces'}"


def _library(part: str) -> Any:
    try:
        return import_module(f"kubernetes.{part}")
    except ImportError:
        raise ToolMissing(
            "looking into a cluster needs the package kubernetes", advice="pip install 'wholeship[cluster]'"
        ) from None


def _connection(client: Any, context: str, kubeconfig: str) -> tuple[str, str, Any]:
    """The name of the context, its namespace, and a client for it."""
    config = _library("config")
    inside = "KUBERNETES_SERVICE_HOST" in os.environ and not (context or kubeconfig or _configured())
    try:
        if inside:
            settings = client.Configuration()
            config.load_incluster_config(client_configuration=settings)
            return "in-cluster", _own_namespace(), _api(client, settings)
        # Named here: the client itself looks at KUBECONFIG only once, when it is imported.
        file = kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
        contexts, active = config.list_kube_config_contexts(config_file=file)
        chosen = next((one for one in contexts if one["name"] == context), None) if context else active
        if chosen is None:
            known = ", ".join(sorted(one["name"] for one in contexts))
            raise BadInput(
                f"there is no context {printable(context)}", advice=f"contexts: {printable(known)}"
            )
        settings = client.Configuration()
        config.load_kube_config(config_file=file, context=chosen["name"], client_configuration=settings)
        namespace = (chosen.get("context") or {}).get("namespace") or ""
        return printable(chosen["name"]), namespace, _api(client, settings)
    except BadInput:
        raise
    except Exception as error:  # the client raises ConfigException, but also KeyError, TypeError, YAMLError
        said = Redactor()(printable(str(error), limit=_MESSAGE))
        raise BadInput(
            f"no usable kubeconfig: {said}",
            advice="set KUBECONFIG, or name a context (kubectl config get-contexts) with --context",
        ) from None


def _api(client: Any, settings: Any) -> Any:
    settings.retries = 0  # whoever waits looks again anyway, and urllib3 would log each of its own
    return client.ApiClient(settings)


def _configured() -> bool:
    return bool(os.environ.get("KUBECONFIG")) or os.path.exists(os.path.expanduser("~/.kube/config"))


def _own_namespace() -> str:
    try:
        with open("/var/run/secrets/kubernetes.io/serviceaccount/namespace", encoding="utf-8") as file:
            return file.read(300).strip()
    except OSError:
        return ""


@contextmanager
def _ending(watcher: Any) -> Iterator[None]:
    try:
        yield
    finally:
        watcher.stop()


@contextmanager
def _told_as_ours(doing: str, context: str) -> Iterator[None]:
    """Whatever the client raises, as one of our own errors."""
    from kubernetes.client.exceptions import ApiException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ApiException as error:
        if error.status == 410 and doing.startswith("watch"):
            return  # the watch was too old to go on: the next look starts anew
        raise _refusal(error, doing, context) from None
    except ValueError as error:  # the client checks answers against its model, with pydantic
        said = printable(str(error), limit=_MESSAGE)
        raise ClusterError(
            f"the answer of the cluster {context} cannot be read ({doing}): {said}",
            advice="the package kubernetes may be too old, or too new, for this cluster",
        ) from None
    except (HTTPError, OSError) as error:
        if type(error).__name__ == "ReadTimeoutError" and doing.startswith("watch"):
            return
        # Under "Max retries exceeded with url" lies the reason, behind the name of urllib3's own object.
        reason = _OBJECT.sub("", str(getattr(error, "reason", error)))
        said = Redactor()(printable(reason, limit=_MESSAGE))
        raise ClusterUnreachable(
            f"the cluster {context} does not answer ({doing}): {said}",
            advice="check that kubectl get deployments works from here, with the same KUBECONFIG",
        ) from None


def _refusal(error: Any, doing: str, context: str) -> ClusterError:
    said = Redactor()(printable(_said_by_error(error), limit=_MESSAGE))
    if error.status == 401:
        return ClusterDenied(
            f"the cluster {context} does not accept the credentials (401): {said}",
            advice="they may have expired: log in again, then check with kubectl get deployments",
        )
    if error.status == 403:
        return ClusterDenied(
            f"not allowed to {doing} of {context} (403): {said}",
            advice=f"needed are list and watch on {', '.join(KINDS)}, and list on pods; --namespace limits "
            "the look to one namespace",
        )
    return ClusterError(f"the cluster {context} answered {error.status} ({doing}): {said}")


def _said_by_error(error: Any) -> str:
    try:
        return str(jsons.parse_json(error.body or "", what="answer")["message"])
    except (BadInput, KeyError, TypeError):
        return str(error.reason or "no reason given")


# -- reading answers -------------------------------------------------------------------------------


def _may_be_of(pod: Any, kind: str, name: str) -> bool:
    """Labels can be shared by mistake: a pod that names another owner is none of ours."""
    owner = next((one for one in pod.metadata.owner_references or () if one.controller), None)
    if owner is None:
        return True
    if kind == "Deployment":  # owns a ReplicaSet, which owns the pod
        return bool(owner.kind == "ReplicaSet")
    return bool((owner.kind, owner.name) == (kind, name))


def _containers(workload: Any) -> list[Any]:
    spec = workload.spec.template.spec
    return [*(spec.containers or ()), *(spec.init_containers or ())]


def _replicated(one: Any, container: Any, pods: Iterable[Any]) -> dict[str, Any]:
    """Of workloads that say themselves how many pods they want."""
    status, wanted = one.status, one.spec.replicas
    return {
        **_common(one, container, pods),
        "wanted": 1 if wanted is None else wanted,
        "current": status.replicas or 0,
        "updated": status.updated_replicas or 0,
        "available": status.available_replicas or 0,
    }


def _deployment(one: Any, container: Any, pods: Iterable[Any]) -> Workload:
    status, spec = one.status, one.spec
    return Workload(
        **_replicated(one, container, pods),
        failed=_failed(status.conditions or ()),
        held="Paused" if spec.paused else "",
    )


def _stateful(one: Any, container: Any, pods: Iterable[Any]) -> Workload:
    return Workload(
        **_replicated(one, container, pods),
        held=_held_strategy(one.spec.update_strategy),
        kind="StatefulSet",
    )


def _daemons(one: Any, container: Any, pods: Iterable[Any]) -> Workload:
    """How many pods are wanted is the number of nodes that fit, which only the controller knows."""
    status = one.status
    return Workload(
        **_common(one, container, pods),
        wanted=status.desired_number_scheduled or 0,
        current=status.current_number_scheduled or 0,
        updated=status.updated_number_scheduled or 0,
        available=status.number_available or 0,
        held=_held_strategy(one.spec.update_strategy),
        kind="DaemonSet",
    )


_WORKLOADS: dict[str, Callable[[Any, Any, Iterable[Any]], Workload]] = {
    "deployments": _deployment,
    "statefulsets": _stateful,
    "daemonsets": _daemons,
}
_WORDS = {"deployments": "deployment", "statefulsets": "stateful_set", "daemonsets": "daemon_set"}
"""As the client's methods call one of them."""


def _common(one: Any, container: Any, pods: Iterable[Any]) -> dict[str, Any]:
    """What every kind says in the same way."""
    return {
        "namespace": one.metadata.namespace,
        "name": one.metadata.name,
        "container": container.name,
        "image": container.image,
        "observed": (one.status.observed_generation or 0) >= (one.metadata.generation or 0),
        "pods": tuple(found for pod in pods if (found := _pod(pod, container.name)) is not None),
    }


def _held_strategy(strategy: Any) -> str:
    """Why a set does not go on to its newest spec by itself; empty when it does."""
    if strategy is None:
        return ""
    if strategy.type == "OnDelete":
        return "OnDelete"
    rolling = strategy.rolling_update
    return "Partition" if getattr(rolling, "partition", None) else ""


def _failed(conditions: Iterable[Any]) -> str:
    for one in conditions:
        if (one.type, one.status, one.reason) == ("Progressing", "False", "ProgressDeadlineExceeded"):
            return printable(one.message or "the progress deadline has passed", limit=_MESSAGE)
    return ""


def _pod(pod: Any, container: str) -> Pod | None:
    asked = [*(pod.spec.containers or ()), *(pod.spec.init_containers or ())]
    image = next((one.image for one in asked if one.name == container), None)
    if image is None or (pod.status.phase == "Succeeded"):
        return None
    statuses = [*(pod.status.container_statuses or ()), *(pod.status.init_container_statuses or ())]
    status = next((one for one in statuses if one.name == container), None)
    reason, message = _why_not_running(pod, status)
    return Pod(
        name=pod.metadata.name,
        image=image,
        digest=_digest_of_id(status.image_id if status else ""),
        ready=bool(status and status.ready),
        reason=reason,
        message=message,
        restarts=status.restart_count if status else 0,
    )


def _why_not_running(pod: Any, status: Any) -> tuple[str, str]:
    """Why the container does not run, in Kubernetes' words."""
    waiting = status.state.waiting if status and status.state else None
    if waiting is not None and waiting.reason:
        last = status.last_state.terminated if status.last_state else None
        ended = f"{last.reason or 'ended'}, exit code {last.exit_code}" if last else ""
        return waiting.reason, _printable_text(waiting.message or ended)
    if status is None:
        for one in pod.status.conditions or ():
            if (one.type, one.status) == ("PodScheduled", "False"):
                return one.reason or "Unschedulable", _printable_text(one.message)
    if pod.status.phase == "Failed":
        return pod.status.reason or "Failed", _printable_text(pod.status.message)
    return "", ""


def _printable_text(text: str | None) -> str:
    return printable(text or "", limit=_MESSAGE)


def _digest_of_id(image_id: str | None) -> Digest | None:
    found = _DIGEST.search(image_id or "")
    return Digest(found[0]) if found else None


def _selector(selector: Any) -> str:
    """A label selector as the list call wants it; Kubernetes documentation, "Labels and Selectors"."""
    parts = [f"{key}={value}" for key, value in sorted((selector.match_labels or {}).items())]
    for one in selector.match_expressions or ():
        values = ",".join(one.values or ())
        parts.append(
            {
                "In": f"{one.key} in ({values})",
                "NotIn": f"{one.key} notin ({values})",
                "Exists": one.key,
                "DoesNotExist": f"!{one.key}",
            }[one.operator]
        )
    return ",".join(parts)
