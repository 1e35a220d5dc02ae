"""Files that other programs run, wherever they lie: image and make files, hooks, what production runs by."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wholeship.core.patterns import lazy_pattern
from wholeship.review.change import ChangedFile
from wholeship.review.evidence.content import is_comment

_RUNS = lazy_pattern(
    r"(?:^|/)(?:(?:[^/]*[.-])?(?:Dockerfile|Containerfile)(?:[.-][^/]*)?|[^/]*\.dockerfile|GNUmakefile|[Mm]akefile"
    r"|[^/]*\.mk|package\.json|Jenkinsfile|justfile|Justfile|Taskfile\.ya?ml|\.husky/.*|\.githooks/.*|lefthook\.ya?ml"
    r"|\.pre-commit-hooks\.ya?ml|docker-bake[^/]*|(?:docker-)?compose[^/]*\.ya?ml|tox\.ini|noxfile\.py|setup\.(?:py|cfg)"
    r"|conftest\.py|sitecustomize\.py|usercustomize\.py|[^/]*\.pth|\.envrc|Procfile|crontab|[^/]*\.service|Vagrantfile"
    r"|\.devcontainer/.*|\.vscode/tasks\.json|action\.ya?ml)$"
)
_DEPLOYS = lazy_pattern(
    r"(?:^|/)(?:[^/]*\.(?:tf|tfvars|hcl|nomad)|values[^/]*\.ya?ml|Chart\.ya?ml|kustomization\.ya?ml|nginx[^/]*\.conf"
    r"|haproxy[^/]*\.cfg|playbook[^/]*\.ya?ml|serverless\.ya?ml|fly\.toml|app\.ya?ml|\.env(?:\.[^/]*)?"
    r"|(?:charts?|helm|k8s|kubernetes|kustomize|manifests|terraform|ansible|argocd|flux|overlays)/.*)$"
)
"""Names of files that say how a program runs in production."""
_MANIFEST = lazy_pattern(r"^(?:apiVersion|kind):\s*\S|^AWSTemplateFormatVersion:|^services:\s*$")
_VERSION = lazy_pattern(
    r"(?:(?<=[:@])|(?<===)|(?<=[-_ /\"'v])|^)v?\d+(?:\.\d+)+(?:[-+._]?[A-Za-z0-9.]+)*"
    r"|(?<=[\w]:)v?\d+(?:-[\w.]+)?"
    r"|@?sha256:[0-9a-f]{64}|\b[0-9a-f]{40}\b"
)


def runs_elsewhere(file: ChangedFile, content: Iterable[str] = ()) -> bool:
    """Whether other programs run *file*, or did: by its name, or by what is in it.

    Of a package.json only where its lines are scripts.
    """
    paths = (file.path, file.old_path)
    if any(_RUNS.search(path) for path in paths):
        return not file.path.endswith("package.json") or _touches_scripts(file)
    if any(_DEPLOYS.search(path) for path in paths):
        return not file.path.endswith((".md", ".txt"))
    return file.path.endswith((".yaml", ".yml", ".json")) and any(_MANIFEST.match(line) for line in content)


def only_versions(file: ChangedFile) -> bool:
    """Whether the lines of *file* differ in versions, digests and comments alone."""
    if file.status != "M" or not file.lines:
        return False
    texts = [[line.text for line in file.lines], list(file.removed)]
    plain = [[_VERSION.sub("_", t) for t in each if not is_comment("x.sh", t)] for each in texts]
    return plain[0] == plain[1]


def _touches_scripts(file: ChangedFile) -> bool:
    """Whether a changed line of a package.json is no plain `"name": "version"`."""
    plain = re.compile(r"\s*\"(?:@?[\w./-]+)\": \"[~^<>=v]*\d[\w.*+ |<>=~^-]*\",?\s*$|\s*[{}\]],?\s*$")
    texts = [*(line.text for line in file.lines), *file.removed]
    return any(not plain.match(text) for text in texts if text.strip())
