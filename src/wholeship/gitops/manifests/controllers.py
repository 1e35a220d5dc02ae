"""Objects → watches: one function for each controller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from wholeship.core import yamls
from wholeship.core.values import dataclass
from wholeship.gitops.election import Policy, Stalled, Unread
from wholeship.gitops.elector import Elector
from wholeship.gitops.flux import InvalidPolicy, Scan, parse_policy
from wholeship.gitops.image_updater import Strategy, UpdaterPolicy
from wholeship.gitops.kargo import CONTROLLER as KARGO
from wholeship.gitops.kargo import KargoPolicy, Selection
from wholeship.gitops.keel import KeelPolicy
from wholeship.gitops.manifests.documents import Document, flag, items, node_at, text_at, texts_at
from wholeship.gitops.manifests.model import Remark, Watch, as_repository
from wholeship.gitops.manifests.usage import split_image
from wholeship.gitops.manifests.variables import Filled

FLUX = "image.toolkit.fluxcd.io"
KARGO_GROUP = "kargo.akuity.io"
BY_HAND = "making of Freight"
"""What is off where a Warehouse makes Freight only by hand."""
ARGO_IMAGES = "argocd-image-updater.argoproj.io"
WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "CronJob", "ReplicaSet", "Job"})

Found = Iterator[Watch | Remark]


def flux_watches(documents: tuple[Document, ...]) -> Found:
    """Every ImagePolicy, with the ImageRepository it refers to."""
    flux = [document for document in documents if document.group == FLUX]
    repositories = {one.name: one for one in flux if one.kind == "ImageRepository"}
    for document in flux:
        if document.kind == "ImagePolicy":
            yield from _flux_watch(document, repositories, documents)
        elif document.kind not in ("ImageRepository", "ImageUpdateAutomation"):
            yield Remark(f"{document.kind or 'an object'} of {FLUX} is not known here", document.place, True)


def _flux_watch(
    document: Document, repositories: Mapping[str, Document], documents: tuple[Document, ...]
) -> Found:
    filled = Filled(document, documents)
    spec = node_at(document.node, "spec")
    wanted = filled.text(spec, "imageRepositoryRef", "name")
    namespace = filled.text(spec, "imageRepositoryRef", "namespace") or document.namespace
    repository = repositories.get(f"{namespace}/{wanted}" if namespace else wanted) or _by_bare_name(
        wanted, namespace, repositories
    )
    if repository is None:
        yield Remark(
            f"the ImageRepository {wanted or '(none)'} of {document.name} is not here", document.place, True
        )
    image, scan, problem = _scanned(repository, documents)
    suspended = [
        one.kind for one in (document, repository) if one is not None and flag(one.node, "spec", "suspend")
    ]
    policy: Policy = Stalled("flux", problem) if problem else _flux_policy(spec, filled)
    unread = " and ".join(filter(None, (filled.problem, scan.unread)))
    if unread:
        policy = Unread("flux", unread)
    yield Watch(
        name=document.name,
        image=image,
        repository=as_repository(image) if image else None,
        elector=Elector(policy, scan.kept, document.name),
        place=document.place,
        suspended=" and ".join(suspended),
        reflects_digest=text_at(spec, "digestReflectionPolicy") or "Never",
    )


def _by_bare_name(name: str, namespace: str, repositories: Mapping[str, Document]) -> Document | None:
    # An overlay may add the namespace later; then the bare names have to agree, and only one may.
    fitting = [
        one
        for one in repositories.values()
        if one.name.rpartition("/")[2] == name and (not namespace or not one.namespace)
    ]
    return fitting[0] if len(fitting) == 1 else None


@dataclass(frozen=True, slots=True)
class _Scanned:
    """What an ImageRepository keeps, and which of its variables are not known."""

    kept: Scan
    unread: str = ""


def _scanned(repository: Document | None, documents: tuple[Document, ...]) -> tuple[str, _Scanned, str]:
    """The image (empty where it is not known), the scan, and what Flux would refuse of it."""
    if repository is None:
        return "", _Scanned(Scan.parse(())), ""
    filled = Filled(repository, documents)
    image = filled.text(repository.node, "spec", "image")
    unknown = filled.problem
    exclusions = filled.texts(repository.node, "spec", "exclusionList")
    try:
        scan, problem = Scan.parse(() if filled.problem else exclusions), ""
    except InvalidPolicy as error:
        scan, problem = Scan(()), f"its ImageRepository cannot be scanned: {error}"
    return "" if unknown else image, _Scanned(scan, filled.problem), problem


def _flux_policy(spec: yamls.Node | None, filled: Filled) -> Policy:
    choice = node_at(spec, "policy")

    def chosen(kind: str, key: str) -> str | None:
        return filled.text(choice, kind, key) if node_at(choice, kind) is not None else None

    filtered = node_at(spec, "filterTags") is not None
    try:
        return parse_policy(
            semver=chosen("semver", "range"),
            alphabetical=chosen("alphabetical", "order"),
            numerical=chosen("numerical", "order"),
            pattern=filled.text(spec, "filterTags", "pattern") if filtered else None,
            extract=filled.text(spec, "filterTags", "extract"),
        )
    except InvalidPolicy as error:
        return Stalled("flux", str(error))


def argo_watches(documents: tuple[Document, ...]) -> Found:
    """Images in Application annotations, and in ImageUpdater objects."""
    for document in documents:
        if document.kind == "Application" and document.group == "argoproj.io":
            yield from _annotated(document)
        elif document.kind == "ImageUpdater" and document.group == ARGO_IMAGES:
            yield from _image_updater(document)


def _annotated(document: Document) -> Found:
    annotations = node_at(document.node, "metadata", "annotations")

    def said(key: str) -> str:
        return text_at(annotations, f"{ARGO_IMAGES}/{key}")

    def of(image: str, key: str) -> str:
        # What is said for the whole Application counts for every image that says nothing itself.
        return said(f"{image}.{key}") or said(key)

    for spelled in filter(None, (part.strip() for part in said("image-list").split(","))):
        alias, has_alias, image = spelled.rpartition("=")
        name, constraint = _image_and_constraint(image)
        # Without an alias the image's own name is the key, slashes written as underscores.
        key = (alias if has_alias else name).replace("/", "_")
        policy = _updater_policy(
            constraint,
            strategy=of(key, "update-strategy"),
            allow=of(key, "allow-tags"),
            ignore=of(key, "ignore-tags").split(","),
        )
        yield _part_watch(document, alias or name, name, policy)


def _image_updater(document: Document) -> Found:
    spec = node_at(document.node, "spec")
    for application in items(spec, "applicationRefs"):
        for image in items(application, "images"):
            levels = [node_at(one, "commonUpdateSettings") for one in (image, application, spec)]

            def setting(key: str, levels: list[yamls.Node | None] = levels) -> str:
                return next(filter(None, (text_at(level, key) for level in levels)), "")

            ignored = next(filter(None, (texts_at(level, "ignoreTags") for level in levels)), ())
            name, constraint = _image_and_constraint(text_at(image, "imageName"))
            policy = _updater_policy(
                constraint,
                strategy=setting("updateStrategy"),
                allow=setting("allowTags"),
                ignore=ignored,
            )
            yield _part_watch(document, text_at(image, "alias") or name, name, policy)


def _updater_policy(constraint: str, *, strategy: str, allow: str, ignore: Iterable[str]) -> UpdaterPolicy:
    return UpdaterPolicy(
        Strategy.parse(strategy) if strategy else Strategy.SEMVER,
        constraint,
        allow.strip() or "any",
        tuple(pattern.strip() for pattern in ignore if pattern.strip()),
    )


def _image_and_constraint(spelled: str) -> tuple[str, str]:
    slash = spelled.rfind("/")
    colon = spelled.find(":", slash + 1)
    return (spelled, "") if colon < 0 else (spelled[:colon], spelled[colon + 1 :])


def keel_watches(documents: tuple[Document, ...]) -> Found:
    """Workloads with Keel's annotations or labels, and chart values with a ``keel`` section."""
    for document in documents:
        if document.kind in WORKLOADS:
            yield from _keel_workload(document)
        elif not document.kind and node_at(document.node, "keel", "policy") is not None:
            yield from _keel_values(document)


def _keel_workload(document: Document) -> Found:
    def said(key: str) -> str:
        sections = ("annotations", "labels")
        return next(filter(None, (text_at(document.node, "metadata", s, key) for s in sections)), "")

    policy = said("keel.sh/policy")
    if not policy or policy == "never":
        return
    for node in yamls.walk_node(document.node):
        if (
            isinstance(node, yamls.Mapping)
            and node_at(node, "image") is not None
            and node_at(node, "name") is not None
        ):
            parts = split_image(text_at(node, "image"))
            if parts is not None:
                rule = KeelPolicy(
                    policy,
                    parts[1] or "latest",
                    said("keel.sh/matchTag") == "true" or said("keel.sh/match-tag") == "true",
                    said("keel.sh/matchPreRelease") != "false",
                )
                yield _part_watch(document, text_at(node, "name"), parts[0], rule)


def _keel_values(document: Document) -> Found:
    for entry in items(document.node, "keel", "images"):
        repository = text_at(document.node, *text_at(entry, "repository").split("."))
        tag = text_at(document.node, *text_at(entry, "tag").split("."))
        rule = KeelPolicy(text_at(document.node, "keel", "policy"), tag)
        if repository:
            yield _part_watch(document, text_at(entry, "repository"), repository, rule)


def kargo_watches(documents: tuple[Document, ...]) -> Found:
    """Image subscriptions of Warehouses, in every version of the API."""
    for document in documents:
        if document.kind != "Warehouse" or document.group != KARGO_GROUP:
            continue
        for entry in items(document.node, "spec", "subscriptions"):
            subscription = node_at(entry, "image")
            if subscription is not None:
                yield from _subscribed(document, subscription)


def _subscribed(document: Document, subscription: yamls.Node) -> Found:
    image = text_at(subscription, "repoURL")
    watch = _part_watch(document, image, image, _kargo_policy(document, subscription))
    if text_at(document.node, "spec", "freightCreationPolicy") == "Manual":
        watch = replace(watch, suspended=BY_HAND)
    yield watch
    for old in ("allowTags", "ignoreTags"):
        if node_at(subscription, old) is not None:
            yield Remark(f"Kargo 1.11 and newer refuse {old}: write {old}Regexes", document.place)


def _kargo_policy(document: Document, subscription: yamls.Node) -> Policy:
    criteria = text_at(document.node, "spec", "freightCreationCriteria", "expression")
    if criteria:
        return Unread(KARGO, f"freightCreationCriteria decides as well: {criteria}")
    chosen = text_at(subscription, "imageSelectionStrategy") or Selection.SEMVER
    if chosen not in set(Selection):
        return Stalled(KARGO, f"there is no imageSelectionStrategy {chosen!r}")
    allowed = text_at(subscription, "allowTags")
    strict = node_at(subscription, "strictSemvers")
    return KargoPolicy(
        Selection(chosen),
        text_at(subscription, "constraint") or text_at(subscription, "semverConstraint"),
        (*texts_at(subscription, "allowTagsRegexes"), *([allowed] if allowed else [])),
        texts_at(subscription, "ignoreTagsRegexes"),
        texts_at(subscription, "ignoreTags"),
        strict is None or flag(subscription, "strictSemvers"),
    )


def _part_watch(document: Document, part: str, image: str, rule: Policy) -> Watch:
    name = "/".join(filter(None, (document.name or document.file, part)))
    return Watch(name, image, as_repository(image), Elector(rule, None, name), document.place)
