"""Programs that nobody can read from the outside: which of them may push, and which surely do not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wholeship.pipeline.effects import Effect, Opaque
from wholeship.texts.template import Template

if TYPE_CHECKING:
    from wholeship.tools.world import World

_INTERPRETERS = "python python3 node ruby perl php bash sh zsh pwsh deno tsx ts-node npx bunx Rscript"
INTERPRETERS = frozenset(_INTERPRETERS.split())
"""They run code of the repository, when the next word is a file of it."""

_RUNNERS = (
    "make just task mage invoke rake npm pnpm yarn bun nx turbo lerna ansible-playbook dagger nix tox nox "
    "parallel concurrently run-p run-s npm-run-all"
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

PACKAGE_MANAGERS = frozenset(("npm", "pnpm", "yarn", "bun"))
_INSTALLING = re.compile(r"(?:-\S+ )*(?:install|ci|i|add|global add|dlx --help)(?: |$)")
_IMAGES = re.compile(
    r"docker|podman|buildah|skopeo|\bcrane\b|regctl|\boras\b|nerdctl|imagetools|registry|container|kaniko|\bko\b"
    r"|\bimages?\b|bake|compose|buildx|ghcr|gcr\.io|\becr\b|helm|\bmake\b|goreleaser|earthly|\.sh\b",
    re.IGNORECASE,
)
"""Words without one of which a program that runs others does not speak of images."""
_RUNS = re.compile(
    r"subprocess|system|popen|exec|spawn|fork|eval|import_module|__import__|child_process|zx|http|requests|socket|`"
    r"|docker",
    re.IGNORECASE,
)
"""Ways of Python, JavaScript and Ruby to run a program or to speak to a server."""
_ELSEWHERE = re.compile(
    r"""^\s*(?:from\s+\.|import\s+\.|require_relative)|(?:require\(|from\s|import\(|import\s)\s*["']\.""",
    re.MULTILINE,
)
"""It goes on in another file of the repository."""
_COMMENTS = re.compile(r"^\s*(?:#|//|/?\*).*$", re.MULTILINE)


def _of_other_things(path: str, world: World) -> bool:
    """Whether the script at *path* was read, stands alone, and runs nothing or does not speak of images."""
    text = (
        world.file(path)
        if "{" not in path and path.endswith((".py", ".js", ".mjs", ".cjs", ".ts", ".rb"))
        else None
    )
    if text is None:
        return False
    code = _COMMENTS.sub("", text)
    return not _ELSEWHERE.search(code) and not (_RUNS.search(code) and _IMAGES.search(code))


def program(word: Template) -> str:
    """What is run, without its folder: known even where the folder is not (``$(pwd)/bin/kustomize``)."""
    text = word.literal
    if text is None:
        text = word.tail if "/" in word.tail else ""
    return text.rpartition("/")[2]


def _made_here(word: Template) -> bool:
    """A file of the repository whose name is known in part, and does not speak of publishing."""
    name = word.head.rpartition("/")[2] if word.head.startswith("./") else ""
    return len(name) > 2 and not _PUBLISHING.search(str(word))


def judged(words: Sequence[Template], world: World) -> tuple[Effect, ...]:
    """Opaque when it runs a script, or a target, that speaks of publishing; nothing otherwise.

    A test or a compile step of the repository could push too; saying so of each would bury what matters.
    That it does not is an assumption, and reported as one.
    """
    line = " ".join(" ".join(map(str, words)).split())
    base = program(words[0])
    if not base and _made_here(words[0]):
        return ()
    if not base:
        return (Opaque(f"a command that is only known at run time: {line[:60]}"),)
    name = words[0].literal or words[0].tail
    script = _script(name, words)
    if script is not None:
        speaks = _PUBLISHING.search(script) and not _of_other_things(script, world)
        return (Opaque(f"{script}, which could not be followed"),) if speaks else ()
    if base in RUNNERS:
        rest = " ".join(map(str, words[1:]))
        if base in PACKAGE_MANAGERS and _INSTALLING.match(rest):
            return ()
        known = _BUILDING.search(rest) and not re.search(r"push|publish|deploy|release", rest)
        return (
            ()
            if known or not _PUBLISHING.search(rest)
            else (Opaque(f"{line[:60]}, which could not be followed"),)
        )
    return ()


def _script(name: str, words: Sequence[Template]) -> str | None:
    """The file of the repository that the line runs, if it does."""
    if name.rpartition("/")[2] in INTERPRETERS or name in ("source", "."):
        if any(word.literal == "-c" for word in words):
            return None  # the text itself is read, or said not to be
        given = [str(word) for word in words[1:] if not word.head.startswith("-")]
        return given[0] if given and ("/" in given[0] or "." in given[0]) else None
    return name if "/" in name and not name.startswith(("/usr", "/bin", "/opt")) else None
