"""Which environment a path or an address speaks of, and which of several is taken."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wholeship.release.init.names import spelled_name

_WORDS = {
    "production": ("production", "prod", "prd", "live"),
    "staging": ("staging", "stage", "stg", "preprod", "uat", "qa"),
    "development": ("development", "develop", "dev", "test", "ci", "sandbox", "preview"),
}
_KNOWN = {word: environment for environment, words in _WORDS.items() for word in words}
_RANKS = {"production": 0, "": 1, "staging": 2, "development": 3}


def environment_in(*texts: str) -> str:
    """The environment that one of *texts* names: ``clusters/prod/app.yaml`` is production; empty: none."""
    words = (word for text in texts for word in _words_of_name(text))
    return next((_KNOWN[word] for word in words if word in _KNOWN), "")


_EARLY = frozenset({"nightly", "canary", "snapshot", "edge", "preview", "pr"})


def is_early(text: str) -> bool:
    """Whether *text* names builds that come before a release."""
    return not _EARLY.isdisjoint(_words_of_name(text))


def without_environment(text: str) -> str:
    """*text* without the words that name an environment: ``acme/app-prod`` is ``acme/app``."""
    parts = (re.split(r"([-_.])", part) for part in text.split("/"))
    kept = ("".join(_kept(pieces)).strip("-_.") for pieces in parts)
    return "/".join(part for part in kept if part)


def _kept(pieces: list[str]) -> Iterable[str]:
    """A separator goes with the word after it."""
    for at in range(0, len(pieces), 2):
        if pieces[at].lower() not in _KNOWN:
            yield from pieces[max(at - 1, 0) : at + 1]


def rank(wanted: str, *texts: str) -> int:
    """How little *texts* speak of the environment *wanted*, or of production where none is wanted."""
    if wanted:
        same = {wanted.lower(), _KNOWN.get(wanted.lower(), wanted.lower())}
        words = {word for text in texts for word in _words_of_name(text)}
        named = words | {_KNOWN[word] for word in words if word in _KNOWN}
        return 0 if same & named else 1 if not words & _KNOWN.keys() else 2
    return _RANKS[environment_in(*texts)]


def _words_of_name(text: str) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9]+", text.lower()) if word]


def is_a_try(workflow: str) -> bool:
    """Whether the workflow with this path is called after tests, or after showing something."""
    return bool(_TRIED & set(re.split(r"[^a-z0-9]+", workflow.rpartition("/")[2].lower())))


_TRIED = spelled_name(
    "e2e test tests testing perf performance bench benchmark sample samples example validation dev"
)
"""Words in the name of a workflow that tries images out, or makes them to show something."""
