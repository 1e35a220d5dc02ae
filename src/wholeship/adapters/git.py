"""What git says about a work tree: the commit, the branch, whether it was changed since.

The work tree may be a stranger's: nothing that its configuration names is run (``git_guard``).
"""

from __future__ import annotations

import os
import select
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from wholeship.adapters.git_guard import git_setting, guard
from wholeship.adapters.process import (
    LINE_LIMIT,
    PLAIN,
    PROXIES,
    allowed_environment,
    ask_program,
    end,
    program_path,
    spawned,
)
from wholeship.core.errors import CommandFailed, ToolMissing, Unfinished
from wholeship.core.patterns import lazy_pattern
from wholeship.core.text import Redactor, printable
from wholeship.core.values import dataclass

_SCP = lazy_pattern(r"(?:[\w.-]+@)?([\w.-]+):(?!//)(.+)")
_COMMIT = lazy_pattern(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class WorkTree:
    """One moment of a work tree. Empty texts: git does not say (no commit yet, no branch, no remote)."""

    commit: str = ""
    branch: str = ""
    dirty: bool = False
    source: str = ""
    version: str = ""


def look_for_work_tree(root: Path, version: bool = False) -> WorkTree | None:
    """The work tree that *root* is in; None where there is none, or no git is installed.

    ``source`` is the remote ``origin`` as an https address without user information. With *version*,
    ``version`` is the newest tag that points to the commit. Raises :class:`Unfinished` where there is a
    repository that git will not look at, such as one that belongs to somebody else: an unknown commit is
    not the same as none.
    """
    try:
        said = _git_output(root, "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal")
    except ToolMissing:
        return None
    except CommandFailed as error:
        _refuse_what_is_there(root, error)
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
    return WorkTree(commit, branch, dirty, address(_origin(root)), newest.partition("\n")[0])


def remote_address(root: Path) -> str:
    """The remote ``origin`` of *root* as an https address; empty: there is none, or no repository."""
    try:
        return address(_origin(root))
    except ToolMissing:
        return ""


def _origin(root: Path) -> str:
    said = git_setting(root, "remote.origin.url")
    return _quietly(root, "config", "--get", "remote.origin.url") if said is None else said


def _refuse_what_is_there(root: Path, error: CommandFailed) -> None:
    """:class:`Unfinished` with the cure where there is a repository that git does not look at."""
    here = root.resolve()
    folder = next((each for each in (here, *here.parents) if (each / ".git").exists()), None)
    if folder is None:
        return
    owner = (folder / ".git").stat().st_uid
    advice = "git status there says more"
    if owner != os.geteuid():
        advice = f"it belongs to another user: git config --global --add safe.directory {folder}"
    why = error.tail[0] if error.tail else error.message
    raise Unfinished(f"git does not look at the repository in {folder}: {why}", advice=advice)


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
        return _git_output(root, *arguments).strip()
    except CommandFailed:
        return ""


OUTPUT_LIMIT = 64 * 1024 * 1024
"""Bytes of one answer of git; what is longer is refused, never cut."""

REACHING = frozenset(
    [
        *("SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "SSH_ASKPASS", "DISPLAY"),
        *("GH_TOKEN", "GITHUB_TOKEN", "GH_HOST", "GH_CONFIG_DIR"),
    ]
)
"""What a person's own git may need to reach the remote: agents and credential helpers."""


def output(
    root: Path,
    *arguments: str,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    timeout: float = 120.0,
    codes: tuple[int, ...] = (0,),
    remote: bool = False,
) -> tuple[int, bytes]:
    """The exit code (one of *codes*) and the bytes that git prints in *root*.

    Nothing is fetched unless *remote* says that this call is meant to.

    Raises :class:`CommandFailed` for another exit code or no end within *timeout* seconds, and
    :class:`Unfinished` for more than ``OUTPUT_LIMIT`` bytes.
    """
    argv = [program_path("git"), "-C", str(root), *arguments]
    call = f"git {next((word for word in arguments if not word.startswith('-')), '')}"
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as said,
        tempfile.TemporaryFile() as complained,
    ):
        given.write(stdin)
        given.seek(0)
        spoken = {**(environment or calm()), **guard(root, offline=not remote)}
        process = spawned(argv, spoken, stdin=given, stdout=said, stderr=complained)
        try:
            _wait(process, timeout)
        except subprocess.TimeoutExpired:
            raise CommandFailed(f"{call} gave no answer in {timeout:g} s") from None
        finally:
            end(process)
        size = os.fstat(said.fileno()).st_size
        if process.returncode not in codes:
            complained.seek(0)
            text = printable(complained.read(LINE_LIMIT).decode(errors="replace"), newlines=True)
            lines = tuple(Redactor()(text).strip().splitlines()[-8:])
            why = f": {lines[-1][:300]}" if lines else ""
            raise CommandFailed(f"{call} failed with exit code {process.returncode}{why}", tail=lines)
        if size > OUTPUT_LIMIT:
            raise Unfinished(f"{call}: more than {OUTPUT_LIMIT} bytes; this is too large to be judged")
        said.seek(0)
        return process.returncode, said.read()


def _wait(process: subprocess.Popen[bytes], timeout: float) -> None:
    """Until it ends. Python's own wait looks every few milliseconds, which adds up over dozens of calls."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except OSError:  # before Linux 5.3
        process.wait(timeout)
        return
    try:
        if not select.select([descriptor], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(process.args, timeout)
    finally:
        os.close(descriptor)
    process.wait()


def calm(**more: str) -> dict[str, str]:
    """The environment for a question that touches no network."""
    return allowed_environment(GIT_TERMINAL_PROMPT="0", GIT_OPTIONAL_LOCKS="0", LC_ALL="C", **more)


def reaching() -> dict[str, str]:
    """The environment for speaking with the remote, as the person who runs this would."""
    return allowed_environment(PLAIN | PROXIES | REACHING, GIT_TERMINAL_PROMPT="0", LC_ALL="C")


def _git_output(root: Path, *arguments: str) -> str:
    environment = {**calm(), **guard(root)}
    return ask_program(
        [program_path("git"), "-C", str(root), *arguments], environment=environment, timeout=60.0
    )
