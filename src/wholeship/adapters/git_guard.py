"""What git must not do in a stranger's work tree: start a program that the repository itself names.

A ``.git/config`` can name programs for nearly everything git does: filters run while it looks whether files
changed, merge drivers while it merges, gpg while it lists commits, ssh and upload packs while it fetches what
a partial clone lacks. What the person who runs us has configured (system, global) is theirs and stays; what
the repository says is made harmless by settings that come after it (git-config(1), ``GIT_CONFIG_COUNT``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from wholeship.adapters.process import allowed_environment, answered_program, program_path
from wholeship.core.errors import Unfinished
from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass

FIXED = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.pager", "cat"),
    ("core.quotePath", "false"),
    ("core.editor", "false"),
    ("core.attributesFile", "/dev/null"),
    ("log.showSignature", "false"),
    ("protocol.ext.allow", "never"),
    ("submodule.recurse", "false"),
    ("diff.external", ""),
)
"""Said to every git that we start."""
OURS = frozenset({"system", "global", "command"})
"""Scopes of the person who runs us; all others are the repository's."""
SUBMODULES = 2000
"""Most configurations of submodules that are looked at."""
TIMEOUT = 20.0

_NEUTRAL: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (lazy_pattern(pattern, re.DOTALL), value)
    for pattern, value in (
        (r"filter\..*\.(?:clean|smudge|process)", ""),
        (r"filter\..*\.required", "false"),
        (r"merge\..*\.driver", "false"),  # an empty driver would take one side, silently
        (r"gpg\.(?:.*\.)?program", "false"),
        (r"core\.sshcommand", "ssh"),
        (r"core\.gitproxy", ""),
        (r"core\.askpass", ""),
        (r"core\.alternaterefscommand", "true"),
        (r"remote\..*\.proxy", ""),
        (r"protocol\..*\.allow", "user"),
    )
)
_HELPER = lazy_pattern(r"credential\.(?:.*\.)?helper", re.DOTALL)

Setting = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """One setting as git reads it: its scope (``local``, ``worktree``, ``global`` …), key and value."""

    scope: str
    key: str
    value: str

    @property
    def is_ours(self) -> bool:
        """Whether the person who runs us said it, not the repository."""
        return self.scope in OURS


def guard(root: Path, *, offline: bool = True) -> dict[str, str]:
    """Variables under which git in *root* starts nothing that the repository names.

    *offline*: nothing is fetched either, also not what a partial clone lacks; git then fails instead.
    """
    root = Path(os.path.abspath(root))  # what is remembered of "." must not hold for another folder
    shared = common_folder(root)
    settings = (*FIXED, *_neutral_in(root, shared, _signature(shared)))
    found = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    if offline:
        found |= {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}
    else:
        found["GIT_ALLOW_PROTOCOL"] = "https:http:ssh:git:file"
    return found


@lru_cache(maxsize=64)
def _neutral_in(root: Path, shared: Path | None, signature: tuple[int, ...]) -> tuple[Setting, ...]:
    """Asked once for each state of the configuration: a command may call git hundreds of times."""
    return tuple(neutral(_configured(root, shared, signature)))


def git_setting(root: Path, key: str) -> str | None:
    """The value that git has for *key* in *root*, empty for none; None where there is no repository to ask.

    It was listed to guard what git is asked, so that nothing is started for it.
    """
    root = Path(os.path.abspath(root))
    shared = common_folder(root)
    if shared is None:
        return None
    every = _listed_in(root, _signature(shared))
    return next((each.value for each in reversed(every) if each.key == key), "")


@lru_cache(maxsize=64)
def _listed_in(root: Path, signature: tuple[int, ...]) -> tuple[Said, ...]:
    return tuple(_listed_settings(root, "--show-scope"))


def common_folder(root: Path) -> Path | None:
    """The repository's own folder, also for a linked work tree; None where git does not say."""
    return _places(root).common


@dataclass(frozen=True, slots=True)
class Places:
    """Where a repository is: its own folder, that of this work tree in it, the top of the work tree.

    None: git does not say (no repository; a bare one has no top).
    """

    common: Path | None = None
    own: Path | None = None
    top: Path | None = None


def git_places(root: Path) -> Places:
    """The places of the repository that *root* is in, asked once for each *root*."""
    return _places(Path(os.path.abspath(root)))


@lru_cache(maxsize=64)
def _places(root: Path) -> Places:
    asked = ("rev-parse", "--path-format=absolute", "--git-common-dir", "--absolute-git-dir")
    lines = _git_answer(root, *asked, "--show-toplevel").split("\n")[:-1]
    if not lines:  # a bare repository, or none
        lines = _git_answer(root, *asked).split("\n")[:-1]
    if len(lines) not in (2, 3):  # none, or a line end in one of the names
        said = _git_answer(root, *asked[:3])
        return Places(Path(said.rstrip("\n")) if said else None)
    return Places(*map(Path, lines))


def _signature(shared: Path | None) -> tuple[int, ...]:
    found: list[int] = []
    for name in ("config", "config.worktree", "modules") if shared else ():
        with suppress(OSError):
            about = (shared / name).stat() if shared else None
            found += [about.st_mtime_ns, about.st_size, about.st_ino] if about else []
    return tuple(found)


def neutral(said: Iterable[Said]) -> Iterator[Setting]:
    """For each setting of the repository that names a program, one that takes it back."""
    every = tuple(said)
    theirs = dict.fromkeys(each.key for each in every if not each.is_ours)
    for key in theirs:
        lowered = key.lower()
        if _HELPER.fullmatch(lowered):
            yield key, ""  # an empty helper empties the list; ours come back after it
            yield from ((key, each.value) for each in every if each.is_ours and each.key == key)
        else:
            yield from ((key, value) for pattern, value in _NEUTRAL if pattern.fullmatch(lowered))


def _configured(root: Path, shared: Path | None, signature: tuple[int, ...]) -> list[Said]:
    found = list(_listed_in(root, signature))
    for file in _submodules(shared) if shared else ():
        found += _listed_settings(root, "--includes", "--file", str(file))
    return found


def _listed_settings(root: Path, *where: str) -> list[Said]:
    """The settings; reading them starts nothing."""
    parts = _git_answer(root, "config", "--list", "-z", *where).split("\0")[:-1]
    scoped = "--show-scope" in where
    pairs = zip(parts[::2], parts[1::2], strict=False) if scoped else (("local", part) for part in parts)
    found = []
    for scope, text in pairs:
        key, _, value = text.partition("\n")
        found.append(Said(scope, key, value))
    return found


def _git_answer(root: Path, *arguments: str) -> str:
    """What git says; nothing where it has no answer: the call that follows fails, and says why."""
    argv = [program_path("git"), "-C", str(root), *arguments]
    done = answered_program(argv, allowed_environment(GIT_TERMINAL_PROMPT="0", LC_ALL="C"), timeout=TIMEOUT)
    return "" if done.returncode else done.stdout.decode("utf-8", "surrogateescape")


def _submodules(shared: Path) -> list[Path]:
    """The configurations of the submodules, which git reads when it looks into them."""
    found = sorted((shared / "modules").glob("**/config"))
    if len(found) > SUBMODULES:
        raise Unfinished(
            f"the repository has more than {SUBMODULES} submodules, too many to look into safely",
            advice="run this in a clone without submodules (git clone without --recurse-submodules)",
        )
    return found
