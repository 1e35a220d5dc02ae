"""Whether a text that some program runs pushes: by its own words, or in a file of the repository.

For texts that are no scripts of a shell, or are run by a program that nobody models: hooks, recipes,
manifests, build files. It is looked for, not read: nothing found is said to be all there is.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.shell.spoken import says_a_push

if TYPE_CHECKING:
    from wholeship.tools.world import World

FILES = 200
"""So many files that a text names, and that they name, are looked at; where there are more, they may push."""

_TOOLS = lazy_pattern(
    r"""\bgoreleaser\W+(?:release|continue|publish)\b|\bko\W+(?:build|apply|resolve|publish)\b
    |\bskaffold\W+(?:build|run)\b|\bearthly\b[^\n]{0,400}--push\b|\bwerf\W+(?:build|converge|publish)\b
    |\bpack\W+build\b[^\n]{0,400}--publish\b|\bbootBuildImage\b[^\n]{0,400}--publish|\bdocker\S*[\s"',]+(?:image[\s"',]+)?push\b
    |\bheroku\W+container:push\b|\baz\W+acr\W+(?:build|import)\b|\bgcloud\W+builds\W+submit\b
    |\b(?:gh\W+workflow\W+run|/dispatches)\b
    |\b(?:make|just|task|npm|pnpm|yarn|bun|rake|invoke|mage|nox|tox|ninja|poe)[\s"',]+(?:run[\s"',]+)?(?:-\w+[\s"',]+)?
     (?:[\w.-]+[-_:./])?(?:push|publish)[\w.:-]*""",
    re.VERBOSE | re.IGNORECASE,
)
"""Other programs that push, and targets that are called after pushing, in a line or in a list of words."""
_LIKELY = lazy_pattern(
    r"push|publish|release|converge|\bko\b|skaffold|werf|acr|builds|dispatch|workflow", re.I
)
_PATHS = lazy_pattern(
    r"(?<![\w./$}:@-])(?:\./)?[\w.-]+(?:/[\w.-]+)*\.(?:sh|bash|py|js|mjs|cjs|ts|rb|pl|ps1|mk|php|groovy|kts)\b"
    r"|(?<![\w.$}:@/-])\./[\w.-]+(?:/[\w.-]+)*"
)
"""Files that can be run, as texts spell them."""
_REMARKS = lazy_pattern(r"^[ \t]*(?:#|//(?!go:)|/?\*|;).*$", re.MULTILINE)


def pushes(text: str) -> bool:
    """Whether the words of *text* say a push."""
    if says_a_push(text):
        return True
    return _LIKELY.search(text) is not None and _TOOLS.search(text) is not None


def find_push(text: str, world: World) -> str | None:
    """Where *text* pushes: the file that it names, ``""`` for itself; None where no push is found.

    Files that are named by files are looked at too; beyond :data:`FILES` the first one that was not looked at
    is said.
    """
    waiting: list[tuple[str, str]] = [("", text)]
    seen, looked_at = {""}, 0
    while waiting:
        path, held = waiting.pop(0)
        pushing, named = _told_by(held)
        if pushing:
            return path
        for each in named:
            inner = world.file(each) if each not in seen else None
            seen.add(each)
            looked_at += inner is not None
            if looked_at > FILES:
                return each
            if inner is not None:
                waiting.append((each, inner))
    return None


@lru_cache(maxsize=64)
def _told_by(text: str) -> tuple[bool, tuple[str, ...]]:
    """Whether *text* pushes by its own words, and the files it names: many steps may run one file."""
    held = _REMARKS.sub("", text)
    if pushes(held):
        return True, ()
    return False, tuple(dict.fromkeys(map(posixpath.normpath, _PATHS.findall(held))))
