"""Texts that say a command which pushes an image, whoever is given them to run."""

from __future__ import annotations

import re
from functools import lru_cache

from wholeship.core.patterns import lazy_pattern

_APART = r"[\"',\s\[\]]+"
_OWN = r"image|manifest|compose|trust"
_OPTION = rf"-{{1,2}}[\w-]+(?:=\S+|{_APART}(?!(?:push|sign|{_OWN})\b)[\w./:@~$][^\s\"',\[\]]*)?"
_OPTIONS = rf"(?>{_APART}(?>{_OPTION}|{_OWN})){{0,12}}"
"""Options with their values, and commands; taken as they come, so that the time stays in proportion."""
_LINE = r"(?:[^\n;|&\\]|\\[\s\S]){0,600}"
"""The rest of a command line, which may go on behind a backslash."""
_SAYS_A_PUSH = lazy_pattern(
    rf"\b(?:docker|podman|nerdctl|finch|buildah|crane|oras|img|ctr){_OPTIONS}{_APART}(?:push|sign)\b"
    rf"|\b(?:skopeo|crane|gcrane|regctl{_APART}image|oras){_APART}(?:copy|cp|sync|tag|append|mutate)\b"
    rf"|\bimagetools{_APART}create\b|\b(?:docker|buildx|nerdctl|podman|finch|depot)\b{_LINE}[\s\"']--push\b"
    r"|\bkaniko\b|--destination[= ]\S+:|/v2/\S+/manifests/|docker_registry_image|jib:build|publishImage"
)
_LIKELY = lazy_pattern(
    r"push|sign|copy|cp|sync|tag|append|mutate|create|kaniko|destination|/v2/|registry|jib|publish"
)


@lru_cache(maxsize=2048)
def says_a_push(text: str) -> bool:
    """Whether *text* holds the words of a command that pushes: as a shell, a list or a manifest has them.

    The time it takes grows with the length of *text*, whatever is in it.
    """
    return _LIKELY.search(text) is not None and _SAYS_A_PUSH.search(text) is not None


_HANDS_ON = lazy_pattern(
    r"--push\b|\bpush\w*\b|\w\.sh\b|\b(?:make|just|npm run|yarn|task)\s+\w", re.IGNORECASE
)


@lru_cache(maxsize=2048)
def hands_on(text: str) -> bool:
    """Whether *text* may push, or hands on to something that may: by its words alone."""
    return says_a_push(text) or _HANDS_ON.search(text) is not None


_RUN_BY_OTHERS = lazy_pattern(
    r"(?:^|[/}])(?:\.(?:bashrc|bash_profile|bash_login|profile|zshrc|zprofile)|profile\.d/|cron|\.git/hooks/)"
)
"""Files that another program reads and runs, later and unasked: start-up files of shells, hooks of git."""
_NAMES = """
    BASH_ENV PROMPT_COMMAND EDITOR VISUAL PAGER BROWSER GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_PAGER GIT_SSH
    GIT_SSH_COMMAND GIT_EXTERNAL_DIFF GIT_ASKPASS GIT_PROXY_COMMAND SUDO_EDITOR LESSOPEN MANPAGER
"""
_RUN_LATER = frozenset(_NAMES.split())
"""Variables whose text another program runs."""


def is_run_by_others(path: str, text: str) -> bool:
    """Whether a file at *path* that holds *text* pushes when some later program reads it."""
    return _RUN_BY_OTHERS.search(path) is not None and says_a_push(text)


def is_run_later(name: str, text: str) -> bool:
    """Whether a variable *name* that holds *text* makes a later program run something that may push."""
    return name in _RUN_LATER and (name == "BASH_ENV" or says_a_push(text))
