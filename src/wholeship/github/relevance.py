"""Whether a workflow can publish an image at all, by the words in it and in the local files it uses.

Where no word speaks of images, registries or their credentials, there is nothing that could push: what its
scripts do is not looked at then, which is most of the work.
"""

from __future__ import annotations

import re

from wholeship.core.patterns import lazy_pattern
from wholeship.pipeline.ports import Repository

_WORDS = lazy_pattern(
    r"docker|podman|buildah|skopeo|crane|regctl|\bko\b|ko-build|imagetools|kaniko|\bjib\b|jib:|buildx|ghcr|gcr\.io"
    r"|\becr\b|\bacr\b|quay|image|oras|helm|wholeship|goreleaser|earthly|skaffold|werf|bazel|registry|container"
    r"|packages:|write-all|cosign|depot|artifactory|harbor|compose"
    r"|[-_/.](?:push|publish|release|promote|ship)|(?:push|publish|release|promote|ship)[-_/.]\w"
    r"|(?:make|just|run|pnpm|yarn|task)\s+[\w:-]*(?:push|publish|release|promote|ship)",
    re.IGNORECASE,
)
_SECRETS = lazy_pattern(r"AWS|GCP|GCLOUD|AZURE|ARTIFACT|HUB_|PACKAGE|[._]OCI_|[._]ACR_|[._]ECR_")
_USES = lazy_pattern(r"uses:\s*[\"']?(?:\./|\$/)([^\s\"'@#]+)")
DEPTH = 6


_LOGS_IN = lazy_pattern(
    r"login|log_in|log-in|configure-docker|aws-credentials|/auth@|packages:\s*write|write-all"
    r"|secrets:\s*inherit|registry-auth|\.docker/config|auth\.json"
    r"|secrets\.(?!GITHUB_TOKEN)\w*(?:DOCKER|REGISTRY|QUAY|GHCR|HARBOR|PACKAGE|CONTAINER|IMAGE|AWS|GCLOUD"
    r"|AZURE|ARTIFACT|GCR|ECR|ACR|HUB|GCP|OCI)",
    re.IGNORECASE,
)
"""Words without which nothing has a login or a secret for a registry (``credentials``)."""


def may_log_in(text: str, repository: Repository) -> bool:
    """Whether *text*, or a local action or workflow that it uses, has what a registry asks for."""
    seen: set[str] = set()
    pending = [text]
    while pending:
        here = pending.pop()
        if _LOGS_IN.search(here):
            return True
        for path in set(_USES.findall(here)) - seen:
            seen.add(path)
            inner = _content(path, repository)
            if inner is None:
                return True  # what cannot be read may do anything
            pending.append(inner)
    return False


def may_publish(text: str, repository: Repository) -> bool:
    """Whether *text*, or an action or workflow of the same repository that it uses, speaks of images."""
    seen: set[str] = set()
    pending = [(text, 0)]
    while pending:
        here, depth = pending.pop()
        if _WORDS.search(here) or _SECRETS.search(here):
            return True
        for path in set(_USES.findall(here)) - seen:
            seen.add(path)
            inner = _content(path, repository)
            if inner is None or depth >= DEPTH:
                return True  # what cannot be read may do anything
            pending.append((inner, depth + 1))
    return False


def _content(path: str, repository: Repository) -> str | None:
    names = (path,) if path.endswith((".yml", ".yaml")) else (f"{path}/action.yml", f"{path}/action.yaml")
    for name in names:
        content = repository(name)
        if content is not None:
            return content if isinstance(content, str) else content.decode("utf-8", "replace")
    return None
