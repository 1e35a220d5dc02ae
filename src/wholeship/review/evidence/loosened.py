"""What a change loosens in workflows: gates off, rights gained, secrets sent out. Read line by line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from wholeship.core.patterns import lazy_pattern
from wholeship.review.change import ChangedFile, Diff
from wholeship.review.evidence.workflow_gone import find_gone
from wholeship.review.evidence.workflow_shape import compare_shapes, read_shapes

_FOLDER = ".github/workflows/"
_OFF = lazy_pattern(r"\s*-?\s*if:\s*['\"]?(?:false|\$\{\{\s*false\s*\}\})|\s*-?\s*continue-on-error:\s*true")
_TRIGGER = lazy_pattern(r"\s*(?:on:.*)?\b(?:pull_request|push|merge_group)\b")
_RIGHT = lazy_pattern(
    r"\s*[\w-]+:\s*['\"]?write(?:-all)?['\"]?\s*(?:#.*)?$|.*\bpermissions:.*\bwrite\b|\s*secrets:\s*inherit"
)
_DANGEROUS = lazy_pattern(r"[^#]*\bpull_request_target\b")
_SENDS = lazy_pattern(r"\b(?:curl|wget|nc|ncat|netcat|Invoke-WebRequest|Invoke-RestMethod|scp|base64)\b")
_SECRET = lazy_pattern(
    r"\bsecrets\.(?!GITHUB_TOKEN\b)\w+|\$\{?\w*(?:TOKEN|SECRET|PASSWORD|API_KEY)\b|toJSON\(secrets\)|\b(?:printenv|env)\s*\|"
)
_ALL = lazy_pattern(r"toJSON\(\s*secrets\s*\)", re.IGNORECASE)
_PIPED = lazy_pattern(r"\b(?:curl|wget)\b[^|#]*\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b")
_ELSEWHERE = lazy_pattern(
    r"--(?:extra-)?index-url\b|--trusted-host\b|--find-links\b|--default-index\b|--registry[= ]\s*\S*//"
    r"|\b(?:PIP_(?:EXTRA_)?INDEX_URL|PIP_TRUSTED_HOST|PIP_FIND_LINKS|UV_(?:DEFAULT_|EXTRA_)?INDEX\w*|GOPROXY|GONOSUM\w+"
    r"|GOINSECURE|npm_config_registry|NPM_CONFIG_REGISTRY|YARN_NPM_REGISTRY_SERVER)\b\s*[:=]"
    r"|\bnpm (?:config )?set registry|\bconfig set global\.\w*index-url|\bconfig set registry",
)
_UNCHECKED = lazy_pattern(
    r"--no-check-certificate|--insecure\b|\bcurl\b[^|#]*\s-\w*k\b|sslVerify\s*=?\s*false|strict-ssl\W+false"
    r"|GIT_SSL_NO_VERIFY|NODE_TLS_REJECT_UNAUTHORIZED|StrictHostKeyChecking[= ]no"
    r"|--allow-unauthenticated|--nogpgcheck"
)
_USES = lazy_pattern(r"\s*-?\s*uses:\s*['\"]?([\w.-]+/[\w./-]+)@([^\s'\"#]+)")
_PINNED = lazy_pattern(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ANYWHERE = (_PIPED, _ELSEWHERE, _UNCHECKED)
"""What counts wherever in a line it stands."""
_HOST = ("actions/", "github/")
"""Owners whose actions are the code host's own."""


def find_loosened(
    diff: Diff, touched: Iterable[str], base: Path, head: Path | None = None
) -> tuple[str, ...]:
    """What *diff* loosens in the workflows and actions *touched*, a line each, with its place."""
    names, known = set(touched), _known_actions(base)
    found: list[str] = []
    for file in diff.files:
        if _is_gone(file):
            found.append(f"workflow gone: its gates are lost ({file.shown}:1)")
        elif file.path in names:
            found += _loosened(file, known)
    flows = {
        file.path: file.old_path
        for file in diff.files
        if (_runs(file.path) or _is_action(file.path)) and not file.is_deleted
    }
    if head is not None and flows:
        said = {text.partition(" (")[0].partition(":")[0] for text in found}
        before, now = read_shapes(base), read_shapes(head)
        lost = (path for path, old_path in flows.items() if old_path in before and path not in now)
        found += [f"what it does cannot be read any more ({path}:1)" for path in lost]
        more = (*compare_shapes(before, now, flows), *find_gone(before, now, flows))
        found += [text for text in more if text.partition(" (")[0].partition(":")[0] not in said]
    return tuple(dict.fromkeys(found))


def _is_gone(file: ChangedFile) -> bool:
    """Whether a workflow was deleted, or lies where it does not run any more."""
    if not _runs(file.old_path):
        return False
    return file.is_deleted or (file.status == "R" and not _runs(file.path))


def _runs(path: str) -> bool:
    name = path.removeprefix(_FOLDER)
    return name != path and "/" not in name and name.endswith((".yml", ".yaml"))


def _is_action(path: str) -> bool:
    return path.rpartition("/")[2] in ("action.yml", "action.yaml")


def _loosened(file: ChangedFile, known: frozenset[str]) -> Iterator[str]:
    for shape, what in (
        (_OFF, "gate switched off"),
        (_RIGHT, "right gained"),
        (_DANGEROUS, "runs with secrets on foreign changes: pull_request_target"),
        (_PIPED, "a download is run as it comes"),
        (_ELSEWHERE, "packages come from another place"),
        (_UNCHECKED, "certificates or signatures are not checked"),
    ):
        finds = shape.search if shape in _ANYWHERE else shape.match
        added = [line for line in file.lines if finds(line.text)]
        if len(added) > sum(1 for text in file.removed if finds(text)):
            yield f"{what} ({file.shown}:{added[-1].number})"
    lost = sum(1 for text in file.removed if _TRIGGER.match(text))
    if file.status != "A" and lost > sum(1 for line in file.lines if _TRIGGER.match(line.text)):
        yield f"trigger gone: its gates run less often ({file.shown}:1)"
    before = set(file.removed)
    for line in file.lines:
        if line.text in before:
            continue
        sends = _SENDS.search(line.text) and _SECRET.search(line.text)
        if sends or _ALL.search(line.text):
            yield f"a secret is sent out ({file.shown}:{line.number})"
        uses = _USES.match(line.text)
        if uses and not uses[1].startswith(_HOST) and not _PINNED.fullmatch(uses[2]) and uses[1] not in known:
            yield f"new action that is not pinned: {uses[1]} ({file.shown}:{line.number})"


def _known_actions(base: Path) -> frozenset[str]:
    """The actions that the base uses already."""
    found: set[str] = set()
    for path in sorted(base.glob(".github/**/*.y*ml")):
        try:
            lines = path.read_text("utf-8", "replace").splitlines()
        except OSError:
            continue  # an unknown action counts as new: the stricter answer
        found |= {uses[1] for line in lines if (uses := _USES.match(line))}
    return frozenset(found)
