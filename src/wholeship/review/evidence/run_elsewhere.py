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
    r"|\.devcontainer/.*|\.vscode/.*|action\.ya?ml|\.cargo/config(?:\.toml)?|\.mvn/.*|gradle-wrapper\.properties|gradle\.properties"
    r"|\.yarnrc\.yml|\.pnpmfile\.cjs|\.bazelrc|\.lfsconfig|\.gitconfig|netlify\.toml|vercel\.json|firebase\.json|skaffold\.ya?ml"
    r"|heroku\.yml|render\.ya?ml|cloudbuild\.ya?ml|bitbucket-pipelines\.yml|appveyor\.yml|\.appveyor\.yml|\.drone\.ya?ml"
    r"|\.cirrus\.ya?ml|\.woodpecker(?:\.ya?ml|/.*)|\.semaphore/.*|Tiltfile|Earthfile|mise\.toml|\.mise\.toml|nextest\.toml)$"
)
_DEPLOYS = lazy_pattern(
    r"(?:^|/)(?:[^/]*\.(?:tf|tfvars|hcl|nomad)|values[^/]*\.ya?ml|Chart\.ya?ml|kustomization\.ya?ml|nginx[^/]*\.conf"
    r"|haproxy[^/]*\.cfg|playbook[^/]*\.ya?ml|serverless\.ya?ml|fly\.toml|app\.ya?ml|\.env(?:\.[^/]*)?"
    r"|(?:charts?|helm|k8s|kubernetes|kustomize|manifests|terraform|ansible|argocd|flux|overlays)/.*)$"
)
"""Names of files that say how a program runs in production."""
_MANIFEST = lazy_pattern(r"^(?:apiVersion|kind):\s*\S|^AWSTemplateFormatVersion:|^services:\s*$")
_VERSION = lazy_pattern(
    r"(?!\d{1,3}(?:\.\d{1,3}){3}\b)"
    r"(?:(?:(?<=[:@])|(?<==)|(?<=[-_ /\"'v])|^)v?\d+(?:\.\d+)+(?:[-+._]?[A-Za-z0-9.]+)*"
    r"|(?<=[A-Za-z_-]:)v?\d+(?:-[\w.]+)?)"
    r"|@?sha256:[0-9a-f]{64}|\b[0-9a-f]{40}\b"
)
"""A version, a digest or a commit; no address of the network."""
_TELLS_VERSION = lazy_pattern(
    r"^\s*(?:-\s+)?[\"']?(?:FROM\b|image\w*\b|uses\b|(?:\w*[_-])?(?:tag|version|ref|rev(?:ision)?|release|chart|digest|image|commit|sha)\b"
    r"|\w*(?:Version|Tag|Revision|Image)\b|(?:ARG|ENV|export)\s+\w*(?:VERSION|TAG|IMAGE|BASE|REF)\w*|\w*(?:VERSION|TAG|_REF)\w*\s*[:?]?="
    r"|COPY\s+--from)|[=~<>!]=\s*v?\d|\w@v?\d|\?ref=|@?sha256:|/v?\d+(?:\.\d+)+/|/(?:download|archive|releases?)/|\bname:\s*\S+:"
    r"|^\s*-\s+[\"']?[a-z0-9][\w./-]*/[\w./-]+:v?\d|--from=",
    re.IGNORECASE,
)
"""Lines in which a number with dots is a version: they name what it is the version of."""


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


_TOOLS = lazy_pattern(
    r"(?:^|/)(?:\.[^/]+(?:/.*)?|(?:ts|js)config[^/]*\.json|pyproject\.toml|package\.json|[^/]*(?:config|rc)\.(?:json|ya?ml|toml)"
    r"|(?:mkdocs|codecov|antora[^/]*|_config|readthedocs|mergify|dependabot|pnpm-workspace|lefthook|zizmor|buf[^/]*|trivy|wholeship)\.ya?ml"
    r"|(?:lerna|nx|turbo|biome|deno|renovate|asv\.conf|typedoc|cspell|bun|tslint|jsdoc|tsdoc|rush|knip|manifest|release-please-config|size-limit)\.json"
    r"|(?:ruff|clippy|rustfmt|deny|cliff|typos|taplo|book|release|rust-toolchain|audit|osv-scanner|Cross|release-plz|committed|stylua|selene|uv|pdm)\.toml"
    r"|(?:mypy|pytest|tox|pylint|flake8|setup)\.(?:ini|cfg)|sonar-project\.properties|CITATION\.cff|(?:bandit|semgrep)\.ya?ml)$"
)
"""Settings of tools for those who develop; what loosens them is told by its lines."""
_SETTINGS = frozenset(("toml", "ini", "cfg", "conf", "yaml", "yml", "json", "properties"))


def is_unknown_setting(path: str) -> bool:
    """Whether the file at *path* holds settings of no tool that is known: they are the product's own."""
    return path.rpartition(".")[2].lower() in _SETTINGS and _TOOLS.search(path) is None


def only_versions(file: ChangedFile) -> bool:
    """Whether the lines of *file* differ in comments, digests and versions alone, none of which is older."""
    if file.status != "M" or not file.changed:
        return False
    now = [line.text for line in file.lines if not is_comment("x.sh", line.text)]
    before = [text for text in file.removed if not is_comment("x.sh", text) and not _says(file.path, text)]
    return len(now) == len(before) and all(map(_only_newer, before, now))


_SAYS = lazy_pattern(r"\t@?echo\s+(?:\"[^\"$`\\]*\"|'[^'$]*')")


def _says(path: str, text: str) -> bool:
    """Whether a line of a make file only says something to people."""
    return re.fullmatch(r"(?:GNU)?[Mm]akefile|.*\.mk", path.rpartition("/")[2]) is not None and bool(
        _SAYS.fullmatch(text)
    )


_OWN_VERSION = lazy_pattern(
    r"(?:export )?(?:(?:pub(?:lic)?|const|var|let|final|static) )*(__version__|version|VERSION|Version)"
    r"(?:: ?(?:&(?:'static )?str|str|string|String))? ?:?= ?([\"'])"
    r"(\d+(?:\.\d+)+(?:[-+.]?(?:dev|alpha|beta|rc|post|a|b)\.?\d*)?)\2;?"
)
"""The line by which a program says its own version, at the top level of a file."""


def only_own_version(file: ChangedFile) -> bool:
    """Whether *file* only says that the program is of a newer version than before, in plain text."""
    both = [
        [_OWN_VERSION.fullmatch(text) for text in texts]
        for texts in ([line.text for line in file.lines], file.removed)
    ]
    now, before = ([match for match in found if match] for found in both)
    return (
        len(now) == len(before) == len(both[0]) == len(both[1]) == 1
        and (now[0][1], now[0][2]) == (before[0][1], before[0][2])
        and now[0][3] != before[0][3]
        and not is_older(now[0][3], before[0][3])
    )


def _only_newer(before: str, now: str) -> bool:
    """Whether two lines differ in versions alone, each as new as before or newer."""
    if before == now:
        return True
    if _VERSION.sub("_", before) != _VERSION.sub("_", now) or not _TELLS_VERSION.search(now):
        return False
    return not any(
        is_older(new, old) for old, new in zip(_VERSION.findall(before), _VERSION.findall(now), strict=True)
    )


def is_older(now: str, before: str) -> bool:
    """Whether the version *now* is lower than *before*, by their numbers; what is no version is not."""
    found = [re.match(r"[^\w]*v?(\d+(?:\.\d+)*)(?![\da-f]{6})", each) for each in (now, before)]
    if not all(found) or any("sha256" in each or len(each) >= 40 for each in (now, before)):
        return False
    parts = [tuple(map(int, each[1].split("."))) for each in found if each]
    least = min(map(len, parts))
    return parts[0][:least] < parts[1][:least]


def _touches_scripts(file: ChangedFile) -> bool:
    """Whether a changed line of a package.json is no plain `"name": "version"`."""
    plain = re.compile(r"\s*\"(?:@?[\w./-]+)\": \"[~^<>=v]*\d[\w.*+ |<>=~^-]*\",?\s*$|\s*[{}\]],?\s*$")
    texts = [*(line.text for line in file.lines), *file.removed]
    return any(not plain.match(text) for text in texts if text.strip())
