"""Programs that nobody can read from the outside: which of them may push, and which surely do not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wholeship.workflows.facts.effects import Effect, Opaque
from wholeship.workflows.facts.template import Template

if TYPE_CHECKING:
    from wholeship.workflows.facts.programs.world import World

_INTERPRETERS = "python python3 node ruby perl php bash sh zsh pwsh deno tsx ts-node npx bunx Rscript"
INTERPRETERS = frozenset(_INTERPRETERS.split())
"""They run code of the repository, when the next word is a file of it."""

_RUNNERS = (
    "make just task mage invoke rake npm pnpm yarn bun nx turbo lerna ansible-playbook dagger nix tox nox"
)
RUNNERS = frozenset(_RUNNERS.split())
"""They run what a file of the repository says."""

_PUBLISHING = re.compile(
    r"push|publish|(?<!pre)release|deploy|promote|\bship\b|upload"
    r"|(?:build|make|create)\w*[-_./:]?\w*(?:image|docker|container)|(?:image|docker|container)s?[-_.]?build",
    re.IGNORECASE,
)
"""What a script or target is called that may publish; building images in a script often ends in a push."""
_BUILDING = re.compile(
    r"^(?:ci|install|i|add|exec|run build|run lint|build|list|ls|config|version|cache|audit)\b"
    r"|docker[:-]build"
)


def judged(words: Sequence[Template], world: World) -> tuple[Effect, ...]:
    """Opaque when it runs a script, or a target, that speaks of publishing; nothing otherwise.

    A test or a compile step of the repository could push too; saying so of each would bury what matters.
    That it does not is an assumption, and reported as one.
    """
    name = words[0].literal
    line = " ".join(map(str, words))
    if name is None:
        return (Opaque(f"a command that is only known at run time: {line[:60]}"),)
    base = name.rpartition("/")[2]
    script = _script(name, words)
    if script is not None:
        return (Opaque(f"{script}, which could not be followed"),) if _PUBLISHING.search(script) else ()
    if base in RUNNERS:
        rest = " ".join(map(str, words[1:]))
        known = _BUILDING.search(rest) and not re.search(r"push|publish|deploy|release", rest)
        return (
            ()
            if known or not _PUBLISHING.search(rest)
            else (Opaque(f"{line[:60]}, which could not be followed"),)
        )
    return ()


def _script(name: str, words: Sequence[Template]) -> str | None:
    """The file of the repository that the line runs, if it does."""
    if name.rpartition("/")[2] in INTERPRETERS:
        if any(word.literal == "-c" for word in words):
            return None  # the text itself is read, or said not to be
        given = [str(word) for word in words[1:] if not word.head.startswith("-")]
        return given[0] if given and ("/" in given[0] or "." in given[0]) else None
    return name if "/" in name and not name.startswith(("/usr", "/bin", "/opt")) else None
