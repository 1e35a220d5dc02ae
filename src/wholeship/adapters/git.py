"""What git says about a work tree: the commit, the branch, whether it was changed since.

The work tree may be a stranger's: no hook, file-system monitor or pager of its configuration is run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from wholeship.adapters.process import allowed, ask, program
from wholeship.core.errors import CommandFailed, ToolMissing

_SAFE = (
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.pager=cat"),
    *("-c", "core.quotePath=false"),
)
_SCP = re.compile(r"(?:[\w.-]+@)?([\w.-]+):(?!//)(.+)")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class WorkTree:
    """One moment of a work tree. Empty texts: git does not say (no commit yet, no branch, no remote)."""

    commit: str = ""
    branch: str = ""
    dirty: bool = False
    source: str = ""
    version: str = ""


def look(root: Path, *, version: bool = False) -> WorkTree | None:
    """The work tree that *root* is in; None where there is none, or no git.

    ``source`` is the remote ``origin`` as an https address without user information. With *version*,
    ``version`` is the newest tag that points to the commit.
    """
    try:
        said = _git(root, "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal")
    except (CommandFailed, ToolMissing):
        return None
    commit = branch = ""
    dirty = False
    for line in said.split("\0"):
        if line.startswith("# branch.oid "):
            commit = line.removeprefix("# branch.oid ")
        elif line.startswith("# branch.head "):
            branch = line.removeprefix("# branch.head ")
        elif line and not line.startswith("# "):
            dirty = True
    commit = commit if _COMMIT.fullmatch(commit) else ""
    branch = "" if branch == "(detached)" else branch
    newest = _quietly(root, "tag", "--points-at", "HEAD", "--sort=-version:refname") if version else ""
    remote = _quietly(root, "config", "--get", "remote.origin.url")
    return WorkTree(commit, branch, dirty, address(remote), newest.partition("\n")[0])


def address(remote: str) -> str:
    """*remote* as people open it in a browser; empty when it is a path, or nothing."""
    remote = remote.strip().removesuffix(".git")
    scp = _SCP.fullmatch(remote)
    if scp and "://" not in remote:
        return f"https://{scp[1]}/{scp[2]}"
    parts = urlsplit(remote)
    if parts.scheme in ("https", "http", "ssh", "git", "git+ssh") and parts.hostname:
        return f"https://{parts.hostname}{parts.path}"
    return ""


def _quietly(root: Path, *arguments: str) -> str:
    try:
        return _git(root, *arguments).strip()
    except CommandFailed:
        return ""


def _git(root: Path, *arguments: str) -> str:
    environment = allowed(GIT_TERMINAL_PROMPT="0", GIT_OPTIONAL_LOCKS="0", LC_ALL="C")
    return ask([program("git"), *_SAFE, "-C", str(root), *arguments], environment=environment, timeout=60.0)
