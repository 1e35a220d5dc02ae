"""Files and texts that a harmless program is handed, and runs: hooks, manifests, commands in its words.

What kubectl, git or a package manager does by itself pushes no image; what it is told to run may.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from wholeship.pipeline.effects import Effect, Opaque
from wholeship.shell.spoken import says_a_push
from wholeship.texts.template import Template
from wholeship.tools.harmless import GROUPS

if TYPE_CHECKING:
    from wholeship.tools.world import World

Words = Sequence[Template]

_PRINTING = """
    cat tac grep egrep fgrep rg ag sed gsed awk gawk mawk jq yq cut tr uniq head tail wc tee sponge diff
    git gh glab hub curl wget http xh logger notify-send cowsay column fold fmt envsubst
"""
_SAYERS = GROUPS[0].names | frozenset(_PRINTING.split())
"""They print, search, change or send the text that they are given; some are looked at in :mod:`harmless`."""


def given(base: str, words: Words, world: World) -> tuple[Effect, ...]:
    """``Opaque`` where *words*, or a file that they name, make the harmless program *base* push."""
    line = " ".join(map(str, words))
    if base not in _SAYERS and says_a_push(line):
        return (Opaque(f"{line[:60]}, given a command that pushes"),)
    files = _FILES.get(base)
    for path in files(words, world) if files is not None else ():
        if says_a_push(world.file(path) or ""):
            return (Opaque(f"{path}, which {base} runs"),)
    return ()


def _manifests(words: Words, _world: World) -> Iterator[str]:
    """``kubectl apply|create|replace -f FILE``: a job in the cluster may build and push."""
    texts = [word.literal or "" for word in words]
    if {"apply", "create", "replace", "submit"} & set(texts):
        yield from (after for before, after in itertools.pairwise(texts) if before in _NAMING)
        yield from (text[2:] for text in texts if re.match(r"-f\S", text))
        yield from (text.partition("=")[2] for text in texts if text.startswith("--filename="))
        yield from (text for text in texts if text.endswith((".yaml", ".yml")))


_NAMING = frozenset(("-f", "--filename", "-k", "--kustomize"))
_HOOK_NAMES = """
    pre-commit prepare-commit-msg commit-msg post-commit pre-push pre-merge-commit post-merge post-checkout
    pre-rebase post-rewrite applypatch-msg pre-applypatch post-applypatch pre-auto-gc reference-transaction
"""
_HOOKS = tuple(_HOOK_NAMES.split())


def _hooks(words: Words, _world: World) -> Iterator[str]:
    """``git config core.hooksPath FOLDER``, ``git -c core.hooksPath=FOLDER``: what git runs from then on."""
    texts = [word.literal or "" for word in words]
    for at, text in enumerate(texts):
        if text.lower().startswith("core.hookspath"):
            folder = text.partition("=")[2] or (texts[at + 1] if at + 1 < len(texts) else "")
            yield from (posixpath.join(folder, name) for name in _HOOKS)


def _copied_hook(words: Words, _world: World) -> Iterator[str]:
    """``cp FILE .git/hooks/…``: git runs it later."""
    texts = [word.literal or "" for word in words[1:]]
    if any(".git/hooks" in text for text in texts):
        yield from (text for text in texts if not text.startswith("-"))


def _pre_commit(words: Words, _world: World) -> Iterator[str]:
    """``pre-commit run``: local hooks are commands of the repository."""
    texts = [word.literal or "" for word in words]
    named = [after for before, after in itertools.pairwise(texts) if before in ("-c", "--config")]
    yield named[0] if named else ".pre-commit-config.yaml"


_MODULES = ("main", "docker", "image", "images", "registry", "ecr", "containers", "build", "ghcr")


def _modules(words: Words, _world: World) -> Iterator[str]:
    """``terraform apply``: a provider of Docker's can push what it builds."""
    texts = [word.literal or "" for word in words]
    if "apply" in texts:
        folder = next((text.partition("=")[2] for text in texts if text.startswith("-chdir=")), "")
        yield from (posixpath.join(folder, f"{name}.tf") for name in _MODULES)


_FILES: dict[str, Callable[[Words, World], Iterator[str]]] = {
    **dict.fromkeys(("kubectl", "oc", "argo"), _manifests),
    "git": _hooks,
    **dict.fromkeys(("cp", "ln", "mv", "install", "rsync"), _copied_hook),
    **dict.fromkeys(("pre-commit", "prek"), _pre_commit),
    **dict.fromkeys(("terraform", "tofu", "terragrunt"), _modules),
}
