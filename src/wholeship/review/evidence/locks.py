"""Lock files, read as dependency changes: a package that was not there, or one that comes from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from wholeship.review.change import ChangedFile, Diff
from wholeship.review.evidence.content import LOCKS

_ADDRESS = re.compile(r"(?:git\+)?(?:https?|ssh|git|file)://(?:[^/@\s\"']+@)?([^/\s\"']+)")
_SOURCE = re.compile(
    r"--(?:extra-)?index-url|--find-links|git\+(?:https?|ssh|file)|\s@ (?:https?|file)://"
    r'|":\s*"(?:git|https?|file)[^"]*(?:\.tgz|\.tar\.gz|\.git)'
)
_NAME = re.compile(
    r'\s*"node_modules/([^"]+)":|name = "([^"]+)"|\s*"name": "([^"]+)"|"?((?:@[\w.-]+/)?[\w.-]+)@[^\s]+:$'
    r"|\s+/?'?((?:@[\w.-]+/)?[\w.-]+)@[^\s]+:$|([\w./-]+) v\S+ h1:"
)


def moves_dependencies(diff: Diff) -> bool:
    """Whether a lock file of *diff* gets a package that it did not have."""
    for file in diff.files:
        if file.path.rpartition("/")[2] in LOCKS and not file.is_deleted:
            added = [line.text for line in file.lines]
            if _names(added) - _names(file.removed):
                return True
    return False


def changes_source(diff: Diff, kinds: Mapping[str, str]) -> bool:
    """Whether a dependency of *diff* comes from another place than before."""
    return any(_moved(file, kinds[file.shown]) for file in diff.files if not file.is_deleted)


def _moved(file: ChangedFile, kind: str) -> bool:
    added = [line.text for line in file.lines]
    if file.path.rpartition("/")[2] in LOCKS:
        before = _hosts(file.removed)
        return bool(before) and bool(_hosts(added) - before)
    before_text = set(file.removed)
    return kind == "deps" and any(_SOURCE.search(text) for text in added if text not in before_text)


def _names(lines: Iterable[str]) -> set[str]:
    return {next(filter(None, found.groups())) for line in lines if (found := _NAME.match(line))}


def _hosts(lines: Iterable[str]) -> set[str]:
    return {host for line in lines for host in _ADDRESS.findall(line)}
